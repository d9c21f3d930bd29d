//! The library's request builder: what it may return and set, on how many threads it runs, and what identifies items.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use casebook::inside::engine;
use casebook::{Batch, Error, IntoRequest, ItemResult, Llm, Message, Outcome, Progress, Request, Summary};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::projects::Project;
use crate::support::{Act, Server, open, texts};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Page {
    number: u32,
    text: String,
}

fn pages(texts: &[&str]) -> Vec<Page> {
    (1..).zip(texts).map(|(number, text)| Page { number, text: (*text).to_owned() }).collect()
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]})
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

    fn batch<'a, R: IntoRequest + 'a>(
        &self,
        pages: &[Page],
        request: impl Fn(&Page) -> R + Send + Sync + 'a,
    ) -> Batch<'a> {
        Batch::builder()
            .items(pages.to_vec(), request)
            .schema_json(schema())
            .llm(Llm::new("sample"))
            .run_file(self.db())
    }

    fn run(batch: Batch<'_>) -> (Summary, BTreeMap<u64, ItemResult>) {
        let mut told = BTreeMap::new();
        let batch = batch.on_result(|result| {
            assert!(told.insert(result.index.unwrap(), result).is_none(), "told twice");
            Ok(())
        });
        let summary = batch.run().unwrap_or_else(|error| panic!("{error}; {:?}", error.hint()));
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

/// The kind and the message of a failed work item.
fn failure(result: &ItemResult) -> (&str, &str) {
    match &result.outcome {
        Outcome::Failed(failure) => (&failure.kind, &failure.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_of_the_builder_fails_its_item_alone() {
    let desk = Desk::new();
    let pages = pages(&["one", "broken", "", "four"]);
    let broken = AtomicU64::new(1);
    let ask = |page: &Page| -> Result<Option<Request>, std::io::Error> {
        match page.text.as_str() {
            "" => Ok(None),
            "broken" if broken.load(Ordering::Relaxed) == 1 => Err(std::io::Error::other("the scan is torn")),
            text => Ok(Some(Request::new(text))),
        }
    };
    for calls in [2, 0] {
        let (summary, told) = Desk::run(desk.batch(&pages, ask));
        assert_eq!((summary.completed, summary.failed, summary.skipped, summary.calls), (2, 1, 1, calls));
        assert_eq!(failure(&told[&1]), ("request_error", "the scan is torn"));
        assert_eq!(told[&1].usage.calls, 0);
        assert!(matches!(told[&2].outcome, Outcome::Skipped { .. }));
    }
    assert_eq!(desk.list("SELECT kind || ': ' || message FROM failures"), ["request_error: the scan is torn"]);
    assert_eq!(desk.list("SELECT request FROM results ORDER BY row_index"), ["made", "error", "none", "made"]);
    desk.assert_sound();
    // The builder is asked again by the next run.
    broken.store(0, Ordering::Relaxed);
    let (summary, told) = Desk::run(desk.batch(&pages, ask));
    assert_eq!((summary.completed, summary.failed, summary.calls), (3, 0, 1));
    assert!(told[&0].from_record && !told[&1].from_record);
    desk.assert_sound();
}

#[test]
fn a_builder_that_panics_fails_its_item_alone() {
    let desk = Desk::new();
    for threads in [1, 3] {
        let ask = |page: &Page| {
            assert_ne!(page.text, "two", "no such page");
            Request::new(page.text.as_str())
        };
        let (summary, told) = Desk::run(desk.batch(&pages(&["one", "two", "three"]), ask).prepare_threads(threads));
        assert_eq!((summary.completed, summary.failed), (2, 1));
        let (kind, message) = failure(&told[&1]);
        assert_eq!(kind, "request_error");
        assert!(message.starts_with("the request builder panicked: ") && message.contains("no such page"), "{message}");
    }
    desk.assert_sound();
}

#[test]
fn requests_are_made_on_several_threads_in_the_order_of_the_items() {
    let texts: Vec<String> = (0..200).map(|number| format!("page {number}")).collect();
    let pages = pages(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let mut ids = Vec::new();
    for threads in [0, 1, 4] {
        let desk = Desk::new();
        let used = Mutex::new(std::collections::HashSet::new());
        let mut seen = Vec::new();
        let ask = |page: &Page| {
            used.lock().unwrap().insert(std::thread::current().id());
            // The first of each ten is the last to be ready.
            if threads > 1 && page.number % 10 == 1 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            Request::new(page.text.as_str()).carry(page.number)
        };
        let batch = desk.batch(&pages, ask).prepare_threads(threads).progress(|progress| {
            if let Progress::Preparing(preparing) = progress {
                seen.push(*preparing);
            }
        });
        let (summary, told) = Desk::run(batch);
        assert_eq!(summary.completed, 200);
        for (index, result) in &told {
            assert_eq!(result.item_as::<Page>().unwrap(), pages[usize::try_from(*index).unwrap()]);
            assert_eq!(result.carried::<u32>(), Some(&pages[usize::try_from(*index).unwrap()].number));
        }
        let last = seen.last().unwrap();
        assert_eq!((last.done, last.total), (200, Some(200)));
        assert!(seen.is_sorted_by_key(|it| it.done));
        assert_eq!(used.lock().unwrap().len() > 1, threads > 1);
        ids.push(told.into_values().map(|it| it.work_id).collect::<Vec<_>>());
    }
    assert!(ids.iter().all(|it| *it == ids[0]));
}

/// An item that is no JSON.
struct Odd;
impl Serialize for Odd {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("no JSON")
    }
}

#[test]
fn an_error_ends_the_preparation_on_threads_too() {
    let desk = Desk::new();
    let ask = |page: &Page| Request::new("x").image(if page.number == 7 { "a\nb" } else { "a" });
    let error = desk.batch(&pages(&["x"; 100]), ask).prepare_threads(4).run().unwrap_err();
    assert!(matches!(error, Error::Request { index: 6, .. }), "{error:?}");
    // What is no concern of the builder's is the caller's.
    let odd = Batch::builder().items([(); 50].map(|()| Odd), |_| Request::new("x")).schema_json(schema());
    let odd = odd.llm(Llm::new("sample")).run_file(desk.db()).prepare_threads(4);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| odd.run())).is_err());
    assert!(!desk.db().exists());
}

#[test]
fn a_value_of_any_type_is_carried_in_each_run() {
    struct Scan(Mutex<Vec<u8>>);
    let desk = Desk::new();
    let pages = pages(&["one", "two"]);
    for from_record in [false, true] {
        let ask = |page: &Page| {
            let request = Request::new(page.text.as_str());
            if page.number == 1 { request.carry(Scan(Mutex::new(page.text.clone().into_bytes()))) } else { request }
        };
        let (_, told) = Desk::run(desk.batch(&pages, ask));
        let scan = told[&0].carried::<Scan>().unwrap();
        assert_eq!(std::mem::take(&mut *scan.0.lock().unwrap()), b"one");
        assert!(told[&0].carried::<String>().is_none() && told[&1].carried::<Scan>().is_none());
        assert_eq!(told[&0].from_record, from_record);
    }
    desk.assert_sound();
}

#[test]
fn a_key_of_ones_own_stays_with_an_edited_item() {
    let desk = Desk::new();
    let ask = |page: &Page| Request::new(page.text.as_str());
    let key = |page: &Page| format!("page_{:04}", page.number);
    let mut pages = pages(&["one", "two"]);
    let (_, first) = Desk::run(desk.batch(&pages, ask).key(key));
    assert_eq!(desk.list("SELECT id FROM results ORDER BY row_index"), ["page_0001", "page_0002"]);
    pages[1].text = "two, corrected".to_owned();
    let (summary, second) = Desk::run(desk.batch(&pages, ask).key(key));
    assert_eq!((summary.planned, summary.completed, summary.calls, summary.from_record), (2, 2, 1, 1));
    assert_eq!(first[&1].work_id, second[&1].work_id);
    assert_ne!(first[&1].output(), second[&1].output());
    assert_eq!(desk.list("SELECT count(*) FROM history"), ["3"]);
    desk.assert_sound();
    // Without the key, it is another item.
    let (summary, third) = Desk::run(desk.batch(&pages, ask));
    assert_ne!(second[&1].work_id, third[&1].work_id);
    assert_eq!(summary.calls, 0, "and its request is on record");
}

#[test]
fn keys_are_there_and_occur_once() {
    let desk = Desk::new();
    let ask = |page: &Page| Request::new(page.text.as_str());
    let pages = pages(&["one", "two", "one", "four"]);
    let error = desk.batch(&pages, ask).key(|page: &Page| page.text.clone()).run().unwrap_err();
    assert_eq!(error.to_string(), "items 0 and 2 have the same key `one`");
    assert!(error.hint().is_some());
    let error = desk.batch(&pages, ask).key(|page: &Page| page.text.replace("two", " ")).run().unwrap_err();
    assert_eq!(error.to_string(), "the key of item 1 is empty");
    let error = desk.batch(&pages, ask).key(|number: &u32| *number).run().unwrap_err();
    assert!(matches!(error, Error::Key { index: 0, .. }), "{error:?}");
    let error = Batch::builder().config("casebook.yaml").key(|item: &Value| item.to_string()).run().unwrap_err();
    assert!(matches!(error, Error::Builder(_)), "{error:?}");
    assert!(!desk.db().exists());
    // A key is a text, as it is: these are four.
    let keys = |page: &Page| ["1", "01", " 1", "1.0"][page.number as usize - 1];
    let (summary, _) = Desk::run(desk.batch(&pages, ask).key(keys));
    assert_eq!(summary.completed, 4);
    assert_eq!(desk.list("SELECT id FROM results ORDER BY row_index"), ["1", "01", " 1", "1.0"]);
    desk.assert_sound();
}

#[test]
fn no_items_are_a_summary_of_zeros() {
    let desk = Desk::new();
    let ask = |page: &Page| Request::new(page.text.as_str());
    let mut last = None;
    for _ in 0..2 {
        let batch = desk.batch(&[], ask).progress(|it| {
            if let Progress::Preparing(it) = it {
                last = Some(*it);
            }
        });
        let (summary, told) = Desk::run(batch);
        assert_eq!((summary.planned, summary.completed, summary.pending, summary.calls), (0, 0, 0, 0));
        assert!(summary.is_complete() && told.is_empty() && summary.cost() == Some(0.0));
        assert_eq!((summary.steps.len(), summary.steps[0].planned), (1, 0));
        desk.assert_sound();
    }
    assert_eq!(last.map(|it| (it.done, it.total)), Some((0, Some(0))));
    // Items come and go.
    let (summary, _) = Desk::run(desk.batch(&pages(&["one"]), ask));
    assert_eq!((summary.planned, summary.calls), (1, 1));
    let (summary, _) = Desk::run(desk.batch(&[], ask).key(|page: &Page| page.number));
    assert_eq!((summary.planned, summary.completed), (0, 0));
    let (summary, _) = Desk::run(desk.batch(&pages(&["one"]), ask));
    assert_eq!((summary.planned, summary.calls, summary.from_record), (1, 0, 1));
    desk.assert_sound();
}

/// A picture, as far as anyone here looks at it.
fn png(text: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", text.as_bytes()].concat()
}

#[test]
fn images_come_as_bytes_too() {
    let desk = Desk::new();
    std::fs::write(desk.0.path().join("file.png"), png("file")).unwrap();
    let ask = |page: &Page| {
        let request = Request::new("Read.");
        match page.number {
            1 => request.image_bytes("page.png", png("one")).image("file.png").image_bytes("page.png", png("back")),
            2 => request.image_bytes("page.png", png("two")),
            3 => request.image("file.png"),
            4 => request.image_bytes("http://page", &b"no picture"[..]),
            _ => request,
        }
    };
    let batch = || desk.batch(&pages(&["one", "two", "three", "four", "five"]), ask).images_dir(desk.0.path());
    let (summary, told) = Desk::run(batch());
    assert_eq!((summary.completed, summary.failed, summary.calls), (4, 1, 4));
    let (kind, message) = failure(&told[&3]);
    assert!(kind == "image_error" && message.contains("/http://page`"), "{message}");
    assert_eq!(desk.list("SELECT bytes FROM image ORDER BY bytes"), ["11", "11", "12", "12"]);
    let names = desk.list("SELECT replace(images, char(10), ' ') FROM results ORDER BY row_index LIMIT 2");
    assert_eq!(names, ["page.png file.png page.png", "page.png"]);
    desk.assert_sound();
    assert_eq!(Desk::run(batch()).0.calls, 0);
    // Another name of the same content is no other request.
    let renamed = |page: &Page| {
        let request = Request::new("Read.");
        if page.number == 2 {
            request.image_bytes("other.png", png("two"))
        } else {
            request.image_bytes("a", png("new"))
        }
    };
    assert_eq!(Desk::run(desk.batch(&pages(&["one", "two"]), renamed)).0.calls, 1);
    let small = desk.batch(&pages(&["one"]), |_| Request::new("x").image_bytes("a", png("a large one")));
    let (_, told) = Desk::run(small.set("images.max_bytes", 9));
    assert!(failure(&told[&0]).1.contains("more than 9 bytes"), "{:?}", told[&0]);
    desk.assert_sound();
}

/// A batch on a server.
fn asking(server: &Server) -> Llm {
    Llm::new("openai").model("small").max_output_tokens(50).set("base_url", server.base_url()).set("server", "other")
}

#[test]
fn a_request_may_have_several_messages() {
    let desk = Desk::new();
    let server = Server::with(|_| Act::says("{\"title\": \"t\"}"));
    let ask = |page: &Page| match page.number {
        1 => Request::messages([
            Message::user("{{ q }}"),
            Message::assistant("{\"title\": \"a\"}"),
            Message::user(page.text.as_str()),
        ]),
        _ => Request::new(page.text.as_str()),
    };
    let batch = || desk.batch(&pages(&["one", "two"]), ask).system("You read.").llm(asking(&server));
    let (summary, _) = Desk::run(batch());
    assert_eq!((summary.completed, summary.calls), (2, 2));
    let mut asked: Vec<Vec<(String, String)>> = server.log().iter().map(crate::support::Ask::messages).collect();
    asked.sort_by_key(|it| std::cmp::Reverse(it.len()));
    let message = |role: &str, content: &str| (role.to_owned(), content.to_owned());
    assert_eq!(
        asked[0],
        [
            message("system", "You read."),
            message("user", "{{ q }}"),
            message("assistant", "{\"title\": \"a\"}"),
            message("user", "one"),
        ]
    );
    assert_eq!(asked[1], [message("system", "You read."), message("user", "two")]);
    assert_eq!(Desk::run(batch()).0.calls, 0);
    desk.assert_sound();
    let none = desk.batch(&pages(&["one"]), |_| Request::messages([Message::assistant("a")])).run().unwrap_err();
    assert_eq!(none.to_string(), "the request of item 0: the last message is of the role `assistant`, not `user`");
}

#[test]
fn a_request_may_have_a_model_and_parameters_of_its_own() {
    let desk = Desk::new();
    let server = Server::with(|_| Act::says("{\"title\": \"t\"}"));
    let ask = |page: &Page| {
        let request = Request::new(page.text.as_str());
        match page.number {
            1 => request,
            2 => request.model("large"),
            3 => request.temperature(0.5).max_output_tokens(7).seed(11),
            4 => request.model("large").seed(12),
            _ => request.model("small"),
        }
    };
    let pages = pages(&["one", "two", "three", "four", "five"]);
    let (summary, _) = Desk::run(desk.batch(&pages, ask).llm(asking(&server)));
    assert_eq!((summary.completed, summary.calls), (5, 5));
    let mut asked: Vec<String> = server
        .log()
        .iter()
        .map(|ask| {
            let [model, warmth, most, seed] = ["model", "temperature", "max_tokens", "seed"].map(|key| &ask.body[key]);
            format!("{}: {} {warmth} {most} {seed}", ask.messages().last().unwrap().1, model.as_str().unwrap())
        })
        .collect();
    asked.sort();
    assert_eq!(
        asked,
        [
            "five: small null 50 null",
            "four: large null 50 12",
            "one: small null 50 null",
            "three: small 0.5 7 11",
            "two: large null 50 null",
        ]
    );
    desk.assert_sound();
    // Another model or parameter is another request; the rest is on record.
    let other = |page: &Page| if page.number == 1 { ask(page).seed(1) } else { ask(page) };
    let (summary, told) = Desk::run(desk.batch(&pages, other).llm(asking(&server)));
    assert_eq!((summary.completed, summary.calls), (5, 1));
    assert_eq!(told.values().filter(|it| it.from_record).count(), 4);
    desk.assert_sound();
    assert_eq!(Desk::run(desk.batch(&pages, ask).llm(asking(&server))).0.calls, 0);
}

#[test]
fn each_model_of_a_request_has_its_own_price() {
    let desk = Desk::new();
    let server = Server::with(|_| Act::says("{\"title\": \"t\"}"));
    let ask = |page: &Page| {
        let request = Request::new(page.text.as_str());
        if page.number == 2 { request.model("large") } else { request }
    };
    let price = json!({"input": 1, "cached_input": 1, "output": 1});
    let batch = || desk.batch(&pages(&["one", "two"]), ask).llm(asking(&server).set("price", price.clone()));
    let error = batch().max_cost(1.0).run().unwrap_err();
    assert!(error.to_string().contains("no price is known for `llm.model` `large`"), "{error}");
    assert!(!desk.db().exists());
    let (summary, told) = Desk::run(batch());
    assert_eq!((summary.unpriced_calls, summary.cost()), (1, None));
    assert!(summary.cost_usd > 0.0);
    assert_eq!(told[&1].usage.cost_usd, None);
    assert!(told[&0].usage.cost_usd.is_some_and(|cost| cost > 0.0));
    desk.assert_sound();
}

#[test]
fn a_parameter_that_the_provider_does_not_have_fails_the_item() {
    let desk = Desk::new();
    let server = Server::with(|_| Act::says("{}"));
    let llm = Llm::new("anthropic").model("m").max_output_tokens(9).set("base_url", server.base_url());
    let batch = desk.batch(&pages(&["one"]), |_| Request::new("x").seed(1)).llm(llm);
    let (summary, told) = Desk::run(batch);
    assert_eq!((summary.failed, summary.calls, server.count()), (1, 0, 0));
    assert_eq!(failure(&told[&0]), ("request_error", "the provider takes no `seed`"));
    desk.assert_sound();
    let error = desk.batch(&pages(&["one"]), |_| Request::new("x").temperature(3.0)).run().unwrap_err();
    assert_eq!(error.to_string(), "the request of item 0: its temperature is 3, and not from 0 to 2");
}

#[test]
fn rows_of_a_table_may_have_requests_of_their_own() {
    let mut project = Project::new();
    project.write(
        "input.csv",
        "id,text,call\na,first,\nb,second,\"{\"\"error\"\": \"\"no text\"\"}\"\nc,third,large\n\
         d,fourth,\"{\"\"model\"\": \"\"large\"\"}\"\ne,fifth,\"{\"\"temperature\"\": 0.5}\"\n",
    );
    project.set("llm.by_row", "{column: call}");
    let summary = project.run();
    assert_eq!((summary.counts.accepted, summary.counts.failed, summary.calls), (2, 3, 2));
    assert_eq!(
        project.list("SELECT kind || ': ' || message FROM failures ORDER BY row_index"),
        [
            "request_error: no text",
            "request_error: what the row says of it: expected value at line 1 column 1",
            "request_error: it asks for the model `large`, which is not in `llm.by_row.models`",
        ]
    );
    project.assert_sound();
    project.set("llm.by_row", "{column: call, models: [large]}");
    let summary = project.run();
    assert_eq!((summary.counts.accepted, summary.counts.failed, summary.calls), (3, 2, 1));
    assert_eq!(
        project.list("SELECT model FROM spec WHERE id IN (SELECT spec FROM request) ORDER BY 1"),
        ["large", "sample", "sample"]
    );
    project.assert_sound();
    project.set("llm.by_row", "{column: cal}");
    let error = project.try_run().unwrap_err();
    assert!(error.to_string().contains("`llm.by_row.column` is `cal`, but the input has no such column"), "{error}");
}
