//! Measuring: the figures of an evaluation from the record, and the files that show them.

use rusqlite::Connection;

use super::at_work::EvalWork;
use super::compiled::{Prepared, PreparedVariant};
use crate::engine::error::EngineError;
use crate::engine::files;
use crate::engine::measure::{VariantProject, check_gold, evaluate_against, evaluate_request, evaluate_stage};
use crate::engine::options::RunEvent;
use crate::engine::out_folder::OutFolder;
use crate::engine::stages::{export_request, report_stage};
use crate::record::{Stage, VariantAt};
use crate::stage::evaluate::{EvaluateRequest, InputShare};
use crate::stage::gold::GoldAnswers;
use crate::stage::ingest::Dataset;
use crate::store::{last_steps, variants};
use crate::view::text::counted;

/// What is measured.
pub(super) struct Measuring<'a> {
    /// The number of each prepared variant, and its configuration (rowid).
    pub(super) numbers: &'a [(i64, i64)],
    pub(super) dataset: &'a Dataset,
    pub(super) gold: Option<&'a GoldAnswers>,
}

impl Measuring<'_> {
    /// Checks that metrics can compare with all gold answers, which are loaded on this connection.
    pub(super) fn check_gold(&self, prepared: &Prepared, connection: &Connection) -> Result<(), EngineError> {
        let request = self.request((prepared, None), &|_| true)?;
        check_gold(connection, &request).map_err(|error| error.placed(&prepared.base, ""))
    }

    /// Works out the figures of the variants that have work items, and writes the files.
    pub(super) fn measure(&self, work: &mut EvalWork<'_, '_>) -> Result<(), EngineError> {
        if work.session.is_interrupted() {
            return Ok(());
        }
        let interrupts = work.interrupts.clone();
        work.session.heed(&interrupts)?;
        let recorded = variants(&work.session.connection)?;
        let is_done = |number| recorded.iter().any(|it| it.number == number && it.repeats > 0);
        let share = work.limited.map(|it| InputShare { first: it.limit, of: it.of, what: it.what.to_owned() });
        let measured = self.request((work.prepared, share), &is_done)?;
        let (evaluation, artifact) = evaluate_stage(work.session, &measured)?;
        let metrics = match evaluation.metrics.len() as u64 {
            0 => String::new(),
            count => format!(", {}", counted(count, "metric")),
        };
        let variants = counted(evaluation.variants.len() as u64, "variant");
        let message = format!("{variants}{metrics} over {}", counted(evaluation.items, "work item"));
        work.audience.see(&RunEvent::Stage { stage: Stage::Evaluate, message });
        work.evaluation = Some(evaluation);
        let project = &work.prepared.base;
        let db = work.session.path.clone();
        let folder = OutFolder { dir: project.out_dir(&db), db: db.clone(), overwrite: work.options.run.overwrite };
        work.files.extend(files::write(&work.session.connection, &folder, &[artifact])?);
        if project.config.report.enabled
            && let Some(step) = last_steps(&work.session.connection, VariantAt::BASE)?.last()
        {
            let request = export_request(project, self.dataset, (*step, &db))?;
            let artifacts = report_stage(work.session, project, &request)?;
            work.files.extend(files::write(&work.session.connection, &folder, &artifacts)?);
            let names: Vec<&str> = artifacts.iter().map(|it| it.name.as_str()).collect();
            work.audience.see(&RunEvent::Stage { stage: Stage::Report, message: names.join(", ") });
        }
        if let Some(path) = &work.options.against {
            work.evaluation = Some(evaluate_against(work.session, &measured, path)?);
        }
        Ok(())
    }

    /// The variants that are measured: those whose number `is_done`.
    fn request<'r>(
        &'r self,
        (prepared, share): (&'r Prepared, Option<InputShare>),
        is_done: &dyn Fn(i64) -> bool,
    ) -> Result<EvaluateRequest<'r>, EngineError> {
        let measured = prepared.variants.iter().zip(self.numbers).filter(|(_, (number, _))| is_done(*number));
        let measured: Vec<VariantProject<'_>> = measured
            .map(|(PreparedVariant { variant, project, .. }, (number, _))| VariantProject {
                number: *number,
                variant,
                project,
            })
            .collect();
        evaluate_request((&prepared.base, &prepared.experiment), &measured, (self.dataset, share), self.gold)
    }
}
