//! A graph for a terminal: a paragraph for each step, with the steps that its outputs feed.

use std::fmt::Write as _;

use super::Graph;
use crate::view::text::line;

#[must_use]
pub fn text(graph: &Graph) -> String {
    let mut shown = format!("{}\n", line(&graph.title()));
    let wide = graph.nodes.iter().map(|node| node.name.chars().count()).max().unwrap_or_default().max(9);
    for (place, node) in graph.nodes.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(shown, "\n{:<wide$}  {}", line(&node.name), line(&node.each));
        for (word, what) in &node.parts {
            let _ = writeln!(shown, "  {word:<width$}  {}", line(what), width = wide - 2);
        }
        let fed = graph.fed_by(place);
        if !fed.is_empty() {
            let _ = writeln!(shown, "  {:<width$}  {}", "feeds", line(&fed.join(", ")), width = wide - 2);
        }
    }
    shown
}
