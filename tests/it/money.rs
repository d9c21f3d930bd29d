//! What calls cost, what is said of it, and that no run spends more than it may.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::server::{AMPLE, Ask, completion};
use crate::support::{Act, Project, Server, by_tags, open, texts};

const PRICE: &str = "{input: 1, cached_input: 0.5, output: 10}";

fn priced<T: AsRef<str>>(server: &Server, rows: &[T]) -> Project {
    Project::new(server, rows).set("llm.price", PRICE).set("llm.max_output_tokens", "120")
}

fn tickets(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("ticket number {number}")).collect()
}

/// What the server would bill for a request at [`PRICE`], in 10⁻¹² dollars: 100 tokens of input, 7 of them cached, and as
/// many of output as the answer has bytes.
fn billed(ask: &Ask) -> i64 {
    let Act::Reply { status: 200, body, .. } = by_tags(ask) else { return 0 };
    let Ok(body) = serde_json::from_str::<Value>(&body) else { return 0 };
    93 * 1_000_000 + 7 * 500_000 + body["usage"]["completion_tokens"].as_i64().unwrap() * 10_000_000
}

fn one(project: &Project, query: &str) -> String {
    texts(&open(&project.db()), query).join("\n")
}

fn pico(project: &Project, query: &str) -> i64 {
    open(&project.db()).query_row(query, [], |row| row.get(0)).unwrap()
}

/// An amount in dollars; every amount of [`billed`] is a multiple of half a millionth of one.
fn dollars(pico: i64) -> f64 {
    f64::from(u32::try_from(pico / 500_000).unwrap()) / 2e6
}

const ALL_COSTS: &str = "SELECT CAST(round(total(cost_usd) * 1e12) AS INTEGER) FROM calls";
const SPENT: &str = "SELECT sum(spent_pico_usd) FROM spending";

#[test]
fn each_call_costs_what_was_reported_at_the_price_given() {
    let server = Server::start();
    let project = priced(&server, &["one", "[malformed 1] two", "[500 1] three"]);
    project.run().expect(0);
    let all: i64 = server.log().iter().map(billed).sum();
    // The failure with a status of 500 is not in it, and is known to cost nothing.
    assert_eq!(one(&project, "SELECT count(*), count(cost_usd), sum(cost_usd = 0) FROM calls"), "5|5|1");
    let failed: i64 = server.log().iter().filter(|ask| ask.tag("500").is_some() && ask.number == 1).map(billed).sum();
    assert_eq!(failed, 0);
    assert_eq!(pico(&project, ALL_COSTS), all);
    assert_eq!(pico(&project, SPENT), all);
    assert_eq!(pico(&project, "SELECT CAST(round(sum(cost_usd) * 1e12) AS INTEGER) FROM results"), all);
    assert_eq!(pico(&project, "SELECT CAST(round(sum(cost_usd) * 1e12) AS INTEGER) FROM costs"), all);
    assert_eq!(one(&project, "SELECT sum(unpriced_calls) FROM costs"), "0");
    let exported = String::from_utf8(project.exported("output.jsonl")).unwrap();
    let costs = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["cost_usd"].as_f64().unwrap());
    assert!((costs.sum::<f64>() - dollars(all)).abs() < 1e-12);
}

#[test]
fn variants_and_repeats_cost_what_each_of_them_used() {
    let server = Server::start();
    let metrics = "metrics: [{name: long, expr: 'output.note | length > 3'}]";
    let experiment = format!("{{matrix: {{llm.temperature: [0.25, 0.75]}}, repeats: 2, {metrics}}}");
    let project = priced(&server, &["one", "[malformed 1] two"]).set("experiment", &experiment);
    project.with_settings("eval", &["-q"]).expect(0);
    project.with_settings("run", &["-q"]).expect(0);
    let sum = "CAST(round(sum(cost_usd) * 1e12) AS INTEGER)";
    // No variant and no repeat shares an answer with another: what they cost together is what was spent, and none costs
    // all of it. The task itself is one of them, and costs what that one does.
    let all: i64 = server.log().iter().map(billed).sum();
    assert_eq!(pico(&project, &format!("SELECT {sum} FROM results WHERE variant <> 'base'")), all);
    assert_eq!(one(&project, "SELECT count(*), min(cost_usd) > 0 FROM results"), "10|1");
    let each =
        format!("SELECT max(cost) < {all} / 2 FROM (SELECT {sum} AS cost FROM results GROUP BY variant, repeat)");
    assert_eq!(pico(&project, &each), 1);
    let base = pico(&project, &format!("SELECT {sum} FROM results WHERE variant = 'base'"));
    let exported = String::from_utf8(project.exported("output.jsonl")).unwrap();
    let costs = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["cost_usd"].as_f64().unwrap());
    assert!((costs.sum::<f64>() - dollars(base)).abs() < 1e-12);
}

#[test]
fn a_shared_call_is_paid_by_the_work_item_that_asked() {
    let server = Server::start();
    let project = priced(&server, &["the same", "the same", "the same"]);
    project.run().expect(0);
    assert_eq!(server.count(), 1);
    assert_eq!(one(&project, "SELECT cost_usd > 0 FROM results ORDER BY row_index"), "1\n0\n0");
    assert_eq!(one(&project, "SELECT calls, CAST(round(saved_usd / cost_usd) AS INTEGER) FROM costs"), "1|2");
}

#[test]
fn the_cost_of_a_work_item_is_unknown_where_one_of_its_calls_is() {
    let server = Server::start();
    let project = priced(&server, &["one", "[close 1] two", "[garbage 1] three"]);
    project.run().expect(0);
    assert_eq!(one(&project, "SELECT cost_usd IS NULL FROM results ORDER BY row_index"), "0\n1\n1");
    assert_eq!(
        one(&project, "SELECT sum(unpriced_calls), sum(reserved_usd) > 0, sum(cost_usd) > 0 FROM costs"),
        "2|1|1"
    );
    let known = server.log().iter().map(billed).sum::<i64>();
    // What may have been billed counts as what was set aside for it.
    assert!(pico(&project, SPENT) > known);
}

#[test]
fn a_price_of_another_model_or_host_is_nobody_elses() {
    let server = Server::start();
    let project = Project::judged(&server, &["one"])
        .set("llm.model", "gpt-4o-mini")
        .set("judge.llm", "{model: judge-1}")
        .set("llm.price", PRICE);
    project.run().expect(0);
    let known = "SELECT purpose, cost_usd IS NOT NULL FROM calls ORDER BY purpose";
    assert_eq!(one(&project, known), "generation|1\njudge|0");
    // A local server does not charge what OpenAI charges for the model of this name.
    let project = Project::new(&server, &["two"]).set("llm.model", "gpt-4o-mini");
    project.run().expect(0);
    assert_eq!(one(&project, "SELECT cost_usd IS NULL FROM calls"), "1");
    // A table of one's own may say what it charges.
    let project = Project::new(&server, &["three"]).set("prices", "own.yaml");
    project.write("own.yaml", "prices:\n  - {models: ['model-*'], input: 0, cached_input: 0, output: 0}\n");
    project.run().expect(0);
    assert_eq!(one(&project, "SELECT cost_usd = 0 FROM calls"), "1");
}

#[test]
fn a_bound_without_a_price_or_a_longest_answer_is_an_error() {
    let server = Server::start();
    let refused = |project: Project, more: &[&str]| {
        let ended = project.start(more).wait().expect(2);
        assert_eq!(server.count(), 0);
        assert!(!project.db().exists(), "nothing was written");
        ended.stderr
    };
    let said = refused(Project::new(&server, &["one"]), &["--max-cost", "1"]);
    assert!(said.contains("no price is known for `llm.model` `model-1` at 127.0.0.1"), "{said}");
    assert!(said.contains("llm.price: {input: 0.15, output: 0.6}"), "{said}");
    let said = refused(Project::new(&server, &["one"]).set("llm.price", PRICE), &["--max-cost", "1"]);
    assert!(said.contains("`llm.max_output_tokens` is not"), "{said}");
    let judged = Project::judged(&server, &["one"]).set("llm.price", PRICE).set("llm.max_output_tokens", "10");
    let said = refused(judged.set("judge.llm.model", "judge-1"), &["--max-cost", "1"]);
    assert!(said.contains("`judge.llm.model` `judge-1`"), "{said}");
    let said = refused(Project::new(&server, &["one"]), &["--max-cost=-1"]);
    assert!(said.contains("budget.max_cost_usd"), "{said}");
}

#[test]
fn no_run_spends_more_than_it_may_and_with_more_it_goes_on() {
    let server = Server::start();
    server.latency(Duration::from_millis(5));
    let project = priced(&server, &tickets(60));
    let cap = 20_000_000_000; // 0.02 dollars
    let ended = project.start(&["--max-cost", "0.02"]).wait().expect(4);
    assert!(ended.stderr.contains("budget.max_cost_usd"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--max-cost"), "{}", ended.stderr);
    let spent: i64 = server.log().iter().map(billed).sum();
    assert!(spent <= cap && spent > cap / 2, "{spent}");
    assert_eq!(pico(&project, SPENT), spent);
    assert_eq!(one(&project, "SELECT count(*) FROM calls WHERE outcome <> 'answered'"), "0");
    assert_eq!(one(&project, "SELECT status FROM manifests WHERE stage = 'generate'"), "interrupted");
    let message = one(&project, "SELECT status, message FROM invocation");
    assert!(message.starts_with("interrupted|") && message.contains("budget.max_cost_usd"), "{message}");
    // Nothing is left to spend.
    let asked = server.count();
    project.start(&["--max-cost", "0.02"]).wait().expect(4);
    assert_eq!(server.count(), asked);
    // The same command with more of it goes on where it was.
    project.start(&["--max-cost", "1"]).wait().expect(0);
    assert_eq!(server.count(), 60);
    assert_eq!(one(&project, "SELECT accepted FROM progress"), "60");
    assert_eq!(pico(&project, SPENT), server.log().iter().map(billed).sum::<i64>());
}

#[test]
fn a_killed_run_has_spent_what_was_in_flight() {
    let server = Server::start();
    server.latency(Duration::from_millis(20));
    let project = priced(&server, &tickets(80));
    let cap = 40_000_000_000;
    for more in [4, 12, 9] {
        let before = server.count();
        let mut running = project.start(&["--max-cost", "0.04"]);
        let began = Instant::now();
        while server.count() < before + more && !running.has_ended() {
            assert!(began.elapsed() < AMPLE);
            thread::sleep(Duration::from_millis(1));
        }
        running.kill();
        let billed: i64 = server.log().iter().map(billed).sum();
        assert!(billed <= cap, "{billed}");
    }
    project.start(&["--max-cost", "0.04"]).wait().expect(4);
    let billed_then: i64 = server.log().iter().map(billed).sum();
    let spent = pico(&project, SPENT);
    assert!(spent >= billed_then, "what was lost counts as what was set aside for it");
    assert!(spent <= cap && spent > cap / 2, "{spent}");
    let lost = one(&project, "SELECT count(*) > 0, min(reserved_usd) > 0 FROM calls WHERE outcome = 'lost'");
    assert_eq!(lost, "1|1");
    project.start(&["--max-cost", "1"]).wait().expect(0);
    assert_eq!(one(&project, "SELECT accepted FROM progress"), "80");
    // Every row of totals is what its calls add up to.
    let differ = "SELECT count(*) FROM spending WHERE (calls, spent_pico_usd) IS NOT (
        SELECT count(*), CAST(total(coalesce(round(cost_usd * 1e12), reserved_pico_usd)) AS INTEGER)
        FROM call LEFT JOIN response ON response.call = call.id WHERE call.invocation = spending.invocation)";
    assert_eq!(one(&project, differ), "0");
}

#[test]
fn what_timed_out_counts_as_what_was_set_aside() {
    let server = Server::start();
    let rows = ["[hold] one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let project = priced(&server, &rows).set("llm.timeout_sec", "0.3").set("llm.retries", "0");
    let project = project.set("llm.max_workers", "1");
    project.start(&["--max-cost", "1"]).wait().expect(3);
    let aside = pico(&project, "SELECT CAST(round(reserved_usd * 1e12) AS INTEGER) FROM calls WHERE cost_usd IS NULL");
    assert!(aside > 0);
    let answered: i64 = server.log().iter().filter(|ask| ask.tag("hold").is_none()).map(billed).sum();
    assert_eq!(pico(&project, SPENT), answered + aside);
}

#[test]
fn a_bound_on_requests_counts_those_of_all_runs() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(10)).set("budget.max_requests", "4");
    let ended = project.run().expect(4);
    assert!(ended.stderr.contains("budget.max_requests"), "{}", ended.stderr);
    assert_eq!(server.count(), 4);
    project.run().expect(4);
    assert_eq!(server.count(), 4);
    project.start(&["--set", "budget.max_requests=100"]).wait().expect(0);
    assert_eq!(server.count(), 10);
}

#[test]
fn an_answer_beyond_what_was_set_aside_ends_the_run_all_the_same() {
    // A provider that does not keep to the longest answer.
    let server = Server::with(|ask| {
        let mut answer = completion(r#"{"product": "other", "urgent": true, "note": ""}"#);
        answer["usage"]["completion_tokens"] = Value::from(ask.question().len() * 1_000);
        Act::reply(200, answer.to_string())
    });
    let project = priced(&server, &tickets(30)).set("llm.max_workers", "1");
    project.start(&["--max-cost", "0.5"]).wait().expect(4);
    assert!(server.count() < 5);
    assert_eq!(one(&project, "SELECT accepted > 0 FROM progress"), "1");
}

/// Every file of the project with its content, by name.
fn files(project: &Project) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![project.dir().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn estimate(project: &Project, more: &[&str]) -> Value {
    let args: Vec<&str> = ["--dry-run", "--format", "json"].iter().chain(more).copied().collect();
    serde_json::from_str(&project.start(&args).wait().expect(0).stdout).unwrap()
}

#[test]
fn a_dry_run_sends_and_writes_nothing() {
    let server = Server::start();
    let project =
        priced(&server, &["one", "two", "[malformed 1] three", "[malformed] four"]).env("CASEBOOK_TEST_KEY", "");
    let before = files(&project);
    let shown = project.start(&["--dry-run"]).wait().expect(0).stdout;
    assert!(shown.contains("4 work items: 4 to ask (4 new)"), "{shown}");
    assert_eq!((server.count(), files(&project) == before), (0, true));

    let project = project.env("CASEBOOK_TEST_KEY", "key");
    project.run().expect(3);
    let (asked, before) = (server.count(), files(&project));
    let shown = project.start(&["--dry-run"]).wait().expect(0).stdout;
    assert!(shown.contains("4 work items: 0 to ask, 4 answered from the record"), "{shown}");
    assert_eq!((server.count(), files(&project) == before), (asked, true));

    project.rows(&["one", "two, changed", "[malformed 1] three", "[malformed] four", "five"]);
    let before = files(&project);
    let told = estimate(&project, &[]);
    assert_eq!((&told["new"], &told["changed"], &told["answered"]), (&1.into(), &1.into(), &3.into()));
    assert_eq!(told["requests"][0]["requests"], 2);
    // A judge judges what is on record, and what is to be asked.
    let told = estimate(&project, &["--set", "prompts.judge=judge.yaml"]);
    assert_eq!((&told["changed"], &told["new"]), (&4.into(), &1.into()));
    assert_eq!((&told["requests"][0]["requests"], &told["requests"][1]["requests"]), (&2.into(), &4.into()));
    assert_eq!(told["decided_by_tape"], 1, "the one that never was valid");
    let told = estimate(&project, &["--limit", "1"]);
    assert_eq!((&told["work_items"], &told["answered"]), (&1.into(), &1.into()));
    assert_eq!((server.count(), files(&project) == before), (asked, true));
}

#[test]
fn a_dry_run_works_beside_a_writer_and_in_a_folder_that_is_only_read() {
    let server = Server::start();
    let project = priced(&server, &["one", "[hold] two"]);
    let running = project.start(&[]);
    server.wait_for(2);
    let told = estimate(&project, &[]);
    assert_eq!(told["work_items"], 2);
    server.release();
    running.wait().expect(0);
    let folder = std::fs::metadata(project.dir()).unwrap().permissions();
    let mut only_read = folder.clone();
    only_read.set_readonly(true);
    std::fs::set_permissions(project.dir(), only_read).unwrap();
    let told = estimate(&project, &[]);
    std::fs::set_permissions(project.dir(), folder).unwrap();
    assert_eq!(told["answered"], 2);
}

#[test]
fn the_cost_of_a_run_is_within_its_estimate() {
    let server = Server::start();
    let project = priced(&server, &tickets(12));
    let told = estimate(&project, &[]);
    let usd = |key: &str| told[key].as_f64().unwrap();
    let output = &told["requests"][0];
    assert_eq!(output["output_tokens_high"], 12 * 120);
    assert!(usd("cost_low_usd") > 0.0 && usd("cost_low_usd") < usd("cost_high_usd"));
    assert!(usd("cost_most_usd") > usd("cost_high_usd"));
    project.run().expect(0);
    let cost = dollars(pico(&project, ALL_COSTS));
    assert!(cost <= usd("cost_high_usd"), "{cost}");
    // What answers took is known from now on.
    let told = estimate(&project, &["--set", "llm.temperature=1"]);
    assert!(told["requests"][0]["output_from"].as_str().unwrap().contains("12 answers on record"), "{told}");
}

#[test]
fn what_a_dry_run_does_not_know_it_says() {
    let server = Server::start();
    let project = Project::new(&server, &["one", "two"]);
    let shown = project.start(&["--dry-run"]).wait().expect(0).stdout;
    assert!(shown.contains("cost   unknown"), "{shown}");
    assert!(shown.contains("no price is known for `model-1` at 127.0.0.1"), "{shown}");
    assert!(shown.contains("llm.price"), "{shown}");
    assert!(shown.contains("set `llm.max_output_tokens`"), "{shown}");
}

#[test]
fn many_rows_are_counted_on_a_sample() {
    let server = Server::start();
    let project = priced(&server, &tickets(2_500));
    let told = estimate(&project, &[]);
    assert_eq!((&told["new"], &told["sampled"]), (&2_500.into(), &834.into()));
    let requests = &told["requests"][0];
    assert_eq!(requests["requests"], 2_500);
    let tokens = requests["input_tokens"].as_u64().unwrap();
    assert!((100..300).contains(&(tokens / 2_500)), "{tokens}");
    let notes = told["notes"].to_string();
    assert!(notes.contains("834 of 2500 work items"), "{notes}");
}

#[test]
fn status_and_summary_say_what_it_cost_and_what_it_is_going_to_cost() {
    let server = Server::start();
    let project = priced(&server, &tickets(10));
    let ended = project.start(&["--limit", "4"]).wait().expect(0);
    for label in [
        "  tokens            400 in",
        "  cost              $0.00",
        "  per accepted      $0.000",
        "  expected total    $0.00",
    ] {
        assert!(ended.stderr.contains(label), "{label}: {}", ended.stderr);
    }
    let db = project.db().display().to_string();
    let status: Value =
        serde_json::from_str(&project.casebook(&["status", &db, "--format", "json"]).expect(0).stdout).unwrap();
    let money = |key: &str| status["money"][key].as_f64().unwrap();
    let four = dollars(server.log().iter().map(billed).sum());
    assert!((money("cost_usd") - four).abs() < 1e-12);
    assert!((money("per_accepted_usd") - four / 4.0).abs() < 1e-12);
    assert!((money("expected_usd") - four * 2.5).abs() < 1e-12);
    let shown = project.casebook(&["status", &db]).expect(0).stdout;
    assert!(shown.contains("per accepted work item") && shown.contains("expected total"), "{shown}");
    project.run().expect(0);
    let report = String::from_utf8(project.exported("report.md")).unwrap();
    assert!(report.contains("Known cost per accepted work item: $0.000"), "{report}");
}

#[test]
fn prices_are_told_with_where_they_are_from() {
    let server = Server::start();
    let project = Project::new(&server, &["one"]);
    let shown = project.casebook(&["prices", "gpt-4o-mini-2024-07-18"]).expect(0).stdout;
    assert!(shown.contains("api.openai.com") && shown.contains("0.15") && shown.contains("https://"), "{shown}");
    let ended = project.casebook(&["prices", "ft:gpt-4o-mini-2024-07-18:acme::id"]).expect(0);
    assert!(ended.stdout.is_empty() && ended.stderr.contains("no price is known"), "{}", ended.stderr);
    let all: Value = serde_json::from_str(&project.casebook(&["prices", "--format", "json"]).expect(0).stdout).unwrap();
    assert!(all.as_array().unwrap().len() > 70);
}

#[test]
fn totals_that_were_tampered_with_are_found() {
    let server = Server::start();
    let project = priced(&server, &["one", "[close 1] two"]);
    project.run().expect(0);
    let db = project.db().display().to_string();
    project.casebook(&["verify", &db, "--replay"]).expect(0);
    let connection = rusqlite::Connection::open(project.db()).unwrap();
    connection.execute_batch("UPDATE spending SET spent_pico_usd = spent_pico_usd - 1000000000").unwrap();
    drop(connection);
    let ended = project.casebook(&["verify", &db]).expect(1);
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("the totals of invocation 1"), "{said}");
}
