//! The run itself: [`Run`], [`Cache`] and [`Budget`].

use schemars::JsonSchema;
use serde::Deserialize;

/// The run's name and its seed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The run's name; the run file is called `<name>.db`. Letters, digits, `.`, `_` and `-`, not starting with a dot.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"))]
    pub name: String,
    /// The seed of every random choice: the report's samples, `pairs` with `cover: sample`, the `sample` provider's
    /// answers.
    #[schemars(extend("default" = 42))]
    pub seed: Option<u64>,
}

/// Whether answers in the run file are used again.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Whether an accepted output is used again for the same task and the same input. `false`: every run asks for
    /// everything again.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// Whether everything is asked again although the run file has answers.
    #[schemars(extend("default" = false))]
    pub force: Option<bool>,
    /// Whether work items whose requests are equal share one call.
    #[schemars(extend("default" = true))]
    pub share: Option<bool>,
}

/// The most that may be spent, over all runs on the run file. A run stops before it would spend more; to go on, run it
/// again with a larger budget.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The most that calls may cost, in US dollars. It needs a known price and `llm.max_output_tokens`.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub max_cost_usd: Option<f64>,
    /// The most requests that may be sent, retries included.
    #[schemars(range(min = 0))]
    pub max_requests: Option<u64>,
}
