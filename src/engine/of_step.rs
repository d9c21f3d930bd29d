//! The files of one step of several: its exports and its report, made of the record as it is. They have a folder of
//! their own in the folder of the run's files, so that they never replace those of the whole task. The run file does
//! not keep them.

use std::borrow::Cow;
use std::path::Path;

use rusqlite::Connection;

use super::destination::{Destination, Written};
use super::drawing;
use super::error::EngineError;
use super::export_choice::ExportChoice;
use super::files::{self, ExportedFiles};
use super::out_folder::{OutFolder, is_taken};
use super::recorded::{RecordedPlan, recorded};
use super::selection::{rowids, step_places};
use super::stages::{configuration_file, export_request};
use crate::project::Project;
use crate::stage::export::ExportRequest;
use crate::stage::report::{FILES, Rendered};
use crate::store::{self, Access};
use crate::view::report as report_view;

/// Why the run file does not keep the files.
const NOT_KEPT: &str = "these are the files of one step";

/// Writes the exports of a step; each of its perspectives has a folder.
pub fn export_step(db: &Path, step: &str, to: &Destination, choice: ExportChoice<'_>) -> Result<Written, EngineError> {
    if let Some(format) = choice.formats.iter().find(|format| format.is_for_eval_tool()) {
        return Err(EngineError::WholeTask { format: format.name() });
    }
    each_place(db, step, |connection, (plan, name), rowid| {
        let request = export_request(&plan.project, &plan.dataset, (rowid, db))?;
        let request = ExportRequest { alone: true, ..choice.of(&plan.project, request)? };
        files::write_exports(connection, &folder(to, &plan.project, (db, name)), &request)
    })
}

/// Writes the report on a step alone.
pub fn report_step(db: &Path, step: &str, to: &Destination) -> Result<Written, EngineError> {
    each_place(db, step, |connection, (plan, name), rowid| {
        store::narrow_to_step(connection, rowid)?;
        store::keep_ratings(connection)?;
        let made = rendered(connection, &plan.project, name);
        store::widen_again(connection)?;
        let made = made?;
        let [(markdown, _), (html, _)] = FILES;
        let texts = [(markdown, made.markdown.as_str()), (html, made.html.as_str())];
        let paths = files::write_texts(&folder(to, &plan.project, (db, name)), &texts)?;
        Ok(ExportedFiles { paths, notes: Vec::new() })
    })
}

/// The report on what the connection shows, with `step` in its title.
fn rendered(connection: &Connection, project: &Project, step: &str) -> Result<Rendered, EngineError> {
    let samples_per_group = project.config.report.samples_per_group;
    let mut report = report_view::gather(connection, report_view::ReportOptions { samples_per_group })?;
    report.run.configuration.name = format!("{}, step {step}", report.run.configuration.name);
    report.run.configuration.file = configuration_file(connection, project)?;
    report.graph = Some(drawing::drawing(project.steps.iter().map(|setup| &setup.config)));
    Ok(Rendered { markdown: report_view::markdown(&report), html: report_view::html(&report)? })
}

/// Calls `write` with a connection that sees all perspectives of a step alone.
pub(super) fn narrowed(
    connection: &Connection,
    project: &Project,
    step: &str,
    write: impl FnOnce(&Connection) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let names: Vec<&str> =
        step_places(project, step)?.into_iter().map(|place| project.steps[place].config.step.name()).collect();
    let only_reads: bool = connection.pragma_query_value(None, "query_only", |row| row.get(0))?;
    store::narrow_to_steps(connection, &rowids(connection, &names)?)?;
    let written = write(connection);
    store::widen_again(connection)?;
    connection.pragma_update(None, "query_only", only_reads)?;
    written
}

/// Calls `write` for each place of a step, with the plan as if that were the last one, the place's name and its rowid.
fn each_place(
    db: &Path,
    step: &str,
    mut write: impl FnMut(&Connection, (&RecordedPlan, &str), i64) -> Result<ExportedFiles, EngineError>,
) -> Result<Written, EngineError> {
    let connection = store::open(db, Access::Read)?;
    // Everything is read as it is at the first statement.
    let tx = connection.unchecked_transaction()?;
    let (mut files, mut notes) = (Vec::new(), Vec::new());
    let first = recorded(&tx, db)?;
    for place in step_places(&first.project, step)? {
        let RecordedPlan { project, dataset, knowledge, .. } = recorded(&tx, db)?;
        let Some(project) = project.ending_at(place) else { continue };
        let name = project.config.step.name().to_owned();
        let Some(rowid) = rowids(&tx, &[&name])?.first().copied() else { continue };
        let plan = RecordedPlan { project, dataset, knowledge, step: rowid };
        let written = write(&tx, (&plan, &name), rowid)?;
        files.extend(written.paths);
        notes.extend(written.notes);
    }
    Ok(Written { files, notes, not_kept: Some(NOT_KEPT.to_owned()) })
}

/// The folder of a step's files. One that is called as something in the folder of the whole task, such as `items`, has
/// `.step` after its name, as no other step can.
fn folder(to: &Destination, project: &Project, (db, name): (&Path, &str)) -> OutFolder {
    let dir = to.dir.clone().unwrap_or_else(|| project.out_dir(db)).join(&*folder_name(name));
    OutFolder { dir, db: db.to_owned(), overwrite: to.overwrite }
}

pub(super) fn folder_name(step: &str) -> Cow<'_, str> {
    if is_taken(step) { format!("{step}.step").into() } else { step.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_step_is_none_of_the_task() {
        for (step, folder) in [
            ("section", "section"),
            ("items", "items.step"),
            ("Items", "Items.step"),
            ("item", "item.step"),
            ("output.csv", "output.csv.step"),
            ("report.html", "report.html.step"),
            ("index.html", "index.html.step"),
            ("items.critic", "items.critic"),
        ] {
            assert_eq!(folder_name(step), folder);
        }
    }
}
