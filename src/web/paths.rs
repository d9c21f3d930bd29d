//! The paths of the service, and the bounds of a page.

pub(super) const RUN: &str = "/v1/run";
pub(super) const BATCHES: &str = "/v1/batches";
pub(super) const BATCH: &str = "/v1/batches/{id}";
pub(super) const HEALTH: &str = "/healthz";
pub(super) const METRICS: &str = "/metrics";
pub(super) const DESCRIPTION: &str = "/openapi.json";

/// The most results of a page.
pub(super) const MOST_RESULTS: u64 = 1_000;
/// The results of a page where nothing else is asked for.
pub(super) const USUAL_RESULTS: u64 = 100;
/// More rows than any batch has.
pub(super) const MOST_ROWS: u64 = 1_000_000;

/// The route of a path, for figures: there are only so many.
pub(super) fn route_of(path: &str) -> &'static str {
    let fixed = [RUN, BATCHES, HEALTH, METRICS, DESCRIPTION];
    let is_batch = || path.strip_prefix(BATCHES).and_then(|rest| rest.strip_prefix('/')).is_some();
    fixed.into_iter().find(|it| *it == path).unwrap_or_else(|| if is_batch() { BATCH } else { "other" })
}
