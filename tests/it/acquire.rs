//! `input.command`: a command fetches the table, and the run file keeps what it wrote.
#![cfg(unix)]

use std::fs;
use std::path::Path;

use crate::support::{KEY, KEY_ENV, Project, Server};

/// A project whose table is what `script` writes, with these further keys of `input`.
fn fetching(server: &Server, script: &str, more: &str) -> Project {
    let project = Project::new(server, &["unused"]);
    fs::remove_file(project.dir().join("tickets.csv")).unwrap();
    project.write("fetch.sh", script);
    let text = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
    let input = format!("input: {{command: [sh, fetch.sh], key: id{more}}}");
    project.write("casebook.yaml", &text.replace("input: {path: tickets.csv, key: id}", &input));
    project
}

const TWO: &str = "echo ran >> ran.txt\nprintf 'id,text\\n1,one\\n2,two\\n'\n";

/// How often the script ran.
fn ran(project: &Project) -> usize {
    fs::read_to_string(project.dir().join("ran.txt")).unwrap_or_default().lines().count()
}

#[test]
fn a_table_is_fetched_once_and_again_when_that_is_asked_for() {
    let server = Server::start();
    let project = fetching(&server, TWO, "");
    let ended = project.run().expect(0);
    assert!(ended.stderr.contains("acquire   20 bytes from `sh fetch.sh`"), "{}", ended.stderr);
    assert_eq!((ran(&project), server.count()), (1, 2));
    let ended = project.run().expect(0);
    assert!(ended.stderr.contains("acquire   20 bytes on record; `--refresh` runs"), "{}", ended.stderr);
    assert_eq!((ran(&project), server.count()), (1, 2), "the record has it");
    // The script has changed, and its text in the configuration has not.
    project.write("fetch.sh", &TWO.replace("2,two", "2,two\\n3,three"));
    project.run().expect(0);
    assert_eq!((ran(&project), server.count()), (1, 2));
    project.start(&["--refresh"]).wait().expect(0);
    assert_eq!((ran(&project), server.count()), (2, 3));
    assert_eq!(project.rows_of("SELECT text FROM results ORDER BY id"), ["one", "two", "three"]);
    assert_eq!(project.rows_of("SELECT name, bytes FROM artifacts WHERE name = 'input'"), ["input|20", "input|28"]);
    project.casebook(&["verify", "tickets.db"]).expect(0);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    // Another command is another input.
    project.start(&["--set", "input.command=[sh, fetch.sh, all]"]).wait().expect(0);
    assert_eq!((ran(&project), server.count()), (3, 3));
    project.casebook(&["clean", "tickets.db", "--from", "acquire"]).expect(0);
    project.run().expect(0);
    assert_eq!((ran(&project), server.count()), (4, 3), "the tape still answers");
    project.sound();
}

#[test]
fn a_table_is_fetched_before_anything_else() {
    let server = Server::start();
    let project = fetching(&server, TWO, "");
    let ended = project.start(&["--dry-run"]).wait().expect(2);
    assert!(
        ended.stderr.contains("the table is still to be fetched by `input.command` (sh fetch.sh)"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("--only acquire"), "{}", ended.stderr);
    assert_eq!(ran(&project), 0);
    let ended = project.start(&["--from", "plan"]).wait().expect(2);
    assert!(ended.stderr.contains("needs `acquire`"), "{}", ended.stderr);
    assert!(!project.db().exists() && ran(&project) == 0);
    project.start(&["--only", "acquire"]).wait().expect(0);
    assert_eq!((ran(&project), server.count()), (1, 0));
    project.start(&["--dry-run"]).wait().expect(0);
    project.run().expect(0);
    assert_eq!((ran(&project), server.count()), (1, 2));
    let plain = Project::new(&server, &["one"]);
    for words in [&["--refresh"] as &[&str], &["--only", "acquire"]] {
        let ended = plain.start(words).wait().expect(2);
        assert!(ended.stderr.contains("has no `input.command`"), "{}", ended.stderr);
    }
}

#[test]
fn a_command_that_fails_leaves_nothing() {
    let server = Server::start();
    let secret = format!("echo first >&2\necho \"key ${KEY_ENV}\" >&2\nprintf 'id,text\\n1,one\\n'\nexit 3\n");
    for (script, says) in [
        (secret.as_str(), "it ended with exit code 3: first | key ***"),
        ("echo why >&2\n", "it wrote nothing: why"),
        ("printf '\\033[31mred\\033[0m\\n' >&2; exit 1", "it ended with exit code 1"),
    ] {
        let project = fetching(&server, script, "");
        let ended = project.run().expect(1);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert!(!ended.stderr.contains(KEY) && !ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
        assert!(ended.stderr.contains("hint: it runs without a shell"), "{}", ended.stderr);
        assert!(!project.db().exists() && !project.dir().join("out").exists());
    }
    let project = fetching(&server, TWO, "");
    let ended = project.start(&["--set", "input.command=[no-such-program]"]).wait().expect(1);
    assert!(ended.stderr.contains("it cannot be started"), "{}", ended.stderr);
    // What is on record stays where a new fetch fails.
    project.run().expect(0);
    project.write("fetch.sh", "exit 9");
    project.start(&["--refresh"]).wait().expect(1);
    project.run().expect(0);
    assert_eq!(project.rows_of("SELECT count(*) FROM results"), ["2"]);
}

#[test]
fn a_bad_table_on_record_is_fetched_again() {
    let server = Server::start();
    for (table, says) in [
        ("name,text\\n1,one\\n", "`input.key` is `id`"),
        ("id,text\\n1,one\\n1,two\\n", "both rows have the key `1`"),
        ("id,text\\n", "there is no row below the header"),
        ("id,id\\n1,one\\n", "id"),
    ] {
        let project = fetching(&server, &format!("printf '{table}'\n"), "");
        let bad = |ended: &crate::support::Ended| {
            assert!(ended.stderr.contains(says), "{}", ended.stderr);
            assert!(
                ended.stderr.contains("`casebook run CONFIG --refresh` runs its command again"),
                "{}",
                ended.stderr
            );
        };
        bad(&project.run().expect(2));
        project.write("fetch.sh", TWO);
        bad(&project.run().expect(2));
        bad(&project.start(&["--dry-run"]).wait().expect(2));
        project.start(&["--refresh"]).wait().expect(0);
    }
    // A file is not fetched.
    let plain = Project::new(&server, &["one"]);
    plain.write("tickets.csv", "name,text\n1,one\n");
    let ended = plain.run().expect(2);
    assert!(!ended.stderr.contains("--refresh"), "{}", ended.stderr);
}

#[test]
fn a_command_is_run_as_it_is_written() {
    let server = Server::start();
    // Without a shell, nothing in its words is expanded; its folder is the configuration's.
    let script = "printf 'id\\ttext\\n1\\t%s\\n2\\t%s\\n' \"$1\" \"$(basename \"$PWD\")\"\n";
    let project = fetching(&server, script, ", format: tsv");
    project.write("run.sh", "#!/bin/sh\nexec sh ./fetch.sh \"$@\"\n");
    executable(&project.dir().join("run.sh"));
    let elsewhere = tempfile::tempdir().unwrap();
    let config = project.dir().join("casebook.yaml");
    let set = "input.command=[./run.sh, '$HOME; rm *']";
    let mut command = project.command(&["run", config.to_str().unwrap(), "--set", set]);
    let output = command.current_dir(elsewhere.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = project.dir().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(project.rows_of("SELECT text FROM results ORDER BY id"), ["$HOME; rm *".to_owned(), folder]);
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_signal_ends_the_command() {
    let server = Server::start();
    let project = fetching(&server, "echo $$ > pid.txt\nexec sleep 600\n", "");
    let running = project.start(&[]);
    let pid = loop {
        match fs::read_to_string(project.dir().join("pid.txt")) {
            Ok(pid) if pid.ends_with('\n') => break pid.trim().to_owned(),
            _ => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    };
    running.signal("INT");
    running.wait().expect(130);
    assert!(!Path::new(&format!("/proc/{pid}")).exists() || !cfg!(target_os = "linux"), "{pid} is still there");
    assert!(!project.db().exists());
}

#[test]
fn what_is_wrong_with_a_command_is_said() {
    let server = Server::start();
    for (input, says) in [
        ("{path: a.csv, command: [sh]}", "not from both"),
        ("{command: []}", "expected a program and its arguments"),
        ("{command: ['']}", "expected a program and its arguments"),
        ("{command: sh fetch.sh}", "`input.command`"),
        ("{key: id}", "input.path"),
    ] {
        let project = Project::new(&server, &["one"]);
        let text = fs::read_to_string(project.dir().join("casebook.yaml")).unwrap();
        project.write("casebook.yaml", &text.replace("{path: tickets.csv, key: id}", input));
        let ended = project.run().expect(2);
        assert!(ended.stderr.contains(says), "{input}: {}", ended.stderr);
        assert!(ended.stderr.contains("casebook.yaml:2"), "{}", ended.stderr);
    }
}

#[test]
fn a_rendering_takes_the_table_that_is_on_record() {
    let server = Server::start();
    let project = fetching(&server, TWO, "");
    project.write("cases.yaml", "cases: [{name: second, row: 2, expect: {contains: [two]}}]\n");
    for more in [&["--row", "2"] as &[&str], &["--check", "cases.yaml"]] {
        let ended = project.with_settings("render", more).expect(2);
        assert!(ended.stderr.contains("`casebook run CONFIG --only acquire` fetches it"), "{}", ended.stderr);
    }
    let ended = project.with_settings("render", &["--db", "none.db"]).expect(1);
    assert!(ended.stderr.contains("none.db"), "{}", ended.stderr);
    assert_eq!((ran(&project), server.count()), (0, 0), "nothing runs");
    project.start(&["--only", "acquire"]).wait().expect(0);
    let ended = project.with_settings("render", &["--row", "2"]).expect(0);
    assert!(ended.stdout.contains("two"), "{}", ended.stdout);
    project.with_settings("render", &["--check", "cases.yaml"]).expect(0);
    project.run().expect(0);
    project.with_settings("render", &["--key", "1"]).expect(0);
    assert_eq!((ran(&project), server.count()), (1, 2));
}
