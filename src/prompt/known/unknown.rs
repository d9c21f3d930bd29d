//! Why a path in a template cannot have a value: [`Known::unknown`].

use super::Known;
use crate::config::nearest;
use crate::prompt::documents::DocumentFunction;
use crate::prompt::fault::{Fault, access, in_shape};
use crate::prompt::vars::NAMES;

impl Known {
    /// Why the path `name` cannot have a value; `None` if it can.
    pub(in crate::prompt) fn unknown(&self, name: &str) -> Option<Fault> {
        let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
        if !self.names.contains(&head) {
            // What is wrong with functions over documents is said where they are called.
            let is_function = BUILT_IN.contains(&head) || DocumentFunction::of(head).is_some();
            return if is_function { None } else { Some(self.unknown_head(head)) };
        }
        // A column with a dot in its name, written `row["a.b"]`, is compared as a whole.
        let (rest, first) = (rest?, rest?.split('.').next()?);
        let (what, known): (&str, Vec<&str>) = match head {
            "row" => ("the input has no column", self.columns.iter().map(|(name, _)| name.as_str()).collect()),
            "output" => match &self.output_fields {
                Some(fields) => ("the schema has no field", fields.iter().map(String::as_str).collect()),
                None => return self.output.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            },
            "group" => ("a group has no", vec!["key", "n_rows"]),
            "gold" => ("there is no gold value", self.gold.iter().map(|(name, _)| name.as_str()).collect()),
            "steps" => ("there is no step", self.steps.iter().filter_map(|(step, _)| step.split('.').next()).collect()),
            "item" => return self.item.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            "object" => return self.object.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            "run" => return self.run.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            "vars" => return self.settings.unknown(rest),
            _ => return None,
        };
        if head == "row"
            && let Some(fault) = [rest, first].iter().find_map(|it| self.settings.gold(&format!("row.{it}"), it))
        {
            return Some(fault);
        }
        if head == "row"
            && let Some(fault) = self.settings.hidden(rest).or_else(|| self.settings.hidden(first))
        {
            return Some(fault);
        }
        if known.contains(&first) || known.contains(&rest) {
            return self.unknown_within(head, rest);
        }
        Some(Fault {
            name: format!("{head}.{first}"),
            message: format!("`{head}.{first}`: {what} `{first}`"),
            hint: nearest(first, known.iter().copied()).map_or_else(
                || {
                    if known.is_empty() {
                        format!("there is no `{head}`")
                    } else {
                        format!("known: {}", known.join(", "))
                    }
                },
                |near| format!("did you mean `{}`?", access(head, near)),
            ),
            offset: None,
        })
    }

    fn unknown_head(&self, head: &str) -> Fault {
        if head == "gold" {
            return Fault {
                name: head.to_owned(),
                message: "`gold` is not visible here: only the prompt of a metric sees gold answers".to_owned(),
                hint: "a prompt that saw the right answer would measure nothing; see `experiment.metrics`".to_owned(),
                offset: None,
            };
        }
        if let Some(fault) = self.settings.gold(head, head).filter(|_| self.bare) {
            return fault;
        }
        let own = self.names.iter().copied();
        let bare = self.bare.then(|| self.settings.names().chain(self.columns()));
        let functions = self.documents().map(|_| DocumentFunction::ALL.map(DocumentFunction::as_str));
        let others = bare.into_iter().flatten().chain(functions.into_iter().flatten());
        let near = nearest(head, own.chain(others)).map(str::to_owned);
        let reason = if NAMES.contains(&head) { "is not available here" } else { "is not known" };
        Fault {
            name: head.to_owned(),
            message: format!("`{head}` {reason}"),
            hint: near.filter(|near| near != head).map_or_else(
                || format!("available: {}", self.names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            ),
            offset: None,
        }
    }

    /// The same for what stands behind a known column, field or step.
    fn unknown_within(&self, head: &str, rest: &str) -> Option<Fault> {
        match head {
            "output" => self.output.as_ref().and_then(|shape| in_shape(shape, head, rest)),
            "steps" => {
                let (step, shape) = self.step_output(rest)?;
                in_shape(&shape, &format!("steps.{step}"), rest.get(step.len() + 1..)?)
            }
            "row" => {
                let is_column = |name: &str| rest.strip_prefix(name).is_some_and(|it| it.starts_with('.'));
                if self.columns.iter().any(|(name, _)| name == rest) {
                    return None;
                }
                let (column, kind) = self.columns.iter().find(|(name, _)| is_column(name))?;
                let what = kind.scalar()?;
                let after = rest.get(column.len() + 1..)?.split('.').next()?;
                // The characters of a text have numbers.
                if after.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                Some(Fault {
                    name: format!("row.{column}.{after}"),
                    message: format!("`row.{column}.{after}`: the column `{column}` holds {what}, which has no parts"),
                    hint: format!("if its cells are JSON, set `input.types: {{{column}: json}}`"),
                    offset: None,
                })
            }
            _ => None,
        }
    }
}

/// Functions that every template can call.
const BUILT_IN: [&str; 4] = ["range", "dict", "namespace", "debug"];
