//! A project: the configuration with every file it names read and checked.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::error::EngineError;
use crate::config::{self, Config, Provider, Recorded};
use crate::price::Table as PriceTable;
use crate::prompt::Prompt;
use crate::record::Digest;
use crate::schema::Contract;
use crate::stage::ingest::Source;
use crate::tabular::{Format, ReadOptions, Table};

/// A configuration with its files.
#[derive(Debug)]
pub struct Project {
    /// The configuration.
    pub config: Config,
    /// The folder that paths are relative to.
    pub dir: PathBuf,
    /// The generation's prompt.
    pub generation: Prompt,
    /// The judge's prompt.
    pub judge: Option<Prompt>,
    /// What answers are held to.
    pub contract: Arc<Contract>,
    /// The digests of the tables of recorded answers, generation's and judge's.
    pub tables: Tables,
    /// What models cost.
    pub prices: PriceTable,
    /// Whether it rehearses another one with samples, and is kept apart from it.
    pub rehearsal: bool,
    /// Everything above as the record keeps it.
    pub snapshot: Value,
}

/// The digests of the tables that `recorded` providers answer from.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The generation's.
    pub generation: Option<String>,
    /// The judge's.
    pub judge: Option<String>,
}

impl Project {
    /// Reads the configuration file at `path` and every file it names.
    pub fn load(path: &Path, overrides: &[(String, String)], sample: bool) -> Result<Self, EngineError> {
        let text = read_text(path).map_err(|source| EngineError::NoConfig { path: path.to_owned(), source })?;
        let mut overrides = overrides.to_vec();
        let raw = config::parse(&text, &path.display().to_string())?;
        let mut config = config::resolve(raw.clone(), &overrides)?;
        if sample {
            overrides.push(("llm.provider".into(), "sample".into()));
            if config.judge.is_some() {
                overrides.push(("judge.llm.provider".into(), "sample".into()));
            }
            config = config::resolve(raw, &overrides)?;
        }
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        for file in config.files() {
            let path = dir.join(&file.path);
            let missing = |source| EngineError::File { key: file.key.to_owned(), path: path.clone(), source };
            File::open(&path).map_err(missing)?;
        }
        let mut files = Map::new();
        let mut read = |key: &str, name: &str| {
            let path = dir.join(name);
            let text = read_text(&path).map_err(|source| EngineError::File {
                key: key.to_owned(),
                path: path.clone(),
                source,
            })?;
            files.insert(key.to_owned(), json!({"name": path.display().to_string(), "text": text}));
            Ok::<_, EngineError>(())
        };
        read("prompts.generation", &config.prompts.generation)?;
        if let Some(judge) = &config.judge {
            read("prompts.judge", &judge.prompt)?;
        }
        read("schema.path", &config.schema.path)?;
        if let Some(prices) = &config.prices {
            read("prices", prices)?;
        }
        let table = |key: &str, provider: &Provider| match provider {
            Provider::Recorded(recorded) => {
                let path = dir.join(&recorded.path);
                let (sha1, _) = digest(&path).map_err(|source| EngineError::File {
                    key: key.to_owned(),
                    path: path.clone(),
                    source,
                })?;
                Ok::<_, EngineError>(Some(sha1.to_string()))
            }
            _ => Ok(None),
        };
        let tables = Tables {
            generation: table("llm.recorded.path", &config.llm.provider)?,
            judge: match &config.judge {
                Some(judge) => table("judge.llm.recorded.path", &judge.llm.provider)?,
                None => None,
            },
        };
        Self::assemble(config, dir, &files, tables, sample)
    }

    /// The project that a run file was made with, as the record keeps it. Its input and its tables of answers are not
    /// needed again: rows and answers are on record.
    pub fn recorded(snapshot: &Value, dir: &Path) -> Result<Self, EngineError> {
        let unreadable = |what: &str| EngineError::Snapshot(what.to_owned());
        let config = serde_json::from_value(snapshot["config"].clone())
            .map_err(|error| EngineError::Snapshot(error.to_string()))?;
        let files = snapshot["files"].as_object().cloned().ok_or_else(|| unreadable("no files"))?;
        let table = |name: &str| snapshot["tables"][name].as_str().map(str::to_owned);
        let tables = Tables { generation: table("generation"), judge: table("judge") };
        let rehearsal = snapshot["rehearsal"].as_bool().unwrap_or_default();
        Self::assemble(config, dir.to_owned(), &files, tables, rehearsal)
    }

    fn assemble(
        config: Config,
        dir: PathBuf,
        files: &Map<String, Value>,
        tables: Tables,
        rehearsal: bool,
    ) -> Result<Self, EngineError> {
        let file = |key: &str| {
            let entry = files.get(key).ok_or_else(|| EngineError::Snapshot(format!("no text of `{key}`")))?;
            let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            Ok::<_, EngineError>((part("name"), part("text")))
        };
        let (name, text) = file("prompts.generation")?;
        let generation = Prompt::parse(&text, &name)?;
        let judge = match &config.judge {
            Some(_) => {
                let (name, text) = file("prompts.judge")?;
                Some(Prompt::parse(&text, &name)?)
            }
            None => None,
        };
        let (name, text) = file("schema.path")?;
        let contract = Arc::new(Contract::parse(&text, &name)?);
        let prices = match &config.prices {
            Some(_) => {
                let (name, text) = file("prices")?;
                PriceTable::parse(&text, &name)?
            }
            None => PriceTable::built_in(),
        };
        // Where a file lies is not what it is: the record names files as the configuration does.
        let kept: Map<String, Value> =
            files.iter().map(|(key, entry)| (key.clone(), json!({"name": key, "text": entry["text"]}))).collect();
        let snapshot = json!({
            "config": config.snapshot(),
            "files": kept,
            "tables": {"generation": tables.generation, "judge": tables.judge},
            "rehearsal": rehearsal,
        });
        Ok(Self { config, dir, generation, judge, contract, tables, prices, rehearsal, snapshot })
    }

    /// The folder that files are written to.
    #[must_use]
    pub fn out_dir(&self) -> PathBuf {
        let dir = self.dir.join(&self.config.outputs.dir);
        if self.rehearsal { dir.join("sample") } else { dir }
    }

    /// Whether any answer of this project is a sample.
    #[must_use]
    pub fn samples(&self) -> bool {
        let is_sample = |provider: &Provider| matches!(provider, Provider::Sample(_));
        is_sample(&self.config.llm.provider)
            || self.config.judge.as_ref().is_some_and(|judge| is_sample(&judge.llm.provider))
    }

    /// The input, opened, with what it is.
    pub fn open_input(&self) -> Result<(Source, Table<BufReader<File>>), EngineError> {
        let input = &self.config.input;
        let path = self.dir.join(&input.path);
        let format = format_of(input.format, &path)
            .ok_or_else(|| EngineError::UnknownFormat { key: "input.path", path: path.clone() })?;
        let options = ReadOptions {
            format,
            encoding: input.encoding.clone(),
            sheet: input.sheet.clone(),
            required_columns: input.required_columns.clone(),
            normalise: input.normalise,
        };
        let unreadable = |source| EngineError::File { key: "input.path".into(), path: path.clone(), source };
        let (sha1, bytes) = digest(&path).map_err(unreadable)?;
        let file = File::open(&path).map_err(unreadable)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let table = Table::open(BufReader::with_capacity(1 << 18, file), &path.display().to_string(), &options)
            .map_err(|error| EngineError::Ingest(error.into()))?;
        let source = Source {
            name,
            format: format.as_str().to_owned(),
            sha1,
            bytes,
            options: json!({"encoding": input.encoding, "sheet": input.sheet, "key": input.key, "normalise": input.normalise}),
            key: input.key.clone(),
        };
        source.key_index(table.columns()).map_err(EngineError::Ingest)?;
        Ok((source, table))
    }

    /// A table of recorded answers, opened as it is: values are compared, so they are brought into the same form as the
    /// input's.
    pub fn open_recorded(&self, key: &'static str, recorded: &Recorded) -> Result<Table<BufReader<File>>, EngineError> {
        let path = self.dir.join(&recorded.path);
        let format =
            format_of(recorded.format, &path).ok_or_else(|| EngineError::UnknownFormat { key, path: path.clone() })?;
        let options = ReadOptions { encoding: recorded.encoding.clone(), ..ReadOptions::new(format) };
        let file =
            File::open(&path).map_err(|source| EngineError::File { key: key.into(), path: path.clone(), source })?;
        Ok(Table::open(BufReader::with_capacity(1 << 18, file), &path.display().to_string(), &options)?)
    }
}

/// The format that is named, or that the ending says.
pub fn format_of(named: Option<config::Format>, path: &Path) -> Option<Format> {
    let named = named.map(|format| match format {
        config::Format::Csv => Format::Csv,
        config::Format::Tsv => Format::Tsv,
        config::Format::Psv => Format::Psv,
        config::Format::Xlsx => Format::Xlsx,
        config::Format::Ods => Format::Ods,
        config::Format::Jsonl => Format::Jsonl,
    });
    named.or_else(|| Format::from_extension(path))
}

fn read_text(path: &Path) -> io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The digest and the size of a file, read in pieces.
pub fn digest(path: &Path) -> io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha1::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((Digest::from_hash(hash.finalize().into()), bytes));
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}
