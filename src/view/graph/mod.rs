//! Drawings of a task: its steps in the order in which they feed each other, as text, Mermaid or SVG.
//!
//! A [`Graph`] holds plain texts and indexes, so that any caller who knows a task can fill one in. [`text`](text()),
//! [`mermaid`](mermaid()) and [`svg`](svg()) are pure functions of it: the same graph gives the same bytes. No value
//! can open markup or act on a terminal.

mod layout;
mod mermaid;
mod svg;
mod text;

pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

/// The steps of a task, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    pub run: String,
    /// The table that the first steps read.
    pub input: String,
    /// Each after its parents.
    pub nodes: Vec<GraphNode>,
}

/// A step, or the perspectives of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphNode {
    pub name: String,
    /// What each work item is made from, in words.
    pub each: String,
    /// Its properties in order: a label and a text.
    pub parts: Vec<(&'static str, String)>,
    /// The indexes of the nodes that it takes from; empty if it reads the input.
    pub parents: Vec<usize>,
}

impl Graph {
    /// A sentence that sums up the graph.
    #[must_use]
    pub fn title(&self) -> String {
        let steps = if self.nodes.len() == 1 { "step" } else { "steps" };
        format!("{}: {} {steps} over {}", self.run, self.nodes.len(), self.input)
    }

    /// Returns the names of the steps that take from the one at `index`.
    fn fed_by(&self, index: usize) -> Vec<&str> {
        self.nodes.iter().filter(|node| node.parents.contains(&index)).map(|node| node.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests;
