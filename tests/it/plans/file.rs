//! A real run file in which every table has rows, and what SQLite believes of how large they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;

use super::GROWING;

const CONFIG: &str = "\
run: {name: plans, seed: 3}
input: {path: rows.csv}
knowledge: [{name: kb, path: kb}]
grouping: {enabled: true, column: team, mode: row_output_with_group_context}
outputs: {formats: [jsonl]}
llm: {provider: sample, retries: 1, max_workers: 8}
steps:
  - name: outline
    prompts: {generation: outline.yaml, judge: judge.yaml}
    judge: {enabled: true, min_score: 0}
    schema: {path: outline.json}
  - name: section
    each: element of outline.sections
    when: \"item != 'skip'\"
    prompts: {generation: section.yaml}
    schema: {path: section.json}
    checks: [{name: no_three, expr: \"output.kind != 'three'\"}]
  - name: story
    each: join section by row
    prompts: {generation: story.yaml}
    schema: {path: section.json}
  - name: kinds
    each: join story by kind
    rule: {stories: parents | length}
";

const FILES: &[(&str, &str)] = &[
    ("casebook.yaml", CONFIG),
    (
        "outline.json",
        r#"{"type": "object", "properties": {"title": {"type": "string"}, "sections": {"type": "array", "minItems": 1,
            "maxItems": 3, "items": {"enum": ["paws", "tails", "ears", "skip"]}}}, "required": ["title", "sections"]}"#,
    ),
    (
        "section.json",
        r#"{"type": "object", "properties": {"kind": {"enum": ["one", "two", "three"]}, "text": {"type": "string"}},
            "required": ["kind", "text"]}"#,
    ),
    (
        "outline.yaml",
        "name: outline\nsystem: '{{ llm_schema }}'\nuser: 'Outline {{ row.topic }}. {{ context }}'\n\
         images: ['{{ row.scan }}']\n",
    ),
    ("judge.yaml", "name: judge\nuser: 'Judge {{ output.title }}. {{ verdict_schema }}'\n"),
    (
        "section.yaml",
        "name: section\nuser: 'Write {{ item }} of {{ row.topic }}. {{ llm_schema }} {{ retrieve(\"kb\", \"page\") }}'\n",
    ),
    ("story.yaml", "name: story\nuser: 'Join {{ steps.section | length }} of {{ row.topic }}. {{ llm_schema }}'\n"),
];

/// How many rows go in; some of them are equal.
const ROWS: usize = 300;
/// How many pictures they show, and on how many work items a person decides. SQLite rather reads a table of three rows
/// than its index.
const SCANS: usize = 20;
const DECISIONS: usize = 20;

/// What SQLite believes of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    /// It knows nothing.
    None,
    /// What `ANALYZE` found.
    Analysed,
    /// That each table that grows with the run has a million rows.
    GrownMillions,
    /// That every table has.
    AllMillions,
}

/// A scratch folder with a run file.
pub struct RunFile {
    dir: tempfile::TempDir,
}

impl RunFile {
    /// Rows, the elements of their outputs and two joins of these, with a judge, images, rejections, a decision of a
    /// person, a retry, a clean and a forced run.
    pub fn new() -> Self {
        let file = Self { dir: tempfile::tempdir().unwrap() };
        for (name, text) in FILES {
            fs::write(file.dir.path().join(name), text).unwrap();
        }
        for scan in 0..SCANS {
            let picture = [b"\x89PNG\r\n\x1a\n", scan.to_string().as_bytes()].concat();
            fs::write(file.dir.path().join(format!("{scan}.png")), picture).unwrap();
        }
        // What a reader makes of them is kept beside their files.
        fs::create_dir(file.dir.path().join("kb")).unwrap();
        for at in 0..SCANS {
            fs::write(file.dir.path().join(format!("kb/{at}.html")), format!("<p>Page {at}.</p>")).unwrap();
        }
        let row = |at: usize| format!("topic {},team {},{}.png\n", at % (ROWS - 10), at % 5, at % SCANS);
        let rows: String = (0..ROWS).map(row).collect();
        fs::write(file.dir.path().join("rows.csv"), format!("topic,team,scan\n{rows}")).unwrap();
        let run = ["run", "casebook.yaml"];
        file.casebook(&run);
        for id in file.rejected(DECISIONS) {
            file.casebook(&["review", "plans.db", &id, "--accept", "--by", "Ada", "--reason", "well said"]);
        }
        file.casebook(&["retry", "plans.db", "--rejected"]);
        file.casebook(&run);
        file.casebook(&["clean", "plans.db", "--from", "export"]);
        file.casebook(&["run", "casebook.yaml", "--set", "cache.force=true", "--limit", "20"]);
        let connection = file.open();
        // As if the rows had come to a service.
        let admitted = "INSERT INTO admission (input_row, work_item, cache_id) \
                        SELECT input_row, id, '' FROM work_item WHERE source_kind = 'row'";
        connection.execute_batch(admitted).unwrap();
        for table in GROWING {
            let any = connection.query_row(&format!("SELECT 1 FROM {table}"), [], |_| Ok(()));
            any.unwrap_or_else(|error| panic!("{table}: {error}"));
        }
        file
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("plans.db")
    }

    fn open(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// The ids of so many rejected work items.
    fn rejected(&self, count: usize) -> Vec<String> {
        let connection = self.open();
        let mut statement = connection.prepare("SELECT work_id FROM failures LIMIT ?1").unwrap();
        let found: Vec<String> = statement
            .query_map([i64::try_from(count).unwrap()], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(found.len(), count);
        found
    }

    #[track_caller]
    fn casebook(&self, args: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        let output = command.args(args).current_dir(self.dir.path()).output().unwrap();
        // 3: something was rejected.
        let is_done = matches!(output.status.code(), Some(0 | 3));
        assert!(is_done, "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A connection like that of a run, and the same file twice more to be compared, where SQLite believes something of
    /// the tables. A writer drops what it finds of that: each connection is told anew.
    pub fn explain(&self, statistics: Statistics) -> Connection {
        let connection = casebook::inside::store::open(&self.path(), casebook::inside::store::Access::Write).unwrap();
        match statistics {
            Statistics::None => {}
            Statistics::Analysed => connection.execute_batch("ANALYZE").unwrap(),
            Statistics::GrownMillions => grow(&connection, |table| GROWING.contains(&table)),
            Statistics::AllMillions => grow(&connection, |_| true),
        }
        // For an insert, SQLite plans to look for rows that have waited for the new one, and does so only where a
        // foreign key is violated.
        connection.execute_batch("PRAGMA writable_schema = RESET; PRAGMA foreign_keys = OFF").unwrap();
        for name in ["a", "b"] {
            connection.execute("ATTACH DATABASE ?1 AS ?2", [text(&self.path()), name]).unwrap();
        }
        connection
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const MILLION: u64 = 1_000_000;

/// Multiplies the rows of tables. What few rows share in an index, more rows share then; what is as good as unique
/// stays so.
fn grow(connection: &Connection, grows: impl Fn(&str) -> bool) {
    connection.execute_batch("ANALYZE; DELETE FROM sqlite_stat4").unwrap();
    let mut read = connection.prepare("SELECT rowid, tbl, stat FROM sqlite_stat1").unwrap();
    let rows = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let found: Vec<(i64, String, String)> = rows.map(Result::unwrap).collect();
    for (id, table, stat) in found {
        if !grows(&table) {
            continue;
        }
        let numbers: Vec<u64> = stat.split(' ').map_while(|number| number.parse().ok()).collect();
        let rows = numbers[0].max(1);
        let scaled = |number: &u64| if *number * 20 < rows { *number } else { *number * MILLION / rows };
        let shared = numbers[1..].iter().map(|number| if *number == 1 { 1 } else { scaled(number) });
        let stat = std::iter::once(MILLION).chain(shared).map(|it| it.to_string()).collect::<Vec<_>>().join(" ");
        connection.execute("UPDATE sqlite_stat1 SET stat = ?1 WHERE rowid = ?2", (stat, id)).unwrap();
    }
}
