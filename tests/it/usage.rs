//! What is billed as providers report it: output that they hide, prompts that they cut, counts that are none; and what a
//! run says once its budget is spent.

use serde_json::{Value, json};

use crate::support::server::{Ask, completion};
use crate::support::{Act, Project, Server, open, texts};

const PRICE: &str = "{input: 1, cached_input: 0.5, output: 10}";
const OUTPUT: &str = r#"{"product": "other", "urgent": true, "note": ""}"#;

/// A server whose answers have the usage that `usage` says.
fn reporting(usage: impl Fn(&Ask) -> Value + Send + Sync + 'static) -> Server {
    Server::with(move |ask| {
        let verdict = r#"{"verdict": "PASS", "score": 90, "reasons": ["good"]}"#;
        let mut answer = completion(if ask.is_judge() { verdict } else { OUTPUT });
        answer["usage"] = usage(ask);
        Act::reply(200, answer.to_string())
    })
}

fn priced<T: AsRef<str>>(server: &Server, rows: &[T]) -> Project {
    Project::new(server, rows).set("llm.price", PRICE).set("llm.max_output_tokens", "2000")
}

fn tickets(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("ticket number {number}")).collect()
}

fn all(project: &Project, query: &str) -> String {
    texts(&open(&project.db()), query).join("\n")
}

fn status(project: &Project) -> Value {
    let db = project.db().display().to_string();
    let args = ["status", &db, "--format", "json"];
    serde_json::from_str(&project.casebook(&args).expect(0).stdout).unwrap()
}

fn verify(project: &Project) {
    project.casebook(&["verify", &project.db().display().to_string(), "--replay"]).expect(0);
}

#[test]
fn hidden_thinking_is_billed_and_the_budget_holds() {
    let server = reporting(|_| {
        json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 1041,
               "completion_tokens_details": {"reasoning_tokens": 1000}})
    });
    let project = priced(&server, &tickets(60)).set("llm.max_workers", "4");
    let ended = project.start(&["--max-cost", "0.1"]).wait().expect(4);
    assert!(server.count() <= 9, "{}", server.count());
    assert_eq!(
        all(&project, "SELECT DISTINCT output_tokens, hidden_tokens, cost_usd FROM calls"),
        "1009|1000|0.010122"
    );
    assert!(ended.stderr.contains("does not count all of its output as output"), "{}", ended.stderr);
    let anomaly = format!("hidden_output|model-as-served|{} answers used ", server.count());
    let found = all(&project, "SELECT kind, subject, detail FROM anomalies WHERE stage = 'generate'");
    assert!(found.starts_with(&anomaly), "{found}");
    // What is spent, the estimated rest of 60 calls with a quarter more, and the most of the last one.
    assert!(ended.stderr.contains("--max-cost 0.76 "), "{}", ended.stderr);
    assert!(ended.stderr.contains("raise `budget.max_cost_usd` from 0.1 in the configuration"), "{}", ended.stderr);
    let again = project.start(&["--max-cost", "0.1"]).wait().expect(4);
    assert!(again.stderr.contains("--max-cost 0.76 "), "{}", again.stderr);
    assert_eq!(status(&project)["anomalies"].as_array().unwrap().len(), 1);
    project.start(&["--max-cost", "0.63"]).wait().expect(0);
    assert_eq!(server.count(), 60);
    verify(&project);
}

#[test]
fn output_that_nothing_explains_has_no_known_cost_and_counts_as_the_most() {
    let server = reporting(|_| {
        json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 5041,
               "completion_tokens_details": {"reasoning_tokens": 5}})
    });
    let project = priced(&server, &tickets(60)).set("llm.max_workers", "1");
    let ended = project.start(&["--max-cost", "0.2"]).wait().expect(4);
    // Each can have cost 0.050122, which is known from the first answer on.
    assert_eq!(server.count(), 3);
    assert!(ended.stderr.contains("what such answers cost is not known"), "{}", ended.stderr);
    assert_eq!(all(&project, "SELECT DISTINCT cost_usd IS NULL, output_tokens FROM calls"), "1|5009");
    assert_eq!(all(&project, "SELECT reserved_usd FROM calls LIMIT 1"), "0.050122");
    assert_eq!(all(&project, "SELECT cost_usd IS NULL, unpriced_calls, reserved_usd > 0.15 FROM costs"), "1|3|1");
    verify(&project);
}

#[test]
fn the_largest_output_of_earlier_runs_is_reserved_too() {
    let server = reporting(|_| json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 5041}));
    let project = priced(&server, &tickets(60)).set("llm.max_output_tokens", "10").set("llm.max_workers", "8");
    project.start(&["--limit", "1", "--max-cost", "1"]).wait().expect(0);
    // Eight at once would fit by the limit alone; by what an answer really took, one does.
    project.start(&["--max-cost", "0.11"]).wait().expect(4);
    assert_eq!(server.count(), 2);
    assert_eq!(all(&project, "SELECT sum(cost_pico_usd) / 1e12 FROM calls"), "0.100244");
}

#[test]
fn input_beyond_the_prompt_is_reserved_once_it_is_known() {
    let server = reporting(|_| json!({"prompt_tokens": 50_000, "completion_tokens": 9, "total_tokens": 50_009}));
    let project = priced(&server, &tickets(40)).set("llm.max_output_tokens", "10").set("llm.max_workers", "1");
    let ended = project.start(&["--max-cost", "0.2"]).wait().expect(4);
    assert_eq!(server.count(), 3, "each costs 0.05009, and as much is set aside from the second on");
    assert!(ended.stderr.contains("--max-cost 2.6 "), "{}", ended.stderr);
    verify(&project);
    // So it is in later runs, with more at a time.
    let project = project.set("llm.max_workers", "8");
    project.start(&["--max-cost", "0.4"]).wait().expect(4);
    assert_eq!(all(&project, "SELECT sum(cost_pico_usd) <= 400000000000 FROM calls"), "1");
    assert_eq!(server.count(), 7);
}

/// Failed answers with a status of 200 whose usage is 5,000 tokens of output: an error, and a stream that breaks off.
fn failing_with_usage() -> [String; 2] {
    let usage = json!({"prompt_tokens": 30, "completion_tokens": 5000, "total_tokens": 5030});
    let error = json!({"error": {"message": "oops", "code": "server_error"}, "usage": usage});
    let chunk = json!({"choices": [{"index": 0, "delta": {"content": "so"}}], "usage": usage});
    [error.to_string(), format!("data: {chunk}\n\n")]
}

#[test]
fn what_failed_calls_report_counts_towards_the_budget() {
    for body in failing_with_usage() {
        let server = Server::with(move |_| Act::reply(200, body.clone()));
        let project = priced(&server, &tickets(40)).set("llm.max_output_tokens", "100").set("llm.max_workers", "1");
        project.start(&["--max-cost", "0.11"]).wait().expect(4);
        // Each may have cost 0.05003: two fit.
        assert_eq!(server.count(), 2);
        assert_eq!(all(&project, "SELECT cost_usd IS NULL, reserved_usd FROM calls LIMIT 1"), "1|0.05003");
        assert_eq!(all(&project, "SELECT unpriced_calls, reserved_usd >= 0.10006 FROM costs"), "2|1");
        verify(&project);
    }
}

#[test]
fn amounts_out_of_all_proportion_are_unknown_and_nothing_wraps() {
    let server = reporting(|_| json!({"prompt_tokens": 100_000_000, "completion_tokens": 100_000_000}));
    let project = priced(&server, &tickets(3))
        .set("llm.price", "{input: 1000000, output: 1000000}")
        .set("llm.max_output_tokens", "10000000");
    project.run().expect(0);
    assert_eq!(
        all(&project, "SELECT cost_usd IS NULL, unpriced_calls, reserved_usd IS NULL FROM costs"),
        "1|3|1",
        "more than can be held is no bound"
    );
    assert_eq!(all(&project, "SELECT DISTINCT reserved_usd IS NULL FROM calls"), "1");
    let money = &status(&project)["money"];
    assert_eq!((&money["cost_usd"], &money["reserved_usd"]), (&Value::Null, &Value::Null));
    // What they can have cost counts in a later run, and is more than any budget.
    project.rows(&tickets(4));
    let ended = project.start(&["--max-cost", "1000000"]).wait().expect(4);
    assert!(
        ended.stderr.contains("of $1000000.00 are spent, more than $9223372 are set aside for calls of unknown cost"),
        "{}",
        ended.stderr
    );
    assert_eq!(server.count(), 3);
    verify(&project);
}

#[test]
fn a_reservation_of_many_digits_adds_up_exactly() {
    let server = reporting(|_| json!({"prompt_tokens": 32, "completion_tokens": 9}));
    let project = priced(&server, &tickets(7))
        .set("llm.price", "{input: 3333.333333, output: 33333.333333}")
        .set("llm.max_output_tokens", "1000003");
    project.run().expect(0);
    assert_eq!(all(&project, "SELECT cost_usd FROM costs"), "2.846666666571");
    assert_eq!(all(&project, "SELECT min(reserved_usd) > 30000 FROM calls"), "1");
    verify(&project);
}

#[test]
fn unknown_is_never_zero() {
    let server = reporting(|_| Value::Null);
    let project = Project::new(&server, &tickets(3));
    let ended = project.run().expect(0);
    assert!(ended.stderr.contains("  cost              unknown (3 calls)"), "{}", ended.stderr);
    assert!(ended.stderr.contains("unknown in, unknown out; 3 answers came without a count"), "{}", ended.stderr);
    let counts = all(&project, "SELECT counts FROM manifests WHERE stage = 'generate'");
    let counts: Value = serde_json::from_str(&counts).unwrap();
    assert_eq!((&counts["cost_usd"], &counts["input_tokens"]), (&Value::Null, &Value::Null));
    assert_eq!((&counts["unpriced_calls"], &counts["uncounted_calls"]), (&json!(3), &json!(3)));
    assert_eq!(all(&project, "SELECT cost_usd IS NULL, input_tokens IS NULL, unpriced_calls FROM costs"), "1|1|3");
    assert_eq!(status(&project)["money"]["cost_usd"], Value::Null);
    let report = String::from_utf8(project.exported("report.md")).unwrap();
    assert!(report.contains("Cost: unknown (3 calls)"), "{report}");
}

#[test]
fn a_known_nothing_beside_unknown_costs_is_unknown() {
    // A refused call costs nothing; what was answered has no price.
    let server = Server::with(|ask| if ask.number == 1 { Act::error(500, "not now") } else { Act::says(OUTPUT) });
    let project = Project::new(&server, &tickets(2));
    project.run().expect(0);
    assert_eq!(all(&project, "SELECT count(*), count(cost_usd) FROM calls"), "4|2");
    assert_eq!(
        all(&project, "SELECT cost_usd IS NULL, unpriced_calls FROM costs WHERE model = 'model-as-served'"),
        "1|2"
    );
    let found = status(&project);
    assert_eq!((&found["money"]["cost_usd"], &found["money"]["unpriced_calls"]), (&Value::Null, &json!(2)));
    let counts = all(&project, "SELECT counts ->> '$.cost_usd' FROM manifests WHERE stage = 'generate'");
    assert_eq!(counts, "NULL");
}

#[test]
fn sums_are_exact_decimals() {
    let server = reporting(|_| json!({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}));
    let project = priced(&server, &tickets(60)).set("llm.price", "{input: 33, output: 67}");
    project.run().expect(0);
    assert_eq!(all(&project, "SELECT cost_usd FROM costs"), "0.006");
    assert_eq!(all(&project, "SELECT sum(cost_pico_usd) / 1e12 FROM calls"), "0.006");
    assert_eq!(all(&project, "SELECT counts ->> '$.cost_usd' FROM manifests WHERE stage = 'generate'"), "0.006");
    let found = status(&project);
    assert_eq!((&found["money"]["cost_usd"], &found["costs"][0]["cost_usd"]), (&json!(0.006), &json!(0.006)));
}

#[test]
fn counts_that_no_call_can_have_break_nothing() {
    let server =
        reporting(|_| json!({"prompt_tokens": i64::MAX, "completion_tokens": i64::MAX, "total_tokens": i64::MAX}));
    let project = priced(&server, &tickets(3));
    project.run().expect(0);
    let db = project.db().display().to_string();
    assert_eq!(all(&project, "SELECT count(input_tokens), count(cost_usd) FROM calls"), "0|0");
    // Neither do those of a file that has them.
    let connection = rusqlite::Connection::open(project.db()).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER response_no_update;
             UPDATE response SET input_tokens = 9223372036854775807, output_tokens = 9223372036854775807,
                 cached_tokens = 9223372036854775807, reasoning_tokens = 9223372036854775807,
                 duration_ms = 9223372036854775807, cost_usd = 9e999;
             UPDATE spending SET spent_pico_usd = 9223372036854775807, cost_pico_usd = 9223372036854775807",
        )
        .unwrap();
    drop(connection);
    for view in ["costs", "calls", "results", "progress", "attempts", "manifests"] {
        project.casebook(&["sql", &db, &format!("SELECT * FROM {view}")]).expect(0);
    }
    assert_eq!(all(&project, "SELECT input_tokens IS NULL, output_tokens IS NULL FROM costs"), "1|1");
    let found = status(&project);
    assert_eq!(found["costs"][0]["input_tokens"], Value::Null);
    project.casebook(&["status", &db]).expect(0);
    let report = project.casebook(&["report", &db]).expect(0);
    assert!(!report.stderr.contains("overflow"), "{}", report.stderr);
    project.rows(&tickets(4));
    project.start(&["--dry-run"]).wait().expect(0);
    project.run().expect(0);
}

#[test]
fn a_prompt_that_the_server_has_cut_is_told() {
    let server = reporting(|_| json!({"prompt_tokens": 4096, "completion_tokens": 10, "total_tokens": 4106}));
    let rows: Vec<String> = (0..3).map(|row| format!("word{row} ").repeat(20_000)).collect();
    let project = Project::judged(&server, &rows);
    let ended = project.run().expect(0);
    let notes = ended.stderr.matches("`model-1` has read 4096 tokens of a prompt of ").count();
    assert_eq!(notes, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("OLLAMA_CONTEXT_LENGTH"), "{}", ended.stderr);
    assert_eq!(
        all(&project, "SELECT purpose, count(*), count(unread_tokens) FROM calls GROUP BY 1"),
        "generation|3|3\njudge|3|3"
    );
    let found = all(&project, "SELECT kind, subject, detail FROM anomalies WHERE stage = 'generate'");
    assert!(
        found.starts_with("prompt_cut|model-as-served|6 answers: the server has read at most 4096 tokens"),
        "{found}"
    );
    // A run that asks nothing keeps it in sight.
    project.run().expect(0);
    assert_eq!(status(&project)["anomalies"][0]["kind"], "prompt_cut");
}

#[test]
fn a_prompt_that_was_read_is_not() {
    let server = reporting(|ask| {
        let cached = if ask.question().contains("[cached]") { 60_000 } else { 0 };
        json!({"prompt_tokens": 4096, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": cached}})
    });
    let rows = [" ".repeat(200_000) + "end", "=".repeat(200_000), format!("[cached] {}", "word ".repeat(60_000))];
    let project = Project::new(&server, &rows);
    let ended = project.run().expect(0);
    assert!(!ended.stderr.contains("cuts prompts"), "{}", ended.stderr);
    assert_eq!(all(&project, "SELECT count(*), count(unread_tokens) FROM calls"), "3|0");
}

#[test]
fn a_spent_budget_names_the_command_that_goes_on() {
    let server = Server::start();
    let project = priced(&server, &tickets(10)).set("budget.max_requests", "4");
    let ended = project.start(&["--limit", "8"]).wait().expect(4);
    let said = &ended.stderr;
    assert!(said.contains("raise `budget.max_requests` from 4 in the configuration"), "{said}");
    assert!(said.contains("--limit 8 ") && said.contains("--set budget.max_requests=10"), "{said}");
    let project = priced(&server, &tickets(10)).set("budget.max_cost_usd", "0");
    let ended = project.run().expect(4);
    assert!(ended.stderr.contains("--set budget.max_cost_usd=0.21"), "{}", ended.stderr);
}

/// The requests that a dry run expects: who is asked, and how often.
fn expected(project: &Project, more: &[&str]) -> Vec<(String, u64)> {
    let args: Vec<&str> = ["--dry-run", "--format", "json"].iter().chain(more).copied().collect();
    let told: Value = serde_json::from_str(&project.start(&args).wait().expect(0).stdout).unwrap();
    let name = |it: &Value| format!("{} {}", it["purpose"].as_str().unwrap(), it["judge"].as_str().unwrap_or("-"));
    told["requests"].as_array().unwrap().iter().map(|it| (name(it), it["requests"].as_u64().unwrap())).collect()
}

#[test]
fn a_dry_run_counts_the_judges_of_every_form_of_answer() {
    let server = Server::start();
    let rows = tickets(5);
    let both = [("generation -".to_owned(), 5), ("judge -".to_owned(), 5)];
    for form in ["json", "sections"] {
        assert_eq!(expected(&Project::judged(&server, &rows).set("answer", form), &[]), both, "{form}");
    }
    let text = Project::judged(&server, &rows).set("answer", "text").set("schema", "null");
    text.write("judge.yaml", "name: j\nuser: '{{ row.text }} {{ output.text }} {{ verdict_schema }}'\n");
    assert_eq!(expected(&text, &[]), both, "text");
    // The answers to different rows are different ones, and those to equal rows are one.
    let alone = |rows: &[String]| {
        let project = Project::judged(&server, rows);
        project.write("judge.yaml", "name: j\nuser: '{{ output }} {{ verdict_schema }}'\n");
        expected(&project, &[])
    };
    assert_eq!(alone(&rows), both, "the answer alone");
    assert_eq!(
        alone(&["one", "one", "two"].map(str::to_owned)),
        [("generation -".to_owned(), 2), ("judge -".to_owned(), 2)]
    );
    // A check that no made-up answer passes.
    let checked = Project::judged(&server, &rows).set("checks", "[{name: never, expr: 'false', message: no}]");
    assert_eq!(expected(&checked, &[]), both);
    let panel = Project::new(&server, &rows).set(
        "judge",
        "{allow_self: true, judges: [{name: strict, prompt: judge.yaml}, {name: kind, prompt: judge.yaml}], rule: majority}",
    );
    let three = [("generation -".to_owned(), 5), ("judge strict".to_owned(), 5), ("judge kind".to_owned(), 5)];
    assert_eq!(expected(&panel, &[]), three);
    assert_eq!(server.count(), 0);
}
