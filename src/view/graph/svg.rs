//! A graph as SVG without scripts, styles or anything loaded. Its colours can be read on light and on dark backgrounds;
//! a page around it may change them by its classes.

use std::fmt::Write as _;

use super::layout::{BoxPosition, BoxSize, EdgeSegment, Layout, place};
use super::{Graph, GraphNode};
use crate::view::text::{cut, line};

/// How many characters of a line are shown.
const LONGEST: usize = 46;
/// The assumed width of a character, in pixels.
const CHARACTER: i64 = 8;
const LINE: i64 = 17;
const PADDING: i64 = 10;

#[must_use]
pub fn svg(graph: &Graph) -> String {
    let blocks: Vec<Vec<String>> =
        std::iter::once(vec![shown(&graph.input)]).chain(graph.nodes.iter().map(lines)).collect();
    let sizes: Vec<BoxSize> = blocks.iter().map(|lines| size(lines)).collect();
    let edges = edges(graph);
    let Layout { width, height, boxes, edges } = place(&sizes, &edges);
    let title = escape(&graph.title());
    let mut shown = format!(
        "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{title}\" font-family=\"ui-monospace, Menlo, Consolas, monospace\" \
         font-size=\"13\"><title>{title}</title>"
    );
    for legs in &edges {
        edge(&mut shown, legs);
    }
    for (at, (lines, place)) in blocks.iter().zip(&boxes).enumerate() {
        block(&mut shown, lines, *place, at == 0);
    }
    shown.push_str("</svg>\n");
    shown
}

/// Edges between the boxes; the input is the first box.
fn edges(graph: &Graph) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        if node.parents.is_empty() {
            edges.push((0, at + 1));
        }
        edges.extend(node.parents.iter().filter(|parent| **parent < at).map(|parent| (parent + 1, at + 1)));
    }
    edges
}

fn lines(node: &GraphNode) -> Vec<String> {
    let parts = node.parts.iter().map(|(word, what)| shown(&format!("{word} {what}")));
    [shown(&node.name), shown(&node.each)].into_iter().chain(parts).collect()
}

fn shown(value: &str) -> String {
    cut(&line(value), LONGEST).into_owned()
}

fn size(lines: &[String]) -> BoxSize {
    // Beyond Latin, Greek and Cyrillic a character may be twice as wide.
    let columns = |line: &String| line.chars().map(|it| if u32::from(it) < 0x1100 { 1 } else { 2 }).sum::<i64>();
    let widest = lines.iter().map(columns).max().unwrap_or_default();
    let count = i64::try_from(lines.len()).unwrap_or_default();
    BoxSize { width: widest * CHARACTER + 2 * PADDING, height: count * LINE + PADDING + 4 }
}

fn edge(svg: &mut String, legs: &[EdgeSegment]) {
    let Some((first, last)) = legs.first().zip(legs.last()) else { return };
    let mut path = format!("M{} {}", first.from.0, first.from.1);
    for leg in legs {
        let middle = i64::midpoint(leg.down, leg.to.1);
        // Writing to a string cannot fail.
        let _ = write!(path, "V{}C{} {middle} {} {middle} {} {}", leg.down, leg.from.0, leg.to.0, leg.to.0, leg.to.1);
    }
    let (x, y) = last.to;
    let _ = write!(
        svg,
        "<path class=\"edge\" d=\"{path}\" fill=\"none\" stroke=\"#808a95\" stroke-width=\"1.5\"/>\
         <path class=\"tip\" d=\"M{x} {y}l-4 -8h8z\" fill=\"#808a95\"/>"
    );
}

fn block(svg: &mut String, lines: &[String], place: BoxPosition, is_input: bool) {
    let BoxPosition { x, y, width, height } = place;
    let (class, round) = if is_input { ("box input", height / 2) } else { ("box", 4) };
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\" \
         fill=\"#f4f6f8\" stroke=\"#808a95\"/>"
    );
    for (number, line) in (0_i64..).zip(lines) {
        let top = y + PADDING + number * LINE + 9;
        let (class, fill, weight) =
            if number == 0 { ("name", "#1c2024", " font-weight=\"600\"") } else { ("part", "#4a525b", "") };
        let _ = write!(
            svg,
            "<text class=\"{class}\" x=\"{}\" y=\"{top}\" fill=\"{fill}\"{weight}>{}</text>",
            x + PADDING,
            escape(line)
        );
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in line(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
