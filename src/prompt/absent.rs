//! Names in a template that no value can have, found before it is rendered: [`absent`]. It looks where the engine's own
//! list of names does not: at names in brackets, at those of a template's own variables, and at the attributes that
//! filters read from the elements of lists.

use std::collections::BTreeSet;

use super::documents::{PASSAGE_FIELDS, passage_schema};
use super::fault::{Fault, not_there};
use super::operators::{Access, Node, NodeKind};
use super::paths::{literal, path};
use super::scope::Scope;
use super::shape::{Missing, Shape};

/// The filters that read an attribute of each element.
const READING: [&str; 13] = [
    "map",
    "interleave",
    "sort",
    "unique",
    "min",
    "max",
    "sum",
    "join",
    "groupby",
    "selectattr",
    "rejectattr",
    "merge_similar",
    "closest",
];

/// The first name that no value can have. `excused` may be missing, and `called` are methods, which is said elsewhere.
pub(super) fn absent(scope: &Scope<'_>, excused: &BTreeSet<String>, called: &BTreeSet<String>) -> Option<Fault> {
    let mut found = None;
    scope.expressions.each(&mut |node| {
        if found.is_none() {
            let fault = in_node(scope, node);
            let is_excused = |it: &Fault| excused.contains(&it.name) && !scope.known.hides(&it.name);
            found = fault.filter(|it| !is_excused(it) && !called.contains(&it.name));
        }
    });
    found
}

/// The fault of reading a column that is gold from a value that is the row under any name.
fn gold(scope: &Scope<'_>, of: &Node, column: &str) -> Option<Fault> {
    scope.is_row(of).then(|| scope.known.settings().gold(&format!("row.{column}"), column)).flatten()
}

fn in_node(scope: &Scope<'_>, node: &Node) -> Option<Fault> {
    match (&node.kind, node.children.as_slice()) {
        (NodeKind::Access(access), [of, index @ ..]) => {
            if let Some(path) = scope.given(node) {
                return scope.known.unknown(&path).map(|fault| Fault { offset: Some(node.start), ..fault });
            }
            let name = match access {
                Access::Attribute(name) => name,
                Access::Index => literal(index.first()?, scope.source)?,
            };
            if let Some(fault) = gold(scope, of, name) {
                return Some(Fault { offset: Some(node.start), ..fault });
            }
            let shapes = scope.shapes(of)?;
            let missing = missing(&shapes, &[name])?;
            let name_of = |node: &Node| path(node, scope.source).unwrap_or_else(|| scope.text(node).to_owned());
            let mut fault = not_there(&missing, &name_of(of), &[name]);
            if !missing.names.is_empty() && shapes.iter().all(|shape| shape.is_within(passage_schema())) {
                fault.message = format!("`{}`: a passage has no field `{name}`", fault.name);
                fault.hint = format!("its fields are {}", PASSAGE_FIELDS.join(", "));
            }
            Some(Fault { name: name_of(node), offset: Some(node.start), ..fault })
        }
        (NodeKind::Filter(filter), [of, argument]) if filter == "attr" => {
            let fault = gold(scope, of, literal(argument, scope.source)?)?;
            Some(Fault { offset: Some(node.start), ..fault })
        }
        (NodeKind::Filter(filter), [list, arguments @ ..]) if READING.contains(&filter.as_str()) => {
            let attribute = scope.attribute(filter, arguments)?;
            let items: Option<Vec<Shape>> = scope.shapes(list)?.iter().map(Shape::items).collect();
            let segments: Vec<&str> = attribute.split('.').collect();
            let missing = missing(&items?, &segments)?;
            let fault = not_there(&missing, "x", &segments);
            let message =
                format!("`{}`: the elements of `{}` have no `{attribute}`", scope.text(node), scope.text(list));
            let hint = fault.hint.replace("`x.", "`");
            Some(Fault { message, hint, offset: Some(node.start), name: scope.text(node).to_owned() })
        }
        _ => None,
    }
}

/// Why a path leads to nothing, if it does so in all of the values.
fn missing(shapes: &[Shape], path: &[&str]) -> Option<Missing> {
    if path.iter().all(|segment| segment.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let all: Option<Vec<Missing>> = shapes.iter().map(|shape| shape.follow(path).err()).collect();
    all?.into_iter().next()
}
