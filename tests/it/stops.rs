//! The shipped examples, stopped at many moments: Ctrl-C ends with 130, and what is left is sound, goes on, and comes to
//! the same end. And a kill while the file is being closed leaves one that can be read.
#![cfg(unix)]

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::server::AMPLE;
use crate::support::{Ended, Project, open, texts};

/// An example as it is shipped, with its run file's name, and what makes its answers slow.
struct Example {
    project: Project,
    db: &'static str,
    slow: &'static [&'static str],
}

fn example(name: &str) -> Example {
    let project = Project::at::<&str>("http://127.0.0.1:1/v1", &[]);
    fs::remove_file(project.dir().join("casebook.yaml")).unwrap();
    project.casebook(&["init", "it", "--example", name]).expect(0);
    match name {
        "chain" => {
            let slow = &["--set", "llm.sample.latency_ms=25", "--workers", "2"];
            Example { project, db: "it/chain.db", slow }
        }
        _ => {
            // Thirty of its three hundred complaints.
            let path = project.dir().join("it/data/complaints.csv");
            let table = fs::read_to_string(&path).unwrap();
            fs::write(&path, table.split_inclusive('\n').take(31).collect::<String>()).unwrap();
            Example { project, db: "it/perspectives.db", slow: &["--workers", "1"] }
        }
    }
}

impl Example {
    fn run(&self) -> Ended {
        self.project.casebook(&["run", "it/casebook.yaml"])
    }

    fn rows(&self, query: &str) -> Vec<String> {
        texts(&open(&self.project.dir().join(self.db)), query)
    }

    #[track_caller]
    fn sound(&self, when: &str) {
        for args in [&["verify", self.db][..], &["verify", self.db, "--replay"]] {
            let ended = self.project.casebook(args);
            assert_eq!(ended.code, Some(0), "{when}: {args:?}\n{}{}", ended.stdout, ended.stderr);
        }
    }

    /// Ctrl-C once so many answers are on record; says whether the run was still at work.
    fn interrupted(&self, answers: u32) -> bool {
        let args = [&["run", "it/casebook.yaml"][..], self.slow].concat();
        let mut command = self.project.begin(&args);
        let db = self.project.dir().join(self.db);
        let count = |query: &str| {
            let reading = rusqlite::Connection::open_with_flags(&db, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
            reading.and_then(|it| it.query_row(query, [], |row| row.get::<_, u32>(0))).unwrap_or(0)
        };
        let enough = || match answers {
            0 => count("SELECT count(*) FROM calls") > 0,
            _ => count("SELECT count(*) FROM calls WHERE outcome = 'answered'") >= answers,
        };
        let began = Instant::now();
        while !command.has_ended() && !enough() {
            assert!(began.elapsed() < AMPLE);
            thread::sleep(Duration::from_millis(1));
        }
        command.signal("INT");
        let ended = command.wait();
        let heard = ended.stderr.contains("Ctrl-C");
        assert!(!heard || ended.code == Some(130), "{answers} answers: {ended:?}");
        heard
    }
}

/// Stops an example once after so many answers, and holds what is left to its promises.
fn stopped(name: &str, moments: &[u32]) {
    let whole = example(name);
    whole.run().expect(0);
    let results = "SELECT * FROM results";
    let mut heard = 0;
    let mut wrong = Vec::new();
    for answers in moments {
        let held = std::panic::catch_unwind(|| {
            let it = example(name);
            let heard = it.interrupted(*answers);
            it.sound("after Ctrl-C");
            it.run().expect(0);
            it.sound("gone on with");
            assert_eq!(it.rows(results), whole.rows(results));
            it.project.casebook(&["clean", it.db, "--from", "generate"]).expect(0);
            it.sound("after `clean --from generate`");
            it.run().expect(0);
            it.sound("after `clean --from generate` and a run");
            it.project.casebook(&["retry", it.db, "--failed"]).expect(0);
            it.sound("after `retry --failed`");
            it.run().expect(0);
            assert_eq!(it.rows(results), whole.rows(results));
            heard
        });
        match held {
            Ok(true) => heard += 1,
            Ok(false) => {}
            Err(panic) => wrong.push(format!("{answers} answers: {:?}", panic.downcast_ref::<String>())),
        }
    }
    assert!(wrong.is_empty(), "{} of {} went wrong:\n{}", wrong.len(), moments.len(), wrong.join("\n"));
    assert!(heard > 0, "no moment was one of work");
}

#[test]
fn the_chain_stopped_at_any_moment_is_sound() {
    stopped("chain", &[0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 15]);
}

#[test]
fn the_readers_stopped_at_any_moment_are_sound() {
    stopped("perspectives", &[0, 1, 2, 5, 10, 20, 29, 31, 45, 60, 75, 85]);
}

#[test]
fn a_finished_chain_is_sound_after_cleaning_and_retrying() {
    for name in ["chain", "perspectives"] {
        let it = example(name);
        it.run().expect(0);
        let before = it.rows("SELECT * FROM results");
        let id = it.rows("SELECT work_id FROM attempts ORDER BY work_id LIMIT 1").remove(0);
        for command in [
            &["clean", it.db, "--from", "generate"][..],
            &["retry", it.db, "--failed"],
            &["retry", it.db, &id],
            &["clean", it.db, "--from", "plan"],
        ] {
            it.project.casebook(command).expect(0);
            it.sound(&format!("{name}: {command:?}"));
            it.run().expect(0);
            it.sound(&format!("{name}: {command:?} and a run"));
        }
        assert_eq!(it.rows("SELECT work_id FROM results").len(), before.len());
    }
}

#[test]
fn a_file_that_was_left_with_a_journal_can_be_read() {
    let steps = "  - {name: a, rule: {x: row.text}}\n";
    let rows: Vec<String> = (0..20).map(|it| it.to_string()).collect();
    let mut hot = 0;
    for _ in 0..40 {
        let project = Project::sampled(&rows, steps);
        let journal = project.dir().join("tickets.db-journal");
        let mut running = project.start(&[]);
        let began = Instant::now();
        // The first journal is of the file's making, the next of its closing.
        let mut seen = false;
        while !running.has_ended() && began.elapsed() < AMPLE {
            let is_there = journal.exists();
            if is_there && project.dir().join("out/tickets/report.html").exists() {
                break;
            }
            seen |= is_there;
        }
        running.kill();
        if !project.db().exists() {
            continue;
        }
        hot += usize::from(journal.exists() || seen);
        for command in
            [&["status", "tickets.db"][..], &["verify", "tickets.db"], &["sql", "tickets.db", "SELECT * FROM results"]]
        {
            let ended = project.casebook(command);
            let heals = ended.stderr.contains("hint:") && ended.stderr.contains("`casebook ");
            assert!(ended.code == Some(0) || heals, "it is read, or what heals it is named: {command:?}: {ended:?}");
        }
        project.run().expect(0);
        project.sound();
    }
    println!("{hot} of 40 had a journal");
}
