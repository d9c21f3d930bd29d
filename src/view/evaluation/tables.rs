//! The tables of an evaluation.

use super::figures::{self, NOTHING};
use crate::experiment::{Better, Comparison, Evaluation, GateResult, VariantFigures};
use crate::view::text::thousands;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureColumn {
    pub name: String,
    /// Whether its cells line up on the right.
    pub is_number: bool,
}

/// A table of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureTable {
    pub title: String,
    pub columns: Vec<FigureColumn>,
    /// As many cells as there are columns.
    pub rows: Vec<Vec<String>>,
    /// Sentences below it.
    pub notes: Vec<String>,
}

impl FigureTable {
    /// The cells of a row, each with whether it is a number.
    pub fn cells<'a>(&'a self, row: &'a [String]) -> impl Iterator<Item = (&'a str, bool)> {
        row.iter().zip(&self.columns).map(|(cell, column)| (cell.as_str(), column.is_number))
    }
}

/// Marks the baseline in a list of variants.
const MARK: &str = " *";

/// All tables: the variants, the differences under the metric that decides and under the others, and the gates. Those
/// that would be empty are left out.
#[must_use]
pub fn tables(evaluation: &Evaluation) -> Vec<FigureTable> {
    let mut all = vec![variants(evaluation)];
    let decides = evaluation.decide.as_ref().map(|it| it.by.as_str());
    let (deciding, other): (Vec<&Comparison>, Vec<&Comparison>) =
        evaluation.comparisons.iter().partition(|it| Some(it.metric.as_str()) == decides);
    if !deciding.is_empty() {
        all.push(decision(evaluation, &deciding));
    }
    if !other.is_empty() {
        all.push(differences(evaluation, &other, decides.is_some()));
    }
    if !evaluation.gates.is_empty() {
        all.push(gates(evaluation));
    }
    all
}

fn columns(all: &[(&str, bool)]) -> Vec<FigureColumn> {
    all.iter().map(|(name, is_number)| FigureColumn { name: (*name).to_owned(), is_number: *is_number }).collect()
}

fn variants(evaluation: &Evaluation) -> FigureTable {
    let places: Vec<usize> = (0..evaluation.metrics.len())
        .map(|index| figures::of_scores(evaluation.variants.iter().filter_map(move |it| it.scores.get(index))))
        .collect();
    let mut names = vec![("variant", false), ("valid", true), ("missing", true)];
    names.extend(evaluation.metrics.iter().map(|it| (it.name.as_str(), true)));
    names.extend([("cost/item", true), ("latency", true), ("tokens in", true), ("out", true)]);
    let is_judged = evaluation.metrics.iter().any(|it| it.kind == "judge");
    if is_judged {
        names.push(("judging", true));
    }
    let row = |it: &VariantFigures| {
        let name = if it.is_baseline { format!("{}{MARK}", it.name) } else { it.name.clone() };
        let mut cells = vec![name, figures::share(it.valid), thousands(it.missing)];
        cells.extend(places.iter().enumerate().map(|(index, places)| figures::score(it.scores.get(index), *places)));
        cells.extend([figures::usd(it.cost_per_item), figures::time(it.latency_ms)]);
        cells.extend([figures::tokens(it.input_tokens), figures::tokens(it.output_tokens)]);
        cells.extend(is_judged.then(|| figures::usd(it.judging_usd)));
        cells
    };
    let mut notes = Vec::new();
    if evaluation.variants.iter().any(|it| it.is_baseline) {
        notes.push("* the baseline".to_owned());
    }
    let less: Vec<&str> =
        evaluation.metrics.iter().filter(|it| !it.higher_is_better).map(|it| it.name.as_str()).collect();
    if !less.is_empty() {
        notes.push(format!("less is better: {}", less.join(", ")));
    }
    notes.extend(undefined_scores(evaluation));
    notes.extend(evaluation.notes.iter().cloned());
    FigureTable {
        title: "Variants, with 95 % intervals".to_owned(),
        columns: columns(&names),
        rows: evaluation.variants.iter().map(row).collect(),
        notes,
    }
}

/// Why figures are undefined, each reason once for a metric.
fn undefined_scores(evaluation: &Evaluation) -> Vec<String> {
    let mut notes = Vec::new();
    for (index, metric) in evaluation.metrics.iter().enumerate() {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for variant in &evaluation.variants {
            let Some(reason) = variant.scores.get(index).and_then(|it| it.undefined.as_deref()) else { continue };
            match reasons.iter_mut().find(|(it, _)| *it == reason) {
                Some((_, names)) => names.push(&variant.name),
                None => reasons.push((reason, vec![&variant.name])),
            }
        }
        for (reason, names) in reasons {
            let of =
                if names.len() == evaluation.variants.len() { "all variants".to_owned() } else { names.join(", ") };
            notes.push(format!("{} is undefined for {of}: {reason}", metric.name));
        }
    }
    notes
}

/// The places of the differences under a metric.
pub(super) fn places_of(evaluation: &Evaluation, metric: &str) -> usize {
    let of = evaluation.comparisons.iter().filter(|it| it.metric == metric);
    figures::places(of.map(|it| [it.difference, it.low, it.high]))
}

fn decision(evaluation: &Evaluation, comparisons: &[&Comparison]) -> FigureTable {
    let by = comparisons.first().map_or("", |it| it.metric.as_str());
    let places = places_of(evaluation, by);
    let row = |it: &&Comparison| {
        vec![
            it.variant.clone(),
            figures::verdict(it.verdict).to_owned(),
            figures::difference(it, places),
            figures::p(it.p),
            figures::p(it.adjusted_p),
            match (it.verdict, it.more_items) {
                (Some(Better::Inconclusive), Some(more)) => thousands(more),
                _ => NOTHING.to_owned(),
            },
        ]
    };
    let names = [("variant", false), ("verdict", false), ("difference", true), ("p", true), ("adjusted p", true)];
    let mut notes = Vec::new();
    if let Some(decide) = &evaluation.decide {
        let smallest = match decide.min_difference {
            0.0 => String::new(),
            it => format!(" and a difference of at least {}", figures::short(it)),
        };
        let family = match decide.family {
            0 => String::new(),
            family => format!("; adjusted by Holm over {}", crate::view::text::counted(family, "comparison")),
        };
        notes.push(format!("better or worse: adjusted p below {}{smallest}{family}", decide.alpha));
        if !decide.unmeasured.is_empty() {
            let names: Vec<String> = decide.unmeasured.iter().map(|it| format!("`{it}`")).collect();
            notes.push(format!(
                "of these, not measured yet: {}; each counts with a p of 1, so that no adjusted p grows when it is known",
                names.join(", ")
            ));
        }
    }
    if let Some(tests) = tests(comparisons) {
        notes.push(tests);
    }
    notes.extend(undefined(evaluation, comparisons));
    FigureTable {
        title: against(evaluation, by),
        columns: columns(&[&names[..], &[("more items", true)]].concat()),
        rows: comparisons.iter().map(row).collect(),
        notes,
    }
}

fn differences(evaluation: &Evaluation, comparisons: &[&Comparison], is_rest: bool) -> FigureTable {
    let row = |it: &&Comparison| {
        let places = places_of(evaluation, &it.metric);
        vec![it.variant.clone(), it.metric.clone(), figures::difference(it, places), figures::p(it.p)]
    };
    let mut notes: Vec<String> = tests(comparisons).into_iter().collect();
    notes.extend(undefined(evaluation, comparisons));
    FigureTable {
        title: against(evaluation, if is_rest { "Other metrics" } else { "Metrics" }),
        columns: columns(&[("variant", false), ("metric", false), ("difference", true), ("p", true)]),
        rows: comparisons.iter().map(row).collect(),
        notes,
    }
}

/// `accuracy against the baseline NAME`.
fn against(evaluation: &Evaluation, what: &str) -> String {
    match &evaluation.against {
        Some(file) => format!("{what} against {file}"),
        None => format!("{what} against the baseline {}", evaluation.baseline),
    }
}

/// By which tests the comparisons were made.
fn tests(comparisons: &[&Comparison]) -> Option<String> {
    let mut tests: Vec<&str> = Vec::new();
    for it in comparisons.iter().filter(|it| it.p.is_some()) {
        if !tests.contains(&it.test.as_str()) {
            tests.push(&it.test);
        }
    }
    (!tests.is_empty()).then(|| format!("p: {}", tests.join(", ")))
}

/// Why differences are undefined, and why some cannot be told although chance would hardly make them.
fn undefined(evaluation: &Evaluation, comparisons: &[&Comparison]) -> Vec<String> {
    let alpha = evaluation.decide.as_ref().map_or(0.0, |it| it.alpha);
    let is_odd = |it: &&&Comparison| it.adjusted_p.is_none_or(|p| p < alpha);
    let reason = |it: &&Comparison| {
        let why = it.undefined.as_ref().or(it.reason.as_ref())?;
        Some(format!("{}, {}: {why}", it.variant, it.metric))
    };
    comparisons.iter().filter(is_odd).filter_map(reason).collect()
}

/// A row for each variant, a column for each gate.
fn gates(evaluation: &Evaluation) -> FigureTable {
    let (mut gates, mut variants): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for it in &evaluation.gates {
        if !gates.contains(&it.gate.as_str()) {
            gates.push(&it.gate);
        }
        if !variants.contains(&it.variant.as_str()) {
            variants.push(&it.variant);
        }
    }
    let cell = |variant: &str, gate: &str| {
        let found = evaluation.gates.iter().find(|it| it.variant == variant && it.gate == gate);
        found.map_or_else(|| NOTHING.to_owned(), result)
    };
    let row = |variant: &&str| {
        let cells = gates.iter().map(|gate| cell(variant, gate));
        std::iter::once((*variant).to_owned()).chain(cells).collect()
    };
    let names: Vec<(&str, bool)> =
        std::iter::once(("variant", false)).chain(gates.iter().map(|it| (*it, true))).collect();
    FigureTable {
        title: "Gates".to_owned(),
        columns: columns(&names),
        rows: variants.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

/// The figure, and whether it holds.
fn result(it: &GateResult) -> String {
    let value = match it.value {
        None => figures::UNKNOWN.to_owned(),
        Some(value) if it.gate.contains("cost") => crate::view::text::usd(value),
        Some(value) => figures::plain(value),
    };
    format!("{value} {}", if it.passed { "passed" } else { "FAILED" })
}
