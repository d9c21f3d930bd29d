//! The requests to one model and their cost, scaled up from the sample.

use super::estimate::RequestEstimate;
use super::forecast::Forecast;
use super::questions::QuestionCounts;
use super::statistics::AnswerStatistics;
use crate::dispatch::Terms;
use crate::price::Money;
use crate::stage::generate::Purpose;

/// What is known of the length of answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpectedOutput<'a> {
    /// The tokens of each answer of the step's own model, as the user gave them.
    pub(super) given: Option<u64>,
    /// The answers on record.
    pub(super) statistics: &'a [AnswerStatistics],
}

/// The requests to one model, scaled up from the sample.
pub(super) struct ModelEstimate {
    purpose: Purpose,
    requests: u64,
    input: u64,
    /// The tokens of one answer: a low estimate and the maximum.
    pub(super) low: u64,
    pub(super) high: Option<u64>,
    from: String,
    /// Whether the user gave the low estimate.
    is_given: bool,
}

impl ModelEstimate {
    /// The estimate for the model with these terms.
    pub(super) fn of(
        forecast: &Forecast<'_>,
        (items, asked): (u64, QuestionCounts),
        expected: ExpectedOutput<'_>,
        purpose: Purpose,
        terms: &Terms,
    ) -> Self {
        let scale = |count: u64| {
            let scaled = u128::from(count) * u128::from(forecast.to_ask());
            u64::try_from(scaled.div_ceil(u128::from(items.max(1)))).unwrap_or(u64::MAX)
        };
        let known = AnswerStatistics::find(expected.statistics, purpose.as_str(), &terms.model);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of counts")]
        let mean = known.and_then(|it| it.output_tokens).map(|mean| mean.ceil() as u64);
        let given = expected.given.filter(|_| purpose == Purpose::Generation);
        let (low, from) = match (given, mean, known) {
            (Some(given), ..) => (given, format!("{given} each, given with `--expect-output-tokens`")),
            (None, Some(mean), Some(known)) => (mean, format!("the mean of {} answers on record", known.calls)),
            _ => (asked.smallest_output, "a made-up answer that is valid".to_owned()),
        };
        let most = terms.max_output_tokens.map(u64::from);
        // Answers on record may have more output than the limit allows, such as thinking that does not count for it.
        let most = most.map(|most| most.max(mean.unwrap_or(0)));
        let from = match (given, most) {
            (Some(given), Some(most)) if given > most => {
                format!("{most} each, the most that `max_output_tokens` allows; {given} were given")
            }
            _ => from,
        };
        Self {
            purpose,
            requests: scale(asked.requests),
            input: scale(asked.input_tokens),
            low: most.map_or(low, |most| low.min(most)),
            // `recorded` and `sample` have no limit, and cost nothing.
            high: most.or_else(|| terms.host.is_none().then_some(low)),
            from,
            is_given: given.is_some(),
        }
    }

    /// The cost of all requests if each answer has `output` tokens; `None` if it is unknown or too large to be held.
    pub(super) fn cost(&self, terms: &Terms, output: u64) -> Option<Money> {
        if self.requests == 0 {
            return Some(Money::ZERO);
        }
        let cost = terms.cost_of(self.input / self.requests, output).map(|it| it.times(self.requests));
        cost.filter(|it| !it.is_saturated())
    }

    /// The cost of all requests if every attempt is needed, each answer has the maximum length, and each attempt's
    /// prompt has the earlier ones.
    pub(super) fn every_attempt(&self, terms: &Terms, max_attempts: u32) -> Option<Money> {
        if self.requests == 0 {
            return Some(Money::ZERO);
        }
        let (input, output) = (self.input / self.requests, self.high?);
        let mut sum = Money::ZERO;
        for earlier in 0..u64::from(max_attempts) {
            sum = sum.plus(terms.cost_of(input + earlier * (output + FEEDBACK), output)?);
        }
        Some(sum.times(self.requests)).filter(|it| !it.is_saturated())
    }

    /// Warnings about the model.
    pub(super) fn notes(&self, key: &str, terms: &Terms) -> Vec<String> {
        let mut notes = Vec::new();
        if self.requests > 0 && terms.price.is_none() {
            let host = terms.host.as_deref().unwrap_or_default();
            notes.push(format!(
                "no price is known for `{}` at {host}; give one with `{key}.price: {{input: …, output: …}}` (US dollars \
                 per million tokens) or a table with `prices`",
                terms.model
            ));
        }
        if self.requests > 0 && self.high.is_none() {
            notes.push(format!("answers have no limit: set `{key}.max_output_tokens`"));
        }
        notes
    }

    /// The estimate in the form of the output. `judge` is the judge's name among several.
    pub(super) fn shown(&self, step: &str, terms: &Terms, judge: Option<&str>) -> RequestEstimate {
        RequestEstimate {
            step: step.to_owned(),
            purpose: self.purpose.as_str(),
            judge: judge.map(str::to_owned),
            model: terms.model.clone(),
            requests: self.requests,
            input_tokens: self.input,
            counted: terms.counter.describe(),
            output_tokens_low: self.low.saturating_mul(self.requests),
            output_from: self.from.clone(),
            is_given: self.is_given,
            output_tokens_high: self.high.map(|high| high.saturating_mul(self.requests)),
            cost_low_usd: self.cost(terms, self.low).map(Money::to_usd),
            cost_high_usd: self.high.and_then(|high| self.cost(terms, high)).map(Money::to_usd),
            asks_provider: terms.host.is_some(),
            price_source: terms.price.as_ref().map(|it| it.source.clone()),
            price_date: terms.price.as_ref().map(|it| it.date.clone()).filter(|date| !date.is_empty()),
        }
    }
}

/// The assumed tokens of the feedback on an attempt.
const FEEDBACK: u64 = 100;
