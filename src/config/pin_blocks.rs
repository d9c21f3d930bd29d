//! `llm: {pin: production}`: the pinned model in the place of the name of its place.
//!
//! A block that names a pin gets the keys of the pinned one before anything else reads it. Only keys that say how the
//! model is called may stand beside the name.

use serde_json::{Map, Value as Json};

use super::error::{ConfigError, Origin, Problem};
use super::node::{Entry, Node, Value};
use super::pins::{ANEW, PINS_FILE, Pin, PinError, Pins};
use crate::record::PinStage;

/// The key of a block that names a pin.
pub(super) const PIN: &str = "pin";

/// Keys that say how a model is called, and change no answer. They are no part of a pin.
pub(super) const CALLING: &[&str] =
    &["api_key_env", "max_workers", "retry_delay", "timeout_sec", "rate_limit", "price"];

/// The text of the file with the pins, which is read where a pin is named.
#[derive(Clone, Debug)]
pub struct PinsSource {
    /// The file's name in messages.
    pub file: String,
    /// `None` if there is no such file; an error is why it cannot be read.
    pub text: Result<Option<String>, String>,
}

impl Default for PinsSource {
    fn default() -> Self {
        Self { file: PINS_FILE.to_owned(), text: Ok(None) }
    }
}

impl PinsSource {
    /// Reads the pins.
    pub fn pins(&self) -> Result<Pins, PinError> {
        let file = self.file.clone();
        match &self.text {
            Ok(Some(text)) => Pins::parse(text, &self.file),
            Ok(None) => Err(PinError::NoFile { file }),
            Err(reason) => Err(PinError::Unreadable { file, reason: reason.clone() }),
        }
    }
}

/// Puts the pinned models into the blocks of the step called `step` that name one.
pub(super) fn expand(node: &mut Node, step: &str, source: &PinsSource) -> Result<(), ConfigError> {
    if let Some(pin) = node.get("schema.llm").and_then(|it| it.get(PIN)) {
        let reason = "the model that writes a schema is not pinned";
        return Err(ConfigError::value("schema.llm.pin", reason, &pin.origin).with_hint("write the model as a whole"));
    }
    let run = run_name(node).map(str::to_owned);
    let source = &NamedPins { source, run: run.as_deref() };
    expand_at(node, "llm", source, &|stage, pin| Ok(pin.step(stage, step)?.llm.clone()))?;
    let Some(judge) = node.get_mut("judge") else { return Ok(()) };
    let of_judge = |stage, pin: &Pin, name: &str| Ok(pin.step(stage, step)?.judge(stage, step, name)?.llm.clone());
    expand_at(judge, "llm", source, &|stage, pin| of_judge(stage, pin, "judge"))
        .map_err(|error| error.under("judge", &Origin::Unknown))?;
    for (index, judge) in judge.elements_mut("judges").iter_mut().enumerate() {
        let name = match judge.get("name").map(|it| &it.value) {
            Some(Value::Text(name)) => name.clone(),
            _ => String::new(),
        };
        expand_at(judge, "llm", source, &|stage, pin| of_judge(stage, pin, &name))
            .map_err(|error| error.under(&format!("judge.judges[{index}]"), &Origin::Unknown))?;
    }
    Ok(())
}

/// The pins for the run of this name.
struct NamedPins<'a> {
    source: &'a PinsSource,
    run: Option<&'a str>,
}

/// The name of the run, as it is written.
pub(super) fn run_name(node: &Node) -> Option<&str> {
    match &node.get("run.name")?.value {
        Value::Text(name) | Value::Whole(_, name) | Value::Real(_, name) => Some(name),
        _ => None,
    }
}

type Pinned<'a> = dyn Fn(PinStage, &Pin) -> Result<Map<String, Json>, PinError> + 'a;

fn expand_at(node: &mut Node, key: &str, pins: &NamedPins<'_>, pinned: &Pinned<'_>) -> Result<(), ConfigError> {
    let Some(block) = node.get_mut(key) else { return Ok(()) };
    let Some(name) = block.get(PIN).filter(|it| !it.is_null()).cloned() else { return Ok(()) };
    let path = format!("{key}.{PIN}");
    let Value::Text(stage) = &name.value else {
        let problem = Problem::Type { key: path, expected: "text".to_owned(), found: name.value.describe() };
        return Err(ConfigError::new(problem, &name.origin));
    };
    if let Value::Map(entries) = &block.value
        && let Some(own) = entries.iter().find(|it| it.key != PIN && !CALLING.contains(&it.key.as_str()))
    {
        let reason = format!("it stands beside `{PIN}`, and the pin `{stage}` says what the model is");
        let hint = "remove it, or write the model as a whole without `pin`; `casebook promote` pins a variant with \
                    other parameters";
        return Err(ConfigError::value(format!("{key}.{}", own.key), reason, &own.key_origin).with_hint(hint));
    }
    let NamedPins { source, run } = pins;
    let found = source.pins().and_then(|pins| {
        let (stage, pin) = pins.get(stage)?;
        run.map_or(Ok(()), |run| pin.check_run(stage, run, &source.file))?;
        pinned(stage, pin)
    });
    let found = found.map_err(|error| error.at(&path, &name.origin))?;
    let mut whole = Node::of_json(&Json::Object(found), &name.origin);
    whole.origin = block.origin.clone();
    whole.overlay(block, &[]);
    *block = whole;
    Ok(())
}

/// Refuses a pin in the block at `path`, where the step is not known.
pub(super) fn refuse(block: &Node, path: &str) -> Result<(), ConfigError> {
    let Some(pin) = block.get(PIN).filter(|it| !it.is_null()) else { return Ok(()) };
    let error =
        ConfigError::value(format!("{path}.{PIN}"), "a pin is of one step's model, and this is none", &pin.origin);
    Err(error.with_hint(
        "name the pin in the `llm` block at the top, of a step or of a judge, as in `llm: {pin: production}`",
    ))
}

impl PinError {
    /// The error as one of the configuration, which names the pin at the key `path`.
    fn at(self, path: &str, origin: &Origin) -> ConfigError {
        match self {
            Self::File(error) if error.hint().is_none() => error.with_hint(ANEW),
            Self::File(error) => error,
            Self::Edited { ref file, ref content, .. } => {
                let (file, content) = (file.clone(), (**content).clone());
                let (message, hint) = (self.to_string(), self.hint());
                ConfigError::new(Problem::EditedPins { key: path.to_owned(), message, hint, file, content }, origin)
            }
            other => {
                let error = ConfigError::value(path, other.to_string(), origin);
                match other.hint() {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                }
            }
        }
    }
}

impl Node {
    /// A JSON value as if it was written at `origin`.
    fn of_json(value: &Json, origin: &Origin) -> Self {
        let value = match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match number.to_string().parse::<i128>() {
                Ok(whole) => Value::Whole(whole, number.to_string()),
                Err(_) => Value::Real(number.as_f64().unwrap_or_default(), number.to_string()),
            },
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(elements) => Value::List(elements.iter().map(|it| Self::of_json(it, origin)).collect()),
            Json::Object(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        key_origin: origin.clone(),
                        node: Self::of_json(value, origin),
                    })
                    .collect(),
            ),
        };
        Self { value, origin: origin.clone() }
    }
}
