//! Narrows what a reading connection sees to one step: temporary views stand in for the tables that know their step, and
//! for the views that read these. Names without a schema mean them first, so that every statement sees the step alone.
//! The run file itself is not touched.

use rusqlite::Connection;

use super::sql;

/// The tables, each with the condition that a row belongs to the step `S`.
const NARROWED: &[(&str, &str)] = &[
    ("step", "id = S"),
    ("standing", "step = S"),
    ("work_item", "step = S"),
    ("tally", "step = S"),
    ("plan", "step = S"),
    ("manifest", "step IS NULL OR step = S"),
    ("anomaly", "manifest IN (SELECT id FROM main.manifest AS own WHERE own.step IS NULL OR own.step = S)"),
    ("attempt", "(SELECT own.step FROM main.work_item AS own WHERE own.id = attempt.work_item) = S"),
    ("cache_entry", "(SELECT own.step FROM main.work_item AS own WHERE own.id = cache_entry.work_item) = S"),
    ("call", "(SELECT own.step FROM main.work_item AS own WHERE own.id = call.work_item) = S"),
    (
        "response",
        "(SELECT own.step FROM main.call AS asked CROSS JOIN main.work_item AS own ON own.id = asked.work_item
          WHERE asked.id = response.call) = S",
    ),
    (
        "verdict",
        "(SELECT own.step FROM main.attempt AS judged CROSS JOIN main.work_item AS own ON own.id = judged.work_item
          WHERE judged.id = verdict.attempt) = S",
    ),
    (
        "decision",
        "(SELECT own.step FROM main.attempt AS decided CROSS JOIN main.work_item AS own ON own.id = decided.work_item
          WHERE decided.id = decision.attempt) = S",
    ),
];

/// The view that has the columns of one step, and is not made anew.
const RESULTS: &str = "results";

/// Narrows the connection to a step (rowid), until [`widen_again`].
pub fn narrow_to_step(connection: &Connection, step: i64) -> rusqlite::Result<()> {
    let views = views(connection)?;
    // The file itself was opened only to be read; this lets temporary views be made.
    connection.execute_batch("PRAGMA query_only = OFF")?;
    for (table, condition) in NARROWED {
        let condition = condition.replace("= S", &format!("= {step}"));
        connection
            .execute_batch(&format!("CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE {condition};"))?;
    }
    for (_, text) in views {
        connection.execute_batch(&format!("{};", text.replacen("CREATE VIEW", "CREATE TEMP VIEW", 1)))?;
    }
    Ok(())
}

/// Ends what [`narrow_to_step`] began.
pub fn widen_again(connection: &Connection) -> rusqlite::Result<()> {
    let tables = NARROWED.iter().map(|(table, _)| (*table).to_owned());
    let views = views(connection)?.into_iter().map(|(name, _)| name);
    for name in tables.chain(views) {
        connection.execute_batch(&format!("DROP VIEW IF EXISTS temp.{name};"))?;
    }
    connection.execute_batch("PRAGMA query_only = ON")
}

/// The views of the run file with their texts. Their names need no quotes.
fn views(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let all = sql::VIEW_NAMES.all(connection, &[], |row| {
        Ok((row.get::<_, String>("name")?, row.get::<_, Option<String>>("sql")?.unwrap_or_default()))
    })?;
    Ok(all.into_iter().filter(|(name, text)| name != RESULTS && text.starts_with("CREATE VIEW")).collect())
}
