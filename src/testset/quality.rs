//! How good a test set looks ([`Quality`]): what repeats, what is missing from it, and how its parts are spread.
//!
//! Nothing here is a fault. It is for people, who read it before they use the set.

mod alike;
mod lengths;
mod named;
mod placeholders;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::example::Example;
use super::fold::folded;
use super::items::ItemAt;
use super::subjects::{Policy, UseCase};
use super::test_case::TestCase;
use alike::Texts;
use lengths::lengths;
use placeholders::placeholder;

pub use alike::Alike;
pub use lengths::LengthRow;
pub use named::Named;

/// An expected output of fewer characters is very short.
const SHORT: usize = 10;
/// How many criteria that repeat are shown.
const CRITERIA: usize = 5;

/// What a test set looks like.
#[derive(Debug, Default, Serialize)]
pub struct Quality {
    /// By what they are spread over, how many there are of each.
    pub spread: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// Lengths of texts in characters.
    pub lengths: Vec<LengthRow>,
    /// Texts that say nearly the same as one before.
    pub near_duplicates: Vec<Alike>,
    /// Texts that look as if somebody was to fill them in.
    pub placeholders: Named,
    pub empty_outputs: Named,
    /// Expected outputs of fewer than 10 characters.
    pub short_outputs: Named,
    /// Expected outputs that are the message they answer or correct.
    pub outputs_like_input: Named,
    /// Criteria that several examples share, the most frequent ones.
    pub repeated_criteria: Vec<Repeated>,
    /// Policies that no test case and no example names.
    pub unused_policies: Named,
    /// Use cases with examples, but none of the source `corner`.
    pub without_corner: Named,
}

/// A criterion of several examples.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Repeated {
    pub criterion: String,
    pub examples: u64,
}

impl Quality {
    pub(super) fn of(
        use_cases: &[UseCase<'_>],
        policies: &[Policy<'_>],
        test_cases: &[TestCase<'_>],
        examples: &[Example<'_>],
    ) -> Self {
        let mut quality = Self {
            spread: spread(policies, examples),
            lengths: lengths(use_cases, policies, examples),
            near_duplicates: near_duplicates(use_cases, policies, examples),
            repeated_criteria: repeated_criteria(examples),
            ..Self::default()
        };
        quality.look_at_texts(use_cases, policies, examples);
        quality.look_at_outputs(examples);
        quality.look_at_cover(use_cases, policies, test_cases, examples);
        quality
    }

    fn look_at_texts(&mut self, use_cases: &[UseCase<'_>], policies: &[Policy<'_>], examples: &[Example<'_>]) {
        let found = &mut self.placeholders;
        let mut look = |at: &ItemAt, path: &str, text: Option<&str>| {
            if let Some(word) = text.and_then(placeholder) {
                found.add(|| format!("{} {path}: {word}", at.name));
            }
        };
        for it in use_cases {
            look(&it.at, "name", it.name.as_deref());
            look(&it.at, "description", it.description.as_deref());
        }
        for it in policies {
            look(&it.at, "statement", it.statement.as_deref());
        }
        for it in examples {
            // What customers write may be anything in the corners.
            if it.source.as_deref() != Some("corner") {
                look(&it.at, "input", it.question.as_deref().or(it.last.as_deref()));
            }
            look(&it.at, "expected_output", it.expected.as_deref());
            for text in &it.criteria {
                look(&it.at, "evaluation_criteria", Some(text));
            }
        }
    }

    fn look_at_outputs(&mut self, examples: &[Example<'_>]) {
        for it in examples {
            let name = || it.at.name.clone();
            let Some(expected) = it.expected.as_deref() else {
                self.empty_outputs.add(name);
                continue;
            };
            if expected.trim().chars().take(SHORT).count() < SHORT {
                self.short_outputs.add(name);
            }
            if it.last.as_deref().is_some_and(|last| last.trim() == expected.trim()) {
                self.outputs_like_input.add(name);
            }
        }
    }

    fn look_at_cover(
        &mut self,
        use_cases: &[UseCase<'_>],
        policies: &[Policy<'_>],
        test_cases: &[TestCase<'_>],
        examples: &[Example<'_>],
    ) {
        let mut is_used = vec![false; policies.len()];
        let named = test_cases.iter().flat_map(|it| &it.policies);
        for at in named.chain(examples.iter().flat_map(|it| &it.policies)) {
            is_used.get_mut(*at).into_iter().for_each(|is_used| *is_used = true);
        }
        for (policy, _) in policies.iter().zip(is_used).filter(|(_, is_used)| !is_used) {
            self.unused_policies.add(|| policy.at.name.clone());
        }
        let is_corner = |it: &Example<'_>| it.source.as_deref() == Some("corner");
        if !examples.iter().any(is_corner) {
            return;
        }
        let (mut has_examples, mut has_corner) = (vec![false; use_cases.len()], vec![false; use_cases.len()]);
        for it in examples {
            let Some(at) = it.test_case.and_then(|at| test_cases.get(at)?.use_case) else { continue };
            has_examples.get_mut(at).into_iter().for_each(|has| *has = true);
            has_corner.get_mut(at).into_iter().for_each(|has| *has |= is_corner(it));
        }
        for (use_case, (has_examples, has_corner)) in use_cases.iter().zip(has_examples.into_iter().zip(has_corner)) {
            if has_examples && !has_corner {
                self.without_corner.add(|| use_case.at.name.clone());
            }
        }
    }
}

fn spread(policies: &[Policy<'_>], examples: &[Example<'_>]) -> BTreeMap<&'static str, BTreeMap<String, u64>> {
    fn count<'w>(words: impl Iterator<Item = &'w str>) -> BTreeMap<String, u64> {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        words.for_each(|word| *counts.entry(word).or_default() += 1);
        counts.into_iter().map(|(word, count)| (word.to_owned(), count)).collect()
    }
    BTreeMap::from([
        ("case", count(examples.iter().filter_map(|it| Some(it.case?.word())))),
        ("format", count(examples.iter().filter_map(|it| Some(it.format?.word())))),
        ("source", count(examples.iter().filter_map(|it| it.source.as_deref()))),
        ("split", count(examples.iter().filter_map(|it| it.split.as_deref()))),
        ("policy type", count(policies.iter().filter_map(|it| it.kind))),
    ])
}

fn near_duplicates(use_cases: &[UseCase<'_>], policies: &[Policy<'_>], examples: &[Example<'_>]) -> Vec<Alike> {
    fn of<'t, T>(items: &'t [T], part: impl Fn(&'t T) -> (&'t ItemAt, Option<&'t str>)) -> Texts<'t> {
        items.iter().map(part).filter_map(|(at, text)| Some((at, text?))).collect()
    }
    vec![
        Alike::of("use cases by name", &of(use_cases, |it| (&it.at, it.name.as_deref()))),
        Alike::of("use cases by description", &of(use_cases, |it| (&it.at, it.description.as_deref()))),
        Alike::of("policies", &of(policies, |it| (&it.at, it.statement.as_deref()))),
        Alike::of("user messages", &of(examples, |it| (&it.at, it.question.as_deref()))),
        Alike::of("expected outputs", &of(examples, |it| (&it.at, it.expected.as_deref()))),
    ]
}

fn repeated_criteria(examples: &[Example<'_>]) -> Vec<Repeated> {
    let mut counts: HashMap<String, (u64, &str)> = HashMap::new();
    for text in examples.iter().flat_map(|it| &it.criteria) {
        counts.entry(folded(text)).or_insert((0, text)).0 += 1;
    }
    let mut repeated: Vec<(u64, String, &str)> = counts
        .into_iter()
        .filter(|(_, (count, _))| *count > 1)
        .map(|(key, (count, text))| (count, key, text))
        .collect();
    repeated.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    repeated.truncate(CRITERIA);
    repeated.into_iter().map(|(examples, _, text)| Repeated { criterion: text.to_owned(), examples }).collect()
}
