//! Test cases.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::value::RawValue;

use super::case::Case;
use super::fault::FaultKind;
use super::file::SetFile;
use super::fold::is_blank;
use super::items::{ItemAt, Items, item_at, read_case, read_policy_ids, read_reference};
use super::json::kind_of;
use super::reader::{Further, Key, Reader, Spot, need};
use super::subjects::{Policy, UseCase};

/// A test case, as far as it could be read.
#[derive(Debug)]
pub(super) struct TestCase<'a> {
    pub(super) at: ItemAt,
    pub(super) case: Option<Case>,
    /// The use case as it is written.
    pub(super) use_case_id: Option<Cow<'a, str>>,
    /// Its index, where it is there.
    pub(super) use_case: Option<usize>,
    pub(super) policies: Vec<usize>,
}

const KEYS: [Key; 5] = [need("id"), need("case"), need("use_case_id"), need("parameters"), need("policy_ids")];

/// Names and values of parameters, in the order of the names.
type Parameters<'a> = Vec<(Cow<'a, str>, String)>;

/// The parameters of the test cases before.
#[derive(Default)]
pub(super) struct Axes<'a> {
    /// The axes of each use case, with the test case that has them.
    of_use_case: HashMap<usize, (Vec<Cow<'a, str>>, String)>,
    /// The test case that has these parameters, for each use case.
    seen: HashMap<(usize, Parameters<'a>), String>,
}

/// Reads an element of `test_cases`.
pub(super) fn read_test_case<'a>(
    reader: &mut Reader<'_, 'a>,
    raw: &'a RawValue,
    known: &mut Items<'a, TestCase<'a>>,
    (use_cases, policies): (&Items<'a, UseCase<'a>>, &Items<'a, Policy<'a>>),
    axes: &mut Axes<'a>,
) {
    let (item, index) = (Spot::item(raw), known.items.len());
    let [id, case, use_case_id, parameters, policy_ids] =
        reader.object(&item, &KEYS, Further::Refused).unwrap_or_default();
    let id = id.and_then(|raw| known.read_id(reader, &item.key("id", raw)));
    let at = item_at(reader, id.as_ref(), index);
    let case_raw = case;
    let case = read_case(reader, &item, case);
    let (mut written, mut use_case) = (None, None);
    if let Some(raw) = use_case_id {
        let spot = item.key("use_case_id", raw);
        written = reader.text(&spot);
        use_case = written.as_ref().and_then(|id| read_reference(reader, &spot, id, use_cases, SetFile::UseCases));
    }
    let of_use_case = use_case.and_then(|it| use_cases.items.get(it)?.case);
    if let (Some(case), Some(other), Some(raw)) = (case, of_use_case, case_raw)
        && case != other
    {
        let found = format!("it is `{}`", case.word());
        let expected = format!("`{}`, the case of its use case", other.word());
        reader.fault(FaultKind::Reference, &item.key("case", raw), found, expected);
    }
    if let Some(raw) = parameters {
        let spot = item.key("parameters", raw);
        if let Some(parameters) = read_parameters(reader, &spot) {
            axes.compare(reader, &spot, use_case, parameters, &at.name);
        }
    }
    let policies = policy_ids.map_or_else(Vec::new, |raw| {
        read_policy_ids(reader, &item.key("policy_ids", raw), policies, (case, |it: &Policy<'_>| it.case))
    });
    known.items.push(TestCase { at, case, use_case_id: written, use_case, policies });
}

/// Reads axes with their values; `None` where one of them is no value.
fn read_parameters<'a>(reader: &mut Reader<'_, 'a>, spot: &Spot<'_, 'a>) -> Option<Parameters<'a>> {
    let members = reader.members(spot)?;
    if !(2..=3).contains(&members.len()) {
        let count = members.len();
        let found = format!(
            "there {} {count} ax{}s",
            if count == 1 { "is" } else { "are" },
            if count == 1 { "i" } else { "e" }
        );
        reader.fault(FaultKind::Count, spot, found, "2 or 3 axes");
    }
    let mut parameters = Vec::with_capacity(members.len());
    let mut is_whole = true;
    for (name, raw) in members {
        let spot = spot.key(&name, raw);
        if is_blank(&name) {
            reader.fault(FaultKind::Empty, &spot, "the name of an axis is empty", "a name");
        }
        let value = match kind_of(raw) {
            "a text" => reader.text(&spot).map(|text| format!("\"{text}")),
            "a number" | "true or false" => Some(raw.get().to_owned()),
            _ => {
                reader.wrong_type(&spot, "a concrete value: a text, a number, true or false");
                None
            }
        };
        match value {
            Some(value) => parameters.push((name, value)),
            None => is_whole = false,
        }
    }
    parameters.sort();
    is_whole.then_some(parameters)
}

impl<'a> Axes<'a> {
    /// Compares the parameters of a test case with those of the test cases before it of the same use case.
    fn compare(
        &mut self,
        reader: &mut Reader<'_, 'a>,
        spot: &Spot<'_, 'a>,
        use_case: Option<usize>,
        parameters: Parameters<'a>,
        name: &str,
    ) {
        let Some(use_case) = use_case else { return };
        let axes: Vec<Cow<'a, str>> = parameters.iter().map(|(axis, _)| axis.clone()).collect();
        match self.of_use_case.entry(use_case) {
            Entry::Vacant(entry) => drop(entry.insert((axes, name.to_owned()))),
            Entry::Occupied(entry) => {
                let (first, other) = entry.get();
                if *first != axes {
                    let found = format!("the axes are {}", axes.join(", "));
                    let expected = format!("those of `{other}`, of the same use case: {}", first.join(", "));
                    reader.fault(FaultKind::Value, spot, found, expected);
                }
            }
        }
        match self.seen.entry((use_case, parameters)) {
            Entry::Vacant(entry) => drop(entry.insert(name.to_owned())),
            Entry::Occupied(entry) => {
                let found = format!("`{}`, of the same use case, has the same parameters", entry.get());
                reader.fault(FaultKind::Duplicate, spot, found, "other values");
            }
        }
    }
}
