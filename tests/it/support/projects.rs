//! Small projects in a scratch folder whose answers are samples or come from a table: no network, no key.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use casebook::inside::engine::{self, EngineError, RunOptions, RunSummary, Verification};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::support::Ended;

/// A project, the values laid over its configuration, and the run file that it makes.
pub struct Project {
    folder: tempfile::TempDir,
    set: BTreeMap<String, String>,
}

/// Calls by what they were for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    pub generation: i64,
    pub judge: i64,
}

/// No call.
pub const NONE: Calls = Calls { generation: 0, judge: 0 };

/// So many calls of each kind.
pub fn calls(generation: i64, judge: i64) -> Calls {
    Calls { generation, judge }
}

pub const CONFIG: &str = "\
run: {name: test, seed: 7}
input: {path: input.csv, key: id}
prompts: {generation: prompt.yaml, judge: judge.yaml}
schema: {path: schema.json}
llm:
  provider: sample
  retries: 1
  max_workers: 4
  recorded:
    path: answers.csv
    match: {id: '{{ row.id }}', attempt: '{{ attempt }}'}
    answer: '{{ record.answer }}'
judge:
  enabled: false
  min_score: 70
  llm:
    recorded:
      path: verdicts.csv
      match: {label: '{{ output.label }}'}
      answer: '{{ record.answer }}'
outputs: {formats: [jsonl, psv, csv]}
";

pub const PROMPT: &str = "\
name: classify
system: |
  Say what the text is about. Answer with one JSON object that is valid against this schema:

  {{ llm_schema }}
user: |
  The text:

  {{ row.text }}
";

pub const JUDGE: &str = "\
name: judge
system: |
  Say whether the label fits the text, as JSON that is valid against this schema:

  {{ verdict_schema }}
user: |
  {{ row.text }}

  Label: {{ output.label }}
";

pub const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {"label": {"enum": ["one", "two", "three"]}, "note": {"type": "string", "maxLength": 40}},
  "required": ["label", "note"]
}"#;

/// Six rows under the key `id`; the prompt never sees `remark`.
pub const ROWS: &str = "\
id,text,remark
a,first text,x
b,second text,x
c,third text,x
d,fourth text,x
e,fifth text,x
f,sixth text,x
";

impl Project {
    /// A project whose answers are samples, without a judge.
    pub fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), set: BTreeMap::new() };
        let files =
            [("casebook.yaml", CONFIG), ("prompt.yaml", PROMPT), ("judge.yaml", JUDGE), ("schema.json", SCHEMA)];
        for (name, text) in files.into_iter().chain([("input.csv", ROWS)]) {
            project.write(name, text);
        }
        project
    }

    /// The same with a judge.
    pub fn judged() -> Self {
        let mut project = Self::new();
        project.set("judge.enabled", "true");
        project
    }

    /// A project that answers from a table of (id, attempt, answer).
    pub fn recorded(answers: &[(&str, u32, &str)]) -> Self {
        let mut project = Self::new();
        project.set("llm.provider", "recorded");
        project.answers(answers);
        project
    }

    /// Writes the table of answers.
    pub fn answers(&self, answers: &[(&str, u32, &str)]) {
        let mut text = "id,attempt,answer\n".to_owned();
        for (id, attempt, answer) in answers {
            writeln!(text, "{id},{attempt},\"{}\"", answer.replace('"', "\"\"")).unwrap();
        }
        self.write("answers.csv", &text);
    }

    /// Writes the judge's table: a verdict for each label.
    pub fn verdicts(&self, verdicts: &[(&str, &str)]) {
        let mut text = "label,answer\n".to_owned();
        for (label, verdict) in verdicts {
            writeln!(text, "{label},\"{}\"", verdict.replace('"', "\"\"")).unwrap();
        }
        self.write("verdicts.csv", &text);
    }

    /// Lays a YAML value over the configuration from now on.
    pub fn set(&mut self, key: &str, value: &str) -> &mut Self {
        self.set.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The same, as a change of its own.
    pub fn set_to(&mut self, key: &str, value: &str) {
        self.set(key, value);
    }

    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    pub fn db(&self) -> PathBuf {
        self.path("test.db")
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces the one place in a file where `from` stands.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {name}:\n{text}");
        self.write(name, text.replace(from, to));
    }

    pub fn options(&self) -> RunOptions {
        let overrides = self.set.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        RunOptions { config: self.path("casebook.yaml"), overrides, ..RunOptions::default() }
    }

    pub fn run(&self) -> RunSummary {
        self.try_run().unwrap_or_else(|error| panic!("{error}; {:?}", error.hint()))
    }

    pub fn try_run(&self) -> Result<RunSummary, EngineError> {
        engine::run(&self.options(), &mut |_| {})
    }

    /// Runs and returns which calls that cost.
    pub fn cost(&self) -> Calls {
        let before = if self.db().exists() { self.calls() } else { NONE };
        let summary = self.run();
        assert!(summary.counts.conserved(), "{:?}", summary.counts);
        let after = self.calls();
        let cost = calls(after.generation - before.generation, after.judge - before.judge);
        assert_eq!(summary.calls, (cost.generation + cost.judge).unsigned_abs());
        cost
    }

    /// Runs a command of the real binary in the project's folder.
    pub fn casebook(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).ended()
    }

    /// A command of the real binary in the project's folder; no key is in its environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        command.args(arguments).current_dir(self.dir()).stdin(Stdio::null());
        command.env("NO_COLOR", "1").env_remove("OPENAI_API_KEY");
        command
    }

    /// The block `input` as it is laid over the configuration, for the command line.
    pub fn input(&self) -> String {
        let value = |name: &str| self.set.get(&format!("input.{name}")).cloned();
        let named = ["path", "encoding", "sheet", "key"].into_iter();
        let pairs = named.filter_map(|name| Some(format!("{name}: {}", value(name)?)));
        let key = if value("key").is_none() { "key: id" } else { "" };
        format!("{{{}}}", pairs.chain([key.to_owned()]).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", "))
    }

    /// Every entry below the folder with its bytes.
    pub fn entries(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.dir().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.clone());
                    found.insert(path, Vec::new());
                } else {
                    found.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        found
    }

    /// The calls on record.
    pub fn calls(&self) -> Calls {
        let count = |purpose| self.number(&format!("SELECT count(*) FROM calls WHERE purpose = '{purpose}'"));
        calls(count("generation"), count("judge"))
    }

    /// A connection that only reads.
    pub fn open(&self) -> Connection {
        Connection::open_with_flags(self.db(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// A connection of somebody who tampers: no trigger holds it back, no constraint is looked at.
    pub fn tamper(&self, statements: &str) {
        let connection = Connection::open(self.db()).unwrap();
        let triggers = list(&connection, "SELECT name FROM sqlite_schema WHERE type = 'trigger'");
        for name in triggers {
            connection.execute_batch(&format!("DROP TRIGGER \"{name}\"")).unwrap();
        }
        connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;").unwrap();
        connection.execute_batch(statements).unwrap();
    }

    pub fn number(&self, query: &str) -> i64 {
        self.open().query_row(query, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    pub fn text(&self, query: &str) -> String {
        self.open().query_row(query, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    pub fn list(&self, query: &str) -> Vec<String> {
        list(&self.open(), query)
    }

    /// The lines of `out/output.jsonl`.
    pub fn outputs(&self) -> Vec<Value> {
        self.read("out/test/output.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn verify(&self, replay: bool) -> Verification {
        engine::verify(&self.db(), replay).unwrap()
    }

    /// Fails unless everything in the run file holds, the replay too.
    pub fn assert_sound(&self) {
        let problems = problems(&self.verify(true));
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

/// A command that is run to its end.
pub trait Runs {
    /// Its exit code and what it said.
    fn ended(&mut self) -> Ended;
}

impl Runs for Command {
    fn ended(&mut self) -> Ended {
        let output = self.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is said is UTF-8");
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// What a verification found, with the rule that is broken.
pub fn problems(verification: &Verification) -> Vec<String> {
    let named = |check: &engine::VerifyCheck| {
        check.problems.iter().map(|problem| format!("{}: {problem}", check.what)).collect::<Vec<_>>()
    };
    verification.checks.iter().flat_map(named).collect()
}

fn list(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let rows = statement.query_map([], |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Null => "NULL".to_owned(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Real(number) => number.to_string(),
            rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
        })
    });
    rows.unwrap().map(Result::unwrap).collect()
}
