//! Gold values as what a metric compares with: [`GoldForm`].
//!
//! A table in CSV has texts alone, so that a text is read as what the schema says stands at the metric's path. Nothing
//! else is converted: a number never becomes a text.

use std::collections::BTreeSet;

use serde_json::Value;

use super::kind::kind_of;
use crate::config::MetricKind;
use crate::record::ColumnType;

/// The JSON types that can stand at a path of an output, as a schema names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaTypes {
    /// Empty where the schema says nothing.
    pub types: BTreeSet<&'static str>,
    /// The values that the schema lists, if it lists them.
    pub values: Option<Vec<Value>>,
}

impl SchemaTypes {
    #[must_use]
    pub fn new(types: impl IntoIterator<Item = &'static str>) -> Self {
        Self { types: types.into_iter().collect(), values: None }
    }

    /// The same, of which the schema lists the values.
    #[must_use]
    pub fn with_values(self, values: Option<Vec<Value>>) -> Self {
        Self { values, ..self }
    }

    fn allows(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.contains(kind) || kind == "integer" && self.types.contains("number")
    }
}

/// What the gold values of a metric have to be.
#[derive(Clone, Debug)]
pub struct GoldForm {
    expected: Expected,
}

#[derive(Clone, Debug)]
enum Expected {
    Number,
    /// A list of such values.
    List(SchemaTypes),
    /// Such a value, or a list of them.
    OneOrList(SchemaTypes),
    /// The same, where a text that is a list in JSON is one, too.
    OneOrWrittenList(SchemaTypes),
    Value(SchemaTypes),
}

impl GoldForm {
    /// `at` has the types at the metric's path, `elements` those of the elements of a list there. A path through lists
    /// leads to a list of values of the types `at`.
    #[must_use]
    pub fn of(kind: &MetricKind, is_plural: bool, at: SchemaTypes, elements: SchemaTypes) -> Self {
        let is_list = at.types.contains("array");
        // A text is looked for within another.
        let at = if matches!(kind, MetricKind::Contains) { at.with_values(None) } else { at };
        let expected = match kind {
            MetricKind::Mae | MetricKind::Rmse | MetricKind::Numeric { .. } => Expected::Number,
            MetricKind::Contains if is_list => Expected::OneOrWrittenList(elements),
            MetricKind::Contains => Expected::OneOrList(at),
            MetricKind::Jaccard if is_plural => Expected::List(at),
            MetricKind::Jaccard => Expected::List(elements),
            _ if is_plural => Expected::List(at),
            _ => Expected::Value(at),
        };
        Self { expected }
    }

    /// The value to compare with; `None` where there is none: null, or an empty text.
    ///
    /// # Errors
    /// What was expected instead, in words.
    pub fn read(&self, gold: &Value) -> Result<Option<Value>, String> {
        if gold.is_null() || gold.as_str() == Some("") {
            return Ok(None);
        }
        match &self.expected {
            Expected::Number => number(gold),
            Expected::List(elements) => list(gold, elements),
            Expected::OneOrList(types) | Expected::OneOrWrittenList(types) if gold.is_array() => list(gold, types),
            Expected::OneOrWrittenList(types) if is_written_list(gold) => list(gold, types),
            Expected::Value(types) | Expected::OneOrList(types) | Expected::OneOrWrittenList(types) => {
                typed(gold, types)
            }
        }
        .map(Some)
    }
}

fn is_written_list(gold: &Value) -> bool {
    gold.as_str().and_then(|text| parsed(ColumnType::Json, text)).is_some_and(|value| value.is_array())
}

fn number(gold: &Value) -> Result<Value, String> {
    let found = match gold {
        Value::Number(_) => Some(gold.clone()),
        Value::String(text) => parsed(ColumnType::Number, text).filter(Value::is_number),
        _ => None,
    };
    found.ok_or_else(|| "a number, such as 5 or -2.50".to_owned())
}

fn list(gold: &Value, elements: &SchemaTypes) -> Result<Value, String> {
    let read = match gold {
        Value::String(text) => parsed(ColumnType::Json, text),
        other => Some(other.clone()),
    };
    let Some(Value::Array(values)) = read else { return Err("a list, such as [\"a\", \"b\"]".to_owned()) };
    let values = values.iter().map(|value| typed(value, elements)).collect::<Result<_, _>>();
    values.map(Value::Array).map_err(|expected| format!("a list, each element of which is {expected}"))
}

/// A value of one of the types, and one that the schema lists, if it does.
fn typed(gold: &Value, types: &SchemaTypes) -> Result<Value, String> {
    let value = of_types(gold, types)?;
    match &types.values {
        Some(values) if !values.iter().any(|it| is_equal(it, &value)) => Err(one_of(values)),
        _ => Ok(value),
    }
}

/// Whether two values are equal; 1 and 1.0 are.
fn is_equal(one: &Value, other: &Value) -> bool {
    one == other || one.is_number() && one.as_f64() == other.as_f64()
}

/// The most values that a message lists.
const MOST_LISTED: usize = 8;

fn one_of(values: &[Value]) -> String {
    let shown: Vec<String> =
        values.iter().filter(|it| !it.is_null()).take(MOST_LISTED).map(ToString::to_string).collect();
    let more = if values.len() > MOST_LISTED { " …" } else { "" };
    format!("a value of the schema: {}{more}", shown.join(", "))
}

/// A value of one of the types. A text is read as the first of these that it can be, unless it may be a text.
fn of_types(gold: &Value, types: &SchemaTypes) -> Result<Value, String> {
    let kind = kind_of(gold);
    if types.allows(kind) || kind == "number" && types.allows("integer") && is_whole(gold) {
        return Ok(gold.clone());
    }
    let expected = || in_words(types);
    let Value::String(text) = gold else { return Err(expected()) };
    let tried = [
        ("integer", ColumnType::Integer),
        ("integer", ColumnType::Number),
        ("number", ColumnType::Number),
        ("boolean", ColumnType::Bool),
        ("array", ColumnType::Json),
        ("object", ColumnType::Json),
    ];
    let mut read = tried.into_iter().filter(|(kind, _)| types.types.contains(kind)).filter_map(|(kind, column)| {
        let value = parsed(column, text)?;
        let fits = match kind {
            "integer" => value.is_number() && is_whole(&value),
            "number" => value.is_number(),
            kind => kind_of(&value) == kind,
        };
        fits.then_some(value)
    });
    read.next().ok_or_else(expected)
}

fn parsed(column: ColumnType, text: &str) -> Option<Value> {
    let text = text.trim();
    column.parse(text).map(|value| value.to_json(text))
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn in_words(types: &SchemaTypes) -> String {
    let words = types.types.iter().map(|kind| match *kind {
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        "null" => "null",
        _ => "a text",
    });
    words.collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "values are written in the call")]
    fn read(
        kind: &MetricKind,
        types: &[&'static str],
        elements: &[&'static str],
        gold: Value,
    ) -> Result<Value, String> {
        let of = |types: &[&'static str]| SchemaTypes::new(types.iter().copied());
        GoldForm::of(kind, false, of(types), of(elements)).read(&gold).map(Option::unwrap_or_default)
    }

    #[test]
    fn a_text_becomes_what_the_schema_says_and_nothing_else_is_converted() {
        let exact = |types: &[&'static str], gold| read(&MetricKind::Exact, types, &[], gold);
        for (types, gold, expected) in [
            (&["string"][..], json!("7"), Ok(json!("7"))),
            (&["integer"], json!(" 7 "), Ok(json!(7))),
            (&["integer"], json!("7.0"), Ok(json!(7.0))),
            (&["integer"], json!(7.0), Ok(json!(7.0))),
            (&["integer"], json!("7.5"), Err("a whole number")),
            (&["integer", "null"], json!("x"), Err("a whole number or null")),
            (&["number"], json!("1e3"), Ok(json!(1000.0))),
            (&["number"], json!("1,000"), Err("a number")),
            (&["number"], json!(3), Ok(json!(3))),
            (&["boolean"], json!("TRUE"), Ok(json!(true))),
            (&["boolean"], json!("maybe"), Err("true or false")),
            (&["boolean"], json!(1), Err("true or false")),
            (&["string"], json!(7), Err("a text")),
            (&["string", "integer"], json!("7"), Ok(json!("7"))),
            (&["array"], json!("[1]"), Ok(json!([1]))),
            (&["array"], json!("1"), Err("a list")),
            (&[], json!("7"), Ok(json!("7"))),
            (&[], json!(7), Ok(json!(7))),
            (&["integer"], json!(null), Ok(json!(null))),
            (&["integer"], json!(""), Ok(json!(null))),
        ] {
            assert_eq!(exact(types, gold.clone()), expected.map_err(str::to_owned), "{types:?} {gold}");
        }
    }

    #[test]
    fn a_gold_answer_is_one_of_the_values_that_the_schema_lists() {
        let labels =
            || SchemaTypes::new(["string", "null"]).with_values(Some(vec![json!("a"), json!("none"), json!(null)]));
        let read =
            |kind: &MetricKind, gold: Value| GoldForm::of(kind, false, labels(), SchemaTypes::default()).read(&gold);
        assert_eq!(read(&MetricKind::F1Macro, json!("none")), Ok(Some(json!("none"))));
        assert_eq!(read(&MetricKind::Exact, json!("A")), Err("a value of the schema: \"a\", \"none\"".to_owned()));
        assert_eq!(read(&MetricKind::Contains, json!("on")), Ok(Some(json!("on"))));
        assert_eq!(read(&MetricKind::Exact, json!(null)), Ok(None));
        let numbers = SchemaTypes::new(["integer"]).with_values(Some(vec![json!(1), json!(2)]));
        let form = GoldForm::of(&MetricKind::Exact, false, numbers, SchemaTypes::default());
        assert_eq!(form.read(&json!("1.0")), Ok(Some(json!(1.0))));
    }

    #[test]
    fn each_kind_says_what_it_compares_with() {
        let string = ["string"];
        assert_eq!(read(&MetricKind::Mae, &string, &[], json!("2.5")), Ok(json!(2.5)));
        assert!(read(&MetricKind::Numeric { within: 1.0 }, &["number"], &[], json!("two")).is_err());
        assert_eq!(read(&MetricKind::Jaccard, &["array"], &["integer"], json!("[\"1\", 2]")), Ok(json!([1, 2])));
        assert_eq!(
            read(&MetricKind::Jaccard, &["array"], &["integer"], json!("a")),
            Err("a list, such as [\"a\", \"b\"]".to_owned())
        );
        assert_eq!(read(&MetricKind::Contains, &["array"], &["integer"], json!("1")), Ok(json!(1)));
        assert_eq!(read(&MetricKind::Contains, &["array"], &string, json!("[\"a\", \"b\"]")), Ok(json!(["a", "b"])));
        assert_eq!(read(&MetricKind::Contains, &["array"], &string, json!("[a]")), Ok(json!("[a]")));
        assert_eq!(read(&MetricKind::Contains, &string, &[], json!("[1]")), Ok(json!("[1]")));
        assert_eq!(read(&MetricKind::Contains, &string, &[], json!(["a", "b"])), Ok(json!(["a", "b"])));
        let plural = GoldForm::of(&MetricKind::Exact, true, SchemaTypes::new(["integer"]), SchemaTypes::default());
        assert_eq!(plural.read(&json!("[1, 2]")), Ok(Some(json!([1, 2]))));
    }
}
