//! A dry run of an evaluation: what each variant would ask in each repeat, and what that would cost. Nothing is
//! written.

use serde::Serialize;

use super::options::EvalOptions;
use super::select::named;
use crate::engine::acquire;
use crate::engine::compile;
use crate::engine::dry_run::{Estimate, estimate};
use crate::engine::error::EngineError;
use crate::engine::gold;
use crate::engine::input;
use crate::engine::options::RunEvent;
use crate::engine::run::db_path;
use crate::engine::session::now;
use crate::project::Project;
use crate::record::{VariantAt, VariantId};
use crate::stage::StageContext;
use crate::store::{self, Access, sql};

/// The estimate of a variant, in a repeat. Requests that several variants have in common are counted for each.
#[derive(Debug, Serialize)]
pub struct VariantEstimate {
    pub variant: String,
    pub repeat: u32,
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// Estimates every variant that is asked for, repeat by repeat.
pub fn dry_run_eval(
    options: &EvalOptions,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<Vec<VariantEstimate>, EngineError> {
    let base = Project::of(options.run.origin())?;
    let db = db_path(&options.run, &base);
    let base = acquire::with_recorded(base, &db)?;
    let repeats = base.config.experiment.as_ref().ok_or(EngineError::NoExperiment)?.repeats;
    check_gold(&base)?;
    let record = if db.exists() { Some(store::open(&db, Access::Read)?) } else { None };
    let mut all = Vec::new();
    for repeat in 1..=repeats {
        // A project is used up by its estimate.
        let variants = base.variants(options.run.origin())?;
        let asked = named(&variants.iter().map(|(variant, _)| variant).collect::<Vec<_>>(), &options.variants)?;
        for ((variant, project), _) in variants.into_iter().zip(asked).filter(|(_, is_asked)| *is_asked) {
            let id = VariantId::of(&[serde_json::json!(variant.overlay)]);
            let number: Option<i64> = match &record {
                Some(record) => {
                    sql::RECORD_VARIANT_ROWID.first(record, &[(":variant_id", &id)], |row| row.get("id"))?
                }
                None => None,
            };
            let at = VariantAt { number: number.unwrap_or_default(), repeat };
            let found = estimate(&options.run, (project, at), watch);
            let estimate = found.map_err(|error| error.in_variant(&variant.name))?;
            all.push(VariantEstimate { variant: variant.name, repeat, estimate });
        }
    }
    Ok(all)
}

/// Refuses gold answers that do not fit the input, and metrics of what is not there. Nothing is kept of it.
fn check_gold(base: &Project) -> Result<(), EngineError> {
    let Some(experiment) = &base.config.experiment else { return Ok(()) };
    let (source, mut table) = input::open(base)?;
    compile::check_metrics(base, experiment, (table.columns(), &source.kinds))?;
    let Some(gold) = &experiment.gold else { return Ok(()) };
    let reader = gold::open(base, gold, table.columns())?;
    let mut scratch = store::temporary()?;
    let tx = scratch.transaction()?;
    let time = now();
    let context = StageContext { invocation: 0, manifest: 0, now: &time };
    let (dataset, _) = table.ingest(&tx, &context, &source, base)?;
    reader.rehearse(&tx, &context, (base, &dataset))?;
    Ok(())
}
