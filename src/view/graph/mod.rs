//! A drawing of a task: its steps in the order in which they feed each other, as text, Mermaid or SVG.
//!
//! The model is plain texts and places, so that whoever knows a task can fill it in; a drawing is a pure function of
//! it, and the same task gives the same bytes. Every value is text wherever it stands: it opens no markup, and what a
//! terminal would act on is written as an escape.

mod layout;
mod mermaid;
mod svg;
mod text;

pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

/// A task, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The run's name.
    pub run: String,
    /// The table that the first steps read.
    pub input: String,
    /// The steps, each after those that it takes from.
    pub nodes: Vec<Node>,
}

/// A step, or the perspectives of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What becomes a work item of it, in words.
    pub each: String,
    /// What it is made of, in order: a word, and what there is to say.
    pub parts: Vec<(&'static str, String)>,
    /// The places of the nodes that it takes from; none where that is the input.
    pub parents: Vec<usize>,
}

impl Graph {
    /// The drawing in a sentence.
    #[must_use]
    pub fn title(&self) -> String {
        let steps = if self.nodes.len() == 1 { "step" } else { "steps" };
        format!("{}: {} {steps} over {}", self.run, self.nodes.len(), self.input)
    }

    /// The names of the steps that take from the one at `place`.
    fn fed_by(&self, place: usize) -> Vec<&str> {
        self.nodes.iter().filter(|node| node.parents.contains(&place)).map(|node| node.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests;
