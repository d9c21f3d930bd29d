//! Which kind of server answers at an address, where several kinds speak `OpenAI`'s dialect.
//!
//! An address may say it. Otherwise [`probes`] are requests that cost nothing, and [`read`] says what an answer to one
//! of them shows: servers name themselves in a header, as the owner of their models, or by an address of their own.

use serde_json::Value;

use super::wire::{Request, Response, SecretHeader};
use super::{body, openai};
use crate::record::ServerKind;

/// Hosts of services that speak the dialect, and are none of the kinds that have a name here.
const OTHERS: &[&str] = &[
    "openrouter.ai",
    "api.mistral.ai",
    "api.deepseek.com",
    "api.groq.com",
    "api.together.xyz",
    "api.fireworks.ai",
    "api.x.ai",
    "api.cerebras.ai",
    "generativelanguage.googleapis.com",
    "api.anthropic.com",
];

/// The kind of server that `base_url` is known to name.
pub fn known(base_url: &str) -> Option<ServerKind> {
    let host = openai::host(base_url);
    let is_or_below = |name: &str| host == name || host.strip_suffix(name).is_some_and(|it| it.ends_with('.'));
    if openai::is_openai(base_url) || is_or_below("openai.azure.com") {
        return Some(ServerKind::Openai);
    }
    OTHERS.iter().any(|name| is_or_below(name)).then_some(ServerKind::Other)
}

/// The requests that show the kind of the server at `base_url`, in the order in which they are made until one does.
pub fn probes(base_url: &str) -> [Request; 2] {
    let headers = || vec![("accept", "application/json".to_owned())];
    let models = Request {
        url: body::url(base_url, "models"),
        headers: headers(),
        secret: Some(SecretHeader { name: "authorization", prefix: "Bearer " }),
        body: Vec::new(),
    };
    let version = Request {
        url: format!("{}/api/version", above_version(base_url)),
        headers: headers(),
        secret: None,
        body: Vec::new(),
    };
    [models, version]
}

/// The address without the `/v1` at its end: below it a server has what is no part of the dialect, also behind a path
/// of a gateway.
fn above_version(base_url: &str) -> &str {
    let end = base_url.find(['?', '#']).unwrap_or(base_url.len());
    let path = base_url[..end].trim_end_matches('/');
    path.strip_suffix("/v1").unwrap_or(path)
}

/// Whether a server that answers a probe so may say another time what it is: it is busy, starts, or wants another key.
pub fn may_say_later(response: &Response) -> bool {
    matches!(response.status, 401 | 402 | 403 | 407 | 408 | 425 | 429 | 500..)
}

/// What the answer to a probe shows of the server, and by what.
pub fn read(response: &Response) -> Option<(ServerKind, String)> {
    if let Some(name) = response.header("server")
        && name.to_ascii_lowercase().contains("llama.cpp")
    {
        return Some((ServerKind::LlamaCpp, "it answers with the header `server: llama.cpp`".to_owned()));
    }
    if !(200..300).contains(&response.status) {
        return None;
    }
    let value: Value = serde_json::from_slice(&response.body).ok()?;
    let mut owners = value["data"].as_array().into_iter().flatten().map(|model| model["owned_by"].as_str());
    // A gateway lists the models of several servers.
    if let Some(Some(owner)) = owners.next()
        && owners.all(|other| other == Some(owner))
    {
        let kind = match owner {
            "vllm" => Some(ServerKind::Vllm),
            "sglang" => Some(ServerKind::Sglang),
            "llamacpp" => Some(ServerKind::LlamaCpp),
            _ => None,
        };
        return kind.map(|kind| (kind, format!("it lists models with `owned_by: {owner}`")));
    }
    // Only Ollama has this address among those that have not named themselves before.
    let is_version = value["version"].is_string() && value.as_object().is_some_and(|it| it.len() == 1);
    is_version.then(|| (ServerKind::Ollama, "it answers at `/api/version`".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, server: &str, body: &str) -> Response {
        let headers = vec![("server".to_owned(), server.to_owned())];
        Response { status, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_address_says_what_it_is() {
        for (base_url, kind) in [
            ("https://api.openai.com/v1", Some(ServerKind::Openai)),
            ("https://eu.api.openai.com/v1", Some(ServerKind::Openai)),
            ("https://x.openai.azure.com/openai/v1", Some(ServerKind::Openai)),
            ("https://openrouter.ai/api/v1", Some(ServerKind::Other)),
            ("https://notopenrouter.ai/api/v1", None),
            ("http://localhost:8000/v1", None),
        ] {
            assert_eq!(known(base_url), kind, "{base_url}");
        }
    }

    #[test]
    fn the_probes_keep_the_key_to_the_api() {
        let [models, version] = probes("http://localhost:11434/v1");
        assert_eq!((models.url.as_str(), models.secret.is_some()), ("http://localhost:11434/v1/models", true));
        assert_eq!((version.url.as_str(), version.secret), ("http://localhost:11434/api/version", None));
        assert!(models.body.is_empty() && version.body.is_empty());
        let below = |base_url| probes(base_url)[1].url.clone();
        assert_eq!(below("https://gate.example/ollama/v1/"), "https://gate.example/ollama/api/version");
        assert_eq!(below("https://chat.example/api"), "https://chat.example/api/api/version");
    }

    #[test]
    fn who_is_busy_or_wants_a_key_may_say_it_later() {
        for (status, later) in [(200, false), (404, false), (405, false), (401, true), (429, true), (503, true)] {
            assert_eq!(may_say_later(&response(status, "uvicorn", "")), later, "{status}");
        }
    }

    #[test]
    fn servers_name_themselves() {
        let models = |owner: &str| format!(r#"{{"object": "list", "data": [{{"id": "m", "owned_by": "{owner}"}}]}}"#);
        for (response, kind) in [
            (response(401, "llama.cpp", ""), Some(ServerKind::LlamaCpp)),
            (response(200, "uvicorn", &models("vllm")), Some(ServerKind::Vllm)),
            (response(200, "uvicorn", &models("sglang")), Some(ServerKind::Sglang)),
            (response(200, "", &models("llamacpp")), Some(ServerKind::LlamaCpp)),
            (response(200, "", &models("library")), None),
            (response(200, "", r#"{"version": "0.12.1"}"#), Some(ServerKind::Ollama)),
            (response(404, "", r#"{"version": "0.12.1"}"#), None),
            (response(200, "", r#"{"version": "1", "name": "another"}"#), None),
            (response(200, "", r#"{"data": [{"owned_by": "vllm"}, {"owned_by": "vllm"}]}"#), Some(ServerKind::Vllm)),
            (response(200, "", r#"{"data": [{"owned_by": "openai"}, {"owned_by": "vllm"}]}"#), None),
            (response(200, "", r#"{"data": [{"owned_by": "vllm"}, {}]}"#), None),
            (response(200, "", r#"{"data": []}"#), None),
            (response(401, "uvicorn", &models("vllm")), None),
            (response(200, "", "<html>"), None),
        ] {
            assert_eq!(read(&response).map(|it| it.0), kind, "{response:?}");
        }
    }
}
