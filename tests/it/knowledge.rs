//! Knowledge that prompts retrieve, and lines that templates read: what is found, what is on record, what is asked again
//! after a change, and what a verification finds.

use std::fmt::Write as _;
use std::fs;

use crate::projects::{NONE, Project, calls, problems};

const RETURNS: &str = "\
# Returns

You may return goods within 30 days.

## Europe

In Europe, the time is 60 days.

## Fees

A fee of 3 euros is due for e-mail orders.
";
const SHIPPING: &str = "# Shipping\r\n\r\nGoods ship within 2 days.\r\n";

/// A project whose prompt shows two passages for each text of the input, with these texts.
fn project(texts: &[&str]) -> Project {
    let project = Project::new();
    document(&project, "returns.md", RETURNS);
    document(&project, "sub/shipping.md", SHIPPING);
    project.edit("casebook.yaml", "prompts:", "knowledge: [{name: kb, path: kb}]\nprompts:");
    project.edit("prompt.yaml", "{{ row.text }}", "{{ retrieve('kb', row.text, k=2) }}\n  Question: {{ row.text }}");
    rows(&project, texts);
    project
}

fn document(project: &Project, name: &str, text: &str) {
    let path = project.path("kb").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn rows(project: &Project, texts: &[&str]) {
    let mut table = "id,text,remark\n".to_owned();
    for (number, text) in texts.iter().enumerate() {
        writeln!(table, "{number},\"{}\",x", text.replace('"', "\"\"")).unwrap();
    }
    project.write("input.csv", table);
}

/// What was retrieved, in the order of the input: `query|rank|document:first-last`.
fn retrieved(project: &Project) -> Vec<String> {
    project.list(
        "SELECT query || '|' || coalesce(rank || '|' || document || ':' || line_start || '-' || line_end, 'nothing')
         FROM retrievals JOIN (SELECT work_id AS item, row_index FROM results) ON item = work_id
         ORDER BY row_index, attempt, number, rank",
    )
}

#[track_caller]
fn refused(project: &Project) -> String {
    let error = project.try_run().unwrap_err();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{error}{hint}").replace(&*project.dir().to_string_lossy(), "DIR")
}

#[test]
fn passages_are_in_the_prompt_and_on_record() {
    let project = project(&["the time in Europe", "???", "NEAR(\"goods\" AND -ship* within"]);
    assert_eq!(project.run().counts.accepted, 3);
    assert_eq!(
        retrieved(&project),
        [
            "the time in Europe|1|returns.md:5-7",
            "???|nothing",
            "NEAR(\"goods\" AND -ship* within|1|sub/shipping.md:1-3",
            "NEAR(\"goods\" AND -ship* within|2|returns.md:1-3",
        ]
    );
    let prompt = project.text("SELECT prompt FROM attempts JOIN results USING (work_id) WHERE id = '0'");
    assert!(prompt.contains("[returns.md, lines 5-7] Returns > Europe\n## Europe\n\nIn Europe"), "{prompt}");
    let columns = "SELECT step || '|' || attempt || '|' || purpose || '|' || knowledge || '|' || k || '|' || text
                   FROM retrievals WHERE heading_path = 'Returns > Europe'";
    assert_eq!(project.text(columns), "generate|1|generation|kb|2|## Europe\n\nIn Europe, the time is 60 days.");
    project.assert_sound();
    assert_eq!(project.cost(), NONE);

    let shown = project.casebook(&["show", "test.db", "--row", "1"]).stdout;
    assert!(shown.contains("from kb, by \"the time in Europe\": returns.md lines 5-7"), "{shown}");
    assert!(project.casebook(&["show", "test.db", "--row", "2"]).stdout.contains("by \"???\": nothing"));
    let json = project.casebook(&["show", "test.db", "--row", "1", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["attempts"][0]["retrieved"][0]["passages"][0]["line_start"], 5);
}

#[test]
fn a_render_and_a_dry_run_retrieve_as_the_run_does() {
    let project = project(&["the time in Europe"]);
    let before = project.casebook(&["render", "casebook.yaml", "--row", "1"]);
    assert!(before.stdout.contains("[returns.md, lines 5-7] Returns > Europe"), "{}", before.stderr);
    let estimate = project.casebook(&["run", "casebook.yaml", "--dry-run", "--format", "json"]);
    assert!(!estimate.stdout.contains("cannot be rendered"), "{}", estimate.stdout);
    let cases = "cases:\n  - name: made up\n    values: {text: the time in Europe}\n    \
                 expect: {user_contains: \"returns.md, lines 5-7\"}\n";
    project.write("cases.yaml", cases);
    let checked = project.casebook(&["render", "casebook.yaml", "--check", "cases.yaml"]);
    assert_eq!(checked.code, Some(0), "{} {}", checked.stdout, checked.stderr);
    project.run();
    let id = project.text("SELECT request_id FROM calls");
    assert!(before.stdout.contains(&id), "{id}: {}", before.stdout);
}

#[test]
fn changed_knowledge_asks_again_only_where_passages_changed() {
    let project = project(&["the time in Europe", "goods ship"]);
    assert_eq!(project.cost(), calls(2, 0));
    document(&project, "returns.md", &RETURNS.replace("60 days", "90 days"));
    assert_eq!(project.cost(), calls(1, 0));
    assert_eq!(project.number("SELECT count(*) FROM attempts"), 4);
    // Each attempt has the passages of the knowledge as it was.
    let texts = "SELECT DISTINCT text FROM retrievals WHERE heading_path = 'Returns > Europe' ORDER BY decided_at";
    assert_eq!(project.list(texts).len(), 2);
    let current = "SELECT DISTINCT text FROM retrievals WHERE current = 1 AND heading_path = 'Returns > Europe'";
    assert_eq!(project.list(current), ["## Europe\n\nIn Europe, the time is 90 days."]);
    assert_eq!(
        project.text("SELECT text FROM lines WHERE knowledge = 'kb' AND line = 7"),
        "In Europe, the time is 90 days."
    );
    let id = project.text("SELECT work_id FROM results WHERE id = '0'");
    let explained = project.casebook(&["explain", "test.db", &id]).stdout;
    assert!(explained.contains("documents.knowledge.kb"), "{explained}");
    project.assert_sound();
    // And back: everything is on record.
    document(&project, "returns.md", RETURNS);
    assert_eq!(project.cost(), NONE);
    assert_eq!(
        project.text("SELECT text FROM lines WHERE knowledge = 'kb' AND line = 7"),
        "In Europe, the time is 60 days."
    );
    project.assert_sound();
}

#[test]
fn equal_passages_come_in_the_order_of_documents_and_lines() {
    let project = project(&["goods"]);
    for name in ["b.md", "a.md"] {
        document(&project, name, "# One\n\nthe same words\n\n# Two\n\nthe same words\n");
    }
    rows(&project, &["the same words"]);
    project.edit("prompt.yaml", "k=2", "k=50");
    project.run();
    let found = retrieved(&project);
    let same: Vec<&String> = found.iter().filter(|it| it.contains("|a.md") || it.contains("|b.md")).collect();
    assert!(same.windows(2).all(|pair| pair[0].split('|').nth(2) < pair[1].split('|').nth(2)), "{found:?}");
    assert_eq!(same.len(), 4, "{found:?}");
}

#[test]
fn words_without_spaces_between_them_are_found() {
    let project = project(&["退货政策是什么？", "배송"]);
    document(&project, "zh.md", "# 政策\n\n我们的退货政策是三十天。\n\n# 运费\n\n免费。\n");
    document(&project, "ko.txt", "배송은 이틀이 걸립니다.\n");
    project.run();
    let found = retrieved(&project);
    assert_eq!(found, ["退货政策是什么？|1|zh.md:1-3", "배송|1|ko.txt:1-1"]);
    project.assert_sound();
}

#[test]
fn judges_checks_conditions_and_rules_retrieve_and_read_lines() {
    let mut project = project(&["the time in Europe", "goods ship", "unicorn"]);
    project.edit("judge.yaml", "Label:", "{{ retrieve('kb', 'fee', k=1)[0].text }}\n  Label:");
    project.set(
        "steps",
        r#"[{name: classify, judge: {enabled: true}, checks: [{name: there, expr: "retrieve('kb', row.text) | length > 0"},
             {name: quote, expr: "evidence_ok('sub/shipping.md', 1, 3, '# Shipping\n\nGoods ship within 2 days.', 'kb')"}]},
            {name: pick, each: output of classify, when: "retrieve('kb', 'fee') | length == 1",
             rule: {first: "lines('sub/shipping.md', 3, 3, knowledge='kb')[0]", line: "retrieve('kb', 'fee')[0].line_start"}}]"#,
    );
    project.run();
    let purposes =
        "SELECT purpose || ' ' || count(*) FROM (SELECT DISTINCT work_id, attempt, number, purpose FROM retrievals)
                    GROUP BY purpose ORDER BY purpose";
    assert_eq!(project.list(purposes), ["check 4", "generation 4", "judge 2", "rule 2"]);
    assert_eq!(
        project.text("SELECT first || '|' || line FROM results WHERE status = 'accepted'"),
        "Goods ship within 2 days.|9"
    );
    assert_eq!(project.number("SELECT count(*) FROM attempts WHERE outcome = 'check_failed'"), 2);
    project.assert_sound();
    assert_eq!(project.cost(), NONE);
    // A check that reads knowledge runs over recorded answers, and so does a judge whose passages did not change.
    document(&project, "more.md", "# More\n\nThe unicorn.\n");
    let cost = project.cost();
    assert_eq!(cost.judge, 1, "the third answer passes its check now");
    project.assert_sound();
}

#[test]
fn lines_of_the_input_are_read_and_their_change_is_a_change_of_the_task() {
    let mut project = Project::new();
    fs::create_dir_all(project.path("docs")).unwrap();
    project.write("docs/a.md", "# One\n\nfirst\n\n# Two\n\nsecond\n");
    project.set("input", "{path: docs}");
    project.edit(
        "prompt.yaml",
        "{{ row.text }}",
        "{{ lines(row.document, row.line_start, row.line_end) | join('/') }}",
    );
    project
        .set("checks", "[{name: exact, expr: \"evidence_ok(row.document, row.line_start, row.line_end, row.text)\"}]");
    assert_eq!(project.run().counts.accepted, 2);
    project.assert_sound();
    assert!(project.list("SELECT prompt FROM attempts").join("\n").contains("# One//first"));
    project.write("docs/a.md", "# One\n\nfirst\n\n# Two\n\nlast\n");
    assert_eq!(project.cost(), calls(1, 0));
    project.assert_sound();
    // Lines that are not there are an error of the work item, with what there is.
    project.edit("prompt.yaml", "row.line_end)", "row.line_end + 3)");
    project.run();
    let said = project.list("SELECT message FROM failures").join("\n");
    assert!(said.contains("`lines`: `a.md` has 7 lines, and lines 5 to 10 are asked for"), "{said}");
    project.edit("prompt.yaml", "lines(row.document", "lines('b/a.md'");
    project.run();
    let said = project.list("SELECT message FROM failures").join("\n");
    assert!(said.contains("there is no document `b/a.md` (did you mean `a.md`?)"), "{said}");
    project.assert_sound();
}

#[test]
fn what_cannot_work_is_said_before_anything_is_asked() {
    let mut project = project(&["a"]);
    for (call, said) in [
        ("retrieve('kp', row.text)", "there is no knowledge `kp`"),
        ("retrieve('kb', row.text, k=0)", "`k` is 0, and must be from 1 to 50"),
        ("retrieve('kb')", "`retrieve` is not given `query`"),
        ("lines(row.text, 1, 2)", "`lines`: the input is no documents, but a table"),
        ("retrieve('kb', row.txt)", "the input has no column `txt`"),
    ] {
        project.write("prompt.yaml", format!("name: p\nuser: |\n  Text:\n  {{{{ {call} }}}}\n"));
        let ended = project.casebook(&["run", "casebook.yaml"]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(said) && ended.stderr.contains("prompt.yaml:4:"), "{call}: {}", ended.stderr);
    }
    project.set("knowledge", "[]");
    project.write("prompt.yaml", "name: p\nuser: \"{{ retrieve('kb', row.text) }}\"\n");
    let error = refused(&project);
    assert!(error.contains("the configuration has no `knowledge`"), "{error}");
    assert!(!project.db().exists());
    project.set("context", "{row_template: \"{{ retrieve('kb', row.text) }}\"}");
    project.write("prompt.yaml", "name: p\nuser: \"{{ context }}\"\n");
    assert!(refused(&project).contains("`retrieve` is not available here"));
}

#[test]
fn what_is_wrong_with_a_document_names_its_collection_and_key() {
    let mut project = project(&["the time in Europe"]);
    fs::write(project.path("kb/fees.md"), b"Die Geb\xFChr f\xFCr Sch\xFCler\n").unwrap();
    let error = refused(&project);
    assert!(error.starts_with("knowledge `kb`: fees.md: line 1, column 8: the bytes FC are not UTF-8"), "{error}");
    assert!(error.contains("or set `knowledge[0].encoding: windows-1252`"), "{error}");
    fs::write(project.path("kb/fees.md"), "\n").unwrap();
    let error = refused(&project);
    assert!(error.ends_with("hint: leave it out (`knowledge[0].exclude`), or give it a text"), "{error}");
    project.set("knowledge", "[{name: kb, path: kb, encoding: utf-9}]");
    let error = refused(&project);
    assert!(error.contains("`utf-9` is not a known encoding: set `knowledge[0].encoding` to one such as"), "{error}");
}

#[test]
fn knowledge_that_nothing_reads_is_said() {
    let project = project(&["a"]);
    project.write("prompt.yaml", "name: p\nuser: \"{{ row.text }}\"\n");
    let ended = project.casebook(&["run", "casebook.yaml"]);
    assert!(ended.stderr.contains("no template reads the knowledge `kb`"), "{}", ended.stderr);
    // A change of it costs nothing then.
    document(&project, "returns.md", "# Other\n\ntext\n");
    assert_eq!(project.cost(), NONE);
}

#[test]
fn answers_on_record_are_read_again_with_the_same_passages() {
    let project = project(&["the time in Europe", "goods ship"]);
    project.run();
    let ended = project.casebook(&["parse", "test.db"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    project.assert_sound();
}

#[test]
fn every_edit_of_what_was_retrieved_is_found() {
    let found = |statement: &str| {
        let project = project(&["the time in Europe", "goods ship within days"]);
        project.run();
        let two = "(SELECT retrieval FROM retrieved_passage WHERE rank = 2)";
        let one = "(SELECT id FROM retrieval WHERE id NOT IN (SELECT retrieval FROM retrieved_passage WHERE rank = 2))";
        project.tamper(&statement.replace("TWO", two).replace("ONE", one));
        problems(&project.verify(true))
    };
    for statement in [
        "UPDATE retrieval SET query = 'ship' WHERE id = ONE",
        "UPDATE retrieval SET k = 1 WHERE id = TWO",
        "UPDATE retrieval SET k = 3 WHERE id = TWO",
        "UPDATE retrieval SET purpose = 'judge' WHERE id = 1",
        "UPDATE retrieval SET number = 2 WHERE id = 1",
        "UPDATE retrieval SET attempt = 3 - attempt",
        "UPDATE retrieval SET dataset = (SELECT id FROM dataset WHERE role = 'input') WHERE id = 1",
        "DELETE FROM retrieved_passage WHERE retrieval = TWO AND rank = 1",
        "DELETE FROM retrieved_passage WHERE retrieval = TWO AND rank = 2",
        "DELETE FROM retrieved_passage WHERE retrieval = 1; DELETE FROM retrieval WHERE id = 1",
        "UPDATE retrieved_passage SET input_row = input_row + 1 WHERE retrieval = ONE",
        "UPDATE retrieved_passage SET rank = 3 WHERE retrieval = TWO AND rank = 2",
        "INSERT INTO retrieved_passage SELECT ONE, 2, max(id) FROM input_row",
        "UPDATE plan SET knowledge = '{}'",
        "UPDATE plan SET knowledge = json_object('kb', dataset)",
        "UPDATE plan SET knowledge = replace(knowledge, 'kb', 'kc')",
        "UPDATE line SET text = text || '.' WHERE number = 3",
    ] {
        assert!(!found(statement).is_empty(), "{statement}");
    }
}
