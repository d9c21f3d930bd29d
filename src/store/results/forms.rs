//! The SQL expressions of the columns of `results`. A column has several *forms*, from the plain one to those that hold
//! what is rarely there: integers of more than 63 bits, numbers that a double does not hold, or decimals in a column
//! without a schema. [`super`] picks the form; here is only their text.
//!
//! The text keeps to what DuckDB's parser reads too.

use crate::record::{ColumnKind, ColumnType};

/// A column of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultsField {
    /// The name of the column.
    pub name: String,
    /// The top-level field of the output.
    pub field: String,
    /// What the field's values are; `Json` where they are of several kinds.
    pub kind: ColumnType,
}

/// How many digits the smallest integer beyond 63 bits has.
pub(super) const DIGITS: usize = 19;
/// A double holds every whole number of at most so many digits.
pub(super) const SAFE_DIGITS: usize = 15;

/// The forms of a column, from the plain one to the widest.
#[derive(Clone, Debug)]
pub(super) enum Forms {
    One(String),
    /// Of integers: all have at most 63 bits, or some have more.
    Whole {
        narrow: String,
        wide: String,
        text: String,
    },
    /// Of numbers: doubles alone, or also whole numbers with more digits.
    Number {
        float: String,
        exact: String,
        text: String,
    },
    /// Of values of several types, or of those that no schema says.
    Mixed {
        forms: [String; 4],
        text: String,
    },
}

/// What a column without a schema holds, as the place of its form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mix {
    /// Decimals: then all of its numbers are doubles.
    pub(super) decimals: bool,
    /// Integers of more than 63 bits.
    pub(super) long: bool,
}

impl Mix {
    pub(super) fn place(self) -> usize {
        usize::from(self.decimals) + 2 * usize::from(self.long)
    }

    pub(super) fn at(place: usize) -> Self {
        Self { decimals: place % 2 == 1, long: place >= 2 }
    }
}

/// The forms of a column of the input, by what its cells are.
pub(super) fn of_input(index: usize, kind: ColumnKind) -> Forms {
    let text = format!("input_row.fields ->> {index}");
    match kind {
        ColumnKind::Untyped | ColumnKind::Json | ColumnKind::Typed(ColumnType::Text) => {
            Forms::One(format!("CAST({text} AS TEXT)"))
        }
        ColumnKind::Typed(ColumnType::Json | ColumnType::Date) => {
            Forms::One(format!("CAST(nullif({text}, '') AS TEXT)"))
        }
        ColumnKind::Typed(ColumnType::Number) => number(format!("nullif({text}, '')")),
        ColumnKind::Typed(ColumnType::Integer) => whole(format!("nullif({text}, '')")),
        ColumnKind::Typed(ColumnType::Bool) => {
            Forms::One(format!("CAST(CASE WHEN {text} <> '' THEN lower({text}) IN ('true', 'yes', '1') END AS BIGINT)"))
        }
    }
}

/// The forms of a field of the output, by what its values are.
pub(super) fn of_output(field: &ResultsField) -> Forms {
    let Some(path) = json_path(&field.field) else { return Forms::One(without_path(field)) };
    let (value, text) =
        (format!("cache_entry.output ->> {path}"), format!("CAST(cache_entry.output -> {path} AS TEXT)"));
    match field.kind {
        ColumnType::Text | ColumnType::Date => Forms::One(format!("CAST({value} AS TEXT)")),
        ColumnType::Bool => {
            Forms::One(format!("CAST(CASE {text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END AS BIGINT)"))
        }
        ColumnType::Number => number(format!("nullif({text}, 'null')")),
        ColumnType::Integer => whole(format!("nullif({text}, 'null')")),
        ColumnType::Json => mixed(&value, text),
    }
}

/// The expression of a field that no path can express. Its numbers are what SQLite reads of them.
fn without_path(field: &ResultsField) -> String {
    let value = format!(
        "(SELECT each.value FROM json_each(cache_entry.output) AS each WHERE each.key = {})",
        literal(&field.field)
    );
    match field.kind {
        ColumnType::Number => format!("CAST({value} AS DOUBLE)"),
        ColumnType::Bool => format!("CAST({value} AS BIGINT)"),
        ColumnType::Text | ColumnType::Date => format!("CAST({value} AS TEXT)"),
        ColumnType::Integer | ColumnType::Json => value,
    }
}

/// The JSON path of a field as an SQL literal; `None` for a name that no path can express in every version of SQLite:
/// some compare it with the name as it is escaped in the text.
fn json_path(field: &str) -> Option<String> {
    let is_plain = !field.is_empty() && !field.contains(|c: char| matches!(c, '"' | '\\') || c.is_control());
    is_plain.then(|| literal(&format!("$.\"{field}\"")))
}

/// The forms of a column of integers. One that holds longer ones has no affinity: else SQLite would compare their texts
/// as doubles, and find others that are equal to 53 bits.
fn whole(text: String) -> Forms {
    let narrow = format!("CAST({text} AS BIGINT)");
    let fits = fits(&text);
    let wide = format!("(SELECT CAST({text} AS BIGINT) WHERE {fits} UNION ALL SELECT {text} WHERE NOT {fits})");
    Forms::Whole { narrow, wide, text }
}

/// The forms of a column of numbers.
fn number(text: String) -> Forms {
    let (float, exact) = (format!("CAST({text} AS DOUBLE)"), exact_number(&text));
    Forms::Number { float, exact, text }
}

/// The forms of a column of several types, each value as it is. The part without a row gives it a numeric affinity, so
/// that a 5 equals '5'; one with longer integers has none.
fn mixed(value: &str, text: String) -> Forms {
    let is_long = format!("length({text}) >= {DIGITS} AND ltrim({text}, '-0123456789') = ''");
    let is_number = format!("ltrim(substr({text}, 1, 1), '-0123456789') = ''");
    let forms = std::array::from_fn(|place| {
        let Mix { decimals, long } = Mix::at(place);
        let float = if decimals { format!(" WHEN {is_number} THEN CAST({text} AS DOUBLE)") } else { String::new() };
        let case = format!("CASE WHEN {is_long} AND NOT {} THEN {text}{float} ELSE {value} END", fits(&text));
        let kind = if decimals { "DOUBLE" } else { "BIGINT" };
        if long {
            format!("({case})")
        } else {
            format!("(SELECT {case} UNION ALL SELECT CAST(NULL AS {kind}) WHERE 1 = 0)")
        }
    });
    Forms::Mixed { forms, text }
}

/// Whether the text of an integer fits into 63 bits and a sign.
fn fits(text: &str) -> String {
    let digits = format!("ltrim({text}, '+-0')");
    format!(
        "(instr(lower({text}), 'e') = 0 AND (length({digits}) < {DIGITS} OR (length({digits}) = {DIGITS} AND \
         ({digits} <= '9223372036854775807' OR ({digits} = '9223372036854775808' AND substr({text}, 1, 1) = '-')))))"
    )
}

/// Whether a text is a whole number of more digits than a double is sure to hold.
pub(super) fn is_long_whole(text: &str) -> String {
    let digits = format!("ltrim({text}, '+-0')");
    format!("(length({digits}) > {SAFE_DIGITS} AND ltrim({digits}, '0123456789') = '')")
}

/// The expression of a column of numbers, some of which are long whole ones and keep their digits. DuckDB reads a
/// subquery of these parts, and no `CASE` in their place. The sign keeps the last part from giving all of them its
/// affinity, which would make doubles of them.
fn exact_number(text: &str) -> String {
    let (is_long, fits) = (is_long_whole(text), fits(text));
    format!(
        "(SELECT {text} WHERE {is_long} AND NOT {fits} UNION ALL SELECT CAST({text} AS BIGINT) WHERE {is_long} AND \
         {fits} UNION ALL SELECT +CAST({text} AS DOUBLE) WHERE NOT {is_long})"
    )
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
