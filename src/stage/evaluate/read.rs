//! What the record has of a variant: the marks of its work items, where they stand, and what they cost.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row, ToSql};
use serde_json::Value;

use super::error::EvaluateError;
use super::request::{EvaluateRequest, MeasuredVariant, wrong_gold};
use crate::experiment::{Held, MarkBook, MetricRule, ModelScore, Tally, VariantFigures};
use crate::prompt::{TemplateGroup, TemplateRow, Vars};
use crate::record::{VariantAt, WorkStatus};
use crate::stage::ingest::parse_typed_fields;
use crate::store::{last_steps, sql, step_rowid};

/// What was odd about outputs, by variant and metric: how often, and the first of it.
#[derive(Default)]
pub(super) struct Oddities(BTreeMap<(usize, usize), (u64, String)>);

impl Oddities {
    fn add(&mut self, at: (usize, usize), (metric, variant): (&str, &str), message: &str) {
        let found = self.0.entry(at).or_insert_with(|| (0, format!("`{metric}` under `{variant}`: {message}")));
        found.0 += 1;
    }

    /// A sentence for each variant and metric.
    pub(super) fn notes(self) -> Vec<String> {
        let note = |(count, first): (u64, String)| match count {
            1 => first,
            more => format!("{first} (and {} more, all counted as wrong)", more - 1),
        };
        self.0.into_values().map(note).collect()
    }
}

/// Where the work items of a variant stand, in all repeats.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StatusCounts {
    accepted: u64,
    rejected: u64,
    failed: u64,
    skipped: u64,
    blocked: u64,
    pub(super) pending: u64,
}

impl StatusCounts {
    pub(super) fn add(&mut self, status: WorkStatus) {
        *match status {
            WorkStatus::Accepted => &mut self.accepted,
            WorkStatus::Rejected => &mut self.rejected,
            WorkStatus::Failed => &mut self.failed,
            WorkStatus::Skipped => &mut self.skipped,
            WorkStatus::Blocked => &mut self.blocked,
            WorkStatus::Pending => &mut self.pending,
        } += 1;
    }

    /// Those that are decided and were to have an answer.
    fn answered_for(self) -> u64 {
        self.accepted + self.rejected + self.failed + self.blocked
    }
}

/// The gold answer in a row; `None` where there is none.
pub(super) fn gold_answer(row: &Row<'_>) -> Result<Option<Value>, EvaluateError> {
    let text = row.get_ref("answer")?.as_str_or_null().map_err(rusqlite::Error::from)?;
    text.map(serde_json::from_str).transpose().map_err(EvaluateError::Json)
}

/// The gold value of a metric in a gold answer; `None` where the metric needs none, or there is none.
pub(super) fn gold_value(metric: &MetricRule, answer: Option<&Value>) -> Result<Option<Value>, String> {
    match (&metric.gold, answer) {
        (Some(name), Some(answer)) => metric.read_gold(&answer[name.as_str()]),
        _ => Ok(None),
    }
}

/// Notes the marks of a variant, which is at `index` in the book.
pub(super) fn marks(
    connection: &Connection,
    request: &EvaluateRequest<'_>,
    (variant, index): (&MeasuredVariant, usize),
    (book, oddities): (&mut MarkBook, &mut Oddities),
) -> Result<StatusCounts, EvaluateError> {
    let mut counts = StatusCounts::default();
    for repeat in 1..=request.experiment.repeats {
        let at = VariantAt { number: variant.number, repeat };
        let scores = scores(connection, variant, at)?;
        for step in last_steps(connection, at)? {
            let of: [(&'static str, &dyn ToSql); 2] = [(":step", &step), (":before", &request.before())];
            sql::EVALUATE_ITEMS.each::<EvaluateError>(connection, &of, |row| {
                let status: WorkStatus = row.get("status")?;
                counts.add(status);
                let item = ReadItem::read(row, status)?;
                let at = MarkedAt { index, repeat, name: &variant.name };
                note(&item, (variant, status), &at, Some(&scores), (book, oddities))?;
                Ok(())
            })?;
        }
    }
    Ok(counts)
}

/// Where a mark goes: the place of a variant in the book, and the repeat.
pub(super) struct MarkedAt<'a> {
    pub(super) index: usize,
    pub(super) repeat: u32,
    /// The name of the variant.
    pub(super) name: &'a str,
}

/// Notes what a work item is worth under each metric of `variant`; without `scores`, under those that ask no model.
pub(super) fn note(
    item: &ReadItem,
    (variant, status): (&MeasuredVariant, WorkStatus),
    at: &MarkedAt<'_>,
    scores: Option<&Scores>,
    (book, oddities): (&mut MarkBook, &mut Oddities),
) -> Result<(), EvaluateError> {
    let place = book.place(item.number, item.gold.is_some());
    book.stand(at.index, place, status);
    if matches!(status, WorkStatus::Pending | WorkStatus::Skipped) {
        return Ok(());
    }
    for (number, metric) in variant.metrics.iter().enumerate() {
        if scores.is_none() && metric.asks_model() {
            continue;
        }
        let gold = gold_value(metric, item.gold.as_ref())
            .map_err(|expected| wrong_gold(metric, item.gold.as_ref(), ("a work item".to_owned(), expected)))?;
        let score = match scores.and_then(|it| it.get(number)?.as_ref()).map(|all| all.get(&item.number)) {
            Some(Some(Some(score))) => ModelScore::Score(*score),
            Some(Some(None)) => ModelScore::None,
            _ => ModelScore::NotAsked,
        };
        let held = Held { output: item.output.as_ref(), gold: gold.as_ref(), has_gold: item.gold.is_some(), score };
        let (mark, odd) = metric.mark(&held, &|| item.vars(variant));
        book.note((at.index, number), place, at.repeat, mark);
        if let Some(message) = odd {
            oddities.add((at.index, number), (&metric.name, at.name), &message);
        }
    }
    Ok(())
}

/// The scores of the metrics that ask a model, by the work item that they are about; none of the others.
pub(super) type Scores = Vec<Option<HashMap<i64, Option<f64>>>>;

fn scores(connection: &Connection, variant: &MeasuredVariant, at: VariantAt) -> Result<Scores, EvaluateError> {
    let of_metric = |metric: &MetricRule| {
        if !metric.asks_model() {
            return Ok(None);
        }
        let mut scores = HashMap::new();
        if let Some(step) = step_rowid(connection, &format!("metric:{}", metric.name), at)? {
            sql::EVALUATE_SCORES.each::<EvaluateError>(connection, &[(":step", &step)], |row| {
                scores.insert(row.get("work_item")?, row.get("score")?);
                Ok(())
            })?;
        }
        Ok(Some(scores))
    };
    variant.metrics.iter().map(of_metric).collect()
}

/// A work item as it is measured.
pub(super) struct ReadItem {
    pub(super) number: i64,
    pub(super) output: Option<Value>,
    gold: Option<Value>,
    /// The fields of its row, as the record has them.
    fields: Option<String>,
    /// The key of its group, and how many rows that has.
    group: Option<(String, usize)>,
}

impl ReadItem {
    pub(super) fn read(row: &Row<'_>, status: WorkStatus) -> Result<Self, EvaluateError> {
        let text = |name: &str| -> Result<Option<String>, rusqlite::Error> { row.get(name) };
        let output = row.get_ref("output")?.as_str_or_null().map_err(rusqlite::Error::from)?;
        let output = output.filter(|_| status == WorkStatus::Accepted);
        let group = match text("group_key")? {
            Some(key) => Some((key, usize::try_from(row.get::<_, i64>("row_count")?).unwrap_or(usize::MAX))),
            None => None,
        };
        Ok(Self {
            number: row.get("work_item")?,
            output: output.map(serde_json::from_str).transpose().map_err(EvaluateError::Json)?,
            gold: gold_answer(row)?,
            fields: text("fields")?,
            group,
        })
    }

    /// What expressions see.
    fn vars(&self, variant: &MeasuredVariant) -> Vars {
        let mut vars = Vars::new().variables(&variant.variables);
        if let Some(output) = &self.output {
            vars = vars.output(output);
        }
        // A row on record can be read.
        if let Some(fields) = self.fields.as_deref().and_then(|fields| parse_typed_fields(fields).ok()) {
            vars = vars.row(&TemplateRow::of_fields(&variant.columns, &fields));
        }
        if let Some((key, rows)) = &self.group {
            vars = vars.group(&TemplateGroup::new(key, *rows));
        }
        match &self.gold {
            Some(gold) => vars.gold(gold),
            None => vars,
        }
    }
}

/// The figures of a variant but its scores.
pub(super) fn figures(
    connection: &Connection,
    variant: &MeasuredVariant,
    (repeats, before): (u32, i64),
    (counts, tally): (StatusCounts, Tally),
) -> Result<VariantFigures, EvaluateError> {
    let task = spent(connection, (variant.number, repeats, before), false)?;
    let judging = spent(connection, (variant.number, repeats, before), true)?;
    let done = counts.answered_for() + counts.skipped;
    let per_item = |total: Option<f64>| total.filter(|_| done > 0).map(|total| total / number(done));
    let StatusCounts { accepted, rejected, failed, skipped, blocked, pending } = counts;
    let Tally { tried, valid, missing, .. } = tally;
    Ok(VariantFigures {
        number: variant.number,
        name: variant.name.clone(),
        is_baseline: variant.is_baseline,
        settings: variant.settings.clone(),
        planned: done + pending,
        accepted,
        rejected,
        failed,
        skipped,
        blocked,
        pending,
        valid: (tried > 0).then(|| number(valid) / number(tried)),
        missing,
        scores: Vec::new(),
        cost_usd: task.usd,
        cost_per_item: per_item(task.usd),
        latency_ms: per_item(task.duration_ms),
        input_tokens: per_item(task.input_tokens),
        output_tokens: per_item(task.output_tokens),
        judging_usd: if judging.answers == 0 { Some(0.0) } else { judging.usd },
        is_on_front: None,
    })
}

/// What the calls of a variant came to; `None` where one of them did not say.
struct Spent {
    answers: i64,
    usd: Option<f64>,
    duration_ms: Option<f64>,
    input_tokens: Option<f64>,
    output_tokens: Option<f64>,
}

fn spent(
    connection: &Connection,
    (variant, repeats, before): (i64, u32, i64),
    is_judging: bool,
) -> rusqlite::Result<Spent> {
    let of: [(&'static str, &dyn ToSql); 4] =
        [(":variant", &variant), (":repeats", &repeats), (":before", &before), (":is_judging", &is_judging)];
    sql::EVALUATE_SPENT.row(connection, &of, |row| {
        let answers: i64 = row.get("answers")?;
        let all = |known: &str, total: &str| -> rusqlite::Result<Option<f64>> {
            let (known, total): (i64, i64) = (row.get(known)?, row.get(total)?);
            Ok((known >= answers).then(|| number(total.unsigned_abs())))
        };
        Ok(Spent {
            answers,
            usd: all("priced", "pico_usd")?.map(|pico| pico / 1e12),
            duration_ms: all("timed", "duration_ms")?.filter(|_| answers > 0),
            input_tokens: all("counted_input", "input_tokens")?.filter(|_| answers > 0),
            output_tokens: all("counted_output", "output_tokens")?.filter(|_| answers > 0),
        })
    })
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are enough")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
