//! What a killed writer left, met by readers.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::*;
use crate::store::open::open;
use crate::store::{Access, close, open_pair};

/// What a rollback journal begins with once SQLite has to use it.
const JOURNAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// A run file as a writer leaves it that is killed in the middle of a write without a log: some of its pages are new,
/// and the old ones are in the journal beside it.
struct Killed {
    dir: tempfile::TempDir,
}

impl Killed {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at_work = tempfile::tempdir().unwrap();
        let path = at_work.path().join("run.db");
        let connection = open(&path, Access::Create).unwrap();
        connection.execute_batch("INSERT INTO text (sha1, body) VALUES ('a', 'as it was')").unwrap();
        close(connection).unwrap();

        let writer = Connection::open(&path).unwrap();
        // A cache this small spills changed pages into the file before the commit.
        writer
            .execute_batch(
                "PRAGMA cache_size = 4; BEGIN; PRAGMA user_version = 77;
                 WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 2000)
                 INSERT INTO text (sha1, body) SELECT n, hex(zeroblob(500)) FROM counted;",
            )
            .unwrap();
        for name in ["run.db", "run.db-journal"] {
            fs::copy(at_work.path().join(name), dir.path().join(name)).unwrap();
        }
        let killed = Self { dir };
        assert!(fs::read(killed.journal()).unwrap().starts_with(&JOURNAL), "the journal is to be used");
        killed
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("run.db")
    }

    fn journal(&self) -> PathBuf {
        self.dir.path().join("run.db-journal")
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.dir.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn text(connection: &Connection) -> (i64, String) {
    let query = "SELECT count(*), max(body) FROM text";
    connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn sqlite_alone_cannot_read_it() {
    let killed = Killed::new();
    let reader = Connection::open_with_flags(killed.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let error = reader.query_row("SELECT count(*) FROM text", [], |_| Ok(())).unwrap_err();
    assert!(error.to_string().contains("readonly"), "{error}");
}

#[test]
fn a_reader_recovers_what_a_killed_writer_left() {
    let killed = Killed::new();
    let reader = open(&killed.path(), Access::Read).unwrap();
    assert_eq!(text(&reader), (1, "as it was".to_owned()));
    assert!(reader.execute_batch("DELETE FROM text").is_err(), "it still only reads");
    drop(reader);
    assert_eq!(killed.names(), ["run.db"]);
    open(&killed.path(), Access::Write).unwrap();
}

#[test]
fn a_file_cut_in_its_last_page_is_recovered_too() {
    let killed = Killed::new();
    let length = fs::metadata(killed.path()).unwrap().len();
    fs::OpenOptions::new().write(true).open(killed.path()).unwrap().set_len(length - 100).unwrap();
    assert_eq!(text(&open(&killed.path(), Access::Read).unwrap()).0, 1);
}

#[test]
fn both_of_two_files_are_recovered_to_be_compared() {
    let (a, b) = (Killed::new(), Killed::new());
    let pair = open_pair(&a.path(), &b.path()).unwrap();
    for name in ["a", "b"] {
        let count: i64 = pair.query_row(&format!("SELECT count(*) FROM {name}.text"), [], |row| row.get(0)).unwrap();
        assert_eq!(count, 1);
    }
    drop(pair);
    assert_eq!((a.names(), b.names()), (vec!["run.db".to_owned()], vec!["run.db".to_owned()]));
}

#[test]
#[cfg(unix)]
fn a_file_is_recovered_by_each_of_its_names() {
    let killed = Killed::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.db");
    std::os::unix::fs::symlink(killed.path(), &link).unwrap();
    assert_eq!(text(&open(&link, Access::Read).unwrap()).0, 1);
    assert_eq!(killed.names(), ["run.db"]);
}

#[test]
fn a_writer_at_work_is_waited_for_and_not_disturbed() {
    let killed = Killed::new();
    let lock = Lock::acquire(&killed.path(), std::process::id()).unwrap();
    let before = fs::read(killed.path()).unwrap();
    let path = killed.path();
    let reader = thread::spawn(move || text(&open(&path, Access::Read).unwrap()).0);
    thread::sleep(10 * PAUSE);
    assert!(!reader.is_finished());
    assert!(killed.journal().exists() && fs::read(killed.path()).unwrap() == before, "nothing is recovered");
    drop(lock);
    assert_eq!(reader.join().unwrap(), 1);
    assert_eq!(killed.names(), ["run.db"]);
}

#[track_caller]
fn assert_told(result: Result<Connection, OpenError>, side: &str) {
    let error = result.unwrap_err();
    assert!(matches!(error, OpenError::Unrecovered { .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("cannot be recovered from {side}")), "{error}");
    let hint = error.hint().unwrap_or_default();
    assert!(hint.contains("copy both files") && hint.contains("`casebook status`"), "{hint}");
}

#[test]
fn what_cannot_be_recovered_is_told_with_what_does_it() {
    let killed = Killed::new();
    let whole = Killed::new();
    // No lock can be made, as in a folder that may not be written.
    fs::create_dir(killed.dir.path().join("run.db.lock")).unwrap();
    let (before, journal) = (fs::read(killed.path()).unwrap(), fs::read(killed.journal()).unwrap());
    assert_told(open(&killed.path(), Access::Read), "run.db-journal");
    assert_told(open_pair(&whole.path(), &killed.path()), "run.db-journal");
    assert!(fs::read(killed.path()).unwrap() == before && fs::read(killed.journal()).unwrap() == journal);

    // What the hint says helps.
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = |name: &str| fs::copy(killed.dir.path().join(name), elsewhere.path().join(name)).unwrap();
    copy("run.db");
    copy("run.db-journal");
    assert_eq!(text(&open(&elsewhere.path().join("run.db"), Access::Read).unwrap()).0, 1);
}

#[test]
fn what_nobody_left_is_not_looked_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.db");
    fs::write(&path, "").unwrap();
    assert_eq!(side_file(&path), None);
    fs::write(dir.path().join("run.db-journal"), "").unwrap();
    assert_eq!(side_file(&path), None);
    fs::write(dir.path().join("run.db-wal"), "log").unwrap();
    assert!(side_file(&path).is_some_and(|it| it.ends_with(Path::new("run.db-wal"))));
}
