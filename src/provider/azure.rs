//! Chat completions of Azure `OpenAI`: `OpenAI`'s body under Azure's addresses and with its header.
//!
//! In an address with an `api-version`, the older form, the deployment is part of the path. In any other address, which
//! ends in `/openai/v1`, the deployment is the model.

use super::wire::{Request, SecretHeader};
use super::{ChatRequest, LimitField, body, openai};

/// The request to the resource at `base_url`.
pub fn encode(request: &ChatRequest, base_url: &str) -> Request {
    let path = if base_url.split_once('?').is_some_and(|(_, query)| query.contains("api-version=")) {
        format!("deployments/{}/chat/completions", body::segment(&request.spec.model))
    } else {
        "chat/completions".to_owned()
    };
    Request {
        url: body::url(base_url, &path),
        headers: body::headers(),
        secret: Some(SecretHeader { name: "api-key", prefix: "" }),
        body: openai::body(request, LimitField::MaxCompletionTokens),
    }
}
