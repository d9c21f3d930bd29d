//! Words in tables of gold answers that are values where a schema lists them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Project;
use crate::config::Metric;
use crate::record::OutputPath;
use crate::tabular::{TableFormat, normalise};

impl Project {
    /// The columns of gold answers, in a table of this `format`, in which a word for no value, such as `none`, is a
    /// value: in JSON, which has `null`, all of them, and else those that a metric compares with a field whose schema
    /// lists such a word.
    #[must_use]
    pub fn gold_words(&self, format: TableFormat) -> Vec<String> {
        let Some(experiment) = &self.config.experiment else { return Vec::new() };
        let Some(gold) = &experiment.gold else { return Vec::new() };
        if matches!(format, TableFormat::Jsonl | TableFormat::Json) {
            return gold.fields.values().cloned().collect();
        }
        let is_word = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty() && normalise(text).is_empty());
        let lists_word = |metric: &&Metric| {
            let path = metric.of.as_deref().and_then(|of| of.parse::<OutputPath>().ok());
            let values = self.last().zip(path).and_then(|(last, path)| last.contract.values_at(&path));
            values.is_some_and(|values| values.iter().any(is_word))
        };
        let metrics = experiment.metrics.iter().filter(lists_word);
        let columns: BTreeSet<&String> = metrics.filter_map(|metric| gold.fields.get(metric.gold.as_ref()?)).collect();
        columns.into_iter().cloned().collect()
    }
}
