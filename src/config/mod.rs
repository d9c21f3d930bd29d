//! The configuration: what the user wrote ([`raw`]), then resolved ([`Config`]), which is always valid.
//!
//! [`parse()`] reads YAML into a tree with positions (`node`, `yaml`); [`resolve()`] lays `--set` and each step's
//! blocks over it (`whole`, `models`, `steps`, `llm_layers`), gives it types (`typed`), checks it block by block
//! (`resolve`, `llm`, `tuning`, `judge`, `schema`, `experiment`, `canary`) and fills in the defaults.
//! [`resolve_variants()`] does so for each variant of an experiment. [`ConfigError`] names the key and its position.
//!
//! Texts of files are passed in, and [`Config::files`] says which other files must exist: this room reads nothing
//! itself. It depends on no other room, and never holds a secret: keys are named, not written.

mod address;
mod answer;
mod block;
mod canary;
mod documents;
mod each;
mod error;
mod evidence;
mod experiment;
mod gold_columns;
mod json_schema;
mod judge;
mod key_path;
mod llm;
mod llm_layers;
mod mapping;
mod metric_step;
mod models;
mod node;
mod older;
mod output_files;
mod outputs;
mod parse;
mod pin_blocks;
mod pinned_model;
mod pins;
mod places;
mod raw;
mod resolve;
mod resolved;
mod schema;
mod steps;
mod syntax;
mod tuning;
mod typed;
mod vars;
mod whole;
mod yaml;
mod yaml_text;

pub use address::{AddressProblem, checked_address};
pub use answer::{Answer, NumberRule, RequiredRule};
pub use documents::{document_extensions, is_pattern};
pub use each::{Each, JoinKey};
pub use error::{ConfigError, Location, Problem};
pub(crate) use error::{Origin, nearest, printable};
pub use experiment::{COLUMNS_AFTER, COLUMNS_BEFORE, METRIC_COLUMNS, MORE_ITEMS};
pub use json_schema::json_schema;
pub(crate) use key_path::{join as join_keys, keys as keys_of};
pub(crate) use node::{Entry as NodeEntry, Node, Value as NodeValue};
pub(crate) use older::evidence as evidence_of_older;
pub use parse::{Raw, parse};
pub use pin_blocks::PinsSource;
pub use pinned_model::{pinned_block, pinned_judge_block, secret_in};
pub use pins::{PINS_FILE, Pin, PinError, PinnedJudge, PinnedPrompt, PinnedStep, Pins};
pub use places::Places;
pub use raw::{
    Check, Cover, Criterion, FinetuneSource, FinishMeaning, Format, FormatFile, GroupingMode, ITEMS_LIST, InputTypes,
    JudgeRule, KvOrder, MaxTokensField, OnMismatch, OutputFormat, OutputLayout, Packing, QuoteMatch, ServerName,
    StructuredOutput, Thoughts,
};
pub use resolved::{
    Budget, ByRow, Canary, Columns, Config, Context, Decide, Documents, Endpoint, Evidence, Experiment, FileField,
    FileRef, FileReference, Finetune, Gate, GateComparison, Gold, Grouping, Input, Judge, Knowledge, Llm,
    MAX_UNPACKED_BYTES, Mapping, Metric, MetricKind, OutputFile, Pairs, Price, Provider, Recorded, ReferenceTarget,
    RetryDelay, Sample, Schema, Step, Variant, is_called, is_metric,
};
pub use syntax::PromptSyntax;
pub(crate) use typed::typed;
pub(crate) use vars::is_name as is_variable;
pub use whole::{SEED, VariantConfigs, resolve, resolve_variants};

#[cfg(test)]
mod tests;
