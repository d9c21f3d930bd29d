//! The manifest of a test set.

use std::borrow::Cow;

use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fault::FaultKind;
use super::json::kind_of;
use super::reader::{Further, Key, Reader, Spot, need, shown};

const KEYS: [Key; 6] =
    [need("input_path"), need("out_path"), need("seed"), need("timestamp"), need("generator_version"), need("llm")];

/// Reads the manifest; returns its `input_path`.
pub(super) fn read_manifest<'a>(reader: &mut Reader<'_, 'a>, raw: &'a RawValue) -> Option<Cow<'a, str>> {
    let manifest = Spot::item(raw);
    let [input, out, seed, timestamp, version, llm] = reader.object(&manifest, &KEYS, Further::Allowed)?;
    let input = read_path(reader, &manifest, "input_path", input);
    read_path(reader, &manifest, "out_path", out);
    if let Some(raw) = seed {
        let spot = manifest.key("seed", raw);
        if kind_of(raw) != "a number" {
            reader.wrong_type(&spot, "a whole number");
        } else if !raw.get().trim_start_matches('-').bytes().all(|it| it.is_ascii_digit()) {
            reader.fault(FaultKind::Value, &spot, format!("it is {}", shown(raw.get())), "a whole number");
        }
    }
    if let Some(raw) = timestamp {
        let spot = manifest.key("timestamp", raw);
        if let Some(text) = reader.text(&spot)
            && OffsetDateTime::parse(&text, &Rfc3339).is_err()
        {
            let expected = "a time as RFC 3339 has it, such as `2025-01-31T12:00:00Z`";
            reader.fault(FaultKind::Value, &spot, format!("it is `{}`", shown(&text)), expected);
        }
    }
    if let Some(raw) = version {
        reader.text(&manifest.key("generator_version", raw));
    }
    if let Some(raw) = llm {
        read_llm(reader, &manifest.key("llm", raw));
    }
    input
}

fn read_path<'a>(
    reader: &mut Reader<'_, 'a>,
    manifest: &Spot<'_, 'a>,
    key: &'static str,
    raw: Option<&'a RawValue>,
) -> Option<Cow<'a, str>> {
    let spot = manifest.key(key, raw?);
    let path = reader.text(&spot)?;
    if path.contains('\\') {
        reader.fault(FaultKind::Value, &spot, format!("it is `{}`", shown(&path)), "a path with `/`");
    }
    Some(path)
}

fn read_llm<'a>(reader: &mut Reader<'_, 'a>, llm: &Spot<'_, 'a>) {
    let keys = [need("provider"), need("model"), need("temperature")];
    let Some([provider, model, temperature]) = reader.object(llm, &keys, Further::Allowed) else { return };
    if let Some(raw) = provider {
        reader.text(&llm.key("provider", raw));
    }
    if let Some(raw) = model.filter(|raw| kind_of(raw) != "null") {
        reader.text(&llm.key("model", raw));
    }
    let Some(raw) = temperature else { return };
    let spot = llm.key("temperature", raw);
    match kind_of(raw) {
        "null" => {}
        "a number" => {
            let number: f64 = raw.get().parse().unwrap_or(f64::NAN);
            if !number.is_finite() || number < 0.0 {
                reader.fault(
                    FaultKind::Value,
                    &spot,
                    format!("it is {}", shown(raw.get())),
                    "a number from 0, or null",
                );
            }
        }
        _ => reader.wrong_type(&spot, "a number or null"),
    }
}
