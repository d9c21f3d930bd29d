use super::*;
use crate::config::{Config, parse, resolve};

fn load(input: &str, more: &str) -> Result<Config, ConfigError> {
    let text = format!(
        "run: {{name: demo}}\ninput: {input}\n{more}\nprompts: {{generation: p.yaml}}\nschema: {{path: s.json}}\n\
         llm: {{model: m}}\n"
    );
    resolve(parse(&text, "run.yaml")?, &[], false).map(|mut steps| steps.remove(0))
}

fn error(input: &str, more: &str) -> String {
    let Err(error) = load(input, more) else { return "no error".to_owned() };
    let place = error.location().map(|location| format!("\n  --> {location}")).unwrap_or_default();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{error}{place}{hint}")
}

#[test]
fn a_path_names_documents_or_a_table() {
    let is_documents = |input: &str| load(input, "").unwrap().input.documents().is_some();
    for input in [
        "{path: faq.md}",
        "{path: A.TXT}",
        "{path: docs}",
        "{path: docs/}",
        "{path: v1.csv/}",
        "{path: 'docs/**/*.md'}",
        "{path: [a.pdf, docs]}",
        "{path: notes.rst, format: text}",
        "{path: 2024}",
        "{path: handbook.v2/}",
        "{path: handbook.v2, split: {by: lines}}",
        "{path: docs, split: {by: document, heading_level: 2, max_chars: 12000, overlap_lines: 0}}",
    ] {
        assert!(is_documents(input), "{input}");
    }
    for input in [
        "{path: rows.csv}",
        "{path: rows.jsonl.gz}",
        "{path: '-'}",
        "{path: docs, format: csv}",
        "{path: 'data[1].csv'}",
        "{path: rows.dat}",
        "{command: [fetch]}",
    ] {
        assert!(!is_documents(input), "{input}");
    }
}

#[test]
fn what_is_not_written_has_its_default() {
    let config = load("{path: docs}", "knowledge: [{name: kb, path: [kb, more/*.md], exclude: drafts}]").unwrap();
    let documents = config.input.documents().unwrap();
    let split = Split { by: SplitUnit::Section, heading_level: 2, max_chars: 12_000, overlap_lines: 0 };
    assert_eq!((documents.split, config.input.normalise), (split, false));
    assert_eq!((documents.format(), documents.encoding.as_deref()), (None, None));
    let kb = &config.knowledge[0];
    assert_eq!((kb.name.as_str(), &*kb.documents.shown(), kb.documents.exclude.len()), ("kb", "kb, more/*.md", 1));
    let again = Config::from_snapshots(&serde_json::json!({"config": config.snapshot()})).unwrap();
    assert_eq!((&again[0].knowledge, &again[0].input.documents), (&config.knowledge, &config.input.documents));
    assert!(!load("{path: rows.csv}", "").unwrap().snapshot().to_string().contains("documents"));
}

#[test]
fn says_which_setting_does_not_fit() {
    let inputs = [
        "{path: docs, delimiter: ';'}",
        "{path: docs, guess: false}",
        "{path: docs, sheet: one}",
        "{path: docs, key: id}",
        "{path: docs, types: infer}",
        "{path: docs, normalise: true}",
        "{path: docs, max_unpacked_bytes: 5}",
        "{path: rows.csv, split: {by: section}}",
        "{path: rows.csv, exclude: a}",
        "{command: [fetch], split: {}}",
        "{path: '-', format: markdown}",
        "{path: []}",
        "{path: [a.md, '']}",
        "{path: [a.md, a.md]}",
        "{path: [a.md, rows.csv]}",
        "{path: {a: b}}",
        "{path: 'docs/[a', exclude: b}",
        "{path: docs, exclude: '{a'}",
        "{path: docs, format: doc}",
        "{path: docs, split: {by: page}}",
        "{path: docs, split: {heading_level: 7}}",
        "{path: docs, split: {max_chars: 0}}",
        "{path: docs, split: {overlap_lines: 3}}",
        "{path: docs, split: {by: document, max_chars: 5}}",
        "{path: docs, split: {by: lines, heading_level: 3}}",
        "{path: docs, split: {size: 5}}",
    ];
    let knowledge = [
        "[{name: kb}]",
        "[{name: 'a b', path: kb}]",
        "[{name: kb, path: kb}, {name: kb, path: other}]",
        "[{name: kb, path: rows.csv}]",
        "[{name: kb, path: kb, key: id}]",
        "[{name: kb, path: kb, split: {by: document, heading_level: 3}}]",
        "[{name: kb, path: kb, format: csv}]",
    ];
    let of_input = inputs.map(|input| format!("=== input: {input}\n{}\n\n", error(input, ""))).concat();
    let of_knowledge = knowledge
        .map(|it| format!("=== knowledge: {it}\n{}\n\n", error("{path: rows.csv}", &format!("knowledge: {it}"))))
        .concat();
    insta::assert_snapshot!(of_input + &of_knowledge);
}
