//! Files for evaluation tools: what their items are made of ([`EvalMapping`]), and the items one by one
//! ([`each_item`]).
//!
//! An item is made of an object of a file, or of an accepted output of the last step. Its parts are expressions over
//! what a rule of the step sees. [`crate::eval_tools`] knows what each tool loads.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::error::ExportError;
use super::objects::{FileObject, ObjectFault, ObjectFile, ObjectFiles, each_object, in_words, missing};
use super::sink::{RenderedFile, Sink};
use crate::eval_tools::{EvalFile, EvalInput, EvalItem, EvalMessage, EvalRemarks, EvalSettings, EvalWriter, free_name};
use crate::prompt::Rule;
use crate::record::{Digest, canonical};

/// How many bytes are handed on at once.
const PIECE: usize = 64 * 1024;

/// What stands in a test set's objects and becomes metadata.
const OF_TEST_SETS: [&str; 5] = ["case", "format", "use_case_id", "test_case_id", "policy_ids"];
/// What stands in the `input` of a test set's objects and becomes metadata.
const TARGET: &str = "target_message_index";
/// What the `metadata` of a test set's objects has.
const IN_METADATA: [&str; 2] = ["source", "split"];

/// What items for evaluation tools are made of.
#[derive(Debug)]
pub struct EvalMapping {
    /// The files that references of objects lead to.
    pub files: ObjectFiles,
    /// The objects that become items: those of a file, or the outputs of the last step.
    pub file: Arc<ObjectFile>,
    /// Whether they are those of a file, which expressions see as `object`.
    pub sees_object: bool,
    /// How, for each source of the file.
    pub parts: Vec<EvalParts>,
    pub settings: EvalSettings,
    /// Everything of the configuration that could change a byte.
    pub configured: Value,
}

/// What the parts of an item are.
#[derive(Debug)]
pub struct EvalParts {
    pub input: EvalInputPart,
    pub expected: Option<Rule>,
    pub criteria: Option<Rule>,
    pub metadata: EvalMetadata,
}

/// What the model under test is asked.
#[derive(Debug)]
pub enum EvalInputPart {
    Text(Rule),
    /// A list of messages.
    Messages(Rule),
}

/// What an item's metadata is.
#[derive(Debug)]
pub enum EvalMetadata {
    /// What a test set has.
    OfTestSet,
    /// By name: an expression, or else the field of that name.
    Named(Vec<(String, Option<Rule>)>),
}

impl EvalMetadata {
    /// The names that are known.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::OfTestSet => {
                OF_TEST_SETS.iter().chain([&TARGET]).chain(&IN_METADATA).map(|&name| name.to_owned()).collect()
            }
            Self::Named(fields) => fields.iter().map(|(name, _)| name.clone()).collect(),
        }
    }
}

/// Calls `visit` with each item, in the order of the plan. The first one that cannot be made ends it.
pub fn each_item<E: From<ExportError> + From<rusqlite::Error>>(
    connection: &Connection,
    mapping: &EvalMapping,
    visit: &mut dyn FnMut(EvalItem) -> Result<(), E>,
) -> Result<(), E> {
    let ids = mapping.own_ids::<E>(connection)?;
    each_object::<E>(connection, &mapping.files, &mapping.file, &mut |object| {
        let item = mapping.item(object, ids).map_err(ExportError::from)?;
        visit(item)
    })
}

/// What the `id` of objects is that give themselves one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnIds {
    /// The items' ids.
    Taken,
    /// Not a text in all of them, or not a different one in each.
    Unfit,
    /// No object has one.
    Absent,
}

/// How many work items are no items, in words; `None` if all are. `place` is where they are not.
pub fn missing_items(connection: &Connection, mapping: &EvalMapping, place: &str) -> rusqlite::Result<Option<String>> {
    missing(connection, &mapping.file, place)
}

/// Makes the bytes of a file.
pub(super) fn render_evals(
    connection: &Connection,
    mapping: &EvalMapping,
    file: EvalFile,
    sink: Sink<'_>,
) -> Result<RenderedFile, ExportError> {
    let mut out = Vec::new();
    let mut writer = EvalWriter::begin(file, &mapping.settings, &mut out);
    if !file.is_fixed() {
        each_item::<ExportError>(connection, mapping, &mut |item| {
            writer.push(&item, &mut out);
            if out.len() >= PIECE {
                sink(&out)?;
                out.clear();
            }
            Ok(())
        })?;
    }
    let (items, findings) = writer.finish(&mut out);
    sink(&out)?;
    let rows = i64::try_from(items).unwrap_or(i64::MAX);
    Ok(RenderedFile { rows, findings: findings.list(), ..RenderedFile::default() })
}

/// What is wrong with a part.
struct PartFault {
    part: &'static str,
    problem: String,
    hint: Option<String>,
}

impl PartFault {
    fn new(part: &'static str, problem: impl Into<String>) -> Self {
        Self { part, problem: problem.into(), hint: None }
    }
}

impl EvalMapping {
    /// Looks through the objects of a file without ids of its own. Memory holds a digest of each id.
    fn own_ids<E: From<ExportError> + From<rusqlite::Error>>(&self, connection: &Connection) -> Result<OwnIds, E> {
        if !self.sees_object || self.file.has_numbers() {
            return Ok(OwnIds::Absent);
        }
        let (mut seen, mut is_fit, mut objects) = (HashSet::new(), true, 0);
        each_object::<E>(connection, &self.files, &self.file, &mut |made| {
            objects += 1;
            match made.object.get("id") {
                Some(Value::String(id)) => {
                    is_fit &= !id.trim().is_empty() && seen.insert(Digest::of_bytes(id.as_bytes()));
                }
                Some(_) => is_fit = false,
                None => {}
            }
            Ok(())
        })?;
        Ok(match (is_fit, seen.len()) {
            (true, 0) => OwnIds::Absent,
            (true, ids) if ids == objects => OwnIds::Taken,
            _ => OwnIds::Unfit,
        })
    }

    fn item(&self, made: FileObject, ids: OwnIds) -> Result<EvalItem, ObjectFault> {
        let name = in_words(made.id.as_deref(), made.number, made.work_id).replacen("object ", "item ", 1);
        self.parts_of(made, ids).map_err(|PartFault { part, problem, hint }| ObjectFault {
            file: "outputs.mapping".to_owned(),
            object: name,
            field: part.to_owned(),
            problem,
            hint,
        })
    }

    fn parts_of(&self, made: FileObject, ids: OwnIds) -> Result<EvalItem, PartFault> {
        let FileObject { id, work_id, object, vars, source, .. } = made;
        let own = object.get("id").and_then(Value::as_str).filter(|_| ids == OwnIds::Taken).map(str::to_owned);
        let is_renamed = id.is_none() && ids == OwnIds::Unfit && object.contains_key("id");
        let id = id.or(own).unwrap_or_else(|| work_id.to_string());
        let mut remarks = EvalRemarks { is_renamed, ..EvalRemarks::default() };
        let parts = self.parts.get(source).ok_or_else(|| PartFault::new("input", "the step has no mapping"))?;
        let object = Value::Object(object);
        let vars = vars.id(&id);
        let vars = if self.sees_object { vars.object(&object) } else { vars };
        let value = |part: &'static str, rule: &Rule| {
            rule.value_or_null(&vars).map_err(|problem| PartFault::new(part, problem))
        };
        let needed = |part: &'static str, rule: &Rule| {
            let wrong = |problem, or: &str| PartFault {
                part,
                problem,
                hint: Some(format!("where it may be missing, write another value: `… {or}`")),
            };
            let other = example(part);
            match rule.value(&vars).map_err(|problem| wrong(problem, &format!("| default({other})")))? {
                Value::Null => Err(wrong(format!("expected {}, found null", what(part)), &format!("or {other}"))),
                found => Ok(found),
            }
        };
        let optional = |part, rule: &Option<Rule>| rule.as_ref().map_or(Ok(Value::Null), |rule| value(part, rule));
        let mut whole = None;
        let input = match &parts.input {
            EvalInputPart::Text(rule) => EvalInput::Text(text(needed("input", rule)?).unwrap_or_default()),
            EvalInputPart::Messages(rule) => {
                let list = needed("messages", rule)?;
                let messages = messages(&list, &mut remarks.message_keys)?;
                whole = (!remarks.message_keys.is_empty()).then_some(list);
                EvalInput::Messages(messages)
            }
        };
        let expected = text(optional("expected", &parts.expected)?);
        let criteria = criteria(optional("criteria", &parts.criteria)?, &mut remarks.null_criteria)?;
        let mut metadata = match &parts.metadata {
            EvalMetadata::OfTestSet => of_test_set(&object),
            EvalMetadata::Named(fields) => {
                let mut named = Map::with_capacity(fields.len());
                for (name, rule) in fields {
                    let found = match rule {
                        Some(rule) => Some(value("metadata", rule)?),
                        None => object.get(name).cloned(),
                    };
                    named.extend(found.map(|found| (name.clone(), found)));
                }
                named
            }
        };
        if let Some(list) = whole {
            let name = free_name("messages", |name| metadata.contains_key(name));
            metadata.insert(name, list);
        }
        Ok(EvalItem { id, input, expected, criteria, metadata, remarks })
    }
}

/// What a part has to be that every item needs, in words.
fn what(part: &str) -> &'static str {
    if part == "messages" { "a list of messages" } else { "a text" }
}

/// A value for such a part, as an expression.
fn example(part: &str) -> &'static str {
    if part == "messages" { "row.MESSAGES" } else { "row.TEXT" }
}

/// A value as a text: as it is, nothing for null, JSON for all else.
fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(canonical::to_string_in_order(&other)),
    }
}

/// The messages of a list. `keys` gets those that a message has beside its role and its content.
fn messages(value: &Value, keys: &mut Vec<String>) -> Result<Vec<EvalMessage>, PartFault> {
    let wrong = |problem: String| PartFault::new("messages", problem);
    let Value::Array(list) = value else {
        return Err(wrong(format!("expected a list of messages, found {}", kind(value))));
    };
    if list.is_empty() {
        return Err(wrong("expected at least one message, found an empty list".to_owned()));
    }
    let mut found = Vec::with_capacity(list.len());
    for (number, message) in std::iter::zip(1.., list) {
        let part = |name: &str| match message.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            other => {
                let other = other.map_or("nothing", kind);
                Err(wrong(format!("message {number}: expected a text as its `{name}`, found {other}")))
            }
        };
        let (role, content) = (part("role")?, part("content")?);
        if role.trim().is_empty() {
            return Err(wrong(format!("message {number}: expected a word as its `role`, found a blank text")));
        }
        let fields = message.as_object().into_iter().flat_map(Map::keys);
        keys.extend(fields.filter(|key| !["role", "content"].contains(&key.as_str())).cloned());
        found.push(EvalMessage { role, content });
    }
    Ok(found)
}

/// A list of texts. `nulls` counts the elements that are null.
fn criteria(value: Value, nulls: &mut u64) -> Result<Vec<String>, PartFault> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(one) => Ok(vec![one]),
        Value::Array(list) => {
            *nulls += list.iter().filter(|it| it.is_null()).count() as u64;
            Ok(list.into_iter().filter_map(text).collect())
        }
        other => Err(PartFault::new("criteria", format!("expected a list of texts, found {}", kind(&other)))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What a test set's object has beside input, answer and criteria. A name in its `metadata` that is one of the others
/// becomes `metadata.NAME`.
fn of_test_set(object: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    let input = object.get("input").and_then(|input| input.get(TARGET)).map(|target| (TARGET, target));
    let named = OF_TEST_SETS.iter().filter_map(|&name| Some((name, object.get(name)?)));
    found.extend(named.chain(input).map(|(name, value)| (name.to_owned(), value.clone())));
    match object.get("metadata") {
        Some(Value::Object(metadata)) => {
            for (name, value) in metadata {
                let name = free_name(name, |name| found.contains_key(name));
                found.insert(name, value.clone());
            }
        }
        Some(other) => drop(found.insert("metadata".to_owned(), json!(other))),
        None => {}
    }
    found
}
