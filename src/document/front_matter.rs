//! Front matter: YAML between lines of `---`, or TOML between lines of `+++`, at the very start of a Markdown document.

use serde::Deserialize;

/// The front matter of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FrontMatter {
    /// How many lines it has, with the lines that open and close it.
    pub(super) line_count: usize,
    pub(super) title: Option<String>,
}

/// The keys that are read of it.
#[derive(Deserialize)]
struct Keys {
    title: Option<String>,
}

/// The front matter that `lines`, the lines of a document, begin with.
///
/// A line of hyphens may as well be a thematic break, and a second one may underline a heading: what stands between
/// them is front matter only if its first line with something other than a comment is a key.
pub(super) fn front_matter<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<FrontMatter> {
    let fence = lines.next()?.trim_end_matches([' ', '\t']);
    let closes = |line: &str| match (fence, line.trim_end_matches([' ', '\t'])) {
        ("---", "---" | "...") | ("+++", "+++") => Some(true),
        ("---" | "+++", _) => Some(false),
        _ => None,
    };
    let separator = if fence == "---" { ':' } else { '=' };
    let mut inside = String::new();
    let mut line_count = 1;
    let mut has_key = false;
    for line in lines {
        line_count += 1;
        if closes(line)? {
            let title = if separator == ':' { yaml_title(&inside) } else { toml_title(&inside) };
            return (has_key || line_count == 2).then_some(FrontMatter { line_count, title });
        }
        if !has_key && !line.trim().is_empty() && !line.starts_with('#') {
            if !is_key(line, separator) {
                return None;
            }
            has_key = true;
        }
        inside.push_str(line);
        inside.push('\n');
    }
    None
}

/// Whether a line is `key: value` or `key = value`, or of TOML a table's name.
fn is_key(line: &str, separator: char) -> bool {
    if separator == '=' && line.starts_with('[') {
        return true;
    }
    let Some((key, value)) = line.split_once(separator) else { return false };
    let key = key.trim_end().trim_matches(['"', '\'']);
    let named = !key.is_empty() && key.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ' '));
    named && (separator == '=' || value.is_empty() || value.starts_with([' ', '\t']))
}

fn yaml_title(yaml: &str) -> Option<String> {
    serde_saphyr::from_str::<Keys>(yaml).ok()?.title.and_then(|it| one_line(&it))
}

/// The value of `title` before the first table, if it is a text on one line.
fn toml_title(toml: &str) -> Option<String> {
    let mut keys = toml.lines().take_while(|line| !line.starts_with('['));
    let value = keys.find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim().trim_matches('"') == "title").then(|| value.trim())
    })?;
    if let Some(literal) = value.strip_prefix('\'') {
        return one_line(literal.split_once('\'')?.0);
    }
    // A basic string is a JSON string, but for escapes that titles do not have.
    let mut texts = serde_json::Deserializer::from_str(value).into_iter::<String>();
    one_line(&texts.next()?.ok()?)
}

/// A title with its white space as single spaces; `None` if it has nothing else.
fn one_line(title: &str) -> Option<String> {
    let words: Vec<&str> = title.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}
