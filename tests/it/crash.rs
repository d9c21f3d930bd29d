//! Killed anywhere, the same command goes on: nothing that was answered is asked again, and the outcome is the same.
//!
//! Each kill is a SIGKILL of the real binary, at a point told by the server's count of requests or by the run file. Where
//! exactly it hits differs from time to time; what is asserted does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::support::server::{AMPLE, key_of};
use crate::support::{Dump, Ended, Project, Running, Server, logical_dump, open, texts};

/// The calls of a process that runs, or was killed without a word, which have no response.
const IN_FLIGHT: &str = "SELECT call.id FROM call JOIN invocation ON invocation.id = call.invocation
    WHERE invocation.status = 'running' AND NOT EXISTS (SELECT 1 FROM response WHERE response.call = call.id)";
/// The calls of invocations that are over, which have none.
const LOST: &str = "SELECT call.id FROM call JOIN invocation ON invocation.id = call.invocation
    WHERE invocation.status <> 'running' AND NOT EXISTS (SELECT 1 FROM response WHERE response.call = call.id)";

/// Every way to misbehave in what is said.
const SAID: [&str; 11] = [
    "",
    "[malformed 1]",
    "[extra 2]",
    "[fail 1]",
    "[malformed]",
    "[odd 1]",
    "[length 1] [empty 2]",
    "[fail]",
    "[refusal 1]",
    "[400]",
    "[wrong 1] [fail 2]",
];

/// Every way to fail in passing; each costs the wait before the request is sent again.
const SENT: [&str; 5] = ["[500 1]", "[close 1] [malformed 1]", "[429 2]", "[length 1] [cut 1]", "[garbage 1] [fail 1]"];

fn tickets(count: usize, ways: &[&str]) -> Vec<String> {
    (0..count).map(|number| format!("{} ticket number {number}", ways[number % ways.len()]).trim().to_owned()).collect()
}

fn project(server: &Server, rows: &[String]) -> Project {
    Project::judged(server, rows).set("llm.retries", "3")
}

/// How the run ends that nobody disturbs, and the bytes of its exports.
struct Undisturbed {
    dump: Dump,
    exports: Vec<Vec<u8>>,
    requests: usize,
}

const EXPORTS: [&str; 3] = ["output.jsonl", "output.psv", "output.csv"];

fn undisturbed(server: &Server, rows: &[String]) -> Undisturbed {
    let project = project(server, rows);
    // Some rows fail for good.
    project.run().expect(3);
    let requests = server.count();
    server.forget();
    Undisturbed {
        dump: logical_dump(&project.db()),
        exports: EXPORTS.iter().map(|name| project.exported(name)).collect(),
        requests,
    }
}

/// What the run file held when its process was killed.
struct Left {
    /// What was answered, as the server knows it.
    answered: BTreeSet<String>,
    /// The calls that were sent and not read.
    in_flight: Vec<String>,
    /// How many invocations had begun.
    invocations: usize,
    /// The stages that were done.
    stages: BTreeSet<String>,
}

/// Looks at a copy of the run file, so that the next run finds it as the kill left it.
fn left(project: &Project, planned: usize) -> Left {
    let nothing = Left { answered: BTreeSet::new(), in_flight: vec![], invocations: 0, stages: BTreeSet::new() };
    if !project.db().exists() {
        return nothing;
    }
    let scratch = tempfile::tempdir().expect("the system has room for a scratch folder");
    let copy = scratch.path().join("copy.db");
    fs::copy(project.db(), &copy).expect("the run file can be copied");
    let wal = PathBuf::from(format!("{}-wal", project.db().display()));
    if wal.exists() {
        fs::copy(wal, scratch.path().join("copy.db-wal")).expect("the log can be copied");
    }
    let db = Connection::open(&copy).expect("a run file after a kill can be opened");
    assert_eq!(texts(&db, "PRAGMA integrity_check"), ["ok"]);
    assert_eq!(texts(&db, "PRAGMA foreign_key_check"), [""; 0]);
    if texts(&db, "SELECT name FROM sqlite_schema WHERE name = 'progress'").is_empty() {
        return nothing;
    }
    let conserved =
        "SELECT planned, planned = accepted + rejected + failed + skipped + blocked + pending FROM progress";
    for line in texts(&db, conserved) {
        assert_eq!(line, format!("{planned}|1"), "rows are conserved");
    }
    Left {
        answered: answered(&db),
        in_flight: texts(&db, IN_FLIGHT),
        invocations: texts(&db, "SELECT id FROM invocation").len(),
        stages: texts(&db, "SELECT stage FROM manifests").into_iter().collect(),
    }
}

/// The messages of every request that the tape answers.
fn answered(db: &Connection) -> BTreeSet<String> {
    let mut statement = db
        .prepare(
            "SELECT request_id, role, content FROM messages \
             WHERE request_id IN (SELECT request_id FROM calls WHERE outcome = 'answered') ORDER BY request_id, number",
        )
        .expect("the views are there");
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, (row.get(1)?, row.get(2)?))))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<(String, (String, String))>>>)
        .expect("the views can be read");
    rows.chunk_by(|one, other| one.0 == other.0)
        .map(|request| key_of(&request.iter().map(|(_, message)| message.clone()).collect::<Vec<_>>()))
        .collect()
}

/// A run that is killed again and again, and held to its promises each time.
struct Victim<'a> {
    server: &'a Server,
    project: Project,
    planned: usize,
    left: Left,
    lost: BTreeSet<String>,
    hit: Vec<String>,
}

impl<'a> Victim<'a> {
    fn new(server: &'a Server, rows: &[String]) -> Self {
        server.forget();
        let project = project(server, rows);
        let left = left(&project, rows.len());
        Self { server, project, planned: rows.len(), left, lost: BTreeSet::new(), hit: Vec::new() }
    }

    /// Runs until `when` returns, then kills.
    fn killed(&mut self, when: impl FnOnce(&Self, &mut Running)) {
        let asked = self.server.count();
        let mut running = self.project.start(&[]);
        when(self, &mut running);
        let ended = running.kill();
        self.look(asked, &ended);
        let last = ["report", "export", "generate", "plan", "ingest", "contract"];
        let last = last.into_iter().find(|stage| self.left.stages.contains(*stage)).unwrap_or("nothing");
        self.hit.push(format!("{} requests, {last} done", self.server.count()));
    }

    /// Holds a run that ended, one way or the other, to what the one before it left.
    fn look(&mut self, asked: usize, ended: &Ended) {
        let now = left(&self.project, self.planned);
        for ask in &self.server.log()[asked..] {
            assert!(!self.left.answered.contains(&ask.key), "asked again: {}", ask.key);
        }
        assert!(now.answered.is_superset(&self.left.answered), "an answer is gone");
        if now.invocations > self.left.invocations {
            let db = open_copy(&self.project);
            let still: BTreeSet<String> = texts(&db, LOST).into_iter().collect();
            self.lost.extend(self.left.in_flight.iter().cloned());
            assert!(still.is_superset(&self.lost), "what was in flight is lost, and known to be");
        }
        // Whoever asked the server has said before what was lost.
        let count = self.left.in_flight.len();
        if count > 0 && (self.server.count() > asked || ended.code.is_some()) {
            let said = format!("{count} call");
            assert!(ended.stderr.contains(&said) && ended.stderr.contains("in flight"), "{}", ended.stderr);
        }
        self.left = now;
    }

    /// Runs to the end and compares.
    fn finish(mut self, expected: &Undisturbed) -> Vec<String> {
        let asked = self.server.count();
        let ended = self.project.run().expect(3);
        self.look(asked, &ended);
        let db = open(&self.project.db());
        let lost: BTreeSet<String> = texts(&db, LOST).into_iter().collect();
        assert_eq!(lost, self.lost, "only what was in flight is lost");
        assert_eq!(texts(&db, "SELECT count(*) FROM calls WHERE outcome = 'in_flight'"), ["0"]);
        assert_eq!(logical_dump(&self.project.db()), expected.dump);
        for (name, bytes) in EXPORTS.iter().zip(&expected.exports) {
            assert!(self.project.exported(name) == *bytes, "{name} differs");
        }
        self.hit
    }
}

fn open_copy(project: &Project) -> Connection {
    let copy = project.dir().join("look.db");
    for end in ["", "-wal"] {
        let (from, to) = (format!("{}{end}", project.db().display()), format!("{}{end}", copy.display()));
        let _ = fs::remove_file(&to);
        let _ = fs::copy(from, to);
    }
    Connection::open(&copy).expect("a copy can be opened")
}

/// Waits until the run file holds the manifest of `stage`, or the process is done.
fn until_stage(project: &Project, running: &mut Running, stage: &str) {
    let began = Instant::now();
    let query = format!("SELECT 1 FROM manifest WHERE stage = '{stage}'");
    while !running.has_ended() && began.elapsed() < AMPLE {
        let found = project.db().exists()
            && Connection::open_with_flags(project.db(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
                .and_then(|db| db.query_row(&query, [], |_| Ok(())))
                .is_ok();
        if found {
            return;
        }
    }
}

#[test]
fn a_run_killed_again_and_again_comes_to_the_same_end() {
    let server = Server::start();
    server.latency(Duration::from_millis(3));
    let rows = tickets(48, &[&SAID[..], &SENT[..]].concat());
    let expected = undisturbed(&server, &rows);
    let mut victim = Victim::new(&server, &rows);
    for part in 1..=14 {
        victim.killed(|it, _| it.server.wait_for(expected.requests * part / 20));
    }
    let hit = victim.finish(&expected);
    println!("killed at {hit:#?}");
}

#[test]
fn a_run_killed_in_its_first_moments_comes_to_the_same_end() {
    let server = Server::start();
    let rows = tickets(16, &SAID);
    let expected = undisturbed(&server, &rows);
    for time in [0, 4, 8, 12, 16, 20, 24, 32, 40] {
        let mut victim = Victim::new(&server, &rows);
        victim.killed(|_, _| thread::sleep(Duration::from_millis(time)));
        let hit = victim.finish(&expected);
        println!("killed after {time} ms at {hit:?}");
    }
}

#[test]
fn a_run_killed_between_its_stages_comes_to_the_same_end() {
    let server = Server::start();
    let rows = tickets(16, &SAID);
    let expected = undisturbed(&server, &rows);
    let mut victim = Victim::new(&server, &rows);
    for stage in ["contract", "ingest", "plan", "generate", "export", "report"] {
        victim.killed(|it, running| until_stage(&it.project, running, stage));
    }
    let hit = victim.finish(&expected);
    println!("killed at {hit:#?}");
}

#[test]
fn a_run_killed_after_its_last_request_comes_to_the_same_end() {
    let server = Server::start();
    let rows = tickets(16, &SAID);
    let expected = undisturbed(&server, &rows);
    for time in [0, 3, 6, 10, 15, 20, 30, 50] {
        let mut victim = Victim::new(&server, &rows);
        victim.killed(|it, _| {
            it.server.wait_for(expected.requests);
            thread::sleep(Duration::from_millis(time));
        });
        let hit = victim.finish(&expected);
        println!("killed {time} ms after the last request at {hit:?}");
    }
}
