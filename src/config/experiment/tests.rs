use super::*;
use crate::config::{ConfigError, MetricKind, VariantConfigs, parse, resolve, resolve_variants};

const TASK: &str = "\
run: {name: demo}
input: {path: rows.csv, key: id}
schema: {path: schema.json}
models:
  small: {provider: openai, model: m-small, temperature: 0, price: {input: 1, output: 2}}
  large: {provider: anthropic, model: m-large, max_output_tokens: 1024, max_workers: 3, escalate: [m-larger]}
";

fn with(experiment: &str) -> String {
    format!("{TASK}llm: small\nprompts: {{generation: p/v1.yaml}}\nexperiment:\n{experiment}")
}

fn shown(error: &ConfigError) -> String {
    let place = error.location().map(|location| format!("\n  --> {location}")).unwrap_or_default();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("error: {error}{place}{hint}")
}

fn task(text: &str) -> Result<Vec<Config>, ConfigError> {
    resolve(parse(text, "run.yaml")?, &[], false)
}

fn experiment(text: &str) -> Experiment {
    let configs = task(text).unwrap_or_else(|error| panic!("{}", shown(&error)));
    configs.last().unwrap().experiment.clone().unwrap()
}

fn variants(text: &str) -> Vec<VariantConfigs> {
    resolve_variants(parse(text, "run.yaml").unwrap(), &[], false).unwrap_or_else(|error| panic!("{}", shown(&error)))
}

fn names(text: &str) -> Vec<String> {
    experiment(text).variants.into_iter().map(|it| it.name).collect()
}

fn error(text: &str) -> String {
    task(text).map_or_else(|error| shown(&error), |_| "no error".to_owned())
}

#[test]
fn a_matrix_is_combined_named_and_laid_over_the_task() {
    let text = with(
        r"  matrix: {llm: [small, large], prompts.generation: [p/v1.yaml, p/v2.yaml]}
  include: [{name: cheap, llm: small, prompts.generation: p/v3.yaml, llm.temperature: 1}]
  exclude: [{llm: large, prompts.generation: p/v1.yaml}]
  baseline: {llm: small, prompts.generation: p/v2.yaml}
",
    );
    assert_eq!(names(&text), ["small · v1", "small · v2", "large · v2", "cheap"]);
    assert_eq!(experiment(&text).baseline, 1);
    let all = variants(&text);
    let task = |it: &VariantConfigs| {
        let config = &it.configs[0];
        let llm = config.llm.as_ref().unwrap();
        assert!(config.experiment.is_none());
        format!("{} {:?} {}", llm.model, llm.temperature, config.prompts.generation.as_ref().unwrap())
    };
    assert_eq!(
        all.iter().map(task).collect::<Vec<_>>(),
        [
            "m-small Some(0.0) p/v1.yaml",
            "m-small Some(0.0) p/v2.yaml",
            "m-large None p/v2.yaml",
            "m-small Some(1.0) p/v3.yaml"
        ]
    );
    // What the variant sets is found in the matrix, and what a model has in `models`.
    let line = |key: &str| all[1].places.of_step("", key).unwrap().line;
    assert_eq!((line("prompts.generation"), line("llm.temperature")), (10, 5));
}

#[test]
fn a_name_is_the_whole_model_wherever_it_stands() {
    let text = format!(
        "{TASK}\
llm: {{provider: openai, base_url: 'http://h/v1', model: m, api_key_env: KEY, max_workers: 7, retries: 2}}
prompts: {{generation: p, judge: j}}
judge: {{allow_self: true, judges: [{{name: a, llm: large}}, {{name: b, llm: {{use: large, temperature: 1}}}}]}}
steps:
  - {{name: first, llm: small}}
  - {{name: second, each: output of first, perspectives: [{{name: x, llm: large}}, {{name: y}}]}}
"
    );
    let configs = task(&text).unwrap_or_else(|error| panic!("{}", shown(&error)));
    let llm = |at: usize| {
        let llm = configs[at].llm.as_ref().unwrap();
        let endpoint = llm.provider.endpoint().unwrap();
        format!("{} {} {:?} {}", llm.model, endpoint.base_url, endpoint.api_key_env, llm.max_workers)
    };
    assert_eq!(llm(0), "m-small https://api.openai.com/v1 Some(\"OPENAI_API_KEY\") 32");
    assert_eq!(llm(1), "m-large https://api.anthropic.com/v1 Some(\"ANTHROPIC_API_KEY\") 3");
    assert_eq!(llm(2), "m http://h/v1 Some(\"KEY\") 7");
    let judges: Vec<_> = configs[2]
        .judges()
        .iter()
        .map(|it| (it.llm.model.as_str(), it.llm.temperature, it.llm.max_workers, it.llm.retries))
        .collect();
    assert_eq!(judges, [("m-large", None, 7, 2), ("m-large", Some(1.0), 7, 2)], "workers are the generation's");
}

#[test]
fn a_name_can_be_set_and_set_in() {
    let text = format!("{TASK}llm: large\nprompts: {{generation: p}}\n");
    let llm = |sets: &[(&str, &str)]| {
        let sets: Vec<_> = sets.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let configs = resolve(parse(&text, "run.yaml").unwrap(), &sets, false);
        configs.map(|mut it| it.remove(0).llm.unwrap()).map_err(|error| shown(&error))
    };
    assert_eq!(llm(&[("llm", "small")]).unwrap().model, "m-small");
    let changed = llm(&[("llm", "small"), ("llm.temperature", "1")]).unwrap();
    assert_eq!((changed.model.as_str(), changed.temperature), ("m-small", Some(1.0)));
    assert!(changed.price.is_some());
    let other = llm(&[("llm.use", "small"), ("llm.model", "m-other")]).unwrap();
    assert_eq!((other.model.as_str(), other.price.is_some()), ("m-other", false), "a price passes to no other model");
    assert_eq!(llm(&[("models.large.model", "m-new")]).unwrap().model, "m-new");
    assert_eq!(
        llm(&[("llm", "smal")]).unwrap_err(),
        "error: `llm`: there is no model `smal` in `models` (given by `--set llm`)\nhint: did you mean `small`?"
    );
}

#[test]
fn a_key_that_varies_need_not_be_written() {
    let text = format!("{TASK}experiment: {{matrix: {{llm: [large, small], prompts.generation: [a.yaml]}}}}\n");
    let configs = task(&text).unwrap_or_else(|error| panic!("{}", shown(&error)));
    assert_eq!(configs[0].llm.as_ref().unwrap().model, "m-large", "the baseline's");
    assert_eq!(names(&text), ["large", "small"]);
    let written =
        task(&with("  matrix: {llm.temperature: [0.9, 0]}\n")).unwrap_or_else(|error| panic!("{}", shown(&error)));
    assert_eq!(written[0].llm.as_ref().unwrap().temperature, Some(0.0), "the model says it");
    let sets = [("llm.max_workers", "5"), ("llm.temperature", "1")].map(|(key, it)| (key.to_owned(), it.to_owned()));
    let raw = parse(&text.replace("prompts.", "llm.temperature: [0], prompts."), "run.yaml").unwrap();
    let all = resolve_variants(raw, &sets, false).unwrap();
    let found: Vec<_> = all
        .iter()
        .map(|it| it.configs[0].llm.as_ref().unwrap())
        .map(|llm| (llm.model.as_str(), llm.max_workers, llm.temperature))
        .collect();
    let expected = [("m-large", 5, Some(0.0)), ("m-small", 5, Some(0.0))];
    assert_eq!(found, expected, "what is set holds for all, but for what varies");
}

#[test]
fn names_are_as_short_as_they_may_be() {
    for (matrix, expected) in [
        ("{prompts.generation: [a/v1.yaml, b/v1.yaml]}", vec!["a_v1.yaml", "b_v1.yaml"]),
        ("{llm.temperature: [0, 0.5]}", vec!["temperature=0", "temperature=0.5"]),
        ("{llm: [small], llm.seed: [1, 2]}", vec!["seed=1", "seed=2"]),
        ("{llm: [small]}", vec!["small"]),
        ("{llm: [{model: a}, {model: a, seed: 3}, {model: b}]}", vec!["a", "a seed=3", "b"]),
        ("{vars.tone: ['a, b', 'a/ b', base]}", vec!["a_ b", "tone 2", "base (2)"]),
    ] {
        let found = names(&with(&format!("  matrix: {matrix}\n")));
        if matrix.contains("tone") {
            assert_eq!(found, ["tone 1", "tone 2", "tone 3"]);
        } else {
            assert_eq!(found, expected, "{matrix}");
        }
    }
}

#[test]
fn a_written_name_is_not_the_one_that_values_make() {
    let text = with("  matrix: {llm: [small, large]}\n  include: [{name: Large, llm.seed: 1}]\n");
    insta::assert_snapshot!(error(&text), @"
    error: `experiment.include`: another variant is called `Large` by its values
      --> run.yaml:11:13
    hint: choose another name, or leave it out
    ");
}

#[test]
fn says_which_matrix_cannot_be() {
    let cases = [
        "  {}\n",
        "  matrix: {}\n",
        "  matrix: {llm: small}\n",
        "  matrix: {llm: []}\n",
        "  matrix: {llm: [small, larg]}\n",
        "  matrix: {llm.modle: [a, b]}\n",
        "  matrix: {lm: [a, b]}\n",
        "  matrix: {llm.temperature: [0, 9]}\n",
        "  matrix: {llm: [small, large, small]}\n",
        "  matrix: {llm.temperature: [0, 0.0]}\n",
        "  matrix: {input.key: [a, b]}\n",
        "  matrix: {steps.draft.llm: [small, large]}\n",
        "  matrix: {budget.max_cost_usd: [1, 2]}\n",
        "  matrix: {outputs.formats: [[csv], [jsonl]]}\n",
        "  matrix: {models.smal.temperature: [0, 1]}\n",
        "  matrix: {llm..model: [0, 1]}\n",
        "  matrix: {llm: [small, large]}\n  include: [{name: small}]\n",
        "  matrix: {llm: [small, large]}\n  include: [{name: Base, llm.seed: 1}]\n",
        "  matrix: {llm: [small, large]}\n  include: [{name: a/b, llm.seed: 1}]\n",
        "  include: [{name: a, llm.seed: 1}, {name: A, llm.seed: 2}]\n",
        "  matrix: {llm: [small, large]}\n  include: [{llm: large, llm.max_workers: 3}]\n",
        "  matrix: {llm: [small, large]}\n  exclude: [{llm: larger}]\n",
        "  matrix: {llm: [small, large]}\n  exclude: [{lm: large}]\n",
        "  matrix: {llm: [small, large]}\n  exclude: [{}]\n",
        "  matrix: {llm: [small]}\n  exclude: [{llm: small}]\n",
        "  matrix: {llm: [small, large]}\n  exclude: [{llm: small}]\n  baseline: {llm: small}\n",
        "  matrix: {llm: [small, large]}\n  baseline: {llm: medium}\n",
        "  matrix: {llm: [small, large]}\n  baseline: {prompt: medium}\n",
        "  matrix: {llm: [small, large]}\n  baseline: smal\n",
        "  matrix: {llm: [small, large]}\n  baseline: 3\n",
        "  matrix: {llm: [small, large], prompts.generation: [a.yaml, b.yaml]}\n  baseline: {llm: small}\n",
        "  matrix: {llm: [small, large]}\n  repeats: 0\n",
        "  matrix: {vars.a: [1, 2], vars.b: [1, 2], bodget: [1]}\n",
    ];
    let all: Vec<String> = cases.iter().map(|case| format!("=== {case}{}\n\n", error(&with(case)))).collect();
    insta::assert_snapshot!(all.concat());
}

#[test]
fn says_which_metric_or_gate_cannot_be() {
    const GOLD: &str = "  gold: {path: g.jsonl, key: id, fields: {product: product, issue: sub}}\n";
    let metric = |text: &str| format!("  metrics: [{text}]\n{GOLD}");
    let mut cases: Vec<String> = [
        "{name: a, of: product}",
        "{name: a, kind: exakt, of: product}",
        "{name: a, kind: exact}",
        "{name: a, kind: exact, of: prodct}",
        "{name: a, kind: exact, of: produce, gold: prodct}",
        "{name: a, kind: exact, of: 'product[0]'}",
        "{name: a, kind: exact, of: product, label: x}",
        "{name: a b, kind: exact, of: product}",
        "{name: valid, kind: exact, of: product}",
        "{name: a, kind: exact, of: product}, {name: A, kind: exact, of: issue}",
        "{name: a, kind: numeric, of: product}",
        "{name: a, kind: numeric, of: product, within: -1}",
        "{name: a, kind: regex, of: product, pattern: '('}",
        "{name: a, kind: regex, of: product}",
        "{name: a, expr: ''}",
        "{name: a, expr: x, kind: exact, of: product}",
        "{name: a, kind: judge, prompt: p.yaml}",
        "{name: a, kind: judge, llm: large}",
        "{name: a, kind: judge, prompt: p.yaml, llm: larg}",
        "{name: a, kind: judge, prompt: p.yaml, llm: {modle: x}}",
        "{nam: a}",
    ]
    .map(metric)
    .into();
    let good = "  metrics: [{name: a, kind: exact, of: product}, {name: b, expr: x}]\n";
    cases.extend(
        [
            "  metrics: [{name: a, kind: exact, of: product}]\n",
            "  gold: {path: g.jsonl, fields: {a: b}}\n",
            "  gold: {key: id, fields: {a: b}}\n",
            "  gold: {path: g.jsonl, key: id, fields: {}}\n",
            "  gold: {path: g.jsonl, key: id}\n",
            "  decide: {by: a}\n",
        ]
        .map(str::to_owned),
    );
    cases.extend(
        [
            "decide: {by: c}",
            "decide: {alpha: 0.1}",
            "decide: {by: a, alpha: 1}",
            "decide: {by: a, min_difference: -1}",
            "gates: [accuracy >= 0.9]",
            "gates: [valed >= 0.9]",
            "gates: [a = 0.9]",
            "gates: [a >= 90%]",
            "gates: [a]",
            "gates: ['>= 3']",
            "gates: [valid >= 90]",
            "gates: [a > -1]",
            "gates: [a >= 1, a >= 1]",
            "budget_per_variant: {max_cost_usd: -1}",
            "budget_per_variant: {max_cost: 1}",
        ]
        .map(|more| format!("{good}{GOLD}  {more}\n")),
    );
    let all = cases.iter().map(|case| {
        let text = with(&format!("  matrix: {{llm: [small, large]}}\n{case}"));
        let case = case.replace(GOLD, "").replace(good, "");
        format!("=== {case}{}\n\n", error(&text))
    });
    insta::assert_snapshot!(all.collect::<String>());
}

#[test]
fn an_experiment_is_resolved_as_a_whole() {
    let text = with(
        r"  matrix: {llm: [small, large]}
  repeats: 3
  gold: {path: gold.jsonl, key: id, fields: {product: product}}
  metrics:
    - {name: accuracy, of: product, kind: exact}
    - {name: quotes, expr: 'output.quote in row.narrative'}
    - {name: near, of: n, kind: numeric, within: 0.5, gold: product}
    - {name: code, of: code, kind: regex, pattern: '^[A-Z]+$'}
    - {name: right, of: product, kind: recall, label: Loan}
    - {name: helpful, kind: judge, prompt: p/helpful.yaml, llm: {use: large, max_output_tokens: 99}}
  decide: {by: accuracy, min_difference: 0.01}
  gates: [accuracy >= 0.9, 'cost_per_item<=0.002']
  budget_per_variant: {max_cost_usd: 2}
",
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&experiment(&text)).unwrap());
    let rehearsed = resolve(parse(&text, "run.yaml").unwrap(), &[], true).unwrap().remove(0).experiment.unwrap();
    let MetricKind::Judge { llm, .. } = &rehearsed.metrics[5].kind else { panic!() };
    assert!(matches!(llm.provider, crate::config::Provider::Sample(_)));
    let one = experiment(&with("  matrix: {llm: [small, large]}\n  metrics: [{name: a, expr: x}]\n"));
    assert_eq!(one.decide.unwrap().by, "a");
    let none = experiment(&with("  matrix: {llm: [small, large]}\n"));
    assert!(none.decide.is_none() && none.metrics.is_empty());
}
