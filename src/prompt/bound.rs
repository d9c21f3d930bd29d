//! What stands in single braces, once the columns are known: [`Prompt::bound`]. And what stands there in a Jinja
//! prompt, where it is only text: [`Prompt::literal_names`].

use super::braces::{BraceNames, WrittenBraces, older};
use super::error::PromptError;
use super::file::Prompt;
use super::input_data::InputData;
use super::known::Known;
use super::markup::{Markup, segments};
use super::origin::column_of;
use super::template::Template;
use super::turn::Turn;
use super::vars::NAMES;
use crate::config::PromptSyntax;

impl Prompt {
    /// The prompt over the names that are `known`, and notes on placeholders that have two meanings. A name that is
    /// known is a variable, then one of `vars:`, then a column. `input_data` says what that name stands for.
    pub fn bound(&self, known: &Known, input_data: &InputData) -> Result<(Self, Vec<String>), PromptError> {
        let mut notes = Vec::new();
        let mut bind = |template: &Template, known: &Known| {
            let means = |field: &str| meaning(field, known, input_data).map(|(expression, _)| expression);
            let bound = template.with_names(BraceNames::Known(&means))?;
            if let Some(error) = template.braces().and_then(|written| doubled(template, &written.text, known)) {
                return Err(error);
            }
            for name in bound.braces().into_iter().flat_map(WrittenBraces::names) {
                let hides = meaning(name, known, input_data).and_then(|(_, hides)| hides);
                notes.extend(hides.filter(|note| !notes.contains(note)));
            }
            Ok::<_, PromptError>(bound)
        };
        let mut prompt = self.clone();
        for turn in &mut prompt.turns {
            *turn = Turn { role: turn.role, template: bind(&turn.template, known)? };
        }
        prompt.retry = match &self.retry {
            Some(retry) => Some(bind(retry, &known.for_retry())?),
            None => None,
        };
        prompt.input_data = input_data.clone();
        Ok((prompt, notes))
    }

    /// The plain names in its placeholders in single braces.
    #[must_use]
    pub fn placeholders(&self) -> Vec<String> {
        let templates = self.turns.iter().map(|turn| &turn.template).chain(&self.retry);
        templates.flat_map(|it| it.braces().into_iter().flat_map(WrittenBraces::names)).map(str::to_owned).collect()
    }

    /// The known names that stand in single braces in a Jinja prompt, where they are text: each as written, with an
    /// error at its place. `raw` and comments do not count.
    #[must_use]
    pub fn literal_names(&self, known: &Known) -> Vec<(String, PromptError)> {
        if self.syntax != PromptSyntax::Jinja {
            return Vec::new();
        }
        let retry = known.for_retry();
        let templates = self.turns.iter().map(|turn| (&turn.template, known));
        let templates = templates.chain(self.retry.iter().map(|template| (template, &retry)));
        let mut found: Vec<(String, PromptError)> = Vec::new();
        for (template, known) in templates {
            for (name, error) in literal_names(template, known) {
                if !found.iter().any(|(other, _)| *other == name) {
                    found.push((name, error));
                }
            }
        }
        found
    }
}

/// The expression of what stands in single braces, and a note on a column or variable that this hides; `None` if it
/// stands for nothing that is known.
fn meaning(field: &str, known: &Known, input_data: &InputData) -> Option<(String, Option<String>)> {
    let is_column = known.columns().any(|column| column == field);
    let is_var = known.settings().has(field);
    let note = |what: &str, hidden: &str, write: String| {
        format!("`{{{field}}}` is {what} `{field}`, and not the {hidden} of that name: write {write} for it")
    };
    if let Some(expression) = variable(field, known, input_data) {
        let hidden = match (is_var, is_column) {
            (true, _) => Some(note("the value", "variable of `vars:`", format!("`{{{{ vars.{field} }}}}` in Jinja"))),
            (false, true) => Some(note("the value", "column", format!("`{{{{ {} }}}}` in Jinja", of_row(field)))),
            _ => None,
        };
        return Some((expression, hidden));
    }
    if is_var {
        let other = || note("the variable of `vars:`", "column", format!("`{{{{ {} }}}}` in Jinja", of_row(field)));
        return Some((format!("vars.{field}"), is_column.then(other)));
    }
    // A column whose name is that of a variable elsewhere is meant here.
    (is_column && known.has("row")).then(|| (of_row(field), None))
}

/// The expression of a name that is given to the template.
fn variable(field: &str, known: &Known, input_data: &InputData) -> Option<String> {
    if field == "input_data" && known.has("input_data") {
        return Some(match input_data {
            InputData::Context => "context".to_owned(),
            InputData::Column(column) => of_row(column),
        });
    }
    let expression = older(field).unwrap_or(field);
    let head = expression.split(' ').next().unwrap_or_default();
    (NAMES.contains(&head) && known.has(head)).then(|| expression.to_owned())
}

/// The words of Jinja, which cannot follow a dot everywhere.
const WORDS: [&str; 13] =
    ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"];

/// The expression of a column.
fn of_row(column: &str) -> String {
    let starts = column.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let is_plain = starts && column.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain && !WORDS.contains(&column) {
        format!("row.{column}")
    } else {
        format!("row[{}]", serde_json::Value::from(column))
    }
}

/// The known names in single braces in the text of a template, each with an error at its place.
fn literal_names(template: &Template, known: &Known) -> Vec<(String, PromptError)> {
    let source = template.source();
    let mut found = Vec::new();
    for text in segments(source).into_iter().filter(|it| it.kind == Markup::Text) {
        for (open, _) in source[text.range.clone()].match_indices('{') {
            let start = text.range.start + open;
            let inside = &source[start + 1..text.range.end];
            let Some(name) = inside.find(['{', '}', '\n']).filter(|&end| inside[end..].starts_with('}')) else {
                continue;
            };
            let name = &inside[..name];
            // `{x}}` and `{{x}` are more than a name in braces.
            let is_alone = !source[..start].ends_with('{') && !inside[name.len() + 1..].starts_with('}');
            if !is_alone || !is_known(name, known) {
                continue;
            }
            let line = source[..start].matches('\n').count() + 1;
            let message = format!("`{{{name}}}` is sent as these characters: the prompt is Jinja");
            let hint = format!(
                "write `{{{{ {} }}}}`; or, if all placeholders are in single braces, set `syntax: braces` in the prompt \
                 or `prompts.syntax: braces` for all; text that is meant goes between `{{% raw %}}` and \
                 `{{% endraw %}}`",
                jinja_of(name, known)
            );
            let error = template.origin().error(Some(line), column_of(source, start), message).with_hint(hint);
            found.push((name.to_owned(), error));
        }
    }
    found
}

/// An error for the first known name that stands in double braces as in Jinja, where they are text.
fn doubled(template: &Template, source: &str, known: &Known) -> Option<PromptError> {
    let (at, name) = source.match_indices("{{").find_map(|(at, _)| {
        let inside = &source[at + 2..];
        let inside = inside[..inside.find("}}")?].trim_start();
        let name: String = inside.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
        let rest = inside[name.len()..].trim_start();
        let is_expression = rest.is_empty() || rest.starts_with(['.', '[', '|']);
        (is_expression && !source[..at].ends_with('{') && known.has(&name)).then_some((at, name))
    })?;
    let line = source[..at].matches('\n').count() + 1;
    let message = format!("`{{{{ {name} … }}}}` is sent as text: the placeholders of this prompt are in single braces");
    let hint = format!(
        "write `{{{name}}}` or a column as `{{COLUMN}}`, or set `syntax: jinja` in the prompt; for text in double braces, \
         double them: `{{{{{{{{ {name} }}}}}}}}`"
    );
    Some(template.origin().error(Some(line), column_of(source, at), message).with_hint(hint))
}

fn is_known(name: &str, known: &Known) -> bool {
    let is_variable = known.has(name) && name != "vars";
    let is_older = older(name).is_some_and(|it| known.has(it.split(' ').next().unwrap_or_default()));
    is_variable || is_older || known.settings().has(name) || known.columns().any(|column| column == name)
}

/// The Jinja expression of a known name.
fn jinja_of(name: &str, known: &Known) -> String {
    match () {
        () if known.has(name) => name.to_owned(),
        () if older(name).is_some() => older(name).unwrap_or(name).to_owned(),
        () if known.settings().has(name) => format!("vars.{name}"),
        () => of_row(name),
    }
}
