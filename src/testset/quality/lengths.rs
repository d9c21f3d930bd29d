//! How long texts are.

use serde::Serialize;

use crate::testset::example::Example;
use crate::testset::subjects::{Policy, UseCase};

/// The buckets: texts of up to so many characters.
const BUCKETS: [usize; 6] = [20, 50, 100, 200, 500, 1000];

/// Lengths of the texts of one kind, in characters.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct LengthRow {
    pub of: &'static str,
    pub texts: usize,
    pub min: usize,
    pub median: usize,
    pub max: usize,
    pub buckets: Vec<LengthBucket>,
}

/// How many texts are of a length.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct LengthBucket {
    /// The most characters of a text in it; `None` for the last one.
    pub up_to: Option<usize>,
    pub texts: u64,
}

pub(super) fn lengths(use_cases: &[UseCase<'_>], policies: &[Policy<'_>], examples: &[Example<'_>]) -> Vec<LengthRow> {
    let rows = [
        row("use case descriptions", use_cases.iter().filter_map(|it| it.description.as_deref())),
        row("policy statements", policies.iter().filter_map(|it| it.statement.as_deref())),
        row("user messages", examples.iter().filter_map(|it| it.question.as_deref())),
        row("expected outputs", examples.iter().filter_map(|it| it.expected.as_deref())),
    ];
    rows.into_iter().flatten().collect()
}

/// The row of texts; `None` if there are none.
fn row<'t>(of: &'static str, texts: impl Iterator<Item = &'t str>) -> Option<LengthRow> {
    let mut lengths: Vec<usize> = texts.map(|it| it.chars().count()).collect();
    lengths.sort_unstable();
    let (min, max) = (*lengths.first()?, *lengths.last()?);
    let median = *lengths.get((lengths.len() - 1) / 2)?;
    let mut counts = [0_u64; BUCKETS.len() + 1];
    for length in &lengths {
        let at = BUCKETS.partition_point(|most| most < length);
        counts.get_mut(at).into_iter().for_each(|count| *count += 1);
    }
    let ends = BUCKETS.into_iter().map(Some).chain([None]);
    let buckets = ends.zip(counts).map(|(up_to, texts)| LengthBucket { up_to, texts }).collect();
    Some(LengthRow { of, texts: lengths.len(), min, median, max, buckets })
}
