//! Estimates the tokens of a request before a provider has counted them.

use super::{ChatRequest, Message};

/// Bytes of a token: about four in English, with the tokenizers of the large providers.
const BYTES: u64 = 4;
/// Tokens of a message around its text.
const FRAME: u64 = 4;

/// Tokens of an image in the providers' default detail: about the most that the large ones count for one.
const IMAGE: u64 = 1_600;

/// The approximate number of tokens in the messages of `request`.
#[must_use]
pub fn estimate_tokens(request: &ChatRequest) -> u64 {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let message = |it: &Message| count(it.content.len()) / BYTES + FRAME + count(it.images.len()).saturating_mul(IMAGE);
    request.messages.iter().map(message).sum()
}
