//! Which models are known not to hold themselves to a schema.
//!
//! Providers add the capability to each new model, so that the old ones are listed, and a name that nobody knows is
//! taken for a model that has it. From the pages "Structured outputs" of the providers.

use super::{Dialect, openai};

/// Beginnings of the names of `OpenAI`'s models before `gpt-4o-2024-08-06`.
const OPENAI: &[&str] = &["gpt-3.5", "gpt-4-", "gpt-4o-2024-05-13", "o1-mini", "o1-preview", "chatgpt-4o"];

/// Anthropic's models before the 4.5 generation.
const CLAUDE: &[&str] = &[
    "claude-2",
    "claude-3",
    "claude-v2",
    "claude-instant",
    "claude-opus-4-0",
    "claude-opus-4-1",
    "claude-opus-4-2025",
    "claude-sonnet-4-0",
    "claude-sonnet-4-2025",
];

/// What `generateContent` serves without `responseJsonSchema`.
const GEMINI: &[&str] = &["gemini-1", "gemini-2.0", "gemma", "learnlm"];

/// Families on Bedrock without `outputConfig.textFormat`.
const BEDROCK: &[&str] = &[
    "ai21.",
    "amazon.",
    "cohere.",
    "deepseek.r1",
    "meta.",
    "mistral.mistral-7b",
    "mistral.mistral-large-24",
    "mistral.mistral-small",
    "mistral.mixtral",
    "mistral.pixtral",
    "writer.",
];

/// Prefixes of inference profiles, which stand before the model's own name.
const PROFILES: &[&str] = &["us.", "eu.", "apac.", "jp.", "au.", "ca.", "global.", "us-gov."];

/// Why `model` is not asked to keep to a schema, or `None`.
pub fn why_not(dialect: Dialect, base_url: &str, model: &str) -> Option<&'static str> {
    let begins = |names: &[&str], model: &str| names.iter().any(|name| model.starts_with(name));
    let lacks = match dialect {
        // Another server's models have what names they like.
        Dialect::OpenAi | Dialect::Responses => {
            openai::is_openai(base_url) && (begins(OPENAI, model) || model == "gpt-4")
        }
        // A deployment's name says nothing of its model.
        Dialect::Azure => false,
        Dialect::Anthropic => begins(CLAUDE, model),
        Dialect::Gemini => begins(GEMINI, model.trim_start_matches("models/")),
        Dialect::Bedrock => {
            // An ARN ends with the profile's or the model's name.
            let name = model.rsplit('/').next().unwrap_or(model);
            let name = PROFILES.iter().find_map(|profile| name.strip_prefix(profile)).unwrap_or(name);
            begins(BEDROCK, name) || name.strip_prefix("anthropic.").is_some_and(|it| begins(CLAUDE, it))
        }
    };
    lacks.then_some("the model does not have structured outputs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_models_lack_it_and_unknown_ones_have_it() {
        let openai = "https://api.openai.com/v1";
        for (dialect, base_url, model, has) in [
            (Dialect::OpenAi, openai, "gpt-4o-mini-2024-07-18", true),
            (Dialect::OpenAi, openai, "gpt-4o-2024-05-13", false),
            (Dialect::OpenAi, openai, "gpt-4.1", true),
            (Dialect::OpenAi, openai, "gpt-4", false),
            (Dialect::OpenAi, openai, "gpt-4-turbo", false),
            (Dialect::OpenAi, openai, "gpt-3.5-turbo", false),
            (Dialect::Responses, openai, "o1-mini", false),
            (Dialect::OpenAi, "http://localhost:8000/v1", "gpt-4", true),
            (Dialect::Azure, "https://x.openai.azure.com/openai/v1", "gpt-4", true),
            (Dialect::Anthropic, "", "claude-sonnet-4-5-20250929", true),
            (Dialect::Anthropic, "", "claude-sonnet-4-20250514", false),
            (Dialect::Anthropic, "", "claude-3-5-haiku-latest", false),
            (Dialect::Anthropic, "", "claude-opus-5", true),
            (Dialect::Gemini, "", "gemini-2.5-flash", true),
            (Dialect::Gemini, "", "models/gemini-2.0-flash", false),
            (Dialect::Bedrock, "", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", true),
            (Dialect::Bedrock, "", "anthropic.claude-3-haiku-20240307-v1:0", false),
            (Dialect::Bedrock, "", "amazon.nova-lite-v1:0", false),
            (Dialect::Bedrock, "", "openai.gpt-oss-120b-1:0", true),
            (Dialect::Bedrock, "", "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0", false),
        ] {
            assert_eq!(why_not(dialect, base_url, model).is_none(), has, "{model}");
        }
    }
}
