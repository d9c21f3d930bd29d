//! One step as it is written: errors under its path, and checks of its name and its grouping.

use crate::config::each::{Each, is_name};
use crate::config::error::{ConfigError, Problem};
use crate::config::key_path;
use crate::config::node::{Node, Value};
use crate::config::raw::{self, GroupingMode};
use crate::config::resolved::Config;
use crate::record::Stage;

/// A step as it is written: the element `index` of the list `steps`.
pub(super) struct StepBlock<'a> {
    pub(super) index: usize,
    pub(super) node: &'a Node,
}

impl StepBlock<'_> {
    pub(super) fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::value(format!("steps[{}].{key}", self.index), reason, self.node.origin_of(key))
    }

    /// An error in the merged blocks, reported under the step's path where the step wrote the key, or left it out.
    pub(super) fn locate(&self, error: ConfigError) -> ConfigError {
        let own = error.key().is_some_and(|key| self.node.get(key_path::outermost(key)).is_some());
        if own || matches!(error.problem(), Problem::Missing { .. }) {
            error.under(&format!("steps[{}]", self.index), &self.node.origin)
        } else {
            error
        }
    }

    /// `is_alone`: the task has no other step. That may have the name of the stage, which is all that it is.
    pub(super) fn check_name(&self, step: &raw::Step, before: &[raw::Step], is_alone: bool) -> Result<(), ConfigError> {
        if !is_name(&step.name) {
            let error = self.bad("name", format!("`{}` cannot be a step's name", step.name.escape_debug()));
            return Err(error.with_hint("use letters, digits and `_`, and do not start with a digit"));
        }
        if step.name.parse::<Stage>().is_ok_and(|stage| !is_alone || stage != Stage::Generate) {
            let error = self.bad("name", format!("`{}` is the name of a stage", step.name));
            return Err(error
                .with_hint("choose another one: options such as `run --only` take the names of stages and of steps"));
        }
        if before.iter().any(|other| other.name == step.name) {
            return Err(self.bad("name", format!("there is another step with the name `{}`", step.name)));
        }
        Ok(())
    }

    pub(super) fn check_settings(&self, step: &raw::Step, config: &Config) -> Result<(), ConfigError> {
        self.check_judge(config)?;
        let each = step.each.as_deref().map(str::trim);
        match (each, config.grouping.as_ref().map(|it| it.mode)) {
            (Some("group"), None) => {
                let error = self.bad("each", "`group` needs the column that forms groups");
                Err(error.with_hint("name it, as in `grouping: {column: company}`"))
            }
            (Some("group"), Some(GroupingMode::RowOutputWithGroupContext))
            | (Some("row"), Some(GroupingMode::GroupOutput)) => {
                let error = self.bad("each", "it contradicts `grouping.mode`");
                Err(error.with_hint("remove `grouping.mode`: `each` says what becomes a work item"))
            }
            _ if config.grouping.is_some() && config.step.each != Each::Source && step.grouping.is_some() => {
                Err(self.bad("grouping", "only rows of the input are grouped"))
            }
            _ => Ok(()),
        }
    }

    /// A step's own `judge` block has to have a judge that it sets, or say that there is none.
    fn check_judge(&self, config: &Config) -> Result<(), ConfigError> {
        let Some(block) = self.node.get("judge").filter(|it| !it.is_null()) else { return Ok(()) };
        if !config.judges().is_empty() || block.get("enabled").is_some_and(|it| matches!(it.value, Value::Bool(false)))
        {
            return Ok(());
        }
        let (reason, hint) = if config.step.verdict {
            (
                "the verdict of this step is its answer: no judge is asked about it, so this would have no effect",
                "set the model under the step's `llm`, put criteria into its prompt, and test `output.score` in a \
                 step's `when` or in `checks`",
            )
        } else {
            ("the step has no judge: it has no prompt for one", "name it under `prompts.judge`, or remove `judge`")
        };
        Err(self.bad("judge", reason).with_hint(hint))
    }
}
