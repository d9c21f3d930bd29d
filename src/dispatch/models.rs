//! The models that the loop may ask, and the limits that it holds.

use super::budget::BudgetLimits;
use super::channel::Channel;
use super::lane::LaneSpec;
use super::stop::MaxFailures;
use super::terms::Terms;
use crate::provider::RetryPolicy;
use crate::stage::generate::Question;
use crate::transport::Transport;

/// Where answers come from. The tape is asked first in any case.
#[derive(Clone, Copy)]
pub enum AnswerSource<'a> {
    /// Models answer what is not on the tape.
    Models(&'a Models),
    /// Nobody is asked: what is not on the tape stays open.
    Tape,
}

impl<'a> AnswerSource<'a> {
    pub(super) fn models(self) -> Option<&'a Models> {
        match self {
            Self::Models(models) => Some(models),
            Self::Tape => None,
        }
    }
}

/// The models of a run, ready to be asked.
pub struct Models {
    /// The tasks that talk to the network.
    pub transport: Transport,
    /// One route for each model, in the order in which the parties of all tasks count them.
    pub routes: Vec<Route>,
    /// The endpoints behind the routes, each once.
    pub lanes: Vec<LaneSpec>,
    pub limits: BudgetLimits,
    /// The most calls in flight, over all endpoints.
    pub max_workers: usize,
    /// When to send a request again.
    pub retry: RetryPolicy,
    pub max_failures: Option<MaxFailures>,
}

/// How one model is asked.
pub struct Route {
    /// Turns questions into exchanges, and replies into completions.
    pub channel: Channel,
    /// What it costs, and how its tokens are counted.
    pub terms: Terms,
    /// The index of its endpoint in [`Models::lanes`].
    pub lane: usize,
}

impl Models {
    pub(super) fn route(&self, question: &Question) -> &Route {
        &self.routes[question.route]
    }
}
