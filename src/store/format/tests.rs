//! Files of other formats: refused, or copied and migrated, and whole after every kill.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::Value;

use super::*;
use crate::store::open::{open, open_as};
use crate::store::{Access, close};

/// The format after this one, with a migration that takes a while.
fn next() -> RunFileFormat {
    following(
        "ALTER TABLE text ADD COLUMN language TEXT;
         CREATE TABLE number (id INTEGER PRIMARY KEY, double INTEGER NOT NULL) STRICT;
         WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 30000)
         INSERT INTO number (id, double) SELECT n, 2 * n FROM counted;
         CREATE VIEW numbers AS SELECT id, double FROM number;",
    )
}

/// A format after this one, with these statements as its migration.
fn following(statements: &str) -> RunFileFormat {
    let mut format = RunFileFormat::current();
    let last = format.migrations.iter().map(Migration::version).max().unwrap();
    format.version += 1;
    let statements = format!("{statements} PRAGMA user_version = {};", format.version);
    format.migrations.push(Migration::unapplied(&format!("V{}__next", last + 1), &statements).unwrap());
    format
}

/// A run file of the current format with something in it.
struct Old {
    dir: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Old {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.db");
        let connection = open(&path, Access::Create).unwrap();
        connection
            .execute_batch(
                "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 500)
                 INSERT INTO text (sha1, body) SELECT 'sha1 ' || n, hex(zeroblob(n)) FROM counted;",
            )
            .unwrap();
        close(connection).unwrap();
        Self { bytes: fs::read(&path).unwrap(), dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("run.db")
    }

    fn copy(&self) -> PathBuf {
        self.dir.path().join(format!("run.db.v{FORMAT_VERSION}"))
    }

    /// The names of all files in the folder.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.dir.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Everything that the file holds, in the tables that it has.
    fn content(&self) -> Content {
        let path = self.dir.path().join("content.db");
        fs::write(&path, &self.bytes).unwrap();
        let content = content(&path);
        fs::remove_file(&path).unwrap();
        content
    }
}

/// The rows of each table, and the table's columns.
type Content = BTreeMap<String, (Vec<String>, Vec<Vec<Value>>)>;

fn content(path: &Path) -> Content {
    let db = Connection::open(path).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
                  AND name <> 'refinery_schema_history'";
    let mut statement = db.prepare(tables).unwrap();
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let of = |table: String| {
        let mut statement = db.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY 1, 2")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let row = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|index| row.get(index)).collect();
        let rows = statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap();
        (table, (columns, rows))
    };
    tables.map(of).collect()
}

/// Holds `now` to everything that `before` has; there may be more tables and more columns.
#[track_caller]
fn assert_holds(now: &Content, before: &Content) {
    for (table, (columns, rows)) in before {
        let (columns_now, rows_now) = &now[table];
        assert_eq!(&columns_now[..columns.len()], columns, "{table}");
        let rows_now: Vec<&[Value]> = rows_now.iter().map(|row| &row[..columns.len()]).collect();
        assert_eq!(rows_now, rows.iter().map(Vec::as_slice).collect::<Vec<_>>(), "{table}");
    }
}

fn schema(path: &Path) -> Vec<(String, String, Option<String>)> {
    let db = Connection::open(path).unwrap();
    let mut statement = db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn text(db: &Connection, query: &str) -> String {
    db.query_row(query, [], |row| row.get::<_, Value>(0)).map(|it| format!("{it:?}")).unwrap()
}

fn format_of(path: &Path) -> i32 {
    Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn a_file_from_before_the_first_release_is_refused_and_left_alone() {
    for found in 1..OLDEST_RELEASED {
        let old = Old::new();
        Connection::open(old.path()).unwrap().pragma_update(None, "user_version", found).unwrap();
        let bytes = fs::read(old.path()).unwrap();
        for access in [Access::Read, Access::Write, Access::Create] {
            let error = open(&old.path(), access).unwrap_err();
            assert!(matches!(error, OpenError::Unreleased { found: told, .. } if told == found), "{error:?}");
            let message = format!("run.db has format {found}, of a build before the first release");
            assert!(error.to_string().contains(&message), "{error}");
            assert!(error.hint().is_some_and(|hint| hint.contains("--db NEW.db")));
        }
        let error = crate::store::open_pair(&old.path(), &old.path()).unwrap_err();
        assert!(matches!(error, OpenError::Unreleased { .. }), "{error:?}");
        assert!(fs::read(old.path()).unwrap() == bytes);
        assert_eq!(old.names(), ["run.db"]);
    }
}

#[test]
fn an_older_file_is_told_on_reading_and_left_as_it_is() {
    let old = Old::new();
    let error = open_as(&next(), &old.path(), Access::Read).unwrap_err();
    assert!(matches!(error, OpenError::Older { found: FORMAT_VERSION, .. }), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("casebook run")));
    assert!(fs::read(old.path()).unwrap() == old.bytes);
    assert_eq!(old.names(), ["run.db"]);
}

#[test]
fn an_older_file_is_copied_and_migrated_and_holds_what_it_held() {
    for access in [Access::Write, Access::Create] {
        let old = Old::new();
        close(open_as(&next(), &old.path(), access).unwrap()).unwrap();
        assert_eq!(old.names(), ["run.db".to_owned(), format!("run.db.v{FORMAT_VERSION}")]);
        assert!(fs::read(old.copy()).unwrap() == old.bytes, "the copy is the file");
        assert_eq!(format_of(&old.path()), FORMAT_VERSION + 1);
        let db = Connection::open(old.path()).unwrap();
        assert_eq!(text(&db, "PRAGMA integrity_check"), "Text(\"ok\")");
        assert_eq!(text(&db, "SELECT count(*) FROM pragma_foreign_key_check"), "Integer(0)");
        assert_eq!(text(&db, "SELECT sum(double) FROM numbers"), "Integer(900030000)");
        assert_holds(&content(&old.path()), &old.content());

        let fresh = old.dir.path().join("fresh.db");
        close(open_as(&next(), &fresh, Access::Create).unwrap()).unwrap();
        assert_eq!(schema(&old.path()), schema(&fresh), "it is what a new file is");
        // And what it is now is read.
        open_as(&next(), &old.path(), Access::Read).unwrap();
        assert!(matches!(open(&old.path(), Access::Write), Err(OpenError::Newer { known: FORMAT_VERSION, .. })));
    }
}

#[test]
fn what_a_killed_writer_left_is_part_of_the_copy() {
    let old = Old::new();
    let writer = open(&old.path(), Access::Write).unwrap();
    writer.execute_batch("INSERT INTO text (sha1, body) VALUES ('last', 'words')").unwrap();
    let left = tempfile::tempdir().unwrap();
    for name in ["run.db", "run.db-wal"] {
        fs::copy(old.dir.path().join(name), left.path().join(name)).unwrap();
    }
    drop(writer);
    let path = left.path().join("run.db");
    close(open_as(&next(), &path, Access::Write).unwrap()).unwrap();
    let copy = Connection::open(left.path().join(format!("run.db.v{FORMAT_VERSION}"))).unwrap();
    assert_eq!(text(&copy, "SELECT body FROM text WHERE sha1 = 'last'"), "Text(\"words\")");
}

#[test]
fn a_copy_that_cannot_be_made_leaves_the_file_as_it_is() {
    let old = Old::new();
    // Where the copy should go there is something else.
    fs::create_dir(old.copy()).unwrap();
    let error = open_as(&next(), &old.path(), Access::Write).unwrap_err();
    assert!(matches!(error, OpenError::Copy { .. }), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("the file is unchanged")));
    assert!(fs::read(old.path()).unwrap() == old.bytes);
    assert_eq!(old.names(), ["run.db".to_owned(), format!("run.db.v{FORMAT_VERSION}")]);
    fs::remove_dir(old.copy()).unwrap();
    close(open_as(&next(), &old.path(), Access::Write).unwrap()).unwrap();
    assert!(fs::read(old.copy()).unwrap() == old.bytes);
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let old = Old::new();
    let format = following("CREATE TABLE number (id INTEGER) STRICT; INSERT INTO nothing VALUES (1);");
    let error = open_as(&format, &old.path(), Access::Write).unwrap_err();
    assert!(matches!(error, OpenError::Migrate { .. }), "{error:?}");
    assert_eq!(format_of(&old.path()), FORMAT_VERSION);
    assert_eq!(content(&old.path()), old.content());
    assert!(fs::read(old.copy()).unwrap() == old.bytes);
    assert_eq!(old.names(), ["run.db".to_owned(), format!("run.db.v{FORMAT_VERSION}")]);
    open(&old.path(), Access::Read).unwrap();
}

/// Names the file to migrate to [`migrates`] when it is run as a process of its own.
const TO_MIGRATE: &str = "CASEBOOK_TEST_MIGRATE";

/// What the next test starts and kills; by itself it does nothing.
#[test]
fn migrates() {
    if let Some(path) = std::env::var_os(TO_MIGRATE) {
        close(open_as(&next(), Path::new(&path), Access::Write).unwrap()).unwrap();
    }
}

/// Migrates the file in a process of its own.
fn migrating(path: &Path) -> std::process::Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "store::format::tests::migrates"]).env(TO_MIGRATE, path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_migration_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let undisturbed = {
        let old = Old::new();
        let began = Instant::now();
        assert!(migrating(&old.path()).wait().unwrap().success());
        assert_eq!(format_of(&old.path()), FORMAT_VERSION + 1, "the process migrates");
        began.elapsed()
    };
    let mut left = BTreeMap::<String, usize>::new();
    for moment in 0..=24 {
        let old = Old::new();
        let mut child = migrating(&old.path());
        thread::sleep(undisturbed.max(Duration::from_millis(20)) * moment / 20);
        child.kill().unwrap();
        child.wait().unwrap();
        let names = old.names();
        // Whoever only reads is told which of the two it is, and gets over what the kill left.
        let found = match (open_as(&next(), &old.path(), Access::Read), open(&old.path(), Access::Read)) {
            (Ok(_), Err(OpenError::Newer { .. })) => "the new file",
            (Err(OpenError::Older { .. }), Ok(_)) => "the old file",
            other => panic!("moment {moment}, {names:?}: {other:?}"),
        };
        *left.entry(format!("{found} among {names:?}")).or_default() += 1;
        let copied = old.copy().exists();
        assert!(copied || found == "the old file", "moment {moment}: nothing is migrated without a copy");
        assert!(!copied || fs::read(old.copy()).unwrap() == old.bytes, "moment {moment}: the copy is whole");
        assert_holds(&content(&old.path()), &old.content());
        // The same command goes on from there.
        close(open_as(&next(), &old.path(), Access::Write).unwrap()).unwrap();
        assert_holds(&content(&old.path()), &old.content());
        assert_eq!(old.names(), ["run.db".to_owned(), format!("run.db.v{FORMAT_VERSION}")]);
        let copy = content(&old.copy());
        assert_eq!(copy, old.content(), "moment {moment}");
    }
    println!("left behind: {left:#?}");
}
