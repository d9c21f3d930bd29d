//! The columns of a recorded data set.

use serde_json::Value;

pub(super) fn column_list(columns: &Value) -> Vec<String> {
    columns.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}
