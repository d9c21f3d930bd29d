//! Reads the groups, the attempts and the judge's verdicts.

use rusqlite::Connection;
use serde_json::Value;

use super::columns::outcome_counts;
use super::model::{Attempts, CriterionScores, JudgeReason, JudgeSummary, LabelShare, NumberFacts, OutcomeGroup};
use super::number::{Count, Share, clipped};
use crate::store::sql;

/// How many groups are shown one by one.
pub(super) const GROUPS: i64 = 50;
/// Work items with this many attempts or more are counted together.
const MANY_ATTEMPTS: i64 = 10;
/// How many of the judge's reasons are shown.
const REASONS: i64 = 20;
/// How many characters of a reason are shown.
const LONGEST_REASON: usize = 400;

/// Reads the groups of the last steps, largest first. The last element sums up those that are not shown one by one.
pub(super) fn groups(connection: &Connection, steps: &str) -> rusqlite::Result<Vec<OutcomeGroup>> {
    sql::VIEW_REPORT_GROUPS.all(connection, &[(":limit", &GROUPS), (":steps", &steps)], |row| {
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
    let (mut given, mut passed, mut accepted, mut attempts) = (0i64, 0i64, 0i64, 0i64);
    let mut scores = [Count(0); 10];
    let mut score = NumberFacts::default();
    let mut total = 0.0;
    sql::VIEW_REPORT_VERDICTS.each::<rusqlite::Error>(connection, &[], |row| {
        let verdicts: i64 = row.get("verdicts")?;
        given += verdicts;
        attempts += row.get::<_, i64>("attempts")?;
        accepted += row.get::<_, i64>("accepted")?;
        if row.get_ref("verdict")?.as_str()? == "PASS" {
            passed += verdicts;
        }
        let bin: Option<i64> = row.get("bin")?;
        if let Some(bin) = bin.and_then(|bin| usize::try_from(bin).ok()).and_then(|bin| scores.get_mut(bin)) {
            bin.0 += verdicts;
            score.add(row.get("lowest")?, 1);
            score.add(row.get("highest")?, verdicts - 1);
            total += row.get::<_, f64>("total")?;
        }
        Ok(())
    })?;
    #[expect(clippy::cast_precision_loss, reason = "a mean for people")]
    let count = score.count.0.max(1) as f64;
    // The bounds of each bin are exact, and so is the sum.
    score.mean = total / count;
    if given == 0 {
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
        passed: Share::new(passed, given),
        accepted: Share::new(accepted, given),
        attempts: Count(attempts),
        min_score,
        scores,
        score,
        criteria: criteria(connection)?,
        reasons,
    }))
}

/// Reads the scores by criterion.
fn criteria(connection: &Connection) -> rusqlite::Result<Vec<CriterionScores>> {
    let mut found: Vec<CriterionScores> = Vec::new();
    sql::VIEW_REPORT_CRITERIA.each::<rusqlite::Error>(connection, &[], |row| {
        let (judge, criterion): (String, String) = (row.get("judge")?, row.get("criterion")?);
        if !found.last().is_some_and(|last| last.judge == judge && last.criterion == criterion) {
            found.push(CriterionScores { judge, criterion, scores: NumberFacts::default(), bins: [Count(0); 10] });
        }
        let (score, verdicts): (f64, i64) = (row.get("score")?, row.get("verdicts")?);
        if let Some(last) = found.last_mut() {
            last.scores.add(score, verdicts);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
            let bin = (score / 10.0).clamp(0.0, 9.0) as usize;
            last.bins[bin].0 += verdicts;
        }
        Ok(())
    })?;
    Ok(found)
}
