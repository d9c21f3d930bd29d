//! One step of a project: its configuration with the files that it names, and the models that it asks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::ProjectError;
use super::files::{format_of, open_table};
use super::parts;
use super::spec::unknown_server;
use crate::config::{self, Config, Llm, Recorded, ServerName};
use crate::evidence::instructions;
use crate::price::PriceTable;
use crate::prompt::{Parts, Prompt, PromptSource};
use crate::record::{ClaimPlaces, ServerKind};
use crate::schema::{
    AnswerKind, Contract, Criterion, Rubric, Scrutiny, SectionRules, any_schema_contract, verdict_contract,
};
use crate::tabular::{ReadOptions, Table};

/// One step of a project.
#[derive(Debug)]
pub struct Setup {
    pub config: Config,
    /// The folder that paths are relative to.
    pub dir: PathBuf,
    /// The models that it asks; `None` where a rule computes the output.
    pub asking: Option<Asking>,
    /// The contract of outputs.
    pub contract: Arc<Contract>,
    /// Whether a model has yet to write the schema. Until then the contract accepts any object.
    pub unwritten: bool,
    /// The model that writes the schema, if one does.
    pub author: Option<Asking>,
    /// The contract that prompts show. It differs from `contract` only where recorded answers are read by new rules.
    pub asked: Arc<Contract>,
    /// How to quote, which prompts show with the contract, in a step with evidence.
    pub quoting: Option<String>,
    pub prices: Arc<PriceTable>,
}

/// A step's models, with their prompts.
#[derive(Debug)]
pub struct Asking {
    pub llm: Llm,
    pub prompt: Prompt,
    /// The digest of the table that a `recorded` provider answers from.
    pub table: Option<String>,
    /// The models that later attempts go to.
    pub escalated: Vec<Llm>,
    /// The further models that rows may name.
    pub of_rows: Vec<Llm>,
    /// The judges; empty where nobody judges.
    pub judges: Vec<JudgeSetup>,
}

/// A judge, with its prompt.
#[derive(Debug)]
pub struct JudgeSetup {
    pub config: config::Judge,
    pub prompt: Prompt,
    /// The digest of the table that a `recorded` provider answers from.
    pub table: Option<String>,
    /// The rubric, where it scores criteria.
    pub rubric: Option<Rubric>,
}

impl JudgeSetup {
    /// The name under which it is pinned and listed: its own, or `judge` where it is the only one.
    #[must_use]
    pub fn pinned_name(&self) -> &str {
        if self.config.name.is_empty() { "judge" } else { &self.config.name }
    }
}

impl Asking {
    /// The models that generate: that of the first attempt, those of later ones, and those that rows name.
    pub fn generating(&self) -> impl Iterator<Item = &Llm> {
        std::iter::once(&self.llm).chain(&self.escalated).chain(&self.of_rows)
    }
}

impl JudgeSetup {
    /// The contract of its answers.
    #[must_use]
    pub fn contract(&self) -> &Arc<Contract> {
        self.rubric.as_ref().map_or_else(|| verdict_contract(), Rubric::contract)
    }

    /// The lowest score that passes every criterion.
    #[must_use]
    pub fn highest_bound(&self) -> u8 {
        let own = self.config.rubric.iter().filter_map(|it| u8::try_from(it.min?).ok());
        own.chain([self.config.min_score]).max().unwrap_or_default()
    }

    /// The path of its block in the configuration, for messages.
    #[must_use]
    pub fn block(&self) -> String {
        if self.config.name.is_empty() {
            "judge.llm".to_owned()
        } else {
            format!("judge.judges {}: llm", self.config.name)
        }
    }
}

/// The key of a judge's prompt in the record.
pub(super) fn judge_key(judge: &config::Judge) -> String {
    if judge.name.is_empty() { "prompts.judge".to_owned() } else { format!("judge.judges.{}.prompt", judge.name) }
}

/// The texts of the files that a project names, by the keys that name them.
pub(super) struct FileTexts<'a>(pub(super) &'a Map<String, Value>);

impl FileTexts<'_> {
    /// Whether there is a text of the file that `key` names.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The name and the text of the file that `key` names.
    pub(super) fn get(&self, key: &str) -> Result<(String, String), ProjectError> {
        let entry = self.0.get(key).ok_or_else(|| ProjectError::Snapshot(format!("no text of `{key}`")))?;
        let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        Ok((part("name"), part("text")))
    }
}

/// The files of one step, from which its prompts are read.
struct StepFiles<'a> {
    config: &'a Config,
    texts: &'a FileTexts<'a>,
    tables: &'a Value,
}

impl StepFiles<'_> {
    /// The name and the text of the file that `key` of the step names.
    fn text(&self, key: &str) -> Result<(String, String), ProjectError> {
        self.texts.get(&self.config.step.key(key))
    }

    /// The digest of the step's table of recorded answers called `name`.
    fn table(&self, name: &str) -> Option<String> {
        self.config.step.part(self.tables)[name].as_str().map(str::to_owned)
    }

    /// The prompt in the file that `key` of the step names as `path`.
    fn prompt(&self, key: &str, path: &str) -> Result<Prompt, ProjectError> {
        let (file, text) = self.text(key)?;
        let load = |path: &str| parts::recorded(self.texts.get(&parts::key(path)).ok());
        let parts = Parts { of: path, load: &load };
        let (file, text, syntax) = (file.as_str(), text.as_str(), self.config.prompts.syntax);
        Ok(Prompt::draft(PromptSource { text, file, path, syntax, parts: &parts })?)
    }

    fn asking(&self, llm: &Llm) -> Result<Asking, ProjectError> {
        let path = self.config.prompts.generation.as_deref().unwrap_or_default();
        let mut prompt = self.prompt("prompts.generation", path)?;
        if let Some(system) = self.config.step.perspective.as_ref().and_then(|it| it.system.as_deref()) {
            let load = |path: &str| parts::recorded(self.texts.get(&parts::key(path)).ok());
            prompt = prompt.with_system(system, &Parts { of: "", load: &load })?;
        }
        let judges = self.config.judges().iter().map(|judge| self.judge(judge)).collect::<Result<_, _>>()?;
        let (escalated, of_rows) = (llm.escalated(), llm.of_rows());
        Ok(Asking { llm: llm.clone(), prompt, table: self.table("generation"), escalated, of_rows, judges })
    }

    fn judge(&self, judge: &config::Judge) -> Result<JudgeSetup, ProjectError> {
        let table =
            if judge.name.is_empty() { self.table("judge") } else { self.table(&format!("judge {}", judge.name)) };
        let rubric = rubric(judge)?;
        let prompt = self.prompt(&judge_key(judge), &judge.prompt)?;
        Ok(JudgeSetup { config: judge.clone(), prompt, table, rubric })
    }

    fn author(&self, llm: &Llm) -> Result<Asking, ProjectError> {
        let prompt = match &self.config.prompts.schema {
            Some(path) => self.prompt("prompts.schema", path)?,
            None => Prompt::parse(SCHEMA_AUTHOR, "the shipped prompt for schemas")?,
        };
        let (escalated, of_rows, judges) = (llm.escalated(), Vec::new(), Vec::new());
        Ok(Asking { llm: llm.clone(), prompt, table: self.table("schema"), escalated, of_rows, judges })
    }
}

impl Setup {
    pub(super) fn assemble(
        config: Config,
        dir: &Path,
        texts: &FileTexts<'_>,
        tables: &Value,
        prices: Arc<PriceTable>,
    ) -> Result<Self, ProjectError> {
        let files = StepFiles { config: &config, texts, tables };
        let asking = config.llm.as_ref().map(|llm| files.asking(llm)).transpose()?;
        let author = config.author().map(|author| files.author(&author.llm)).transpose()?;
        let unwritten = author.is_some() && !texts.has(&config.step.key("schema.path"));
        let contract = match &config.schema {
            _ if config.step.verdict => Arc::clone(verdict_contract()),
            _ if unwritten => Arc::clone(any_schema_contract()),
            Some(schema) => Arc::new(contract(&config, schema, texts)?),
            None if config.answer == config::Answer::Text => Arc::new(Contract::parse_text(None, "answer")?),
            None => Arc::new(Contract::of_fields(&rule_fields(&config))?),
        };
        let asked = Arc::clone(&contract);
        let places: Vec<ClaimPlaces> = config.evidence.iter().flat_map(config::Evidence::places).collect();
        let quoting = (!places.is_empty()).then(|| instructions(&places));
        Ok(Self { config, dir: dir.to_owned(), asking, contract, asked, quoting, unwritten, author, prices })
    }

    /// Sets the kinds of the servers that are `known`, by their addresses, where the configuration does not say them.
    pub(super) fn with_servers(&mut self, known: &BTreeMap<String, ServerKind>) {
        let set = |llm: &mut Llm| {
            let found = unknown_server(llm).and_then(|endpoint| known.get(&endpoint.base_url));
            llm.server = llm.server.or(found.copied().map(ServerName::of));
        };
        self.config.each_llm(&set);
        for asking in self.asking.iter_mut().chain(&mut self.author) {
            set(&mut asking.llm);
            asking.escalated.iter_mut().chain(&mut asking.of_rows).for_each(set);
            asking.judges.iter_mut().for_each(|judge| set(&mut judge.config.llm));
        }
    }

    /// The step with the contract that prompts show taken from the record; null leaves it as it is.
    pub(super) fn asking_as(self, asked: &Value) -> Result<Self, ProjectError> {
        if asked.is_null() {
            return Ok(self);
        }
        let unknown = || ProjectError::Snapshot(format!("answers are {}", asked["answer"]));
        let kind = AnswerKind::of_key(asked["answer"].as_str()).ok_or_else(unknown)?;
        let contract =
            Contract::parse_as(kind, asked["schema"].as_str(), "the schema that was asked with", Scrutiny::Recorded)?;
        Ok(Self { asked: Arc::new(contract), quoting: asked["quoting"].as_str().map(str::to_owned), ..self })
    }

    /// What prompts show of the contract, with how to quote in a step with evidence.
    #[must_use]
    pub fn shown_contract(&self) -> Cow<'_, str> {
        let contract = self.asked.prompt_text();
        match &self.quoting {
            Some(quoting) => format!("{contract}\n\n{quoting}").into(),
            None => contract.into(),
        }
    }

    /// Opens a table of recorded answers. Its cells are as they stand there.
    pub fn open_recorded(
        &self,
        key: &'static str,
        recorded: &Recorded,
    ) -> Result<Table<BufReader<File>>, ProjectError> {
        let path = self.dir.join(&recorded.path);
        let format =
            format_of(recorded.format, &path).ok_or_else(|| ProjectError::UnknownFormat { key, path: path.clone() })?;
        let encoding = recorded.encoding.clone();
        let (delimiter, guess) = (recorded.delimiter, recorded.guess);
        let options = ReadOptions { encoding, normalise: false, delimiter, guess, ..ReadOptions::new(format) };
        let file = open_table(&path, self.config.input.max_unpacked_bytes).map_err(|source| ProjectError::File {
            key: key.into(),
            path: path.clone(),
            source,
        })?;
        Ok(Table::open(BufReader::with_capacity(1 << 18, file), &path.display().to_string(), &options)?)
    }
}

/// The prompt that asks for a schema, where the configuration names none.
const SCHEMA_AUTHOR: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/prompts/schema_author.yaml"));

/// The contract of a step's schema. An error in an inline schema has its line in the configuration.
pub(super) fn contract(
    config: &Config,
    schema: &config::Schema,
    texts: &FileTexts<'_>,
) -> Result<Contract, ProjectError> {
    let key = if schema.path.is_some() { "schema.path" } else { "schema.inline" };
    let (name, source) = texts.get(&config.step.key(key))?;
    let scrutiny = if schema.check_keywords { Scrutiny::Full } else { Scrutiny::AnyKeyword };
    Contract::parse_as(kind(config.answer), Some(&source), &name, scrutiny).map_err(|error| match &schema.inline {
        Some(inline) => {
            let (pointer, reason) = error.parts();
            inline.wrong(pointer, reason, error.hint()).into()
        }
        None => error.into(),
    })
}

/// The form of answers, as the schema room's type.
pub(super) fn kind(answer: config::Answer) -> AnswerKind {
    match answer {
        config::Answer::Json => AnswerKind::Json,
        config::Answer::Text => AnswerKind::Text,
        config::Answer::Sections(rules) => AnswerKind::Sections(SectionRules {
            first_number: rules.number == config::NumberRule::First,
            clamp: rules.clamp,
            required: rules.required == config::RequiredRule::Strict,
        }),
    }
}

/// The contract that prompts show, as the record keeps it.
pub(super) fn as_recorded(asked: &Contract, quoting: Option<&String>) -> Value {
    let mut recorded = json!({"answer": asked.form().kind().key(), "schema": asked.source()});
    if let Some(quoting) = quoting {
        recorded["quoting"] = json!(quoting);
    }
    recorded
}

/// The rubric of a judge, where it scores criteria.
pub(super) fn rubric(judge: &config::Judge) -> Result<Option<Rubric>, ProjectError> {
    let criterion = |it: &config::Criterion| Criterion {
        name: it.name.clone(),
        weight: it.weight.unwrap_or(1.0),
        description: it.description.clone(),
        min: it.min.and_then(|min| u8::try_from(min).ok()),
    };
    let criteria: Vec<Criterion> = judge.rubric.iter().map(criterion).collect();
    if criteria.is_empty() { Ok(None) } else { Ok(Some(Rubric::new(criteria)?)) }
}

/// The fields of a rule without a schema; empty where they are known only once it is computed.
pub(super) fn rule_fields(config: &Config) -> Vec<String> {
    let rule = config.step.rule.as_ref().and_then(Value::as_object);
    rule.map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}
