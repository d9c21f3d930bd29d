//! What is computed without a model: a step's [`Rule`], and the [`Condition`] on its work items.

use std::collections::BTreeSet;

use minijinja::value::{Value, ValueKind};
use serde_json::Value as Json;

use super::cell::Plain;
use super::documents::DocumentUse;
use super::error::PromptError;
use super::expression::CompiledExpression;
use super::known::Known;
use super::origin;
use super::vars::Vars;
use crate::record::OutputPath;

/// A condition on work items (`when`).
#[derive(Debug)]
pub struct Condition(CompiledExpression);

impl Condition {
    /// Compiles the expression under the key path `key` and checks the names that it uses.
    pub fn compile(source: &str, key: &str, known: &Known) -> Result<Self, PromptError> {
        CompiledExpression::new(source, key, known).map(Self)
    }

    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The documents that it reads.
    #[must_use]
    pub fn document_use(&self) -> DocumentUse {
        self.0.document_use()
    }

    /// The paths that it reads.
    #[must_use]
    pub fn reads(&self) -> BTreeSet<String> {
        self.0.reads()
    }

    /// What it uses of its variables.
    #[must_use]
    pub fn uses(&self) -> BTreeSet<OutputPath> {
        self.0.uses()
    }

    /// The paths that it reads and does not ask about.
    #[must_use]
    pub fn unguarded(&self) -> BTreeSet<String> {
        self.0.unguarded()
    }

    /// The paths that it asks about, as with `is defined`.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<String> {
        self.0.asked()
    }

    /// Whether the condition is true. A value that is neither true nor false is an error, and so is none.
    pub fn holds(&self, vars: &Vars) -> Result<bool, String> {
        let value = defined(&self.0, &Value::from_object(vars.clone()))?;
        match value.kind() {
            ValueKind::Bool => Ok(value.is_true()),
            kind => Err(format!("it is neither true nor false but {kind}: {}", self.0.source)),
        }
    }
}

/// The value of an expression; an undefined one is an error.
fn defined(compiled: &CompiledExpression, root: &Value) -> Result<Value, String> {
    let value = compiled.eval(root).map_err(origin::with_advice)?;
    if value.is_undefined() { Err(format!("`{}` is undefined", compiled.source)) } else { Ok(value) }
}

/// How a step's output is computed without a model.
#[derive(Debug)]
pub struct Rule(RulePart);

#[derive(Debug)]
enum RulePart {
    Expression(Box<CompiledExpression>),
    Object(Vec<(String, RulePart)>),
    List(Vec<RulePart>),
    Literal(Json),
}

impl Rule {
    /// Compiles a rule under the key path `key`. Every text in it is an expression.
    pub fn compile(rule: &Json, key: &str, known: &Known) -> Result<Self, PromptError> {
        RulePart::compile(rule, key, known).map(Self)
    }

    /// The documents that its expressions read.
    #[must_use]
    pub fn document_use(&self) -> DocumentUse {
        self.0.document_use()
    }

    /// The paths that its expressions read.
    #[must_use]
    pub fn reads(&self) -> BTreeSet<String> {
        self.0.paths(&CompiledExpression::reads)
    }

    /// What its expressions use of their variables.
    #[must_use]
    pub fn uses(&self) -> BTreeSet<OutputPath> {
        self.0.paths(&CompiledExpression::uses)
    }

    /// The paths that its expressions read and do not ask about, as with `is defined`.
    #[must_use]
    pub fn unguarded(&self) -> BTreeSet<String> {
        self.0.paths(&CompiledExpression::unguarded)
    }

    /// The value, of any type, or why there is none.
    pub fn value(&self, vars: &Vars) -> Result<Json, String> {
        self.0.run(&Value::from_object(vars.clone()))
    }

    /// The same with null in place of what is undefined.
    pub fn value_or_null(&self, vars: &Vars) -> Result<Json, String> {
        self.0.run_with(&Value::from_object(vars.clone()), true)
    }

    /// The output, an object, or why there is none.
    pub fn run(&self, vars: &Vars) -> Result<Json, String> {
        let output = self.value(vars)?;
        if output.is_object() { Ok(output) } else { Err("the rule gives no object".to_owned()) }
    }
}

impl RulePart {
    fn compile(rule: &Json, key: &str, known: &Known) -> Result<Self, PromptError> {
        Ok(match rule {
            Json::String(source) => Self::Expression(Box::new(CompiledExpression::new(source, key, known)?)),
            Json::Object(fields) => Self::Object(
                fields
                    .iter()
                    .map(|(name, part)| Ok((name.clone(), Self::compile(part, &format!("{key}.{name}"), known)?)))
                    .collect::<Result<_, PromptError>>()?,
            ),
            Json::Array(parts) => Self::List(
                parts
                    .iter()
                    .enumerate()
                    .map(|(index, part)| Self::compile(part, &format!("{key}[{index}]"), known))
                    .collect::<Result<_, _>>()?,
            ),
            literal => Self::Literal(literal.clone()),
        })
    }

    fn paths<T: Ord>(&self, of: &dyn Fn(&CompiledExpression) -> BTreeSet<T>) -> BTreeSet<T> {
        match self {
            Self::Expression(compiled) => of(compiled),
            Self::Object(fields) => fields.iter().flat_map(|(_, part)| part.paths(of)).collect(),
            Self::List(parts) => parts.iter().flat_map(|part| part.paths(of)).collect(),
            Self::Literal(_) => BTreeSet::new(),
        }
    }

    fn document_use(&self) -> DocumentUse {
        let all = |parts: &mut dyn Iterator<Item = &Self>| {
            parts.map(Self::document_use).fold(DocumentUse::default(), DocumentUse::and)
        };
        match self {
            Self::Expression(compiled) => compiled.document_use(),
            Self::Object(fields) => all(&mut fields.iter().map(|(_, part)| part)),
            Self::List(parts) => all(&mut parts.iter()),
            Self::Literal(_) => DocumentUse::default(),
        }
    }

    fn run(&self, root: &Value) -> Result<Json, String> {
        self.run_with(root, false)
    }

    /// Works it out; with `nulls`, what is undefined is null.
    fn run_with(&self, root: &Value, nulls: bool) -> Result<Json, String> {
        Ok(match self {
            Self::Expression(compiled) => {
                let value =
                    if nulls { compiled.eval(root).map_err(origin::with_advice) } else { defined(compiled, root) }?;
                if value.is_undefined() {
                    return Ok(Json::Null);
                }
                serde_json::to_value(Plain(&value)).map_err(|error| format!("{error}: {}", compiled.source))?
            }
            Self::Object(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, part)| Ok((name.clone(), part.run_with(root, nulls)?)))
                    .collect::<Result<_, String>>()?,
            ),
            Self::List(parts) => {
                Json::Array(parts.iter().map(|part| part.run_with(root, nulls)).collect::<Result<_, _>>()?)
            }
            Self::Literal(value) => value.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::known::TemplateUse;
    use super::super::lineage::{Lineage, ParentItem, TemplateValue};
    use super::super::table::{TemplateColumns, TemplateRow};
    use super::*;

    fn known() -> Known {
        let columns = TemplateColumns::new(["a"]);
        Known::new(TemplateUse::Generation, &columns, None, None).with_steps(
            &[("draft".to_owned(), false)],
            true,
            false,
        )
    }

    fn vars(output: &Json) -> Vars {
        let columns = TemplateColumns::new(["a"]);
        let parent =
            ParentItem { step: "draft".into(), work_id: "w".into(), item: None, output: TemplateValue::new(output) };
        let item = TemplateValue::new(&json!({"n": 2}));
        let lineage = Lineage::new(Some(item), TemplateValue::new(&json!({"draft": output})), vec![parent]);
        Vars::new().row(&TemplateRow::new(&columns, ["x"])).lineage(&Arc::new(lineage))
    }

    fn run(rule: &Json, output: &Json) -> Result<Json, String> {
        Rule::compile(rule, "rule", &known()).map_err(|error| error.to_string())?.run(&vars(output))
    }

    #[test]
    fn a_rule_gives_values_of_every_type() {
        let rule = json!({
            "sum": "item.n + steps.draft.score", "who": "row.a ~ '!'", "list": ["parents | length", 7, true, null],
            "deep": {"same": "steps.draft"},
        });
        let output = json!({"score": 40, "tags": ["p"]});
        assert_eq!(
            run(&rule, &output),
            Ok(json!({"sum": 42, "who": "x!", "list": [1, 7, true, null], "deep": {"same": output}}))
        );
        assert_eq!(run(&json!("steps.draft"), &output), Ok(output.clone()));
        assert_eq!(run(&json!("{'k': item.n}"), &output), Ok(json!({"k": 2})));
    }

    #[test]
    fn what_a_rule_cannot_work_out_is_said() {
        let output = json!({"score": 40});
        assert_eq!(run(&json!("item.n"), &output), Err("the rule gives no object".to_owned()));
        assert!(run(&json!({"a": "steps.draft.nothing"}), &output).unwrap_err().contains("undefined"));
        let known = known();
        let or_null = |rule: Json| Rule::compile(&rule, "rule", &known).unwrap().value_or_null(&vars(&output));
        assert_eq!(or_null(json!({"a": "steps.draft.nothing", "b": "item.n"})), Ok(json!({"a": null, "b": 2})));
        assert!(run(&json!({"a": "item.n /"}), &output).unwrap_err().contains("rule.a"));
        assert!(run(&json!({"a": "steps.final.x"}), &output).unwrap_err().contains("final"));
        assert!(run(&json!({"a": "item.n | nothing"}), &output).unwrap_err().contains("rule.a"));
    }

    #[test]
    fn a_condition_is_true_or_false() {
        let holds = |source: &str| {
            Condition::compile(source, "when", &known())
                .map_err(|error| error.to_string())?
                .holds(&vars(&json!({"score": 40})))
        };
        assert_eq!(holds("steps.draft.score > 39"), Ok(true));
        assert_eq!(holds("row.a == 'y'"), Ok(false));
        assert!(holds("steps.draft.score").unwrap_err().contains("neither true nor false"));
    }
}
