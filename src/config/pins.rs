//! `pins.yaml`: the models, prompts and parameters that were promoted, by the place that they were promoted to.
//!
//! The file is written by `casebook promote` alone. Its `seal` is the digest of everything else in it, so that an edit
//! is found: [`Pins::parse`] refuses it. The file has names of variables with keys, never a key.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::{ConfigError, nearest};
use super::node::Node;
use super::typed::typed;
use super::yaml_text;
use crate::record::{Digest, PinStage};

/// The file's name, beside the configuration.
pub const PINS_FILE: &str = "pins.yaml";

/// What the file begins with.
const HEAD: &str = "# Written by `casebook promote`. Edits by hand are refused.\n";

impl Serialize for PinStage {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PinStage {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

/// What is pinned, by its place.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Pins(pub BTreeMap<PinStage, Pin>);

/// What was promoted to one place.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// `run.name`.
    pub run: String,
    /// The variant's name.
    pub variant: String,
    /// What the variant lays over the configuration: dotted keys and their values.
    pub overlay: BTreeMap<String, Value>,
    /// The steps that ask a model, by name.
    pub steps: BTreeMap<String, PinnedStep>,
    /// The digest of the gold answers that it was measured with; `None` without gold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<String>,
    /// The run file with the evidence, relative to the configuration.
    pub run_file: String,
    /// The `uid` of the invocation that measured it.
    pub evaluation: String,
    /// UTC, RFC 3339.
    pub promoted_at: String,
    pub promoted_by: String,
}

/// A step that asks a model.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedStep {
    /// The model and its parameters, as the keys of an `llm` block. Keys that say only how it is called, such as
    /// `max_workers`, are left out.
    pub llm: Map<String, Value>,
    pub prompt: PinnedPrompt,
    /// The digest of the schema that answers are held to; `None` for a text without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The judges by name; the name of the only judge is `judge`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub judges: BTreeMap<String, PinnedJudge>,
}

/// The judge of a step.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedJudge {
    pub llm: Map<String, Value>,
    pub prompt: PinnedPrompt,
}

/// A prompt: the file that it was read from, and the digest of what is sent of it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedPrompt {
    pub path: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub digest: String,
}

/// Why pins cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The file is no YAML, or has other keys.
    #[error(transparent)]
    File(#[from] ConfigError),
    #[error("{file} was edited by hand: its seal is {}, and what it says now makes {is}", seal.as_deref().unwrap_or("missing"))]
    Edited {
        file: String,
        /// As it stands there.
        seal: Option<String>,
        /// What it would have to be.
        is: String,
        /// What the file says now, as it stands there.
        content: Box<Value>,
    },
    #[error("there is no {file}: nothing was promoted yet")]
    NoFile { file: String },
    #[error("cannot read {file}: {reason}")]
    Unreadable { file: String, reason: String },
    /// It was promoted for another run.
    #[error("what is pinned as `{stage}` in {file} is of the run `{run}`, and this one is `{is}`")]
    OtherRun { file: String, stage: PinStage, run: String, is: String },
    #[error("nothing is pinned as `{stage}`")]
    NoStage { stage: String, known: Vec<&'static str> },
    #[error("the pin `{stage}` has no step `{step}`")]
    NoStep { stage: PinStage, step: String, known: Vec<String> },
    #[error("the pin `{stage}` has no judge `{judge}` of the step `{step}`")]
    NoJudge { stage: PinStage, step: String, judge: String, known: Vec<String> },
}

impl PinError {
    /// Says what to do about it, beyond what the message says.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint().or_else(|| Some(ANEW.to_owned())),
            Self::Edited { .. } => Some(format!("take it back from version control, or remove it: {ANEW}")),
            Self::Unreadable { .. } => Some(format!("let it be read, or remove it: {ANEW}")),
            Self::OtherRun { .. } => {
                Some("keep each configuration with pins in a folder of its own, where its pins are, too".to_owned())
            }
            Self::NoFile { .. } => Some(promote("production")),
            Self::NoJudge { known, .. } if known.is_empty() => Some(
                "the task had no judge with a model of its own when it was promoted: write the judge's model, or promote \
                 a variant of the task as it is now"
                    .to_owned(),
            ),
            Self::NoJudge { known, .. } => Some(format!("the pinned judges are: {}", known.join(", "))),
            Self::NoStage { stage, known } => match nearest(stage, known.iter().copied()) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if known.is_empty() => Some(promote(stage)),
                None => Some(format!("pinned are: {}. {}", known.join(", "), promote(stage))),
            },
            Self::NoStep { known, .. } => Some(format!(
                "the pinned steps are: {}. Promote a variant of the task as it is now, or write the step's model",
                known.join(", ")
            )),
        }
    }

    /// Returns whether the file is no YAML at all, so that nothing that stands in it is lost with it.
    #[must_use]
    pub fn is_broken_file(&self) -> bool {
        match self {
            Self::File(error) => error.is_no_yaml(),
            Self::Unreadable { .. } => true,
            _ => false,
        }
    }

    /// Returns whether the user's input or call is wrong, rather than the world.
    #[must_use]
    #[expect(clippy::unused_self, reason = "every error has this method")]
    pub fn is_usage(&self) -> bool {
        true
    }
}

/// How a file of pins comes back.
pub(super) const ANEW: &str = "`casebook promote` makes it anew from what the run file has";

fn promote(stage: &str) -> String {
    format!(
        "`casebook promote CONFIG VARIANT --to {stage}` pins a variant that was measured; where nothing was measured \
         yet, write the model as a whole, without `pin`, and run `casebook eval CONFIG` first"
    )
}

impl Pins {
    /// Reads the text of a file whose name in messages is `file`.
    pub fn parse(text: &str, file: &str) -> Result<Self, PinError> {
        let name = Arc::from(file);
        let node = Node::parse(text, &name, "pins")?;
        let mut content: Map<String, Value> = typed(&node, "")?;
        let seal = content.remove("seal").map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
        let content = Value::Object(content);
        let is = seal_of(&content).to_string();
        if seal.as_deref() != Some(is.as_str()) {
            return Err(PinError::Edited { file: file.to_owned(), seal, is, content: Box::new(content) });
        }
        let mut node = node;
        node.retain(|key| key != "seal");
        Ok(typed(&node, "")?)
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let content = self.to_value();
        let mut text = HEAD.to_owned();
        for (stage, pin) in &self.0 {
            text.push_str(&pin.to_text(*stage));
        }
        text + &format!("seal: {}\n", yaml_text::scalar(&json!(seal_of(&content).to_string())))
    }

    /// The canonical content, without the seal.
    #[must_use]
    pub fn to_value(&self) -> Value {
        // Only a key that is no text could fail, and there is none.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What is pinned as `stage`.
    pub fn get(&self, stage: &str) -> Result<(PinStage, &Pin), PinError> {
        let found = stage.parse().ok().and_then(|it: PinStage| self.0.get(&it).map(|pin| (it, pin)));
        let known = || self.0.keys().map(|it| it.as_str()).collect();
        found.ok_or_else(|| PinError::NoStage { stage: stage.to_owned(), known: known() })
    }
}

impl Pin {
    /// What is pinned of the step `name`.
    pub fn step(&self, stage: PinStage, name: &str) -> Result<&PinnedStep, PinError> {
        let known = || self.steps.keys().cloned().collect();
        self.steps.get(name).ok_or_else(|| PinError::NoStep { stage, step: name.to_owned(), known: known() })
    }

    /// Checks that it was promoted for the run called `is`; it stands in `file` as `stage`.
    pub fn check_run(&self, stage: PinStage, is: &str, file: &str) -> Result<(), PinError> {
        if self.run == is {
            return Ok(());
        }
        let (file, run, is) = (file.to_owned(), self.run.clone(), is.to_owned());
        Err(PinError::OtherRun { file, stage, run, is })
    }

    /// The steps as JSON, to be compared.
    #[must_use]
    pub fn steps_value(&self) -> Value {
        serde_json::to_value(&self.steps).unwrap_or_default()
    }

    /// A block of the file: a line for each key, but one for each of a step's, too.
    fn to_text(&self, stage: PinStage) -> String {
        let Ok(Value::Object(pin)) = serde_json::to_value(self) else { return String::new() };
        let mut lines = vec![format!("{}:", stage.as_str())];
        let order =
            ["run", "variant", "overlay", "steps", "gold", "run_file", "evaluation", "promoted_at", "promoted_by"];
        for key in order {
            match pin.get(key) {
                Some(Value::Object(steps)) if key == "steps" => {
                    lines.push("  steps:".to_owned());
                    for (name, step) in steps {
                        lines.push(format!("    {}:", yaml_text::scalar(&json!(name))));
                        for key in ["llm", "prompt", "schema", "judges"] {
                            let value = step.get(key).map(yaml_text::flow);
                            lines.extend(value.map(|value| format!("      {key}: {value}")));
                        }
                    }
                }
                Some(value) => lines.push(format!("  {key}: {}", yaml_text::flow(value))),
                None => {}
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

impl PinnedStep {
    /// What is pinned of the judge `name`.
    pub fn judge(&self, stage: PinStage, step: &str, name: &str) -> Result<&PinnedJudge, PinError> {
        let known = || self.judges.keys().cloned().collect();
        let missing = || PinError::NoJudge { stage, step: step.to_owned(), judge: name.to_owned(), known: known() };
        self.judges.get(name).ok_or_else(missing)
    }
}

/// The seal of what a file says.
fn seal_of(content: &Value) -> Digest {
    Digest::of_value(&json!(["pins", 1, content]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(version: Option<&str>) -> PinnedPrompt {
        let (path, name) = ("prompts/v002.yaml".to_owned(), "classify".to_owned());
        PinnedPrompt { path, name, version: version.map(str::to_owned), digest: "0".repeat(40) }
    }

    fn pins() -> Pins {
        let llm =
            json!({"provider": "openai", "model": "gpt-4o-mini-2024-07-18", "temperature": 0.0, "stop": ["a: b", ""]});
        let llm = llm.as_object().unwrap().clone();
        let judge = PinnedJudge { llm: llm.clone(), prompt: prompt(None) };
        let step = PinnedStep {
            llm,
            prompt: prompt(Some("2.0")),
            schema: Some("1".repeat(40)),
            judges: [("judge".to_owned(), judge)].into(),
        };
        let pin = Pin {
            run: "complaints".to_owned(),
            variant: "small · v002".to_owned(),
            overlay: [("llm".to_owned(), json!("small")), ("steps.a.llm.temperature".to_owned(), json!(0.7))].into(),
            steps: [("generate".to_owned(), step)].into(),
            gold: Some("2".repeat(40)),
            run_file: "complaints.db".to_owned(),
            evaluation: "00f".to_owned(),
            promoted_at: "2026-11-30T22:00:00.000Z".to_owned(),
            promoted_by: "yes".to_owned(),
        };
        Pins([(PinStage::Production, pin)].into())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = pins().to_text();
        assert_eq!(Pins::parse(&text, "pins.yaml").unwrap(), pins(), "{text}");
        assert_eq!(Pins::parse(&text.replace("  steps:", "  steps:   # here"), "pins.yaml").unwrap(), pins());
    }

    #[test]
    fn an_edit_is_refused() {
        let text = pins().to_text();
        for (from, to) in [
            ("gpt-4o-mini-2024-07-18", "gpt-4o"),
            ("temperature: 0", "temperature: 1"),
            ("run_file", "runfile"),
            ("seal: ", "seal: a"),
            ("seal: ", "# seal: "),
            ("production:", "staging:"),
        ] {
            assert!(text.contains(from), "{from}\n{text}");
            let error = Pins::parse(&text.replacen(from, to, 1), "pins.yaml").unwrap_err();
            assert!(matches!(error, PinError::Edited { .. }), "{error}");
            assert!(error.hint().unwrap().contains("promote"));
        }
    }

    #[test]
    fn what_is_not_pinned_is_said() {
        let pins = pins();
        let error = pins.get("staging").unwrap_err();
        assert_eq!(error.to_string(), "nothing is pinned as `staging`");
        let (stage, pin) = pins.get("production").unwrap();
        assert!(pin.step(stage, "generate").is_ok());
        let error = pin.step(stage, "summary").unwrap_err();
        assert_eq!(error.to_string(), "the pin `production` has no step `summary`");
    }
}
