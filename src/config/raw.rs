//! The configuration as the user writes it. These types check only their own shape; [`super::resolve()`] checks the
//! rest.
//!
//! The descriptions become those of the JSON Schema that editors complete and check with. A key with nothing after it
//! counts as absent and takes its default. An `llm` block that differs from another one ([`Step::llm`], [`Judge::llm`]
//! and the like) is read here for its shape alone: `llm_layers` lays it over the other one as YAML.
#![expect(clippy::doc_markdown, reason = "the texts are descriptions in the JSON Schema, not only documentation")]

mod answer;
mod by_row;
mod canary;
mod document;
mod evidence;
mod experiment;
mod finetune;
mod input;
mod judge;
mod llm;
mod mapping;
mod model;
mod output;
mod output_file;
mod prompt;
mod run;
mod step;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use model::ModelChoice;

pub use answer::{Check, Schema};
pub use by_row::ByRow;
pub use canary::Canary;
pub use document::{DocumentKind, Knowledge, PathList, Split, SplitUnit};
pub use evidence::{Evidence, LineFields, OnMismatch, QuoteMatch};
pub use experiment::{Decide, Experiment, Gold, Metric, MetricWord};
pub use finetune::{Finetune, FinetuneSource};
pub use input::{Format, Grouping, GroupingMode, Images, Input, InputFormat, InputTypes};
pub use judge::{Accept, Criterion, Judge, JudgeRule, OneJudge, Until};
pub use llm::{
    FinishMeaning, Llm, MaxTokensField, Price, ProviderName, RateLimit, ReasoningEffort, Recorded, RetryDelay, Sample,
    ServerName, StructuredOutput, Thoughts,
};
pub use mapping::Mapping;
pub use output::{Expand, FormatFile, ITEMS_LIST, OutputFormat, OutputLayout, Outputs, Packing, Report};
pub use output_file::{FileFields, FileReference, OutputFile, ReferenceLookup};
pub use prompt::{ColumnMode, Columns, Context, KvOrder, Prompts};
pub use run::{Budget, Cache, Run};
pub use step::{Cover, Do, Pairs, Step};

/// A Casebook run: the table or the documents that go in, the prompts that are sent, the schema that answers must be
/// valid against, and the files that come out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Casebook configuration")]
pub struct Config {
    /// The run's name and its seed.
    pub run: Run,
    /// The table or the documents that are read.
    pub input: Input,
    /// Collections of documents that prompts look things up in.
    pub knowledge: Option<Vec<Knowledge>>,
    /// Groups of rows with an equal value in one column.
    pub grouping: Option<Grouping>,
    /// What a prompt sees of a row or a group as `context`.
    pub context: Option<Context>,
    /// The prompt files.
    pub prompts: Option<Prompts>,
    /// Variables of templates and expressions, which see them as `vars.NAME`. A value may be a text, a number, true or
    /// false, a list or a block.
    pub vars: Option<BTreeMap<String, Value>>,
    /// The JSON Schema that every answer must be valid against.
    pub schema: Option<Schema>,
    /// The form of an answer: a JSON object, plain text, or sections of Markdown.
    #[schemars(extend("default" = "json"))]
    pub answer: Option<Answer>,
    /// Models by the names that stand in place of `llm` blocks: `llm: small`.
    #[expect(dead_code, reason = "read for its shape; names are replaced before")]
    pub models: Option<BTreeMap<String, Llm>>,
    /// The model and how it is called: a block, or the name of one of `models`.
    #[schemars(with = "Option<ModelChoice>")]
    pub llm: Option<Llm>,
    /// One model, or several, that judge each answer that is valid and passes the checks.
    pub judge: Option<Judge>,
    /// Conditions that each valid answer has to meet before it is judged or accepted. By default the feedback names the
    /// check that failed.
    pub checks: Option<Vec<Check>>,
    /// Claims in the outputs that name lines of their document and quote them, in a step over rows of documents.
    pub evidence: Option<Vec<Evidence>>,
    /// Several candidates for each work item, of which the best is taken.
    pub accept: Option<Accept>,
    /// Stops a step once enough of its work items are accepted; the others stay open.
    pub until: Option<Until>,
    /// The steps of the task. Without this list the task has one step, made of the blocks at the top.
    #[schemars(length(min = 1))]
    pub steps: Option<Vec<Step>>,
    /// Whether answers in the run file are used again.
    pub cache: Option<Cache>,
    /// The most that may be spent. A run stops before it would spend more.
    pub budget: Option<Budget>,
    /// A table of prices, relative to this configuration, whose entries come before those that ship with Casebook.
    pub prices: Option<String>,
    /// Where the images of prompts are, and how large they may be.
    pub images: Option<Images>,
    /// The files that a run writes at its end.
    pub outputs: Option<Outputs>,
    /// The HTML report.
    pub report: Option<Report>,
    /// Variants of the task that are measured and compared.
    #[expect(dead_code, reason = "read for its shape; it is resolved apart from the steps")]
    pub experiment: Option<Experiment>,
    /// Rows that the task in production is asked about, again and again.
    #[expect(dead_code, reason = "read for its shape; it is resolved apart from the steps")]
    pub canary: Option<Canary>,
}
