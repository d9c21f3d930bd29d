//! A Jinja expression that was compiled and checked once: [`CompiledExpression`]. Checks, conditions and rules are made
//! of them.

use std::fmt;
use std::sync::LazyLock;

use minijinja::value::Value;
use minijinja::{Environment, Expression};

use super::error::PromptError;
use super::known::{Known, expression_error, fails_for_every_row};
use super::origin::explain;
use super::template::environment;

/// Compiled expressions borrow the environment they run in. This one has the rules of all templates and nothing else.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// An expression with its source.
pub(super) struct CompiledExpression {
    pub(super) source: String,
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
        let expression = ENVIRONMENT.compile_expression_owned(source.clone());
        let expression = expression.map_err(|error| expression_error(key, &error, &source))?;
        let mut names: Vec<String> = expression.undeclared_variables(true).into_iter().collect();
        names.sort_unstable();
        if let Some(unknown) = known.unknown(&names, &source) {
            return Err(unknown.under(key));
        }
        if let Err(error) = expression.eval(known.trial())
            && fails_for_every_row(&error)
        {
            return Err(expression_error(key, &error, &source));
        }
        Ok(Self { source, expression })
    }

    /// The value, which may be undefined, or why there is none.
    pub(super) fn eval(&self, root: &Value) -> Result<Value, String> {
        let Self { source, expression } = self;
        expression.eval(root.clone()).map_err(|error| format!("{}: {source}", explain(&error, source)))
    }
}
