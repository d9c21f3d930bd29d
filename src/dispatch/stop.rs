//! The reasons why a run stops by itself before its work is done. Undecided work items stay open.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::provider::{WORD_CHARS, excerpt};
use crate::record::thousands;
use crate::stage::generate::settings;

/// How long calls in flight are waited for where no model answers.
const GRACE: Duration = Duration::from_secs(5);
/// A percentage of failures is compared only from this many decided work items on.
const ENOUGH: u64 = 20;

/// Why no more requests are sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Stop {
    /// The provider refuses every request, for its key or its account.
    #[error("{} refuses every request: {}{}", .0.who(), .0.message, .0.beside())]
    Refused(Refusal),
    /// No request is answered, or none any more.
    #[error("{0}")]
    Silent(Unanswered),
    /// The provider rejects request after request with the same message.
    #[error("{} rejects every request as invalid: {}{}", .0.who(), .0.message, .0.beside())]
    Wrong(Refusal),
    /// The provider's `Retry-After` is longer than a run will wait.
    #[error("a limit of the provider is used up: {0}")]
    UsedUp(String),
    /// A model's answers all end with a word that is not known.
    #[error(
        "{count} answers{} ended with the finish reason `{}`, which is not known as the end of a whole answer, and \
         none with a known one",
        judge.as_ref().map(|model| format!(" of the judge `{model}`")).unwrap_or_default(),
        excerpt(word, WORD_CHARS)
    )]
    UnknownFinish {
        /// The provider's word.
        word: String,
        /// The answers that ended with it.
        count: u32,
        /// The model, where they are verdicts.
        judge: Option<String>,
    },
    /// The program that receives decided work items returned an error.
    #[error("the result handler stopped the run: {0}")]
    Handler(String),
    /// More work items failed or were rejected than `--max-failures` allows.
    #[error(
        "{bad} of {} failed or were rejected, more than `--max-failures {most}` allows",
        decided_items(*decided, *later)
    )]
    TooMany {
        /// The work items that failed or were rejected in this invocation.
        bad: u64,
        /// All work items that were decided in it.
        decided: u64,
        /// Those that were decided after these, by calls that were in flight.
        later: u64,
        /// The value of `--max-failures`.
        most: MaxFailures,
    },
}

/// The decided work items that are counted, such as `31 decided work items`.
fn decided_items(decided: u64, later: u64) -> String {
    match later {
        0 => format!("{} decided work items", thousands(decided)),
        later => {
            format!("the first {} of {} decided work items", thousands(decided), thousands(decided + later))
        }
    }
}

impl Stop {
    /// Brings the counts up to the end of the run: calls that were in flight have decided more work items since.
    pub(super) fn end(&mut self, bad_in_all: u64, decided_in_all: u64) {
        let Self::TooMany { bad, decided, later, most } = self else { return };
        if most.is_exceeded(bad_in_all, decided_in_all) {
            (*bad, *decided) = (bad_in_all, decided_in_all);
        } else {
            *later = decided_in_all.saturating_sub(*decided);
        }
    }

    /// How long to wait for calls in flight; `None`: until their own time limit.
    #[must_use]
    pub fn grace(&self) -> Option<Duration> {
        matches!(self, Self::Silent(_)).then_some(GRACE)
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::UnknownFinish { word, .. } => {
                return Cow::Owned(format!(
                    "if it is the end of a whole answer, add {}; then run the same command again: the recorded answers \
                     are read anew, and none of them is asked for again",
                    settings(word)
                ));
            }
            Self::Refused(_) => "everything answered so far is on record; fix the cause and run the same command again",
            Self::Silent(unanswered) => return Cow::Owned(unanswered.hint()),
            Self::Wrong(_) => {
                "request after request got this answer: the configuration asks for something that this model or endpoint \
                 does not take, or a budget is spent; the work items that wait for it are left open"
            }
            Self::UsedUp(_) => {
                "everything answered so far is on record; run the same command again when the limit has reset"
            }
            Self::Handler(_) => {
                "everything answered so far is on record; fix the cause and run the same batch again: its handler gets \
                 all work items once more"
            }
            Self::TooMany { .. } => {
                "`casebook failures` says what went wrong; everything answered is on record, and the same command goes on"
            }
        })
    }
}

/// A model that refuses all, and what was answered in this invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// What the provider says.
    pub message: String,
    /// The model, where it only judges.
    pub judge: Option<String>,
    /// How many requests it answered before.
    pub answered: u64,
    /// How many other requests were answered.
    pub others: u64,
}

impl Refusal {
    fn who(&self) -> String {
        self.judge.as_ref().map_or_else(|| "the provider".to_owned(), |model| format!("the judge `{model}`"))
    }

    fn beside(&self) -> String {
        let before = Some(self.answered).filter(|it| *it > 0).map(|it| format!("; it answered {it} before"));
        let others = match self.others {
            0 => None,
            1 => Some("; 1 other request was answered".to_owned()),
            others => Some(format!("; {others} other requests were answered")),
        };
        before.into_iter().chain(others).collect()
    }
}

/// The requests to a model that are not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// What is said of the last of them.
    pub message: String,
    /// How many failed, if the model answered others in this invocation.
    pub last: Option<usize>,
    /// Where the model is a judge at an address of its own.
    pub judge: Option<JudgeAddress>,
    /// The model, where it only judges.
    pub judge_model: Option<String>,
}

/// The address of a judge that is not the generating model's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeAddress {
    /// The key of the configuration that has it.
    pub key: String,
    pub base_url: String,
}

impl Unanswered {
    fn hint(&self) -> String {
        let key = self.judge.as_ref().map_or("llm.base_url", |it| it.key.as_str());
        let right = if self.last.is_none() { format!(", that `{key}` is right") } else { String::new() };
        format!(
            "what was not answered is left open; see that the endpoint is up{right} and that no limit is spent, and run \
             the same command again to continue"
        )
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = match (&self.judge, &self.judge_model) {
            (Some(judge), _) => format!(" to the judge at {}", judge.base_url),
            (None, Some(model)) => format!(" to the judge `{model}`"),
            (None, None) => String::new(),
        };
        match self.last {
            None => write!(f, "no request{to} is answered")?,
            Some(1) => write!(f, "the last request{to} is not answered")?,
            Some(last) => write!(f, "the last {last} requests{to} are not answered")?,
        }
        write!(f, ": {}", self.message)
    }
}

/// The most work items that may fail or be rejected in one invocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxFailures {
    Count(u64),
    /// A percentage of the decided work items, once at least 20 are decided.
    Percent(f64),
}

impl MaxFailures {
    /// Whether `bad` of `decided` work items are too many.
    #[must_use]
    pub fn is_exceeded(self, bad: u64, decided: u64) -> bool {
        match self {
            Self::Count(most) => bad > most,
            #[expect(clippy::cast_precision_loss, reason = "counts of work items are far below 2^53")]
            Self::Percent(most) => decided >= ENOUGH && bad as f64 * 100.0 > decided as f64 * most,
        }
    }
}

impl fmt::Display for MaxFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Percent(most) => write!(f, "{most}%"),
        }
    }
}

impl FromStr for MaxFailures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|it| (0.0..=100.0).contains(it)).map(Self::Percent),
            None => text.parse().ok().map(Self::Count),
        };
        parsed.ok_or_else(|| "expected a number of work items, such as `50`, or a share, such as `10%`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_answered_is_said_as_it_is() {
        let judge = JudgeAddress { key: "judge.llm.base_url".to_owned(), base_url: "https://a.example/v1".to_owned() };
        for (last, judge, expected, names_key) in [
            (None, None, "no request is answered: HTTP 503", Some("`llm.base_url` is right")),
            (Some(1), None, "the last request is not answered: HTTP 503", None),
            (Some(3), None, "the last 3 requests are not answered: HTTP 503", None),
            (
                None,
                Some(judge.clone()),
                "no request to the judge at https://a.example/v1 is answered: HTTP 503",
                Some("`judge.llm.base_url` is right"),
            ),
            (
                Some(2),
                Some(judge),
                "the last 2 requests to the judge at https://a.example/v1 are not answered: HTTP 503",
                None,
            ),
        ] {
            let stop = Stop::Silent(Unanswered { message: "HTTP 503".to_owned(), last, judge, judge_model: None });
            assert_eq!(stop.to_string(), expected);
            assert_eq!(stop.hint().contains("base_url"), names_key.is_some());
            assert!(names_key.is_none_or(|key| stop.hint().contains(key)), "{}", stop.hint());
        }
    }

    #[test]
    fn who_refuses_is_named_with_what_was_answered() {
        let of = |judge: Option<&str>, answered, others| {
            let judge = judge.map(str::to_owned);
            let unanswered =
                Unanswered { message: "no".to_owned(), last: None, judge: None, judge_model: judge.clone() };
            let refusal = Refusal { message: "no".to_owned(), judge, answered, others };
            [Stop::Refused(refusal.clone()), Stop::Wrong(refusal), Stop::Silent(unanswered)].map(|it| it.to_string())
        };
        let [refused, wrong, silent] = of(None, 0, 0);
        assert_eq!(refused, "the provider refuses every request: no");
        assert_eq!(wrong, "the provider rejects every request as invalid: no");
        assert_eq!(silent, "no request is answered: no");
        let [refused, wrong, silent] = of(Some("m"), 0, 10);
        assert_eq!(refused, "the judge `m` refuses every request: no; 10 other requests were answered");
        assert_eq!(wrong, "the judge `m` rejects every request as invalid: no; 10 other requests were answered");
        assert_eq!(silent, "no request to the judge `m` is answered: no");
        assert_eq!(
            of(None, 3, 1)[0],
            "the provider refuses every request: no; it answered 3 before; 1 other request was answered"
        );
    }

    #[test]
    fn a_number_or_a_share_is_read() {
        for (text, expected) in [("0", MaxFailures::Count(0)), ("50", MaxFailures::Count(50))] {
            assert_eq!(text.parse(), Ok(expected));
        }
        for (text, expected) in [("10%", 10.0), ("0.5%", 0.5), ("0%", 0.0), ("100%", 100.0)] {
            assert_eq!(text.parse(), Ok(MaxFailures::Percent(expected)));
            assert_eq!(MaxFailures::Percent(expected).to_string(), text);
        }
        for text in ["", "%", "-1", "1.5", "101%", "NaN%", "ten", "10 %", "-0.1%"] {
            assert!(text.parse::<MaxFailures>().is_err(), "{text}");
        }
    }

    #[test]
    fn more_than_agreed_is_too_many() {
        let (count, percent) = (MaxFailures::Count(3), MaxFailures::Percent(10.0));
        // agreed, failed or rejected, decided, too many
        let table = [
            (count, 3, 3, false),
            (count, 4, 4, true),
            (percent, 19, 19, false),
            (percent, 2, 20, false),
            (percent, 3, 20, true),
            (percent, 101, 1010, false),
            (MaxFailures::Count(0), 1, 1, true),
            (MaxFailures::Percent(0.0), 1, 20, true),
        ];
        for (agreed, bad, decided, expected) in table {
            assert_eq!(agreed.is_exceeded(bad, decided), expected, "{agreed} {bad}/{decided}");
        }
    }
}
