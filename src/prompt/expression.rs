//! A Jinja expression that was compiled and checked once: [`CompiledExpression`]. Checks, conditions and rules are made
//! of them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use minijinja::value::Value;
use minijinja::{Environment, Expression};

use super::bounds;
use super::documents::{self, DocumentUse};
use super::error::PromptError;
use super::known::{Known, expression_error, fails_for_every_row, unchecked_error};
use super::names::variables;
use super::operators::{Expressions, Rewritten};
use super::origin::explain_checked;
use super::paths;
use super::template::{bare_environment, environment};
use super::uses;
use crate::record::OutputPath;

/// Compiled expressions borrow the environment they run in. This one has the rules of all templates and nothing else.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// The same with the engine's own filters, to look into expressions as they are written.
static BARE: LazyLock<Environment<'static>> = LazyLock::new(bare_environment);

/// An expression with its source.
pub(super) struct CompiledExpression {
    pub(super) source: String,
    checked: Rewritten,
    expressions: Expressions,
    expression: Expression<'static, 'static>,
}

impl fmt::Debug for CompiledExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl CompiledExpression {
    /// Compiles the expression under the key path `key` and checks the names that it uses.
    pub(super) fn new(source: &str, key: &str, known: &Known) -> Result<Self, PromptError> {
        let source = source.trim().to_owned();
        let failed = |error: &minijinja::Error| expression_error(key, error, &source);
        let written = BARE.compile_expression_owned(source.clone()).map_err(|error| failed(&error))?;
        let unread = |_| unchecked_error(key, &source);
        let expressions = Expressions::of_expression(&source).map_err(unread)?;
        let names = variables(written.undeclared_variables(true), &expressions, &source, bare_environment);
        if let Some(fault) = known.fault(&names, &expressions, &source) {
            return Err(fault.under(key));
        }
        let trial = ENVIRONMENT.compile_expression_owned(source.clone()).and_then(|it| it.eval(known.trial()));
        if let Err(error) = trial
            && fails_for_every_row(&error)
        {
            return Err(failed(&error));
        }
        let checked = expressions.rewrite(&source).map_err(unread)?;
        let expression =
            ENVIRONMENT.compile_expression_owned(checked.source.clone()).map_err(|error| failed(&error))?;
        Ok(Self { source, checked, expressions, expression })
    }

    /// The documents that it reads.
    pub(super) fn document_use(&self) -> DocumentUse {
        documents::uses(&self.expressions, &self.source)
    }

    /// The paths that it reads.
    pub(super) fn reads(&self) -> BTreeSet<String> {
        paths::read(&self.expressions, &self.source)
    }

    /// What it uses of its variables.
    pub(super) fn uses(&self) -> BTreeSet<OutputPath> {
        uses::uses(&self.expressions, &self.source)
    }

    /// The paths that it reads and does not ask about.
    pub(super) fn unguarded(&self) -> BTreeSet<String> {
        paths::unguarded(&self.expressions, &self.source)
    }

    /// The paths that it asks about, as with `is defined`.
    pub(super) fn asked(&self) -> BTreeSet<String> {
        paths::excused(&self.expressions, &self.source)
    }

    /// The value, which may be undefined, or why there is none.
    pub(super) fn eval(&self, root: &Value) -> Result<Value, String> {
        let Self { source, checked, expression, .. } = self;
        let value = expression.eval(root.clone()).and_then(|value| bounds::check_whole(&value, source).map(|()| value));
        value.map_err(|error| format!("{}: {source}", explain_checked(&error, source, checked)))
    }
}
