//! Reads the values of the accepted outputs of the last step: of fields with a closed list of values, of booleans and
//! of numbers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::answers::shown_groups;
use super::columns::{FinishedWork, plain};
use super::model::{FieldDistribution, GroupDistribution, LabelShare, NumberFacts, OutcomeGroup};
use super::number::{Count, Share, decimal_within};
use crate::store::sql;

/// How many values a distribution by group shows.
const VALUES_BY_GROUP: usize = 8;
/// How many values of a field are listed.
const VALUES: usize = 50;
/// A field with at most this many different numbers has each of them listed; one with more has ten ranges.
const FEW_NUMBERS: i64 = 12;

/// A field of the output contract.
#[derive(Debug)]
pub(super) struct OutputField {
    pub(super) name: String,
    /// The values, if the field has a closed list of them.
    values: Option<Vec<String>>,
}

/// Returns the output fields, in the order of the schema.
pub(super) fn output_fields(contract: &FinishedWork) -> Vec<OutputField> {
    let fields = contract.outputs["fields"].as_array().into_iter().flatten();
    fields
        .filter_map(|field| {
            let name = field["name"].as_str()?.to_owned();
            let values = field["values"].as_array().map(|values| {
                let mut labels: Vec<String> = Vec::new();
                for label in values.iter().map(label) {
                    if !labels.contains(&label) {
                        labels.push(label);
                    }
                }
                labels
            });
            Some(OutputField { name, values: values.filter(|values| !values.is_empty()) })
        })
        .collect()
}

/// The label of a value: a text as it is, except for one that would look like another value.
fn label(value: &Value) -> String {
    match value.as_str() {
        Some("null" | "true" | "false") => value.to_string(),
        _ => plain(value),
    }
}

/// The values of a field that has no closed list of them.
struct ValueKinds {
    nulls: i64,
    booleans: i64,
    different: i64,
    numbers: Option<NumberFacts>,
}

impl ValueKinds {
    /// Whether all values are null, true or false.
    fn is_boolean(&self) -> bool {
        self.booleans > 0 && self.numbers.is_none()
    }

    fn has_few(&self) -> bool {
        self.is_boolean() || self.different <= FEW_NUMBERS
    }
}

/// Reads what kinds of values the fields have, without those that have others than null, booleans or numbers.
fn kinds(connection: &Connection, steps: &str) -> rusqlite::Result<BTreeMap<String, ValueKinds>> {
    let mut found = BTreeMap::new();
    sql::VIEW_REPORT_KINDS.each::<rusqlite::Error>(connection, &[(":steps", &steps)], |row| {
        let (nulls, booleans, count): (i64, i64, i64) = (row.get("nulls")?, row.get("booleans")?, row.get("numbers")?);
        // A field of texts, lists or several kinds is not summed up.
        if row.get::<_, i64>("items")? != nulls + booleans + count || (booleans > 0) == (count > 0) {
            return Ok(());
        }
        let numbers = if count > 0 {
            let (lowest, mean, highest) = (row.get("lowest")?, row.get("mean")?, row.get("highest")?);
            Some(NumberFacts { count: Count(count), lowest, mean, highest })
        } else {
            None
        };
        found.insert(row.get("field")?, ValueKinds { nulls, booleans, different: row.get("different")?, numbers });
        Ok(())
    })?;
    Ok(found)
}

/// How often each value of a field was accepted in each group. Groups are indexes into the list of groups.
type ValueCounts = HashMap<(usize, String), i64>;

/// Reads the distribution of each field whose values are few or numbers.
pub(super) fn distributions(
    connection: &Connection,
    fields: &[OutputField],
    groups: &[OutcomeGroup],
    steps: &str,
) -> rusqlite::Result<Vec<FieldDistribution>> {
    let kinds = kinds(connection, steps)?;
    let few = |it: &&OutputField| it.values.is_some() || kinds.get(&it.name).is_some_and(ValueKinds::has_few);
    let names: Vec<&str> = fields.iter().filter(few).map(|it| it.name.as_str()).collect();
    let counted = if names.is_empty() { HashMap::new() } else { value_counts(connection, &names, groups, steps)? };
    let ranges = ranges(connection, &kinds, steps)?;
    let none = ValueCounts::new();
    let mut found = Vec::new();
    for OutputField { name, values } in fields {
        let cells = counted.get(name).unwrap_or(&none);
        let kind = kinds.get(name);
        let numbers = kind.and_then(|it| it.numbers);
        match (values, kind) {
            (Some(values), _) => found.push(distribution(name, &with_null(values, cells), numbers, cells, groups)),
            (None, Some(kind)) if kind.is_boolean() => {
                let null = (kind.nulls > 0).then_some("null");
                let values: Vec<String> = ["true", "false"].into_iter().chain(null).map(str::to_owned).collect();
                found.push(distribution(name, &values, None, cells, groups));
            }
            (None, Some(kind)) if kind.has_few() => {
                found.push(distribution(name, &in_order(cells), numbers, cells, groups));
            }
            (None, Some(kind)) => found.extend(ranges.get(name).map(|bins| in_ranges(name, kind, bins))),
            (None, None) => {}
        }
    }
    Ok(found)
}

/// The values of a closed list, and null where the field may be null besides and is.
fn with_null(values: &[String], cells: &ValueCounts) -> Vec<String> {
    let is_null = cells.keys().any(|(_, label)| label == "null");
    let is_listed = values.iter().any(|it| it == "null");
    values.iter().cloned().chain((is_null && !is_listed).then(|| "null".to_owned())).collect()
}

/// Reads how often each value of some fields was accepted in each group.
fn value_counts(
    connection: &Connection,
    names: &[&str],
    groups: &[OutcomeGroup],
    steps: &str,
) -> rusqlite::Result<HashMap<String, ValueCounts>> {
    let others = groups.iter().filter(|group| group.rowid.is_some()).count();
    let mut counted: HashMap<String, ValueCounts> = HashMap::new();
    let parameters: &[(&'static str, &dyn rusqlite::ToSql)] =
        &[(":fields", &json!(names).to_string()), (":groups", &shown_groups(groups)), (":steps", &steps)];
    sql::VIEW_REPORT_FIELDS.each::<rusqlite::Error>(connection, parameters, |row| {
        let place: Option<i64> = row.get("place")?;
        let place = place.and_then(|place| usize::try_from(place).ok()).unwrap_or(others);
        let cells = counted.entry(row.get("field")?).or_default();
        *cells.entry((place, row.get("label")?)).or_default() += row.get::<_, i64>("items")?;
        Ok(())
    })?;
    Ok(counted)
}

/// The values of a field of numbers in their order, null last.
fn in_order(cells: &ValueCounts) -> Vec<String> {
    let mut values: Vec<String> = cells.keys().map(|(_, label)| label.clone()).collect();
    let number = |label: &String| label.parse::<f64>().unwrap_or(f64::INFINITY);
    values.sort_by(|a, b| number(a).total_cmp(&number(b)).then_with(|| a.cmp(b)));
    values.dedup();
    values
}

/// Reads the counts of fields with many different numbers, in ten equal ranges each.
fn ranges(
    connection: &Connection,
    kinds: &BTreeMap<String, ValueKinds>,
    steps: &str,
) -> rusqlite::Result<HashMap<String, [i64; 10]>> {
    let many = kinds.iter().filter(|(_, kind)| !kind.has_few());
    let many = many.filter_map(|(name, kind)| kind.numbers.map(|facts| (name, facts)));
    let fields: Vec<Value> =
        many.map(|(name, it)| json!({"name": name, "lowest": it.lowest, "highest": it.highest})).collect();
    let mut found: HashMap<String, [i64; 10]> = HashMap::new();
    if fields.is_empty() {
        return Ok(found);
    }
    let fields = Value::from(fields).to_string();
    sql::VIEW_REPORT_NUMBERS.each::<rusqlite::Error>(
        connection,
        &[(":fields", &fields), (":steps", &steps)],
        |row| {
            let bin = usize::try_from(row.get::<_, i64>("bin")?).unwrap_or_default();
            if let Some(count) = found.entry(row.get("field")?).or_default().get_mut(bin) {
                *count += row.get::<_, i64>("items")?;
            }
            Ok(())
        },
    )?;
    Ok(found)
}

fn in_ranges(name: &str, kind: &ValueKinds, bins: &[i64; 10]) -> FieldDistribution {
    let numbers = kind.numbers.unwrap_or_default();
    let width = (numbers.highest - numbers.lowest) / 10.0;
    let whole = numbers.count.0 + kind.nulls;
    let mut edge = numbers.lowest;
    let mut overall: Vec<LabelShare> = Vec::with_capacity(11);
    for (place, items) in (1u8..).zip(bins) {
        let next = numbers.lowest + width * f64::from(place);
        let label = format!("{} to {}", decimal_within(edge, width), decimal_within(next, width));
        overall.push(LabelShare { label, share: Share::new(*items, whole) });
        edge = next;
    }
    if kind.nulls > 0 {
        overall.push(LabelShare { label: "null".to_owned(), share: Share::new(kind.nulls, whole) });
    }
    let (shown_values, by_group) = (Vec::new(), Vec::new());
    FieldDistribution { name: name.to_owned(), numbers: Some(numbers), overall, shown_values, by_group }
}

fn distribution(
    name: &str,
    values: &[String],
    numbers: Option<NumberFacts>,
    cells: &ValueCounts,
    groups: &[OutcomeGroup],
) -> FieldDistribution {
    let accepted: i64 = cells.values().sum();
    let count =
        |value: &str| cells.iter().filter(|((_, label), _)| label == value).map(|(_, items)| items).sum::<i64>();
    let mut counts: Vec<(String, i64)> = values.iter().map(|value| (value.clone(), count(value))).collect();
    if counts.len() > VALUES {
        counts.sort_by_key(|(_, items)| Reverse(*items));
        counts.truncate(VALUES);
    }
    let listed: i64 = counts.iter().map(|(_, items)| items).sum();
    let mut overall: Vec<LabelShare> = counts
        .iter()
        .map(|(value, items)| LabelShare { label: value.clone(), share: Share::new(*items, accepted) })
        .collect();
    if listed < accepted {
        overall.push(LabelShare { label: "(other values)".to_owned(), share: Share::new(accepted - listed, accepted) });
    }
    counts.sort_by_key(|(_, items)| Reverse(*items));
    let apart = if counts.len() > VALUES_BY_GROUP { VALUES_BY_GROUP - 1 } else { counts.len() };
    let mut shown: Vec<String> = counts.into_iter().take(apart).map(|(value, _)| value).collect();
    let by_group = groups.iter().enumerate().map(|(place, group)| group_distribution(place, group, cells, &shown));
    let by_group: Vec<GroupDistribution> = by_group.collect();
    if by_group.iter().any(|group| group.slices.len() > shown.len() && group.slices[shown.len()].share.part.0 > 0) {
        shown.push("(other values)".to_owned());
    }
    let by_group = by_group
        .into_iter()
        .map(|mut group| {
            group.slices.truncate(shown.len());
            group
        })
        .collect();
    FieldDistribution { name: name.to_owned(), numbers, overall, shown_values: shown, by_group }
}

/// Returns a group's slices: one for each shown value, then one for all the others.
fn group_distribution(place: usize, group: &OutcomeGroup, cells: &ValueCounts, shown: &[String]) -> GroupDistribution {
    let whole: i64 = cells.iter().filter(|((it, _), _)| *it == place).map(|(_, items)| items).sum();
    let slice = |label: &str, items: i64| LabelShare { label: label.to_owned(), share: Share::new(items, whole) };
    let mut slices: Vec<LabelShare> = shown
        .iter()
        .map(|value| slice(value, cells.get(&(place, value.clone())).copied().unwrap_or_default()))
        .collect();
    let named: i64 = slices.iter().map(|it| it.share.part.0).sum();
    slices.push(slice("(other values)", whole - named));
    GroupDistribution { group: group.label(), slices }
}
