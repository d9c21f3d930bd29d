//! The files of one variant of an experiment: its exports and its report, made of the record as it is. They have a
//! folder of their own in the folder of the run's files. The run file does not keep them.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use super::compile;
use super::destination::{Destination, Written};
use super::drawing;
use super::error::EngineError;
use super::export_choice::ExportChoice;
use super::files;
use super::out_folder::OutFolder;
use super::recorded::RecordedPlan;
use super::stages::{configuration_file, export_request};
use crate::project::Project;
use crate::record::VariantAt;
use crate::stage::ingest;
use crate::stage::report::FILES;
use crate::store::{self, Access, last_steps, sql};
use crate::view::{self, report as report_view};

/// Why the run file does not keep the files.
const NOT_KEPT: &str = "these are the files of one variant";

/// Which variant is meant.
#[derive(Clone, Debug)]
pub struct VariantChoice {
    pub name: String,
    /// From 1.
    pub repeat: u32,
}

/// Writes the exports of a variant.
pub fn export_variant(
    db: &Path,
    variant: &VariantChoice,
    to: &Destination,
    choice: ExportChoice<'_>,
) -> Result<Written, EngineError> {
    let connection = opened(db, variant)?;
    let plan = recorded(&connection, db)?;
    let request = choice.of(&plan.project, export_request(&plan.project, &plan.dataset, (plan.step, db))?)?;
    let written = files::write_exports(&connection, &folder(to, &plan.project, (db, variant)), &request)?;
    Ok(Written { files: written.paths, notes: written.notes, not_kept: Some(NOT_KEPT.to_owned()) })
}

/// Writes the report on a variant alone.
pub fn report_variant(db: &Path, variant: &VariantChoice, to: &Destination) -> Result<Written, EngineError> {
    let connection = opened(db, variant)?;
    store::keep_ratings(&connection)?;
    let RecordedPlan { project, .. } = recorded(&connection, db)?;
    let samples_per_group = project.config.report.samples_per_group;
    let mut report = report_view::gather(&connection, report_view::ReportOptions { samples_per_group })?;
    report.run.configuration.name = format!("{}, variant {}", report.run.configuration.name, variant.name);
    report.run.configuration.file = configuration_file(&connection, &project)?;
    report.graph = Some(drawing::drawing(project.steps.iter().map(|setup| &setup.config)));
    let (text, page) = (report_view::markdown(&report), report_view::html(&report)?);
    let [(markdown, _), (html, _)] = FILES;
    let texts = [(markdown, text.as_str()), (html, page.as_str())];
    let files = files::write_texts(&folder(to, &project, (db, variant)), &texts)?;
    Ok(Written { files, notes: Vec::new(), not_kept: Some(NOT_KEPT.to_owned()) })
}

/// The run file, opened so that it shows the variant as if that were the task itself.
fn opened(db: &Path, variant: &VariantChoice) -> Result<Connection, EngineError> {
    let connection = store::open(db, Access::Read)?;
    narrow_to(&connection, variant)?;
    Ok(connection)
}

/// Narrows a connection that only reads: it shows the variant as if that were the task itself.
pub fn narrow_to(connection: &Connection, variant: &VariantChoice) -> Result<(), EngineError> {
    let at = variant_at(connection, variant)?;
    Ok(store::narrow_to_variant(connection, at)?)
}

/// Looks up which variant is meant.
pub fn variant_at(connection: &Connection, variant: &VariantChoice) -> Result<VariantAt, EngineError> {
    Ok(store::variant_named(connection, &variant.name, variant.repeat)??)
}

/// What to say where files are of the task itself, and it was never planned, but variants of it were.
pub(super) fn note_on_variants(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let found = view::variants(connection)?;
    Ok((found.task.is_none() && !found.names.is_empty()).then(|| {
        format!(
            "the task itself was never run here, so these files have no work items; `--variant NAME` writes those of a \
             variant: {}",
            found.names.join(", ")
        )
    }))
}

/// The newest plan of the task that the connection shows.
fn recorded(connection: &Connection, db: &Path) -> Result<RecordedPlan, EngineError> {
    let empty = || EngineError::Empty(db.to_owned());
    let dir = db.parent().map(Path::to_owned).unwrap_or_default();
    let step = last_steps(connection, VariantAt::BASE)?.last().copied().ok_or_else(empty)?;
    let plan = sql::RECORD_LATEST_PLAN.first(connection, &[(":step", &step)], |row| {
        Ok((row.get::<_, i64>("dataset")?, row.get::<_, Option<i64>>("config")?))
    })?;
    let (dataset, config) = plan.ok_or_else(empty)?;
    let config = config.ok_or_else(empty)?;
    let snapshot: Value = sql::REPLAY_CONFIG.row(connection, &[(":config", &config)], |row| row.get("snapshot"))?;
    let outputs = serde_json::json!({"dataset": dataset});
    let dataset = ingest::recorded(connection, &outputs)?.ok_or_else(empty)?;
    let mut project = Project::recorded(&snapshot, &dir)?;
    // Templates that no longer compile are an error here, before anything uses them.
    compile::compile_all(&mut project, &dataset.columns, &dataset.kinds)?;
    Ok(RecordedPlan { project, dataset, knowledge: std::collections::BTreeMap::new(), step })
}

/// The folder of a variant's files.
fn folder(to: &Destination, project: &Project, (db, variant): (&Path, &VariantChoice)) -> OutFolder {
    let dir = to.dir.clone().unwrap_or_else(|| project.out_dir(db)).join(folder_name(variant));
    OutFolder { dir, db: db.to_owned(), overwrite: to.overwrite }
}

/// The name of a folder for a variant's files: the variant's own, but for characters that the name of a folder may not
/// have. No variant's name has a comma.
fn folder_name(variant: &VariantChoice) -> String {
    let is_unsafe = |it: char| it.is_control() || r#"/\:*?"<>|"#.contains(it);
    let mut name = variant.name.trim().replace(is_unsafe, "_");
    if variant.repeat > 1 {
        name = format!("{name}, repeat {}", variant.repeat);
    }
    if super::out_folder::is_taken(&name) || name.ends_with('.') {
        name = format!("{name}, variant");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_variants_have_one_folder() {
        let named = |name: &str, repeat| folder_name(&VariantChoice { name: name.to_owned(), repeat });
        let all = [("a%", 1), ("a_", 1), ("a · b", 1), ("a", 2), ("a repeat 2", 1), ("files", 1), ("files.variant", 1)];
        let folders: std::collections::BTreeSet<_> = all.iter().map(|(name, repeat)| named(name, *repeat)).collect();
        assert_eq!(folders.len(), all.len(), "{folders:?}");
        assert_eq!([named("..", 1), named("../a", 1)], [".., variant", ".._a"]);
    }
}
