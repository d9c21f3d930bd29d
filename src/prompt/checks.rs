//! Conditions on an answer that is valid against the schema: [`Checks`].

use std::collections::BTreeSet;

use minijinja::value::{Value, ValueKind};

use super::documents::DocumentUse;
use super::error::PromptError;
use super::expression::CompiledExpression;
use super::known::Known;
use super::origin::TemplateOrigin;
use super::template::Template;
use super::vars::Vars;
use crate::config::Check;
use crate::record::OutputPath;

/// A check that an answer did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    pub name: String,
    /// The feedback to the model.
    pub message: String,
}

/// The checks of a step, compiled once.
#[derive(Debug)]
pub struct Checks {
    checks: Vec<NamedCheck>,
}

#[derive(Debug)]
struct NamedCheck {
    name: String,
    condition: CompiledExpression,
    message: Option<Template>,
}

impl Checks {
    /// Compiles `checks` and checks the names that they use.
    pub fn compile(checks: &[Check], known: &Known) -> Result<Self, PromptError> {
        let compile = |(index, check): (usize, &Check)| {
            let condition = CompiledExpression::new(&check.expr, &format!("checks[{index}].expr"), known)?;
            let origin = || TemplateOrigin::key(format!("checks[{index}].message"));
            let message = check.message.as_deref().map(|text| Template::compile(text, origin())).transpose()?;
            if let Some(message) = &message {
                known.check(message)?;
            }
            Ok::<_, PromptError>(NamedCheck { name: check.name.clone(), condition, message })
        };
        let checks = checks.iter().enumerate().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { checks })
    }

    /// The documents that conditions and messages read.
    pub fn document_use(&self) -> DocumentUse {
        let messages = self.checks.iter().filter_map(|check| check.message.as_ref()).map(Template::document_use);
        let conditions = self.checks.iter().map(|check| check.condition.document_use());
        conditions.chain(messages).fold(DocumentUse::default(), DocumentUse::and)
    }

    /// The paths that conditions and messages read.
    pub fn reads(&self) -> Vec<String> {
        let messages = self.checks.iter().filter_map(|check| check.message.as_ref()).flat_map(Template::reads);
        self.checks.iter().flat_map(|check| check.condition.reads()).chain(messages).collect()
    }

    /// What conditions and messages use of their variables.
    pub fn uses(&self) -> BTreeSet<OutputPath> {
        let messages = self.checks.iter().filter_map(|check| check.message.as_ref()).flat_map(Template::uses);
        self.checks.iter().flat_map(|check| check.condition.uses()).chain(messages).collect()
    }

    /// The paths that conditions and messages read and do not ask about, as with `is defined`.
    pub fn unguarded(&self) -> BTreeSet<String> {
        let messages = self.checks.iter().filter_map(|check| check.message.as_ref()).flat_map(Template::unguarded);
        self.checks.iter().flat_map(|check| check.condition.unguarded()).chain(messages).collect()
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Runs all checks. A check that cannot be evaluated for this answer counts as failed, and its message says why.
    pub fn run(&self, vars: &Vars) -> Result<(), Vec<CheckFailure>> {
        if self.checks.is_empty() {
            return Ok(());
        }
        let root = Value::from_object(vars.clone());
        let failures: Vec<_> = self.checks.iter().filter_map(|check| check.run(&root)).collect();
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }
}

impl NamedCheck {
    fn run(&self, root: &Value) -> Option<CheckFailure> {
        let (name, source) = (&self.name, &self.condition.source);
        let message = match self.condition.eval(root) {
            Ok(value) if value.kind() != ValueKind::Bool => {
                format!("check `{name}` is neither true nor false but {}: {source}", value.kind())
            }
            Ok(value) if value.is_true() => return None,
            Ok(_) => self.feedback(root),
            Err(error) => format!("check `{name}` could not be worked out: {error}"),
        };
        Some(CheckFailure { name: name.clone(), message })
    }

    /// The feedback on an answer for which the condition is false.
    fn feedback(&self, root: &Value) -> String {
        let (name, source) = (&self.name, &self.condition.source);
        match self.message.as_ref().map(|template| template.render_value(root.clone())) {
            Some(Ok(message)) => message,
            Some(Err(error)) => format!("check `{name}` failed: {source} ({error})"),
            None => format!("check `{name}` failed: {source}"),
        }
    }
}
