//! A rendered request: what would be sent, for people and programs.

use rusqlite::Connection;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::walk::WalkedQuestion;
use crate::config::{Llm, StructuredOutput};
use crate::dispatch::Terms;
use crate::engine::pricing::terms;
use crate::price::tokens::TokenCounter;
use crate::project::spec::{AnswerOrigin, answerer, native};
use crate::project::{ModelUse, Project, models};
use crate::provider::{Image, Message};
use crate::schema::{AnswerKind, Contract};
use crate::stage::generate::Question;
use crate::stage::image;

/// A request as it would be sent.
#[derive(Debug, Serialize)]
pub struct RenderedRequest {
    pub step: String,
    pub work_id: String,
    /// The number of the input row, from 1; `None` where the work item goes back to several.
    pub row: Option<u64>,
    /// The group that its row is in, where rows are grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `generation` or `judge`.
    pub purpose: &'static str,
    /// The judge's name, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    /// From 1.
    pub attempt: u32,
    /// The number of the sample of the same question, from 1.
    pub sample: u32,
    pub provider: String,
    pub model: String,
    /// Those that are set, by the names of the run file.
    pub parameters: Map<String, Value>,
    pub messages: Vec<RenderedMessage>,
    pub input_tokens: u64,
    /// Whether the texts are counted by the model's own vocabulary, and nothing else is in the request. What a provider
    /// adds to them is estimated.
    pub tokens_exact: bool,
    /// How tokens are counted.
    pub counted: &'static str,
    /// The schema as the provider gets it, beside the messages.
    pub response_schema: Option<Value>,
    /// Why no schema is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_schema: Option<String>,
    pub request_id: String,
    /// The id of the exact task.
    pub cache_id: String,
    /// Whether the record has the answer, so that a run does not send the request again.
    pub answered: bool,
    /// The request on the wire; `None` where no server is asked.
    pub request: Option<WireRequest>,
    /// The values by which the answer is looked up in a table of recorded answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<Map<String, Value>>,
}

/// A message as the model gets it.
#[derive(Debug, Serialize)]
pub struct RenderedMessage {
    /// `system`, `user` or `assistant`.
    pub role: &'static str,
    pub content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<RenderedImage>,
}

/// An image of a message.
#[derive(Debug, Serialize)]
pub struct RenderedImage {
    /// The name or the address that the prompt gives.
    pub name: String,
    /// `None` for an address, which the provider fetches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
}

/// A request on the wire, without its key.
#[derive(Debug, Serialize)]
pub struct WireRequest {
    pub method: &'static str,
    pub url: String,
    pub headers: Map<String, Value>,
    /// The header that the key is sent in, and where the key comes from. The key itself is never read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<WireKey>,
    /// The body, byte for byte.
    pub body: Box<RawValue>,
}

/// Where a key goes, and where it comes from.
#[derive(Debug, Serialize)]
pub struct WireKey {
    pub header: &'static str,
    /// The variable of the environment; `None` where the request is signed.
    pub from: Option<String>,
}

/// The work item of a request.
#[derive(Clone, Debug)]
pub(super) struct RenderedItem {
    pub(super) step: String,
    pub(super) work_id: String,
    pub(super) cache_id: String,
    pub(super) row: Option<u64>,
    pub(super) group: Option<String>,
}

impl RenderedRequest {
    /// The text of all messages, each under its role, as snapshots keep it.
    #[must_use]
    pub fn text(&self) -> String {
        let message = |it: &RenderedMessage| {
            let images: String = it.images.iter().flat_map(|image| ["[image: ", &image.name, "]\n"]).collect();
            format!("[{}]\n{images}{}\n", it.role, it.content.trim_end_matches('\n'))
        };
        self.messages.iter().map(message).collect::<Vec<_>>().join("\n")
    }
}

/// The request that a question is; `connection` has the images.
pub(super) fn rendered(
    connection: &Connection,
    project: &Project,
    item: &RenderedItem,
    walked: &WalkedQuestion,
) -> rusqlite::Result<Option<RenderedRequest>> {
    let question = &*image::loaded(connection, &walked.question)?;
    let Some(model) = models(project).nth(question.route) else { return Ok(None) };
    let spec = &question.request.spec;
    let terms = terms(model.setup, model.llm);
    let several = model.setup.config.judges().len() > 1;
    let judge = model.judging.filter(|_| several).map(|judge| judge.config.name.clone());
    let set = |value: &Value| !value.is_null();
    let parameters = spec.to_value()["parameters"].as_object().cloned().unwrap_or_default();
    let item = item.clone();
    Ok(Some(RenderedRequest {
        step: item.step,
        work_id: item.work_id,
        row: item.row,
        group: item.group,
        purpose: question.purpose.as_str(),
        judge,
        attempt: walked.attempt,
        sample: question.request.sample,
        provider: spec.endpoint["provider"].as_str().unwrap_or_default().to_owned(),
        model: spec.model.clone(),
        parameters: parameters.into_iter().filter(|(_, value)| set(value)).collect(),
        messages: messages(&question.request.messages, &walked.images),
        input_tokens: terms.input_tokens(&question.request),
        tokens_exact: is_exact(&terms, question),
        counted: terms.counter.describe(),
        response_schema: spec.response_schema.as_ref().map(|it| it.schema.clone()),
        no_schema: spec.response_schema.is_none().then(|| no_schema(model)),
        request_id: question.id.to_string(),
        cache_id: item.cache_id,
        answered: walked.answered,
        request: wire(model.llm, question),
        matched: question
            .request
            .matched
            .as_ref()
            .map(|matched| matched.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()),
    }))
}

fn is_exact(terms: &Terms, question: &Question) -> bool {
    terms.counter != TokenCounter::Other && question.request.messages.iter().all(|it| it.images.is_empty())
}

/// The messages of a request. All images are in one message, in the order of their names.
fn messages(messages: &[Message], names: &[String]) -> Vec<RenderedMessage> {
    let mut names = names.iter();
    let mut image = |image: &Image| {
        let name = names.next().cloned();
        match image {
            Image::Url(url) => RenderedImage { name: url.clone(), media_type: None, bytes: None, sha1: None },
            Image::Data { media_type, sha1, data } => RenderedImage {
                name: name.unwrap_or_else(|| sha1.to_string()),
                media_type: Some(media_type),
                bytes: Some(data.len()),
                sha1: Some(sha1.to_string()),
            },
        }
    };
    let message = |it: &Message| RenderedMessage {
        role: it.role.as_str(),
        content: it.content.clone(),
        images: it.images.iter().map(&mut image).collect(),
    };
    messages.iter().map(message).collect()
}

/// Why no schema is sent to a model.
fn no_schema(model: ModelUse<'_>) -> String {
    let (llm, contract): (&Llm, &Contract) = (model.llm, model.contract());
    let kind = match contract.form().kind() {
        AnswerKind::Json => None,
        AnswerKind::Text => Some("text"),
        AnswerKind::Sections(_) => Some("sections"),
    };
    match (answerer(&llm.provider), kind, llm.structured_output) {
        (AnswerOrigin::Recorded(_), ..) => "answers come from a table".to_owned(),
        (AnswerOrigin::Sample(_), ..) => "answers are made up".to_owned(),
        (_, Some(kind), _) => format!("answers are {kind} (`answer`)"),
        (_, _, StructuredOutput::Off) => "`structured_output` is `off`".to_owned(),
        (_, _, StructuredOutput::JsonObject) => "`structured_output` is `json_object`".to_owned(),
        (_, None, StructuredOutput::Auto | StructuredOutput::Required) => match native(llm, contract) {
            Err(reason) => reason.to_string(),
            Ok(_) => "the provider is not asked for one".to_owned(),
        },
    }
}

/// The request on the wire.
fn wire(llm: &Llm, question: &Question) -> Option<WireRequest> {
    let AnswerOrigin::Server(dialect, endpoint) = answerer(&llm.provider) else { return None };
    let encoded = dialect.encode(&question.request, &endpoint.base_url);
    let headers = encoded.headers.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
    let body = String::from_utf8(encoded.body).ok()?;
    Some(WireRequest {
        method: "POST",
        url: encoded.url,
        headers: headers.collect(),
        key: encoded.secret.map(|secret| WireKey { header: secret.name, from: endpoint.api_key_env.clone() }),
        body: RawValue::from_string(body).ok()?,
    })
}
