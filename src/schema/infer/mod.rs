//! Infers a schema from examples, without a model: the narrowest one that every example is valid against.
//!
//! Only the shape of the examples is kept (`shape`, and `text` for formats and lists of values), so that memory depends
//! on the number of fields and not on the length of the file. The order of the examples changes nothing but the order
//! of the fields, which is that of their first occurrence. Bounds are left out: that no example has more than 7 does
//! not make 8 wrong.

mod shape;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;

use self::shape::{MAX_FIELDS, ValueShape, Writer};
use super::contract::Contract;
use super::draft::DRAFT_2020_12;
use super::json::{self, JsonError, JsonNode};

/// Why no schema can be inferred. Lines and columns are those of the examples' file, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InferError {
    #[error("line {line}, column {column}: {message}")]
    Json { line: usize, column: usize, message: String },
    #[error("line {line}: an example is a JSON object, found {found}")]
    NotAnObject {
        line: usize,
        /// With its article.
        found: &'static str,
    },
    /// So many different names that they must be data.
    #[error("line {line}: more than {MAX_FIELDS} different fields: names that differ in each example are data")]
    TooManyFields { line: usize },
    #[error("there is no example in it")]
    Nothing,
    /// The inferred schema is not one that answers can be held to.
    #[error("the examples lead to no usable schema: {0}")]
    Unusable(String),
}

impl InferError {
    /// A hint on how to fix it, if the message does not already say so.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Json { .. } | Self::NotAnObject { .. } => {
                "a .jsonl file has one JSON object a line, a .json file one object or an array of them; tables are known \
                 by their extension (csv, tsv, psv, xlsx, ods)"
            }
            Self::TooManyFields { .. } => "use an array of objects, with what is a name now in a field of its own",
            Self::Nothing | Self::Unusable(_) => return None,
        };
        Some(Cow::Borrowed(hint))
    }
}

/// A schema that was inferred from examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The schema, closed, as text that ends with a newline.
    pub text: String,
    pub examples: u64,
    /// What the examples leave open, or where they may mislead; one sentence each, in the order of the fields.
    pub notes: Vec<String>,
}

/// The shape of the examples so far.
#[derive(Debug)]
pub struct Inference {
    shape: ValueShape,
    fields: usize,
    examples: u64,
    max_values: usize,
}

impl Inference {
    /// The default of `max_values`.
    pub const MAX_VALUES: usize = 12;

    /// Starts without examples. Texts that repeat become an enumeration if there are at most `max_values` different
    /// ones; with 0 they never do.
    #[must_use]
    pub fn new(max_values: usize) -> Self {
        Self { shape: ValueShape::default(), fields: 0, examples: 0, max_values }
    }

    /// Adds the example that is all of `text`, line `line` of its file.
    pub fn line(&mut self, text: &str, line: usize) -> Result<(), InferError> {
        let node = json::read(text).map_err(|error| unreadable(text, &error, line))?;
        self.example(&node, line)
    }

    /// Adds a whole file: one example, or an array of them.
    pub fn document(&mut self, text: &str) -> Result<(), InferError> {
        match json::read(text).map_err(|error| unreadable(text, &error, 1))? {
            JsonNode::Array(items) => items.iter().try_for_each(|item| self.example(item, 1)),
            node => self.example(&node, 1),
        }
    }

    /// Adds the row of a table that starts in line `line`. An empty cell is null; others are numbers or booleans if all
    /// cells of their column are.
    pub fn row(&mut self, columns: &[String], cells: &[String], line: usize) -> Result<(), InferError> {
        self.examples += 1;
        let object = self.shape.object();
        for (name, cell) in columns.iter().zip(cells) {
            let field = object.field(name, &mut self.fields);
            field.cell(cell, self.max_values);
        }
        self.bounded(line)
    }

    fn example(&mut self, node: &JsonNode, line: usize) -> Result<(), InferError> {
        if !matches!(node, JsonNode::Object(_)) {
            return Err(InferError::NotAnObject { line, found: found(node) });
        }
        self.examples += 1;
        self.shape.add(node, self.max_values, &mut self.fields);
        self.bounded(line)
    }

    fn bounded(&self, line: usize) -> Result<(), InferError> {
        if self.fields > MAX_FIELDS { Err(InferError::TooManyFields { line }) } else { Ok(()) }
    }

    /// Returns the schema of all examples.
    pub fn finish(self) -> Result<Inferred, InferError> {
        if self.examples == 0 {
            return Err(InferError::Nothing);
        }
        let mut writer = Writer::default();
        let mut members = vec![("$schema".to_owned(), JsonNode::String(DRAFT_2020_12.to_owned()))];
        if let JsonNode::Object(own) = writer.schema(&self.shape, "") {
            members.extend(own);
        }
        let mut text = JsonNode::Object(members).pretty();
        text.push('\n');
        let contract = Contract::parse(&text, "schema").map_err(|error| InferError::Unusable(error.to_string()))?;
        let mut notes = writer.notes;
        if let Err(reason) = contract.native() {
            notes.push(format!("OpenAI's strict mode does not take it: {reason}"));
        }
        Ok(Inferred { text, examples: self.examples, notes })
    }
}

fn unreadable(text: &str, error: &JsonError, line: usize) -> InferError {
    let (below, column) = json::position(text, error.offset);
    InferError::Json { line: line + below - 1, column, message: error.message.clone() }
}

fn found(node: &JsonNode) -> &'static str {
    match node {
        JsonNode::Null => "null",
        JsonNode::Bool(_) => "true or false",
        JsonNode::Number(_) => "a number",
        JsonNode::String(_) => "a text",
        JsonNode::Array(_) => "an array",
        JsonNode::Object(_) => "an object",
    }
}
