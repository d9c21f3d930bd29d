//! How many tokens a request has, before anybody counted them.

use super::ChatRequest;

/// English text has about four bytes a token, in the tokenizers of the large providers.
const BYTES: u64 = 4;
/// What a message has around its text.
const FRAME: u64 = 4;

/// About how many tokens the messages of `request` have.
#[must_use]
pub fn estimate_tokens(request: &ChatRequest) -> u64 {
    let message = |length: usize| u64::try_from(length).unwrap_or(u64::MAX) / BYTES + FRAME;
    request.messages.iter().map(|it| message(it.content.len())).sum()
}
