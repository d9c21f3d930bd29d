//! Why items were not pushed.

use std::io;
use std::path::PathBuf;

use crate::config::AddressProblem;
use crate::provider::{ProviderError, ProviderErrorKind};
use crate::record::thousands;
use crate::transport::SecretError;

/// Why items were not pushed, or not all of them.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// A key is missing, or no header can carry it.
    #[error(transparent)]
    Key(SecretError),
    /// The address in an option or a variable cannot be used.
    #[error("{source_name}: {problem}")]
    Address { source_name: &'static str, problem: AddressProblem },
    /// The address is that of the API, to which paths are added.
    #[error("{source_name}: expected the address of the server, found that of its API")]
    Api { source_name: &'static str },
    #[error("the name of the data set is blank")]
    BlankName,
    /// Nothing was accepted yet.
    #[error("{} has no accepted outputs to push", .0.display())]
    NoItems(PathBuf),
    /// The data set could not be created, so that no item was sent.
    #[error("cannot create the data set `{}`: {error}", dataset.escape_debug())]
    NoDataset { dataset: String, error: ProviderError },
    /// The server takes nothing any more.
    #[error("{error}; {} of {} items were taken", thousands(*taken), thousands(*items))]
    Stopped { error: ProviderError, taken: u64, items: u64 },
    /// The copy of the items could not be written or read.
    #[error("the scratch file cannot be used: {0}")]
    Scratch(io::Error),
}

impl PushError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Key(_) => {
                "the keys are in the settings of the project in Langfuse: `export LANGFUSE_PUBLIC_KEY=pk-lf-…` and \
                 `export LANGFUSE_SECRET_KEY=sk-lf-…`; `--dry-run` needs none"
            }
            Self::Address { problem: AddressProblem::Credentials, .. } => {
                "the keys are read from LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY; write the address without them"
            }
            Self::Api { .. } => "leave `/api/public` out: it is added to the address",
            Self::Address { .. } => "write it as in `https://us.cloud.langfuse.com` or `http://localhost:3000`",
            Self::BlankName => {
                "name it with `--dataset NAME`, or leave the option out: `outputs.mapping.dataset` or the run's name is the default"
            }
            Self::NoItems(_) => "`casebook status DB` says where the run stands",
            Self::NoDataset { error, .. } => return Some(of_dataset(error.kind)),
            Self::Stopped { .. } => "the same command sends all of them again: what was taken is replaced, not doubled",
            Self::Scratch(_) => "free some space in the temporary directory",
        };
        Some(hint.to_owned())
    }

    /// Whether the user's call is wrong (exit code 2), rather than the world (1).
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Key(_) | Self::Address { .. } | Self::Api { .. } | Self::BlankName => true,
            Self::NoItems(_) | Self::NoDataset { .. } | Self::Stopped { .. } | Self::Scratch(_) => false,
        }
    }
}

/// What to do where the data set could not be created.
fn of_dataset(kind: ProviderErrorKind) -> String {
    let hint = match kind {
        ProviderErrorKind::Refused => {
            "are both keys of one project, and of this server? keys of the United States belong to \
             `--base-url https://us.cloud.langfuse.com`"
        }
        ProviderErrorKind::NotFound => {
            "does `--base-url` or LANGFUSE_BASE_URL name Langfuse itself, as in `https://cloud.langfuse.com`? an old \
             version may lack this part of the API"
        }
        ProviderErrorKind::Connection | ProviderErrorKind::Timeout => {
            "is the server running, and does `--base-url` or LANGFUSE_BASE_URL name it? behind a proxy, set HTTPS_PROXY"
        }
        ProviderErrorKind::BadRequest | ProviderErrorKind::InvalidInput => "name it otherwise with `--dataset NAME`",
        _ => "try again later",
    };
    hint.to_owned()
}
