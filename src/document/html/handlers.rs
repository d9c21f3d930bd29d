//! How single elements of an HTML page are written as Markdown, where `htmd` would do it otherwise.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use htmd::element_handler::{HandlerResult, Handlers};
use htmd::{Element, HtmlToMarkdownBuilder, Node};

use super::super::markup::{heading_line, indented, raised, struck};
use super::super::table::{Cell, markdown_table};
use super::literal::MADE;
use super::tree::{attribute, children, has_within, is_within, parent, tag, text};

const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];

/// Adds the handlers to a converter.
pub(super) fn add(converter: HtmlToMarkdownBuilder) -> HtmlToMarkdownBuilder {
    // How many cells are being written, one within the other.
    let cells = Arc::new(AtomicUsize::new(0));
    let cells_of_pre = Arc::clone(&cells);
    converter
        .add_handler(HEADINGS.to_vec(), heading)
        .add_handler(vec!["br"], |_: &dyn Handlers, element: Element| Some(line_break(&element)))
        .add_handler(vec!["hr"], |_: &dyn Handlers, _: Element| Some(format!("\n\n{MADE}---\n\n").into()))
        .add_handler(vec!["sup", "sub"], |it: &dyn Handlers, element: Element| Some(shifted(it, &element)))
        .add_handler(vec!["del", "s", "strike"], |it: &dyn Handlers, element: Element| {
            Some(struck(&it.walk_children(element.node).content).into())
        })
        .add_handler(vec!["ol"], |it: &dyn Handlers, element: Element| Some(ordered(it, &element)))
        .add_handler(vec!["a"], link)
        .add_handler(vec!["img"], image)
        .add_handler(vec!["table"], move |handlers: &dyn Handlers, element: Element| {
            Some(table(handlers, &element, &cells))
        })
        .add_handler(vec!["pre"], move |_: &dyn Handlers, element: Element| {
            Some(code(&element, cells_of_pre.load(Ordering::Relaxed) > 0))
        })
}

/// A heading is one line, and none if it is empty.
#[expect(clippy::needless_pass_by_value, reason = "the signature is that of a handler")]
fn heading(handlers: &dyn Handlers, element: Element) -> Option<HandlerResult> {
    let level = u8::try_from(HEADINGS.iter().position(|it| *it == element.tag)? + 1).ok()?;
    let line = heading_line(level, &handlers.walk_children(element.node).content);
    (!line.is_empty()).then(|| format!("\n\n{MADE}{line}\n\n").into())
}

/// What is raised or lowered has a mark before it, so that `10` with a raised `6` is not 106.
fn shifted(handlers: &dyn Handlers, element: &Element) -> HandlerResult {
    let mark = if element.tag == "sup" { "^" } else { "_" };
    raised(mark, &handlers.walk_children(element.node).content).into()
}

/// A list with the numbers that the page shows, whatever they are.
fn ordered(handlers: &dyn Handlers, element: &Element) -> HandlerResult {
    let number = |node: &Node, name: &str| attribute(node, name).and_then(|it| it.trim().parse::<i64>().ok());
    let is_reversed = attribute(element.node, "reversed").is_some();
    let count = i64::try_from(children(element.node, &["li"]).len()).unwrap_or(i64::MAX);
    let mut next = number(element.node, "start").unwrap_or(if is_reversed { count } else { 1 });
    let mut list = String::new();
    for child in element.node.children.borrow().iter() {
        let Some(content) = handlers.handle(child).map(|it| it.content) else { continue };
        let content = content.trim_matches('\n');
        if tag(child) != Some("li") {
            if !content.trim().is_empty() {
                list.push('\n');
                list.push_str(content);
            }
            continue;
        }
        let value = number(child, "value").unwrap_or(next);
        next = value.saturating_add(if is_reversed { -1 } else { 1 });
        let marker = format!("{value}. ");
        list.push('\n');
        list.push_str(&marker);
        list.push_str(&indented(content, marker.len()));
    }
    let list = list.trim_matches('\n');
    let is_within_item = parent(element.node).is_some_and(|it| tag(&it) == Some("li"));
    match () {
        () if list.is_empty() => String::new().into(),
        () if is_within_item => format!("\n{list}\n").into(),
        () => format!("\n\n{list}\n\n").into(),
    }
}

/// A line break is one, without blanks that nobody sees.
fn line_break(element: &Element) -> HandlerResult {
    let in_heading = is_within(element.node, |it| HEADINGS.contains(&it));
    if in_heading { " " } else { "\n" }.into()
}

/// A link around blocks, such as a card with a heading, is its blocks alone.
fn link(handlers: &dyn Handlers, element: Element) -> Option<HandlerResult> {
    let is_block = |tag: &str| HEADINGS.contains(&tag) || matches!(tag, "p" | "div" | "ul" | "ol" | "table" | "pre");
    if has_within(element.node, is_block) {
        return Some(handlers.walk_children(element.node));
    }
    handlers.fallback(element)
}

/// A picture whose data are in the page is its description alone.
fn image(handlers: &dyn Handlers, element: Element) -> Option<HandlerResult> {
    let inside =
        attribute(element.node, "src")?.trim_start().get(..5).is_some_and(|it| it.eq_ignore_ascii_case("data:"));
    if !inside {
        return handlers.fallback(element);
    }
    let description = attribute(element.node, "alt").unwrap_or_default();
    let words: Vec<&str> = description.split_whitespace().collect();
    (!words.is_empty()).then(|| format!("![{}]()", words.join(" ")).into())
}

/// Code is fenced as it stands; in a cell of a table, where no fence can be, each line is code.
fn code(element: &Element, in_cell: bool) -> HandlerResult {
    let all = text(element.node);
    let code = all.strip_suffix('\n').unwrap_or(&all);
    let longest = code.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    if in_cell {
        let ticks = "`".repeat(longest + 1);
        let lines: Vec<String> =
            code.lines().filter(|it| !it.trim().is_empty()).map(|line| format!("{ticks} {line} {ticks}")).collect();
        return lines.join("\n").into();
    }
    let fence = "`".repeat(3.max(longest + 1));
    let language = language(element.node).unwrap_or_default();
    format!("\n\n{fence}{language}\n{code}\n{fence}\n\n").into()
}

/// The language that the class of a `pre`, or of the `code` in it, names.
fn language(pre: &Rc<Node>) -> Option<String> {
    let of = |node: &Node| {
        let class = attribute(node, "class")?;
        let mut words = class.split_ascii_whitespace();
        words.find_map(|it| it.strip_prefix("language-").or_else(|| it.strip_prefix("lang-")).map(str::to_owned))
    };
    of(pre).or_else(|| children(pre, &["code"]).first().and_then(|it| of(it))).filter(|it| !it.contains('`'))
}

/// A table of data is a Markdown table. One that only lays out the page is what its cells hold.
fn table(handlers: &dyn Handlers, element: &Element, cells: &AtomicUsize) -> HandlerResult {
    let rows: Vec<Vec<Rc<Node>>> = rows(element.node).iter().map(|row| children(row, &["td", "th"])).collect();
    let captions = children(element.node, &["caption"]);
    let caption = captions.first().map(|it| handlers.walk_children(it).content.trim().to_owned()).unwrap_or_default();
    let mut blocks = vec![caption];
    if is_layout(element.node, &rows) {
        let contents = rows.iter().flatten().map(|it| handlers.walk_children(it).content);
        blocks.extend(contents.map(|it| it.trim_matches('\n').to_owned()));
    } else {
        cells.fetch_add(1, Ordering::Relaxed);
        let rows: Vec<Vec<Cell>> =
            rows.iter().map(|row| row.iter().map(|it| cell(handlers, it, rows.len())).collect()).collect();
        cells.fetch_sub(1, Ordering::Relaxed);
        blocks.push(markdown_table(&rows));
    }
    blocks.retain(|it| !it.trim().is_empty());
    format!("\n\n{}\n\n", blocks.join("\n\n")).into()
}

fn cell(handlers: &dyn Handlers, node: &Rc<Node>, row_count: usize) -> Cell {
    let span = |name: &str| attribute(node, name).and_then(|it| it.trim().parse::<usize>().ok());
    let rows = match span("rowspan") {
        // To the end of the table.
        Some(0) => row_count,
        Some(rows) => rows,
        None => 1,
    };
    Cell { text: handlers.walk_children(node).content, columns: span("colspan").unwrap_or(1), rows }
}

fn rows(table: &Node) -> Vec<Rc<Node>> {
    let parts = children(table, &["thead", "tbody", "tfoot", "tr"]);
    parts
        .into_iter()
        .flat_map(|part| if tag(&part) == Some("tr") { vec![part] } else { children(&part, &["tr"]) })
        .collect()
}

fn is_layout(table: &Rc<Node>, rows: &[Vec<Rc<Node>>]) -> bool {
    let is_said = attribute(table, "role").is_some_and(|it| matches!(it.trim(), "presentation" | "none"));
    is_said
        || rows.iter().map(Vec::len).sum::<usize>() <= 1
        || has_within(table, |it| it == "table" || HEADINGS.contains(&it))
}
