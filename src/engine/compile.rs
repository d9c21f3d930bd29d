//! Compiling the templates of a project against the input's columns, so that errors in them are found before anything
//! is written or paid. Nothing here touches the run file.

mod each;
pub(super) mod error;
mod evidence;
mod finetune;
mod lines;
mod mapping;
mod metrics;
mod names;
mod objects;
mod prompts;
mod read_steps;
mod skipped;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::EngineError;
use super::step_reads::{by_row, reads_input_data};
use crate::config::{Config, Each, Grouping as GroupingConfig, GroupingMode, Llm, Provider, Step};
use crate::project::{JudgeSetup, Project, ProjectError, Setup, graph, spec};
use crate::prompt::{
    Checks, Condition, ContextBuilder, DocumentUse, MatchTemplates, Prompt, PromptError, Rule, TemplateColumns,
    TemplateUse, TemplateValue,
};
use crate::record::document::is_place;
use crate::record::{ColumnKind, OutputPath};
use crate::stage::derive::ReadSteps;
use crate::stage::generate::Evidence;
use crate::stage::plan::PlanUnit;
use error::CompileError;
use names::{columns_of, fields_of, known, settings_of};

pub(super) use finetune::{check_finetune, finetune};
pub(super) use mapping::{check_formats, mapping};
pub(super) use metrics::{check_metrics, metric_columns, metric_names};
pub(super) use objects::objects;

/// A step's templates, compiled and checked against the input's columns. Nothing is recorded yet.
pub struct CompiledStep {
    /// The input's columns, as templates see them.
    pub columns: Arc<TemplateColumns>,
    /// Builds contexts; `None` where no template uses one.
    pub context: Option<ContextBuilder>,
    /// Whether rows or groups become work items, where the step reads the input.
    pub grouping: PlanUnit,
    pub(super) checks: Checks,
    pub(super) evidence: Option<Arc<Evidence>>,
    pub(super) when: Option<Condition>,
    pub(super) rule: Option<Rule>,
    pub(super) generation_match: Option<MatchTemplates>,
    pub(super) judge_matches: Vec<Option<MatchTemplates>>,
    /// Warnings for people.
    pub notes: Vec<String>,
    /// The column that `input_data` is the cell of; `None`: it is the context.
    pub(super) input_column: Option<Arc<str>>,
    /// All variables of the step.
    pub(super) variables: TemplateValue,
    /// Whether it reads the lines at which rows of documents stand, which are then a part of its exact task.
    pub(super) reads_lines: bool,
    /// The steps that it reads of those before it; `None`: maybe all.
    pub(super) read_steps: Option<ReadSteps>,
    /// The documents that its templates and expressions read.
    pub(super) documents: DocumentUse,
    /// The gold values that its prompt reads.
    pub(super) gold: Vec<String>,
    /// The variables that its templates and expressions use, which are part of its exact task.
    pub(super) used: Map<String, Value>,
}

impl CompiledStep {
    /// The paths that the templates and expressions of the step read.
    pub(super) fn reads(&self, setup: &Setup) -> Vec<String> {
        let asking = setup.asking.iter();
        let prompts = asking.flat_map(|asking| asking.judges.iter().map(|it| &it.prompt).chain([&asking.prompt]));
        let mut paths: Vec<String> = prompts.flat_map(Prompt::reads_of_all).chain(self.checks.reads()).collect();
        paths.extend(self.when.iter().flat_map(Condition::reads));
        paths.extend(self.rule.iter().flat_map(Rule::reads));
        let matches = self.generation_match.iter().chain(self.judge_matches.iter().flatten());
        paths.extend(matches.flat_map(MatchTemplates::reads));
        if uses_context(setup) {
            paths.extend(self.context.iter().flat_map(ContextBuilder::reads));
        }
        paths
    }

    /// Everything that its templates and expressions use, without the context.
    fn uses(&self, setup: &Setup) -> BTreeSet<OutputPath> {
        let asking = setup.asking.iter();
        let prompts = asking.flat_map(|asking| asking.judges.iter().map(|it| &it.prompt).chain([&asking.prompt]));
        let mut all: BTreeSet<OutputPath> = prompts.flat_map(Prompt::uses).chain(self.checks.uses()).collect();
        all.extend(self.when.iter().flat_map(Condition::uses));
        all.extend(self.rule.iter().flat_map(Rule::uses));
        let matches = self.generation_match.iter().chain(self.judge_matches.iter().flatten());
        all.extend(matches.flat_map(MatchTemplates::uses));
        all
    }

    /// The documents that the templates and expressions of the step read.
    fn document_use(&self, setup: &Setup) -> DocumentUse {
        let asking = setup.asking.iter();
        let prompts = asking.flat_map(|asking| asking.judges.iter().map(|it| &it.prompt).chain([&asking.prompt]));
        let matches = self.generation_match.iter().chain(self.judge_matches.iter().flatten());
        let uses = prompts.map(Prompt::document_use).chain([self.checks.document_use()]);
        let uses = uses.chain(self.when.iter().map(Condition::document_use));
        let uses = uses.chain(self.rule.iter().map(Rule::document_use));
        uses.chain(matches.map(MatchTemplates::document_use)).fold(DocumentUse::default(), DocumentUse::and)
    }

    /// Whether any template that reads `paths`, the context or a call by row may show the lines of a row.
    fn sees_lines(&self, setup: &Setup, paths: &[String]) -> bool {
        let shown = match &self.context {
            Some(context) if uses_context(setup) || reads_input_data(setup) => context.columns_shown(),
            _ => Some(Vec::new()),
        };
        let (Some(mut read), Some(shown)) = (self.columns.read_by(paths), shown) else { return true };
        read.extend(shown);
        read.extend(by_row(setup).and_then(|it| self.columns.position(&it.column)));
        read.iter().any(|at| is_place(*at))
    }
}

/// Compiles and checks everything that depends on the input's columns, step by step. `kinds` says what their cells are.
pub fn compile_all(
    project: &mut Project,
    names: &[String],
    kinds: &[ColumnKind],
) -> Result<Vec<CompiledStep>, EngineError> {
    let hidden = project.config.input.hidden.iter().find(|column| !names.contains(column));
    if let Some(column) = hidden {
        let (column, columns) = (column.clone(), names.to_vec());
        let error = CompileError::NoColumn { key: "input.hidden", column, columns };
        return Err(EngineError::from(error).placed(project, project.config.step.name()));
    }
    let mut notes = Vec::with_capacity(project.steps.len());
    for index in 0..project.steps.len() {
        let bound = bind(project, index, (names, kinds)).map_err(|error| placed(project, index, error))?;
        notes.push(bound);
    }
    compile_bound(project, (names, kinds), notes)
}

/// Compiles a project whose prompts have their columns already.
pub fn compile_again(
    project: &Project,
    names: &[String],
    kinds: &[ColumnKind],
) -> Result<Vec<CompiledStep>, EngineError> {
    compile_bound(project, (names, kinds), vec![Vec::new(); project.steps.len()])
}

fn compile_bound(
    project: &Project,
    table: (&[String], &[ColumnKind]),
    notes: Vec<Vec<String>>,
) -> Result<Vec<CompiledStep>, EngineError> {
    let step = |(index, notes)| {
        let compiled = compile(project, index, table, notes);
        compiled.map_err(|error| placed(project, index, error))
    };
    let compiled = notes.into_iter().enumerate().map(step).collect::<Result<_, _>>()?;
    let last = project.last_place();
    check_files(project, table).map_err(|error| placed(project, last, error))?;
    Ok(compiled)
}

/// Checks the files of objects, and what the items of evaluation tools are made of.
fn check_files(project: &Project, table: (&[String], &[ColumnKind])) -> Result<(), EngineError> {
    let mapping = mapping(project, table, &objects(project, table, "")?)?;
    check_finetune(project, table.0, &project.config.outputs.formats)?;
    Ok(check_formats(project, table, (&project.config.outputs.formats, mapping.as_deref()), false)?)
}

/// An error in a step, with its place where that is known.
fn placed(project: &Project, index: usize, error: EngineError) -> EngineError {
    match (error, &project.places) {
        (EngineError::Project(ProjectError::Prompt(error)), Some(places)) => {
            let step = project.steps[index].config.step.name();
            // What is not written has the place of what is around it.
            let around = |key: &str| key.rsplit_once('.').and_then(|(around, _)| places.of_step(step, around));
            let place = error.unplaced_key().and_then(|key| places.of_step(step, key).or_else(|| around(key)));
            error.at(place).into()
        }
        (error, _) => error.placed(project, project.steps[index].config.step.name()),
    }
}

/// Puts the columns into the prompts of a step; returns notes on that.
fn bind(project: &mut Project, index: usize, table: (&[String], &[ColumnKind])) -> Result<Vec<String>, EngineError> {
    let columns = columns_of(&project.steps[index], table);
    let fields = fields_of(&project.steps[index]);
    let known = |purpose| known(project, index, purpose, &columns, &fields);
    let Some(mut bound) = prompts::bound(project, index, &columns, &known)? else { return Ok(Vec::new()) };
    let notes = std::mem::take(&mut bound.notes);
    bound.put(&mut project.steps[index]);
    Ok(notes)
}

fn compile(
    project: &Project,
    index: usize,
    table: (&[String], &[ColumnKind]),
    bound: Vec<String>,
) -> Result<CompiledStep, EngineError> {
    let setup = &project.steps[index];
    let config = &setup.config;
    each::check(project, config)?;
    let columns = columns_of(setup, table);
    let fields = fields_of(setup);
    let known = |purpose| known(project, index, purpose, &columns, &fields);
    if let Some(asking) = &setup.asking {
        asking.prompt.check(&known(TemplateUse::Generation))?;
        for judge in &asking.judges {
            let checked = judge.prompt.check(&known(TemplateUse::Judge));
            checked.map_err(|source| judge_error(&config.step, source))?;
        }
        check_images(setup)?;
    }
    let (evidence, said) = evidence::checked(project, index, table.0)?;
    let checks = Checks::compile(&config.checks, &known(TemplateUse::Check))?;
    let source = known(TemplateUse::Generation).showing_all();
    let step = &config.step;
    let when =
        config.step.when.as_ref().map(|when| Condition::compile(when, &step.key("when"), &source)).transpose()?;
    let rule = config.step.rule.as_ref().map(|rule| Rule::compile(rule, &step.key("rule"), &source)).transpose()?;
    let matching = |llm: Option<&Llm>, key: &str| match llm.map(|llm| &llm.provider) {
        Some(Provider::Recorded(recorded)) => {
            MatchTemplates::compile(&recorded.matching, &recorded.values, key, &known(TemplateUse::Match)).map(Some)
        }
        _ => Ok(None),
    };
    let generation_match = matching(config.llm.as_ref(), "llm.recorded")?;
    let judges = config.judges().iter();
    let judge_matches =
        judges.map(|judge| matching(Some(&judge.llm), "judge.llm.recorded")).collect::<Result<_, _>>()?;
    check_column_of_calls(config, table.0)?;
    let grouping = match &config.grouping {
        None => PlanUnit::Rows,
        Some(grouping) => grouping_of(grouping, table.0)?,
    };
    let context = if uses_context(setup) || graph::descendants(project, index).any(uses_context) {
        Some(ContextBuilder::new(&config.context, config.grouping.as_ref(), &columns, &settings_of(setup))?)
    } else {
        None
    };
    let mut notes = notes(setup)?;
    notes.extend(said.into_iter().map(|note| step.message(&note)));
    notes.extend(bound.into_iter().map(|note| step.message(&note)));
    notes.extend(skipped::notes(project, index, &checks, when.as_ref(), rule.as_ref()));
    let input_column = prompts::input_column(&prompts::input_data(project, index, &columns));
    let settings = settings_of(setup);
    let mut compiled = CompiledStep {
        columns,
        context,
        grouping,
        checks,
        evidence,
        when,
        rule,
        generation_match,
        judge_matches,
        notes,
        input_column,
        variables: settings.value(),
        reads_lines: false,
        read_steps: None,
        documents: DocumentUse::default(),
        gold: Vec::new(),
        used: Map::new(),
    };
    let reads = compiled.reads(setup);
    compiled.read_steps = read_steps::read_steps(project, index, &reads);
    compiled.documents = compiled.document_use(setup);
    compiled.gold = gold_read(step, &reads);
    compiled.used = settings.read_by(&reads);
    compiled.reads_lines = project.documents().is_some()
        && (compiled.sees_lines(setup, &reads)
            || lines::reads_claims(project, index, &compiled.checks.uses(), &compiled.uses(setup)));
    Ok(compiled)
}

/// The gold values that are read in a step, whose templates read these `paths`.
fn gold_read(step: &Step, paths: &[String]) -> Vec<String> {
    let reads = |name: &&String| {
        paths.iter().any(|path| match path.strip_prefix("gold") {
            Some(rest) => rest.is_empty() || rest.strip_prefix('.').is_some_and(|it| within(it, name)),
            None => false,
        })
    };
    step.gold.iter().filter(reads).cloned().collect()
}

/// Whether `path` is `name`, or leads into it.
fn within(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The error in a judge's prompt. In a step that gives verdicts, it is mostly the prompt for a verdict on the parent.
fn judge_error(step: &Step, source: PromptError) -> EngineError {
    match &step.each {
        Each::Output { of, .. } if step.verdict => {
            CompileError::JudgesVerdict { step: step.name.clone(), of: of.clone(), source: Box::new(source) }.into()
        }
        _ => source.into(),
    }
}

/// Warnings about how a step is set up.
fn notes(setup: &Setup) -> Result<Vec<String>, EngineError> {
    let mut notes = Vec::new();
    // There is nothing to warn about before the schema is written.
    let Some(asking) = setup.asking.as_ref().filter(|_| !setup.unwritten) else { return Ok(notes) };
    if setup.config.schema.is_some() {
        notes.extend(setup.contract.notes().iter().map(|note| format!("schema: {note}")));
    }
    notes.extend(spec::notes(&asking.llm, "llm", &setup.contract, shows_schema(setup, &asking.prompt))?);
    for judge in &asking.judges {
        let shown = judge.prompt.mentions("verdict_schema");
        notes.extend(spec::notes(&judge.config.llm, &judge.block(), judge.contract(), shown)?);
        let who = if judge.config.name.is_empty() {
            "the judge".to_owned()
        } else {
            format!("the judge `{}`", judge.config.name)
        };
        if !judge.prompt.mentions("output") {
            notes.push(format!("{who}'s prompt does not show what is to be judged (`{{{{ output }}}}`)"));
        }
        if judge.rubric.is_none() && judge.config.name.is_empty() && judge.config.llm.is_model_of(&asking.llm) {
            notes.push(format!(
                "the judge is the model that generates, `{}`: models tend to prefer their own answers",
                asking.llm.model
            ));
        }
    }
    let step = &setup.config.step;
    Ok(notes.into_iter().map(|note| step.message(&note)).collect())
}

/// Whether a step's prompt shows the schema of its answers.
fn shows_schema(setup: &Setup, prompt: &Prompt) -> bool {
    let name = if setup.config.step.verdict { "verdict_schema" } else { "llm_schema" };
    prompt.mentions(name) || prompt.mentions("llm_schema")
}

/// Checks that only steps over the input show images.
fn check_images(setup: &Setup) -> Result<(), EngineError> {
    let Some(asking) = &setup.asking else { return Ok(()) };
    let judged = |judge: &JudgeSetup| judge.prompt.images().next().is_some();
    if asking.judges.len() > 1 && asking.judges.iter().any(judged) {
        return Err(CompileError::ManyJudgesSee.into());
    }
    let judge = asking.judges.iter().map(|judge| &judge.prompt);
    let shows = judge.chain([&asking.prompt]).any(|prompt| prompt.images().next().is_some());
    if shows && setup.config.step.each != Each::Source {
        return Err(CompileError::NoImages { step: setup.config.step.name.clone() }.into());
    }
    Ok(())
}

/// Checks that the column is there in which rows say what their requests have of their own.
fn check_column_of_calls(config: &Config, names: &[String]) -> Result<(), CompileError> {
    let Some(by_row) = config.llm.as_ref().and_then(|llm| llm.by_row.as_ref()) else { return Ok(()) };
    if config.step.each != Each::Source {
        return Ok(());
    }
    if config.grouping.as_ref().is_some_and(|it| it.mode == GroupingMode::GroupOutput) {
        return Err(CompileError::CallsOfGroups);
    }
    if names.contains(&by_row.column) {
        return Ok(());
    }
    let (column, columns) = (by_row.column.clone(), names.to_vec());
    Err(CompileError::NoColumn { key: "llm.by_row.column", column, columns })
}

fn grouping_of(grouping: &GroupingConfig, names: &[String]) -> Result<PlanUnit, EngineError> {
    let position = names.iter().position(|name| *name == grouping.column).ok_or_else(|| CompileError::NoColumn {
        key: "grouping.column",
        column: grouping.column.clone(),
        columns: names.to_vec(),
    })?;
    Ok(match grouping.mode {
        GroupingMode::GroupOutput => PlanUnit::Groups(position),
        GroupingMode::RowOutputWithGroupContext => PlanUnit::RowsWithGroup(position),
    })
}

/// Whether any template could use `context`. A text that merely contains the word counts.
pub(super) fn uses_context(setup: &Setup) -> bool {
    let config = &setup.config;
    let in_recorded = |llm: &Llm| match &llm.provider {
        Provider::Recorded(recorded) => {
            recorded.matching.values().chain(recorded.values.values()).any(|template| template.contains("context"))
        }
        _ => false,
    };
    let asked = setup.asking.as_ref().is_some_and(|asking| {
        asking.prompt.mentions("context")
            || asking.judges.iter().any(|judge| judge.prompt.mentions("context"))
            || in_recorded(&asking.llm)
            || asking.judges.iter().any(|judge| in_recorded(&judge.config.llm))
    });
    let step = &config.step;
    asked
        || config.checks.iter().any(|check| check.expr.contains("context"))
        || config.checks.iter().any(|check| check.message.as_ref().is_some_and(|it| it.contains("context")))
        || step.when.as_ref().is_some_and(|when| when.contains("context"))
        || step.rule.as_ref().is_some_and(|rule| rule.to_string().contains("context"))
}
