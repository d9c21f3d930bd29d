//! Tasks of several steps: what feeds what, what waits, what is blocked, and what a change or a kill costs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

/// A project whose answers come from tables: `answers/STEP.csv` with the columns `key` and `answer`.
struct Steps {
    dir: TempDir,
}

const OUTLINE: &str = r#"{"type": "object", "properties": {"title": {"type": "string"},
    "sections": {"type": "array", "items": {"type": "string"}}}, "required": ["title", "sections"]}"#;
const TEXT: &str = r#"{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}"#;

impl Steps {
    /// Rows `id,topic` and these steps.
    fn new(rows: &[(&str, &str)], steps: &str) -> Self {
        let steps = Self { dir: tempfile::tempdir().unwrap() }.with_steps(steps);
        let lines: Vec<String> = rows.iter().map(|(id, topic)| format!("{id},{topic}\n")).collect();
        steps.write("rows.csv", &format!("id,topic\n{}", lines.concat()));
        steps.write("outline.json", OUTLINE);
        steps.write("text.json", TEXT);
        steps.write("outline.yaml", "name: outline\nuser: Outline {{ row.topic }}. {{ llm_schema }}\n");
        steps.write(
            "section.yaml",
            "name: section\nuser: Write {{ item }} of {{ steps.outline.title }}. {{ llm_schema }}\n",
        );
        steps
    }

    fn with_steps(self, steps: &str) -> Self {
        self.write(
            "casebook.yaml",
            &format!("run: {{name: story}}\ninput: {{path: rows.csv, key: id}}\nllm: {{provider: sample, retries: 0}}\n{steps}"),
        );
        self
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The answers of a step: pairs of key and answer.
    fn answers(&self, step: &str, answers: &[(&str, &str)]) {
        let line = |(key, answer): &(&str, &str)| format!("{key},\"{}\"\n", answer.replace('"', "\"\""));
        let lines: String = answers.iter().map(line).collect();
        self.write(&format!("answers/{step}.csv"), &format!("key,answer\n{lines}"));
    }

    fn db(&self) -> PathBuf {
        self.dir.path().join("story.db")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        command.args(args).current_dir(self.dir.path()).env("NO_COLOR", "1");
        command
    }

    /// Runs a command; returns its exit code with all that it said.
    fn casebook(&self, args: &[&str]) -> (i32, String) {
        let output = self.command(args).output().unwrap();
        let said = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap()).concat();
        (output.status.code().unwrap_or(-1), said)
    }

    #[track_caller]
    fn run(&self, code: i32) -> String {
        let (found, said) = self.casebook(&["run", "casebook.yaml"]);
        assert_eq!(found, code, "{said}");
        said
    }

    #[track_caller]
    fn sound(&self) {
        let (code, said) = self.casebook(&["verify", "story.db", "--replay"]);
        assert_eq!(code, 0, "{said}");
    }

    fn list(&self, query: &str) -> Vec<String> {
        let connection = Connection::open_with_flags(self.db(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| {
            let value: rusqlite::types::Value = row.get(0)?;
            Ok(match value {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                other => format!("{other:?}"),
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Where each step stands: `STEP planned/accepted/failed/skipped/blocked/pending`.
    fn progress(&self) -> Vec<String> {
        self.list(
            "SELECT step || ' ' || planned || '/' || accepted || '/' || failed || '/' || skipped || '/' || blocked || '/' \
             || pending FROM progress",
        )
    }

    fn calls(&self) -> Vec<String> {
        self.list("SELECT step || ' ' || count(*) FROM calls GROUP BY step ORDER BY step")
    }
}

/// `llm` that answers from the table of a step by a template of the key.
fn recorded(step: &str, key: &str) -> String {
    format!(
        "{{provider: recorded, retries: 0, recorded: {{path: answers/{step}.csv, match: {{key: \"{key}\"}}, answer: \"{{{{ \
         record.answer }}}}\"}}}}"
    )
}

/// An outline of each row, its sections, and all of them put together.
fn story() -> Steps {
    let steps = format!(
        "steps:
  - name: outline
    prompts: {{generation: outline.yaml}}
    schema: {{path: outline.json}}
    llm: {}
  - name: section
    each: element of outline.sections
    when: \"item != 'skip'\"
    prompts: {{generation: section.yaml}}
    schema: {{path: text.json}}
    llm: {}
  - name: story
    each: join section by row
    rule: {{title: steps.outline.title, text: \"steps.section | map(attribute='text') | join(' ')\"}}
",
        recorded("outline", "{{ row.id }}"),
        recorded("section", "{{ item }}"),
    );
    let story = Steps::new(&[("1", "cats"), ("2", "dogs"), ("3", "ants")], &steps);
    story.answers(
        "outline",
        &[
            ("1", r#"{"title": "Cats", "sections": ["paws", "skip", "tails"]}"#),
            ("2", r#"{"title": "Dogs", "sections": ["paws", "paws"]}"#),
            ("3", r#"{"title": "Ants", "sections": []}"#),
        ],
    );
    story.answers("section", &[("paws", r#"{"text": "Paws."}"#), ("tails", r#"{"text": "Tails."}"#)]);
    story
}

#[test]
fn outputs_become_work_items_and_come_together_again() {
    let story = story();
    story.run(0);
    assert_eq!(story.progress(), ["outline 3/3/0/0/0/0", "section 5/4/0/1/0/0", "story 2/2/0/0/0/0"]);
    assert_eq!(
        story.list("SELECT title || ': ' || text FROM results"),
        ["Cats: Paws. Tails.", "Dogs: Paws. Paws."],
        "in the order of the input and of the lists"
    );
    assert_eq!(story.list("SELECT reason FROM held_back"), ["`when` is not true: item != 'skip'"]);
    assert_eq!(
        story.list("SELECT DISTINCT row_index || ' ' || parent_step FROM lineage WHERE step = 'story'"),
        ["0 section", "1 section"]
    );
    story.sound();
    assert!(story.run(0).contains("no call was made"));
}

#[test]
fn what_failed_blocks_what_is_made_from_it_until_it_is_repaired() {
    let story = story();
    story.answers(
        "outline",
        &[("1", r#"{"title": "Cats", "sections": ["paws", "tails"]}"#), ("2", "I would rather not"), ("3", "?")],
    );
    story.answers("section", &[("paws", r#"{"text": "Paws."}"#), ("tails", "no")]);
    story.run(3);
    assert_eq!(story.progress(), ["outline 3/1/2/0/0/0", "section 4/1/1/0/2/0", "story 3/0/0/0/3/0"]);
    let reasons = story.list("SELECT DISTINCT step || ' ' || substr(reason, 43) FROM held_back ORDER BY 1");
    assert_eq!(
        reasons,
        [
            "section which it is made from, is failed",
            "story which it is made from, is blocked",
            "story which it is made from, is failed",
        ]
    );
    story.sound();
    story.answers(
        "outline",
        &[
            ("1", r#"{"title": "Cats", "sections": ["paws", "tails"]}"#),
            ("2", r#"{"title": "Dogs", "sections": ["paws"]}"#),
            ("3", r#"{"title": "Ants", "sections": ["tails"]}"#),
        ],
    );
    story.answers("section", &[("paws", r#"{"text": "Paws."}"#), ("tails", r#"{"text": "Tails."}"#)]);
    story.run(0);
    assert_eq!(story.progress(), ["outline 3/3/0/0/0/0", "section 4/4/0/0/0/0", "story 3/3/0/0/0/0"]);
    assert_eq!(story.list("SELECT text FROM results"), ["Paws. Tails.", "Paws.", "Tails."]);
    story.sound();
}

#[test]
fn a_change_costs_only_what_it_touches() {
    let story = story();
    story.run(0);
    assert_eq!(story.calls(), ["outline 3", "section 3"]);
    // The later step alone.
    story.write(
        "section.yaml",
        "name: section\nuser: Now write {{ item }} of {{ steps.outline.title }}. {{ llm_schema }}\n",
    );
    story.run(0);
    assert_eq!(story.calls(), ["outline 3", "section 6"]);
    // An outline that says the same again: what was made of it stands.
    story.write("outline.yaml", "name: outline\nuser: Please outline {{ row.topic }}. {{ llm_schema }}\n");
    story.run(0);
    assert_eq!(story.calls(), ["outline 6", "section 6"]);
    assert_eq!(story.progress(), ["outline 3/3/0/0/0/0", "section 5/4/0/1/0/0", "story 2/2/0/0/0/0"]);
    // Back again: all of it is on record.
    story.write("outline.yaml", "name: outline\nuser: Outline {{ row.topic }}. {{ llm_schema }}\n");
    assert!(story.run(0).contains("no call was made"));
    story.sound();
}

#[test]
fn rows_that_come_and_go_take_what_was_made_of_them_along() {
    let story = story();
    story.run(0);
    story.write("rows.csv", "id,topic\n2,dogs\n3,ants\n");
    story.run(0);
    assert_eq!(story.progress(), ["outline 2/2/0/0/0/0", "section 2/2/0/0/0/0", "story 1/1/0/0/0/0"]);
    story.sound();
    story.write("rows.csv", "id,topic\n3,ants\n1,cats\n2,dogs\n");
    story.run(0);
    assert_eq!(story.calls(), ["outline 3", "section 3"], "all of it is on record");
    assert_eq!(story.list("SELECT title FROM results"), ["Cats", "Dogs"]);
    story.sound();
}

#[test]
fn a_step_that_is_taken_out_leaves_its_record() {
    let story = story();
    story.run(0);
    let text = fs::read_to_string(story.dir.path().join("casebook.yaml")).unwrap();
    story.write("casebook.yaml", text.split("  - name: story").next().unwrap());
    assert!(story.run(0).contains("no call was made"));
    assert_eq!(story.progress(), ["outline 3/3/0/0/0/0", "section 5/4/0/1/0/0"]);
    assert_eq!(story.list("SELECT text FROM results WHERE status = 'accepted'").len(), 4);
    story.sound();
    story.write("casebook.yaml", &text);
    assert!(story.run(0).contains("no call was made"));
    assert_eq!(story.list("SELECT title FROM results"), ["Cats", "Dogs"]);
    story.sound();
}

#[test]
fn what_is_tried_again_is_made_into_what_follows_again() {
    let story = story();
    story.run(0);
    let first = story.list("SELECT work_id FROM attempts WHERE step = 'outline' LIMIT 1").remove(0);
    assert_eq!(story.casebook(&["retry", "story.db", &first]).0, 0);
    story.run(0);
    assert_eq!(story.calls(), ["outline 4", "section 3"], "the outline came out the same");
    assert_eq!(story.progress(), ["outline 3/3/0/0/0/0", "section 5/4/0/1/0/0", "story 2/2/0/0/0/0"]);
    story.sound();
}

#[test]
fn everything_can_be_asked_again() {
    let story = story();
    story.run(0);
    let (code, said) = story.casebook(&["run", "casebook.yaml", "--set", "cache.force=true"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(story.calls(), ["outline 6", "section 6"]);
    story.sound();
}

#[test]
fn outputs_are_joined_by_what_they_say() {
    let steps = "steps:
  - name: kind
    rule: {kind: \"'long' if row.topic | length > 4 else 'short'\", topic: row.topic}
  - name: summary
    each: join kind by kind
    rule: {kind: item, topics: \"steps.kind | map(attribute='topic') | join('+')\", rows: parents | length}
";
    let project = Steps::new(&[("1", "cats"), ("2", "horses"), ("3", "ants"), ("4", "geese")], steps);
    project.run(0);
    let rows = "SELECT kind || ' ' || topics || ' ' || rows FROM results";
    assert_eq!(project.list(rows), ["short cats+ants 2", "long horses+geese 2"]);
    // No schema is sent where no model is asked, so none is missing.
    assert!(project.list("SELECT kind || detail FROM anomalies").is_empty());
    project.sound();
    project.write("rows.csv", "id,topic\n1,cats\n2,horses\n4,geese\n5,sheep\n6,ox\n");
    project.run(0);
    assert_eq!(project.list(rows), ["short cats+ox 2", "long horses+geese+sheep 3"]);
    assert_eq!(project.progress(), ["kind 5/5/0/0/0/0", "summary 2/2/0/0/0/0"]);
    project.sound();
}

#[test]
fn groups_feed_steps_and_outputs_are_joined_by_group() {
    let steps = "grouping: {column: topic}
steps:
  - name: row_view
    each: row
    rule: {said: \"row.id ~ ' of ' ~ group.n_rows\"}
  - name: whole
    each: join row_view by group
    rule: {topic: group.key, said: \"steps.row_view | map(attribute='said') | join(', ')\"}
";
    let project = Steps::new(&[("1", "cats"), ("2", "dogs"), ("3", "cats")], steps);
    project.run(0);
    assert_eq!(project.list("SELECT group_key || ': ' || said FROM results"), ["cats: 1 of 2, 3 of 2", "dogs: 2 of 1"]);
    project.sound();
}

#[test]
fn combinations_are_work_items_too() {
    let steps = "steps:
  - name: design
    rule: {axes: {size: [1, 2], tone: [\"'plain'\", \"'warm'\"], who: \"[row.topic, 'all']\"}}
  - name: cell
    each: pairs of design.axes
    pairs: {cover: pairwise}
  - name: named
    each: output of cell
    rule: {name: \"item.size ~ item.tone ~ item.who\"}
";
    let project = Steps::new(&[("1", "cats")], steps);
    project.run(0);
    let cells = project.list("SELECT name FROM results");
    assert!((4..8).contains(&cells.len()), "{cells:?}");
    assert_eq!(cells[0], "1plaincats");
    project.sound();
    let text = fs::read_to_string(project.dir.path().join("casebook.yaml")).unwrap();
    project.write("casebook.yaml", &text.replace("pairwise", "full"));
    project.run(0);
    assert_eq!(project.list("SELECT name FROM results").len(), 8);
    project.sound();
}

#[test]
fn a_list_that_is_none_blocks_and_says_so() {
    let steps = "steps:
  - name: design
    rule: {list: \"[1] if row.id == '1' else row.topic\"}
  - name: cell
    each: element of design.list
    rule: {it: item}
";
    let project = Steps::new(&[("1", "cats"), ("2", "dogs")], steps);
    project.run(3);
    assert_eq!(project.progress(), ["design 2/2/0/0/0/0", "cell 2/1/0/0/1/0"]);
    assert_eq!(project.list("SELECT reason FROM held_back"), ["`list` in the output of `design` is no list"]);
    project.sound();
}

#[test]
fn a_step_is_done_in_several_roles() {
    let steps = format!(
        "schema: {{path: text.json}}
steps:
  - name: reader
    prompts: {{generation: reader.yaml}}
    perspectives:
      - {{name: strict, system: \"You are {{{{ perspective }}}}.\", llm: {}}}
      - {{name: kind, llm: {}}}
  - name: both
    each: join reader by row
    rule: {{strict: steps.reader.strict.text, kind: steps.reader.kind.text, same: steps.reader.strict == steps.reader.kind}}
",
        recorded("strict", "{{ row.id }}"),
        recorded("kind", "{{ row.id }}"),
    );
    let project = Steps::new(&[("1", "cats"), ("2", "dogs")], &steps);
    project.write("reader.yaml", "name: reader\nsystem: You read.\nuser: Read {{ row.topic }}. {{ llm_schema }}\n");
    project.answers("strict", &[("1", r#"{"text": "no"}"#), ("2", r#"{"text": "yes"}"#)]);
    project.answers("kind", &[("1", r#"{"text": "yes"}"#), ("2", r#"{"text": "yes"}"#)]);
    project.run(0);
    assert_eq!(project.list("SELECT strict || kind || same FROM results"), ["noyes0", "yesyes1"]);
    let prompts = project.list("SELECT DISTINCT step || ': ' || content FROM messages JOIN attempts USING (request_id) WHERE role = 'system' ORDER BY 1");
    assert_eq!(prompts, ["reader.kind: You read.", "reader.strict: You are strict."]);
    project.sound();
}

#[test]
fn a_verdict_may_be_a_step_of_its_own() {
    let steps = format!(
        "steps:
  - name: draft
    rule: {{text: row.topic}}
  - name: review
    each: output of draft
    do: judge
    prompts: {{generation: review.yaml}}
    llm: {}
",
        recorded("review", "{{ row.id }}"),
    );
    let project = Steps::new(&[("1", "cats")], &steps);
    project.write("review.yaml", "name: review\nuser: Judge {{ output.text }}. {{ verdict_schema }}\n");
    project.answers("review", &[("1", r#"{"verdict": "FAIL", "score": 10, "reasons": ["too short"]}"#)]);
    project.run(0);
    assert_eq!(project.list("SELECT parsed_verdict || parsed_score FROM results"), ["FAIL10"]);
    project.sound();
}

#[test]
fn a_run_killed_again_and_again_comes_to_the_same_end() {
    let steps = "llm: {provider: sample, max_workers: 4, sample: {latency_ms: 10, malformed: 0.1}, retries: 1}
steps:
  - name: outline
    prompts: {generation: outline.yaml}
    schema: {path: outline.json}
  - name: section
    each: element of outline.sections
    prompts: {generation: section.yaml}
    schema: {path: text.json}
  - name: story
    each: join section, outline by row
    rule: {text: \"steps.section | map(attribute='text') | join(' ')\"}
";
    let rows: Vec<(String, String)> = (0..40).map(|it| (it.to_string(), format!("topic {it}"))).collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(id, topic)| (id.as_str(), topic.as_str())).collect();
    let build = || {
        let project = Steps::new(&rows, "");
        project.write("casebook.yaml", &format!("run: {{name: story}}\ninput: {{path: rows.csv, key: id}}\n{steps}"));
        project
    };
    let (whole, killed) = (build(), build());
    assert!(matches!(whole.casebook(&["run", "casebook.yaml"]).0, 0 | 3));
    for wait in [80, 150, 250, 400] {
        let mut child = killed.command(&["run", "casebook.yaml"]).spawn().unwrap();
        thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(matches!(killed.casebook(&["run", "casebook.yaml"]).0, 0 | 3));
    assert_eq!(killed.progress(), whole.progress());
    let export = |project: &Steps| fs::read(project.dir.path().join("out/story/output.jsonl")).unwrap();
    assert!(export(&killed) == export(&whole), "the same bytes");
    killed.sound();
}

#[test]
fn what_is_wrong_with_steps_is_said_with_its_line() {
    let error = |steps: &str| {
        let project = Steps::new(&[("1", "cats")], steps);
        let (code, said) = project.casebook(&["run", "casebook.yaml"]);
        assert_eq!(code, 2, "{said}");
        assert!(!project.db().exists());
        said
    };
    let rule = "rule: {a: \"1\"}";
    let cases = [
        (format!("steps:\n  - {{name: a, each: output of b, {rule}}}\n"), "casebook.yaml:5:21", "there is no step `b`"),
        (
            format!("steps:\n  - {{name: a, each: output of b, {rule}}}\n  - {{name: b, each: output of a, {rule}}}\n"),
            "casebook.yaml:5:21",
            "steps wait for each other: a ← b ← a",
        ),
        (format!("steps:\n  - {{name: a, {rule}}}\n  - {{name: a, {rule}}}\n"), "casebook.yaml:6:12", "another step"),
        (format!("steps:\n  - {{name: 1a, {rule}}}\n"), "casebook.yaml:5:12", "cannot be a step's name"),
        (format!("steps:\n  - {{name: a, each: rows, {rule}}}\n"), "casebook.yaml:5:21", "expected `row`, `group`"),
        (
            format!("steps:\n  - {{name: a, {rule}}}\n  - {{name: b, each: \"join a by group\", {rule}}}\n"),
            "casebook.yaml:6:21",
            "do not each come from one group",
        ),
        ("steps:\n  - {name: a}\n".to_owned(), "casebook.yaml:5:5", "`steps[0].prompts` is missing"),
        (
            format!("steps:\n  - {{name: a, {rule}, prompts: {{generation: outline.yaml}}}}\n"),
            "casebook.yaml:5",
            "a prompt or a rule, not both",
        ),
        ("steps:\n  - {name: a, rule: {x: \"steps.b.c\"}}\n".to_owned(), "", "`steps` is not available here"),
        ("steps:\n  - {name: a, rule: {x: \"row.nothing\"}}\n".to_owned(), "", "the input has no column `nothing`"),
        ("steps:\n  - {name: a, when: \"row.id ==\", rule: {x: \"1\"}}\n".to_owned(), "", "`steps.a.when`"),
        (format!("steps:\n  - {{name: a, {rule}, accept: {{candidates: 2}}}}\n"), "casebook.yaml:5", "asks no model"),
        ("steps:\n  - {name: a, do: judge}\n".to_owned(), "casebook.yaml:5", "a verdict needs an output to judge"),
        (
            format!(
                "steps:\n  - {{name: a, {rule}}}\n  - {{name: b, do: judge, each: output of a, judge: {{min_score: 80}}, \
                 prompts: {{judge: outline.yaml}}}}\n"
            ),
            "casebook.yaml:6",
            "test `output.score`",
        ),
        (
            format!("steps:\n  - {{name: a, {rule}, judge: {{min_score: 80}}}}\n"),
            "casebook.yaml:5",
            "a rule asks no model",
        ),
        (
            "steps:\n  - {name: a, answer: text, prompts: {generation: outline.yaml}, judge: {min_score: 80}}\n"
                .to_owned(),
            "casebook.yaml:5",
            "name it under `prompts.judge`",
        ),
        (
            format!("steps:\n  - {{name: a, pairs: {{cover: full}}, {rule}}}\n"),
            "casebook.yaml:5",
            "only a step with `each: pairs of",
        ),
        (
            format!(
                "steps:\n  - {{name: a, {rule}}}\n  - {{name: b, each: pairs of a.x, pairs: {{cover: full, count: 2}}}}\n"
            ),
            "casebook.yaml:6",
            "every combination is wanted, so there is no count",
        ),
        (
            "steps:\n  - {name: a, llm: {modell: x}}\n".to_owned(),
            "casebook.yaml:5",
            "did you mean `steps[0].llm.model`?",
        ),
    ];
    for (steps, place, message) in cases {
        let said = error(&steps);
        assert!(said.contains(place) && said.contains(message), "{steps}\n{said}");
    }
}

/// The steps of a task whose rows are `id,topic`, anew.
fn change(project: &Steps, steps: &str) {
    project.write(
        "casebook.yaml",
        &format!(
            "run: {{name: story}}\ninput: {{path: rows.csv, key: id}}\nllm: {{provider: sample, retries: 0}}\n{steps}"
        ),
    );
}

#[test]
fn a_step_that_takes_from_others_than_before_leaves_nothing_behind() {
    let head = "steps:
  - {name: a, rule: {x: \"'a' ~ row.id\"}}
  - {name: b, rule: {x: \"'b' ~ row.id\"}}
";
    let last = |each: &str, x: &str| format!("{head}  - {{name: c, each: {each}, rule: {{x: \"{x}\"}}}}\n");
    let project = Steps::new(&[("1", "cats"), ("2", "dogs")], &last("output of a", "item.x"));
    let outputs = "SELECT x FROM results";
    project.run(0);
    assert_eq!(project.list(outputs), ["a1", "a2"]);
    for (each, x, expected) in [
        ("output of b", "item.x", ["b1", "b2"]),
        ("\"join a, b by row\"", "parents | length ~ steps.b.x", ["2b1", "2b2"]),
        ("\"join a by row\"", "parents | length ~ steps.a.x", ["1a1", "1a2"]),
        ("row", "'c' ~ row.id", ["c1", "c2"]),
        ("output of a", "item.x", ["a1", "a2"]),
    ] {
        change(&project, &last(each, x));
        project.run(0);
        assert_eq!(project.list(outputs), expected, "{each}");
        assert_eq!(project.progress()[2], "c 2/2/0/0/0/0", "{each}");
        project.sound();
    }
}

#[test]
fn what_is_joined_by_a_field_goes_with_its_rows() {
    let steps = "steps:
  - {name: x, rule: {topic: row.topic}}
  - {name: k, each: join x by topic, rule: {topic: item, rows: parents | length}}
  - {name: l, each: output of k, rule: {said: \"item.topic ~ item.rows\"}}
";
    let project = Steps::new(&[("1", "cats"), ("2", "dogs")], steps);
    project.run(0);
    for rows in ["id,topic\n1,cats\n3,ants\n", "id,topic\n1,cats\n3,cats\n", "id,topic\n1,cats\n2,dogs\n"] {
        project.write("rows.csv", rows);
        project.run(0);
        let open = "SELECT step || ' ' || pending FROM progress WHERE pending > 0";
        assert_eq!(project.list(open), Vec::<String>::new(), "{rows}");
        project.sound();
    }
    assert_eq!(project.list("SELECT said FROM results"), ["cats1", "dogs1"]);
}

#[test]
fn a_join_waits_for_what_its_own_sources_are_joined_from() {
    let x = "steps:\n  - {name: x, rule: {topic: row.topic}}\n";
    let project = Steps::new(&[("1", "cats"), ("2", "dogs")], x);
    project.run(0);
    let rest = "  - {name: z, rule: {topic: row.topic}}
  - {name: k, each: join z by topic, rule: {topic: item}}
  - {name: m, each: \"join x, k by topic\", rule: {topic: item, parents: parents | length}}
";
    change(&project, &format!("{x}{rest}"));
    project.run(0);
    assert_eq!(project.list("SELECT topic || parents FROM results"), ["cats2", "dogs2"]);
    assert_eq!(project.list("SELECT count(*) FROM attempts WHERE step = 'm'"), ["2"], "each was made once");
    project.sound();
}

#[test]
fn another_seed_draws_other_combinations() {
    let steps = "steps:
  - {name: design, rule: {axes: {a: [1, 2, 3, 4, 5], b: [1, 2, 3, 4, 5]}}}
  - {name: cell, each: pairs of design.axes, pairs: {cover: sample, count: 6}, rule: {ab: \"item.a ~ '/' ~ item.b\"}}
";
    let project = Steps::new(&[("1", "cats")], steps);
    project.run(0);
    let first = project.list("SELECT ab FROM results");
    assert_eq!(first.len(), 6);
    let (code, said) = project.casebook(&["run", "casebook.yaml", "--set", "run.seed=7"]);
    assert_eq!(code, 0, "{said}");
    let second = project.list("SELECT ab FROM results");
    assert_eq!(second.len(), 6);
    assert_ne!(first, second);
    project.sound();
}

#[test]
fn a_join_takes_its_sources_in_the_order_of_its_present_words() {
    let of = |each: &str| {
        format!(
            "steps:
  - {{name: a, rule: {{topic: row.topic}}}}
  - {{name: b, rule: {{topic: row.topic}}}}
  - {{name: c, rule: {{topic: row.topic}}}}
  - {{name: last, each: \"join {each} by row\", rule: {{order: \"parents | map(attribute='step') | join(' ')\"}}}}
"
        )
    };
    let project = Steps::new(&[("1", "cats")], &of("a, b"));
    for (each, order) in [("a, b", "a b"), ("b, a", "b a"), ("b", "b"), ("c, b", "c b"), ("a, b, c", "a b c")] {
        change(&project, &of(each));
        project.run(0);
        assert_eq!(project.list("SELECT \"order\" FROM results"), [order]);
        project.sound();
    }
}

#[test]
fn each_perspective_has_its_folders_and_its_own_export() {
    let steps = "outputs: {formats: [jsonl, files]}
steps:
  - name: rd
    prompts: {generation: outline.yaml}
    schema: {path: outline.json}
    perspectives: [{name: p1, system: a}, {name: p2, system: b}]
";
    let project = Steps::new(&[("1", "cats"), ("2", "dogs")], steps);
    project.run(0);
    let read = |name: &str| fs::read_to_string(project.dir.path().join(name)).unwrap();
    let lines = |name: &str| read(name).lines().count();
    assert_eq!((lines("out/story/output.jsonl"), lines("out/story/items.jsonl")), (4, 4));
    let items = fs::read_dir(project.dir.path().join("out/story/items")).unwrap().count();
    assert_eq!(items, 4, "rows of both perspectives have folders of their own");
    project.sound();
    let (code, said) = project.casebook(&["export", "story.db", "--step", "rd", "--dir", "apart"]);
    assert_eq!(code, 0, "{said}");
    for place in ["rd.p1", "rd.p2"] {
        assert_eq!(lines(&format!("apart/{place}/output.jsonl")), 2, "{place}");
    }
}
