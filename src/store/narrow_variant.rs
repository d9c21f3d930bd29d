//! Narrows what a reading connection sees to one variant in one repeat: temporary views stand in for the tables that
//! know their step, as if that variant were the task itself. So every statement on the task works on it too. The run
//! file itself is not touched.

use rusqlite::Connection;

use super::narrow::views;
use super::steps::{RecordedVariant, variants};
use crate::record::VariantAt;

/// The views that stand in for tables. Of attempts there are those at the present tasks of the variant, and of calls
/// those whose answers these used.
const NARROW: &str = "
CREATE TEMP TABLE one_step (id INTEGER PRIMARY KEY, base INTEGER NOT NULL UNIQUE) STRICT;
CREATE TEMP TABLE one_variant (id INTEGER PRIMARY KEY, repeat INTEGER NOT NULL) STRICT;
CREATE TEMP VIEW variant AS
SELECT 1 AS id, variant_id, name, overlay, created_at FROM main.variant WHERE id IN (SELECT id FROM temp.one_variant);
CREATE TEMP VIEW step AS
SELECT id, name, perspective, position, 1 AS variant, 1 AS repeat, id AS base FROM main.step
WHERE id IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW standing AS
SELECT id, work_item, 1 AS variant, 1 AS repeat, step, planned, input_row, row_group, position, path, item, images,
       task, cache_id, round, sample, status, reason, attempts, last_attempt, cache_entry, open_sources, handed_on,
       set_aside, tape_aside
FROM main.standing WHERE step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW work_item AS
SELECT work_item.id, work_item.work_id, own.id AS step, work_item.source_kind, work_item.input_row, work_item.source
FROM main.work_item CROSS JOIN temp.one_step AS own ON own.base = work_item.step;
CREATE TEMP VIEW tally AS
SELECT step, 1 AS variant, status, items FROM main.tally WHERE step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW plan AS SELECT * FROM main.plan WHERE step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW manifest AS
SELECT * FROM main.manifest WHERE step IS NULL OR step IN (SELECT id FROM temp.one_step);
CREATE TEMP VIEW anomaly AS SELECT * FROM main.anomaly WHERE manifest IN (SELECT id FROM temp.manifest);
CREATE TEMP VIEW attempt AS
SELECT attempt.* FROM main.attempt CROSS JOIN temp.standing AS own
    ON own.work_item = attempt.work_item AND own.cache_id = attempt.cache_id
WHERE NOT EXISTS (
    SELECT 1 FROM main.decision CROSS JOIN temp.one_variant AS one
    WHERE decision.attempt = attempt.id AND (decision.variant <> one.id OR decision.repeat <> one.repeat)
);
CREATE TEMP VIEW cache_entry AS
SELECT cache_entry.* FROM main.cache_entry CROSS JOIN temp.work_item AS own ON own.id = cache_entry.work_item;
CREATE TEMP VIEW verdict AS
SELECT verdict.* FROM main.verdict CROSS JOIN temp.attempt AS judged ON judged.id = verdict.attempt;
CREATE TEMP VIEW response AS
SELECT * FROM main.response WHERE id IN (
    SELECT response FROM temp.attempt WHERE response IS NOT NULL
    UNION ALL
    SELECT response FROM temp.verdict WHERE response IS NOT NULL
);
CREATE TEMP VIEW call AS SELECT * FROM main.call WHERE id IN (SELECT call FROM temp.response);
CREATE TEMP VIEW decision AS
SELECT decision.id, attempt, 1 AS variant, 1 AS repeat, looked_at, kind, was, reason, decided_by, decision.decided_at
FROM main.decision CROSS JOIN temp.one_variant AS one ON one.id = decision.variant AND one.repeat = decision.repeat;
";

/// There is no such variant on record.
#[derive(Clone, Debug, thiserror::Error)]
#[error("there is no variant `{name}` in the run file{}", of_repeat(*.repeat))]
pub struct VariantError {
    pub name: String,
    pub repeat: u32,
    /// The names of those that there are.
    pub known: Vec<String>,
}

fn of_repeat(repeat: u32) -> String {
    if repeat > 1 { format!(" that was done {repeat} times") } else { String::new() }
}

impl VariantError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        if self.known.is_empty() {
            return "`casebook eval` makes variants of an experiment".to_owned();
        }
        format!("the variants are: {}", self.known.join(", "))
    }
}

/// The variant called `name`, in a repeat. Case does not matter.
pub fn variant_named(
    connection: &Connection,
    name: &str,
    repeat: u32,
) -> rusqlite::Result<Result<VariantAt, VariantError>> {
    let all: Vec<RecordedVariant> = variants(connection)?.into_iter().filter(|it| it.repeats > 0).collect();
    let found = all.iter().find(|it| it.name.to_lowercase() == name.trim().to_lowercase() && repeat <= it.repeats);
    Ok(match found {
        Some(found) => Ok(VariantAt { number: found.number, repeat }),
        None => Err(VariantError { name: name.to_owned(), repeat, known: all.into_iter().map(|it| it.name).collect() }),
    })
}

/// Narrows the connection to a variant, for good.
pub fn narrow_to_variant(connection: &Connection, at: VariantAt) -> rusqlite::Result<()> {
    let views = views(connection)?;
    // The file itself was opened only to be read; this lets temporary views be made.
    connection.execute_batch("PRAGMA query_only = OFF")?;
    connection.execute_batch(NARROW)?;
    connection.execute("INSERT INTO temp.one_variant (id, repeat) VALUES (?1, ?2)", (at.number, at.repeat))?;
    connection.execute(
        "INSERT INTO temp.one_step (id, base) SELECT id, base FROM main.step WHERE variant = ?1 AND repeat = ?2",
        (at.number, at.repeat),
    )?;
    for (_, text) in views {
        connection.execute_batch(&text.replacen("CREATE VIEW", "CREATE TEMP VIEW", 1))?;
    }
    connection.execute_batch("PRAGMA query_only = ON")
}
