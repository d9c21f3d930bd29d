//! What is rewritten means what was written, wherever the engine compares values of one kind.

use minijinja::Value;
use minijinja::value::Serde;
use proptest::prelude::*;
use serde_json::json;

use super::super::template::{bare_environment, environment};
use super::*;

fn rewritten(source: &str) -> String {
    Expressions::of_expression(source).unwrap().rewrite(source).unwrap().source
}

fn template(source: &str) -> String {
    Expressions::of_template(source).unwrap().rewrite(source).unwrap().source
}

#[test]
fn comparisons_become_filters() {
    for (written, expected) in [
        ("a < 1", "((a)|lt_checked((1)))"),
        ("a | int >= b.c", "((a | int)|ge_checked((b.c)))"),
        ("1 < a <= 2", "(((1)|lt_checked((a))) and ((a)|le_checked((2))))"),
        ("a not in b", "((a)|not_in_checked((b)))"),
        ("not a == b and c", "not ((a)|eq_checked((b))) and c"),
        ("(a < b) < c", "(((((a)|lt_checked((b)))))|lt_checked((c)))"),
        ("f(a < 1, k=b > 2)", "f(((a)|lt_checked((1))), k=((b)|gt_checked((2))))"),
        ("a if b > 1 else c", "a if ((b)|gt_checked((1))) else c"),
        ("a is in [1] and a is not none", "a is in [1] and a is not none"),
        ("a.in > 1", "((a.in)|gt_checked((1)))"),
        ("'a < b'", "'a < b'"),
        ("a + 1", "((a)|plain_value) + 1"),
        ("-a | abs", "-((a)|plain_value) | abs"),
        ("a[b]", "a[((b)|plain_value)]"),
        ("a[1:b]", "a[1:((b)|plain_value)]"),
        ("a ~ 'b'", "((a)|joined_value) ~ 'b'"),
        ("{'k': a > 1}['k']", "{'k': ((a)|gt_checked((1)))}['k']"),
    ] {
        assert_eq!(rewritten(written), expected, "{written}");
        assert!(environment().compile_expression(expected).is_ok(), "{expected}");
    }
}

#[test]
fn only_tags_are_rewritten() {
    for (written, expected) in [
        ("a < b {{ a<b }} < {# {{ a < b }} #}", "a < b {{ ((a)|lt_checked((b))) }} < {# {{ a < b }} #}"),
        ("{% raw %}{{ a < b }}{% endraw %}", "{% raw %}{{ a < b }}{% endraw %}"),
        (
            "{%- if a > 1 -%} x {%- elif a == 2 %}{% else %}{% endif %}",
            "{%- if ((a)|gt_checked((1))) -%} x {%- elif \
          ((a)|eq_checked((2))) %}{% else %}{% endif %}",
        ),
        (
            "{% for x in xs if x > 1 %}{{ x }}{% endfor %}",
            "{% for x in xs if ((x)|gt_checked((1))) %}{{ x }}{% endfor %}",
        ),
        ("{% set a, b = x < 1, y %}", "{% set a, b = ((x)|lt_checked((1))), y %}"),
        ("{% set a.b = x < 1 %}", "{% set a.b = ((x)|lt_checked((1))) %}"),
        ("{% with a = 1 < 2, b = 3 %}{% endwith %}", "{% with a = ((1)|lt_checked((2))), b = 3 %}{% endwith %}"),
        ("{% macro m(a, b=1 < 2) %}{% endmacro %}", "{% macro m(a, b=((1)|lt_checked((2)))) %}{% endmacro %}"),
        ("{% set x | indent(4) %}{% endset %}", "{% set x | indent(4) %}{% endset %}"),
        ("{% filter indent(1 < 2) %}{% endfilter %}", "{% filter indent(((1)|lt_checked((2)))) %}{% endfilter %}"),
        ("{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': 1}} }}"),
        ("{% call(x) m(1 > 2) %}{% endcall %}", "{% call(x) m(((1)|gt_checked((2)))) %}{% endcall %}"),
    ] {
        assert_eq!(template(written), expected, "{written}");
    }
}

#[test]
fn an_error_leads_back_to_what_was_written() {
    let source = "{{ a < b }} {{ c > d }}";
    let rewritten = Expressions::of_template(source).unwrap().rewrite(source).unwrap();
    for name in ["a", "b", "c", "d"] {
        let here = rewritten.source.find(&format!("({name})")).unwrap() + 1;
        assert_eq!(rewritten.offset(here), source.find(name).unwrap());
    }
    assert_eq!(rewritten.offset(rewritten.source.len()), source.len());
}

/// Expressions over numbers, texts, lists and truth values whose comparisons are of one kind.
fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[0-9]{1,2}",
        Just("1.5".to_owned()),
        Just("n".to_owned()),
        Just("o.n".to_owned()),
        Just("l[1]".to_owned()),
        Just("'ab' | length".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof!["[-+*]", Just("//".to_owned())], inner.clone())
                .prop_map(|(a, op, b)| format!("{a} {op} ({b} + 1)")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("({a}) | abs")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} if t else {b})")),
        ]
    })
}

fn truth() -> impl Strategy<Value = String> {
    let compared = (number(), "(<|<=|>|>=|==|!=)", number()).prop_map(|(a, op, b)| format!("{a} {op} {b}"));
    let chained = (number(), "[<>]", number(), "(<=|>=)", number())
        .prop_map(|(a, op, b, other, c)| format!("{a} {op} {b} {other} {c}"));
    let leaf = prop_oneof![
        compared,
        chained,
        number().prop_map(|a| format!("{a} in l")),
        number().prop_map(|a| format!("{a} not in [1, 2]")),
        Just("'a' in s".to_owned()),
        Just("s is startingwith 'a'".to_owned()),
        Just("n is divisibleby 2".to_owned()),
        Just("n is not none".to_owned()),
        Just("t".to_owned()),
        Just("s < 'b' 'c'".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), "(and|or)", inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|a| format!("not {a}")),
            inner.clone().prop_map(|a| format!("({a})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("[{a}, {b}] | length == 2")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_rewritten_means_the_same(expression in prop_oneof![truth(), number()]) {
        let vars = Value::from(Serde(json!({"n": 4, "o": {"n": 2}, "l": [1, 2, 3], "s": "abc", "t": true})));
        let (bare, checked) = (bare_environment(), environment());
        let written = bare.compile_expression(&expression).unwrap().eval(vars.clone());
        let source = rewritten(&expression);
        let found = checked.compile_expression(&source).unwrap().eval(vars.clone());
        match (written, found) {
            (Ok(written), Ok(found)) => prop_assert_eq!(format!("{written:?}"), format!("{found:?}"), "{}", source),
            (written, found) => prop_assert!(written.is_err() && found.is_err(), "{}: {:?} {:?}", source, written, found),
        }
        let text = format!("a {{{{ {expression} }}}} {{%- if {expression} %}} b {{% endif -%}} \n c");
        let written = bare.render_str(&text, vars.clone()).map_err(|_| ());
        prop_assert_eq!(written, checked.render_str(&template(&text), vars).map_err(|_| ()), "{}", text);
    }
}
