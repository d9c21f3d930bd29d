//! Documents become rows: which files are read, what stands in the run file, what is asked again after an edit, and what
//! a verification finds.

use std::fmt::Write as _;
use std::fs;

use crate::projects::{NONE, Project, calls, problems};
use crate::support::Ended;

/// A project over the folder `docs` with these documents.
fn project(documents: &[(&str, &[u8])]) -> Project {
    let mut project = Project::new();
    project.set("input", "{path: docs}");
    write(&project, documents);
    project
}

fn write(project: &Project, documents: &[(&str, &[u8])]) {
    for (name, bytes) in documents {
        let path = project.path("docs").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// A document of so many sections, with what stands at its top.
fn sections(top: &str, count: usize) -> String {
    let mut text = top.to_owned();
    for number in 0..count {
        write!(text, "## Section {number}\n\nWhat is said of {number}.\n\n").unwrap();
    }
    text
}

#[track_caller]
fn refused(project: &Project) -> String {
    let error = project.try_run().unwrap_err();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{error}{hint}").replace(&*project.dir().to_string_lossy(), "DIR")
}

fn review(project: &Project, arguments: &[&str]) -> Ended {
    let ended = project.casebook(&[&["review", "test.db"], arguments].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended
}

const HANDBOOK: &str =
    "---\ntitle: The handbook\n---\n# Leave\n\nAll have 25 days.\n\n## Sick leave\n\nCall by 9.  \nThen write.\n";

#[test]
fn a_folder_of_documents_becomes_rows_in_the_order_of_their_names() {
    let project = project(&[
        ("b.md", HANDBOOK.as_bytes()),
        ("a/note.txt", b"first\r\nsecond\rthird"),
        (".hidden/x.md", b"no"),
        ("a/.x.md", b"no"),
        ("picture.png", b"no"),
    ]);
    let summary = project.run();
    assert_eq!(summary.counts.accepted, 4);
    let rows =
        "SELECT document || '|' || title || '|' || heading_path || '|' || line_start || '-' || line_end FROM results";
    assert_eq!(
        project.list(rows),
        [
            "a/note.txt|note||1-3",
            "b.md|The handbook||1-3",
            "b.md|Leave|Leave|4-6",
            "b.md|Sick leave|Leave > Sick leave|8-11",
        ]
    );
    assert_eq!(project.text("SELECT text FROM results WHERE title = 'note'"), "first\nsecond\nthird");
    let numbered = "1: ## Sick leave\n2: \n3: Call by 9.  \n4: Then write.";
    assert_eq!(project.text("SELECT numbered FROM results WHERE title = 'Sick leave'"), numbered);
    assert_eq!(project.text("SELECT typeof(line_start) FROM results"), "integer");
    let counts = project.text("SELECT counts FROM manifests WHERE stage = 'ingest'");
    for count in ["\"documents\":2", "\"sections\":4", "\"lines\":14", "\"rows\":4"] {
        assert!(counts.contains(count), "{counts}");
    }
    assert!(counts.contains("1 file beside the documents was not read: .png"), "{counts}");
    project.assert_sound();
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.text("SELECT status FROM manifests WHERE stage = 'ingest' ORDER BY ended_at DESC"), "reused");
}

#[test]
fn the_lines_of_a_document_are_exactly_what_stands_there() {
    let long = "x".repeat(10_000_000);
    let odd =
        "\u{feff}tab\there  \r\nnbsp\u{a0}\u{200b} soft\u{ad}hyphen\u{c}feed\u{b}vt\u{85}nel\u{2028}sep\rcr\n\n last";
    let cases: [(&str, &[u8]); 6] = [
        ("cr.txt", b"a\rb\r"),
        ("crlf.md", b"# A\r\n\r\nb  \r\n"),
        ("long.txt", long.as_bytes()),
        ("none.txt", b"no end"),
        ("odd.txt", odd.as_bytes()),
        ("open.md", b"```\n# no heading\n\n\n"),
    ];
    let mut project = project(&cases);
    project.set("context.max_context_chars", "1000");
    project.edit("prompt.yaml", "{{ row.text }}", "{{ row.title }}");
    project.run();
    for (name, bytes) in cases {
        let query = format!(
            "SELECT group_concat(text || CASE ending WHEN 1 THEN char(10) WHEN 2 THEN char(13, 10) WHEN 3 THEN char(13)
                ELSE '' END, '') FROM (SELECT line.* FROM line JOIN document USING (document_text)
                WHERE document.name = '{name}' ORDER BY line.number)"
        );
        let bom = if name == "odd.txt" { "\u{feff}" } else { "" };
        assert_eq!(format!("{bom}{}", project.text(&query)).as_bytes(), bytes, "{name}");
    }
    assert_eq!(
        project.list("SELECT text FROM lines WHERE document = 'odd.txt' ORDER BY line"),
        ["tab\there  ", "nbsp\u{a0}\u{200b} soft\u{ad}hyphen\u{c}feed\u{b}vt\u{85}nel\u{2028}sep", "cr", "", " last"]
    );
    project.assert_sound();
}

#[test]
fn lines_that_are_inserted_above_cost_nothing_and_leave_decisions_in_force() {
    let project = project(&[("m.md", sections("", 200).as_bytes())]);
    assert_eq!(project.cost(), calls(200, 0));
    let id = project.text("SELECT work_id FROM results WHERE title = 'Section 150'");
    review(&project, &[&id, "--reject", "--by", "Ada", "--reason", "wrong"]);
    write(&project, &[("m.md", sections(&"A line.\n".repeat(10), 200).as_bytes())]);
    assert_eq!(project.cost(), calls(1, 0));
    assert_eq!(project.text(&format!("SELECT status FROM results WHERE work_id = '{id}'")), "rejected");
    assert_eq!(project.number("SELECT in_force FROM decisions"), 1);
    assert_eq!(project.number("SELECT line_start FROM results WHERE title = 'Section 150'"), 611);
    write(&project, &[("m.md", sections(&"A line.\n".repeat(10), 200).replace("of 7.", "of seven.").as_bytes())]);
    assert_eq!(project.cost(), calls(1, 0));
    project.assert_sound();
}

#[test]
fn a_document_under_another_name_is_new_work_that_the_tape_answers() {
    let project = project(&[("m.md", sections("", 20).as_bytes())]);
    assert_eq!(project.cost(), calls(20, 0));
    fs::rename(project.path("docs/m.md"), project.path("docs/n.md")).unwrap();
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list("SELECT DISTINCT document FROM results"), ["n.md"]);
    assert_eq!(project.number("SELECT count(*) FROM work_item"), 40);
    assert_eq!(project.number("SELECT count(*) FROM document_text"), 1);
    project.assert_sound();
}

#[test]
fn one_content_under_two_names_is_kept_once() {
    let project = project(&[("a.md", b"# One\n\nText.\n"), ("b.md", b"# One\n\nText.\n")]);
    assert_eq!(project.cost(), calls(1, 0));
    let counts = "SELECT (SELECT count(*) FROM document_text) || (SELECT count(*) FROM document)";
    assert_eq!(project.text(counts), "12");
    project.assert_sound();
}

#[test]
fn where_a_row_stands_is_part_of_a_task_only_where_the_step_reads_it() {
    let reads =
        ["{{ row.line_start }} {{ row.text }}", "{{ row }}", "{% for name in row %}{{ row[name] }}{% endfor %}"];
    for text in reads {
        let project = project(&[("m.md", sections("", 5).as_bytes())]);
        project.edit("prompt.yaml", "{{ row.text }}", text);
        assert_eq!(project.cost(), calls(5, 0), "{text}");
        write(&project, &[("m.md", sections("Top.\n", 5).as_bytes())]);
        assert_eq!(project.cost(), calls(6, 0), "{text}");
        project.assert_sound();
    }
    let mut project = project(&[("m.md", sections("", 5).as_bytes())]);
    project.set("checks", "[{name: early, expr: 'row.line_end < 1000'}]");
    project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    assert_eq!(project.cost(), calls(5, 0));
    let prompt = project.text("SELECT prompt FROM attempts WHERE prompt LIKE '%Section 0%'");
    assert!(
        !prompt.contains("line_start") && !prompt.contains("numbered") && prompt.contains("heading_path"),
        "{prompt}"
    );
    write(&project, &[("m.md", sections("Top.\n", 5).as_bytes())]);
    // What is checked has changed, and what is asked has not.
    assert_eq!(project.cost(), calls(1, 0));
    assert_eq!(project.number("SELECT count(*) FROM attempt"), 11);
    project.assert_sound();
}

#[test]
fn steps_that_take_from_a_document_see_where_it_stands_only_if_they_read_it() {
    let mut project = project(&[("m.md", sections("", 3).as_bytes())]);
    project.set(
        "steps",
        "[{name: draft}, {name: plain, each: output of draft, rule: {t: row.title}, schema: {inline: {type: object, properties: {t: {}}}}}, \
         {name: placed, each: output of draft, rule: {l: row.line_start}, schema: {inline: {type: object, properties: {l: {}}}}}]",
    );
    project.run();
    write(&project, &[("m.md", sections("Top.\n\n", 3).as_bytes())]);
    project.run();
    let attempts = |step: &str| project.number(&format!("SELECT count(*) FROM attempts WHERE step = '{step}'"));
    assert_eq!((attempts("draft"), attempts("plain"), attempts("placed")), (4, 4, 7));
    assert_eq!(project.list("SELECT output ->> '$.l' FROM outputs WHERE step = 'placed'"), ["1", "3", "7", "11"]);
    project.assert_sound();
}

#[test]
fn documents_are_grouped_and_their_columns_hidden_like_those_of_any_table() {
    let mut project = project(&[("a.md", sections("", 3).as_bytes()), ("b.md", sections("", 2).as_bytes())]);
    project.set("grouping", "{column: document, mode: group_output}");
    project.set("input", "{path: docs, required_columns: [title], hidden: [numbered]}");
    project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
    assert_eq!(project.cost(), calls(2, 0));
    assert_eq!(project.list("SELECT group_key FROM results"), ["a.md", "b.md"]);
    project.assert_sound();
    project.set("input", "{path: docs, required_columns: [id]}");
    insta::assert_snapshot!(refused(&project), @r"
    `input.required_columns` names `id`, and rows of documents have no such column
    hint: their columns are document, title, heading_path, line_start, line_end, text, numbered
    ");
}

#[test]
fn splits_are_by_section_by_document_and_by_lines() {
    let mut project = project(&[("m.md", sections("", 10).as_bytes())]);
    let rows = |project: &Project| {
        project.run();
        project.assert_sound();
        project.list("SELECT line_start || '-' || line_end FROM results")
    };
    project.set("input", "{path: docs, split: {by: document}}");
    assert_eq!(rows(&project), ["1-40"]);
    project.set("input", "{path: docs, split: {by: lines, max_chars: 130, overlap_lines: 2}}");
    let lines = rows(&project);
    assert!(lines.len() > 2 && lines[0].starts_with("1-"), "{lines:?}");
    project.set("input", "{path: docs, split: {by: section, heading_level: 1}}");
    assert_eq!(rows(&project).len(), 1);
}

#[test]
fn repeated_headings_are_told_apart_and_told() {
    let project = project(&[("m.md", b"# A\n\none\n\n# B\n\n# A\n\ntwo\n")]);
    let said = project.casebook(&["run", "casebook.yaml", "--set", "input={path: docs}"]).expect(0).stderr;
    let note = "m.md: heading paths repeat: `A` again at line 7; their sections are told apart by their order";
    assert!(said.contains(note), "{said}");
    let found = project.list("SELECT kind || ': ' || subject || ': ' || detail FROM anomalies WHERE stage = 'ingest'");
    assert_eq!(found, ["repeated_headings: m.md: heading paths repeat: `A` again at line 7"]);
    project.assert_sound();
}

#[test]
fn knowledge_is_ingested_beside_the_input_each_when_it_changes() {
    let mut project = Project::new();
    write(&project, &[("kb/a.md", b"# One\n\nText.\n"), ("kb/old/b.md", b"# Two\n"), ("faq.txt", b"Q\n\nA\n")]);
    project
        .set("knowledge", "[{name: kb, path: 'docs/kb/**/*.md', exclude: '**/old'}, {name: faq, path: docs/faq.txt}]");
    project.run();
    let lines = "SELECT DISTINCT role || ' ' || knowledge || ' ' || document FROM lines";
    assert_eq!(project.list(lines), ["knowledge faq faq.txt", "knowledge kb a.md"]);
    let stages = "SELECT status FROM manifest WHERE stage = 'ingest' ORDER BY id DESC LIMIT 3";
    project.run();
    assert_eq!(project.list(stages), ["reused"; 3]);
    write(&project, &[("kb/a.md", b"# One\n\nOther text.\n")]);
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.list(stages), ["reused", "reused", "done"]);
    assert_eq!(project.text("SELECT text FROM lines WHERE knowledge = 'kb' AND line = 3"), "Other text.");
    project.assert_sound();
    project.set("knowledge", "[{name: kb, path: docs/none}]");
    assert!(refused(&project).contains("docs/none"), "{}", refused(&project));
}

/// A text in windows-1252.
const GREETING: &[u8] = b"Good morning\nGr\xfc\xdfe aus M\xfcnchen, sch\xf6ne \xc4pfel f\xfcr alle\n";

#[test]
fn a_document_that_cannot_be_read_leaves_nothing_behind() {
    let mut project = project(&[("a.md", b"# One\n\nText.\n"), ("b.txt", GREETING)]);
    let said = refused(&project);
    assert!(said.starts_with("b.txt: line 2, column 3: ") && said.contains("windows-1252"), "{said}");
    let tables = ["document_text", "document_file", "line", "document", "input_row", "dataset"];
    for table in tables {
        assert_eq!(project.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    project.assert_sound();
    project.set("input", "{path: docs/b.txt, encoding: windows-1252}");
    project.run();
    assert_eq!(project.text("SELECT text FROM lines WHERE line = 2"), "Grüße aus München, schöne Äpfel für alle");
    assert_eq!(project.number("SELECT count(*) FROM document_file"), 1);
    project.assert_sound();
    project.tamper("UPDATE document_file SET data = zeroblob(5)");
    assert!(!problems(&project.verify(false)).is_empty());
}

#[test]
fn tampering_with_documents_is_found() {
    for statement in [
        "UPDATE line SET text = text || ' ' WHERE number = 3",
        "UPDATE line SET ending = 2 WHERE number = 3",
        "UPDATE line SET number = 100 WHERE number = 3",
        "UPDATE line SET page = 1 WHERE number = 3",
        "DELETE FROM line WHERE number = 1",
        "INSERT INTO line VALUES (1, 99, 0, NULL, 'more')",
        "UPDATE document_text SET sha1 = '0000000000000000000000000000000000000000'",
        "UPDATE document_text SET format = 'text'",
        "UPDATE document_text SET reader = 'other'",
        "UPDATE document_text SET bytes = bytes + 1",
        "UPDATE document_text SET has_bom = 1",
        "UPDATE document_text SET line_count = line_count + 1",
        "UPDATE document_text SET page_count = 1",
        "UPDATE document SET name = 'other.md'",
        "UPDATE document SET number = 2",
        "INSERT INTO document_text SELECT 9, '0000000000000000000000000000000000000000', format, reader, bytes, has_bom, line_count, NULL FROM document_text",
        "INSERT INTO document_file VALUES (1, 1, 'identity', x'00')",
        "INSERT INTO document SELECT 9, dataset, 2, 'x.md', document_text FROM document WHERE dataset = 1",
        "UPDATE input_row SET line = line + 1 WHERE row_index = 1",
        "UPDATE input_row SET document = NULL WHERE row_index = 1",
        "UPDATE input_row SET row_id = (SELECT row_id FROM input_row WHERE row_index = 0) WHERE row_index = 1",
        "UPDATE input_row SET fields = json_set(fields, '$[1]', 'Other') WHERE row_index = 1",
        "UPDATE input_row SET fields = json_set(fields, '$[4]', '1') WHERE row_index = 1",
        "UPDATE input_row SET fields = json_set(fields, '$[5]', 'Other') WHERE row_index = 1",
        "UPDATE input_row SET fields = json_set(fields, '$[6]', 'Other') WHERE row_index = 1",
        "DELETE FROM input_row WHERE row_index = 2",
        "UPDATE dataset SET sha1 = (SELECT sha1 FROM document_text)",
        "UPDATE dataset SET dataset_id = (SELECT sha1 FROM document_text)",
        "UPDATE dataset SET bytes = 1",
        "UPDATE dataset SET name = 'x'",
        "UPDATE dataset SET role = 'gold'",
        "UPDATE dataset SET format = 'csv'",
        "UPDATE dataset SET types = '[]'",
        "UPDATE dataset SET key_column = 'title'",
        "UPDATE dataset SET row_count = 1",
    ] {
        let mut project = project(&[("m.md", sections("", 3).as_bytes())]);
        project.set("knowledge", "[{name: kb, path: docs}]");
        project.run();
        project.assert_sound();
        project.tamper(statement);
        assert!(!problems(&project.verify(false)).is_empty(), "{statement}");
    }
}

#[test]
fn says_what_is_wrong_with_the_documents_that_are_named() {
    let documents: &[(&str, &[u8])] =
        &[("a/x.md", b"# A\n"), ("b/x.md", b"# B\n"), ("t/one.csv", b"id\n1\n"), ("t/two.csv", b"id\n1\n")];
    let mut project = project(documents);
    let mut said = String::new();
    for input in [
        "{path: none}",
        "{path: 'none/*.md'}",
        "{path: docs/t}",
        "{path: 'docs/t/*'}",
        "{path: 'docs/t/*.csv'}",
        "{path: [docs/a, docs/b]}",
        "{path: [docs, docs/a]}",
        "{path: docs, exclude: '**/*.md'}",
        "{path: prompt.yaml}",
    ] {
        project.set("input", input);
        writeln!(said, "=== {input}\n{}\n", refused(&project)).unwrap();
    }
    insta::assert_snapshot!(said);
}
