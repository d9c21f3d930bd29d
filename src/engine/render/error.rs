//! Why a request cannot be rendered, or a file of cases cannot be used.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a request that was asked for cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("there is no step `{name}`: the steps are {known}")]
    NoStep { name: String, known: String },
    #[error("the input has no row {0}")]
    NoRow(u64),
    #[error("`--key` needs `input.key`, which is not set")]
    NoKeyColumn,
    #[error("no row has the key `{0}`")]
    NoKey(String),
    /// The step computes its output.
    #[error("step `{0}` asks no model: a rule computes its output")]
    Rule(String),
    #[error("step `{0}` has no judge")]
    NoJudge(String),
    /// What the step takes from has no outputs yet.
    #[error("step `{step}` has no work item{of} yet: it takes from {parents}, which has to run first")]
    NotYet { step: String, parents: String, of: String },
    #[error("no work item of step `{step}` goes back to row {row}")]
    NotOfRow { step: String, row: u64 },
    #[error("{item} is skipped: {reason}")]
    Skipped { item: String, reason: String },
    /// A template, an image or a condition stands in the way.
    #[error("{item} cannot be asked: {reason}")]
    CannotAsk { item: String, reason: String },
    /// What is asked for follows an answer that is not on record.
    #[error("{item}: the record has no answer to {question}, and {wanted} depends on it")]
    NoAnswer { item: String, question: String, wanted: String },
    /// The conversation ends before what is asked for.
    #[error("{item}: there is no {wanted}: it is {status} after {}", attempts(*.after))]
    Ended { item: String, wanted: String, status: &'static str, after: u32 },
    #[error("{item}: there is no attempt {wanted}: `llm.retries` allows {}", attempts(*.most))]
    NoMoreAttempts { item: String, wanted: u32, most: u32 },
    /// A judge is asked about valid answers alone.
    #[error("{item}: the judge is not asked: no answer to attempt {attempt} is valid and passes the checks")]
    NotJudged { item: String, attempt: u32 },
    #[error("step `{step}` takes from {parents}: a case with `values` needs a step over the input")]
    MadeUp { step: String, parents: String },
    #[error("the input has no column `{column}`")]
    NoColumn { column: String, hint: String },
    /// A case without a step, where several steps ask a model.
    #[error("case `{case}` has requests of several steps: {steps}")]
    SeveralSteps { case: String, steps: String },
    #[error("cannot read {}", path.display())]
    CasesFile {
        path: PathBuf,
        #[source]
        source: Arc<io::Error>,
    },
    #[error("cannot write {}", path.display())]
    Snapshot {
        path: PathBuf,
        #[source]
        source: Arc<io::Error>,
    },
    #[error("no temporary file can be written")]
    Scratch(#[source] io::Error),
}

fn attempts(count: u32) -> String {
    if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

impl RenderError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::NoRow(_) => "rows are counted from 1",
            Self::NoKeyColumn => "name the row with `--row N`, or set `input.key` to the column of the keys",
            Self::NoKey(_) => "name the row with `--row N`, counted from 1",
            Self::NoJudge(_) => "configure one (`judge.enabled: true` with `prompts.judge`), or leave `--judge` out",
            Self::NotYet { .. } | Self::NoAnswer { .. } => {
                "`casebook run CONFIG` asks what comes before; with `--provider sample` both `run` and `render` rehearse \
                 it on a run file of its own"
            }
            Self::NotOfRow { .. } => "leave `--row` out to see the first work item of the step",
            Self::CannotAsk { .. } => "a run would end this work item as failed",
            Self::NoMoreAttempts { .. } => "raise `llm.retries`: it is the number of attempts after the first",
            Self::NoColumn { hint, .. } => return Some(Cow::Owned(hint.clone())),
            Self::SeveralSteps { .. } => "name the step: `step: NAME`",
            Self::MadeUp { .. } => "name a row of the input with `row` or `key`, and run what comes before once",
            Self::NoStep { .. }
            | Self::Rule(_)
            | Self::Skipped { .. }
            | Self::Ended { .. }
            | Self::NotJudged { .. }
            | Self::CasesFile { .. }
            | Self::Snapshot { .. }
            | Self::Scratch(_) => return None,
        };
        Some(Cow::Borrowed(hint))
    }

    /// Whether the call is wrong, rather than what is on record.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoStep { .. }
                | Self::NoRow(_)
                | Self::NoKeyColumn
                | Self::NoKey(_)
                | Self::Rule(_)
                | Self::NoJudge(_)
                | Self::MadeUp { .. }
                | Self::NoColumn { .. }
                | Self::SeveralSteps { .. }
                | Self::CasesFile { .. }
        )
    }
}
