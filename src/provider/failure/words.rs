//! The codes and words by which servers say what kind of failure it is.

use crate::provider::ProviderErrorKind;

/// Codes for no credit, a key without rights, or a parameter that the model does not accept: every other request would
/// fail too, and waiting does not help.
pub(super) const HOPELESS: [&str; 16] = [
    "insufficient_quota",
    "budget_exceeded",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
    "insufficient_credits",
    "insufficient_balance",
    "invalid_api_key",
    "authentication_error",
    "API_KEY_INVALID",
    "API_KEY_SERVICE_BLOCKED",
    "unsupported_parameter",
    "unsupported_value",
    "invalid_json_schema",
];

/// Parts of messages that say more than their status and code.
pub(super) const TELLING: [(&str, ProviderErrorKind); 8] = [
    // LiteLLM's proxy says so with a status of 400, 401, 422 or 429.
    ("udget has been exceeded", ProviderErrorKind::RefusedForAll),
    ("ExceededBudget", ProviderErrorKind::RefusedForAll),
    ("budget_exceeded", ProviderErrorKind::RefusedForAll),
    ("credit balance is too low", ProviderErrorKind::RefusedForAll),
    ("is deprecated for this model", ProviderErrorKind::RefusedForAll),
    ("User location is not supported", ProviderErrorKind::RefusedForAll),
    ("model identifier is invalid", ProviderErrorKind::NotFound),
    ("with on-demand throughput isn", ProviderErrorKind::NotFound),
];

/// The kinds of errors by their code or type, for responses whose status is 200. The type of an `OpenAI` rate limit is
/// what is limited: `tokens` or `requests`.
pub(super) const CODES: [(&str, ProviderErrorKind); 17] = [
    ("permission_error", ProviderErrorKind::Refused),
    ("model_not_found", ProviderErrorKind::NotFound),
    ("not_found_error", ProviderErrorKind::NotFound),
    ("rate_limit_exceeded", ProviderErrorKind::RateLimited),
    ("rate_limit_error", ProviderErrorKind::RateLimited),
    ("tokens", ProviderErrorKind::RateLimited),
    ("requests", ProviderErrorKind::RateLimited),
    ("invalid_request_error", ProviderErrorKind::BadRequest),
    ("context_length_exceeded", ProviderErrorKind::InvalidInput),
    ("server_error", ProviderErrorKind::ServerError),
    ("overloaded_error", ProviderErrorKind::Overloaded),
    ("ThrottlingException", ProviderErrorKind::RateLimited),
    ("AccessDeniedException", ProviderErrorKind::Refused),
    ("ResourceNotFoundException", ProviderErrorKind::NotFound),
    ("ValidationException", ProviderErrorKind::BadRequest),
    ("InternalServerException", ProviderErrorKind::ServerError),
    ("ServiceUnavailableException", ProviderErrorKind::Overloaded),
];

/// What the numbers in `MiniMax`'s `base_resp` mean, in words of [`CODES`] and [`HOPELESS`].
pub(super) const BASE_RESP: [(u64, &str); 9] = [
    (1000, "server_error"),
    (1001, "overloaded_error"),
    (1002, "rate_limit_exceeded"),
    (1004, "permission_error"),
    (1008, "insufficient_balance"),
    (1013, "server_error"),
    (1039, "rate_limit_exceeded"),
    (2013, "invalid_request_error"),
    (2049, "invalid_api_key"),
];

/// Whether a code is about this very request, so that others say nothing about it: its length, its images, or what a
/// policy holds against it.
pub(super) fn is_about_the_input(code: &str) -> bool {
    matches!(
        code,
        "context_length_exceeded"
            | "exceed_context_size_error"
            | "string_above_max_length"
            | "content_filter"
            | "invalid_prompt"
    ) || code.starts_with("image_")
        || (code.starts_with("invalid_") && code.contains("image"))
        || code.ends_with("_policy")
        || code.ends_with("_policy_violation")
}

/// Whether a code says that there is too much to do just now.
pub(super) fn is_overload(code: &str) -> bool {
    let lower = code.to_ascii_lowercase();
    lower.contains("overloaded")
        || matches!(lower.as_str(), "concurrency_limit" | "server_busy" | "service_unavailable" | "no_free_slot")
}

/// Whether a message says so.
pub(super) fn is_busy(message: &str) -> bool {
    let lower = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
    says(&["overloaded", "model busy", "model is busy", "server busy", "server is busy", "at capacity"])
        || says(&["no free slot", "no slot available", "no slots available", "no available slot", "slots are busy"])
        || says(&["queue is full", "queue full", "too many concurrent"])
}

/// Whether a message speaks of a rate limit.
pub(super) fn is_limited(message: &str) -> bool {
    let lower = message.to_ascii_lowercase();
    ["rate limit", "rate_limit", "ratelimit", "too many requests"].iter().any(|words| lower.contains(words))
}

/// Whether a message says that the prompt is too long for the model: the words of llama.cpp, vLLM, Ollama, Anthropic
/// Gemini, and OpenAI's where one request asks for more than a minute allows. Their codes are those of any bad request.
pub(super) fn is_too_long(message: &str) -> bool {
    let has = |part: &str| message.contains(part);
    has("exceeds the available context size")
        || has("maximum context length is")
        || has("exceeded max context length")
        || (has("prompt is too long") && has("maximum"))
        || (has("Request too large") && has("Requested"))
        || (has("input token count") && has("exceeds the maximum number of tokens"))
}
