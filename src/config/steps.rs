//! The steps of a task: each resolved with the blocks at the top as its defaults, and put in the order in which they
//! feed each other.

use super::each::{Each, JoinKey, is_name};
use super::error::{ConfigError, Problem, nearest};
use super::node::{Entry, Node, Value};
use super::raw::{self, Cover, Do, GroupingMode};
use super::resolve::settings;
use super::resolved::{Config, Pairs, Perspective, Step};
use super::{Raw, typed};

/// The blocks that a step may have of its own.
const BLOCKS: &[&str] =
    &["grouping", "context", "prompts", "schema", "answer", "llm", "judge", "checks", "accept", "until"];
/// Blocks of which a step's own replace what stands at the top.
const WHOLE: &[&str] = &["match", "extra_body", "schema"];

/// Lays `overrides` (dotted key, YAML value: the `--set`s, in order) over `raw`, checks everything and fills in the
/// defaults: a configuration for each step, every one after those that it takes from. With `rehearse` samples take
/// every provider's place. The first problem is reported.
pub fn resolve(raw: Raw, overrides: &[(String, String)], rehearse: bool) -> Result<Vec<Config>, ConfigError> {
    let mut node = raw.node;
    for (key, text) in overrides {
        let value = Node::parse_set(key, text)?;
        node.set(key, value)?;
    }
    let written: raw::Config = typed(&node, "")?;
    let Some(steps) = written.steps else { return Ok(vec![settled(node, Step::default(), rehearse)?]) };
    let Some(Value::List(nodes)) = node.get("steps").map(|it| it.value.clone()) else {
        return Ok(vec![settled(node, Step::default(), rehearse)?]);
    };
    if steps.is_empty() {
        return Err(ConfigError::value("steps", "expected at least one step", node.origin_of("steps")));
    }
    let mut found = Vec::with_capacity(steps.len());
    for (index, (step, own)) in steps.iter().zip(&nodes).enumerate() {
        let place = StepPlace { index, node: own };
        place.check_name(step, &steps[..index])?;
        for shaped in shapes(&place, step)? {
            let merged = merged(&node, own, step, &shaped);
            let config = settled(merged, shaped, rehearse).map_err(|error| place.tell(error))?;
            place.check_settings(step, &config)?;
            found.push((config, index));
        }
    }
    in_order(found, &nodes)
}

/// The settings of a step. What was written is checked before samples take its place.
fn settled(mut node: Node, shaped: Step, rehearse: bool) -> Result<Config, ConfigError> {
    let config = settings(&node, shaped.clone())?;
    if !rehearse || config.llm.is_none() {
        return Ok(config);
    }
    node.set("llm.provider", Node::parse_set("llm.provider", "sample")?)?;
    if !config.judges().is_empty() {
        node.set("judge.llm.provider", Node::parse_set("judge.llm.provider", "sample")?)?;
    }
    if config.author().is_some() {
        node.set("schema.llm.provider", Node::parse_set("schema.llm.provider", "sample")?)?;
    }
    rehearse_judges(&mut node)?;
    settings(&node, shaped)
}

/// Lets samples take the place of each of several judges.
fn rehearse_judges(node: &mut Node) -> Result<(), ConfigError> {
    let Some(mut judges) = node.get("judge.judges").cloned() else { return Ok(()) };
    if let Value::List(judges) = &mut judges.value {
        for judge in judges {
            judge.set("llm.provider", Node::parse_set("llm.provider", "sample")?)?;
        }
    }
    node.set("judge.judges", judges)
}

/// A step as it stands in the file.
struct StepPlace<'a> {
    index: usize,
    node: &'a Node,
}

impl StepPlace<'_> {
    fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::value(format!("steps[{}].{key}", self.index), reason, self.node.origin_of(key))
    }

    /// An error of the merged blocks, told of the step where the step wrote it.
    fn tell(&self, error: ConfigError) -> ConfigError {
        let own = error.key().is_some_and(|key| self.node.get(key.split(['[', '.']).next().unwrap_or(key)).is_some());
        if own || matches!(error.problem(), Problem::Missing { .. }) {
            error.under(&format!("steps[{}]", self.index), &self.node.origin)
        } else {
            error
        }
    }

    fn check_name(&self, step: &raw::Step, before: &[raw::Step]) -> Result<(), ConfigError> {
        if !is_name(&step.name) {
            let error = self.bad("name", format!("`{}` cannot be a step's name", step.name.escape_debug()));
            return Err(error.with_hint("use letters, digits and `_`, and do not start with a digit"));
        }
        if before.iter().any(|other| other.name == step.name) {
            return Err(self.bad("name", format!("there is another step with the name `{}`", step.name)));
        }
        Ok(())
    }

    fn check_settings(&self, step: &raw::Step, config: &Config) -> Result<(), ConfigError> {
        let wanted = step.each.as_deref().map(str::trim);
        match (wanted, config.grouping.as_ref().map(|it| it.mode)) {
            (Some("group"), None) => {
                let error = self.bad("each", "`group` needs the column that makes groups");
                Err(error.with_hint("name it, as in `grouping: {column: company}`"))
            }
            (Some("group"), Some(GroupingMode::RowOutputWithGroupContext))
            | (Some("row"), Some(GroupingMode::GroupOutput)) => {
                let error = self.bad("each", "it says another thing than `grouping.mode`");
                Err(error.with_hint("take `grouping.mode` away: `each` says what becomes a work item"))
            }
            _ if config.grouping.is_some() && config.step.each != Each::Source && step.grouping.is_some() => {
                Err(self.bad("grouping", "only rows of the input are grouped"))
            }
            _ => Ok(()),
        }
    }
}

/// The step, or one for each of its perspectives.
fn shapes(place: &StepPlace<'_>, step: &raw::Step) -> Result<Vec<Step>, ConfigError> {
    let each = match &step.each {
        Some(text) => text.parse().map_err(|reason: String| place.bad("each", reason))?,
        None => Each::Source,
    };
    let when = step.when.clone().filter(|it| !it.trim().is_empty());
    let rule = rule(place, step, &each)?;
    let pairs = pairs(place, step, &each)?;
    let verdict = step.r#do == Some(Do::Judge);
    if verdict && !matches!(each, Each::Output { .. }) {
        let error = place.bad("do", "a verdict is given on an output");
        return Err(error.with_hint("write `each: output of STEP`"));
    }
    if step.answer.is_some_and(|answer| !answer.is_json()) && (rule.is_some() || verdict) {
        let reason = if verdict { "a verdict is JSON" } else { "a rule has no answer to read" };
        return Err(place.bad("answer", reason));
    }
    let shaped = Step { name: step.name.clone(), each, when, verdict, rule, pairs, perspective: None };
    let Some(perspectives) = &step.perspectives else { return Ok(vec![shaped]) };
    if perspectives.is_empty() {
        return Err(place.bad("perspectives", "expected at least one perspective"));
    }
    if shaped.rule.is_some() {
        return Err(place.bad("perspectives", "a rule is the same in every perspective"));
    }
    let mut roles: Vec<Step> = Vec::new();
    for (index, it) in perspectives.iter().enumerate() {
        let key = format!("perspectives[{index}].name");
        if !is_name(&it.name) {
            let error = place.bad(&key, format!("`{}` cannot be a perspective's name", it.name.escape_debug()));
            return Err(error.with_hint("use letters, digits and `_`, and do not start with a digit"));
        }
        if perspectives[..index].iter().any(|other| other.name == it.name) {
            return Err(place.bad(&key, format!("there is another perspective with the name `{}`", it.name)));
        }
        let perspective = Perspective { name: it.name.clone(), system: it.system.clone() };
        let name = format!("{}.{}", step.name, it.name);
        roles.push(Step { name, perspective: Some(perspective), ..shaped.clone() });
    }
    Ok(roles)
}

/// What a step works out by itself; combinations are their own output where nothing else is said.
fn rule(place: &StepPlace<'_>, step: &raw::Step, each: &Each) -> Result<Option<serde_json::Value>, ConfigError> {
    let asks = step.prompts.as_ref().is_some_and(|it| it.generation.is_some());
    match (step.r#do, &step.rule) {
        (Some(Do::Llm | Do::Judge), Some(_)) => Err(place
            .bad("rule", "a step that asks a model has no rule")
            .with_hint("write `do: rule`, or take it away")),
        (_, Some(rule)) => match rule {
            serde_json::Value::String(text) if text.trim().is_empty() => {
                Err(place.bad("rule", "expected an expression, found an empty text"))
            }
            serde_json::Value::String(_) | serde_json::Value::Object(_) => {
                if asks {
                    return Err(place.bad("rule", "a step has a prompt or a rule, not both"));
                }
                if let Some(key) = ["llm", "judge", "accept"].iter().find(|key| place.node.get(key).is_some()) {
                    let error = place.bad(key, "a rule asks nobody");
                    return Err(error.with_hint("take it away; a step that judges says `do: judge`"));
                }
                Ok(Some(rule.clone()))
            }
            _ => Err(place.bad("rule", "expected an expression, or a block of fields with their expressions")),
        },
        (Some(Do::Rule), None) => {
            let error = place.bad("do", "there is no rule");
            Err(error.with_hint("write the output's fields, as in `rule: {total: \"item.a + item.b\"}`"))
        }
        (None, None) if matches!(each, Each::Pairs { .. }) && !asks => Ok(Some("item".into())),
        (_, None) => Ok(None),
    }
}

fn pairs(place: &StepPlace<'_>, step: &raw::Step, each: &Each) -> Result<Option<Pairs>, ConfigError> {
    let written = match (&step.pairs, each) {
        (None, Each::Pairs { .. }) => raw::Pairs::default(),
        (None, _) => return Ok(None),
        (Some(written), Each::Pairs { .. }) => written.clone(),
        (Some(_), _) => {
            return Err(place.bad("pairs", "only a step with `each: pairs of …` puts combinations together"));
        }
    };
    let cover = written.cover.unwrap_or_default();
    let count = written.count.map(|count| {
        let fits = usize::try_from(count).ok().filter(|it| (1..=1_000_000).contains(it));
        fits.ok_or_else(|| {
            place.bad("pairs.count", format!("expected a whole number from 1 to 1000000, found {count}"))
        })
    });
    match (cover, count.transpose()?) {
        (Cover::Sample, None) => Err(place
            .bad("pairs", "a sample needs to know how many")
            .with_hint("as in `pairs: {cover: sample, count: 50}`")),
        (Cover::Full | Cover::Pairwise, Some(_)) => {
            Err(place.bad("pairs.count", "only a sample has a count").with_hint("write `cover: sample`"))
        }
        (cover, count) => Ok(Some(Pairs { cover, count })),
    }
}

/// The configuration with the step's blocks laid over those at the top.
fn merged(root: &Node, own: &Node, step: &raw::Step, shaped: &Step) -> Node {
    let (mut root, mut over) = (root.clone(), own.clone());
    if let Value::Map(entries) = &mut root.value {
        // What a rule gives is its own: the run's schema and checks are those of answers.
        let of_answers = |key: &str| shaped.rule.is_some() && matches!(key, "schema" | "checks");
        entries.retain(|entry| entry.key != "steps" && !of_answers(&entry.key));
    }
    if let Value::Map(entries) = &mut over.value {
        entries.retain(|entry| BLOCKS.contains(&entry.key.as_str()));
    }
    let origin = root.origin.clone();
    super::resolve::lay_over_llm(&mut root, over.get("llm"));
    root.overlay(&over, WHOLE);
    root.origin = origin;
    let perspective = shaped.perspective.as_ref().and_then(|it| {
        let index = step.perspectives.iter().flatten().position(|other| other.name == it.name)?;
        match &own.get("perspectives")?.value {
            Value::List(all) => all.get(index),
            _ => None,
        }
    });
    if let Some(perspective) = perspective {
        if let Some(llm) = perspective.get("llm") {
            super::resolve::lay_over_llm(&mut root, Some(llm));
            root.overlay(&block("llm", llm), WHOLE);
        }
        if let Some(model) = perspective.get("model") {
            let llm = Node { value: Value::Map(vec![entry("model", model)]), origin: model.origin.clone() };
            super::resolve::lay_over_llm(&mut root, Some(&llm));
            root.overlay(&block("llm", &llm), WHOLE);
        }
    }
    // `each` says what becomes a work item, so that the mode of grouping need not be written.
    let mode = match step.each.as_deref().map(str::trim) {
        Some("group") => Some("group_output"),
        Some("row") => Some("row_output_with_group_context"),
        _ => None,
    };
    if let Some(mode) = mode
        && root.get("grouping").is_some_and(|it| matches!(it.value, Value::Map(_)))
        && root.get("grouping.mode").is_none()
    {
        let text = Node { value: Value::Text(mode.to_owned()), origin: own.origin_of("each").clone() };
        let over = Node { value: Value::Map(vec![entry("mode", &text)]), origin: text.origin.clone() };
        root.overlay(&block("grouping", &over), WHOLE);
    }
    root
}

fn entry(key: &str, node: &Node) -> Entry {
    Entry { key: key.to_owned(), key_origin: node.origin.clone(), node: node.clone() }
}

fn block(key: &str, node: &Node) -> Node {
    Node { value: Value::Map(vec![entry(key, node)]), origin: node.origin.clone() }
}

/// Every step after those that it takes from, otherwise in the order written. Names of steps with perspectives stand
/// for all of them in a join.
fn in_order(mut found: Vec<(Config, usize)>, nodes: &[Node]) -> Result<Vec<Config>, ConfigError> {
    let names: Vec<String> = found.iter().map(|(config, _)| config.step.name.clone()).collect();
    let place = |index: usize| StepPlace { index, node: &nodes[index] };
    for (config, index) in &mut found {
        link(&place(*index), config, &names)?;
    }
    let mut ordered: Vec<(Config, usize)> = Vec::with_capacity(found.len());
    while !found.is_empty() {
        let is_there = |name: &String| ordered.iter().any(|(done, _)| done.step.name == *name);
        let Some(next) = found.iter().position(|(config, _)| config.step.each.parents().iter().all(is_there)) else {
            return Err(circle(&found, &place));
        };
        ordered.push(found.remove(next));
    }
    for (config, index) in &ordered {
        check_join(&place(*index), config, &ordered)?;
        check_author(&place(*index), config, &ordered)?;
    }
    Ok(ordered.into_iter().map(|(config, _)| config).collect())
}

/// Two steps that a model writes the same file for would take it from each other; perspectives of one step share it.
fn check_author(place: &StepPlace<'_>, config: &Config, all: &[(Config, usize)]) -> Result<(), ConfigError> {
    let file = |config: &Config| config.author().and(config.schema.as_ref()).and_then(|schema| schema.path.clone());
    let Some(path) = file(config) else { return Ok(()) };
    let other = all.iter().find(|(other, index)| *index != place.index && file(other).as_ref() == Some(&path));
    let Some((other, _)) = other else { return Ok(()) };
    let error = place.bad("schema", format!("a model writes `{path}` for step `{}` too", other.step.name));
    Err(error.with_hint("give each step a file of its own, as in `schema: {path: STEP.json, auto_generate: true}`"))
}

/// Puts the steps that are meant in the place of the names that are written.
fn link(place: &StepPlace<'_>, config: &mut Config, names: &[String]) -> Result<(), ConfigError> {
    let own = config.step.name.clone();
    let unknown = |name: &str| {
        let error = place.bad("each", format!("there is no step `{name}`"));
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
            let error = place.bad("each", format!("`{name}` has several perspectives"));
            return Err(
                error.with_hint(format!("put them together with `each: join {name} by row`, or name one of them"))
            );
        }
        Err(unknown(name))
    };
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
                return Err(place.bad("each", format!("`{}` is joined with itself", all[twice])));
            }
            *of = all;
        }
    }
    Ok(())
}

/// Steps that wait for each other.
fn circle<'a>(left: &[(Config, usize)], place: &dyn Fn(usize) -> StepPlace<'a>) -> ConfigError {
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
    place(index).bad("each", format!("steps wait for each other: {}", path.join(" ← ")))
}

/// A join by row or group needs steps that go back to one.
fn check_join(place: &StepPlace<'_>, config: &Config, all: &[(Config, usize)]) -> Result<(), ConfigError> {
    let Each::Join { of, by } = &config.step.each else { return Ok(()) };
    let find = |name: &str| all.iter().map(|(it, _)| it).find(|it| it.step.name == name);
    let mut by_column: Option<&str> = None;
    for parent in of {
        let mut at = find(parent);
        // The source that the parent goes back to, through steps that keep it.
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
                return Err(place.bad("each", reason));
            }
            by_column = column;
        }
        let enough = |name: &str| find(name).is_some_and(|step| step.until.is_some());
        if matches!(by, JoinKey::Field(_)) && enough(parent) {
            let error =
                place.bad("each", format!("`{parent}` stops when it has enough (`until`), and this join needs all"));
            return Err(error.with_hint("join by row or group, or take `until` away"));
        }
        if !fits {
            let error = place.bad("each", format!("work items of `{parent}` do not go back to one {by} each"));
            return Err(error.with_hint("join by a field that all outputs have, or by what they go back to"));
        }
    }
    Ok(())
}
