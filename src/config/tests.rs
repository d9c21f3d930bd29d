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
    let mut text = format!("error: {error}");
    if let Some(location) = error.location() {
        text.push_str(&format!("\n  --> {location}"));
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!("\nhint: {hint}"));
    }
    text
}

fn load(text: &str, sets: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let sets: Vec<_> = sets.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    resolve(parse(text, "run.yaml")?, &sets)
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

#[test]
fn explore() {
    let cases = [
        "",
        "# only\n",
        "- a\n- b\n",
        "just text",
        "42",
        "run:\n\tname: x\n",
        "a: \u{0}\n",
        "run: {name: a\n",
        "run: {name: a}\nrun: {name: b}\n",
        "a: 1\n---\nb: 2\n",
        "a: *nope\n",
        "a: [1, 2",
        "run: {name: \"a}",
        "run: a: b",
        "run:\n  name: x\n bad: y\n",
        "run: {}\n",
    ];
    for case in cases {
        println!("=== {case:?}\n{}", error(case));
    }
    for more in [
        "budget: {max_cost_usd: 1}\n",
        "steps: []\n",
        "grouping: {enabled: true}\n",
        "context: {columns: {mode: include}}\n",
        "context: {columns: {mode: all, include: [a]}}\n",
        "judge: {enabled: true}\n",
        "judge: {min_score: 101}\n",
        "judge: 3\n",
        "judge: {llm: {modle: x}}\n",
        "reprot: {}\n",
        "xyzzy: 1\n",
        "outputs: {formats: [json]}\n",
        "outputs: {formats: jsonl}\n",
        "outputs: {thin: yes}\n",
        "checks: [{name: a}]\n",
        "checks:\n  - name: a\n    expr: x\n  - name: a\n    expr: y\n",
        "input: {path: x}\n",
        "1: 2\n",
        "[a, b]: 2\n",
        "? {a: b}\n: 2\n",
        "report: {samples_per_group: -1}\n",
        "report: {samples_per_group: 1.5}\n",
        "<<: {cache: {froce: true}}\n",
    ] {
        println!("=== {more}{}", error_with(more));
    }
    for llm in [
        "{modle: x}",
        "{model: m, temperature: 3}",
        "{model: m, temperature: hot}",
        "{model: m, temperature: .nan}",
        "{model: m, max_workers: 0}",
        "{model: m, workers: 3}",
        "{provider: opena}",
        "{provider: recorded}",
        "{provider: recorded, recorded: {path: x}}",
        "{model: m, base_url: 'https://u:p@h/v1'}",
        "{model: m, base_url: 'ftp://x'}",
        "{model: m, api_key_env: sk-123}",
        "{model: m, api_key: sk-123}",
        "{model: m, timeout_sec: 0}",
        "{model: m, rate_limit: {}}",
        "{model: }",
        "{model: m, sample: {slow: 2}}",
        "[]",
        "{}",
    ] {
        println!("=== {llm}\n{}", error_llm(llm));
    }
    for (k, v) in [
        ("llm.modle", "x"),
        ("llm.temperature", "9"),
        ("llm.temperature", "[1"),
        ("run.name.x", "1"),
        ("", "1"),
        ("a..b", "1"),
        ("nothing", "1"),
        ("judge.llm.modle", "x"),
    ] {
        println!("=== {k}={v}\n{}", load(MINIMAL, &[(k, v)]).map_or_else(|e| shown(&e), |_| "no".into()));
    }
    println!("{}", serde_json::to_string_pretty(&load(MINIMAL, &[]).unwrap().snapshot()).unwrap());
    println!("{:?}", load("run: {name: 2024.10, seed: 0x10}\ninput: &i {path: x.csv}\nprompts: {generation: a}\nschema: *i\nllm: {model: 1}\n", &[]).map(|c| (c.run, c.schema, c.llm.model)));
    println!("{}", &json_schema()[..900]);
}
