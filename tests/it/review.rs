//! What people decide: how it is taken, that it holds, that it is marked, and that it ends with the task it was made on.

use std::io::Write as _;
use std::process::Stdio;

use crate::projects::{NONE, Project, calls, problems};
use crate::support::Ended;

const ONE: &str = r#"{"label": "one", "note": "fine"}"#;
const TWO: &str = r#"{"label": "two", "note": "not so"}"#;

/// Four accepted (a, b, d, f), one rejected by a check (c), one failed (e), after one attempt each.
fn mixed() -> Project {
    let answers = [("a", 1, ONE), ("b", 1, ONE), ("c", 1, TWO), ("d", 1, ONE), ("e", 1, "no JSON"), ("f", 1, ONE)];
    let mut project = Project::recorded(&answers);
    project.set("llm.retries", "0");
    project.set("checks", r#"[{name: is_one, expr: "output.label == 'one'"}]"#);
    project.run();
    project
}

fn id(project: &Project, row: &str) -> String {
    project.text(&format!("SELECT work_id FROM results WHERE id = '{row}'"))
}

fn review(project: &Project, arguments: &[&str]) -> Ended {
    let arguments: Vec<&str> = ["review", "test.db"].into_iter().chain(arguments.iter().copied()).collect();
    project.casebook(&arguments)
}

#[track_caller]
fn taken(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

fn accept(project: &Project, row: &str) {
    taken(&review(project, &[&id(project, row), "--accept", "--by", "Ada", "--reason", "the check is too strict"]));
}

/// Talks to an interview: what is typed, one line after the other.
fn talk(project: &Project, arguments: &[&str], lines: &[&str], editor: &str) -> Ended {
    let mut command = project.command(&["review", "test.db", "--by", "Ada"]);
    command.args(arguments).env("VISUAL", editor);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn what_was_rejected_is_accepted_by_hand_and_marked_everywhere() {
    let project = mixed();
    let before = project.read("out/test/output.psv");
    accept(&project, "c");
    let row = project.text("SELECT status || ' ' || label || ' ' || decided_by FROM results WHERE id = 'c'");
    assert_eq!(row, "accepted two human:Ada");
    assert_eq!(project.list("SELECT accepted || '/' || rejected || '/' || failed FROM progress"), ["5/0/1"]);
    assert_eq!(project.list("SELECT kind FROM failures"), ["no_json"]);
    assert_eq!(project.list("SELECT decided_by FROM history WHERE decided_by IS NOT NULL"), ["human:Ada"]);
    assert_eq!(
        project.list(
            "SELECT decision || ' ' || was || ' ' || was_kind || ' ' || reason || ' ' || in_force FROM decisions"
        ),
        ["accept rejected check_failed the check is too strict 1"]
    );
    assert_eq!(project.cost(), NONE, "what is decided stays decided");
    let line = &project.outputs()[2];
    assert_eq!((line["decided_by"].as_str(), line["status"].as_str()), (Some("human:Ada"), Some("accepted")));
    assert!(project.outputs()[0].get("decided_by").is_none(), "only what a person decided is marked");
    let table = project.read("out/test/output.psv");
    assert!(table.lines().next().unwrap().ends_with("|work_id|decided_by"), "{table}");
    assert!(!before.contains("decided_by"), "{before}");
    for report in ["out/test/report.md", "out/test/report.html"] {
        let text = project.read(report);
        assert!(text.contains("Decisions by people") && text.contains("human:Ada"), "{report}");
    }
    let shown = project.casebook(&["show", "test.db", &id(&project, "c")]).stdout;
    assert!(shown.contains("Decision: human_accepted") && shown.contains("human:Ada"), "{shown}");
    project.assert_sound();
}

#[test]
fn what_was_accepted_is_rejected_by_hand_and_stays_so_until_it_is_tried_again() {
    let project = mixed();
    let ended = review(&project, &[&id(&project, "a")[..12], "--reject", "--by", "Ada", "--reason", "wrong product"]);
    taken(&ended);
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'rejected'"), ["a", "c"]);
    assert_eq!(
        project.list("SELECT message FROM failures WHERE kind = 'human_rejected'"),
        ["rejected by Ada: wrong product"]
    );
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'rejected'"), ["a", "c"]);
    project.assert_sound();
    let retried = project.casebook(&["retry", "test.db", &id(&project, "a")]);
    taken(&retried);
    assert_eq!(project.cost(), calls(1, 0), "asked anew");
    assert_eq!(project.text("SELECT status || coalesce(decided_by, '') FROM results WHERE id = 'a'"), "accepted");
    assert_eq!(project.list("SELECT in_force FROM decisions"), ["0"]);
    project.assert_sound();
}

#[test]
fn an_output_written_by_hand_is_held_to_the_schema() {
    let project = mixed();
    project.write("fixed.json", r#"{"label": "three", "note": "by hand"}"#);
    project.write("wrong.json", r#"{"label": "four", "note": "by hand"}"#);
    let failed = id(&project, "e");
    let refused = review(&project, &[&failed, "--output", "wrong.json", "--by", "Ada", "--reason", "x"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("is not valid against the schema") && refused.stderr.contains("four"),
        "{refused:?}"
    );
    assert_eq!(project.number("SELECT count(*) FROM decisions"), 0);
    taken(&review(&project, &[&failed, "--output", "fixed.json", "--by", "Ada", "--reason", "read it myself"]));
    assert_eq!(project.text("SELECT label || ' ' || decided_by FROM results WHERE id = 'e'"), "three human:Ada");
    assert_eq!(project.cost(), NONE, "a failed one is not tried again either");
    project.assert_sound();
}

#[test]
fn a_decision_that_cannot_be_taken_says_why_and_changes_nothing() {
    let project = mixed();
    let (rejected, failed) = (id(&project, "c"), id(&project, "e"));
    for (arguments, message) in [
        (vec![failed.as_str(), "--accept", "--by", "Ada", "--reason", "x"], "no answer that is valid"),
        (vec![rejected.as_str(), "--accept", "--by", "Ada"], "a decision needs a reason"),
        (vec![rejected.as_str(), "--accept", "--by", "A\tB", "--reason", "x"], "cannot be the name"),
        (vec![rejected.as_str(), "--accept", "--by", " ", "--reason", "x"], "needs the name"),
        (vec!["zz", "--accept", "--by", "Ada", "--reason", "x"], "is not a work id"),
        (vec!["--sample", "2", "--step", "nothing", "--by", "Ada"], "there is no step `nothing`"),
        (vec![rejected.as_str(), "--output", "none.json", "--by", "Ada", "--reason", "x"], "cannot read none.json"),
    ] {
        let ended = review(&project, &arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(message), "{arguments:?}: {}", ended.stderr);
    }
    assert_eq!(project.number("SELECT count(*) FROM decisions"), 0);
    project.assert_sound();
}

#[test]
fn a_file_of_decisions_is_taken_as_a_whole() {
    let project = mixed();
    let [a, c, e] = ["a", "c", "e"].map(|row| id(&project, row));
    let file = |lines: &str| project.write("decisions.csv", format!("work_id,decision,reason,output\n{lines}"));
    let take = || review(&project, &["--decisions", "decisions.csv", "--by", "Ada"]);
    for (lines, line, message) in [
        (format!("{a},reject,wrong,\n{c},maybe,x,\n"), 3, "expected accept, reject or edit"),
        (format!("{a},reject,wrong,\n{e},accept,x,\n"), 3, "no answer that is valid"),
        (format!("{a},reject,wrong,\n{a},accept,x,\n"), 3, "decided on in line 2 too"),
        (format!("{a},reject,,\n"), 2, "needs a reason"),
        (format!("{a},edit,x,\n"), 2, "`output` is empty"),
        (format!("{a},edit,x,no JSON\n"), 2, "is not JSON"),
        (format!("{a},edit,x,\"{{\"\"label\"\": 1}}\"\n"), 2, "not valid against the schema"),
    ] {
        file(&lines);
        let ended = take();
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("decisions.csv:{line}: no decision was taken")), "{}", ended.stderr);
        assert!(ended.stderr.contains(message), "{message}: {}", ended.stderr);
    }
    assert_eq!(project.number("SELECT count(*) FROM decisions"), 0, "all or nothing");
    file(&format!("{a},reject,wrong,\n{c},accept,good enough,\n{e},edit,read it,\"{}\"\n", ONE.replace('"', "\"\"")));
    taken(&take());
    assert_eq!(
        project.list("SELECT id || ' ' || status FROM results"),
        ["a rejected", "b accepted", "c accepted", "d accepted", "e accepted", "f accepted"]
    );
    project.write("more.jsonl", format!(
        "{{\"work_id\": \"{a}\", \"decision\": \"edit\", \"reason\": \"mended\", \"by\": \"Bo\", \"output\": {TWO}}}\n"
    ));
    taken(&review(&project, &["--decisions", "more.jsonl"]));
    assert_eq!(project.text("SELECT label || ' ' || decided_by FROM results WHERE id = 'a'"), "two human:Bo");
    assert_eq!(project.number("SELECT count(*) FROM decisions WHERE in_force"), 3, "the later one holds");
    project.assert_sound();
}

#[test]
fn a_sample_is_filled_in_as_a_table() {
    let project = mixed();
    let drawn = review(&project, &["--out", "review.csv", "--strata", "label"]);
    taken(&drawn);
    assert!(drawn.stderr.contains("4 of 4 outputs of generate drawn by label"), "{}", drawn.stderr);
    let table = project.read("review.csv");
    assert!(table.starts_with("work_id,row.id,"), "{table}");
    assert!(table.lines().next().unwrap().ends_with(",label,note,decision,reason,output,by"), "{table}");
    assert_eq!(table.lines().filter(|it| it.ends_with(",one,fine,,,,")).count(), 4, "{table}");
    let again = review(&project, &["--sample", "2", "--out", "two.csv"]);
    taken(&again);
    assert_eq!(project.read("two.csv").lines().count(), 3);
    for (arguments, message) in [
        (["--out", "new.csv", "--strata", "mood"], "no output has the field `mood`"),
        (["--out", "review.xlsx", "--seed", "2"], "a sample is written as csv"),
        (["--out", "new.csv", "--step", "nothing"], "there is no step `nothing`"),
        (["--out", "review.csv", "--seed", "2"], "the file review.csv exists"),
        (["--out", "new.csv", "--sample", "0"], "0 is not in 1"),
    ] {
        let refused = review(&project, &arguments);
        assert!(refused.code == Some(2) && refused.stderr.contains(message), "{}", refused.stderr);
    }
    let a = id(&project, "a");
    let filled = |decision: &str, reason: &str, output: &str| {
        let line = |line: &str| match line.strip_prefix(&a).and_then(|rest| rest.strip_suffix(",,,,")) {
            Some(rest) => format!("{a}{rest},{decision},{reason},\"{}\",\n", output.replace('"', "\"\"")),
            None => format!("{line}\n"),
        };
        project.write("filled.csv", table.lines().map(line).collect::<String>());
        review(&project, &["--decisions", "filled.csv", "--by", "Ada"])
    };
    let untouched = review(&project, &["--decisions", "review.csv", "--by", "Ada"]);
    taken(&untouched);
    assert!(untouched.stderr.contains("There is no decision in review.csv; 4 lines without one."));
    let forgotten = filled("", "", TWO);
    assert!(forgotten.stderr.contains("`output` is there, but `decision` is empty"), "{}", forgotten.stderr);
    let twice = filled("edit", "so", &TWO.replacen('{', "{\"label\": \"one\", ", 1));
    assert!(twice.code == Some(2) && twice.stderr.contains("`output` is not JSON"), "{}", twice.stderr);
    let utf_16: Vec<u8> = "\u{feff}work_id,decision\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    project.write("utf-16.csv", utf_16);
    let refused = review(&project, &["--decisions", "utf-16.csv", "--by", "Ada"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("hint: save it as UTF-8"), "{}", refused.stderr);
    let ended = filled("Edit", "'-1 of 5", TWO);
    taken(&ended);
    assert!(ended.stderr.contains("1 decision taken") && ended.stderr.contains("3 lines have no decision yet"));
    assert_eq!(project.list("SELECT reason FROM decisions"), ["-1 of 5"], "the mark is taken off");
    assert_eq!(project.text("SELECT label FROM results WHERE id = 'a'"), "two");
    taken(&review(&project, &["--out", "review.csv", "--overwrite"]));
    assert_eq!(project.read("review.csv").lines().count(), 4, "what was decided is not drawn again");
    project.assert_sound();
}

#[test]
fn people_are_asked_one_by_one() {
    let project = mixed();
    let ended = talk(&project, &[], &["x", "p", "a", "", "a", "good enough"], "false");
    taken(&ended);
    assert!(ended.stdout.contains("1 of 1") && ended.stdout.contains("third text"), "{}", ended.stdout);
    assert!(ended.stdout.contains("check_failed"), "{}", ended.stdout);
    assert!(
        ended.stderr.contains("`x` is not one of these") && ended.stderr.contains("needs a reason"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("1 accepted, 0 written, 0 rejected, 0 skipped"), "{}", ended.stderr);
    assert_eq!(project.text("SELECT decided_by FROM results WHERE id = 'c'"), "human:Ada");
    let none = talk(&project, &[], &["a", "x"], "false");
    assert!(none.stderr.contains("nothing to decide on"), "{}", none.stderr);
    let left = talk(&project, &["--sample", "3"], &["s", "q"], "false");
    assert!(left.stderr.contains("1 skipped; 2 not reviewed"), "{}", left.stderr);
    project.assert_sound();
}

#[cfg(unix)]
#[test]
fn an_edited_output_is_asked_for_again_until_it_is_valid() {
    let project = mixed();
    project.write("edit.sh", "#!/bin/sh\nif grep -q four \"$1\"; then sed -i.bak s/four/three/ \"$1\"; else sed -i.bak s/two/four/ \"$1\"; fi\n");
    let ended = talk(&project, &[], &["e", "e", "looks like three"], "sh edit.sh");
    taken(&ended);
    assert!(ended.stderr.contains("not valid against the schema"), "{}", ended.stderr);
    assert_eq!(project.text("SELECT label || ' ' || decided_by FROM results WHERE id = 'c'"), "three human:Ada");
    let given_up = talk(&project, &["--failed"], &["e", "g", "a", "q"], "true");
    assert!(
        given_up.stderr.contains("this is not JSON") && given_up.stderr.contains("no valid output"),
        "{given_up:?}"
    );
    let broken = talk(&project, &["--failed"], &["e", "q"], "false");
    assert!(broken.stderr.contains("the editor `false` ended with"), "{}", broken.stderr);
    project.assert_sound();
}

#[test]
fn a_sample_is_drawn_the_same_way_and_goes_on_where_it_ended() {
    let project = mixed();
    let drawn = |count: &str| {
        let ended = talk(&project, &["--sample", count], &["s", "s", "s", "s"], "false");
        ended.stdout.lines().filter(|line| line.contains(" · row ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let (two, four) = (drawn("2"), drawn("9"));
    assert_eq!((two.len(), four.len()), (2, 4), "{four:?}");
    let row = |line: &String| line.split(" · ").nth(1).unwrap().to_owned();
    assert_eq!(two.iter().map(row).collect::<Vec<_>>(), four[..2].iter().map(row).collect::<Vec<_>>());
    taken(&talk(&project, &["--sample", "1"], &["a", "fine"], "false"));
    assert_eq!(row(&drawn("1")[0]), row(&four[1]), "what was decided is not drawn again");
}

#[test]
fn a_change_of_the_task_leaves_a_decision_behind_and_the_way_back_finds_it() {
    let mut project = mixed();
    accept(&project, "c");
    taken(&review(&project, &[&id(&project, "a"), "--reject", "--by", "Ada", "--reason", "wrong"]));
    project.edit("prompt.yaml", "The text:", "A text:");
    project.run();
    assert_eq!(project.list("SELECT decided_by FROM results WHERE decided_by IS NOT NULL"), [""; 0]);
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'rejected'"), ["c"], "decided anew");
    project.assert_sound();
    project.edit("prompt.yaml", "A text:", "The text:");
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT id FROM results WHERE decided_by IS NOT NULL"), ["a", "c"]);
    assert_eq!(project.list("SELECT id FROM results WHERE status = 'rejected'"), ["a"]);
    project.assert_sound();
    project.set("cache.enabled", "false");
    assert_eq!(project.cost(), calls(6, 0), "without the cache everything is asked again");
    assert_eq!(project.list("SELECT id FROM results WHERE decided_by IS NOT NULL"), [""; 0]);
    project.assert_sound();
}

#[test]
fn cleaning_keeps_decisions_and_cleaning_the_tape_does_not() {
    let project = mixed();
    accept(&project, "c");
    taken(&project.casebook(&["clean", "test.db", "--from", "generate"]));
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT id FROM results WHERE decided_by = 'human:Ada'"), ["c"]);
    assert_eq!(project.list("SELECT status FROM results WHERE id = 'c'"), ["accepted"]);
    project.assert_sound();
    taken(&project.casebook(&["clean", "test.db", "--from", "generate", "--tape"]));
    assert_eq!(project.cost(), calls(6, 0));
    assert_eq!(project.list("SELECT id FROM results WHERE decided_by IS NOT NULL"), [""; 0]);
    project.assert_sound();
}

#[test]
fn a_decision_that_was_tampered_with_is_found() {
    for (statement, rule) in [
        ("DELETE FROM decision", "what people decided is signed"),
        ("UPDATE attempt SET outcome = 'human_accepted' WHERE outcome = 'accepted'", "what people decided is signed"),
        ("UPDATE decision SET kind = 'reject'", "what people decided is signed"),
        (
            "UPDATE cache_entry SET output = '{\"label\":\"three\",\"note\":\"x\"}' WHERE attempt IN (SELECT attempt FROM decision)",
            "what a person decided",
        ),
    ] {
        let project = mixed();
        accept(&project, "c");
        project.tamper(statement);
        let found = problems(&project.verify(false));
        assert!(found.iter().any(|it| it.contains(rule)), "{statement}: {found:#?}");
    }
}
