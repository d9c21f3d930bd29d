//! Whether another run file has anything to compare with, before anything is asked.

use rusqlite::{Connection, ToSql};

use super::against::{OtherFile, choose};
use super::error::EvaluateError;
use crate::store::sql;

/// How a search among work items ends early.
enum Ended {
    Found,
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Ended {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// Checks that the other file has the step `last`, and any of the work items that these `steps` (rowids) have so far.
/// Its variant is the one that [`against`](super::against()) takes.
pub fn check_shared(
    connection: &Connection,
    (steps, last): (&[i64], &str),
    other: &OtherFile<'_>,
    baseline: &str,
) -> Result<(), EvaluateError> {
    let variant = choose(other, baseline)?.number;
    let nothing = || EvaluateError::NothingInCommon(other.name.clone());
    let of: [(&'static str, &dyn ToSql); 2] = [(":variant", &variant), (":repeats", &1)];
    let there: Vec<String> = sql::EVALUATE_STEPS.all(other.connection, &of, |row| row.get("name"))?;
    if !there.iter().any(|name| name == last) {
        return Err(nothing());
    }
    // The work items are read with their gold answers.
    sql::GOLD_CREATE_ANSWERS.execute(connection, &[])?;
    for step in steps {
        let of: [(&'static str, &dyn ToSql); 2] = [(":step", step), (":before", &i64::MAX)];
        let search = sql::EVALUATE_ITEMS.each::<Ended>(connection, &of, |row| {
            let item: i64 = row.get("work_item")?;
            let work_id: String =
                sql::EVALUATE_WORK_ID.row(connection, &[(":work_item", &item)], |row| row.get("work_id"))?;
            let of: [(&'static str, &dyn ToSql); 3] = [(":work_id", &work_id), (":variant", &variant), (":repeat", &1)];
            let found = sql::EVALUATE_OTHER.first(other.connection, &of, |_| Ok(()))?;
            if found.is_some() { Err(Ended::Found) } else { Ok(()) }
        });
        match search {
            Ok(()) => {}
            Err(Ended::Found) => return Ok(()),
            Err(Ended::Failed(error)) => return Err(error.into()),
        }
    }
    Err(nothing())
}
