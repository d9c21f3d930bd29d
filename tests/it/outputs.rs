//! What comes out beside the tables: compressed exports, a folder for each work item, pages, logs, and the means of a dry
//! run.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::projects::Project;
use crate::support::{self, Act, Server};

const ONE: &str = r#"{"label": "one", "note": "fine"}"#;

/// Accepted at the second attempt (a), rejected by a check (b), failed (c), without a recorded answer (d).
fn mixed() -> Project {
    let answers = [
        ("a", 1, "no JSON"),
        ("a", 2, ONE),
        ("b", 1, r#"{"label": "two", "note": "<b>&amp;</b>"}"#),
        ("b", 2, r#"{"label": "two", "note": "again"}"#),
        ("c", 1, "no JSON"),
        ("c", 2, "nor this"),
    ];
    let mut project = Project::recorded(&answers);
    project.write("input.csv", "id,text,remark\na,first <i>text</i>,x\nb,second text,x\nC,third text,x\nd,fourth,x\n");
    project.edit("answers.csv", "c,1,", "C,1,");
    project.edit("answers.csv", "c,2,", "C,2,");
    project.set("checks", r#"[{name: is_one, expr: "output.label == 'one'", message: "say one"}]"#);
    project
}

fn json_of(project: &Project, name: &str) -> Value {
    serde_json::from_str(&project.read(name)).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_compressed_export_is_the_plain_one_packed() {
    let mut project = mixed();
    project.set("outputs.formats", "[jsonl, jsonl.gz, csv, csv.zst, psv.gz, psv]");
    project.run();
    let gzip = fs::read(project.path("out/test/output.jsonl.gz")).unwrap();
    // Flags and the time: no name, no time.
    assert_eq!(gzip[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    for (packed, plain) in [("output.jsonl.gz", "output.jsonl"), ("output.psv.gz", "output.psv")] {
        let mut text = String::new();
        let file = fs::File::open(project.path(&format!("out/test/{packed}"))).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        assert_eq!(text, project.read(&format!("out/test/{plain}")));
    }
    let file = fs::File::open(project.path("out/test/output.csv.zst")).unwrap();
    let csv = zstd::decode_all(file).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap(), project.read("out/test/output.csv"));
    let listed =
        project.list("SELECT name || ' ' || media_type FROM artifacts WHERE name LIKE '%gz' OR name LIKE '%zst'");
    assert_eq!(
        listed,
        ["output.jsonl.gz application/gzip", "output.csv.zst application/zstd", "output.psv.gz application/gzip"]
    );
    project.assert_sound();
    let written = project.entries();
    let ended = project.casebook(&["export", "test.db", "--formats", "jsonl.gz,csv.zst", "--dir", "again"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "again/output.jsonl.gz\nagain/output.csv.zst\n"));
    assert!(fs::read(project.path("again/output.jsonl.gz")).unwrap() == gzip);
    assert!(
        fs::read(project.path("again/output.csv.zst")).unwrap() == written[&project.path("out/test/output.csv.zst")]
    );
    project.assert_sound();
    let wrong = project.casebook(&["export", "test.db", "--formats", "jsonl.bz2"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("expected jsonl, psv or csv, each with .gz or .zst"), "{}", wrong.stderr);
}

#[test]
fn a_changed_output_in_a_compressed_export_is_found() {
    let mut project = mixed();
    project.set("outputs.formats", "[jsonl.zst]");
    project.run();
    project.assert_sound();
    project.tamper("UPDATE input_row SET fields = replace(fields, 'first', 'other')");
    let found = crate::projects::problems(&project.verify(true));
    assert!(found.iter().any(|it| it.contains("output.jsonl.zst has sha1")), "{found:#?}");
}

#[test]
fn a_file_of_a_format_that_is_gone_is_not_stale_in_silence() {
    let mut project = mixed();
    let run = |project: &Project, formats: &str| {
        let set = [format!("outputs.formats={formats}"), "llm.provider=recorded".to_owned()];
        project.casebook(&["run", "casebook.yaml", "--set", &set[0], "--set", &set[1]])
    };
    assert!(matches!(run(&project, "[csv, jsonl.gz]").code, Some(0 | 3)));
    let same = run(&project, "[jsonl]");
    assert!(!same.stderr.contains("earlier export"), "{}", same.stderr);
    project.set("outputs.formats", "[jsonl]");
    project.write("input.csv", "id,text,remark\na,other text,x\n");
    let changed = run(&project, "[jsonl]");
    for name in ["output.csv", "output.jsonl.gz"] {
        assert!(changed.stderr.contains(&format!("{name} is of an earlier export")), "{}", changed.stderr);
    }
    let ended = project.casebook(&["export", "test.db", "--formats", "jsonl.gz"]);
    assert!(ended.stderr.contains("output.csv is of an earlier export"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("output.jsonl"), "{}", ended.stderr);
}

#[test]
fn each_work_item_has_a_folder_of_files() {
    let mut project = mixed();
    project.set("outputs.formats", "[files]");
    project.run();
    let items = project.path("out/test/items");
    assert_eq!(names(&items), ["C", "a", "b", "d"]);
    assert_eq!(
        names(&items.join("a")),
        [
            "attempt-001-prompt.txt",
            "attempt-001-response.txt",
            "attempt-002-prompt.txt",
            "attempt-002-response.txt",
            "errors.json",
            "input.json",
            "item.json",
            "output.json",
        ]
    );
    let of = |name: &str| json_of(&project, &format!("out/test/items/{name}"));
    assert_eq!(of("a/input.json"), json!({"id": "a", "text": "first <i>text</i>", "remark": "x"}));
    assert_eq!(of("a/output.json"), json!({"label": "one", "note": "fine"}));
    assert_eq!(project.read("out/test/items/a/attempt-001-response.txt"), "no JSON");
    assert!(project.read("out/test/items/a/attempt-002-prompt.txt").contains("[assistant]\nno JSON\n"));
    assert_eq!(of("a/errors.json")[0]["kind"], "no_json");
    assert_eq!(of("b/attempt-002-output.json")["note"], "again");
    assert_eq!(of("b/item.json")["status"], "rejected");
    assert!(!items.join("b/output.json").exists() && !items.join("d/attempt-001-response.txt").exists());
    let listed: Vec<Value> =
        project.read("out/test/items.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let folders: Vec<_> = listed.iter().map(|it| it["folder"].as_str().unwrap()).collect();
    assert_eq!(folders, ["items/a", "items/b", "items/C", "items/d"]);
    assert_eq!(listed[2]["status"], "failed");
    project.assert_sound();
}

#[test]
fn folders_follow_the_plan_and_leave_what_people_put_there() {
    let mut project = mixed();
    project.set("outputs.formats", "[files]");
    project.run();
    let written = |name: &str| fs::metadata(project.path(name)).unwrap().modified().unwrap();
    let before = written("out/test/items/a/item.json");
    project.run();
    assert_eq!(written("out/test/items/a/item.json"), before, "it has the right bytes already");
    project.write("out/test/items/b/notes.md", "mine");
    fs::remove_file(project.path("out/test/items/a/output.json")).unwrap();
    project.write("input.csv", "id,text,remark\na,first <i>text</i>,x\nA,new,x\n");
    let ended = project.casebook(&[
        "run",
        "casebook.yaml",
        "--set",
        "outputs.formats=[files]",
        "--set",
        "llm.provider=recorded",
        "--set",
        r#"checks=[{name: is_one, expr: "output.label == 'one'", message: "say one"}]"#,
    ]);
    assert!(
        ended.stderr.contains("is of no work item any more; it has other files in it, and stays"),
        "{}",
        ended.stderr
    );
    let left = names(&project.path("out/test/items"));
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left.iter().any(|it| it.starts_with("A~")), "{left:?}");
    assert_eq!(names(&project.path("out/test/items/b")), ["notes.md"]);
    assert!(project.path("out/test/items/a/output.json").exists());
    project.assert_sound();
}

#[test]
fn pages_are_written_by_a_run_and_again_from_the_record() {
    let mut project = mixed();
    project.set("report.pages", "pages");
    project.run();
    let ids = project.list("SELECT work_id FROM work_item ORDER BY work_id");
    assert_eq!(names(&project.path("pages/item")), ids.iter().map(|id| format!("{id}.html")).collect::<Vec<_>>());
    let index = project.read("pages/index.html");
    assert!(ids.iter().all(|id| index.contains(&format!("href=\"item/{id}.html\""))), "{index}");
    let of = |key: &str| {
        let id = project.text(&format!("SELECT work_id FROM results WHERE id = '{key}'"));
        project.read(&format!("pages/item/{id}.html"))
    };
    let accepted = of("a");
    for text in ["first &lt;i&gt;text&lt;&#x2f;i&gt;", "no JSON", "no_json", "../index.html", "unknown"] {
        assert!(accepted.contains(text) || text == "unknown", "{text} in {accepted}");
    }
    assert!(!of("b").contains("<b>"), "{}", of("b"));
    let ended = project.casebook(&["report", "test.db", "--pages", "again"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "again/index.html\n"), "{}", ended.stderr);
    for (path, bytes) in project.entries().iter().filter(|(path, _)| path.starts_with(project.path("pages"))) {
        let name = path.strip_prefix(project.path("pages")).unwrap();
        if name.extension().is_some_and(|it| it == "html") {
            assert!(fs::read(project.path("again").join(name)).unwrap() == *bytes, "{}", name.display());
        }
    }
    // A row that is gone takes its page along; a page that nobody knows stays.
    project.write("input.csv", "id,text,remark\na,first <i>text</i>,x\n");
    let foreign = format!("pages/item/{}.html", "f".repeat(40));
    project.write(&foreign, "mine");
    project.run();
    assert_eq!(names(&project.path("pages/item")).len(), 2);
    assert!(project.path(&foreign).exists());
    project.assert_sound();
}

#[test]
fn pages_are_there_as_far_as_a_run_came() {
    let server = Server::start();
    let project = support::Project::new(&server, &["one", "two", "three", "four"])
        .set("report.pages", "pages")
        .set("llm.max_workers", "1")
        .set("budget.max_requests", "2");
    project.run().expect(4);
    assert_eq!(names(&project.dir().join("pages/item")).len(), 2);
    let index = fs::read_to_string(project.dir().join("pages/index.html")).unwrap();
    assert_eq!(index.matches("href=\"item/").count(), 2, "{index}");
    assert_eq!(index.matches(">pending<").count(), 2, "{index}");
}

#[test]
fn a_template_is_tried_before_anything_is_asked() {
    let mut project = mixed();
    project.set("report.pages", "pages").set("report.page_template", "page.html");
    project.write("page.html", "<p>{{ item.status }}</p>\n<p>{{ item.nothing }}</p>\n");
    let error = project.try_run().unwrap_err();
    assert!(error.to_string().starts_with("page.html:2: undefined value"), "{error}");
    assert!(error.is_usage() && !project.db().exists() && !project.path("pages").exists());
    project.write("page.html", "{% for field in input %}[{{ field.name }}={{ field.value }}]{% endfor %}\n");
    project.run();
    let id = project.text("SELECT work_id FROM results WHERE id = 'a'");
    let page = "[id=a][text=first &lt;i&gt;text&lt;&#x2f;i&gt;][remark=x]";
    assert_eq!(project.read(&format!("pages/item/{id}.html")).trim_end(), page);
    // The template is on record: the file is not needed again.
    fs::remove_file(project.path("page.html")).unwrap();
    assert_eq!(project.casebook(&["report", "test.db", "--pages", "again"]).code, Some(0));
    assert_eq!(project.read(&format!("again/item/{id}.html")).trim_end(), page);
    project.write("other.html", "{% if %}");
    let ended = project.casebook(&["report", "test.db", "--pages", "third", "--template", "other.html"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("other.html:1: syntax error") && !project.path("third").exists(), "{}", ended.stderr);
    let missing = project.casebook(&["report", "test.db", "--pages", "third", "--template", "none.html"]);
    assert!(missing.code == Some(2) && missing.stderr.contains("cannot read the template none.html"), "{missing:?}");
}

#[test]
fn what_was_set_aside_is_not_said_to_be_of_another_task() {
    let project = mixed();
    project.run();
    assert_eq!(project.casebook(&["clean", "test.db", "--from", "generate"]).code, Some(0));
    assert_eq!(project.casebook(&["report", "test.db", "--pages", "pages"]).code, Some(0));
    let folder = project.path("pages/item");
    let pages: Vec<String> = names(&folder).iter().map(|it| fs::read_to_string(folder.join(it)).unwrap()).collect();
    assert!(
        pages.iter().any(|it| it.contains(" · set aside, or under an earlier task, input or sample</p>")),
        "{pages:?}"
    );
    let shown = project.casebook(&["show", "test.db", "--row", "1"]).stdout;
    assert!(shown.contains("(set aside, or under an earlier task, input or sample)"), "{shown}");
    // Words of narrow columns stay whole, and only long texts are broken anywhere.
    let index = project.read("pages/index.html");
    assert!(index.contains("th, td { overflow-wrap: normal; }"), "{index}");
    assert!(index.contains("<td class=\"text\"><bdi>a</bdi></td>"), "{index}");
}

#[test]
fn pages_go_into_no_folder_of_another_run_file() {
    let mut project = mixed();
    project.run();
    project.set("report.pages", "pages");
    fs::create_dir_all(project.path("pages")).unwrap();
    project.write("pages/index.html", "mine");
    let error = project.try_run().unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("index.html was not written from"), "{error}");
    assert_eq!(project.read("pages/index.html"), "mine");
    let ended = project.casebook(&["report", "test.db", "--pages", "pages", "--overwrite"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    project.run();
}

#[test]
fn failures_have_their_time_and_the_log_has_every_error() {
    let project = mixed();
    project.run();
    let csv = project.casebook(&["failures", "test.db", "--format", "csv"]).stdout;
    assert!(csv.lines().next().unwrap().ends_with(",failed_at"), "{csv}");
    assert_eq!(project.number("SELECT count(*) FROM failures WHERE failed_at LIKE '20__-__-__T%Z'"), 3);
    let log = project.casebook(&["failures", "test.db", "--log"]).stdout;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<Value> = lines.iter().map(|it| json!([it["row"], it["attempt"], it["kind"]])).collect();
    let mut sorted = told.clone();
    sorted.sort_by_key(ToString::to_string);
    let expected = [
        json!([1, 1, "no_json"]),
        json!([2, 1, "check_failed"]),
        json!([2, 2, "check_failed"]),
        json!([3, 1, "no_json"]),
        json!([3, 2, "no_json"]),
        json!([4, 1, "no_record"]),
    ];
    assert_eq!(sorted, expected);
    let times: Vec<&str> = lines.iter().map(|it| it["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(lines.iter().all(|it| it["stage"] == "generate" && it["step"] == "generate"), "{log}");
    let one = project.casebook(&["failures", "test.db", "--log", "--kind", "no_record"]).stdout;
    assert_eq!(one.lines().count(), 1);
}

#[test]
fn calls_that_failed_are_in_the_log_and_a_call_that_ended_an_attempt_is_not_told_twice() {
    let server = Server::with(|ask| match ask.turn() {
        _ if ask.question().contains("never") => Act::error(400, "no such thing"),
        _ => Act::says(r#"{"product": "billing", "urgent": true, "note": "n"}"#),
    });
    let project = support::Project::new(&server, &["one", "never"]).set("llm.retries", "0");
    project.run().expect(3);
    let log = project.casebook(&["failures", "tickets.db", "--log"]).stdout;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert_eq!((&lines[0]["kind"], &lines[0]["row"]), (&json!("bad_request"), &json!(2)));
}

#[test]
fn a_judge_that_refuses_is_told_once_for_each_time_that_it_is_asked() {
    let server = Server::with(|ask| match ask.is_judge() {
        true if ask.question().contains("never") => Act::error(400, "no such thing"),
        true => Act::says(r#"{"verdict": "PASS", "score": 90, "reasons": []}"#),
        false => Act::says(r#"{"product": "billing", "urgent": true, "note": "n"}"#),
    });
    let project = support::Project::judged(&server, &["one", "never"]).set("llm.retries", "0");
    let told = || {
        let refused = server.log().iter().filter(|it| it.is_judge() && it.question().contains("never")).count();
        (project.casebook(&["failures", "tickets.db", "--log"]).stdout.lines().count(), refused)
    };
    project.run().expect(3);
    let (first, refused) = told();
    assert_eq!(first, refused);
    // The answer is read from the record, and the judge is asked about it again.
    project.casebook(&["clean", "tickets.db", "--from", "generate"]).expect(0);
    project.run().expect(3);
    let (second, refused_again) = told();
    assert!(refused_again > refused);
    assert_eq!(second, refused_again);
}

#[test]
fn an_error_that_is_read_from_the_record_again_is_told_once() {
    let server = Server::with(|ask| match ask.turn() {
        _ if ask.question().contains("never") => Act::says("no JSON"),
        1 if ask.question().contains("later") => Act::says(r#"{"product": "none"}"#),
        _ => Act::says(r#"{"product": "billing", "urgent": true, "note": "n"}"#),
    });
    let project = support::Project::new(&server, &["one", "never", "later"]).set("llm.retries", "1");
    project.run().expect(3);
    let log = || project.casebook(&["failures", "tickets.db", "--log"]).stdout;
    let (first, calls) = (log(), server.count());
    assert_eq!(first.lines().count(), 3, "{first}");
    for _ in 0..2 {
        project.casebook(&["clean", "tickets.db", "--from", "generate"]).expect(0);
        project.run().expect(3);
        assert_eq!((log(), server.count()), (first.clone(), calls));
    }
    // What is asked again and fails again has happened again.
    project.casebook(&["clean", "tickets.db", "--from", "generate", "--tape"]).expect(0);
    project.run().expect(3);
    assert_eq!(server.count(), 2 * calls);
    assert_eq!(log().lines().count(), 6, "{}", log());
    assert!(log().starts_with(&first));
}

#[test]
fn a_run_writes_logs_beside_what_the_terminal_shows() {
    let project = mixed();
    let run = || {
        project.casebook(&[
            "run",
            "casebook.yaml",
            "--log",
            "logs/of/it",
            "--set",
            "llm.provider=recorded",
            "--set",
            "outputs.formats=[csv]",
        ])
    };
    run();
    let first = project.read("logs/of/it/generate.log");
    run();
    let folder = project.path("logs/of/it");
    let there = names(&folder);
    for name in ["contract.log", "export.log", "generate.log", "ingest.log", "plan.log", "report.log", "run.log"] {
        assert!(there.iter().any(|it| it == name), "{there:?}");
    }
    let generate = project.read("logs/of/it/generate.log");
    let again = generate.strip_prefix(&first).unwrap();
    // Of the second run, only the row without a record, which is tried again.
    let is_of_item = |line: &&str| line.contains("(generate, row ");
    assert_eq!((first.lines().filter(is_of_item).count(), again.lines().filter(is_of_item).count()), (4, 1), "{again}");
    assert!(generate.starts_with(&first) && generate.matches("run begins: casebook").count() == 2, "{generate}");
    assert!(
        first.lines().any(|line| line.contains("failed") && line.contains("row 3") && line.contains("no_json")),
        "{first}"
    );
    let is_stamped = |line: &str| line.len() > 25 && line.as_bytes()[10] == b'T' && line.as_bytes()[23] == b'Z';
    assert!(generate.lines().all(is_stamped), "{generate}");
    assert!(project.read("logs/of/it/run.log").contains("run ends: incomplete"));
    project.write("file", "");
    let refused = project.casebook(&["run", "casebook.yaml", "--db", "other.db", "--log", "file"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("cannot write logs to file") && !project.path("other.db").exists());
}

#[test]
fn a_dry_run_has_means_and_takes_the_expected_answer() {
    let server = Server::start();
    let project = support::Project::judged(&server, &["one", "two", "three", "four"])
        .set("llm.max_output_tokens", "500")
        .set("llm.price", "{input: 1, output: 10}");
    let dry = |more: &[&str]| {
        let ended = project.start(&[&["--dry-run", "--format", "json"], more].concat()).wait().expect(0);
        serde_json::from_str::<Value>(&ended.stdout).unwrap()
    };
    let plain = dry(&[]);
    let item = &plain["per_item"][0];
    assert_eq!((&item["step"], &item["work_items"], &item["requests"]), (&json!("generate"), &json!(4), &json!(2.0)));
    let sum = |key: &str| plain["requests"].as_array().unwrap().iter().map(|it| it[key].as_f64().unwrap()).sum::<f64>();
    let near = |one: &Value, other: f64| (one.as_f64().unwrap() - other).abs() < 1e-9;
    assert!(near(&item["input_tokens"], sum("input_tokens") / 4.0), "{plain}");
    assert!(near(&item["cost_usd"], sum("cost_low_usd") / 4.0), "{plain}");
    let given = dry(&["--expect-output-tokens", "300"]);
    assert_eq!(given["requests"][0]["output_tokens_low"], 1200);
    assert_eq!(given["requests"][0]["output_from"], "300 each, given with `--expect-output-tokens`");
    assert_eq!(given["requests"][1]["output_tokens_low"], plain["requests"][1]["output_tokens_low"]);
    let most = dry(&["--expect-output-tokens", "9000"]);
    assert_eq!(most["requests"][0]["output_tokens_low"], 2000);
    assert!(most["requests"][0]["output_from"].as_str().unwrap().contains("9000 were given"), "{most}");
    let shown = project.start(&["--dry-run", "--expect-output-tokens", "300"]).wait().expect(0).stdout;
    assert!(shown.contains("each   a work item: about") && shown.contains("expected out, $"), "{shown}");
    assert_eq!(server.count(), 0);
}
