//! What is known of the values of a template's expressions before it is rendered: [`Scope`].
//!
//! The names that a template gives itself (`for x in …`, `set x = …`) are followed to what they are given. A name that
//! is given several values is known as far as all of them agree. Nothing here is guessed: what cannot be followed is
//! unknown.

use super::documents::{DocumentFunction, passage_schema};
use super::known::Known;
use super::operators::{Access, Binding, Expressions, Node, NodeKind};
use super::paths::{is_number, literal, path};
use super::shape::{JsonKind, Shape};

/// How many values of names and parts of expressions are followed.
const DEPTH: usize = 16;

/// The names in a template and what they stand for.
pub(super) struct Scope<'a> {
    pub(super) known: &'a Known,
    pub(super) expressions: &'a Expressions,
    pub(super) source: &'a str,
}

impl Scope<'_> {
    pub(super) fn text(&self, node: &Node) -> &str {
        self.source.get(node.start..node.end).unwrap_or_default()
    }

    /// The dotted path of a value that the template is given, such as `row.amount`.
    pub(super) fn given(&self, node: &Node) -> Option<String> {
        let path = path(node, self.source)?;
        let head = path.split('.').next()?;
        (self.known.has(head) && self.expressions.bound(head).is_none()).then_some(path)
    }

    /// Whether the value is the row, by its name or by one that the template gives it.
    pub(super) fn is_row(&self, node: &Node) -> bool {
        self.is_row_within(node, DEPTH)
    }

    fn is_row_within(&self, node: &Node, depth: usize) -> bool {
        let (node, Some(depth)) = (node.bare(), depth.checked_sub(1)) else { return false };
        let is_row = |it: &Binding| matches!(it, Binding::Value(value) if self.is_row_within(value, depth));
        self.given(node).is_some_and(|path| path == "row")
            || node.kind == NodeKind::Name && self.own(self.text(node)).is_some_and(|all| all.iter().any(is_row))
    }

    /// The schemas of what a value may be; `None` if it is not known.
    pub(super) fn shapes(&self, node: &Node) -> Option<Vec<Shape>> {
        self.shapes_within(node, DEPTH)
    }

    /// The one kind of a value where it is not none; `None` if it is not known.
    pub(super) fn kind(&self, node: &Node) -> Option<JsonKind> {
        self.kind_within(node, DEPTH)
    }

    fn shapes_within(&self, node: &Node, depth: usize) -> Option<Vec<Shape>> {
        let (node, depth) = (node.bare(), depth.checked_sub(1)?);
        if let Some(shape) = self.given(node).and_then(|path| self.known.shape(&path)) {
            return Some(vec![shape]);
        }
        let of = |child: &Node| self.shapes_within(child, depth);
        match (&node.kind, node.children.as_slice()) {
            (NodeKind::Name, _) => self.shapes_of_name(self.text(node), depth),
            (NodeKind::Access(Access::Attribute(name)), [value]) => fields(&of(value)?, name),
            (NodeKind::Access(Access::Index), [value, index]) => match literal(index, self.source) {
                Some(name) => fields(&of(value)?, name),
                None if is_number(index) => elements(&of(value)?),
                None => None,
            },
            (NodeKind::Call, [callee, ..]) if self.is_retrieve(callee) => Some(vec![Shape::of(passage_schema())]),
            (NodeKind::Slice, [value, ..]) => of(value).filter(|shapes| are_lists(shapes)),
            (NodeKind::Filter(name), [value, arguments @ ..]) => {
                let shapes = of(value).filter(|shapes| are_lists(shapes))?;
                match name.as_str() {
                    "first" | "last" | "max" | "min" => elements(&shapes),
                    "sort" | "reverse" | "list" | "unique" | "select" | "reject" | "merge_similar" | "closest" => {
                        Some(shapes)
                    }
                    "selectattr" | "rejectattr" if !self.asks_for_presence(arguments) => Some(shapes),
                    "map" => {
                        let attribute = self.attribute(name, arguments)?;
                        let items = elements(&shapes)?;
                        fields(&items, attribute).map(|shapes| shapes.into_iter().map(Shape::list).collect())
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a node is the function `retrieve`.
    fn is_retrieve(&self, node: &Node) -> bool {
        let name = self.text(node.bare());
        DocumentFunction::of(name) == Some(DocumentFunction::Retrieve) && self.expressions.bound(name).is_none()
    }

    fn shapes_of_name(&self, name: &str, depth: usize) -> Option<Vec<Shape>> {
        let of = |binding: &Binding| match binding {
            Binding::Element(list) => elements(&self.shapes_within(list, depth)?),
            Binding::Value(value) => self.shapes_within(value, depth),
            Binding::Unknown => None,
        };
        let all: Option<Vec<_>> = self.own(name)?.iter().map(of).collect();
        Some(all?.into_iter().flatten().collect())
    }

    /// What the template itself gives a name that it is not given.
    fn own(&self, name: &str) -> Option<&[Binding]> {
        self.expressions.bound(name).filter(|_| !self.known.has(name))
    }

    fn kind_within(&self, node: &Node, depth: usize) -> Option<JsonKind> {
        let (node, depth) = (node.bare(), depth.checked_sub(1)?);
        if let Some(kind) = self.given(node).and_then(|path| self.known.kind(&path)) {
            return Some(kind);
        }
        match (&node.kind, node.children.as_slice()) {
            (NodeKind::Text | NodeKind::Join, _) => return Some(JsonKind::Text),
            (NodeKind::Number | NodeKind::Negate, _) => return Some(JsonKind::Number),
            (NodeKind::Compare(_) | NodeKind::Test(_), _) => return Some(JsonKind::Bool),
            (NodeKind::Filter(name), _) => {
                if let Some(kind) = kind_of_filter(name) {
                    return Some(kind);
                }
            }
            (NodeKind::Name, _) if matches!(self.text(node), "true" | "True" | "false" | "False") => {
                return Some(JsonKind::Bool);
            }
            (NodeKind::Name, _) => {
                if let Some(kind) = self.kind_of_name(self.text(node), depth) {
                    return Some(kind);
                }
            }
            _ => {}
        }
        let shapes = self.shapes_within(node, depth)?;
        let kind = shapes.first()?.kind()?;
        shapes.iter().all(|shape| shape.kind() == Some(kind)).then_some(kind)
    }

    fn kind_of_name(&self, name: &str, depth: usize) -> Option<JsonKind> {
        let bindings = self.own(name)?;
        let of = |binding: &Binding| match binding {
            Binding::Value(value) => self.kind_within(value, depth),
            Binding::Element(_) | Binding::Unknown => None,
        };
        let kind = of(bindings.first()?)?;
        bindings.iter().all(|binding| of(binding) == Some(kind)).then_some(kind)
    }

    /// The attribute that a filter over a list reads of each element, where it is written and may not be missing.
    pub(super) fn attribute<'n>(&'n self, filter: &str, arguments: &'n [Node]) -> Option<&'n str> {
        let named = |wanted: &str| {
            arguments.iter().find_map(|argument| match (&argument.kind, argument.children.as_slice()) {
                (NodeKind::Named(name), [value]) if name == wanted => Some(value),
                _ => None,
            })
        };
        let position = match filter {
            "groupby" | "selectattr" | "rejectattr" => Some(0),
            "join" => Some(1),
            _ => None,
        };
        let placed = position.and_then(|at| arguments.get(at)).filter(|it| !matches!(it.kind, NodeKind::Named(_)));
        let written = literal(placed.or_else(|| named("attribute"))?, self.source)?;
        (named("default").is_none() && !self.asks_for_presence(arguments) && !written.contains(',')).then_some(written)
    }

    fn asks_for_presence(&self, arguments: &[Node]) -> bool {
        arguments.iter().any(|it| matches!(literal(it, self.source), Some("defined" | "undefined")))
    }
}

/// The kind of what a filter makes, where it is always the same.
fn kind_of_filter(name: &str) -> Option<JsonKind> {
    match name {
        "upper" | "lower" | "title" | "capitalize" | "replace" | "trim" | "string" | "join" | "indent" | "format"
        | "tojson" => Some(JsonKind::Text),
        "int" | "float" | "length" | "count" | "abs" | "round" | "count_words" => Some(JsonKind::Number),
        "bool" => Some(JsonKind::Bool),
        _ => None,
    }
}

fn are_lists(shapes: &[Shape]) -> bool {
    shapes.iter().all(|shape| shape.kind() == Some(JsonKind::List))
}

fn elements(shapes: &[Shape]) -> Option<Vec<Shape>> {
    shapes.iter().map(|shape| Some(shape).filter(|it| it.kind() == Some(JsonKind::List))?.items()).collect()
}

/// What a dotted path leads to in each of the values. Where it leads to nothing in one, that is no value.
fn fields(shapes: &[Shape], path: &str) -> Option<Vec<Shape>> {
    let path: Vec<&str> = path.split('.').collect();
    let found = shapes.iter().filter_map(|shape| shape.follow(&path).ok());
    let found: Option<Vec<Shape>> = found.collect();
    found.filter(|found| !found.is_empty())
}
