//! A run file of an older format: told on reading, copied and migrated on writing, and whole at every kill.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use casebook::store::{self, Access, FORMAT_VERSION};
use rusqlite::Connection;

use crate::support::{Ended, open, texts};

/// The older formats.
const FORMATS: [i32; 2] = [1, 2];

/// A copy of a run file of an older format, in a scratch folder.
struct Old {
    dir: tempfile::TempDir,
    format: i32,
    bytes: Vec<u8>,
}

impl Old {
    fn new(format: i32) -> Self {
        let fixture = format!("{}/tests/fixtures/run-file/format-{format}.db", env!("CARGO_MANIFEST_DIR"));
        let bytes = fs::read(fixture).expect("the fixture is there");
        let dir = tempfile::tempdir().expect("the system has room for a scratch folder");
        fs::write(dir.path().join("old.db"), &bytes).expect("a scratch folder can be written");
        Self { dir, format, bytes }
    }

    fn db(&self) -> PathBuf {
        self.dir.path().join("old.db")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null()).env("NO_COLOR", "1");
        command
    }

    fn casebook(&self, args: &[&str]) -> Ended {
        let output = self.command(args).output().expect("the binary starts");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The copy that a migration makes.
    fn copy(&self) -> String {
        format!("old.db.v{}", self.format)
    }

    /// The files beside the run file that begin with its name.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.dir.path()).expect("it is there").flatten().map(|it| it.file_name());
        let mut names: Vec<String> = names.filter_map(|it| it.into_string().ok()).collect();
        names.retain(|name| name.starts_with("old.db"));
        names.sort();
        names
    }
}

/// The rows of each table, as far as the columns go that format 1 has.
fn rows(db: &Connection, columns: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let rows = |(table, columns): (&String, &Vec<String>)| {
        let query = format!("SELECT \"{}\" FROM \"{table}\" ORDER BY rowid", columns.join("\", \""));
        (table.clone(), texts(db, &query))
    };
    columns.iter().map(rows).collect()
}

fn columns(db: &Connection) -> BTreeMap<String, Vec<String>> {
    let tables = texts(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
    let of = |table: String| {
        let names = texts(db, &format!("SELECT name FROM pragma_table_info('{table}')"));
        (table, names)
    };
    tables.into_iter().filter(|table| table != "refinery_schema_history").map(of).collect()
}

/// Everything that the schema says, but for `results`, which is made for each run.
fn schema(db: &Connection) -> Vec<String> {
    texts(db, "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'results' ORDER BY type, name")
}

#[test]
fn an_older_file_is_told_on_reading_and_left_as_it_is() {
    let commands =
        [&["status", "old.db"][..], &["failures", "old.db"], &["sql", "old.db", "SELECT 1"], &["verify", "old.db"]];
    for (format, args) in FORMATS.iter().flat_map(|format| commands.iter().map(move |args| (*format, args))) {
        let old = Old::new(format);
        let ended = old.casebook(args);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(&format!("old.db has the older format {format}")), "{}", ended.stderr);
        assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
        assert!(fs::read(old.db()).expect("it is there") == old.bytes);
        assert_eq!(old.beside(), ["old.db"]);
    }
}

#[test]
fn an_older_file_is_copied_and_migrated_and_holds_what_it_held() {
    FORMATS.into_iter().for_each(is_migrated);
}

fn is_migrated(format: i32) {
    let old = Old::new(format);
    let copy = old.copy();
    let before = {
        let db = open(&old.db());
        rows(&db, &columns(&db))
    };
    let known = columns(&open(&old.db()));
    old.casebook(&["export", "old.db"]).expect(0);
    assert_eq!(old.beside(), ["old.db", copy.as_str()]);
    assert!(fs::read(old.dir.path().join(&copy)).expect("the copy is there") == old.bytes, "the copy is the file");

    let db = open(&old.db());
    assert_eq!(texts(&db, "PRAGMA user_version"), [FORMAT_VERSION.to_string()]);
    assert_eq!(texts(&db, "PRAGMA integrity_check"), ["ok"]);
    assert_eq!(texts(&db, "PRAGMA foreign_key_check"), [""; 0]);
    let mut after = rows(&db, &known);
    // The command that migrated it is on record too.
    for (table, rows) in &before {
        let now = after.get_mut(table).expect("no table is gone");
        now.truncate(rows.len());
        assert_eq!(now, rows, "{table}");
    }
    let fresh = old.dir.path().join("fresh.db");
    store::close(store::open(&fresh, Access::Create).expect("it is made")).expect("it is closed");
    assert_eq!(schema(&db), schema(&open(&fresh)), "it is what a new file is");
    for view in texts(&db, "SELECT name FROM sqlite_schema WHERE type = 'view'") {
        texts(&db, &format!("SELECT * FROM \"{view}\""));
    }
    drop(db);
    for args in
        [&["status", "old.db"][..], &["failures", "old.db"], &["verify", "old.db"], &["verify", "old.db", "--replay"]]
    {
        old.casebook(args).expect(0);
    }
    old.casebook(&["report", "old.db"]).expect(0);
    old.casebook(&["retry", "old.db", "--rejected"]).expect(0);
    assert_eq!(old.beside(), ["old.db", copy.as_str()]);
}

#[test]
fn a_migration_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let expected = {
        let old = Old::new(1);
        let db = open(&old.db());
        rows(&db, &columns(&db))
    };
    let mut seen = BTreeMap::<String, usize>::new();
    for micros in [0, 200, 500, 1000, 2000, 3000, 5000, 8000, 12_000, 20_000, 40_000, 80_000, 200_000] {
        let old = Old::new(1);
        let mut command = old.command(&["export", "old.db"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
        // The copy is the first thing that is seen of it.
        let copy = old.dir.path().join("old.db.v1");
        while !copy.exists() && child.try_wait().expect("a child can be asked").is_none() {
            thread::sleep(Duration::from_micros(50));
        }
        thread::sleep(Duration::from_micros(micros));
        child.kill().expect("a child can be killed");
        child.wait().expect("a child can be waited for");
        // Looking repairs what the kill left.
        let format = texts(&Connection::open(old.db()).expect("it can be opened"), "PRAGMA user_version").remove(0);
        *seen.entry(format).or_default() += 1;
        old.casebook(&["export", "old.db"]).expect(0);
        old.casebook(&["verify", "old.db"]).expect(0);
        let copy = open(&copy);
        assert_eq!(rows(&copy, &columns(&copy)), expected, "{micros}: the copy holds what the file held");
    }
    println!("formats that were left: {seen:?}");
}

#[test]
fn a_copy_that_cannot_be_made_leaves_the_file_as_it_is() {
    let old = Old::new(1);
    // Where the copy should go there is something else.
    fs::create_dir(old.dir.path().join("old.db.v1")).expect("a scratch folder can be written");
    let ended = old.casebook(&["export", "old.db"]).expect(1);
    assert!(ended.stderr.contains("cannot copy old.db before migrating it"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    assert_eq!(texts(&open(&old.db()), "PRAGMA user_version"), ["1"]);
    fs::remove_dir(old.dir.path().join("old.db.v1")).expect("it is empty");
    old.casebook(&["export", "old.db"]).expect(0);
}
