//! Why no test set is made: [`TestsetError`].

use std::borrow::Cow;
use std::path::PathBuf;

use super::counts::TooFew;
use super::folder_error::FolderError;
use super::project::ProjectFileError;
use crate::engine::error::EngineError;
use crate::engine::testset_check::TestsetCheckError;
use crate::project::ProjectError;

/// Why no test set is made.
#[derive(Debug, thiserror::Error)]
pub enum TestsetError {
    #[error("there is no file or folder {}", .0.display())]
    NoInput(PathBuf),
    #[error("{} is empty", .0.display())]
    EmptyInput(PathBuf),
    /// There is no document in it.
    #[error(transparent)]
    Documents(Box<ProjectError>),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Project(#[from] ProjectFileError),
    #[error(transparent)]
    TooFew(#[from] TooFew),
    #[error(transparent)]
    Quality(#[from] TestsetCheckError),
    /// The run file cannot give a sample.
    #[error(transparent)]
    Sample(Box<EngineError>),
}

impl TestsetError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoInput(_) | Self::EmptyInput(_) => {
                Some("`--input` names a document, a folder of documents or a pattern such as 'docs/*.md'".to_owned())
            }
            Self::Documents(error) => error.hint().map(Cow::into_owned),
            Self::Folder(error) => error.hint(),
            Self::Project(_) => None,
            Self::TooFew(error) => Some(error.hint()),
            Self::Quality(error) => error.hint().map(str::to_owned),
            Self::Sample(error) => error.hint().map(Cow::into_owned),
        }
    }

    /// Whether the call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NoInput(_) | Self::EmptyInput(_) => true,
            Self::Documents(error) => error.is_usage(),
            Self::Folder(error) => error.is_usage(),
            Self::Quality(error) => error.is_usage(),
            Self::Sample(error) => error.is_usage(),
            Self::Project(_) | Self::TooFew(_) => false,
        }
    }
}
