//! The filters, tests and functions of templates. They are the engine's own, with these differences:
//!
//! - nothing orders or equates values of different kinds in silence (`sort`, `max`, `min`, `groupby`, `dictsort`, the
//!   tests `gt`, `eq` and their like): see [`super::compare`];
//! - an attribute that an element lacks is an error (`map(attribute="x")`), unless a default is given or the test asks
//!   for it;
//! - the value of a typed cell counts where a number does, and its text where a text does: see [`super::cell`];
//! - what they make is bounded: see [`super::bounds`];
//! - `tojson` writes JSON for a model to read, and `fromjson` reads it;
//! - `merge_similar` and `closest` compare texts: see [`crate::likeness`].

mod adding;
mod alike;
mod attributes;
pub(super) mod json;
mod ordered;

use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, State, filters, functions, tests};

use adding::{Check, Taken, filter, unchecked};

use super::bounds;
use super::cell::plain;
use super::compare;
use super::operators::Operator;

/// Adds all filters, tests and functions.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    text_filters(environment);
    value_filters(environment);
    list_filters(environment);
    ordered::add_to(environment);
    json::add_to(environment);
    alike::add_to(environment);
    operators(environment);
    kind_tests(environment);
    comparing_tests(environment);
    let range = Value::from_function(functions::range);
    environment.add_function("range", move |state: &mut State<'_, '_>, args: Rest<Value>| {
        let args: Vec<Value> = args.iter().map(plain).collect();
        range.call(state, &args)
    });
}

fn text_filters(environment: &mut Environment<'_>) {
    use Value as V;
    let mut add = |name, inner| filter(environment, name, Taken::Text, bounds::check_sizes, inner);
    add("upper", V::from_function(filters::upper));
    add("lower", V::from_function(filters::lower));
    add("title", V::from_function(filters::title));
    add("capitalize", V::from_function(filters::capitalize));
    add("replace", V::from_function(filters::replace));
    add("trim", V::from_function(filters::trim));
    add("split", V::from_function(filters::split));
    add("lines", V::from_function(filters::lines));
    add("indent", V::from_function(filters::indent));
    add("string", V::from_function(filters::string));
    add("format", V::from_function(filters::format));
}

fn value_filters(environment: &mut Environment<'_>) {
    use Value as V;
    let mut add = |name, inner| filter(environment, name, Taken::Plain, unchecked, inner);
    add("abs", V::from_function(filters::abs));
    add("int", V::from_function(filters::int));
    add("float", V::from_function(filters::float));
    add("round", V::from_function(filters::round));
    add("bool", V::from_function(filters::bool));
    add("length", V::from_function(filters::length));
    add("count", V::from_function(filters::length));
    add("attr", V::from_function(filters::attr));
    add("items", V::from_function(filters::items));
    add("pprint", V::from_function(bounds::pprint));
    let mut add = |name, inner| filter(environment, name, Taken::Whole, unchecked, inner);
    add("default", V::from_function(filters::default));
    add("d", V::from_function(filters::default));
}

fn list_filters(environment: &mut Environment<'_>) {
    use Value as V;
    let mut add = |name, check: Check, inner| filter(environment, name, Taken::Plain, check, inner);
    add("list", bounds::check_characters, V::from_function(filters::list));
    add("first", unchecked, V::from_function(filters::first));
    add("last", unchecked, V::from_function(filters::last));
    add("reverse", unchecked, V::from_function(filters::reverse));
    add("chain", bounds::check_characters, V::from_function(filters::chain));
    add("zip", bounds::check_characters, V::from_function(filters::zip));
    add("batch", bounds::check_sizes, V::from_function(filters::batch));
    add("slice", bounds::check_sizes, V::from_function(filters::slice));
    add("join", attributes::check_join, V::from_function(filters::join));
    add("map", attributes::check_named, V::from_function(filters::map));
    add("select", bounds::check_characters, V::from_function(filters::select));
    add("reject", bounds::check_characters, V::from_function(filters::reject));
    add("selectattr", attributes::check_selected, V::from_function(filters::selectattr));
    add("rejectattr", attributes::check_selected, V::from_function(filters::rejectattr));
}

/// The filters that [`super::operators`] writes in place of operators.
fn operators(environment: &mut Environment<'_>) {
    for operator in [
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Equal,
        Operator::NotEqual,
        Operator::In,
        Operator::NotIn,
    ] {
        let compare = move |left: &Value, right: &Value| compare::holds(operator, left, right);
        environment.add_filter(operator.filter(), compare);
    }
    environment.add_filter("plain_value", |value: &Value| {
        let value = plain(value);
        bounds::check(&value, "+")?;
        Ok::<Value, Error>(value)
    });
    environment.add_filter("joined_value", |value: &Value| {
        bounds::check(value, "~")?;
        Ok::<Value, Error>(value.clone())
    });
}

/// Adds a test of the engine, which takes the value of a typed cell.
fn test(environment: &mut Environment<'_>, name: &'static str, inner: Value) {
    environment.add_test(name, move |state: &mut State<'_, '_>, args: Rest<Value>| {
        let args: Vec<Value> = args.iter().map(plain).collect();
        inner.call(state, &args).map(|value| value.is_true())
    });
}

fn kind_tests(environment: &mut Environment<'_>) {
    use Value as V;
    let mut add = |name, inner| test(environment, name, inner);
    add("none", V::from_function(tests::is_none));
    add("boolean", V::from_function(tests::is_boolean));
    add("odd", V::from_function(tests::is_odd));
    add("even", V::from_function(tests::is_even));
    add("divisibleby", V::from_function(tests::is_divisibleby));
    add("number", V::from_function(tests::is_number));
    add("integer", V::from_function(tests::is_integer));
    add("int", V::from_function(tests::is_integer));
    add("float", V::from_function(tests::is_float));
    add("string", V::from_function(tests::is_string));
    add("sequence", V::from_function(tests::is_sequence));
    add("iterable", V::from_function(tests::is_iterable));
    add("mapping", V::from_function(tests::is_mapping));
    add("startingwith", V::from_function(tests::is_startingwith));
    add("endingwith", V::from_function(tests::is_endingwith));
    add("lower", V::from_function(tests::is_lower));
    add("upper", V::from_function(tests::is_upper));
    add("true", V::from_function(tests::is_true));
    add("false", V::from_function(tests::is_false));
}

/// The names of tests that compare, with the operator that they stand for.
pub(super) const COMPARING: [(&str, Operator); 16] = [
    ("eq", Operator::Equal),
    ("equalto", Operator::Equal),
    ("==", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("!=", Operator::NotEqual),
    ("lt", Operator::Less),
    ("lessthan", Operator::Less),
    ("<", Operator::Less),
    ("le", Operator::LessOrEqual),
    ("<=", Operator::LessOrEqual),
    ("gt", Operator::Greater),
    ("greaterthan", Operator::Greater),
    (">", Operator::Greater),
    ("ge", Operator::GreaterOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("in", Operator::In),
];

fn comparing_tests(environment: &mut Environment<'_>) {
    environment.add_test("sameas", |left: &Value, right: &Value| {
        compare::equal(left, right)?;
        Ok::<bool, Error>(tests::is_sameas(&plain(left), &plain(right)))
    });
    for (name, operator) in COMPARING {
        environment.add_test(name, move |left: &Value, right: &Value| compare::holds(operator, left, right));
    }
}

#[cfg(test)]
#[path = "functions/tests.rs"]
mod behaviour;
