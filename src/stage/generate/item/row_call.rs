//! What a row says of its own request ([`RowCall`]): a model, parameters, earlier messages, or an error in its place.

use std::sync::Arc;

use serde::Deserialize;

use super::ItemInProgress;
use crate::provider::{Message, Parameters, RequestSpec, Role};
use crate::stage::generate::question::AskError;
use crate::stage::generate::task::{Asks, Party, RowCalls, Task};

/// The range of a temperature, and the most tokens of an answer.
const TEMPERATURES: std::ops::RangeInclusive<f64> = 0.0..=2.0;
const MOST_TOKENS: u32 = 10_000_000;

/// What a row says of its own request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RowCall {
    error: Option<String>,
    messages: Vec<Turn>,
    model: Option<String>,
    temperature: Option<f64>,
    max_output_tokens: Option<u32>,
    seed: Option<u64>,
}

/// A message before the user message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    role: TurnRole,
    content: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TurnRole {
    User,
    Assistant,
}

impl ItemInProgress {
    /// Returns what its row says of its request. An error in place of the request is an error here.
    pub(super) fn row_call(&self, task: &Task) -> Result<RowCall, AskError> {
        let by_row = task.asks().and_then(|asks| asks.by_row.as_ref());
        let (Some(by_row), Some(row)) = (by_row, &self.work.row) else { return Ok(RowCall::default()) };
        RowCall::read(row.field(by_row.column), by_row).map_err(AskError::Request)
    }
}

impl RowCall {
    fn read(text: &str, by_row: &RowCalls) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let call: Self = serde_json::from_str(text).map_err(|error| format!("what the row says of it: {error}"))?;
        if let Some(error) = call.error {
            return Err(error);
        }
        if let Some(wrong) = call.temperature.filter(|it| !TEMPERATURES.contains(it)) {
            return Err(format!("`temperature` is a number from 0 to 2, not {wrong}"));
        }
        if let Some(wrong) = call.max_output_tokens.filter(|it| !(1..=MOST_TOKENS).contains(it)) {
            return Err(format!("`max_output_tokens` is a whole number from 1 to {MOST_TOKENS}, not {wrong}"));
        }
        if call.seed.is_some() && by_row.sends_seed.is_none() {
            return Err("the provider takes no `seed`".to_owned());
        }
        Ok(call)
    }

    /// The messages before the user message.
    pub(super) fn earlier(&self) -> impl Iterator<Item = Message> {
        self.messages.iter().map(|turn| {
            let role = match turn.role {
                TurnRole::User => Role::User,
                TurnRole::Assistant => Role::Assistant,
            };
            Message::new(role, turn.content.as_str())
        })
    }

    /// Returns who generates in attempt `number`, from 1. A model that the row names is asked first.
    pub(super) fn party<'a>(&self, asks: &'a Asks, number: u32) -> Result<&'a Party, AskError> {
        let usual = asks.generation_of(number);
        let Some(model) = self.model.as_ref().filter(|_| number == 1 || asks.escalated.is_empty()) else {
            return Ok(usual);
        };
        let of_rows = asks.by_row.iter().flat_map(|it| &it.parties);
        let found = [&asks.generation].into_iter().chain(of_rows).find(|party| party.spec.model == *model);
        found.ok_or_else(|| {
            AskError::Request(format!("it asks for the model `{model}`, which is not in `llm.by_row.models`"))
        })
    }

    /// Returns what the request shares with others, if that is not what all requests to its model share.
    pub(super) fn own_spec(&self, asks: &Asks, shared: &RequestSpec) -> Option<Arc<RequestSpec>> {
        let seeded = asks.by_row.as_ref().is_some_and(|it| it.sends_seed == Some(true));
        let usual = &shared.parameters;
        let parameters = Parameters {
            temperature: self.temperature.or(usual.temperature),
            max_output_tokens: self.max_output_tokens.or(usual.max_output_tokens),
            seed: self.seed.filter(|_| seeded).or(usual.seed),
            ..usual.clone()
        };
        (parameters != *usual).then(|| Arc::new(RequestSpec { parameters, ..shared.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_can_be_sent_or_what_is_wrong() {
        let read = |text: &str, sends_seed| {
            let by_row = RowCalls { column: 0, parties: Vec::new(), sends_seed };
            RowCall::read(text, &by_row).map(|it| (it.messages.len(), it.model, it.temperature, it.seed))
        };
        assert_eq!(read("", None), Ok((0, None, None, None)));
        assert_eq!(read(" {} ", None), Ok((0, None, None, None)));
        let turns = r#"{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}"#;
        assert_eq!(read(turns, None), Ok((2, None, None, None)));
        let own = r#"{"model": "m", "temperature": 0.5, "seed": 7, "max_output_tokens": 9}"#;
        assert_eq!(read(own, Some(true)), Ok((0, Some("m".into()), Some(0.5), Some(7))));
        let wrong = [
            (r#"{"error": "no page"}"#, "no page"),
            (r#"{"temperature": 2.5}"#, "`temperature` is a number from 0 to 2, not 2.5"),
            (r#"{"max_output_tokens": 0}"#, "`max_output_tokens` is a whole number from 1 to 10000000, not 0"),
            (r#"{"seed": 1}"#, "the provider takes no `seed`"),
            (r#"{"modle": "m"}"#, "what the row says of it: unknown field `modle`"),
            (r#"{"messages": [{"role": "system", "content": ""}]}"#, "what the row says of it: unknown variant"),
            ("[1]", "what the row says of it: "),
            ("hello", "what the row says of it: "),
        ];
        for (text, expected) in wrong {
            let found = read(text, None).unwrap_err();
            assert!(found.starts_with(expected), "{text}: {found}");
        }
    }
}
