//! Formulas of a docx as one line of text: powers, indices, fractions, roots, sums and brackets.

use super::super::markup::raised;
use super::open::{Paragraph, Stand};

/// The formulas that are open.
#[derive(Debug, Default)]
pub(super) struct Math {
    depth: usize,
    /// For each open part, what stands before it, and where it starts in the paragraph.
    parts: Vec<(&'static str, usize)>,
    brackets: Vec<Brackets>,
    /// The sign of the open sum, product or integral.
    sign: String,
}

#[derive(Debug)]
struct Brackets {
    left: String,
    right: String,
    is_open: bool,
}

impl Math {
    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Begins an element; returns whether its form cannot be told in a line.
    pub(super) fn start(&mut self, name: &str, value: Option<String>, paragraph: &mut Paragraph) -> bool {
        self.depth += usize::from(name == "oMath");
        let mut push = |text: &str| paragraph.push(text, Stand::default());
        match name {
            "sup" | "sub" | "num" | "den" => {
                let before = match name {
                    "sup" => "^",
                    "sub" => "_",
                    "den" => "/",
                    _ => "",
                };
                paragraph.end_stand();
                self.parts.push((before, paragraph.text.len()));
            }
            "rad" => push("√("),
            "nary" => "∫".clone_into(&mut self.sign),
            "chr" => self.sign = value.unwrap_or_default(),
            "d" => self.brackets.push(Brackets { left: "(".to_owned(), right: ")".to_owned(), is_open: false }),
            "begChr" | "endChr" => {
                if let Some(open) = self.brackets.last_mut() {
                    let sign = if name == "begChr" { &mut open.left } else { &mut open.right };
                    *sign = value.unwrap_or_default();
                }
            }
            "e" => {
                if let Some(open) = self.brackets.last_mut().filter(|it| !it.is_open) {
                    open.is_open = true;
                    push(&open.left);
                }
            }
            _ => {}
        }
        matches!(name, "m" | "eqArr" | "limLow" | "limUpp" | "acc" | "bar" | "groupChr" | "sPre" | "deg" | "sepChr")
    }

    /// Ends an element.
    pub(super) fn end(&mut self, name: &str, paragraph: &mut Paragraph) {
        if self.depth == 0 {
            return;
        }
        match name {
            "oMath" => self.depth -= 1,
            "sup" | "sub" | "num" | "den" => {
                paragraph.end_stand();
                if let Some((before, start)) = self.parts.pop() {
                    let text = paragraph.text.split_off(start.min(paragraph.text.len()));
                    paragraph.text.push_str(&raised(before, &text));
                }
            }
            "rad" => paragraph.push(")", Stand::default()),
            "naryPr" => paragraph.push(&std::mem::take(&mut self.sign), Stand::default()),
            "d" => {
                if let Some(open) = self.brackets.pop().filter(|it| it.is_open) {
                    paragraph.push(&open.right, Stand::default());
                }
            }
            _ => {}
        }
    }
}
