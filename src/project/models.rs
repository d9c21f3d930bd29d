//! The models that a project asks, in one order that all parts share.

use std::sync::Arc;

use super::Project;
use super::setup::{JudgeSetup, Setup};
use crate::config::Llm;
use crate::schema::Contract;

/// A model that a step asks.
#[derive(Clone, Copy, Debug)]
pub struct ModelUse<'a> {
    /// The step that asks.
    pub setup: &'a Setup,
    pub llm: &'a Llm,
    /// The judge, where the model judges.
    pub judging: Option<&'a JudgeSetup>,
}

impl<'a> ModelUse<'a> {
    /// The contract of its answers.
    #[must_use]
    pub fn contract(&self) -> &'a Arc<Contract> {
        self.judging.map_or(&self.setup.asked, JudgeSetup::contract)
    }
}

/// The models of all steps: for each step its own in the order of attempts, those that its rows name,
/// then its judges'. A party of a task knows
/// its model by the index in this order.
pub fn models(project: &Project) -> impl Iterator<Item = ModelUse<'_>> {
    project.steps.iter().flat_map(|setup| {
        setup.asking.iter().flat_map(move |asking| {
            let models = asking.generating().map(move |llm| ModelUse { setup, llm, judging: None });
            let judges = asking.judges.iter();
            models.chain(judges.map(move |it| ModelUse { setup, llm: &it.config.llm, judging: Some(it) }))
        })
    })
}
