//! Templates in single braces: `{context}` is a placeholder, and every other brace is text.
//!
//! A template that Python's `str.format` reads with plain names alone is read so: `{{` and `}}` are braces there. One
//! that it does not read, because JSON stands in it as it is, has no doubled braces: each of its braces is text.
//!
//! They are translated to Jinja and then compiled, so that all rules of templates hold for them. The digests of prompts
//! in existing run files are made of that Jinja: it must not change.

use std::sync::Arc;

use super::error::PromptError;
use super::origin::{TemplateOrigin, column_of};
use super::vars::NAMES;

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

/// What the placeholders of a template stand for.
#[derive(Clone, Copy)]
pub(super) enum BraceNames<'a> {
    /// Plain names are variables, and the columns are not known.
    Plain,
    /// The same; whatever else stands in braces may be a column, and is text for the time being.
    Draft,
    /// By the names that are known: the expression of what stands in a pair of braces; `None` for others.
    Known(&'a dyn Fn(&str) -> Option<String>),
}

impl BraceNames<'_> {
    fn knows(self, field: &str) -> bool {
        matches!(self, Self::Known(of) if of(field).is_some())
    }

    /// The expression of a field.
    fn expression(self, field: &str) -> String {
        let known = if let Self::Known(of) = self { of(field) } else { None };
        known.unwrap_or_else(|| older(field).unwrap_or(field).to_owned())
    }
}

/// The expression of a name of an older framework.
pub(super) fn older(name: &str) -> Option<&'static str> {
    OLDER.iter().find(|(older, _)| *older == name).map(|(_, expression)| *expression)
}

/// A template in single braces, with its placeholders.
#[derive(Clone, Debug)]
pub(super) struct WrittenBraces {
    pub(super) text: Arc<str>,
    fields: Vec<BraceField>,
}

/// A placeholder.
#[derive(Clone, Debug)]
struct BraceField {
    /// What stands in the braces.
    name: String,
    /// The byte offset of the opening one.
    offset: usize,
    expression: String,
}

impl WrittenBraces {
    /// The placeholder, as written, that became the variable `name` in the Jinja, and its byte offset.
    pub(super) fn find(&self, name: &str) -> Option<(String, usize)> {
        let head = |expression: &str| expression.split([' ', '.', '[']).next() == Some(name);
        let found = self.fields.iter().find(|it| it.expression == name || head(&it.expression))?;
        Some((format!("{{{}}}", found.name), found.offset))
    }

    /// What stands in the braces of its placeholders.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|it| it.name.as_str())
    }
}

/// The Jinja of a prompt's template, and its placeholders. A brace that can be read in two ways is an error.
pub(super) fn prompt_to_jinja(
    source: &str,
    origin: &TemplateOrigin,
    names: BraceNames<'_>,
) -> Result<(String, WrittenBraces), PromptError> {
    let found = read(source, names).map_err(|Unclear { offset, found, why }| {
        let line = source[..offset].matches('\n').count() + 1;
        let message = format!("`{found}` is not a placeholder: {why}");
        origin.error(Some(line), column_of(source, offset), message).with_hint(HINT.to_owned())
    })?;
    let jinja = to_jinja(&found, |name| names.expression(name));
    let field = |piece: &TemplatePiece<'_>| match piece {
        TemplatePiece::Field(name, offset) => {
            Some(BraceField { name: (*name).to_owned(), offset: *offset, expression: names.expression(name) })
        }
        TemplatePiece::Text(_) => None,
    };
    let fields = found.iter().filter_map(field).collect();
    Ok((jinja, WrittenBraces { text: Arc::from(source), fields }))
}

const HINT: &str = "placeholders are names like {context}, {llm_schema}, {output_json} and {input_data}, variables of \
                    `vars:` and columns; write `{{` and `}}` for braces that are text";

/// A brace that may be meant in two ways.
struct Unclear {
    /// The byte offset of the brace.
    offset: usize,
    /// What stands there.
    found: String,
    why: &'static str,
}

/// The pieces of a prompt's template.
fn read<'a>(source: &'a str, names: BraceNames<'_>) -> Result<Vec<TemplatePiece<'a>>, Unclear> {
    let (found, stray) = match pieces(source) {
        Ok(found) => (found, None),
        // An error in a field before the stray brace is reported first.
        Err(stray) => (pieces(&source[..stray.offset]).unwrap_or_default(), Some(stray)),
    };
    let odd = found.iter().find_map(|piece| match piece {
        TemplatePiece::Field(field, offset) => {
            let why = why_not_plain(field).filter(|_| !names.knows(field))?;
            Some(Unclear { offset: *offset, found: excerpt(&source[*offset..]), why })
        }
        TemplatePiece::Text(_) => None,
    });
    let lone = || {
        stray.map(|stray| Unclear { offset: stray.offset, found: stray.found, why: "a brace without its other half" })
    };
    match odd.or_else(lone) {
        None => Ok(found),
        // Where a brace is written as two, a lone one is a slip.
        Some(unclear) if source.contains("{{") && !matches!(names, BraceNames::Draft) => Err(unclear),
        Some(_) => as_text(source, names),
    }
}

/// The pieces of a template in which no brace is written as two: plain names in braces, and text.
fn as_text<'a>(source: &'a str, names: BraceNames<'_>) -> Result<Vec<TemplatePiece<'a>>, Unclear> {
    let mut found = Vec::new();
    let mut from = 0;
    for (offset, _) in source.match_indices('{') {
        let rest = &source[offset + 1..];
        let inside = &rest[..rest.find(['{', '}', '\n']).unwrap_or(rest.len())];
        if rest[inside.len()..].starts_with('}') && (why_not_plain(inside).is_none() || names.knows(inside)) {
            push_around(&mut found, &source[from..offset]);
            found.push(TemplatePiece::Field(inside, offset));
            from = offset + inside.len() + 2;
        } else if let Some(why) = why_nearly(inside, names).filter(|_| !matches!(names, BraceNames::Draft)) {
            return Err(Unclear { offset, found: excerpt(&source[offset..]), why });
        }
    }
    push_around(&mut found, &source[from..]);
    Ok(found)
}

/// Adds a text in pieces that have a brace only at their ends, so that none can form a tag.
fn push_around<'a>(found: &mut Vec<TemplatePiece<'a>>, text: &'a str) {
    found.extend(text.split_inclusive('{').map(TemplatePiece::Text));
}

/// Why what stands after a brace is neither a placeholder nor clearly text; `None` if it is text.
fn why_nearly(inside: &str, names: BraceNames<'_>) -> Option<&'static str> {
    let trimmed = inside.trim();
    let name = &trimmed[..trimmed.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(trimmed.len())];
    let is_known = NAMES.contains(&name) || older(name).is_some() || names.knows(name);
    match trimmed[name.len()..].chars().collect::<Vec<_>>()[..] {
        _ if name.is_empty() || name.starts_with(|it: char| it.is_ascii_digit()) => None,
        [] if !is_known && name.is_ascii() => None,
        [] => why_not_plain(inside).or(Some("a brace without its other half")),
        ['!' | '.' | '[', ..] if is_known => why_not_plain(inside),
        [':', format, ..] if is_known && !format.is_whitespace() => why_not_plain(inside),
        _ => None,
    }
}

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
        let jinja = |source: &str| prompt_to_jinja(source, &TemplateOrigin::key("user"), BraceNames::Plain).unwrap().0;
        assert_eq!(jinja("a {context} b"), "a {{ context }} b");
        assert_eq!(jinja("{output_json}/{input_data}"), "{{ output | tojson }}/{{ context }}");
        assert_eq!(jinja("{{\"a\": 1}}"), "{\"a\": 1}");
        assert_eq!(jinja("{{{context}}}"), "{{ '{' }}{{ context }}}");
        assert_eq!(jinja("{\n \"a\": {\"b\": 1}}\n{context}"), "{\n \"a\": {\"b\": 1}}\n{{ context }}");
        assert_eq!(jinja("{\"out\": {output_json}}"), "{\"out\": {{ output | tojson }}}");
        assert_eq!(
            jinja("{} {0} \\d{1,2} {#a {% b { {context} {"),
            "{} {0} \\d{1,2} {{ '{' }}#a {{ '{' }}% b { {{ context }} {"
        );
        assert_eq!(jinja("{{% if x %}} {{# {{{{ x }}}}"), "{{ '{' }}% if x %} {{ '{' }}# {{ '{' }}{ x }}");
    }
}
