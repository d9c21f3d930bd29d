//! The names of the images that a prompt shows: templates over a work item's row or group alone.
//!
//! The images of a work item are known when it is planned, and they are part of its exact task. Their templates can
//! therefore see neither an answer nor the feedback on one.

use std::sync::Arc;

use minijinja::Expression;
use minijinja::value::{Value, ValueKind};

use super::error::PromptError;
use super::expression::ENVIRONMENT;
use super::known::Known;
use super::operators::Expressions;
use super::origin::TemplateOrigin;
use super::template::Template;
use super::vars::Vars;

/// One entry of a prompt's `images`.
#[derive(Clone, Debug)]
pub(super) struct ImageTemplate {
    template: Template,
    /// Set where the entry is a single expression, whose value may be a list.
    expression: Option<Arc<Expression<'static, 'static>>>,
}

impl ImageTemplate {
    pub(super) fn compile(source: &str, origin: TemplateOrigin) -> Result<Self, PromptError> {
        let template = Template::compile(source.trim(), origin)?;
        let expression = single_expression(source).and_then(|it| {
            let checked = Expressions::of_expression(it).ok()?.rewrite(it).ok()?;
            ENVIRONMENT.compile_expression_owned(checked.source).ok()
        });
        Ok(Self { template, expression: expression.map(Arc::new) })
    }

    pub(super) fn source(&self) -> &str {
        self.template.source()
    }

    /// The paths that it reads.
    pub(super) fn reads(&self) -> Vec<String> {
        self.template.reads()
    }

    pub(super) fn check(&self, known: &Known) -> Result<(), PromptError> {
        known.check(&self.template)
    }

    /// Adds the names in the entry: one, none if it renders to nothing, or each element of a list.
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

/// The expression of a template that is a single `{{ … }}`.
fn single_expression(source: &str) -> Option<&str> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    Some(inner.trim_start_matches('-').trim_end_matches('-').trim())
}
