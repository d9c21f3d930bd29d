//! Operators that check their operands: what a template or an expression is compiled as.
//!
//! The engine orders values of different kinds by their kind, in silence, inside its machine: `"5" > 100` is true. No
//! hook of it sees a comparison, and its syntax tree is not a stable interface. So the source is read here once more,
//! by the engine's own grammar, and rewritten before it is compiled: each comparison becomes a call of a checked
//! filter (`a < b` becomes `((a)|lt_checked((b)))`), and the operands of arithmetic lose the text of their cell first.
//! Filters are taken because, unlike functions, a template cannot replace them by a variable.
//!
//! A chain (`a < b < c`) becomes `(a < b and b < c)`, so that it stops where the engine's own would. What is not an
//! operator stays byte for byte as it was written, and [`Rewritten::offset`] leads from an error back to it.
//!
//! The tests (`is gt`, `select("gt", 5)`) and the filters that order values check theirs in [`super::functions`].

use std::collections::HashMap;

mod lexer;
mod node;
mod parser;
mod rewrite;
mod statements;

pub(super) use node::{Access, Binding, Node, NodeKind, Operator, Unparsed};
pub(super) use rewrite::Rewritten;

/// The expressions in a template or an expression, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Expressions {
    nodes: Vec<Node>,
    /// What the template gives names of its own: several values where a name is given several.
    bound: HashMap<String, Vec<Binding>>,
}

impl Expressions {
    /// Reads the expressions between the delimiters of a template that compiles.
    pub(super) fn of_template(source: &str) -> Result<Self, Unparsed> {
        let mut found = Self::default();
        for tag in lexer::tags(source) {
            let (nodes, bound) = statements::read_tag(source, &tag)?;
            found.nodes.extend(nodes);
            for (name, binding) in bound {
                found.bound.entry(name).or_default().push(binding);
            }
        }
        Ok(found)
    }

    /// Reads an expression that compiles.
    pub(super) fn of_expression(source: &str) -> Result<Self, Unparsed> {
        let tokens = lexer::tokens(source, 0, None).0;
        parser::read_expression(source, &tokens).map(|node| Self { nodes: vec![node], bound: HashMap::new() })
    }

    /// The outermost expressions.
    pub(super) fn outermost(&self) -> &[Node] {
        &self.nodes
    }

    /// The source with checked operators.
    pub(super) fn rewrite(&self, source: &str) -> Result<Rewritten, Unparsed> {
        Rewritten::of(source, &self.nodes)
    }

    /// Calls `visit` with every expression and every part of one, outermost first.
    pub(super) fn each(&self, visit: &mut impl FnMut(&Node)) {
        fn walk(node: &Node, visit: &mut impl FnMut(&Node)) {
            visit(node);
            node.children.iter().for_each(|child| walk(child, visit));
        }
        self.nodes.iter().for_each(|node| walk(node, visit));
    }

    /// Whether the template gives a name a value of which `is_it` is true.
    pub(super) fn is_bound(&self, is_it: &dyn Fn(&Binding) -> bool) -> bool {
        self.bound.values().flatten().any(is_it)
    }

    /// The values that the template itself gives `name`; `None` if it gives it none.
    pub(super) fn bound(&self, name: &str) -> Option<&[Binding]> {
        self.bound.get(name).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests;
