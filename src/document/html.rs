//! The text of an HTML page as Markdown: with `htmd`, and rules of our own where it would lose or change something.
//!
//! Of the page only what it shows is read. Tables, code, headings and links around blocks have handlers here: `htmd`
//! moves the values of spanning cells to other columns, does not fence code without a `code` element, and lets a line
//! break cut a heading in two.

mod handlers;
mod literal;
mod tree;

use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, Options};
use memchr::memmem;

use super::decode::{decode, encoding_of};
use super::error::{DocumentError, DocumentProblem};
use super::note::DocumentNote;
use super::reading::Reading;

/// The reader, its version and that of the rules here. Others may make other lines of the same file.
pub(super) const READER: &str = "htmd 0.5.6, rules 2";

/// How deep elements may be nested; `htmd` calls itself for each.
const MAX_DEPTH: usize = 120;

/// How many elements may be open where a page is parsed, which takes time for each of them at each further one.
const MAX_OPEN: usize = 10_000;

/// Elements that have no end, or often none.
const UNCLOSED: [&[u8]; 30] = [
    b"p",
    b"li",
    b"td",
    b"th",
    b"tr",
    b"dt",
    b"dd",
    b"option",
    b"optgroup",
    b"thead",
    b"tbody",
    b"tfoot",
    b"colgroup",
    b"br",
    b"hr",
    b"img",
    b"input",
    b"meta",
    b"link",
    b"area",
    b"base",
    b"col",
    b"embed",
    b"source",
    b"track",
    b"wbr",
    b"param",
    b"rp",
    b"rt",
    b"path",
];

/// How many bytes of a page are searched for the encoding that it states.
const CHARSET_WITHIN: usize = 1024;

/// Elements that show nothing, or no text.
const SKIPPED: [&str; 13] = [
    "head", "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "audio", "video", "map",
    "title",
];

/// Reads an HTML page.
pub(super) fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Reading, DocumentError> {
    if most_open(bytes) > MAX_OPEN {
        return Err(damaged(format!("more than {MAX_OPEN} elements are open at once")).into());
    }
    let stated = encoding.map(str::to_owned).or_else(|| stated_encoding(bytes));
    let decoded = decode(bytes, stated.as_deref())?;
    let mut notes: Vec<DocumentNote> = decoded.doubt.iter().cloned().collect();
    let converter = HtmlToMarkdown::builder().options(options()).skip_tags(SKIPPED.to_vec());
    let converter = handlers::add(converter).build();
    let page = converter.html_to_tree(&decoded.text).map_err(|error| damaged(error.to_string()))?;
    let left_out = tree::leave_out(&page);
    if left_out.hidden > 0 {
        notes
            .push(DocumentNote::Skipped(format!("hidden elements are left out with their text ({})", left_out.hidden)));
    }
    if left_out.deleted > 0 {
        let what = format!("deleted paragraphs (`del`, `s`) are left out ({})", left_out.deleted);
        notes.push(DocumentNote::Skipped(what));
    }
    tree::unwrap_spans(&page);
    let flattened = tree::flatten(&page, MAX_DEPTH);
    if flattened > 0 {
        let what = format!("elements nested more than {MAX_DEPTH} deep are read as plain text ({flattened} of them)");
        notes.push(DocumentNote::Skipped(what));
    }
    let title = tree::title(&page);
    let text = literal::literal(&converter.tree_to_markdown(&page));
    let reader = match encoding {
        // What the page states itself is a part of its bytes.
        Some(_) => format!("{READER}, {}", decoded.encoding.map_or("UTF-8", |it| it.name())),
        None => READER.to_owned(),
    };
    Ok(Reading { text, reader, has_bom: decoded.has_bom, title, notes, pages: None })
}

/// About how many elements of a page are open at most.
fn most_open(bytes: &[u8]) -> usize {
    let name = |tag: &[u8]| tag.split(|it| !it.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    let (mut open, mut most) = (0usize, 0);
    let mut script = None;
    for at in memchr::memchr_iter(b'<', bytes) {
        let tag = &bytes[at + 1..];
        if let Some(end) = tag.strip_prefix(b"/") {
            let name = name(end);
            script = script.filter(|it| *it != name);
            open = open.saturating_sub(usize::from(script.is_none() && !UNCLOSED.contains(&name.as_slice())));
            continue;
        }
        let name = name(tag);
        if script.is_some() || !name.first().is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        // As in SVG, `/>` ends an element.
        let end = memchr::memchr(b'>', &tag[..tag.len().min(CHARSET_WITHIN)]);
        let is_closed = end.is_some_and(|end| tag[..end].ends_with(b"/")) || UNCLOSED.contains(&name.as_slice());
        open += usize::from(!is_closed);
        most = most.max(open);
        // What looks like an element in a script is a comparison.
        script = (name == b"script" || name == b"style").then_some(name);
    }
    most
}

fn options() -> Options {
    Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        ..Options::default()
    }
}

fn damaged(why: String) -> DocumentProblem {
    DocumentProblem::Damaged { kind: "the HTML page", why }
}

/// The encoding that a page states, by its byte order mark or a `<meta>` near its start. One that is not known counts
/// as none, as in browsers; so does UTF-16, in which a `<meta>` could not be read.
fn stated_encoding(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => return None,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => return Some("utf-16".to_owned()),
        _ => {}
    }
    let head = bytes[..bytes.len().min(CHARSET_WITHIN)].to_ascii_lowercase();
    let metas = memmem::find_iter(&head, b"<meta");
    let label = metas.into_iter().find_map(|at| {
        let tag = &head[at..];
        let tag = &tag[..tag.iter().position(|&it| it == b'>')?];
        let value = &tag[memmem::find(tag, b"charset")? + b"charset".len()..];
        let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let is_label = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b':' | b'.');
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let end = value.iter().position(|it| !is_label(it)).unwrap_or(value.len());
        String::from_utf8(value[..end].to_vec()).ok()
    })?;
    let encoding = encoding_of(&label).ok()?;
    encoding.is_ascii_compatible().then_some(label)
}
