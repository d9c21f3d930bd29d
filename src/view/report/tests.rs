//! The report of small run files, of hostile values, and of a large run to look at.

use serde_json::json;

use super::fixture::{FixtureAttempt, FixtureExchange, RunFile, small};
use super::model::*;
use super::number::*;
use super::*;
use crate::store::scratch;
use crate::view::graph::{Graph, GraphNode};

const OPTIONS: ReportOptions = ReportOptions { samples_per_group: 5 };

fn report_of(connection: &rusqlite::Connection) -> Report {
    gather(connection, OPTIONS).unwrap()
}

fn pages(report: &Report) -> [String; 2] {
    [html(report).unwrap(), markdown(report)]
}

#[test]
fn it_says_what_the_record_holds() {
    let report = report_of(&small("openai"));
    let outcome = report.outcome();
    assert_eq!(outcome.planned, Count(5));
    assert_eq!(outcome.parts().map(|(_, share)| share.part.0), [2, 1, 1, 0, 0, 1]);
    assert_eq!(report.run.configuration.name, "small");
    assert_eq!(report.run.configuration.judge_model.as_deref(), Some("claude_3_5_sonnet"));
    assert_eq!(report.run.dataset.as_ref().map(|it| it.rows), Some(Count(5)));
    assert_eq!(report.sample_answers, Count(0));

    let groups: Vec<_> = report.groups.iter().map(|it| (it.label(), it.counts.planned.0, it.counts.open().0)).collect();
    assert_eq!(groups, [("card | 1".to_owned(), 3, 0), ("loan".to_owned(), 2, 1)]);

    assert_eq!(report.fields.len(), 1, "only fields with a closed list of values");
    let field = &report.fields[0];
    let overall: Vec<_> = field.overall.iter().map(|it| (it.label.as_str(), it.share.part.0)).collect();
    assert_eq!(overall, [("card", 1), ("loan", 1), ("other", 0)]);
    assert_eq!(field.shown_values, ["card", "loan", "other"]);
    let of_groups = |group: &GroupDistribution| group.slices.iter().map(|it| it.share.part.0).collect::<Vec<_>>();
    assert_eq!(field.by_group.iter().map(of_groups).collect::<Vec<_>>(), [vec![1, 1, 0], vec![0, 0, 0]]);

    let slices =
        |slices: &[LabelShare]| slices.iter().map(|it| (it.label.clone(), it.share.part.0)).collect::<Vec<_>>();
    let named = |list: &[(&str, i64)]| list.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
    let outcomes = [("accepted", 2), ("judge_failed", 1), ("no_json", 1), ("timeout", 1)];
    assert_eq!(slices(&report.attempts.outcomes), named(&outcomes));
    assert_eq!(slices(&report.attempts.per_accepted), named(&[("1", 1), ("2", 1)]));

    let judging = report.judging.as_ref().unwrap();
    assert_eq!((judging.passed, judging.accepted), (Share::new(2, 3), Share::new(2, 3)));
    assert_eq!(judging.scores.map(|it| it.0), [1, 0, 0, 0, 0, 0, 0, 1, 0, 1], "100 is in the last bin");
    assert_eq!(judging.reasons[0].text, "fits the text");
    assert_eq!(judging.reasons[1].not_accepted, Count(1));

    assert_eq!(report.empty_columns, [EmptyColumn { column: "narrative".to_owned(), share: Share::new(1, 5) }]);
    assert_eq!(report.anomalies[0].examples, [(Some("line 3".to_owned()), "has 1 field, 2 were expected".to_owned())]);
    let items: Vec<_> =
        report.failures.items.iter().map(|it| (it.row, it.status.as_str(), it.kind.as_deref())).collect();
    assert_eq!(
        items,
        [(Some(Count(3)), "rejected", Some("judge_failed")), (Some(Count(4)), "failed", Some("timeout"))]
    );
    assert_eq!(report.samples.len(), 1, "the second group has no accepted output");
    assert_eq!(report.samples[0].samples.len(), 2);
}

/// A run without groups, whose accepted outputs are these; the first column has few values.
fn of_outputs(outputs: &[serde_json::Value]) -> RunFile {
    let mut run = RunFile::new("values", "openai", &["id", "kind", "text"], 9);
    for (index, output) in outputs.iter().enumerate() {
        let kind = if index % 3 == 0 { "a" } else { "b" };
        let item = run.row(&[&index.to_string(), kind, "the same text"], None);
        let call = run.call(item, &FixtureExchange::answered("{}"));
        let attempt = run.attempt(item, &FixtureAttempt::plain(1, "accepted", None, call));
        run.settle(item, "accepted", attempt, Some(output));
    }
    let names = outputs.first().and_then(|it| it.as_object()).into_iter().flat_map(|it| it.keys());
    let mut names: Vec<_> = names.collect();
    names.sort();
    let fields: Vec<_> = names.iter().map(|name| json!({"name": name, "values": null})).collect();
    run.manifests(&json!(fields), &json!({"rows": outputs.len(), "equal_rows": 0, "empty_cells": {}}));
    run
}

#[test]
fn booleans_numbers_and_nulls_have_distributions() {
    let outputs: Vec<_> = (0..20)
        .map(|n| {
            let is_even = if n == 0 { json!(null) } else { json!(n % 2 == 0) };
            json!({"is_even": is_even, "rating": n % 3, "amount": f64::from(n) * 2.5, "note": "free", "mixed": [1]})
        })
        .collect();
    let report = report_of(&of_outputs(&outputs).finish());
    let names: Vec<&str> = report.fields.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["amount", "is_even", "rating"]);
    let of = |index: usize| -> Vec<(&str, i64)> {
        report.fields[index].overall.iter().map(|it| (it.label.as_str(), it.share.part.0)).collect()
    };
    assert_eq!(of(1), [("true", 9), ("false", 10), ("null", 1)]);
    assert_eq!(of(2), [("0", 7), ("1", 7), ("2", 6)]);
    assert_eq!(report.fields[2].numbers.unwrap().to_string(), "lowest 0, mean 0.95, highest 2");
    let amounts = of(0);
    assert_eq!((amounts.len(), amounts[0], amounts[9]), (10, ("0 to 4.75", 2), ("42.75 to 47.5", 2)));
    assert_eq!(amounts.iter().map(|it| it.1).sum::<i64>(), 20);
    assert_eq!(report.fields[0].numbers.unwrap().to_string(), "lowest 0, mean 23.75, highest 47.5");
    for page in pages(&report) {
        assert!(page.contains("lowest 0, mean 23.75, highest 47.5"), "{page}");
    }
}

#[test]
fn null_is_not_the_text_null() {
    let mut run = RunFile::new("nulls", "openai", &["id"], 3);
    for output in [json!({"a": null}), json!({"a": "null"}), json!({"a": "true"})] {
        let item = run.row(&["x"], None);
        let call = run.call(item, &FixtureExchange::answered("{}"));
        let attempt = run.attempt(item, &FixtureAttempt::plain(1, "accepted", None, call));
        run.settle(item, "accepted", attempt, Some(&output));
    }
    // The list of values does not say that the field may be null.
    run.manifests(&json!([{"name": "a", "values": ["null", "true"]}]), &json!({"rows": 3, "equal_rows": 2}));
    let report = report_of(&run.finish());
    let values: Vec<_> = report.fields[0].overall.iter().map(|it| (it.label.as_str(), it.share.part.0)).collect();
    assert_eq!(values, [("\"null\"", 1), ("\"true\"", 1), ("null", 1)]);
}

#[test]
fn input_columns_with_few_values_are_counted() {
    let outputs: Vec<_> = (0..9).map(|n| json!({"n": n})).collect();
    let run = of_outputs(&outputs);
    let report = report_of(&run.finish());
    let columns: Vec<_> = report.columns.iter().map(|it| it.column.as_str()).collect();
    assert_eq!(columns, ["kind"], "`id` differs in each row, and `text` in none");
    let values: Vec<_> = report.columns[0].values.iter().map(|(value, it)| (value.as_str(), it.accepted.0)).collect();
    assert_eq!(values, [("b", 6), ("a", 3)]);
    for page in pages(&report) {
        assert!(page.contains("Input columns"), "{page}");
    }
    assert!(report_of(&small("openai")).columns.is_empty(), "groups are counted instead");
}

#[test]
fn equal_texts_are_equal_whatever_their_key() {
    let outputs: Vec<_> = (0..4).map(|n| json!({"n": n})).collect();
    let connection = of_outputs(&outputs).finish();
    let equal = |connection: &rusqlite::Connection| report_of(connection).equal_rows.unwrap();
    assert_eq!(equal(&connection), EqualRows { rows: Count(0), key_column: None });
    connection.execute_batch("DROP TRIGGER dataset_no_update; UPDATE dataset SET key_column = 'id'").unwrap();
    assert_eq!(equal(&connection), EqualRows { rows: Count(2), key_column: Some("id".to_owned()) });
    for page in pages(&report_of(&connection)) {
        assert!(page.contains("but the key id: 2"), "{page}");
    }
}

#[test]
fn nothing_odd_is_said_only_where_nothing_was() {
    let clean = "all answers could be used";
    for page in pages(&report_of(&of_outputs(&[json!({"n": 1})]).finish())) {
        assert!(page.contains(clean), "{page}");
    }
    let mut run = of_outputs(&[json!({"n": 1})]);
    for outcome in ["invalid_json", "judge_invalid"] {
        let item = run.row(&["9", "c", "d"], None);
        let call = run.call(item, &FixtureExchange::answered("{"));
        let attempt = run.attempt(item, &FixtureAttempt::plain(1, outcome, Some("broken"), call));
        run.settle(item, "failed", attempt, None);
    }
    let report = report_of(&run.finish());
    let found: Vec<_> = report.checks.iter().filter(|it| it.found.0 > 0).map(|it| (it.name, it.found.0)).collect();
    let [unread, verdicts] = ["Answers that could not be read as one JSON object", "Invalid verdicts of a judge"];
    assert_eq!(found, [(unread, 1), (verdicts, 1)]);
    for page in pages(&report) {
        assert!(!page.contains(clean) && !page.contains("No anomalies") && page.contains(verdicts), "{page}");
    }
}

#[test]
fn only_what_was_sent_is_a_parameter() {
    let parameters = |body: &str, provider: &str| {
        let connection = small(provider);
        let change = format!("DROP TRIGGER spec_no_update; UPDATE spec SET body = '{body}' WHERE id = 1");
        connection.execute_batch(&change).unwrap();
        let report = report_of(&connection);
        super::present::facts(&report).into_iter().find(|it| it.label == "Parameters sent").map(|it| it.value)
    };
    let sent = r#"{"parameters": {"temperature": 0.5, "max_output_tokens": 100, "seed": null}}"#;
    let said = parameters(sent, "openai").unwrap();
    assert!(said.contains("temperature 0.5") && said.contains("max_output_tokens 100"), "{said}");
    assert!(!said.contains("seed"), "{said}");
    assert_eq!(parameters(sent, "recorded"), None, "no model was asked");
    assert_eq!(parameters("{}", "openai"), None);
    for page in pages(&report_of(&small("openai"))) {
        assert!(!page.contains("seed 42"), "{page}");
    }
}

#[test]
fn scores_have_bounds_and_criteria() {
    let connection = small("openai");
    connection
        .execute_batch(
            "INSERT INTO verdict (attempt, number, judge, response, verdict, score, scores, reasons)
             SELECT id, 9, 'first', response, 'PASS', 50, json_object('clarity', 100, 'tone', 10 * id), '[]' FROM attempt
             WHERE response IS NOT NULL;",
        )
        .unwrap();
    let report = report_of(&connection);
    let judging = report.judging.as_ref().unwrap();
    assert_eq!(judging.score.to_string(), "lowest 9, mean 59.67, highest 100");
    let criteria: Vec<_> =
        judging.criteria.iter().map(|it| (it.criterion.as_str(), it.scores.to_string(), it.bins[9].0)).collect();
    assert_eq!(criteria[0], ("clarity", "lowest 100, mean 100, highest 100".to_owned(), 5));
    assert_eq!(criteria[1], ("tone", "lowest 10, mean 30, highest 50".to_owned(), 0));
    for page in pages(&report) {
        assert!(page.contains("clarity") && page.contains("lowest 9, mean 59.67, highest 100"), "{page}");
    }
}

#[test]
fn a_verdict_that_was_used_again_counts_once() {
    let connection = small("openai");
    // The rejected work item gets the same answer twice more, and the verdict on record with it.
    connection
        .execute_batch(
            "CREATE TEMP TABLE again AS SELECT * FROM attempt WHERE outcome = 'judge_failed';
             CREATE TEMP TABLE judged AS SELECT * FROM verdict WHERE attempt = (SELECT id FROM again);
             UPDATE again SET id = 101, number = 2;
             INSERT INTO attempt SELECT * FROM again;
             UPDATE again SET id = 102, number = 3;
             INSERT INTO attempt SELECT * FROM again;
             UPDATE judged SET id = 101, attempt = 101, scores = '{\"tone\": 9}';
             INSERT INTO verdict SELECT * FROM judged;
             UPDATE judged SET id = 102, attempt = 102;
             INSERT INTO verdict SELECT * FROM judged;",
        )
        .unwrap();
    let report = report_of(&connection);
    let judging = report.judging.as_ref().unwrap();
    assert_eq!((judging.passed, judging.accepted), (Share::new(2, 3), Share::new(2, 3)));
    assert_eq!((judging.attempts, judging.scores[0], judging.score.count), (Count(5), Count(1), Count(3)));
    assert_eq!(judging.score.to_string(), "lowest 9, mean 59.67, highest 100");
    let wrong = judging.reasons.iter().find(|it| it.text == "names the wrong product").unwrap();
    assert_eq!((wrong.times, wrong.not_accepted), (Count(1), Count(1)));
    assert_eq!(judging.criteria[0].scores.count, Count(1));
    for page in pages(&report) {
        assert!(page.contains("3 verdicts decided 5 attempts"), "{page}");
    }
}

#[test]
fn a_failure_shows_its_input() {
    let report = report_of(&small("openai"));
    let inputs: Vec<&str> = report.failures.items.iter().map(|it| it.input.as_str()).collect();
    assert_eq!(inputs, ["product: loan · narrative: third", "product: loan · narrative: fourth"]);
    for page in pages(&report) {
        assert!(page.contains(inputs[0]), "{page}");
    }
}

#[test]
fn what_is_not_known_of_a_call_is_unknown() {
    let report = report_of(&small("openai"));
    let [judge, generation] = &report.calls.endpoints[..] else { panic!("{:?}", report.calls.endpoints) };
    assert_eq!(generation.input, Tokens { sum: Count(100), known: Count(1), unknown: Count(3) });
    assert_eq!(generation.input.to_string(), "100 (3 calls unknown)");
    assert_eq!(generation.reasoning.to_string(), "unknown");
    assert_eq!((generation.cost, generation.unpriced), (Usd(None), Count(5)));
    assert_eq!(generation.latency, [Millis(Some(1500)), Millis(Some(2500)), Millis(Some(2500))]);
    assert_eq!(judge.outcomes.answered, Count(3));
    assert_eq!((report.calls.total.calls, report.calls.total.failed), (Count(8), Count(1)));
    assert_eq!(report.calls.errors, [ErrorCount { kind: "timeout".to_owned(), count: Count(1) }]);
    assert_eq!(report.calls.unpriced, Count(5));
    for page in pages(&report) {
        assert!(page.contains("unknown"));
    }
}

#[test]
fn the_pace_of_the_newest_invocation_is_drawn() {
    let connection = small("openai");
    connection
        .execute_batch(
            "INSERT INTO invocation VALUES (2, 'u2', 'run', '0.2.0', 8, 1, 'done', NULL, '2026-05-05', '2026-05-05');
             INSERT INTO manifest VALUES (20, 2, 'generate', 1, 'done', NULL, '{}', '{}', '{}', NULL,
                                          '2026-05-05T10:00:00.000Z', '2026-05-05T10:01:40.000Z');
             INSERT INTO pace (invocation, model, changed_at, reason, concurrency, requests_per_minute, detail) VALUES
                (1, 'm', '2026-05-04T10:00:00.000Z', 'start', 99, NULL, NULL),
                (2, '<m>', '2026-05-05T10:00:00.000Z', 'start', 32, NULL, NULL),
                (2, '<m>', '2026-05-05T10:00:01.000Z', 'growth', 64, NULL, NULL),
                (2, '<m>', '2026-05-05T10:00:50.000Z', 'rate_limited', 40, NULL, '5 of 12 requests were refused'),
                (2, '<m>', '2026-05-05T10:00:50.001Z', 'rate_limited', 20, 480, '9 of 12 requests were refused'),
                (2, '<m>', '2026-05-05T10:01:30.000Z', 'growth', 25, NULL, NULL);",
        )
        .unwrap();
    let report = report_of(&connection);
    let [pace] = &report.pace[..] else { panic!("{:?}", report.pace) };
    assert_eq!((pace.range(), pace.length), ((Count(20), Count(64)), Millis(Some(100_000))));
    assert_eq!(pace.steps, [(0, 32), (1000, 64), (50_000, 40), (50_001, 20), (90_000, 25)]);
    let reasons: Vec<_> = pace.reasons.iter().map(|it| (it.reason.as_str(), it.changes.0, it.last.as_str())).collect();
    let last = "9 of 12 requests were refused; 480 requests a minute";
    assert_eq!(reasons, [("start", 1, ""), ("growth", 2, ""), ("rate_limited", 2, last)]);
    let [html, markdown] = pages(&report);
    assert!(html.contains("<path class=\"c1\" d=\"M0 138H0V78H6V18H320V101H576V92H640V138Z\"/>"), "{html}");
    assert!(html.contains("between 20 and 64 over 100 s") && html.contains("&#60;m&#62;"));
    assert!(markdown.contains("| rate_limited | 2 | 20–40 | "), "{markdown}");
    assert!(report_of(&small("openai")).pace.is_empty());
}

#[test]
fn samples_are_announced_loudly_and_only_they() {
    for page in pages(&report_of(&small("sample"))) {
        assert!(page.contains("These answers are samples, made from the schema; no model was asked."));
    }
    for page in pages(&report_of(&small("openai"))) {
        assert!(!page.contains("These answers are samples"));
    }
}

#[test]
fn an_empty_run_file_has_a_report() {
    let report = report_of(&scratch());
    assert_eq!(report.outcome(), OutcomeCounts::default());
    for page in pages(&report) {
        assert!(page.contains("Nothing is planned yet."), "{page}");
        assert!(page.contains("No call was made."));
    }
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let connection = small("openai");
    let before = pages(&report_of(&connection));
    assert_eq!(before, pages(&report_of(&connection)));
    // Using the work again, and writing the report itself, change nothing that is reported.
    connection
        .execute_batch(
            "INSERT INTO invocation VALUES (2, 'u2', 'run', '0.2.0', 8, 1, 'done', NULL, '2027-01-01', '2027-01-01');
             INSERT INTO manifest VALUES
                (11, 2, 'ingest', NULL, 'reused', 2, '{}', '{\"dataset\":1}', '{}', NULL, '2027-01-01', '2027-01-01'),
                (12, 2, 'generate', 1, 'reused', NULL, '{}', '{}', '{}', NULL, '2027-01-01', '2027-01-01'),
                (13, 2, 'report', NULL, 'done', NULL, '{}', '{}', '{}', NULL, '2027-01-01', '2027-01-01');",
        )
        .unwrap();
    assert_eq!(before, pages(&report_of(&connection)));
}

#[test]
fn attempts_of_an_earlier_task_or_set_aside_are_not_counted() {
    let connection = small("openai");
    let all = |connection: &rusqlite::Connection| {
        report_of(connection).attempts.outcomes.iter().map(|it| it.share.part.0).sum::<i64>()
    };
    assert_eq!(all(&connection), 5);
    connection.execute_batch("UPDATE standing SET cache_id = 'another' WHERE work_item = 1").unwrap();
    assert_eq!(all(&connection), 4);
    connection
        .execute_batch(
            "INSERT INTO round VALUES (1, 1, 1, 'clean', 'generate', 0, NULL, '{}', 'now');
             UPDATE standing SET round = 1, last_attempt = NULL
             WHERE work_item < (SELECT max(work_item) FROM attempt)",
        )
        .unwrap();
    assert_eq!(all(&connection), 1);
}

#[test]
fn long_lists_end_in_a_line_that_says_how_much_more_there_is() {
    let mut run = RunFile::new("many", "openai", &["text"], 1100);
    for number in 0..1100 {
        let group = run.group(&format!("group {number:04}"), 1);
        let item = run.row(&["x"], Some(group));
        let answer = "é".repeat(if number == 0 { 5000 } else { 1 });
        let call = run.call(item, &FixtureExchange::answered(&answer));
        let attempt = run.attempt(item, &FixtureAttempt::plain(1, "no_json", Some("no JSON"), call));
        run.settle(item, "failed", attempt, None);
    }
    let report = report_of(&run.finish());
    assert_eq!(
        (report.failures.total, report.failures.items.len(), report.failures.unlisted()),
        (Count(1100), 1000, Count(100))
    );
    assert_eq!(report.failures.items[0].answer_cut, Count(1000));
    assert_eq!(report.groups.len(), 51);
    assert_eq!(report.groups[50].label(), "other (1,050 groups)");
    assert_eq!(report.groups.iter().map(|it| it.counts.planned).sum::<Count>(), Count(1100));
    for page in pages(&report) {
        assert!(page.contains("100 more are not listed here"));
        assert!(page.contains("SELECT * FROM failures"));
    }
}

#[test]
fn without_groups_there_are_twice_as_many_samples_in_the_order_of_their_ids() {
    let mut run = RunFile::new("flat", "openai", &["text"], 30);
    for number in 0..30i64 {
        let item = run.row(&[&"x".repeat(1000)], None);
        let call = run.call(item, &FixtureExchange::answered("{}"));
        let attempt = run.attempt(item, &FixtureAttempt::plain(1, "accepted", None, call));
        run.settle(item, "accepted", attempt, Some(&json!({"odd \"name\"": number % 2 == 0, "n": number})));
    }
    run.manifests(
        &json!([{"name": "odd \"name\"", "values": [true, false, true]}, {"name": "n", "values": null}]),
        &json!({}),
    );
    let report = report_of(&run.finish());
    assert!(report.groups.is_empty() && report.equal_rows.is_none() && report.judging.is_none());
    let overall: Vec<_> = report.fields[0].overall.iter().map(|it| (it.label.as_str(), it.share.part.0)).collect();
    assert_eq!(overall, [("true", 15), ("false", 15)]);
    let [group] = &report.samples[..] else { panic!("{:?}", report.samples) };
    assert_eq!((group.group.as_deref(), group.samples.len()), (None, 10));
    assert!(group.samples.is_sorted_by(|a, b| a.work_id < b.work_id));
    let (column, value, more) = &group.samples[0].input[0];
    assert_eq!((column.as_str(), value.len(), *more), ("text", 400, Count(600)));
    assert_eq!(group.samples[0].output[0].0, "odd \"name\"", "in the order of the schema");
    for page in pages(&report) {
        assert!(page.contains("… 600 characters more"));
    }
}

#[test]
fn values_beyond_those_shown_by_group_are_counted_together() {
    let mut run = RunFile::new("wide", "openai", &["text"], 60);
    let group = run.group("all", 60);
    for number in 0..60 {
        let item = run.row(&["x"], Some(group));
        let call = run.call(item, &FixtureExchange::answered("{}"));
        let attempt = run.attempt(item, &FixtureAttempt::plain(1, "accepted", None, call));
        run.settle(item, "accepted", attempt, Some(&json!({"v": format!("value {number}")})));
    }
    let values: Vec<String> = (0..60).map(|number| format!("value {number}")).collect();
    run.manifests(&json!([{"name": "v", "values": values}]), &json!({}));
    let report = report_of(&run.finish());
    let field = &report.fields[0];
    assert_eq!(field.overall.len(), 51);
    assert_eq!(field.overall.iter().map(|it| it.share.part).sum::<Count>(), Count(60));
    assert_eq!(field.shown_values.len(), 8);
    assert_eq!(
        field.by_group[0].slices.iter().map(|it| it.share.part.0).collect::<Vec<_>>(),
        [1, 1, 1, 1, 1, 1, 1, 53]
    );
}

#[test]
fn a_work_item_that_is_a_group_has_no_row() {
    let run = RunFile::new("groups", "openai", &["text"], 0);
    for (id, status) in [(1, "accepted"), (2, "failed")] {
        let group = run.group(&format!("group {id}"), 70);
        assert_eq!(run.item(&format!("w{id}"), "group", None, Some(group), id), id);
        let call = run.call(id, &FixtureExchange::answered("{}"));
        let outcome = if status == "accepted" { "accepted" } else { "empty" };
        let attempt = run.attempt(id, &FixtureAttempt::plain(1, outcome, None, call));
        run.settle(id, status, attempt, (status == "accepted").then(|| json!({"sum": [1, {"a": null}]})).as_ref());
    }
    let report = report_of(&run.finish());
    assert_eq!((report.groups[0].rows, report.groups[0].included_rows), (Count(70), Count(50)));
    assert_eq!(report.failures.items[0].row, None);
    let sample = &report.samples[0].samples[0];
    assert_eq!(sample.row, None);
    assert_eq!(sample.input, [("context".to_owned(), "context".to_owned(), Count(0))], "what the model saw");
    assert_eq!(sample.output, [("sum".to_owned(), "[1,{\"a\":null}]".to_owned(), Count(0))]);
    pages(&report);
}

#[test]
fn the_queries_can_be_asked() {
    for connection in [small("openai"), scratch()] {
        let report = report_of(&connection);
        assert_eq!(report.queries.len(), 5);
        for query in &report.queries {
            let mut statement = connection.prepare(&query.sql).unwrap();
            statement.query([]).unwrap().next().unwrap();
        }
    }
}

/// Values that would be markup, links, templates or worse if anything took them as such.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "](javascript:alert(1)) [a](https://evil.example)",
    "{{7*7}} {% raw %} ${7*7}",
    "abc\u{202e}gpj.exe\u{2066}\u{7}\u{1b}[31m",
    "| a | b |\n# heading\n```\n---",
    "</title></style></textarea><h1>&lt;b&gt;",
    "https://evil.example www.evil.example me@evil.example <https://evil.example>",
];

fn hostile() -> rusqlite::Connection {
    let all = HOSTILE.join(" ");
    let mut run = RunFile::new(&all, &all, &[&all, "b"], 2);
    let group = run.group(&all, 2);
    for status in ["accepted", "failed"] {
        let item = run.row(&[&all, &all], Some(group));
        let call = run.call(item, &FixtureExchange::answered(&all));
        run.call(item, &FixtureExchange { answer: Err(&all), ..FixtureExchange::answered("") });
        let accepted = status == "accepted";
        let outcome = if accepted { "accepted" } else { "no_json" };
        let verdict = Some(("PASS", 90, json!([all])));
        let attempt =
            run.attempt(item, &FixtureAttempt { verdict, ..FixtureAttempt::plain(1, outcome, Some(&all), call) });
        run.settle(item, status, attempt, accepted.then(|| json!({&all: &all})).as_ref());
    }
    let ingest =
        run.manifests(&json!([{"name": all, "values": [all]}]), &json!({"equal_rows": 1, "empty_cells": {&all: 1}}));
    run.anomaly(ingest, &all, Some(&all), &all);
    run.finish()
}

/// An evaluation in which names, labels and values are `text`.
fn experiment_of(text: &str) -> crate::view::evaluation::Evaluation {
    let mut whole = serde_json::to_string(&crate::view::evaluation::fixture::evaluation()).unwrap();
    let quoted = json!(clipped(text, 400)).to_string();
    for word in [
        "large · v2",
        "v1",
        "accuracy",
        "card",
        "valid >= 0.99",
        "llm",
        "no work item has a score",
        "product",
        "They charged me twice.",
        "3f5a6c7d8e9f00112233445566778899aabbccdd",
    ] {
        whole = whole.replace(&format!("\"{word}\""), &quoted);
    }
    serde_json::from_str(&whole).unwrap()
}

#[test]
fn an_experiment_has_its_tables_charts_and_answers_side_by_side() {
    let mut report = report_of(&small("openai"));
    report.experiment = Some(experiment_of("plain"));
    let [page, text] = pages(&report);
    for part in ["Variants, with 95 % intervals", "Cost against quality", "9 work items, of which the first 1"] {
        assert!(page.contains(part) && text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("| plain | plain | mortgage | loan | 4 |"), "{text}");
    assert_eq!(page.matches("<polyline class=\"front\"").count(), 1);
    assert_eq!(page.matches("class=\"reliability\"").count(), 1);
    assert!(page.contains("<td class=\"num r9\">398.5</td>"), "on the diagonal");
    assert!(page.contains("<span class=\"right\">✓</span>"));
    assert_eq!(page.matches("class=\"heat\"").count(), 3, "a matrix for each metric");
}

/// A report of three steps, two of them perspectives, with an experiment, in which every text is `text`.
fn of_steps(text: &str) -> Report {
    let mut report = report_of(&small("openai"));
    let counts = report.steps[0].counts;
    report.steps.push(StepOutcome { step: text.to_owned(), counts });
    report.held_back.push(HeldBackRow {
        step: text.to_owned(),
        status: "blocked".to_owned(),
        reason: text.to_owned(),
        items: Count(2),
    });
    let said = vec![Some(text.to_owned()), None];
    report.readers.push(Readers {
        step: text.to_owned(),
        names: vec![text.to_owned(), "b".to_owned()],
        fields: vec![Agreement {
            field: text.to_owned(),
            agreed: Share::new(1, 9),
            combinations: vec![(said.clone(), Count(5))],
            disputed: vec![Disputed {
                row: Some(Count(1)),
                subject: Some(text.to_owned()),
                text: text.to_owned(),
                answers: said,
            }],
        }],
    });
    report.agreement.push(AgreementFigure {
        kind: text.to_owned(),
        step: text.to_owned(),
        field: text.to_owned(),
        judge: Some(text.to_owned()),
        raters: vec![text.to_owned()],
        agreed: Share::new(1, 9),
        cohen_kappa: Some(-0.25),
        fleiss_kappa: None,
        alpha: None,
        level: "nominal".to_owned(),
        variant: Some(text.to_owned()),
    });
    let node = GraphNode {
        name: text.to_owned(),
        each: text.to_owned(),
        parts: vec![("when", text.to_owned())],
        parents: vec![],
    };
    report.experiment = Some(experiment_of(text));
    report.graph = Some(Graph { run: text.to_owned(), input: text.to_owned(), nodes: vec![node] });
    report
}

#[test]
fn steps_and_readers_are_told_and_what_is_not_listed_is_counted() {
    for page in pages(&of_steps("plain")) {
        for part in [
            "Where readers disagree",
            "(other combinations)",
            "7 more are not listed here",
            "2 rejected",
            "In all steps",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    let one = pages(&report_of(&small("openai")));
    assert!(one.iter().all(|page| !page.contains("readers") && !page.contains("In all steps")));
}

#[test]
fn no_value_of_steps_becomes_markup() {
    let all = HOSTILE.join(" ");
    let page = html(&of_steps(&all)).unwrap();
    let extra: Vec<String> = tags(&page).difference(&tags(&html(&of_steps("plain")).unwrap())).cloned().collect();
    assert!(extra.is_empty(), "{extra:?}");
    assert!(!page.contains(" style="), "the page's policy lets no style stand in a tag");
    let page = markdown(&of_steps(&all));
    let plain = markdown(&of_steps("plain"));
    let count = |page: &str| page.lines().filter(|line| line.starts_with(['#', '`'])).count();
    assert_eq!(count(&page), count(&plain), "{page}");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
}

/// The tags of a page, without their attributes' values.
fn tags(page: &str) -> std::collections::BTreeSet<String> {
    page.split('<').skip(1).map(|rest| rest.split([' ', '>', '\n']).next().unwrap_or_default().to_lowercase()).collect()
}

#[test]
fn no_value_becomes_html() {
    let page = html(&report_of(&hostile())).unwrap();
    let plain = html(&report_of(&small("openai"))).unwrap();
    let extra: Vec<String> = tags(&page).difference(&tags(&plain)).cloned().collect();
    assert!(extra.is_empty(), "{extra:?}");
    assert_eq!(page.matches("<style").count(), 1);
    // What stands in a tag outside of its quoted values is ours.
    for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let names: String = tag.split('"').step_by(2).collect();
        for word in ["onerror", "onload", "javascript", "evil", "src="] {
            assert!(!names.contains(word), "{tag}");
        }
    }
    assert!(page.contains("{{7*7}} {% raw %}"), "a value is never rendered again");
    assert!(page.contains("\\u{202e}") && page.contains("\\u{1b}"));
    assert!(!page.chars().any(|it| it.is_control() && it != '\n'));
    assert!(!page.contains(['\u{202e}', '\u{2066}']));
    for (at, _) in page.match_indices("href=\"") {
        assert!(page[at + 6..].starts_with('#'), "a link leads out of the page");
    }
}

#[test]
fn no_value_becomes_markdown() {
    let page = markdown(&report_of(&hostile()));
    assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{1b}']));
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            assert!(!heading.contains("\\#\\#") && !line.starts_with("# heading"), "{line}");
        }
        assert!(!line.starts_with("---"), "{line}");
    }
    assert_eq!(page.lines().filter(|line| line.starts_with("```")).count(), 10, "five statements, nothing else");
    assert_eq!(page.lines().filter(|line| line.starts_with("# ")).count(), 1);
    for word in ["[a](", "<script", "<img", "www.evil", "me@evil", "<h1"] {
        assert!(!page.contains(word), "{word}");
    }
    for (at, _) in page.match_indices("https://") {
        let before = &page[..at];
        assert!(before.ends_with('`') && !before.ends_with("\\`"), "an address is code, which is no link: {before}");
    }
    let mut width = None;
    for line in page.lines() {
        if !line.starts_with("| ") {
            width = None;
            continue;
        }
        let cells = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(*width.get_or_insert(cells), cells, "{line}");
    }
}

#[test]
fn the_report_as_people_read_it() {
    insta::assert_snapshot!(markdown(&report_of(&small("sample"))));
}
