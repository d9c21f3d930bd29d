//! How the steps of a project hang together: what each goes back to, and what goes back to it.

use super::{Project, Setup};
use crate::config::{Each, JoinKey};

fn find(project: &Project, name: &str) -> Option<usize> {
    project.steps.iter().position(|setup| setup.config.step.name == name)
}

fn parents(project: &Project, index: usize) -> impl Iterator<Item = usize> {
    let each = project.steps.get(index).map(|setup| &setup.config.step.each);
    each.into_iter().flat_map(Each::parents).filter_map(move |name| find(project, name))
}

/// The step whose row or group each work item of a step goes back to; `None` where it may be several.
pub fn root(project: &Project, index: usize) -> Option<&Setup> {
    let setup = project.steps.get(index)?;
    if let Each::Join { by: JoinKey::Field(_), .. } = setup.config.step.each {
        return None;
    }
    match parents(project, index).next() {
        Some(parent) => root(project, parent),
        None => Some(setup),
    }
}

/// Whether a step's work items go back to a group, because a join by group is on the way.
pub fn is_by_group(project: &Project, index: usize) -> bool {
    let each = project.steps.get(index).map(|setup| &setup.config.step.each);
    match each {
        Some(Each::Join { by: JoinKey::Group, .. }) => true,
        Some(Each::Join { by: JoinKey::Field(_), .. }) | None => false,
        Some(_) => parents(project, index).next().is_some_and(|parent| is_by_group(project, parent)),
    }
}

/// The names of all steps that a step goes back to, each with whether one of its work items may go back to several
/// outputs of it.
pub fn ancestors(project: &Project, index: usize) -> Vec<(String, bool)> {
    let mut found: Vec<(usize, bool)> = Vec::new();
    above(project, index, &mut found);
    found.sort_unstable();
    found.into_iter().map(|(at, several)| (project.steps[at].config.step.name.clone(), several)).collect()
}

fn above(project: &Project, index: usize, found: &mut Vec<(usize, bool)>) {
    let each = &project.steps[index].config.step.each;
    // A join by anything but the row brings several rows together; a join by row brings together what one row became.
    let gathers = matches!(each, Each::Join { by: JoinKey::Group | JoinKey::Field(_), .. });
    let joins = matches!(each, Each::Join { .. });
    for parent in parents(project, index) {
        let mut own: Vec<(usize, bool)> = vec![(parent, false)];
        above(project, parent, &mut own);
        for (at, several) in own {
            let several = several || gathers || (joins && spreads(project, at));
            match found.iter_mut().find(|(other, _)| *other == at) {
                Some((_, before)) => *before |= several,
                None => found.push((at, several)),
            }
        }
    }
}

/// Whether a row becomes several work items of a step.
fn spreads(project: &Project, index: usize) -> bool {
    let each = &project.steps[index].config.step.each;
    match each {
        Each::Join { .. } => false,
        _ => each.fans_out() || parents(project, index).any(|parent| spreads(project, parent)),
    }
}

/// All steps that go back to a step.
pub fn descendants(project: &Project, index: usize) -> impl Iterator<Item = &Setup> {
    let name = project.steps[index].config.step.name.clone();
    (index + 1..project.steps.len()).filter_map(move |at| {
        let goes_back = ancestors(project, at).iter().any(|(it, _)| *it == name);
        goes_back.then(|| &project.steps[at])
    })
}
