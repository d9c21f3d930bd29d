//! The view `results`: its columns are those of the input and of the output schema, so it is made anew whenever they
//! change. This is the one place where SQL is put together from names; each of them is quoted.

use rusqlite::Transaction;

/// One column of the view: the name people see, and where its value comes from.
struct Column<'a> {
    name: &'a str,
    source: String,
}

/// Makes the view `results` of the last step.
///
/// `input` are the names of the input columns in their order (empty where a work item has no single row), `fixed` the
/// names for [`FIXED`], `fields` pairs the name of each output column with its field in the output.
pub fn create_results_view(
    tx: &Transaction<'_>,
    input: &[String],
    fixed: &[String],
    fields: &[(String, String)],
) -> rusqlite::Result<()> {
    let mut columns = Vec::new();
    let (head, tail) = fixed.split_at(HEAD.min(fixed.len()));
    let (head_sources, tail_sources) = FIXED.split_at(HEAD);
    for (name, (_, source)) in head.iter().zip(head_sources) {
        columns.push(Column { name, source: (*source).to_owned() });
    }
    for (index, name) in input.iter().enumerate() {
        columns.push(Column { name, source: format!("input_row.fields ->> {index}") });
    }
    for (name, field) in fields {
        columns.push(Column { name, source: field_source(field) });
    }
    for (name, (_, source)) in tail.iter().zip(tail_sources) {
        columns.push(Column { name, source: (*source).to_owned() });
    }
    let list: Vec<String> =
        columns.iter().map(|column| format!("    {} AS {}", column.source, quoted(column.name))).collect();
    tx.execute_batch(&format!(
        "DROP VIEW IF EXISTS results;\n\
         -- One row per work item of the last step, in the order of the input.\n\
         CREATE VIEW results AS\nSELECT\n{}\n{FROM}",
        list.join(",\n")
    ))
}

/// The columns that every `results` view has and where they come from: the first four stand before the input's columns,
/// the others after the output's.
pub const FIXED: &[(&str, &str)] = &[
    ("work_id", "work_item.work_id"),
    ("row_index", "input_row.row_index"),
    ("group_key", "row_group.group_key"),
    ("status", "work_item.status"),
    ("verdict", "attempt.verdict"),
    ("score", "attempt.score"),
    ("attempts", "work_item.attempts"),
    ("model", "coalesce(call.model, spec.model)"),
    (
        "cost_usd",
        "(SELECT CASE WHEN count(*) = count(asked.cost_usd) THEN total(asked.cost_usd) END
     FROM call AS asked WHERE asked.work_item = work_item.id AND asked.outcome IN ('answered', 'failed'))",
    ),
    ("decided_by", "'human:' || decision.decided_by"),
];

/// How many of [`FIXED`] stand before the input's columns.
const HEAD: usize = 4;

const FROM: &str = "FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
LEFT JOIN attempt ON attempt.id = work_item.last_attempt
LEFT JOIN call ON call.id = attempt.call
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN cache_entry ON cache_entry.id = work_item.cache_entry
LEFT JOIN decision ON decision.attempt = attempt.id
WHERE work_item.planned = 1 AND step.position = (SELECT max(position) FROM step)
ORDER BY work_item.position;";

fn field_source(field: &str) -> String {
    if field.contains(['"', '\\']) {
        // A JSON path cannot name such a field.
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
