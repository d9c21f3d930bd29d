//! What belongs to one step alone ([`Step`]): its work items, its condition, its rule, its combinations, its
//! perspectives.

use super::block::StepBlock;
use crate::config::each::{Each, is_name};
use crate::config::error::ConfigError;
use crate::config::raw::{self, Cover, Do};
use crate::config::resolved::{Pairs, Perspective, Step};

/// What belongs to the step alone; one of these for each perspective, if it has any.
pub(super) fn own_settings(block: &StepBlock<'_>, step: &raw::Step) -> Result<Vec<Step>, ConfigError> {
    let each = match &step.each {
        Some(text) => text.parse().map_err(|reason: String| block.bad("each", reason))?,
        None => Each::Source,
    };
    let when = step.when.clone().filter(|it| !it.trim().is_empty());
    let rule = rule(block, step, &each)?;
    let pairs = pairs(block, step, &each)?;
    let verdict = step.r#do == Some(Do::Judge);
    if verdict && !matches!(each, Each::Output { .. }) {
        let error = block.bad("do", "a verdict needs an output to judge");
        return Err(error.with_hint("write `each: output of STEP`"));
    }
    if step.answer.is_some_and(|answer| !answer.is_json()) && (rule.is_some() || verdict) {
        let reason = if verdict { "a verdict is JSON" } else { "a rule has no answer to read" };
        return Err(block.bad("answer", reason));
    }
    let own = Step { name: step.name.clone(), each, when, verdict, rule, pairs, ..Step::default() };
    let Some(perspectives) = &step.perspectives else { return Ok(vec![own]) };
    if perspectives.is_empty() {
        return Err(block.bad("perspectives", "expected at least one perspective"));
    }
    if own.rule.is_some() {
        return Err(block.bad("perspectives", "a rule is the same in every perspective"));
    }
    let mut roles: Vec<Step> = Vec::new();
    for (index, it) in perspectives.iter().enumerate() {
        let key = format!("perspectives[{index}].name");
        if !is_name(&it.name) {
            let error = block.bad(&key, format!("`{}` cannot be a perspective's name", it.name.escape_debug()));
            return Err(error.with_hint("use letters, digits and `_`, and do not start with a digit"));
        }
        if perspectives[..index].iter().any(|other| other.name == it.name) {
            return Err(block.bad(&key, format!("there is another perspective with the name `{}`", it.name)));
        }
        let perspective = Perspective { name: it.name.clone(), system: it.system.clone() };
        let name = format!("{}.{}", step.name, it.name);
        roles.push(Step { name, perspective: Some(perspective), ..own.clone() });
    }
    Ok(roles)
}

/// The rule that computes the step's output. Combinations without a rule and without a prompt are their own output.
fn rule(block: &StepBlock<'_>, step: &raw::Step, each: &Each) -> Result<Option<serde_json::Value>, ConfigError> {
    let asks = step.prompts.as_ref().is_some_and(|it| it.generation.is_some());
    match (step.r#do, &step.rule) {
        (Some(Do::Llm | Do::Judge), Some(_)) => Err(block
            .bad("rule", "a step that asks a model has no rule")
            .with_hint("write `do: rule`, or remove the rule")),
        (_, Some(rule)) => match rule {
            serde_json::Value::String(text) if text.trim().is_empty() => {
                Err(block.bad("rule", "expected an expression, found an empty text"))
            }
            serde_json::Value::String(_) | serde_json::Value::Object(_) => {
                if asks {
                    return Err(block.bad("rule", "a step has a prompt or a rule, not both"));
                }
                if let Some(key) = ["llm", "judge", "accept"].iter().find(|key| block.node.get(key).is_some()) {
                    let error = block.bad(key, "a rule asks no model");
                    return Err(error.with_hint("remove it; a step that judges has `do: judge`"));
                }
                Ok(Some(rule.clone()))
            }
            _ => Err(block.bad("rule", "expected an expression, or a block of fields with their expressions")),
        },
        (Some(Do::Rule), None) => {
            let error = block.bad("do", "there is no rule");
            Err(error.with_hint("write the output's fields, as in `rule: {total: \"item.a + item.b\"}`"))
        }
        (None, None) if matches!(each, Each::Pairs { .. }) && !asks => Ok(Some("item".into())),
        (_, None) => Ok(None),
    }
}

fn pairs(block: &StepBlock<'_>, step: &raw::Step, each: &Each) -> Result<Option<Pairs>, ConfigError> {
    let written = match (&step.pairs, each) {
        (None, Each::Pairs { .. }) => raw::Pairs::default(),
        (None, _) => return Ok(None),
        (Some(written), Each::Pairs { .. }) => written.clone(),
        (Some(_), _) => {
            return Err(block.bad("pairs", "only a step with `each: pairs of …` makes combinations"));
        }
    };
    let cover = written.cover.unwrap_or_default();
    let count = written.count.map(|count| {
        let fits = usize::try_from(count).ok().filter(|it| (1..=1_000_000).contains(it));
        fits.ok_or_else(|| {
            block.bad("pairs.count", format!("expected a whole number from 1 to 1000000, found {count}"))
        })
    });
    match (cover, count.transpose()?) {
        (Cover::Sample, None) => {
            Err(block.bad("pairs", "a sample needs a `count`").with_hint("as in `pairs: {cover: sample, count: 50}`"))
        }
        (Cover::Full, Some(_)) => Err(block
            .bad("pairs.count", "every combination is wanted, so there is no count")
            .with_hint("write `cover: pairwise` or `cover: sample`")),
        (cover, count) => Ok(Some(Pairs { cover, count })),
    }
}
