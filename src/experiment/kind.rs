//! What the kinds of metrics have in common and do not.

use serde_json::Value;

use crate::config::{Metric, MetricKind};

/// The name of the gold value that a metric is compared with; `None` where it needs none.
#[must_use]
pub fn gold_name(metric: &Metric) -> Option<String> {
    let needs_gold =
        !matches!(metric.kind, MetricKind::Regex { .. } | MetricKind::Expr { .. } | MetricKind::Judge { .. });
    needs_gold.then(|| metric.gold.clone().or_else(|| metric.of.clone()).unwrap_or_default())
}

impl MetricKind {
    /// The word in the configuration.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::F1Macro => "f1_macro",
            Self::F1Micro => "f1_micro",
            Self::Precision { .. } => "precision",
            Self::Recall { .. } => "recall",
            Self::Mae => "mae",
            Self::Rmse => "rmse",
            Self::Contains => "contains",
            Self::Jaccard => "jaccard",
            Self::Regex { .. } => "regex",
            Self::Numeric { .. } => "numeric",
            Self::Expr { .. } => "expr",
            Self::Judge { .. } => "judge",
        }
    }

    /// Whether it counts labels over all work items.
    #[must_use]
    pub fn has_labels(&self) -> bool {
        matches!(self, Self::F1Macro | Self::F1Micro | Self::Precision { .. } | Self::Recall { .. })
    }

    /// Whether it measures errors: less is better, and a missing answer has none.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Mae | Self::Rmse)
    }

    /// Whether an output can be worth 0 or 1 alone. Of an expression that depends on what it gives.
    #[must_use]
    pub fn may_be_binary(&self) -> bool {
        matches!(self, Self::Exact | Self::Contains | Self::Regex { .. } | Self::Numeric { .. } | Self::Expr { .. })
    }
}

/// The JSON type of a value, as a schema names it. A number that is written as a whole one is an `integer`.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
