//! The part that all requests to a model share, from its configuration: endpoint, parameters, and whether the provider
//! is to enforce the schema. No secret and no path is in it.

use std::path::Path;

use serde_json::json;

use super::error::ProjectError;
use super::files::format_of;
use crate::config::{Endpoint, Llm, MaxTokensField, Provider, Recorded, Sample, StructuredOutput};
use crate::provider::{Dialect, LimitField, Parameters, RequestSpec, ResponseSchema};
use crate::record::Digest;
use crate::schema::{AnswerKind, Contract, Native, NotNative, Subset};
use crate::tabular::TableFormat;

/// Where a provider's answers come from.
pub enum AnswerOrigin<'a> {
    Server(Dialect, &'a Endpoint),
    Recorded(&'a Recorded),
    /// Made from the schema.
    Sample(&'a Sample),
}

/// Returns where a provider's answers come from.
pub fn answerer(provider: &Provider) -> AnswerOrigin<'_> {
    match provider {
        Provider::Openai(endpoint) => AnswerOrigin::Server(Dialect::OpenAi, endpoint),
        Provider::OpenaiResponses(endpoint) => AnswerOrigin::Server(Dialect::Responses, endpoint),
        Provider::Azure(endpoint) => AnswerOrigin::Server(Dialect::Azure, endpoint),
        Provider::Anthropic(endpoint) => AnswerOrigin::Server(Dialect::Anthropic, endpoint),
        Provider::Gemini(endpoint) => AnswerOrigin::Server(Dialect::Gemini, endpoint),
        Provider::Bedrock(endpoint) => AnswerOrigin::Server(Dialect::Bedrock, endpoint),
        Provider::Recorded(recorded) => AnswerOrigin::Recorded(recorded),
        Provider::Sample(sample) => AnswerOrigin::Sample(sample),
    }
}

/// The provider's name in the record, which is the configuration's word for it.
fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "openai",
        Dialect::Responses => "openai_responses",
        Dialect::Azure => "azure",
        Dialect::Anthropic => "anthropic",
        Dialect::Gemini => "gemini",
        Dialect::Bedrock => "bedrock",
    }
}

/// The contract as a schema that the provider can enforce, or why there is none.
pub fn native(llm: &Llm, contract: &Contract) -> Result<Native, NotNative> {
    let AnswerOrigin::Server(dialect, endpoint) = answerer(&llm.provider) else {
        return contract.native_in(Subset::OpenAi);
    };
    if let Some(reason) = dialect.not_structured(&endpoint.base_url, &llm.model) {
        return Err(NotNative { pointer: "/".to_owned(), reason: reason.to_owned() });
    }
    contract.native_in(match dialect {
        Dialect::OpenAi | Dialect::Responses | Dialect::Azure => Subset::OpenAi,
        Dialect::Anthropic | Dialect::Bedrock => Subset::Claude,
        Dialect::Gemini => Subset::Gemini,
    })
}

/// The schema that is sent with requests, if it is configured and the provider can enforce it.
fn response_schema(llm: &Llm, contract: &Contract) -> Option<ResponseSchema> {
    let wanted = matches!(llm.structured_output, StructuredOutput::Auto | StructuredOutput::Required);
    if !wanted || !matches!(answerer(&llm.provider), AnswerOrigin::Server(..)) {
        return None;
    }
    let native = native(llm, contract).ok()?;
    Some(ResponseSchema { name: "output".to_owned(), schema: native.schema })
}

/// Warnings about how the provider enforces the schema. `shows_schema` says whether the prompt shows it; `key` is the
/// block's path. A schema that must be enforced and cannot be is an error.
pub fn notes(llm: &Llm, key: &str, contract: &Contract, shows_schema: bool) -> Result<Vec<String>, ProjectError> {
    if !matches!(answerer(&llm.provider), AnswerOrigin::Server(..)) {
        return Ok(Vec::new());
    }
    let mut notes = Vec::new();
    match contract.form().kind() {
        AnswerKind::Json => {}
        AnswerKind::Sections if !shows_schema => {
            let what =
                "the prompt does not show the format of an answer (`{{ llm_schema }}`): much of it may not be read";
            return Ok(vec![what.to_owned()]);
        }
        AnswerKind::Sections | AnswerKind::Text => return Ok(notes),
    }
    let held = match (llm.structured_output, native(llm, contract)) {
        (StructuredOutput::Required, Err(reason)) => {
            return Err(ProjectError::NotStructured { key: format!("{key}.structured_output"), reason });
        }
        (StructuredOutput::Off | StructuredOutput::JsonObject, _) => false,
        (StructuredOutput::Auto, Err(reason)) => {
            notes.push(format!("{key}: the provider is not asked to hold answers to the schema ({reason})"));
            false
        }
        (_, Ok(native)) => {
            if !native.left_out.is_empty() && !shows_schema {
                let parts = native.left_out.join("; ");
                notes.push(format!("{key}: the provider holds answers to the schema without {parts}"));
            }
            true
        }
    };
    if !held && !shows_schema {
        notes.push(
            "the prompt does not show the schema (`{{ llm_schema }}`) and the provider is not held to it: many \
             answers may not be valid"
                .to_owned(),
        );
    }
    Ok(notes)
}

/// The format of a table of answers. It is part of the spec, since the same bytes in another format are other answers.
fn recorded_format(recorded: &Recorded) -> Option<&'static str> {
    format_of(recorded.format, Path::new(&recorded.path)).map(TableFormat::as_str)
}

/// The spec that all requests to a model share.
pub fn spec(llm: &Llm, contract: &Contract, seed: u64, table: Option<&String>) -> RequestSpec {
    let endpoint = match answerer(&llm.provider) {
        AnswerOrigin::Server(dialect, endpoint) => json!({"provider": name(dialect), "base_url": endpoint.base_url}),
        AnswerOrigin::Recorded(recorded) => json!({
            "provider": "recorded", "table": table, "format": recorded_format(recorded), "encoding": recorded.encoding,
            "answer": recorded.answer, "model": recorded.model,
        }),
        // The latency of a sample does not change its answer.
        AnswerOrigin::Sample(sample) => json!({
            "provider": "sample", "seed": seed, "schema": Digest::of_value(contract.as_written()).to_string(),
            "malformed": sample.malformed, "extra_field": sample.extra_field, "truncated": sample.truncated,
            "judge_fail": sample.judge_fail,
        }),
    };
    let asks_a_server = matches!(answerer(&llm.provider), AnswerOrigin::Server(..));
    let mut endpoint = endpoint;
    match (answerer(&llm.provider), contract.form().kind().key()) {
        // Answers from a table are used as they stand there.
        (AnswerOrigin::Recorded(_), _) => endpoint["verbatim"] = json!(true),
        (AnswerOrigin::Sample(_), Some(key)) => endpoint["answer"] = json!(key),
        (..) => {}
    }
    RequestSpec {
        endpoint,
        model: llm.model.clone(),
        parameters: parameters(llm, asks_a_server),
        response_schema: response_schema(llm, contract),
    }
}

/// The parameters of requests. `recorded` and `sample` have only those that every provider has.
fn parameters(llm: &Llm, asks_a_server: bool) -> Parameters {
    let shared =
        Parameters { temperature: llm.temperature, max_output_tokens: llm.max_output_tokens, ..Parameters::default() };
    if !asks_a_server {
        return shared;
    }
    let tuning = &llm.tuning;
    Parameters {
        limit_field: tuning.max_tokens_field.map(|field| match field {
            MaxTokensField::MaxTokens => LimitField::MaxTokens,
            MaxTokensField::MaxCompletionTokens => LimitField::MaxCompletionTokens,
        }),
        top_p: tuning.top_p,
        seed: tuning.seed,
        stop: tuning.stop.clone(),
        reasoning_effort: tuning.reasoning_effort.map(|effort| effort.as_str().to_owned()),
        service_tier: tuning.service_tier.clone(),
        cache_prompt: tuning.cache_prompt,
        json_object: llm.structured_output == StructuredOutput::JsonObject,
        extra_body: tuning.extra_body.clone(),
        ..shared
    }
}
