//! Files of objects (`outputs.files`): what a file is made of ([`ObjectFile`]), and its objects one by one
//! ([`each_object`]).
//!
//! An object is made of an accepted output and of what a rule of its step sees. Its id is its number in the file. A
//! reference is the id of an object of another file; it has to lead to exactly one. `ids` has the tables by which they
//! are found, `text` writes the file, `left_out` counts what is not in it, and `fault` is why an object cannot be made.
//! Nothing of a file is kept but these tables, so that memory does not grow with the size of objects.

mod each;
mod fault;
mod ids;
mod left_out;
mod run;
#[cfg(test)]
mod tests;
mod text;

use std::sync::Arc;

use serde_json::Value;

use crate::prompt::{Rule, TemplateColumns, TemplateValue};
use crate::record::OutputPath;
use crate::stage::derive::ReadSteps;

pub use each::{FileObject, each_object};
pub use fault::ObjectFault;
pub(super) use fault::in_words;
pub use left_out::left_out;
pub(super) use left_out::{count_objects, missing, statuses};
pub(super) use text::{pretty, render_objects};

/// The files of objects of an export.
#[derive(Clone, Debug, Default)]
pub struct ObjectFiles {
    /// In the order in which they are written.
    pub files: Vec<Arc<ObjectFile>>,
    /// What objects about the run see as `run`, as far as the configuration says it.
    pub run: Value,
    /// Everything of the configuration that could change a byte of them.
    pub configured: Value,
}

/// A file of objects.
#[derive(Debug)]
pub struct ObjectFile {
    pub name: String,
    /// Whether it has an object on each line.
    pub is_lines: bool,
    pub content: ObjectContent,
}

impl ObjectFile {
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        if self.is_lines { "application/jsonl" } else { "application/json" }
    }

    /// Whether the ids of its objects are numbers in order.
    #[must_use]
    pub fn has_numbers(&self) -> bool {
        matches!(&self.content, ObjectContent::List { id_prefix: Some(_), .. })
    }

    /// What its objects are made of, step by step; nothing in a file about the run.
    #[must_use]
    pub fn sources(&self) -> &[ObjectSource] {
        match &self.content {
            ObjectContent::Run { .. } => &[],
            ObjectContent::List { sources, .. } => sources,
        }
    }
}

/// What is in a file of objects.
#[derive(Debug)]
pub enum ObjectContent {
    /// One object about the run.
    Run {
        /// The variables of the configuration.
        variables: TemplateValue,
        /// In order.
        fields: Vec<(String, Rule)>,
    },
    /// An object for each accepted output.
    List {
        /// The key of the list; `None`: the list is the file.
        list: Option<String>,
        /// What stands before the numbers in ids; `None`: objects have none.
        id_prefix: Option<String>,
        /// The steps whose outputs they are made of: one, or the perspectives of one.
        sources: Vec<ObjectSource>,
    },
}

/// A step whose accepted outputs become objects.
#[derive(Debug)]
pub struct ObjectSource {
    /// The name of the step.
    pub step: String,
    /// Whether its work items are made from outputs of other steps.
    pub is_derived: bool,
    /// The steps of which its templates see lists of outputs.
    pub several: Vec<String>,
    /// The steps before it that its fields read or refer to; `None`: maybe all.
    pub read: Option<ReadSteps>,
    /// The columns of the input.
    pub columns: Arc<TemplateColumns>,
    /// The variables of the configuration.
    pub variables: TemplateValue,
    pub perspective: Option<String>,
    /// The fields in order, references included; `None`: all fields of the output, in which references take the places
    /// of fields with their names.
    pub fields: Option<Vec<ObjectField>>,
    pub references: Vec<ObjectReference>,
}

/// A field of an object.
#[derive(Debug)]
pub struct ObjectField {
    pub name: String,
    pub value: FieldValue,
}

/// What a field of an object is.
#[derive(Debug)]
pub enum FieldValue {
    /// The field of the output with its name; left out with it.
    Output,
    Rule(Rule),
    /// The reference at this index.
    Reference(usize),
}

/// A field with ids of objects of another file.
#[derive(Debug)]
pub struct ObjectReference {
    /// The name of the field.
    pub name: String,
    /// The step that it refers to, or the perspectives of that name.
    pub step: String,
    /// The file that gives their ids, by its index.
    pub file: usize,
    pub target: ReferredObjects,
}

/// Which objects a field refers to.
#[derive(Debug)]
pub enum ReferredObjects {
    /// The one that the work item goes back to, or with `many` all of them, as a list.
    Lineage { many: bool },
    /// Those whose outputs have one of these values at the path `by`.
    Value { by: OutputPath, value: Rule },
}
