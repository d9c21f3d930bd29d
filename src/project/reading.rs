//! Reading what the steps of a project name: prompts with their parts, schemas, prices, and the digests of tables.

use std::cell::RefCell;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::error::ProjectError;
use super::files::{PAGE_TEMPLATE, digest, read_text};
use super::given::Given;
use super::parts::PartFiles;
use super::setup::judge_key;
use crate::config::{Config, Llm, Provider};
use crate::prompt::{Parts, Prompt, PromptSource};

/// Reads the files that a step names and that are not `given`. `written` is a schema in place of its file.
pub(super) fn read_files(
    config: &Config,
    dir: &Path,
    given: Option<&Given>,
    written: Option<&str>,
    files: &mut Map<String, Value>,
) -> Result<(), ProjectError> {
    let mut keep = |key: &str, name: String, text: &str| {
        files.insert(config.step.key(key), json!({"name": name, "text": text}));
    };
    let read = |key: &str, name: &str| {
        let path = dir.join(name);
        let text = match given.and_then(|given| given.text(name)) {
            Some(text) => text.to_owned(),
            None => read_text(&path).map_err(|source| ProjectError::unreadable(key, &path, source))?,
        };
        Ok::<_, ProjectError>((path.display().to_string(), text))
    };
    let is_there = |name: &str| given.is_some_and(|given| given.text(name).is_some()) || dir.join(name).exists();
    let mut prompts: Vec<(String, &str)> = Vec::new();
    prompts.extend(config.prompts.generation.as_deref().map(|path| ("prompts.generation".to_owned(), path)));
    prompts.extend(config.judges().iter().map(|judge| (judge_key(judge), judge.prompt.as_str())));
    let author = config.author().and(config.prompts.schema.as_deref());
    prompts.extend(author.map(|path| ("prompts.schema".to_owned(), path)));
    let mut named = Vec::new();
    if let Some(schema) = &config.schema {
        match (&schema.path, &schema.inline, written) {
            (Some(path), _, Some(text)) => keep("schema.path", dir.join(path).display().to_string(), text),
            // A model writes the missing file.
            (Some(path), ..) if schema.author.is_some() && !is_there(path) => {}
            (Some(path), ..) => named.push(("schema.path".to_owned(), path)),
            (None, Some(inline), _) => keep("schema.inline", "schema.inline".to_owned(), &inline.text),
            (None, None, _) => {}
        }
    }
    for (key, name) in named {
        let (name, text) = read(&key, name)?;
        keep(&key, name, &text);
    }
    let mut parts = Map::new();
    for (key, path) in prompts {
        let (file, text) = read(&key, path)?;
        let source =
            PromptSource { text: &text, file: &file, path, syntax: config.prompts.syntax, parts: &Parts::none() };
        parts.extend(parts_of(source, dir, given)?);
        keep(&key, file, &text);
    }
    parts.extend(parts_of_perspective(config, dir, given)?);
    files.extend(parts);
    for (key, path) in [("prices", &config.prices), (PAGE_TEMPLATE, &config.report.page_template)] {
        if let Some(path) = path {
            let (name, text) = read(key, path)?;
            files.insert(key.to_owned(), json!({"name": name, "text": text}));
        }
    }
    Ok(())
}

/// The parts of a prompt, as the record keeps them.
fn parts_of(source: PromptSource<'_>, dir: &Path, given: Option<&Given>) -> Result<Map<String, Value>, ProjectError> {
    let files = PartFiles { dir, prompt: source.path, given, read: RefCell::default() };
    let load = |path: &str| files.load(path);
    let parts = Parts { of: source.path, load: &load };
    Prompt::draft(PromptSource { parts: &parts, ..source })?;
    Ok(files.read.into_inner())
}

/// The parts of a perspective's system message, which stands in the configuration.
fn parts_of_perspective(
    config: &Config,
    dir: &Path,
    given: Option<&Given>,
) -> Result<Map<String, Value>, ProjectError> {
    let Some(system) = config.step.perspective.as_ref().and_then(|it| it.system.as_deref()) else {
        return Ok(Map::new());
    };
    let files = PartFiles { dir, prompt: "", given, read: RefCell::default() };
    let load = |path: &str| files.load(path);
    Prompt::of_system(system, &Parts { of: "", load: &load })?;
    Ok(files.read.into_inner())
}

/// The digests of the tables of a step's `recorded` providers.
pub(super) fn read_tables(config: &Config, dir: &Path) -> Result<Map<String, Value>, ProjectError> {
    let table = |key: &str, llm: Option<&Llm>| match llm.map(|llm| &llm.provider) {
        Some(Provider::Recorded(recorded)) => {
            let path = dir.join(&recorded.path);
            let (sha1, _) = digest(&path).map_err(|source| ProjectError::unreadable(key, &path, source))?;
            Ok::<_, ProjectError>(json!(sha1.to_string()))
        }
        _ => Ok(Value::Null),
    };
    let judge = config.judge.as_ref().map(|judge| &judge.llm);
    let generation = table("llm.recorded.path", config.llm.as_ref())?;
    let judge = table("judge.llm.recorded.path", judge)?;
    let mut tables = Map::from_iter([("generation".to_owned(), generation), ("judge".to_owned(), judge)]);
    if let Some(author) = config.author() {
        tables.insert("schema".to_owned(), table("schema.llm.recorded.path", Some(&author.llm))?);
    }
    for judge in config.panel.iter().flat_map(|panel| &panel.judges) {
        let found = table("judge.judges.llm.recorded.path", Some(&judge.llm))?;
        tables.insert(format!("judge {}", judge.name), found);
    }
    Ok(tables)
}
