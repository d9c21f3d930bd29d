//! Claims that hold, for made-up outputs: [`quote_lines`].

use serde_json::Value;

use super::lines::RowLines;
use crate::record::ClaimPlaces;

/// How many lines a made-up claim has at most.
const LINES: u64 = 2;

/// A row, and where the claims stand in outputs about it.
#[derive(Clone, Debug)]
pub struct QuotedRow {
    pub claims: Vec<ClaimPlaces>,
    pub text: String,
}

/// Lets every claim in a made-up output quote lines that are there. `draw` is a number for each claim, by its number
/// from 0: the same numbers give the same claims.
pub fn quote_lines(output: &mut Value, all: &[ClaimPlaces], text: &str, draw: &dyn Fn(usize) -> u64) {
    let lines = RowLines::of(text);
    let filled: Vec<i64> =
        lines.numbered().filter(|(_, line)| !line.trim().is_empty()).map(|(number, _)| number).collect();
    let Some(count) = u64::try_from(filled.len()).ok().filter(|count| *count > 0) else { return };
    let mut number = 0;
    for places in all {
        places.at.each_mut(output, &mut |claim| {
            if claim.is_null() {
                return;
            }
            let drawn = draw(number);
            number += 1;
            let start = usize::try_from(drawn % count).ok().and_then(|index| filled.get(index)).copied().unwrap_or(1);
            let more =
                if places.lines.len() > 1 { i64::try_from((drawn / count) % LINES).unwrap_or_default() } else { 0 };
            let end = if lines.joined(start, start + more).is_some() { start + more } else { start };
            let quote = lines.joined(start, end).unwrap_or_default();
            for (field, line) in places.lines.iter().zip([start, end]) {
                field.each_mut(claim, &mut |value| *value = Value::from(line));
            }
            places.quote.each_mut(claim, &mut |value| *value = Value::from(quote));
        });
    }
}
