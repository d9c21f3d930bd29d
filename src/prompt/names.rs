//! The variables that a template or an expression uses: [`variables`].

use std::collections::BTreeSet;

use minijinja::Environment;

use super::operators::{Expressions, NodeKind};

/// The variables that are used, with their attributes (`row.narrative`), sorted. `found` are those that the engine
/// finds (minijinja 3.0): it leaves out what is sliced, such as `context` in `context[:500]`.
pub(super) fn variables(
    found: impl IntoIterator<Item = String>,
    expressions: &Expressions,
    source: &str,
    environment: fn() -> Environment<'static>,
) -> Vec<String> {
    let mut names: BTreeSet<String> = found.into_iter().collect();
    let mut sliced = Vec::new();
    expressions.each(&mut |node| {
        if let (NodeKind::Slice, [of, ..]) = (&node.kind, node.children.as_slice()) {
            sliced.extend(source.get(of.start..of.end));
        }
    });
    if !sliced.is_empty() {
        let environment = environment();
        let used = sliced.into_iter().filter_map(|it| environment.compile_expression(it).ok());
        let used = used.flat_map(|it| it.undeclared_variables(true));
        names.extend(used.filter(|name| expressions.bound(name.split('.').next().unwrap_or(name)).is_none()));
    }
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let expressions = Expressions::of_template(source).unwrap();
        let mut environment = Environment::new();
        environment.add_template("t", source).unwrap();
        let engine = environment.get_template("t").unwrap().undeclared_variables(true);
        variables(engine, &expressions, source, Environment::new)
    }

    #[test]
    fn what_is_sliced_is_used() {
        for (source, expected) in [
            ("{{ context[:500] }}", vec!["context"]),
            ("{{ row.text[1:] }} {{ row.id }}", vec!["row.id", "row.text"]),
            ("{{ (row | tojson)[:75] }} {{ row.text }}", vec!["row", "row.text"]),
            ("{{ (vars.names[1:] | list)[:2] }}", vec!["vars.names"]),
            ("{% for e in row.list[:3] %}{{ e.name[:9] }}{% endfor %}", vec!["row.list"]),
            ("{% set text = row.text %}{{ text[:9] }}", vec!["row.text"]),
            (
                "{% if context[:1] == 'a' %}{{ row.a[row.b:row.c] }}{% endif %}",
                vec!["context", "row.a", "row.b", "row.c"],
            ),
        ] {
            assert_eq!(found(source), expected, "{source}");
        }
    }
}
