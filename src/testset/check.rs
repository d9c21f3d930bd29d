//! Holds the files of a test set to the contract: [`check`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::counts::{
    SetCounts, hold_coverage, hold_examples, hold_policies, hold_test_cases, hold_use_cases, refuse_same,
};
use super::example::{Above, Example, read_example};
use super::fault::{Fault, FaultKind, Faults, Note};
use super::file::SetFile;
use super::items::{Items, QuoteCounts};
use super::manifest::read_manifest;
use super::open::{FileContent, elements, text_of_file, value_of};
use super::quality::Quality;
use super::reader::{Reader, Spot};
use super::sources::{LookedUp, SourceDocument, Sources};
use super::subjects::{Policy, UseCase, read_policy, read_use_case};
use super::test_case::{Axes, TestCase, read_test_case};

/// The five files, as far as they are there.
#[derive(Clone, Debug)]
pub struct SetContent {
    pub use_cases: FileContent,
    pub policies: FileContent,
    pub test_cases: FileContent,
    pub dataset: FileContent,
    pub manifest: FileContent,
}

/// The documents that a test set was made of.
#[derive(Clone, Debug)]
pub struct SetDocuments {
    pub documents: Vec<SourceDocument>,
    /// Whether words of customers stand in one of them.
    pub has_customer_words: bool,
}

/// What a test set was found to be.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// In the order of the files and their lines; of each kind the first ones.
    pub faults: Vec<Fault>,
    /// How many faults of each kind there are.
    pub fault_counts: BTreeMap<FaultKind, u64>,
    pub notes: Vec<Note>,
    pub counts: SetCounts,
    pub quotes: QuoteCounts,
    pub quality: Quality,
}

impl Checked {
    /// How many faults there are.
    #[must_use]
    pub fn fault_count(&self) -> u64 {
        self.fault_counts.values().sum()
    }

    /// Adds a fault of a whole file that was found elsewhere.
    pub fn refuse(&mut self, fault: Fault) {
        *self.fault_counts.entry(fault.kind).or_default() += 1;
        self.faults.push(fault);
    }
}

/// The `input_path` of a manifest, if it has one.
#[must_use]
pub fn input_path(manifest: &FileContent) -> Option<String> {
    let mut faults = Faults::default();
    let text = text_of_file(SetFile::Manifest, manifest, &mut faults)?;
    let value = value_of(SetFile::Manifest, text, &mut faults)?;
    read_manifest(&mut Reader::new(SetFile::Manifest, text, &mut faults), value).map(Cow::into_owned)
}

/// Holds the files to the contract, and the quotes to the documents, where these are at hand.
#[must_use]
pub fn check(content: &SetContent, documents: Option<&SetDocuments>) -> Checked {
    let (mut faults, mut notes, mut quotes) = (Faults::default(), Vec::new(), QuoteCounts::default());
    let sources = documents.map(|it| Sources::of(&it.documents));
    let sources = sources.as_ref();

    let mut use_cases: Items<'_, UseCase<'_>> = Items::default();
    let text = text_of_file(SetFile::UseCases, &content.use_cases, &mut faults);
    let mut same = Vec::new();
    each(SetFile::UseCases, text, &mut faults, |reader, part| match part {
        Part::Element(raw) => read_use_case(reader, raw, &mut use_cases, sources, &mut quotes),
        Part::List(list) => {
            use_cases.is_read = true;
            same = hold_use_cases(reader, list, &use_cases, &mut notes);
        }
    });
    refuse_same(&mut faults, &use_cases, &same);

    let mut policies: Items<'_, Policy<'_>> = Items::default();
    let text = text_of_file(SetFile::Policies, &content.policies, &mut faults);
    each(SetFile::Policies, text, &mut faults, |reader, part| match part {
        Part::Element(raw) => read_policy(reader, raw, &mut policies, sources, &mut quotes),
        Part::List(list) => {
            policies.is_read = true;
            hold_policies(reader, list, &policies);
        }
    });

    let (mut test_cases, mut axes): (Items<'_, TestCase<'_>>, _) = (Items::default(), Axes::default());
    let text = text_of_file(SetFile::TestCases, &content.test_cases, &mut faults);
    each(SetFile::TestCases, text, &mut faults, |reader, part| match part {
        Part::Element(raw) => read_test_case(reader, raw, &mut test_cases, (&use_cases, &policies), &mut axes),
        Part::List(_) => test_cases.is_read = true,
    });
    if test_cases.is_read {
        hold_test_cases(&mut faults, &use_cases, &test_cases);
    }

    let (mut examples, mut looked_up): (Items<'_, Example<'_>>, _) = (Items::default(), LookedUp::default());
    let text = text_of_file(SetFile::Dataset, &content.dataset, &mut faults);
    let above = Above { use_cases: &use_cases, policies: &policies, test_cases: &test_cases, sources };
    let has_tickets = documents.map(|it| it.has_customer_words);
    each(SetFile::Dataset, text, &mut faults, |reader, part| match part {
        Part::Element(raw) => read_example(reader, raw, &mut examples, &above, &mut looked_up),
        Part::List(list) => {
            examples.is_read = true;
            hold_coverage(reader, list, &examples, has_tickets, &mut notes);
        }
    });
    if examples.is_read {
        hold_examples(&mut faults, &test_cases, &examples);
    }

    let text = text_of_file(SetFile::Manifest, &content.manifest, &mut faults);
    let value = text.and_then(|text| Some((text, value_of(SetFile::Manifest, text, &mut faults)?)));
    if let Some((text, value)) = value {
        read_manifest(&mut Reader::new(SetFile::Manifest, text, &mut faults), value);
    }

    note_gaps(&mut notes, [(SetFile::UseCases, use_cases.has_gap), (SetFile::Policies, policies.has_gap)]);
    note_gaps(&mut notes, [(SetFile::TestCases, test_cases.has_gap), (SetFile::Dataset, examples.has_gap)]);
    let counts = SetCounts::of(&use_cases, &policies, &test_cases, &examples);
    let quality = Quality::of(&use_cases.items, &policies.items, &test_cases.items, &examples.items);
    let (mut faults, fault_counts) = faults.into_parts();
    let rank = |fault: &Fault| SetFile::ALL.iter().position(|it| it.name() == fault.file);
    faults.sort_by_key(|fault| (rank(fault), fault.line));
    Checked { faults, fault_counts, notes, counts, quotes, quality }
}

/// A part of a file that is read.
enum Part<'p, 's, 'a> {
    /// An element of its list.
    Element(&'a serde_json::value::RawValue),
    /// The list, after its elements.
    List(&'p Spot<'s, 'a>),
}

/// Goes through the elements of a file's list, and then the list.
fn each<'a>(
    file: SetFile,
    text: Option<&'a str>,
    faults: &mut Faults,
    mut read: impl FnMut(&mut Reader<'_, 'a>, Part<'_, '_, 'a>),
) {
    let Some(text) = text else { return };
    let Some(value) = value_of(file, text, faults) else { return };
    let mut reader = Reader::new(file, text, faults);
    let Some((list, all)) = elements(&mut reader, value) else { return };
    for (index, raw) in all.into_iter().enumerate() {
        reader.begin(index, raw);
        read(&mut reader, Part::Element(raw));
    }
    reader.end();
    let whole = Spot::item(value);
    let name = file.list().map_or("", |(list, _)| list);
    read(&mut reader, Part::List(&whole.key(name, list)));
}

fn note_gaps(notes: &mut Vec<Note>, files: [(SetFile, bool); 2]) {
    for (file, _) in files.iter().filter(|(_, has_gap)| *has_gap) {
        notes.push(Note(format!("{file}: the numbers of the ids leave some out, or do not begin with 1")));
    }
}
