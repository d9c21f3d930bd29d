//! Several judges of one output: their verdict together ([`together`]) and the feedback to the model ([`fault`]).

use serde_json::Value;

use super::decide::Fault;
use crate::record::{AttemptOutcome, Verdict};
use crate::schema::JudgeVerdict;

/// When an output passes that several judges have judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelRule {
    /// Every judge passes it.
    All,
    /// More than half of the judges pass it.
    Majority,
    /// The mean of their scores is high enough, whatever each of them says.
    Mean,
}

/// The verdict of one judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// The name of the judge.
    pub judge: String,
    /// The response that contains it (rowid).
    pub response: i64,
    /// `None` if the response contains no verdict. With several judges, a score below a judge's minimum counts as FAIL.
    pub verdict: Option<JudgeVerdict>,
    /// The scores by criterion, if the judge has a rubric.
    pub scores: Option<Value>,
}

/// Returns the verdict of all judges together: PASS or FAIL by the rule, the mean of the scores, and the reasons of
/// each judge with its name.
#[must_use]
pub fn together(opinions: &[Opinion], rule: PanelRule, min_score: u8) -> JudgeVerdict {
    let verdicts: Vec<(&str, &JudgeVerdict)> =
        opinions.iter().filter_map(|it| Some((it.judge.as_str(), it.verdict.as_ref()?))).collect();
    let in_favour = verdicts.iter().filter(|(_, it)| it.verdict == Verdict::Pass).count();
    let sum: u32 = verdicts.iter().map(|(_, it)| u32::from(it.score)).sum();
    let count = u32::try_from(verdicts.len()).unwrap_or(u32::MAX).max(1);
    // Rounded half up. The mean of scores up to 100 is at most 100.
    let score = u8::try_from((2 * sum + count) / (2 * count)).unwrap_or(100);
    let passes = match rule {
        PanelRule::All => in_favour == verdicts.len(),
        PanelRule::Majority => 2 * in_favour > verdicts.len(),
        PanelRule::Mean => sum >= u32::from(min_score) * count,
    };
    let named = |(judge, it): &(&str, &JudgeVerdict)| {
        let head = format!("{judge}: {} with a score of {}", it.verdict, it.score);
        let reasons = it.reasons.iter().map(|reason| format!("{judge}: {reason}"));
        std::iter::once(head).chain(reasons).collect::<Vec<_>>()
    };
    JudgeVerdict {
        verdict: if passes { Verdict::Pass } else { Verdict::Fail },
        score,
        reasons: verdicts.iter().flat_map(named).collect(),
    }
}

/// Returns why an output does not pass, in sentences that the model can act on; `None` if it passes.
#[must_use]
pub fn fault(together: &JudgeVerdict, rule: PanelRule, min_score: u8) -> Option<Fault> {
    if together.verdict == Verdict::Pass {
        return None;
    }
    let head = match rule {
        PanelRule::All => "not every judge passed it".to_owned(),
        PanelRule::Majority => "most of the judges did not pass it".to_owned(),
        // The rule compares the exact mean, while the score is rounded.
        PanelRule::Mean if together.score >= min_score => format!("the judges' mean score was just under {min_score}"),
        PanelRule::Mean => format!("the judges' mean score was {}, at least {min_score} is needed", together.score),
    };
    let mut lines = vec![head];
    lines.extend(together.reasons.iter().cloned());
    Some(Fault::new(AttemptOutcome::JudgeFailed, lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinions(given: &[(Verdict, u8)]) -> Vec<Opinion> {
        let opinion = |(number, (verdict, score)): (usize, &(Verdict, u8))| Opinion {
            judge: format!("j{number}"),
            response: 1,
            verdict: Some(JudgeVerdict { verdict: *verdict, score: *score, reasons: vec!["why".into()] }),
            scores: None,
        };
        given.iter().enumerate().map(opinion).collect()
    }

    type Case<'a> = (&'a [(Verdict, u8)], [bool; 3], u8);

    #[test]
    fn the_rule_decides() {
        use PanelRule::{All, Majority, Mean};
        use Verdict::{Fail, Pass};
        let table: [Case<'_>; 5] = [
            (&[(Pass, 90), (Pass, 80)], [true, true, true], 85),
            (&[(Pass, 90), (Fail, 40)], [false, false, false], 65),
            (&[(Pass, 90), (Pass, 90), (Fail, 10)], [false, true, false], 63),
            (&[(Fail, 100), (Fail, 60), (Pass, 70)], [false, false, true], 77),
            (&[(Pass, 70), (Pass, 69)], [true, true, false], 70),
        ];
        for (given, expected, score) in table {
            for (rule, passes) in [All, Majority, Mean].into_iter().zip(expected) {
                let found = together(&opinions(given), rule, 70);
                assert_eq!((found.verdict == Pass, found.score), (passes, score), "{rule:?} {given:?}");
                assert_eq!(fault(&found, rule, 70).is_none(), passes);
            }
        }
    }

    #[test]
    fn what_is_wrong_names_the_judges() {
        let found = together(&opinions(&[(Verdict::Fail, 40), (Verdict::Pass, 80)]), PanelRule::All, 70);
        assert_eq!(
            fault(&found, PanelRule::All, 70).unwrap().detail,
            "not every judge passed it\nj0: FAIL with a score of 40\nj0: why\nj1: PASS with a score of 80\nj1: why"
        );
    }
}
