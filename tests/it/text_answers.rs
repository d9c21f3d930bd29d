//! Answers that are texts: sections of Markdown, whole texts, and answers that are read again by other rules.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::projects::{NONE, Project, calls};
use crate::support::{self, Server};

const REVIEW: &str = r#"{
  "type": "object",
  "properties": {
    "label": {"enum": ["one", "two", "three"]},
    "rating": {"type": "integer", "minimum": 1, "maximum": 10},
    "why": {"type": "string", "description": "One sentence."},
    "tags": {"type": "array", "items": {"type": "string"}}
  },
  "required": ["label", "rating", "why", "tags"]
}"#;

const AS_TOLD: &str = "## label\none\n\n## rating\n7\n\n## why\nIt says so.\n\n## tags\n- a\n- b\n";
const AS_MODELS_DO: &str =
    "Sure!\n\n**Label:** Two\n**Rating**: 8/10\n- Tags: x, y\n\n### WHY?\n\n# Why:\nTwo\n\nparts";
const INCOMPLETE: &str = "Label - three\nRating: eleven\n\n## Why\n\n```\n# Tags\n```\n";

/// A check that lets nothing be missing.
const WHOLE: &str = r#"
checks:
  - name: whole
    expr: output.parse_errors == []
    message: "{% for it in output.parse_errors %}{{ it.field }}: {{ it.problem }}\n{% endfor %}"
"#;

/// A project whose answers are in sections, recorded for the rows a, b and c.
fn sections(answers: &[(&str, u32, &str)]) -> Project {
    let mut project = Project::recorded(answers);
    project.write("input.csv", "id,text\na,first\nb,second\nc,third\n");
    project.write("schema.json", REVIEW);
    project.set("answer", "sections");
    project
}

#[test]
fn answers_in_markdown_become_fields() {
    let project = sections(&[("a", 1, AS_TOLD), ("b", 1, AS_MODELS_DO), ("c", 1, INCOMPLETE)]);
    assert_eq!(project.cost(), calls(3, 0));
    let rows = project.list("SELECT concat_ws('|', id, label, rating, why, tags, parse_errors) FROM results");
    assert_snapshot!(rows.join("\n"), @r#"
    a|one|7|It says so.|["a","b"]|[]
    b|two|8|Two

    parts|["x","y"]|[]
    c|three|```
    # Tags
    ```|[{"field":"rating","problem":"\"eleven\" is not a whole number"},{"field":"tags","problem":"the answer has no such section"}]
    "#);
    let output = &project.outputs()[0]["output"];
    assert_eq!(
        *output,
        json!({"label": "one", "rating": 7, "why": "It says so.", "tags": ["a", "b"], "parse_errors": []})
    );
    assert!(project.read("out/test/output.csv").lines().next().unwrap().contains("parse_errors"));
    let prompt = project.text("SELECT prompt FROM attempts LIMIT 1");
    assert!(prompt.contains("## rating\nA whole number from 1 to 10."), "{prompt}");
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
}

#[test]
fn a_check_makes_a_field_necessary() {
    let project = sections(&[("a", 1, AS_TOLD), ("b", 1, AS_TOLD), ("c", 1, INCOMPLETE), ("c", 2, AS_TOLD)]);
    let config = project.read("casebook.yaml");
    project.write("casebook.yaml", config + WHOLE);
    assert_eq!(project.cost(), calls(4, 0));
    assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 3);
    assert_snapshot!(project.text(
        "SELECT content FROM messages JOIN attempts USING (request_id) WHERE attempt = 2 ORDER BY number DESC LIMIT 1"
    ), @r#"
    Your last answer was not accepted:
    - rating: "eleven" is not a whole number
    - tags: the answer has no such section
    Answer again with all sections, in the format that was asked for, and nothing else.
    "#);
    project.assert_sound();
}

#[test]
fn an_answer_that_says_nothing_is_tried_again_and_fails() {
    let project = sections(&[("a", 1, AS_TOLD), ("b", 1, "I cannot."), ("b", 2, "# Rating\nhigh"), ("c", 1, AS_TOLD)]);
    project.run();
    assert_eq!(
        project.list("SELECT kind || ': ' || message FROM failures"),
        [
            "invalid_schema: nothing in the answer could be read:\nlabel: the answer has no such section\nrating: \"high\" is \
         not a whole number\ntags: the answer has no such section\nwhy: the answer has no such section"
        ]
    );
    project.assert_sound();
}

/// The note on what accepted outputs lack.
const LACKING: &str = "SELECT detail FROM anomalies WHERE kind = 'sections_missing' ORDER BY invocation DESC LIMIT 1";

#[test]
fn what_accepted_outputs_lack_is_counted() {
    let mut project = sections(&[("a", 1, AS_TOLD), ("b", 1, INCOMPLETE), ("c", 1, INCOMPLETE)]);
    project.run();
    assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 3);
    assert_snapshot!(project.text(LACKING), @"accepted outputs lack fields that the schema requires, which are null there: `rating` in 2 outputs (could not be read), `tags` in 2 outputs; `answer: {as: sections, required: strict}` asks the model again");
    assert!(project.read("out/test/report.md").contains("sections_missing"));
    project.assert_sound();
    // What the schema does not require may be missing.
    project.write("schema.json", REVIEW.replace("\"rating\", \"why\", \"tags\"]", "\"why\"]"));
    project.set("cache.force", "true");
    let before = project.number("SELECT count(*) FROM anomalies WHERE kind = 'sections_missing'");
    project.run();
    assert_eq!(project.number("SELECT count(*) FROM anomalies WHERE kind = 'sections_missing'"), before);
    project.assert_sound();
}

#[test]
fn a_missing_section_fails_the_attempt_where_that_is_wished() {
    let mut project = sections(&[
        ("a", 1, AS_TOLD),
        ("b", 1, INCOMPLETE),
        ("b", 2, AS_TOLD),
        ("c", 1, INCOMPLETE),
        ("c", 2, INCOMPLETE),
    ]);
    project.set("answer", "{as: sections, required: strict}");
    assert_eq!(project.cost(), calls(5, 0));
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "accepted", "failed"]);
    assert_snapshot!(project.text("SELECT kind || ': ' || message FROM failures"), @r#"
    invalid_schema: required fields have no value:
    rating: "eleven" is not a whole number
    tags: the answer has no such section
    "#);
    assert_eq!(project.number("SELECT count(*) FROM anomalies WHERE kind = 'sections_missing'"), 0);
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
}

#[test]
fn other_rules_read_recorded_answers_again_without_a_call() {
    let said = AS_TOLD.replace("\n7\n", "\nI would say 12\n");
    let mut project = sections(&[("a", 1, AS_TOLD), ("b", 1, &said), ("c", 1, INCOMPLETE)]);
    project.run();
    assert_eq!(project.list("SELECT rating FROM results"), ["7", "NULL", "NULL"]);
    let requests = project.list("SELECT request_id FROM calls ORDER BY 1");
    for (rules, ratings) in [
        ("{as: sections, number: first}", ["7", "NULL", "NULL"]),
        ("{as: sections, number: first, clamp: true}", ["7", "10", "NULL"]),
        ("sections", ["7", "NULL", "NULL"]),
    ] {
        let answer = format!("answer={rules}");
        let ended = project.casebook(&[
            "parse",
            "test.db",
            "--config",
            "casebook.yaml",
            "--set",
            "llm.provider=recorded",
            "--set",
            &answer,
        ]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(project.list("SELECT rating FROM results"), ratings, "{rules}");
        project.assert_sound();
        // A run goes on from there: the request is the same.
        project.set("answer", rules);
        assert_eq!(project.cost(), NONE, "{rules}");
    }
    assert_eq!(project.list("SELECT request_id FROM calls ORDER BY 1"), requests);
    project.set("answer", "{as: sections, number: first, clamp: true}");
    project.run();
    assert_snapshot!(project.text("SELECT parse_errors FROM results WHERE id = 'b'"), @r#"[{"field":"rating","problem":"\"I would say 12\" is no number alone: the first one in it is taken, 12; 12 is out of range: the nearest value is taken, 10"}]"#);
    project.assert_sound();
}

#[test]
fn a_text_is_an_output_without_a_schema() {
    let mut project =
        Project::recorded(&[("a", 1, "First.\n\n{\"not\": \"read\"}"), ("b", 1, " "), ("b", 2, "Second.")]);
    project.write("input.csv", "id,text\na,first\nb,second\n");
    project.edit("casebook.yaml", "schema: {path: schema.json}\n", "");
    project.set("answer", "text");
    assert_eq!(project.cost(), calls(3, 0));
    let outputs: Vec<Value> = project.outputs().iter().map(|line| line["output"].clone()).collect();
    assert_eq!(outputs, [json!({"text": "First.\n\n{\"not\": \"read\"}"}), json!({"text": "Second."})]);
    assert_eq!(project.list("SELECT outcome FROM attempts ORDER BY work_id, attempt").len(), 3);
    project.assert_sound();

    project.write("schema.json", r#"{"type": "object", "properties": {"reply": {"type": "string", "maxLength": 10}}}"#);
    project.set("schema", "{path: schema.json}");
    project.run();
    let failed = project.list("SELECT message FROM failures");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(project.list("SELECT reply FROM results WHERE reply IS NOT NULL"), ["Second."]);
    project.assert_sound();
}

#[test]
fn samples_are_texts_too() {
    for (answer, schema) in
        [("sections", REVIEW), ("text", r#"{"type": "object", "properties": {"t": {"type": "string"}}}"#)]
    {
        let mut project = Project::new();
        project.write("schema.json", schema);
        project.set("answer", answer);
        assert_eq!(project.cost(), calls(6, 0), "{answer}");
        assert_eq!(project.number("SELECT count(*) FROM results WHERE status = 'accepted'"), 6, "{answer}");
        project.assert_sound();
    }
}

#[test]
fn each_step_has_answers_of_its_own() {
    let project = Project::new();
    project.write("schema.json", REVIEW);
    project.write("draft.yaml", "name: draft\nuser: 'Write about {{ row.text }}. {{ llm_schema }}'\n");
    project.write("score.yaml", "name: score\nuser: 'Score {{ item.text }}. {{ llm_schema }}'\n");
    let steps = "steps:
  - {name: draft, answer: text, schema: null, prompts: {generation: draft.yaml}}
  - {name: score, each: output of draft, answer: sections, prompts: {generation: score.yaml}}
";
    let config = project.read("casebook.yaml");
    project.write("casebook.yaml", config + steps);
    assert_eq!(project.cost(), calls(12, 0));
    assert_eq!(project.number("SELECT count(*) FROM results WHERE rating BETWEEN 1 AND 10 AND parse_errors = '[]'"), 6);
    project.assert_sound();
    let ended = project.casebook(&["parse", "test.db"]);
    assert_snapshot!(ended.stdout, @r"
     outputs     items
    ───────────────────
     as before      12
     changed         0
    ");
    assert_eq!(project.cost(), NONE);
}

#[test]
fn no_provider_is_asked_for_json() {
    let server = Server::start();
    let project = support::Project::new(&server, &["one"]).set("answer", "sections").set("llm.retries", "0");
    project.run().expect(3);
    let connection = support::open(&project.db());
    assert_eq!(support::texts(&connection, "SELECT body ->> 'response_schema' IS NULL FROM spec"), ["1"]);
    assert_eq!(support::texts(&connection, "SELECT kind FROM failures"), ["invalid_schema"], "it answers in JSON");
    assert_eq!(support::texts(&connection, "SELECT count(*) FROM anomalies WHERE kind LIKE 'schema%'"), ["0"]);
}

/// What `casebook run` says of a wrong configuration.
#[track_caller]
fn refused(project: &Project, set: &[&str]) -> String {
    let set: Vec<&str> = set.iter().flat_map(|it| ["--set", it]).collect();
    let ended = project.casebook(&[&["run", "casebook.yaml"], &set[..]].concat());
    assert_eq!(ended.code, Some(2), "{ended:?}");
    ended.stderr.trim_end().replace(&*project.dir().to_string_lossy(), "DIR")
}

#[test]
fn what_cannot_be_is_said_before_anything_is_written() {
    let project = Project::new();
    assert_snapshot!(refused(&project, &["answer=yaml"]), @"error: `answer`: expected one of `json`, `text`, `sections`, found `yaml` (given by `--set answer`)");
    assert_snapshot!(refused(&project, &["answer={as: text, clamp: true}"]), @"error: `answer`: `number`, `clamp` and `required` are rules for `as: sections`, and not for `text` (given by `--set answer`)");
    assert_snapshot!(refused(&project, &["answer={as: sections, numbers: first}"]), @r"
    error: unknown key `answer.numbers` (given by `--set answer`)
    hint: did you mean `answer.number`?
    ");
    assert_snapshot!(refused(&project, &["answer={as: sections, number: last}"]), @"error: `answer.number`: expected one of `strict`, `first`, found `last` (given by `--set answer`)");
    assert_snapshot!(refused(&project, &["answer=text"]), @r"
    error: schema.json: with `answer: text` the schema has one field, a string, but this one has 2 fields
    hint: a text needs no schema: take it away (in a step: `schema: null`), or give it one field
    ");
    assert_snapshot!(refused(&project, &["answer=sections", "llm.structured_output=required"]), @r#"
    error: `llm.structured_output`: it asks for JSON, and `answer` is `sections` (given by `--set llm.structured_output`)
    hint: remove it, or write `answer: json`
    "#);
    let list = r#"{"type": "object", "properties": {"all": {"type": "array", "items": {"type": "object"}}}}"#;
    project.write("schema.json", list);
    assert_snapshot!(refused(&project, &["answer=sections"]), @"error: schema.json: /properties/all/items: an answer in sections has lists of texts, numbers, booleans or choices, and of nothing else");
    let steps = "[{name: a, answer: text, schema: null, rule: '{}'}]";
    assert_snapshot!(refused(&project, &[&format!("steps={steps}")]), @"error: `steps[0].answer`: a rule has no answer to read (given by `--set steps`)");
    project.edit("casebook.yaml", "schema: {path: schema.json}\n", "");
    assert_snapshot!(refused(&project, &["answer=sections"]), @r#"
    error: `schema` is missing
      --> casebook.yaml:1:1
    hint: name the JSON Schema of the answers: `schema: {path: schema.json}`
    "#);
    assert!(!project.db().exists());
}

#[test]
fn answers_are_read_again_without_a_call() {
    let project = sections(&[("a", 1, AS_TOLD), ("b", 1, AS_MODELS_DO), ("c", 1, INCOMPLETE)]);
    project.write("schema.json", REVIEW.replace(", \"three\"]", "]"));
    project.run();
    assert_eq!(project.list("SELECT label FROM results"), ["one", "two", "NULL"]);

    project.write("schema.json", REVIEW);
    let arguments =
        ["parse", "test.db", "--config", "casebook.yaml", "--set", "answer=sections", "--set", "llm.provider=recorded"];
    let ended = project.casebook(&arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_snapshot!(ended.stdout, @r"
     outputs     items
    ───────────────────
     as before       2
     changed         1
    ");
    assert_eq!(project.list("SELECT label FROM results"), ["one", "two", "three"]);
    assert_eq!(project.calls(), calls(3, 0), "nobody is asked");
    assert_eq!(project.number("SELECT count(*) FROM history"), 6, "what was there before stays");
    project.assert_sound();
    // The same again changes nothing.
    let ended = project.casebook(&arguments);
    assert!(ended.stdout.contains("as before") && !ended.stdout.contains("open"), "{ended:?}");
    // The schema is part of the prompt, so that to a run the question is another one.
    assert_eq!(project.cost(), calls(3, 0));
}

#[test]
fn a_text_can_be_read_in_sections_later() {
    let mut project = sections(&[("a", 1, AS_TOLD), ("b", 1, AS_MODELS_DO), ("c", 1, "Nothing.")]);
    project.edit("casebook.yaml", "schema: {path: schema.json}\n", "");
    project.edit("prompt.yaml", "{{ llm_schema }}", "(in your own words)");
    project.set("answer", "text");
    project.run();
    assert_eq!(project.list("SELECT parsed_text FROM results"), [AS_TOLD, AS_MODELS_DO, "Nothing."]);

    let set = ["--set", "schema={path: schema.json}", "--set", "llm.provider=recorded"];
    let again = [&["parse", "test.db", "--config", "casebook.yaml", "--set", "answer=sections"], &set[..]].concat();
    let ended = project.casebook(&again);
    assert_snapshot!(ended.stdout, @r"
     outputs                                            items
    ──────────────────────────────────────────────────────────
     as before                                              0
     changed                                                2
     open: the record has no answer to their question       1
    ");
    assert_eq!(project.list("SELECT rating FROM results"), ["7", "8", "NULL"]);
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "accepted", "pending"]);
    project.assert_sound();
    // No prompt shows the schema: the run goes on from there.
    project.set("answer", "sections").set("schema", "{path: schema.json}");
    assert_eq!(project.cost(), calls(1, 0));
    project.assert_sound();
}

#[test]
fn what_was_never_asked_stays_open() {
    let project = sections(&[("a", 1, AS_TOLD), ("b", 1, AS_TOLD), ("c", 1, AS_TOLD)]);
    project.run();
    project.edit("prompt.yaml", "The text:", "This text:");
    let set = ["--set", "answer=sections", "--set", "llm.provider=recorded"];
    let ended = project.casebook(&[&["parse", "test.db", "--config", "casebook.yaml"], &set[..]].concat());
    assert_eq!(ended.code, Some(0));
    assert_snapshot!(ended.stdout, @r"
     outputs                                            items
    ──────────────────────────────────────────────────────────
     as before                                              0
     changed                                                0
     open: the record has no answer to their question       3
    ");
    assert_eq!(project.calls(), calls(3, 0));
    project.assert_sound();
    // Back to the earlier prompt, and all is as it was.
    project.edit("prompt.yaml", "This text:", "The text:");
    assert_eq!(project.cost(), NONE);
}

#[test]
fn another_output_waits_for_its_own_verdict() {
    let mut project = sections(&[("a", 1, AS_TOLD), ("b", 1, AS_MODELS_DO), ("c", 1, INCOMPLETE)]);
    project.write("schema.json", REVIEW.replace(", \"three\"]", "]"));
    project.edit("judge.yaml", "Label: {{ output.label }}", "Label: {{ output.label or 'none' }}");
    project.edit("casebook.yaml", "{{ output.label }}", "{{ output.label or \"none\" }}");
    let pass = r#"{"verdict": "PASS", "score": 90, "reasons": []}"#;
    project.verdicts(&[("one", pass), ("two", pass), ("none", pass)]);
    for (key, value) in [("judge.enabled", "true"), ("judge.llm.provider", "recorded")] {
        project.set(key, value);
    }
    assert_eq!(project.cost(), calls(3, 3));
    project.write("schema.json", REVIEW);
    let set = ["answer=sections", "llm.provider=recorded", "judge.enabled=true", "judge.llm.provider=recorded"];
    let set: Vec<&str> = set.iter().flat_map(|it| ["--set", it]).collect();
    let ended = project.casebook(&[&["parse", "test.db", "--config", "casebook.yaml"], &set[..]].concat());
    assert_snapshot!(ended.stdout, @r"
     outputs                                            items
    ──────────────────────────────────────────────────────────
     as before                                              2
     changed                                                0
     open: the record has no answer to their question       1
    ");
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "accepted", "pending"]);
    assert_eq!(project.calls(), calls(3, 3));
    project.assert_sound();
}

#[test]
fn there_is_nothing_to_read_where_nothing_was_asked() {
    let project = Project::new();
    let ended = project.casebook(&["parse", "test.db"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("test.db"), "{ended:?}");
    assert!(!project.db().exists());
    let ended = project.casebook(&["parse", "test.db", "--set", "answer=text"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
}
