//! A live run through the library's door: rows in, results out, and a run file that holds.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use casebook::inside::engine::{
    self, Audience, Completion, EngineError, Finish, LiveDoor, LiveOptions, LiveResult, LiveSummary, LiveTask,
    ModelFunction, Refused,
};
use casebook::inside::record::WorkStatus;
use serde_json::{Map, Value, json};

use crate::projects::{Project, problems};
use crate::support::server::AMPLE;

const ANSWER: &str = r#"{"label": "one", "note": "n"}"#;

fn options(project: &Project, queue: usize) -> LiveOptions {
    LiveOptions { run: project.options(), command: "serve", queue, stays: false }
}

/// Closes a door at its end, also where a client panics: the run would wait for it for ever.
struct ClosedAtLast(LiveDoor);

impl Drop for ClosedAtLast {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Holds a live run while `client` uses its door; the door is closed after that.
fn serve<T: Send + 'static>(
    options: &LiveOptions,
    client: impl FnOnce(LiveTask, LiveDoor) -> T + Send + 'static,
) -> Result<(LiveSummary, T), EngineError> {
    let mut at_work = None;
    let mut watch = |_: &engine::RunEvent| {};
    let summary = engine::live(options, &mut Audience::new(&mut watch), |task, door| {
        at_work = Some(thread::spawn(move || {
            let _closed = ClosedAtLast(door.clone());
            client(task, door)
        }));
    })?;
    Ok((summary, at_work.expect("it was opened").join().expect("the client does not panic")))
}

#[expect(clippy::needless_pass_by_value, reason = "tests give it what `json!` makes")]
fn row(value: Value) -> Map<String, Value> {
    value.as_object().expect("a row is an object").clone()
}

/// Gives rows, and waits for all of their results.
fn ask(door: &LiveDoor, rows: &[Map<String, Value>], single: bool) -> (String, Vec<LiveResult>) {
    let (id, mut results) = door.submit(rows, single).expect("they are taken").accepted_blocking().expect("accepted");
    let mut all = Vec::new();
    while let Some(result) = results.next_blocking().expect("they are answered") {
        all.push(result);
    }
    (id.to_string(), all)
}

fn one(door: &LiveDoor, value: Value) -> LiveResult {
    ask(door, &[row(value)], true).1.remove(0)
}

fn tickets(ids: std::ops::Range<u32>) -> Vec<Map<String, Value>> {
    ids.map(|id| row(json!({"id": id.to_string(), "text": format!("text {id}")}))).collect()
}

fn service_db(project: &Project) -> PathBuf {
    project.path("test.service.db")
}

fn assert_sound(project: &Project) {
    let problems = problems(&engine::verify(&service_db(project), true).unwrap());
    assert!(problems.is_empty(), "{problems:#?}");
}

fn number(project: &Project, query: &str) -> i64 {
    let connection = rusqlite::Connection::open(service_db(project)).unwrap();
    connection.query_row(query, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{query}: {error}"))
}

#[test]
fn rows_that_come_are_answered_in_their_order_and_go_on_after_a_restart() {
    let project = Project::new();
    let client = |task: LiveTask, door: LiveDoor| {
        assert_eq!(task.columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["id", "text", "remark"]);
        assert_eq!(task.columns.iter().map(|it| it.required).collect::<Vec<_>>(), [true, true, false]);
        let (id, results) = ask(&door, &tickets(0..40), false);
        assert_eq!(results.iter().map(|it| it.row).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
        assert!(results.iter().all(|it| it.status == WorkStatus::Accepted && !it.from_record));
        assert!(results.iter().all(|it| it.output.as_ref().is_some_and(|it| it["label"].is_string())));
        let state = task.record.batch(&id).unwrap().unwrap();
        assert_eq!((state.rows, state.counts.accepted), (40, 40));
        assert_eq!(door.state().queue, 0);
        (id, results)
    };
    let (summary, (id, first)) = serve(&options(&project, 100), client).unwrap();
    assert_eq!((summary.rows.accepted, summary.pending, summary.interrupted), (40, 0, false));
    assert_sound(&project);
    // What is known is answered from the record, in any mixture with new rows, and batches are found.
    let (summary, ()) = serve(&options(&project, 100), move |task, door| {
        let (_, again) = ask(&door, &tickets(20..60), false);
        assert_eq!(again.iter().map(|it| it.from_record).collect::<Vec<_>>(), [[true; 20], [false; 20]].concat());
        assert_eq!(again[0].output, first[20].output);
        let page = task.record.results(&id, 38, 10).unwrap().unwrap();
        assert_eq!(page.iter().map(|it| it.row).collect::<Vec<_>>(), [38, 39]);
        assert_eq!(page[1].output, first[39].output);
        assert!(task.record.batch("0123-1").unwrap().is_none());
        // Equal rows of one batch are one work item.
        let twice = ask(&door, &[tickets(70..71), tickets(70..71)].concat(), false).1;
        assert_eq!(twice[0].work_id, twice[1].work_id);
    })
    .unwrap();
    assert_eq!((summary.calls, summary.rows.from_record), (21, 20));
    assert_eq!(number(&project, "SELECT count(*) FROM work_item"), 61);
    assert_eq!(number(&project, "SELECT count(*) FROM invocation WHERE command = 'serve' AND status = 'done'"), 2);
    assert_sound(&project);
    let status = project.casebook(&["status", "test.service.db"]).expect(0);
    assert!(status.stdout.contains("61"), "{}", status.stdout);
    project.casebook(&["export", "test.service.db"]).expect(0);
    assert_eq!(project.read("out/test.service/output.jsonl").lines().count(), 61);
    project.casebook(&["report", "test.service.db"]).expect(0);
    assert_eq!(number(&project, "SELECT count(*) FROM results WHERE text LIKE 'text %'"), 61);
    assert_sound(&project);
}

#[test]
fn single_rows_share_data_sets_and_other_values_under_a_key_are_asked_again() {
    let project = Project::new();
    let (_, ()) = serve(&options(&project, 1000), |_, door| {
        let given: Vec<_> = tickets(0..200).into_iter().map(|row| door.submit(&[row], true).unwrap()).collect();
        for ticket in given {
            assert_eq!(ticket.results().next_blocking().unwrap().unwrap().status, WorkStatus::Accepted);
        }
        // A batch between single rows has a data set of its own.
        let mixed = [(300..301, true), (301..305, false), (305..306, true)];
        let mixed = mixed.map(|(ids, single)| door.submit(&tickets(ids), single).unwrap());
        let ids = mixed.map(|ticket| ticket.accepted_blocking().unwrap().0.to_string());
        assert!(ids[0] != ids[1] && ids[1] != ids[2]);
        let a = one(&door, json!({"id": "a", "text": "first"}));
        let changed = one(&door, json!({"id": "a", "text": "second"}));
        assert_eq!((a.work_id.as_str(), changed.from_record), (changed.work_id.as_str(), false));
        // Back to the first values: their output is on record.
        let back = one(&door, json!({"id": "a", "text": "first"}));
        assert_eq!((back.output, back.from_record), (a.output, true));
        // Asked at once, they wait for one another.
        let texts = ["x", "y", "x", "z"];
        let asked = texts.map(|text| door.submit(&[row(json!({"id": "b", "text": text}))], true).unwrap());
        let outputs = asked.map(|ticket| ticket.results().next_blocking().unwrap().unwrap().output);
        assert_eq!(outputs[0], outputs[2]);
    })
    .unwrap();
    assert!(number(&project, "SELECT count(*) FROM dataset") < 200);
    assert_eq!(number(&project, "SELECT count(*) FROM admission"), 213);
    assert_sound(&project);
}

#[test]
fn rows_of_another_shape_are_refused_and_nothing_is_recorded() {
    let project = Project::new();
    let (summary, ()) = serve(&options(&project, 4), |_, door| {
        let refused = |rows: &[Map<String, Value>]| match door.submit(rows, false) {
            Err(why) => format!("{why}; {}", why.hint()),
            Ok(_) => panic!("they were taken"),
        };
        let good = row(json!({"id": "1", "text": "t"}));
        assert_eq!(
            refused(&[good.clone(), row(json!({"id": "2", "text": "t", "remarks": 1}))]),
            "row 2: there is no column `remarks`; did you mean `remark`?"
        );
        assert_eq!(
            refused(&[row(json!({"id": "2"}))]),
            "row 1: the column `text` is missing; give it a value, or null where there is none"
        );
        assert_eq!(
            refused(&[row(json!({"id": " ", "text": "t"}))]),
            "row 1: the key column `id` is empty; `input.key` names the column that identifies a row"
        );
        assert!(refused(&[good.clone(), row(json!({"id": "1", "text": "u"}))]).contains("row 1 has the key \"1\" too"));
        assert_eq!(door.submit(&[], false).err(), Some(Refused::NoRows));
        assert_eq!(door.submit(&tickets(0..5), false).err(), Some(Refused::TooMany { given: 5, most: 4 }));
        door.close();
        assert_eq!(door.submit(&[good], true).err(), Some(Refused::Draining));
    })
    .unwrap();
    assert_eq!((summary.rows.accepted, number(&project, "SELECT count(*) FROM input_row")), (0, 0));
    assert_sound(&project);
}

#[test]
fn a_full_queue_is_said_and_closing_the_door_decides_what_was_accepted() {
    let mut project = Project::new();
    project.set("llm.sample.latency_ms", "30");
    let (summary, results) = serve(&options(&project, 10), |_, door| {
        let accepted = door.submit(&tickets(0..10), false).unwrap();
        let full = door.submit(&tickets(10..11), true).err();
        assert!(matches!(full, Some(Refused::Full { retry_after }) if retry_after >= Duration::from_secs(1)));
        door.close();
        let mut results = accepted.results();
        let mut all = 0;
        while results.next_blocking().unwrap().is_some() {
            all += 1;
        }
        all
    })
    .unwrap();
    assert_eq!((summary.rows.accepted, results, summary.pending), (10, 10, 0));
}

#[test]
fn steps_that_fan_out_answer_with_all_that_a_row_became() {
    let mut project = Project::new();
    project.write(
        "list.json",
        r#"{"type": "object", "properties": {"parts": {"type": "array", "items": {"type": "string", "maxLength": 9},
            "minItems": 2, "maxItems": 3}}, "required": ["parts"]}"#,
    );
    project.write("list.yaml", "name: list\nuser: 'List {{ row.text }}: {{ llm_schema }}'\n");
    project.write("part.yaml", "name: part\nuser: 'Sort {{ item }}: {{ llm_schema }}'\n");
    project.set(
        "steps",
        "[{name: list, prompts: {generation: list.yaml}, schema: {path: list.json}}, \
          {name: part, each: element of list.parts, prompts: {generation: part.yaml}, schema: {path: schema.json}}]",
    );
    let (_, ()) = serve(&options(&project, 100), |task, door| {
        assert!(task.makes_several);
        let (id, results) = ask(&door, &tickets(0..5), false);
        for result in &results {
            assert_eq!(result.status, WorkStatus::Accepted);
            let outputs = result.output.as_ref().and_then(Value::as_array).map_or(0, Vec::len);
            assert!(outputs >= 2 && outputs == result.items.len());
        }
        let again = ask(&door, &tickets(0..5), false).1;
        assert!(again.iter().zip(&results).all(|(again, first)| again.from_record && again.output == first.output));
        let changed = one(&door, json!({"id": "0", "text": "other"}));
        assert_eq!((changed.status, changed.from_record), (WorkStatus::Accepted, false));
        assert_eq!(task.record.batch(&id).unwrap().unwrap().counts.accepted, 5);
    })
    .unwrap();
    assert_sound(&project);
    // Another prompt asks only what comes again.
    project.write("part.yaml", "name: part\nuser: 'Sort {{ item }} well: {{ llm_schema }}'\n");
    let (_, ()) = serve(&options(&project, 100), |_, door| {
        assert!(!one(&door, json!({"id": "1", "text": "text 1"})).from_record);
        assert!(one(&door, json!({"id": "1", "text": "text 1"})).from_record);
    })
    .unwrap();
    assert_sound(&project);
}

#[test]
fn a_service_and_a_run_keep_to_run_files_of_their_own() {
    let mut project = Project::new();
    serve(&options(&project, 10), |_, door| one(&door, json!({"id": "1", "text": "t"}))).unwrap();
    project.run();
    let over = |db: PathBuf| LiveOptions {
        run: engine::RunOptions { db: Some(db), ..project.options() },
        ..options(&project, 10)
    };
    let error = serve(&over(project.db()), |_, _| ()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("holds a run over a table"), "{error}");
    let error = engine::run(&over(service_db(&project)).run, &mut |_| {}).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("is the run file of a service") && error.is_usage(), "{error}");
    project.write("input.csv", "id,text\na,b\n");
    let error = serve(&options(&project, 10), |_, _| ()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("have the columns id, text, remark with the key id"), "{error}");
    project.set("grouping", "{column: text}");
    let error = serve(&options(&project, 10), |_, _| ()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("groups of rows") && error.is_usage(), "{error}");
    assert_sound(&project);
}

#[test]
fn without_a_table_rows_have_the_columns_that_are_named_and_read() {
    let mut project = Project::new();
    fs::remove_file(project.path("input.csv")).unwrap();
    project.set("input.required_columns", "[remark]");
    let (_, ()) = serve(&options(&project, 10), |task, door| {
        assert_eq!(task.columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["id", "remark", "text"]);
        assert!(one(&door, json!({"id": "1", "text": "t", "remark": null})).output.is_some());
    })
    .unwrap();
    assert_sound(&project);
}

#[test]
fn a_budget_that_is_reached_refuses_rows_and_they_stay_open() {
    let mut project = Project::new();
    project.set("budget.max_requests", "3");
    let stays = LiveOptions { stays: true, ..options(&project, 10) };
    let (summary, refused) = serve(&stays, |_, door| {
        let mut results = door.submit(&tickets(0..6), false).unwrap().results();
        let mut decided = 0;
        let why = loop {
            match results.next_blocking() {
                Ok(Some(_)) => decided += 1,
                Ok(None) => panic!("all were decided"),
                Err(why) => break why,
            }
        };
        assert_eq!(decided, 3);
        // It is looked up on record first, where it is not.
        let late = door.submit(&tickets(7..8), true).map_or_else(Some, |ticket| ticket.accepted_blocking().err());
        assert_eq!(late.as_ref(), Some(&why));
        why
    })
    .unwrap();
    assert!(matches!(&refused, Refused::Halted { retry_after: None, .. }), "{refused}");
    assert_eq!((summary.pending, summary.budget.is_some()), (3, true));
    assert_sound(&project);
    project.set("budget.max_requests", "30");
    let (summary, ()) = serve(&options(&project, 10), |_, _| ()).unwrap();
    assert_eq!((summary.calls, summary.pending), (3, 0));
    assert_sound(&project);
}

#[test]
fn a_row_that_failed_is_tried_again_when_it_comes_again() {
    let mut project = Project::new();
    project.set("llm.provider", "function").set("llm.model", "m");
    let good = ModelFunction::new(|_| Ok(Completion::of_text(ANSWER.to_owned(), Finish::Stop, None)));
    let bad = ModelFunction::new(|_| Ok(Completion::of_text("no".to_owned(), Finish::Stop, None)));
    let with = |project: &Project, function: &ModelFunction| LiveOptions {
        run: engine::RunOptions { function: Some(function.clone()), ..project.options() },
        ..options(project, 10)
    };
    let (_, failed) = serve(&with(&project, &bad), |_, door| one(&door, json!({"id": "1", "text": "t"}))).unwrap();
    assert_eq!(failed.status, WorkStatus::Failed);
    assert!(failed.failure.is_some() && failed.output.is_none());
    let (_, again) = serve(&with(&project, &good), |_, door| one(&door, json!({"id": "1", "text": "t"}))).unwrap();
    // All of its attempts are used up: the same row has the same answer, until more are allowed.
    assert_eq!((again.status, again.from_record), (WorkStatus::Failed, true));
    assert_sound(&project);
    project.set("llm.retries", "4");
    let (_, again) = serve(&with(&project, &good), |_, door| one(&door, json!({"id": "1", "text": "t"}))).unwrap();
    assert_eq!((again.status, again.from_record), (WorkStatus::Accepted, false));
    assert_sound(&project);
}

/// The variable that makes a child of the test below, and names its folder.
const CHILD: &str = "CASEBOOK_LIVE_CHILD";

#[test]
fn what_a_killed_process_has_accepted_is_decided_by_the_next() {
    if let Ok(folder) = std::env::var(CHILD) {
        let config = PathBuf::from(&folder).join("casebook.yaml");
        let overrides = vec![("llm.sample.latency_ms".to_owned(), "600000".to_owned())];
        let run = engine::RunOptions { config, overrides, ..engine::RunOptions::default() };
        let options = LiveOptions { run, command: "serve", queue: 100, stays: true };
        let _ = serve(&options, move |_, door| {
            let (id, mut results) = door.submit(&tickets(0..9), false).unwrap().accepted_blocking().unwrap();
            fs::write(PathBuf::from(&folder).join("accepted.tmp"), id.to_string()).unwrap();
            fs::rename(PathBuf::from(&folder).join("accepted.tmp"), PathBuf::from(&folder).join("accepted")).unwrap();
            let _ = results.next_blocking();
        });
        return;
    }
    let project = Project::new();
    let test = "live::what_a_killed_process_has_accepted_is_decided_by_the_next";
    let mut child = Command::new(std::env::current_exe().unwrap());
    let child = child.args(["--exact", test]).env(CHILD, project.dir()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    let (began, accepted) = (Instant::now(), project.path("accepted"));
    while !accepted.exists() && began.elapsed() < AMPLE {
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let id = project.read("accepted");
    let (summary, state) = serve(&options(&project, 100), move |task, door| {
        // What is asked again joins what is open.
        let (_, results) = ask(&door, &tickets(0..9), false);
        assert!(results.iter().all(|it| it.status == WorkStatus::Accepted));
        task.record.batch(&id).unwrap().unwrap()
    })
    .unwrap();
    assert_eq!((state.rows, state.counts.accepted, summary.pending), (9, 9, 0));
    assert_eq!(number(&project, "SELECT count(*) FROM invocation WHERE status = 'killed'"), 1);
    assert_sound(&project);
}
