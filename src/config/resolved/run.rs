//! The run itself: [`Run`], [`Cache`] and [`Budget`].

use serde::{Deserialize, Serialize};

/// The run's name and seed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Run {
    /// Usable as a file name.
    pub name: String,
    /// The seed of every random choice.
    pub seed: u64,
}

/// Whether answers in the run file are used again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Cache {
    /// Whether accepted outputs are used again.
    pub enabled: bool,
    /// Whether everything is asked again although the run file has answers.
    pub force: bool,
    /// Whether work items whose requests are equal share one call.
    pub share: bool,
}

impl Cache {
    /// Whether a run asks everything again, whatever the run file has.
    #[must_use]
    pub fn asks_again(&self) -> bool {
        self.force || !self.enabled
    }
}

/// The most that may be spent, over all invocations on the run file.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Budget {
    /// The most that calls may cost, in US dollars.
    pub max_cost_usd: Option<f64>,
    /// The most requests that may be sent, retries included.
    pub max_requests: Option<u64>,
}

impl Budget {
    /// Whether there is no limit at all.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.max_cost_usd.is_none() && self.max_requests.is_none()
    }
}
