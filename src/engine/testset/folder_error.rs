//! Why a folder cannot be read or written as that of a test set: [`FolderError`].

use std::io;
use std::path::PathBuf;

/// Why a folder cannot be that of a test set.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{} is a file, and a test set is a folder", .0.display())]
    File(PathBuf),
    /// `names` are some of the files that are in it, of `count` in all.
    #[error("{} has files that no earlier run of this command wrote: {names}", dir.display())]
    Foreign { dir: PathBuf, names: String },
    #[error("cannot read the folder {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl FolderError {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::File(_) | Self::Foreign { .. } => {
                Some("name a folder that is empty, or does not exist yet, with `--out`".to_owned())
            }
            Self::Read { .. } | Self::Write { .. } => None,
        }
    }

    pub(super) fn is_usage(&self) -> bool {
        matches!(self, Self::File(_) | Self::Foreign { .. })
    }
}
