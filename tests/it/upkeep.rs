//! What is done to a run file beside running it, and files that must be left alone.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use casebook::inside::engine::{
    self, CleanSummary, Destination, EngineError, ExportChoice, OutputFormat, RetrySelection,
};
use casebook::inside::record::Stage;
use casebook::inside::store;
use casebook::inside::view::item::FindError;

use crate::projects::{NONE, Project, Runs, calls, problems};

const ONE: &str = r#"{"label": "one", "note": "fine"}"#;

/// Four accepted (a, b, d, f), one rejected by a check (c), one failed (e), after one attempt each.
fn mixed() -> Project {
    let answers = [
        ("a", 1, ONE),
        ("b", 1, ONE),
        ("c", 1, r#"{"label": "two", "note": "fine"}"#),
        ("d", 1, ONE),
        ("e", 1, "no JSON"),
        ("f", 1, ONE),
    ];
    let mut project = Project::recorded(&answers);
    project.set("llm.retries", "0");
    project.set("checks", r#"[{name: is_one, expr: "output.label == 'one'"}]"#);
    project.run();
    project
}

fn retry(project: &Project, failed: bool, rejected: bool, work_ids: &[&str]) -> Result<usize, EngineError> {
    let work_ids = work_ids.iter().map(|&it| it.to_owned()).collect();
    engine::retry(&project.db(), &RetrySelection { failed, rejected, work_ids, ..RetrySelection::default() })
}

fn open_items(project: &Project) -> Vec<String> {
    project.list("SELECT id FROM results WHERE status = 'pending'")
}

#[test]
fn retry_opens_what_is_named_and_asks_anew() {
    let project = mixed();
    assert_eq!(project.cost(), NONE, "what is decided stays decided");
    assert_eq!(retry(&project, true, false, &[]).unwrap(), 1);
    assert_eq!(open_items(&project), ["e"]);
    assert_eq!(project.cost(), calls(1, 0), "another sample, not the tape");
    assert_eq!(retry(&project, false, true, &[]).unwrap(), 1);
    assert_eq!(open_items(&project), ["c"]);
    assert_eq!(retry(&project, true, true, &[]).unwrap(), 1, "what is open already stays as it is");
    assert_eq!(open_items(&project), ["c", "e"]);
    assert_eq!(project.cost(), calls(2, 0));
    assert_eq!(project.number("SELECT count(*) FROM attempts"), 9, "earlier attempts stay");
    project.assert_sound();
}

#[test]
fn retry_by_the_beginning_of_an_id() {
    let project = mixed();
    let id = project.text("SELECT work_id FROM results WHERE id = 'a'");
    assert_eq!(retry(&project, false, false, &[&id[..12]]).unwrap(), 1);
    assert_eq!(open_items(&project), ["a"]);
    assert_eq!(project.cost(), calls(1, 0), "an accepted one too");
    assert_eq!(retry(&project, false, false, &[&id.to_uppercase(), &id]).unwrap(), 1, "named twice, opened once");
    assert_eq!(project.cost(), calls(1, 0));
    assert_eq!(
        project.number("SELECT count(*) FROM history WHERE work_id = (SELECT work_id FROM results WHERE id = 'a')"),
        3
    );
    project.assert_sound();
}

#[test]
fn retry_of_nothing_or_of_what_is_not_there_changes_nothing() {
    let project = mixed();
    assert!(matches!(retry(&project, false, false, &[]), Err(EngineError::NothingSelected)));
    assert!(matches!(retry(&project, false, false, &["zz"]), Err(EngineError::Find(FindError::NotAnId(_)))));
    // Among seventeen ids, two begin alike.
    let mut rows = "id,text\n".to_owned();
    (0..17).for_each(|row| writeln!(rows, "r{row},text {row}").unwrap());
    let many = Project::new();
    many.write("input.csv", rows);
    many.run();
    let ids = many.list("SELECT work_id FROM results ORDER BY work_id");
    let pair = ids.windows(2).find(|pair| pair[0][..1] == pair[1][..1]).unwrap();
    let good = ids[0].as_str();
    let error = retry(&many, false, false, &[good, &pair[0][..1]]).unwrap_err();
    assert!(matches!(error, EngineError::Find(FindError::Several { .. })), "{error}");
    assert!(open_items(&many).is_empty(), "all or nothing");
    let ended = many.casebook(&["retry", "test.db", &pair[0][..1]]);
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    assert!(ended.stderr.contains("give more of the id"), "{}", ended.stderr);
}

/// Cleans from each stage, with the tape and without, and counts the calls that the next run makes.
#[test]
fn clean_sets_aside_and_the_tape_still_answers() {
    for stage in [Stage::Contract, Stage::Ingest, Stage::Plan, Stage::Generate, Stage::Export, Stage::Report] {
        let project = Project::judged();
        project.run();
        let before = (project.read("out/test/output.jsonl"), project.read("out/test/output.psv"));
        let rows = |it: &Project| it.number("SELECT (SELECT count(*) FROM attempt) + (SELECT count(*) FROM call)");
        let recorded = rows(&project);
        let cleaned = engine::clean(&project.db(), stage, false).unwrap();
        let decided = stage <= Stage::Generate;
        let (items, attempts) = if decided { (6, 6) } else { (0, 0) };
        assert_eq!(cleaned, CleanSummary { work_items: items, attempts, calls: 0 }, "{stage}");
        assert_eq!(rows(&project), recorded, "nothing is deleted");
        project.assert_sound();
        assert_eq!(project.cost(), NONE, "{stage}");
        assert_eq!((project.read("out/test/output.jsonl"), project.read("out/test/output.psv")), before, "{stage}");
        assert_eq!(project.number("SELECT count(*) FROM attempts WHERE current"), 6);
        project.assert_sound();
        assert_eq!(project.cost(), NONE);
    }
}

#[test]
fn clean_with_the_tape_asks_everything_again() {
    let project = Project::judged();
    project.run();
    let cleaned = engine::clean(&project.db(), Stage::Generate, true).unwrap();
    assert_eq!(cleaned, CleanSummary { work_items: 6, attempts: 6, calls: 12 });
    assert_eq!(project.cost(), calls(6, 6));
    project.assert_sound();
    for stage in [Stage::Export, Stage::Report] {
        let error = engine::clean(&project.db(), stage, true).unwrap_err();
        assert!(error.is_usage(), "what stays accepted keeps its answers: {error}");
    }
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
}

#[test]
fn exports_and_reports_come_from_the_record_alone() {
    let mut project = Project::judged();
    project.set("outputs.formats", "[jsonl, psv]");
    project.run();
    let written = project.entries();
    let other = tempfile::tempdir().unwrap();
    let db = other.path().join("run.db");
    fs::copy(project.db(), &db).unwrap();
    drop(project);
    let names = |paths: &[std::path::PathBuf]| -> Vec<String> {
        paths.iter().map(|it| it.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    let to = |name: &str| Destination { dir: Some(other.path().join(name)), overwrite: false };
    let paths = engine::export(&db, &Destination::default(), ExportChoice::default()).unwrap().files;
    assert_eq!(names(&paths), ["output.jsonl", "output.psv"]);
    assert!(paths.iter().all(|it| it.starts_with(other.path().join("out/run"))), "{paths:?}");
    let reports = engine::report(&db, &to("here")).unwrap().files;
    assert_eq!(names(&reports), ["report.md", "report.html"]);
    for path in paths.iter().chain(&reports) {
        let was = written.iter().find(|(it, _)| it.file_name() == path.file_name()).unwrap().1;
        assert!(fs::read(path).unwrap() == *was, "{}", path.display());
    }
    let csv = ExportChoice { formats: &[OutputFormat::Csv], ..ExportChoice::default() };
    let chosen = engine::export(&db, &to("csv"), csv).unwrap().files;
    assert_eq!(names(&chosen), ["output.csv"]);
    assert_eq!(fs::read_to_string(&chosen[0]).unwrap().lines().count(), 7);
}

#[test]
fn upkeep_of_what_is_no_run_says_so() {
    let project = Project::new();
    for arguments in [
        &["status", "none.db"][..],
        &["export", "none.db"],
        &["report", "none.db"],
        &["retry", "none.db", "--failed"],
        &["clean", "none.db", "--from", "plan"],
        &["verify", "none.db"],
        &["sql", "none.db", "SELECT 1"],
        &["failures", "none.db"],
        &["show", "none.db", "ab"],
    ] {
        let ended = project.casebook(arguments);
        assert!(matches!(ended.code, Some(1 | 2)), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains("there is no run file"), "{arguments:?}: {}", ended.stderr);
        assert!(!project.path("none.db").exists() && !project.path("none.db.lock").exists(), "{arguments:?}");
    }
}

#[test]
fn a_second_writer_is_refused_with_the_first_ones_pid() {
    let project = Project::new();
    project.run();
    let before = fs::read(project.db()).unwrap();
    let lock = store::Lock::acquire(&project.db(), 4711).unwrap();
    for arguments in
        [&["run", "casebook.yaml"][..], &["retry", "test.db", "--failed"], &["clean", "test.db", "--from", "plan"]]
    {
        let ended = project.casebook(arguments);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("(pid 4711)"), "{}", ended.stderr);
    }
    let reading = project.casebook(&["status", "test.db"]);
    assert_eq!(reading.code, Some(0), "{reading:?}");
    drop(lock);
    assert!(fs::read(project.db()).unwrap() == before);
    assert_eq!(project.casebook(&["export", "test.db"]).code, Some(0));
}

#[test]
fn at_rest_the_record_is_one_file() {
    let project = Project::judged();
    project.run();
    let beside = || {
        let entries = fs::read_dir(project.dir()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("test.db")).collect::<Vec<_>>()
    };
    assert_eq!(beside(), ["test.db"]);
    for arguments in [
        &["status", "test.db"][..],
        &["sql", "test.db", "SELECT * FROM results"],
        &["failures", "test.db"],
        &["export", "test.db"],
        &["report", "test.db"],
        &["clean", "test.db", "--from", "export"],
        &["verify", "test.db", "--replay"],
    ] {
        let ended = project.casebook(arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(beside(), ["test.db"], "{arguments:?}");
    }
}

/// Runs into a file that must be refused, and holds that it is left as it is.
#[track_caller]
fn refused(project: &Project, said: &str) {
    let before = fs::read(project.db()).unwrap();
    for arguments in [&["run", "casebook.yaml"][..], &["status", "test.db"], &["export", "test.db"]] {
        let ended = project.casebook(arguments);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert!(ended.stderr.contains("hint:"), "{}", ended.stderr);
    }
    assert!(fs::read(project.db()).unwrap() == before);
    let left: Vec<_> = project.entries().into_keys().filter(|it| it.to_string_lossy().contains("test.db-")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_newer_file_is_refused() {
    let project = Project::new();
    project.run();
    project.tamper("PRAGMA user_version = 99");
    refused(&project, "has format 99");
}

#[test]
fn a_file_from_before_the_first_release_is_refused() {
    let project = Project::new();
    project.run();
    project.tamper("PRAGMA user_version = 3");
    refused(&project, "has format 3, of a build before the first release, which this build does not read");
}

#[test]
fn what_is_no_run_file_is_left_alone() {
    let project = Project::new();
    project.write("test.db", "some notes of mine, which nobody may overwrite\n".repeat(20));
    refused(&project, "it is not a SQLite database");
    fs::remove_file(project.db()).unwrap();
    let other = rusqlite::Connection::open(project.db()).unwrap();
    other.execute_batch("CREATE TABLE mine (id INTEGER); INSERT INTO mine VALUES (1)").unwrap();
    drop(other);
    refused(&project, "is a SQLite database, but not a run file");
}

#[test]
#[cfg(unix)]
fn a_read_only_folder_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    project.run();
    let set = |mode: u32| fs::set_permissions(project.dir(), fs::Permissions::from_mode(mode)).unwrap();
    fs::set_permissions(project.db(), fs::Permissions::from_mode(0o444)).unwrap();
    set(0o555);
    let read = project.casebook(&["sql", "test.db", "SELECT count(*) AS n FROM results", "--format", "csv"]);
    // The superuser may write everywhere; then there is nothing to refuse.
    let may_write = fs::write(project.path("probe"), "").is_ok();
    let written = project.casebook(&["export", "test.db"]);
    set(0o755);
    assert_eq!((read.code, read.stdout.as_str()), (Some(0), "n\n6\n"), "{read:?}");
    if !may_write {
        assert_eq!(written.code, Some(1), "{written:?}");
        assert!(written.stderr.contains("cannot"), "{}", written.stderr);
    }
}

#[test]
fn the_plain_sqlite3_opens_every_view() {
    if Command::new("sqlite3").arg("--version").output().is_err() {
        return;
    }
    let project = mixed();
    let views = project.list("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name");
    assert!(views.len() >= 11, "{views:?}");
    for view in &views {
        let ours = project.number(&format!("SELECT count(*) FROM \"{view}\""));
        let query = format!("SELECT count(*) FROM (SELECT * FROM \"{view}\")");
        let ended = Command::new("sqlite3").arg("-readonly").arg(project.db()).arg(query).ended();
        assert_eq!((ended.code, ended.stdout.trim()), (Some(0), ours.to_string().as_str()), "{view}: {}", ended.stderr);
    }
    let query = "SELECT id, label, status FROM results WHERE status = 'rejected'";
    let ended = Command::new("sqlite3").arg("-readonly").arg(project.db()).arg(query).ended();
    assert_eq!(ended.stdout, "c||rejected\n");
}

#[test]
fn every_reading_command_prints_every_format() {
    let project = mixed();
    let id = project.text("SELECT work_id FROM results WHERE id = 'c'");
    for arguments in [
        &["status", "test.db"][..],
        &["failures", "test.db"],
        &["show", "test.db", &id],
        &["sql", "test.db", "SELECT * FROM results"],
    ] {
        for format in ["table", "json", "jsonl", "csv", "psv", "md"] {
            let ended = project.casebook(&[arguments, &["--format", format]].concat());
            assert_eq!(ended.code, Some(0), "{arguments:?} {format}: {ended:?}");
            assert!(!ended.stdout.is_empty());
            match format {
                "json" => drop(serde_json::from_str::<serde_json::Value>(&ended.stdout).unwrap()),
                "jsonl" => {
                    ended.stdout.lines().for_each(|it| drop(serde_json::from_str::<serde_json::Value>(it).unwrap()));
                }
                _ => {}
            }
        }
    }
}

#[test]
fn whatever_is_done_to_a_run_file_it_stays_sound() {
    for seed in [1, 4, 16, 149] {
        let mut state = u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15) ^ 0x0BAD_CAFE;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut project = Project::judged();
        project.set("llm.sample", "{malformed: 0.3, extra_field: 0.2}");
        // How often a judge was asked is known from the tape alone, which a smaller number of retries does not shorten.
        project.set("judge.llm.sample", "{malformed: 0, extra_field: 0, judge_fail: 0.4}");
        project.run();
        let mut done = Vec::new();
        for _ in 0..10 {
            let (what, more) = (next(7), next(4));
            done.push((what, more));
            match what {
                0 => drop(retry(&project, more % 2 == 0, true, &[]).unwrap()),
                1 => {
                    let stages = [Stage::Ingest, Stage::Plan, Stage::Generate, Stage::Export];
                    let from = stages[usize::try_from(more).unwrap()];
                    engine::clean(&project.db(), from, next(2) == 0).unwrap();
                }
                2 => project.set_to("llm.retries", &more.to_string()),
                3 => {
                    let words = ["what the text", "what this text"];
                    let word = words[usize::try_from(more % 2).unwrap()];
                    project.write("prompt.yaml", crate::projects::PROMPT.replace(words[0], word));
                }
                4 => project.set_to("cache.force", if more == 0 { "true" } else { "false" }),
                5 => {
                    let mut options = project.options();
                    options.limit = Some(more);
                    engine::run(&options, &mut |_| {}).unwrap();
                }
                _ => drop(project.run()),
            }
            let found = problems(&project.verify(true));
            assert!(found.is_empty(), "seed {seed}, {done:?}: {found:#?}");
        }
        project.run();
        assert_eq!(project.number("SELECT pending FROM progress"), 0);
        project.assert_sound();
    }
}
