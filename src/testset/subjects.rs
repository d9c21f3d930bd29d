//! Use cases and policies.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::case::Case;
use super::items::{ItemAt, Items, QuoteCounts, item_at, read_case, read_evidence};
use super::reader::{Further, Key, Reader, Spot, need};
use super::sources::Sources;

/// A use case, as far as it could be read.
#[derive(Debug)]
pub(super) struct UseCase<'a> {
    pub(super) at: ItemAt,
    pub(super) case: Option<Case>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) description: Option<Cow<'a, str>>,
}

/// A policy, as far as it could be read.
#[derive(Debug)]
pub(super) struct Policy<'a> {
    pub(super) at: ItemAt,
    pub(super) case: Option<Case>,
    pub(super) kind: Option<&'static str>,
    pub(super) statement: Option<Cow<'a, str>>,
}

const USE_CASE: [Key; 5] = [need("id"), need("case"), need("name"), need("description"), need("evidence")];
const POLICY: [Key; 5] = [need("id"), need("case"), need("type"), need("statement"), need("evidence")];
/// The types of policies.
const TYPES: [(&str, &str); 5] =
    [("must", "must"), ("must_not", "must_not"), ("escalate", "escalate"), ("style", "style"), ("format", "format")];

/// Reads an element of `use_cases`.
pub(super) fn read_use_case<'a>(
    reader: &mut Reader<'_, 'a>,
    raw: &'a RawValue,
    known: &mut Items<'a, UseCase<'a>>,
    sources: Option<&Sources<'_>>,
    quotes: &mut QuoteCounts,
) {
    let (item, index) = (Spot::item(raw), known.items.len());
    let [id, case, name, description, evidence] = reader.object(&item, &USE_CASE, Further::Refused).unwrap_or_default();
    let id = id.and_then(|raw| known.read_id(reader, &item.key("id", raw)));
    let use_case = UseCase {
        at: item_at(reader, id.as_ref(), index),
        case: read_case(reader, &item, case),
        name: name.and_then(|raw| reader.text(&item.key("name", raw))),
        description: description.and_then(|raw| reader.text(&item.key("description", raw))),
    };
    if let Some(raw) = evidence {
        read_evidence(reader, &item.key("evidence", raw), use_case.case, sources, quotes);
    }
    known.items.push(use_case);
}

/// Reads an element of `policies`.
pub(super) fn read_policy<'a>(
    reader: &mut Reader<'_, 'a>,
    raw: &'a RawValue,
    known: &mut Items<'a, Policy<'a>>,
    sources: Option<&Sources<'_>>,
    quotes: &mut QuoteCounts,
) {
    let (item, index) = (Spot::item(raw), known.items.len());
    let [id, case, kind, statement, evidence] = reader.object(&item, &POLICY, Further::Refused).unwrap_or_default();
    let id = id.and_then(|raw| known.read_id(reader, &item.key("id", raw)));
    let policy = Policy {
        at: item_at(reader, id.as_ref(), index),
        case: read_case(reader, &item, case),
        kind: kind.and_then(|raw| reader.word(&item.key("type", raw), &TYPES)),
        statement: statement.and_then(|raw| reader.text(&item.key("statement", raw))),
    };
    if let Some(raw) = evidence {
        read_evidence(reader, &item.key("evidence", raw), policy.case, sources, quotes);
    }
    known.items.push(policy);
}
