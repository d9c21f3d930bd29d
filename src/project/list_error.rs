//! Why documents cannot be listed: [`ListError`].

use std::path::{Path, PathBuf};

use super::left_out::LeftOut;
use crate::config::document_extensions;
use crate::tabular::TableFormat;

/// Why the documents cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// `left_out` is what was found instead.
    #[error("no documents in {shown}{}", left_out.found_instead())]
    None { shown: String, left_out: Box<LeftOut> },
    #[error("two documents are called `{name}`: {} and {}", first.display(), second.display())]
    SameName { name: String, first: PathBuf, second: PathBuf },
    #[error("{} is named twice, as `{first}` and as `{second}`", path.display())]
    SameFile { path: PathBuf, first: String, second: String },
    #[error("{} is neither a document nor a table that can be read", .0.display())]
    UnknownFormat(PathBuf),
    #[error("the name of {} is not UTF-8", .0.display())]
    Name(PathBuf),
}

impl ListError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::None { left_out, .. } if left_out.excluded > 0 => "correct `exclude`, or the path".to_owned(),
            Self::None { left_out, .. } if left_out.others.keys().any(|it| is_table(Path::new(it))) => {
                "a table is one file: name it alone, as in `path: rows.csv`".to_owned()
            }
            Self::None { .. } | Self::UnknownFormat(_) => format!(
                "documents have the extensions {}; or name the format, as in `format: markdown` or `format: csv`",
                document_extensions()
            ),
            Self::SameName { .. } => {
                "a name is the path below its folder: name a folder above both, or leave one out with `exclude`"
                    .to_owned()
            }
            Self::SameFile { .. } => "leave one of the two paths out".to_owned(),
            Self::Name(_) => "rename it, or leave it out with `exclude`".to_owned(),
        }
    }
}

/// Whether a file with this extension is a table.
fn is_table(extension: &Path) -> bool {
    TableFormat::from_extension(&Path::new("x").join(format!("x{}", extension.display()))).is_some()
}
