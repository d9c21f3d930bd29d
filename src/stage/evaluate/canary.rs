//! Holds what a canary answered against what was answered before: in the run file with the promotion's record, or in an
//! earlier run of the canary.

use rusqlite::{Connection, Row, ToSql};
use serde_json::Value;

use super::error::EvaluateError;
use super::read::{self, MarkedAt, Oddities, ReadItem};
use super::request::MeasuredVariant;
use crate::config::Experiment;
use crate::experiment::{self, AnswerSigns, EqualAnswers, Evaluation, MarkBook, Setting, ValidPairs, VariantFigures};
use crate::record::{VariantAt, WorkStatus};
use crate::stage::ingest::parse_typed_fields;
use crate::store::{last_steps, sql};

/// Answers of an earlier time.
pub struct EarlierAnswers<'a> {
    pub connection: &'a Connection,
    pub at: VariantAt,
    /// How many repeats there are from that one on. What an answer is worth is the mean over them; all else is held
    /// against the first.
    pub repeats: u32,
    /// For people.
    pub name: String,
}

/// A canary whose work is done.
pub struct CanaryRequest<'a> {
    /// Its metrics and gold answers; it has no variants, and nothing decides.
    pub experiment: &'a Experiment,
    /// `run.seed`.
    pub seed: u64,
    /// The task, with its metrics. No metric asks a model.
    pub measured: MeasuredVariant,
    pub at: VariantAt,
    /// The position in the plan before which work items were asked about.
    pub before: i64,
    /// What it is held against: the promotion's record, or the first run.
    pub reference: Option<EarlierAnswers<'a>>,
    /// The run before it.
    pub last: Option<EarlierAnswers<'a>>,
}

/// What a canary answered, and how that compares.
#[derive(Debug, Default)]
pub struct CanaryFindings {
    pub items: u64,
    pub accepted: u64,
    pub rejected: u64,
    /// Failed and blocked.
    pub failed: u64,
    pub now: AnswerSigns,
    /// Of the work items that are compared.
    pub before: AnswerSigns,
    pub equal: EqualAnswers,
    pub equal_last: EqualAnswers,
    pub valid: ValidPairs,
    /// Work items that the reference has answered by another task, or about other values: they are not compared.
    pub other: u64,
    /// The canary, and what it is held against.
    pub evaluation: Option<Evaluation>,
    pub notes: Vec<String>,
}

/// How a work item was answered at a time.
struct CanaryAnswer {
    status: WorkStatus,
    output: Option<String>,
    task_id: String,
    fields: Option<String>,
    columns: Option<String>,
    context_id: Option<String>,
    is_valid: bool,
    is_refusal: bool,
    duration_ms: Option<i64>,
    model: Option<String>,
    fingerprint: Option<String>,
}

impl CanaryAnswer {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            status: row.get("status")?,
            output: row.get("output")?,
            task_id: row.get("task_id")?,
            fields: row.get("fields")?,
            columns: row.get("columns")?,
            context_id: row.get("group_context_id")?,
            is_valid: row.get("is_valid")?,
            is_refusal: row.get("is_refusal")?,
            duration_ms: row.get("duration_ms")?,
            model: row.get("model")?,
            fingerprint: row.get("fingerprint")?,
        })
    }

    /// The answer of a time to the work item with this id, if it is decided.
    fn of(connection: &Connection, at: VariantAt, work_id: &str) -> Result<Option<Self>, EvaluateError> {
        let of: [(&'static str, &dyn ToSql); 3] =
            [(":work_id", &work_id), (":variant", &at.number), (":repeat", &at.repeat)];
        let found = sql::CANARY_ANSWER.first(connection, &of, Self::read)?;
        Ok(found.filter(|it| !matches!(it.status, WorkStatus::Pending | WorkStatus::Skipped)))
    }

    fn accepted(&self) -> Option<&str> {
        self.output.as_deref().filter(|_| self.status == WorkStatus::Accepted)
    }

    /// Whether it is an answer to the same question: by the same task, about the same values in all columns that both
    /// have.
    fn asks_the_same(&self, other: &Self) -> Result<bool, EvaluateError> {
        if self.task_id != other.task_id || self.context_id != other.context_id {
            return Ok(false);
        }
        let (Some(one), Some(two)) = (self.cells()?, other.cells()?) else { return Ok(true) };
        let value = |column: &String| two.iter().find(|(name, _)| name == column).map(|(_, text)| text);
        Ok(one.iter().all(|(column, text)| value(column).is_none_or(|it| it == text)))
    }

    /// The cells of its row, each with the name of its column.
    fn cells(&self) -> Result<Option<Vec<(String, String)>>, EvaluateError> {
        let (Some(fields), Some(columns)) = (&self.fields, &self.columns) else { return Ok(None) };
        let columns: Vec<String> = serde_json::from_str(columns).map_err(EvaluateError::Json)?;
        let fields = parse_typed_fields(fields)?;
        Ok(Some(columns.into_iter().zip(fields.into_iter().map(|field| field.text)).collect()))
    }

    fn note(self, signs: &mut AnswerSigns) {
        for (name, counts) in [(self.model, &mut signs.models), (self.fingerprint, &mut signs.fingerprints)] {
            if let Some(name) = name {
                *counts.entry(name).or_default() += 1;
            }
        }
        signs.durations.extend(self.duration_ms);
        signs.refusals += u64::from(self.is_refusal);
    }
}

/// The indices of the canary and of what it is held against in the book.
const NOW: usize = 0;
const BEFORE: usize = 1;

/// Works out what a canary found. The gold answers, where there are some, have to be loaded.
pub fn canary(connection: &Connection, request: &CanaryRequest<'_>) -> Result<CanaryFindings, EvaluateError> {
    let CanaryRequest { experiment, seed, measured, at, reference, .. } = request;
    sql::GOLD_CREATE_ANSWERS.execute(connection, &[])?;
    if experiment.gold.is_none() {
        sql::GOLD_CLEAR_ANSWERS.execute(connection, &[])?;
    }
    let mut found = CanaryFindings::default();
    let mut oddities = Oddities::default();
    let repeats = reference.as_ref().map_or(1, |it| it.repeats.max(1));
    let mut book = MarkBook::new(&experiment.metrics, if reference.is_some() { 2 } else { 1 }, repeats);
    for step in last_steps(connection, *at)? {
        let of: [(&'static str, &dyn ToSql); 2] = [(":step", &step), (":before", &request.before)];
        sql::EVALUATE_ITEMS.each::<EvaluateError>(connection, &of, |row| {
            let status: WorkStatus = row.get("status")?;
            let item = ReadItem::read(row, status)?;
            let name = measured.name.as_str();
            read::note(&item, (measured, status), &marked(NOW, name), None, (&mut book, &mut oddities))?;
            compare(connection, request, (item, status), (&mut found, &mut book, &mut oddities))
        })?;
    }
    // Figures of a comparison are over its pairs, those of the canary over all its work items.
    let scope = book.keep_shared(&[false, false], &[]);
    let valid = (found.accepted + found.rejected, found.accepted + found.rejected + found.failed);
    let valid = (valid.1 > 0).then(|| read::number(valid.0) / read::number(valid.1));
    let mut variants = vec![VariantFigures { valid, ..figures(measured, *at, &found) }];
    if let Some(reference) = reference {
        let of = figures(measured, reference.at, &found);
        variants.push(VariantFigures { name: reference.name.clone(), is_baseline: true, ..of });
    }
    let setting = Setting { experiment, seed: *seed, against: None, left_out: scope.left_out };
    found.evaluation = Some(experiment::evaluate(&book, setting, variants, Vec::new()));
    found.notes.extend(oddities.notes());
    Ok(found)
}

fn marked(index: usize, name: &str) -> MarkedAt<'_> {
    MarkedAt { index, repeat: 1, name }
}

/// Counts a work item of the canary, and holds it against what was answered before.
fn compare(
    connection: &Connection,
    request: &CanaryRequest<'_>,
    (mut item, status): (ReadItem, WorkStatus),
    (found, book, oddities): (&mut CanaryFindings, &mut MarkBook, &mut Oddities),
) -> Result<(), EvaluateError> {
    found.items += 1;
    *match status {
        WorkStatus::Accepted => &mut found.accepted,
        WorkStatus::Rejected => &mut found.rejected,
        WorkStatus::Failed | WorkStatus::Blocked => &mut found.failed,
        WorkStatus::Pending | WorkStatus::Skipped => return Ok(()),
    } += 1;
    let work_id: String =
        sql::EVALUATE_WORK_ID.row(connection, &[(":work_item", &item.number)], |row| row.get("work_id"))?;
    let Some(now) = CanaryAnswer::of(connection, request.at, &work_id)? else { return Ok(()) };
    if let Some(last) = &request.last
        && let Some(last) = CanaryAnswer::of(last.connection, last.at, &work_id)?
        && now.asks_the_same(&last)?
    {
        found.equal_last.add(now.accepted() == last.accepted());
    }
    if let Some(reference) = &request.reference
        && let Some(before) = CanaryAnswer::of(reference.connection, reference.at, &work_id)?
    {
        if now.asks_the_same(&before)? {
            found.equal.add(now.accepted() == before.accepted());
            found.valid.add(now.is_valid, before.is_valid);
            let more = (1..reference.repeats).map(|repeat| {
                let at = VariantAt { repeat: reference.at.repeat + repeat, ..reference.at };
                CanaryAnswer::of(reference.connection, at, &work_id)
            });
            for (repeat, before) in (1..).zip(std::iter::once(Ok(Some(before))).chain(more)) {
                let Some(before) = before? else { continue };
                if !now.asks_the_same(&before)? {
                    continue;
                }
                let output = before.accepted().map(serde_json::from_str::<Value>).transpose();
                item.output = output.map_err(EvaluateError::Json)?;
                let at = MarkedAt { index: BEFORE, repeat, name: &reference.name };
                read::note(&item, (&request.measured, before.status), &at, None, (book, oddities))?;
                before.note(&mut found.before);
            }
        } else {
            found.other += 1;
        }
    }
    now.note(&mut found.now);
    Ok(())
}

/// The figures of one side but its scores.
fn figures(measured: &MeasuredVariant, at: VariantAt, found: &CanaryFindings) -> VariantFigures {
    let CanaryFindings { items, accepted, rejected, failed, .. } = *found;
    VariantFigures {
        number: at.number,
        name: measured.name.clone(),
        is_baseline: false,
        settings: std::collections::BTreeMap::new(),
        planned: items,
        accepted,
        rejected,
        failed,
        skipped: 0,
        blocked: 0,
        pending: 0,
        valid: None,
        missing: rejected + failed,
        scores: Vec::new(),
        cost_usd: None,
        cost_per_item: None,
        latency_ms: None,
        input_tokens: None,
        output_tokens: None,
        judging_usd: None,
        is_on_front: None,
    }
}
