//! Templates in single braces, as Python's `str.format` reads plain names: `{context}`, and `{{` and `}}` for braces.
//!
//! They are translated to Jinja and then compiled, so that all rules of templates hold for them. The digests of prompts
//! in existing run files are made of that Jinja: it must not change.

use std::fmt;

use super::error::PromptError;
use super::origin::{TemplateOrigin, column_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplatePiece<'a> {
    Text(&'a str),
    /// The text between two single braces, and the byte offset of the opening one.
    Field(&'a str, usize),
}

/// A brace that belongs to no placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StrayBrace {
    /// The byte offset of the brace.
    pub(crate) offset: usize,
    /// The brace and a little of the text after it.
    pub(crate) found: String,
}

/// The pieces of `source`, from left to right.
pub(crate) fn pieces(source: &str) -> Result<Vec<TemplatePiece<'_>>, StrayBrace> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(brace) = source[at..].find(['{', '}']).map(|offset| at + offset) {
        if brace > at {
            pieces.push(TemplatePiece::Text(&source[at..brace]));
        }
        let rest = &source[brace..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            pieces.push(TemplatePiece::Text(&rest[..1]));
            at = brace + 2;
            continue;
        }
        let stray = || StrayBrace { offset: brace, found: excerpt(rest) };
        let inside = rest.strip_prefix('{').ok_or_else(stray)?;
        let end = inside.find(['{', '}']).filter(|&end| inside[end..].starts_with('}')).ok_or_else(stray)?;
        pieces.push(TemplatePiece::Field(&inside[..end], brace));
        at = brace + end + 2;
    }
    if at < source.len() {
        pieces.push(TemplatePiece::Text(&source[at..]));
    }
    Ok(pieces)
}

/// `pieces` as Jinja; `expression` translates a field.
pub(crate) fn to_jinja(pieces: &[TemplatePiece<'_>], mut expression: impl FnMut(&str) -> String) -> String {
    let mut jinja = String::new();
    for piece in pieces {
        match piece {
            TemplatePiece::Text(text) => push_text(&mut jinja, text),
            TemplatePiece::Field(field, _) => push_text(&mut jinja, &format!("{{{{ {} }}}}", expression(field))),
        }
    }
    jinja
}

/// Appends `text` so that it does not form a tag with a brace before it.
fn push_text(jinja: &mut String, text: &str) {
    if text.starts_with(['{', '%', '#']) && jinja.ends_with('{') {
        jinja.pop();
        jinja.push_str("{{ '{' }}");
    }
    jinja.push_str(text);
}

/// Names of an older framework, and the expressions that they are translated to.
const OLDER: [(&str, &str); 2] = [("output_json", "output | tojson"), ("input_data", "context")];

/// The Jinja of a prompt's template. A field that is not a plain name is an error.
pub(super) fn prompt_to_jinja(source: &str, origin: &TemplateOrigin) -> Result<String, PromptError> {
    let error = |offset: usize, found: &str, why: &dyn fmt::Display| {
        let line = source[..offset].matches('\n').count() + 1;
        let message = format!("`{found}` is not a placeholder: {why}");
        origin.error(Some(line), column_of(source, offset), message).with_hint(HINT.to_owned())
    };
    let (found, stray) = match pieces(source) {
        Ok(found) => (found, None),
        // An error in a field before the stray brace is reported first.
        Err(stray) => (pieces(&source[..stray.offset]).unwrap_or_default(), Some(stray)),
    };
    for piece in &found {
        if let TemplatePiece::Field(field, offset) = piece
            && let Some(why) = why_not_plain(field)
        {
            return Err(error(*offset, &excerpt(&source[*offset..]), &why));
        }
    }
    if let Some(stray) = stray {
        return Err(error(stray.offset, &stray.found, &"a brace without its other half"));
    }
    Ok(to_jinja(&found, |name| {
        OLDER.iter().find(|(older, _)| *older == name).map_or(name, |(_, expression)| expression).to_owned()
    }))
}

const HINT: &str = "placeholders are names like {context}, {llm_schema}, {output_json} and {input_data}; write `{{` \
                    and `}}` for braces that are text";

/// Why `field` is not a plain name; `None` if it is one.
fn why_not_plain(field: &str) -> Option<&'static str> {
    let mut characters = field.chars();
    let starts = characters.next().is_some_and(|it| it.is_ascii_alphabetic() || it == '_');
    if starts && characters.all(|it| it.is_ascii_alphanumeric() || it == '_') {
        return None;
    }
    Some(match field.trim() {
        "" => "its name is missing",
        name if name.bytes().all(|it| it.is_ascii_digit()) => "a number is not a name",
        name if name.len() < field.len() => "there is white space around its name",
        name if name.starts_with(['"', '\'']) => "it looks like JSON",
        name if name.contains(['!', ':']) => "conversions and formats are not supported",
        name if name.contains(['.', '[']) => "attributes and indices are not supported",
        _ => "it is not a name",
    })
}

/// The placeholder, as written, that became the variable `name` in the Jinja, and its byte offset.
pub(super) fn find(source: &str, name: &str) -> Option<(String, usize)> {
    let means = |field: &str| {
        field == name
            || OLDER.iter().any(|(older, expression)| *older == field && expression.split(' ').next() == Some(name))
    };
    pieces(source).ok()?.into_iter().find_map(|piece| match piece {
        TemplatePiece::Field(field, offset) if means(field) => Some((format!("{{{field}}}"), offset)),
        _ => None,
    })
}

/// The beginning of `text`, up to a closing brace, a line's end or forty characters.
fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    let end = line.find('}').map_or(line.len(), |end| end + 1);
    let shown: String = line[..end].chars().take(MAX_CHARS).collect();
    if shown.len() < end { format!("{shown}…") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_as_python_reads_them() {
        use TemplatePiece::{Field, Text};
        assert_eq!(pieces("a {b} c").unwrap(), [Text("a "), Field("b", 2), Text(" c")]);
        assert_eq!(pieces("{{{a}}}").unwrap(), [Text("{"), Field("a", 2), Text("}")]);
        assert_eq!(pieces("{a}{b c}").unwrap(), [Field("a", 0), Field("b c", 3)]);
        assert_eq!(pieces("}}{{").unwrap(), [Text("}"), Text("{")]);
        assert_eq!(pieces("{}").unwrap(), [Field("", 0)]);
        assert_eq!(pieces("").unwrap(), []);
        let stray = |source: &str| pieces(source).unwrap_err();
        assert_eq!(stray("a } b"), StrayBrace { offset: 2, found: "}".to_owned() });
        assert_eq!(stray("é {x"), StrayBrace { offset: 3, found: "{x".to_owned() });
        assert_eq!(stray("{a {b}}"), StrayBrace { offset: 0, found: "{a {b}".to_owned() });
        assert_eq!(stray(&format!("{{{}", "é".repeat(50))).found, format!("{{{}…", "é".repeat(39)));
    }

    #[test]
    fn the_jinja_of_a_template_is_always_the_same() {
        let jinja = |source: &str| prompt_to_jinja(source, &TemplateOrigin::key("user")).unwrap();
        assert_eq!(jinja("a {context} b"), "a {{ context }} b");
        assert_eq!(jinja("{output_json}/{input_data}"), "{{ output | tojson }}/{{ context }}");
        assert_eq!(jinja("{{\"a\": 1}}"), "{\"a\": 1}");
        assert_eq!(jinja("{{{context}}}"), "{{ '{' }}{{ context }}}");
        assert_eq!(jinja("{{% if x %}} {{# {{{{ x }}}}"), "{{ '{' }}% if x %} {{ '{' }}# {{ '{' }}{ x }}");
    }
}
