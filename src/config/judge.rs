//! Resolves the `judge` block: one judge, or several with a rule.

use super::block::ConfigBlock;
use super::error::ConfigError;
use super::llm::{llm, resolve_llm};
use super::llm_layers::{lay_over, lowest};
use super::node::Node;
use super::raw::{self, Criterion, OneJudge};
use super::resolved::{Judge, Llm, Panel};

/// Keys of the generation's `llm` block that hold for the judges too.
pub(super) const SHARED: [&str; 2] = ["max_workers", "retries"];

/// A step's judge or panel, if it has one.
#[derive(Debug, Default)]
pub(super) struct Judges {
    pub(super) judge: Option<Judge>,
    pub(super) panel: Option<Panel>,
}

/// A step's judges. Where `asks` is false the step asks no model, and there is nothing to judge.
pub(super) fn judges(at: &ConfigBlock<'_>, written: &raw::Config, asks: bool) -> Result<Judges, ConfigError> {
    let block = written.judge.clone().unwrap_or_default();
    let prompt = written.prompts.as_ref().and_then(|it| it.judge.clone());
    let prompt = at.filled_option("prompts.judge", prompt)?;
    let min_score = at.whole("judge.min_score", block.min_score, 70u8, (0, 100))?;
    let rubric = rubric(at, "judge.rubric", block.rubric.clone())?;
    refuse_shared(at, "judge.llm")?;
    let several = block.judges.clone();
    let enabled = block.enabled.unwrap_or(prompt.is_some() || several.is_some());
    if !enabled || !asks {
        return Ok(Judges::default());
    }
    // Errors in the generation's block are reported under its own key.
    let generation = llm(&at.block("llm"), written.llm.clone().unwrap_or_default())?;
    let own = at.node.get("judge.llm");
    let allow_self = block.allow_self.unwrap_or(false);
    let Some(several) = several else {
        if block.rule.is_some() {
            let error = at.bad("judge.rule", "a single judge needs no rule");
            return Err(error.with_hint("list several judges under `judge.judges`, or remove the rule"));
        }
        let hint = "name the judge's prompt, or set `judge.enabled: false`";
        let prompt = prompt.ok_or_else(|| at.missing("prompts.judge", hint))?;
        let llm = judge_llm(at, &[own], "judge.llm")?;
        let judge = Judge { name: String::new(), prompt, min_score, rubric, llm };
        if !judge.rubric.is_empty() && !allow_self && judge.llm.is_model_of(&generation) {
            return Err(judges_itself(at, "judge", &judge));
        }
        return Ok(Judges { judge: Some(judge), panel: None });
    };
    if several.is_empty() {
        return Err(at.bad("judge.judges", "expected at least one judge"));
    }
    let mut judges: Vec<Judge> = Vec::with_capacity(several.len());
    for (index, (one, node)) in several.into_iter().zip(at.node.elements("judge.judges")).enumerate() {
        let defaults = JudgeDefaults { prompt: prompt.as_deref(), min_score, rubric: &rubric, llm: own };
        let judge = JudgeBlock { index, at, node }.judge(one, &defaults, &judges)?;
        if !allow_self && judge.llm.is_model_of(&generation) {
            return Err(judges_itself(at, "judge.judges", &judge));
        }
        judges.push(judge);
    }
    Ok(Judges { judge: None, panel: Some(Panel { rule: block.rule.unwrap_or_default(), min_score, judges }) })
}

fn judges_itself(at: &ConfigBlock<'_>, key: &str, judge: &Judge) -> ConfigError {
    let who = if judge.name.is_empty() { "the judge".to_owned() } else { format!("the judge `{}`", judge.name) };
    let reason = format!("{who} is the model that generates, `{}`", judge.llm.model);
    at.bad(key, reason).with_hint("give it another model under `llm`, or set `allow_self: true` under `judge`")
}

/// What holds for a judge that sets nothing else.
struct JudgeDefaults<'a> {
    prompt: Option<&'a str>,
    min_score: u8,
    rubric: &'a [Criterion],
    llm: Option<&'a Node>,
}

/// One judge of the list, as it is written.
struct JudgeBlock<'a> {
    index: usize,
    at: &'a ConfigBlock<'a>,
    node: &'a Node,
}

impl JudgeBlock<'_> {
    fn key(&self, key: &str) -> String {
        format!("judge.judges[{}].{key}", self.index)
    }

    fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::value(self.key(key), reason, self.node.origin_of(key))
    }

    fn judge(&self, one: OneJudge, defaults: &JudgeDefaults<'_>, before: &[Judge]) -> Result<Judge, ConfigError> {
        let name = one.name;
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(self.bad("name", "expected a name on one line"));
        }
        if before.iter().any(|other| other.name == name) {
            return Err(self.bad("name", format!("there is another judge with the name `{name}`")));
        }
        let prompt = one.prompt.filter(|it| !it.trim().is_empty()).or_else(|| defaults.prompt.map(str::to_owned));
        let prompt = prompt.ok_or_else(|| {
            self.bad("prompt", "the judge has no prompt")
                .with_hint("name one here, or one for all judges as `prompts.judge`")
        })?;
        let block = ConfigBlock { node: self.node, prefix: "" };
        let min_score = block
            .whole("min_score", one.min_score, defaults.min_score, (0, 100))
            .map_err(|_| self.bad("min_score", "expected a whole number from 0 to 100"))?;
        let rubric = match one.rubric {
            Some(written) => criteria(written).map_err(|reason| self.bad("rubric", reason))?,
            None => defaults.rubric.to_vec(),
        };
        for key in SHARED.map(|key| format!("llm.{key}")) {
            if self.node.get(&key).is_some() {
                return Err(self
                    .bad(&key, "it is the generation's for the judges too")
                    .with_hint("set it under `llm`"));
            }
        }
        let llm = judge_llm(self.at, &[defaults.llm, self.node.get("llm")], &self.key("llm"))?;
        Ok(Judge { name, prompt, min_score, rubric, llm })
    }
}

fn refuse_shared(at: &ConfigBlock<'_>, block: &str) -> Result<(), ConfigError> {
    for key in SHARED.map(|key| format!("{block}.{key}")) {
        if at.node.get(&key).is_some() {
            return Err(at.bad(&key, "it is the generation's for the judge too").with_hint("set it under `llm`"));
        }
    }
    Ok(())
}

/// A judge's model: the generation's `llm` block with `layers` laid over it.
fn judge_llm(at: &ConfigBlock<'_>, layers: &[Option<&Node>], prefix: &str) -> Result<Llm, ConfigError> {
    let mut merged = lowest(at);
    merged.retain(|key| !matches!(key, "escalate" | "by_row"));
    for over in layers.iter().copied().flatten().filter(|it| !it.is_null()) {
        lay_over(&mut merged, over);
    }
    // These are the generation's, whatever the model.
    merged.retain(|key| !SHARED.contains(&key));
    for (key, node) in SHARED.iter().filter_map(|key| at.node.get("llm")?.get(key).map(|node| (key, node))) {
        merged.set(key, node.clone())?;
    }
    if merged.get("escalate").is_some() {
        let error =
            ConfigError::value(format!("{prefix}.escalate"), "a judge is one model", merged.origin_of("escalate"));
        return Err(error.with_hint("list several judges under `judge.judges`"));
    }
    resolve_llm(&merged, prefix)
}

fn rubric(at: &ConfigBlock<'_>, key: &str, written: Option<Vec<Criterion>>) -> Result<Vec<Criterion>, ConfigError> {
    match written {
        Some(written) => criteria(written).map_err(|reason| at.bad(key, reason)),
        None => Ok(Vec::new()),
    }
}

fn criteria(written: Vec<Criterion>) -> Result<Vec<Criterion>, String> {
    if written.is_empty() {
        return Err("expected at least one criterion".to_owned());
    }
    for (index, it) in written.iter().enumerate() {
        if it.name.trim().is_empty() || it.name.chars().any(char::is_control) {
            return Err("expected a name on one line for each criterion".to_owned());
        }
        if written[..index].iter().any(|other| other.name == it.name) {
            return Err(format!("there are two criteria with the name `{}`", it.name));
        }
        if it.weight.is_some_and(|weight| !(weight > 0.0 && weight <= 1e6)) {
            return Err(format!("the weight of `{}` is not a number above 0", it.name));
        }
        if it.min.is_some_and(|min| min > 100) {
            return Err(format!("`min` of `{}` is not a whole number from 0 to 100", it.name));
        }
    }
    Ok(written)
}
