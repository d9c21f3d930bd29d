//! What differs, by name: a table for each kind of value.

use serde_json::{Value, json};

use super::*;

fn shown(found: &[Difference]) -> Vec<String> {
    let one = |it: &Difference| match it.change {
        Change::Added => format!("{} + {}", it.part, it.after),
        Change::Removed => format!("{} - {}", it.part, it.before),
        Change::Changed => format!("{}: {} > {}", it.part, it.before, it.after),
    };
    found.iter().map(one).collect()
}

fn task() -> Value {
    json!({
        "prompt": {"system": "Be\nbrief.", "user": "Read {{ row.text }}\nthen answer", "retry": null},
        "schema": {
            "closed": {"type": "object", "properties": {"product": {"enum": ["a", "b"]}, "note": {"type": "string"}},
                "required": ["product", "note"]},
            "shown": "{}",
        },
        "context": {"max_context_chars": 100, "columns": {"mode": "all"}},
        "grouping": null,
        "model": {"endpoint": {"provider": "openai", "base_url": "https://a/v1"}, "model": "m-1",
            "parameters": {"temperature": 0, "max_output_tokens": null}, "response_schema": null},
        "match": null,
        "checks": [{"name": "one", "expr": "output.note", "message": null}, {"name": "two", "expr": "1", "message": null}],
        "judge": {"prompt": {"system": null, "user": "Judge\nit", "retry": null}, "schema": "x", "min_score": 70,
            "model": {"endpoint": {"provider": "recorded", "table": "t1"}, "model": "m-2",
                "parameters": {"temperature": null, "max_output_tokens": null}, "response_schema": null},
            "match": {"match": {"id": "{{ row.id }}"}, "values": {}}},
    })
}

/// A change by its place in the value, with what differs afterwards.
type Row = (&'static str, Value, &'static [&'static str]);

#[test]
fn parts_of_a_task_have_the_names_of_the_configuration() {
    let rows: Vec<Row> = vec![
        (
            "/prompt/user",
            json!("Read {{ row.text }}\nthen say"),
            &[r#"prompt: user line 2: "then answer" > "then say""#],
        ),
        ("/prompt/system", json!(null), &[r#"prompt: system: "Be\nbrief." > null"#]),
        ("/prompt/retry", json!("No."), &[r#"prompt: retry: null > "No.""#]),
        (
            "/schema/closed/properties/product/enum",
            json!(["a", "c"]),
            &[r#"schema: field product: enum - "b""#, r#"schema: field product: enum + "c""#],
        ),
        (
            "/schema/closed/properties/product/enum",
            json!(["b", "a"]),
            &[r#"schema: field product: enum: order: ["a","b"] > ["b","a"]"#],
        ),
        (
            "/schema/closed/properties/note",
            json!({"type": "string", "maxLength": 9}),
            &["schema: field note: maxLength: null > 9"],
        ),
        (
            "/schema/closed/properties",
            json!({"product": {"enum": ["a", "b"]}, "more": {"items": {"type": "integer"}}}),
            &[r#"schema: field note - {"type":"string"}"#, r#"schema: field more + {"items":{"type":"integer"}}"#],
        ),
        (
            "/schema/closed/properties",
            json!({"note": {"type": "string"}, "product": {"enum": ["a", "b"]}}),
            &[r#"schema: order of fields: ["product","note"] > ["note","product"]"#],
        ),
        ("/schema/closed/required", json!(["product"]), &[r#"schema: required - "note""#]),
        ("/schema/shown", json!("{ }"), &[r#"schema: as the prompt shows it, line 1: "{}" > "{ }""#]),
        ("/context/columns/mode", json!("include"), &[r#"context.columns.mode: "all" > "include""#]),
        ("/context", json!(null), &[r#"context: {"max_context_chars":100,"columns":{"mode":"all"}} > null"#]),
        ("/grouping", json!({"column": "c"}), &[r#"grouping: null > {"column":"c"}"#]),
        ("/model/model", json!("m-9"), &[r#"llm.model: "m-1" > "m-9""#]),
        ("/model/parameters/temperature", json!(0.2), &["llm.temperature: 0 > 0.2"]),
        ("/model/parameters/temperature", json!(0.0), &[]),
        (
            "/model/parameters",
            json!({"temperature": 0, "max_output_tokens": null, "top_p": 0.5}),
            &["llm.top_p: null > 0.5"],
        ),
        ("/model/endpoint/base_url", json!("https://b/v1"), &[r#"llm.base_url: "https://a/v1" > "https://b/v1""#]),
        (
            "/model/endpoint",
            json!({"provider": "sample", "seed": 1, "schema": "x"}),
            &[r#"llm.provider: "openai" > "sample""#, r#"llm.base_url: "https://a/v1" > null"#],
        ),
        (
            "/model/response_schema",
            json!({"name": "output", "schema": {}}),
            &[r#"llm.structured_output: "not held to it" > "held to the schema""#],
        ),
        ("/checks/0/expr", json!("output.x"), &[r#"checks.one.expr: "output.note" > "output.x""#]),
        (
            "/checks",
            json!([{"name": "two", "expr": "1"}, {"name": "three", "expr": "2"}]),
            &[
                r#"checks.one - {"name":"one","expr":"output.note","message":null}"#,
                r#"checks.three + {"name":"three","expr":"2"}"#,
            ],
        ),
        ("/judge", json!(null), &[r#"judge: "on" > "off""#]),
        ("/judge/min_score", json!(80), &["judge.min_score: 70 > 80"]),
        ("/judge/prompt/user", json!("Judge\nthat"), &[r#"judge.prompt: user line 2: "it" > "that""#]),
        (
            "/judge/model/endpoint/table",
            json!("t2"),
            &[r#"judge.llm.recorded.path: content of the table: "t1" > "t2""#],
        ),
        (
            "/judge/match/match/id",
            json!("{{ row.no }}"),
            &[r#"judge.llm.recorded.match.id: "{{ row.id }}" > "{{ row.no }}""#],
        ),
    ];
    for (place, value, expected) in rows {
        let mut after = task();
        *after.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = value;
        assert_eq!(shown(&tasks(&task(), &after)), expected, "{place}");
    }
    assert_eq!(tasks(&task(), &task()), []);
}

#[test]
fn a_part_that_is_new_to_tasks_is_named_by_its_key() {
    let mut after = task();
    after["answer"] = json!({"kind": "sections"});
    after["judge"]["rule"] = json!("majority");
    assert_eq!(
        shown(&tasks(&task(), &after)),
        [r#"judge.rule: null > "majority""#, r#"answer: null > {"kind":"sections"}"#,]
    );
    assert_eq!(tasks(&json!("?"), &json!("?")), [], "not what a task is, and equal all the same");
}

#[test]
fn a_schema_is_named_by_its_fields() {
    let before = json!({"properties": {"a": {"properties": {"b": {"type": "array", "items": {"minimum": 1}}}},
                                       "c": {"anyOf": [{"type": "null"}, {"maximum": 3}]}},
                        "$defs": {"Place": {"properties": {"city": {"type": ["string"]}}}}});
    for (place, value, expected) in [
        ("/properties/a/properties/b/items/minimum", json!(2), "schema: field a.b[]: minimum: 1 > 2"),
        ("/properties/c/anyOf/1/maximum", json!(4), "schema: field c: maximum: 3 > 4"),
        (
            "/$defs/Place/properties/city/type",
            json!(["string", "null"]),
            "schema: definition Place: field city: type + \"null\"",
        ),
        (
            "/properties/a",
            json!(true),
            r#"schema: field a: {"properties":{"b":{"type":"array","items":{"minimum":1}}}} > true"#,
        ),
    ] {
        let mut after = before.clone();
        *after.pointer_mut(place).unwrap() = value;
        assert_eq!(shown(&schema::schemas(&before, &after)), [expected]);
    }
}

#[test]
fn a_request_is_named_by_what_its_id_is_made_of() {
    let before = json!({
        "spec": {"endpoint": {"provider": "openai", "base_url": "u"}, "model": "m", "parameters": {"temperature": 0},
                 "response_schema": {"name": "output", "schema": {"properties": {"a": {"maximum": 1}}}, "sha1": "x"}},
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "one\ntwo"}],
        "sample": 1, "matched": null, "item": null,
    });
    for (place, value, expected) in [
        ("/spec/parameters/temperature", json!(1), &["llm.temperature: 0 > 1"][..]),
        ("/spec/response_schema/schema/properties/a/maximum", json!(2), &["schema: field a: maximum: 1 > 2"]),
        ("/messages/1/content", json!("one\n2"), &["message 2 (user) line 2: \"two\" > \"2\""]),
        (
            "/messages",
            json!([{"role": "user", "content": "s"}]),
            &[r#"message 1: role: "system" > "user""#, "number of messages: 2 > 1"],
        ),
        ("/sample", json!(2), &["sample number: 1 > 2"]),
        ("/matched", json!({"id": "7"}), &["llm.recorded: null > {\"id\":\"7\"}"]),
        ("/item", json!("w"), &["cache.share: \"shared\" > \"of this work item alone\""]),
    ] {
        let mut after = before.clone();
        *after.pointer_mut(place).unwrap() = value;
        assert_eq!(shown(&requests("llm", &before, &after)), expected, "{place}");
    }
}

#[test]
fn configurations_are_compared_as_people_write_them() {
    let before = json!({
        "config": {"run": {"seed": 1}, "llm": {"model": "m", "provider": {"name": "openai", "base_url": "u"}},
                   "steps": [{"name": "one", "when": null}, {"name": "two"}]},
        "files": {"prompts.generation": {"text": "a\nb"}, "schema.path": {"text": "{\"maximum\": 1}"}},
        "tables": {"generation": null}, "rehearsal": false,
    });
    let mut after = before.clone();
    after["config"]["llm"]["provider"] = json!({"name": "sample", "malformed": 0.5});
    after["config"]["llm"]["temperature"] = json!(null);
    after["config"]["steps"] = json!([{"name": "two", "when": "x"}, {"name": "one"}]);
    after["files"] = json!({"prompts.generation": {"text": "a\nc"}, "schema.path": {"text": "{\"maximum\":2}"},
                            "prompts.judge": {"text": "new"}});
    after["rehearsal"] = json!(true);
    assert_eq!(
        shown(&configurations(&before, &after)),
        [
            r#"llm.base_url: "u" > null"#,
            r#"llm.provider: "openai" > "sample""#,
            r#"llm.sample: null > {"malformed":0.5}"#,
            r#"steps.two.when: null > "x""#,
            r#"steps: order: ["one","two"] > ["two","one"]"#,
            r#"prompts.generation: line 2: "b" > "c""#,
            "schema: maximum: 1 > 2",
            r#"prompts.judge: text + "new""#,
            r#"--provider sample: "no" > "yes""#,
        ]
    );
    after = before.clone();
    after["files"]["schema.path"]["text"] = json!("{ \"maximum\": 1}");
    assert_eq!(
        shown(&configurations(&before, &after)),
        [r#"schema.path: line 1: "{\"maximum\": 1}" > "{ \"maximum\": 1}""#,]
    );
}
