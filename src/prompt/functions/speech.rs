//! The filters that find what people say in the text of a document: `customer_words` and `dialogs`.

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind};

use super::super::bounds;
use super::super::cell::{plain, shown};
use crate::document::{self, Utterance};

pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("customer_words", customer_words);
    environment.add_filter("dialogs", dialogs);
}

/// The customers' own words in a text: a list of objects with `line`, `line_end`, `text` and `kind`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]
fn customer_words(value: &Value, named: Kwargs) -> Result<Value, Error> {
    let (text, before) = arguments("customer_words", value, &named)?;
    let fields = |it: Utterance| {
        Value::from_pairs([
            ("line", Value::from(it.line + before)),
            ("line_end", Value::from(it.line_end + before)),
            ("text", Value::from(it.text)),
            ("kind", Value::from(it.kind.as_str())),
        ])
    };
    Ok(document::customer_words(text.as_str().unwrap_or_default()).into_iter().map(fields).collect())
}

/// The dialogs in a text: a list of objects with `line`, `line_end` and `messages`, each of which has `role` (`user` or
/// `operator`), `content` and `line`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]
fn dialogs(value: &Value, named: Kwargs) -> Result<Value, Error> {
    let (text, before) = arguments("dialogs", value, &named)?;
    let message = |turn: &Utterance| {
        Value::from_pairs([
            ("role", Value::from(turn.speaker.role())),
            ("content", Value::from(turn.text.as_str())),
            ("line", Value::from(turn.line + before)),
        ])
    };
    let fields = |turns: Vec<Utterance>| {
        Value::from_pairs([
            ("line", Value::from(turns.first().map_or(0, |it| it.line) + before)),
            ("line_end", Value::from(turns.last().map_or(0, |it| it.line_end) + before)),
            ("messages", turns.iter().map(message).collect()),
        ])
    };
    Ok(document::dialogs(text.as_str().unwrap_or_default()).into_iter().map(fields).collect())
}

/// The text, and how many lines of its document stand before it.
fn arguments(by: &str, value: &Value, named: &Kwargs) -> Result<(Value, usize), Error> {
    let invalid = |message: String| Error::new(ErrorKind::InvalidOperation, message);
    let first = named.get::<Option<Value>>("first_line")?.map(|it| plain(&it));
    named.assert_all_used()?;
    let text = shown(value);
    if text.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    if text.as_str().is_none() {
        return Err(invalid(format!("`{by}` takes the text of a document, as in `row.text | {by}`")));
    }
    bounds::check(&text, by)?;
    let before = match first {
        None => 0,
        Some(first) => first.as_usize().and_then(|first| first.checked_sub(1)).ok_or_else(|| {
            invalid(format!("`first_line` of `{by}` is the number of a line, from 1 on, not {first}"))
        })?,
    };
    Ok((text, before))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::Vars;
    use super::super::super::origin::TemplateOrigin;
    use super::super::super::template::Template;

    fn render(source: &str) -> Result<String, String> {
        let output = json!({"text": "## Tickets\n\n- My card was charged twice\n\nCustomer: Hi\nOperator: Hello\n"});
        let template = Template::compile(source, TemplateOrigin::key("user")).map_err(|error| error.to_string())?;
        template.render(&Vars::new().output(&output)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_people_say_has_lines_of_the_document() {
        for (source, expected) in [
            (
                "{{ (output.text | customer_words)[0] | tojson }}",
                r#"{"line":3,"line_end":3,"text":"My card was charged twice","kind":"list"}"#,
            ),
            ("{{ output.text | customer_words(first_line=11) | map(attribute='line') | list }}", "[13, 15]"),
            (
                "{{ output.text | dialogs | tojson }}",
                r#"[{"line":5,"line_end":6,"messages":[{"role":"user","content":"Hi","line":5},{"role":"operator","content":"Hello","line":6}]}]"#,
            ),
            ("{{ '' | customer_words }}", "[]"),
        ] {
            assert_eq!(render(source).as_deref(), Ok(expected), "{source}");
        }
        for (source, part) in [
            ("{{ [] | customer_words }}", "takes the text of a document"),
            ("{{ 'a' | dialogs(first_line=0) }}", "from 1 on, not 0"),
            ("{{ 'a' | dialogs(line=0) }}", "line"),
        ] {
            let error = render(source).unwrap_err();
            assert!(error.contains(part), "{source}: {error}");
        }
    }
}
