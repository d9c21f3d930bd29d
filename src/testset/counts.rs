//! What a test set has ([`SetCounts`]), and what the contract demands of the whole set: numbers and coverage.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::case::Case;
use super::example::{Example, SOURCES};
use super::fault::{FaultKind, Faults, Note};
use super::file::SetFile;
use super::fold::folded;
use super::items::Items;
use super::messages::ExampleFormat;
use super::reader::{Reader, Spot, shown};
use super::sources::{CustomerWords, Sources};
use super::subjects::{Policy, UseCase};
use super::test_case::TestCase;

/// How near two names of use cases are, from 0 to 1, that count as the same use case.
const SAME: f64 = 0.85;
const POLICIES: usize = 5;
const POLICY_TYPES: usize = 2;
/// The source of messages that customers wrote.
const TICKETS: &str = "tickets";

/// How much a set was asked to hold. Less than the contract demands is no fault where no more was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedCounts {
    /// For each case.
    pub use_cases: usize,
    /// For each use case.
    pub test_cases: usize,
    /// For each test case.
    pub examples: usize,
}

impl AskedCounts {
    /// What the contract demands.
    pub const CONTRACT: Self = Self { use_cases: 5, test_cases: 3, examples: 1 };

    /// Whether so many examples of a case were not asked for.
    fn has_fewer_than(self, examples: usize) -> bool {
        self.use_cases.saturating_mul(self.test_cases).saturating_mul(self.examples) < examples
    }
}

/// What a set that holds what was asked for has not, and the contract demands.
fn as_asked(notes: &mut Vec<Note>, lacks: &str) {
    notes.push(Note(format!("{lacks}, as asked for; `casebook testset validate` holds that to be a fault")));
}

/// How many of each the set has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SetCounts {
    pub use_cases: usize,
    pub policies: usize,
    pub test_cases: usize,
    pub examples: usize,
    /// Examples by case.
    pub cases: BTreeMap<String, u64>,
    /// Examples by format.
    pub formats: BTreeMap<String, u64>,
    /// Examples by source.
    pub sources: BTreeMap<String, u64>,
    /// Policies by type.
    pub policy_types: BTreeMap<String, u64>,
}

impl SetCounts {
    pub(super) fn of(
        use_cases: &Items<'_, UseCase<'_>>,
        policies: &Items<'_, Policy<'_>>,
        test_cases: &Items<'_, TestCase<'_>>,
        examples: &Items<'_, Example<'_>>,
    ) -> Self {
        let of = |count: &mut BTreeMap<String, u64>, word: &str| {
            if let Some(known) = count.get_mut(word) {
                *known += 1;
            } else {
                count.insert(word.to_owned(), 1);
            }
        };
        let mut counts = Self {
            use_cases: use_cases.items.len(),
            policies: policies.items.len(),
            test_cases: test_cases.items.len(),
            examples: examples.items.len(),
            ..Self::default()
        };
        for policy in &policies.items {
            policy.kind.into_iter().for_each(|kind| of(&mut counts.policy_types, kind));
        }
        for example in &examples.items {
            example.case.into_iter().for_each(|case| of(&mut counts.cases, case.word()));
            example.format.into_iter().for_each(|format| of(&mut counts.formats, format.word()));
            example.source.iter().for_each(|source| of(&mut counts.sources, source));
        }
        counts
    }
}

/// Holds the list of use cases to their number, and their names to differ.
pub(super) fn hold_use_cases<'a>(
    reader: &mut Reader<'_, 'a>,
    list: &Spot<'_, 'a>,
    use_cases: &Items<'a, UseCase<'a>>,
    asked: AskedCounts,
    notes: &mut Vec<Note>,
) -> Vec<(usize, usize)> {
    let (count, least) = (use_cases.items.len(), AskedCounts::CONTRACT.use_cases);
    if (asked.use_cases..least).contains(&count) {
        as_asked(notes, &format!("{count} use case{} and not {least}", plural(count)));
    } else {
        too_few(reader, list, count, least, "use cases");
    }
    let named = use_cases.items.iter().enumerate();
    let (places, texts): (Vec<usize>, Vec<&str>) =
        named.filter_map(|(index, it)| Some((index, it.name.as_deref()?))).unzip();
    match crate::likeness::first_alike(&texts, SAME) {
        Ok(firsts) => {
            let pairs = firsts.into_iter().enumerate().filter(|(at, first)| at != first);
            pairs.filter_map(|(at, first)| Some((*places.get(at)?, *places.get(first)?))).collect()
        }
        Err(error) => {
            notes.push(Note(format!("use cases were not compared with each other: {error}")));
            Vec::new()
        }
    }
}

/// Adds a fault for each use case that says the same as one before it.
pub(super) fn refuse_same(faults: &mut Faults, use_cases: &Items<'_, UseCase<'_>>, pairs: &[(usize, usize)]) {
    for (at, first) in pairs {
        let (Some(one), Some(first)) = (use_cases.items.get(*at), use_cases.items.get(*first)) else { continue };
        let name = first.name.as_deref().unwrap_or_default();
        let found = format!("it says nearly the same as `{}`: {name:?}", first.at.name);
        one.at.fault(faults, FaultKind::Duplicate, "name", found, "use cases that differ".to_owned());
    }
}

/// Holds the list of policies to their number and their types.
pub(super) fn hold_policies<'a>(reader: &mut Reader<'_, 'a>, list: &Spot<'_, 'a>, policies: &Items<'a, Policy<'a>>) {
    too_few(reader, list, policies.items.len(), POLICIES, "policies");
    let types: BTreeSet<&str> = policies.items.iter().filter_map(|it| it.kind).collect();
    if !policies.items.is_empty() && types.len() < POLICY_TYPES {
        let types: Vec<&str> = types.into_iter().collect();
        let found = format!("all policies are of the type {}", types.join(", "));
        reader.fault(FaultKind::Count, list, found, "policies of 2 types or more");
    }
}

/// Adds a fault for each policy whose statement has the words of one before it, of the same case.
pub(super) fn refuse_same_statements(faults: &mut Faults, policies: &Items<'_, Policy<'_>>) {
    let mut seen: HashMap<(Option<Case>, String), &str> = HashMap::new();
    for policy in &policies.items {
        let Some(statement) = &policy.statement else { continue };
        let words = folded(statement);
        if words.is_empty() {
            continue;
        }
        match seen.entry((policy.case, words)) {
            Entry::Vacant(entry) => drop(entry.insert(&policy.at.name)),
            Entry::Occupied(entry) => {
                let found = format!("it says the same as `{}`: {:?}", entry.get(), shown(statement));
                let expected = "policies that differ".to_owned();
                policy.at.fault(faults, FaultKind::Duplicate, "statement", found, expected);
            }
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn too_few<'a>(reader: &mut Reader<'_, 'a>, list: &Spot<'_, 'a>, count: usize, least: usize, what: &str) {
    if count < least {
        let found = format!("there {} {count} {what}", if count == 1 { "is" } else { "are" });
        reader.fault(FaultKind::Count, list, found, format!("at least {least}"));
    }
}

/// Holds each use case to its number of test cases.
pub(super) fn hold_test_cases(
    faults: &mut Faults,
    use_cases: &Items<'_, UseCase<'_>>,
    test_cases: &Items<'_, TestCase<'_>>,
    asked: AskedCounts,
    notes: &mut Vec<Note>,
) {
    let least = AskedCounts::CONTRACT.test_cases;
    let mut fewer_asked = None;
    let mut counts = vec![0_usize; use_cases.items.len()];
    for at in test_cases.items.iter().filter_map(|it| it.use_case) {
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    for (use_case, count) in use_cases.items.iter().zip(counts).filter(|(_, count)| *count < least) {
        if count >= asked.test_cases {
            fewer_asked = Some(fewer_asked.unwrap_or(count).min(count));
            continue;
        }
        let found = format!("it has {count} test case{} in {}", plural(count), SetFile::TestCases);
        use_case.at.fault(faults, FaultKind::Count, "", found, format!("at least {least}"));
    }
    if let Some(count) = fewer_asked {
        as_asked(notes, &format!("{count} test case{} for a use case and not {least}", plural(count)));
    }
}

/// Holds each test case to its number of examples.
pub(super) fn hold_examples(
    faults: &mut Faults,
    test_cases: &Items<'_, TestCase<'_>>,
    examples: &Items<'_, Example<'_>>,
) {
    let mut has_some = vec![false; test_cases.items.len()];
    for at in examples.items.iter().filter_map(|it| it.test_case) {
        if let Some(has) = has_some.get_mut(at) {
            *has = true;
        }
    }
    for (test_case, _) in test_cases.items.iter().zip(has_some).filter(|(_, has)| !has) {
        let found = format!("it has no example in {}", SetFile::Dataset);
        test_case.at.fault(faults, FaultKind::Count, "", found, "at least 1".to_owned());
    }
}

/// Holds the examples to the sources and formats that their cases demand. `tickets` are not demanded where the
/// documents are at hand and hold neither messages of customers nor questions.
pub(super) fn hold_coverage<'a>(
    reader: &mut Reader<'_, 'a>,
    list: &Spot<'_, 'a>,
    examples: &Items<'a, Example<'a>>,
    (documents, asked): (Option<&Sources<'_>>, AskedCounts),
    notes: &mut Vec<Note>,
) {
    let of_case = |case: Case| examples.items.iter().filter(move |it| it.case == Some(case));
    let sources: BTreeSet<&str> = of_case(Case::SupportBot).filter_map(|it| it.source.as_deref()).collect();
    if of_case(Case::SupportBot).next().is_some() {
        for missing in SOURCES.iter().filter(|it| !sources.contains(**it)) {
            let found = format!("no example of the case `support_bot` has the source `{missing}`");
            let words = documents.map(|it| it.customer_words(Case::SupportBot).0);
            if *missing == TICKETS && words == Some(CustomerWords::Nothing) {
                notes.push(Note(format!("{found}: the documents hold no messages of customers, and no questions")));
            } else if asked.has_fewer_than(SOURCES.len()) {
                as_asked(notes, &found);
            } else {
                reader.fault(FaultKind::Coverage, list, found, "examples of all three sources");
            }
        }
    }
    if let Some(documents) = documents {
        note_stand_ins(examples, documents, notes);
    }
    let formats: BTreeSet<ExampleFormat> = of_case(Case::OperatorQuality).filter_map(|it| it.format).collect();
    if of_case(Case::OperatorQuality).next().is_some() {
        let wanted = [ExampleFormat::SingleUtteranceCorrection, ExampleFormat::DialogLastTurnCorrection];
        for missing in wanted.iter().filter(|it| !formats.contains(it)) {
            let found = format!("no example of the case `operator_quality` has the format `{}`", missing.word());
            if asked.has_fewer_than(wanted.len()) {
                as_asked(notes, &found);
                continue;
            }
            reader.fault(FaultKind::Coverage, list, found, "examples of both formats of corrections");
        }
    }
}

/// Adds a note where questions of a document stand in for messages of customers.
fn note_stand_ins(examples: &Items<'_, Example<'_>>, documents: &Sources<'_>, notes: &mut Vec<Note>) {
    let has_tickets =
        |case: Case| examples.items.iter().any(|it| it.case == Some(case) && it.source.as_deref() == Some(TICKETS));
    let words =
        Case::WORDS.iter().filter(|(_, case)| has_tickets(*case)).map(|(_, case)| documents.customer_words(*case));
    let names: BTreeSet<Option<&str>> =
        words.filter(|(words, _)| *words == CustomerWords::Questions).map(|(_, name)| name).collect();
    for name in names {
        let (holds, of) = name.map_or_else(
            || ("the documents hold".to_owned(), "documents"),
            |name| (format!("{name} holds"), "document"),
        );
        let note = format!("{holds} no messages of customers; questions of the {of} stand in for tickets");
        notes.push(Note(note));
    }
}
