//! Reads the items of a list.

use super::label::without_marker;
use super::markdown::{LineKind, MarkdownLine, indent};
use super::text::{is_null, shown, without_comments};

#[derive(Debug, Default, PartialEq)]
pub(super) struct ListItems {
    pub(super) items: Vec<String>,
    /// The first text before or after the items that belongs to none of them.
    pub(super) outside: Option<String>,
}

/// Reads the items of a section. `inline` is the text on the line of its name, `lines` are those below. A word for
/// nothing is an empty list, unless it `is_item`.
pub(super) fn items(inline: &str, lines: &[MarkdownLine<'_>], is_item: impl Fn(&str) -> bool) -> ListItems {
    let texts = inline_and_below(inline, lines);
    let fenced = |text: &str| text.starts_with("```") || text.starts_with("~~~");
    if let [first, within @ .., last] = &texts[..]
        && fenced(first)
        && fenced(last)
    {
        let within = within.join("\n");
        return items("", &super::markdown::lines(&within), is_item);
    }
    if let Some(items) = as_json(&texts.join("\n")) {
        return ListItems { items, outside: None };
    }
    let mut list = List::default();
    for line in lines.iter().filter(|line| !line.is_break() && line.kind != LineKind::Comment) {
        list.take(line);
    }
    list.end();
    let List { items, before, outside, .. } = list;
    let mut items: Vec<String> = items.iter().map(|item| without_comments(item).trim().to_owned()).collect();
    items.retain(|item| !item.is_empty());
    if items.is_empty() {
        let mut texts: Vec<&str> = (!inline.is_empty()).then_some(inline).into_iter().collect();
        texts.extend(before);
        // "spam," continues on the next line; "the following:" introduces the items.
        if inline.ends_with([',', ';']) {
            return ListItems { items: in_line(&texts.join(" "), is_item), outside };
        }
        if texts.len() > 1 && inline.ends_with(':') {
            texts.remove(0);
        }
        return match texts[..] {
            [only] => ListItems { items: in_line(only, is_item), outside },
            _ => ListItems { items: texts.into_iter().map(str::to_owned).collect(), outside },
        };
    }
    if let [only] = &items[..]
        && is_null(only)
        && !is_item(only)
    {
        items.clear();
    }
    // "These are the tags:" introduces the items and is not a text of its own.
    let leading = before.into_iter().chain((!inline.is_empty()).then_some(inline));
    let prose = leading.map(str::trim).find(|text| !text.ends_with(':')).map(str::to_owned);
    ListItems { items, outside: prose.or(outside) }
}

#[derive(Default)]
struct List<'a> {
    items: Vec<String>,
    /// The indentation of the first marker.
    margin: usize,
    blanks: usize,
    before: Vec<&'a str>,
    /// Lines at the margin right after an item: they go on with it if another item follows, and else stand after the
    /// list.
    loose: Vec<&'a str>,
    outside: Option<String>,
    /// Whether the last line belongs to no item.
    is_outside: bool,
}

impl<'a> List<'a> {
    fn take(&mut self, line: &MarkdownLine<'a>) {
        if line.is_blank() {
            self.blanks += 1;
            self.end();
            return;
        }
        let blanks = std::mem::take(&mut self.blanks);
        let depth = indent(line.raw);
        let marked = if line.kind == LineKind::Code { None } else { without_marker(line.raw) };
        match (marked, self.items.last_mut()) {
            (Some(text), None) => {
                self.margin = depth;
                self.items.push(text.to_owned());
            }
            (Some(text), Some(_)) if depth <= self.margin + 1 => {
                self.go_on();
                self.items.push(text.to_owned());
                self.is_outside = false;
            }
            (None, None) => self.before.push(line.raw.trim()),
            (_, Some(item))
                if !self.is_outside && (depth > self.margin || line.kind == LineKind::Code && blanks == 0) =>
            {
                if self.loose.is_empty() {
                    item.extend(std::iter::repeat_n('\n', blanks + 1));
                    item.push_str(dedented(line.raw, self.margin + 2));
                } else {
                    self.loose.push(line.raw);
                }
            }
            (_, Some(_)) if !self.is_outside && blanks == 0 => self.loose.push(line.raw),
            _ => self.leave_out(line.raw),
        }
    }

    /// Adds the loose lines to the last item: the list goes on after them.
    fn go_on(&mut self) {
        if let Some(item) = self.items.last_mut() {
            for line in std::mem::take(&mut self.loose) {
                item.push('\n');
                item.push_str(dedented(line, self.margin + 2));
            }
        }
    }

    /// Ends the list, if loose lines stand after it.
    fn end(&mut self) {
        if let Some(first) = self.loose.first().copied() {
            self.leave_out(first);
        }
        self.loose.clear();
    }

    fn leave_out(&mut self, line: &str) {
        self.is_outside = true;
        self.outside.get_or_insert_with(|| line.trim().to_owned());
    }
}

/// The text on the line of the name and the lines below, without blank lines at the ends and without breaks.
fn inline_and_below<'a>(inline: &'a str, lines: &[MarkdownLine<'a>]) -> Vec<&'a str> {
    let below = lines.iter().filter(|line| !line.is_break()).map(|line| line.raw.trim());
    let mut texts: Vec<&str> = std::iter::once(inline.trim()).chain(below).skip_while(|text| text.is_empty()).collect();
    while texts.last().is_some_and(|text| text.is_empty()) {
        texts.pop();
    }
    texts
}

/// Reads a list that is written as a JSON array of texts, numbers and booleans; `None` for anything else.
fn as_json(text: &str) -> Option<Vec<String>> {
    let values: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    let item = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Some(value.to_string()),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    };
    values.into_iter().map(item).collect()
}

/// Removes up to `width` blanks from the start of a line.
fn dedented(raw: &str, width: usize) -> &str {
    let blanks = raw.bytes().take(width).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &raw[blanks..]
}

/// Reads a list on one line: `a, b, c`, `a; b` or `["a", "b"]`.
fn in_line(text: &str, is_item: impl Fn(&str) -> bool) -> Vec<String> {
    let text = text.trim();
    if is_null(text) && !is_item(text) {
        return Vec::new();
    }
    let text = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    let separator = if text.contains(';') { ';' } else { ',' };
    let plain = |item: &str| item.trim().trim_matches(['"', '\'', '`']).trim().to_owned();
    let mut depth = 0_usize;
    let mut parts = vec![String::new()];
    for (at, sign) in text.char_indices() {
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let part = parts.last_mut().map_or("", |it| it.as_str());
        if sign == separator && depth == 0 && !is_of_number(part, &text[at + 1..], text) {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(sign);
        }
    }
    parts.iter().map(|it| plain(it)).filter(|item| !item.is_empty()).collect()
}

/// Whether a comma between `part` and `rest` is that of a number such as `$1,200`. In `1,200,300` it is not, unless
/// other items of the `line` are parted by a comma and a blank.
fn is_of_number(part: &str, rest: &str, line: &str) -> bool {
    let group = rest.bytes().take_while(u8::is_ascii_digit).count() == 3;
    let is_digit = part.ends_with(|it: char| it.is_ascii_digit());
    let has_others = part.trim().contains(|it: char| !it.is_ascii_digit() && it != ',');
    group && is_digit && (has_others || line.contains(", "))
}

/// The problem with a text that belongs to no item.
pub(super) fn left_out(text: &str) -> String {
    format!("a text that is no item of the list is left out: {}", shown(text))
}

#[cfg(test)]
mod tests {
    use super::super::markdown::lines;
    use super::*;

    fn read(inline: &str, text: &str) -> ListItems {
        items(inline, &lines(text), |_| false)
    }

    #[test]
    fn a_list_may_be_json_or_stand_in_a_fence_or_go_on() {
        is(read("", "```json\n[\"a\", \"b\"]\n```"), &["a", "b"]);
        is(read("", "```\n- a\n- b\n```"), &["a", "b"]);
        is(read("", "[\n  \"a\",\n  \"b\"\n]"), &["a", "b"]);
        is(read("[\"Paris, France\", \"b; c\"]", ""), &["Paris, France", "b; c"]);
        is(read("the following:", "- spam\n- abuse"), &["spam", "abuse"]);
        is(read("spam,", "abuse"), &["spam", "abuse"]);
        is(items("", &lines("- none"), |text| text == "none"), &["none"]);
        is(items("none", &lines(""), |text| text == "none"), &["none"]);
    }

    #[track_caller]
    fn is(found: ListItems, expected: &[&str]) {
        assert_eq!(found.outside, None);
        let items: Vec<String> = found.items;
        assert_eq!(items, expected);
    }

    #[test]
    fn items_are_marked() {
        is(read("", "- a\n- b"), &["a", "b"]);
        is(read("", "* a\n\n* b\n"), &["a", "b"]);
        is(read("", "1. a\n2) b\n10. c"), &["a", "b", "c"]);
        is(read("", "  • a\n  • b"), &["a", "b"]);
        is(read("", "These are the tags:\n- a\n---"), &["a"]);
        is(read("", "- a\n-\n- b"), &["a", "b"]);
    }

    #[test]
    fn an_item_may_have_more_lines() {
        is(read("", "- a\n  b\n- c\nd\n- e"), &["a\nb", "c\nd", "e"]);
        is(read("", "- a\n\n  b\n- c"), &["a\n\nb", "c"]);
        is(read("", "- a\n  - x\n  - y\n- b"), &["a\n- x\n- y", "b"]);
        is(read("", "- a\n  ```\n  - x\n  ```\n- b"), &["a\n```\n- x\n```", "b"]);
    }

    #[test]
    fn a_list_may_stand_in_a_line() {
        is(read("a, b,c", ""), &["a", "b", "c"]);
        is(read("a, b; c", ""), &["a, b", "c"]);
        is(read("[\"a\", 'b']", ""), &["a", "b"]);
        is(read("", "a, b"), &["a", "b"]);
        is(read("", "a, b\nc"), &["a, b", "c"]);
    }

    #[test]
    fn nothing_is_an_empty_list() {
        for text in ["none", "- None", "N/A", "*none*"] {
            is(read("", text), &[]);
        }
        is(read("none", ""), &[]);
    }

    #[test]
    fn a_line_after_the_list_is_no_part_of_an_item() {
        for (text, items, outside) in [
            ("- a\n\nSome remark\nMore remark", &["a"][..], "Some remark"),
            ("- a\nSome remark", &["a"], "Some remark"),
            ("- a\nSome remark\n  More of it", &["a"], "Some remark"),
            ("- a\nSome remark\n\n- b", &["a", "b"], "Some remark"),
            ("- a\n\nSome remark\n- b\nAnother", &["a", "b"], "Some remark"),
            ("1. a\n2. b\n\nThat is all.\nReally.", &["a", "b"], "That is all."),
            ("- a\n\nSome remark\n  indented", &["a"], "Some remark"),
        ] {
            let found = read("", text);
            assert_eq!(
                (found.items, found.outside.as_deref()),
                (items.iter().map(ToString::to_string).collect(), Some(outside)),
                "{text}"
            );
        }
        is(read("", "- a <!-- sure -->\n<!-- - x -->\n- b"), &["a", "b"]);
    }

    #[test]
    fn what_belongs_to_no_item_is_told() {
        assert_eq!(read("", "- a\n\nThat is all.").outside.as_deref(), Some("That is all."));
        assert_eq!(read("", "I found one.\n- a").outside.as_deref(), Some("I found one."));
        assert_eq!(read("some", "- a").outside.as_deref(), Some("some"));
    }
}
