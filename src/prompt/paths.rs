//! What the expressions of a template say about names: their paths, and which ones they allow to be missing.

use std::collections::BTreeSet;

use super::operators::{Access, Expressions, Node, NodeKind};

/// The dotted path of a variable with attributes, as in `row.amount` or `row["Order number"]`.
pub(super) fn path(node: &Node, source: &str) -> Option<String> {
    let node = node.bare();
    match (&node.kind, node.children.as_slice()) {
        (NodeKind::Name, _) => Some(source.get(node.start..node.end)?.to_owned()),
        (NodeKind::Access(Access::Attribute(name)), [of]) => Some(format!("{}.{name}", path(of, source)?)),
        (NodeKind::Access(Access::Index), [of, index]) => {
            let key = match index.bare().kind {
                NodeKind::Text => literal(index, source)?,
                NodeKind::Number => source.get(index.bare().start..index.bare().end)?,
                _ => return None,
            };
            Some(format!("{}.{key}", path(of, source)?))
        }
        _ => None,
    }
}

/// The paths that are read, each as long as it is written: of `row.amount` not also `row`.
pub(super) fn read(expressions: &Expressions, source: &str) -> BTreeSet<String> {
    fn walk(node: &Node, source: &str, found: &mut BTreeSet<String>) {
        match path(node, source) {
            Some(path) => _ = found.insert(path),
            None => node.children.iter().for_each(|child| walk(child, source, found)),
        }
    }
    let mut found = BTreeSet::new();
    expressions.outermost().iter().for_each(|node| walk(node, source, &mut found));
    found
}

/// The text that is written here, if it is a plain one.
pub(super) fn literal<'s>(node: &Node, source: &'s str) -> Option<&'s str> {
    let node = node.bare();
    if node.kind != NodeKind::Text {
        return None;
    }
    let written = source.get(node.start + 1..node.end.checked_sub(1)?)?;
    (!written.contains(['\\', '"', '\''])).then_some(written)
}

/// Whether a number is written here.
pub(super) fn is_number(node: &Node) -> bool {
    let node = node.bare();
    match (&node.kind, node.children.as_slice()) {
        (NodeKind::Number, _) => true,
        (NodeKind::Negate, [inner]) => is_number(inner),
        _ => false,
    }
}

/// The paths that a template asks about (`is defined`) or has a default for. These may be missing, and no others.
pub(super) fn excused(expressions: &Expressions, source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    expressions.each(&mut |node| {
        let asks = match &node.kind {
            NodeKind::Test(name) => name == "defined" || name == "undefined",
            NodeKind::Filter(name) => name == "default" || name == "d",
            _ => false,
        };
        if asks && let Some(value) = node.children.first() {
            let written = || source.get(value.start..value.end).unwrap_or_default().to_owned();
            found.insert(path(value, source).unwrap_or_else(written));
        }
    });
    found
}

/// The paths that are read, without those that are asked about or have a default, and what stands behind them.
pub(super) fn unguarded(expressions: &Expressions, source: &str) -> BTreeSet<String> {
    let excused = excused(expressions, source);
    let mut found = read(expressions, source);
    found.retain(|path| !excused.iter().any(|asked| is_within(path, asked)));
    found
}

/// Whether `path` is `of`, or leads to a part of it.
pub fn is_within(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The paths that are called, as in `row.text.lower()`.
pub(super) fn called(expressions: &Expressions, source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    expressions.each(&mut |node| {
        if node.kind == NodeKind::Call {
            found.extend(node.children.first().and_then(|it| path(it, source)));
        }
    });
    found
}
