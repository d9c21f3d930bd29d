//! Filters and tests in templates over rows, with and without types.

use std::sync::Arc;

use serde_json::json;

use super::super::origin::TemplateOrigin;
use super::super::template::Template;
use super::super::{TemplateColumns, TemplateRow, Vars};
use crate::record::{ColumnKind, ColumnType, Field};

fn row() -> Arc<TemplateRow> {
    let columns = TemplateColumns::with_kinds([
        ("text", ColumnKind::Untyped),
        ("amount", ColumnKind::Typed(ColumnType::Number)),
        ("code", ColumnKind::Typed(ColumnType::Integer)),
        ("none", ColumnKind::Typed(ColumnType::Number)),
        ("open", ColumnKind::Typed(ColumnType::Bool)),
        ("meta", ColumnKind::Typed(ColumnType::Json)),
        ("day", ColumnKind::Typed(ColumnType::Date)),
    ]);
    TemplateRow::new(&columns, ["5", "5.00", "007", "", "No", r#"{"a": [1, 2.50]}"#, "2024-01-31"])
}

fn render(source: &str) -> Result<String, String> {
    let output =
        json!({"items": [{"n": 2, "s": "b"}, {"n": 10, "s": "A"}], "mixed": [1, "2"], "short": [{"n": 1}, {}]});
    let template = Template::compile(source, TemplateOrigin::key("user")).map_err(|error| error.to_string())?;
    template.render(&Vars::new().row(&row()).output(&output)).map_err(|error| error.to_string())
}

#[test]
fn a_typed_cell_shows_its_text_and_counts_as_its_value() {
    for (source, expected) in [
        (
            "{{ row.amount }} {{ row.code }} [{{ row.none }}] {{ row.open }} {{ row.meta }} {{ row.day }}",
            r#"5.00 007 [] No {"a": [1, 2.50]} 2024-01-31"#,
        ),
        (
            "{{ row.amount > 4 }} {{ row.code == 7 }} {{ 7 in [row.code] }} {{ row.amount < row.code }}",
            "True True True True",
        ),
        (
            "{{ row.amount + 1 }} {{ row.code * 2 }} {{ -row.code }} {{ 10 % row.code }} {{ row.code ** 2 }}",
            "6.0 14 -7 3 49",
        ),
        (
            "{% set a = row.amount %}{{ a }} {{ a ~ '!' }} {{ a | string }} {{ [a, row.code] | join(',') }}",
            "5.00 5.00! 5.00 5.00,007",
        ),
        (
            "{{ row.none is none }} {{ row.none == none }} {{ row.none is defined }} {{ row.none or 'no' }}",
            "True True True no",
        ),
        ("{{ 'open' if row.open else 'closed' }} {{ not row.open }} {{ row.open == false }}", "closed True True"),
        ("{{ row.meta.a[1] }} {{ row.meta.a | sum }} {{ row.meta | length }} {{ 'a' in row.meta }}", "2.5 3.5 1 True"),
        ("{{ row.day > '2023-12-31' }}", "True"),
        (
            "{{ row.amount | round | int }} {{ row.amount is number }} {{ row.amount | tojson }} {{ [row.none, row.open] | tojson }}",
            "5 True 5.0 [null,false]",
        ),
        (
            "{{ [row.amount, row.code, 6] | max }} {{ [row.amount, row.code] | sort | first }} {{ [row.amount, row.code] | sum }}",
            "7 5.0 12.0",
        ),
        (
            "{% for name, value in row | items %}{{ value }};{% endfor %}",
            r#"5;5.00;007;;No;{"a": [1, 2.50]};2024-01-31;"#,
        ),
        ("{{ range(row.code) | list | length }} {{ 'abcdefgh'[row.code] }}", "7 h"),
        ("{{ row.amount | default('x') }} {{ row.none | default('x', true) }}", "5.00 x"),
        ("{{ row.text | int > 4 }} {{ row.text | float + 0.5 }} {{ '{\"a\": 1}' | fromjson }}", "True 5.5 {'a': 1}"),
        ("{{ ('[12345678901234567890123]' | fromjson)[0] }}", "12345678901234567890123"),
    ] {
        assert_eq!(render(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn values_of_a_json_file_keep_their_kinds() {
    let columns = TemplateColumns::with_kinds(["n", "t", "b", "z", "o"].map(|name| (name, ColumnKind::Json)));
    let field = |text: &str, is_json| Field { text: text.to_owned(), is_json };
    let fields =
        [field("5.00", true), field("5", false), field("true", true), field("", true), field(r#"{"k":[1]}"#, true)];
    let row = TemplateRow::of_fields(&columns, &fields);
    let source = "{{ row.n }} {{ row.n > 4 }} {{ row.t ~ '' }} {{ row.t == '5' }} {{ row.b }} {{ row.b is boolean }} \
                  [{{ row.z }}] {{ row.z is none }} {{ row.o }} {{ row.o.k[0] + 1 }}";
    let template = Template::compile(source, TemplateOrigin::key("user")).unwrap();
    assert_eq!(template.render(&Vars::new().row(&row)).unwrap(), r#"5.00 True 5 True true True [] True {"k":[1]} 2"#);
}

#[test]
fn nothing_of_two_kinds_is_ordered() {
    for source in [
        "{{ row.text > 100 }}",
        "{{ 100 <= row.text }}",
        "{{ 1 < row.text < 9 }}",
        "{{ row.none < 5 }}",
        "{{ true > 0 }}",
        "{{ [row.text, 100] | max }}",
        "{{ [1, row.text] | min }}",
        "{{ output.mixed | sort }}",
        "{{ output.mixed | select('gt', 1) | list }}",
        "{{ row.text is gt 100 }}",
        "{{ row.text is lessthan(100) }}",
        "{{ output.items | selectattr('s', '>', 1) | list }}",
        "{% for x in output.mixed if x > 1 %}{{ x }}{% endfor %}",
        "{% macro m(a) %}{{ a > 1 }}{% endmacro %}{{ m(row.text) }}",
        "{% set a = row.text %}{% if not a >= 5 %}{% endif %}",
        "{{ [[1, 'a'], [1, 2]] | sort }}",
        "{{ {'a': 1, 'b': 'x'} | dictsort(by='value') }}",
        "{{ [{'k': 1}, {'k': 'a'}] | groupby('k') }}",
        "{{ [{'k': 1}, {'k': 'a'}] | sort(attribute='k') }}",
    ] {
        let error = render(source).unwrap_err();
        assert!(error.contains("cannot be ordered against"), "{source}: {error}");
    }
    assert_eq!(
        render("a\n{{ row.text > 100 }}").unwrap_err(),
        "`user`, line 2 of the template: invalid operation: text cannot be ordered against a number: \"5\" > 100; write \
         `| int` or `| float` after the text, or give its column a type (`input.types`)"
    );
}

#[test]
fn a_text_that_reads_as_a_number_is_not_taken_for_another_value() {
    for source in [
        "{{ row.text == 5 }}",
        "{{ 5 != row.text }}",
        "{{ row.text in [1, 2] }}",
        "{{ row.text is eq 5 }}",
        "{{ row.text in {5: 'a'} }}",
        "{{ 5 in {'5': 'a'} }}",
        "{{ output.mixed | select('equalto', 2) | list }}",
        "{{ [row.amount, row.text] | unique | list }}",
        "{{ output.mixed | unique | list }}",
        "{{ [{'n': '7'}, {'n': 7}] | unique(attribute='n') | list }}",
        "{{ row.text is sameas 5 }}",
        "{{ output.mixed | select('sameas', 2) | list }}",
    ] {
        assert!(render(source).unwrap_err().contains("is never equal to the number"), "{source}");
    }
    assert_eq!(
        render("{{ 'abc' == 5 }} {{ 'abc' in [1] }} {{ 5 in row.text }} {{ 5 in {5: 1, 'a': 2} }} {{ 'a' in {5: 1} }}")
            .as_deref(),
        Ok("False False True True False")
    );
    assert_eq!(
        render("{{ ['a', 5, 'a', row.amount] | unique | list }} {{ row.amount is sameas 5.0 }} {{ 'a' is sameas 5 }}")
            .as_deref(),
        Ok("['a', 5] True False")
    );
}

#[test]
fn an_attribute_that_is_not_there_is_an_error() {
    for source in [
        "{{ output.items | map(attribute='x') | list }}",
        "{{ output.short | map(attribute='n') | join }}",
        "{{ output.short | sum(attribute='n') }}",
        "{{ output.short | selectattr('n') | list }}",
        "{{ output.short | rejectattr('n', 'eq', 1) | list }}",
        "{{ output.short | sort(attribute='n') }}",
        "{{ output.short | groupby('n') }}",
        "{{ output.short | unique(attribute='n') }}",
        "{{ output.short | max(attribute='n') }}",
        "{{ output.short | join(',', attribute='n') }}",
    ] {
        let error = render(source).unwrap_err();
        assert!(error.contains("of the list has no"), "{source}: {error}");
    }
    for (source, expected) in [
        ("{{ output.items | map(attribute='n') | join(',') }}", "2,10"),
        ("{{ output.short | map(attribute='n', default=0) | join(',') }}", "1,0"),
        ("{{ output.short | selectattr('n', 'defined') | list | length }}", "1"),
        ("{{ output.items | sum(attribute='n') }}", "12"),
        ("{{ output.items | sort(attribute='s') | map(attribute='s') | join }}", "Ab"),
        ("{{ (output.items | max(attribute='n')).s }}", "A"),
    ] {
        assert_eq!(render(source).as_deref(), Ok(expected), "{source}");
    }
}

#[test]
fn what_a_template_makes_is_bounded() {
    for source in [
        "{{ 'a\nb' | indent(2000000000) }}",
        "{{ 'a\nb' | indent(width=2000000000) }}",
        "{{ ('a' * 10000000) | replace('a', 'b' * 1000) }}",
        "{{ '%2000000000d' | format(1) }}",
        "{{ '%*d' | format(2000000000, 1) }}",
        "{{ ('a' * 50000000) ~ ('a' * 50000000) }}",
        "{{ ['a' * 40000000, 'b' * 40000000] | join }}",
        "{{ [1] | batch(2000000000, 0) | list }}",
        "{{ range(100000) | join('x' * 1000000) }}",
        "{{ (['x' * 1000000] * 1000) | join | length }}",
        "{{ (['x' * 1000000] * 1000) | upper | length }}",
        "{{ (['x' * 1000000] * 1000) | string | length }}",
        "{{ (['x' * 1000000] * 1000) | pprint | length }}",
        "{{ (['x' * 10000000] * 100) | map('string') | list | length }}",
        "{{ ('x' * 5000000) | list | length }}",
        "{{ ('x' * 5000000) | unique | length }}",
        "{{ ('x' * 5000000) | map('upper') | list | length }}",
        "{{ ('x' * 5000000) | batch(2) | list | length }}",
        "{{ [1] | chain('x' * 5000000) | list | length }}",
        "{{ ('x ' * 5000000) | split | length }}",
        "{{ ('x' * 5000000) | split('') | length }}",
        "{{ ('x\n' * 5000000) | lines | length }}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='ab') %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
        "{% set x = 'a' * 1000000 %}{% for i in range(1000) %}{{ x }}{% endfor %}",
        "{% set x = 'a' * 1000000 %}{% set y %}{% for i in range(1000) %}{{ x }}{% endfor %}{% endset %}{{ y | length }}",
    ] {
        let error = render(source).unwrap_err();
        assert!(
            error.contains("MiB") || error.contains("too large") || error.contains("elements"),
            "{source}: {error}"
        );
    }
    assert_eq!(
        render("{{ ('x' * 400000) | list | length }} {{ ['a', 'b'] | pprint }}").unwrap(),
        "400000 [\n    'a',\n    'b',\n]"
    );
}

#[test]
fn every_filter_test_and_function_is_on_the_page() {
    let page = include_str!("../../../docs/templates.md");
    let sources = [
        include_str!("../functions.rs"),
        include_str!("ordered.rs"),
        include_str!("json.rs"),
        include_str!("alike.rs"),
    ]
    .concat();
    let added = sources.match_indices("add(\"").map(|(at, found)| &sources[at + found.len()..]);
    let ordering = sources.match_indices("ordering(environment, \"").map(|(at, found)| &sources[at + found.len()..]);
    let filters = sources.match_indices("add_filter(\"").map(|(at, found)| &sources[at + found.len()..]);
    let names = added.chain(ordering).chain(filters).filter_map(|rest| rest.split('"').next());
    let names: Vec<&str> =
        names.filter(|name| !name.ends_with("_value")).chain(super::COMPARING.map(|(name, _)| name)).collect();
    assert!(names.len() > 60);
    let word = |it: char| it.is_alphanumeric() || it == '_';
    let on_page = |name: &str| {
        page.match_indices(name).any(|(at, _)| {
            let (before, after) = (page[..at].chars().next_back(), page[at + name.len()..].chars().next());
            !before.is_some_and(word) && !after.is_some_and(word)
        })
    };
    let missing: Vec<&str> = names.into_iter().filter(|name| !on_page(name)).collect();
    assert!(missing.is_empty(), "{missing:?} are not in docs/templates.md");
}
