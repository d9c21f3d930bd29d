//! How many tokens a request has, before anybody counted them.

use super::{ChatRequest, Message};

/// English text has about four bytes a token, in the tokenizers of the large providers.
const BYTES: u64 = 4;
/// What a message has around its text.
const FRAME: u64 = 4;

/// A page in the detail that providers look at by default: the largest of them count up to about so many for one image.
const IMAGE: u64 = 1_600;

/// About how many tokens the messages of `request` have.
#[must_use]
pub fn estimate_tokens(request: &ChatRequest) -> u64 {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let message = |it: &Message| count(it.content.len()) / BYTES + FRAME + count(it.images.len()).saturating_mul(IMAGE);
    request.messages.iter().map(message).sum()
}
