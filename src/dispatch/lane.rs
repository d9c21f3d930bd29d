//! A lane for each endpoint: its queue of requests, and its pace. Equal models at the same address share a lane.

use std::collections::VecDeque;

use super::pace::{EndpointPace, PaceStatus, RateLimit};

/// An endpoint, as the engine describes it before the loop begins.
#[derive(Clone, Debug)]
pub struct LaneSpec {
    /// The model's name, for the record of the pace.
    pub model: String,
    /// The configured rates; `None` for `recorded` and `sample`, which have no pace.
    pub limit: Option<RateLimit>,
    pub max_output_tokens: Option<u32>,
}

/// A lane while the loop runs.
pub(super) struct Lane {
    pub(super) model: String,
    pub(super) pace: EndpointPace,
    /// The requests (rowids) that are ready to be sent.
    pub(super) ready: VecDeque<i64>,
    /// The number of its calls in flight.
    pub(super) in_flight: usize,
}

impl Lane {
    pub(super) fn new(spec: &LaneSpec, most: usize) -> Self {
        let pace = match spec.limit {
            Some(limit) => EndpointPace::new(most, limit, spec.max_output_tokens),
            None => EndpointPace::unbounded(most),
        };
        Self { model: spec.model.clone(), pace, ready: VecDeque::new(), in_flight: 0 }
    }

    /// How many more requests the pace has room for.
    pub(super) fn room(&self) -> usize {
        self.pace.concurrency().saturating_sub(self.in_flight + self.ready.len())
    }
}

/// The status of the lane that holds back most.
pub(super) fn slowest(statuses: impl Iterator<Item = PaceStatus>) -> PaceStatus {
    let weight = |it: &PaceStatus| (it.held, it.paced.is_some(), it.cut.is_some());
    statuses.max_by(|one, two| weight(one).cmp(&weight(two))).unwrap_or_default()
}
