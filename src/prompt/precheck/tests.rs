//! What is found in a template before it is rendered, and what is not taken for a fault.

use std::sync::Arc;

use serde_json::json;

use super::super::known::TemplateUse;
use super::super::origin::TemplateOrigin;
use super::super::table::TemplateColumns;
use super::*;
use crate::record::{ColumnKind, ColumnType};

/// The error of a template over a row and an `item` with a list of claims.
fn fault(source: &str) -> Option<String> {
    let kind = |name| match name {
        "amount" => ColumnKind::Typed(ColumnType::Number),
        "open" => ColumnKind::Typed(ColumnType::Bool),
        "day" => ColumnKind::Typed(ColumnType::Date),
        "meta" => ColumnKind::Typed(ColumnType::Json),
        _ => ColumnKind::Untyped,
    };
    let columns = TemplateColumns::with_kinds(["text", "amount", "open", "day", "meta"].map(|name| (name, kind(name))));
    let claim = json!({"type": "object", "additionalProperties": false, "properties": {
        "text": {"type": "string"}, "score": {"type": "number"}, "note": {"type": ["string", "null"]}}});
    let claims = json!({"type": "array", "items": claim});
    let schema = json!({"type": "object", "additionalProperties": false, "properties": {
        "claims": claims, "n": {"type": "integer"}, "title": {"type": "string"}, "tags": {"type": "array"}}});
    let known = Known::new(TemplateUse::Generation, &columns, None, None)
        .with_steps(&[("s".to_owned(), false), ("many".to_owned(), true)], true, false)
        .with_step_output("s", &Arc::new(schema.clone()))
        .with_step_output("many", &Arc::new(schema))
        .with_item_of("s", None);
    let template = Template::compile(source, TemplateOrigin::key("user")).unwrap();
    let error = known.check(&template).err()?;
    Some(format!("{error} | {}", error.hint().unwrap_or_default()))
}

#[test]
fn names_are_followed_through_loops_filters_and_brackets() {
    for (source, said) in [
        ("{{ row['txt'] }}", "`row.txt`: the input has no column `txt` | did you mean `row.text`?"),
        ("{{ item['titel'] }}", "did you mean `item.title`?"),
        ("{% for c in item.claims %}{{ c.txt }}{% endfor %}", "`c.txt`: the schema has no field `txt`"),
        ("{% for c in steps.s['claims'] %}{{ c['txt'] }}{% endfor %}", "did you mean `c.text`?"),
        ("{% for o in steps.many %}{% for c in o.claims %}{{ c.txt }}{% endfor %}{% endfor %}", "`c.txt`"),
        ("{% for o in steps.many %}{{ o.titel }}{% endfor %}", "did you mean `o.title`?"),
        ("{% set x = item.claims %}{{ x[0].txt }}", "`x.0.txt`"),
        ("{% set a, b = 1, 2 %}{% set x = item %}{{ x.titel }}", "`x.titel`"),
        ("{% with c = item.claims[0], d = 1 %}{{ c.txt }}{% endwith %}", "`c.txt`"),
        ("{{ (item.claims | first).txt }}", "did you mean `(item.claims | first).text`?"),
        ("{{ item.claims | map(attribute='txt') | join }}", "the elements of `item.claims` have no `txt`"),
        ("{{ item.claims[0:2] | sort(attribute='txt') }}", "did you mean `text`?"),
        ("{{ steps.many | map(attribute='titel') | list }}", "have no `titel`"),
        ("{{ steps.many | map(attribute='n.x') | list }}", "have no `n.x`"),
        ("{{ item.claims | selectattr('scor', '>', 1) | list }}", "did you mean `score`?"),
        ("{{ item.claims | groupby('kind') }}", "known: note, score, text"),
        ("{{ item.claims | join(', ', attribute='txt') }}", "have no `txt`"),
    ] {
        let found = fault(source).unwrap_or_else(|| panic!("nothing is found in {source}"));
        assert!(found.contains(said), "{source}: {found}");
    }
}

#[test]
fn kinds_are_compared_beforehand() {
    for (source, said) in [
        ("{{ row['text'] > 5 }}", "`row.text` is a text, which cannot be ordered against a number"),
        ("{{ 1 < row.text | trim }}", "`row.text | trim` is a text"),
        ("{% set t = row.text %}{{ t >= 5 }}", "`t` is a text"),
        ("{{ row.text + 1 }}", "cannot be calculated with"),
        ("{{ 2 % row.text }}", "cannot be calculated with"),
        ("{{ row.text * row.text }}", "`*` repeats"),
        ("{{ -row.text }}", "has no negative"),
        ("{{ row.text == row.amount }}", "`row.text` is a text, which is never equal to a number"),
        ("{{ row.text == true }}", "never equal to true or false | compare it with a text"),
        ("{{ row.open == 'yes' }}", "`row.open` is true or false, which is never equal to a text"),
        ("{{ row.amount == '5' }}", "write the number without quotes"),
        ("{{ row.amount != '' }}", "write `row.amount is none`"),
        ("{{ row.day == '' }}", "write `row.day is none`"),
        ("{{ [row.text, 5] | unique | list }}", "`row.text` is a text, which is never equal to a number"),
        ("{{ row.text is sameas 5 }}", "`row.text` is a text, which is never equal to a number"),
        ("{{ row.amount in ['5'] }}", "never equal to a text"),
        ("{{ [row.amount, row.text] | max }}", "cannot be ordered"),
        ("{{ item.title > 5 }}", "`item.title` is a text"),
        ("{{ item.n == '5' }}", "`item.n` is a number"),
        ("{{ item.title is gt 4 }}", "cannot be ordered"),
        ("{% for c in item.claims if c.score > '3' %}{% endfor %}", "`c.score` is a number"),
        ("{% for c in item.claims if c.note == 3 %}{% endfor %}", "`c.note` is a text"),
        ("{{ (steps.many | last).n > 'a' }}", "is a number"),
        ("{{ item.claims > 2 }}", "`item.claims` is a list, which cannot be ordered against a number"),
        ("{{ llm_schema > 2 }}", "`llm_schema` is a text"),
    ] {
        let found = fault(source).unwrap_or_else(|| panic!("nothing is found in {source}"));
        assert!(found.contains(said), "{source}: {found}");
    }
}

#[test]
fn what_may_work_is_no_fault() {
    for source in [
        "{% for c in item.claims %}{{ c.text }}{{ c.note or '' }}{{ c.score + 1 }}{{ loop.index > 1 }}{% endfor %}",
        "{% for c in item.claims %}{{ c.txt | default('') }}{% if c.x is defined %}{{ c.x.y }}{% endif %}{% endfor %}",
        "{{ item.claims | map(attribute='txt', default='') | list }}{{ (item.claims | first).x | default('') }}",
        "{{ item.claims | selectattr('x', 'defined') | map(attribute='x') | list }}",
        "{% for c in item.claims %}{{ c.text }}{% endfor %}{% for c in item.tags %}{{ c.any }}{% endfor %}",
        "{% for k, v in item | items %}{{ v.any }}{% endfor %}{% for w in row.text | split(' ') %}{{ w }}{% endfor %}",
        "{% macro m(c) %}{{ c.any }}{% endmacro %}{% for c in item.claims %}{{ m(c) }}{% endfor %}",
        "{% set item = row.meta %}{{ item.any }}",
        "{% set ns = namespace(n=0) %}{% for c in item.claims %}{% set ns.n = ns.n + c.score %}{% endfor %}{{ ns.n > 5 }}",
        "{% for g in item.claims | groupby('score') %}{{ g.grouper > 1 }}{{ g.list[0].text }}{% endfor %}",
        "{{ row.text[0] }}{{ row.text[:3] == 'abc' }}{{ row.text + '1' }}{{ row.text ~ 1 }}{{ 'x' * 3 }}",
        "{{ row.text | int > 3 }}{{ row.text | length == 3 }}{{ (row.text | default(0)) == 0 }}",
        "{{ row.open == 1 }}{{ row.open == true }}{{ row.amount == none }}{{ row.amount == 5 }}{{ row.text == '' }}",
        "{{ row.day > '2024-01-01' }}{{ row.meta == '' }}{{ row.meta > 5 }}{{ row.meta.a.b }}{{ 'abc' == 5 }}",
        "{{ item.tags[0] > 5 }}{{ item.tags | first == 'a' }}{{ 'a' in item.tags }}{{ 5 in item.tags }}",
        "{{ dict(item, a=1).a }}{{ (item or row).text }}",
    ] {
        assert_eq!(fault(source), None, "{source}");
    }
}
