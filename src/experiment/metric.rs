//! What one output is worth under a metric: [`MetricRule`] and [`Mark`].
//!
//! Values are equal as JSON values are: 1 and 1.0 are, "1" and 1 are not. Numbers are compared as doubles.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::error::ExperimentError;
use super::gold::{GoldForm, SchemaTypes};
use super::kind::gold_name;
use crate::config::{Metric, MetricKind};
use crate::prompt::{Known, Rule, Vars};
use crate::record::{OutputPath, canonical};

/// What an output is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// There is no gold answer, or no score yet: the work item is no part of the metric.
    NoGold,
    /// The number of the output.
    Number(f64),
    /// There is nothing to compare. It counts as wrong.
    Missing,
    /// The gold label and the answer, each as its canonical JSON; no answer is a wrong one.
    Labels { gold: String, answer: Option<String> },
}

/// What an output is held against.
pub struct Held<'a> {
    /// The accepted output; `None` where there is none.
    pub output: Option<&'a Value>,
    /// The gold value of the metric as it was read; `None` where there is none.
    pub gold: Option<&'a Value>,
    /// Whether there is a gold answer at all, of which the metric's own value may be missing.
    pub has_gold: bool,
    pub score: ModelScore,
}

/// What the model of a metric said of an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ModelScore {
    /// From 0 to 100.
    Score(f64),
    /// It gave no valid score.
    None,
    /// It was not asked, or has not answered yet.
    NotAsked,
}

/// A metric, compiled once for the outputs of a variant.
#[derive(Debug)]
pub struct MetricRule {
    pub name: String,
    /// The name of the gold value, where the metric needs one.
    pub gold: Option<String>,
    path: Option<OutputPath>,
    form: GoldForm,
    kind: MetricKind,
    work: Work,
    /// Whether an expression reads gold answers.
    reads_gold: bool,
}

#[derive(Debug)]
enum Work {
    Plain,
    Pattern(Box<Regex>),
    Expression(Box<Rule>),
}

/// What a schema says about the values that metrics read.
pub struct MetricTypes {
    /// At the metric's path.
    pub at: SchemaTypes,
    /// Of the elements of a list there.
    pub elements: SchemaTypes,
}

impl MetricRule {
    /// Compiles the metric `metric`, the one at `index` in the configuration. `known` has the names that expressions
    /// see.
    pub fn compile(metric: &Metric, index: usize, types: MetricTypes, known: &Known) -> Result<Self, ExperimentError> {
        let key = |field: &str| format!("experiment.metrics[{index}].{field}");
        let path = metric.of.as_deref().map(str::parse::<OutputPath>).transpose();
        let path = path.map_err(|error| ExperimentError::Metric { key: key("of"), message: error.to_string() })?;
        let work = match &metric.kind {
            MetricKind::Regex { pattern } => match Regex::new(pattern) {
                Ok(regex) => Work::Pattern(Box::new(regex)),
                Err(error) => {
                    return Err(ExperimentError::Metric { key: key("pattern"), message: error.to_string() });
                }
            },
            MetricKind::Expr { expr } => {
                Work::Expression(Box::new(Rule::compile(&Value::from(expr.as_str()), &key("expr"), known)?))
            }
            _ => Work::Plain,
        };
        let is_plural = path.as_ref().is_some_and(OutputPath::is_plural);
        Ok(Self {
            name: metric.name.clone(),
            gold: gold_name(metric),
            form: GoldForm::of(&metric.kind, is_plural, types.at, types.elements),
            path,
            kind: metric.kind.clone(),
            reads_gold: matches!(&work, Work::Expression(rule) if reads_gold(rule)),
            work,
        })
    }

    /// The gold value in `gold`, as this metric compares with it; `None` where there is none.
    ///
    /// # Errors
    /// What was expected instead, in words.
    pub fn read_gold(&self, gold: &Value) -> Result<Option<Value>, String> {
        self.form.read(gold)
    }

    /// Whether a model scores the outputs.
    #[must_use]
    pub fn asks_model(&self) -> bool {
        matches!(self.kind, MetricKind::Judge { .. })
    }

    /// What an output is worth, and what is odd about that, in words. `vars` are the variables of an expression; where
    /// one has no value, the output counts as wrong.
    #[must_use]
    pub fn mark(&self, held: &Held<'_>, vars: &dyn Fn() -> Vars) -> (Mark, Option<String>) {
        if self.gold.is_some() && held.gold.is_none() {
            return (Mark::NoGold, None);
        }
        if self.asks_model() {
            return (judged(held), None);
        }
        if self.reads_gold && !held.has_gold {
            return (Mark::NoGold, None);
        }
        let gold = held.gold.unwrap_or(&Value::Null);
        let answer = held.output.and_then(|output| self.answer(output));
        let odd = answer.as_ref().and_then(|answer| clash(answer, gold)).filter(|_| self.gold.is_some());
        if self.kind.has_labels() {
            return (Mark::Labels { gold: label(gold), answer: answer.as_ref().map(label) }, odd);
        }
        if let (Some(_), Work::Expression(rule)) = (held.output, &self.work) {
            return match expression_number(rule, &vars()) {
                Ok(number) => (Mark::Number(number), None),
                Err(message) => (Mark::Number(0.0), Some(message)),
            };
        }
        let Some(answer) = answer else { return (Mark::Missing, None) };
        let number = match (&self.kind, &self.work) {
            (_, Work::Pattern(regex)) => answer.as_str().map(|text| one_if(regex.is_match(text))),
            (MetricKind::Exact, _) => Some(one_if(equal(&answer, gold))),
            (MetricKind::Contains, _) => contains(&answer, gold).map(one_if),
            (MetricKind::Jaccard, _) => jaccard(&answer, gold),
            (MetricKind::Numeric { within }, _) => is_within(&answer, gold, *within).map(one_if),
            (MetricKind::Mae, _) => distance(&answer, gold),
            (MetricKind::Rmse, _) => distance(&answer, gold).map(|error| error * error),
            _ => None,
        };
        let too_large =
            number.filter(|it| !it.is_finite()).map(|_| format!("the error of {answer} is too large to count"));
        let odd = odd.or(too_large);
        (number.filter(|it| it.is_finite()).map_or(Mark::Missing, Mark::Number), odd)
    }

    /// The value at the path: of one through lists, all of them. `None` if nothing, or null, is there.
    fn answer(&self, output: &Value) -> Option<Value> {
        let path = self.path.as_ref()?;
        let values = path.values(output);
        if path.is_plural() {
            return Some(Value::Array(values.into_iter().cloned().collect()));
        }
        values.first().copied().filter(|value| !value.is_null()).cloned()
    }
}

fn reads_gold(rule: &Rule) -> bool {
    rule.reads().iter().any(|path| path == "gold" || path.starts_with("gold."))
}

fn judged(held: &Held<'_>) -> Mark {
    match held.score {
        _ if held.output.is_none() => Mark::Missing,
        ModelScore::Score(score) => Mark::Number(score / 100.0),
        ModelScore::None => Mark::Missing,
        ModelScore::NotAsked => Mark::NoGold,
    }
}

fn expression_number(rule: &Rule, vars: &Vars) -> Result<f64, String> {
    match rule.value(vars)? {
        Value::Bool(holds) => Ok(one_if(holds)),
        Value::Number(number) => {
            number.as_f64().filter(|it| it.is_finite()).ok_or_else(|| format!("{number} is too large"))
        }
        other => Err(format!("it is neither true, false nor a number but {}", in_words(&other))),
    }
}

/// What is odd about a text that is held against a number or a truth value, or the other way round: they are never
/// equal.
fn clash(answer: &Value, gold: &Value) -> Option<String> {
    let is_plain = |value: &Value| value.is_number() || value.is_boolean();
    let clashes = answer.is_string() && is_plain(gold) || is_plain(answer) && gold.is_string();
    clashes.then(|| format!("an answer is {}, but its gold answer is {}", in_words(answer), in_words(gold)))
}

fn in_words(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn one_if(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a == b,
        (a, b) => label(a) == label(b),
    }
}

/// What tells a value from those that are not equal to it.
fn label(value: &Value) -> String {
    canonical::to_string(value)
}

/// Whether `answer` has `gold` in it, or each of several; `None` if it is neither a text nor a list.
fn contains(answer: &Value, gold: &Value) -> Option<bool> {
    let has: Box<dyn Fn(&Value) -> bool> = match answer {
        Value::String(text) => Box::new(|part| part.as_str().is_some_and(|part| text.contains(part))),
        Value::Array(values) => Box::new(|part| values.iter().any(|value| equal(value, part))),
        _ => return None,
    };
    Some(match gold {
        Value::Array(parts) => parts.iter().all(has),
        part => has(part),
    })
}

/// The share of the distinct values of two lists that are in both; 1 where both are empty.
fn jaccard(answer: &Value, gold: &Value) -> Option<f64> {
    let distinct = |value: &Value| -> Option<BTreeSet<String>> { Some(value.as_array()?.iter().map(label).collect()) };
    let (a, b) = (distinct(answer)?, distinct(gold)?);
    let (both, all) = (a.intersection(&b).count(), a.union(&b).count());
    let number = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
    Some(if all == 0 { 1.0 } else { number(both) / number(all) })
}

/// How far two numbers are apart; `None` if one of them is none.
fn distance(answer: &Value, gold: &Value) -> Option<f64> {
    Some((answer.as_f64()? - gold.as_f64()?).abs())
}

/// Whether two numbers are apart by at most `within`. What rounding of doubles adds to a difference does not count: 1.0
/// and 1.1 are within 0.1.
fn is_within(answer: &Value, gold: &Value, within: f64) -> Option<bool> {
    let largest = answer.as_f64()?.abs().max(gold.as_f64()?.abs()).max(within);
    Some(distance(answer, gold)? <= within + 4.0 * f64::EPSILON * largest)
}
