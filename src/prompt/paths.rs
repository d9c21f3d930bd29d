//! What the expressions of a template say about names: which ones they allow to be missing, and where a text is
//! compared with a number.

use std::collections::BTreeSet;

use super::functions::COMPARING;
use super::operators::{Access, Expressions, Node, NodeKind, Operator};

/// The dotted path of a variable with attributes, as in `row.amount` or `row["Order number"]`.
pub(super) fn path(node: &Node, source: &str) -> Option<String> {
    let node = node.bare();
    match (&node.kind, node.children.as_slice()) {
        (NodeKind::Name, _) => Some(source.get(node.start..node.end)?.to_owned()),
        (NodeKind::Access(Access::Attribute(name)), [of]) => Some(format!("{}.{name}", path(of, source)?)),
        (NodeKind::Access(Access::Index), [of, index]) => {
            let key = match index.bare().kind {
                NodeKind::Text => {
                    let written = source.get(index.bare().start + 1..index.bare().end.checked_sub(1)?)?;
                    (!written.contains(['\\', '"', '\''])).then_some(written)?
                }
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

/// The paths that a template asks about (`is defined`) or has a default for. These may be missing, and no others.
pub(super) fn excused(expressions: &Expressions, source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    expressions.each(&mut |node| {
        let asks = match &node.kind {
            NodeKind::Test(name) => name == "defined" || name == "undefined",
            NodeKind::Filter(name) => name == "default" || name == "d",
            _ => false,
        };
        if asks && let Some(path) = node.children.first().and_then(|it| path(it, source)) {
            found.insert(path);
        }
    });
    found
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

/// A comparison of a value that is a text with a number that stands in the template.
pub(super) struct TextAndNumber {
    /// The path of the text.
    pub(super) path: String,
    /// The comparison as written, and its byte offset.
    pub(super) written: String,
    pub(super) offset: usize,
    pub(super) problem: Problem,
}

/// What is wrong with a text beside a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// They are ordered.
    Order,
    /// They are asked for being equal.
    Equality,
    /// A product repeats the text.
    Product,
}

impl Problem {
    fn of(operator: Operator) -> Self {
        if operator.orders() { Self::Order } else { Self::Equality }
    }

    /// In a message, after the name of the text.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Order => "is a text, which cannot be ordered against a number",
            Self::Equality => "is a text, which is never equal to a number",
            Self::Product => "is a text, which `*` repeats",
        }
    }
}

/// The first comparison of a number with a path for which `is_text`.
pub(super) fn text_and_number(
    expressions: &Expressions,
    source: &str,
    is_text: &dyn Fn(&str) -> bool,
) -> Option<TextAndNumber> {
    let mut found = None;
    expressions.each(&mut |node| {
        let text = |part: &Node| path(part, source).filter(|path| is_text(path));
        let pair = match (&node.kind, node.children.as_slice()) {
            (NodeKind::Compare(operators), operands) => {
                let mut links = operators.iter().zip(operands.windows(2));
                links.find_map(|(operator, pair)| compared(*operator, &pair[0], &pair[1], &text))
            }
            (NodeKind::Test(name), [value, argument]) => {
                let operator = COMPARING.iter().find(|(test, _)| test == name).map(|(_, operator)| *operator);
                operator.and_then(|operator| compared(operator, value, argument, &text))
            }
            (NodeKind::Filter(name), [list, ..]) if matches!(name.as_str(), "max" | "min" | "sort") => {
                let items = if list.bare().kind == NodeKind::List { list.bare().children.as_slice() } else { &[] };
                let mixed = items.iter().any(is_number);
                items.iter().find_map(&text).filter(|_| mixed).map(|path| (path, Problem::Order))
            }
            (NodeKind::Arithmetic, [left, right]) => {
                let between = source.get(left.end..right.start).unwrap_or_default();
                let is_product = between.contains('*') && !between.contains("**");
                [left, right].into_iter().find_map(&text).filter(|_| is_product).map(|path| (path, Problem::Product))
            }
            _ => None,
        };
        if found.is_none()
            && let Some((path, problem)) = pair
        {
            let written = source.get(node.start..node.end).unwrap_or_default().to_owned();
            found = Some(TextAndNumber { path, written, offset: node.start, problem });
        }
    });
    found
}

fn compared(
    operator: Operator,
    left: &Node,
    right: &Node,
    text: &dyn Fn(&Node) -> Option<String>,
) -> Option<(String, Problem)> {
    let numbers = |node: &Node| {
        let node = node.bare();
        let listed = matches!(operator, Operator::In | Operator::NotIn) && node.kind == NodeKind::List;
        is_number(node) || (listed && node.children.iter().any(is_number))
    };
    let path = match (text(left), text(right)) {
        (Some(path), None) if numbers(right) => path,
        (None, Some(path)) if is_number(left) => path,
        _ => return None,
    };
    Some((path, Problem::of(operator)))
}

/// Whether a number is written here.
fn is_number(node: &Node) -> bool {
    let node = node.bare();
    match (&node.kind, node.children.as_slice()) {
        (NodeKind::Number, _) => true,
        (NodeKind::Negate, [inner]) => is_number(inner),
        _ => false,
    }
}
