//! Prompts: single braces and columns, hidden columns, parts, variables, several messages, seeds.

use std::fs;

use serde_json::{Value, json};

use crate::projects::{Project, calls};
use crate::support::{self, Act, Server, open, texts};

/// The messages of all requests on record, each `role: text`, in the order of the rows.
fn messages(project: &Project) -> Vec<String> {
    project.list("SELECT role || ': ' || content FROM messages ORDER BY request_id, number")
}

/// The user's last messages on record.
fn asked(project: &Project) -> Vec<String> {
    let mut found: Vec<String> = messages(project).into_iter().filter(|it| it.starts_with("user: ")).collect();
    found.sort();
    found.into_iter().map(|it| it.trim_start_matches("user: ").to_owned()).collect()
}

/// The error of a run that is refused before anything is written, with its place and hint.
#[track_caller]
fn refused(project: &Project, more: &[&str]) -> String {
    let arguments: Vec<&str> = ["run", "casebook.yaml"].into_iter().chain(more.iter().copied()).collect();
    let ended = project.casebook(&arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(!project.db().exists(), "nothing is written");
    ended.stderr
}

/// A project of two rows with this prompt for its user message, whose other file is `casebook.yaml`.
fn with_user(user: &str) -> Project {
    let project = Project::new();
    project.write("input.csv", "id,text,Question ID,gold\na,first,Q1,one\nb,second,Q2,two\n");
    project.write("prompt.yaml", format!("name: p\nuser: {}\n", Value::from(user)));
    project
}

#[test]
fn single_braces_in_a_prompt_that_shows_nothing_else_are_refused() {
    for name in ["text", "Question ID", "context", "input_data", "row"] {
        let project = with_user(&format!("About {{{name}}}"));
        let error = refused(&project, &[]);
        let said = format!("`{{{name}}}` is sent as these characters");
        assert!(error.contains(&said) && error.contains("prompts.syntax: braces"), "{name}: {error}");
        assert!(error.contains("prompt.yaml:2:"), "{error}");
        assert!(project.casebook(&["run", "casebook.yaml", "--dry-run"]).code == Some(2));
        // In single braces it is a placeholder, but for the row as a whole.
        let ended = project.casebook(&["run", "casebook.yaml", "--set", "prompts.syntax=braces"]).expect(0);
        assert!(!ended.stderr.contains("note:"), "{ended:?}");
    }
}

#[test]
fn single_braces_beside_a_value_are_said() {
    let project = with_user("About {text} and {Question ID}: {{ row.id }} {\"text\": {x}} {% raw %}{gold}{% endraw %}");
    let ended = project.casebook(&["run", "casebook.yaml"]).expect(0);
    assert!(ended.stderr.contains("`{text}`, `{Question ID}` is sent as it stands"), "{ended:?}");
    assert!(!ended.stderr.contains("`{gold}`") && !ended.stderr.contains("`{x}`"), "{ended:?}");
    assert_eq!(asked(&project)[0], "About {text} and {Question ID}: a {\"text\": {x}} {gold}");
}

#[test]
fn a_prompt_that_shows_nothing_is_said_with_the_number_of_rows() {
    let project = with_user("Say something");
    for more in [&["--dry-run"] as &[&str], &[]] {
        let arguments: Vec<&str> = ["run", "casebook.yaml"].into_iter().chain(more.iter().copied()).collect();
        let ended = project.casebook(&arguments).expect(0);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("the prompt shows nothing of its row: all 2 rows come to one request"), "{said}");
    }
    assert_eq!(project.calls(), calls(1, 0));
    assert_eq!(project.list("SELECT kind FROM anomalies WHERE stage = 'plan'"), ["prompt_shows_nothing"]);
    project.assert_sound();
}

#[test]
fn columns_and_variables_are_placeholders_in_single_braces() {
    let mut project = with_user("{text} / {Question ID} / {tone} / {context} / {\"a\": {}}");
    project.set("prompts.syntax", "braces").set("vars", "{tone: kind, id: 7}");
    project.run();
    let context = "id: a\ntext: first\nQuestion ID: Q1\ngold: one";
    assert_eq!(asked(&project)[0], format!("first / Q1 / kind / {context} / {{\"a\": {{}}}}"));
    project.assert_sound();

    // A variable of the prompt comes first, then one of `vars`, then a column.
    let project = with_user("{id} {context}");
    project.write("input.csv", "id,context\na,mine\n");
    let ended =
        project.casebook(&["run", "casebook.yaml", "--set", "prompts.syntax=braces", "--var", "id=7"]).expect(0);
    assert!(ended.stderr.contains("`{id}` is the variable of `vars:` `id`, and not the column"), "{ended:?}");
    assert!(ended.stderr.contains("`{context}` is the value `context`, and not the column"), "{ended:?}");
    assert_eq!(asked(&project), ["7 id: a\ncontext: mine"]);

    let error = refused(&with_user("{txet} {text}"), &["--set", "prompts.syntax=braces"]);
    assert!(error.contains("`{txet}` is not known") && error.contains("did you mean `text`?"), "{error}");
}

#[test]
fn input_data_is_the_context_or_the_only_value() {
    for (syntax, user) in [("braces", "<{input_data}>"), ("jinja", "<{{ input_data }}>")] {
        let project = with_user(user);
        let set = ["run", "casebook.yaml", "--set", &format!("prompts.syntax={syntax}")];
        project.casebook(&set).expect(0);
        assert_eq!(asked(&project)[0], "<id: a\ntext: first\nQuestion ID: Q1\ngold: one>", "{syntax}");
        project.assert_sound();

        let project = with_user(user);
        project.write("input.csv", "text\nfirst\n");
        project.casebook(&[&set[..], &["--set", "input={path: input.csv}"]].concat()).expect(0);
        assert_eq!(asked(&project), ["<first>"], "{syntax}");
        project.assert_sound();

        // What prompts do not show does not count.
        let project = with_user(user);
        project.write("input.csv", "text,gold\nfirst,one\n");
        project.casebook(&[&set[..], &["--set", "input={path: input.csv, hidden: [gold]}"]].concat()).expect(0);
        assert_eq!(asked(&project), ["<first>"], "{syntax}");
        project.assert_sound();
    }
}

#[test]
fn a_hidden_column_reaches_no_prompt_but_a_judge_s() {
    let mut project = with_user("{{ context }}\n{{ row | tojson }}\n{% for k, v in row | items %}{{ k }} {% endfor %}");
    project.set("input.hidden", "[gold]").set("judge.enabled", "true");
    project.set("checks", "[{name: known, expr: \"row.gold in ['one', 'two']\"}]");
    project.edit("judge.yaml", "{{ row.text }}", "Expected: {{ row.gold }}");
    project.run();
    let asked: Vec<String> = asked(&project).into_iter().filter(|it| !it.starts_with("Expected")).collect();
    let object = r#"{"id":"a","text":"first","Question ID":"Q1"}"#;
    assert_eq!(asked[0], format!("id: a\ntext: first\nQuestion ID: Q1\n{object}\nid text Question ID "));
    let judged = project.number("SELECT count(*) FROM messages WHERE content LIKE 'Expected: one%'");
    assert_eq!(judged, 1);
    assert_eq!(project.list("SELECT gold FROM results ORDER BY gold"), ["one", "two"]);
    project.assert_sound();

    // Other right answers ask nothing of the model that answers.
    project.set("judge.enabled", "false");
    project.run();
    project.edit("input.csv", "Q1,one", "Q1,two");
    assert_eq!(project.cost(), calls(0, 0));

    for (user, set) in [
        ("{{ row.gold }}{{ row.text }}", "input.hidden=[gold]"),
        ("{{ row['gold'] | default('-') }}{{ row.text }}", "input.hidden=[gold]"),
        ("{% for r in [row] %}{{ row['gold'] }}{% endfor %}", "input.hidden=[gold]"),
        ("{{ context }}", "input={path: input.csv, hidden: [gold], key: id}"),
    ] {
        let project = with_user(user);
        let set = ["--set", set, "--set", "context.row_template='{{ row.gold }}'"];
        let error = refused(&project, if user.contains("context") { &set } else { &set[..2] });
        assert!(error.contains("the column `gold` is in `input.hidden`"), "{user}: {error}");
    }
    let project = with_user("{{ row.text }}");
    assert!(refused(&project, &["--set", "input.hidden=[gld]"]).contains("`input.hidden` is `gld`"));
    let both = ["--set", "input.hidden=[gold]", "--set", "context.columns={include: [gold]}"];
    assert!(refused(&project, &both).contains("`gold` is hidden, but a context shows it"));
    let both = ["--set", "input.hidden=[gold]", "--set", "grouping.column=gold"];
    assert!(refused(&project, &both).contains("`gold` is hidden, but rows are grouped by it"));
}

/// A project whose prompt, in a folder of its own, has parts.
fn with_parts() -> Project {
    let mut project = with_user("unused");
    project.set("prompts.generation", "prompts/p.yaml").set("vars", "{tone: kind}");
    fs::create_dir_all(project.path("prompts/parts")).unwrap();
    project.write("prompts/p.yaml", "name: p\nuser: |\n  {% include \"parts/tone.md\" %}\n  {{ row.text }}\n");
    project.write("prompts/parts/tone.md", "Be {{ vars.tone }}.\r\n{% include 'deep/id.md' %}\n");
    fs::create_dir_all(project.path("prompts/parts/deep")).unwrap();
    project.write("prompts/parts/deep/id.md", "Row {{ row.id }}");
    project
}

#[test]
fn a_prompt_has_parts() {
    let project = with_parts();
    assert_eq!(project.cost(), calls(2, 0));
    assert_eq!(asked(&project)[0], "Be kind.\nRow a\nfirst");
    assert_eq!(project.cost(), calls(0, 0));
    project.write("prompts/parts/deep/id.md", "The row {{ row.id }}\n");
    assert_eq!(project.cost(), calls(2, 0), "a changed part asks again");
    assert!(asked(&project).contains(&"Be kind.\nThe row a\nfirst".to_owned()));
    // The record has the parts: it needs no file of the project.
    fs::remove_dir_all(project.path("prompts")).unwrap();
    project.assert_sound();
    assert_eq!(project.list("SELECT 1 FROM results"), ["1", "1"]);
}

#[test]
fn parts_stand_in_single_braces_judges_and_steps_alike() {
    let mut project = with_parts();
    project.set("prompts.syntax", "braces").set("judge.enabled", "true");
    project.write("prompts/p.yaml", "name: p\nuser: '{% include \"parts/one.md\" %} {text}'\nretry: '{feedback}'\n");
    project.write("prompts/parts/one.md", "[{Question ID}]\n");
    project.write("judge.yaml", "name: j\nuser: '{% include \"prompts/parts/one.md\" %} {output_json}'\n");
    project.run();
    assert!(asked(&project).contains(&"[Q1] first".to_owned()), "{:?}", asked(&project));
    assert!(asked(&project).iter().any(|it| it.starts_with("[Q1] {\"label\"")), "{:?}", asked(&project));
    project.assert_sound();
}

#[test]
fn a_part_that_cannot_be_used_is_refused() {
    let cases: [(&str, &str, &str, &str); 11] = [
        ("{% include 'no.md' %}", "", "the part `no.md` is not there: there is no file", "prompts/p.yaml:3:3"),
        ("{% include '../../x.md' %}", "", "leads out of the project's folder", "prompts/p.yaml:3:3"),
        ("{% include 'parts/link.md' %}", "", "leads out of the project's folder", "prompts/p.yaml:3:3"),
        ("{% include '/etc/hostname' %}", "", "is not a relative path", "prompts/p.yaml:3:3"),
        ("{% include row.text %}", "", "a part is named by a text in quotes", "prompts/p.yaml:3:3"),
        ("{% import 'a.md' as a %}", "", "`import` is not supported", "prompts/p.yaml:3:3"),
        ("{% include 'parts' %}", "", "is no file", "prompts/p.yaml:3:3"),
        ("{% include 'p.yaml' %}", "", "prompts/p.yaml → prompts/p.yaml", "prompts/p.yaml:3:3"),
        ("{% include 'parts/x.md' %}", "a\n{{ row.txet }}", "the input has no column `txet`", "prompts/parts/x.md:2:4"),
        ("{% include 'parts/x.md' %}", "a\n{% if row.id %}", "unexpected end of input", "prompts/parts/x.md:2:"),
        (
            "{% include 'parts/x.md' %}",
            "{% include './x.md' %}",
            "the file includes itself: prompts/parts/x.md → prompts/parts/x.md",
            "prompts/parts/x.md:1:1",
        ),
    ];
    for (user, part, said, place) in cases {
        let project = with_parts();
        project.write("prompts/p.yaml", format!("name: p\nuser: |\n  {user} {{{{ row.text }}}}\n"));
        project.write("prompts/parts/x.md", part);
        let outside = tempfile::NamedTempFile::new().unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path(), project.path("prompts/parts/link.md")).unwrap();
        let error = refused(&project, &["--set", "prompts.generation=prompts/p.yaml"]);
        if cfg!(unix) || !user.contains("link") {
            assert!(error.contains(said) && error.contains(place), "{user}\n{error}");
        }
    }
    let project = with_parts();
    project.write("prompts/parts/tone.md", [0xff, 0xfe]);
    assert!(refused(&project, &["--set", "prompts.generation=prompts/p.yaml"]).contains("is not UTF-8"));
}

#[test]
fn only_variables_that_are_used_are_part_of_the_task() {
    let mut project = with_user("{{ vars.tone }} {{ vars.list[1] }} {{ row.text }}");
    project.set("vars", "{tone: kind, list: [1, 2], other: x}");
    assert_eq!(project.cost(), calls(2, 0));
    assert_eq!(asked(&project)[0], "kind 2 first");
    project.set("vars", "{tone: kind, list: [1, 2], other: y, more: 1}");
    assert_eq!(project.cost(), calls(0, 0));
    assert_eq!(project.number("SELECT count(*) FROM attempts"), 2, "nothing is even read again");
    project.set("vars", "{tone: cold, list: [1, 2]}");
    assert_eq!(project.cost(), calls(2, 0));
    project.set("checks", "[{name: c, expr: \"output.note | length < vars.most\"}]");
    project.set("vars", "{tone: cold, list: [1, 2], most: 1000}");
    assert_eq!(project.cost(), calls(0, 0));
    project.assert_sound();
}

#[test]
fn a_variable_is_set_on_the_command_line_and_in_steps() {
    let project = with_user("{{ vars.tone }} {{ row.text }}");
    let error = refused(&project, &["--set", "vars.tune=x"]);
    assert!(error.contains("`vars.tone`: the variable `tone` is not set"), "{error}");
    assert!(error.contains("did you mean `vars.tune`?") && error.contains("--var tone=VALUE"), "{error}");
    assert!(refused(&project, &["--var", "tone=null"]).contains("is not set"), "null is no value");
    assert!(refused(&project, &["--var", "a-b=x"]).contains("cannot be a variable's name"));
    assert!(refused(&project, &["--set", "vars={a.b: x}"]).contains("cannot be a variable's name"));
    project.casebook(&["run", "casebook.yaml", "--var", "tone=yes, please", "--limit", "1"]).expect(0);
    assert_eq!(asked(&project), ["yes, please first"]);
    let said =
        project.casebook(&["run", "casebook.yaml", "--var", "tone=a", "--var", "tonne=b", "--dry-run"]).expect(0);
    let note = "no template reads the variable `tonne`, which the command line sets; did you mean `tone`?";
    assert!(said.stderr.contains(note), "{}", said.stderr);

    let project = with_user("{{ vars.tone }} {{ vars.who }} {{ row.text }}");
    let steps = "steps: [{name: one, vars: {tone: own}}, {name: two, vars: {who: own}}]";
    let config = project.read("casebook.yaml");
    project.write("casebook.yaml", format!("{config}vars: {{tone: top, who: top}}\n{steps}\n"));
    let run = |more: &[&str]| {
        let set = ["run", "casebook.yaml", "--limit", "1"];
        project.casebook(&[&set, more].concat()).expect(0);
        asked(&project)
    };
    assert_eq!(run(&[]), ["own top first", "top own first"]);
    assert!(run(&["--var", "tone=mine"]).contains(&"mine own first".to_owned()));
    assert!(run(&["--var", "tone=mine"]).contains(&"mine top first".to_owned()), "the command line comes first");
}

const ANSWER: &str = r#"{"product": "login", "urgent": true, "note": "ok"}"#;

const SHOTS: &str = "\
name: shots
messages:
  - {role: system, content: 'Sort. {{ llm_schema }}'}
  - {role: user, content: an example}
  - {role: assistant, content: '{\"product\": \"other\"}'}
  - {role: user, content: 'Now: {{ row.text }}'}
";

#[test]
fn messages_are_sent_in_each_dialect_s_terms() {
    for provider in ["openai", "openai_responses", "azure", "anthropic", "gemini", "bedrock"] {
        let server = Server::with(|ask| crate::dialects::answered(ask, ANSWER));
        let project = crate::dialects::project(&server, provider);
        project.write("generate.yaml", SHOTS);
        project.run().expect(0);
        let body = &server.log()[0].body;
        let turns = ["messages", "input", "contents"].iter().find_map(|key| body[*key].as_array()).unwrap();
        let text = |turn: &Value| {
            let parts = ["content", "parts"].iter().find(|key| !turn[**key].is_null()).unwrap();
            let text = turn[*parts].as_str().or_else(|| turn[*parts][0]["text"].as_str());
            format!("{}: {}", turn["role"].as_str().unwrap(), text.unwrap())
        };
        let turns: Vec<String> = turns.iter().map(text).filter(|it| !it.starts_with("system")).collect();
        let assistant = if provider == "gemini" { "model" } else { "assistant" };
        let expected = ["user: an example".to_owned(), format!("{assistant}: {{\"product\": \"other\"}}")];
        assert_eq!(turns[..2], expected, "{provider}: {body}");
        assert!(turns[2].starts_with("user: Now: ") && turns.len() == 3, "{provider}: {turns:?}");
        assert!(body.to_string().contains("Sort. {"), "{provider}");
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    }
}

#[test]
fn a_retry_goes_on_after_the_messages() {
    let server = Server::with(|ask| Act::says(if ask.messages().len() > 4 { ANSWER } else { "no JSON" }));
    let project = support::Project::new(&server, &["one"]);
    project.write("generate.yaml", SHOTS);
    project.run().expect(0);
    let last = server.log().pop().unwrap().messages();
    let roles: Vec<&str> = last.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user", "assistant", "user"]);
    assert_eq!((last[3].1.as_str(), last[4].1.as_str()), ("Now: one", "no JSON"));
    let on_record = "SELECT count(*) FROM messages WHERE role = 'assistant'";
    assert_eq!(texts(&open(&project.db()), on_record), ["3"]);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

#[test]
fn messages_that_cannot_be_asked_are_refused() {
    let list = |turns: &str| format!("name: p\nmessages:\n{turns}");
    let cases = [
        (list("  - {role: user, content: a}\n") + "user: b\n", "`user`: `messages` stands in its place"),
        (list("  - {role: user, content: a}\n") + "system: b\n", "`system`: `messages` stands in its place"),
        ("name: p\nmessages: []\n".to_owned(), "there is no message of the user"),
        (list("  - {role: system, content: a}\n"), "there is no message of the user"),
        (
            list("  - {role: user, content: a}\n  - {role: assistant, content: b}\n"),
            "the last message is one of `assistant`, and a model answers the user",
        ),
        (list("  - {role: assistant, content: a}\n  - {role: user, content: b}\n"), "there is no question"),
        (
            list("  - {role: user, content: a}\n  - {role: system, content: b}\n"),
            "a message of the system can only be the first",
        ),
        (list("  - {role: usr, content: a}\n"), "expected `system`, `user` or `assistant`, found `usr`"),
        (list("  - {role: user, content: ' '}\n"), "messages[0].content"),
        (list("  - {role: user, content: '{{ row.txet }}'}\n"), "did you mean `row.text`?"),
        (list("  - {role: user, contents: a}\n"), "messages[0].contents"),
        ("name: p\n".to_owned(), "`user` is missing"),
    ];
    for (prompt, said) in cases {
        let project = with_user("unused");
        project.write("prompt.yaml", &prompt);
        let error = refused(&project, &[]);
        assert!(error.contains(said) && error.contains("prompt.yaml:"), "{prompt}{error}");
    }
}

#[test]
fn a_seed_is_sent_where_the_provider_takes_one() {
    for (provider, pointer) in [("openai", "/seed"), ("gemini", "/generationConfig/seed"), ("anthropic", "")] {
        let server = Server::with(|ask| crate::dialects::answered(ask, ANSWER));
        let project = crate::dialects::project(&server, provider);
        let ended = project.start(&["--seed", "11"]).wait().expect(0);
        let body = &server.log()[0].body;
        assert_eq!(body.pointer(pointer).filter(|_| !pointer.is_empty()), (!pointer.is_empty()).then_some(&json!(11)));
        let said = "`--seed` is not sent to `model-1`: the provider `anthropic` has no seed";
        assert_eq!(ended.stderr.contains(said), pointer.is_empty(), "{ended:?}");
        let seeds = "SELECT json_extract(snapshot, '$.config.run.seed') FROM config ORDER BY id DESC LIMIT 1";
        assert_eq!(texts(&open(&project.db()), seeds), ["11"], "{provider}");
    }
}
