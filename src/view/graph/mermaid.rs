//! A graph as a Mermaid flowchart, for pages in Markdown.

use std::fmt::Write as _;

use super::Graph;
use crate::view::text::{cut, line};

/// How many characters of a part are shown.
const LONGEST: usize = 60;

#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut shown = format!("flowchart TD\n    input[(\"{}\")]\n", escape(&graph.input));
    for (place, node) in graph.nodes.iter().enumerate() {
        let mut label = format!("<b>{}</b><br/>{}", escape(&node.name), escape(&node.each));
        for (word, what) in &node.parts {
            // Writing to a string cannot fail.
            let _ = write!(label, "<br/>{word} {}", escape(what));
        }
        let _ = writeln!(shown, "    s{place}[\"{label}\"]");
    }
    for (place, node) in graph.nodes.iter().enumerate() {
        if node.parents.is_empty() {
            let _ = writeln!(shown, "    input --> s{place}");
        }
        for parent in &node.parents {
            let _ = writeln!(shown, "    s{parent} --> s{place}");
        }
    }
    shown
}

/// Escapes a value for a quoted label: what Mermaid, Markdown or HTML would take as markup becomes an entity.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 8);
    for character in cut(&line(value), LONGEST).chars() {
        let is_plain = character.is_alphanumeric() || !character.is_ascii() || " ,.:/()+-=_%".contains(character);
        if is_plain {
            escaped.push(character);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "#{};", u32::from(character));
        }
    }
    escaped
}
