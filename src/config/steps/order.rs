//! How steps depend on each other: the order in which they run, and whether their joins can work.

use super::block::StepBlock;
use crate::config::each::{Each, JoinKey};
use crate::config::error::{ConfigError, nearest};
use crate::config::node::Node;
use crate::config::raw::GroupingMode;
use crate::config::resolved::Config;

/// Sorts the steps so that each comes after those that it takes from, otherwise in the order in which they are written.
/// In a join, the name of a step with perspectives stands for all of them.
pub(super) fn in_order(mut found: Vec<(Config, usize)>, nodes: &[Node]) -> Result<Vec<Config>, ConfigError> {
    let names: Vec<String> = found.iter().map(|(config, _)| config.step.name.clone()).collect();
    let block = |index: usize| StepBlock { index, node: &nodes[index] };
    for (config, index) in &mut found {
        link(&block(*index), config, &names)?;
    }
    let mut ordered: Vec<(Config, usize)> = Vec::with_capacity(found.len());
    while !found.is_empty() {
        let is_there = |name: &String| ordered.iter().any(|(done, _)| done.step.name == *name);
        let Some(next) = found.iter().position(|(config, _)| config.step.each.parents().iter().all(is_there)) else {
            return Err(circle(&found, &block));
        };
        ordered.push(found.remove(next));
    }
    for (config, index) in &ordered {
        check_join(&block(*index), config, &ordered)?;
        check_author(&block(*index), config, &ordered)?;
    }
    Ok(ordered.into_iter().map(|(config, _)| config).collect())
}

/// Refuses two steps for which a model writes the same schema file. Perspectives of one step share a file.
fn check_author(block: &StepBlock<'_>, config: &Config, all: &[(Config, usize)]) -> Result<(), ConfigError> {
    let file = |config: &Config| config.author().and(config.schema.as_ref()).and_then(|schema| schema.path.clone());
    let Some(path) = file(config) else { return Ok(()) };
    let other = all.iter().find(|(other, index)| *index != block.index && file(other).as_ref() == Some(&path));
    let Some((other, _)) = other else { return Ok(()) };
    let error = block.bad("schema", format!("a model writes `{path}` for step `{}` too", other.step.name));
    Err(error.with_hint("give each step a file of its own, as in `schema: {path: STEP.json, auto_generate: true}`"))
}

/// Checks that the steps of `each` exist, and replaces the names of steps with perspectives in a join.
fn link(block: &StepBlock<'_>, config: &mut Config, names: &[String]) -> Result<(), ConfigError> {
    let own = config.step.name.clone();
    let unknown = |name: &str| {
        let error = block.bad("each", format!("there is no step `{name}`"));
        let near = nearest(name, names.iter().map(String::as_str).filter(|it| *it != own));
        match near {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint(format!("the steps are: {}", names.join(", "))),
        }
    };
    let one = |name: &str| {
        if names.iter().any(|it| it == name) {
            return Ok(());
        }
        if names.iter().any(|it| it.split('.').next() == Some(name)) {
            let error = block.bad("each", format!("`{name}` has several perspectives"));
            return Err(error.with_hint(format!("join them with `each: join {name} by row`, or name one of them")));
        }
        Err(unknown(name))
    };
    config.step.each.resolve(|name| names.iter().any(|it| it == name));
    match &mut config.step.each {
        Each::Source | Each::Task => {}
        Each::Output { of } | Each::Element { of, .. } | Each::Pairs { of, .. } => one(of)?,
        Each::Join { of, .. } => {
            let mut all: Vec<String> = Vec::new();
            for name in of.iter() {
                let before = all.len();
                all.extend(names.iter().filter(|it| *it == name || it.split('.').next() == Some(name)).cloned());
                if all.len() == before {
                    return Err(unknown(name));
                }
            }
            if let Some(twice) = (1..all.len()).find(|it| all[..*it].contains(&all[*it])) {
                return Err(block.bad("each", format!("`{}` is joined with itself", all[twice])));
            }
            *of = all;
        }
    }
    Ok(())
}

/// The error for steps that wait for each other.
fn circle<'a>(left: &[(Config, usize)], block: &dyn Fn(usize) -> StepBlock<'a>) -> ConfigError {
    let waits = |name: &str| {
        let step = left.iter().find(|(config, _)| config.step.name == name)?;
        step.0.step.each.parents().iter().find(|parent| left.iter().any(|(it, _)| it.step.name == **parent)).cloned()
    };
    let (first, index) = left.first().map_or((String::new(), 0), |(config, index)| (config.step.name.clone(), *index));
    let mut path = vec![first];
    while let Some(next) = path.last().and_then(|name| waits(name)) {
        let seen = path.contains(&next);
        path.push(next);
        if seen {
            break;
        }
    }
    block(index).bad("each", format!("steps wait for each other: {}", path.join(" ← ")))
}

/// Checks that a join by row or group has steps whose work items each come from one row or group.
fn check_join(block: &StepBlock<'_>, config: &Config, all: &[(Config, usize)]) -> Result<(), ConfigError> {
    let Each::Join { of, by } = &config.step.each else { return Ok(()) };
    let find = |name: &str| all.iter().map(|(it, _)| it).find(|it| it.step.name == name);
    let mut by_column: Option<&str> = None;
    for parent in of {
        let mut at = find(parent);
        // Walks back to the step over the source, through steps that keep one row or group.
        let mut mixed = false;
        while let Some(step) = at {
            if let Each::Join { by: key, .. } = &step.step.each {
                mixed |= !matches!((key, by), (JoinKey::Row, _) | (JoinKey::Group, JoinKey::Group));
            }
            let Some(next) = step.step.each.parents().first() else { break };
            at = find(next);
        }
        let grouped = at.and_then(|it| it.grouping.as_ref());
        let fits = match by {
            JoinKey::Field(_) => true,
            JoinKey::Row => !mixed && grouped.is_none_or(|it| it.mode == GroupingMode::RowOutputWithGroupContext),
            JoinKey::Group => !mixed && grouped.is_some(),
        };
        let column = grouped.map(|it| it.column.as_str());
        if *by == JoinKey::Group && fits {
            if let Some(first) = by_column.filter(|first| column != Some(*first)) {
                let reason = format!("`{parent}` is grouped by `{}`, others by `{first}`", column.unwrap_or_default());
                return Err(block.bad("each", reason));
            }
            by_column = column;
        }
        let enough = |name: &str| find(name).is_some_and(|step| step.until.is_some());
        if matches!(by, JoinKey::Field(_)) && enough(parent) {
            let error = block.bad(
                "each",
                format!("`{parent}` stops when it has enough (`until`), and this join needs all of its outputs"),
            );
            return Err(error.with_hint("join by row or group, or remove `until`"));
        }
        if !fits {
            let error = block.bad("each", format!("work items of `{parent}` do not each come from one {by}"));
            return Err(error.with_hint("join by a field that all outputs have, or by what they come from"));
        }
    }
    Ok(())
}
