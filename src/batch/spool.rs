//! Turns the values of a batch into a project for the engine: items become rows ([`Spool`]), and the rest becomes the
//! text of a configuration ([`Settings`]) with a prompt that passes the texts of requests through.
//!
//! A row's columns are `id`, `item` (its JSON), `request` (`made`, `none` or `error`), `user`, `call` (what the request
//! has of its own) and, if a request has them, `system`, `images` (one name a line), `image_files` (where images are
//! passed in as bytes) and `data`. The prompt's templates only name these columns, so that no text of an item is ever
//! read as a template.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::Error;
use super::request::{Carried, Request, RequestImage};
use crate::engine::{GivenImages, KEY, RowWriter, RowsError};

/// The values of the column `request`, and the step's condition on it.
const MADE: &str = "made";
const NONE: &str = "none";
const ERROR: &str = "error";
/// The column with what a request has of its own.
const CALL: &str = "call";
const WHEN: &str = "row.request == 'made'";
/// The configuration's names of the files that are handed in as values.
const ITEMS: &str = "items";
const PROMPT: &str = "request";
const SCHEMA: &str = "schema";

/// An item with its request, as it is recorded.
pub(super) struct Prepared {
    pub(super) item: Result<Value, serde_json::Error>,
    /// The request, `None` where there is nothing to ask, or why there is none.
    pub(super) request: Result<Option<Request>, String>,
}

/// The caller's own key of an item.
pub(super) type KeyOf<'a> = dyn Fn(&Value) -> Result<String, serde_json::Error> + Send + 'a;

/// Which parts the requests have.
#[derive(Debug, Default)]
pub(super) struct RequestParts {
    /// Number of requests.
    made: u64,
    /// Number of requests with a system message.
    systems: u64,
    /// Whether a request has an image.
    images: bool,
    /// Whether a request has an image as bytes.
    image_bytes: bool,
    /// The models that requests name.
    models: BTreeSet<String>,
    /// Whether there is no item.
    is_empty: bool,
}

/// Collects items and their requests as rows in a scratch file.
pub(super) struct Spool {
    rows: RowWriter,
    form: RequestParts,
    /// Whether a request without a system message gets the batch's.
    has_system: bool,
    images: Option<GivenImages>,
    carried: HashMap<u64, Carried>,
}

/// All items of a batch, as the engine takes them.
pub(super) struct Spooled {
    pub(super) rows: File,
    pub(super) form: RequestParts,
    pub(super) images: Option<GivenImages>,
    /// The values that are carried to the handler, by the indexes of their items.
    pub(super) carried: HashMap<u64, Carried>,
}

impl Spool {
    pub(super) fn new(has_system: bool) -> io::Result<Self> {
        let (rows, form) = (RowWriter::new()?, RequestParts::default());
        Ok(Self { rows, form, has_system, images: None, carried: HashMap::new() })
    }

    /// Adds an item. Its key, if the caller gives one, is made from its JSON.
    pub(super) fn add(&mut self, prepared: Prepared, key: Option<&KeyOf<'_>>) -> Result<(), Error> {
        let index = self.rows.count();
        let broken = |source| Error::Item { index, source };
        let item = prepared.item.map_err(broken)?;
        let mut row = Map::new();
        row.insert("item".to_owned(), item.to_string().into());
        let word = match &prepared.request {
            Ok(Some(_)) => MADE,
            Ok(None) => NONE,
            Err(_) => ERROR,
        };
        row.insert("request".to_owned(), word.into());
        match prepared.request {
            Ok(request) => {
                self.form.made += u64::from(request.is_some());
                self.add_request(index, request.unwrap_or_else(|| Request::new("")), &mut row)?;
            }
            Err(error) => {
                row.insert("user".to_owned(), "".into());
                row.insert(CALL.to_owned(), json!({"error": error}).to_string().into());
            }
        }
        let Some(key) = key else { return self.rows.push(&item, &row).map_err(Error::Scratch) };
        let key = key(&item).map_err(|source| Error::Key { index, source })?;
        if key.trim().is_empty() {
            return Err(Error::EmptyKey { index });
        }
        self.rows.push_keyed(&key, &row).map_err(Error::Scratch)
    }

    fn add_request(&mut self, index: u64, request: Request, row: &mut Map<String, Value>) -> Result<(), Error> {
        let Request { user, system, images, data, carried, model, call, wrong } = request;
        if let Some(reason) = wrong {
            return Err(Error::Request { index, reason });
        }
        row.insert("user".to_owned(), user.into());
        if let Some(system) = system {
            self.form.systems += 1;
            row.insert("system".to_owned(), system.into());
        }
        if !images.is_empty() {
            self.form.images = true;
            let names: Vec<&str> = images.iter().map(RequestImage::name).collect();
            row.insert("images".to_owned(), image_names(index, &names)?.into());
            if images.iter().any(|it| matches!(it, RequestImage::Bytes(..))) {
                self.form.image_bytes = true;
                row.insert("image_files".to_owned(), self.image_files(&images)?.into());
            }
        }
        if let Some(data) = data {
            let data = data.map_err(|source| Error::Item { index, source })?;
            row.insert("data".to_owned(), data.to_string().into());
        }
        self.form.models.extend(model);
        row.insert(CALL.to_owned(), if call.is_empty() { "".into() } else { Value::Object(call).to_string().into() });
        self.carried.extend(carried.map(|it| (index, it)));
        Ok(())
    }

    /// Keeps the bytes among images; returns where all of them are, one a line.
    fn image_files(&mut self, images: &[RequestImage]) -> Result<String, Error> {
        let kept = match &mut self.images {
            Some(kept) => kept,
            none => none.insert(GivenImages::new().map_err(Error::Scratch)?),
        };
        let mut files = Vec::with_capacity(images.len());
        for image in images {
            files.push(match image {
                RequestImage::File(name) => name.clone(),
                RequestImage::Bytes(name, bytes) => kept.add(name, bytes).map_err(Error::Scratch)?,
            });
        }
        Ok(files.join("\n"))
    }

    pub(super) fn finish(self) -> Result<Spooled, Error> {
        let Self { rows, mut form, has_system, images, carried } = self;
        form.is_empty = rows.count() == 0;
        if !has_system && form.systems > 0 && form.systems < form.made {
            return Err(Error::MixedSystem { with: form.systems, without: form.made - form.systems });
        }
        let rows = rows.finish().map_err(|error| match error {
            RowsError::File(error) => Error::Scratch(error),
            RowsError::Twice { key, first, second } => Error::KeyTwice { key, first, second },
        })?;
        let rows = if form.is_empty { no_rows().map_err(Error::Scratch)? } else { rows };
        Ok(Spooled { rows, form, images, carried })
    }
}

/// A table of no rows: a file of JSON lines would have no columns.
fn no_rows() -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    writeln!(file, "{KEY},item,request,user,{CALL}")?;
    Ok(file)
}

/// Joins names to one text, one a line.
fn image_names(index: u64, names: &[&str]) -> Result<String, Error> {
    match names.iter().find(|name| name.trim() != **name || name.is_empty() || name.contains(['\n', '\r'])) {
        Some(name) => {
            let reason =
                format!("an image cannot be called `{}`: white space around it, or a line break", name.escape_debug());
            Err(Error::Request { index, reason })
        }
        None => Ok(names.join("\n")),
    }
}

/// All parts of a batch except its items.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) system: Option<String>,
    pub(super) schema: Option<Value>,
    /// Dotted keys of the configuration with their values, in the order in which they were set.
    keys: Vec<(String, Result<Value, serde_json::Error>)>,
}

/// A configuration's text, and the names and texts of its files.
type Configured = (String, Vec<(String, String)>);

impl Settings {
    pub(super) fn set(&mut self, key: String, value: &impl Serialize) {
        self.keys.push((key, serde_json::to_value(value)));
    }

    /// Sets each key of a block.
    pub(super) fn set_block(&mut self, block: &str, value: &impl Serialize) {
        match serde_json::to_value(value) {
            Ok(Value::Object(keys)) => {
                self.keys.extend(keys.into_iter().map(|(key, value)| (format!("{block}.{key}"), Ok(value))));
            }
            other => self.keys.push((block.to_owned(), other)),
        }
    }

    /// Checks that a batch without a configuration file has every part it needs.
    pub(super) fn check(&self) -> Result<(), Error> {
        match &self.schema {
            Some(_) => Ok(()),
            None => Err(Error::Builder("there are items, but no schema that answers are held to")),
        }
    }

    /// Returns the keys that override those of a configuration file.
    pub(super) fn into_overrides(self) -> Result<Vec<(String, String)>, Error> {
        match (&self.schema, &self.system) {
            (Some(_), _) => Err(Error::Builder("the configuration file names its own schema")),
            (_, Some(_)) => Err(Error::Builder("the configuration file's prompt has its own system message")),
            // JSON is YAML too.
            (None, None) => self.values().map(|it| it.map(|(key, value)| (key, value.to_string()))).collect(),
        }
    }

    fn values(self) -> impl Iterator<Item = Result<(String, Value), Error>> {
        self.keys.into_iter().map(|(key, value)| match value {
            Ok(value) => Ok((key, value)),
            Err(source) => Err(Error::Value { key, source }),
        })
    }

    /// Returns the configuration of a batch of items.
    pub(super) fn into_config(self, form: &RequestParts, run_file: Option<&Path>) -> Result<Configured, Error> {
        let schema = self.schema.clone().unwrap_or_default().to_string();
        let prompt = prompt(form, self.system.as_deref()).to_string();
        let format = if form.is_empty { "csv" } else { "jsonl" };
        let mut config = json!({
            "run": {"name": run_name(run_file)},
            "input": {"path": ITEMS, "format": format, "key": KEY, "normalise": false},
            "outputs": {"formats": [], "thin": false},
            "report": {"enabled": false},
            "steps": [{
                "name": "generate", "when": WHEN, "prompts": {"generation": PROMPT}, "schema": {"path": SCHEMA},
            }],
        });
        let files = vec![(PROMPT.to_owned(), prompt), (SCHEMA.to_owned(), schema)];
        for set in self.values() {
            let (key, value) = set?;
            set_at(&mut config, &key, value);
        }
        if let Some(llm) = config.get_mut("llm").and_then(Value::as_object_mut) {
            llm.insert("by_row".to_owned(), json!({"column": CALL, "models": form.models}));
        }
        let files = files.into_iter().map(|(name, text)| (name, as_yaml(&text))).collect();
        Ok((as_yaml(&config.to_string()), files))
    }
}

/// Turns JSON into valid YAML: control characters that JSON allows in strings and YAML does not are escaped.
fn as_yaml(json: &str) -> String {
    let is_control = |it: char| ('\u{7f}'..='\u{9f}').contains(&it);
    let escape = |it: char| if is_control(it) { format!("\\u{:04x}", u32::from(it)) } else { it.to_string() };
    if json.contains(is_control) { json.chars().map(escape).collect() } else { json.to_owned() }
}

/// Sets the value at a dotted path of keys.
fn set_at(config: &mut Value, path: &str, value: Value) {
    let mut at = config;
    for key in path.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[key];
    }
    *at = value;
}

/// The prompt that passes the texts of requests through.
fn prompt(form: &RequestParts, system: Option<&str>) -> Value {
    let mut prompt = json!({"name": "request", "user": "{{ row.user }}"});
    let own = form.systems > 0;
    if own || system.is_some() {
        prompt["system"] = match system {
            None => "{{ row.system }}".into(),
            Some(text) if own => {
                let text = verbatim(text);
                format!("{{% if row.system %}}{{{{ row.system }}}}{{% else %}}{text}{{% endif %}}").into()
            }
            // A template's last line break is not part of its text.
            Some(text) => format!("{}\n", verbatim(text)).into(),
        };
    }
    if form.image_bytes {
        prompt["images"] = json!(["{{ (row.image_files or row.images) | lines }}"]);
    } else if form.images {
        prompt["images"] = json!(["{{ row.images | lines }}"]);
    }
    prompt
}

/// Returns a template that renders to `text`.
fn verbatim(text: &str) -> String {
    let mut template = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next @ ('{' | '%' | '#')) if letter == '{' => {
                template.extend(["{{ \"{", next.encode_utf8(&mut [0; 4]), "\" }}"]);
                letters.next();
            }
            _ => template.push(letter),
        }
    }
    template
}

/// The run's name: that of the run file, if it is a valid name for a run.
fn run_name(run_file: Option<&Path>) -> &str {
    let stem = run_file.and_then(Path::file_stem).and_then(|stem| stem.to_str()).unwrap_or_default();
    let usable = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    let fits = !stem.is_empty() && stem.len() <= 100 && !stem.starts_with('.') && stem.chars().all(usable);
    if fits { stem } else { "batch" }
}
