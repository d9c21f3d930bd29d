//! Parameters that not every provider has. One that a provider does not have is an error that names it: nothing is
//! dropped in silence.

use serde_json::{Map, Value};

use super::error::ConfigError;
use super::place::Place;
use super::raw::ReasoningEffort::{High, Low, Max, Medium, Minimal, None as NoEffort, Xhigh};
use super::raw::{self, ProviderName, ReasoningEffort, StructuredOutput};
use super::resolved::Tuning;

/// What a provider takes beside what all take.
struct Offer {
    name: &'static str,
    /// The keys of the block that say nothing to it.
    lacks: &'static [&'static str],
    /// Whether it can be held to JSON without a schema.
    json_object: bool,
    /// Why there is no mark for the cache; `None` where there is one.
    no_cache_mark: Option<&'static str>,
    efforts: &'static [ReasoningEffort],
    /// The keys of the body that are written from other keys of the configuration, and from which.
    taken: &'static [(&'static str, &'static str)],
}

const OPENAI: Offer = Offer {
    name: "openai",
    lacks: &["api_version", "region"],
    json_object: true,
    no_cache_mark: None,
    efforts: &[NoEffort, Minimal, Low, Medium, High, Xhigh, Max],
    taken: &[
        ("model", "llm.model"),
        ("messages", "the prompt"),
        ("stream", ""),
        ("n", ""),
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

const RESPONSES: Offer = Offer {
    name: "openai_responses",
    lacks: &["api_version", "region", "seed", "stop", "max_tokens_field"],
    taken: &[
        ("model", "llm.model"),
        ("input", "the prompt"),
        ("instructions", "the prompt"),
        ("stream", ""),
        ("background", ""),
        ("temperature", "llm.temperature"),
        ("top_p", "llm.top_p"),
        ("max_output_tokens", "llm.max_output_tokens"),
        ("reasoning.effort", "llm.reasoning_effort"),
        ("service_tier", "llm.service_tier"),
        ("text.format", "llm.structured_output"),
    ],
    ..OPENAI
};

const AZURE: Offer = Offer { name: "azure", lacks: &["region"], ..OPENAI };

const ANTHROPIC: Offer = Offer {
    name: "anthropic",
    lacks: &["api_version", "region", "seed", "max_tokens_field"],
    json_object: false,
    efforts: &[Low, Medium, High, Xhigh, Max],
    taken: &[
        ("model", "llm.model"),
        ("messages", "the prompt"),
        ("system", "the prompt"),
        ("stream", ""),
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

const GEMINI: Offer = Offer {
    name: "gemini",
    lacks: &["api_version", "region", "max_tokens_field"],
    no_cache_mark: Some("Gemini has no mark for it, and finds repeated beginnings by itself"),
    efforts: &[NoEffort, Minimal, Low, Medium, High, Xhigh],
    taken: &[
        ("contents", "the prompt"),
        ("systemInstruction", "the prompt"),
        ("system_instruction", "the prompt"),
        ("generation_config", "extra_body.generationConfig"),
        ("serviceTier", "llm.service_tier"),
        ("service_tier", "llm.service_tier"),
        ("generationConfig.candidateCount", ""),
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

const BEDROCK: Offer = Offer {
    name: "bedrock",
    lacks: &["api_version", "seed", "max_tokens_field"],
    json_object: false,
    efforts: &[Low, Medium, High, Xhigh, Max],
    taken: &[
        ("modelId", "llm.model"),
        ("messages", "the prompt"),
        ("system", "the prompt"),
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

/// What a provider takes; `None` where nobody is asked and everything is as good as nothing.
fn offer(name: ProviderName) -> Option<&'static Offer> {
    match name {
        ProviderName::Openai => Some(&OPENAI),
        ProviderName::OpenaiResponses => Some(&RESPONSES),
        ProviderName::Azure => Some(&AZURE),
        ProviderName::Anthropic => Some(&ANTHROPIC),
        ProviderName::Gemini => Some(&GEMINI),
        ProviderName::Bedrock => Some(&BEDROCK),
        ProviderName::Recorded | ProviderName::Sample => None,
    }
}

/// The parameters of the block, each of which its provider has.
pub(super) fn tuning(at: &Place<'_>, name: ProviderName, written: raw::Llm) -> Result<Tuning, ConfigError> {
    if let Some(offer) = offer(name) {
        within_the_offer(at, offer, &written)?;
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
        return Err(at.bad("service_tier", "expected the provider's word for it, as in `flex`"));
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

/// Whether the provider is asked to hold answers to the schema.
pub(super) fn structured_output(
    at: &Place<'_>,
    name: ProviderName,
    written: Option<StructuredOutput>,
) -> Result<StructuredOutput, ConfigError> {
    let wanted = written.unwrap_or(StructuredOutput::Auto);
    match offer(name) {
        Some(offer) if wanted == StructuredOutput::JsonObject && !offer.json_object => Err(at
            .bad("structured_output", format!("the provider `{}` knows a schema or nothing", offer.name))
            .with_hint("use `auto`, `required` or `off`")),
        _ => Ok(wanted),
    }
}

fn within_the_offer(at: &Place<'_>, offer: &Offer, written: &raw::Llm) -> Result<(), ConfigError> {
    let written_keys = [
        ("seed", written.seed.is_some()),
        ("stop", written.stop.as_ref().is_some_and(|it| !it.is_empty())),
        ("max_tokens_field", written.max_tokens_field.is_some()),
        ("api_version", written.api_version.is_some()),
        ("region", written.region.is_some()),
    ];
    if let Some((key, _)) = written_keys.into_iter().find(|(key, is_written)| *is_written && offer.lacks.contains(key))
    {
        let reason = format!("the provider `{}` has no such parameter", offer.name);
        return Err(at.bad(key, reason).with_hint("take it out, or ask another provider"));
    }
    if let (Some(true), Some(why)) = (written.cache_prompt, offer.no_cache_mark) {
        return Err(at.bad("cache_prompt", why).with_hint("take it out"));
    }
    if let Some(effort) = written.reasoning_effort.filter(|it| !offer.efforts.contains(it)) {
        let known: Vec<&str> = offer.efforts.iter().map(|it| it.as_str()).collect();
        let (known, name) = (known.join(", "), offer.name);
        let reason = format!("the provider `{name}` knows {known}, and not `{}`", effort.as_str());
        return Err(at.bad("reasoning_effort", reason));
    }
    match &written.extra_body {
        Some(body) => offer.taken.iter().try_for_each(|(path, own)| not_taken(at, body, path, own)),
        None => Ok(()),
    }
}

/// Refuses a key of the body that the configuration says in another way, and a value that would hide one.
fn not_taken(at: &Place<'_>, body: &Map<String, Value>, path: &str, own: &str) -> Result<(), ConfigError> {
    let keys: Vec<&str> = path.split('.').collect();
    let mut block = body;
    for (depth, key) in keys.iter().enumerate() {
        let Some(value) = block.get(*key) else { return Ok(()) };
        let here = format!("extra_body.{}", keys[..=depth].join("."));
        if depth + 1 == keys.len() {
            let hint = match own {
                "" => "an answer is read in one piece, and one for each request".to_owned(),
                "the prompt" => "it is made from the prompt".to_owned(),
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
