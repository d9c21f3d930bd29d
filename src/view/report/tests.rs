//! The report of small run files, of hostile values, and of a large run to look at.

use serde_json::{Value, json};

use super::fixture::{Exchange, PRODUCTS, RunFile, Try, small};
use super::*;
use crate::store::scratch;

const OPTIONS: ReportOptions = ReportOptions { samples_per_group: 5 };

/// The real complaints with real answers of two models, judged by the agreement with a third: run with
/// `CASEBOOK_COMPLAINTS=<folder> CASEBOOK_REPORT=<folder> cargo test --lib -- --ignored a_large_run`.
#[test]
#[ignore = "writes a report to look at"]
fn a_large_run() {
    let (Ok(from), Ok(to)) = (std::env::var("CASEBOOK_COMPLAINTS"), std::env::var("CASEBOOK_REPORT")) else { return };
    let connection = complaints(&from);
    let report = gather(&connection, &OPTIONS).unwrap();
    std::fs::write(format!("{to}/report.html"), html(&report).unwrap()).unwrap();
    std::fs::write(format!("{to}/report.md"), markdown(&report)).unwrap();
    let report = gather(&small("sample"), &OPTIONS).unwrap();
    std::fs::write(format!("{to}/small.html"), html(&report).unwrap()).unwrap();
    std::fs::write(format!("{to}/small.md"), markdown(&report)).unwrap();
    let report = gather(&scratch(), &OPTIONS).unwrap();
    std::fs::write(format!("{to}/empty.html"), html(&report).unwrap()).unwrap();
}

fn complaints(folder: &str) -> rusqlite::Connection {
    let mut answers = std::collections::HashMap::new();
    let mut reader = csv::Reader::from_path(format!("{folder}/answers.csv")).unwrap();
    for record in reader.records().map(Result::unwrap) {
        let seconds: f64 = record[3].parse().unwrap_or(0.0);
        answers.insert((record[0].to_owned(), record[1].to_owned()), (record[2].to_owned(), seconds));
    }
    let mut run = RunFile::new("complaints", "openai", &["id", "product", "narrative"], 1000);
    let groups: Vec<i64> = PRODUCTS.iter().map(|product| run.group(product, 200)).collect();
    let mut reader = csv::Reader::from_path(format!("{folder}/complaints.csv")).unwrap();
    for (number, record) in reader.records().map(Result::unwrap).enumerate() {
        let group = PRODUCTS.iter().position(|product| *product == &record[1]).map(|at| groups[at]);
        let item = run.row(&[&record[0], &record[1], &record[2]], group);
        if number % 97 == 96 {
            let failed = Exchange { answer: Err("timeout"), duration_ms: Some(60_000), ..Exchange::answered("") };
            let call = run.call(item, &failed);
            let attempt = run.attempt(item, &Try::plain(1, "timeout", Some("no answer within 60 s"), call));
            run.settle(item, "failed", attempt, None);
            continue;
        }
        complaint(&run, item, number, &|model: &str| answers[&(record[0].to_owned(), model.to_owned())].clone());
    }
    let values = Value::from(PRODUCTS.to_vec());
    let fields = json!([{"name": "product", "values": values}, {"name": "reason", "values": null}]);
    let counts = json!({"rows": 1000, "equal_rows": 16, "empty_cells": {"id": 0, "product": 0, "narrative": 3}});
    let ingest = run.manifests(&fields, &counts);
    run.anomaly(ingest, "equal_rows", None, "16 rows equal an earlier one in every column");
    run.anomaly(ingest, "ragged_row", Some("line 17"), "has 4 fields, 3 were expected");
    run.finish()
}

fn complaint(run: &RunFile, item: i64, number: usize, answer_of: &dyn Fn(&str) -> (String, f64)) {
    let (judged_as, judge_time) = answer_of("claude_3_5_sonnet");
    let millis = |seconds: f64| Some((seconds * 1000.0) as i64);
    let mut last = 0;
    for (attempt, model) in (1..).zip(["gpt_4o", "gpt_4o_mini"]) {
        let (label, seconds) = answer_of(model);
        let output = json!({"product": label, "reason": "the narrative is about it"});
        let text = output.to_string();
        let call = run.call(
            item,
            &Exchange {
                duration_ms: millis(seconds),
                tokens: Some((412, 18)),
                cost_usd: Some(0.00121),
                ..Exchange::answered(&text)
            },
        );
        if !PRODUCTS.contains(&label.as_str()) {
            let detail = format!("/product: \"{label}\" is not one of {}", PRODUCTS.join(", "));
            last = run.attempt(item, &Try::plain(attempt, "invalid_schema", Some(&detail), call));
            continue;
        }
        let agrees = label == judged_as;
        let score = if agrees { 72 + (number as i64 * 7) % 28 } else { 20 + (number as i64 * 11) % 45 };
        let verdict = if agrees { "PASS" } else { "FAIL" };
        let reasons = if agrees {
            json!(["the label fits the narrative"])
        } else {
            json!([format!("the narrative is about {judged_as}"), "the reason is generic"])
        };
        let judge = Exchange { spec: 2, purpose: "judge", duration_ms: millis(judge_time), ..Exchange::answered("{}") };
        let judge_call = Some(run.call(item, &judge));
        let outcome = if agrees { "accepted" } else { "judge_failed" };
        let detail =
            format!("the judge's verdict was FAIL with a score of {score}\nthe narrative is about {judged_as}");
        let detail = (!agrees).then_some(detail.as_str());
        last = run.attempt(
            item,
            &Try { judge_call, verdict: Some((verdict, score, reasons)), ..Try::plain(attempt, outcome, detail, call) },
        );
        if agrees {
            run.settle(item, "accepted", last, Some(&output));
            return;
        }
    }
    run.settle(item, "rejected", last, None);
}
