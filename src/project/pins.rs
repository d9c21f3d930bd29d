//! Pins of a project: the file that has them, what would be pinned of the project as it is, and whether the prompts of
//! pinned steps are the pinned ones.

use std::collections::BTreeMap;

use serde_json::json;

use super::Project;
use super::error::{PinMismatch, ProjectError};
use super::setup::Setup;
use crate::config::{PinnedJudge, PinnedPrompt, PinnedStep, PinsSource, pinned_block, pinned_judge_block};
use crate::prompt::Prompt;
use crate::record::Digest;

/// What would be pinned of each step that asks a model, by its name. Steps of metrics are no part of the task.
#[must_use]
pub fn pinned_steps(project: &Project) -> BTreeMap<String, PinnedStep> {
    let steps = project.steps.iter().filter(|setup| !setup.config.step.is_metric());
    steps.filter_map(|setup| Some((setup.config.step.name().to_owned(), pinned_step(setup)?))).collect()
}

fn pinned_step(setup: &Setup) -> Option<PinnedStep> {
    let asking = setup.asking.as_ref()?;
    let judge = |judge: &super::JudgeSetup| {
        let (llm, prompt) = (pinned_judge_block(&judge.config.llm), pinned_prompt(&judge.config.prompt, &judge.prompt));
        (judge.pinned_name().to_owned(), PinnedJudge { llm, prompt })
    };
    Some(PinnedStep {
        llm: pinned_block(&asking.llm),
        prompt: pinned_prompt(setup.config.prompts.generation.as_deref().unwrap_or_default(), &asking.prompt),
        schema: schema_digest(setup),
        judges: asking.judges.iter().map(judge).collect(),
    })
}

fn pinned_prompt(path: &str, prompt: &Prompt) -> PinnedPrompt {
    let digest = prompt_digest(prompt);
    let (name, version) = (prompt.name().to_owned(), prompt.version().map(str::to_owned));
    PinnedPrompt { path: path.to_owned(), name, version, digest }
}

/// The digest of what is sent of a prompt.
#[must_use]
pub fn prompt_digest(prompt: &Prompt) -> String {
    Digest::of_value(&json!(["prompt", 1, prompt.digest_parts()])).to_string()
}

fn schema_digest(setup: &Setup) -> Option<String> {
    setup.contract.source().map(|_| Digest::of_value(setup.contract.as_written()).to_string())
}

impl Project {
    /// Checks that the prompts and schemas of steps with a pinned model are those that it was measured with.
    pub(super) fn check_pins(&self, source: &PinsSource) -> Result<(), ProjectError> {
        check(self, source)
    }
}

fn check(project: &Project, source: &PinsSource) -> Result<(), ProjectError> {
    for setup in &project.steps {
        let Some(asking) = &setup.asking else { continue };
        let named = asking.judges.iter().filter_map(|judge| judge.config.llm.pin.as_deref());
        if asking.llm.pin.is_none() && named.clone().next().is_none() {
            continue;
        }
        let name = setup.config.step.name();
        // What is wrong with the file was said where the models were taken from it.
        let Ok(pins) = source.pins() else { continue };
        let Some(now) = pinned_step(setup) else { continue };
        let wrong = |key: &str, what, stage: &str, (pinned, is): (&str, &str), path: Option<&str>| {
            let [key, stage, pinned, is] = [key, stage, pinned, is].map(str::to_owned);
            let path = path.map(str::to_owned);
            let error = ProjectError::Pinned(Box::new(PinMismatch { key, what, stage, pinned, is, path }));
            Err(match &project.places {
                Some(places) => error.at(places, name),
                None => error,
            })
        };
        if let Some((stage, pin)) = asking.llm.pin.as_deref().and_then(|stage| Some((stage, pins.get(stage).ok()?.1)))
            && let Some(pinned) = pin.steps.get(name)
        {
            let digests = (pinned.prompt.digest.as_str(), now.prompt.digest.as_str());
            if digests.0 != digests.1 {
                return wrong("prompts.generation", "prompt", stage, digests, Some(&pinned.prompt.path));
            }
            let schemas = [&pinned.schema, &now.schema].map(|it| it.as_deref().unwrap_or("none"));
            if schemas[0] != schemas[1] {
                return wrong("schema", "schema", stage, (schemas[0], schemas[1]), None);
            }
        }
        for judge in &asking.judges {
            let Some(stage) = judge.config.llm.pin.as_deref() else { continue };
            let pinned = pins.get(stage).ok().and_then(|(_, pin)| pin.steps.get(name)?.judges.get(judge.pinned_name()));
            let (Some(pinned), Some(now)) = (pinned, now.judges.get(judge.pinned_name())) else { continue };
            let digests = (pinned.prompt.digest.as_str(), now.prompt.digest.as_str());
            if digests.0 != digests.1 {
                return wrong("prompts.judge", "prompt of the judge", stage, digests, Some(&pinned.prompt.path));
            }
        }
    }
    Ok(())
}
