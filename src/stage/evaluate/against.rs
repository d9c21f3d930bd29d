//! Compares variants with the outputs of another run file, paired by work id. Nothing of it is recorded, since it
//! depends on that file, too.

use rusqlite::{Connection, ToSql};
use serde_json::Value;

use super::error::EvaluateError;
use super::read::{self, Oddities, ReadItem, StatusCounts};
use super::request::{EvaluateRequest, MeasuredVariant};
use super::shared;
use crate::experiment::{self, Evaluation, MarkBook, Setting};
use crate::prompt::TemplateValue;
use crate::record::{VariantAt, WorkStatus};
use crate::store::{RecordedVariant, last_steps, sql, variants};

/// Another run file, opened for reading.
pub struct OtherFile<'a> {
    pub connection: &'a Connection,
    /// Its name for people.
    pub name: String,
}

/// What two run files have in common.
#[derive(Default)]
struct Overlap {
    here: u64,
    both: u64,
}

/// Works out the figures of all variants and of the other file, which is the baseline. Gold answers, metrics and rows
/// are those of this file; of the other one, outputs and costs count. Its variant is the one with the name of the
/// baseline; else its task itself, else the only variant that it has.
pub fn against(
    connection: &Connection,
    request: &EvaluateRequest<'_>,
    other: &OtherFile<'_>,
) -> Result<Evaluation, EvaluateError> {
    let EvaluateRequest { experiment, seed, variants, .. } = request;
    let measured = variants.iter().find(|it| it.is_baseline).or_else(|| variants.first());
    let Some(measured) = measured else { return Err(EvaluateError::NothingInCommon(other.name.clone())) };
    super::prepare(connection, request)?;
    let mut book = MarkBook::new(&experiment.metrics, variants.len() + 1, experiment.repeats);
    let mut oddities = Oddities::default();
    let (mut counts, mut unfinished) = (Vec::with_capacity(variants.len()), Vec::with_capacity(variants.len() + 1));
    for (index, variant) in variants.iter().enumerate() {
        counts.push(read::marks(connection, request, (variant, index), (&mut book, &mut oddities))?);
        unfinished.push(shared::is_unfinished(connection, request, variant)?);
    }
    let chosen = choose(other, &measured.name)?;
    let name = if chosen.number == VariantAt::BASE.number {
        other.name.clone()
    } else {
        format!("{} ({})", other.name, chosen.name)
    };
    let it = Other { file: other, variant: chosen.number, measured, index: variants.len(), name: name.clone() };
    let (there, overlap) = it.marks(connection, request, &mut book, &mut oddities)?;
    if overlap.both == 0 {
        return Err(EvaluateError::NothingInCommon(other.name.clone()));
    }
    // What only one of the files has is in no figure.
    unfinished.push(true);
    let scope = book.keep_shared(&unfinished, &[]);
    let mut notes = vec![it.overlap(&overlap)?];
    notes.extend(shared::notes(request, &scope, &counts));
    let range = (experiment.repeats, request.before());
    let mut figures = Vec::with_capacity(variants.len() + 1);
    for ((variant, counts), tally) in variants.iter().zip(counts).zip(&scope.tallies) {
        let mut of = read::figures(connection, variant, range, (counts, *tally))?;
        of.is_baseline = false;
        figures.push(of);
    }
    let tally = scope.tallies.last().copied().unwrap_or_default();
    let everything = (experiment.repeats, i64::MAX);
    figures.push(read::figures(other.connection, &it.as_variant(), everything, (there, tally))?);
    if measured.metrics.iter().any(crate::experiment::MetricRule::asks_model) {
        notes.push(format!(
            "metrics that ask a model have no scores of {}: nothing is asked about another file",
            other.name
        ));
    }
    notes.extend(oddities.notes());
    let setting = Setting { experiment, seed: *seed, against: Some(name.clone()), left_out: scope.left_out };
    let mut evaluation = experiment::evaluate(&book, setting, figures, notes);
    evaluation.gates.retain(|gate| gate.variant != name);
    Ok(evaluation)
}

/// The variant of the other file that is compared with.
pub(super) fn choose(other: &OtherFile<'_>, baseline: &str) -> Result<RecordedVariant, EvaluateError> {
    let mut all: Vec<RecordedVariant> = variants(other.connection)?.into_iter().filter(|it| it.repeats > 0).collect();
    let place = all.iter().position(|it| it.name == baseline);
    let place = place.or_else(|| all.iter().position(|it| it.number == VariantAt::BASE.number));
    match (place, all.len()) {
        (Some(place), _) => Ok(all.swap_remove(place)),
        (None, 1) => Ok(all.swap_remove(0)),
        (None, 0) => Err(EvaluateError::NothingInCommon(other.name.clone())),
        (None, _) => Err(EvaluateError::WhichVariant {
            file: other.name.clone(),
            names: all.into_iter().map(|it| it.name).collect(),
        }),
    }
}

/// The other file as one more variant.
struct Other<'a> {
    file: &'a OtherFile<'a>,
    variant: i64,
    /// The variant here whose metrics hold its outputs against gold.
    measured: &'a MeasuredVariant,
    /// Its place in the book.
    index: usize,
    name: String,
}

impl Other<'_> {
    fn as_variant(&self) -> MeasuredVariant {
        MeasuredVariant {
            number: self.variant,
            name: self.name.clone(),
            is_baseline: true,
            settings: std::collections::BTreeMap::new(),
            metrics: Vec::new(),
            columns: self.measured.columns.clone(),
            variables: TemplateValue::new(&Value::Null),
        }
    }

    /// Notes the marks of its outputs for the work items of this file.
    fn marks(
        &self,
        connection: &Connection,
        request: &EvaluateRequest<'_>,
        book: &mut MarkBook,
        oddities: &mut Oddities,
    ) -> Result<(StatusCounts, Overlap), EvaluateError> {
        let (mut counts, mut overlap) = (StatusCounts::default(), Overlap::default());
        let here = VariantAt { number: self.measured.number, repeat: 1 };
        for step in last_steps(connection, here)? {
            let of: [(&'static str, &dyn ToSql); 2] = [(":step", &step), (":before", &request.before())];
            sql::EVALUATE_ITEMS.each::<EvaluateError>(connection, &of, |row| {
                // What it stands at here does not matter.
                let mut item = ReadItem::read(row, WorkStatus::Pending)?;
                overlap.here += 1;
                let work_id: String =
                    sql::EVALUATE_WORK_ID.row(connection, &[(":work_item", &item.number)], |row| row.get("work_id"))?;
                let mut is_there = false;
                for repeat in 1..=request.experiment.repeats {
                    let of: [(&'static str, &dyn ToSql); 3] =
                        [(":work_id", &work_id), (":variant", &self.variant), (":repeat", &repeat)];
                    let found = sql::EVALUATE_OTHER.first(self.file.connection, &of, |row| {
                        Ok((row.get::<_, WorkStatus>("status")?, row.get::<_, Option<String>>("output")?))
                    })?;
                    // What is open there has no answer to compare with.
                    let found = found.filter(|(status, _)| *status != WorkStatus::Pending);
                    let Some((status, output)) = found else { continue };
                    is_there = true;
                    counts.add(status);
                    let output = output.filter(|_| status == WorkStatus::Accepted);
                    item.output =
                        output.map(|it| serde_json::from_str(&it)).transpose().map_err(EvaluateError::Json)?;
                    let at = read::MarkedAt { index: self.index, repeat, name: &self.name };
                    read::note(&item, (self.measured, status), &at, None, (book, oddities))?;
                }
                overlap.both += u64::from(is_there);
                Ok(())
            })?;
        }
        Ok((counts, overlap))
    }

    /// How many work items both files have, and how many only one of them.
    fn overlap(&self, overlap: &Overlap) -> Result<String, EvaluateError> {
        let mut there = 0;
        for step in last_steps(self.file.connection, VariantAt { number: self.variant, repeat: 1 })? {
            let items: i64 =
                sql::EVALUATE_COUNT_PLANNED.row(self.file.connection, &[(":step", &step)], |row| row.get("items"))?;
            there += items.unsigned_abs();
        }
        Ok(format!(
            "compared with {}: {} work items are in both files, {} only here, {} only there",
            self.name,
            overlap.both,
            overlap.here - overlap.both,
            there.saturating_sub(overlap.both)
        ))
    }
}
