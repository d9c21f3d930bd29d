//! What a work item makes of a judge's answer.

use serde_json::Value;

use super::{ItemInProgress, Transition};
use crate::record::Verdict;
use crate::schema::JudgeVerdict;
use crate::stage::generate::decide;
use crate::stage::generate::panel::{self, Opinion};
use crate::stage::generate::reading::TapeAnswer;
use crate::stage::generate::task::{Asks, Task, TaskJudge};

/// A verdict as one judge gave it.
struct SingleVerdict<'a> {
    judge: &'a TaskJudge,
    response: i64,
    verdict: JudgeVerdict,
    scores: Option<Value>,
}

impl ItemInProgress {
    /// Takes a judge's answer about `output`. One without a verdict is asked for again as often as allowed.
    pub(super) fn take_verdict(
        &mut self,
        task: &Task,
        asks: &Asks,
        judge: &TaskJudge,
        (response, answer): (i64, TapeAnswer),
        output: Value,
    ) -> Transition {
        self.current.no_verdict = Some((judge.recorded_name().to_owned(), response));
        let answer = judge.party.reading.apply(answer);
        let read = match &judge.rubric {
            None => decide::read_verdict(&answer).map(|verdict| (verdict, None)),
            Some(rubric) => {
                decide::read_rubric(&answer, rubric, judge.min_score).map(|found| (found.verdict, Some(found.scores)))
            }
        };
        match read {
            Ok((verdict, scores)) => {
                self.judged(task, asks, SingleVerdict { judge, response, verdict, scores }, output)
            }
            Err(fault) if self.judge_may_be_asked_again() => {
                self.current.judge_faults.push((answer.text, fault.detail));
                Transition::Ask
            }
            Err(fault) => self.end(task, Err(fault), None, Some(output)),
        }
    }

    /// Takes a verdict: the next judge is asked, or the attempt is decided.
    fn judged(&mut self, task: &Task, asks: &Asks, single: SingleVerdict<'_>, output: Value) -> Transition {
        let SingleVerdict { judge, response, verdict, scores } = single;
        let check = decide::check_verdict(&verdict, judge.min_score);
        let recorded = if asks.panel.is_none() && scores.is_none() {
            verdict.clone()
        } else {
            let word = if check.is_ok() { Verdict::Pass } else { Verdict::Fail };
            JudgeVerdict { verdict: word, ..verdict.clone() }
        };
        let opinion = Opinion { judge: judge.recorded_name().to_owned(), response, verdict: Some(recorded), scores };
        self.current.opinions.push(opinion);
        self.current.judge_faults.clear();
        self.current.no_verdict = None;
        let Some((rule, min_score)) = asks.panel else {
            return self.end(task, check, Some(verdict), Some(output));
        };
        if self.current.opinions.len() < asks.judges.len() {
            return Transition::Ask;
        }
        let together = panel::together(&self.current.opinions, rule, min_score);
        let result = panel::fault(&together, rule, min_score).map_or(Ok(()), Err);
        self.end(task, result, Some(together), Some(output))
    }

    fn judge_may_be_asked_again(&self) -> bool {
        let attempts = u32::try_from(self.current.judge_faults.len()).unwrap_or(u32::MAX).saturating_add(1);
        attempts < self.work.max_verdicts
    }
}
