//! The newest export, repeated from the record.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::config::OutputFormat;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::engine::recorded::recorded;
use crate::engine::stages::export_request;
use crate::record::canonical;
use crate::stage::artifact;
use crate::stage::export::{expected, file_name};
use crate::store::sql;

/// Makes the files of the newest export again, where nothing has changed since, and compares their digests.
pub(super) fn check(connection: &Connection, db: &Path) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("the latest export, made again from the record, is the same byte for byte");
    let plan = match recorded(connection, db) {
        Ok(plan) => plan,
        Err(EngineError::Store(error)) => return Err(error.into()),
        // Without a plan there is no export; an unreadable configuration is reported with the work items.
        Err(_) => return Ok(check),
    };
    let found = sql::REPLAY_LATEST_EXPORT.first(connection, &[(":step", &plan.step)], |row| {
        Ok((row.get::<_, Value>("inputs")?, row.get::<_, Value>("outputs")?))
    })?;
    let Some((inputs, outputs)) = found else { return Ok(check) };
    let names: Vec<&str> = inputs["formats"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let all = [OutputFormat::Jsonl, OutputFormat::Psv, OutputFormat::Csv];
    let of_name = |name: &&str| all.into_iter().find(|format| file_name(*format) == *name);
    let mut request = export_request(&plan.project, &plan.dataset, plan.step)?;
    request.formats = names.iter().filter_map(of_name).collect();
    if canonical::to_vec(&request.inputs(connection)?) != canonical::to_vec(&inputs) {
        return Ok(check);
    }
    for format in &request.formats {
        let name = file_name(*format);
        let again = expected(connection, &request, *format)?;
        let same = outputs[name]["sha1"].as_str() == Some(again.sha1.to_string().as_str())
            && artifact::latest(connection, name)?.is_some_and(|it| it.sha1 == again.sha1);
        check.require(same, || format!("{name} has sha1 {} now, and had {}", again.sha1, outputs[name]["sha1"]));
    }
    Ok(check)
}
