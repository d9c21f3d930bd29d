//! The example `experiment`, as a user runs it: its figures are those that plain arithmetic makes of the raw tables.
#![expect(clippy::cast_precision_loss, reason = "counts of a thousand rows")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::projects::Project;

const BASELINE: &str = "gpt_4o_mini";

/// The raw tables that the example was made of.
fn raw(name: &str) -> Vec<Vec<String>> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "examples", "complaints", "data", name].iter().collect();
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Each model's answers beside the labels that people gave.
struct Answers {
    models: BTreeMap<String, Vec<(String, String)>>,
    labels: BTreeSet<String>,
}

impl Answers {
    fn read() -> Self {
        let gold: BTreeMap<String, String> =
            raw("complaints.csv").into_iter().map(|it| (it[0].clone(), it[1].clone())).collect();
        let mut models: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for row in raw("answers.csv") {
            models.entry(row[1].clone()).or_default().insert(row[0].clone(), row[2].clone());
        }
        let paired = |said: &BTreeMap<String, String>| {
            gold.iter().map(|(id, gold)| (gold.clone(), said[id].clone())).collect::<Vec<_>>()
        };
        let labels = gold.values().cloned().collect();
        Self { models: models.iter().map(|(model, said)| (model.clone(), paired(said))).collect(), labels }
    }

    fn right(&self, model: &str) -> Vec<bool> {
        self.models[model].iter().map(|(gold, said)| gold == said).collect()
    }

    fn accuracy(&self, model: &str) -> f64 {
        let right = self.right(model);
        count(right.iter(), |it| **it) / right.len() as f64
    }

    /// How many answers are none of the labels, and so not valid.
    fn missing(&self, model: &str) -> u64 {
        self.models[model].iter().filter(|(_, said)| !self.labels.contains(said)).count() as u64
    }

    /// The mean of the five labels' F1.
    fn f1(&self, model: &str) -> f64 {
        let pairs = &self.models[model];
        let f1 = |label: &String| {
            let both = count(pairs.iter(), |(gold, said)| gold == label && said == label);
            let either =
                count(pairs.iter(), |(gold, _)| gold == label) + count(pairs.iter(), |(_, said)| said == label);
            2.0 * both / either
        };
        self.labels.iter().map(f1).sum::<f64>() / self.labels.len() as f64
    }

    /// How often this model alone is right, and the baseline alone.
    fn discordant(&self, model: &str) -> (u64, u64) {
        let pairs: Vec<(bool, bool)> = self.right(model).into_iter().zip(self.right(BASELINE)).collect();
        let of = |wanted: (bool, bool)| pairs.iter().filter(|it| **it == wanted).count() as u64;
        (of((true, false)), of((false, true)))
    }
}

fn count<T>(all: impl Iterator<Item = T>, is: impl Fn(&T) -> bool) -> f64 {
    all.filter(is).count() as f64
}

/// The mid-p of McNemar's test, for counts that differ: twice the smaller tail of the binomial, with the smaller count
/// itself by half.
fn mid_p((one, other): (u64, u64)) -> f64 {
    let (n, least) = (one + other, one.min(other));
    let mut term = 0.5_f64.powi(i32::try_from(n).unwrap());
    let mut below = 0.0;
    for successes in 0..least {
        below += term;
        term *= (n - successes) as f64 / (successes + 1) as f64;
    }
    2.0 * (below + term / 2.0)
}

/// Holm's adjusted p values, in the order of `all`.
fn holm(all: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|one, other| all[*one].total_cmp(&all[*other]));
    let (mut adjusted, mut most) = (vec![0.0; all.len()], 0.0_f64);
    for (rank, at) in order.into_iter().enumerate() {
        most = most.max((all[at] * (all.len() - rank) as f64).min(1.0));
        adjusted[at] = most;
    }
    adjusted
}

#[track_caller]
fn assert_near(seen: &Value, expected: f64, what: &str) {
    let seen = seen.as_f64().unwrap_or_else(|| panic!("{what}: {seen}"));
    assert!((seen - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{what}: {seen}, expected {expected}");
}

fn evaluated(project: &Project, arguments: &[&str]) -> Value {
    let ended = project.casebook(&[&["eval", "it/casebook.yaml", "--format", "json"], arguments].concat());
    // Four answers are not valid, and their work items failed.
    serde_json::from_str(&ended.expect(3).stdout).unwrap()
}

fn calls(project: &Project) -> i64 {
    let base = rusqlite::Connection::open(project.path("it/experiment.db")).unwrap();
    base.query_row("SELECT count(*) FROM call", [], |row| row.get(0)).unwrap()
}

fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|it| it[key] == name).unwrap_or_else(|| panic!("no {name} in {list}"))
}

#[test]
fn the_figures_are_those_of_the_raw_tables_and_of_the_paper() {
    let project = Project::new();
    project.casebook(&["init", "it", "--example", "experiment"]).expect(0);
    // Intervals of F1 take a while without optimisation: they are made for three models, below.
    let metrics = "experiment.metrics=[{name: accuracy, of: product, kind: exact}]";
    let seen = evaluated(&project, &["--set", metrics]);
    let answers = Answers::read();
    assert_eq!(answers.models.len(), 10);
    assert_eq!(seen["variants"].as_array().unwrap().len(), 10);
    assert_eq!((&seen["baseline"], &seen["items"], &seen["with_gold"]), (&BASELINE.into(), &1000.into(), &1000.into()));
    for model in answers.models.keys() {
        let row = named(&seen["variants"], "name", model);
        assert_near(&row["scores"][0]["value"], answers.accuracy(model), &format!("accuracy of {model}"));
        assert_eq!(row["missing"], answers.missing(model), "{model}");
        assert_eq!(row["accepted"], 1000 - answers.missing(model), "{model}");
    }
    assert_compared(&seen, &answers);

    // The two models that made up labels, and the baseline. The answers are on record.
    let before = calls(&project);
    let seen = evaluated(&project, &["--variants", "gpt_4o_mini,gpt_4o,gemini-2.0-flash-lite"]);
    assert_eq!((before, calls(&project)), (10_000, 10_000));
    for row in seen["variants"].as_array().unwrap() {
        let model = row["name"].as_str().unwrap();
        assert_near(&row["scores"][1]["value"], answers.f1(model), &format!("F1 of {model}"));
    }

    // Nine of the ten are in the paper, whose figures have four digits. Its F1 is weighted by labels of equal size.
    for row in raw("published.csv") {
        for (figure, published) in [(answers.accuracy(&row[0]), &row[1]), (answers.f1(&row[0]), &row[4])] {
            let published: f64 = published.parse().unwrap();
            assert!((figure - published).abs() < 0.000_051, "{row:?} {figure}");
        }
    }
}

/// Each model is compared with the baseline by the counts of the raw tables.
fn assert_compared(seen: &Value, answers: &Answers) {
    let decided: Vec<&Value> = seen["comparisons"].as_array().unwrap().iter().collect();
    assert_eq!(decided.len(), 9);
    let models: Vec<&str> = decided.iter().map(|it| it["variant"].as_str().unwrap()).collect();
    let p: Vec<f64> = models.iter().map(|model| mid_p(answers.discordant(model))).collect();
    let adjusted = holm(&p);
    for (at, comparison) in decided.iter().enumerate() {
        let (model, (alone, baseline)) = (models[at], answers.discordant(models[at]));
        assert_eq!((&comparison["only_variant"], &comparison["only_baseline"]), (&alone.into(), &baseline.into()));
        let difference = answers.accuracy(model) - answers.accuracy(BASELINE);
        assert_near(&comparison["difference"], difference, &format!("difference of {model}"));
        assert_near(&comparison["p"], p[at], &format!("p of {model}"));
        assert_near(&comparison["adjusted_p"], adjusted[at], &format!("adjusted p of {model}"));
        let verdict = match adjusted[at] < 0.05 {
            true if difference > 0.0 => "better",
            true => "worse",
            false => "inconclusive",
        };
        assert_eq!(comparison["verdict"], verdict, "{model}");
    }
    let inconclusive: Vec<&str> = (0..9).filter(|at| adjusted[*at] >= 0.05).map(|at| models[at]).collect();
    assert_eq!(inconclusive, ["gemini-1.5-flash"]);
}
