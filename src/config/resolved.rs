//! The configuration with every default filled in. Values of these types come only from [`super::resolve()`], so that
//! they are always valid. Their serialised form is the snapshot in the run file.

mod answer;
mod canary;
mod document;
mod evidence;
mod experiment;
mod finetune;
mod input;
mod judge;
mod llm;
mod mapping;
mod output;
mod output_file;
mod prompt;
mod run;
mod step;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::raw::Check;

pub use answer::{Author, Inline, Schema};
pub use canary::Canary;
pub use document::{Documents, Knowledge, Split};
pub use evidence::Evidence;
pub use experiment::{Decide, Experiment, Gate, GateComparison, Gold, Metric, MetricKind, Variant, VariantBudget};
pub use finetune::{Finetune, VALIDATION};
pub use input::{Grouping, Images, Input, MAX_UNPACKED_BYTES};
pub use judge::{Accept, Judge, Panel, Until};
pub use llm::{ByRow, Endpoint, Llm, Price, Provider, RateLimit, Recorded, RetryDelay, Sample, Tuning};
pub use mapping::Mapping;
pub use output::{Outputs, Report, RowMatch};
pub use output_file::{FileField, FileReference, OutputFile, ReferenceTarget};
pub use prompt::{Columns, Context, Prompts};
pub use run::{Budget, Cache, Run};
pub use step::{Pairs, Perspective, Step, is_called, is_metric, metric_of, metric_step};

/// The valid configuration of one step: the blocks of the run, and what belongs to the step alone.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Config {
    /// Not in the snapshot of a plain batch.
    #[serde(default, skip_serializing_if = "Step::is_default")]
    pub step: Step,
    pub run: Run,
    pub input: Input,
    /// Collections of documents that prompts look things up in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knowledge: Vec<Knowledge>,
    /// `None` if rows are not grouped.
    pub grouping: Option<Grouping>,
    pub context: Context,
    pub prompts: Prompts,
    /// The variables of templates. Without any, they are not in the snapshot.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub vars: Map<String, Value>,
    /// `None` for a rule without one, and for plain text, which needs none.
    pub schema: Option<Schema>,
    /// The default is not in the snapshot.
    #[serde(default, skip_serializing_if = "Answer::is_json")]
    pub answer: Answer,
    /// The model that generates; `None` for a step that asks no model.
    pub llm: Option<Llm>,
    /// The only judge; `None` if there is none, or a panel.
    pub judge: Option<Judge>,
    /// Several judges, in place of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Panel>,
    /// Conditions that each valid answer has to meet, in order.
    pub checks: Vec<Check>,
    /// The claims that are held against the lines of the document, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// `None` if each work item has one candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accept>,
    /// `None` if no number of accepted work items is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    pub cache: Cache,
    #[serde(default, skip_serializing_if = "Budget::is_open")]
    pub budget: Budget,
    /// The path of the user's table of prices, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<String>,
    #[serde(default, skip_serializing_if = "Images::is_default")]
    pub images: Images,
    pub outputs: Outputs,
    pub report: Report,
    /// The experiment, in the last step of a task that has one; not in a variant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<Experiment>,
    /// What a canary asks about, in the last step of a task; in no snapshot.
    #[serde(skip)]
    pub canary: Option<Canary>,
}

/// A file that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRef {
    /// The key of the configuration that names it.
    pub key: &'static str,
    /// The path as written, relative to the configuration.
    pub path: String,
}

impl Config {
    /// The files that must exist before the run starts.
    #[must_use]
    pub fn files(&self) -> Vec<FileRef> {
        let file = |key, path: &str| FileRef { key, path: path.to_owned() };
        let mut files = Vec::new();
        let is_table = !self.input.is_command() && self.input.documents.is_none();
        files.extend(is_table.then(|| file("input.path", &self.input.path)));
        files.extend(self.prompts.generation.as_ref().map(|path| file("prompts.generation", path)));
        // A file that a model writes may not exist yet.
        let schema = self.schema.as_ref().filter(|schema| schema.author.is_none());
        files.extend(schema.and_then(|schema| schema.path.as_ref()).map(|path| file("schema.path", path)));
        if self.author().is_some() {
            files.extend(self.prompts.schema.as_ref().map(|path| file("prompts.schema", path)));
        }
        files.extend(self.prices.as_ref().map(|path| file("prices", path)));
        files.extend(self.report.page_template.as_ref().map(|path| file("report.page_template", path)));
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

    /// Makes the run the one of a batch: its name and the folders of its files and pages are the batch's own.
    pub fn name_batch(&mut self, batch: &str) {
        self.run.name = format!("{}-{batch}", self.run.name);
        for dir in self.outputs.dir.iter_mut().chain(&mut self.report.pages) {
            *dir = format!("{}/{}", dir.trim_end_matches('/'), self.run.name);
        }
    }

    /// The model that writes the schema, if one does.
    #[must_use]
    pub fn author(&self) -> Option<&Author> {
        self.schema.as_ref().and_then(|schema| schema.author.as_deref())
    }

    /// The judges: none, one or several.
    #[must_use]
    pub fn judges(&self) -> &[Judge] {
        match (&self.panel, &self.judge) {
            (Some(panel), _) => &panel.judges,
            (None, Some(judge)) => std::slice::from_ref(judge),
            (None, None) => &[],
        }
    }

    /// Changes each model of the step: its own, the judges', the one that writes the schema, and those of metrics.
    pub fn each_llm(&mut self, change: &dyn Fn(&mut Llm)) {
        let panel = self.panel.iter_mut().flat_map(|panel| &mut panel.judges);
        let judges = self.judge.iter_mut().chain(panel).map(|judge| &mut judge.llm);
        let author = self.schema.iter_mut().filter_map(|schema| schema.author.as_deref_mut());
        self.llm.iter_mut().chain(judges).chain(author.map(|author| &mut author.llm)).for_each(change);
        self.experiment.iter_mut().for_each(|experiment| experiment.each_llm(change));
    }

    /// The whole resolved configuration, for the run file. It has the name of the variable with the key, never a key.
    #[must_use]
    pub fn snapshot(&self) -> Value {
        // Only a key that is no text or a number that is not finite could fail, and there are none.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Puts the configurations of all steps into the snapshot of a project: as `config` in a plain batch, which has one
    /// step without a name, otherwise as the list `steps`.
    pub fn put_snapshots(configs: &[Self], snapshot: &mut Value) {
        match configs {
            [config] if config.step.own_name().is_none() => snapshot["config"] = config.snapshot(),
            steps => snapshot["steps"] = steps.iter().map(Self::snapshot).collect(),
        }
    }

    /// The configurations of all steps from the snapshot of a project.
    pub fn from_snapshots(snapshot: &Value) -> serde_json::Result<Vec<Self>> {
        let mut configs: Vec<Self> = match &snapshot["steps"] {
            Value::Array(steps) => steps.iter().map(Self::deserialize).collect::<Result<_, _>>()?,
            _ => vec![Self::deserialize(&snapshot["config"])?],
        };
        let names: Vec<String> = configs.iter().map(|config| config.step.name().to_owned()).collect();
        for config in &mut configs {
            config.step.each.resolve(|name| names.iter().any(|it| it == name));
        }
        Ok(configs)
    }
}
