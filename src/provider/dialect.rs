//! The dialects and what each can do: [`Dialect`].

use serde_json::Value;

use super::json::{self, Body};
use super::{
    ChatRequest, Completion, ProviderError, TokenUsage, anthropic, azure, bedrock, failure, gemini, openai, responses,
    stream, structured, wire,
};

/// The status of a part of a response. Nobody asks for one.
const PARTIAL_CONTENT: u16 = 206;

/// A provider's way of asking for a completion over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `OpenAI`'s chat completions, which many other servers speak too.
    OpenAi,
    /// `OpenAI`'s Responses.
    Responses,
    /// Chat completions under Azure's addresses and with its header.
    Azure,
    /// Anthropic's Messages.
    Anthropic,
    /// Gemini's `generateContent`.
    Gemini,
    /// Amazon Bedrock's Converse.
    Bedrock,
}

impl Dialect {
    /// The request to the server at `base_url`, complete but for its secret. Equal requests give equal bytes.
    #[must_use]
    pub fn encode(self, request: &ChatRequest, base_url: &str) -> wire::Request {
        match self {
            Self::OpenAi => openai::encode(request, base_url),
            Self::Responses => responses::encode(request, base_url),
            Self::Azure => azure::encode(request, base_url),
            Self::Anthropic => anthropic::encode(request, base_url),
            Self::Gemini => gemini::encode(request, base_url),
            Self::Bedrock => bedrock::encode(request, base_url),
        }
    }

    /// The completion in `response`, or what went wrong. `response` may have any status.
    pub fn decode(self, response: &wire::Response) -> Result<Completion, ProviderError> {
        if !(200..300).contains(&response.status) {
            return Err(failure::of_response(response));
        }
        let Body { value: body, broken } = self.body(response)?;
        let reported = self.reported(&body);
        if response.status == PARTIAL_CONTENT {
            let message = "HTTP 206: the server sent only a part of its response, which was not asked for";
            return Err(ProviderError { usage: reported, ..failure::invalid(message) });
        }
        let completion = match self {
            Self::OpenAi | Self::Azure => openai::decode(response, body),
            Self::Responses => responses::decode(response, body),
            Self::Anthropic => anthropic::decode(response, body),
            Self::Gemini => gemini::decode(response, body),
            Self::Bedrock => bedrock::decode(response, body),
        };
        let completion = completion.map_err(|error| ProviderError {
            message: json::told(&error.message, broken),
            usage: reported,
            ..error
        })?;
        let usage = completion.usage.of_text(&completion.text);
        Ok(Completion { usage, ..completion }.settled(broken))
    }

    /// The JSON in a response with a status of 2xx. The events of a stream are put together.
    fn body(self, response: &wire::Response) -> Result<Body, ProviderError> {
        let assemble: stream::Assemble = match self {
            Self::OpenAi | Self::Azure => stream::chat_completion,
            Self::Responses => stream::response,
            Self::Anthropic => stream::message,
            Self::Gemini => stream::content,
            // Converse streams in a binary form.
            Self::Bedrock => |_| None,
        };
        let bytes = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body);
        if stream::is_stream(response.header("content-type"), bytes) {
            return stream::read(assemble, bytes).map_err(|cut| self.failed(cut));
        }
        match json::parse(bytes) {
            Some(Body { value: Value::Array(chunks), broken }) if !chunks.is_empty() && self == Self::Gemini => {
                // Gemini streams a list of responses where no events are asked for.
                Ok(Body { value: stream::assembled(assemble, chunks).map_err(|cut| self.failed(cut))?, broken })
            }
            Some(body) => Ok(body),
            None => Err(failure::invalid(format!(
                "HTTP {}: expected a JSON object, got {}; check that llm.base_url names an API and not a web page",
                response.status,
                failure::quote(&response.body)
            ))),
        }
    }

    /// The error of a stream that makes no response.
    fn failed(self, cut: stream::Cut) -> ProviderError {
        ProviderError { usage: self.reported(&cut.reported), ..cut.error }
    }

    /// The usage that a body reports, whatever else it is; `None` if there is none.
    fn reported(self, body: &Value) -> Option<Box<TokenUsage>> {
        let usage = match self {
            Self::OpenAi | Self::Azure => openai::usage(&body["usage"]),
            Self::Responses => responses::usage(&body["usage"]),
            Self::Anthropic => anthropic::usage(&body["usage"]),
            Self::Gemini => gemini::usage(&body["usageMetadata"]),
            Self::Bedrock => bedrock::usage(&body["usage"]),
        };
        (usage != TokenUsage::default()).then(|| Box::new(usage))
    }

    /// Why `model` at `base_url` has no structured output; `None` if it has, or if nothing is known of it.
    #[must_use]
    pub fn not_structured(self, base_url: &str, model: &str) -> Option<&'static str> {
        match self {
            Self::OpenAi | Self::Responses => structured::openai(base_url, model),
            // A deployment's name does not identify its model.
            Self::Azure => None,
            Self::Anthropic => structured::anthropic(model),
            Self::Gemini => structured::gemini(model),
            Self::Bedrock => structured::bedrock(model),
        }
    }
}

#[cfg(test)]
impl Dialect {
    pub(super) const ALL: [Self; 6] =
        [Self::OpenAi, Self::Responses, Self::Azure, Self::Anthropic, Self::Gemini, Self::Bedrock];

    /// Whether a picture can be named by an `https` address that the provider fetches.
    pub(super) fn takes_image_urls(self) -> bool {
        self != Self::Bedrock
    }
}
