//! The functions over documents, as templates call them.

use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};

use super::arguments::{DEFAULT_PASSAGES, DocumentFunction, MAX_PASSAGES, Parameter, Takes, out_of_range};
use super::lookup::{Retrieval, TemplateDocuments};
use super::passage::PassageList;
use crate::prompt::cell::plain;

/// A function over the documents of a rendering.
#[derive(Debug)]
struct FunctionValue {
    function: DocumentFunction,
    documents: TemplateDocuments,
}

impl TemplateDocuments {
    /// The function that a template calls by `name`.
    pub(in crate::prompt) fn function(&self, name: &str) -> Option<Value> {
        let function = DocumentFunction::of(name)?;
        Some(Value::from_object(FunctionValue { function, documents: self.clone() }))
    }
}

impl Object for FunctionValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        self.run(args).map_err(|message| Error::new(ErrorKind::InvalidOperation, message))
    }
}

impl FunctionValue {
    fn run(&self, args: &[Value]) -> Result<Value, String> {
        let arguments = Arguments::of(self.function, args)?;
        let lookup = &self.documents.lookup;
        let failed = |error: String| format!("`{}`: {error}", self.function);
        Ok(match self.function {
            DocumentFunction::Retrieve => {
                let (knowledge, query) = (arguments.text(0)?, arguments.text(1)?);
                let count = if arguments.is_given(2) { passages(arguments.number(2)?)? } else { DEFAULT_PASSAGES };
                let found = lookup.retrieve(&knowledge, &query, count).map_err(failed)?;
                let passages = found.passages.iter().map(|it| it.row).collect();
                self.documents.log.add(Retrieval { dataset: found.dataset, query, count, passages });
                PassageList::value(found.passages)
            }
            DocumentFunction::Lines => Value::from(self.lines(&arguments, 3)?),
            DocumentFunction::EvidenceOk => {
                let lines = self.lines(&arguments, 4)?;
                Value::from(lines.join("\n") == arguments.text(3)?)
            }
        })
    }

    /// The lines that the first three arguments name: up to the last one, where the third is not given. The collection
    /// is the argument at `knowledge`, if it is given.
    fn lines(&self, arguments: &Arguments, knowledge: usize) -> Result<Vec<String>, String> {
        let collection = arguments.is_given(knowledge).then(|| arguments.text(knowledge)).transpose()?;
        let (document, first, last) = (arguments.text(0)?, arguments.number(1)?, arguments.is_given(2));
        let last = last.then(|| arguments.number(2)).transpose()?;
        let found = self.documents.lookup.lines(collection.as_deref(), &document, first, last);
        found.map_err(|error| format!("`{}`: {error}", self.function))
    }
}

/// How many passages are asked for.
fn passages(number: i64) -> Result<u32, String> {
    match u32::try_from(number) {
        Ok(count) if (1..=MAX_PASSAGES).contains(&count) => Ok(count),
        _ => Err(out_of_range(&number.to_string())),
    }
}

/// The arguments of a call, by the places of their parameters.
struct Arguments {
    function: DocumentFunction,
    values: Vec<Option<Value>>,
}

impl Arguments {
    fn of(function: DocumentFunction, args: &[Value]) -> Result<Self, String> {
        let (placed, keywords) = match args.split_last() {
            Some((last, placed)) if last.is_kwargs() => (placed, Some(last)),
            _ => (args, None),
        };
        let keys = keywords.into_iter().flat_map(|it| it.try_iter().into_iter().flatten());
        let named = keys.map(|key| {
            let value = keywords.and_then(|it| it.get_item(&key).ok()).unwrap_or_default();
            (key.to_string(), plain(&value))
        });
        let values = function.bind(placed.iter().map(plain), named)?;
        Ok(Self { function, values })
    }

    fn is_given(&self, place: usize) -> bool {
        self.values.get(place).is_some_and(Option::is_some)
    }

    fn value(&self, place: usize) -> (&'static Parameter, Value) {
        let value = self.values.get(place).cloned().flatten().unwrap_or_default();
        (&self.function.parameters()[place], value)
    }

    fn text(&self, place: usize) -> Result<String, String> {
        let (parameter, value) = self.value(place);
        match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None if parameter.takes == Takes::TextOrNumber && value.is_number() => Ok(value.to_string()),
            None => Err(self.wrong(parameter, &value, "a text")),
        }
    }

    fn number(&self, place: usize) -> Result<i64, String> {
        let (parameter, value) = self.value(place);
        // A float is no line, even where it has no fraction.
        let whole = value.is_integer().then(|| value.as_i64()).flatten();
        whole.ok_or_else(|| self.wrong(parameter, &value, "a whole number"))
    }

    fn wrong(&self, parameter: &Parameter, value: &Value, wanted: &str) -> String {
        let what = match value.kind() {
            ValueKind::Number => format!("the number {value}"),
            ValueKind::String => "a text".to_owned(),
            ValueKind::Seq | ValueKind::Iterable => "a list".to_owned(),
            ValueKind::Map => "an object".to_owned(),
            ValueKind::Bool => format!("{value}"),
            kind => kind.to_string(),
        };
        format!("`{}`: `{}` is {what}, and must be {wanted}", self.function, parameter.name)
    }
}
