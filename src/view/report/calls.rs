//! Reads the calls: how they ended, how long they took, what they cost.

use rusqlite::{Connection, Row};

use super::model::{CallOutcomes, Calls, ErrorCount, ModelCalls, Tokens};
use super::number::{Count, Millis, Usd};
use crate::store::sql;
use crate::view::money;

/// Sums of tokens from here on are not exact, and of no real calls.
const MOST_TOKENS: f64 = 9e15;

/// Reads all calls of the run file.
pub(super) fn calls(connection: &Connection) -> rusqlite::Result<Calls> {
    let mut calls = Calls::default();
    sql::VIEW_REPORT_CALLS.each::<rusqlite::Error>(connection, &[], |row| {
        let name = name(row)?;
        if !calls.endpoints.last().is_some_and(|last| is(last, &name)) {
            calls.endpoints.push(endpoint(name));
        }
        if let Some(last) = calls.endpoints.last_mut() {
            add(last, row)?;
        }
        let count: i64 = row.get("calls")?;
        count_outcome(&mut calls.total, row.get_ref("outcome")?.as_str()?, count);
        if let Some(kind) = row.get::<_, Option<String>>("error_kind")? {
            match calls.errors.iter_mut().find(|error| error.kind == kind) {
                Some(error) => error.count.0 += count,
                None => calls.errors.push(ErrorCount { kind, count: Count(count) }),
            }
        }
        Ok(())
    })?;
    calls.endpoints.iter_mut().for_each(in_dollars);
    calls.errors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
    latencies(connection, &mut calls.endpoints)?;
    let money = money::gather(connection)?;
    calls.cost = Usd(money.cost_usd);
    calls.saved = Usd(money.saved_usd);
    calls.unpriced = Count(i64::try_from(money.unpriced_calls).unwrap_or(i64::MAX));
    calls.reserved = Usd(money.reserved_usd);
    calls.per_accepted = Usd(money.per_accepted_usd);
    calls.expected = Usd(money.expected_usd);
    Ok(calls)
}

/// Provider, model and purpose.
type EndpointName = (String, String, String);

fn name(row: &Row<'_>) -> rusqlite::Result<EndpointName> {
    Ok((row.get("provider")?, row.get("model")?, row.get("purpose")?))
}

fn is(endpoint: &ModelCalls, (provider, model, purpose): &EndpointName) -> bool {
    endpoint.provider == *provider && endpoint.model == *model && endpoint.purpose == *purpose
}

fn endpoint((provider, model, purpose): EndpointName) -> ModelCalls {
    ModelCalls {
        provider,
        model,
        purpose,
        outcomes: CallOutcomes::default(),
        input: Tokens::default(),
        output: Tokens::default(),
        cached: Tokens::default(),
        reasoning: Tokens::default(),
        cost: Usd(None),
        unpriced: Count(0),
        latency: [Millis(None); 3],
    }
}

fn add(endpoint: &mut ModelCalls, row: &Row<'_>) -> rusqlite::Result<()> {
    let calls: i64 = row.get("calls")?;
    let outcome = row.get_ref("outcome")?.as_str()?;
    count_outcome(&mut endpoint.outcomes, outcome, calls);
    // Only an answered call is expected to report tokens.
    let expected = if outcome == "answered" { calls } else { 0 };
    let tokens = |tokens: &mut Tokens, sum: &str, known: &str| -> rusqlite::Result<()> {
        let sum = row.get::<_, Option<f64>>(sum)?.unwrap_or(0.0);
        // A larger sum has counts that no call can have: it says nothing.
        let reported = if (0.0..MOST_TOKENS).contains(&sum) { row.get(known)? } else { 0 };
        #[expect(clippy::cast_possible_truncation, reason = "its bounds are checked")]
        let counted = if reported > 0 { sum as i64 } else { 0 };
        tokens.sum.0 = tokens.sum.0.saturating_add(counted);
        tokens.known.0 += reported;
        tokens.unknown.0 += (expected - reported).max(0);
        Ok(())
    };
    tokens(&mut endpoint.input, "input_tokens", "input_known")?;
    tokens(&mut endpoint.output, "output_tokens", "output_known")?;
    tokens(&mut endpoint.cached, "cached_tokens", "cached_known")?;
    tokens(&mut endpoint.reasoning, "reasoning_tokens", "reasoning_known")?;
    if let Some(cost) = row.get::<_, Option<f64>>("cost_pico")? {
        endpoint.cost = Usd(Some(endpoint.cost.0.unwrap_or(0.0) + cost));
    }
    endpoint.unpriced.0 += calls - row.get::<_, i64>("cost_known")?;
    Ok(())
}

/// Turns the sum of an endpoint's costs from 10⁻¹² dollars into dollars. Nothing beside calls of unknown cost is
/// unknown.
fn in_dollars(endpoint: &mut ModelCalls) {
    let known = endpoint.cost.0.filter(|pico| *pico > 0.0 || endpoint.unpriced.0 == 0);
    endpoint.cost = Usd(known.map(|pico| pico / 1e12));
}

fn count_outcome(outcomes: &mut CallOutcomes, outcome: &str, calls: i64) {
    outcomes.calls.0 += calls;
    let count = match outcome {
        "answered" => &mut outcomes.answered,
        "failed" => &mut outcomes.failed,
        "lost" => &mut outcomes.lost,
        _ => &mut outcomes.in_flight,
    };
    count.0 += calls;
}

/// Fills in the percentiles. The rows are durations with their number of calls, sorted by endpoint and duration: memory
/// grows with the distinct durations, not with the calls.
fn latencies(connection: &Connection, endpoints: &mut [ModelCalls]) -> rusqlite::Result<()> {
    let mut durations: Vec<(i64, i64)> = Vec::new();
    let mut current: Option<EndpointName> = None;
    let mut finish = |name: Option<&EndpointName>, durations: &mut Vec<(i64, i64)>| {
        if let Some(endpoint) = name.and_then(|name| endpoints.iter_mut().find(|endpoint| is(endpoint, name))) {
            endpoint.latency = [50, 90, 99].map(|percent| Millis(percentile(durations, percent)));
        }
        durations.clear();
    };
    sql::VIEW_REPORT_LATENCY.each::<rusqlite::Error>(connection, &[], |row| {
        let name = name(row)?;
        if current.as_ref() != Some(&name) {
            finish(current.as_ref(), &mut durations);
            current = Some(name);
        }
        durations.push((row.get("duration_ms")?, row.get("calls")?));
        Ok(())
    })?;
    finish(current.as_ref(), &mut durations);
    Ok(())
}

/// Returns the nearest-rank percentile of sorted durations, each with its number of calls.
fn percentile(durations: &[(i64, i64)], percent: i64) -> Option<i64> {
    let total: i64 = durations.iter().map(|(_, calls)| calls).sum();
    let rank = (total * percent + 99) / 100;
    let mut seen = 0;
    durations.iter().find_map(|(duration, calls)| {
        seen += calls;
        (seen >= rank).then_some(*duration)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let table = [
            (vec![], 50, None),
            (vec![(7, 1)], 99, Some(7)),
            (vec![(1, 1), (2, 1)], 50, Some(1)),
            (vec![(1, 50), (2, 40), (3, 9), (9, 1)], 90, Some(2)),
            (vec![(1, 50), (2, 40), (3, 9), (9, 1)], 99, Some(3)),
            (vec![(1, 1), (2, 1), (3, 1)], 50, Some(2)),
        ];
        for (durations, percent, expected) in table {
            assert_eq!(percentile(&durations, percent), expected, "{durations:?} {percent}");
        }
    }
}
