//! What a template uses of the values that it is given: [`uses`]. The names that it gives itself (`for`, `set`) are
//! followed back to these, so that a loop uses no more of its list than it reads of each element.
//!
//! What cannot be followed counts as used as a whole.

use std::collections::BTreeSet;

use super::operators::{Access, Binding, Expressions, Node, NodeKind};
use super::paths::{is_number, literal};
use crate::record::{OutputPath, PathPart};

/// How many names and parts of expressions are followed.
const DEPTH: usize = 16;
/// How many values a name can stand for.
const MAX_VALUES: usize = 64;

/// The paths that are used, each from a variable on: `item.evidence[].quote`. All that is below one is used too.
pub(super) fn uses(expressions: &Expressions, source: &str) -> BTreeSet<OutputPath> {
    let mut uses = Uses { expressions, source, found: BTreeSet::new() };
    for node in expressions.outermost() {
        // What a name stands for is used where the name is.
        if !uses.is_given_a_name(node) {
            uses.add(node);
        }
    }
    uses.found
}

struct Uses<'a> {
    expressions: &'a Expressions,
    source: &'a str,
    found: BTreeSet<OutputPath>,
}

impl Uses<'_> {
    fn is_given_a_name(&self, node: &Node) -> bool {
        self.expressions.is_bound(&|binding| match binding {
            Binding::Element(value) | Binding::Value(value) => value == node && self.values(value, DEPTH).is_some(),
            Binding::Unknown => false,
        })
    }

    fn add(&mut self, node: &Node) {
        let node = node.bare();
        match (&node.kind, node.children.as_slice()) {
            // How long a list is follows from no value in it.
            (NodeKind::Filter(name), [value]) if matches!(name.as_str(), "length" | "count") => {
                if self.values(value, DEPTH).is_none() {
                    self.add(value);
                }
                return;
            }
            (NodeKind::Filter(_) | NodeKind::Access(Access::Index) | NodeKind::Slice, [_, arguments @ ..]) => {
                arguments.iter().filter(|it| literal(it, self.source).is_none()).for_each(|it| self.add(it));
            }
            _ => {}
        }
        match self.values(node, DEPTH) {
            Some(_) if self.is_asked_about(node) => {}
            Some(values) => self.found.extend(values.into_iter().filter_map(OutputPath::of_parts)),
            None => node.children.iter().for_each(|child| self.add(child)),
        }
    }

    /// Whether it is only asked whether there is anything: `if u.evidence`.
    fn is_asked_about(&self, node: &Node) -> bool {
        let before = self.source.get(..node.start).unwrap_or_default().trim_end();
        let after = self.source.get(node.end..).unwrap_or_default().trim_start();
        let is_tag = ["{% if", "{% elif", "{%- if", "{%- elif"].iter().any(|tag| before.ends_with(tag));
        is_tag && (after.starts_with("%}") || after.starts_with("-%}"))
    }

    /// The values that an expression can be; `None` if it is none of those that are given, or cannot be followed.
    fn values(&self, node: &Node, depth: usize) -> Option<Vec<Vec<PathPart>>> {
        let (node, depth) = (node.bare(), depth.checked_sub(1)?);
        let and = |of: &Node, parts: Vec<PathPart>| {
            let values = self.values(of, depth)?;
            Some(values.into_iter().map(|value| [value, parts.clone()].concat()).collect())
        };
        let field = |name: &str| PathPart::Field(name.to_owned());
        match (&node.kind, node.children.as_slice()) {
            (NodeKind::Name, _) => self.values_of(self.source.get(node.start..node.end)?, depth),
            (NodeKind::Access(Access::Attribute(name)), [of]) => and(of, vec![field(name)]),
            (NodeKind::Access(Access::Index), [of, index]) => match literal(index, self.source) {
                Some(name) => and(of, vec![field(name)]),
                None if is_number(index) => and(of, vec![PathPart::Elements]),
                None => None,
            },
            (NodeKind::Slice, [of, ..]) => self.values(of, depth),
            (NodeKind::Filter(name), [of, arguments @ ..]) => match (name.as_str(), arguments) {
                ("first" | "last", []) => and(of, vec![PathPart::Elements]),
                ("list" | "reverse", []) => self.values(of, depth),
                ("map", [argument]) => {
                    let NodeKind::Named(by) = &argument.kind else { return None };
                    let attribute = literal(argument.children.first()?, self.source).filter(|_| by == "attribute")?;
                    let fields = attribute.split('.').map(field);
                    and(of, std::iter::once(PathPart::Elements).chain(fields).collect())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn values_of(&self, name: &str, depth: usize) -> Option<Vec<Vec<PathPart>>> {
        let Some(bindings) = self.expressions.bound(name) else {
            return Some(vec![vec![PathPart::Field(name.to_owned())]]);
        };
        let mut all = Vec::new();
        for binding in bindings {
            match binding {
                Binding::Element(list) => {
                    let elements = self.values(list, depth)?.into_iter();
                    all.extend(elements.map(|value| [value, vec![PathPart::Elements]].concat()));
                }
                Binding::Value(value) => all.extend(self.values(value, depth)?),
                Binding::Unknown => return None,
            }
        }
        (all.len() <= MAX_VALUES).then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(source: &str) -> Vec<String> {
        uses(&Expressions::of_template(source).unwrap(), source).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_loop_uses_what_it_reads_of_each_element() {
        for (source, expected) in [
            ("{{ item.title }} {{ row['a b'] }}", vec!["item.title", "row.a b"]),
            ("{% for e in item.evidence %}{{ e.quote }}{% endfor %}", vec!["item.evidence[].quote"]),
            (
                "{% for u in item.uses %}{{ u.name }}{% for e in u.evidence %}{{ e['line'] + 1 }}{% endfor %}{% endfor %}",
                vec!["item.uses[].evidence[].line", "item.uses[].name"],
            ),
            ("{% for e in item.evidence %}{{ e }}{% endfor %}", vec!["item.evidence[]"]),
            ("{% set first = item.evidence[0] %}{{ first.quote }}", vec!["item.evidence[].quote"]),
            ("{{ item.evidence | map(attribute='quote') | join(', ') }}", vec!["item.evidence[].quote"]),
            ("{{ item.evidence | length }} {{ (item.evidence | first).quote }}", vec!["item.evidence[].quote"]),
            ("{% if item.evidence %}yes{% endif %}", vec![]),
            ("{% if item.evidence and row.x %}yes{% endif %}", vec!["item.evidence", "row.x"]),
            ("{{ item }}", vec!["item"]),
            ("{{ item | tojson }}", vec!["item"]),
            ("{{ (item | tojson)[:75] }} {{ row.text }}", vec!["item", "row.text"]),
            ("{{ (item | string)[5:300] }}", vec!["item"]),
            ("{{ (item | dictsort)[3:4] }}", vec!["item"]),
            ("{{ (item | items | list)[3:5] }}", vec!["item"]),
            ("{{ item.evidence[1:] | map(attribute='quote') | list }}", vec!["item.evidence[].quote"]),
            ("{% for e in item.evidence | sort(attribute='line') %}{{ e.quote }}{% endfor %}", vec!["item.evidence"]),
            ("{% for key, value in item.items() %}{{ key }}{% endfor %}", vec!["item.items"]),
            ("{{ item.evidence[row.index].quote }}", vec!["item.evidence", "row.index"]),
            ("{% macro show(e) %}{{ e.quote }}{% endmacro %}{{ show(item.claim) }}", vec!["item.claim"]),
            ("{{ steps.facts.uses[2].name ~ item.x }}", vec!["item.x", "steps.facts.uses[].name"]),
        ] {
            assert_eq!(used(source), expected, "{source}");
        }
    }
}
