//! What an answer is worth ([`read_output`], [`read_verdict`], [`check_verdict`]) and what follows from it ([`after`]).
//! Pure functions: no I/O, no clock, no state.

use std::borrow::Cow;

use serde_json::Value;

pub use super::fault::Fault;
use super::finished::{check_characters, check_finish};
use super::reading::TapeAnswer;
use crate::provider::{ProviderErrorKind, thoughts};
use crate::record::{AttemptOutcome, Verdict, WorkStatus};
use crate::schema::{
    AnswerError, AnswerForm, AuthoredSchema, Contract, JudgeVerdict, OutputError, Rubric, RubricVerdict,
    any_schema_contract, read_authored, verdict_contract,
};

/// Reads the output in an answer. Nothing is repaired.
pub fn read_output(answer: &TapeAnswer, contract: &Contract) -> Result<Value, Fault> {
    check_finish(answer)?;
    let is_blank = answer.text.trim().is_empty();
    if let Some(problem) = &answer.problem {
        let outcome = if is_blank { AttemptOutcome::Empty } else { AttemptOutcome::InvalidSchema };
        return Err(Fault::new(outcome, problem));
    }
    let thoughts = answer.thoughts.as_deref();
    if let (true, Some(thoughts)) = (is_blank, thoughts) {
        return Err(Fault::new(AttemptOutcome::Empty, only_thoughts(thoughts)));
    }
    let output = output_in(&answer.text, answer.keeps_thoughts, contract).map_err(|error| {
        let outcome = match &error {
            OutputError::Empty | OutputError::Json(AnswerError::Empty) => AttemptOutcome::Empty,
            OutputError::Json(AnswerError::NoJson { .. }) => AttemptOutcome::NoJson,
            OutputError::Json(AnswerError::ManyJson { .. }) => AttemptOutcome::ManyJson,
            OutputError::Json(AnswerError::Invalid { .. }) => AttemptOutcome::InvalidJson,
            OutputError::NoSection(_) | OutputError::NoRequired(_) | OutputError::Invalid(_) => {
                AttemptOutcome::InvalidSchema
            }
        };
        let mut detail = error.to_string();
        if outcome == AttemptOutcome::NoJson && thoughts.is_some_and(|it| it.contains('{')) {
            detail
                .push_str("\nwhat stands in the thoughts before the answer does not count: write the JSON after them");
        } else if outcome == AttemptOutcome::NoJson && !answer.keeps_thoughts && hides_json(&answer.text) {
            detail.push_str(
                "\nwhat may be a draft does not count, in a block of thoughts or after the end of a turn: write the JSON \
                 alone",
            );
        }
        Fault::new(outcome, detail)
    })?;
    check_characters(output)
}

/// Whether what may be a thought in an answer has braces, and nothing else has.
fn hides_json(text: &str) -> bool {
    text.contains('{') && !thoughts::without(text).contains('{')
}

/// The output in the text of an answer. A draft in a thought is none, wherever the thought stands, and a thought is no
/// part of a text where it certainly is one, unless thoughts are kept.
pub fn output_in(text: &str, keeps_thoughts: bool, contract: &Contract) -> Result<Value, OutputError> {
    let text = match contract.form() {
        _ if keeps_thoughts => Cow::Borrowed(text),
        AnswerForm::Json => thoughts::without(text),
        AnswerForm::Text { .. } | AnswerForm::Sections { .. } => thoughts::said(text),
    };
    contract.read(&text)
}

/// What is wrong with an answer that is all thoughts.
fn only_thoughts(thoughts: &str) -> String {
    let characters = thoughts.chars().count();
    if thoughts::are_open(thoughts) {
        format!(
            "the answer has no text: its {characters} characters are thoughts that never end\nclose the thoughts, and \
             write the answer after them"
        )
    } else {
        format!(
            "the answer has no text: its {characters} characters are thoughts, and nothing follows them\nwrite the \
             answer after the thoughts"
        )
    }
}

/// Returns the output if it is valid against the schema.
pub fn check_output(output: Value, contract: &Contract) -> Result<Value, Fault> {
    match contract.validate(&output) {
        Ok(()) => check_characters(output),
        Err(violations) => {
            let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
            Err(Fault::new(AttemptOutcome::InvalidSchema, lines.join("\n")))
        }
    }
}

/// The schema in an answer, or everything that is wrong with it. A draft in a thought is none.
pub fn authored(answer: &str) -> Result<AuthoredSchema, Vec<String>> {
    read_authored(&thoughts::without(answer))
}

/// Checks that an answer is a usable schema; the fault lists everything that is wrong with it.
pub fn read_schema(answer: &str) -> Result<(), Fault> {
    if let Ok(schema) = any_schema_contract().read(&thoughts::without(answer)) {
        check_characters(schema)?;
    }
    match authored(answer) {
        Ok(_) => Ok(()),
        Err(problems) => Err(Fault::new(AttemptOutcome::InvalidSchema, problems.join("\n"))),
    }
}

/// Reads the verdict in a judge's answer.
pub fn read_verdict(answer: &TapeAnswer) -> Result<JudgeVerdict, Fault> {
    let invalid = |detail: String| Fault::new(AttemptOutcome::JudgeInvalid, detail);
    let value = read_output(answer, verdict_contract()).map_err(|fault| invalid(fault.detail))?;
    JudgeVerdict::from_value(&value).map_err(|error| invalid(error.to_string()))
}

/// Reads the verdict in the answer of a judge that scores several criteria.
pub fn read_rubric(answer: &TapeAnswer, rubric: &Rubric, min_score: u8) -> Result<RubricVerdict, Fault> {
    let invalid = |detail: String| Fault::new(AttemptOutcome::JudgeInvalid, detail);
    let value = read_output(answer, rubric.contract()).map_err(|fault| invalid(fault.detail))?;
    rubric.verdict(&value, min_score).map_err(|error| invalid(error.to_string()))
}

/// Checks that a verdict passes an output; otherwise the fault is the feedback to the model.
pub fn check_verdict(verdict: &JudgeVerdict, min_score: u8) -> Result<(), Fault> {
    let mut lines = Vec::new();
    match verdict.verdict {
        Verdict::Fail => lines.push(format!("the judge's verdict was FAIL with a score of {}", verdict.score)),
        Verdict::Pass if verdict.score < min_score => {
            lines.push(format!("the judge's score was {}, at least {min_score} is needed", verdict.score));
        }
        Verdict::Pass => return Ok(()),
    }
    lines.extend(verdict.reasons.iter().cloned());
    Err(Fault::new(AttemptOutcome::JudgeFailed, lines.join("\n")))
}

/// Returns the outcome of an attempt whose request got no answer.
#[must_use]
pub fn unanswered(kind: ProviderErrorKind) -> AttemptOutcome {
    match kind {
        ProviderErrorKind::RateLimited => AttemptOutcome::RateLimited,
        ProviderErrorKind::ServerError | ProviderErrorKind::Overloaded => AttemptOutcome::ServerError,
        ProviderErrorKind::Refused
        | ProviderErrorKind::RefusedForAll
        | ProviderErrorKind::NotFound
        | ProviderErrorKind::BadRequest
        | ProviderErrorKind::InvalidInput => AttemptOutcome::BadRequest,
        ProviderErrorKind::InvalidResponse => AttemptOutcome::InvalidResponse,
        ProviderErrorKind::Timeout => AttemptOutcome::Timeout,
        ProviderErrorKind::Connection => AttemptOutcome::Connection,
        ProviderErrorKind::NoRecord => AttemptOutcome::NoRecord,
        ProviderErrorKind::ManyRecords => AttemptOutcome::ManyRecords,
        ProviderErrorKind::ModelError => AttemptOutcome::ModelError,
    }
}

/// What follows a decided attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterAttempt {
    /// The conversation continues with feedback to the model.
    TryAgain,
    /// The work item is decided.
    End(WorkStatus),
}

/// Returns what follows attempt `number` (from 1) that ended in `outcome`, if `max_attempts` are allowed.
/// `had_valid_output` says whether any attempt so far, including this one, was valid against the schema.
#[must_use]
pub fn after(outcome: AttemptOutcome, number: u32, max_attempts: u32, had_valid_output: bool) -> AfterAttempt {
    if outcome == AttemptOutcome::Accepted {
        return AfterAttempt::End(WorkStatus::Accepted);
    }
    if !outcome.was_answered() {
        return AfterAttempt::End(WorkStatus::Failed);
    }
    // A judge that gives no verdict says nothing about the output, so another generation would only cost money.
    if outcome != AttemptOutcome::JudgeInvalid && number < max_attempts {
        return AfterAttempt::TryAgain;
    }
    AfterAttempt::End(if had_valid_output { WorkStatus::Rejected } else { WorkStatus::Failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Finish;
    use crate::record::AttemptOutcome as O;

    fn contract() -> Contract {
        Contract::parse(r#"{"type":"object","properties":{"p":{"enum":["a","b"]}},"required":["p"]}"#, "schema.json")
            .unwrap()
    }

    fn answer(text: &str, finish: Finish) -> TapeAnswer {
        TapeAnswer { finish, ..TapeAnswer::of_text(text.into()) }
    }

    #[test]
    fn an_answer_is_an_output_or_a_kind_of_fault() {
        let table = [
            (r#"{"p":"a"}"#, Finish::Stop, None),
            ("", Finish::Stop, Some(O::Empty)),
            ("I cannot say.", Finish::Stop, Some(O::NoJson)),
            (r#"{"p":"a"} {"p":"b"}"#, Finish::Stop, Some(O::ManyJson)),
            (r#"{"p":"a",}"#, Finish::Stop, Some(O::InvalidJson)),
            (r#"{"p":"c"}"#, Finish::Stop, Some(O::InvalidSchema)),
            (r#"{"p":"a","x":1}"#, Finish::Stop, Some(O::InvalidSchema)),
            (r#"{"p":"a"}"#, Finish::Length, Some(O::Truncated)),
            ("no", Finish::Refusal, Some(O::Refused)),
            ("", Finish::ContentFilter, Some(O::ContentFilter)),
        ];
        for (text, finish, expected) in table {
            let found = read_output(&answer(text, finish), &contract()).err().map(|fault| fault.outcome);
            assert_eq!(found, expected, "{text} {finish:?}");
        }
    }

    #[test]
    fn a_draft_in_a_thought_is_no_output() {
        let thought = |thoughts: &str, text: &str| TapeAnswer {
            thoughts: Some(thoughts.to_owned()),
            ..TapeAnswer::of_text(text.to_owned())
        };
        let found = |answer: &TapeAnswer| read_output(answer, &contract()).unwrap_err();
        let draft = "<think>\n{\"p\":\"a\"}\n</think>\n";
        let fault = found(&thought(draft, "I cannot say."));
        assert_eq!(fault.outcome, O::NoJson);
        assert!(fault.detail.contains("the thoughts before the answer"), "{}", fault.detail);
        let fault = found(&thought(draft, ""));
        assert_eq!(fault.outcome, O::Empty);
        assert!(fault.detail.contains("nothing follows them"), "{}", fault.detail);
        let fault = found(&thought("<think>\n{\"p\":\"a\"}", ""));
        assert!(fault.detail.contains("never end"), "{}", fault.detail);
        let verdict = thought("<think>{\"verdict\":\"PASS\",\"score\":90,\"reasons\":[]}</think>", "It is bad.");
        assert_eq!(read_verdict(&verdict).unwrap_err().outcome, O::JudgeInvalid);
    }

    #[test]
    fn a_problem_of_the_answer_is_its_fault() {
        let problem = |text: &str, finish| TapeAnswer { problem: Some("why".into()), ..answer(text, finish) };
        for (text, finish, outcome) in [
            ("", Finish::Stop, O::Empty),
            (r#"{"p":"a"}"#, Finish::Stop, O::InvalidSchema),
            (r#"{"p":"a"}"#, Finish::Length, O::Truncated),
        ] {
            let fault = read_output(&problem(text, finish), &contract()).unwrap_err();
            assert_eq!(fault.outcome, outcome);
            assert!(fault.detail.ends_with("why"), "{}", fault.detail);
        }
        let unknown = Contract::parse_text(None, "answer").unwrap();
        assert_eq!(read_output(&answer("a", Finish::Unknown), &unknown).unwrap_err().outcome, O::Truncated);
        let nul = Contract::parse(r#"{"type":"object","properties":{"p":{"type":"string"}}}"#, "s").unwrap();
        let fault = read_output(&answer(r#"{"p":"a\u0000"}"#, Finish::Stop), &nul).unwrap_err();
        assert_eq!(fault.outcome, O::InvalidSchema);
        assert!(fault.detail.starts_with("/p: has the character U+0000"), "{}", fault.detail);
    }

    #[test]
    fn a_fault_names_what_was_wrong() {
        let fault = read_output(&answer(r#"{"p":"auto_loan"}"#, Finish::Stop), &contract()).unwrap_err();
        assert!(fault.detail.contains("auto_loan"), "{}", fault.detail);
    }

    #[test]
    fn a_verdict_passes_with_pass_and_enough_score() {
        let verdict = |verdict, score| JudgeVerdict { verdict, score, reasons: vec!["because".into()] };
        assert_eq!(check_verdict(&verdict(Verdict::Pass, 70), 70), Ok(()));
        assert_eq!(check_verdict(&verdict(Verdict::Pass, 69), 70).unwrap_err().outcome, O::JudgeFailed);
        let fault = check_verdict(&verdict(Verdict::Fail, 100), 70).unwrap_err();
        assert_eq!(fault.detail, "the judge's verdict was FAIL with a score of 100\nbecause");
    }

    #[test]
    fn a_judge_without_a_verdict_is_a_fault_of_the_judge() {
        for text in ["", "PASS", r#"{"verdict":"PASS"}"#, r#"{"verdict":"PASS","score":101,"reasons":[]}"#] {
            assert_eq!(read_verdict(&answer(text, Finish::Stop)).unwrap_err().outcome, O::JudgeInvalid, "{text}");
        }
        let good = read_verdict(&answer(r#"{"verdict":"FAIL","score":10,"reasons":["x"]}"#, Finish::Stop)).unwrap();
        assert_eq!((good.verdict, good.score), (Verdict::Fail, 10));
        for text in [r#"{"verdict":"PASS","score":77}"#, r#"{"verdict":"PASS","score":77,"reasons":null}"#] {
            let bare = read_verdict(&answer(text, Finish::Stop)).unwrap();
            assert_eq!((bare.verdict, bare.score, bare.reasons.len()), (Verdict::Pass, 77, 0), "{text}");
        }
        for text in
            [r#"{"verdict":"PASS","reasons":[]}"#, r#"{"score":77}"#, r#"{"verdict":"PASS","score":77,"reasons":"x"}"#]
        {
            assert!(read_verdict(&answer(text, Finish::Stop)).is_err(), "{text}");
        }
    }

    #[test]
    fn an_item_is_tried_until_it_passes_or_may_not_be_tried_again() {
        use WorkStatus::{Accepted, Failed, Rejected};
        let table = [
            (O::Accepted, 1, 6, true, AfterAttempt::End(Accepted)),
            (O::InvalidJson, 1, 6, false, AfterAttempt::TryAgain),
            (O::InvalidJson, 6, 6, false, AfterAttempt::End(Failed)),
            (O::InvalidJson, 6, 6, true, AfterAttempt::End(Rejected)),
            (O::CheckFailed, 6, 6, true, AfterAttempt::End(Rejected)),
            (O::JudgeFailed, 5, 6, true, AfterAttempt::TryAgain),
            (O::JudgeInvalid, 1, 6, true, AfterAttempt::End(Rejected)),
            (O::Refused, 1, 1, false, AfterAttempt::End(Failed)),
            (O::Timeout, 1, 6, false, AfterAttempt::End(Failed)),
            (O::Timeout, 3, 6, true, AfterAttempt::End(Failed)),
            (O::NoRecord, 2, 6, true, AfterAttempt::End(Failed)),
        ];
        for (outcome, number, max, valid, expected) in table {
            assert_eq!(after(outcome, number, max, valid), expected, "{outcome} {number}/{max}");
        }
    }
}
