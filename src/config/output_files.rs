//! Resolves `outputs.files`: files of objects with ids and references.

use super::block::ConfigBlock;
use super::error::{ConfigError, Origin, nearest};
use super::key_path;
use super::node::Node;
use super::raw;
use super::resolved::{Config, FileField, FileReference, OutputFile, ReferenceTarget};
use super::vars::is_name;

/// The most characters of a file's name, and of what stands before the numbers in ids.
const NAME_CHARS: usize = 100;
const PREFIX_CHARS: usize = 40;

/// Resolves the files, except for what depends on the steps.
pub(super) fn files(at: &ConfigBlock<'_>, written: Vec<raw::OutputFile>) -> Result<Vec<OutputFile>, ConfigError> {
    let nodes = at.node.elements("outputs.files");
    let mut found: Vec<OutputFile> = Vec::with_capacity(written.len());
    for (index, written) in written.into_iter().enumerate() {
        let block = FileBlock { index, node: nodes.get(index), around: at.origin("outputs.files") };
        let file = file(&block, written)?;
        if let Some(other) = found.iter().position(|other| other.name.eq_ignore_ascii_case(&file.name)) {
            let reason = format!("`{}` is the name of `outputs.files[{other}]` too", file.name);
            return Err(block.bad("name", reason).with_hint("names are compared without regard to case"));
        }
        if let Some(other) =
            found.iter().position(|other| other.id_prefix.is_some() && other.id_prefix == file.id_prefix)
        {
            let reason = format!("`outputs.files[{other}].id_prefix` is the same, and so their ids would be");
            return Err(block.bad("id_prefix", reason).with_hint("give each file a prefix of its own"));
        }
        found.push(file);
    }
    Ok(found)
}

/// Checks that the files name steps that there are, and that each reference leads to the ids of one file.
pub(super) fn check_steps(nodes: &[Node], configs: &[Config]) -> Result<(), ConfigError> {
    let Some(files) = configs.last().map(|config| &config.outputs.files) else { return Ok(()) };
    let names: Vec<&str> = configs.iter().map(|config| config.step.name()).collect();
    for (index, file) in files.iter().enumerate() {
        let block = FileBlock { index, node: nodes.get(index), around: &Origin::Unknown };
        let Some(step) = &file.step else { continue };
        if !configs.iter().any(|config| config.step.is_called(step)) {
            return Err(block.unknown_step("step", step, &names));
        }
        for reference in &file.references {
            let key = block.reference(&reference.name, "step");
            if !configs.iter().any(|config| config.step.is_called(&reference.step)) {
                return Err(block.unknown_step(&key, &reference.step, &names));
            }
            let with_ids = files.iter().filter(|it| it.gives_ids_to(&reference.step));
            let with_ids: Vec<&str> = with_ids.map(|it| it.name.as_str()).collect();
            let step = &reference.step;
            match with_ids.as_slice() {
                [_] => {}
                [] => {
                    let error = block.bad(&key, format!("no file gives ids to the outputs of step `{step}`"));
                    let hint = format!("add a file with `step: {step}` and an `id_prefix` to `outputs.files`");
                    return Err(error.with_hint(hint));
                }
                several => {
                    let several = several.join("` and `");
                    let reason = format!("`{several}` both give ids to the outputs of step `{step}`");
                    return Err(block.bad(&key, reason).with_hint("leave `id_prefix` out of all but one of them"));
                }
            }
        }
    }
    Ok(())
}

/// A file as it is written: the element `index` of the list `outputs.files`.
struct FileBlock<'a> {
    index: usize,
    node: Option<&'a Node>,
    /// Where the list is written.
    around: &'a Origin,
}

impl FileBlock<'_> {
    fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        let origin = self.node.map_or(self.around, |node| node.origin_of(key));
        ConfigError::value(key_path::join(&format!("outputs.files[{}]", self.index), key), reason, origin)
    }

    /// The path of a reference's `key`, or of the reference where it is written without keys.
    fn reference(&self, name: &str, key: &str) -> String {
        let long = format!("references.{name}.{key}");
        if self.node.is_some_and(|node| node.get(&long).is_some()) { long } else { format!("references.{name}") }
    }

    fn unknown_step(&self, key: &str, step: &str, names: &[&str]) -> ConfigError {
        let error = self.bad(key, format!("there is no step `{}`", step.escape_debug()));
        match nearest(step, names.iter().copied()) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint(format!("the steps are: {}", names.join(", "))),
        }
    }
}

fn file(block: &FileBlock<'_>, written: raw::OutputFile) -> Result<OutputFile, ConfigError> {
    let raw::OutputFile { name, step, list, id_prefix, fields, references } = written;
    check_name(block, &name)?;
    let step = step.map(|step| step.trim().to_owned());
    let file = OutputFile { name, step, list, id_prefix, fields: None, references: Vec::new() };
    if file.step.is_none() {
        return about_the_run(block, file, fields, references.is_some());
    }
    if let Some(list) = &file.list {
        if file.is_lines() {
            let error = block.bad("list", "a file of lines has no list around its objects");
            return Err(error.with_hint("remove `list`, or let the name end in `.json`"));
        }
        check_field(block, "list", list)?;
    }
    if let Some(prefix) = &file.id_prefix {
        let fits = !prefix.is_empty() && prefix.chars().count() <= PREFIX_CHARS;
        if !fits || prefix.chars().any(|it| it.is_control() || it.is_whitespace()) {
            let reason = format!("expected 1 to {PREFIX_CHARS} characters without blanks");
            return Err(block.bad("id_prefix", reason).with_hint("as in `id_prefix: case_`"));
        }
        if prefix.ends_with(char::is_numeric) {
            let error =
                block.bad("id_prefix", "its last character is a digit, which would run into the numbers of ids");
            return Err(error.with_hint(format!("end it otherwise, as in `id_prefix: {prefix}_`")));
        }
    }
    let references = references.map_or_else(Vec::new, |it| it.0);
    let references: Vec<FileReference> =
        references.into_iter().map(|(name, it)| reference(block, name, it)).collect::<Result<_, _>>()?;
    let fields = fields.map(|fields| own_fields(block, fields, &references)).transpose()?;
    if file.id_prefix.is_some() {
        let twice = "`id_prefix` gives each object its `id`";
        if references.iter().any(|it| it.name == "id") {
            return Err(block.bad("references.id", twice).with_hint("name the reference otherwise"));
        }
        if fields.iter().flatten().any(|it| it.name == "id") {
            let hint = "remove the field, or call it otherwise: `{source_id: output.id}`";
            return Err(block.bad("fields", twice).with_hint(hint));
        }
    }
    Ok(OutputFile { fields, references, ..file })
}

/// A file that is one object about the run.
fn about_the_run(
    block: &FileBlock<'_>,
    file: OutputFile,
    fields: Option<raw::FileFields>,
    refers: bool,
) -> Result<OutputFile, ConfigError> {
    let of_steps = [("list", file.list.is_some()), ("id_prefix", file.id_prefix.is_some()), ("references", refers)];
    if let Some((key, _)) = of_steps.iter().find(|(_, is_set)| *is_set) {
        let error = block.bad(key, "a file without `step` is one object about the run");
        return Err(error.with_hint("name the step whose outputs become objects, as in `step: example`"));
    }
    if file.is_lines() {
        return Err(block.bad("name", "a file without `step` is one object: expected a name that ends in `.json`"));
    }
    let hint = "write them as names and expressions over `run` and `vars`, as in `fields: {seed: run.seed}`";
    let Some(raw::FileFields::Values(values)) = fields else {
        return Err(block.bad("fields", "a file without `step` needs its fields").with_hint(hint));
    };
    if let Some((name, _)) = values.iter().find(|(_, value)| value.is_none()) {
        let key = format!("fields.{name}");
        return Err(block.bad(&key, "expected an expression, found nothing").with_hint(hint));
    }
    let fields = own_fields(block, raw::FileFields::Values(values), &[])?;
    Ok(OutputFile { fields: Some(fields), ..file })
}

/// The fields in order. References that are not among them come last.
fn own_fields(
    block: &FileBlock<'_>,
    written: raw::FileFields,
    references: &[FileReference],
) -> Result<Vec<FileField>, ConfigError> {
    let written: Vec<(String, Option<serde_json::Value>)> = match written {
        raw::FileFields::Names(names) => names.into_iter().map(|name| (name, None)).collect(),
        raw::FileFields::Values(values) => values,
    };
    if written.is_empty() {
        let error = block.bad("fields", "expected at least one field");
        return Err(error.with_hint("leave `fields` out for all fields of the output"));
    }
    let mut fields: Vec<FileField> = Vec::with_capacity(written.len() + references.len());
    for (name, value) in written {
        check_field(block, "fields", &name)?;
        if fields.iter().any(|other| other.name == name) {
            return Err(block.bad("fields", format!("there is another field with the name `{name}`")));
        }
        if value.is_some() && references.iter().any(|it| it.name == name) {
            let error = block.bad(&format!("fields.{name}"), format!("`references` has a field `{name}` too"));
            return Err(error.with_hint("leave its expression out: the name alone says where the reference stands"));
        }
        if value.as_ref().is_some_and(|it| it.as_str().is_some_and(|text| text.trim().is_empty())) {
            return Err(block.bad(&format!("fields.{name}"), "expected an expression, found an empty text"));
        }
        fields.push(FileField { name, value });
    }
    for reference in references {
        if !fields.iter().any(|field| field.name == reference.name) {
            fields.push(FileField { name: reference.name.clone(), value: None });
        }
    }
    Ok(fields)
}

fn reference(block: &FileBlock<'_>, name: String, written: raw::FileReference) -> Result<FileReference, ConfigError> {
    check_field(block, "references", &name)?;
    let lookup = match written {
        raw::FileReference::Step(step) => raw::ReferenceLookup { step, by: None, value: None, many: None },
        raw::FileReference::Lookup(lookup) => lookup,
    };
    let bad = |key: &str, reason: String| block.bad(&block.reference(&name, key), reason);
    let target = match lookup.by {
        None => {
            if lookup.value.is_some() {
                let error = bad("value", "without `by`, no value is looked up".to_owned());
                return Err(error.with_hint("name the field of the other step that has the value: `by: FIELD`"));
            }
            ReferenceTarget::Lineage { many: lookup.many.unwrap_or_default() }
        }
        Some(by) => {
            if lookup.many.is_some() {
                let error = bad("many", "with `by`, the field is a list where the value is one".to_owned());
                return Err(error.with_hint("remove `many`"));
            }
            let by: crate::record::OutputPath = by.parse().map_err(|error| bad("by", format!("{error}")))?;
            if by.is_plural() {
                return Err(bad("by", format!("`{by}` leads to several values, and an object has one")));
            }
            let own = if is_name(&name) { format!("output.{name}") } else { format!("output[{name:?}]") };
            let value = lookup.value.unwrap_or(own);
            if value.trim().is_empty() {
                return Err(bad("value", "expected an expression, found an empty text".to_owned()));
            }
            ReferenceTarget::Value { by, value }
        }
    };
    Ok(FileReference { name, step: lookup.step.trim().to_owned(), target })
}

/// Checks the name of a field of an object.
fn check_field(block: &FileBlock<'_>, key: &str, name: &str) -> Result<(), ConfigError> {
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(block.bad(key, "expected names on one line, each with a character at least"));
    }
    Ok(())
}

/// Checks that a file can have this name on every system, and that its end says what is in it.
fn check_name(block: &FileBlock<'_>, name: &str) -> Result<(), ConfigError> {
    let shown = name.escape_debug();
    if name.contains(['/', '\\']) {
        let error = block.bad("name", format!("`{shown}` is a path, and the file stands beside the other exports"));
        return Err(error.with_hint("name the file alone; `outputs.dir` is the folder"));
    }
    let is_odd = |it: char| it.is_control() || matches!(it, '<' | '>' | ':' | '"' | '|' | '?' | '*');
    let is_blank = name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace);
    if name.starts_with('.') || is_blank || name.chars().any(is_odd) || name.chars().count() > NAME_CHARS {
        let error = block.bad("name", format!("`{shown}` cannot be the name of a file on every system"));
        return Err(error.with_hint("use letters, digits, `_`, `-` and `.`, as in `use_cases.json`"));
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().find_map(|port| stem.strip_prefix(port));
    let is_device = numbered.is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|it| it.is_ascii_digit()));
    if is_device || matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") {
        return Err(block.bad("name", format!("`{shown}` is the name of a device on some systems")));
    }
    let extension = std::path::Path::new(name).extension().and_then(|it| it.to_str()).unwrap_or_default();
    if !["json", "jsonl"].iter().any(|it| extension.eq_ignore_ascii_case(it)) {
        let error = block.bad("name", format!("expected a name that ends in `.json` or `.jsonl`, found `{shown}`"));
        return Err(error.with_hint("`.jsonl` has an object on each line, `.json` all of them in a list"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
