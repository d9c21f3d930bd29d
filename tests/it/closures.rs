//! A closure as the model: its answers are on record like any model's, and its failures are those of single items.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use casebook::inside::engine;
use casebook::{
    Answer, Batch, CallError, CallErrorKind, ItemResult, Llm, Message, MessageImage, ModelCall, Outcome, Request, Role,
    Summary,
};
use serde_json::{Value, json};

use crate::projects::Project;
use crate::support::{open, texts};

fn schema() -> Value {
    json!({"type": "object", "properties": {"length": {"type": "integer"}}, "required": ["length"]})
}

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn db(&self) -> PathBuf {
        self.0.path().join("words.db")
    }

    fn batch<'a>(&self, words: &[&'static str], llm: Llm) -> Batch<'a> {
        let batch = Batch::builder().items(words.to_vec(), |word| Request::new(*word)).schema_json(schema());
        batch.llm(llm).run_file(self.db())
    }

    fn run(batch: Batch<'_>) -> (Summary, BTreeMap<u64, ItemResult>) {
        let mut told = BTreeMap::new();
        let batch = batch.on_result(|result| {
            told.insert(result.index.unwrap(), result);
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

fn length(call: &ModelCall) -> Result<Answer, CallError> {
    Answer::json(json!({"length": call.user().len()}))
}

#[test]
fn its_answers_are_on_record_like_any() {
    let desk = Desk::new();
    let calls = Arc::new(AtomicU64::new(0));
    let llm = |name: &str| {
        let calls = Arc::clone(&calls);
        Llm::from_fn(name, move |call| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(length(call)?.usage(10, 2))
        })
    };
    let (summary, told) = Desk::run(desk.batch(&["a", "bcd"], llm("length-1")));
    assert_eq!((summary.completed, summary.calls, summary.input_tokens, summary.output_tokens), (2, 2, 20, 4));
    assert_eq!(told[&1].output().unwrap()["length"], 3);
    assert_eq!(told[&1].model.as_deref(), Some("length-1"));
    let usage = told[&1].usage;
    assert_eq!((usage.calls, usage.input_tokens, usage.output_tokens, usage.cost_usd), (1, 10, 2, None));
    assert_eq!((summary.unpriced_calls, summary.cost()), (2, None), "what a closure costs is not known");
    let recorded = desk.list("SELECT provider || ' ' || model || ' ' || outcome FROM calls");
    assert_eq!(recorded, ["function length-1 answered"; 2]);
    desk.assert_sound();
    let (summary, told) = Desk::run(desk.batch(&["a", "bcd"], llm("length-1")));
    assert_eq!((summary.calls, summary.from_record, calls.load(Ordering::Relaxed)), (0, 2, 2));
    assert!(told.values().all(|it| it.from_record));
    // The name is part of the key.
    let (summary, _) = Desk::run(desk.batch(&["a", "bcd"], llm("length-2").price(0.0, 0.0)));
    assert_eq!((summary.calls, calls.load(Ordering::Relaxed), summary.cost()), (2, 4, Some(0.0)));
    desk.assert_sound();
}

#[test]
fn it_gets_the_whole_request() {
    let desk = Desk::new();
    let png = b"\x89PNG\r\n\x1a\nx".to_vec();
    let ask = |bytes: &Vec<u8>| {
        let messages = [Message::user("a"), Message::assistant("b"), Message::user("c")];
        Request::messages(messages).system("s").image_bytes("p", bytes.clone()).temperature(0.25).seed(7).model("other")
    };
    let expected = png.clone();
    let llm = Llm::from_fn("whole", move |call| {
        let said: Vec<(Role, &str)> = call.messages.iter().map(|it| (it.role, it.content.as_str())).collect();
        assert_eq!(said, [(Role::System, "s"), (Role::User, "a"), (Role::Assistant, "b"), (Role::User, "c")]);
        let [MessageImage::Bytes { media_type: "image/png", bytes, .. }] = &call.messages[3].images[..] else {
            panic!("{:?}", call.messages[3].images.len());
        };
        assert_eq!(bytes[..], expected[..]);
        assert_eq!(
            (call.temperature, call.max_output_tokens, call.seed, call.sample),
            (Some(0.25), Some(9), Some(7), 1)
        );
        assert_eq!((call.model.as_str(), call.is_verdict), ("other", false));
        let schema = call.schema.as_ref().unwrap();
        assert_eq!(
            (&schema["properties"]["length"]["type"], &schema["additionalProperties"]),
            (&json!("integer"), &json!(false))
        );
        length(call)
    });
    let batch = Batch::builder().items([png], ask).schema_json(schema()).llm(llm.max_output_tokens(9));
    let (summary, told) = Desk::run(batch.run_file(desk.db()));
    assert_eq!((summary.completed, summary.failed), (1, 0), "{told:?}");
    assert_eq!(told[&0].model.as_deref(), Some("other"));
    assert_eq!((summary.uncounted_calls, told[&0].usage.input_tokens), (1, 0), "usage is optional, and unknown then");
    desk.assert_sound();
}

#[test]
fn its_failures_are_those_of_single_items() {
    let desk = Desk::new();
    let broken = Arc::new(AtomicU64::new(1));
    let seen = Arc::clone(&broken);
    let llm = Llm::from_fn("shaky", move |call| match call.user() {
        _ if seen.load(Ordering::Relaxed) == 0 => length(call),
        "panics" => panic!("no such word"),
        "fails" => Err(CallError::new("out of memory")),
        "io" => Ok(Answer::text(std::fs::read_to_string("/no/such/file")?)),
        "prose" => Ok(Answer::text("I do not know.")),
        "cut" => Ok(Answer::text("{\"len").truncated()),
        "refuses" => Ok(Answer::text("No.").refused()),
        _ => length(call),
    });
    let words = ["panics", "fails", "io", "prose", "cut", "refuses", "fine"];
    let (summary, told) = Desk::run(desk.batch(&words, llm.clone().set("retries", 0)));
    assert_eq!((summary.completed, summary.failed, summary.calls), (1, 6, 7));
    assert_eq!(failure(&told[&0]), ("model_error", "the model's function panicked: no such word"));
    assert_eq!(failure(&told[&1]), ("model_error", "out of memory"));
    assert!(failure(&told[&2]).0 == "model_error" && failure(&told[&2]).1.contains("No such file"), "{:?}", told[&2]);
    let kinds: Vec<&str> = (3..6).map(|index| failure(&told[&index]).0).collect();
    assert_eq!(kinds, ["no_json", "truncated", "refused"]);
    desk.assert_sound();
    // What had no answer is asked again, and what was answered is not.
    broken.store(0, Ordering::Relaxed);
    let (summary, _) = Desk::run(desk.batch(&words, llm.set("retries", 0)));
    assert_eq!((summary.completed, summary.failed, summary.calls), (4, 3, 3));
    desk.assert_sound();
}

#[test]
fn a_run_goes_on_however_many_calls_panic() {
    let desk = Desk::new();
    let words: Vec<&'static str> =
        (0..60).map(|number| &*Box::leak(format!("word {number}").into_boxed_str())).collect();
    let llm = Llm::from_fn("never", |_| panic!("always")).max_workers(4);
    let (summary, told) = Desk::run(desk.batch(&words, llm));
    assert_eq!((summary.failed, summary.calls, told.len()), (60, 60, 60));
    desk.assert_sound();
}

#[test]
fn what_may_pass_is_called_again() {
    let desk = Desk::new();
    let tries = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&tries);
    let llm = Llm::from_fn("busy", move |call| match (call.user(), counted.fetch_add(1, Ordering::Relaxed)) {
        ("a", 0) => Err(CallError::of_kind(CallErrorKind::RateLimited, "later").retry_after(std::time::Duration::ZERO)),
        ("a", 1) => Err(CallError::retryable("not yet")),
        _ => length(call),
    });
    let (summary, told) = Desk::run(desk.batch(&["a"], llm));
    assert_eq!((summary.completed, summary.calls, told[&0].usage.calls), (1, 3, 3));
    assert!(told[&0].usage.total_time >= told[&0].usage.call_time);
    assert_eq!(desk.list("SELECT coalesce(error_kind, '') FROM calls"), ["rate_limited", "server_error", ""]);
    desk.assert_sound();
}

#[test]
fn calls_run_side_by_side_and_may_block() {
    let desk = Desk::new();
    let barrier = Arc::new(std::sync::Barrier::new(3));
    let most = Arc::new(AtomicUsize::new(0));
    let running = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let llm = Llm::from_fn("blocks", move |call| {
        seen.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Each waits for two others.
        barrier.wait();
        running.fetch_sub(1, Ordering::SeqCst);
        length(call)
    });
    let (summary, told) = Desk::run(desk.batch(&["a", "b", "c"], llm.max_workers(3)));
    assert_eq!((summary.completed, most.load(Ordering::SeqCst)), (3, 3));
    assert!(told.values().all(|it| it.usage.call_time <= summary.elapsed));
}

#[test]
fn it_judges_too_and_runs_a_configuration_file() {
    let project = Project::judged();
    let llm = Llm::from_fn("both", |call| {
        if call.is_verdict {
            return Answer::json(json!({"verdict": "PASS", "score": 90, "reasons": ["fine"]}));
        }
        let label = &call.schema.as_ref().ok_or_else(|| CallError::new("no schema"))?["properties"]["label"]["enum"][0];
        Answer::json(json!({"label": label, "note": "n"}))
    });
    let summary = Batch::builder()
        .config(project.path("casebook.yaml"))
        .set("judge.enabled", true)
        .llm(llm.set("retries", 0))
        .run()
        .unwrap();
    assert_eq!((summary.completed, summary.calls, summary.steps.len()), (6, 12, 1));
    assert_eq!((summary.steps[0].completed, summary.steps[0].calls, summary.steps[0].cost_usd), (6, 12, None));
    project.assert_sound();
    // The command has no such function.
    let ended = project.casebook(&[
        "run",
        "casebook.yaml",
        "--set",
        "llm.provider=function",
        "--set",
        "llm.model=m",
        "--db",
        "new.db",
    ]);
    assert!(ended.stderr.contains("is a function of the program that ran this batch"), "{}", ended.stderr);
    assert!(!project.path("new.db").exists());
}
