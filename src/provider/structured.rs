//! The models that are known not to have structured output, from the providers' pages "Structured outputs".
//!
//! Every new model has it, so that the old ones are listed and an unknown name is taken for a model that has it.

use super::openai;

/// `OpenAI`'s models before `gpt-4o-2024-08-06`, by the beginnings of their names.
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

/// Models of `generateContent` without `responseJsonSchema`.
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

/// Prefixes of inference profiles, before the model's own name.
const PROFILES: &[&str] = &["us.", "eu.", "apac.", "jp.", "au.", "ca.", "global.", "us-gov."];

fn is_one_of(names: &[&str], model: &str) -> bool {
    names.iter().any(|name| model.starts_with(name))
}

fn lacks(it_does: bool) -> Option<&'static str> {
    it_does.then_some("the model does not have structured outputs")
}

/// Why `model` at `base_url`, a server of one of `OpenAI`'s dialects, has no structured output. The names of other
/// servers' models say nothing.
pub fn openai(base_url: &str, model: &str) -> Option<&'static str> {
    lacks(openai::is_openai(base_url) && (is_one_of(OPENAI, model) || model == "gpt-4"))
}

/// Why `model` has no structured output in Anthropic's API.
pub fn anthropic(model: &str) -> Option<&'static str> {
    lacks(is_one_of(CLAUDE, model))
}

/// Why `model` has no structured output in Gemini's API.
pub fn gemini(model: &str) -> Option<&'static str> {
    lacks(is_one_of(GEMINI, model.trim_start_matches("models/")))
}

/// Why `model`, which may be an inference profile or an ARN, has no structured output on Bedrock.
pub fn bedrock(model: &str) -> Option<&'static str> {
    // An ARN ends with the profile's or the model's name.
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = PROFILES.iter().find_map(|profile| name.strip_prefix(profile)).unwrap_or(name);
    lacks(is_one_of(BEDROCK, name) || name.strip_prefix("anthropic.").is_some_and(|it| is_one_of(CLAUDE, it)))
}

#[cfg(test)]
mod tests {
    use super::super::Dialect;

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
            assert_eq!(dialect.not_structured(base_url, model).is_none(), has, "{model}");
        }
    }
}
