//! What comes out: [`Outputs`] and [`Report`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finetune::Finetune;
use super::mapping::Mapping;
use super::output_file::OutputFile;
use crate::eval_tools::EvalFile;
use crate::finetune::{FinetuneFile, FinetuneFormat};

/// A format of the files that a run writes at its end: a text, as it is or compressed, a folder for each work item, or
/// the files that an evaluation tool loads or that a model is fine-tuned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OutputFormat {
    /// One JSON object per line.
    #[serde(rename = "jsonl")]
    Jsonl,
    /// The same, compressed with gzip.
    #[serde(rename = "jsonl.gz")]
    JsonlGz,
    /// The same, compressed with Zstandard.
    #[serde(rename = "jsonl.zst")]
    JsonlZst,
    /// Pipe-separated values.
    #[serde(rename = "psv")]
    Psv,
    /// The same, compressed with gzip.
    #[serde(rename = "psv.gz")]
    PsvGz,
    /// The same, compressed with Zstandard.
    #[serde(rename = "psv.zst")]
    PsvZst,
    /// Comma-separated values.
    #[serde(rename = "csv")]
    Csv,
    /// The same, compressed with gzip.
    #[serde(rename = "csv.gz")]
    CsvGz,
    /// The same, compressed with Zstandard.
    #[serde(rename = "csv.zst")]
    CsvZst,
    /// A folder for each work item, and `items.jsonl` that lists them.
    #[serde(rename = "files")]
    Files,
    /// For `DeepEval`: `deepeval_goldens.json` with single turns, `deepeval_conversations.json` with dialogs.
    #[serde(rename = "deepeval")]
    DeepEval,
    /// For Giskard 3: `giskard_scenarios.jsonl`.
    #[serde(rename = "giskard")]
    Giskard,
    /// For Giskard 2: `giskard2_qatestset.jsonl`.
    #[serde(rename = "giskard2")]
    Giskard2,
    /// For Giskard Hub: `giskard_hub.json`.
    #[serde(rename = "giskard_hub")]
    GiskardHub,
    /// For Evidently: `evidently.csv`.
    #[serde(rename = "evidently")]
    Evidently,
    /// For Inspect: `inspect.jsonl`.
    #[serde(rename = "inspect")]
    Inspect,
    /// For promptfoo: `promptfoo_tests.jsonl`, `promptfoo_prompt.json` and `promptfoo.yaml`.
    #[serde(rename = "promptfoo")]
    Promptfoo,
    /// For Langfuse: `langfuse_items.json`, the items of a data set.
    #[serde(rename = "langfuse")]
    Langfuse,
    /// Fine-tuning at OpenAI or Azure: `openai_finetune.train.jsonl`, `openai_finetune.validation.jsonl` and
    /// `openai_finetune.report.json`.
    #[serde(rename = "openai_finetune")]
    OpenAiFinetune,
    /// Fine-tuning of Anthropic's models at Amazon Bedrock: `anthropic.train.jsonl` and so on.
    #[serde(rename = "anthropic")]
    Anthropic,
    /// Fine-tuning of Gemini at Vertex AI: `gemini.train.jsonl` and so on.
    #[serde(rename = "gemini")]
    Gemini,
    /// Fine-tuning with open tools that read ShareGPT: `sharegpt.train.jsonl` and so on.
    #[serde(rename = "sharegpt")]
    ShareGpt,
}

/// What a file of a format has in it, once it is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputLayout {
    Jsonl,
    Psv,
    Csv,
    /// The list of the work items' folders.
    Items,
    /// Items for an evaluation tool.
    Eval(EvalFile),
    /// Examples for fine-tuning, or the report on them.
    Finetune(FinetuneFile),
}

/// How a file of a format is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Zstandard,
}

/// A file of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatFile {
    /// Its name, without a folder.
    pub name: &'static str,
    pub layout: OutputLayout,
    /// How it is compressed, if it is.
    pub packing: Option<Packing>,
}

impl OutputFormat {
    /// All formats.
    pub const ALL: [Self; 22] = [
        Self::Jsonl,
        Self::JsonlGz,
        Self::JsonlZst,
        Self::Psv,
        Self::PsvGz,
        Self::PsvZst,
        Self::Csv,
        Self::CsvGz,
        Self::CsvZst,
        Self::Files,
        Self::DeepEval,
        Self::Giskard,
        Self::Giskard2,
        Self::GiskardHub,
        Self::Evidently,
        Self::Inspect,
        Self::Promptfoo,
        Self::Langfuse,
        Self::OpenAiFinetune,
        Self::Anthropic,
        Self::Gemini,
        Self::ShareGpt,
    ];

    /// Returns the format's name, as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::JsonlGz => "jsonl.gz",
            Self::JsonlZst => "jsonl.zst",
            Self::Psv => "psv",
            Self::PsvGz => "psv.gz",
            Self::PsvZst => "psv.zst",
            Self::Csv => "csv",
            Self::CsvGz => "csv.gz",
            Self::CsvZst => "csv.zst",
            Self::Files => "files",
            Self::DeepEval => "deepeval",
            Self::Giskard => "giskard",
            Self::Giskard2 => "giskard2",
            Self::GiskardHub => "giskard_hub",
            Self::Evidently => "evidently",
            Self::Inspect => "inspect",
            Self::Promptfoo => "promptfoo",
            Self::Langfuse => "langfuse",
            Self::OpenAiFinetune | Self::Anthropic | Self::Gemini | Self::ShareGpt => {
                self.finetune().map_or("", FinetuneFormat::name)
            }
        }
    }

    /// Returns its files, in the order in which they are written.
    #[must_use]
    pub fn files(self) -> Vec<FormatFile> {
        use OutputLayout::{Csv, Items, Jsonl, Psv};
        use Packing::{Gzip, Zstandard};
        let text = |name, layout, packing| vec![FormatFile { name, layout, packing }];
        match self {
            Self::Jsonl => text("output.jsonl", Jsonl, None),
            Self::JsonlGz => text("output.jsonl.gz", Jsonl, Some(Gzip)),
            Self::JsonlZst => text("output.jsonl.zst", Jsonl, Some(Zstandard)),
            Self::Psv => text("output.psv", Psv, None),
            Self::PsvGz => text("output.psv.gz", Psv, Some(Gzip)),
            Self::PsvZst => text("output.psv.zst", Psv, Some(Zstandard)),
            Self::Csv => text("output.csv", Csv, None),
            Self::CsvGz => text("output.csv.gz", Csv, Some(Gzip)),
            Self::CsvZst => text("output.csv.zst", Csv, Some(Zstandard)),
            Self::Files => text(ITEMS_LIST, Items, None),
            _ => {
                let evals = self.eval_files().iter().map(|&file| FormatFile::of_eval(file));
                let finetune = self.finetune().into_iter().flat_map(FinetuneFormat::files);
                evals.chain(finetune.map(FormatFile::of_finetune)).collect()
            }
        }
    }

    /// Whether it is for an evaluation tool, and so made of the mapped outputs.
    #[must_use]
    pub fn is_for_eval_tool(self) -> bool {
        !self.eval_files().is_empty()
    }

    /// Whose fine-tuning it is for, if it is for that.
    #[must_use]
    pub fn finetune(self) -> Option<FinetuneFormat> {
        match self {
            Self::OpenAiFinetune => Some(FinetuneFormat::OpenAi),
            Self::Anthropic => Some(FinetuneFormat::Anthropic),
            Self::Gemini => Some(FinetuneFormat::Gemini),
            Self::ShareGpt => Some(FinetuneFormat::ShareGpt),
            _ => None,
        }
    }

    fn eval_files(self) -> &'static [EvalFile] {
        match self {
            Self::DeepEval => &[EvalFile::DeepEvalGoldens, EvalFile::DeepEvalConversations],
            Self::Giskard => &[EvalFile::GiskardScenarios],
            Self::Giskard2 => &[EvalFile::Giskard2Testset],
            Self::GiskardHub => &[EvalFile::GiskardHub],
            Self::Evidently => &[EvalFile::Evidently],
            Self::Inspect => &[EvalFile::Inspect],
            Self::Promptfoo => &[EvalFile::PromptfooTests, EvalFile::PromptfooPrompt, EvalFile::PromptfooConfig],
            Self::Langfuse => &[EvalFile::LangfuseItems],
            _ => &[],
        }
    }
}

impl FormatFile {
    fn of_eval(file: EvalFile) -> Self {
        Self { name: file.name(), layout: OutputLayout::Eval(file), packing: None }
    }

    fn of_finetune(file: FinetuneFile) -> Self {
        Self { name: file.name(), layout: OutputLayout::Finetune(file), packing: None }
    }
}

/// The list of the folders of work items.
pub const ITEMS_LIST: &str = "items.jsonl";

impl std::str::FromStr for OutputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let others = Self::ALL.into_iter().filter(|it| it.is_for_eval_tool() || it.finetune().is_some());
            format!(
                "expected jsonl, psv or csv, each with .gz or .zst at its end to compress it; files; or {}",
                others.map(Self::name).collect::<Vec<_>>().join(", ")
            )
        })
    }
}

/// What tables have a line for, where that is not a work item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expand {
    /// Each row of a group.
    Rows,
}

/// The files that a run writes at its end.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The formats. `.gz` and `.zst` at the end of a text's format compress it; `files` is a folder for each work item;
    /// `openai_finetune`, `anthropic`, `gemini` and `sharegpt` are for fine-tuning, and `finetune` says what is in
    /// them; the others are for the evaluation tools of that name, and `mapping` says what is in them.
    #[schemars(extend("default" = ["jsonl", "psv", "csv"]))]
    pub formats: Option<Vec<OutputFormat>>,
    /// Files of objects with ids and references, made from the accepted outputs of any steps.
    pub files: Option<Vec<OutputFile>>,
    /// What the items of evaluation tools are made of. A test set needs none.
    pub mapping: Option<Mapping>,
    /// What the files for fine-tuning are made of.
    pub finetune: Option<Finetune>,
    /// The folder that the files are written to, relative to this configuration; by default a folder in `out` with the
    /// run file's name.
    pub dir: Option<String>,
    /// Whether the tables (psv and csv) leave out the long columns: `message`, `reasons`, `answer` and `context`. JSONL
    /// files always have them.
    #[schemars(extend("default" = true))]
    pub thin: Option<bool>,
    /// Whether an apostrophe is put before csv values that a spreadsheet would run as a formula.
    #[schemars(extend("default" = false))]
    pub spreadsheet_safe: Option<bool>,
    /// `rows`: where work items are groups, the tables have a line for each row of a group, with the columns of the
    /// input and the group's answer.
    pub expand: Option<Expand>,
    /// With `expand: rows`: the list in the answer, and the field of its elements that names their row, as in
    /// `tickets[].id`. A row then has the fields of its element alone, beside those that stand outside of the list.
    #[schemars(extend("pattern" = "^[^\\[\\].]+\\[\\]\\.[^\\[\\].]+$"))]
    pub r#match: Option<String>,
    /// The column of the input with the values that `match` looks for; by default `input.key`, or else the column with
    /// the name of the field.
    pub match_column: Option<String>,
}

/// The report on a run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Whether the report is written.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// How many answers the report shows of each group; without groups, twice as many in all.
    #[schemars(range(min = 0, max = 1_000), extend("default" = 5))]
    pub samples_per_group: Option<u64>,
    /// The folder for a static page of each work item and an index of them, relative to this configuration. Pages are
    /// written as work items are decided, whether the report is enabled or not.
    pub pages: Option<String>,
    /// The template of the pages of work items, in place of the one that ships, relative to this configuration.
    pub page_template: Option<String>,
}
