//! Why a configuration or a run file cannot be used by a live run.

use std::path::PathBuf;

/// Why a live run does not begin. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    #[error("`input.command` writes a table, and the rows of a service come one by one")]
    Command,
    #[error("the input is documents, and the rows of a service come one by one")]
    Documents,
    #[error("step `{step}` works on groups of rows (`grouping`), which are not known while rows come one by one")]
    Grouping { step: String },
    #[error("step `{step}` joins what comes of different rows, and the rows of a service come one by one")]
    JoinsRows { step: String },
    #[error("step `{step}` stops at `until.accepted`, and the rows of a service have no end")]
    Until { step: String },
    #[error("step `{step}` shows images, whose files are read when a table is planned")]
    Images { step: String },
    #[error("`cache.force` or `cache.enabled: false` asks everything again, and a service answers what it knows")]
    AsksAgain,
    #[error("{} is still to be written by a model", path.display())]
    Unwritten { path: PathBuf },
    #[error("the rows have no columns: no template reads one")]
    NoColumns,
    /// The run file has the rows of a table.
    #[error("{} holds a run over a table, whose rows a service would plan away", .0.display())]
    OfTable(PathBuf),
    /// The run file is that of a service.
    #[error("{} is the run file of a service, whose rows came one by one", .0.display())]
    OfService(PathBuf),
    /// Its rows had other columns.
    #[error("the rows in {} have the columns {before}, and the configuration asks for {now}", db.display())]
    OtherColumns { db: PathBuf, before: String, now: String },
}

impl LiveError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Command | Self::Documents => {
                "name a table with the same columns in `input.path`, or `-` with `input.required_columns`"
            }
            Self::Grouping { .. } | Self::JoinsRows { .. } | Self::Until { .. } | Self::Images { .. } => {
                "`casebook run` does this; for a service, leave the step or the setting out"
            }
            Self::AsksAgain => "leave it out; rows that are to be asked again can be given another key",
            Self::Unwritten { .. } => "`casebook run CONFIG --to schema` has the model write it",
            Self::NoColumns => "name the columns in `input.required_columns`",
            Self::OfTable(_) => "leave `--db` out, so that the service has a run file of its own, or name another",
            Self::OfService(_) => {
                "`casebook serve` and `casebook task` go on with it; for a run name another with `--db`"
            }
            Self::OtherColumns { .. } => "start it with another run file (`--db`), or set the columns back",
        }
    }

    /// Whether the configuration or the call is at fault.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        true
    }
}
