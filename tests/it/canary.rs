//! `casebook canary`: a pinned task asked again about a small set of rows, and held against what it answered before.

use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::project::Project;
use crate::support::server::{Act, Server, completion};
use crate::support::{Ended, dump};

/// How the server answers from now on.
#[derive(Clone)]
struct Mood {
    product: &'static str,
    model: &'static str,
    fingerprint: &'static str,
}

const BEFORE: Mood = Mood { product: "billing", model: "model-1", fingerprint: "fp_1" };

struct Pinned {
    project: Project,
    server: Server,
    mood: Arc<Mutex<Mood>>,
}

/// A project with an experiment, in which the variant with the temperature 0 is pinned.
fn pinned() -> Pinned {
    let mood = Arc::new(Mutex::new(BEFORE));
    let heard = mood.clone();
    let server = Server::with(move |_| {
        let mood = heard.lock().unwrap().clone();
        let answer = json!({"product": mood.product, "urgent": false, "note": "seen"}).to_string();
        let mut body = completion(&answer);
        (body["model"], body["system_fingerprint"]) = (json!(mood.model), json!(mood.fingerprint));
        Act::reply(200, body.to_string())
    });
    let texts: Vec<String> = (1..=12).map(|number| format!("ticket {number}")).collect();
    let project = Project::new(&server, &texts);
    let config = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    let more = "report: {enabled: false}\nexperiment:\n  matrix: {llm.temperature: [0, 1]}\n  gold: {path: gold.csv, key: \
                id, fields: {product: product}}\n  metrics: [{name: accuracy, of: product, kind: \
                exact}]\ncanary: {path: canary.csv}\n";
    project.write("casebook.yaml", &format!("{config}{more}"));
    let gold = (1..=12).map(|number| format!("{number},billing\n")).collect::<Vec<_>>().concat();
    project.write("gold.csv", &format!("id,product\n{gold}"));
    let rows = (1..=8).map(|number| format!("{number},ticket {number}\n")).collect::<Vec<_>>().concat();
    project.write("canary.csv", &format!("id,text\n{rows}"));
    let pinned = Pinned { project, server, mood };
    pinned.project.casebook(&["eval", "casebook.yaml", "-q"]).expect(0);
    let promote = ["promote", "casebook.yaml", "temperature=0", "--to", "production", "--by", "a test"];
    pinned.project.casebook(&promote).expect(0);
    pinned
}

impl Pinned {
    fn canary(&self, more: &[&str]) -> Ended {
        self.project.casebook(&[&["canary", "casebook.yaml", "-q"], more].concat())
    }

    fn report(&self, code: i32) -> Value {
        let ended = self.canary(&["--format", "json"]).expect(code);
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn verify(&self) {
        self.project.casebook(&["verify", "tickets.canary.db", "--replay"]).expect(0);
    }
}

#[test]
fn a_task_that_stays_is_steady_and_is_asked_anew_each_time() {
    let pinned = pinned();
    let evidence = dump::logical_dump(&pinned.project.db());
    let asked = pinned.server.count();
    let report = pinned.report(0);
    assert_eq!((&report["canary"], &report["verdict"]), (&json!(1), &json!("steady")), "{report:#}");
    assert_eq!(
        (&report["reference"], &report["compared"], &report["equal"]),
        (&json!("promotion"), &json!(8), &json!(8))
    );
    assert_eq!(report["metrics"][1]["value"], json!(1.0));
    assert_eq!((&report["models"], &report["fingerprints"]), (&json!({"model-1": 8}), &json!({"fp_1": 8})));
    assert_eq!(pinned.server.count(), asked + 8);
    let again = pinned.canary(&[]).expect(0);
    let line = again.stdout.lines().next().unwrap();
    let begin =
        "canary 2 of production (temperature=0): steady; 8 of 8 answers equal to those of the promotion's record; ";
    assert!(line.starts_with(begin), "{line}");
    assert_eq!(pinned.server.count(), asked + 16, "each canary has samples of its own");
    assert_eq!(dump::logical_dump(&pinned.project.db()), evidence, "the evidence stays as it is");
    pinned.verify();
}

#[test]
fn drift_is_named_and_ends_with_7() {
    let pinned = pinned();
    // Another fingerprint alone is said, and no drift.
    pinned.set(Mood { fingerprint: "fp_2", ..BEFORE });
    let ended = pinned.project.casebook(&["canary", "casebook.yaml"]).expect(0);
    assert!(ended.stderr.contains("the system fingerprint is `fp_2`, and was `fp_1`"), "{}", ended.stderr);
    let noted = &pinned.report(0)["noted"];
    assert_eq!(
        noted,
        &json!(["the system fingerprint is `fp_2`, and was `fp_1`"]),
        "it is still not that of the record"
    );
    pinned.set(Mood { product: "login", ..BEFORE });
    let report = pinned.report(7);
    assert_eq!(report["drifted"], json!(["accuracy is 0.000, was 1.000 (8 pairs, adjusted p 0.0039)"]));
    assert_eq!((&report["equal"], &report["equal_last_share"]), (&json!(0), &json!(0.0)));
    pinned.set(Mood { model: "model-1-turbo", ..BEFORE });
    let report = pinned.report(7);
    assert_eq!(report["drifted"], json!(["the provider says that the model is `model-1-turbo`, and said `model-1`"]));
    pinned.set(BEFORE);
    assert_eq!(pinned.report(0)["verdict"], "steady");
    let db = pinned.project.dir().join("tickets.canary.db");
    let verdicts = dump::texts(&dump::open(&db), "SELECT verdict FROM canaries");
    assert_eq!(verdicts, ["steady", "steady", "drift", "drift", "steady"]);
    pinned.verify();
}

#[test]
fn without_the_promotions_answers_the_first_canary_is_the_reference() {
    let pinned = pinned();
    fs::remove_file(pinned.project.db()).unwrap();
    let config = fs::read_to_string(pinned.project.dir().join("casebook.yaml")).unwrap();
    pinned.project.write("casebook.yaml", &config.replace("canary.csv}", "canary.csv, min_equal: 0.9}"));
    let first = pinned.report(0);
    assert_eq!((&first["verdict"], &first["reference"]), (&json!("first"), &Value::Null));
    let second = pinned.report(0);
    assert_eq!((&second["verdict"], &second["reference"]), (&json!("steady"), &json!("canary 1")));
    pinned.set(Mood { product: "other", ..BEFORE });
    let drifted = pinned.report(7)["drifted"].clone();
    assert_eq!(drifted[1], "0 of 8 answers are equal, a share below 0.9", "{drifted:#}");
    pinned.verify();
}

#[test]
fn a_canary_that_was_stopped_is_finished_by_the_next() {
    let pinned = pinned();
    let before = pinned.server.count();
    let stopped = pinned.canary(&["--set", "budget.max_requests=3"]).expect(4);
    assert_eq!((stopped.stdout.as_str(), pinned.server.count()), ("", before + 3));
    let estimate = pinned.canary(&["--dry-run", "--format", "json"]).expect(0);
    let estimate: Value = serde_json::from_str(&estimate.stdout).unwrap();
    assert_eq!((&estimate["work_items"], &estimate["answered"]), (&json!(8), &json!(3)), "{estimate:#}");
    pinned.verify();
    assert_eq!(pinned.report(0)["canary"], 1);
    assert_eq!(pinned.server.count(), before + 8, "what was answered is not asked again");
    // The limit is for each canary.
    pinned.canary(&["--set", "budget.max_requests=8"]).expect(0);
    assert_eq!(pinned.server.count(), before + 16);
    pinned.verify();
}

#[test]
fn what_was_measured_in_repeats_counts_as_its_mean() {
    let pinned = pinned();
    let config = fs::read_to_string(pinned.project.dir().join("casebook.yaml")).unwrap();
    pinned.project.write("casebook.yaml", &config.replace("experiment:\n", "experiment:\n  repeats: 2\n"));
    pinned.set(Mood { product: "login", ..BEFORE });
    pinned.project.casebook(&["eval", "casebook.yaml", "-q"]).expect(0);
    pinned
        .project
        .casebook(&["promote", "casebook.yaml", "temperature=0", "--to", "production", "--by", "me"])
        .expect(0);
    pinned.set(BEFORE);
    let report = pinned.report(0);
    assert_eq!((&report["metrics"][1]["before"], &report["metrics"][1]["value"]), (&json!(0.5), &json!(1.0)));
    assert_eq!(report["equal"], json!(8), "those of the first repeat");
}

#[test]
fn a_variant_that_would_make_another_one_its_equal_keeps_its_price() {
    let pinned = pinned();
    let config = fs::read_to_string(pinned.project.dir().join("casebook.yaml")).unwrap();
    let variants = "include: [{name: plain, cache.share: true}, {name: cool, llm.temperature: 0}]";
    pinned.project.write("casebook.yaml", &config.replace("matrix: {llm.temperature: [0, 1]}", variants));
    let price = ["--set", "llm.price={input: 1, output: 1}"];
    pinned.project.casebook(&[&["eval", "casebook.yaml", "-q"], &price[..]].concat()).expect(0);
    pinned.project.casebook(&["promote", "casebook.yaml", "cool", "--to", "production", "--by", "me"]).expect(0);
    let ended = pinned.canary(&[&["--dry-run", "--format", "json"], &price[..]].concat()).expect(0);
    let estimate: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(estimate["cost_low_usd"].as_f64().is_some_and(|it| it > 0.0), "{estimate:#}");
}

#[test]
fn what_it_cannot_ask_is_said() {
    let pinned = pinned();
    let refused = |said: &[&str], more: &[&str]| {
        let ended = pinned.project.casebook(&[&["canary", "casebook.yaml"], more].concat()).expect(2);
        for text in said {
            assert!(ended.stderr.contains(text), "{text}\n{}", ended.stderr);
        }
    };
    refused(&["nothing is pinned as `staging`", "casebook promote"], &["--stage", "staging"]);
    refused(&["tickets.db has the work of `casebook eval`", "leave `--db` out"], &["--db", "tickets.db"]);
    let pins = fs::read_to_string(pinned.project.dir().join("pins.yaml")).unwrap();
    pinned.project.write("pins.yaml", &pins.replace("model-1", "model-2"));
    refused(&["was edited by hand", "generate.llm.model was \"model-1\" and is \"model-2\""], &[]);
    fs::remove_file(pinned.project.dir().join("pins.yaml")).unwrap();
    refused(&["pins.yaml", "casebook promote"], &[]);
    pinned.project.write("pins.yaml", &pins);
    refused(&["the run `tickets`, and this one is `other`", "a folder of its own"], &["--set", "run.name=other"]);
    refused(&["named by `canary.path`"], &["--set", "canary.path=nope.csv"]);
    let config = fs::read_to_string(pinned.project.dir().join("casebook.yaml")).unwrap();
    pinned.project.write("casebook.yaml", &config.replace("canary: {path: canary.csv}\n", ""));
    refused(&["the configuration has no `canary`"], &[]);
    assert!(!pinned.project.dir().join("tickets.canary.db").exists(), "nothing is recorded");
}

#[test]
fn the_log_of_a_prompt_has_each_text_with_what_was_measured() {
    let pinned = pinned();
    let log = |more: &[&str]| {
        let ended = pinned.project.casebook(&[&["prompt", "log", "casebook.yaml", "--format", "json"], more].concat());
        let ended = ended.expect(0);
        (serde_json::from_str::<Value>(&ended.stdout).unwrap(), ended.stderr)
    };
    let (found, said) = log(&[]);
    let entry = &found[0];
    assert_eq!(
        (&entry["path"], &entry["version"], &entry["variant"]),
        (&json!("generate.yaml"), &json!("1"), &json!("temperature=0"))
    );
    assert_eq!((&entry["items"], &entry["valid"], &entry["accuracy"]), (&json!(12), &json!(1.0), &json!(1.0)));
    assert_eq!(said, "");
    let pins = fs::read_to_string(pinned.project.dir().join("pins.yaml")).unwrap();
    assert!(pins.contains(entry["digest"].as_str().unwrap()), "the digest is that of the pin");
    let prompt = fs::read_to_string(pinned.project.dir().join("generate.yaml")).unwrap();
    pinned.project.write("generate.yaml", &prompt.replace("Ticket:", "A ticket:"));
    let (found, said) = log(&["sort_ticket"]);
    assert!(said.contains("generate.yaml: 2 texts are called `sort_ticket`, version 1"), "{said}");
    let last = found.as_array().unwrap().last().unwrap();
    assert_eq!((&last["current"], &last["items"], &found[0]["current"]), (&json!(1), &json!(0), &json!(0)));
    let ended = pinned.project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(ended.stderr.contains("give it a new `version`"), "{}", ended.stderr);
    pinned.project.casebook(&["prompt", "log", "casebook.yaml", "nope"]).expect(2);
}
