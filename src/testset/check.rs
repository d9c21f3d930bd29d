//! Holds the files of a test set to the contract: [`check`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::counts::{
    AskedCounts, SetCounts, hold_coverage, hold_examples, hold_policies, hold_test_cases, hold_use_cases, refuse_same,
    refuse_same_statements,
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

/// Holds the files to the contract, and the quotes to the documents, where these are at hand. What the contract demands
/// beyond `asked` is a note.
#[must_use]
pub fn check(content: &SetContent, documents: Option<&[SourceDocument]>, asked: AskedCounts) -> Checked {
    let given = input_path(&content.manifest);
    let sources = documents.map(|it| Sources::of(it, given.as_deref()));
    let mut found = Found::default();
    let subjects = read_subjects(content, sources.as_ref(), asked, &mut found);
    let tests = read_tests(content, &subjects, (sources.as_ref(), asked), &mut found);
    let text = text_of_file(SetFile::Manifest, &content.manifest, &mut found.faults);
    if let Some(text) = text
        && let Some(value) = value_of(SetFile::Manifest, text, &mut found.faults)
    {
        read_manifest(&mut Reader::new(SetFile::Manifest, text, &mut found.faults), value);
    }
    let (Subjects { use_cases, policies }, Tests { test_cases, examples }) = (&subjects, &tests);
    for (file, has_gap) in [
        (SetFile::UseCases, use_cases.has_gap),
        (SetFile::Policies, policies.has_gap),
        (SetFile::TestCases, test_cases.has_gap),
        (SetFile::Dataset, examples.has_gap),
    ] {
        if has_gap {
            let note = format!("{file}: the numbers of the ids leave some out, or do not begin with 1");
            found.notes.push(Note(note));
        }
    }
    if found.quotes.repeated > 0 {
        let note = format!("the evidence of items has the same lines twice: {} times", found.quotes.repeated);
        found.notes.push(Note(note));
    }
    let counts = SetCounts::of(use_cases, policies, test_cases, examples);
    let quality = Quality::of(&use_cases.items, &policies.items, &test_cases.items, &examples.items);
    let (mut faults, fault_counts) = found.faults.into_parts();
    let rank = |fault: &Fault| SetFile::ALL.iter().position(|it| it.name() == fault.file);
    faults.sort_by_key(|fault| (rank(fault), fault.line));
    Checked { faults, fault_counts, notes: found.notes, counts, quotes: found.quotes, quality }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    faults: Faults,
    notes: Vec<Note>,
    quotes: QuoteCounts,
}

/// What is tested.
#[derive(Default)]
struct Subjects<'a> {
    use_cases: Items<'a, UseCase<'a>>,
    policies: Items<'a, Policy<'a>>,
}

/// How it is tested.
#[derive(Default)]
struct Tests<'a> {
    test_cases: Items<'a, TestCase<'a>>,
    examples: Items<'a, Example<'a>>,
}

fn read_subjects<'a>(
    content: &'a SetContent,
    sources: Option<&Sources<'_>>,
    asked: AskedCounts,
    found: &mut Found,
) -> Subjects<'a> {
    let Found { faults, notes, quotes } = found;
    let Subjects { mut use_cases, mut policies } = Subjects::default();
    let text = text_of_file(SetFile::UseCases, &content.use_cases, faults);
    let mut same = Vec::new();
    each(SetFile::UseCases, text, faults, |reader, part| match part {
        Part::Element(raw) => read_use_case(reader, raw, &mut use_cases, sources, quotes),
        Part::List(list) => {
            use_cases.is_read = true;
            same = hold_use_cases(reader, list, &use_cases, asked, notes);
        }
    });
    refuse_same(faults, &use_cases, &same);
    let text = text_of_file(SetFile::Policies, &content.policies, faults);
    each(SetFile::Policies, text, faults, |reader, part| match part {
        Part::Element(raw) => read_policy(reader, raw, &mut policies, sources, quotes),
        Part::List(list) => {
            policies.is_read = true;
            hold_policies(reader, list, &policies);
        }
    });
    refuse_same_statements(faults, &policies);
    Subjects { use_cases, policies }
}

fn read_tests<'a>(
    content: &'a SetContent,
    subjects: &Subjects<'a>,
    (sources, asked): (Option<&Sources<'_>>, AskedCounts),
    found: &mut Found,
) -> Tests<'a> {
    let Found { faults, notes, .. } = found;
    let Subjects { use_cases, policies } = subjects;
    let Tests { mut test_cases, mut examples } = Tests::default();
    let mut axes = Axes::default();
    let text = text_of_file(SetFile::TestCases, &content.test_cases, faults);
    each(SetFile::TestCases, text, faults, |reader, part| match part {
        Part::Element(raw) => read_test_case(reader, raw, &mut test_cases, (use_cases, policies), &mut axes),
        Part::List(_) => test_cases.is_read = true,
    });
    if test_cases.is_read {
        hold_test_cases(faults, use_cases, &test_cases, asked, notes);
    }
    let mut looked_up = LookedUp::default();
    let above = Above { use_cases, policies, test_cases: &test_cases, sources };
    let text = text_of_file(SetFile::Dataset, &content.dataset, faults);
    each(SetFile::Dataset, text, faults, |reader, part| match part {
        Part::Element(raw) => read_example(reader, raw, &mut examples, &above, &mut looked_up),
        Part::List(list) => {
            examples.is_read = true;
            hold_coverage(reader, list, &examples, (sources, asked), notes);
        }
    });
    if examples.is_read {
        hold_examples(faults, &test_cases, &examples);
    }
    if looked_up.left_out > 0 {
        let found = format!("the messages of {} examples were not looked for in the documents", looked_up.left_out);
        notes.push(Note(format!("{found}: there is too much to search; check a part of the set at a time")));
    }
    Tests { test_cases, examples }
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
