//! Templates in single braces, as Python's `str.format` reads plain names: `{context}`, and `{{` and `}}` for braces.
//!
//! They are written as Jinja before they are compiled, so that everything that holds for templates holds for them too.
//! What that Jinja looks like is a part of the keys of outputs on record: it must not change.

use std::fmt;

use super::error::PromptError;
use super::template::{Place, column_of};

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// What stands between two single braces, and the byte at which the opening one stands.
    Field(&'a str, usize),
}

/// A brace that belongs to no placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stray {
    /// The byte at which it stands.
    pub(crate) offset: usize,
    /// It and a little of what follows.
    pub(crate) found: String,
}

/// The pieces of `source`, from left to right.
pub(crate) fn pieces(source: &str) -> Result<Vec<Piece<'_>>, Stray> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(brace) = source[at..].find(['{', '}']).map(|offset| at + offset) {
        if brace > at {
            pieces.push(Piece::Text(&source[at..brace]));
        }
        let rest = &source[brace..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            pieces.push(Piece::Text(&rest[..1]));
            at = brace + 2;
            continue;
        }
        let stray = || Stray { offset: brace, found: excerpt(rest) };
        let inside = rest.strip_prefix('{').ok_or_else(stray)?;
        let end = inside.find(['{', '}']).filter(|&end| inside[end..].starts_with('}')).ok_or_else(stray)?;
        pieces.push(Piece::Field(&inside[..end], brace));
        at = brace + end + 2;
    }
    if at < source.len() {
        pieces.push(Piece::Text(&source[at..]));
    }
    Ok(pieces)
}

/// The Jinja of `pieces`; `expression` says what stands for a field.
pub(crate) fn to_jinja(pieces: &[Piece<'_>], mut expression: impl FnMut(&str) -> String) -> String {
    let mut jinja = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => push_text(&mut jinja, text),
            Piece::Field(field, _) => push_text(&mut jinja, &format!("{{{{ {} }}}}", expression(field))),
        }
    }
    jinja
}

/// Adds `text`, so that a brace before it does not become a part of a tag.
fn push_text(jinja: &mut String, text: &str) {
    if text.starts_with(['{', '%', '#']) && jinja.ends_with('{') {
        jinja.pop();
        jinja.push_str("{{ '{' }}");
    }
    jinja.push_str(text);
}

/// Names that stand for something else than the variable of that name.
const OLDER: [(&str, &str); 2] = [("output_json", "output | tojson"), ("input_data", "context")];

/// The Jinja of a prompt's template, every field of which is a plain name.
pub(super) fn prompt_to_jinja(source: &str, place: &Place) -> Result<String, PromptError> {
    let error = |offset: usize, found: &str, why: &dyn fmt::Display| {
        let line = source[..offset].matches('\n').count() + 1;
        let message = format!("`{found}` is not a placeholder: {why}");
        place.error(Some(line), column_of(source, offset), message).with_hint(HINT.to_owned())
    };
    let (found, stray) = match pieces(source) {
        Ok(found) => (found, None),
        // What comes first is told first.
        Err(stray) => (pieces(&source[..stray.offset]).unwrap_or_default(), Some(stray)),
    };
    for piece in &found {
        if let Piece::Field(field, offset) = piece
            && let Some(why) = why_not_plain(field)
        {
            return Err(error(*offset, &excerpt(&source[*offset..]), &why));
        }
    }
    if let Some(stray) = stray {
        return Err(error(stray.offset, &stray.found, &"a brace stands alone"));
    }
    Ok(to_jinja(&found, |name| {
        OLDER.iter().find(|(older, _)| *older == name).map_or(name, |(_, expression)| expression).to_owned()
    }))
}

const HINT: &str = "known are names like {context}, {llm_schema}, {output_json} and {input_data}; braces that are text \
                    are written `{{` and `}}`";

/// What keeps `field` from being a plain name.
fn why_not_plain(field: &str) -> Option<&'static str> {
    let mut characters = field.chars();
    let starts = characters.next().is_some_and(|it| it.is_ascii_alphabetic() || it == '_');
    if starts && characters.all(|it| it.is_ascii_alphanumeric() || it == '_') {
        return None;
    }
    Some(match field.trim() {
        "" => "it has no name",
        name if name.bytes().all(|it| it.is_ascii_digit()) => "it has a number for a name",
        name if name.len() < field.len() => "there is white space around its name",
        name if name.starts_with(['"', '\'']) => "it looks like JSON",
        name if name.contains(['!', ':']) => "conversions and formats are not supported",
        name if name.contains(['.', '[']) => "only plain names are",
        _ => "that is no name",
    })
}

/// The placeholder as written that `name`, a name in the Jinja, comes from, and the byte at which it stands.
pub(super) fn find(source: &str, name: &str) -> Option<(String, usize)> {
    let means = |field: &str| {
        field == name
            || OLDER.iter().any(|(older, expression)| *older == field && expression.split(' ').next() == Some(name))
    };
    pieces(source).ok()?.into_iter().find_map(|piece| match piece {
        Piece::Field(field, offset) if means(field) => Some((format!("{{{field}}}"), offset)),
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
        use Piece::{Field, Text};
        assert_eq!(pieces("a {b} c").unwrap(), [Text("a "), Field("b", 2), Text(" c")]);
        assert_eq!(pieces("{{{a}}}").unwrap(), [Text("{"), Field("a", 2), Text("}")]);
        assert_eq!(pieces("{a}{b c}").unwrap(), [Field("a", 0), Field("b c", 3)]);
        assert_eq!(pieces("}}{{").unwrap(), [Text("}"), Text("{")]);
        assert_eq!(pieces("{}").unwrap(), [Field("", 0)]);
        assert_eq!(pieces("").unwrap(), []);
        let stray = |source: &str| pieces(source).unwrap_err();
        assert_eq!(stray("a } b"), Stray { offset: 2, found: "}".to_owned() });
        assert_eq!(stray("é {x"), Stray { offset: 3, found: "{x".to_owned() });
        assert_eq!(stray("{a {b}}"), Stray { offset: 0, found: "{a {b}".to_owned() });
        assert_eq!(stray(&format!("{{{}", "é".repeat(50))).found, format!("{{{}…", "é".repeat(39)));
    }

    #[test]
    fn the_jinja_of_a_template_is_always_the_same() {
        let jinja = |source: &str| prompt_to_jinja(source, &Place::key("user")).unwrap();
        assert_eq!(jinja("a {context} b"), "a {{ context }} b");
        assert_eq!(jinja("{output_json}/{input_data}"), "{{ output | tojson }}/{{ context }}");
        assert_eq!(jinja("{{\"a\": 1}}"), "{\"a\": 1}");
        assert_eq!(jinja("{{{context}}}"), "{{ '{' }}{{ context }}}");
        assert_eq!(jinja("{{% if x %}} {{# {{{{ x }}}}"), "{{ '{' }}% if x %} {{ '{' }}# {{ '{' }}{ x }}");
    }
}
