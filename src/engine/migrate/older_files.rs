//! What the files of an older project say that its configuration does not: whether its prompts are blind, where its
//! schema is, and which sheet is read. Files that cannot be read are told of elsewhere.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use super::problem::MigrationProblem;
use crate::config::{PromptSyntax, nearest};
use crate::migrate::{Older, PythonSchema, SameFields, fields_of};
use crate::prompt::{InputData, Known, Prompt, PromptError, TemplateColumns, TemplateUse};
use crate::schema::Contract;
use crate::tabular;

/// The files that the new configuration reads, each with its key, relative to the older project.
type Reads = [(&'static str, String)];

fn path_of<'a>(reads: &'a Reads, key: &str) -> Option<&'a str> {
    reads.iter().find(|(of, _)| *of == key).map(|(_, path)| path.as_str())
}

/// Whether the prompt at `key` shows nothing of the row that it is asked for.
pub(super) fn is_blind(key: &str, older: &Older, root: &Path, reads: &Reads) -> bool {
    let Some(path) = path_of(reads, key) else { return false };
    let text = fs::read_to_string(root.join(path)).ok();
    let purpose = if key == "prompts.judge" { TemplateUse::Judge } else { TemplateUse::Generation };
    let prompt = text.and_then(|text| over_columns(&text, path, purpose).ok());
    let of_all: &[&str] = match (older.shows_groups(), older.context_shows_rows()) {
        (true, _) => &["row"],
        (false, true) => &["row", "context", "input_data", "group"],
        (false, false) => &["row", "group"],
    };
    prompt.is_some_and(|prompt| !of_all.iter().any(|name| prompt.mentions(name)))
}

/// A prompt, read and checked without the table: a name in single braces that is not like a variable's is taken for a
/// column.
pub(super) fn over_columns(text: &str, path: &str, purpose: TemplateUse) -> Result<Prompt, PromptError> {
    const VARIABLES: [&str; 10] = [
        "context",
        "llm_schema",
        "output_json",
        "input_data",
        "verdict_schema",
        "feedback",
        "output",
        "row",
        "group",
        "attempt",
    ];
    let prompt = Prompt::read(text, path, path, PromptSyntax::Braces)?;
    let columns: Vec<String> =
        prompt.placeholders().into_iter().filter(|name| nearest(name, VARIABLES).is_none()).collect();
    let known = Known::new(purpose, &TemplateColumns::new(&columns), None, None);
    let (prompt, _) = prompt.bound(&known, &InputData::Context)?;
    prompt.check(&known)?;
    Ok(prompt)
}

/// The name of the sheet at the position that the older configuration gives, if the workbook can be read.
pub(super) fn sheet(older: &Older, root: &Path, reads: &Reads) -> Option<String> {
    let position = older.sheet_position()?;
    let workbook = File::open(root.join(path_of(reads, "input.path")?)).ok()?;
    tabular::worksheet_names(BufReader::new(workbook))?.into_iter().nth(position)
}

/// What there is of the schema in Python.
pub(super) fn python_schema(older: &Older, root: &Path, reads: &Reads) -> PythonSchema {
    let taken = path_of(reads, "schema.path").filter(|path| root.join(path).exists());
    match (taken, module(older, root)) {
        (Some(taken), Some(module)) => PythonSchema::Beside(compare(&root.join(taken), &root.join(module))),
        (None, Some(module)) => PythonSchema::Alone(module),
        (None, None) => older.python_module().map_or(PythonSchema::None, PythonSchema::Missing),
        (Some(_), None) => PythonSchema::None,
    }
}

fn module(older: &Older, root: &Path) -> Option<String> {
    older.python_files().into_iter().find(|path| root.join(path).is_file())
}

/// Compares the fields of the file that is taken with those of the Python module.
fn compare(taken: &Path, module: &Path) -> SameFields {
    let Some((taken, python)) = fields(taken, module) else { return SameFields::Unknown };
    let only = |these: &[String], those: &[String]| these.iter().any(|name| !those.contains(name));
    if only(&taken, &python) || only(&python, &taken) { SameFields::No } else { SameFields::Yes }
}

fn fields(taken: &Path, module: &Path) -> Option<(Vec<String>, Vec<String>)> {
    let schema = Contract::parse(&fs::read_to_string(taken).ok()?, &taken.display().to_string()).ok()?;
    let python = fields_of(&fs::read_to_string(module).ok()?)?;
    Some((schema.fields().iter().map(|field| field.name.clone()).collect(), python))
}

/// What is left to do about a schema in Python. A model that wrote one would write another.
pub(super) fn python_problem(
    python: &PythonSchema,
    older: &Older,
    root: &Path,
    reads: &Reads,
) -> Option<MigrationProblem> {
    let schema = path_of(reads, "schema.path").unwrap_or("schema/llm_schema.txt");
    let (message, hint) = match python {
        PythonSchema::Alone(module) => {
            (format!("the schema is in {module}, and no Python is run"), command(schema, module))
        }
        PythonSchema::Missing(module) => (
            format!("the schema is in the Python module {module}, which was not found, and {schema} does not exist"),
            format!(
                "make {schema}, the JSON Schema that `json.dumps(LLMOutput.model_json_schema())` gives; or set \
                 `schema.auto_generate: true`, and a model writes one"
            ),
        ),
        PythonSchema::Beside(SameFields::No) => {
            let module = module(older, root)?;
            let (taken, python) = fields(&root.join(schema), &root.join(&module))?;
            let only = |these: &[String], those: &[String], file: &str| {
                let names: Vec<_> = these.iter().filter(|it| !those.contains(it)).map(|it| format!("`{it}`")).collect();
                (!names.is_empty()).then(|| format!("{} in {file} alone", names.join(", ")))
            };
            let all = only(&python, &taken, &module).into_iter().chain(only(&taken, &python, schema));
            (
                format!(
                    "{schema}, which is taken, and {module} have other fields: {}",
                    all.collect::<Vec<_>>().join("; ")
                ),
                command(schema, &module),
            )
        }
        PythonSchema::None | PythonSchema::Beside(_) => return None,
    };
    Some(MigrationProblem { message, location: None, hint: Some(hint) })
}

/// How to make the JSON Schema of a Python module.
fn command(schema: &str, module: &str) -> String {
    let part = |path: &str, of: fn(&Path) -> Option<&std::ffi::OsStr>| {
        of(Path::new(path)).unwrap_or_default().to_string_lossy().into_owned()
    };
    let name = part(module, Path::file_stem);
    format!(
        "make {schema} of it, in the folder of {module}: python -c \"import json, {name}; \
         print(json.dumps({name}.LLMOutput.model_json_schema()))\" > {}",
        beside(schema, module)
    )
}

/// The path of `schema` from the folder of `module`.
fn beside(schema: &str, module: &str) -> String {
    let (schema, module) = (Path::new(schema), Path::new(module));
    let from = module.parent().unwrap_or(Path::new(""));
    let to = schema.parent().unwrap_or(Path::new(""));
    let name = schema.file_name().unwrap_or_default().to_string_lossy();
    if from == to {
        return name.into_owned();
    }
    if schema.is_absolute() {
        return schema.display().to_string();
    }
    format!("{}{}", "../".repeat(from.components().count()), schema.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_writes_the_file() {
        assert_eq!(beside("schema/llm_schema.txt", "schema/llm_schema.py"), "llm_schema.txt");
        assert_eq!(beside("schema/s.txt", "src/models/m.py"), "../../schema/s.txt");
        assert_eq!(beside("/a/s.txt", "m.py"), "/a/s.txt");
        assert_eq!(beside("schema/s.txt", "m.py"), "schema/s.txt");
        assert!(command("schema/s.txt", "schema/m.py").ends_with("m.LLMOutput.model_json_schema()))\" > s.txt"));
    }
}
