//! What the items of several files have in common: ids, cases, evidence and references.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::value::RawValue;

use super::case::Case;
use super::fault::{Fault, FaultKind, Faults};
use super::file::SetFile;
use super::reader::{Further, Reader, Spot, need, shown};
use super::sources::{Named, Source, Sources};

/// Where an item stands, for faults that are found after it was read.
#[derive(Clone, Debug)]
pub(super) struct ItemAt {
    pub(super) file: SetFile,
    /// Its id, or its place in the list.
    pub(super) name: String,
    pub(super) line: usize,
}

impl ItemAt {
    /// A fault about the whole item, or the field at `path`.
    pub(super) fn fault(&self, faults: &mut Faults, kind: FaultKind, path: &str, found: String, expected: String) {
        faults.add(kind, || Fault {
            kind,
            file: self.file.name().to_owned(),
            item: Some(self.name.clone()),
            line: Some(self.line),
            path: path.to_owned(),
            found,
            expected,
        });
    }
}

/// The items of a file by their ids.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "they are the items")]
pub(super) struct Items<'a, T> {
    pub(super) items: Vec<T>,
    by_id: HashMap<Cow<'a, str>, usize>,
    /// Whether the file was read: what is not in a file that could not be read is not missed.
    pub(super) is_read: bool,
    last: Option<(u64, Cow<'a, str>)>,
    /// Whether the numbers of the ids leave some out.
    pub(super) has_gap: bool,
}

impl<T> Default for Items<'_, T> {
    fn default() -> Self {
        Self { items: Vec::new(), by_id: HashMap::new(), is_read: false, last: None, has_gap: false }
    }
}

impl<'a, T> Items<'a, T> {
    pub(super) fn get(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Reads the id of the item that comes next, and checks its form and its order.
    pub(super) fn read_id(&mut self, reader: &mut Reader<'_, 'a>, spot: &Spot<'_, 'a>) -> Option<Cow<'a, str>> {
        let id = reader.text(spot)?;
        let (_, prefix) = reader.file.list()?;
        if let Some(first) = self.by_id.get(&id) {
            let found = format!("`{}` is the id of item {first} of the list too", shown(&id));
            reader.fault(FaultKind::DuplicateId, spot, found, "an id of its own");
            return Some(id);
        }
        self.by_id.insert(id.clone(), self.items.len());
        let digits = id.strip_prefix(prefix).filter(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
        let Some(number) = digits.and_then(|it| it.parse::<u64>().ok()) else {
            let expected = format!("`{prefix}` and a number, such as `{prefix}001`");
            reader.fault(FaultKind::Id, spot, format!("it is `{}`", shown(&id)), expected);
            return Some(id);
        };
        match &self.last {
            Some((last, before)) if number <= *last => {
                let found = format!("`{id}` comes after `{before}`");
                reader.fault(FaultKind::Id, spot, found, "ids whose numbers rise");
            }
            last => self.has_gap |= number != last.as_ref().map_or(0, |it| it.0) + 1,
        }
        self.last = Some((number, id.clone()));
        Some(id)
    }
}

/// Reads the id and the case of an item.
pub(super) fn read_case<'a>(
    reader: &mut Reader<'_, 'a>,
    item: &Spot<'_, 'a>,
    raw: Option<&'a RawValue>,
) -> Option<Case> {
    reader.word(&item.key("case", raw?), &Case::WORDS)
}

/// Where the item that is read stands.
pub(super) fn item_at(reader: &Reader<'_, '_>, id: Option<&Cow<'_, str>>, index: usize) -> ItemAt {
    let list = reader.file.list().map_or("", |(list, _)| list);
    let name = id.map_or_else(|| format!("{list}[{index}]"), |id| id.clone().into_owned());
    ItemAt { file: reader.file, name, line: reader.item_line() }
}

/// How the quotes stand to the documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QuoteCounts {
    pub total: u64,
    /// Those that are what stands on their lines.
    pub exact: u64,
    /// Those that were held against a document.
    pub checked: u64,
    /// Those that stand in the evidence of their item already.
    pub repeated: u64,
}

/// Reads the evidence of an item of a case, and holds its quotes against the documents.
pub(super) fn read_evidence<'a>(
    reader: &mut Reader<'_, 'a>,
    spot: &Spot<'_, 'a>,
    case: Option<Case>,
    sources: Option<&Sources<'_>>,
    counts: &mut QuoteCounts,
) {
    let Some(elements) = reader.list(spot) else { return };
    if elements.is_empty() {
        reader.fault(FaultKind::Count, spot, "there is no evidence", "at least 1");
    }
    let mut seen: HashSet<(Cow<'a, str>, u64, u64, Cow<'a, str>)> = HashSet::new();
    for (index, raw) in elements.into_iter().enumerate() {
        let spot = spot.index(index, raw);
        let Some(claim) = read_claim(reader, &spot, counts) else { continue };
        counts.repeated += u64::from(claim.lines().is_some_and(|lines| !seen.insert(lines)));
        hold_quote(reader, &spot, &claim, case, sources, counts);
    }
}

/// A piece of evidence, as far as it could be read: each part with its value in the file.
struct Claim<'a> {
    file: Option<(Cow<'a, str>, &'a RawValue)>,
    first: Option<(u64, &'a RawValue)>,
    last: Option<(u64, &'a RawValue)>,
    quote: Option<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Claim<'a> {
    /// The document with the first line and the last, and what stands there.
    fn lines(&self) -> Option<(Cow<'a, str>, u64, u64, Cow<'a, str>)> {
        Some((self.file.as_ref()?.0.clone(), self.first?.0, self.last?.0, self.quote.as_ref()?.0.clone()))
    }
}

fn read_claim<'a>(reader: &mut Reader<'_, 'a>, spot: &Spot<'_, 'a>, counts: &mut QuoteCounts) -> Option<Claim<'a>> {
    const KEYS: [super::reader::Key; 4] = [need("input_file"), need("line_start"), need("line_end"), need("quote")];
    counts.total += 1;
    let [file, start, end, quote] = reader.object(spot, &KEYS, Further::Refused)?;
    Some(Claim {
        file: file.and_then(|raw| Some((reader.text(&spot.key("input_file", raw))?, raw))),
        first: start.and_then(|raw| Some((reader.whole(&spot.key("line_start", raw), 1)?, raw))),
        last: end.and_then(|raw| Some((reader.whole(&spot.key("line_end", raw), 1)?, raw))),
        quote: quote.and_then(|raw| Some((reader.text(&spot.key("quote", raw))?, raw))),
    })
}

/// Holds the quote of a claim against the lines of its document.
fn hold_quote<'a>(
    reader: &mut Reader<'_, 'a>,
    spot: &Spot<'_, 'a>,
    claim: &Claim<'a>,
    case: Option<Case>,
    sources: Option<&Sources<'_>>,
    counts: &mut QuoteCounts,
) {
    let source = match (sources, &claim.file) {
        (Some(sources), Some(file)) => read_source(reader, spot, file, sources),
        _ => None,
    };
    if let (Some(source), Some(case)) = (source, case) {
        source.note_case(case);
    }
    let (Some((first, start)), Some((last, end))) = (claim.first, claim.last) else { return };
    let count = source.map(|it| u64::try_from(it.lines.count()).unwrap_or_default());
    let is_beyond = |line: u64| count.is_some_and(|count| line > count);
    if is_beyond(first) || is_beyond(last) {
        counts.checked += u64::from(claim.quote.is_some());
        let (key, raw, line) = if is_beyond(first) { ("line_start", start, first) } else { ("line_end", end, last) };
        let name = source.map_or("", |it| it.document.name.as_str());
        let expected = format!("a line of {name}: it has {}", count.unwrap_or_default());
        let whereabouts = match (sources, source, &claim.quote) {
            (Some(sources), Some(source), Some((words, _))) => {
                format!("; {}", sources.whereabouts(source, words).replacen("it ", "the quote ", 1))
            }
            _ => String::new(),
        };
        reader.fault(FaultKind::Quote, &spot.key(key, raw), format!("it is {line}{whereabouts}"), expected);
        return;
    }
    if last < first {
        let found = format!("it is {last}, before `line_start`, which is {first}");
        reader.fault(FaultKind::Value, &spot.key("line_end", end), found, "the same line or a later one");
        return;
    }
    let (Some(sources), Some(source), Some((words, quote))) = (sources, source, &claim.quote) else { return };
    counts.checked += 1;
    let as_line = |line: u64| i64::try_from(line).unwrap_or(i64::MAX);
    let there = source.lines.joined(as_line(first), as_line(last)).unwrap_or_default();
    if there == &**words {
        counts.exact += 1;
        return;
    }
    let span = if first == last { format!("line {first}") } else { format!("lines {first}–{last}") };
    let place = format!("{span} of {}", source.document.name);
    let expected = format!("what stands on {place}: {:?}", shown(there));
    let found = format!("the quote is not {place}; {}", sources.whereabouts(source, words));
    reader.fault(FaultKind::Quote, &spot.key("quote", quote), found, expected);
}

/// The document that a claim names; `None` after a fault.
fn read_source<'s, 'a, 'd>(
    reader: &mut Reader<'_, 'a>,
    spot: &Spot<'_, 'a>,
    (name, raw): &(Cow<'a, str>, &'a RawValue),
    sources: &'s Sources<'d>,
) -> Option<&'s Source<'d>> {
    let (found, expected) = match sources.named(name) {
        Named::One(source) => return Some(source),
        Named::None => (format!("there is no document `{}`", shown(name)), format!("one of {}", sources.names())),
        Named::Several => {
            (format!("`{}` is the name of several documents", shown(name)), "the path of one document".to_owned())
        }
    };
    reader.fault(FaultKind::Quote, &spot.key("input_file", raw), found, expected);
    None
}

/// Reads the policies that an item names, and returns their indices.
pub(super) fn read_policy_ids<'a, T>(
    reader: &mut Reader<'_, 'a>,
    spot: &Spot<'_, 'a>,
    policies: &Items<'a, T>,
    (case, case_of): (Option<Case>, impl Fn(&T) -> Option<Case>),
) -> Vec<usize> {
    let Some(elements) = reader.list(spot) else { return Vec::new() };
    if elements.is_empty() {
        reader.fault(FaultKind::Count, spot, "it names no policy", "at least 1");
    }
    let (mut seen, mut named) = (HashSet::new(), Vec::with_capacity(elements.len()));
    for (index, raw) in elements.into_iter().enumerate() {
        let spot = spot.index(index, raw);
        let Some(id) = reader.text(&spot) else { continue };
        if !seen.insert(id.clone()) {
            reader.fault(FaultKind::Reference, &spot, format!("`{}` is named twice", shown(&id)), "each policy once");
            continue;
        }
        let Some(at) = read_reference(reader, &spot, &id, policies, SetFile::Policies) else { continue };
        if let (Some(case), Some(other)) = (case, policies.items.get(at).and_then(&case_of))
            && case != other
        {
            let found = format!("`{id}` is a policy of the case {}", other.word());
            reader.fault(FaultKind::Reference, &spot, found, format!("one of {}", case.word()));
        }
        named.push(at);
    }
    named
}

/// The index of the item that `id` names; `None` after a fault, or where its file could not be read.
pub(super) fn read_reference<'a, T>(
    reader: &mut Reader<'_, 'a>,
    spot: &Spot<'_, 'a>,
    id: &str,
    items: &Items<'a, T>,
    file: SetFile,
) -> Option<usize> {
    let found = items.get(id);
    if found.is_none() && items.is_read {
        let expected = format!("an id of {file}");
        reader.fault(FaultKind::Reference, spot, format!("there is no `{}`", shown(id)), expected);
    }
    found
}
