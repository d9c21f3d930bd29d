//! Translates the templates of a context from single braces to Jinja.

use crate::prompt::braces::{TemplatePiece, pieces, to_jinja};

/// The name of a row's lines in the older templates.
const BLOCK: &str = "__ROW_KV_BLOCK__";

/// A template as Jinja, and the placeholders in it that became plain text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Translated {
    pub(super) jinja: String,
    pub(super) as_text: Vec<String>,
}

/// Whether a row's template shows only the row's lines.
pub(super) fn is_default_row(source: &str) -> bool {
    source.trim() == format!("{{{BLOCK}}}")
}

/// Translates the template of a row, which knows `{__ROW_KV_BLOCK__}` and the names of columns.
pub(super) fn row(source: &str) -> Translated {
    translate(source, &|field| match field {
        BLOCK => Some("kv_block".to_owned()),
        _ => column(field),
    })
}

/// Translates a template around a group's rows, which knows `{group_key}` and `{n_rows}`.
pub(super) fn around(source: &str) -> Translated {
    translate(source, &|field| matches!(field, "group_key" | "n_rows").then(|| field.to_owned()))
}

/// Translates a template. If its braces do not match, it is text with known names in it, as the older framework read
/// it.
fn translate(source: &str, expression: &dyn Fn(&str) -> Option<String>) -> Translated {
    let mut as_text = Vec::new();
    let found = pieces(source).unwrap_or_else(|stray| {
        as_text.push(stray.found);
        loosely(source, expression)
    });
    let mut kept = Vec::new();
    for piece in found {
        match piece {
            TemplatePiece::Field(field, at) if expression(field).is_none() => {
                as_text.push(format!("{{{field}}}"));
                kept.extend(text(&source[at..at + field.len() + 2]));
            }
            TemplatePiece::Text(written) => kept.extend(text(written)),
            field @ TemplatePiece::Field(..) => kept.push(field),
        }
    }
    let mut jinja = to_jinja(&kept, |field| expression(field).unwrap_or_default());
    // Jinja drops one line end at the end of a template.
    if jinja.ends_with('\n') {
        jinja.push('\n');
    }
    Translated { jinja, as_text }
}

/// Whether a translated template shows one of `names`, in whole or in part.
pub(super) fn shows(jinja: &str, names: &[&str]) -> bool {
    // No other text has two braces in a row.
    names.iter().any(|name| jinja.contains(&format!("{{{{ {name}")))
}

/// A text in pieces that have a brace only at their end, so that none can form a tag.
fn text(text: &str) -> impl Iterator<Item = TemplatePiece<'_>> {
    text.split_inclusive('{').map(TemplatePiece::Text)
}

/// `source` in pieces: known names in single braces are fields, and everything else is text.
fn loosely<'a>(source: &'a str, expression: &dyn Fn(&str) -> Option<String>) -> Vec<TemplatePiece<'a>> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in source.match_indices('{') {
        let Some(end) = source[at..].find('}').map(|end| at + end).filter(|_| at >= from) else { continue };
        let field = &source[at + 1..end];
        if !field.contains('{') && expression(field).is_some() {
            found.extend([TemplatePiece::Text(&source[from..at]), TemplatePiece::Field(field, at)]);
            from = end + 1;
        }
    }
    found.push(TemplatePiece::Text(&source[from..]));
    found
}

/// The Jinja expression for the column `name`; `None` if no column can have this name.
fn column(name: &str) -> Option<String> {
    let word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    if name.trim() != name || name.is_empty() || name.contains(['.', '[', ']', '!', ':', '"', '\'', '\n', '\\', ',']) {
        return None;
    }
    Some(if name.chars().all(word) && !name.starts_with(|it: char| it.is_ascii_digit()) {
        format!("row.{name}")
    } else {
        format!("row[\"{name}\"]")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_become_jinja() {
        let jinja = |source: &str| (row(source).jinja, row(source).as_text.join(" "));
        let same = |text: &str| (text.to_owned(), String::new());
        assert_eq!(jinja("== {id} ==\n{__ROW_KV_BLOCK__}\n"), same("== {{ row.id }} ==\n{{ kv_block }}\n\n"));
        assert!(shows("{{ row.id }}", &["row", "kv_block"]) && !shows(&row("{x.y} {{row}}").jinja, &["row"]));
        assert_eq!(jinja("{Role Name} {{x}} {2nd}"), same("{{ row[\"Role Name\"] }} {x} {{ row[\"2nd\"] }}"));
        assert_eq!(jinja("{{{id}}}"), same("{{ '{' }}{{ row.id }}}"));
        assert_eq!(jinja("{a.b} {id}"), ("{a.b} {{ row.id }}".to_owned(), "{a.b}".to_owned()));
        let loose = jinja("{ \"row\": {{{__ROW_KV_BLOCK__} } {% raw");
        assert_eq!(loose.0, "{ \"row\": {{ '{' }}{{ '{' }}{{ kv_block }} } {{ '{' }}% raw");
        assert_eq!(around("{group_key} ({n_rows} rows) {x}").jinja, "{{ group_key }} ({{ n_rows }} rows) {x}");
        assert!(is_default_row(" {__ROW_KV_BLOCK__}\n") && !is_default_row("{__ROW_KV_BLOCK__} x"));
    }
}
