//! The variants that are on record and not asked for: they are planned, so that what is measured of them is what the
//! record has under their present tasks. Nothing is asked for them.

use std::collections::BTreeMap;

use super::at_work::EvalWork;
use crate::engine::audience::Audience;
use crate::engine::compile;
use crate::engine::error::EngineError;
use crate::engine::pipeline::{DataSource, Pipeline, Policy};
use crate::engine::selection::Selection;
use crate::record::VariantAt;
use crate::stage::ingest::Dataset;
use crate::store::variants;

impl EvalWork<'_, '_> {
    /// Plans the variants that are not asked for in each repeat that the record has of them. `numbers` has the number
    /// and the configuration (rowid) of each variant.
    pub(super) fn plan_others(
        &mut self,
        numbers: &[(i64, i64)],
        dataset: &Dataset,
        knowledge: &BTreeMap<String, i64>,
    ) -> Result<(), EngineError> {
        let recorded = variants(&self.session.connection)?;
        let prepared = self.prepared;
        for (of, (number, config)) in prepared.variants.iter().zip(numbers).filter(|(of, _)| !of.is_asked) {
            let repeats = recorded.iter().find(|it| it.number == *number).map_or(0, |it| it.repeats);
            let project = &of.project;
            for repeat in 1..=repeats.min(prepared.experiment.repeats) {
                let compiled = compile::compile_again(project, &prepared.columns, &prepared.source.kinds)?;
                let policy = Policy {
                    sources: DataSource::FilesAndRecord,
                    selection: Selection::of_no_step(project),
                    ..Policy::of(&self.options.run, project)?
                };
                let mut unheard = |_: &_| {};
                let mut nobody = Audience::new(&mut unheard);
                let mut pipeline = Pipeline::new(self.session, project, policy, &mut nobody);
                (pipeline.at, pipeline.config) = (VariantAt { number: *number, repeat }, Some(*config));
                pipeline.knowledge.clone_from(knowledge);
                let planned = pipeline.contract().and_then(|()| pipeline.prepare(compiled, dataset));
                planned
                    .and_then(|planned| pipeline.plan(&planned, dataset, Some(&prepared.source)))
                    .map_err(|error| error.in_variant(&of.variant.name))?;
            }
        }
        Ok(())
    }
}
