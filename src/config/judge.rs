//! Who judges: one judge, or several with a rule.

use super::error::ConfigError;
use super::llm::llm;
use super::node::{Node, Value};
use super::place::Place;
use super::raw::{self, Criterion, OneJudge};
use super::resolve::{asks_another_server, forget_the_server};
use super::resolved::{Judge, Panel};
use super::typed;

/// The judge or the judges of a step, where there is one.
#[derive(Debug, Default)]
pub(super) struct Judges {
    pub(super) judge: Option<Judge>,
    pub(super) panel: Option<Panel>,
}

/// What a step's judges are; `asks` says whether it has anything that could be judged.
pub(super) fn judges(at: &Place<'_>, written: &raw::Config, asks: bool) -> Result<Judges, ConfigError> {
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
    // The generation's own mistakes are told under its own name.
    let generation = llm(&at.block("llm"), written.llm.clone().unwrap_or_default())?;
    let own = at.node.get("judge.llm");
    let may_be_itself = block.allow_self.unwrap_or(false);
    let Some(several) = several else {
        if block.rule.is_some() {
            let error = at.bad("judge.rule", "there is one judge, who needs no rule");
            return Err(error.with_hint("list several under `judge.judges`, or take the rule away"));
        }
        let hint = "say which prompt judges, or set `judge.enabled: false`";
        let prompt = prompt.ok_or_else(|| at.missing("prompts.judge", hint))?;
        let llm = judge_llm(at, &[own], "judge.llm")?;
        let judge = Judge { name: String::new(), prompt, min_score, rubric, llm };
        if !judge.rubric.is_empty() && !may_be_itself && judge.llm.is_model_of(&generation) {
            return Err(itself(at, "judge", &judge));
        }
        return Ok(Judges { judge: Some(judge), panel: None });
    };
    if several.is_empty() {
        return Err(at.bad("judge.judges", "expected at least one judge"));
    }
    let mut judges: Vec<Judge> = Vec::with_capacity(several.len());
    let nodes = match at.node.get("judge.judges").map(|it| &it.value) {
        Some(Value::List(nodes)) => nodes.as_slice(),
        _ => &[],
    };
    for (index, (one, node)) in several.into_iter().zip(nodes).enumerate() {
        let place = JudgePlace { index, at, node };
        let default = Default { prompt: prompt.as_deref(), min_score, rubric: &rubric, own };
        let judge = place.judge(one, &default, &judges)?;
        if !may_be_itself && judge.llm.is_model_of(&generation) {
            return Err(itself(at, "judge.judges", &judge));
        }
        judges.push(judge);
    }
    Ok(Judges { judge: None, panel: Some(Panel { rule: block.rule.unwrap_or_default(), min_score, judges }) })
}

fn itself(at: &Place<'_>, key: &str, judge: &Judge) -> ConfigError {
    let who = if judge.name.is_empty() { "the judge".to_owned() } else { format!("the judge `{}`", judge.name) };
    let reason = format!("{who} is the model that generates, `{}`", judge.llm.model);
    at.bad(key, reason).with_hint("give it another model under `llm`, or say `allow_self: true` under `judge`")
}

/// What holds for a judge that does not say otherwise.
struct Default<'a> {
    prompt: Option<&'a str>,
    min_score: u8,
    rubric: &'a [Criterion],
    own: Option<&'a Node>,
}

/// A judge as it stands in the file.
struct JudgePlace<'a> {
    index: usize,
    at: &'a Place<'a>,
    node: &'a Node,
}

impl JudgePlace<'_> {
    fn key(&self, key: &str) -> String {
        format!("judge.judges[{}].{key}", self.index)
    }

    fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::value(self.key(key), reason, self.node.origin_of(key))
    }

    fn judge(&self, one: OneJudge, default: &Default<'_>, before: &[Judge]) -> Result<Judge, ConfigError> {
        let name = one.name;
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(self.bad("name", "expected a name on one line"));
        }
        if before.iter().any(|other| other.name == name) {
            return Err(self.bad("name", format!("there is another judge with the name `{name}`")));
        }
        let prompt = one.prompt.filter(|it| !it.trim().is_empty()).or_else(|| default.prompt.map(str::to_owned));
        let prompt = prompt.ok_or_else(|| {
            self.bad("prompt", "no prompt says how it judges")
                .with_hint("name one here, or one for all as `prompts.judge`")
        })?;
        let own = Place { node: self.node, prefix: "" };
        let min_score = own
            .whole("min_score", one.min_score, default.min_score, (0, 100))
            .map_err(|_| self.bad("min_score", "expected a whole number from 0 to 100"))?;
        let rubric = match one.rubric {
            Some(written) => criteria(written).map_err(|reason| self.bad("rubric", reason))?,
            None => default.rubric.to_vec(),
        };
        for key in ["llm.max_workers", "llm.retries"] {
            if self.node.get(key).is_some() {
                return Err(self.bad(key, "the judges share the generation's").with_hint("set it under `llm`"));
            }
        }
        let llm = judge_llm(self.at, &[default.own, self.node.get("llm")], &self.key("llm"))?;
        Ok(Judge { name, prompt, min_score, rubric, llm })
    }
}

fn refuse_shared(at: &Place<'_>, block: &str) -> Result<(), ConfigError> {
    for key in [format!("{block}.max_workers"), format!("{block}.retries")] {
        if at.node.get(&key).is_some() {
            return Err(at.bad(&key, "the judge shares the generation's").with_hint("set it under `llm`"));
        }
    }
    Ok(())
}

/// A judge's model: the generation's, with what each of `layers` says otherwise.
fn judge_llm(at: &Place<'_>, layers: &[Option<&Node>], prefix: &str) -> Result<super::Llm, ConfigError> {
    // Laid over as YAML, so that a key that is not written keeps the generation's value.
    let origin = at.origin("llm").clone();
    let mut merged = at.node.get("llm").cloned().unwrap_or(Node { value: Value::Map(Vec::new()), origin });
    if let Value::Map(entries) = &mut merged.value {
        entries.retain(|entry| entry.key != "escalate");
    }
    let mut priced = true;
    for over in layers.iter().copied().flatten().filter(|it| !matches!(it.value, Value::Null)) {
        if asks_another_server(&merged, over) {
            forget_the_server(&mut merged);
        }
        merged.overlay(over, &["match", "extra_body"]);
        // The price of one model says nothing of another's.
        priced = over.get("price").is_some()
            || (priced && !["model", "provider", "base_url"].iter().any(|key| over.get(key).is_some()));
    }
    if merged.get("escalate").is_some() {
        let error =
            ConfigError::value(format!("{prefix}.escalate"), "a judge is one model", merged.origin_of("escalate"));
        return Err(error.with_hint("list several judges under `judge.judges`"));
    }
    let whole: Option<raw::Llm> = typed(&merged, prefix)?;
    let mut llm = llm(&Place { node: &merged, prefix }, whole.unwrap_or_default())?;
    if !priced {
        llm.price = None;
    }
    Ok(llm)
}

fn rubric(at: &Place<'_>, key: &str, written: Option<Vec<Criterion>>) -> Result<Vec<Criterion>, ConfigError> {
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
