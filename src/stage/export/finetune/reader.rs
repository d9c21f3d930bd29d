//! Examples as the record has them: [`ExampleReader`].

use std::collections::HashMap;
use std::rc::Rc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rusqlite::{Connection, Row};
use serde::Deserialize;
use serde_json::Value;

use super::gold::{self, GoldFault};
use crate::config::FinetuneSource;
use crate::finetune::{
    Example, ExampleImage, ExampleRole, ExampleTurn, FinetuneFormat, InputPiece, Unusable, UnusableReason,
    is_validation, problem,
};
use crate::record::{AttemptOutcome, ClaimPlaces, WorkId, WorkStatus, canonical, shift};
use crate::schema::{AnswerForm, Contract, in_order_of};
use crate::stage::export::error::ExportError;
use crate::stage::export::request::ExportRequest;
use crate::stage::export::sink::unreadable;
use crate::stage::ingest::parse_typed_fields;
use crate::stage::moved::claims_of;
use crate::store::sql;

/// How many shared texts are kept in memory.
const TEXTS: usize = 256;

/// A message as the run file keeps it.
#[derive(Deserialize)]
struct KeptMessage {
    role: String,
    parts: Vec<KeptPart>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum KeptPart {
    Own(String),
    Shared { text: i64 },
    Image { image: String },
    Address { image_url: String },
}

/// A work item, as an example or with why it is none.
pub(super) enum Found {
    Usable(Box<UsableExample>),
    LeftOut(WorkId, Unusable),
}

/// An example that a format can hold.
pub(super) struct UsableExample {
    pub(super) work_id: WorkId,
    pub(super) is_validation: bool,
    pub(super) example: Example,
    /// What the conversation was put together from.
    pub(super) input: Vec<InputPiece>,
}

/// Reads the examples of a format, one by one.
pub(super) struct ExampleReader<'a> {
    connection: &'a Connection,
    request: &'a ExportRequest<'a>,
    format: FinetuneFormat,
    texts: HashMap<i64, Rc<str>>,
}

/// What the work items of a step have in common.
struct StepAnswers<'a> {
    contract: &'a Contract,
    claims: Vec<ClaimPlaces>,
}

/// A conversation, and what it was put together from.
type Conversation = (Vec<ExampleTurn>, Vec<InputPiece>);

impl<'a> ExampleReader<'a> {
    pub(super) fn new(connection: &'a Connection, request: &'a ExportRequest<'a>, format: FinetuneFormat) -> Self {
        Self { connection, request, format, texts: HashMap::new() }
    }

    /// Calls `visit` with each work item of the plan, in its order.
    pub(super) fn each(
        &mut self,
        visit: &mut dyn FnMut(&Self, Found) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let request = self.request;
        for step in request.steps(self.connection)? {
            let evidence =
                sql::STANDING_EVIDENCE.first(self.connection, &[(":step", &step)], |row| row.get("evidence"))?;
            let claims = claims_of(evidence.flatten().as_ref())?;
            let name: String =
                sql::EXPORT_STEP_NAME.row(self.connection, &[(":step", &step)], |row| row.get("name"))?;
            let Some((_, contract)) = request.finetune.contracts.iter().find(|(it, _)| *it == name) else { continue };
            let answers = StepAnswers { contract, claims };
            sql::EXPORT_EXAMPLES.each::<ExportError>(self.connection, &[(":step", &step)], |row| {
                let work_id: WorkId = row.get("work_id")?;
                let found = match self.example(row, &answers)? {
                    Ok((example, input)) => {
                        let is_validation = self.is_validation(row, work_id)?;
                        Found::Usable(Box::new(UsableExample { work_id, is_validation, example, input }))
                    }
                    Err(why) => Found::LeftOut(work_id, why),
                };
                visit(self, found)
            })?;
        }
        Ok(())
    }

    /// Gives the images of an example their addresses.
    pub(super) fn fill_images(&self, example: &mut Example) -> rusqlite::Result<()> {
        for image in example.turns.iter_mut().flat_map(|turn| &mut turn.images) {
            if let Some(media_type) = &image.media_type {
                let data: Vec<u8> =
                    sql::GENERATE_IMAGE.row(self.connection, &[(":sha1", &image.name)], |row| row.get("data"))?;
                image.address = format!("data:{media_type};base64,{}", BASE64_STANDARD.encode(data));
            }
        }
        Ok(())
    }

    /// Whether a work item is for validation: all of one value of the group's column are, or all of one row or group. A
    /// blank value stands for its row alone.
    fn is_validation(&self, row: &Row<'_>, work_id: WorkId) -> Result<bool, ExportError> {
        let spec = &self.request.finetune;
        let column = match (spec.group, row.get::<_, Option<String>>("fields")?) {
            (Some(at), Some(fields)) => parse_typed_fields(&fields)?.into_iter().nth(at).map(|field| field.text),
            (Some(_), None) => return Err(ExportError::GroupOfManyRows { work_id }),
            (None, _) => None,
        };
        let column = column.filter(|value| !value.trim().is_empty());
        let group: Option<String> = row.get("group_key")?;
        let own: Option<String> = row.get("row_id")?;
        let key = column.or(group).or(own).unwrap_or_else(|| work_id.to_string());
        let seed = spec.settings.seed.unwrap_or_default();
        Ok(is_validation(seed, &key, spec.settings.validation))
    }

    /// The example of a work item, and what its conversation was put together from; or why there is none.
    fn example(
        &mut self,
        row: &Row<'_>,
        answers: &StepAnswers<'_>,
    ) -> Result<Result<(Example, Vec<InputPiece>), Unusable>, ExportError> {
        let answer = match self.answer(row, answers) {
            Ok(answer) => answer,
            Err(GoldFault::Store(error)) => return Err(error.into()),
            Err(GoldFault::Unusable(why)) => return Ok(Err(why)),
        };
        let Some((turns, input)) = self.conversation(row)? else {
            return Ok(Err(Unusable::plain(UnusableReason::NoConversation)));
        };
        let example = Example { turns, answer };
        if let Some(why) = problem(self.format, &example).or_else(|| self.too_long(&example)) {
            return Ok(Err(why));
        }
        Ok(Ok((example, input)))
    }

    /// The answer as a model would write it.
    fn answer(&self, row: &Row<'_>, answers: &StepAnswers<'_>) -> Result<String, GoldFault> {
        let contract = answers.contract;
        if self.request.finetune.settings.from == FinetuneSource::Gold {
            let own: Option<String> = row.get("row_id")?;
            let group: Option<String> = row.get("group_key")?;
            let source = own.or(group).ok_or(Unusable::plain(UnusableReason::NoGold))?;
            return Ok(written(contract, &gold::output(self.connection, &source, contract)?));
        }
        if let Some(reason) = UnusableReason::of_status(row.get::<_, WorkStatus>("status")?) {
            let outcome: Option<AttemptOutcome> = row.get("outcome")?;
            return Err(Unusable { reason, detail: outcome.map(|it| it.to_string()) }.into());
        }
        let verdict: Option<String> = row.get("verdict")?;
        if self.request.finetune.settings.from == FinetuneSource::Judged && verdict.as_deref() != Some("PASS") {
            return Err(Unusable::plain(UnusableReason::NotJudged).into());
        }
        let mut output: Value = row.get("output")?;
        // A model sees the lines of its row, counted from 1.
        if let Some(first_line) = row.get::<_, Option<i64>>("first_line")? {
            shift(&mut output, &answers.claims, 1 - first_line);
        }
        Ok(written(contract, &output))
    }

    fn too_long(&self, example: &Example) -> Option<Unusable> {
        let spec = &self.request.finetune;
        let most = spec.max_tokens(self.format)?;
        let counter = spec.counter(self.format);
        let images = example.image_count() as u64;
        let bytes: u64 = example.texts().map(|text| text.len() as u64).sum();
        // No text has more tokens than bytes.
        if counter.count_messages(example.texts().map(|_| ""), images) + bytes <= most {
            return None;
        }
        let tokens = counter.count_messages(example.texts(), images);
        (tokens > most)
            .then(|| Unusable::because(UnusableReason::TooLong, format!("{tokens} tokens, of {most} at most")))
    }

    /// The messages of the work item's first request; `None` if it has none.
    fn conversation(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<Conversation>> {
        let Some(messages) = row.get::<_, Option<String>>("messages")? else { return Ok(None) };
        let messages: Vec<KeptMessage> = serde_json::from_str(&messages).map_err(unreadable)?;
        let (mut turns, mut input) = (Vec::with_capacity(messages.len()), Vec::new());
        for message in messages {
            let Some(role) = ExampleRole::of_name(&message.role) else { return Ok(None) };
            let mut turn = ExampleTurn { role, text: String::new(), images: Vec::new() };
            for part in message.parts {
                match part {
                    KeptPart::Own(text) => {
                        turn.text.push_str(&text);
                        input.push(InputPiece::Own(text));
                    }
                    KeptPart::Shared { text: id } => {
                        let text = self.shared(id)?;
                        turn.text.push_str(&text);
                        input.push(InputPiece::Shared(id, Some(text.to_string())));
                    }
                    KeptPart::Image { image } => {
                        let (media_type, bytes): (String, i64) =
                            sql::EXPORT_IMAGE.row(self.connection, &[(":sha1", &image)], |row| {
                                Ok((row.get("media_type")?, row.get("bytes")?))
                            })?;
                        input.push(InputPiece::Own(image.clone()));
                        turn.images.push(ExampleImage {
                            name: image,
                            media_type: Some(media_type),
                            bytes: u64::try_from(bytes).ok(),
                            address: String::new(),
                        });
                    }
                    KeptPart::Address { image_url: address } => {
                        input.push(InputPiece::Own(address.clone()));
                        turn.images.push(ExampleImage {
                            name: address.clone(),
                            media_type: None,
                            bytes: None,
                            address,
                        });
                    }
                }
            }
            turns.push(turn);
        }
        Ok((!turns.is_empty()).then_some((turns, input)))
    }

    fn shared(&mut self, id: i64) -> rusqlite::Result<Rc<str>> {
        if let Some(text) = self.texts.get(&id) {
            return Ok(text.clone());
        }
        if self.texts.len() >= TEXTS {
            self.texts.clear();
        }
        let text: String = sql::GENERATE_TEXT.row(self.connection, &[(":id", &id)], |row| row.get("body"))?;
        let text: Rc<str> = text.into();
        self.texts.insert(id, text.clone());
        Ok(text)
    }
}

/// An output as a model would write it: JSON with its keys in the order of the schema, a text, or sections.
fn written(contract: &Contract, output: &Value) -> String {
    match contract.form() {
        AnswerForm::Json => canonical::to_string_in_order(&in_order_of(contract.closed(), output)),
        form => form.write(output),
    }
}
