//! The library: a batch of Rust values runs as the command does, goes on where it was, and says what is wrong.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use casebook::inside::engine;
use casebook::{Batch, Error, ItemResult, JsonSchema, Llm, Outcome, Progress, Request, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::projects::Project;
use crate::support::{open, texts};

#[path = "../../examples/ocr_pages/main.rs"]
#[expect(dead_code, reason = "an example has a `main`")]
mod ocr_pages;
#[path = "../../examples/page_images/main.rs"]
#[expect(dead_code, reason = "an example has a `main`")]
mod page_images;
#[path = "../../examples/quiet_day/main.rs"]
#[expect(dead_code, reason = "an example has a `main`")]
mod quiet_day;
#[path = "../../examples/two_stages/main.rs"]
#[expect(dead_code, reason = "an example has a `main`")]
mod two_stages;

/// A thing to ask about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Page {
    number: u32,
    text: String,
    weight: f64,
}

/// What is said of it.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Reading {
    /// What the page is called.
    title: String,
    /// How sure that is.
    sure: bool,
}

fn pages(texts: &[&str]) -> Vec<Page> {
    (1..).zip(texts).map(|(number, text)| Page { number, text: (*text).to_owned(), weight: 0.1 }).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "it is a request builder, which may leave items out")]
fn ask(page: &Page) -> Option<Request> {
    Some(Request::new(format!("Read: {}", page.text)).system("You read.").data(page.number))
}

/// A folder with the run file of a batch.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn db(&self) -> PathBuf {
        self.0.path().join("pages.db")
    }

    fn batch<'a>(&self, pages: &[Page]) -> Batch<'a> {
        self.asking(pages, ask)
    }

    fn asking<'a>(&self, pages: &[Page], request: impl Fn(&Page) -> Option<Request> + Send + Sync + 'a) -> Batch<'a> {
        let batch = Batch::builder().items(pages.to_vec(), request).schema::<Reading>();
        batch.llm(Llm::new("sample").max_workers(2)).run_file(self.db())
    }

    /// Runs a batch and returns what its handler was told, by the items' places.
    fn run(batch: Batch<'_>) -> (Summary, BTreeMap<u64, ItemResult>) {
        let mut told = BTreeMap::new();
        let summary = batch
            .on_result(|result| {
                assert!(told.insert(result.index.unwrap(), result).is_none(), "told twice");
                Ok(())
            })
            .run()
            .unwrap_or_else(|error| panic!("{error}; {:?}", error.hint()));
        (summary, told)
    }

    fn list(&self, query: &str) -> Vec<String> {
        texts(&open(&self.db()), query)
    }

    fn assert_sound(&self) {
        let verified = engine::verify(&self.db(), true).unwrap();
        assert!(verified.is_sound(), "{verified:?}");
    }
}

#[test]
fn results_come_with_their_items_and_are_on_record() {
    let desk = Desk::new();
    let items = pages(&["one", "two", "three"]);
    let mut stages = Vec::new();
    let (summary, told) = Desk::run(desk.batch(&items).progress(|progress| {
        if let Progress::Stage { stage, .. } = progress {
            stages.push(stage.to_string());
        }
    }));
    assert!(summary.is_complete());
    assert_eq!((summary.planned, summary.completed, summary.calls, summary.from_record), (3, 3, 3, 0));
    assert!(summary.cost_usd.abs() < f64::EPSILON && summary.unpriced_calls == 0);
    assert_eq!(stages, ["contract", "ingest", "plan", "generate", "export"]);
    for (index, item) in (0..).zip(&items) {
        let result = &told[&index];
        assert_eq!(result.item_as::<Page>().unwrap(), *item);
        assert_eq!(result.data_as::<u32>().unwrap(), item.number);
        let reading: Reading = result.output_as().unwrap();
        assert_eq!(result.output().unwrap()["title"], reading.title.as_str());
        assert_eq!((result.step.as_str(), result.attempts, result.from_record), ("generate", 1, false));
        assert_eq!((result.usage.calls, result.usage.cost_usd), (1, Some(0.0)));
    }
    let recorded = desk.list("SELECT work_id || ' ' || title FROM results ORDER BY row_index");
    let titles = told.values().map(|it| format!("{} {}", it.work_id, it.output().unwrap()["title"].as_str().unwrap()));
    assert_eq!(recorded, titles.collect::<Vec<_>>());
    assert_eq!(desk.list("SELECT item ->> 'number' FROM results"), ["1", "2", "3"]);
    desk.assert_sound();
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 1, "the run file alone is left");
}

#[test]
fn a_handler_is_told_of_what_is_committed() {
    let desk = Desk::new();
    let db = desk.db();
    let items = pages(&["one", "two"]);
    let mut seen = Vec::new();
    let batch = desk.batch(&items).on_result(|result| {
        let query = format!(
            "SELECT status FROM standing JOIN work_item ON work_item.id = standing.work_item WHERE work_id = '{}'",
            result.work_id
        );
        seen.extend(texts(&open(&db), &query));
        Ok(())
    });
    batch.run().unwrap();
    assert_eq!(seen, ["accepted", "accepted"]);
}

#[test]
fn what_the_record_holds_is_told_again_and_not_asked_again() {
    let desk = Desk::new();
    let (_, first) = Desk::run(desk.batch(&pages(&["one", "two"])));
    let (summary, second) = Desk::run(desk.batch(&pages(&["one", "two", "three"])));
    assert_eq!((summary.planned, summary.completed, summary.calls), (3, 3, 1));
    let known: Vec<bool> = second.values().map(|it| it.from_record).collect();
    assert_eq!(known, [true, true, false]);
    assert_eq!(first[&1].output(), second[&1].output());
    assert_eq!(first[&1].work_id, second[&1].work_id);
    desk.assert_sound();
}

#[test]
fn another_wording_asks_again_about_the_same_work_items() {
    let desk = Desk::new();
    let items = pages(&["one", "two"]);
    let (_, first) = Desk::run(desk.batch(&items));
    let reworded = |page: &Page| Some(Request::new(format!("Look at {}", page.text)).system("You read."));
    let (summary, second) = Desk::run(desk.asking(&items, reworded));
    assert_eq!(summary.calls, 2);
    assert_eq!(first[&0].work_id, second[&0].work_id);
    // And the first wording is still on the tape.
    let (summary, third) = Desk::run(desk.batch(&items));
    assert_eq!(summary.calls, 0);
    assert!(third.values().all(|it| it.from_record));
    assert_eq!(first[&0].output(), third[&0].output());
    desk.assert_sound();
}

#[test]
fn a_handler_that_fails_stops_the_run_and_the_next_run_goes_on() {
    let desk = Desk::new();
    let texts: Vec<String> = (0..40).map(|number| format!("page {number}")).collect();
    let items = pages(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let mut told = 0;
    let error = desk
        .batch(&items)
        .on_result(|_| {
            told += 1;
            if told == 3 { Err("the disk of the handler is full".into()) } else { Ok(()) }
        })
        .run()
        .unwrap_err();
    assert!(matches!(&error, Error::Handler(_)), "{error:?}");
    assert_eq!(error.source().unwrap().to_string(), "the disk of the handler is full");
    assert_eq!(told, 3, "nobody is told after that");
    let calls = || desk.list("SELECT count(*) FROM response WHERE outcome = 'answered'")[0].parse::<u64>().unwrap();
    let before = calls();
    assert!((3..40).contains(&before), "{before}");
    let status = desk.list("SELECT status FROM invocation");
    assert_eq!(status, ["failed"]);
    let (summary, told) = Desk::run(desk.batch(&items));
    assert_eq!((told.len(), summary.completed, summary.calls), (40, 40, 40 - before));
    assert_eq!(told.values().filter(|it| it.from_record).count() as u64, before);
    desk.assert_sound();
}

#[test]
fn a_run_that_breaks_off_in_the_middle_goes_on() {
    let desk = Desk::new();
    let items = pages(&["one", "two", "three", "four", "five", "six"]);
    let broken = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let handler = |result: ItemResult| {
            assert!(result.index.is_none(), "the handler breaks off");
            Ok(())
        };
        drop(desk.batch(&items).on_result(handler).run());
    }));
    assert!(broken.is_err(), "a panic of the handler's is the caller's");
    let done = desk.list("SELECT count(*) FROM response WHERE outcome = 'answered'")[0].parse::<u64>().unwrap();
    assert!(done > 0);
    let (summary, told) = Desk::run(desk.batch(&items));
    assert_eq!((told.len(), summary.completed, summary.calls), (6, 6, 6 - done));
    desk.assert_sound();
}

#[test]
fn equal_items_are_work_items_of_their_own_and_share_a_call() {
    let desk = Desk::new();
    let page = Page { number: 1, text: "same".to_owned(), weight: 1.0 };
    let items = [page.clone(), page.clone(), page];
    let (summary, told) = Desk::run(desk.batch(&items));
    assert_eq!((summary.completed, summary.calls), (3, 1));
    assert_eq!(told.len(), 3);
    let ids: Vec<&str> = told.values().map(|it| it.work_id.as_str()).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    assert_eq!(told.values().map(|it| it.usage.calls).sum::<u64>(), 1, "the call counts once");
    let (summary, told) = Desk::run(desk.batch(&items[..2]));
    assert_eq!((summary.planned, summary.calls), (2, 0));
    assert_eq!(told.values().map(|it| it.work_id.as_str()).collect::<Vec<_>>(), ids[..2], "in their order");
    desk.assert_sound();
}

#[test]
fn items_without_a_request_are_skipped_and_said_so() {
    let desk = Desk::new();
    let items = pages(&["one", "", "three"]);
    let ask_some = |page: &Page| if page.text.is_empty() { None } else { ask(page) };
    for calls in [2, 0] {
        let (summary, told) = Desk::run(desk.asking(&items, ask_some));
        assert_eq!((summary.planned, summary.completed, summary.skipped, summary.calls), (3, 2, 1, calls));
        assert!(summary.is_complete());
        let Outcome::Skipped { reason } = &told[&1].outcome else { panic!("{:?}", told[&1]) };
        assert_eq!(reason, "`when` is not true: row.request == 'made'");
        assert_eq!(told[&1].item_as::<Page>().unwrap(), items[1]);
        assert!(matches!(told[&1].output_as::<Reading>(), Err(Error::NoOutput { .. })));
    }
    assert_eq!(desk.list("SELECT status, reason FROM held_back").len(), 1);
    // Later there is something to ask about it.
    let (summary, _) = Desk::run(desk.batch(&items));
    assert_eq!((summary.completed, summary.skipped, summary.calls), (3, 0, 1));
    desk.assert_sound();
}

#[test]
fn texts_are_sent_as_they_are() {
    let desk = Desk::new();
    let user = "{{ row.id }} {% if x %} {# no #}  two  spaces\n\nNone\n";
    let system = "{% raw %}{{ 1 }}{{{# #}\n";
    let ask = |it: &&str| match *it {
        "own" => Some(Request::new(user).system(" own {{ it }}")),
        _ => Some(Request::new("NaN")),
    };
    let batch = |things: &[&'static str]| {
        let batch = Batch::builder().system(system).items(things.to_vec(), ask).schema::<Reading>();
        batch.llm(Llm::new("sample")).run_file(desk.db())
    };
    batch(&["own", "other"]).run().unwrap();
    let said = |role: &str| {
        desk.list(&format!("SELECT DISTINCT content FROM messages WHERE role = '{role}' ORDER BY content"))
    };
    assert_eq!(said("user"), ["NaN", user]);
    assert_eq!(said("system"), [" own {{ it }}", system]);
    // The one system message of all is the same text, whether or not some have their own.
    let summary = batch(&["other"]).run().unwrap();
    assert_eq!(summary.calls, 0);
    desk.assert_sound();
}

#[test]
fn what_fails_says_how() {
    let desk = Desk::new();
    let table = desk.0.path().join("answers.csv");
    fs::write(
        &table,
        "page,answer\none,\"{\"\"title\"\":\"\"One\"\",\"\"sure\"\":true}\"\ntwo,\"{\"\"title\"\":2}\"\n",
    )
    .unwrap();
    let recorded = json!({
        "path": table, "match": {"page": "{{ row.user }}"}, "answer": "{{ record.answer }}",
    });
    let ask = |page: &Page| Some(Request::new(page.text.as_str()));
    let llm = Llm::new("recorded").set("recorded", recorded).set("retries", 0);
    let (summary, told) = Desk::run(desk.asking(&pages(&["one", "two", "three"]), ask).llm(llm));
    assert_eq!((summary.completed, summary.failed), (1, 2));
    assert!(!summary.is_complete());
    assert_eq!(told[&0].output_as::<Reading>().unwrap(), Reading { title: "One".to_owned(), sure: true });
    assert!(matches!(told[&0].output_as::<Vec<u8>>(), Err(Error::Type { what: "output", .. })));
    let failure = |index: u64| match &told[&index].outcome {
        Outcome::Failed(failure) => failure.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(failure(1).kind, "invalid_schema");
    assert_eq!(failure(1).answer.as_deref(), Some("{\"title\":2}"));
    assert!(failure(1).message.contains("sure"), "{:?}", failure(1));
    assert_eq!(failure(2).kind, "no_record");
}

/// What would be shown of a picture: its signature is all that anyone here looks at.
fn png(path: &Path, name: &str) {
    fs::write(path.join(name), [b"\x89PNG\r\n\x1a\n", name.as_bytes()].concat()).unwrap();
}

#[test]
fn images_are_part_of_the_request_and_fail_alone() {
    let desk = Desk::new();
    let scans = desk.0.path().join("scans");
    fs::create_dir(&scans).unwrap();
    png(&scans, "1.png");
    png(&scans, "2 b.png");
    let batch = || {
        let ask = |names: &Vec<&str>| Some(names.iter().fold(Request::new("Read."), |it, name| it.image(*name)));
        let names = [vec!["1.png", "2 b.png"], vec!["none.png"], vec![], vec!["../pages.db"]];
        let batch = Batch::builder().items(names, ask).schema::<Reading>().images_dir(&scans);
        batch.llm(Llm::new("sample")).run_file(desk.db())
    };
    let (summary, told) = Desk::run(batch());
    assert_eq!((summary.completed, summary.failed), (2, 2));
    for index in [1, 3] {
        assert!(matches!(&told[&index].outcome, Outcome::Failed(it) if it.kind == "image_error"), "{:?}", told[&index]);
    }
    assert_eq!(desk.list("SELECT count(*) FROM image"), ["2"]);
    assert_eq!(Desk::run(batch()).0.calls, 0);
    // Another picture under the name is another request.
    png(&scans, "1.png");
    fs::write(scans.join("1.png"), b"\x89PNG\r\n\x1a\nelse").unwrap();
    assert_eq!(Desk::run(batch()).0.calls, 1);
    desk.assert_sound();
}

#[test]
fn what_does_not_serialise_is_named_and_nothing_is_written() {
    let desk = Desk::new();
    let batch = |items: Vec<Value>, request: fn(&Value) -> Option<Request>| {
        let batch = Batch::builder().items(items, request).schema::<Reading>();
        batch.llm(Llm::new("sample")).run_file(desk.db())
    };
    let no_json = || HashMap::from([((1, 2), 3)]);
    let items = Batch::builder().items([no_json()], |_| None).schema::<Reading>().run_file(desk.db());
    let error = items.run().unwrap_err();
    assert_eq!(error.to_string(), "item 0 does not serialise to JSON");
    assert!(error.source().unwrap().to_string().contains("key must be a string"), "{:?}", error.source());
    let bad_data = |item: &Value| {
        let request = Request::new("x");
        Some(if item == 2 { request.data(HashMap::from([((1, 2), 3)])) } else { request })
    };
    let error = batch(vec![json!(1), json!(2)], bad_data).run().unwrap_err();
    assert!(matches!(error, Error::Item { index: 1, .. }), "{error:?}");
    let bad_image = |_: &Value| Some(Request::new("x").image("a\nb.png"));
    let error = batch(vec![json!(1)], bad_image).run().unwrap_err();
    assert!(error.to_string().contains("an image cannot be called `a\\nb.png`"), "{error}");
    let mixed = |item: &Value| Some(if item == 2 { Request::new("x").system("y") } else { Request::new("x") });
    let error = batch(vec![json!(1), json!(2)], mixed).run().unwrap_err();
    assert_eq!(error.to_string(), "1 requests have a system message, and 1 have none");
    assert!(!desk.db().exists());
}

#[test]
fn what_cannot_run_says_why_before_anything_is_written() {
    let desk = Desk::new();
    let items = pages(&["one"]);
    let error = Batch::builder().run().unwrap_err();
    assert_eq!(error.to_string(), "the batch cannot run: there is neither a configuration file nor items");
    let error = Batch::builder().items([1], |_| Some(Request::new("x"))).run_file(desk.db()).run().unwrap_err();
    assert!(error.to_string().contains("no schema"), "{error}");
    let error = desk.batch(&items).config("casebook.yaml").run().unwrap_err();
    assert!(error.to_string().contains("and items too"), "{error}");
    let error = desk.batch(&items).llm(json!({"modle": "m"})).run().unwrap_err();
    assert_eq!(error.to_string(), "unknown key `llm.modle`");
    assert_eq!(error.hint().unwrap(), "did you mean `llm.model`?");
    let error = desk.batch(&items).set("llm", json!("sample")).run().unwrap_err();
    assert!(matches!(&error, Error::Run(_)), "{error:?}");
    assert_eq!(error.to_string(), "`llm`: there is no model `sample` in `models`");
    let error = desk.batch(&items).schema_json(json!({"type": "string"})).run().unwrap_err();
    assert!(error.to_string().contains("an answer is always a JSON object"), "{error}");
    let unpriced = Llm::new("openai").model("nobody-knows").set("base_url", "http://127.0.0.1:9/v1");
    let error = desk.batch(&items).llm(unpriced.max_output_tokens(10)).max_cost(1.0).run().unwrap_err();
    assert!(error.to_string().contains("no price is known"), "{error}");
    assert!(!desk.db().exists());
}

#[test]
fn a_configuration_file_runs_as_the_command_runs_it() {
    let project = Project::new();
    let run = || {
        let mut rows = Vec::new();
        let batch =
            Batch::builder().config(project.path("casebook.yaml")).set("run.seed", 8).llm(json!({"retries": 2}));
        let summary = batch.on_result(|result| {
            rows.push((
                result.item["id"].clone(),
                result.output_as::<Value>()?["label"].is_string(),
                result.from_record,
            ));
            Ok(())
        });
        let summary = summary.run().unwrap();
        rows.sort_by_key(|(id, ..)| id.to_string());
        (summary, rows)
    };
    let (summary, rows) = run();
    assert_eq!((summary.completed, summary.run_file), (6, project.db()));
    assert_eq!(rows.first(), Some(&(json!("a"), true, false)));
    // The command finds everything on record, and the library what the command has done.
    let ended = project.casebook(&["run", "casebook.yaml", "--set", "run.seed=8", "--set", "llm.retries=2"]);
    assert!(ended.stderr.contains("no call was made"), "{}", ended.stderr);
    assert!(run().1.iter().all(|(.., from_record)| *from_record));
    for batch in [Batch::builder().schema::<Reading>(), Batch::builder().system("x")] {
        let error = batch.config(project.path("casebook.yaml")).run().unwrap_err();
        assert!(matches!(error, Error::Builder(_)), "{error:?}");
    }
    let error = Batch::builder().config(project.path("none.yaml")).run().unwrap_err();
    assert!(error.to_string().contains("cannot read the configuration"), "{error}");
}

#[test]
fn results_of_several_steps_say_which_they_are_of() {
    let project = Project::new();
    project.edit(
        "casebook.yaml",
        "outputs:",
        "steps:\n  - {name: first}\n  - name: second\n    each: output of first\n    \
                  rule: {shout: item.label | upper}\noutputs:",
    );
    project.edit("casebook.yaml", "schema: {path: schema.json}\n", "");
    project.edit("casebook.yaml", "{name: first}", "{name: first, schema: {path: schema.json}}");
    for from_record in [false, true] {
        let mut told: BTreeMap<(u64, String), ItemResult> = BTreeMap::new();
        let batch = Batch::builder().config(project.path("casebook.yaml")).on_result(|result| {
            told.insert((result.index.unwrap(), result.step.clone()), result);
            Ok(())
        });
        let summary = batch.run().unwrap();
        assert_eq!((summary.completed, told.len()), (12, 12));
        for index in 0..6 {
            let (first, second) = (&told[&(index, "first".to_owned())], &told[&(index, "second".to_owned())]);
            assert_eq!((first.from_record, second.from_record), (from_record, from_record));
            assert_eq!(
                second.output().unwrap()["shout"],
                first.output().unwrap()["label"].as_str().unwrap().to_uppercase()
            );
        }
    }
}

#[test]
fn it_runs_inside_of_a_runtime() {
    let desk = Desk::new();
    let items = pages(&["one", "two"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let summary = runtime.block_on(async { desk.batch(&items).run() }).unwrap();
    assert_eq!(summary.completed, 2);
    let batch = desk.batch(&items);
    let running = runtime.spawn_blocking(move || batch.run());
    assert_eq!(runtime.block_on(running).unwrap().unwrap().calls, 0);
}

#[test]
fn a_limit_and_a_rehearsal_hold() {
    let desk = Desk::new();
    let items = pages(&["one", "two", "three"]);
    let llm = Llm::new("openai").model("m").set("base_url", "http://127.0.0.1:9/v1").set("api_key_env", "NO_SUCH_KEY");
    let rehearsal = || desk.batch(&items).llm(llm.clone()).rehearse();
    let summary = rehearsal().limit(2).run().unwrap();
    assert_eq!((summary.completed, summary.pending, summary.calls), (2, 1, 2));
    let summary = rehearsal().set("budget.max_requests", 2).run().unwrap();
    assert_eq!((summary.pending, summary.calls), (1, 0));
    assert!(summary.budget.is_some());
}

#[test]
fn the_examples_run_and_run_again_for_nothing() {
    let desk = Desk::new();
    for calls in [3, 0] {
        let (summary, said) = ocr_pages::read_pages(&desk.0.path().join("ocr.db")).unwrap();
        assert_eq!((summary.completed, summary.failed, summary.calls), (3, 1, calls));
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        assert_eq!(
            said,
            [
                "page_0001: 5 words on 40 x 12 points, \"Invoice 2041\"",
                "page_0002: 4 words on 40 x 12 points, \"Delivery note\"",
                "page_0003: failed (request_error): the page is blank",
                "page_0004: 3 words on 40 x 12 points, \"Receipt\"",
            ]
        );
    }
    for calls in [(3, 0), (0, 0)] {
        let [sorted, replies] = quiet_day::answer_tickets(desk.0.path()).unwrap();
        assert_eq!((sorted.completed, sorted.calls), (3, calls.0));
        assert_eq!((replies.planned, replies.calls, replies.is_complete()), (0, calls.1, true));
    }
    for calls in [3, 0] {
        let summary = page_images::read_pages(&desk.db(), page_images::recorded()).unwrap();
        assert_eq!((summary.completed, summary.calls), (3, calls));
    }
    assert_eq!(desk.list("SELECT kind FROM results ORDER BY row_index"), ["invoice", "delivery_note", "receipt"]);
    desk.assert_sound();
    for _ in 0..2 {
        let replies = two_stages::answer_tickets(desk.0.path(), &two_stages::recorded()).unwrap();
        assert_eq!(replies.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [2]);
    }
}
