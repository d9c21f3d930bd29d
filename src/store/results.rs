//! The view `results`. Its columns are those of the input and of the output schema, so it is created again whenever
//! these change. This is the only place that builds SQL from names, and it quotes each of them.
//!
//! Every computed column is cast: that gives it its affinity in SQLite, without which `WHERE n = '5'` finds no 5, and
//! its type in DuckDB, which runs the text of the view itself. A column of integers has the type BIGINT while all of
//! them have at most 63 bits. Once one has more it is *wide*: integers that fit stay integers, and the others are texts
//! with all their digits. [`widen_results_view`] makes it so in the transaction that records the first of these.

use rusqlite::{Connection, OptionalExtension, Transaction};
use serde_json::{Map, Value};

use super::sql;
use crate::record::{ColumnKind, ColumnType};

/// The columns of a view `results`.
#[derive(Clone, Copy, Debug)]
pub struct ResultsColumns<'a> {
    /// The columns of the input in their order, with what their cells are; none if a work item is not a single row.
    pub input: &'a [(String, ColumnKind)],
    /// The names for [`FIXED`].
    pub fixed: &'a [String],
    /// The columns of the output.
    pub fields: &'a [ResultsField],
}

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

/// A column of the view: its name, and the SQL expression of its value.
struct Column<'a> {
    name: &'a str,
    source: String,
}

/// Creates the view `results` of the last step over the rows of `dataset`, unless it exists with the same text: then
/// the schema does not change.
pub fn create_results_view(tx: &Transaction<'_>, dataset: i64, columns: ResultsColumns<'_>) -> rusqlite::Result<()> {
    let recorded = recorded_view(tx)?;
    let origin = origin(tx, dataset)?;
    // Of the same step and rows, whatever became wide is still there in the recorded text.
    let known = recorded.as_deref().filter(|text| text.contains(&origin));
    let mut list = Vec::new();
    let (head, tail) = columns.fixed.split_at(HEAD.min(columns.fixed.len()));
    let (head_sources, tail_sources) = FIXED.split_at(HEAD);
    for (name, (_, source)) in head.iter().zip(head_sources) {
        list.push(Column { name, source: (*source).to_owned() });
    }
    for (index, (name, kind)) in columns.input.iter().enumerate() {
        list.push(Column { name, source: input_source(tx, known, dataset, index, *kind)? });
    }
    for field in columns.fields {
        list.push(Column { name: &field.name, source: output_source(tx, known, field)? });
    }
    for (name, (_, source)) in tail.iter().zip(tail_sources) {
        list.push(Column { name, source: (*source).to_owned() });
    }
    let list: Vec<String> =
        list.iter().map(|column| format!("    {} AS {}", column.source, quoted(column.name))).collect();
    // SQLite keeps exactly this text, so that an unchanged view is recognised.
    let text = format!("CREATE VIEW results AS\n{COMMENT}\n{origin}\nSELECT\n{}\n{FROM}", list.join(",\n"));
    if recorded.is_some_and(|recorded| recorded == text) {
        return Ok(());
    }
    replace_view(tx, &text)
}

/// Makes the columns of `output`, an output that was just recorded, wide where it has an integer of more than 63 bits.
pub fn widen_results_view(tx: &Connection, output: &str) -> rusqlite::Result<()> {
    // Such a number is rare, and looking for one is cheap.
    if !may_have_long_number(output) {
        return Ok(());
    }
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(output) else { return Ok(()) };
    let Some(recorded) = recorded_view(tx)? else { return Ok(()) };
    let mut text = recorded.clone();
    for (field, _) in fields.iter().filter(|(_, value)| value.is_number() && value.as_i64().is_none()) {
        text = text.replace(&narrow(&json_text(field)), &wide(&json_text(field)));
    }
    if text == recorded { Ok(()) } else { replace_view(tx, &text) }
}

/// Whether a canonical JSON text may have an integer of more than 63 bits: as many digits in a row, or `1e+21`.
fn may_have_long_number(text: &str) -> bool {
    let mut digits = 0;
    let is_long = text.bytes().any(|byte| {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= DIGITS
    });
    is_long || text.contains("e+")
}

/// How many digits the smallest integer beyond 63 bits has.
const DIGITS: usize = 19;

fn recorded_view(tx: &Connection) -> rusqlite::Result<Option<String>> {
    let views =
        sql::VIEW_NAMES.all(tx, &[], |row| Ok((row.get::<_, String>("name")?, row.get::<_, String>("sql")?)))?;
    Ok(views.into_iter().find(|(name, _)| name == "results").map(|(_, text)| text))
}

fn replace_view(tx: &Connection, text: &str) -> rusqlite::Result<()> {
    tx.execute_batch(&format!("DROP VIEW IF EXISTS results;\n{text};"))
}

/// The comment that says which step and rows the view is of.
fn origin(tx: &Connection, dataset: i64) -> rusqlite::Result<String> {
    let step = tx.query_row(LAST_STEP, [], |row| row.get::<_, i64>(0)).optional()?.unwrap_or_default();
    Ok(format!("-- The step is {step}, the data set is {dataset}."))
}

/// Whether a column of integers is wide: as the recorded view has it, or else as `found` says.
fn is_wide(known: Option<&str>, text: &str, found: impl FnOnce() -> rusqlite::Result<bool>) -> rusqlite::Result<bool> {
    is_either(known, [&wide(text), &narrow(text)], found)
}

/// Whether the recorded view has the first of two expressions; if it has neither, what `found` says.
fn is_either(
    known: Option<&str>,
    [first, second]: [&str; 2],
    found: impl FnOnce() -> rusqlite::Result<bool>,
) -> rusqlite::Result<bool> {
    match known {
        Some(known) if known.contains(first) => Ok(true),
        Some(known) if known.contains(second) => Ok(false),
        _ => found(),
    }
}

/// The columns of every `results` view with their SQL expressions. The first six come before the columns of the input,
/// the others after those of the output.
pub const FIXED: &[(&str, &str)] = &[
    ("work_id", "work_item.work_id"),
    ("variant", "standing.variant"),
    ("repeat", "standing.repeat"),
    ("row_index", "input_row.row_index"),
    ("group_key", "row_group.group_key"),
    ("status", "standing.status"),
    ("verdict", "attempt.verdict"),
    ("score", "attempt.score"),
    ("attempts", "standing.attempts"),
    ("model", "CAST(coalesce(response.model, spec.model) AS TEXT)"),
    (
        "cost_usd",
        "CAST((
        SELECT CASE WHEN count(*) = count(paid.cost_usd) THEN coalesce(sum(round(paid.cost_usd * 1e12)), 0) / 1e12 END
        FROM call AS asked JOIN response AS paid ON paid.call = asked.id WHERE asked.work_item = standing.work_item
    ) AS DOUBLE)",
    ),
    ("decided_by", "CAST('human:' || decision.decided_by AS TEXT)"),
    // The latest valid output that counts, whether the checks, a judge or a person rejected it.
    (
        "rejected",
        "CAST(CASE standing.status WHEN 'rejected' THEN (
        SELECT coalesce(tried.output, passed.output)
        FROM attempt AS tried
        LEFT JOIN cache_entry AS passed ON passed.work_item = tried.work_item AND passed.attempt = tried.id
        WHERE tried.work_item = standing.work_item AND tried.cache_id = standing.cache_id
          AND (tried.id = standing.last_attempt OR coalesce(tried.round, 0) >= coalesce(standing.round, 0))
          AND coalesce(tried.output, passed.output) IS NOT NULL
        ORDER BY tried.id DESC LIMIT 1
    ) END AS TEXT)",
    ),
];

/// The step that the view is of.
const LAST_STEP: &str = "SELECT id FROM step ORDER BY position DESC LIMIT 1";

/// How many of [`FIXED`] come before the columns of the input.
const HEAD: usize = 6;

const COMMENT: &str = "-- One row per work item of the last step, variant and repeat, in the order of the input.";

const FROM: &str = "FROM standing
JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN decision ON decision.attempt = attempt.id
WHERE standing.planned = 1 AND standing.step = (SELECT id FROM step ORDER BY position DESC LIMIT 1)
ORDER BY standing.position, standing.path, work_item.work_id, standing.variant, standing.repeat";

/// Returns the SQL expression of a column of the input, by what its cells are.
fn input_source(
    tx: &Connection,
    known: Option<&str>,
    dataset: i64,
    index: usize,
    kind: ColumnKind,
) -> rusqlite::Result<String> {
    let text = format!("input_row.fields ->> {index}");
    Ok(match kind {
        ColumnKind::Untyped | ColumnKind::Json | ColumnKind::Typed(ColumnType::Text) => {
            format!("CAST({text} AS TEXT)")
        }
        ColumnKind::Typed(ColumnType::Json | ColumnType::Date) => format!("CAST(nullif({text}, '') AS TEXT)"),
        ColumnKind::Typed(ColumnType::Number) => {
            let text = format!("nullif({text}, '')");
            let (float, exact) = (format!("CAST({text} AS DOUBLE)"), exact_number(&text));
            let from = format!("FROM input_row WHERE input_row.dataset = {dataset} AND {}", is_long_whole(&text));
            if is_either(known, [&exact, &float], || exists(tx, &from))? { exact } else { float }
        }
        ColumnKind::Typed(ColumnType::Integer) => {
            let text = format!("nullif({text}, '')");
            let from = format!("FROM input_row WHERE input_row.dataset = {dataset}");
            if is_wide(known, &text, || exists_long(tx, &text, &from))? { wide(&text) } else { narrow(&text) }
        }
        ColumnKind::Typed(ColumnType::Bool) => {
            format!("CAST(CASE WHEN {text} <> '' THEN lower({text}) IN ('true', 'yes', '1') END AS BIGINT)")
        }
    })
}

/// Returns the SQL expression of a field of the output, by what its values are.
fn output_source(tx: &Connection, known: Option<&str>, field: &ResultsField) -> rusqlite::Result<String> {
    let Some(path) = json_path(&field.field) else {
        let value = format!(
            "(SELECT each.value FROM json_each(cache_entry.output) AS each WHERE each.key = {})",
            literal(&field.field)
        );
        return Ok(match field.kind {
            ColumnType::Number => format!("CAST({value} AS DOUBLE)"),
            ColumnType::Bool => format!("CAST({value} AS BIGINT)"),
            ColumnType::Text | ColumnType::Date => format!("CAST({value} AS TEXT)"),
            ColumnType::Integer | ColumnType::Json => value,
        });
    };
    let (value, text) = (format!("cache_entry.output ->> {path}"), json_text(&field.field));
    Ok(match field.kind {
        ColumnType::Text | ColumnType::Date => format!("CAST({value} AS TEXT)"),
        ColumnType::Number => format!("CAST({value} AS DOUBLE)"),
        ColumnType::Bool => format!("CAST(CASE {text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END AS BIGINT)"),
        ColumnType::Json => mixed(&value, &text),
        ColumnType::Integer => {
            let from = format!(
                "FROM cache_entry JOIN work_item ON work_item.id = cache_entry.work_item
                 WHERE work_item.step = ({LAST_STEP})"
            );
            if is_wide(known, &text, || exists_long(tx, &text, &from))? { wide(&text) } else { narrow(&text) }
        }
    })
}

/// The JSON text of a field of the output. SQLite takes an integer of more than 63 bits for a float, and a text as it
/// is.
fn json_text(field: &str) -> String {
    format!("CAST(cache_entry.output -> {} AS TEXT)", json_path(field).unwrap_or_else(|| "'$'".to_owned()))
}

/// The JSON path of a field as an SQL literal; `None` for a name that no path can express.
fn json_path(field: &str) -> Option<String> {
    (!field.contains(['"', '\\'])).then(|| literal(&format!("$.\"{field}\"")))
}

/// The expression of a column whose values are of several types, or of one that no schema says: each as it is. The part
/// without a row gives it a numeric affinity, so that a 5 equals '5'.
fn mixed(value: &str, text: &str) -> String {
    format!(
        "(SELECT CASE WHEN length({text}) >= {DIGITS} AND ltrim({text}, '-0123456789') = '' THEN {text} ELSE {value} END \
         UNION ALL SELECT CAST(NULL AS BIGINT) WHERE 1 = 0)"
    )
}

/// The expression of a column of integers, all of which have at most 63 bits.
fn narrow(text: &str) -> String {
    format!("CAST(nullif({text}, 'null') AS BIGINT)")
}

/// The expression of a column of integers, some of which have more bits. SQLite takes the affinity of such a subquery
/// from its last part.
fn wide(text: &str) -> String {
    let digits = format!("ltrim({text}, '+-0')");
    let fits = format!(
        "(length({digits}) < {DIGITS} OR (length({digits}) = {DIGITS} AND {digits} <= '9223372036854775807')) \
         AND instr(lower({text}), 'e') = 0"
    );
    format!("(SELECT {text} WHERE NOT ({fits}) UNION ALL SELECT CAST(nullif({text}, 'null') AS BIGINT) WHERE {fits})")
}

/// Whether a text is a whole number of more digits than a float is sure to hold.
fn is_long_whole(text: &str) -> String {
    let digits = format!("ltrim({text}, '+-0')");
    format!("(length({digits}) > 15 AND {digits} NOT GLOB '*[^0-9]*')")
}

/// The expression of a column of numbers, some of which are long whole ones and keep their digits.
fn exact_number(text: &str) -> String {
    let (digits, is_long) = (format!("ltrim({text}, '+-0')"), is_long_whole(text));
    format!(
        "(SELECT CASE WHEN NOT {is_long} THEN CAST({text} AS DOUBLE) \
         WHEN length({digits}) < {DIGITS} OR (length({digits}) = {DIGITS} AND {digits} <= '9223372036854775807') \
         THEN CAST({text} AS BIGINT) ELSE {text} END UNION ALL SELECT CAST(NULL AS DOUBLE) WHERE 1 = 0)"
    )
}

/// Whether any text in `from` may be an integer of more than 63 bits.
fn exists_long(tx: &Connection, text: &str, from: &str) -> rusqlite::Result<bool> {
    let is_long = format!("(length(ltrim({text}, '+-0')) >= {DIGITS} OR instr({text}, 'e+') > 0)");
    exists(tx, &format!("{from} AND {is_long}"))
}

fn exists(tx: &Connection, from: &str) -> rusqlite::Result<bool> {
    tx.query_row(&format!("SELECT EXISTS (SELECT 1 {from})"), [], |row| row.get(0))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
