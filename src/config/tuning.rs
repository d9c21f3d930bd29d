//! Parameters that not every provider has. One that the provider does not have is an error, never silently dropped.

use serde_json::{Map, Value};

use super::block::ConfigBlock;
use super::error::ConfigError;
use super::key_path;
use super::raw::ReasoningEffort::{High, Low, Max, Medium, Minimal, None as NoEffort, Xhigh};
use super::raw::{self, ProviderName, ReasoningEffort, StructuredOutput};
use super::resolved::Tuning;

/// In [`Accepted::written`]: set by the prompt.
const PROMPT: &str = "the prompt";
/// In [`Accepted::written`]: always the same.
const FIXED: &str = "";

/// The parameters that a provider accepts, beside those that all accept.
struct Accepted {
    name: &'static str,
    /// The keys of the `llm` block that the provider does not have.
    lacks: &'static [&'static str],
    /// Whether the provider can be asked for JSON without a schema.
    json_object: bool,
    /// Why the provider does not have `cache_prompt`; `None` if it has.
    no_cache_mark: Option<&'static str>,
    efforts: &'static [ReasoningEffort],
    /// The keys of the request's body that Casebook writes, with the key of the configuration that sets each. `PROMPT`
    /// stands for the prompt, `FIXED` for a value that no key sets.
    written: &'static [(&'static str, &'static str)],
}

const OPENAI: Accepted = Accepted {
    name: "openai",
    lacks: &["api_version", "region"],
    json_object: true,
    no_cache_mark: None,
    efforts: &[NoEffort, Minimal, Low, Medium, High, Xhigh, Max],
    written: &[
        ("model", "llm.model"),
        ("messages", PROMPT),
        ("stream", FIXED),
        ("n", FIXED),
        ("temperature", "llm.temperature"),
        ("top_p", "llm.top_p"),
        ("max_tokens", "llm.max_output_tokens"),
        ("max_completion_tokens", "llm.max_output_tokens"),
        ("seed", "llm.seed"),
        ("stop", "llm.stop"),
        ("reasoning_effort", "llm.reasoning_effort"),
        ("service_tier", "llm.service_tier"),
        ("response_format", "llm.structured_output"),
    ],
};

const RESPONSES: Accepted = Accepted {
    name: "openai_responses",
    lacks: &["api_version", "region", "seed", "stop", "max_tokens_field"],
    written: &[
        ("model", "llm.model"),
        ("input", PROMPT),
        ("instructions", PROMPT),
        ("stream", FIXED),
        ("background", FIXED),
        ("temperature", "llm.temperature"),
        ("top_p", "llm.top_p"),
        ("max_output_tokens", "llm.max_output_tokens"),
        ("reasoning.effort", "llm.reasoning_effort"),
        ("service_tier", "llm.service_tier"),
        ("text.format", "llm.structured_output"),
    ],
    ..OPENAI
};

const AZURE: Accepted = Accepted { name: "azure", lacks: &["region", "server"], ..OPENAI };

const ANTHROPIC: Accepted = Accepted {
    name: "anthropic",
    lacks: &["api_version", "region", "seed", "max_tokens_field", "server"],
    json_object: false,
    efforts: &[Low, Medium, High, Xhigh, Max],
    written: &[
        ("model", "llm.model"),
        ("messages", PROMPT),
        ("system", PROMPT),
        ("stream", FIXED),
        ("max_tokens", "llm.max_output_tokens"),
        ("temperature", "llm.temperature"),
        ("top_p", "llm.top_p"),
        ("stop_sequences", "llm.stop"),
        ("service_tier", "llm.service_tier"),
        ("output_config.effort", "llm.reasoning_effort"),
        ("output_config.format", "llm.structured_output"),
        ("output_format", "llm.structured_output"),
    ],
    ..OPENAI
};

const GEMINI: Accepted = Accepted {
    name: "gemini",
    lacks: &["api_version", "region", "max_tokens_field", "server"],
    no_cache_mark: Some("Gemini caches repeated beginnings by itself and takes no mark"),
    efforts: &[NoEffort, Minimal, Low, Medium, High, Xhigh],
    written: &[
        ("contents", PROMPT),
        ("systemInstruction", PROMPT),
        ("system_instruction", PROMPT),
        ("generation_config", "extra_body.generationConfig"),
        ("serviceTier", "llm.service_tier"),
        ("service_tier", "llm.service_tier"),
        ("generationConfig.candidateCount", FIXED),
        ("generationConfig.temperature", "llm.temperature"),
        ("generationConfig.topP", "llm.top_p"),
        ("generationConfig.maxOutputTokens", "llm.max_output_tokens"),
        ("generationConfig.seed", "llm.seed"),
        ("generationConfig.stopSequences", "llm.stop"),
        ("generationConfig.thinkingConfig.thinkingLevel", "llm.reasoning_effort"),
        ("generationConfig.responseMimeType", "llm.structured_output"),
        ("generationConfig.responseSchema", "llm.structured_output"),
        ("generationConfig.responseJsonSchema", "llm.structured_output"),
    ],
    ..OPENAI
};

const BEDROCK: Accepted = Accepted {
    name: "bedrock",
    lacks: &["api_version", "seed", "max_tokens_field", "server"],
    json_object: false,
    efforts: &[Low, Medium, High, Xhigh, Max],
    written: &[
        ("modelId", "llm.model"),
        ("messages", PROMPT),
        ("system", PROMPT),
        ("inferenceConfig.maxTokens", "llm.max_output_tokens"),
        ("inferenceConfig.temperature", "llm.temperature"),
        ("inferenceConfig.topP", "llm.top_p"),
        ("inferenceConfig.stopSequences", "llm.stop"),
        ("outputConfig.effort", "llm.reasoning_effort"),
        ("outputConfig.textFormat", "llm.structured_output"),
        ("serviceTier", "llm.service_tier"),
    ],
    ..OPENAI
};

/// The parameters that a provider accepts; `None` for `recorded` and `sample`, which use none, and for a
/// function, which sees all.
fn accepted(name: ProviderName) -> Option<&'static Accepted> {
    match name {
        ProviderName::Openai => Some(&OPENAI),
        ProviderName::OpenaiResponses => Some(&RESPONSES),
        ProviderName::Azure => Some(&AZURE),
        ProviderName::Anthropic => Some(&ANTHROPIC),
        ProviderName::Gemini => Some(&GEMINI),
        ProviderName::Bedrock => Some(&BEDROCK),
        ProviderName::Recorded | ProviderName::Sample | ProviderName::Function => None,
    }
}

/// The parameters of the block. One that the provider does not have is an error.
pub(super) fn tuning(at: &ConfigBlock<'_>, name: ProviderName, written: raw::Llm) -> Result<Tuning, ConfigError> {
    if let Some(accepted) = accepted(name) {
        check_accepted(at, accepted, &written)?;
    }
    let top_p = written.top_p.map(|it| at.real("top_p", Some(it), it, (0.0, 1.0))).transpose()?;
    let most = i64::MAX.unsigned_abs();
    let seed = written.seed.map(|it| at.whole("seed", Some(it), 0_u64, (0, most))).transpose()?;
    let stop = written.stop.unwrap_or_default();
    if stop.len() > 16 || stop.iter().any(String::is_empty) {
        return Err(at.bad("stop", "expected at most 16 texts, none of them empty"));
    }
    let is_word = |text: &String| {
        let letters = text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
        letters && (1..=40).contains(&text.len())
    };
    if written.service_tier.as_ref().is_some_and(|tier| !is_word(tier)) {
        return Err(at.bad("service_tier", "expected the provider's name for a tier, as in `flex`"));
    }
    Ok(Tuning {
        max_tokens_field: written.max_tokens_field,
        top_p,
        seed,
        stop,
        reasoning_effort: written.reasoning_effort,
        service_tier: written.service_tier,
        cache_prompt: written.cache_prompt.unwrap_or(false),
        extra_body: written.extra_body.unwrap_or_default(),
    })
}

/// Whether the provider is asked for structured output.
pub(super) fn structured_output(
    at: &ConfigBlock<'_>,
    name: ProviderName,
    written: Option<StructuredOutput>,
) -> Result<StructuredOutput, ConfigError> {
    let mode = written.unwrap_or(StructuredOutput::Auto);
    match accepted(name) {
        Some(accepted) if mode == StructuredOutput::JsonObject && !accepted.json_object => Err(at
            .bad(
                "structured_output",
                format!("the provider `{}` supports structured output with a schema alone", accepted.name),
            )
            .with_hint("use `auto`, `required` or `off`")),
        _ => Ok(mode),
    }
}

fn check_accepted(at: &ConfigBlock<'_>, accepted: &Accepted, written: &raw::Llm) -> Result<(), ConfigError> {
    let written_keys = [
        ("seed", written.seed.is_some()),
        ("stop", written.stop.as_ref().is_some_and(|it| !it.is_empty())),
        ("max_tokens_field", written.max_tokens_field.is_some()),
        ("api_version", written.api_version.is_some()),
        ("region", written.region.is_some()),
        ("server", written.server.is_some()),
    ];
    if let Some((key, _)) =
        written_keys.into_iter().find(|(key, is_written)| *is_written && accepted.lacks.contains(key))
    {
        let reason = format!("the provider `{}` has no such parameter", accepted.name);
        return Err(at.bad(key, reason).with_hint("remove it, or use another provider"));
    }
    if let (Some(true), Some(why)) = (written.cache_prompt, accepted.no_cache_mark) {
        return Err(at.bad("cache_prompt", why).with_hint("remove it"));
    }
    if let Some(effort) = written.reasoning_effort.filter(|it| !accepted.efforts.contains(it)) {
        let known: Vec<&str> = accepted.efforts.iter().map(|it| it.as_str()).collect();
        let (known, name) = (known.join(", "), accepted.name);
        let reason = format!("the provider `{name}` has {known}, not `{}`", effort.as_str());
        return Err(at.bad("reasoning_effort", reason));
    }
    match &written.extra_body {
        Some(body) => accepted.written.iter().try_for_each(|(path, own)| check_not_written(at, body, path, own)),
        None => Ok(()),
    }
}

/// Refuses a key of `extra_body` that Casebook writes itself, and a value that would replace a block with such a key.
fn check_not_written(
    at: &ConfigBlock<'_>,
    body: &Map<String, Value>,
    path: &str,
    own: &str,
) -> Result<(), ConfigError> {
    let keys: Vec<&str> = key_path::keys(path).collect();
    let mut block = body;
    for (depth, key) in keys.iter().enumerate() {
        let Some(value) = block.get(*key) else { return Ok(()) };
        let here = format!("extra_body.{}", keys[..=depth].join("."));
        if depth + 1 == keys.len() {
            let hint = match own {
                FIXED => "Casebook needs one complete answer to each request".to_owned(),
                PROMPT => "it is made from the prompt".to_owned(),
                own => format!("use `{own}`"),
            };
            return Err(at.bad(&here, "Casebook writes this itself").with_hint(hint));
        }
        match value {
            Value::Object(inner) => block = inner,
            _ => return Err(at.bad(&here, "expected a block of keys")),
        }
    }
    Ok(())
}
