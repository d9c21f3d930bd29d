//! Examples.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::value::RawValue;

use super::case::Case;
use super::document_words::MessageStanding;
use super::fault::FaultKind;
use super::file::SetFile;
use super::fold::folded;
use super::items::{ItemAt, Items, item_at, read_case, read_policy_ids, read_reference};
use super::messages::{ExampleFormat, Speaker, read_input};
use super::reader::{Further, Key, Reader, Spot, need, shown};
use super::sources::{LookedUp, Sources};
use super::subjects::{Policy, UseCase};
use super::test_case::TestCase;

/// An example, as far as it could be read.
#[derive(Debug)]
pub(super) struct Example<'a> {
    pub(super) at: ItemAt,
    pub(super) case: Option<Case>,
    pub(super) format: Option<ExampleFormat>,
    /// The index of its test case, where that is there.
    pub(super) test_case: Option<usize>,
    pub(super) policies: Vec<usize>,
    /// The last message by the user.
    pub(super) question: Option<Cow<'a, str>>,
    /// The text of the last message, whoever says it.
    pub(super) last: Option<Cow<'a, str>>,
    pub(super) expected: Option<Cow<'a, str>>,
    pub(super) criteria: Vec<Cow<'a, str>>,
    pub(super) source: Option<Cow<'a, str>>,
    pub(super) split: Option<Cow<'a, str>>,
}

/// The sources of examples of the case `support_bot`.
pub(super) const SOURCES: [&str; 3] = ["tickets", "faq_paraphrase", "corner"];
/// The least number of criteria.
const CRITERIA: usize = 3;
const KEYS: [Key; 10] = [
    need("id"),
    need("case"),
    need("format"),
    need("use_case_id"),
    need("test_case_id"),
    need("input"),
    need("expected_output"),
    need("evaluation_criteria"),
    need("policy_ids"),
    need("metadata"),
];

/// What examples refer to.
pub(super) struct Above<'s, 'a, 'd> {
    pub(super) use_cases: &'s Items<'a, UseCase<'a>>,
    pub(super) policies: &'s Items<'a, Policy<'a>>,
    pub(super) test_cases: &'s Items<'a, TestCase<'a>>,
    pub(super) sources: Option<&'s Sources<'d>>,
}

/// Reads an element of `examples`.
pub(super) fn read_example<'a>(
    reader: &mut Reader<'_, 'a>,
    raw: &'a RawValue,
    known: &mut Items<'a, Example<'a>>,
    above: &Above<'_, 'a, '_>,
    looked_up: &mut LookedUp,
) {
    let (item, index) = (Spot::item(raw), known.items.len());
    let values = reader.object(&item, &KEYS, Further::Refused).unwrap_or_default();
    let [id, case, format, use_case, test_case, input, expected, criteria, policies, metadata] = values;
    let id = id.and_then(|raw| known.read_id(reader, &item.key("id", raw)));
    let at = item_at(reader, id.as_ref(), index);
    let case_raw = case;
    let case = read_case(reader, &item, case);
    let format = format.and_then(|raw| reader.word(&item.key("format", raw), &ExampleFormat::WORDS));
    let test_case = read_parents(reader, &item, (use_case, test_case), above);
    let parent = test_case.and_then(|at| above.test_cases.items.get(at));
    if let (Some(case), Some(parent), Some(raw)) = (case, parent, case_raw)
        && let Some(other) = parent.case
        && case != other
    {
        let expected = format!("`{}`, the case of its test case", other.word());
        reader.fault(FaultKind::Reference, &item.key("case", raw), format!("it is `{}`", case.word()), expected);
    }
    let messages = input.map_or_else(Vec::new, |raw| read_input(reader, &item.key("input", raw), format));
    let place = messages.iter().rposition(|it| it.speaker == Some(Speaker::User));
    let question = place.and_then(|at| messages.get(at)?.content.clone());
    let expected = expected.and_then(|raw| reader.text(&item.key("expected_output", raw)));
    let criteria = criteria.map_or_else(Vec::new, |raw| read_criteria(reader, &item.key("evaluation_criteria", raw)));
    let policies = policies.map_or_else(Vec::new, |raw| {
        read_policy_ids(reader, &item.key("policy_ids", raw), above.policies, (case, |it: &Policy<'_>| it.case))
    });
    let (source, split) = read_metadata(reader, &item, metadata, case);
    if let (Some("tickets"), Some(place), Some(text), Some(input)) = (source.as_deref(), place, &question, input)
        && let Some(sources) = above.sources
        && let Some(standing @ (MessageStanding::Nowhere | MessageStanding::Part)) = looked_up.message(sources, text)
        && let Some(message) = messages.get(place)
    {
        let how = if standing == MessageStanding::Part { "is only a part of a line of" } else { "does not stand in" };
        let found = format!("the user's message {how} the documents: {:?}", shown(text));
        let expected = "all words of a customer's message as a document has them, for the source `tickets`";
        let input = item.key("input", input);
        let spot = input.key("messages", message.raw);
        reader.fault(FaultKind::Ticket, &spot.index(place, message.raw), found, expected);
    }
    let last = messages.into_iter().next_back().and_then(|it| it.content);
    known.items.push(Example {
        at,
        case,
        format,
        test_case,
        policies,
        question,
        last,
        expected,
        criteria,
        source,
        split,
    });
}

/// Reads the references to the use case and to the test case, which belong together. Returns the test case.
fn read_parents<'a>(
    reader: &mut Reader<'_, 'a>,
    item: &Spot<'_, 'a>,
    (use_case, test_case): (Option<&'a RawValue>, Option<&'a RawValue>),
    above: &Above<'_, 'a, '_>,
) -> Option<usize> {
    let mut named = None;
    if let Some(raw) = use_case {
        let spot = item.key("use_case_id", raw);
        named = reader.text(&spot).map(|id| (spot, id));
        if let Some((spot, id)) = &named {
            read_reference(reader, spot, id, above.use_cases, SetFile::UseCases);
        }
    }
    let spot = item.key("test_case_id", test_case?);
    let id = reader.text(&spot)?;
    let found = read_reference(reader, &spot, &id, above.test_cases, SetFile::TestCases)?;
    let parent = above.test_cases.items.get(found)?;
    if let (Some((spot, written)), Some(other)) = (named, &parent.use_case_id)
        && written != *other
        && above.use_cases.get(&written).is_some()
    {
        let expected = format!("`{}`, the use case of its test case `{id}`", shown(other));
        reader.fault(FaultKind::Reference, &spot, format!("it is `{}`", shown(&written)), expected);
    }
    Some(found)
}

fn read_criteria<'a>(reader: &mut Reader<'_, 'a>, spot: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    let Some(elements) = reader.list(spot) else { return Vec::new() };
    if elements.len() < CRITERIA {
        let count = elements.len();
        let found = if count == 1 { "there is 1 criterion".to_owned() } else { format!("there are {count} criteria") };
        reader.fault(FaultKind::Count, spot, found, format!("at least {CRITERIA}"));
    }
    let (mut seen, mut criteria) = (HashSet::new(), Vec::with_capacity(elements.len()));
    for (index, raw) in elements.into_iter().enumerate() {
        let spot = spot.index(index, raw);
        let Some(text) = reader.text(&spot) else { continue };
        if !seen.insert(folded(&text)) {
            let found = format!("it says the same as another one: {:?}", shown(&text));
            reader.fault(FaultKind::Duplicate, &spot, found, "criteria that differ");
        }
        criteria.push(text);
    }
    criteria
}

/// A text that may not be there.
type Word<'a> = Option<Cow<'a, str>>;

/// Reads the source and the split.
fn read_metadata<'a>(
    reader: &mut Reader<'_, 'a>,
    item: &Spot<'_, 'a>,
    metadata: Option<&'a RawValue>,
    case: Option<Case>,
) -> (Word<'a>, Word<'a>) {
    let Some(raw) = metadata else { return (None, None) };
    let metadata = item.key("metadata", raw);
    let keys = [need("source"), need("split")];
    let Some([source, split]) = reader.object(&metadata, &keys, Further::Refused) else { return (None, None) };
    let source = source.and_then(|raw| {
        let spot = metadata.key("source", raw);
        let source = reader.text(&spot)?;
        if case == Some(Case::SupportBot) && !SOURCES.contains(&&*source) {
            let expected = format!("{} in the case `support_bot`", SOURCES.join(", "));
            reader.fault(FaultKind::Value, &spot, format!("it is `{}`", shown(&source)), expected);
        }
        Some(source)
    });
    (source, split.and_then(|raw| reader.text(&metadata.key("split", raw))))
}
