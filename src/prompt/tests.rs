use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::config::{self, Check, GroupingMode};

const PROMPT: &str = "\
name: classify
version: 1.10
purpose: Which product a complaint is about
system: |
  You classify complaints.
  Answer with JSON that is valid against this schema:
  {{ llm_schema }}
user: |

  Complaint {{ row.id }}:
  {{ row.narrative }}
retry: \"{{ feedback }} (attempt {{ attempt }})\"
";

fn columns() -> Arc<TemplateColumns> {
    TemplateColumns::new(["id", "narrative", "Date received"])
}

fn row() -> Arc<TemplateRow> {
    TemplateRow::new(&columns(), ["7", "my {{ card }} was charged", "2024-01-02"])
}

fn known(purpose: TemplateUse) -> Known {
    let fields = ["product".to_owned(), "reason".to_owned()];
    Known::new(purpose, &columns(), Some(GroupingMode::RowOutputWithGroupContext), Some(&fields))
}

/// The last message and the system message of a prompt, rendered.
trait Rendered {
    fn render_user(&self, vars: &Vars) -> Result<String, PromptError>;
    fn render_system(&self, vars: &Vars) -> Result<Option<String>, PromptError>;
}

impl Rendered for Prompt {
    fn render_user(&self, vars: &Vars) -> Result<String, PromptError> {
        Ok(self.render(vars)?.pop().unwrap().1)
    }

    fn render_system(&self, vars: &Vars) -> Result<Option<String>, PromptError> {
        let turns = self.render(vars)?.into_iter();
        Ok(turns.filter(|(role, _)| *role == TurnRole::System).map(|(_, text)| text).next())
    }
}

/// As the command line shows an error.
fn shown(error: &PromptError) -> String {
    let place = error.location().map(|location| format!("\n  --> {location}")).unwrap_or_default();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("error: {error}{place}{hint}")
}

fn error(text: &str) -> String {
    let checked = Prompt::parse(text, "p.yaml").and_then(|prompt| prompt.check(&known(TemplateUse::Generation)));
    checked.map_or_else(|error| shown(&error), |()| "no error".to_owned())
}

fn render(user: &str, vars: &Vars) -> Result<String, String> {
    let file = format!("name: t\nuser: {}\n", serde_json::to_string(user).unwrap());
    Prompt::parse(&file, "p.yaml").and_then(|it| it.render_user(vars)).map_err(|error| shown(&error))
}

#[test]
fn renders_what_is_sent() {
    let prompt = Prompt::parse(PROMPT, "p.yaml").unwrap();
    prompt.check(&known(TemplateUse::Generation)).unwrap();
    let schema: Arc<str> = "{\"a\": \"<b> & 'c'\"}".into();
    let vars = Vars::new().row(&row()).llm_schema(&schema).feedback("No.").attempt(2);
    assert_eq!(
        prompt.render_system(&vars).unwrap().unwrap(),
        "You classify complaints.\nAnswer with JSON that is valid against this schema:\n{\"a\": \"<b> & 'c'\"}"
    );
    assert_eq!(prompt.render_user(&vars).unwrap(), "\nComplaint 7:\nmy {{ card }} was charged");
    assert_eq!(prompt.render_retry(&vars).unwrap().unwrap(), "No. (attempt 2)");
    assert_eq!((prompt.name(), prompt.version()), ("classify", Some("1.10")));
    assert!(prompt.mentions("llm_schema") && !prompt.mentions("context"));
}

#[test]
fn only_what_is_sent_makes_the_digest() {
    let parts = |text: &str| Prompt::parse(text, "p.yaml").unwrap().digest_parts();
    let same = PROMPT.replace("name: classify", "name: other").replace("1.10", "2").replace("Which", "What");
    assert_eq!(parts(PROMPT), parts(&same));
    assert_ne!(parts(PROMPT), parts(&PROMPT.replace("Complaint", "complaint")));
    assert_eq!(parts("name: a\nuser: b\n"), json!({"system": null, "user": "b", "retry": null}));
    assert_eq!(parts("name: a\nuser: b\n"), parts("name: a\nuser: b\nsystem: ''\nretry:\n"));
}

#[test]
fn says_what_is_wrong_with_a_prompt() {
    let base = "name: t\nuser: ";
    let cases = [
        String::new(),
        "[]".to_owned(),
        "name: t\n".to_owned(),
        "name: t\nuser: ''\n".to_owned(),
        "name: t\nuser: x\nsytem: y\n".to_owned(),
        "name: [t]\nuser: x\n".to_owned(),
        PROMPT.replace("row.narrative", "row.narative"),
        PROMPT.replace("row.narrative", "rwo.narrative"),
        PROMPT.replace("row.narrative", "output.product"),
        PROMPT.replace("{{ llm_schema }}", "{{ schema }}"),
        PROMPT.replace("{{ feedback }}", "{{ feedbak }}"),
        PROMPT.replace("{{ row.narrative }}", "{{ row.narrative "),
        PROMPT.replace("{{ row.narrative }}", "{% if row.id %}"),
        PROMPT.replace("row.narrative", "row.narrative | uper"),
        PROMPT.replace("row.narrative", "shout(row.narrative)"),
        PROMPT.replace("row.narrative", "row.narrative.lower()"),
        format!("{base}\"the default is defined here: {{{{ row.idd }}}}\"\n"),
        PROMPT.replace("row.narrative", "row.id is funny"),
        format!("{base}\"{{{{ group.name }}}}\"\n"),
        format!("{base}\"{{{{ row.date }}}}\"\n"),
        format!("{base}\"{{{{ row.date_received }}}}\"\n"),
        format!("{base}\"a {{% include 'x' %}}\"\n"),
        format!("{base}{{{{ row.idd }}}}\n"),
        format!("{base}'{{{{ row.idd }}}}'\n"),
        format!("{base}>\n  folded\n  lines\n\n  {{{{ row.idd }}}}\n"),
        format!("{base}|2\n    indented\n  {{{{ row.idd }}}}\n"),
    ];
    let text: Vec<String> = cases.iter().map(|case| format!("=== {case}\n{}\n\n", error(case))).collect();
    insta::assert_snapshot!(text.concat());
}

#[test]
fn lets_names_be_that_are_there_or_asked_for() {
    for user in [
        "{{ row['Date received'] }} {{ row[\"id\"] }}",
        "{% for row in [1] %}{{ row.whatever }}{% endfor %}",
        "{% for r in [dict(x=1)] %}{{ loop.index }} {{ r.x }}{% endfor %}",
        "{% set x = row.id %}{{ x }}{{ x.y }}",
        "{% if row.maybe is defined %}{{ row.maybe }}{% endif %}",
        "{{ output.x if output is defined else '' }}",
        "{{ row.maybe | default('none') }}",
        "{% for column, value in row | items %}{{ column }}={{ value }}{% endfor %}",
        "{% for i in range(3) %}{{ i }}{% endfor %}",
        "{% set ns = namespace(n=0) %}{% set ns.n = 1 %}{{ ns.n }}",
        "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(row.id) }}",
        "{% raw %}{% include 'x' %}{{ nothing }}{% endraw %}",
        "{# {% include 'x' %} {{ nothing }} #}x",
        "{{ group.key }} {{ group.n_rows }} {{ context }}",
    ] {
        let text = format!("name: t\nuser: {}\n", serde_json::to_string(user).unwrap());
        assert_eq!(error(&text), "no error", "{user}");
    }
}

#[test]
fn what_is_available_depends_on_the_purpose() {
    let check = |purpose, grouping, text: &str| {
        let known = Known::new(purpose, &columns(), grouping, None);
        let text = format!("name: t\nuser: {}\n", serde_json::to_string(text).unwrap());
        Prompt::parse(&text, "p.yaml").unwrap().check(&known).map_err(|error| error.to_string())
    };
    let group = Some(GroupingMode::GroupOutput);
    assert!(check(TemplateUse::Judge, None, "{{ output.anything }} {{ verdict_schema }}").is_ok());
    assert!(check(TemplateUse::Generation, group, "{{ group.key }}").is_ok());
    assert_eq!(
        check(TemplateUse::Generation, group, "{{ row.id }}").unwrap_err(),
        "`user`: `row` is not available here"
    );
    assert!(check(TemplateUse::Generation, None, "{{ group.key }}").is_err());
    assert!(check(TemplateUse::Generation, None, "{{ feedback }}").is_err());
}

#[test]
fn rows_keep_their_order_and_groups_know_their_size() {
    let vars = Vars::new().row(&row()).group(&TemplateGroup::new("k", 5));
    let order = "{% for c in row %}{{ c }};{% endfor %}{{ row | length }}";
    assert_eq!(render(order, &vars).unwrap(), "id;narrative;Date received;3");
    assert_eq!(render("{{ group.key }} {{ group.n_rows }}", &vars).unwrap(), "k 5");
    assert_eq!(render("{{ row | tojson }}", &vars).unwrap().matches("narrative").count(), 1);
    assert_eq!(render("{{ 'id' in row }} {{ 'x' in row }}", &vars).unwrap(), "True False");
}

#[test]
fn a_long_object_is_shown_whole() {
    let names: Vec<String> = (0..200).map(|index| format!("c{index}")).collect();
    let row = TemplateRow::new(&TemplateColumns::new(&names), &names);
    let vars = Vars::new().row(&row).output(&json!((0..500).collect::<Vec<_>>()));
    let text = render("{{ row }} {{ output }} {{ output | tojson }}", &vars).unwrap();
    assert!(text.contains("c199") && !text.contains("..."), "{text}");
    assert_eq!(text.matches("499").count(), 2);
}

#[test]
fn outputs_are_the_values_that_they_are() {
    let output = json!({"a": [1.5, true, null, "x"], "b": 1, "n": 18_446_744_073_709_551_615_u64});
    let vars = Vars::new().output(&output);
    assert_eq!(
        render("{{ output.b + 1 }} {{ output.a[3] }} {{ output.n }}", &vars).unwrap(),
        "2 x 18446744073709551615"
    );
    assert_eq!(render("{{ output | tojson }}", &vars).unwrap(), output.to_string());
}

#[test]
fn json_is_not_escaped_for_html() {
    let vars = Vars::new().output(&json!({"a": "<b> & 'é'"}));
    assert_eq!(render("{{ output | tojson }}", &vars).unwrap(), "{\"a\":\"<b> & 'é'\"}");
    let pretty = "{\n  \"a\": \"<b> & 'é'\"\n}";
    assert_eq!(render("{{ output | tojson(2) }}", &vars).unwrap(), pretty);
    assert_eq!(render("{{ output | tojson(indent=2) }}", &vars).unwrap(), pretty);
    assert!(render("{{ row | tojson }}", &vars).is_err());
    assert!(render("{{ output.x | tojson }}", &vars).is_err());
}

#[test]
fn what_is_compiled_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Prompt>();
    shared::<Checks>();
    shared::<ContextBuilder>();
    shared::<MatchTemplates>();
    shared::<Vars>();
}

#[test]
fn an_undefined_value_is_an_error() {
    let vars = Vars::new().row(&row());
    let message_of = |text: &str| render(text, &vars).unwrap_err();
    insta::assert_snapshot!(
        [
            message_of("{{ row.x }}"),
            message_of("{{ nothing }}"),
            message_of("a\n{{ row.x.y }}"),
            message_of("{{ row.id.lower() }}"),
            message_of("{{ 1 + 'a' }}"),
            message_of("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"),
        ]
        .join("\n\n")
    );
}

#[test]
fn values_are_never_rendered_again() {
    let evil = "{{ 7 * 7 }} {% raw %} {# #} \u{1b}[1m";
    let vars = Vars::new().row(&TemplateRow::new(&columns(), [evil, evil, evil])).feedback(evil).output(&json!(evil));
    assert_eq!(render("{{ row.id }}|{{ feedback }}|{{ output }}", &vars).unwrap(), [evil; 3].join("|"));
}

fn checks(list: &[(&str, &str, Option<&str>)]) -> Result<Checks, PromptError> {
    let list: Vec<Check> = list
        .iter()
        .map(|(name, expr, message)| Check {
            name: (*name).to_owned(),
            expr: (*expr).to_owned(),
            message: message.map(str::to_owned),
        })
        .collect();
    Checks::compile(&list, &known(TemplateUse::Check))
}

#[test]
fn checks_pass_or_say_why_not() {
    let output = json!({"product": "card", "tags": ["a", "b"], "n": 3});
    let vars = Vars::new().row(&row()).output(&output).attempt(1);
    let run = |expr: &str, message| {
        let fields = ["product", "tags", "n", "missing"].map(str::to_owned);
        let known = Known::new(TemplateUse::Check, &columns(), None, Some(&fields));
        let check =
            Check { name: "c".to_owned(), expr: expr.to_owned(), message: Option::<&str>::map(message, str::to_owned) };
        let checks = Checks::compile(&[check], &known).unwrap();
        checks.run(&vars).map_err(|failures| failures[0].message.clone())
    };
    for expr in [
        "output.product in row.narrative",
        "'a' in output.tags",
        "output.n > 2 and attempt == 1",
        "output.tags | length == 2",
        "row['Date received'] is startingwith('2024')",
    ] {
        assert_eq!(run(expr, None), Ok(()), "{expr}");
    }
    let message_of = |expr: &str, message| run(expr, message).unwrap_err();
    assert_eq!(message_of("output.n > 3", None), "check `c` failed: output.n > 3");
    assert_eq!(message_of("output.n > 3", Some("{{ output.n }} is too few")), "3 is too few");
    assert_eq!(message_of("output.n", None), "check `c` is neither true nor false but number: output.n");
    assert_eq!(
        message_of("output.missing == 1", None),
        "check `c` could not be worked out: `output.missing` is undefined: output.missing == 1"
    );
    assert!(message_of("output.n < 'a' + 1", None).starts_with("check `c` could not be worked out: "));
    assert!(message_of("false", Some("{{ output.missing }}")).starts_with("check `c` failed: false ("));
}

#[test]
fn every_failed_check_is_told() {
    let compiled = checks(&[("a", "false", None), ("b", "true", None), ("c", "1 > 2", Some("no"))]).unwrap();
    let failures = compiled.run(&Vars::new().attempt(1)).unwrap_err();
    assert_eq!(
        failures.iter().map(|it| (&*it.name, &*it.message)).collect::<Vec<_>>(),
        [("a", "check `a` failed: false"), ("c", "no")]
    );
    assert!(checks(&[]).unwrap().is_empty());
}

#[test]
fn says_what_is_wrong_with_a_check() {
    let message_of = |expr: &str, message| {
        checks(&[("c", expr, message)]).map_or_else(|error| shown(&error), |_| "no error".to_owned())
    };
    insta::assert_snapshot!(
        [
            message_of("output.prodct == 1", None),
            message_of("row.narative", None),
            message_of("outptu.product", None),
            message_of("llm_schema", None),
            message_of("output.product ==", None),
            message_of("output.product }} {{ 1", None),
            message_of("output.product | uper", None),
            message_of("true", Some("{{ output.prodct }}")),
            message_of("true", Some("a\n{{ ")),
            message_of("output.product == ''", None),
        ]
        .join("\n\n")
    );
}

#[test]
fn values_to_match_are_rendered_in_a_fixed_order() {
    let map: BTreeMap<_, _> =
        [("model", "{{ model }}"), ("id", "{{ row.id }}")].map(|(a, b)| (a.into(), b.into())).into();
    let templates =
        MatchTemplates::compile(&map, &BTreeMap::new(), "llm.recorded", &known(TemplateUse::Match)).unwrap();
    let vars = Vars::new().row(&row()).model("m");
    let rendered = templates.render(&vars).unwrap();
    assert_eq!(rendered, [("id".to_owned(), "7".to_owned()), ("model".to_owned(), "m".to_owned())]);
    let map = [("id".to_owned(), "{{ row.idd }}".to_owned())].into();
    let error =
        MatchTemplates::compile(&map, &BTreeMap::new(), "llm.recorded", &known(TemplateUse::Match)).unwrap_err();
    assert_eq!(
        shown(&error),
        "error: `llm.recorded.match.id`, line 1 of the template: `row.idd`: the input has no column `idd`\nhint: did you mean `row.id`?"
    );
}

#[test]
fn images_are_named_by_templates_and_lists() {
    let row = TemplateRow::new(&TemplateColumns::new(["one", "many"]), [" a b.png ", "x.png;{{ y }}.png; ;z.png"]);
    let names = |images: &str| {
        let prompt = Prompt::parse(&format!("name: a\nuser: u\nimages: {images}\n"), "p.yaml")?;
        prompt.render_images(&Vars::new().row(&row))
    };
    assert_eq!(names("['{{ row.one }}', 'scans/{{ row.one }}']").unwrap(), ["a b.png", "scans/ a b.png"]);
    assert_eq!(names(r#"["{{ row.many | split(';') }}"]"#).unwrap(), ["x.png", "{{ y }}.png", "z.png"]);
    assert_eq!(names(r#"["{{- [1, row.one] -}}", "{% if false %}a{% endif %}"]"#).unwrap(), ["1", "a b.png"]);
    assert_eq!(names(r#"["{{ row.one }}{{ row.one }}"]"#).unwrap(), ["a b.png  a b.png"]);
    assert_eq!(names("[]").unwrap(), [""; 0]);
    assert_eq!(
        names("['{{ row.none }}']").unwrap_err().to_string(),
        "`images[0]`, line 1 of the template: `row.none` is undefined"
    );
    assert!(names("a.png").is_err() && names("['']").is_err() && names("['{{']").is_err());
    let digest = |images: &str| Prompt::parse(&format!("name: a\nuser: u\n{images}"), "p").unwrap().digest_parts();
    assert_eq!(digest("images: [a.png]"), digest(""), "what is shown is part of the input, not of the prompt");
}

#[test]
fn feedback_lists_what_was_wrong() {
    let again = "Answer again with one JSON object that is valid against the schema, and nothing else.";
    assert_eq!(
        feedback(&["/product: not one of\n\"a\"".to_owned(), "check `x` failed".to_owned()], again),
        "Your last answer was not accepted:\n- /product: not one of\n  \"a\"\n- check `x` failed\nAnswer again with one \
         JSON object that is valid against the schema, and nothing else."
    );
    assert!(feedback(&[], again).starts_with("Your last answer was not accepted.\nAnswer again"));
}

#[test]
fn literals_are_the_long_pieces_between_tags() {
    let long = "x".repeat(64);
    let source = format!("{long}{{{{ a }}}}short{{% if b %}}{long}y{{# c #}}{long}{{{{");
    assert_eq!(literals(&source), [long.clone(), format!("{long}y"), long]);
    assert!(literals("").is_empty());
}

#[test]
fn classifies_a_real_complaint() {
    let config = "run: {name: c}\ninput: {path: a}\nprompts: {generation: a}\nschema: {path: a}\nllm: {model: m}\n";
    let config = config::resolve(config::parse(config, "c.yaml").unwrap(), &[], false).unwrap().remove(0);
    let builder = ContextBuilder::new(&config.context, None, &columns(), &TemplateSettings::default()).unwrap();
    let context = builder.row_context(&row()).unwrap();
    assert_eq!(context.text, "id: 7\nnarrative: my {{ card }} was charged\nDate received: 2024-01-02");
    let vars = Vars::new().row(&row()).context(&context.text.into());
    assert!(render("{{ context }}", &vars).unwrap().contains("{{ card }}"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn no_template_makes_it_fail_badly(text in "[ a-z.{}%#|\\-'\"\n(è]{0,60}") {
        let _ = literals(&text);
        if let Ok(prompt) = Prompt::parse(&format!("name: a\nuser: {}\n", serde_json::to_string(&text).unwrap()), "p") {
            let _ = prompt.check(&known(TemplateUse::Generation));
            let _ = prompt.render_user(&Vars::new().row(&row()));
        }
        let _ = checks(&[("a", &text, Some(&text))]);
    }

    #[test]
    fn any_value_comes_through_as_it_is(value in "\\PC{0,60}") {
        let vars = Vars::new().row(&TemplateRow::new(&columns(), [&value]));
        proptest::prop_assert_eq!(render("[{{ row.id }}]", &vars).unwrap(), format!("[{value}]"));
    }
}

mod in_single_braces {
    use super::*;
    use crate::config::PromptSyntax;

    const PROMPT: &str = "\
name: classify_v1
version: 1
system: |
  Answer with JSON that is valid against {llm_schema}
user: |
  An example: {{\"label\": \"x\"}}

  INPUT
  {context}
assistant_prefix: |
  JSON only:
";

    fn read(text: &str) -> Result<Prompt, PromptError> {
        Prompt::read(text, "p.yaml", "prompts/p.yaml", PromptSyntax::Braces)
    }

    fn message_of(text: &str, purpose: TemplateUse) -> String {
        let checked = read(text).and_then(|prompt| prompt.check(&known(purpose)));
        checked.map_or_else(|error| shown(&error), |()| "no error".to_owned())
    }

    #[test]
    fn an_older_prompt_is_sent_as_it_was() {
        let prompt = read(PROMPT).unwrap();
        prompt.check(&known(TemplateUse::Generation)).unwrap();
        let (schema, context): (Arc<str>, Arc<str>) = ("{\"a\": 1}".into(), "id: {context} {{ row.id }} {% x".into());
        let vars = Vars::new().llm_schema(&schema).context(&context);
        assert_eq!(prompt.render_system(&vars).unwrap().unwrap(), "Answer with JSON that is valid against {\"a\": 1}");
        assert_eq!(
            prompt.render_user(&vars).unwrap(),
            "An example: {\"label\": \"x\"}\n\nINPUT\nid: {context} {{ row.id }} {% x\n\nJSON only:"
        );
        assert!(prompt.mentions("context") && prompt.mentions("llm_schema") && !prompt.mentions("output"));
        assert_eq!(prompt.name(), "classify_v1");
    }

    #[test]
    fn a_judge_sees_the_output_as_json() {
        let prompt = read("name: j\nuser: '{input_data} -> {output_json}'\n").unwrap();
        prompt.check(&known(TemplateUse::Judge)).unwrap();
        assert!(prompt.mentions("output") && prompt.mentions("context"));
        let vars = Vars::new().output(&json!({"b": "<é>", "a": null})).context(&"c".into());
        assert_eq!(prompt.render_user(&vars).unwrap(), "c -> {\"b\":\"<é>\",\"a\":null}");
    }

    #[test]
    fn the_same_words_make_the_same_digest_in_either_syntax() {
        let jinja = "name: a\nsystem: 'x {{ llm_schema }}'\nuser: '{a} {{ context }}'\n";
        let braces = "name: b\nsyntax: braces\nsystem: 'x {llm_schema}'\nuser: '{{a}} {context}'\n";
        let parts = |text: &str| Prompt::parse(text, "p").unwrap().digest_parts();
        assert_eq!(parts(jinja), parts(braces));
        assert_eq!(parts("name: a\nuser: u\n"), parts("name: a\nsyntax: jinja\nuser: u\n"));
    }

    #[test]
    fn a_text_file_is_a_user_message() {
        let read = |text, path, syntax| Prompt::read(text, path, path, syntax);
        let prompt = read("# Task\n{context}\n", "prompts/my.task.MD", PromptSyntax::Braces).unwrap();
        assert_eq!((prompt.name(), prompt.system()), ("my.task", None));
        assert_eq!(prompt.render_user(&Vars::new().context(&"x".into())).unwrap(), "# Task\nx");
        let prompt = read("name: {{ row.id }}", "a.txt", PromptSyntax::Jinja).unwrap();
        assert_eq!(prompt.render_user(&Vars::new().row(&row())).unwrap(), "name: 7");
        let error = read(" \n", "a.txt", PromptSyntax::Jinja).unwrap_err();
        assert_eq!(shown(&error), "error: the file is empty: expected a prompt\n  --> a.txt:1:1");
        let error = read("one\n {contxt}", "a.txt", PromptSyntax::Braces).unwrap();
        let error = error.check(&known(TemplateUse::Generation)).unwrap_err();
        assert_eq!(
            shown(&error),
            "error: `user`: `{contxt}` is not known\n  --> a.txt:2:2\nhint: did you mean `context`?"
        );
    }

    #[test]
    fn json_may_stand_in_a_prompt_as_it_is() {
        let user = |text: &str| {
            let prompt = Prompt::read(text, "p.txt", "p.txt", PromptSyntax::Braces).unwrap();
            prompt.check(&known(TemplateUse::Judge)).unwrap();
            prompt.render_user(&Vars::new().output(&json!({"a": {"b": 1}})).context(&"c".into())).unwrap()
        };
        let example = "{\n  \"verdict\": \"PASS\", \"of\": {\"a\": {}}\n}\n";
        assert_eq!(user(&format!("{example}{{context}}")), format!("{example}c"));
        assert_eq!(user("{\"output\": {output_json}, \"x\": {}}"), "{\"output\": {\"a\":{\"b\":1}}, \"x\": {}}");
        for text in ["{\"verdict\": \"PASS\"}", "a } b {", "[{}]", "{0} \\d{1,3}", "if (a) { b }", "{% x %} {# y"] {
            assert_eq!(user(text), text);
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_placeholder() {
        let user = |text: &str| message_of(&format!("name: a\nuser: |\n  line 1\n  {text}\n"), TemplateUse::Generation);
        insta::assert_snapshot!(
            [
                user("{{x}} {\"verdict\": \"PASS\"}"),
                user("a {context"),
                user("{{x}} a } b"),
                user("{{x}} {}"),
                user("{{x}} {0}"),
                user("{ context }"),
                user("{context!r}"),
                user("{context:>10}"),
                user("{row.id}"),
                user("{naïve}"),
                user("{context} {{x}} {narrative}"),
                user("{context} {output_json}"),
                message_of("name: a\nsyntax: brace\nuser: x\n", TemplateUse::Generation),
                message_of("name: a\nsyntax: jinja\nuser: x\nassistant_prefix: y\n", TemplateUse::Generation),
                message_of("name: a\nuser: x\nassistant_prefix: 'y {context'\n", TemplateUse::Generation),
            ]
            .join("\n\n")
        );
    }

    proptest::proptest! {
        #[test]
        fn text_is_sent_as_python_would_format_it(text in "[ a-z{}%#'\"\n-]{0,40}") {
            let written = text.replace('{', "{{").replace('}', "}}");
            let message = format!("x{written}x");
            let prompt = Prompt::read(&message, "p.txt", "p.txt", PromptSyntax::Braces).unwrap();
            proptest::prop_assert_eq!(prompt.render_user(&Vars::new()).unwrap(), format!("x{text}x"));
            let _ = Prompt::read(&text, "p.txt", "p.txt", PromptSyntax::Braces);
        }
    }
}

#[test]
fn the_line_ends_of_a_message_file_do_not_matter() {
    let read = |text: &str| Prompt::read(text, "p.md", "p.md", config::PromptSyntax::Jinja).unwrap().digest_parts();
    assert_eq!(read("one\r\n\r\n{{ row.a }}\r\n"), read("one\n\n{{ row.a }}\n"));
    assert_eq!(read("one\rtwo"), read("one\ntwo"));
}
