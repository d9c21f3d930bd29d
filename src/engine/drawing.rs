//! The graph of a task's steps, from its configuration or its run file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::error::EngineError;
use crate::config::{self, Config, Each, GroupingMode, JoinKey, Llm};
use crate::project::ProjectError;
use crate::store::{self, Access, sql};
use crate::view::graph::{Graph, GraphNode};

/// The graph of the steps of a configuration, or of the newest plan of a run file. Of a configuration only the file
/// itself is read.
pub fn graph(path: &Path, overrides: &[(String, String)], sample: bool) -> Result<Graph, EngineError> {
    if is_run_file(path) {
        let connection = store::open(path, Access::Read)?;
        let snapshot: Option<Value> = sql::RECORD_LATEST_CONFIG.first(&connection, &[], |row| row.get("snapshot"))?;
        let snapshot = snapshot.ok_or_else(|| EngineError::Empty(path.to_owned()))?;
        let configs = Config::from_snapshots(&snapshot).map_err(|error| ProjectError::Snapshot(error.to_string()))?;
        return Ok(drawing(configs.iter()));
    }
    let text =
        std::fs::read_to_string(path).map_err(|source| ProjectError::NoConfig { path: path.to_owned(), source })?;
    let raw = config::parse(text.strip_prefix('\u{feff}').unwrap_or(&text), &path.display().to_string())?;
    Ok(drawing(config::resolve(raw, overrides, sample)?.iter()))
}

pub(super) fn is_run_file(path: &Path) -> bool {
    let mut head = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"SQLite format 3\0"
}

/// The graph of steps in their order. The perspectives of a step are one node.
pub fn drawing<'a>(steps: impl Iterator<Item = &'a Config>) -> Graph {
    let mut graph = Graph::default();
    // The node of each step.
    let mut places: Vec<(&str, usize)> = Vec::new();
    for config in steps {
        let step = &config.step;
        graph.run.clone_from(&config.run.name);
        graph.input = if config.input.is_command() { config.input.shown_command() } else { config.input.path.clone() };
        let family = step.perspective.as_ref().and_then(|_| step.name.split('.').next());
        let name = family.unwrap_or(step.name());
        let known = graph.nodes.iter().position(|node| node.name == name);
        let place = known.unwrap_or(graph.nodes.len());
        places.push((step.name(), place));
        if known.is_none() {
            let mut parents: Vec<usize> = Vec::new();
            for parent in step.each.parents() {
                let found = places.iter().find(|(it, _)| it == parent).map(|(_, place)| *place);
                parents.extend(found.filter(|place| !parents.contains(place)));
            }
            let each = each(config, &graph, &parents, &places);
            graph.nodes.push(GraphNode { name: name.to_owned(), each, parts: parts(config), parents });
        }
        if let (Some(perspective), Some(node), Some(llm)) = (&step.perspective, graph.nodes.get_mut(place), &config.llm)
        {
            // Readers come before the parts that they share.
            let at = node.parts.iter().take_while(|(word, _)| matches!(*word, "when" | "reader")).count();
            node.parts.insert(at, ("reader", format!("{}: {}", perspective.name, model(llm))));
            let own = judged(config);
            if let Some(judge) =
                node.parts.iter_mut().find(|(word, what)| *word == "judge" && own.as_ref() != Some(what))
            {
                "a model of each reader's own".clone_into(&mut judge.1);
            }
        }
    }
    graph
}

/// What becomes a work item, in the configuration's words; the perspectives of a step go by the step's name.
fn each(config: &Config, graph: &Graph, parents: &[usize], places: &[(&str, usize)]) -> String {
    match &config.step.each {
        Each::Source => match config.grouping.as_ref().map(|it| (it.mode, &it.column)) {
            None => "each row".to_owned(),
            Some((GroupingMode::GroupOutput, column)) => format!("each group by {column}"),
            Some((GroupingMode::RowOutputWithGroupContext, column)) => format!("each row, with its group by {column}"),
        },
        Each::Join { of, by } => {
            let mut names: Vec<&str> = Vec::new();
            for parent in parents {
                let family: Vec<&str> =
                    places.iter().filter(|(_, place)| place == parent).map(|(name, _)| *name).collect();
                let (joined, node) = (|name: &&str| of.iter().any(|it| it == name), graph.nodes.get(*parent));
                match node.filter(|_| family.iter().all(joined)) {
                    Some(node) => names.push(&node.name),
                    None => names.extend(family.into_iter().filter(joined)),
                }
            }
            let by = match by {
                JoinKey::Row => "row",
                JoinKey::Group => "group",
                JoinKey::Field(name) => name,
            };
            format!("join {} by {by}", names.join(", "))
        }
        pairs @ Each::Pairs { .. } => pairs.to_string(),
        other => format!("each {other}"),
    }
}

fn parts(config: &Config) -> Vec<(&'static str, String)> {
    let step = &config.step;
    let mut parts = Vec::new();
    parts.extend(step.when.iter().map(|when| ("when", when.trim().to_owned())));
    if let Some(pairs) = &step.pairs {
        let cover = serde_json::to_value(pairs.cover).unwrap_or_default();
        let count = pairs.count.map(|count| format!(" of {count}")).unwrap_or_default();
        parts.push(("cover", format!("{}{count}", cover.as_str().unwrap_or_default())));
    }
    match &step.rule {
        Some(Value::Object(fields)) => {
            // A run file does not keep their order.
            let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
            names.sort_unstable();
            parts.push(("rule", names.join(", ")));
        }
        // By default a combination is its own output.
        Some(Value::String(text)) if step.pairs.is_none() || text.trim() != "item" => {
            parts.push(("rule", text.trim().to_owned()));
        }
        _ => {}
    }
    if step.perspective.is_none() {
        let word = if step.verdict { "verdict" } else { "asks" };
        parts.extend(config.llm.iter().map(|llm| (word, model(llm))));
    }
    parts.extend(config.checks.iter().map(|check| ("check", check.name.clone())));
    parts.extend(judged(config).map(|judge| ("judge", judge)));
    parts
}

/// The judge, and the lowest score that passes.
fn judged(config: &Config) -> Option<String> {
    let judge = config.judge.as_ref().filter(|_| !config.step.verdict)?;
    Some(format!("{}, from {} on", model(&judge.llm), judge.min_score))
}

/// The model and its provider.
fn model(llm: &Llm) -> String {
    let provider = serde_json::to_value(&llm.provider).unwrap_or_default();
    match provider["name"].as_str() {
        Some(name) if name != llm.model => format!("{} ({name})", llm.model),
        _ => llm.model.clone(),
    }
}

#[cfg(test)]
mod tests;
