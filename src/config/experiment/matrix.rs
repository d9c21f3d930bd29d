//! The variants of an experiment, as it writes them: the combinations of `matrix` without those of `exclude`, and those
//! of `include`.

use super::misplaced::misplaced;
use super::overlay::{Overlay, Setting, is_same};
use super::{keys, names};
use crate::config::error::{ConfigError, Origin, nearest};
use crate::config::node::{Entry, Node, Value};
use crate::config::typed::typed;

/// The most variants of one experiment.
const MOST: usize = 1_000;

/// The variants, and the combinations that are left out.
pub(super) struct Made {
    pub(super) overlays: Vec<Overlay>,
    excluded: Vec<Overlay>,
}

/// The variants of `experiment`, a block of the configuration `root`.
pub(super) fn overlays(experiment: &Node, root: &Node) -> Result<Made, ConfigError> {
    let axes = axes(experiment, root)?;
    let (mut overlays, excluded) = parted(&axes, experiment, root)?;
    let from_matrix = overlays.len();
    let mut written = vec![None; from_matrix];
    for (index, node) in experiment.elements("include").iter().enumerate() {
        let (overlay, name) = included(node, &format!("experiment.include[{index}]"), root)?;
        overlays.push(overlay);
        written.push(name);
    }
    let origin = experiment.origin_of("matrix");
    if overlays.is_empty() {
        let (key, reason) = if excluded.is_empty() {
            ("experiment.matrix", "the experiment has no variants")
        } else {
            ("experiment.exclude", "every combination is excluded, so that there are no variants")
        };
        let error =
            ConfigError::value(key, reason, if excluded.is_empty() { origin } else { experiment.origin_of("exclude") });
        return Err(error.with_hint("name what varies, as in `matrix: {llm: [small, large]}`"));
    }
    if overlays.len() > MOST {
        return Err(too_many(overlays.len(), origin));
    }
    names::name(&mut overlays, &written)?;
    Ok(Made { overlays, excluded })
}

fn too_many(count: usize, origin: &Origin) -> ConfigError {
    let error = ConfigError::value("experiment.matrix", format!("{count} variants are more than {MOST}"), origin);
    error.with_hint("name the variants that are of interest under `include`")
}

/// A key of the matrix with its values.
struct Axis {
    values: Vec<Setting>,
}

impl Axis {
    fn key(&self) -> &str {
        self.values.first().map_or("", |it| &it.key)
    }
}

fn axes(experiment: &Node, root: &Node) -> Result<Vec<Axis>, ConfigError> {
    let mut axes = Vec::new();
    let mut count = 1_usize;
    for Entry { key, key_origin, node } in entries(experiment.get("matrix")) {
        keys::check(key, "experiment.matrix", root, key_origin)?;
        let Value::List(elements) = &node.value else { continue };
        let path = format!("experiment.matrix.{key}");
        if elements.is_empty() {
            let error = ConfigError::value(&path, "expected at least one value", &node.origin);
            return Err(error.with_hint("list the values to try, or remove the key"));
        }
        let mut values: Vec<Setting> = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let setting = setting(key, element, &format!("{path}[{index}]"))?;
            if let Some(twice) = values.iter().position(|it| is_same(&it.json, &setting.json)) {
                let reason = format!("the value is written twice: elements {twice} and {index}");
                return Err(ConfigError::value(&path, reason, &element.origin));
            }
            values.push(setting);
        }
        count = count.saturating_mul(values.len());
        if count > MOST {
            return Err(too_many(count, experiment.origin_of("matrix")));
        }
        axes.push(Axis { values });
    }
    Ok(axes)
}

fn setting(key: &str, node: &Node, path: &str) -> Result<Setting, ConfigError> {
    Ok(Setting { key: key.to_owned(), node: node.clone(), json: typed(node, path)? })
}

fn entries(node: Option<&Node>) -> &[Entry] {
    match node.map(|it| &it.value) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    }
}

/// Every combination of values, the last key changing fastest.
fn combinations(axes: &[Axis]) -> Vec<Overlay> {
    let mut all: Vec<Overlay> = Vec::new();
    for axis in axes {
        let empty = Overlay { name: String::new(), origin: Origin::Unknown, settings: Vec::new() };
        let before = if all.is_empty() { vec![empty] } else { std::mem::take(&mut all) };
        for overlay in before {
            all.extend(axis.values.iter().map(|value| {
                let mut next = overlay.clone();
                next.settings.push(value.clone());
                // What varies fastest is where two combinations differ.
                next.origin = value.node.origin.clone();
                next
            }));
        }
    }
    all
}

/// The combinations that stay and those that `exclude` leaves out. What is wrong with the matrix itself is said first.
fn parted(axes: &[Axis], experiment: &Node, root: &Node) -> Result<(Vec<Overlay>, Vec<Overlay>), ConfigError> {
    let all = combinations(axes);
    if axes.is_empty() && !experiment.elements("exclude").is_empty() {
        let origin = experiment.origin_of("matrix");
        let error = ConfigError::value("experiment.matrix", "`exclude` has no combinations to leave out", origin);
        return Err(error.with_hint("name what varies, as in `matrix: {llm: [small, large]}`, or remove `exclude`"));
    }
    without_excluded(all.clone(), axes, experiment).map_err(|error| misplaced(root, &all).unwrap_or(error))
}

/// Parts the combinations into those that stay and those that `exclude` leaves out.
fn without_excluded(
    all: Vec<Overlay>,
    axes: &[Axis],
    experiment: &Node,
) -> Result<(Vec<Overlay>, Vec<Overlay>), ConfigError> {
    let mut rules: Vec<Vec<Setting>> = Vec::new();
    for (index, node) in experiment.elements("exclude").iter().enumerate() {
        let path = format!("experiment.exclude[{index}]");
        let rule = settings(node, &path)?;
        if rule.is_empty() {
            return Err(ConfigError::value(&path, "it would exclude every combination", &node.origin));
        }
        if let Some(odd) = rule.iter().find(|it| axes.iter().all(|axis| axis.key() != it.key)) {
            let error =
                ConfigError::value(&path, format!("`{}` is not a key of the matrix", odd.key), &odd.node.origin);
            return Err(match nearest(&odd.key, axes.iter().map(Axis::key)) {
                Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                None => error.with_hint("exclude values that the matrix combines"),
            });
        }
        if !all.iter().any(|overlay| overlay.has_all(&rule)) {
            let error = ConfigError::value(&path, "no combination of the matrix has these values", &node.origin);
            return Err(error.with_hint("write values as the matrix does"));
        }
        rules.push(rule);
    }
    Ok(all.into_iter().partition(|overlay| !rules.iter().any(|rule| overlay.has_all(rule))))
}

fn settings(node: &Node, path: &str) -> Result<Vec<Setting>, ConfigError> {
    entries(Some(node)).iter().map(|it| setting(&it.key, &it.node, &format!("{path}.{}", it.key))).collect()
}

/// A variant of `include`, and its name where it has one.
fn included(node: &Node, path: &str, root: &Node) -> Result<(Overlay, Option<String>), ConfigError> {
    let mut name = None;
    let mut found = Vec::new();
    for entry in entries(Some(node)) {
        if entry.key == "name" {
            name = Some(names::checked(&entry.node, &format!("{path}.name"))?);
            continue;
        }
        keys::check(&entry.key, path, root, &entry.key_origin)?;
        found.push(setting(&entry.key, &entry.node, &format!("{path}.{}", entry.key))?);
    }
    if found.is_empty() {
        let error = ConfigError::value(path, "the variant sets nothing", &node.origin);
        return Err(error.with_hint("write at least one key; its value may be the one that the configuration has"));
    }
    Ok((Overlay { name: String::new(), origin: node.origin.clone(), settings: found }, name))
}

/// The place of the variant that the others are compared with.
pub(super) fn baseline(experiment: &Node, made: &Made) -> Result<usize, ConfigError> {
    const KEY: &str = "experiment.baseline";
    let Some(node) = experiment.get("baseline").filter(|it| !it.is_null()) else { return Ok(0) };
    if let Value::Text(text) = &node.value {
        let names = || made.overlays.iter().map(|it| it.name.as_str());
        return names().position(|it| it.eq_ignore_ascii_case(text)).ok_or_else(|| {
            let error = ConfigError::value(KEY, format!("there is no variant `{text}`"), &node.origin);
            match nearest(text, names()) {
                Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                None => error.with_hint(format!("the variants are: {}", listed(names()))),
            }
        });
    }
    if !matches!(node.value, Value::Map(_)) {
        let error = ConfigError::value(KEY, "expected the name of a variant, or its values", &node.origin);
        return Err(error.with_hint("write it as in `baseline: {llm: small}`"));
    }
    let wanted = settings(node, KEY)?;
    let known = || made.overlays.iter().flat_map(|it| &it.settings).map(|it| it.key.as_str());
    if let Some(odd) = wanted.iter().find(|it| known().all(|key| key != it.key)) {
        let error = ConfigError::value(KEY, format!("no variant sets `{}`", odd.key), &odd.node.origin);
        return Err(match nearest(&odd.key, known()) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint("name keys of the matrix"),
        });
    }
    let places: Vec<usize> =
        (0..).zip(&made.overlays).filter(|(_, it)| it.has_all(&wanted)).map(|(place, _)| place).collect();
    match places.as_slice() {
        [place] => Ok(*place),
        [] if made.excluded.iter().any(|it| it.has_all(&wanted)) => {
            let error = ConfigError::value(KEY, "this combination is excluded", &node.origin);
            Err(error.with_hint("choose another baseline, or take it out of `exclude`"))
        }
        [] => {
            let error = ConfigError::value(KEY, "no variant has these values", &node.origin);
            Err(error.with_hint("write values as the matrix does"))
        }
        several => {
            let names = several.iter().filter_map(|place| made.overlays.get(*place)).map(|it| it.name.as_str());
            let reason = format!("{} variants have these values: {}", several.len(), listed(names));
            Err(ConfigError::value(KEY, reason, &node.origin).with_hint("name more of its values, or its name"))
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.collect();
    let more = if all.len() > 8 { format!(" and {} more", all.len() - 8) } else { String::new() };
    let shown: Vec<String> = all.iter().take(8).map(|it| format!("`{it}`")).collect();
    format!("{}{more}", shown.join(", "))
}
