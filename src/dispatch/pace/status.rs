//! What holds requests back, for people.

use std::time::Duration;

/// What holds requests back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PaceStatus {
    /// The limit of requests in flight and its maximum, where refusals or overload have cut the limit.
    pub cut: Option<(u64, u64)>,
    /// Whether it was cut for overload, and not for a rate limit.
    pub is_overloaded: bool,
    /// How much longer all requests are held.
    pub held: Option<Duration>,
    /// The rate that makes requests wait.
    pub paced: Option<PacedBy>,
}

/// A rate that makes requests wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PacedBy {
    /// Requests a minute.
    Requests(f64),
    /// Tokens a minute.
    Tokens(f64),
}

impl PacedBy {
    /// Whether two rates differ by more than a fifth.
    pub(super) fn differs(self, other: Self) -> bool {
        match (self, other) {
            (Self::Requests(one), Self::Requests(two)) | (Self::Tokens(one), Self::Tokens(two)) => {
                one > two * 1.2 || two > one * 1.2
            }
            _ => true,
        }
    }
}
