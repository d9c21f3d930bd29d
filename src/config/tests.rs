use super::*;

const MINIMAL: &str = "\
run: {name: demo}
input: {path: rows.csv}
prompts: {generation: prompt.yaml}
schema: {path: schema.json}
llm: {model: m}
";

/// As the command line shows an error.
fn shown(error: &ConfigError) -> String {
    let place = error.location().map(|location| format!("\n  --> {location}")).unwrap_or_default();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("error: {error}{place}{hint}")
}

fn load(text: &str, sets: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let sets: Vec<_> = sets.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    resolve(parse(text, "run.yaml")?, &sets, false).map(|mut steps| steps.remove(0))
}

fn error(text: &str) -> String {
    load(text, &[]).map_or_else(|error| shown(&error), |_| "no error".to_owned())
}

/// The error of the minimal configuration with `more` after it.
fn error_with(more: &str) -> String {
    error(&format!("{MINIMAL}{more}"))
}

/// The error of the minimal configuration with its `llm` block replaced.
fn error_llm(block: &str) -> String {
    error(&MINIMAL.replace("llm: {model: m}", &format!("llm: {block}")))
}

/// All cases with their errors, for a snapshot.
fn table<'a>(cases: impl IntoIterator<Item = &'a str>, error: impl Fn(&str) -> String) -> String {
    cases.into_iter().map(|case| format!("=== {case}\n{}\n\n", error(case))).collect::<Vec<_>>().concat()
}

#[test]
fn says_what_is_wrong_with_a_file_that_is_no_configuration() {
    let cases = [
        "",
        "# only a comment\n",
        "- a\n- b\n",
        "just text",
        "42",
        "run:\n\tname: x\n",
        "run: {name: a\n",
        "run: {name: \"a}",
        "run: a: b",
        "run:\n  name: x\n bad: y\n",
        "run: {name: a}\nrun: {name: b}\n",
        "run: {name: a, name: b}\n",
        "a: 1\n---\nb: 2\n",
        "a: *nope\n",
        "? {a: b}\n: 2\n",
        "run: {name: x}\n",
        "run: {}\n",
        "{}",
    ];
    insta::assert_snapshot!(table(cases, error));
    assert_eq!(error("a: \u{0}\n"), "error: not a text file: found the character U+0000\n  --> run.yaml:1:4");
    assert_eq!(error("a: \u{1b}[1m\n"), "error: not a text file: found the character U+001B\n  --> run.yaml:1:4");
}

#[test]
fn says_what_is_wrong_with_a_key_or_value() {
    let cases = [
        "reprot: {}\n",
        "xyzzy: 1\n",
        "1: 2\n",
        "budget: {max_cost_usd: -1}\n",
        "budget: {max_cost_usd: 1e18}\n",
        "budget: {max_cost_usd: 1e-18}\n",
        "budget: {max_cost_usd: 0.0000009}\n",
        "budget: {max_cost_usd: .nan}\n",
        "budget: {max_cost_usd: .inf}\n",
        "budget: {max_cost: 1}\n",
        "budget: {max_requests: 1.5}\n",
        "prices: ''\n",
        "steps: []\n",
        "documents: {}\n",
        "experiments: {}\n",
        "input_: {path: x}\n",
        "grouping: {enabled: true}\n",
        "grouping: {column: a, max_rows_per_group: 0}\n",
        "grouping: {column: a, mode: group}\n",
        "context: {columns: {mode: include}}\n",
        "context: {columns: {mode: exclude, include: [a]}}\n",
        "context: {columns: {mode: all, include: [a]}}\n",
        "context: {columns: {include: [a, a]}}\n",
        "context: {max_context_chars: 0}\n",
        "judge: {enabled: true}\n",
        "judge: {min_score: 101}\n",
        "judge: 3\n",
        "judge: {llm: {modle: x}}\n",
        "judge: {llm: {rate_limit: {rpm: 3}}}\n",
        "outputs: {formats: [json]}\n",
        "outputs: {formats: jsonl}\n",
        "outputs: {thin: yes}\n",
        "outputs: {dir: ''}\n",
        "checks: [{name: a}]\n",
        "checks: [{name: a, expr: ' '}]\n",
        "checks:\n  - name: a\n    expr: x\n  - name: a\n    expr: y\n",
        "report: {samples_per_group: -1}\n",
        "report: {samples_per_group: 1.5}\n",
        "report: {samples_per_group: 99999999999999999999999}\n",
        "<<: {cache: {froce: true}}\n",
    ];
    insta::assert_snapshot!(table(cases, error_with));
}

#[test]
fn says_what_is_wrong_with_the_llm_block() {
    let cases = [
        "{}",
        "[]",
        "{model: }",
        "{model: ''}",
        "{modle: x}",
        "{model: m, workers: 3}",
        "{model: m, temperature: 3}",
        "{model: m, temperature: hot}",
        "{model: m, temperature: .nan}",
        "{model: m, max_workers: 0}",
        "{model: m, retries: 101}",
        "{model: m, timeout_sec: 0}",
        "{model: m, max_output_tokens: 0}",
        "{model: m, rate_limit: 500}",
        "{model: m, rate_limit: {requests_per_minute: 0}}",
        "{model: m, rate_limit: {tokens_per_minute: many}}",
        "{model: m, price: {input: 1}}",
        "{model: m, price: {input: 1, output: -1}}",
        "{model: m, price: {input: 1, output: 0.0000001}}",
        "{model: m, price: 3}",
        "{model: m, sample: {slow: 2}}",
        "{model: m, structured_output: on}",
        "{provider: opena}",
        "{provider: recorded}",
        "{provider: recorded, recorded: {path: x}}",
        "{provider: recorded, recorded: {path: x, answer: y, match: {}}}",
        "{provider: recorded, recorded: {path: x, answer: y, match: [id]}}",
        "{model: m, base_url: 'ftp://x'}",
        "{model: m, base_url: 'https://h/v1?key=1'}",
        "{model: m, base_url: 'https:///v1'}",
        "{model: m, base_url: 'https://h:99999/v1'}",
        "{model: m, base_url: 'https://h /v1'}",
    ];
    insta::assert_snapshot!(table(cases, error_llm));
}

#[test]
fn says_which_set_is_wrong() {
    let cases = [
        ("llm.modle", "x"),
        ("llm.temperature", "9"),
        ("llm.temperature", "[1"),
        ("llm.temperature", "hot"),
        ("run.name.x", "1"),
        ("run.name", "../x"),
        ("", "1"),
        ("a..b", "1"),
        ("nothing", "1"),
        ("budget.max_cost_usd", "much"),
        ("judge.llm.modle", "x"),
        ("checks", "[{name: a, expression: b}]"),
        ("checks[0].expr", "b"),
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|&(key, value)| {
            let error = load(MINIMAL, &[(key, value)]).map_or_else(|error| shown(&error), |_| "no error".to_owned());
            format!("=== --set {key}={value}\n{error}\n\n")
        })
        .collect();
    insta::assert_snapshot!(text.concat());
}

#[test]
fn a_set_reaches_into_lists_by_their_indexes_and_names() {
    let text = format!("{MINIMAL}checks: [{{name: a, expr: x}}, {{name: b, expr: y}}]\nvars: {{list: [[1, 2], 3]}}\n");
    let config = load(&text, &[("checks[1].expr", "z"), ("checks.0.name", "c"), ("vars.list[0][1]", "4")]).unwrap();
    let checks: Vec<_> = config.checks.iter().map(|check| (check.name.as_str(), check.expr.as_str())).collect();
    assert_eq!(checks, [("c", "x"), ("b", "z")]);
    let config = load(&text, &[("checks.b.expr", "w")]).unwrap();
    assert_eq!(config.checks[1].expr, "w");
    assert!(load(&text, &[("checks.d.expr", "w")]).is_err());
    let fails = |key| shown(&load(&text, &[(key, "z")]).unwrap_err());
    assert_eq!(
        fails("checks[2].expr"),
        "error: `checks`: the list has no element 2, only 0 to 1 (given by `--set checks[2].expr`)\n\
         hint: the list can be set as a whole: `--set 'checks=[…]'`"
    );
    assert!(fails("run[0].name").starts_with("error: `run[0]`: the configuration has no list `run`"));
    let columns = [("input.types.a[0]", "integer"), ("vars.list.1.x", "y")];
    assert!(load(&text, &columns[..1]).is_ok(), "a column may have such a name");
    assert!(shown(&load(&text, &columns[1..]).unwrap_err()).contains("`vars.list.1`: expected a block of keys"));
}

#[test]
fn lines_of_evidence_are_one_field_or_two() {
    let lines = |written: &str| {
        load(&format!("{MINIMAL}evidence: [{{at: 'a[]', lines: {written}}}]\n"), &[])
            .map(|it| it.evidence[0].lines.clone())
    };
    assert_eq!(lines("line").unwrap(), ["line"]);
    assert_eq!(lines("[line]").unwrap(), ["line"]);
    assert_eq!(lines("[from, to]").unwrap(), ["from", "to"]);
    assert!(shown(&lines("{a: b}").unwrap_err()).contains("expected a field, or a list of one or two fields"));
}

#[test]
fn shows_no_secret() {
    for block in [
        "{model: m, api_key_env: sk-12345}",
        "{model: m, api_key_env: SK12345x}",
        "{model: m, api_key: sk-12345}",
        "{model: m, api_key: {sk-12345: 1}}",
        "{model: m, api_key_env: [sk-12345]}",
        "{model: m, base_url: 'https://user:sk-12345@h/v1'}",
        "{model: m, base_url: 'https://h/v1?key=sk-12345'}",
        "{model: m, base_url: 'sk-12345'}",
        "{model: m, temperature: sk-12345}",
    ] {
        let error = error_llm(block);
        assert!(error.starts_with("error: "), "{block}: {error}");
        assert!(!error.contains("12345"), "{error}");
    }
    let error = load(MINIMAL, &[("llm.api_key_env", "sk-12345")]).unwrap_err();
    assert!(!format!("{}{:?}", shown(&error), error).contains("12345"));
}

#[test]
fn shows_no_control_sequence() {
    let error = error_with("\"\\e[2J\": 1\n");
    assert!(error.starts_with("error: unknown key `\\u{1b}[2J`"), "{error}");
}

#[test]
fn fills_in_the_defaults() {
    let config = load(MINIMAL, &[]).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&config.snapshot()).unwrap());
    assert_eq!(
        config.files().iter().map(|it| it.key).collect::<Vec<_>>(),
        ["input.path", "prompts.generation", "schema.path"]
    );
}

#[test]
fn the_syntax_of_prompts_is_kept_only_where_it_is_another() {
    let of = |value: &str| load(MINIMAL, &[("prompts.syntax", value)]);
    assert_eq!(of("braces").unwrap().snapshot()["prompts"]["syntax"], "braces");
    assert_eq!(of("jinja").unwrap().snapshot(), load(MINIMAL, &[]).unwrap().snapshot());
    let error = of("brace").unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean `braces`?");
}

#[test]
fn the_schema_states_the_defaults_that_are_filled_in() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    let snapshot = load(MINIMAL, &[]).unwrap().snapshot();
    let mut compared = 0;
    for (definition, block) in [
        ("Run", "run"),
        ("Input", "input"),
        ("Context", "context"),
        ("Llm", "llm"),
        ("Cache", "cache"),
        ("Outputs", "outputs"),
        ("Report", "report"),
    ] {
        let properties = schema["$defs"][definition]["properties"].as_object().unwrap();
        for (key, property) in properties {
            let default = property.get("default").filter(|it| !it.is_null());
            if let (Some(default), Some(value)) = (default, snapshot[block].get(key)) {
                if value.is_object() {
                    continue;
                }
                assert_eq!(default, value, "{definition}.{key}");
                compared += 1;
            }
        }
    }
    assert!(compared > 15, "{compared}");
}

#[test]
fn the_schema_describes_every_key() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    assert_eq!(schema["title"], "Casebook configuration");
    assert!(json_schema().ends_with("}\n"));
    let roots = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for definition in roots {
        let Some(properties) = definition["properties"].as_object() else { continue };
        assert_eq!(definition["additionalProperties"], false);
        for (key, property) in properties {
            assert!(property["description"].is_string(), "{key} has no description: {property}");
        }
    }
}

#[test]
fn the_schema_accepts_what_is_accepted_and_refuses_what_is_refused() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut config = serde_json::json!({
        "run": {"name": "demo"}, "input": {"path": "a.csv"}, "prompts": {"generation": "p"}, "schema": {"path": "s"},
        "llm": {"model": "m", "temperature": null}, "checks": [{"name": "a", "expr": "b"}],
    });
    assert!(validator.is_valid(&config));
    config["llm"]["modle"] = "x".into();
    assert!(!validator.is_valid(&config));
}

#[test]
fn keeps_what_is_written() {
    let text = "\
# comments and anchors are fine
run: {name: 2024.10, seed: 7}
input: &in {path: rows.csv}
prompts: {generation: p.yaml, judge: j.yaml}
schema: *in
grouping: {column: product}
context: {columns: {exclude: [id]}}
llm: {model: 4, base_url: 'HTTP://localhost:11434/v1/', temperature: 1, sample: {slow: 1, latency_ms: 3}}
judge: {llm: {model: big, temperature: 0, sample: {slow: 0}}}
outputs: {formats: [csv, jsonl, csv]}
";
    let config = load(text, &[("llm.max_workers", "4"), ("input.key", "id"), ("cache", "{force: true}")]).unwrap();
    assert_eq!(config.run.name, "2024.10");
    assert_eq!(config.schema.as_ref().unwrap().path.as_deref(), Some("rows.csv"));
    assert_eq!(config.grouping.as_ref().unwrap().mode, GroupingMode::RowOutputWithGroupContext);
    assert!(!config.context.columns.shows("id") && config.context.columns.shows("product"));
    assert_eq!(config.outputs.formats, [OutputFormat::Csv, OutputFormat::Jsonl]);
    assert_eq!(config.input.key.as_deref(), Some("id"));
    assert!(config.cache.force);
    let judge = config.judge.as_ref().unwrap();
    let model = |llm: &Llm| (llm.model.clone(), llm.temperature, llm.max_workers);
    assert_eq!(model(config.llm.as_ref().unwrap()), ("4".to_owned(), Some(1.0), 4));
    assert_eq!(model(&judge.llm), ("big".to_owned(), Some(0.0), 4));
    let Provider::Openai(Endpoint { base_url, api_key_env, .. }) = &judge.llm.provider else { panic!("not openai") };
    assert_eq!((base_url.as_str(), api_key_env.as_deref()), ("http://localhost:11434/v1", None));
    assert_eq!(config.files().last().unwrap().key, "prompts.judge");
}

#[test]
fn numbers_keep_their_spelling_where_a_text_is_wanted() {
    for (written, name) in [
        ("1.10", "1.10"),
        ("&a 1.10 # é", "1.10"),
        ("1e3", "1e3"),
        ("0x10", "0x10"),
        ("007", "007"),
        ("!!str 1.10", "1.10"),
        ("'1.10'", "1.10"),
        ("-5", "-5"),
    ] {
        let text = MINIMAL.replace("{name: demo}", &format!("\n  # äöü€\n  name: {written}"));
        assert_eq!(load(&text, &[]).unwrap().run.name, name, "{written}");
        assert_eq!(load(&format!("\u{feff}{text}"), &[]).unwrap().run.name, name, "{written}");
    }
    assert_eq!(load(MINIMAL, &[("llm.model", "4.10")]).unwrap().llm.unwrap().model, "4.10");
}

#[test]
fn nothing_after_a_key_is_its_default() {
    let text = "\
run: {name: demo, seed: null}
input: {path: rows.csv, format: null, encoding: , sheet: null, key: null, required_columns: null}
grouping: {enabled: false, column: null, mode: row_output_with_group_context, max_rows_per_group: 50}
context: {columns: {mode: all, include: [], exclude: []}, row_template: null, kv_order: input_order}
prompts: {generation: prompt.yaml, judge: null}
schema: {path: schema.json}
llm: {provider: openai, base_url: null, api_key_env: OPENAI_API_KEY, model: m, temperature: null, sample: null}
judge:
checks:
report: ~
";
    let snapshot = |text: &str| load(text, &[]).unwrap().snapshot();
    assert_eq!(snapshot(text), snapshot(MINIMAL));
}

#[test]
fn a_judge_can_be_switched_off_and_have_its_own_provider() {
    let text = MINIMAL.replace("prompt.yaml}", "prompt.yaml, judge: judge.yaml}");
    assert!(load(&text, &[("judge.enabled", "false")]).unwrap().judge.is_none());
    let recorded = "{provider: recorded, recorded: {path: v.csv, match: {id: a}, answer: b}}";
    let config = load(&text, &[("judge.llm", recorded)]).unwrap();
    assert_eq!(config.files().last().unwrap().key, "judge.llm.recorded.path");
    let Provider::Recorded(recorded) = config.judge.unwrap().llm.provider else { panic!("not recorded") };
    assert_eq!(recorded.matching.len(), 1);
    let error = load(&text, &[("judge.llm.provider", "recorded")]).unwrap_err();
    assert_eq!(error.message(), "`judge.llm.recorded` is missing (given by `--set judge.llm.provider`)");
}

#[test]
fn a_default_address_wants_the_default_key() {
    let key = |url: &str| match load(MINIMAL, &[("llm.base_url", url)]).unwrap().llm.unwrap().provider {
        Provider::Openai(it) => it.api_key_env,
        _ => None,
    };
    assert_eq!(key("https://api.openai.com/v1/").as_deref(), Some("OPENAI_API_KEY"));
    assert_eq!(key("https://example.org/v1"), None);
    assert_eq!(key("http://[::1]:8080"), None);
}

#[test]
fn each_provider_has_its_address_and_its_key() {
    let endpoint = |llm: &str| {
        let provider = load(MINIMAL, &[("llm", llm)]).unwrap().llm.unwrap().provider;
        let endpoint = provider.endpoint().unwrap().clone();
        (endpoint.base_url, endpoint.api_key_env.unwrap_or_default())
    };
    for (llm, base_url, key) in [
        ("{model: m}", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("{model: m, provider: openai_responses}", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("{model: m, provider: anthropic, max_output_tokens: 9}", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        ("{model: m, provider: anthropic, max_output_tokens: 9, base_url: 'http://h/v1'}", "http://h/v1", ""),
        ("{model: m, provider: gemini}", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"),
        ("{model: m, provider: bedrock, region: eu-west-1}", "https://bedrock-runtime.eu-west-1.amazonaws.com", ""),
        (
            "{model: m, provider: azure, base_url: 'https://x.openai.azure.com/'}",
            "https://x.openai.azure.com/openai/v1",
            "AZURE_OPENAI_API_KEY",
        ),
        (
            "{model: m, provider: azure, base_url: 'https://x.openai.azure.com/openai/v1', api_key_env: K}",
            "https://x.openai.azure.com/openai/v1",
            "K",
        ),
        (
            "{model: m, provider: azure, base_url: 'https://x.openai.azure.com', api_version: 2024-10-21}",
            "https://x.openai.azure.com/openai?api-version=2024-10-21",
            "AZURE_OPENAI_API_KEY",
        ),
    ] {
        assert_eq!(endpoint(llm), (base_url.to_owned(), key.to_owned()), "{llm}");
    }
}

#[test]
fn what_is_not_set_stands_in_no_snapshot() {
    let plain = load(MINIMAL, &[]).unwrap().snapshot();
    let keys: Vec<&String> = plain["llm"].as_object().unwrap().keys().collect();
    assert!(!keys.iter().any(|key| ["seed", "stop", "extra_body", "cache_prompt"].contains(&key.as_str())), "{keys:?}");
    let written = "{model: m, top_p: 0.5, seed: 7, stop: [END], reasoning_effort: low, service_tier: flex, \
                   cache_prompt: true, max_tokens_field: max_tokens, extra_body: {a: {b: [1, -2, 0.5, null, true]}}}";
    let tuned = load(MINIMAL, &[("llm", written)]).unwrap();
    let read: Config = serde_json::from_value(tuned.snapshot()).unwrap();
    assert_eq!(read.snapshot(), tuned.snapshot());
    assert_eq!(tuned.snapshot()["llm"]["extra_body"], serde_json::json!({"a": {"b": [1, -2, 0.5, null, true]}}));
}

#[test]
fn a_step_on_record_takes_from_the_step_that_it_took_from() {
    let step = |name: &str, each: &str| {
        let mut config = load(MINIMAL, &[]).unwrap();
        config.step.name = name.to_owned();
        config.step.each = each.parse().unwrap();
        config
    };
    let mut snapshot = serde_json::json!({});
    let steps = [step("readers.strict", "row"), step("points", "element of readers.strict.points[].parts")];
    Config::put_snapshots(&steps, &mut snapshot);
    let read = Config::from_snapshots(&snapshot).unwrap();
    assert_eq!(read[1].step.each.parents(), ["readers.strict"]);
    assert_eq!(read[1].step.each.to_string(), "element of readers.strict.points[].parts");
}

#[test]
fn says_which_parameter_a_provider_does_not_have() {
    let cases = [
        "{provider: anthropic}",
        "{provider: anthropic, max_output_tokens: 9, seed: 1}",
        "{provider: anthropic, max_output_tokens: 9, reasoning_effort: minimal}",
        "{provider: anthropic, max_output_tokens: 9, structured_output: json_object}",
        "{provider: anthropic, max_output_tokens: 9, max_tokens_field: max_tokens}",
        "{provider: anthropic, max_output_tokens: 9, extra_body: {system: x}}",
        "{provider: openai_responses, stop: [a]}",
        "{provider: gemini, cache_prompt: true}",
        "{provider: gemini, extra_body: {generationConfig: {topK: 3, temperature: 1}}}",
        "{provider: gemini, extra_body: {generationConfig: 3}}",
        "{provider: bedrock}",
        "{provider: bedrock, region: 'eu west'}",
        "{provider: azure}",
        "{provider: openai, region: eu-west-1}",
        "{provider: openai, api_version: 2024-10-21}",
        "{reasoning_effort: hard}",
        "{top_p: 2}",
        "{seed: -1}",
        "{stop: ['']}",
        "{service_tier: Flex tier}",
        "{extra_body: {messages: []}}",
        "{extra_body: {stream: true}}",
        "{extra_body: [a]}",
    ];
    insta::assert_snapshot!(table(cases, |case| error_llm(&case.replacen('{', "{model: m, ", 1))));
}

#[test]
fn a_judge_of_another_server_begins_anew() {
    let text = MINIMAL.replace("prompt.yaml}", "prompt.yaml, judge: judge.yaml}");
    let judge = |over: &str| load(&text, &[("llm", "{model: m, seed: 7, base_url: 'http://h'}"), ("judge.llm", over)]);
    let same = judge("{temperature: 0}").unwrap().judge.unwrap().llm;
    assert_eq!((same.model.as_str(), same.tuning.seed), ("m", Some(7)));
    let other = judge("{provider: gemini, model: g}").unwrap().judge.unwrap().llm;
    assert_eq!((other.model.as_str(), other.tuning.seed), ("g", None));
    assert_eq!(other.provider.endpoint().unwrap().base_url, "https://generativelanguage.googleapis.com/v1beta");
    assert_eq!(
        judge("{provider: gemini}").unwrap_err().message(),
        "`judge.llm.model` is missing (given by `--set judge.llm`)"
    );
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text = format!("{text}a{level}: &a{level} [{aliases}]\n");
    }
    assert!(error(&text).starts_with("error: not valid YAML"));
    assert!(error(&"[".repeat(10_000)).starts_with("error: not valid YAML"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_it_fail_badly(text in "\\PC{0,80}", key in "[a-z.]{0,12}", value in "\\PC{0,20}") {
        let _ = load(&text, &[]);
        let _ = load(MINIMAL, &[(&key, &value)]);
        let _ = load(&format!("{MINIMAL}report: {text}\n"), &[]);
    }

    #[test]
    fn a_name_is_set_as_it_is(name in "[A-Za-z_][A-Za-z0-9._-]{0,20}") {
        let quoted = format!("\"{name}\"");
        let config = load(MINIMAL, &[("run.name", &quoted)]).unwrap();
        proptest::prop_assert_eq!(config.run.name, name);
    }
}

#[test]
fn a_steps_judge_on_another_server_takes_no_key_and_no_price() {
    let text = "\
run: {name: demo}
input: {path: rows.csv}
prompts: {generation: g.yaml, judge: j.yaml}
schema: {path: schema.json}
llm: {model: m}
judge: {llm: {model: big, api_key_env: OPENAI_KEY_2, base_url: 'https://one.example/v1', price: {input: 1, output: 2}}}
steps:
  - {name: one, each: row, judge: {llm: {provider: anthropic, model: claude, max_output_tokens: 99}}}
";
    let judge = load(text, &[]).unwrap().judge.unwrap();
    let Provider::Anthropic(endpoint) = &judge.llm.provider else { panic!("not anthropic") };
    assert_eq!(endpoint.api_key_env.as_deref(), Some("ANTHROPIC_API_KEY"));
    assert!(!endpoint.base_url.contains("one.example"), "{}", endpoint.base_url);
    assert!(judge.llm.price.is_none());
}

#[test]
fn waits_before_a_request_is_sent_again() {
    let waits = |block: &str| {
        let config = load(MINIMAL, &[("llm.retry_delay", block)]).map_err(|error| shown(&error))?;
        let RetryDelay { first_sec, factor, most_sec } = config.llm.unwrap().retry_delay;
        Ok::<_, String>((first_sec, factor, most_sec))
    };
    assert_eq!(waits("null").unwrap(), (0.5, 2.0, 30.0));
    assert_eq!(waits("{first_sec: 2, factor: 3, most_sec: 60}").unwrap(), (2.0, 3.0, 60.0));
    // The bound that is not written follows the one that is.
    assert_eq!(waits("{first_sec: 45}").unwrap(), (45.0, 2.0, 45.0));
    assert_eq!(waits("{most_sec: 0.1}").unwrap(), (0.1, 2.0, 0.1));
    assert_eq!(waits("{most_sec: 0}").unwrap(), (0.0, 2.0, 0.0));
    for (block, says) in [
        ("{first_sec: 9, most_sec: 3}", "`llm.retry_delay`: the first wait (9 s) is longer than the longest one (3 s)"),
        ("{first_sec: -1}", "`llm.retry_delay.first_sec`: expected a number from 0 to 3600, found -1"),
        ("{factor: 0.5}", "`llm.retry_delay.factor`: expected a number from 1 to 100, found 0.5"),
        ("{most_sec: 1e9}", "`llm.retry_delay.most_sec`: expected a number from 0 to 3600"),
        ("{first: 1}", "unknown key `llm.retry_delay.first`"),
        ("3", "llm.retry_delay"),
    ] {
        let error = waits(block).unwrap_err();
        assert!(error.contains(says), "{block}: {error}");
    }
    // A step and a judge may have their own.
    let judged = format!("{MINIMAL}judge: {{llm: {{model: j, retry_delay: {{first_sec: 4}}}}}}\n")
        .replace("prompt.yaml", "prompt.yaml, judge: j.yaml");
    let judge = load(&judged, &[("llm.retry_delay", "{factor: 3}")]).unwrap().judge.unwrap();
    assert_eq!(judge.llm.retry_delay, RetryDelay { first_sec: 4.0, factor: 3.0, most_sec: 30.0 });
}

#[test]
fn a_batch_has_a_name_and_a_folder_of_its_own() {
    let of = |sets: &[(&str, &str)]| {
        let mut config = load(MINIMAL, sets).unwrap();
        config.name_batch("2026-11-30");
        (config.run.name, config.outputs.dir)
    };
    assert_eq!(of(&[]), ("demo-2026-11-30".to_owned(), None));
    assert_eq!(of(&[("outputs.dir", "results/")]).1.as_deref(), Some("results/demo-2026-11-30"));
}

#[test]
fn a_variable_is_sent_as_it_is_written() {
    for (value, shown) in [("01234", "1234"), ("+49", "49"), ("1.10", "1.1"), ("[007]", "7"), ("{a: 1_000}", "1000")] {
        let error = load(MINIMAL, &[("vars.zip", value)]).unwrap_err();
        assert!(error.to_string().contains(&format!("would be sent as {shown}")), "{error}");
    }
    for value in ["1234", "1.5", "-3", "'007'", "[1, 2.25]", "seven"] {
        assert!(load(MINIMAL, &[("vars.zip", value)]).is_ok(), "{value}");
    }
}
