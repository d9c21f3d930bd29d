//! What a request uses up of an endpoint's limits.

/// Requests, tokens, input tokens and output tokens.
pub(super) type UsageByKind = [f64; 4];

/// The tokens that a request uses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TokenUse {
    pub input: f64,
    pub output: f64,
}

impl TokenUse {
    pub(super) fn each(self) -> UsageByKind {
        [1.0, self.input + self.output, self.input, self.output]
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^53")]
pub(in crate::dispatch) fn as_f64(count: u64) -> f64 {
    count as f64
}
