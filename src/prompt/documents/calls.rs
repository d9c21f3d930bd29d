//! The calls of functions over documents in a template, read before it is rendered: which documents they read.

use super::arguments::DocumentFunction;
use super::names::DocumentUse;
use crate::prompt::operators::{Expressions, Node, NodeKind};
use crate::prompt::paths::literal;

/// The function that a node names, unless the template gives that name a value of its own.
fn named(node: &Node, expressions: &Expressions, source: &str) -> Option<DocumentFunction> {
    let node = node.bare();
    let name = source.get(node.start..node.end).filter(|_| node.kind == NodeKind::Name)?;
    DocumentFunction::of(name).filter(|_| expressions.bound(name).is_none())
}

/// A call of a function over documents.
pub(super) struct DocumentCall<'a> {
    pub(super) function: DocumentFunction,
    pub(super) node: &'a Node,
    arguments: &'a [Node],
}

/// Calls `visit` with each call, and with each function that is named and not called.
pub(super) fn visit<'a>(
    expressions: &'a Expressions,
    source: &str,
    visit: &mut dyn FnMut(Result<DocumentCall<'a>, (DocumentFunction, &'a Node)>),
) {
    fn walk<'a>(
        node: &'a Node,
        (expressions, source): (&Expressions, &str),
        visit: &mut dyn FnMut(Result<DocumentCall<'a>, (DocumentFunction, &'a Node)>),
    ) {
        if let Some(function) = named(node, expressions, source) {
            return visit(Err((function, node)));
        }
        let mut children = node.children.as_slice();
        if let (NodeKind::Call, [callee, arguments @ ..]) = (&node.kind, children)
            && let Some(function) = named(callee, expressions, source)
        {
            visit(Ok(DocumentCall { function, node, arguments }));
            children = arguments;
        }
        for child in children {
            walk(child, (expressions, source), visit);
        }
    }
    for node in expressions.outermost() {
        walk(node, (expressions, source), visit);
    }
}

impl<'a> DocumentCall<'a> {
    /// The argument of each parameter; `None` if some are not written one by one (`*list`).
    pub(super) fn bound(&self, source: &str) -> Option<Result<Vec<Option<&'a Node>>, String>> {
        let is_spread = |node: &Node| source[..node.start].trim_end().ends_with('*');
        if self.arguments.iter().any(is_spread) {
            return None;
        }
        let name = |node: &'a Node| match (&node.kind, node.children.as_slice()) {
            (NodeKind::Named(name), [value]) => Some((name.clone(), value)),
            _ => None,
        };
        let placed = self.arguments.iter().filter(|node| name(node).is_none());
        Some(self.function.bind(placed, self.arguments.iter().filter_map(name)))
    }

    /// The argument of the parameter `name`.
    pub(super) fn argument(&self, name: &str, source: &str) -> Option<&'a Node> {
        let place = self.function.parameters().iter().position(|it| it.name == name)?;
        self.bound(source)?.ok()?.get(place).copied().flatten()
    }
}

/// The documents that the expressions of a template read.
pub(in crate::prompt) fn uses(expressions: &Expressions, source: &str) -> DocumentUse {
    let mut found = DocumentUse::default();
    visit(expressions, source, &mut |call| {
        let Ok(call) = call else { return };
        let is_retrieve = call.function == DocumentFunction::Retrieve;
        found.retrieves |= is_retrieve;
        if call.bound(source).is_none() {
            found.any_knowledge = true;
            found.lines |= !is_retrieve;
            found.input |= !is_retrieve;
        }
        match call.argument("knowledge", source) {
            Some(node) => {
                found.lines |= !is_retrieve;
                match literal(node, source) {
                    Some(name) => _ = found.knowledge.insert(name.to_owned()),
                    None => found.any_knowledge = true,
                }
            }
            None => found.input |= !is_retrieve,
        }
    });
    found
}
