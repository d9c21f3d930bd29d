//! Progress of a run, as [`Batch::progress`](super::Batch::progress) reports it.
//!
//! These types are the library's own, so that the engine's can change without it.

use std::time::Duration;

use crate::engine::{self, PacedBy};

/// A progress report of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// Requests are made, before the run begins: see [`Batch::prepare_threads`](super::Batch::prepare_threads).
    /// Reported every now and then, and once at the end.
    Preparing(Preparing),
    /// A stage of the pipeline ended.
    #[non_exhaustive]
    Stage {
        /// The stage: `schema`, `contract`, `ingest`, `plan`, `generate`, `export` or `report`.
        stage: &'static str,
        /// One line about its result.
        message: String,
    },
    /// The current counts of the stage `generate`, reported after each round of its loop.
    Generating(Generating),
    /// A fact or a warning, one line.
    Note(String),
}

/// How many items have their requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preparing {
    /// Items whose request builder has returned.
    pub done: u64,
    /// All items, if the iterator knows their number.
    pub total: Option<u64>,
}

/// The current counts of the stage `generate`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Generating {
    /// Work items that this run may work on.
    pub planned: u64,
    /// Those of them that are decided.
    pub done: u64,
    /// Those of them that were decided before this run sent its first request.
    pub done_before: u64,
    /// Accepted work items.
    pub accepted: u64,
    /// Rejected work items.
    pub rejected: u64,
    /// Failed work items.
    pub failed: u64,
    /// Answers and outputs that this run took from the record.
    pub from_record: u64,
    /// Calls that this run made.
    pub calls: u64,
    /// Calls in flight.
    pub in_flight: u64,
    /// Requests that wait to be sent again.
    pub waiting: u64,
    /// What holds requests back.
    pub pace: Pace,
    /// Input tokens of this run's answers that providers reported.
    pub input_tokens: u64,
    /// Output tokens of this run's answers that providers reported.
    pub output_tokens: u64,
    /// The known cost of this run's calls in US dollars.
    pub cost_usd: f64,
    /// Calls of this run whose cost is not known. They are not part of `cost_usd`.
    pub unpriced_calls: u64,
}

/// What holds requests back. Every field is `None` while nothing does.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// The most calls in flight at once, if the provider's refusals made that fewer than `llm.max_workers`.
    pub max_in_flight: Option<u64>,
    /// How much longer no request is sent, because the provider asked for a pause.
    pub pause: Option<Duration>,
    /// Requests a minute, if that rate makes requests wait.
    pub requests_per_minute: Option<f64>,
    /// Tokens a minute, if that rate makes requests wait.
    pub tokens_per_minute: Option<f64>,
}

impl Progress {
    pub(super) fn of(progress: &engine::RunEvent) -> Self {
        match progress {
            engine::RunEvent::Stage { stage, message } => {
                Self::Stage { stage: stage.as_str(), message: message.clone() }
            }
            engine::RunEvent::Generating(generating) => Self::Generating(Generating::of(generating)),
            engine::RunEvent::Note(note) => Self::Note(note.clone()),
            // A batch has no variants.
            engine::RunEvent::Variant { name, .. } => Self::Note(format!("variant {name}")),
        }
    }
}

impl Generating {
    fn of(generating: &engine::GenerationProgress) -> Self {
        let engine::GenerationProgress { pace, used, .. } = generating;
        Self {
            planned: generating.planned,
            done: generating.done,
            done_before: generating.done_before,
            accepted: generating.accepted,
            rejected: generating.rejected,
            failed: generating.failed,
            from_record: generating.from_record,
            calls: generating.calls,
            in_flight: generating.in_flight,
            waiting: generating.waiting,
            pace: Pace {
                max_in_flight: pace.cut.map(|(limit, _)| limit),
                pause: pace.held,
                requests_per_minute: match pace.paced {
                    Some(PacedBy::Requests(rate)) => Some(rate),
                    Some(PacedBy::Tokens(_)) | None => None,
                },
                tokens_per_minute: match pace.paced {
                    Some(PacedBy::Tokens(rate)) => Some(rate),
                    Some(PacedBy::Requests(_)) | None => None,
                },
            },
            input_tokens: used.input_tokens,
            output_tokens: used.output_tokens,
            cost_usd: used.cost.to_usd(),
            unpriced_calls: used.unknown,
        }
    }
}
