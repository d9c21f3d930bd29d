//! The models that the loop may ask, and the limits that it keeps to. Values that the engine prepares.

use super::budget::{BudgetLimits, VariantLimits};
use super::channel::Channel;
use super::lane::LaneSpec;
use super::stop::{JudgeAddress, MaxFailures};
use super::terms::Terms;
use crate::provider::RetryPolicy;
use crate::stage::generate::Question;
use crate::transport::Transport;

/// Where answers come from. The tape always comes first.
#[derive(Clone, Copy)]
pub enum AnswerSource<'a> {
    /// Models answer the requests that the tape does not.
    Models(&'a Models),
    /// No model is asked: requests that the tape does not answer stay open.
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

/// The models of a run, with open channels.
pub struct Models {
    /// The tasks that talk to the network.
    pub transport: Transport,
    /// One route for each model, in the order of the parties' `route`s.
    pub routes: Vec<Route>,
    /// The endpoints behind the routes, each once.
    pub lanes: Vec<LaneSpec>,
    pub limits: BudgetLimits,
    /// The limits on the variant that is worked on, where there are some.
    pub of_variant: Option<VariantLimits>,
    /// The most calls in flight, over all endpoints.
    pub max_workers: usize,
    pub max_failures: Option<MaxFailures>,
}

/// The route to one model.
pub struct Route {
    /// Turns questions into exchanges, and replies into completions.
    pub channel: Channel,
    /// Its price, and how its tokens are counted.
    pub terms: Terms,
    /// Decides whether and when a failed request is sent again.
    pub retry: RetryPolicy,
    /// The index of its endpoint in [`Models::lanes`].
    pub lane: usize,
    /// Its address, if it is a judge at one of its own.
    pub judge: Option<JudgeAddress>,
}

impl Models {
    pub(super) fn route(&self, question: &Question) -> &Route {
        &self.routes[question.route]
    }
}
