//! The report on the examples of a format: [`FinetuneTally`].

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::file::FinetuneFormat;
use super::near::{InputPiece, Inputs, NotCompared};
use super::problem::Unusable;
use crate::record::{Digest, WorkId, thousands};

/// How many groups of equal prompts, and how many leaks, the report lists.
const MOST_LISTED: usize = 1_000;

/// An example that is in one of the files.
#[derive(Clone, Debug)]
pub struct SeenExample {
    pub work_id: WorkId,
    pub is_validation: bool,
    /// Of the conversation with its answer.
    pub tokens: u64,
    /// Of the answer alone.
    pub answer_tokens: u64,
    /// The digest of the conversation without its answer.
    pub prompt: Digest,
    /// The digest of the answer.
    pub answer: Digest,
    pub input: Vec<InputPiece>,
}

/// Counts the examples of a format, one by one. Memory holds some 100 bytes of each, and the inputs as far as nearly
/// equal ones are looked for.
#[derive(Debug)]
pub struct FinetuneTally {
    format: FinetuneFormat,
    /// Whether there is to be a file for validation.
    has_validation: bool,
    known: Vec<Known>,
    by_prompt: HashMap<Digest, usize>,
    inputs: Inputs,
    parts: [PartCount; 2],
    left_out: Vec<(WorkId, Unusable)>,
}

/// What a tally came to.
#[derive(Clone, Debug)]
pub struct FinetuneReport {
    /// What the report's file has, after the settings.
    pub value: Value,
    /// The counts for the manifest.
    pub counts: Value,
    /// What there is to say: the kind of an anomaly, how many there are, and the sentence.
    pub findings: Vec<(&'static str, u64, String)>,
}

#[derive(Debug)]
struct Known {
    work_id: WorkId,
    is_validation: bool,
    answer: Digest,
    /// The place of the first example with this prompt.
    first: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct PartCount {
    examples: u64,
    tokens: u64,
    answer_tokens: u64,
    longest: u64,
}

impl PartCount {
    fn add(&mut self, seen: &SeenExample) {
        self.examples += 1;
        self.tokens += seen.tokens;
        self.answer_tokens += seen.answer_tokens;
        self.longest = self.longest.max(seen.tokens);
    }

    fn to_value(self) -> Value {
        json!({
            "examples": self.examples, "tokens": self.tokens, "answer_tokens": self.answer_tokens,
            "longest": self.longest,
        })
    }
}

/// Equal prompts, and validation examples that the training file has too.
#[derive(Default)]
struct Repeats {
    /// Examples whose prompt an earlier one has.
    equal: u64,
    /// Prompts with different answers.
    conflicts: u64,
    groups: Vec<Value>,
    equal_leaks: u64,
    near_leaks: u64,
    leaks: Vec<Value>,
    /// Why nearly equal inputs were not looked for.
    not_compared: Option<NotCompared>,
}

impl Repeats {
    fn list_leak(&mut self, held: &Known, kind: &str, like: &Known) {
        if self.leaks.len() < MOST_LISTED {
            self.leaks.push(json!({
                "work_id": held.work_id.to_string(), "kind": kind, "train": like.work_id.to_string(),
            }));
        }
    }
}

impl FinetuneTally {
    /// Begins a tally of a format; `has_validation` says whether a share of the examples is for validation.
    #[must_use]
    pub fn new(format: FinetuneFormat, has_validation: bool) -> Self {
        Self {
            format,
            has_validation,
            known: Vec::new(),
            by_prompt: HashMap::new(),
            inputs: Inputs::default(),
            parts: [PartCount::default(); 2],
            left_out: Vec::new(),
        }
    }

    /// Counts an example that is in a file.
    pub fn add(&mut self, seen: SeenExample) {
        self.parts[usize::from(seen.is_validation)].add(&seen);
        let place = self.known.len();
        let first = *self.by_prompt.entry(seen.prompt).or_insert(place);
        let SeenExample { work_id, is_validation, answer, .. } = seen;
        self.known.push(Known { work_id, is_validation, answer, first });
        self.inputs.add(seen.input);
    }

    /// Counts a work item that is in none.
    pub fn leave_out(&mut self, work_id: WorkId, why: Unusable) {
        self.left_out.push((work_id, why));
    }

    /// Returns what it came to.
    #[must_use]
    pub fn finish(self) -> FinetuneReport {
        let repeats = self.repeats();
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, why) in &self.left_out {
            *reasons.entry(why.reason.as_str()).or_default() += 1;
        }
        let item = |(work_id, why): &(WorkId, Unusable)| {
            let mut item = json!({"work_id": work_id.to_string(), "reason": why.reason.as_str()});
            if let Some(detail) = &why.detail {
                item["detail"] = json!(detail);
            }
            item
        };
        let [train, validation] = self.parts;
        let value = json!({
            "limits": self.format.limits().to_value(),
            "train": train.to_value(),
            "validation": validation.to_value(),
            "duplicates": {"examples": repeats.equal, "conflicts": repeats.conflicts, "prompts": repeats.groups},
            "leaks": {
                "equal": repeats.equal_leaks, "nearly_equal": repeats.near_leaks,
                "looked_for_nearly_equal": repeats.not_compared.is_none(), "validation": repeats.leaks,
            },
            "left_out": {
                "work_items": self.left_out.len(), "reasons": reasons,
                "items": self.left_out.iter().map(item).collect::<Vec<_>>(),
            },
        });
        let counts = json!({
            "train": train.examples, "validation": validation.examples, "left_out": self.left_out.len(),
            "duplicates": repeats.equal, "conflicts": repeats.conflicts,
            "leaks": repeats.equal_leaks + repeats.near_leaks, "tokens": train.tokens,
        });
        FinetuneReport { value, counts, findings: self.findings(&repeats, &reasons) }
    }

    fn repeats(&self) -> Repeats {
        let mut found = Repeats::default();
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, known) in self.known.iter().enumerate().filter(|(place, known)| known.first != *place) {
            groups.entry(known.first).or_insert_with(|| vec![known.first]).push(place);
            found.equal += 1;
        }
        for places in groups.values() {
            let all: Vec<&Known> = places.iter().filter_map(|place| self.known.get(*place)).collect();
            let differs = all.windows(2).any(|pair| pair[0].answer != pair[1].answer);
            found.conflicts += u64::from(differs);
            if found.groups.len() < MOST_LISTED {
                let ids: Vec<String> = all.iter().take(MOST_LISTED).map(|it| it.work_id.to_string()).collect();
                found.groups.push(json!({"same_answer": !differs, "work_ids": ids}));
            }
        }
        self.find_leaks(&groups, &mut found);
        found
    }

    /// Counts the validation examples that have the same prompt as a training example, or nearly the same input as one.
    fn find_leaks(&self, groups: &BTreeMap<usize, Vec<usize>>, found: &mut Repeats) {
        let mut equal: HashSet<usize> = HashSet::new();
        for places in groups.values() {
            let all = || places.iter().filter_map(|place| Some((*place, self.known.get(*place)?)));
            let Some((_, like)) = all().find(|(_, it)| !it.is_validation) else { continue };
            for (place, held) in all().filter(|(_, it)| it.is_validation) {
                equal.insert(place);
                found.equal_leaks += 1;
                found.list_leak(held, "equal", like);
            }
        }
        let is_held = |place: usize| self.known.get(place).is_some_and(|it| it.is_validation);
        let alike = match self.inputs.alike_in_others(is_held) {
            Ok(alike) => alike,
            Err(why) => return found.not_compared = Some(why),
        };
        for (place, like) in alike {
            if let (false, Some(held), Some(like)) =
                (equal.contains(&place), self.known.get(place), self.known.get(like))
            {
                found.near_leaks += 1;
                found.list_leak(held, "nearly_equal", like);
            }
        }
    }

    fn findings(&self, repeats: &Repeats, reasons: &BTreeMap<&str, u64>) -> Vec<Finding> {
        let left_out = self.left_out.len() as u64;
        let said: Vec<String> = reasons.iter().map(|(reason, n)| format!("{reason} {}", thousands(*n))).collect();
        let mut found = vec![
            (
                "finetune_left_out",
                left_out,
                format!(
                    "{} left out ({}); `left_out` lists {}",
                    count(left_out, "work item is", "work items are"),
                    said.join(", "),
                    if left_out == 1 { "it" } else { "them" }
                ),
            ),
            (
                "finetune_duplicates",
                repeats.equal,
                format!(
                    "{} the same prompt as an earlier one; {} different answers",
                    count(repeats.equal, "example has", "examples have"),
                    count(repeats.conflicts, "prompt has", "prompts have")
                ),
            ),
            (
                "finetune_leaks",
                repeats.equal_leaks + repeats.near_leaks,
                format!(
                    "{} also in the training file: {} equal, {} nearly equal; `outputs.finetune.group` keeps together what \
                     belongs together",
                    count(repeats.equal_leaks + repeats.near_leaks, "validation example is", "validation examples are"),
                    thousands(repeats.equal_leaks),
                    thousands(repeats.near_leaks)
                ),
            ),
        ];
        found.extend(self.beyond_limits());
        let [train, validation] = self.parts;
        let is_empty = self.has_validation && validation.examples == 0 && train.examples > 0;
        let nothing = "the validation file has no examples: there are too few rows or groups for its share".to_owned();
        found.push(("finetune_no_validation", u64::from(is_empty), nothing));
        if let Some(why) = repeats.not_compared {
            let because = match why {
                NotCompared::TooLong => "the inputs have too many characters",
                NotCompared::TooAlike => "the inputs share so much that it would take too long",
            };
            let what = format!("nearly equal inputs in both files were not looked for: {because}");
            found.push(("finetune_not_compared", 1, what));
        }
        found.retain(|(_, n, _)| *n > 0);
        found
    }

    /// Whether there are fewer or more examples than the provider takes, in words.
    fn beyond_limits(&self) -> Vec<Finding> {
        let [train, validation] = self.parts;
        let (limits, taker) = (self.format.limits(), self.format.taker());
        let has = |part: &str, n, bound: &str, limit| {
            let examples = count(n, "example", "examples");
            format!("the {part} file has {examples}, and {taker} takes {} {bound}", thousands(limit))
        };
        let least = limits.min_examples;
        let few = match train.examples {
            0 => "the training file has no examples".to_owned(),
            some => has("training", some, "at least", least),
        };
        let mut found = vec![("finetune_too_few", u64::from(train.examples < least), few)];
        for (part, n, most) in [
            ("training", train.examples, limits.max_examples),
            ("validation", validation.examples, limits.max_validation),
        ] {
            let most = most.unwrap_or(u64::MAX);
            found.push(("finetune_too_many", u64::from(n > most), has(part, n, "at most", most)));
        }
        found
    }
}

/// What there is to say: the kind of an anomaly, how many there are, and the sentence.
type Finding = (&'static str, u64, String);

/// So many of a thing, which is called by its `one` or `many` name.
fn count(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}
