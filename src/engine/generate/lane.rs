//! The lanes to the endpoints: models share one where they are the same at the same address.

use std::collections::VecDeque;

use super::pace::{Pace, Told};
use crate::config::{Llm, Provider, RateLimit};

/// What there is to know of an endpoint before it is asked.
#[derive(Clone, Debug)]
pub struct LaneSpec {
    /// The model's name.
    model: String,
    /// What was agreed; `None` where nobody is asked over a network.
    limit: Option<RateLimit>,
    /// The most tokens of an answer.
    output: Option<u32>,
}

impl LaneSpec {
    /// The endpoints of these models, each once, and the lane of each model.
    #[must_use]
    pub fn of<'a>(models: impl Iterator<Item = &'a Llm>) -> (Vec<Self>, Vec<usize>) {
        let mut found: Vec<&Llm> = Vec::new();
        let mut lanes = Vec::new();
        for llm in models {
            lanes.push(found.iter().position(|other| same(other, llm)).unwrap_or_else(|| {
                found.push(llm);
                found.len() - 1
            }));
        }
        (found.into_iter().map(Self::to).collect(), lanes)
    }

    fn to(llm: &Llm) -> Self {
        let near = matches!(llm.provider, Provider::Recorded(_) | Provider::Sample(_));
        let limit = (!near).then_some(llm.rate_limit);
        Self { model: llm.model.clone(), limit, output: llm.max_output_tokens }
    }
}

fn same(one: &Llm, two: &Llm) -> bool {
    let provider = |llm: &Llm| serde_json::to_value(&llm.provider).ok();
    one.model == two.model && provider(one) == provider(two)
}

/// A lane at work.
pub(super) struct Lane {
    pub(super) model: String,
    pub(super) pace: Pace,
    /// Requests to be sent.
    pub(super) ready: VecDeque<i64>,
    /// How many are in flight.
    pub(super) flying: usize,
}

impl Lane {
    pub(super) fn new(spec: &LaneSpec, most: usize) -> Self {
        let pace = match spec.limit {
            Some(limit) => Pace::new(most, limit, spec.output),
            None => Pace::unbounded(most),
        };
        Self { model: spec.model.clone(), pace, ready: VecDeque::new(), flying: 0 }
    }

    /// How many more requests the pace has room for.
    pub(super) fn room(&self) -> usize {
        self.pace.concurrency().saturating_sub(self.flying + self.ready.len())
    }
}

/// Of several lanes, what holds back most.
pub(super) fn slowest(told: impl Iterator<Item = Told>) -> Told {
    let weight = |it: &Told| (it.held, it.paced.is_some(), it.cut.is_some());
    told.max_by(|one, two| weight(one).cmp(&weight(two))).unwrap_or_default()
}
