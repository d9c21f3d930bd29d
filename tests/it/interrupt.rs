//! Ctrl-C and SIGTERM: the first stops in good order, the second at once; the same command goes on. Every command ends
//! with exit code 130.
#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::support::server::{AMPLE, Act, by_tags};
use crate::support::{Ended, Project, Running, Server, logical_dump, open, texts, wrapped};

/// Ten rows whose answers wait until the server lets them go, and ten that are answered at once.
fn tickets() -> Vec<String> {
    (0..20).map(|number| format!("{} ticket {number}", if number < 10 { "[hold]" } else { "" })).collect()
}

fn count(project: &Project, what: &str) -> usize {
    texts(&open(&project.db()), &format!("SELECT 1 FROM calls WHERE outcome = '{what}'")).len()
}

/// Sends the first signal, and waits until the process says that it has heard it.
fn interrupt(running: &mut Running, name: &str) {
    running.signal(name);
    let began = Instant::now();
    while !running.stderr().contains("Ctrl-C again") {
        assert!(began.elapsed() < AMPLE && !running.has_ended(), "the signal is not heard:\n{}", running.stderr());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_interrupts_a_batch_names_it() {
    let server = Server::start();
    let project = Project::judged(&server, &tickets());
    let mut running = project.start(&["--workers", "6", "--batch", "today"]);
    server.wait_for(6);
    interrupt(&mut running, "INT");
    server.release();
    let ended = running.wait().expect(130);
    let (_, day) = ended.stderr.split_once("Batch ").unwrap();
    let day = day.lines().next().unwrap();
    let says = format!("Interrupted: run the same command again, with `--batch {day}`, to continue.");
    assert!(ended.stderr.contains(&says) && day != "today", "{}", ended.stderr);
}

#[test]
fn the_first_signal_finishes_what_is_in_flight() {
    for name in ["INT", "TERM"] {
        let server = Server::start();
        let project = Project::judged(&server, &tickets());
        let mut running = project.start(&["--workers", "6"]);
        server.wait_for(6);
        interrupt(&mut running, name);
        server.release();
        let ended = running.wait().expect(130);
        assert!(ended.stderr.contains("Interrupted"), "{}", ended.stderr);
        assert_eq!(server.count(), 6, "nothing more was asked");
        assert_eq!((count(&project, "answered"), count(&project, "lost"), count(&project, "in_flight")), (6, 0, 0));
        let db = open(&project.db());
        assert_eq!(texts(&db, "SELECT status FROM invocation"), ["interrupted"]);
        assert_eq!(texts(&db, "SELECT planned, pending, in_flight FROM progress"), ["20|20|0"]);
        drop(db);
        assert!(!project.dir().join("out/tickets/output.jsonl").exists(), "half a run is not exported");
        assert!(!project.dir().join("tickets.db-wal").exists(), "the record is one file");

        let ended = project.run().expect(0);
        assert!(!ended.stderr.contains("in flight when"), "{}", ended.stderr);
        assert_eq!(server.count(), 40, "no answer was asked for twice");
        assert_same_as_undisturbed(&server, &project);
    }
}

#[test]
fn a_signal_does_not_hide_what_is_wrong_nor_give_up_what_is_paid_for() {
    let server = Server::with(|ask| {
        if ask.question().contains("refused") {
            Act::error(401, "this key opens nothing")
        } else {
            Act::Hold(Box::new(by_tags(ask)))
        }
    });
    let mut rows = ["ticket 1", "ticket 2", "ticket 3"].map(str::to_owned).to_vec();
    rows.extend((0..20).map(|number| format!("ticket refused {number}")));
    let project = Project::new(&server, &rows);
    let mut running = project.start(&["--workers", "23"]);
    server.wait_for(23);
    let began = Instant::now();
    while count(&project, "failed") < 20 {
        assert!(began.elapsed() < AMPLE, "the refusals are on record while three answers are held");
        thread::sleep(Duration::from_millis(5));
    }
    interrupt(&mut running, "INT");
    server.release();
    let ended = running.wait().expect(1);
    assert!(ended.stderr.contains("this key opens nothing"), "{}", ended.stderr);
    assert_eq!((count(&project, "answered"), count(&project, "lost"), count(&project, "in_flight")), (3, 0, 0));
    assert_eq!(texts(&open(&project.db()), "SELECT status FROM invocation"), ["failed"]);
}

#[test]
fn the_second_signal_stops_at_once_and_keeps_what_was_answered() {
    for names in [["INT", "INT"], ["TERM", "TERM"], ["INT", "TERM"]] {
        let server = Server::start();
        // The held ones come first; the others pass by on the two workers that are left.
        let project = Project::new(&server, &tickets()).set("llm.max_workers", "12");
        let mut running = project.start(&[]);
        server.wait_for(20);
        let began = Instant::now();
        while !project.db().exists() || count(&project, "answered") < 10 {
            assert!(began.elapsed() < AMPLE, "ten answers are on record while ten are held");
            thread::sleep(Duration::from_millis(5));
        }
        interrupt(&mut running, names[0]);
        running.signal(names[1]);
        let ended = running.wait().expect(130);
        assert!(ended.stderr.contains("given up: 10 calls in flight"), "{}", ended.stderr);
        // The ten that were given up may have been billed.
        assert!(ended.stderr.contains("cost              unknown (20 calls)"), "{}", ended.stderr);
        assert_eq!((count(&project, "answered"), count(&project, "lost"), count(&project, "in_flight")), (10, 10, 0));
        assert_eq!(texts(&open(&project.db()), "SELECT accepted, pending FROM progress"), ["10|10"]);

        server.release();
        project.run().expect(0);
        assert_eq!(server.count(), 30, "the ten that were given up are asked again, and no others");
        assert_same_as_undisturbed(&server, &project);
    }
}

#[test]
fn a_signal_while_waiting_to_ask_again_does_not_wait() {
    let server = Server::with(|_| crate::support::Act::Reply {
        status: 429,
        headers: vec![("retry-after", "500".to_owned())],
        body: "{}".into(),
    });
    let project = Project::new(&server, &["one", "two"]);
    let running = project.start(&[]);
    server.wait_for(2);
    running.signal("INT");
    running.wait().expect(130);
    assert_eq!(texts(&open(&project.db()), "SELECT pending, failed FROM progress"), ["2|0"]);
    assert_eq!(count(&project, "failed"), 2);
}

fn assert_same_as_undisturbed(server: &Server, project: &Project) {
    let other = Project::new(server, &tickets());
    let judged = texts(&open(&project.db()), "SELECT 1 FROM calls WHERE purpose = 'judge'").len() > 1;
    let other = if judged { other.set("prompts.judge", "judge.yaml") } else { other };
    other.run().expect(0);
    assert_eq!(logical_dump(&project.db()), logical_dump(&other.db()));
    assert!(project.exported("output.jsonl") == other.exported("output.jsonl"));
}

/// The pipeline with sample answers: no server, no network.
const RUN: [&str; 8] =
    ["run", "casebook.yaml", "--provider", "sample", "--db", "tickets.db", "--set", "schema.path=schema.json"];

/// The commands that read a run file or another file.
const READING: [&[&str]; 9] = [
    &["status", "tickets.db"],
    &["failures", "tickets.db"],
    &["show", "tickets.db", "--row", "1"],
    &["sql", "tickets.db", "SELECT * FROM results"],
    &["diff", "tickets.db", "other.db"],
    &["verify", "tickets.db"],
    &["run", "casebook.yaml", "--provider", "sample", "--db", "none.db", "--dry-run"],
    &["schema", "infer", "examples.jsonl"],
    &["prices"],
];

/// The commands that write a run file, and a replay, which writes a scratch file.
const WRITING: [&[&str]; 8] = [
    &["export", "tickets.db", "--formats", "csv", "--dir", "again"],
    &["report", "tickets.db", "--dir", "again"],
    &["parse", "tickets.db", "--config", "casebook.yaml", "--set", "run.seed=7"],
    &["retry", "tickets.db", "--failed", "--rejected"],
    &["clean", "tickets.db", "--from", "generate"],
    &["review", "tickets.db", "--decisions", "decisions.csv", "--by", "Ada"],
    &["verify", "tickets.db", "--replay"],
    &RUN,
];

/// A project whose run is done, and its run file.
struct Finished {
    project: Project,
    bytes: Vec<u8>,
}

impl Finished {
    fn new(rows: usize) -> Self {
        let texts: Vec<String> = (0..rows).map(|number| format!("ticket {number}")).collect();
        let project = Project::at("http://127.0.0.1:9", &texts);
        project.casebook(&RUN).expect(0);
        let bytes = fs::read(project.db()).expect("it is there");
        fs::write(project.dir().join("other.db"), &bytes).expect("a scratch folder can be written");
        let ids = texts_of(&project, "SELECT work_id FROM results");
        let lines: Vec<String> = ids.iter().map(|id| format!("{id},accept,it is fine\n")).collect();
        project.write("decisions.csv", &format!("work_id,decision,reason\n{}", lines.concat()));
        let examples: Vec<String> = (0..rows).map(|number| format!("{{\"number\": {number}}}\n")).collect();
        project.write("examples.jsonl", &examples.concat());
        Self { project, bytes }
    }

    /// Puts back the run file; for a run, there is none.
    fn restore(&self, args: &[&str]) {
        for name in ["tickets.db", "tickets.db-wal", "tickets.db-shm", "tickets.db-journal", "tickets.db.lock"] {
            let _ = fs::remove_file(self.project.dir().join(name));
        }
        let _ = fs::remove_dir_all(self.project.dir().join("again"));
        if args != RUN {
            fs::write(self.project.db(), &self.bytes).expect("a scratch folder can be written");
        }
    }

    /// Begins a command. A signal that comes before it listens is ignored: the system would end it in its own way.
    fn begin(&self, args: &[&str]) -> Child {
        let ignoring = ["sh", "-c", "trap '' INT; echo; exec \"$@\"", "sh"];
        let mut command = wrapped(&ignoring, &self.project.command(args));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let ready = child.stdout.as_mut().expect("it is piped").read_exact(&mut [0]);
        ready.expect("signals are ignored from here on");
        child
    }

    /// The names in the folder that begin with the run file's.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.project.dir()).expect("it is there").flatten().map(|it| it.file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.retain(|name| name.starts_with("tickets.db"));
        names.sort();
        names
    }
}

fn texts_of(project: &Project, query: &str) -> Vec<String> {
    texts(&open(&project.db()), query)
}

fn signal(child: &Child) {
    let sent = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).stderr(Stdio::null()).status();
    sent.expect("there is a `kill`");
}

fn ended(child: Child) -> Ended {
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Whether nothing that was committed is gone; repairs what the end left.
#[track_caller]
fn assert_sound(project: &Project, args: &[&str]) {
    if project.db().exists() {
        let db = Connection::open(project.db()).expect("it can be opened");
        assert_eq!(texts(&db, "PRAGMA integrity_check"), ["ok"], "{args:?}");
    }
}

#[test]
fn every_command_that_is_interrupted_from_its_first_moment_on_ends_in_good_order() {
    let finished = Finished::new(300);
    for args in READING.into_iter().chain(WRITING) {
        finished.restore(args);
        let child = finished.begin(args);
        // Until it has ended and was waited for, there is somebody to be sent a signal.
        let again_and_again = "while kill -s INT $1; do :; done";
        let pid = child.id().to_string();
        let mut sender = Command::new("sh");
        let sender = sender.args(["-c", again_and_again, "sh", &pid]).stderr(Stdio::null()).spawn();
        let ended = ended(child);
        sender.expect("there is a shell").wait().expect("it ends");
        // A command may come to its end before a signal is heard; then all it was asked for is there.
        assert!(matches!(ended.code, Some(130 | 0)), "{args:?}: {ended:?}");
        assert!(!ended.stderr.contains("error"), "{args:?}: {ended:?}");
        assert_sound(&finished.project, args);
    }
}

#[test]
fn a_command_that_writes_stops_in_good_order_wherever_it_is_interrupted() {
    let finished = Finished::new(300);
    for args in WRITING {
        finished.restore(args);
        let began = Instant::now();
        finished.project.casebook(args).expect(0);
        let undisturbed = began.elapsed();
        let mut codes = Vec::new();
        for moment in 0..6 {
            finished.restore(args);
            let child = finished.begin(args);
            thread::sleep(undisturbed * moment / 6);
            signal(&child);
            let ended = ended(child);
            // It may have come to its end before the signal, or the signal before it listened.
            assert!(matches!(ended.code, Some(0 | 130)), "{args:?}, moment {moment}: {ended:?}");
            assert!(!ended.stderr.contains("error"), "{args:?}, moment {moment}: {ended:?}");
            codes.push(ended.code);
            if finished.project.db().exists() {
                assert_eq!(finished.beside(), ["tickets.db"], "{args:?}, moment {moment}: it is one file");
                let how = "SELECT status FROM invocation WHERE status NOT IN ('done', 'interrupted')";
                assert_eq!(texts_of(&finished.project, how), [""; 0], "{args:?}, moment {moment}");
            }
            assert_sound(&finished.project, args);
        }
        println!("{args:?} ended with {codes:?}");
        // The same command goes on.
        finished.project.casebook(args).expect(0);
        finished.project.casebook(&["verify", "tickets.db"]).expect(0);
    }
}

#[test]
fn a_query_without_an_end_is_interrupted() {
    let finished = Finished::new(2);
    let endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";
    let mut child = finished.begin(&["sql", "tickets.db", endless]);
    while child.try_wait().expect("it can be asked").is_none() {
        signal(&child);
        thread::sleep(Duration::from_millis(5));
    }
    let ended = ended(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(130), ""), "{ended:?}");
}

#[test]
fn a_review_that_waits_for_an_answer_is_interrupted() {
    let finished = Finished::new(3);
    let project = &finished.project;
    let mut command = project.command(&["review", "tickets.db", "--sample", "3", "--by", "Ada", "--reason", "so"]);
    let said = fs::File::create(project.dir().join("said")).expect("a scratch folder can be written");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(said).spawn().expect("it starts");
    let mut answers = child.stdin.take().expect("it is piped");
    let asked = |times: usize| {
        let began = Instant::now();
        loop {
            let said = fs::read_to_string(project.dir().join("said")).expect("it is there");
            if said.matches("[q]uit?").count() >= times {
                return;
            }
            assert!(began.elapsed() < AMPLE, "{said}");
            thread::sleep(Duration::from_millis(2));
        }
    };
    asked(1);
    answers.write_all(b"accept\n").expect("it reads");
    asked(2);
    signal(&child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(finished.beside(), ["tickets.db"], "it is one file");
    assert_eq!(texts_of(project, "SELECT status FROM invocation WHERE command = 'review'"), ["interrupted"]);
    assert_eq!(texts_of(project, "SELECT kind FROM decision"), ["accept"], "what was decided stays");
}
