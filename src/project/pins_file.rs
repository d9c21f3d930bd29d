//! The file with the pins of a project, as its text.

use std::io;
use std::path::Path;

use super::files::read_text;
use super::given::Given;
use crate::config::{PINS_FILE, PinsSource};

/// Reads the file with the pins beside the configuration in `dir`, if it is there; `pins` stands in for it, where there
/// are any. Its text is checked where a pin is named.
pub(super) fn source(dir: &Path, given: Option<&Given>, pins: Option<&PinsSource>) -> PinsSource {
    if let Some(pins) = pins {
        return pins.clone();
    }
    let path = dir.join(PINS_FILE);
    let file = path.display().to_string();
    if let Some(text) = given.and_then(|given| given.text(PINS_FILE)) {
        return PinsSource { file, text: Ok(Some(text.to_owned())) };
    }
    let text = match read_text(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error.to_string()),
    };
    PinsSource { file, text }
}
