//! Rules about verdicts: that an attempt's verdict and outcome follow from those of its judges.

use rusqlite::Connection;
use serde_json::Value;

use super::demands::{AllDemands, Demands};
use crate::engine::check::VerifyCheck;
use crate::engine::error::EngineError;
use crate::record::{AttemptOutcome, Verdict};
use crate::schema::JudgeVerdict;
use crate::stage::generate::decide;
use crate::stage::generate::panel::{self, Opinion};
use crate::stage::generate::series::verdict_of;
use crate::store::sql;

/// An attempt that was judged, with each judge's verdict.
struct JudgedAttempt {
    attempt: i64,
    task: i64,
    outcome: String,
    detail: Option<String>,
    together: Option<JudgeVerdict>,
    opinions: Vec<Opinion>,
    /// Whether they are numbered from 1.
    in_order: bool,
}

/// Compares the verdict of each attempt with those of its judges.
pub(super) fn check(connection: &Connection) -> Result<VerifyCheck, EngineError> {
    let mut check = VerifyCheck::new("judges decided by their rule");
    let mut demands = AllDemands::new(connection);
    let mut last: Option<JudgedAttempt> = None;
    let mut look = |judged: &JudgedAttempt| {
        let fine = follows(&*demands.of_task(judged.task)?, judged);
        check.require(fine, || {
            format!("the verdict of attempt {} does not follow from those of its judges", judged.attempt)
        });
        Ok::<_, rusqlite::Error>(())
    };
    sql::VERIFY_VERDICTS.each::<rusqlite::Error>(connection, &[], |row| {
        let attempt: i64 = row.get("attempt")?;
        if let Some(before) = last.take_if(|it| it.attempt != attempt) {
            look(&before)?;
        }
        let verdict = |word, score, reasons| {
            let reasons: Option<Value> = row.get(reasons)?;
            Ok::<_, rusqlite::Error>(verdict_of(word_of(row, word)?, row.get(score)?, reasons.as_ref()))
        };
        let judged = match &mut last {
            Some(judged) => judged,
            None => last.insert(JudgedAttempt {
                attempt,
                task: row.get("task")?,
                outcome: row.get("outcome")?,
                detail: row.get("detail")?,
                together: verdict("together", "score_together", "reasons_together")?,
                opinions: Vec::new(),
                in_order: true,
            }),
        };
        judged.opinions.push(Opinion {
            judge: row.get("judge")?,
            response: 0,
            verdict: verdict("verdict", "score", "reasons")?,
            scores: row.get::<_, bool>("has_rubric")?.then_some(Value::Null),
        });
        judged.in_order &= row.get::<_, i64>("number")? == i64::try_from(judged.opinions.len()).unwrap_or(-1);
        Ok(())
    })?;
    if let Some(judged) = &last {
        look(judged)?;
    }
    for statement in [sql::VERIFY_UNJUDGED_ATTEMPTS, sql::VERIFY_ODD_VERDICTS] {
        statement.each::<rusqlite::Error>(connection, &[], |row| {
            let attempt: i64 = row.get(0)?;
            check.require(false, || format!("attempt {attempt} was not judged by those who should"));
            Ok(())
        })?;
    }
    Ok(check)
}

fn word_of(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<Option<Verdict>> {
    Ok(row.get::<_, Option<String>>(column)?.and_then(|word| word.parse().ok()))
}

/// Whether an attempt's verdict and outcome follow from those of its judges.
fn follows(demands: &Demands, judged: &JudgedAttempt) -> bool {
    let opinions = &judged.opinions;
    let by_their_names = opinions.iter().zip(&demands.judges).all(|(opinion, (name, _))| opinion.judge == *name);
    if !judged.in_order || opinions.len() > demands.judges.len() || !by_their_names {
        return false;
    }
    let by_their_bounds = opinions.iter().zip(&demands.judges).all(|(opinion, (_, least))| {
        let is_bound = demands.panel.is_some() || opinion.scores.is_some();
        let passes = |it: &JudgeVerdict| it.verdict == Verdict::Pass && it.score < *least;
        !(is_bound && opinion.verdict.as_ref().is_some_and(passes))
    });
    if !by_their_bounds {
        return false;
    }
    let outcome = judged.outcome.parse::<AttemptOutcome>().ok();
    let Some(together) = &judged.together else {
        return !matches!(outcome, Some(AttemptOutcome::Accepted | AttemptOutcome::JudgeFailed));
    };
    if opinions.len() != demands.judges.len() || opinions.iter().any(|it| it.verdict.is_none()) {
        return false;
    }
    let fault = match (demands.panel, opinions.first().zip(demands.judges.first())) {
        (Some((rule, least)), _) => {
            if panel::together(opinions, rule, least) != *together {
                return false;
            }
            panel::fault(together, rule, least)
        }
        (None, Some((opinion, (_, least)))) => {
            let fault = decide::check_verdict(together, *least).err();
            let said = match &opinion.scores {
                None => together.clone(),
                Some(_) => {
                    let verdict = if fault.is_none() { Verdict::Pass } else { Verdict::Fail };
                    JudgeVerdict { verdict, ..together.clone() }
                }
            };
            if opinion.verdict.as_ref() != Some(&said) {
                return false;
            }
            fault
        }
        (None, None) => return false,
    };
    match fault {
        None => outcome == Some(AttemptOutcome::Accepted),
        Some(fault) => outcome == Some(fault.outcome) && judged.detail.as_deref() == Some(fault.detail.as_str()),
    }
}
