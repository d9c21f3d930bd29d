//! What the world does to a run file: no room, no right to write, damage, a clock that jumps, a signal at any time. Each
//! time a clear error with a hint, nothing that was answered is lost, and the same command goes on.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::support::server::AMPLE;
use crate::support::{Ended, Project, Server, logical_dump, open, texts, wrapped};

fn tickets(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("ticket number {number}, which goes on for a while")).collect()
}

fn ended(mut command: Command) -> Ended {
    let output = command.output().expect("the command starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// The names beside the run file that begin with its own.
fn beside(project: &Project) -> Vec<String> {
    let names = fs::read_dir(project.dir()).expect("it is there").flatten().map(|it| it.file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.retain(|name| name.starts_with("tickets.db"));
    names.sort();
    names
}

/// An error that a person can act on: what, which file, and what to do; nothing panicked, and no signal ended it.
#[track_caller]
fn assert_clear(ended: &Ended) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("error: ") && ended.stderr.contains("tickets.db"), "{}", ended.stderr);
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Error code"), "{}", ended.stderr);
}

/// The run that was in trouble goes on to its end, and every call that the server saw is on record.
#[track_caller]
fn assert_goes_on(project: &Project, server: &Server, planned: usize) {
    let (before, asked) = (recorded_answers(project), server.count());
    project.run().expect(0);
    assert_eq!(server.count() - asked, planned - before, "what was answered and read is not asked again");
    let db = open(&project.db());
    assert_eq!(texts(&db, "SELECT accepted, pending FROM progress"), [format!("{planned}|0")]);
    assert_eq!(texts(&db, "SELECT count(*) FROM calls WHERE outcome = 'answered'"), [planned.to_string()]);
    let lost = texts(&db, "SELECT count(*) FROM calls WHERE outcome = 'lost'");
    assert!(lost[0].parse::<usize>().is_ok_and(|lost| lost >= server.count() - planned), "{lost:?}");
    drop(db);
    assert_eq!(beside(project), ["tickets.db"]);
    project.casebook(&["verify", "tickets.db"]).expect(0);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

/// How many answers the record holds, asked of a copy so that the next run finds it as it was left.
fn recorded_answers(project: &Project) -> usize {
    let scratch = tempfile::tempdir().expect("the system has room for a scratch folder");
    for name in beside(project).iter().filter(|name| !name.ends_with("-shm")) {
        fs::copy(project.dir().join(name), scratch.path().join(name)).expect("it can be copied");
    }
    let Ok(db) = Connection::open(scratch.path().join("tickets.db")) else { return 0 };
    let there = "SELECT name FROM sqlite_schema WHERE name IN ('calls', 'progress')";
    if texts(&db, there).len() < 2 {
        return 0;
    }
    for line in texts(&db, "SELECT planned = accepted + rejected + failed + skipped + blocked + pending FROM progress")
    {
        assert_eq!(line, "1", "rows are conserved");
    }
    texts(&db, "SELECT count(*) FROM calls WHERE outcome = 'answered'")[0].parse().expect("a count")
}

#[test]
#[cfg(unix)]
fn a_limit_on_the_size_of_files_is_told_and_nothing_is_lost() {
    let rows = tickets(60);
    let (mut stopped_early, mut stopped_late) = (0, 0);
    for kib in [0, 4, 36, 100, 240, 330, 420, 500, 560, 620, 680, 740, 800] {
        let server = Server::start();
        let project = Project::new(&server, &rows);
        // The shell counts blocks of 512 bytes.
        let limit = format!("ulimit -f {}; exec \"$@\"", 2 * kib);
        let limited = wrapped(&["sh", "-c", &limit, "sh"], &project.command(&["run", "casebook.yaml"]));
        let ended = ended(limited);
        if ended.code == Some(0) {
            continue;
        }
        assert_clear(&ended);
        *if server.count() == 0 { &mut stopped_early } else { &mut stopped_late } += 1;
        assert_goes_on(&project, &server, rows.len());
    }
    assert!(stopped_early > 1 && stopped_late > 0, "{stopped_early} before the first call, {stopped_late} after it");
}

/// Whether a command comes to a good end.
fn works(command: &[&str]) -> bool {
    let status = Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_nothing_is_lost() {
    // A small disk of its own that is gone with its last process; for the superuser, or where users may make such.
    let spaces = [&["unshare", "--mount"][..], &["unshare", "--user", "--map-root-user", "--mount"]];
    let probe =
        |space: &&&[&str]| works(&[space, &["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"][..]].concat());
    let Some(space) = spaces.iter().find(probe) else {
        println!("no small disk can be mounted here; the limit on the size of files stands in for it");
        return;
    };
    let rows = tickets(60);
    for kib in [16, 100, 300, 420, 520] {
        let server = Server::start();
        let project = Project::new(&server, &rows);
        fs::create_dir(project.dir().join("small")).expect("a scratch folder can be written");
        let script = format!(
            "mount -t tmpfs -o size={kib}k tmpfs small && {{ \"$@\"; echo \"first $?\"; mount -o remount,size=64m small; \
             \"$@\"; echo \"second $?\"; ls small; cp small/tickets.db tickets.db; }}"
        );
        let command = project.command(&["run", "casebook.yaml", "--db", "small/tickets.db", "--quiet"]);
        let ended = ended(wrapped(&[space, &["sh", "-c", &script, "sh"][..]].concat(), &command));
        assert!(ended.stdout.contains("second 0"), "{ended:?}");
        let left = ended.stdout.split("second 0\n").nth(1).expect("it is said");
        assert_eq!(left, "tickets.db\n", "nothing is left beside the run file");
        if ended.stdout.contains("first 0") {
            continue;
        }
        assert!(ended.stdout.contains("first 1"), "{ended:?}");
        assert!(ended.stderr.contains("error: ") && ended.stderr.contains("hint: "), "{}", ended.stderr);
        let said = ["no room is left", "No space left", "is its disk full"];
        assert!(said.iter().any(|it| ended.stderr.contains(it)), "{}", ended.stderr);
        let db = open(&project.db());
        assert_eq!(texts(&db, "SELECT accepted, pending FROM progress"), ["60|0"]);
        // What was meant to be sent is on record before it is sent, and may have been stopped in between.
        let calls: usize = texts(&db, "SELECT count(*) FROM calls")[0].parse().expect("a count");
        assert!((server.count()..=server.count() + 8).contains(&calls), "{calls} calls, {} came", server.count());
        drop(db);
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    }
}

/// Begins a command so that permissions bind it, the superuser too.
fn bound(project: &Project, args: &[&str]) -> Command {
    let command = project.command(args);
    let capable = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"];
    let superuser = ended({
        let mut id = Command::new("id");
        id.arg("-u");
        id
    });
    if superuser.stdout.trim() == "0" { wrapped(&capable, &command) } else { wrapped(&["env"], &command) }
}

#[cfg(unix)]
fn permit(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
#[cfg(unix)]
fn what_may_not_be_written_is_read_and_told() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(6));
    project.run().expect(0);
    let before = fs::read(project.db()).expect("it is there");
    // The file, its folder, both.
    for (file, folder) in [(0o444, 0o755), (0o644, 0o555), (0o444, 0o555)] {
        permit(&project.db(), file);
        permit(project.dir(), folder);
        let read =
            ended(bound(&project, &["sql", "tickets.db", "SELECT count(*) AS n FROM results", "--format", "csv"]));
        let verified = ended(bound(&project, &["verify", "tickets.db"]));
        let written: Vec<Ended> = [&["run", "casebook.yaml"][..], &["retry", "tickets.db", "--failed"]]
            .iter()
            .map(|args| ended(bound(&project, args)))
            .collect();
        let elsewhere = tempfile::tempdir().expect("a scratch folder can be made");
        permit(elsewhere.path(), 0o777);
        let to = elsewhere.path().join("out").display().to_string();
        let exported: Vec<Ended> =
            [&["export", "tickets.db", "--dir", &to][..], &["report", "tickets.db", "--dir", &to]]
                .iter()
                .map(|args| ended(bound(&project, args)))
                .collect();
        permit(project.dir(), 0o755);
        permit(&project.db(), 0o644);
        assert_eq!((read.code, read.stdout.as_str()), (Some(0), "n\n6\n"), "{read:?}");
        assert_eq!(verified.code, Some(0), "{verified:?}");
        for ended in written {
            assert_clear(&ended);
        }
        for ended in exported {
            assert_eq!(ended.code, Some(0), "{ended:?}");
            assert!(ended.stderr.contains("the run file does not keep the files"), "{}", ended.stderr);
        }
        for name in ["output.jsonl", "output.csv", "report.html"] {
            let read = |folder: &Path| fs::read(folder.join(name)).expect("it was written");
            assert!(read(&elsewhere.path().join("out")) == read(&project.dir().join("out/tickets")), "{name}");
        }
        assert!(fs::read(project.db()).expect("it is there") == before, "it is left as it was");
        assert_eq!(beside(&project), ["tickets.db"]);
    }
    project.run().expect(0);
    assert_eq!(server.count(), 6);
}

#[test]
#[cfg(unix)]
fn a_folder_for_exports_that_may_not_be_written_costs_no_answer() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(6));
    fs::create_dir(project.dir().join("out")).expect("a scratch folder can be written");
    permit(&project.dir().join("out"), 0o555);
    let stopped = ended(bound(&project, &["run", "casebook.yaml"]));
    permit(&project.dir().join("out"), 0o755);
    assert_eq!(stopped.code, Some(1), "{stopped:?}");
    assert!(stopped.stderr.contains("cannot write out/"), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("hint: the record holds the content"), "{}", stopped.stderr);
    project.run().expect(0);
    assert_eq!(server.count(), 6, "no answer was lost");
    assert!(!project.exported("output.jsonl").is_empty());
}

/// The commands that look at a run file or write to it.
const COMMANDS: [&[&str]; 7] = [
    &["run", "casebook.yaml"],
    &["status", "tickets.db"],
    &["failures", "tickets.db"],
    &["export", "tickets.db"],
    &["report", "tickets.db"],
    &["retry", "tickets.db", "--failed"],
    &["verify", "tickets.db"],
];

#[test]
fn a_file_that_was_cut_is_told_and_left_as_it_is() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(20));
    project.run().expect(0);
    let whole = fs::read(project.db()).expect("it is there");
    let asked = server.count();
    for length in [1, 99, 100, 512, 4095, 4096, 5000, whole.len() / 2, whole.len() - 4096, whole.len() - 1] {
        for args in COMMANDS {
            fs::write(project.db(), &whole[..length]).expect("a scratch folder can be written");
            let ended = project.casebook(args);
            assert_clear(&ended);
            assert!(fs::read(project.db()).expect("it is there") == whole[..length], "{length}: {args:?}");
            assert_eq!(beside(&project), ["tickets.db"], "{length}: {args:?}");
        }
    }
    assert_eq!(server.count(), asked);
    fs::write(project.db(), &whole).expect("a scratch folder can be written");
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

#[test]
fn a_damaged_page_is_found_wherever_it_is() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(20));
    project.run().expect(0);
    let whole = fs::read(project.db()).expect("it is there");
    assert_eq!(texts(&open(&project.db()), "PRAGMA freelist_count"), ["0"], "every page is of use");
    let pages = whole.len() / 4096;
    for page in (1..pages).step_by(pages / 12).chain([pages - 1]) {
        let mut damaged = whole.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(project.db(), &damaged).expect("a scratch folder can be written");
        let verified = project.casebook(&["verify", "tickets.db"]);
        assert_eq!(verified.code, Some(1), "page {page}: {verified:?}");
        for args in COMMANDS {
            fs::write(project.db(), &damaged).expect("a scratch folder can be written");
            let ended = project.casebook(args);
            // A command that does not come by the page does its work.
            assert!(matches!(ended.code, Some(0 | 1)), "page {page}: {args:?}: {ended:?}");
            if ended.code == Some(1) && args[0] != "verify" {
                assert!(
                    ended.stderr.contains("damaged") && ended.stderr.contains("hint: "),
                    "{args:?}: {}",
                    ended.stderr
                );
            }
        }
    }
}

#[test]
fn what_is_no_file_or_holds_nothing_is_told() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(3));
    fs::create_dir(project.db()).expect("a scratch folder can be written");
    for args in COMMANDS {
        let ended = project.casebook(args);
        assert_clear(&ended);
        assert!(ended.stderr.contains("it is not a regular file"), "{}", ended.stderr);
    }
    fs::remove_dir(project.db()).expect("it is empty");
    fs::write(project.db(), "").expect("a scratch folder can be written");
    for args in &COMMANDS[1..] {
        let ended = project.casebook(args);
        assert_clear(&ended);
        assert!(ended.stderr.contains("holds no run yet"), "{}", ended.stderr);
        assert_eq!(fs::metadata(project.db()).expect("it is there").len(), 0, "{args:?}");
    }
    project.run().expect(0);
    assert_eq!(server.count(), 3);
}

#[test]
fn what_a_kill_left_is_read_as_it_is() {
    let server = Server::start();
    let rows: Vec<String> = tickets(10).into_iter().chain(["[hold] ticket".to_owned()]).collect();
    let project = Project::new(&server, &rows);
    let running = project.start(&[]);
    server.wait_for(11);
    let began = Instant::now();
    while recorded_answers(&project) < 10 {
        assert!(began.elapsed() < AMPLE);
    }
    running.kill();
    assert!(beside(&project).contains(&"tickets.db-wal".to_owned()), "{:?}", beside(&project));
    for args in [&["status", "tickets.db"][..], &["failures", "tickets.db"], &["verify", "tickets.db"]] {
        project.casebook(args).expect(0);
    }
    #[cfg(unix)]
    {
        // Repairing it needs a folder that can be written.
        permit(project.dir(), 0o555);
        let ended = ended(bound(&project, &["status", "tickets.db"]));
        permit(project.dir(), 0o755);
        assert!(ended.code == Some(0) || ended.stderr.contains("hint: "), "{ended:?}");
    }
    server.release();
    let ended = project.run().expect(0);
    assert!(ended.stderr.contains("1 call in flight when an earlier run was killed"), "{}", ended.stderr);
    assert_eq!(server.count(), 12);
    assert_eq!(beside(&project), ["tickets.db"]);
}

/// Puts the run file into the state that a writer leaves which is killed in the middle of a write without a log: some
/// pages are new already, and the journal beside the file has the old ones.
fn half_written(project: &Project) {
    let scratch = tempfile::tempdir().expect("the system has room for a scratch folder");
    let path = scratch.path().join("tickets.db");
    fs::copy(project.db(), &path).expect("it can be copied");
    let writer = Connection::open(&path).expect("it can be opened");
    // A cache this small spills changed pages into the file before the commit.
    let change = "PRAGMA cache_size = 4; PRAGMA foreign_keys = OFF; BEGIN; CREATE TABLE filler (body TEXT);
                  WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 2000)
                  INSERT INTO filler SELECT hex(zeroblob(500)) FROM counted;";
    writer.execute_batch(change).expect("it can be changed");
    for name in ["tickets.db", "tickets.db-journal"] {
        fs::copy(scratch.path().join(name), project.dir().join(name)).expect("it can be copied");
    }
}

#[test]
fn a_file_left_in_the_middle_of_a_write_is_recovered_by_whoever_comes_first() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(6));
    project.run().expect(0);
    let before = logical_dump(&project.db());
    fs::copy(project.db(), project.dir().join("other.db")).expect("it can be copied");
    let commands = [
        &["status", "tickets.db"][..],
        &["verify", "tickets.db"],
        &["verify", "tickets.db", "--replay"],
        &["sql", "tickets.db", "SELECT * FROM results"],
        &["diff", "tickets.db", "other.db"],
        &["diff", "other.db", "tickets.db"],
        &["run", "casebook.yaml", "--dry-run"],
        &["export", "tickets.db"],
        &["run", "casebook.yaml"],
    ];
    for args in commands {
        half_written(&project);
        project.casebook(args).expect(0);
        assert_eq!(beside(&project), ["tickets.db"], "{args:?}");
        assert_eq!(logical_dump(&project.db()), before, "{args:?}");
    }
    assert_eq!(server.count(), 6);
}

#[test]
#[cfg(unix)]
fn a_file_that_cannot_be_recovered_where_it_lies_is_told_with_what_does_it() {
    let server = Server::start();
    let project = Project::new(&server, &tickets(6));
    project.run().expect(0);
    fs::copy(project.db(), project.dir().join("other.db")).expect("it can be copied");
    half_written(&project);
    let read = [
        (&["status", "tickets.db"][..], 1),
        (&["verify", "tickets.db"], 1),
        (&["sql", "tickets.db", "SELECT 1"], 1),
        (&["diff", "tickets.db", "other.db"], 2),
    ];
    permit(project.dir(), 0o555);
    let told: Vec<_> = read.iter().map(|(args, code)| (ended(bound(&project, args)), *code)).collect();
    permit(project.dir(), 0o755);
    for (ended, code) in told {
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains("cannot be recovered from tickets.db-journal"), "{}", ended.stderr);
        assert!(ended.stderr.contains("`casebook status` on the copy"), "{}", ended.stderr);
    }
    assert_eq!(beside(&project), ["tickets.db", "tickets.db-journal"]);
    project.casebook(&["status", "tickets.db"]).expect(0);
    assert_eq!(beside(&project), ["tickets.db"]);
}

/// Moves every time that the record holds, as if the clock had been wrong while it was made.
fn shift_clock(db: &Path, years: i32) {
    let db = Connection::open(db).expect("a run file can be opened");
    let triggers = texts(&db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'");
    let making = texts(&db, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'");
    for name in triggers {
        db.execute_batch(&format!("DROP TRIGGER \"{name}\"")).expect("it is there");
    }
    let columns = "SELECT 'UPDATE \"' || t.name || '\" SET \"' || c.name || '\" = strftime(''%Y-%m-%dT%H:%M:%fZ'', \"' \
                   || c.name || '\", ''?? years'') WHERE \"' || c.name || '\" IS NOT NULL' \
                   FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
                   WHERE t.type = 'table' AND t.name NOT LIKE 'refinery%' AND c.name LIKE '%\\_at' ESCAPE '\\'";
    let updates = texts(&db, columns);
    assert!(updates.len() > 5, "{updates:?}");
    for update in updates {
        db.execute_batch(&update.replace("??", &format!("{years:+}"))).expect("it can be changed");
    }
    for trigger in making {
        db.execute_batch(&trigger).expect("it was there");
    }
}

#[test]
fn a_clock_that_jumps_changes_no_result() {
    let prompts = ["Ticket: {{ row.text }}", "The ticket: {{ row.text }}"];
    let prompt = |user: &str| format!("name: p\nsystem: |\n  Sort. {{{{ llm_schema }}}}\nuser: |\n  {user}\n");
    let rows = ["one", "[malformed 1] two", "[fail 1] three", "[500 1] four"];
    let server = Server::start();
    let story = |years: Option<i32>| {
        server.forget();
        let project = Project::judged(&server, &rows);
        let mut dumps = Vec::new();
        for user in [prompts[0], prompts[1], prompts[0]] {
            project.write("generate.yaml", &prompt(user));
            project.run().expect(0);
            dumps.push(logical_dump(&project.db()));
            if let Some(years) = years {
                shift_clock(&project.db(), years);
            }
        }
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
        (dumps, server.count())
    };
    let steady = story(None);
    // Seen from the next run, the clock jumps back, or forth.
    for years in [40, -40] {
        assert!(story(Some(years)) == steady, "{years}");
    }
}

#[test]
#[cfg(unix)]
fn a_signal_in_any_stage_stops_and_the_same_command_goes_on() {
    let rows = tickets(2000);
    let server = Server::start();
    let project = Project::new(&server, &rows).set("llm.max_workers", "64");
    let mut codes = Vec::new();
    for (invocation, stage) in (1..).zip(["contract", "ingest", "plan", "generate", "export"]) {
        let mut running = project.start(&[]);
        let began = Instant::now();
        let query = format!("SELECT 1 FROM manifest WHERE stage = '{stage}' AND invocation >= {invocation}");
        while !running.has_ended() && began.elapsed() < AMPLE {
            let found = Connection::open_with_flags(project.db(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
                .and_then(|db| db.query_row(&query, [], |_| Ok(())));
            if found.is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        running.signal("TERM");
        let ended = running.wait();
        assert!(matches!(ended.code, Some(0 | 130)), "{ended:?}");
        codes.push(ended.code);
        assert_eq!(beside(&project), ["tickets.db"], "{stage}: it is brought to rest");
    }
    assert!(codes.contains(&Some(130)), "{codes:?}");
    project.run().expect(0);
    assert_eq!(server.count(), rows.len(), "what was in flight was waited for, and nothing is asked twice");
    assert_eq!(texts(&open(&project.db()), "SELECT accepted, pending FROM progress"), ["2000|0"]);
    project.casebook(&["verify", "tickets.db"]).expect(0);
}
