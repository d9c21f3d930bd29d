//! The newest export, repeated from the record.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use crate::config::OutputFormat;
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::engine::recorded::recorded;
use crate::engine::stages::export_request;
use crate::record::{Digest, canonical};
use crate::stage::artifact::{self, ArtifactError};
use crate::stage::export::objects::ObjectFiles;
use crate::stage::export::{ExportError, ExportFile, expected, unpack};
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
    // An object about the run names its folder, which follows from the name that the run file had then.
    let folder = inputs["objects"]["files"]["run"]["out_path"].as_str().and_then(|it| it.strip_prefix("out/"));
    let renamed_from = folder.map(|name| PathBuf::from(format!("{name}.db")));
    let run_file = renamed_from.as_deref().unwrap_or(db);
    let mut request = export_request(&plan.project, &plan.dataset, (plan.step, run_file))?;
    request.formats = formats_of(&names);
    // What the command said of examples for fine-tuning is on record with the export alone.
    if let Ok(settings) = serde_json::from_value(inputs["finetune"]["settings"].clone()) {
        request.finetune.settings = settings;
    }
    if inputs.get("objects").is_none() {
        request.objects = ObjectFiles::default();
    }
    if canonical::to_vec(&request.inputs(connection)?) != canonical::to_vec(&inputs) {
        return Ok(check);
    }
    for file in request.files() {
        let name = file.name();
        let again = match expected(connection, &request, file) {
            Ok(again) => again,
            Err(ExportError::Object(fault)) => {
                check.require(false, || format!("{name} cannot be made again: {fault}"));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let had = recorded_text(connection, file, outputs[name]["sha1"].as_str())?;
        let same = had == Some(again.sha1);
        check.require(same, || {
            let had = had.map_or_else(|| "none".to_owned(), |it| it.to_string());
            format!("{name} has sha1 {} now, and had {had}", again.sha1)
        });
    }
    Ok(check)
}

/// The formats that files of these names are of, in the order of the files.
fn formats_of(names: &[&str]) -> Vec<OutputFormat> {
    let mut formats = Vec::new();
    for name in names {
        let of_name = |format: &OutputFormat| format.files().iter().any(|file| file.name == *name);
        formats.extend(OutputFormat::ALL.into_iter().find(of_name).filter(|it| !formats.contains(it)));
    }
    formats
}

/// The digest of the text in a file on record, unpacked; `None` if the file is not the one with the digest `listed`.
fn recorded_text(
    connection: &Connection,
    file: ExportFile<'_>,
    listed: Option<&str>,
) -> Result<Option<Digest>, EngineError> {
    let found = artifact::latest(connection, file.name())?;
    let Some(found) = found.filter(|it| listed == Some(it.sha1.to_string().as_str())) else { return Ok(None) };
    match file.packing() {
        None => Ok(Some(found.sha1)),
        // A file that cannot be unpacked is another fault, of the artifact itself.
        Some(packing) => match unpack(connection, found.id, packing) {
            Ok(measure) => Ok(Some(measure.finish().0)),
            Err(ArtifactError::Io(_)) => Ok(None),
            Err(error) => Err(error.into()),
        },
    }
}
