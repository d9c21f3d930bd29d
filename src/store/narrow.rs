//! Narrows what a reading connection sees to one step: temporary views stand in for the tables that know their step,
//! and for the views that read these. Names without a schema mean them first, so that every statement sees the step
//! alone. The run file itself is not touched.

use rusqlite::Connection;

use super::sql;

/// The scratch table with the step, and the views that stand in for tables.
const NARROW: &str = "
CREATE TEMP TABLE one_step (id INTEGER PRIMARY KEY) STRICT;
CREATE TEMP VIEW step AS SELECT * FROM main.step WHERE id IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW standing AS SELECT * FROM main.standing WHERE step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW work_item AS SELECT * FROM main.work_item WHERE step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW tally AS SELECT * FROM main.tally WHERE step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW plan AS SELECT * FROM main.plan WHERE step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW manifest AS
SELECT * FROM main.manifest WHERE step IS NULL OR step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW anomaly AS SELECT * FROM main.anomaly WHERE manifest IN (SELECT id FROM temp.manifest);
CREATE TEMP VIEW attempt AS
SELECT attempt.* FROM main.attempt CROSS JOIN temp.work_item AS own ON own.id = attempt.work_item;
CREATE TEMP VIEW cache_entry AS
SELECT cache_entry.* FROM main.cache_entry CROSS JOIN temp.work_item AS own ON own.id = cache_entry.work_item;
CREATE TEMP VIEW call AS
SELECT call.* FROM main.call CROSS JOIN temp.work_item AS own ON own.id = call.work_item;
CREATE TEMP VIEW response AS
SELECT response.* FROM main.response CROSS JOIN temp.call AS asked ON asked.id = response.call;
CREATE TEMP VIEW verdict AS
SELECT verdict.* FROM main.verdict CROSS JOIN temp.attempt AS judged ON judged.id = verdict.attempt;
CREATE TEMP VIEW decision AS
SELECT decision.* FROM main.decision CROSS JOIN temp.attempt AS decided ON decided.id = decision.attempt;
";

/// The ratings of a narrowed connection as a scratch table, behind the view of their name.
const KEEP_RATINGS: &str = "
CREATE TEMP TABLE kept_ratings AS SELECT * FROM temp.ratings;
DROP VIEW temp.ratings;
CREATE TEMP VIEW ratings AS SELECT * FROM temp.kept_ratings;
";

/// Takes away what [`NARROW`] and [`KEEP_RATINGS`] made.
const WIDEN: &str = "
DROP TABLE IF EXISTS temp.kept_ratings;
DROP VIEW temp.decision;
DROP VIEW temp.verdict;
DROP VIEW temp.response;
DROP VIEW temp.call;
DROP VIEW temp.cache_entry;
DROP VIEW temp.attempt;
DROP VIEW temp.anomaly;
DROP VIEW temp.manifest;
DROP VIEW temp.plan;
DROP VIEW temp.tally;
DROP VIEW temp.work_item;
DROP VIEW temp.standing;
DROP VIEW temp.step;
DROP TABLE temp.one_step;
";

/// The view that has the columns of the last step, and is not made anew.
const RESULTS: &str = "results";

/// Narrows the connection to a step (rowid), until [`widen_again`].
pub fn narrow_to_step(connection: &Connection, step: i64) -> rusqlite::Result<()> {
    narrow_to_steps(connection, &[step])
}

/// Narrows the connection to several steps (rowids), until [`widen_again`].
pub fn narrow_to_steps(connection: &Connection, steps: &[i64]) -> rusqlite::Result<()> {
    let views = views(connection)?;
    // The file itself was opened only to be read; this lets temporary views be made.
    connection.execute_batch("PRAGMA query_only = OFF")?;
    connection.execute_batch(NARROW)?;
    for step in steps {
        connection.execute("INSERT INTO temp.one_step (id) VALUES (?1)", [step])?;
    }
    for (_, text) in views {
        connection.execute_batch(&text.replacen("CREATE VIEW", "CREATE TEMP VIEW", 1))?;
    }
    Ok(())
}

/// Reads the ratings of what the connection is narrowed to once, so that the figures on them, which name them many
/// times, do not spell out all views below them each time: SQLite has a limit on that.
pub fn keep_ratings(connection: &Connection) -> rusqlite::Result<()> {
    let only_reads: bool = connection.pragma_query_value(None, "query_only", |row| row.get(0))?;
    connection.execute_batch("PRAGMA query_only = OFF")?;
    connection.execute_batch(KEEP_RATINGS)?;
    connection.pragma_update(None, "query_only", only_reads)
}

/// Ends what [`narrow_to_step`] began.
pub fn widen_again(connection: &Connection) -> rusqlite::Result<()> {
    for (name, _) in views(connection)? {
        connection.execute_batch(&format!("DROP VIEW IF EXISTS temp.{name};"))?;
    }
    connection.execute_batch(WIDEN)?;
    connection.execute_batch("PRAGMA query_only = ON")
}

/// The views of the run file with their texts. Their names need no quotes.
pub(super) fn views(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let all = sql::VIEW_NAMES.all(connection, &[], |row| {
        Ok((row.get::<_, String>("name")?, row.get::<_, Option<String>>("sql")?.unwrap_or_default()))
    })?;
    Ok(all.into_iter().filter(|(name, text)| name != RESULTS && text.starts_with("CREATE VIEW")).collect())
}
