//! The metrics of an experiment: each with what its kind needs, and nothing else.

use super::columns::{COLUMNS_AFTER, COLUMNS_BEFORE, METRIC_COLUMNS, MORE_ITEMS};
use regex::Regex;

use crate::config::block::ConfigBlock;
use crate::config::error::{ConfigError, nearest};
use crate::config::llm::resolve_llm;
use crate::config::llm_layers::lay_over;
use crate::config::node::Node;
use crate::config::pin_blocks;
use crate::config::raw::{self, MetricWord};
use crate::config::resolved::{Gold, Llm, Metric, MetricKind};
use crate::config::vars::is_name;
use crate::record::OutputPath;

/// Figures that every variant has, whatever the metrics.
pub(super) const FIGURES: [&str; 5] = ["valid", "cost_per_item", "latency_ms", "input_tokens", "output_tokens"];

/// Whether the metric `name` would have the name of another column of the metric `of`.
fn is_column_of(name: &str, of: &str) -> bool {
    name.strip_prefix(of).is_some_and(|end| METRIC_COLUMNS[1..].contains(&end))
}

/// Resolves the `written` metrics of the experiment of the configuration in `root`. With `rehearse`, models are
/// samples.
pub(super) fn metrics(
    root: &Node,
    written: &[raw::Metric],
    gold: Option<&Gold>,
    rehearse: bool,
) -> Result<Vec<Metric>, ConfigError> {
    let mut metrics: Vec<Metric> = Vec::with_capacity(written.len());
    for ((index, metric), node) in written.iter().enumerate().zip(root.elements("experiment.metrics")) {
        let prefix = format!("experiment.metrics[{index}]");
        let block = MetricBlock { at: ConfigBlock { node, prefix: &prefix }, root, gold, rehearse };
        if metrics.iter().any(|other| other.name.eq_ignore_ascii_case(&metric.name)) {
            return Err(block.at.bad("name", format!("there is another metric with the name `{}`", metric.name)));
        }
        if let Some(other) =
            metrics.iter().find(|it| is_column_of(&metric.name, &it.name) || is_column_of(&it.name, &metric.name))
        {
            let reason = format!("tables would have two columns of one name, beside the metric `{}`", other.name);
            return Err(block.at.bad("name", reason).with_hint("choose another name"));
        }
        metrics.push(block.metric(metric)?);
    }
    Ok(metrics)
}

/// One metric as it is written, and what it refers to.
struct MetricBlock<'a> {
    at: ConfigBlock<'a>,
    root: &'a Node,
    gold: Option<&'a Gold>,
    rehearse: bool,
}

impl MetricBlock<'_> {
    fn metric(&self, written: &raw::Metric) -> Result<Metric, ConfigError> {
        self.check_name(&written.name)?;
        let word = self.word(written)?;
        self.refuse_others(word)?;
        let of = match (takes_value(word), &written.of) {
            (true, None) => return Err(self.at.missing("of", "name the value in the output, as in `of: product`")),
            (_, of) => of.as_deref().map(|of| self.path(of)).transpose()?,
        };
        let gold = if needs_gold(word) { Some(self.gold_value(written, of.as_deref())?) } else { None };
        Ok(Metric { name: written.name.clone(), of, gold, kind: self.kind(word, written)? })
    }

    fn check_name(&self, name: &str) -> Result<(), ConfigError> {
        if !is_name(name) || name.len() > 60 {
            let error = self.at.bad("name", format!("`{}` cannot be a metric's name", name.escape_debug()));
            return Err(error.with_hint("use letters, digits and `_`, and do not start with a digit"));
        }
        let lower = name.to_ascii_lowercase();
        if COLUMNS_BEFORE.iter().chain(&[MORE_ITEMS]).chain(&COLUMNS_AFTER).any(|it| *it == lower) {
            let error = self.at.bad("name", format!("`{name}` is a figure that every variant has"));
            return Err(error.with_hint("choose another name"));
        }
        Ok(())
    }

    fn word(&self, written: &raw::Metric) -> Result<MetricWord, ConfigError> {
        match written.kind {
            Some(word) => Ok(word),
            None if written.expr.is_some() => Ok(MetricWord::Expr),
            None => Err(self.at.missing(
                "kind",
                "say how it is computed: exact, f1_macro, f1_micro, precision, recall, mae, rmse, contains, jaccard, \
                 regex, numeric, expr or judge",
            )),
        }
    }

    /// Refuses keys that a metric of this kind does not use.
    fn refuse_others(&self, word: MetricWord) -> Result<(), ConfigError> {
        let unused = [
            ("of", takes_value(word)),
            ("gold", needs_gold(word)),
            ("label", matches!(word, MetricWord::Precision | MetricWord::Recall)),
            ("pattern", word == MetricWord::Regex),
            ("within", word == MetricWord::Numeric),
            ("expr", word == MetricWord::Expr),
            ("prompt", word == MetricWord::Judge),
            ("llm", word == MetricWord::Judge),
        ];
        let odd = |key: &str| self.at.node.get(key).is_some_and(|node| !node.is_null());
        match unused.iter().find(|(key, used)| !used && odd(key)) {
            Some((key, _)) => Err(self.at.bad(key, "a metric of this kind does not use it").with_hint("remove it")),
            None => Ok(()),
        }
    }

    /// A path into outputs, in its usual form.
    fn path(&self, of: &str) -> Result<String, ConfigError> {
        let path = of.parse::<OutputPath>().map_err(|error| {
            self.at
                .bad("of", error.to_string())
                .with_hint("write it as in `product`, `address.city` or `claims[].line`")
        })?;
        Ok(path.to_string())
    }

    /// The name of the gold value that the metric needs.
    fn gold_value(&self, written: &raw::Metric, of: Option<&str>) -> Result<String, ConfigError> {
        let Some(gold) = self.gold else {
            let error = self.at.bad("kind", "it compares with gold answers, and the experiment has no `gold`");
            return Err(
                error.with_hint("name them, as in `gold: {path: gold.jsonl, key: id, fields: {product: product}}`")
            );
        };
        let name = written.gold.as_deref().or(of).unwrap_or_default();
        if gold.fields.contains_key(name) {
            return Ok(name.to_owned());
        }
        let key = if written.gold.is_some() { "gold" } else { "of" };
        let known = || gold.fields.keys().map(String::as_str);
        let error = self.at.bad(key, format!("there is no gold value `{name}`"));
        Err(match nearest(name, known()) {
            Some(near) if key == "of" => {
                error.with_hint(format!("did you mean `of: {near}`? The gold value of another name is `gold: NAME`"))
            }
            Some(near) => error.with_hint(format!("did you mean `gold: {near}`?")),
            None => {
                let names: Vec<&str> = known().collect();
                error.with_hint(format!("name one with `gold:`; they are {}", names.join(", ")))
            }
        })
    }

    fn kind(&self, word: MetricWord, written: &raw::Metric) -> Result<MetricKind, ConfigError> {
        Ok(match word {
            MetricWord::Exact => MetricKind::Exact,
            MetricWord::F1Macro => MetricKind::F1Macro,
            MetricWord::F1Micro => MetricKind::F1Micro,
            MetricWord::Precision => MetricKind::Precision { label: written.label.clone() },
            MetricWord::Recall => MetricKind::Recall { label: written.label.clone() },
            MetricWord::Mae => MetricKind::Mae,
            MetricWord::Rmse => MetricKind::Rmse,
            MetricWord::Contains => MetricKind::Contains,
            MetricWord::Jaccard => MetricKind::Jaccard,
            MetricWord::Regex => MetricKind::Regex { pattern: self.pattern(written.pattern.as_ref())? },
            MetricWord::Numeric => {
                let hint = "say how far the numbers may be apart, as in `within: 0.5`";
                let within = written.within.ok_or_else(|| self.at.missing("within", hint))?;
                MetricKind::Numeric { within: self.at.real("within", Some(within), within, (0.0, 1e12))? }
            }
            MetricWord::Expr => {
                let hint = "write the expression, as in `expr: \"output.quote in row.narrative\"`";
                let expr = written.expr.clone().ok_or_else(|| self.at.missing("expr", hint))?;
                MetricKind::Expr { expr: self.at.filled("expr", expr)? }
            }
            MetricWord::Judge => {
                let hint = "name the prompt that asks for a verdict, as in `prompt: prompts/helpful.yaml`";
                let prompt = written.prompt.clone().ok_or_else(|| self.at.missing("prompt", hint))?;
                MetricKind::Judge { prompt: self.at.path("prompt", prompt)?, llm: Box::new(self.llm()?) }
            }
        })
    }

    fn pattern(&self, written: Option<&String>) -> Result<String, ConfigError> {
        let hint = "write the pattern, as in `pattern: \"^[A-Z]{3}-\"`";
        let pattern = self.at.filled("pattern", written.cloned().ok_or_else(|| self.at.missing("pattern", hint))?)?;
        match Regex::new(&pattern) {
            Ok(_) => Ok(pattern),
            Err(error) => {
                // The last line says what is wrong; those before it show where.
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                Err(self.at.bad("pattern", format!("not a pattern: {reason}")))
            }
        }
    }

    /// The model of a judge. It is the same for all variants: that of the metric over the block at the top.
    fn llm(&self) -> Result<Llm, ConfigError> {
        let Some(own) = self.at.node.get("llm").filter(|it| !it.is_null()) else {
            return Err(self.at.missing("llm", "name the model that judges all variants, as in `llm: large`"));
        };
        let top = self.root.get("llm").filter(|it| !it.is_null()).cloned();
        let mut merged = top.unwrap_or_else(|| Node::empty_block(own.origin.clone()));
        merged.retain(|key| !matches!(key, "escalate" | "by_row"));
        lay_over(&mut merged, own);
        let prefix = format!("{}.llm", self.at.prefix);
        pin_blocks::refuse(&merged, &prefix)?;
        let mut llm = resolve_llm(&merged, &prefix)?;
        if !llm.escalate.is_empty() || llm.by_row.is_some() {
            return Err(self.at.bad("llm", "a judge is one model").with_hint("remove `escalate` and `by_row`"));
        }
        if self.rehearse {
            merged.set("provider", Node::parse_set("provider", "sample")?)?;
            llm = resolve_llm(&merged, &prefix)?;
        }
        Ok(llm)
    }
}

/// Whether the kind measures one value of the output.
fn takes_value(word: MetricWord) -> bool {
    !matches!(word, MetricWord::Expr | MetricWord::Judge)
}

fn needs_gold(word: MetricWord) -> bool {
    takes_value(word) && word != MetricWord::Regex
}
