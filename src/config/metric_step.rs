//! The steps that ask a model for metrics: each is a step after the task's last one, which gives a verdict on its
//! outputs. They belong to the experiment, and no configuration can write them.

use super::answer::Answer;
use super::each::Each;
use super::raw::Check;
use super::resolved::{Config, Experiment, Llm, MetricKind, Prompts, Step, metric_step};

/// The steps of the metrics of `experiment` that ask a model, after the step `last` of the task.
pub(super) fn metric_steps(last: &Config, experiment: &Experiment) -> Vec<Config> {
    let asked = experiment.metrics.iter().filter_map(|metric| match &metric.kind {
        MetricKind::Judge { prompt, llm } => Some((metric.name.as_str(), prompt, llm)),
        _ => None,
    });
    let gold: Vec<String> = experiment.gold.iter().flat_map(|gold| gold.fields.keys().cloned()).collect();
    let step = |name: &str| Step {
        name: metric_step(name),
        each: Each::Output { of: last.step.name().to_owned() },
        verdict: true,
        gold: gold.clone(),
        ..Step::default()
    };
    asked
        .map(|(name, prompt, llm)| Config {
            step: step(name),
            prompts: Prompts { generation: Some(prompt.clone()), schema: None, ..last.prompts.clone() },
            // How much is asked at once is said once, as for judges.
            llm: Some(Llm {
                max_workers: last.llm.as_ref().map_or(llm.max_workers, |it| it.max_workers),
                ..(**llm).clone()
            }),
            schema: None,
            answer: Answer::Json,
            judge: None,
            panel: None,
            checks: Vec::<Check>::new(),
            evidence: Vec::new(),
            accept: None,
            until: None,
            experiment: None,
            canary: None,
            ..last.clone()
        })
        .collect()
}
