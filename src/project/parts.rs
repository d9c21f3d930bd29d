//! The files that prompts include: read from the project's folder, or taken from the record.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::files::read_text;
use super::given::Given;
use crate::prompt::{PartFault, PromptPart};

/// The most bytes of a part.
const MAX_BYTES: u64 = 16 << 20;

/// The key of a part in the record.
pub(super) fn key(path: &str) -> String {
    format!("include:{path}")
}

/// The path of the part with this key in the record; `None` where it is the key of something else.
pub(super) fn path_of(key: &str) -> Option<&str> {
    key.strip_prefix("include:")
}

/// The parts of one prompt in the project's folder `dir`. Each part that is read is kept for the record.
pub(super) struct PartFiles<'a> {
    pub(super) dir: &'a Path,
    /// The path of the prompt's file, as the configuration names it.
    pub(super) prompt: &'a str,
    pub(super) given: Option<&'a Given>,
    pub(super) read: RefCell<Map<String, Value>>,
}

impl PartFiles<'_> {
    /// Reads the part at `path`, relative to the project's folder.
    pub(super) fn load(&self, path: &str) -> Result<PromptPart, PartFault> {
        let (name, text) = match self.given.and_then(|given| given.text(path)) {
            Some(text) => (path.to_owned(), text.to_owned()),
            None => self.file(path)?,
        };
        self.read.borrow_mut().insert(key(path), json!({"name": name, "text": text}));
        Ok(PromptPart { name, text })
    }

    fn file(&self, path: &str) -> Result<(String, String), PartFault> {
        let outside = || PartFault {
            reason: "leads out of the project's folder, which is that of the configuration".to_owned(),
            hint: Some("put it beside the prompt, or below".to_owned()),
        };
        let own = self.prompt.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A prompt outside of the project's folder was named on purpose, and so were the parts beside it.
        let is_beside = !own.is_empty() && Path::new(path).starts_with(own);
        if path.starts_with("..") && !is_beside {
            return Err(outside());
        }
        let file = self.dir.join(path);
        let unreadable = |error: io::Error| unreadable(&file, &error);
        let real = fs::canonicalize(&file).map_err(unreadable)?;
        let folders = [self.dir.to_owned(), self.dir.join(own)].map(|folder| whole(&folder));
        if !folders.iter().flatten().any(|folder| real.starts_with(folder)) {
            return Err(outside());
        }
        let about = fs::metadata(&real).map_err(unreadable)?;
        if !about.is_file() {
            return Err(PartFault { reason: format!("is no file: {}", file.display()), hint: None });
        }
        if about.len() > MAX_BYTES {
            return Err(PartFault { reason: format!("has more than {MAX_BYTES} bytes"), hint: None });
        }
        Ok((file.display().to_string(), read_text(&file).map_err(unreadable)?))
    }
}

/// The absolute form of a folder, without links.
fn whole(folder: &Path) -> Option<PathBuf> {
    fs::canonicalize(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).ok()
}

fn unreadable(file: &Path, error: &io::Error) -> PartFault {
    let shown = file.display();
    match error.kind() {
        io::ErrorKind::NotFound => PartFault {
            reason: format!("is not there: there is no file {shown}"),
            hint: Some("its path is relative to the file in which it is included".to_owned()),
        },
        io::ErrorKind::InvalidData => {
            PartFault { reason: format!("is not UTF-8: {shown}"), hint: Some("save it as UTF-8".to_owned()) }
        }
        _ => PartFault { reason: format!("cannot be read: {shown}: {error}"), hint: None },
    }
}

/// The part with this name and text, if the record has it.
pub(super) fn recorded(found: Option<(String, String)>) -> Result<PromptPart, PartFault> {
    let missing = || PartFault { reason: "is not in the record".to_owned(), hint: None };
    found.map(|(name, text)| PromptPart { name, text }).ok_or_else(missing)
}
