//! The view `results`. Its columns are those of the input and of the output schema, so it is created again whenever
//! these change. This is the only place that builds SQL from names, and it quotes each of them.

use rusqlite::Transaction;

use super::sql;
use crate::record::{ColumnKind, ColumnType};

/// A column of the view: its name, and the SQL expression of its value.
struct Column<'a> {
    name: &'a str,
    source: String,
}

/// Creates the view `results` of the last step, unless it exists with the same text: then the schema does not change.
///
/// `input` has the input columns in their order (none if a work item is not a single row), `fixed` the names for
/// [`FIXED`], and `fields` pairs the name of each output column with the field of the output.
pub fn create_results_view(
    tx: &Transaction<'_>,
    input: &[(String, ColumnKind)],
    fixed: &[String],
    fields: &[(String, String)],
) -> rusqlite::Result<()> {
    let mut columns = Vec::new();
    let (head, tail) = fixed.split_at(HEAD.min(fixed.len()));
    let (head_sources, tail_sources) = FIXED.split_at(HEAD);
    for (name, (_, source)) in head.iter().zip(head_sources) {
        columns.push(Column { name, source: (*source).to_owned() });
    }
    for (index, (name, kind)) in input.iter().enumerate() {
        columns.push(Column { name, source: input_source(index, *kind) });
    }
    for (name, field) in fields {
        columns.push(Column { name, source: field_source(field) });
    }
    for (name, (_, source)) in tail.iter().zip(tail_sources) {
        columns.push(Column { name, source: (*source).to_owned() });
    }
    let list: Vec<String> =
        columns.iter().map(|column| format!("    {} AS {}", column.source, quoted(column.name))).collect();
    // SQLite keeps exactly this text, so that an unchanged view is recognised.
    let text = format!("CREATE VIEW results AS\n{COMMENT}\nSELECT\n{}\n{FROM}", list.join(",\n"));
    let recorded = sql::VIEW_NAMES
        .all(tx, &[], |row| Ok((row.get::<_, String>("name")?, row.get::<_, String>("sql")?)))?
        .into_iter()
        .find(|(name, _)| name == "results");
    if recorded.is_some_and(|(_, recorded)| recorded == text) {
        return Ok(());
    }
    tx.execute_batch(&format!("DROP VIEW IF EXISTS results;\n{text};"))
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
    ("model", "coalesce(response.model, spec.model)"),
    (
        "cost_usd",
        "(SELECT CASE WHEN count(*) = count(paid.cost_usd) THEN total(round(paid.cost_usd * 1e12)) / 1e12 END
     FROM call AS asked JOIN response AS paid ON paid.call = asked.id WHERE asked.work_item = standing.work_item)",
    ),
    ("decided_by", "'human:' || decision.decided_by"),
    // The latest valid output that counts, whether the checks, a judge or a person rejected it.
    (
        "rejected",
        "CASE standing.status WHEN 'rejected' THEN (
        SELECT coalesce(tried.output, passed.output)
        FROM attempt AS tried
        LEFT JOIN cache_entry AS passed ON passed.work_item = tried.work_item AND passed.attempt = tried.id
        WHERE tried.work_item = standing.work_item AND tried.cache_id = standing.cache_id
          AND (tried.id = standing.last_attempt OR coalesce(tried.round, 0) >= coalesce(standing.round, 0))
          AND coalesce(tried.output, passed.output) IS NOT NULL
        ORDER BY tried.id DESC LIMIT 1
    ) END",
    ),
];

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

/// Returns the SQL expression of a column of the input, by what its cells are. A whole number that SQLite
/// cannot hold is a text.
fn input_source(index: usize, kind: ColumnKind) -> String {
    let text = format!("input_row.fields ->> {index}");
    let digits = format!("ltrim({text}, '+-0')");
    let whole = format!(
        "WHEN length({digits}) < 19 OR (length({digits}) = 19 AND {digits} <= '9223372036854775807') THEN CAST({text} \
         AS INTEGER) ELSE CAST({text} AS TEXT) END"
    );
    match kind {
        ColumnKind::Untyped | ColumnKind::Json | ColumnKind::Typed(ColumnType::Text) => {
            format!("CAST({text} AS TEXT)")
        }
        ColumnKind::Typed(ColumnType::Json | ColumnType::Date) => format!("CAST(nullif({text}, '') AS TEXT)"),
        // A float holds each whole number of 15 digits.
        ColumnKind::Typed(ColumnType::Number) => format!(
            "CASE WHEN {text} = '' THEN NULL WHEN length({digits}) < 16 OR {digits} GLOB '*[^0-9]*' THEN CAST({text} AS \
             REAL) {whole}"
        ),
        ColumnKind::Typed(ColumnType::Integer) => format!("CASE WHEN {text} = '' THEN NULL {whole}"),
        ColumnKind::Typed(ColumnType::Bool) => {
            format!("CASE WHEN {text} <> '' THEN lower({text}) IN ('true', 'yes', '1') END")
        }
    }
}

/// Returns the SQL expression of a field of the output.
fn field_source(field: &str) -> String {
    if field.contains(['"', '\\']) {
        // A JSON path cannot express such a name.
        return format!(
            "(SELECT each.value FROM json_each(cache_entry.output) AS each WHERE each.key = {})",
            literal(field)
        );
    }
    format!("cache_entry.output ->> {}", literal(&format!("$.\"{field}\"")))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
