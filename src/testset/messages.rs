//! The messages of an example, and what its format asks of them.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::fault::FaultKind;
use super::json::kind_of;
use super::reader::{Further, Reader, Spot, may, need};

/// What an example asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExampleFormat {
    /// An answer to the user's message.
    SingleTurnQa,
    /// A better wording of an operator's one message.
    SingleUtteranceCorrection,
    /// A better wording of the operator's last message of a dialog.
    DialogLastTurnCorrection,
}

impl ExampleFormat {
    pub(super) const WORDS: [(&'static str, Self); 3] = [
        ("single_turn_qa", Self::SingleTurnQa),
        ("single_utterance_correction", Self::SingleUtteranceCorrection),
        ("dialog_last_turn_correction", Self::DialogLastTurnCorrection),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, it)| *it == self).map_or("", |(word, _)| word)
    }
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    User,
    Operator,
    Assistant,
    System,
}

impl Speaker {
    const WORDS: [(&'static str, Self); 4] =
        [("user", Self::User), ("operator", Self::Operator), ("assistant", Self::Assistant), ("system", Self::System)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, it)| *it == self).map_or("", |(word, _)| word)
    }
}

/// A message, as far as it could be read.
#[derive(Debug)]
pub(super) struct SetMessage<'a> {
    pub(super) speaker: Option<Speaker>,
    pub(super) content: Option<Cow<'a, str>>,
    pub(super) raw: &'a RawValue,
}

/// Reads the `input` of an example, and holds its messages to the format.
pub(super) fn read_input<'a>(
    reader: &mut Reader<'_, 'a>,
    input: &Spot<'_, 'a>,
    format: Option<ExampleFormat>,
) -> Vec<SetMessage<'a>> {
    let keys = [need("messages"), may("target_message_index")];
    let Some([messages, target]) = reader.object(input, &keys, Further::Refused) else { return Vec::new() };
    let Some(raw) = messages else { return Vec::new() };
    let spot = input.key("messages", raw);
    let Some(elements) = reader.list(&spot) else { return Vec::new() };
    let mut messages = Vec::with_capacity(elements.len());
    for (index, raw) in elements.into_iter().enumerate() {
        messages.push(read_message(reader, &spot.index(index, raw)));
    }
    if messages.is_empty() {
        reader.fault(FaultKind::Count, &spot, "there is no message", "at least 1");
        return messages;
    }
    let written = target.map(|raw| input.key("target_message_index", raw));
    let target = written.filter(|spot| kind_of(spot.raw) != "null");
    let number = target.as_ref().and_then(|spot| reader.whole(spot, 0));
    if let Some(format) = format {
        hold(reader, &spot, &messages, format);
        let is_demanded = format == ExampleFormat::DialogLastTurnCorrection;
        if is_demanded && target.is_none() {
            let expected = format!("the index of the last message, which `{}` needs", format.word());
            match &written {
                Some(spot) => reader.fault(FaultKind::MissingKey, spot, "it is null", expected),
                None => reader.fault(FaultKind::MissingKey, input, "`target_message_index` is missing", expected),
            }
        }
        if let (Some(spot), Some(number)) = (&target, number) {
            let (last, number) = (messages.len() - 1, usize::try_from(number).unwrap_or(usize::MAX));
            if if is_demanded { number != last } else { number > last } {
                let expected =
                    if is_demanded { "the index of the last message" } else { "the index of a message, up to" };
                reader.fault(FaultKind::Format, spot, format!("it is {number}"), format!("{expected}: {last}"));
            }
        }
    }
    messages
}

fn read_message<'a>(reader: &mut Reader<'_, 'a>, spot: &Spot<'_, 'a>) -> SetMessage<'a> {
    let raw = spot.raw;
    let Some([role, content]) = reader.object(spot, &[need("role"), need("content")], Further::Refused) else {
        return SetMessage { speaker: None, content: None, raw };
    };
    SetMessage {
        speaker: role.and_then(|raw| reader.word(&spot.key("role", raw), &Speaker::WORDS)),
        content: content.and_then(|raw| reader.text(&spot.key("content", raw))),
        raw,
    }
}

/// Holds messages to their format. There is at least one.
fn hold<'a>(reader: &mut Reader<'_, 'a>, spot: &Spot<'_, 'a>, messages: &[SetMessage<'a>], format: ExampleFormat) {
    let wanted = match format {
        ExampleFormat::SingleTurnQa => Speaker::User,
        ExampleFormat::SingleUtteranceCorrection | ExampleFormat::DialogLastTurnCorrection => Speaker::Operator,
    };
    let count = messages.len();
    match format {
        ExampleFormat::SingleUtteranceCorrection if count != 1 => {
            let found = format!("there are {count} messages");
            reader.fault(FaultKind::Format, spot, found, format!("exactly 1 in `{}`", format.word()));
        }
        ExampleFormat::DialogLastTurnCorrection if count < 2 => {
            reader.fault(FaultKind::Format, spot, "there is 1 message", format!("2 or more in `{}`", format.word()));
        }
        _ => {}
    }
    if let Some(last) = messages.last()
        && let Some(speaker) = last.speaker
        && speaker != wanted
    {
        let found = format!("the last message is by the {}", speaker.word());
        let expected = format!("one by the {} in `{}`", wanted.word(), format.word());
        reader.fault(FaultKind::Format, &spot.index(count - 1, last.raw), found, expected);
    }
}
