//! The rules of each subset: the keywords and formats that it supports, and those that are left out for it.

use super::engine::{self, Engine};

/// The provider whose structured outputs a schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    /// `OpenAI`'s strict mode, also for other servers that speak its dialect.
    OpenAi,
    /// vLLM's choice of grammar engines.
    Vllm,
    /// `SGLang`'s grammar engine behind its own gate.
    Sglang,
    /// llama.cpp's grammars, which Ollama has too.
    LlamaCpp,
    /// At Anthropic and on Bedrock.
    Claude,
    Gemini,
}

/// What a subset supports.
pub(super) struct Rules {
    pub keywords: &'static [&'static str],
    pub formats: &'static [&'static str],
    /// Keywords that are left out rather than refused.
    pub loosened: &'static [&'static str],
    /// Whether every field must be required.
    pub all_required: bool,
    /// Whether a schema may refer to itself.
    pub recursive: bool,
    /// How many optional fields a schema may have.
    pub optional_fields: usize,
    /// How many values of several types a schema may have.
    pub unions: usize,
}

impl Subset {
    /// The engine of grammars, where there is one.
    pub(super) fn engine(self) -> Option<&'static Engine> {
        match self {
            Self::Vllm => Some(&engine::VLLM),
            Self::Sglang => Some(&engine::SGLANG),
            Self::LlamaCpp => Some(&engine::LLAMA_CPP),
            Self::OpenAi | Self::Claude | Self::Gemini => None,
        }
    }

    /// The rules, where a schema has to fit. Engines of grammars have none.
    pub(super) fn rules(self) -> Rules {
        match self {
            Self::OpenAi | Self::Vllm | Self::Sglang | Self::LlamaCpp => Rules {
                keywords: OPENAI_KEYWORDS,
                formats: OPENAI_FORMATS,
                loosened: &[],
                all_required: true,
                recursive: true,
                optional_fields: 0,
                unions: usize::MAX,
            },
            Self::Claude => Rules {
                keywords: CLAUDE_KEYWORDS,
                formats: CLAUDE_FORMATS,
                loosened: CLAUDE_LOOSENED,
                all_required: false,
                recursive: false,
                optional_fields: 24,
                unions: 16,
            },
            Self::Gemini => Rules {
                keywords: GEMINI_KEYWORDS,
                formats: GEMINI_FORMATS,
                loosened: GEMINI_LOOSENED,
                all_required: false,
                recursive: false,
                optional_fields: usize::MAX,
                unions: usize::MAX,
            },
        }
    }
}

const OPENAI_KEYWORDS: &[&str] = &[
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "$ref",
    "$defs",
    "definitions",
    "pattern",
    "format",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "minItems",
    "maxItems",
];
const OPENAI_FORMATS: &[&str] = &["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

const CLAUDE_KEYWORDS: &[&str] = &[
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "enum",
    "const",
    "anyOf",
    "allOf",
    "$ref",
    "$defs",
    "definitions",
    "format",
];
const CLAUDE_FORMATS: &[&str] =
    &["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];
const CLAUDE_LOOSENED: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];
const GEMINI_KEYWORDS: &[&str] = &[
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "enum",
    "anyOf",
    "$ref",
    "$defs",
    "format",
];
const GEMINI_FORMATS: &[&str] = &["date-time", "time", "date"];
const GEMINI_LOOSENED: &[&str] = &[
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];
