//! The part that all requests to a model share, from its configuration: endpoint, parameters, and whether the provider
//! is to enforce the schema. No secret and no path is in it.

use std::path::Path;

use serde_json::json;

use super::error::ProjectError;
use super::files::format_of;
use crate::config::{Endpoint, Llm, MaxTokensField, Provider, Recorded, Sample, ServerName, StructuredOutput};
use crate::provider::{self, Dialect, LimitField, Parameters, RequestSpec, ResponseSchema};
use crate::record::{Digest, ServerKind};
use crate::schema::{AnswerKind, Contract, Native, NotNative, Subset};
use crate::tabular::TableFormat;

/// Where a provider's answers come from.
pub enum AnswerOrigin<'a> {
    Server(Dialect, &'a Endpoint),
    Recorded(&'a Recorded),
    /// Made from the schema.
    Sample(&'a Sample),
    /// A function of the program.
    Function,
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
        Provider::Function => AnswerOrigin::Function,
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

/// Returns a provider's name, which is the configuration's word for it.
pub fn provider_name(provider: &Provider) -> &'static str {
    match answerer(provider) {
        AnswerOrigin::Server(dialect, _) => name(dialect),
        AnswerOrigin::Recorded(_) => "recorded",
        AnswerOrigin::Sample(_) => "sample",
        AnswerOrigin::Function => "function",
    }
}

/// Whether requests to a model have a seed; `None` if its provider takes none. `recorded` and `sample` ignore it.
pub fn sends_seed(llm: &Llm) -> Option<bool> {
    match answerer(&llm.provider) {
        AnswerOrigin::Server(Dialect::Responses | Dialect::Anthropic | Dialect::Bedrock, _) => None,
        AnswerOrigin::Server(Dialect::OpenAi | Dialect::Azure | Dialect::Gemini, _) | AnswerOrigin::Function => {
            Some(true)
        }
        AnswerOrigin::Recorded(_) | AnswerOrigin::Sample(_) => Some(false),
    }
}

/// The kind of server that a model is asked on; `None` for dialects that one provider alone speaks. A server that
/// nothing is known of is taken for one like `OpenAI`'s.
pub fn server(llm: &Llm) -> Option<ServerKind> {
    let AnswerOrigin::Server(Dialect::OpenAi | Dialect::Responses, endpoint) = answerer(&llm.provider) else {
        return None;
    };
    let written = llm.server.map(ServerName::kind);
    Some(written.or_else(|| provider::server::known(&endpoint.base_url)).unwrap_or(ServerKind::Other))
}

/// The address of a server that neither the configuration nor its address says the kind of.
pub fn unknown_server(llm: &Llm) -> Option<&Endpoint> {
    let AnswerOrigin::Server(Dialect::OpenAi | Dialect::Responses, endpoint) = answerer(&llm.provider) else {
        return None;
    };
    let is_known = llm.server.is_some() || provider::server::known(&endpoint.base_url).is_some();
    (!is_known).then_some(endpoint)
}

/// Whether a model is asked for structured output with a schema, if the server can hold it.
pub fn asks_for_structure(llm: &Llm, contract: &Contract) -> bool {
    wants_schema(llm) && contract.form().kind() == AnswerKind::Json
}

fn wants_schema(llm: &Llm) -> bool {
    matches!(llm.structured_output, StructuredOutput::Auto | StructuredOutput::Required)
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
        Dialect::OpenAi | Dialect::Responses | Dialect::Azure => match server(llm) {
            Some(ServerKind::Vllm) => Subset::Vllm,
            Some(ServerKind::Sglang) => Subset::Sglang,
            Some(ServerKind::LlamaCpp | ServerKind::Ollama) => Subset::LlamaCpp,
            Some(ServerKind::Openai | ServerKind::Other) | None => Subset::OpenAi,
        },
        Dialect::Anthropic | Dialect::Bedrock => Subset::Claude,
        Dialect::Gemini => Subset::Gemini,
    })
}

/// The schema that is sent with requests, if it is configured and the provider can enforce it.
fn response_schema(llm: &Llm, contract: &Contract) -> Option<ResponseSchema> {
    if !wants_schema(llm) {
        return None;
    }
    let native = match answerer(&llm.provider) {
        AnswerOrigin::Server(..) => native(llm, contract).ok()?,
        // A function gets the schema as it is.
        AnswerOrigin::Function if contract.form().kind() == AnswerKind::Json => {
            let schema = contract.closed().clone();
            return Some(ResponseSchema { name: "output".to_owned(), contract: schema.clone(), schema });
        }
        AnswerOrigin::Function | AnswerOrigin::Recorded(_) | AnswerOrigin::Sample(_) => return None,
    };
    Some(ResponseSchema { name: "output".to_owned(), contract: contract.closed().clone(), schema: native.schema })
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
        AnswerKind::Sections(_) if !shows_schema => {
            let what =
                "the prompt does not show the format of an answer (`{{ llm_schema }}`): much of it may not be read";
            return Ok(vec![what.to_owned()]);
        }
        AnswerKind::Sections(_) | AnswerKind::Text => return Ok(notes),
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
            notes.extend(not_held(llm, key, &native, shows_schema));
            notes.extend(narrowed(llm, key, &native));
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

/// A note on the parts of the schema that the provider does not hold answers to. For a provider with a subset of its
/// own it is made only where the prompt does not show these parts; for a server of `OpenAI`'s dialect always, since it
/// answers as if it held them.
fn not_held(llm: &Llm, key: &str, native: &Native, shows_schema: bool) -> Option<String> {
    let parts: Vec<&String> = native.left_out.iter().chain(&native.ignored).collect();
    if parts.is_empty() {
        return None;
    }
    let Some(server) = server(llm) else {
        let parts = native.left_out.join("; ");
        return (!shows_schema).then(|| format!("{key}: the provider holds answers to the schema without {parts}"));
    };
    let shown = by_keyword(&parts);
    Some(format!("{key}: the server (`{server}`) does not hold answers to {shown}; they are still validated"))
}

/// A note on the texts that the server holds to less than the schema allows.
fn narrowed(llm: &Llm, key: &str, native: &Native) -> Option<String> {
    let server = server(llm).filter(|_| !native.narrowed.is_empty())?;
    let shown = by_keyword(&native.narrowed.iter().collect::<Vec<_>>());
    Some(format!(
        "{key}: the server (`{server}`) lets texts have no quotation marks, backslashes or line breaks under {shown}; \
         where they need them, take the keyword out and say it in a check, or set `{key}.structured_output: off`"
    ))
}

/// Parts of a schema (`/properties/score: minimum`) in words, by keyword.
fn by_keyword(parts: &[&String]) -> String {
    let mut by_keyword: Vec<(&str, Vec<&str>)> = Vec::new();
    for part in parts {
        let (place, keyword) = part.split_once(": ").unwrap_or(("/", part));
        match by_keyword.iter_mut().find(|(known, _)| *known == keyword) {
            Some((_, places)) => places.push(place),
            None => by_keyword.push((keyword, vec![place])),
        }
    }
    let shown = by_keyword.iter().map(|(keyword, places)| {
        let more = if places.len() > 1 { format!(" and {} more", places.len() - 1) } else { String::new() };
        format!("{keyword} ({}{more})", places[0])
    });
    shown.collect::<Vec<_>>().join(", ")
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
        AnswerOrigin::Function => json!({"provider": "function"}),
    };
    let takes_all = matches!(answerer(&llm.provider), AnswerOrigin::Server(..) | AnswerOrigin::Function);
    let mut endpoint = endpoint;
    match (answerer(&llm.provider), contract.form().kind().written()) {
        // Answers from a table are used as they stand there.
        (AnswerOrigin::Recorded(recorded), _) => {
            endpoint["verbatim"] = json!(true);
            if let Some(delimiter) = recorded.delimiter {
                endpoint["delimiter"] = json!(delimiter);
            }
            if !recorded.guess {
                endpoint["guess"] = json!(false);
            }
        }
        (AnswerOrigin::Sample(_), Some(key)) => endpoint["answer"] = json!(key),
        (..) => {}
    }
    RequestSpec {
        endpoint,
        model: llm.model.clone(),
        parameters: parameters(llm, takes_all),
        response_schema: response_schema(llm, contract),
    }
}

/// The parameters of requests. `recorded` and `sample` have only those that every provider has.
fn parameters(llm: &Llm, takes_all: bool) -> Parameters {
    let shared =
        Parameters { temperature: llm.temperature, max_output_tokens: llm.max_output_tokens, ..Parameters::default() };
    if !takes_all {
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
