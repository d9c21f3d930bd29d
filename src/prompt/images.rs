//! The images that a prompt shows, by name: templates over a work item's source alone.
//!
//! Which images a work item shows is worked out when it is planned, and is part of its exact task. So their templates
//! know the row and the group, and neither an answer nor what was wrong with one.

use std::sync::{Arc, LazyLock};

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Expression};

use super::error::PromptError;
use super::known::Known;
use super::template::{Place, Template, environment};
use super::vars::Vars;

/// Compiled expressions borrow the environment they run in; this one has nothing but the rules.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// One entry of a prompt's `images`.
#[derive(Clone, Debug)]
pub(super) struct ImageTemplate {
    template: Template,
    /// Where the entry is one expression and nothing else: its value may be a list.
    expression: Option<Arc<Expression<'static, 'static>>>,
}

impl ImageTemplate {
    pub(super) fn compile(source: &str, place: Place) -> Result<Self, PromptError> {
        let template = Template::compile(source.trim(), place)?;
        let expression = alone(source).and_then(|it| ENVIRONMENT.compile_expression_owned(it.to_owned()).ok());
        Ok(Self { template, expression: expression.map(Arc::new) })
    }

    pub(super) fn source(&self) -> &str {
        self.template.source()
    }

    pub(super) fn check(&self, known: &Known) -> Result<(), PromptError> {
        known.check(&self.template)
    }

    /// Adds the names that the entry stands for: one, none where it renders to nothing, or each element of a list.
    pub(super) fn render(&self, vars: &Vars, names: &mut Vec<String>) -> Result<(), PromptError> {
        let mut add = |name: String| {
            let name = name.trim();
            if !name.is_empty() {
                names.push(name.to_owned());
            }
        };
        let value = self.expression.as_ref().and_then(|it| it.eval(Value::from_object(vars.clone())).ok());
        match value.filter(|it| matches!(it.kind(), ValueKind::Seq | ValueKind::Iterable)) {
            Some(list) => list.try_iter().into_iter().flatten().for_each(|element| add(element.to_string())),
            None => add(self.template.render(vars)?),
        }
        Ok(())
    }
}

/// What stands between the braces of a template that is one `{{ … }}` and nothing else.
fn alone(source: &str) -> Option<&str> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    Some(inner.trim_start_matches('-').trim_end_matches('-').trim())
}
