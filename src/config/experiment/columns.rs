//! The columns of a table of variants, which metrics may not be called.

/// The columns that stand before those of the metrics.
pub const COLUMNS_BEFORE: [&str; 11] = [
    "variant",
    "is_baseline",
    "planned",
    "accepted",
    "rejected",
    "failed",
    "skipped",
    "blocked",
    "pending",
    "valid",
    "missing",
];
/// The column after the metrics, where it is said what decides.
pub const MORE_ITEMS: &str = "more_items";
/// The columns after these.
pub const COLUMNS_AFTER: [&str; 6] =
    ["cost_usd", "cost_per_item", "latency_ms", "input_tokens", "output_tokens", "judging_usd"];
/// What stands after a metric's name in its columns; the first is the metric itself.
pub const METRIC_COLUMNS: [&str; 11] = [
    "",
    "_low",
    "_high",
    "_n",
    "_missing",
    "_difference",
    "_difference_low",
    "_difference_high",
    "_p",
    "_adjusted_p",
    "_verdict",
];
