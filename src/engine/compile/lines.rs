//! Whether a step reads lines of claims: of its own output in its checks, or of outputs that it is made from. Then what
//! it makes depends on where rows stand in their documents.

use std::collections::BTreeSet;

use crate::config::{Each, Evidence};
use crate::project::{Project, Setup, graph};
use crate::record::{ClaimPlaces, OutputPath, PathPart, lines_within};

/// Whether a template or an expression of the step at `index` uses a line of a claim. `checks` is what its checks use,
/// and `all` what all of them do.
pub(super) fn reads_claims(
    project: &Project,
    index: usize,
    checks: &BTreeSet<OutputPath>,
    all: &BTreeSet<OutputPath>,
) -> bool {
    let setup = &project.steps[index];
    let own = claims(setup);
    let mut there = Vec::new();
    below(&mut there, &["output"], lines_of(&own));
    if used(checks, &there) {
        return true;
    }
    let there = lines_of_sources(project, index);
    !there.is_empty() && used(all, &there)
}

/// Where claims stand in the outputs of a step.
fn claims(setup: &Setup) -> Vec<ClaimPlaces> {
    // What is no path was refused before.
    setup.config.evidence.iter().map(Evidence::places).filter_map(Result::ok).collect()
}

/// The lines of claims, as paths in an output.
fn lines_of(claims: &[ClaimPlaces]) -> Vec<Vec<PathPart>> {
    claims.iter().flat_map(|it| it.lines.iter().map(|line| it.at.join(line).parts().to_vec())).collect()
}

/// The lines in what a step is made from, as paths from the variables that its templates see.
fn lines_of_sources(project: &Project, index: usize) -> Vec<OutputPath> {
    let step = &project.steps[index].config.step;
    let find = |name: &String| project.steps.iter().position(|it| it.config.step.name() == name);
    let mut all = Vec::new();
    for (name, _) in graph::ancestors(project, index) {
        let Some(setup) = find(&name).and_then(|at| project.steps.get(at)) else { continue };
        let names: Vec<&str> = std::iter::once("steps").chain(name.split('.')).collect();
        below(&mut all, &names, lines_of(&claims(setup)));
    }
    below(&mut all, &["item"], lines_of_item(project, index));
    for parent in step.each.parents().iter().filter_map(find) {
        let lines = lines_of(&claims(&project.steps[parent]));
        below(&mut all, &["parents", "output"], lines.clone());
        below(&mut all, &["parents", "item"], lines_of_item(project, parent));
        // What a verdict is about.
        if step.verdict {
            below(&mut all, &["output"], lines);
        }
    }
    all
}

/// The lines in the item of a step's work items.
fn lines_of_item(project: &Project, index: usize) -> Vec<Vec<PathPart>> {
    let claims_of = |name: &String| {
        let setup = project.steps.iter().find(|it| it.config.step.name() == name);
        setup.map(claims).unwrap_or_default()
    };
    match &project.steps[index].config.step.each {
        Each::Output { of } => lines_of(&claims_of(of)),
        Each::Element { of, path } => lines_within(&claims_of(of), &path.clone().elements()),
        Each::Pairs { of, path } => lines_within(&claims_of(of), path),
        Each::Source | Each::Task | Each::Join { .. } => Vec::new(),
    }
}

fn below(all: &mut Vec<OutputPath>, names: &[&str], lines: Vec<Vec<PathPart>>) {
    let names: Vec<PathPart> = names.iter().map(|name| PathPart::Field((*name).to_owned())).collect();
    all.extend(lines.into_iter().filter_map(|line| OutputPath::of_parts([names.clone(), line].concat())));
}

fn used(uses: &BTreeSet<OutputPath>, lines: &[OutputPath]) -> bool {
    uses.iter().any(|it| lines.iter().any(|line| meets(it, line)))
}

/// Whether one of two paths leads into what the other leads to. Elements are left out: where a step may have several
/// outputs, they are in a list.
fn meets(one: &OutputPath, other: &OutputPath) -> bool {
    let names = |path: &OutputPath| -> Vec<String> {
        let name = |part: &PathPart| match part {
            PathPart::Field(name) => Some(name.clone()).filter(|it| it.parse::<usize>().is_err()),
            PathPart::Elements => None,
        };
        path.parts().iter().filter_map(name).collect()
    };
    let (one, other) = (names(one), names(other));
    one.starts_with(&other) || other.starts_with(&one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_meet_where_one_leads_into_the_other() {
        let meet = |one: &str, other: &str| meets(&one.parse().unwrap(), &other.parse().unwrap());
        for used in ["item", "item.uses", "item.uses[].evidence[]", "item.uses[].evidence[].line", "item.0.uses"] {
            assert!(meet(used, "item.uses[].evidence[].line"), "{used}");
        }
        for used in ["item.uses[].name", "item.uses[].evidence[].quote", "row", "items", "item.line"] {
            assert!(!meet(used, "item.uses[].evidence[].line"), "{used}");
        }
        assert!(meet("steps.facts[].uses[].line", "steps.facts.uses[].line"), "of several outputs");
    }
}
