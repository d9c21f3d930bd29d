//! Resolves a whole configuration: lays `--set` over it, puts models in the place of their names, resolves the steps
//! and the experiment, and lays each variant of it over the rest.

use std::collections::BTreeMap;

use super::canary::canary;
use super::error::ConfigError;
use super::experiment::{self, Variants};
use super::gold_columns::{gold_columns, keep_apart};
use super::metric_step::metric_steps;
use super::models;
use super::node::Node;
use super::output_files;
use super::parse::Raw;
use super::pin_blocks::PinsSource;
use super::places::Places;
use super::resolved::{Config, Experiment, Variant};
use super::steps::resolve_steps;

/// The key of an override that sets `run.seed`, and the seed of each model whose provider takes one.
pub const SEED: &str = "--seed";

/// A variant of an experiment with the configuration of each step under it.
#[derive(Clone, Debug)]
pub struct VariantConfigs {
    pub variant: Variant,
    /// Each step after those that it takes from; then those of the metrics that ask a model. They have no experiment.
    pub configs: Vec<Config>,
    /// Where the keys are written; those that the variant sets, in the experiment.
    pub places: Places,
}

/// Lays `overrides` (dotted key, YAML value: the `--set`s, in order) over `raw`, checks everything and fills in the
/// defaults. Returns a configuration for each step, each after those that it takes from; the last one has the
/// experiment and the canary. With `rehearse`, the `sample` provider replaces every other. The first problem is
/// reported.
///
/// A key that the experiment varies need not be written at the top: it then has the baseline's value.
pub fn resolve(raw: Raw, overrides: &[(String, String)], rehearse: bool) -> Result<Vec<Config>, ConfigError> {
    let whole = Whole::of(raw, overrides)?;
    let mut configs = whole.configs(whole.root.clone(), rehearse)?;
    if let (Some(variants), Some(last)) = (&whole.variants, configs.last_mut()) {
        last.experiment = Some(whole.experiment(variants, last, rehearse)?);
        whole.check_variants(variants)?;
    }
    if let Some(last) = configs.last_mut() {
        last.canary = canary(&whole.root, last)?;
    }
    Ok(configs)
}

/// Resolves each variant of the experiment in `raw`, as [`resolve`] does the task itself; none without an experiment.
pub fn resolve_variants(
    raw: Raw,
    overrides: &[(String, String)],
    rehearse: bool,
) -> Result<Vec<VariantConfigs>, ConfigError> {
    let whole = Whole::of(raw, overrides)?;
    let Some(variants) = &whole.variants else { return Ok(Vec::new()) };
    let base = whole.configs(whole.root.clone(), rehearse)?;
    let experiment = base.last().map(|last| whole.experiment(variants, last, rehearse)).transpose()?;
    let mut all = Vec::with_capacity(variants.overlays.len());
    for (index, variant) in variants.as_resolved().into_iter().enumerate() {
        let root = whole.of_variant(variants, index)?;
        let places = Places::of(&Raw { node: root.clone(), pins: PinsSource::default() }, &[]);
        let mut configs = whole.configs(root, rehearse).map_err(|error| error.in_variant(&variant.name))?;
        if let (Some(last), Some(experiment)) = (configs.last().cloned(), &experiment) {
            configs.extend(metric_steps(&last, experiment));
        }
        all.push(VariantConfigs { variant, configs, places });
    }
    Ok(all)
}

/// A configuration with what was set on the command line, before any default.
struct Whole<'a> {
    root: Node,
    overrides: &'a [(String, String)],
    variants: Option<Variants>,
    seed: Option<u64>,
    pins: PinsSource,
}

impl<'a> Whole<'a> {
    fn of(raw: Raw, overrides: &'a [(String, String)]) -> Result<Self, ConfigError> {
        let mut root = raw.node.clone();
        set(&mut root, overrides.iter())?;
        let variants = Variants::of(&root)?;
        if let Some(baseline) = variants.as_ref().and_then(Variants::baseline) {
            root = raw.node;
            // What the model of a name says is written, too. A name that is wrong is reported where all is read.
            let mut written = root.clone();
            let _ = models::expand(&mut written);
            let lacks = |root: &Node, key: &str| root.find(key).is_none_or(Node::is_null);
            for (key, node) in baseline.nodes() {
                if lacks(&root, key) && lacks(&written, key) {
                    models::name_in_blocks(&mut root)?;
                    root.set(key, node.clone())?;
                }
            }
            set(&mut root, overrides.iter())?;
        }
        let seeds = overrides.iter().filter(|(key, _)| key == SEED);
        let seed = seeds.filter_map(|(_, text)| text.parse().ok()).next_back();
        Ok(Self { root, overrides, variants, seed, pins: raw.pins })
    }

    /// The experiment of a task with this last step.
    fn experiment(&self, variants: &Variants, last: &Config, rehearse: bool) -> Result<Experiment, ConfigError> {
        let mut root = self.root.clone();
        models::expand(&mut root)?;
        let mut experiment = experiment::resolve(&root, variants, last, rehearse)?;
        if let Some(seed) = self.seed {
            experiment.each_llm(&|llm| llm.set_seed(seed));
        }
        Ok(experiment)
    }

    /// The configuration of the variant at `index`. What was set on the command line holds for it too, but for what the
    /// variant sets itself: `llm: small` takes `--set llm.retries=2`, and leaves `--set llm=large`.
    fn of_variant(&self, variants: &Variants, index: usize) -> Result<Node, ConfigError> {
        let mut root = self.root.clone();
        let nodes = variants.overlays.get(index).map(experiment::Overlay::nodes).unwrap_or_default();
        for (key, node) in &nodes {
            models::name_in_blocks(&mut root)?;
            root.set(key, (*node).clone())?;
        }
        let own = |key: &str| nodes.keys().any(|own| *own == key || is_below(own, key));
        let again = self.overrides.iter().filter(|(key, _)| nodes.keys().any(|own| is_below(key, own)) && !own(key));
        set(&mut root, again)?;
        Ok(root)
    }

    /// The configurations of the steps in `root`, without the experiment.
    fn configs(&self, mut root: Node, rehearse: bool) -> Result<Vec<Config>, ConfigError> {
        let gold = gold_columns(&root)?;
        let origin = root.origin_of("experiment.gold.fields").clone();
        root.retain(|key| key != "experiment" && key != "canary");
        models::expand(&mut root)?;
        root.retain(|key| key != "models");
        let files = root.elements("outputs.files").to_vec();
        let mut configs = resolve_steps(root, rehearse, &self.pins)?;
        output_files::check_steps(&files, &configs)?;
        for config in &mut configs {
            keep_apart(config, &gold, &origin)?;
        }
        if let Some(seed) = self.seed {
            for config in &mut configs {
                config.each_llm(&|llm| llm.set_seed(seed));
            }
        }
        Ok(configs)
    }

    /// Checks that each variant is valid, and that no two of them are the same task.
    fn check_variants(&self, variants: &Variants) -> Result<(), ConfigError> {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (index, overlay) in variants.overlays.iter().enumerate() {
            let root = self.of_variant(variants, index)?;
            let configs = self.configs(root, false).map_err(|error| error.in_variant(&overlay.name))?;
            let task: serde_json::Value = configs.iter().map(Config::snapshot).collect();
            if let Some(other) = seen.insert(task.to_string(), &overlay.name) {
                let reason = format!("the variants `{other}` and `{}` are the same task", overlay.name);
                let error = ConfigError::value("experiment", reason, &overlay.origin);
                return Err(error.with_hint("let them differ, or remove one of them"));
            }
        }
        Ok(())
    }
}

/// Whether the key path `key` leads into the block or list at `block`.
fn is_below(key: &str, block: &str) -> bool {
    key.strip_prefix(block).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Sets what the command line says, in order.
fn set<'a>(root: &mut Node, overrides: impl Iterator<Item = &'a (String, String)>) -> Result<(), ConfigError> {
    for (key, text) in overrides {
        models::name_in_blocks(root)?;
        root.set(if key == SEED { "run.seed" } else { key }, Node::parse_set(key, text)?)?;
    }
    models::name_in_blocks(root)
}
