//! Resolves the variables of templates (`vars:`), and lays those of a step over those at the top.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::block::ConfigBlock;
use super::error::{ConfigError, Origin};
use super::node::{self, Entry, Node};

/// The variables that have a value. One without is not set.
pub(super) fn resolve(
    at: &ConfigBlock<'_>,
    written: BTreeMap<String, Value>,
) -> Result<Map<String, Value>, ConfigError> {
    if let Some(name) = written.keys().find(|name| !is_name(name)) {
        let origin = at.node.get("vars").and_then(|vars| vars.entry(name)).map(|entry| &entry.key_origin);
        let reason = format!("`{}` cannot be a variable's name", name.escape_debug());
        let error = ConfigError::value("vars", reason, origin.unwrap_or(at.origin("vars")));
        return Err(error.with_hint("use letters, digits and `_`, and do not start with a digit"));
    }
    if let Some(vars) = at.node.get("vars") {
        check_numbers(vars)?;
    }
    Ok(written.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

/// Refuses a number that templates would show with other characters than those that are written, such as `007`.
fn check_numbers(node: &Node) -> Result<(), ConfigError> {
    let (shown, written) = match &node.value {
        node::Value::Whole(value, written) => (value.to_string(), written),
        node::Value::Real(value, written) => (Value::from(*value).to_string(), written),
        node::Value::Map(entries) => return entries.iter().try_for_each(|entry| check_numbers(&entry.node)),
        node::Value::List(items) => return items.iter().try_for_each(check_numbers),
        _ => return Ok(()),
    };
    if shown == *written {
        return Ok(());
    }
    let error = ConfigError::value("vars", format!("the number {written} would be sent as {shown}"), &node.origin);
    Err(error.with_hint(format!("write '{written}' in quotes to keep it as it stands, or {shown}")))
}

/// Whether templates can write `vars.NAME`.
pub(crate) fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Lays a step's own variables over those at the top: each as a whole. What was set on the command line stays.
pub(super) fn lay_over(root: &mut Node, own: &Node) {
    let node::Value::Map(own_entries) = &own.value else { return };
    let Some(under) = root.get_mut("vars") else {
        if let node::Value::Map(entries) = &mut root.value {
            let key_origin = own.origin.clone();
            entries.push(Entry { key: "vars".to_owned(), key_origin, node: own.clone() });
        }
        return;
    };
    if under.is_null() {
        under.value = node::Value::Map(Vec::new());
    }
    let node::Value::Map(entries) = &mut under.value else { return };
    for over in own_entries {
        match entries.iter_mut().find(|entry| entry.key == over.key) {
            Some(entry) if matches!(entry.node.origin, Origin::Set(_)) => {}
            Some(entry) => entry.node = over.node.clone(),
            None => entries.push(over.clone()),
        }
    }
}
