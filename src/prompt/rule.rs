//! What is worked out without a model: a step's rule, and the condition that its work items must meet.

use std::fmt;
use std::sync::LazyLock;

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Expression};
use serde_json::Value as Json;

use super::error::PromptError;
use super::known::{Known, expression_error, names_what_is_not_there};
use super::template::{environment, explain};
use super::vars::Vars;

/// Compiled expressions borrow the environment they run in; this one has nothing but the rules.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// An expression with its source.
struct Compiled {
    source: String,
    expression: Expression<'static, 'static>,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Compiled {
    fn new(source: &str, key: &str, known: &Known) -> Result<Self, PromptError> {
        let source = source.trim().to_owned();
        let expression = ENVIRONMENT.compile_expression_owned(source.clone());
        let expression = expression.map_err(|error| expression_error(key, &error, &source))?;
        let mut names: Vec<String> = expression.undeclared_variables(true).into_iter().collect();
        names.sort_unstable();
        if let Some(unknown) = known.unknown(&names, &source) {
            return Err(unknown.under(key));
        }
        if let Err(error) = expression.eval(known.trial())
            && names_what_is_not_there(&error)
        {
            return Err(expression_error(key, &error, &source));
        }
        Ok(Self { source, expression })
    }

    fn eval(&self, root: &Value) -> Result<Value, String> {
        let Self { source, expression } = self;
        let value = expression.eval(root.clone()).map_err(|error| format!("{}: {source}", explain(&error, source)))?;
        if value.is_undefined() { Err(format!("`{source}` is undefined")) } else { Ok(value) }
    }
}

/// A condition on work items.
#[derive(Debug)]
pub struct Condition(Compiled);

impl Condition {
    /// Compiles the expression under the key path `key` and checks the names it uses.
    pub fn compile(source: &str, key: &str, known: &Known) -> Result<Self, PromptError> {
        Compiled::new(source, key, known).map(Self)
    }

    /// The expression as it is written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether it is true; what is neither true nor false, or cannot be worked out, is an error.
    pub fn holds(&self, vars: &Vars) -> Result<bool, String> {
        let value = self.0.eval(&Value::from_object(vars.clone()))?;
        match value.kind() {
            ValueKind::Bool => Ok(value.is_true()),
            kind => Err(format!("it is neither true nor false but {kind}: {}", self.0.source)),
        }
    }
}

/// How a step's output is worked out without a model.
#[derive(Debug)]
pub struct Rule(Part);

#[derive(Debug)]
enum Part {
    Expression(Compiled),
    Object(Vec<(String, Part)>),
    List(Vec<Part>),
    Literal(Json),
}

impl Rule {
    /// Compiles a rule under the key path `key`: a text is an expression, at the top or in a block of fields.
    pub fn compile(rule: &Json, key: &str, known: &Known) -> Result<Self, PromptError> {
        Part::compile(rule, key, known).map(Self)
    }

    /// The output, or why there is none.
    pub fn run(&self, vars: &Vars) -> Result<Json, String> {
        let output = self.0.run(&Value::from_object(vars.clone()))?;
        if output.is_object() { Ok(output) } else { Err("the rule gives no object".to_owned()) }
    }
}

impl Part {
    fn compile(rule: &Json, key: &str, known: &Known) -> Result<Self, PromptError> {
        Ok(match rule {
            Json::String(source) => Self::Expression(Compiled::new(source, key, known)?),
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

    fn run(&self, root: &Value) -> Result<Json, String> {
        Ok(match self {
            Self::Expression(compiled) => {
                let value = compiled.eval(root)?;
                serde_json::to_value(&value).map_err(|error| format!("{error}: {}", compiled.source))?
            }
            Self::Object(fields) => Json::Object(
                fields.iter().map(|(name, part)| Ok((name.clone(), part.run(root)?))).collect::<Result<_, String>>()?,
            ),
            Self::List(parts) => Json::Array(parts.iter().map(|part| part.run(root)).collect::<Result<_, _>>()?),
            Self::Literal(value) => value.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::known::Purpose;
    use super::super::vars::{Columns, Lineage, Row, Shown, Source};
    use super::*;

    fn known() -> Known {
        let columns = Columns::new(["a"]);
        Known::new(Purpose::Generation, &columns, None, None).with_steps(&[("draft".to_owned(), false)], true, false)
    }

    fn vars(output: &Json) -> Vars {
        let columns = Columns::new(["a"]);
        let parent = Source { step: "draft".into(), work_id: "w".into(), item: None, output: Shown::new(output) };
        let item = Shown::new(&json!({"n": 2}));
        let lineage = Lineage::new(Some(item), Shown::new(&json!({"draft": output})), vec![parent]);
        Vars::new().row(&Row::new(&columns, ["x"])).lineage(&Arc::new(lineage))
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
