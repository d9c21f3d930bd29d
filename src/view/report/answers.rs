//! Reads what was answered: the values of outputs, by group, the attempts and the judge's verdicts.

use std::cmp::Reverse;
use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::Value;

use super::columns::{FinishedWork, outcome_counts, plain};
use super::model::{
    Attempts, FieldDistribution, GroupDistribution, JudgeReason, JudgeSummary, LabelShare, OutcomeGroup,
};
use super::number::{Count, Share, clipped};
use crate::store::sql;

/// How many groups are shown one by one.
pub(super) const GROUPS: i64 = 50;
/// How many values a distribution by group shows.
const VALUES_BY_GROUP: usize = 8;
/// How many values of a field are listed.
const VALUES: usize = 50;
/// Work items with this many attempts or more are counted together.
const MANY_ATTEMPTS: i64 = 10;
/// How many of the judge's reasons are shown.
const REASONS: i64 = 20;
/// How many characters of a reason are shown.
const LONGEST_REASON: usize = 400;

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
                for label in values.iter().map(plain) {
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

/// Reads the groups of the last step, largest first. The last element sums up those that are not shown one by one.
pub(super) fn groups(connection: &Connection) -> rusqlite::Result<Vec<OutcomeGroup>> {
    sql::VIEW_REPORT_GROUPS.all(connection, &[(":limit", &GROUPS)], |row| {
        let shown = row.get::<_, i64>("place")? <= GROUPS;
        Ok(OutcomeGroup {
            key: if shown { Some(row.get("group_key")?) } else { None },
            groups: Count(row.get("groups")?),
            rows: Count(row.get("row_count")?),
            included_rows: Count(row.get("included_rows")?),
            counts: outcome_counts(row)?,
            rowid: if shown { Some(row.get("row_group")?) } else { None },
        })
    })
}

/// Returns the rowids of the groups that are shown one by one, as a JSON list for a statement.
pub(super) fn shown_groups(groups: &[OutcomeGroup]) -> String {
    Value::from(groups.iter().filter_map(|group| group.rowid).collect::<Vec<_>>()).to_string()
}

/// How often each value of a field was accepted in each group. Groups are indexes into the list of groups.
type ValueCounts = HashMap<(usize, String), i64>;

/// Reads the distribution of each field that has a closed list of values.
pub(super) fn distributions(
    connection: &Connection,
    fields: &[OutputField],
    groups: &[OutcomeGroup],
) -> rusqlite::Result<Vec<FieldDistribution>> {
    let names: Vec<&str> = fields.iter().filter(|it| it.values.is_some()).map(|it| it.name.as_str()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let others = groups.iter().filter(|group| group.rowid.is_some()).count();
    let mut counted: HashMap<String, ValueCounts> = HashMap::new();
    let parameters: &[(&'static str, &dyn rusqlite::ToSql)] =
        &[(":fields", &Value::from(names).to_string()), (":groups", &shown_groups(groups))];
    sql::VIEW_REPORT_FIELDS.each::<rusqlite::Error>(connection, parameters, |row| {
        let place: Option<i64> = row.get("place")?;
        let place = place.and_then(|place| usize::try_from(place).ok()).unwrap_or(others);
        let cells = counted.entry(row.get("field")?).or_default();
        *cells.entry((place, row.get("label")?)).or_default() += row.get::<_, i64>("items")?;
        Ok(())
    })?;
    let none = ValueCounts::new();
    let closed = fields.iter().filter_map(|field| Some((field, field.values.as_ref()?)));
    Ok(closed
        .map(|(field, values)| distribution(&field.name, values, counted.get(&field.name).unwrap_or(&none), groups))
        .collect())
}

fn distribution(name: &str, values: &[String], cells: &ValueCounts, groups: &[OutcomeGroup]) -> FieldDistribution {
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
    FieldDistribution { name: name.to_owned(), overall, shown_values: shown, by_group }
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

/// Reads how the current attempts ended, and how many each accepted work item took.
pub(super) fn attempts(connection: &Connection) -> rusqlite::Result<Attempts> {
    let outcomes =
        sql::VIEW_REPORT_ATTEMPTS.all(connection, &[], |row| Ok((row.get("outcome")?, row.get("attempts")?)))?;
    let per_accepted = sql::VIEW_REPORT_TRIES.all(connection, &[(":limit", &MANY_ATTEMPTS)], |row| {
        let attempts: i64 = row.get("attempts")?;
        let label = if attempts == MANY_ATTEMPTS { format!("{attempts} or more") } else { attempts.to_string() };
        Ok((label, row.get("items")?))
    })?;
    Ok(Attempts { outcomes: slices(outcomes), per_accepted: slices(per_accepted) })
}

fn slices(counts: Vec<(String, i64)>) -> Vec<LabelShare> {
    let whole = counts.iter().map(|(_, count)| count).sum();
    counts.into_iter().map(|(label, count)| LabelShare { label, share: Share::new(count, whole) }).collect()
}

/// Reads the judge's verdicts; `None` if no current attempt was judged.
pub(super) fn judging(connection: &Connection, min_score: Option<i64>) -> rusqlite::Result<Option<JudgeSummary>> {
    let (mut judged, mut passed, mut accepted) = (0i64, 0i64, 0i64);
    let mut scores = [Count(0); 10];
    sql::VIEW_REPORT_VERDICTS.each::<rusqlite::Error>(connection, &[], |row| {
        let attempts: i64 = row.get("attempts")?;
        judged += attempts;
        accepted += row.get::<_, i64>("accepted")?;
        if row.get_ref("verdict")?.as_str()? == "PASS" {
            passed += attempts;
        }
        let bin: Option<i64> = row.get("bin")?;
        if let Some(score) = bin.and_then(|bin| usize::try_from(bin).ok()).and_then(|bin| scores.get_mut(bin)) {
            score.0 += attempts;
        }
        Ok(())
    })?;
    if judged == 0 {
        return Ok(None);
    }
    let reasons = sql::VIEW_REPORT_REASONS.all(connection, &[(":limit", &REASONS)], |row| {
        Ok(JudgeReason {
            text: clipped(row.get_ref("reason")?.as_str()?, LONGEST_REASON),
            times: Count(row.get("times")?),
            not_accepted: Count(row.get("turned_down")?),
        })
    })?;
    Ok(Some(JudgeSummary {
        passed: Share::new(passed, judged),
        accepted: Share::new(accepted, judged),
        min_score,
        scores,
        reasons,
    }))
}
