//! Files of objects as they are written, and what is wrong with them.

use crate::config::{Config, ConfigError, FileField, ReferenceTarget, parse, resolve};

const TOP: &str = "run: {name: r}\ninput: {path: rows.csv}\nschema: {path: s.json}\nllm: {provider: sample}\n\
                   prompts: {generation: p.yaml}\nsteps:\n  - {name: section}\n  - {name: policy, each: output of section}\n";

fn load(files: &str) -> Result<Config, ConfigError> {
    let text = format!("{TOP}outputs:\n  files:\n{files}");
    Ok(resolve(parse(&text, "run.yaml")?, &[], false)?.pop().unwrap())
}

#[test]
fn fields_and_references_keep_their_order() {
    let config = load(
        "    - {name: s.json, step: section, id_prefix: s_}\n    - name: p.jsonl\n      step: policy\n      fields: \
         {z: output.z, of: , a: {deep: [row.a, 1]}}\n      references: {more: {step: section, by: n}, of: section}\n",
    )
    .unwrap();
    let file = &config.outputs.files[1];
    let names: Vec<&str> = file.fields.iter().flatten().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["z", "of", "a", "more"]);
    assert_eq!(file.references[1].target, ReferenceTarget::Lineage { many: false });
    assert!(
        matches!(&file.references[0].target, ReferenceTarget::Value { value, .. } if value == "output.more"),
        "{file:?}"
    );
    assert!(file.is_lines());
    // The snapshot of the run file has the same.
    let mut snapshot = serde_json::json!({});
    Config::put_snapshots(std::slice::from_ref(&config), &mut snapshot);
    assert_eq!(Config::from_snapshots(&snapshot).unwrap()[0].outputs.files, config.outputs.files);
    let plain = load("    - {name: s.json, step: section, fields: [b, a]}\n").unwrap();
    let field = |name: &str| FileField { name: name.to_owned(), value: None };
    assert_eq!(plain.outputs.files[0].fields, Some(vec![field("b"), field("a")]));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let ids = "    - {name: s.json, step: section, id_prefix: s_}\n";
    for (files, key, said) in [
        ("    - {name: a/b.json, step: section}\n", "[0].name", "is a path"),
        ("    - {name: .a.json, step: section}\n", "[0].name", "cannot be the name of a file"),
        ("    - {name: 'a:b.json', step: section}\n", "[0].name", "cannot be the name of a file"),
        ("    - {name: Com1.json, step: section}\n", "[0].name", "device"),
        ("    - {name: a.txt, step: section}\n", "[0].name", "ends in `.json` or `.jsonl`"),
        ("    - {name: a.json, step: sektion}\n", "[0].step", "there is no step `sektion`"),
        ("    - {name: a.jsonl, step: section, list: x}\n", "[0].list", "no list around"),
        ("    - {name: a.json, step: section, fields: []}\n", "[0].fields", "at least one"),
        ("    - {name: a.json, step: section, fields: {}}\n", "[0].fields", "at least one"),
        ("    - {name: a.json, step: section, fields: [x, x]}\n", "[0].fields", "another field"),
        ("    - {name: a.json, step: section, id_prefix: '', fields: [x]}\n", "[0].id_prefix", "1 to 40"),
        ("    - {name: a.json, step: section, id_prefix: a1, fields: [x]}\n", "[0].id_prefix", "a digit"),
        (
            "    - {name: a.json, step: section, id_prefix: a_}\n    - {name: b.json, step: policy, id_prefix: a_}\n",
            "[1].id_prefix",
            "files[0].id_prefix` is the same",
        ),
        ("    - {name: a.json, step: section, id_prefix: a_, fields: [id]}\n", "[0].fields", "`id_prefix`"),
        ("    - {name: a.json}\n", "[0].fields", "needs its fields"),
        ("    - {name: a.json, fields: [seed]}\n", "[0].fields", "needs its fields"),
        ("    - {name: a.json, fields: {seed: }}\n", "[0].fields.seed", "found nothing"),
        ("    - {name: a.json, list: x, fields: {seed: run.seed}}\n", "[0].list", "one object about the run"),
        ("    - {name: a.jsonl, fields: {seed: run.seed}}\n", "[0].name", "one object"),
        ("    - {name: a.json, step: section}\n    - {name: A.JSON, step: policy}\n", "[1].name", "files[0]"),
        ("    - {name: a.json, step: policy, references: {x: section}}\n", "[0].references.x", "no file gives ids"),
    ] {
        let error = load(files).unwrap_err();
        assert_eq!(error.key(), Some(format!("outputs.files{key}").as_str()), "{files}: {error}");
        assert!(error.to_string().contains(said), "{files}: {error}");
        assert!(error.location().is_some_and(|it| it.line >= 11), "{files}: {error}");
    }
    for (reference, key, said) in [
        ("nobody", "x", "there is no step"),
        ("{step: section, by: 'a[]'}", "x.by", "several values"),
        ("{step: section, by: n, many: true}", "x.many", "with `by`"),
        ("{step: section, value: output.n}", "x.value", "without `by`"),
        ("{step: section, by: n, value: ' '}", "x.value", "empty text"),
        ("{step: section, bi: n}", "x.bi", "unknown key"),
    ] {
        let files = format!("{ids}    - {{name: p.json, step: policy, references: {{x: {reference}}}}}\n");
        let error = load(&files).unwrap_err();
        assert_eq!(error.key(), Some(format!("outputs.files[1].references.{key}").as_str()), "{files}: {error}");
        assert!(error.to_string().contains(said), "{files}: {error}");
    }
    let twice = format!("{ids}    - {{name: t.json, step: section, id_prefix: t_, references: {{x: section}}}}\n");
    assert!(load(&twice).unwrap_err().to_string().contains("both give ids"));
}
