//! The variants of a project's experiment, each a project, and the files that only the experiment names.

use std::sync::Arc;

use serde_json::Map;

use super::error::ProjectError;
use super::{Project, ProjectSource, gold_seen, measured, parsed, pins_file};
use crate::config::{self, Variant, VariantConfigs};

impl Project {
    /// Reads the project under each variant of its experiment, which is at `origin` as the project itself; none without
    /// an experiment. Errors name the variant. None of them has the experiment in its configuration.
    pub fn variants(&self, origin: ProjectSource<'_>) -> Result<Vec<(Variant, Self)>, ProjectError> {
        let (raw, dir) = match origin.given {
            None => parsed(origin.config)?,
            Some(given) => (config::parse(&given.config, &given.name)?, given.dir.clone()),
        };
        let pins = pins_file::source(&dir, origin.given.map(Arc::as_ref), origin.pins);
        let raw = raw.with_pins(pins.clone());
        let mut all = Vec::new();
        for VariantConfigs { variant, configs, places } in
            config::resolve_variants(raw, origin.overrides, origin.sample)?
        {
            let project = Self::of_configs(configs, places, origin, &dir, (&Map::new(), &pins));
            let project = project.and_then(|project| {
                if let (Some(experiment), Some(last)) = (&self.config.experiment, project.last()) {
                    measured::check(experiment, last).map_err(|error| self.placed(error))?;
                    let read = (project.steps.as_slice(), &project.snapshot["files"]);
                    gold_seen::check_parts(experiment, &dir, read).map_err(|error| self.placed(error))?;
                }
                Ok(project)
            });
            let project = project.map_err(|error| error.in_variant(&variant.name))?;
            let acquired = self.acquired.clone();
            all.push((variant, Self { function: origin.function.cloned(), acquired, ..project }));
        }
        Ok(all)
    }

    /// Checks that the files are there that only the experiment names: gold answers, and prompts of metrics.
    pub fn check_experiment_files(&self) -> Result<(), ProjectError> {
        let Some(experiment) = &self.config.experiment else { return Ok(()) };
        measured::check_files(experiment, &self.dir, self.given.as_deref()).map_err(|error| self.placed(error))
    }

    /// The error with where its key is written, if that is known.
    pub(super) fn placed(&self, error: ProjectError) -> ProjectError {
        match &self.places {
            Some(places) => error.at(places, ""),
            None => error,
        }
    }
}
