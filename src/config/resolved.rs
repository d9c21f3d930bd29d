//! The configuration with every default filled in. Values of these types come only from [`super::resolve`].

mod llm;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::each::Each;
use super::error::ConfigError;
use super::node::Node;
use super::raw::{Check, Cover, Criterion, Format, GroupingMode, JudgeRule, KvOrder, OutputFormat};
use super::syntax::PromptSyntax;

pub use llm::{Endpoint, Llm, Price, Provider, RateLimit, Recorded, Sample, Tuning};

/// A valid configuration of one step: what holds for the run, and what is the step's own.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Config {
    /// The step. In a plain batch it is the only one, and stands in no snapshot.
    #[serde(default, skip_serializing_if = "Step::is_plain")]
    pub step: Step,
    /// The run.
    pub run: Run,
    /// The table that is read.
    pub input: Input,
    /// How rows are grouped; `None` where they are not.
    pub grouping: Option<Grouping>,
    /// What a prompt sees as `context`.
    pub context: Context,
    /// The prompt files.
    pub prompts: Prompts,
    /// The JSON Schema that answers are held to; `None` for a rule that has none, and for a text that needs none.
    pub schema: Option<Schema>,
    /// How an answer holds an output. What is usual stands in no snapshot.
    #[serde(default, skip_serializing_if = "Answer::is_json")]
    pub answer: Answer,
    /// The generation's model; `None` for a step that asks nobody.
    pub llm: Option<Llm>,
    /// The judge; `None` where there is none, or several.
    pub judge: Option<Judge>,
    /// Several judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
    /// Conditions that each valid answer has to meet.
    pub checks: Vec<Check>,
    /// How many candidates a work item may have, where it may have several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accept>,
    /// When enough is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// Whether answers on the record are used again.
    pub cache: Cache,
    /// What may be spent.
    #[serde(default, skip_serializing_if = "Budget::is_open")]
    pub budget: Budget,
    /// The user's table of prices, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<String>,
    /// The images that prompts show.
    #[serde(default, skip_serializing_if = "Images::is_default")]
    pub images: Images,
    /// The files that are written at the end.
    pub outputs: Outputs,
    /// The HTML report.
    pub report: Report,
}

/// A file that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRef {
    /// The key that names it.
    pub key: &'static str,
    /// The path as written, relative to the configuration.
    pub path: String,
}

impl Config {
    /// The files that must exist before the run starts.
    #[must_use]
    pub fn files(&self) -> Vec<FileRef> {
        let file = |key, path: &str| FileRef { key, path: path.to_owned() };
        let mut files = vec![file("input.path", &self.input.path)];
        files.extend(self.prompts.generation.as_ref().map(|path| file("prompts.generation", path)));
        // A file that a model writes may not be there yet.
        let schema = self.schema.as_ref().filter(|schema| schema.author.is_none());
        files.extend(schema.and_then(|schema| schema.path.as_ref()).map(|path| file("schema.path", path)));
        if self.author().is_some() {
            files.extend(self.prompts.schema.as_ref().map(|path| file("prompts.schema", path)));
        }
        files.extend(self.prices.as_ref().map(|path| file("prices", path)));
        if let Some(Provider::Recorded(recorded)) = self.llm.as_ref().map(|llm| &llm.provider) {
            files.push(file("llm.recorded.path", &recorded.path));
        }
        for judge in self.judges() {
            let several = !judge.name.is_empty();
            files.push(file(if several { "judge.judges.prompt" } else { "prompts.judge" }, &judge.prompt));
            if let Provider::Recorded(recorded) = &judge.llm.provider {
                let key = if several { "judge.judges.llm.recorded.path" } else { "judge.llm.recorded.path" };
                files.push(file(key, &recorded.path));
            }
        }
        if let Some(Provider::Recorded(recorded)) = self.author().map(|author| &author.llm.provider) {
            files.push(file("schema.llm.recorded.path", &recorded.path));
        }
        files
    }

    /// Who writes the schema where it is not there.
    #[must_use]
    pub fn author(&self) -> Option<&Author> {
        self.schema.as_ref().and_then(|schema| schema.author.as_deref())
    }

    /// Who judges: nobody, one, or several.
    #[must_use]
    pub fn judges(&self) -> &[Judge] {
        match (&self.panel, &self.judge) {
            (Some(panel), _) => &panel.judges,
            (None, Some(judge)) => std::slice::from_ref(judge),
            (None, None) => &[],
        }
    }

    /// The whole resolved configuration for the record. It holds the name of the key's variable, never a key.
    #[must_use]
    pub fn snapshot(&self) -> Value {
        // Every type in it has text keys and finite numbers, which is all that could fail.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What makes a step of several.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Step {
    /// Its name; empty for the one step of a plain batch.
    pub name: String,
    /// What becomes a work item.
    pub each: Each,
    /// The expression that a work item must be true for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whether it asks for a verdict instead of an output.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub verdict: bool,
    /// How the output is worked out without a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Value>,
    /// How combinations are put together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Pairs>,
    /// The role in which it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perspective: Option<Perspective>,
}

/// The name of the one step of a plain batch.
pub const PLAIN: &str = "generate";

impl Step {
    /// Its name in the record and in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.is_plain() { PLAIN } else { &self.name }
    }

    /// Whether it is the one step of a plain batch.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.name.is_empty()
    }
}

/// How combinations are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Pairs {
    /// Which are wanted.
    pub cover: Cover,
    /// How many, for a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// A role in which a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Perspective {
    /// Its name.
    pub name: String,
    /// The system prompt in this role, where it is not the prompt file's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
}

/// The run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Run {
    /// Its name, usable as a file name.
    pub name: String,
    /// The seed of whatever is chosen at random.
    pub seed: u64,
}

/// The table that is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Input {
    /// The path as written.
    pub path: String,
    /// The format; `None`: what the extension says.
    pub format: Option<Format>,
    /// The WHATWG name of the encoding.
    pub encoding: String,
    /// The sheet of a workbook; `None`: the first.
    pub sheet: Option<String>,
    /// The column that identifies a row.
    pub key: Option<String>,
    /// Columns that must be there.
    pub required_columns: Vec<String>,
    /// Whether cells are brought into a normal form.
    pub normalise: bool,
}

/// How rows are grouped.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Grouping {
    /// The column whose equal values make a group.
    pub column: String,
    /// One answer per group, or per row.
    pub mode: GroupingMode,
    /// The most rows a group's context shows.
    pub max_rows_per_group: usize,
}

/// The columns that a context shows.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "mode", content = "columns", rename_all = "snake_case")]
pub enum Columns {
    /// All of them.
    All,
    /// Only these.
    Include(Vec<String>),
    /// All but these.
    Exclude(Vec<String>),
}

impl Columns {
    /// Whether `column` is shown.
    #[must_use]
    pub fn shows(&self, column: &str) -> bool {
        match self {
            Self::All => true,
            Self::Include(columns) => columns.iter().any(|it| it == column),
            Self::Exclude(columns) => !columns.iter().any(|it| it == column),
        }
    }
}

/// What a prompt sees as `context`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Context {
    /// The columns that are shown.
    pub columns: Columns,
    /// The template of a row.
    pub row_template: Option<String>,
    /// The order of a row's lines.
    pub kv_order: KvOrder,
    /// The most characters a context has.
    pub max_context_chars: usize,
    /// The most characters of one value.
    pub truncate_field_chars: usize,
    /// The template before a group's rows.
    pub group_header_template: Option<String>,
    /// The template after a group's rows.
    pub group_footer_template: Option<String>,
}

/// The prompt files.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Prompts {
    /// The generation's, as written; `None` for a step that asks nobody.
    pub generation: Option<String>,
    /// The schema author's, as written; `None`: the one that ships with Casebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// How prompt files write their placeholders, where they do not say it themselves.
    #[serde(default, skip_serializing_if = "PromptSyntax::is_default")]
    pub syntax: PromptSyntax,
}

/// The JSON Schema that answers are held to.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Schema {
    /// The path as written; `None` where the schema stands in the configuration itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The schema that stands in the configuration. The record keeps it as a text: the order of its fields counts.
    #[serde(skip)]
    pub inline: Option<Inline>,
    /// Who writes the file where it is not there; `None`: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Box<Author>>,
}

/// A model that writes the schema.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Author {
    /// Whether it writes although there is a file.
    pub force: bool,
    /// The model.
    pub llm: Llm,
}

/// A schema that stands in a configuration, and where each part of it stands.
#[derive(Clone, Debug)]
pub struct Inline {
    /// The schema as JSON, its fields in the order that was written.
    pub text: String,
    pub(super) node: Node,
}

impl Inline {
    /// The error that the schema has this fault at a JSON pointer.
    #[must_use]
    pub fn wrong(&self, pointer: &str, reason: String) -> ConfigError {
        ConfigError::value("schema.inline", reason, self.node.origin_below(pointer))
    }
}

/// The judge.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Judge {
    /// Its name, where there are several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its prompt's path as written.
    pub prompt: String,
    /// The lowest score that passes, of 100.
    pub min_score: u8,
    /// What it scores, one by one; empty where it gives one verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rubric: Vec<Criterion>,
    /// Its model.
    pub llm: Llm,
}

/// Several candidates for each work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Accept {
    /// How many of them must be accepted before the best is taken.
    pub outputs: u32,
    /// How many there may be.
    pub candidates: u32,
}

/// When a step has enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Until {
    /// Work items that are accepted.
    pub accepted: u64,
}

/// Several judges and how they decide.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Panel {
    /// When an output passes.
    pub rule: JudgeRule,
    /// The lowest mean score that passes, of 100.
    pub min_score: u8,
    /// The judges.
    pub judges: Vec<Judge>,
}

/// Whether answers on the record are used again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Cache {
    /// Whether accepted outputs are used again.
    pub enabled: bool,
    /// Whether everything is asked again.
    pub force: bool,
    /// Whether equal requests share one call.
    pub share: bool,
}

impl Cache {
    /// Whether a run asks everything again, whatever is on record.
    #[must_use]
    pub fn asks_again(&self) -> bool {
        self.force || !self.enabled
    }
}

/// What may be spent, over all invocations on the run file.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Budget {
    /// The most that calls may cost, in US dollars.
    pub max_cost_usd: Option<f64>,
    /// The most requests that may be sent.
    pub max_requests: Option<u64>,
}

impl Budget {
    /// Whether nothing is bounded.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.max_cost_usd.is_none() && self.max_requests.is_none()
    }
}

/// The images that prompts show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Images {
    /// The folder they lie in, as written.
    pub dir: String,
    /// The most bytes one may have.
    pub max_bytes: u64,
    /// Whether addresses are passed on.
    pub allow_urls: bool,
}

impl Images {
    /// Whether it is what it is where nothing is written of it; then it stands in no snapshot.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Images {
    fn default() -> Self {
        Self { dir: ".".to_owned(), max_bytes: 20 * 1024 * 1024, allow_urls: false }
    }
}

/// The files that are written at the end.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Outputs {
    /// The formats, each once, in the order written.
    pub formats: Vec<OutputFormat>,
    /// The folder as written.
    pub dir: String,
    /// Whether there is also a thin table.
    pub thin: bool,
    /// Whether formula-like values are quoted.
    pub spreadsheet_safe: bool,
}

/// The HTML report.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// Whether it is written.
    pub enabled: bool,
    /// How many answers it shows of each group.
    pub samples_per_group: usize,
}
