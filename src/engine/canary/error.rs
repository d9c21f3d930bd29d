//! Why a canary cannot begin: [`CanaryError`].

use crate::config::PinError;

/// Why a canary cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// The pin is not to be had.
    #[error(transparent)]
    Pin(Box<PinError>),
    #[error("the configuration has no `canary`")]
    NoCanary,
    #[error("{file} has the work of `casebook {command}`, and a canary does not write into it")]
    OtherFile { file: String, command: String },
}

impl From<PinError> for CanaryError {
    fn from(error: PinError) -> Self {
        Self::Pin(Box::new(error))
    }
}

impl CanaryError {
    /// The name and the content of the file with the pins, where that was edited by hand.
    #[must_use]
    pub fn edited_pins(&self) -> Option<(&str, &serde_json::Value)> {
        match self {
            Self::Pin(error) => match &**error {
                PinError::Edited { file, content, .. } => Some((file, content)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Pin(error) => return error.hint(),
            Self::NoCanary => "name a small table that the pinned task is asked about again and again: \
                               `canary: {path: canary.csv}`"
                .to_owned(),
            Self::OtherFile { .. } => {
                "leave `--db` out: a canary has a run file of its own, `<run.name>.canary.db`".to_owned()
            }
        })
    }
}
