//! The objects of a file, one by one: [`each_object`].

use std::collections::HashSet;

use rusqlite::{Connection, Row};
use serde_json::{Map, Value};

use super::fault::{ObjectFault, in_words};
use super::ids::{ReferenceTable, Unresolved, id};
use super::{
    FieldValue, ObjectContent, ObjectField, ObjectFile, ObjectFiles, ObjectReference, ObjectSource, ReferredObjects,
};
use crate::config::is_called;
use crate::prompt::{TemplateGroup, TemplateRow, Vars};
use crate::record::{VariantAt, WorkId};
use crate::stage::derive::{self, Links};
use crate::stage::export::error::ExportError;
use crate::stage::export::sink::unreadable;
use crate::stage::ingest::parse_typed_fields;
use crate::store::{sql, step_rowid};

/// An object of a file, with the work item that it is made of.
#[derive(Debug)]
pub struct FileObject {
    /// Its number in the file, from 1.
    pub number: u64,
    /// The source of the file that it is made of, by its index.
    pub source: usize,
    /// Its id; `None` in a file whose objects have none.
    pub id: Option<String>,
    /// The work item whose accepted output it is made of.
    pub work_id: WorkId,
    /// Its fields in order, `id` first.
    pub object: Map<String, Value>,
    /// What its expressions see: all that a rule of the step sees, and `output`, `work_id` and `id`.
    pub vars: Vars,
}

/// Calls `visit` with each object of `file`, in the order of the plan. A file about the run has none. References are
/// resolved as each object is made; the first that does not lead to one object ends it. Memory holds one object, and
/// the tables of the file's references (see `ids`).
pub fn each_object<E: From<ExportError> + From<rusqlite::Error>>(
    connection: &Connection,
    files: &ObjectFiles,
    file: &ObjectFile,
    visit: &mut dyn FnMut(FileObject) -> Result<(), E>,
) -> Result<(), E> {
    let ObjectContent::List { id_prefix, sources, .. } = &file.content else { return Ok(()) };
    let references = sources.first().map_or(&[][..], |source| source.references.as_slice());
    let tables = references.iter().map(|reference| ReferenceTable::of(connection, files, reference));
    let tables: Vec<ReferenceTable<'_>> = tables.collect::<rusqlite::Result<_>>()?;
    let mut number = 0;
    for (index, source) in sources.iter().enumerate() {
        let Some(step) = step_rowid(connection, &source.step, VariantAt::BASE)? else { continue };
        let read = source.read.iter().map(|read| (step, read.clone())).collect();
        let links = Links { several: vec![(step, source.several.clone())], read, ..Links::default() };
        let prefix = id_prefix.as_deref();
        let maker = ObjectMaker { connection, file, prefix, source, tables: &tables, step, links };
        sql::EXPORT_OBJECTS.each::<E>(connection, &[(":step", &step)], |row| {
            number += 1;
            visit(FileObject { source: index, ..maker.make(row, number)? })
        })?;
    }
    Ok(())
}

/// Makes the objects of one step.
struct ObjectMaker<'a> {
    connection: &'a Connection,
    file: &'a ObjectFile,
    prefix: Option<&'a str>,
    source: &'a ObjectSource,
    /// Of the file's references, in order.
    tables: &'a [ReferenceTable<'a>],
    /// The step (rowid).
    step: i64,
    links: Links,
}

/// An object while it is made.
struct Draft<'a> {
    vars: &'a Vars,
    output: &'a Map<String, Value>,
    /// The outputs that its work item is made from (rowids).
    entries: &'a [i64],
}

impl ObjectMaker<'_> {
    fn make(&self, row: &Row<'_>, number: u64) -> Result<FileObject, ExportError> {
        let work_id: WorkId = row.get("work_id")?;
        let id = self.prefix.map(|prefix| id(prefix, number));
        let output: Value = serde_json::from_str(row.get_ref("output")?.as_str().map_err(rusqlite::Error::from)?)
            .map_err(unreadable)?;
        let entries =
            if self.source.is_derived { derive::inputs_of(self.connection, row.get("id")?, None)? } else { Vec::new() };
        let vars = self.vars(row, &output, &entries)?.work_id(&work_id.to_string());
        let vars = id.iter().fold(vars, |vars, id| vars.id(id));
        let fields = match &output {
            Value::Object(fields) => fields.clone(),
            other => Map::from_iter([("output".to_owned(), other.clone())]),
        };
        let draft = Draft { vars: &vars, output: &fields, entries: &entries };
        let mut object = Map::with_capacity(fields.len() + 1);
        if let Some(id) = &id {
            object.insert("id".to_owned(), Value::from(id.as_str()));
        }
        self.fill(&draft, &mut object).map_err(|fault| match fault {
            Failure::Export(error) => error,
            Failure::Field { field, why: Unresolved { problem, hint } } => {
                let object = in_words(id.as_deref(), number, work_id);
                ObjectFault { file: self.file.name.clone(), object, field, problem, hint }.into()
            }
        })?;
        Ok(FileObject { number, source: 0, id, work_id, object, vars })
    }

    /// What the expressions of an object see.
    fn vars(&self, row: &Row<'_>, output: &Value, entries: &[i64]) -> rusqlite::Result<Vars> {
        let mut vars = Vars::new().variables(&self.source.variables).output(output);
        if let Some(fields) = row.get_ref("fields")?.as_str_or_null()? {
            vars = vars.row(&TemplateRow::of_fields(&self.source.columns, &parse_typed_fields(fields)?));
        }
        if let Some(key) = row.get_ref("group_key")?.as_str_or_null()? {
            let rows: i64 = row.get("row_count")?;
            vars = vars.group(&TemplateGroup::new(key, usize::try_from(rows).unwrap_or(usize::MAX)));
        }
        if let Some(perspective) = &self.source.perspective {
            vars = vars.perspective(perspective);
        }
        if self.source.is_derived {
            let item: Option<Value> = row.get("item")?;
            vars = vars.lineage(&derive::lineage(self.connection, &self.links, self.step, entries, item.as_ref())?);
        }
        Ok(vars)
    }

    fn fill(&self, draft: &Draft<'_>, object: &mut Map<String, Value>) -> Result<(), Failure> {
        if let Some(fields) = &self.source.fields {
            for ObjectField { name, value } in fields {
                let value = match value {
                    FieldValue::Output => draft.output.get(name).cloned(),
                    FieldValue::Rule(rule) => Some(rule.value(draft.vars).map_err(|why| Failure::plain(name, why))?),
                    FieldValue::Reference(index) => Some(self.reference(*index, draft)?),
                };
                if let Some(value) = value {
                    object.insert(name.clone(), value);
                }
            }
            return Ok(());
        }
        let place = |name: &str| self.source.references.iter().position(|it| it.name == name);
        for (name, value) in draft.output {
            if object.contains_key(name) {
                let problem = "the output has a field of that name, and `id_prefix` gives each object its `id`";
                return Err(Failure::plain(name, problem.to_owned()));
            }
            let value = match place(name) {
                Some(index) => self.reference(index, draft)?,
                None => value.clone(),
            };
            object.insert(name.clone(), value);
        }
        for (index, reference) in self.source.references.iter().enumerate() {
            if !object.contains_key(&reference.name) {
                object.insert(reference.name.clone(), self.reference(index, draft)?);
            }
        }
        Ok(())
    }

    /// The value of a reference: the id of an object, or a list of ids.
    fn reference(&self, index: usize, draft: &Draft<'_>) -> Result<Value, Failure> {
        let (Some(reference), Some(table)) = (self.source.references.get(index), self.tables.get(index)) else {
            return Ok(Value::Null);
        };
        let failed = |why| Failure::Field { field: reference.name.clone(), why };
        match &reference.target {
            ReferredObjects::Value { value, .. } => {
                let value = value.value(draft.vars).map_err(|why| Failure::plain(&reference.name, why))?;
                table.of_value(self.connection, &value)?.map_err(failed)
            }
            ReferredObjects::Lineage { many } => {
                let ids = self.ancestors(reference, table, draft)?.map_err(failed)?;
                match (many, ids.as_slice()) {
                    (true, _) => Ok(Value::Array(ids.into_iter().map(Value::String).collect())),
                    (false, [one]) => Ok(Value::from(one.as_str())),
                    // It is made from one, which is followed only while it is accepted.
                    (false, []) => Err(failed(not_accepted(&reference.step))),
                    (false, _) => {
                        let (count, step) = (ids.len(), &reference.step);
                        let problem =
                            format!("the work item goes back to {count} outputs of `{step}`, and it has to be one");
                        let hint = "write `many: true` for a list of them".to_owned();
                        Err(failed(Unresolved { problem, hint: Some(hint) }))
                    }
                }
            }
        }
    }

    /// The ids of the objects of a step that the work item goes back to, in order, each once.
    fn ancestors(
        &self,
        reference: &ObjectReference,
        table: &ReferenceTable<'_>,
        draft: &Draft<'_>,
    ) -> rusqlite::Result<Result<Vec<String>, Unresolved>> {
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        let behind = self.source.read.as_ref().map(|it| &it.behind);
        for node in derive::ancestors(self.connection, &self.links, draft.entries, behind)? {
            if !is_called(&node.step, &reference.step) {
                continue;
            }
            match table.of_item(node.work_id) {
                Some(id) => {
                    if seen.insert(id.clone()) {
                        ids.push(id);
                    }
                }
                None => return Ok(Err(not_accepted(&node.step))),
            }
        }
        Ok(Ok(ids))
    }
}

/// An output of `step` that an object is made from is not accepted any more.
fn not_accepted(step: &str) -> Unresolved {
    let problem = format!("the output of `{step}` that it is made from is not accepted now");
    let hint = "`casebook run CONFIG` works on what was made from it; then the files can be written";
    Unresolved { problem, hint: Some(hint.to_owned()) }
}

/// Why an object cannot be made.
enum Failure {
    Export(ExportError),
    Field { field: String, why: Unresolved },
}

impl Failure {
    fn plain(field: &str, problem: String) -> Self {
        Self::Field { field: field.to_owned(), why: Unresolved { problem, hint: None } }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Export(error.into())
    }
}
