//! What goes wrong, and when: a plan drawn from a seed and the request itself, so that equal requests meet equal faults
//! in whatever order they come.

use std::time::Duration;

/// One way to misbehave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// An error of this status (500, 503, 529, 401, …) in the form that providers share.
    Status(u16),
    /// A 429 that says how long to wait in one of the ways there are.
    RateLimited(Advice),
    /// Nothing, until the client goes away.
    Hang,
    /// The answer byte by byte, with this pause after each.
    Drip(Duration),
    /// A reset connection instead of an answer.
    ResetBefore,
    /// A connection that is reset in the middle of the body.
    ResetWithin,
    /// A whole answer, and a connection that is reset behind it.
    ResetAfter,
    /// A whole answer, and a connection that is closed behind it without having said so.
    CloseAfter,
    /// A connection that is closed before all of the announced body came.
    CutBody,
    /// A body without end, announced as five gigabytes.
    Flood,
    /// A body without end in chunks, announced as nothing.
    FloodChunks,
    /// A head without end.
    FloodHead,
    /// A head that is no HTTP.
    NoHttp,
    /// A body that breaks off in the middle of its JSON.
    InvalidJson,
    /// A web page with status 200.
    Html,
    /// A redirect to another path of this server, with the request's own query.
    Redirect,
    /// No body.
    EmptyBody,
    /// An answer whose text is empty.
    EmptyContent,
    /// An answer whose object has a field too many.
    ExtraField,
    /// A good answer in an envelope with fields that nobody knows.
    ExtraEnvelope,
    /// An answer that was cut off at the output limit, and says so.
    Truncated,
    /// An answer whose text is no JSON.
    Malformed,
}

/// How a 429 says how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Not at all.
    None,
    /// `retry-after` in seconds.
    Seconds(u32),
    /// `retry-after` as an HTTP date so many seconds after the response's own.
    Date(u32),
    /// `retry-after-ms`.
    Millis(u32),
    /// `x-ratelimit-reset-requests` with nothing remaining, as `OpenAI` writes it (`120ms`, `6m0s`).
    Reset(u32),
}

impl Fault {
    /// The name under which it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::RateLimited(_) => "rate_limited",
            Self::Hang => "hang",
            Self::Drip(_) => "drip",
            Self::ResetBefore => "reset_before",
            Self::ResetWithin => "reset_within",
            Self::ResetAfter => "reset_after",
            Self::CloseAfter => "close_after",
            Self::CutBody => "cut_body",
            Self::Flood => "flood",
            Self::FloodChunks => "flood_chunks",
            Self::FloodHead => "flood_head",
            Self::NoHttp => "no_http",
            Self::InvalidJson => "invalid_json",
            Self::Html => "html",
            Self::Redirect => "redirect",
            Self::EmptyBody => "empty_body",
            Self::EmptyContent => "empty_content",
            Self::ExtraField => "extra_field",
            Self::ExtraEnvelope => "extra_envelope",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
        }
    }
}

/// Which requests a rule is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Of {
    /// This share of all requests, 0 to 1.
    Share(f64),
    /// Those whose body has this text in it.
    Marked(&'static str),
}

/// How often a rule hits a request that it is for. A request is known by its body: one that is sent again has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// The first so many times that it comes; then it is answered.
    First(u32),
    /// Each time.
    Always,
    /// Each time that it comes, the share is drawn anew.
    Anew,
}

/// One rule of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// What happens.
    pub fault: Fault,
    /// To which requests.
    pub of: Of,
    /// How often.
    pub times: Times,
}

/// A fault plan: the first rule that hits counts. Shares of the same `times` do not overlap, so that 5 % of one fault
/// and 5 % of another are 10 % of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Another seed hits other requests.
    pub seed: u64,
    /// The rules in their order.
    pub rules: Vec<Rule>,
}

impl Plan {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// A plan of no rules yet.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, rules: Vec::new() }
    }

    /// The same with one more rule.
    #[must_use]
    pub fn with(mut self, fault: Fault, of: Of, times: Times) -> Self {
        self.rules.push(Rule { fault, of, times });
        self
    }

    /// What happens to a request with this body, whose digest is `digest`, when it comes for the `number`th time (1 for
    /// the first).
    pub fn draw(&self, body: &[u8], digest: u64, number: u32) -> Option<Fault> {
        let once = unit(mix(self.seed ^ digest));
        let anew = unit(mix(mix(self.seed ^ digest).wrapping_add(u64::from(number))));
        let (mut once_from, mut anew_from) = (0.0, 0.0);
        for rule in &self.rules {
            let chosen = match (rule.of, rule.times) {
                (Of::Marked(text), _) => memchr::memmem::find(body, text.as_bytes()).is_some(),
                (Of::Share(share), Times::Anew) => within(anew, &mut anew_from, share),
                (Of::Share(share), _) => within(once, &mut once_from, share),
            };
            let due = match rule.times {
                Times::First(times) => number <= times,
                Times::Always | Times::Anew => true,
            };
            if chosen && due {
                return Some(rule.fault);
            }
        }
        None
    }
}

/// Whether `drawn` lies in the next `share` after `from`, which moves on.
fn within(drawn: f64, from: &mut f64, share: f64) -> bool {
    let begin = *from;
    *from += share;
    (begin..*from).contains(&drawn)
}

/// A number that is told by all bytes of `body` (FNV-1a over words of eight bytes, then mixed).
pub fn digest(body: &[u8]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut words = body.chunks_exact(8);
    for word in words.by_ref() {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        state = (state ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }
    for byte in words.remainder() {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mix(state ^ body.len() as u64)
}

/// The finishing step of `SplitMix64`: every bit of the input moves every bit of the output.
pub fn mix(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number from 0 up to 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
fn unit(drawn: u64) -> f64 {
    (drawn >> 11) as f64 / (1_u64 << 53) as f64
}
