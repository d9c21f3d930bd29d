//! The usage that the events of a stream report, whatever becomes of the stream.

use serde_json::{Map, Value, json};

/// The members that have the usage, by dialect.
const KEYS: [&str; 2] = ["usage", "usageMetadata"];

/// An error with the usage that the chunks report.
pub(super) fn with_usage(mut error: Value, chunks: &[Value]) -> Value {
    if let (Value::Object(members), Value::Object(reported)) = (&mut error, reported(chunks)) {
        members.extend(reported);
    }
    error
}

/// The usage in the chunks of any dialect: later counts take the place of earlier ones.
pub(super) fn reported(chunks: &[Value]) -> Value {
    let mut whole = Map::new();
    for chunk in chunks {
        let places = [Some(chunk), chunk.get("message"), chunk.get("response")];
        let members = places.into_iter().flatten().flat_map(|it| KEYS.map(|key| (key, &it[key])));
        for (key, counts) in members.filter_map(|(key, usage)| Some((key, usage.as_object()?))) {
            let under = whole.entry(key).or_insert_with(|| json!({}));
            for (name, count) in counts.iter().filter(|(_, count)| !count.is_null()) {
                under[name.as_str()] = count.clone();
            }
        }
    }
    Value::Object(whole)
}
