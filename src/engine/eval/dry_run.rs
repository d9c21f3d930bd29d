//! A dry run of an evaluation: what each variant would ask in each repeat, and what that would cost. Nothing is
//! written.

use serde::Serialize;

use super::compiled::Prepared;
use super::options::EvalOptions;
use crate::engine::acquire;
use crate::engine::dry_run::{Estimate, estimate};
use crate::engine::error::EngineError;
use crate::engine::options::RunEvent;
use crate::engine::run::db_path;
use crate::engine::servers::Inquiry;
use crate::project::Project;
use crate::record::{VariantAt, VariantId};
use crate::store::{self, Access, sql};

/// The estimate of a variant, in a repeat. Requests that several variants have in common are counted for each.
#[derive(Debug, Serialize)]
pub struct VariantEstimate {
    pub variant: String,
    pub repeat: u32,
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// Estimates every variant that is asked for, repeat by repeat. What `eval` refuses is refused here, too.
pub fn dry_run_eval(
    options: &EvalOptions,
    watch: &mut dyn FnMut(&RunEvent),
) -> Result<Vec<VariantEstimate>, EngineError> {
    let base = Project::of(options.run.origin())?;
    let db = db_path(&options.run, &base);
    let base = acquire::with_recorded(base, &db)?;
    let (prepared, _) = Prepared::of(options, (base, &db), Inquiry::Record)?;
    prepared.rehearse()?;
    let record = if db.exists() { Some(store::open(&db, Access::Read)?) } else { None };
    let mut all = Vec::new();
    for repeat in 1..=prepared.experiment.repeats {
        // A project is used up by its estimate.
        let projects = prepared.base.variants(options.run.origin())?;
        for ((variant, project), of) in projects.into_iter().zip(&prepared.variants).filter(|(_, of)| of.is_asked) {
            let id = VariantId::of(&[serde_json::json!(variant.overlay)]);
            let number: Option<i64> = match &record {
                Some(record) => {
                    sql::RECORD_VARIANT_ROWID.first(record, &[(":variant_id", &id)], |row| row.get("id"))?
                }
                None => None,
            };
            let at = VariantAt { number: number.unwrap_or_default(), repeat };
            let estimate = estimate(&options.run, (project, at), watch).map_err(|error| of.wrong(error))?;
            all.push(VariantEstimate { variant: variant.name, repeat, estimate });
        }
    }
    Ok(all)
}
