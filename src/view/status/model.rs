//! Where a run stands, as `casebook status --format json` prints it.

use serde::Serialize;
use serde_json::Value;

use crate::record::{InvocationStatus, Stage};
use crate::view::money::CostSummary;
use crate::view::rows::Cell;

/// Where a run stands, read in one transaction.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The run's name, once a configuration is recorded.
    pub run: Option<String>,
    /// Whether some answers are samples that no model gave.
    pub samples: bool,
    pub invocation: Option<Invocation>,
    pub steps: Vec<VariantStep>,
    /// Why work items are skipped or blocked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held_back: Vec<HeldBack>,
    /// The latest work of each stage, in the order of the pipeline.
    pub stages: Vec<StageStatus>,
    /// What kind each server of `OpenAI`'s dialect is taken for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerStatus>,
    /// Tokens and costs by step and model; empty if there are too many calls to add up.
    pub costs: Vec<ModelUsage>,
    /// All calls on record.
    pub calls: u64,
    /// Whether there are few enough calls for `costs` to be filled.
    pub adds_up: bool,
    pub money: CostSummary,
    /// Anomalies that the latest work of each stage found.
    pub anomalies: Vec<AnomalyKind>,
    /// Calls whose process ended before the answer was read; they may have been billed.
    pub lost_calls: u64,
    /// Calls without an answer: in flight now, or when their process was killed.
    pub in_flight_calls: u64,
}

/// What kind a server is taken for, which decides how a schema is written for it.
#[derive(Debug, Serialize)]
pub struct ServerStatus {
    pub base_url: String,
    pub server: String,
    /// `written`, `address` or `detected`.
    pub source: String,
    /// What says so, as a sentence.
    pub evidence: String,
}

/// One execution of a command that writes to the run file.
#[derive(Debug, Serialize)]
pub struct Invocation {
    pub command: String,
    pub version: String,
    pub pid: u32,
    /// The status that the process itself recorded: one that was killed left `running`.
    pub status: String,
    /// Whether a process holds the writer's lock now.
    pub writing: bool,
    /// The message that it ended with.
    pub message: Option<String>,
    pub started_at: String,
    pub ended_at: Option<String>,
}

impl Invocation {
    /// Whether the process was killed, or its machine lost power, before it could record its end.
    #[must_use]
    pub fn was_killed(&self) -> bool {
        self.status == InvocationStatus::Killed.as_str()
            || self.status == InvocationStatus::Running.as_str() && !self.writing
    }
}

/// Work items that are skipped or blocked for the same reason.
#[derive(Debug, Serialize)]
pub struct HeldBack {
    pub step: String,
    #[serde(flatten)]
    pub of: OfVariant,
    /// `skipped` or `blocked`.
    pub status: String,
    pub reason: Option<String>,
    pub items: u64,
}

/// The work items of a step under a variant, in a repeat.
#[derive(Clone, Debug, Serialize)]
pub struct VariantStep {
    #[serde(flatten)]
    pub counts: StepCounts,
    #[serde(flatten)]
    pub of: OfVariant,
}

/// Which variant and repeat something belongs to: the name, unless the run file has the task itself alone, and the
/// number of the repeat, if there are several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfVariant {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<i64>,
}

impl OfVariant {
    /// The cells of [`Status::variant_columns`] columns.
    fn cells(&self, columns: usize) -> impl Iterator<Item = Cell> {
        let variant = Cell::from(self.variant.as_deref());
        [variant, self.repeat.map_or(Cell::Null, Cell::Integer)].into_iter().take(columns)
    }
}

impl Status {
    /// The columns that say which variant and repeat a row is about; none where the task itself is alone.
    #[must_use]
    pub fn variant_columns(&self) -> &'static [&'static str] {
        let all = ["variant", "repeat"].as_slice();
        match self.steps.iter().find(|it| it.of.variant.is_some()) {
            Some(step) if step.of.repeat.is_some() => all,
            Some(_) => &all[..1],
            None => &[],
        }
    }

    /// The columns of [`Self::step_cells`].
    #[must_use]
    pub fn step_columns(&self) -> Vec<&'static str> {
        self.columns(StepCounts::COLUMNS)
    }

    /// The counts of each step as rows.
    pub fn step_cells(&self) -> impl Iterator<Item = Vec<Cell>> {
        self.steps.iter().map(|it| self.cells_of(&it.of, it.counts.cells()))
    }

    /// The columns of a table, with those that name a variant after the first.
    #[must_use]
    pub fn columns(&self, columns: &[&'static str]) -> Vec<&'static str> {
        with_variant(columns.to_vec(), self.variant_columns().iter().copied())
    }

    /// The cells of a row, with those that name the variant that it is about.
    #[must_use]
    pub fn cells_of(&self, of: &OfVariant, cells: Vec<Cell>) -> Vec<Cell> {
        with_variant(cells, of.cells(self.variant_columns().len()))
    }
}

/// A row with what it says of a variant after its first cell.
fn with_variant<T>(mut row: Vec<T>, of: impl Iterator<Item = T>) -> Vec<T> {
    let at = 1.min(row.len());
    row.splice(at..at, of);
    row
}

/// The work items of a step, by status.
#[derive(Clone, Debug, Serialize)]
pub struct StepCounts {
    pub step: String,
    pub planned: u64,
    pub accepted: u64,
    /// With valid answers, none of which passed the checks and the judge.
    pub rejected: u64,
    /// Without a valid answer.
    pub failed: u64,
    /// Left out on purpose, by `when`.
    pub skipped: u64,
    /// Made from a work item that was not accepted.
    pub blocked: u64,
    pub pending: u64,
    /// Pending work items with a call in flight.
    pub in_flight: u64,
}

impl StepCounts {
    /// The columns of [`StepCounts::cells`].
    pub const COLUMNS: &'static [&'static str] =
        &["step", "planned", "accepted", "rejected", "failed", "skipped", "blocked", "pending", "in_flight"];

    /// The counts as a row.
    #[must_use]
    pub fn cells(&self) -> Vec<Cell> {
        let counts = [
            self.planned,
            self.accepted,
            self.rejected,
            self.failed,
            self.skipped,
            self.blocked,
            self.pending,
            self.in_flight,
        ];
        std::iter::once(Cell::from(self.step.as_str())).chain(counts.map(Cell::from)).collect()
    }
}

/// The latest work of a stage, and of a step if the stage belongs to one.
#[derive(Debug, Serialize)]
pub struct StageStatus {
    #[serde(serialize_with = "word")]
    pub stage: Stage,
    pub step: Option<String>,
    #[serde(flatten)]
    pub of: OfVariant,
    /// `done`, `reused`, `failed` or `interrupted`.
    pub status: String,
    /// Whether `clean` has set it aside since.
    pub set_aside: bool,
    pub command: String,
    pub counts: Value,
    /// The error, if it failed.
    pub message: Option<String>,
    pub started_at: String,
    pub ended_at: String,
}

/// What a step used of a model. `None` is unknown, not zero.
#[derive(Debug, Serialize)]
pub struct ModelUsage {
    pub step: String,
    pub model: String,
    pub calls: u64,
    pub input_tokens: Option<i64>,
    pub output_tokens: Option<i64>,
    /// Input tokens that were read from the provider's cache.
    pub cached_tokens: Option<i64>,
    /// Input tokens that were written to the provider's cache.
    pub cache_write_tokens: Option<i64>,
    /// Output tokens that were spent on reasoning.
    pub reasoning_tokens: Option<i64>,
    /// The sum of the known costs.
    pub cost_usd: Option<f64>,
    /// What the answers that were reused would have cost.
    pub saved_usd: Option<f64>,
    pub unpriced_calls: u64,
}

/// Anomalies of one kind that the latest work of a stage found in a step; those of answers by model.
#[derive(Debug, Serialize)]
pub struct AnomalyKind {
    pub stage: String,
    pub step: Option<String>,
    #[serde(flatten)]
    pub of: OfVariant,
    pub kind: String,
    pub count: u64,
    /// The subject of the first one.
    pub subject: Option<String>,
    /// What the first one says.
    pub detail: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn word<S: serde::Serializer>(stage: &Stage, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(stage.as_str())
}
