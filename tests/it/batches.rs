//! `run --batch`: each batch of a configuration has a run file and an output folder of its own.

use std::fs;
use std::path::Path;

use crate::support::{Project, Server};

fn is_run_file(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it == "db")
}

/// What is in the project's folder, its run files and output folders alone.
fn made(project: &Project) -> Vec<String> {
    let names = |dir: &str| {
        let entries = fs::read_dir(project.dir().join(dir)).into_iter().flatten().flatten();
        entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let dbs = names("").into_iter().filter(|it| is_run_file(it));
    let mut all: Vec<String> = dbs.chain(names("out").into_iter().map(|it| format!("out/{it}"))).collect();
    all.sort();
    all
}

#[test]
fn each_batch_is_apart() {
    let server = Server::start();
    let project = Project::new(&server, &["one", "two"]);
    for batch in ["2026-11-29", "2026-11-30"] {
        project.casebook(&["run", "casebook.yaml", "--batch", batch]).expect(0);
    }
    assert_eq!(
        made(&project),
        ["out/tickets-2026-11-29", "out/tickets-2026-11-30", "tickets-2026-11-29.db", "tickets-2026-11-30.db"]
    );
    assert_eq!(server.count(), 4, "a batch takes no answer from another one");
    let again = project.casebook(&["run", "casebook.yaml", "--batch", "2026-11-30"]).expect(0);
    assert_eq!(server.count(), 4, "{}", again.stderr);
    project.casebook(&["verify", "tickets-2026-11-30.db", "--replay"]).expect(0);
    // Its exports go where its run wrote them.
    let exported = project.casebook(&["export", "tickets-2026-11-30.db"]).expect(0);
    assert!(exported.stdout.contains("out/tickets-2026-11-30/"), "{}", exported.stdout);
}

#[test]
fn a_configured_folder_has_one_for_each_batch() {
    let server = Server::start();
    let project = Project::new(&server, &["one"]).set("outputs.dir", "results");
    project.start(&["--batch", "a"]).wait().expect(0);
    project.start(&["--batch", "b"]).wait().expect(0);
    let exported = project.casebook(&["export", "tickets-b.db"]).expect(0);
    assert!(exported.stdout.lines().all(|it| it.contains("results/tickets-b/")), "{}", exported.stdout);
    assert!(project.dir().join("results/tickets-a").is_dir());
}

#[test]
fn pages_have_a_folder_for_each_batch() {
    let server = Server::start();
    let project = Project::new(&server, &["one"]).set("report.pages", "pages/");
    for batch in ["a", "b", "b"] {
        project.start(&["--batch", batch]).wait().expect(0);
    }
    let index = |name: &str| project.dir().join(format!("pages/{name}/index.html"));
    assert!(index("tickets-a").is_file() && index("tickets-b").is_file());
    assert!(!project.dir().join("pages/index.html").exists());
    let reported = project.casebook(&["report", "tickets-b.db"]).expect(0);
    assert!(reported.stdout.contains("pages/tickets-b/index.html"), "{}", reported.stdout);
    // Of two run files in one folder, the message says which key to change.
    project.start(&[]).wait().expect(0);
    assert!(project.dir().join("pages/index.html").is_file());
    let ended = project.start(&["--db", "other.db", "--set", "outputs.dir=elsewhere"]).wait().expect(2);
    assert!(ended.stderr.contains("`report.pages`"), "{}", ended.stderr);
}

#[test]
fn today_is_a_day_and_the_command_that_continues_names_it() {
    let server = Server::start();
    // These two places are never on the same day.
    let days = ["<+14>-14", "<-12>12"].map(|zone| {
        let project = Project::new(&server, &["one", "two"]).env("TZ", zone);
        let ended = project.start(&["--batch", "today", "--limit", "1"]).wait().expect(0);
        let files = made(&project);
        let db = files.iter().find(|it| is_run_file(it)).unwrap();
        let day = db.strip_prefix("tickets-").unwrap().strip_suffix(".db").unwrap().to_owned();
        assert!(ended.stderr.contains(&format!("--batch {day}")), "{}", ended.stderr);
        assert!(!ended.stderr.contains("--batch today"), "{}", ended.stderr);
        day
    });
    assert!(days.iter().all(|day| day.len() == 10), "{days:?}");
    assert_ne!(days[0], days[1]);
}

#[test]
fn a_batch_that_cannot_be_a_name_is_refused() {
    let server = Server::start();
    let project = Project::new(&server, &["one"]);
    for more in [&["--batch", "../x"] as &[&str], &["--batch", ""], &["--batch", "a", "--db", "x.db"]] {
        let words: Vec<&str> = ["run", "casebook.yaml"].iter().chain(more).copied().collect();
        project.casebook(&words).expect(2);
    }
    assert!(made(&project).is_empty());
}
