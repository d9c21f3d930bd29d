//! Checks: conditions on an answer that is valid against the schema.

use std::fmt;
use std::sync::LazyLock;

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Expression};

use super::error::PromptError;
use super::known::{Known, expression_error, names_what_is_not_there};
use super::template::{Place, Template, environment, explain};
use super::vars::Vars;
use crate::config::Check;

/// Compiled expressions borrow the environment they run in; this one has nothing but the rules.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// A check that an answer did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    /// The check's name.
    pub name: String,
    /// What the model is told.
    pub message: String,
}

/// The checks of a step, compiled once.
pub struct Checks {
    checks: Vec<Compiled>,
}

struct Compiled {
    name: String,
    source: String,
    expression: Expression<'static, 'static>,
    message: Option<Template>,
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|check| &check.name)).finish()
    }
}

impl Checks {
    /// Compiles `checks` and checks the names they use.
    pub fn compile(checks: &[Check], known: &Known) -> Result<Self, PromptError> {
        let compile = |(index, check): (usize, &Check)| {
            let key = format!("checks[{index}].expr");
            let source = check.expr.trim().to_owned();
            let expression = ENVIRONMENT.compile_expression_owned(source.clone());
            let expression = expression.map_err(|error| expression_error(&key, &error, &source))?;
            let mut names: Vec<String> = expression.undeclared_variables(true).into_iter().collect();
            names.sort_unstable();
            if let Some(unknown) = known.unknown(&names, &source) {
                return Err(unknown.under(&key));
            }
            if let Err(error) = expression.eval(known.trial())
                && names_what_is_not_there(&error)
            {
                return Err(expression_error(&key, &error, &source));
            }
            let place = || Place::key(format!("checks[{index}].message"));
            let message = check.message.as_deref().map(|text| Template::compile(text, place())).transpose()?;
            if let Some(message) = &message {
                known.check(message)?;
            }
            Ok(Compiled { name: check.name.clone(), source, expression, message })
        };
        let checks = checks.iter().enumerate().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { checks })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Runs all checks. A check that cannot be worked out for this answer counts as failed and says why.
    pub fn run(&self, vars: &Vars) -> Result<(), Vec<CheckFailure>> {
        if self.checks.is_empty() {
            return Ok(());
        }
        let root = Value::from_object(vars.clone());
        let failures: Vec<_> = self.checks.iter().filter_map(|check| check.run(&root)).collect();
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    }
}

impl Compiled {
    fn run(&self, root: &Value) -> Option<CheckFailure> {
        let Self { name, source, .. } = self;
        let message = match self.expression.eval(root.clone()) {
            Ok(value) if value.kind() != ValueKind::Bool => {
                format!("check `{name}` is neither true nor false but {}: {source}", value.kind())
            }
            Ok(value) if value.is_true() => return None,
            Ok(_) => self.told(root),
            Err(error) => format!("check `{name}` could not be worked out: {}: {source}", explain(&error, source)),
        };
        Some(CheckFailure { name: name.clone(), message })
    }

    /// The message of a check that is false.
    fn told(&self, root: &Value) -> String {
        let Self { name, source, message, .. } = self;
        match message.as_ref().map(|template| template.render_value(root.clone())) {
            Some(Ok(message)) => message,
            Some(Err(error)) => format!("check `{name}` failed: {source} ({error})"),
            None => format!("check `{name}` failed: {source}"),
        }
    }
}
