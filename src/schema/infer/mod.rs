//! A schema from examples, without a model: what every example is, and nothing that one of them is not.
//!
//! Examples are taken in one at a time and only their shape is kept, so that a file of any length takes no more memory
//! than its fields do. The same examples lead to the same schema in every order, but for the order of its fields, which
//! is that of the first time they are met. Bounds are left out: that no example has more than 7 does not make 8 wrong.

mod shape;
#[cfg(test)]
mod tests;
mod text;

use self::shape::{MAX_FIELDS, Shape, Writer};
use super::contract::Contract;
use super::draft::DRAFT_2020_12;
use super::json::{self, Node, ReadError};

/// Why no schema can be made of examples. Lines are those of their file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InferError {
    /// Not JSON.
    #[error("line {line}, column {column}: {message}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// JSON, but no object.
    #[error("line {line}: an example is a JSON object, found {found}")]
    NotAnObject {
        /// Line, from 1.
        line: usize,
        /// What was found, with its article.
        found: &'static str,
    },
    /// Names that are data.
    #[error("line {line}: more than {MAX_FIELDS} different fields: names that differ in each example are data")]
    TooManyFields {
        /// Line, from 1.
        line: usize,
    },
    /// No example at all.
    #[error("there is no example in it")]
    Nothing,
    /// What the examples have in common is no schema that an answer can be held to.
    #[error("the examples lead to no usable schema: {0}")]
    Unusable(String),
}

/// A schema that was made of examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The schema, closed, as text that ends with a newline.
    pub text: String,
    /// How many examples it was made of.
    pub examples: u64,
    /// What the examples leave open or may have led astray, one sentence each, in the order of the fields.
    pub notes: Vec<String>,
}

/// Examples that are being taken in.
#[derive(Debug)]
pub struct Inference {
    shape: Shape,
    fields: usize,
    examples: u64,
    max_values: usize,
}

impl Inference {
    /// How many values a list of values has at most, by default.
    pub const MAX_VALUES: usize = 12;

    /// Nothing taken in yet. Texts that repeat become a list of values where there are at most `max_values` of them; 0:
    /// never.
    #[must_use]
    pub fn new(max_values: usize) -> Self {
        Self { shape: Shape::default(), fields: 0, examples: 0, max_values }
    }

    /// Takes in the example that is all of `text`, which is line `line` of its file.
    pub fn line(&mut self, text: &str, line: usize) -> Result<(), InferError> {
        let node = json::read(text).map_err(|error| unreadable(text, &error, line))?;
        self.example(&node, line)
    }

    /// Takes in a whole file: one example, or an array of them.
    pub fn document(&mut self, text: &str) -> Result<(), InferError> {
        match json::read(text).map_err(|error| unreadable(text, &error, 1))? {
            Node::Array(items) => items.iter().try_for_each(|item| self.example(item, 1)),
            node => self.example(&node, 1),
        }
    }

    /// Takes in a row of a table that starts in line `line`: a cell is a number, true or false where all cells of its
    /// column are, and null where it is empty.
    pub fn row(&mut self, columns: &[String], cells: &[String], line: usize) -> Result<(), InferError> {
        self.examples += 1;
        let object = self.shape.object();
        for (name, cell) in columns.iter().zip(cells) {
            let field = object.field(name, &mut self.fields);
            field.cell(cell, self.max_values);
        }
        self.bounded(line)
    }

    fn example(&mut self, node: &Node, line: usize) -> Result<(), InferError> {
        if !matches!(node, Node::Object(_)) {
            return Err(InferError::NotAnObject { line, found: found(node) });
        }
        self.examples += 1;
        self.shape.add(node, self.max_values, &mut self.fields);
        self.bounded(line)
    }

    fn bounded(&self, line: usize) -> Result<(), InferError> {
        if self.fields > MAX_FIELDS { Err(InferError::TooManyFields { line }) } else { Ok(()) }
    }

    /// The schema of all that was taken in.
    pub fn finish(self) -> Result<Inferred, InferError> {
        if self.examples == 0 {
            return Err(InferError::Nothing);
        }
        let mut writer = Writer::default();
        let mut members = vec![("$schema".to_owned(), Node::String(DRAFT_2020_12.to_owned()))];
        if let Node::Object(own) = writer.schema(&self.shape, "") {
            members.extend(own);
        }
        let mut text = Node::Object(members).pretty();
        text.push('\n');
        let contract = Contract::parse(&text, "schema").map_err(|error| InferError::Unusable(error.to_string()))?;
        let mut notes = writer.notes;
        if let Err(reason) = contract.native() {
            notes.push(format!("OpenAI's strict mode does not take it: {reason}"));
        }
        Ok(Inferred { text, examples: self.examples, notes })
    }
}

fn unreadable(text: &str, error: &ReadError, line: usize) -> InferError {
    let (below, column) = json::position(text, error.offset);
    InferError::Json { line: line + below - 1, column, message: error.message.clone() }
}

fn found(node: &Node) -> &'static str {
    match node {
        Node::Null => "null",
        Node::Bool(_) => "true or false",
        Node::Number(_) => "a number",
        Node::String(_) => "a text",
        Node::Array(_) => "an array",
        Node::Object(_) => "an object",
    }
}
