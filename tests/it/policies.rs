//! The example `policies`, as a user runs it: what is cited of its documents, in `show`, in the report and on the
//! pages of documents.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::projects::Project;
use crate::support::Ended;
use rusqlite::Connection;
use serde_json::Value;

/// The example in the folder `p`, run once.
struct Example {
    project: Project,
}

impl Example {
    fn new() -> Self {
        let example = Self { project: Project::new() };
        example.casebook(&["init", "p", "--example", "policies"]).expect(0);
        example.casebook(&["run", "p/casebook.yaml"]).expect(0);
        example
    }

    fn casebook(&self, arguments: &[&str]) -> Ended {
        self.project.casebook(arguments)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.project.path("p").join(name)
    }

    fn list(&self, query: &str) -> Vec<String> {
        let connection = Connection::open(self.path("policies.db")).unwrap();
        let mut statement = connection.prepare(query).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// The work item of a section.
    fn work_id(&self, section: &str) -> String {
        self.list(&format!("SELECT work_id FROM results WHERE heading_path = '{section}'")).remove(0)
    }

    /// The page of a document.
    fn page(&self, start: &str) -> String {
        let pages = fs::read_dir(self.path("out/policies/documents")).unwrap().map(|it| it.unwrap().path());
        let mut found = pages.filter(|it| it.file_name().unwrap().to_string_lossy().starts_with(start));
        fs::read_to_string(found.next().unwrap()).unwrap()
    }
}

/// What stands between `from` and `to` in a page, each time.
fn all<'a>(page: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    page.split(from).skip(1).map(|it| it.split(to).next().unwrap()).collect()
}

fn files(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn wrong_answers_are_mended_or_rejected() {
    let example = Example::new();
    let found = example.list(
        "SELECT concat_ws(' ', status, attempts, heading_path) FROM results WHERE attempts > 1 OR status <> 'accepted'
         ORDER BY row_index",
    );
    assert_eq!(
        found,
        [
            "accepted 2 Credit hours, in flexible work schedules",
            "accepted 2 About PPL",
            "accepted 2 Using PPL",
            "accepted 2 Schedule types and their relationship to overtime, holiday pay, and credit hours",
            "rejected 3 Choosing a schedule",
        ]
    );
    // An outside reader of the accepted outputs finds each quote on its lines.
    let statuses = "SELECT concat_ws(' ', status, item_status, count(*), sum(quote = text)) FROM evidence
                    GROUP BY status, item_status ORDER BY 1";
    assert_eq!(
        example.list(statuses),
        ["exact accepted 28 28", "exact rejected 1 1", "not_found rejected 1 0", "relocated accepted 1 1"]
    );
    assert_eq!(
        example.list(
            "SELECT concat_ws(' ', status, cited_start, line_start) FROM evidence
             WHERE item_status = 'accepted' AND (quote <> text OR status <> 'exact')"
        ),
        ["relocated 14 13"]
    );
    example.casebook(&["verify", "p/policies.db", "--replay"]).expect(0);
}

#[test]
fn a_wrong_line_goes_back_and_lines_that_are_added_cost_one_section() {
    let example = Example::new();
    let page = example.path("handbook/overtime.md");
    let text = fs::read_to_string(&page).unwrap();
    let heading = "## Overtime and Compensatory (Comp) time";
    fs::write(&page, text.replace(heading, &format!("Nothing is said here.\n\n{heading}"))).unwrap();
    let lines = "SELECT CAST(line_start AS TEXT) FROM evidence WHERE document = 'overtime.md' ORDER BY line_start";
    assert_eq!(example.list(lines), ["12", "21", "27", "37", "47", "49", "63", "85", "93"]);
    let said = example.casebook(&["run", "p/casebook.yaml"]).expect(0).stderr;
    assert!(said.contains("1 call, 0 answers from the record"), "{said}");
    assert_eq!(example.list(lines), ["12", "23", "29", "39", "49", "51", "65", "87", "95"], "the first is above");
    example.casebook(&["run", "p/casebook.yaml", "--set", "evidence[0].on_mismatch=retry"]).expect(0);
    let found = example
        .list("SELECT concat_ws(' ', status, attempts) FROM results WHERE heading_path = 'To receive donated hours'");
    assert_eq!(found, ["accepted 2"]);
    example.casebook(&["verify", "p/policies.db", "--replay"]).expect(0);
}

#[test]
fn show_prints_the_lines_around_each_claim() {
    let example = Example::new();
    let relocated =
        example.casebook(&["show", "p/policies.db", &example.work_id("To receive donated hours")]).expect(0);
    let evidence = relocated.stdout.split("\nEvidence\n").nth(1).unwrap().split("\nCalls\n").next().unwrap();
    insta::assert_snapshot!("show_of_a_relocated_claim", evidence);
    let rejected = example.casebook(&["show", "p/policies.db", &example.work_id("Choosing a schedule")]).expect(0);
    let evidence = rejected.stdout.split("\nEvidence, not accepted\n").nth(1).unwrap();
    insta::assert_snapshot!("show_of_a_rejected_claim", evidence.split("\nCalls\n").next().unwrap());
    let json = example
        .casebook(&["show", "p/policies.db", &example.work_id("About PPL"), "--format", "json"])
        .expect(0)
        .stdout;
    let item: Value = serde_json::from_str(&json).unwrap();
    let claim = &item["evidence"][1];
    let lines: Vec<(i64, bool)> = claim["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["line"].as_i64().unwrap(), it["cited"].as_bool().unwrap()))
        .collect();
    assert_eq!(lines, [(10, false), (11, false), (12, true), (13, false), (14, false)]);
    assert_eq!(claim["document"], "paid-parental-leave.md");
    assert_eq!(claim["lines"][2]["text"], claim["quote"], "the blank at its end is there");
    assert!(claim["quote"].as_str().unwrap().ends_with("PPL. "));
    // The claims of the attempt before it, which did not hold.
    let statuses = |attempt: usize| -> Vec<&str> {
        let claims = item["attempts"][attempt]["claims"].as_array().unwrap();
        claims.iter().map(|it| it["status"].as_str().unwrap()).collect()
    };
    assert_eq!(statuses(1), ["exact", "exact", "exact"]);
    assert_eq!(statuses(0).len(), 3);
    assert_ne!(statuses(0)[1], "exact");
    assert_eq!(item["row"]["document"], "paid-parental-leave.md");
}

#[test]
fn the_report_has_the_documents_with_their_passages() {
    let example = Example::new();
    let html = fs::read_to_string(example.path("out/policies/report.html")).unwrap();
    let section = html.split("<section id=\"documents\">").nth(1).unwrap().split("</section>").next().unwrap();
    let uncited = "<p>4 documents, 377 lines. 13.7% of the lines that are not blank are cited (35 of 255); nothing \
                   cites the other 220 (86.3%).</p>";
    assert!(section.contains(uncited), "{section}");
    assert_eq!(all(section, "<details>", "</summary>").len(), 4);
    assert!(section.contains("<b>relocated</b>") && section.contains("<b>not_found, rejected</b>"), "{section}");
    assert!(section.contains("<bdi class=\"about\">employee \u{b7} All own leave is used up before"), "{section}");
    let failures = html.split("<section id=\"failures\">").nth(1).unwrap();
    assert!(failures.contains("(line 1 of the row is line 127 of work-schedules.md)"), "{failures}");
    let markdown = fs::read_to_string(example.path("out/policies/report.md")).unwrap();
    let section = markdown.split("## Documents\n").nth(1).unwrap().split("\n## ").next().unwrap();
    insta::assert_snapshot!("report_on_documents", section.split("\n### ").next().unwrap());
    // The same record, the same bytes.
    example.casebook(&["report", "p/policies.db", "--dir", "p/again"]).expect(0);
    assert_eq!(fs::read_to_string(example.path("again/report.html")).unwrap(), html);
}

#[test]
fn a_page_for_each_document_links_lines_and_claims() {
    let example = Example::new();
    let told = example.casebook(&["report", "p/policies.db", "--documents"]).expect(0);
    assert_eq!(told.stdout, "p/out/policies/documents/index.html\n");
    assert_eq!(told.stderr, "4 pages of documents\n");
    let folder = example.path("out/policies/documents");
    assert_eq!(files(&folder).len(), 6, "four pages, the index, the mark");
    let page = example.page("work-schedules");
    let lines: Vec<&str> = all(&page, "<p id=\"", "\"");
    assert_eq!(lines.len(), 138);
    for link in all(&page, "href=\"#", "\"") {
        assert!(page.contains(&format!("id=\"{link}\"")), "{link}");
    }
    let document = fs::read_to_string(example.path("handbook/work-schedules.md")).unwrap();
    for (number, line) in (1..).zip(document.lines()) {
        let shown = page.split(&format!("<p id=\"L{number}\"><a href=\"#L{number}\">{number}</a>")).nth(1).unwrap();
        let shown = shown.split("</p>").next().unwrap().replace("<i>", "").replace("</i>", "");
        let shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
        assert_eq!(shown.replace("&amp;", "&"), line, "line {number}");
    }
    assert!(page.contains("<section class=\"refused\">"), "of the claim that holds, of the rejected work item");
    assert!(page.contains("<b>not_found</b><br><small>not accepted (rejected)</small>"));
    assert!(page.contains("2 claims of work items that were not accepted (1 of them holds)."));
    let index = fs::read_to_string(folder.join("index.html")).unwrap();
    assert!(index.contains("29 claims of accepted outputs, which hold. 2 claims of work items that were not accepted"));
    assert!(index.contains("<a href=\"../report.html\">Report</a>"));
    assert!(!page.contains("<script") && page.contains("default-src 'none'"));
    // Written again they are the same; the page of a document that is gone goes.
    let before = page;
    fs::write(folder.join("gone.md-0123abcd.html"), "old").unwrap();
    fs::write(folder.join("notes.html"), "mine").unwrap();
    example.casebook(&["report", "p/policies.db", "--documents"]).expect(0);
    assert_eq!(example.page("work-schedules"), before);
    assert!(!folder.join("gone.md-0123abcd.html").exists() && folder.join("notes.html").exists());
}

#[test]
fn pages_that_are_there_are_written_again_with_the_report() {
    let example = Example::new();
    let run =
        |arguments: &[&str]| example.casebook(&[&["run", "p/casebook.yaml"], arguments].concat()).expect(0).stderr;
    let told = run(&[]);
    assert!(told.contains("casebook report p/policies.db --documents"), "{told}");
    assert!(!example.path("out/policies/documents").exists());
    let step = example.list("SELECT name FROM step").remove(0);
    example.casebook(&["report", "p/policies.db", "--documents"]).expect(0);
    example.casebook(&["report", "p/policies.db", "--documents", "--step", &step]).expect(0);
    let folders = [example.path("out/policies/documents"), example.path(&format!("out/policies/{step}/documents"))];
    let pages = |name: &str| folders.each_ref().map(|it| fs::read_to_string(it.join(name)).unwrap());
    let before = pages("index.html");
    for folder in &folders {
        fs::write(folder.join("index.html"), "old").unwrap();
    }
    let told = run(&[]);
    assert!(told.contains("4 pages of documents") && told.contains("documents/index.html"), "{told}");
    assert_eq!(pages("index.html"), before);
    // The report is the same with and without pages beside it.
    let report = example.path("out/policies/report.html");
    let before = fs::read_to_string(&report).unwrap();
    fs::remove_dir_all(example.path("out/policies/documents")).unwrap();
    let told = example.casebook(&["report", "p/policies.db"]).expect(0);
    assert!(!told.stdout.contains("documents"), "{}", told.stdout);
    assert_eq!(fs::read_to_string(&report).unwrap(), before);
}

#[test]
fn failures_say_which_lines_they_mean() {
    let example = Example::new();
    let told = example.casebook(&["failures", "p/policies.db"]).expect(0).stdout;
    assert!(told.contains("line 127 of work-schedules.md"), "{told}");
    assert!(told.contains("(line 1 of the row is line 127 of work-schedules.md)"), "{told}");
    let csv = example.casebook(&["failures", "p/policies.db", "--format", "csv"]).expect(0).stdout;
    assert!(csv.contains(",work-schedules.md,127,") && !csv.contains("of the row is line"), "{csv}");
    let shown = example.casebook(&["show", "p/policies.db", &example.work_id("Choosing a schedule")]).expect(0).stdout;
    assert!(shown.contains("line 1 of the row is line 127 of work-schedules.md"), "{shown}");
}

#[test]
fn a_folder_of_other_files_is_refused() {
    let example = Example::new();
    fs::create_dir_all(example.path("mine/documents")).unwrap();
    fs::write(example.path("mine/documents/leave.md"), "# Leave\n").unwrap();
    let refused = example.casebook(&["report", "p/policies.db", "--documents", "--dir", "p/mine"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("leave.md"), "{}", refused.stderr);
    assert_eq!(files(&example.path("mine/documents")).len(), 1);
    example.casebook(&["report", "p/policies.db", "--documents", "--dir", "p/mine", "--overwrite"]).expect(0);
    assert!(example.path("mine/documents/leave.md").exists() && example.path("mine/documents/index.html").exists());
}

#[test]
fn a_table_has_no_pages_of_documents() {
    let project = Project::new();
    project.run();
    let refused = project.casebook(&["report", "test.db", "--documents"]);
    assert_eq!(refused.code, Some(2));
    insta::assert_snapshot!(refused.stderr, @"
    error: test.db has no documents: its input is a table
    hint: `--documents` writes pages of documents; `--pages DIR` writes those of work items
    ");
    assert!(!project.read("out/test/report.html").contains("id=\"documents\""));
}

#[test]
fn the_claims_of_one_step_have_pages_of_their_own() {
    let example = Example::new();
    let step = example.list("SELECT name FROM step").remove(0);
    let told = example.casebook(&["report", "p/policies.db", "--documents", "--step", &step]).expect(0);
    assert_eq!(told.stdout, format!("p/out/policies/{step}/documents/index.html\n"));
    let refused = example.casebook(&["report", "p/policies.db", "--documents", "--step", "nothing"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(!example.path("out/policies/nothing").exists());
}
