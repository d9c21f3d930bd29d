//! One HTTP exchange, bounded in time and size: bytes out, bytes in.

use std::time::{Duration, SystemTime};

use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, SERVER,
};
use reqwest::{Client, ClientBuilder, Url};

use super::aws;
use super::cause::{cause, classify};
use super::encoding::{self, EncodingError};
use super::masks::Masks;
use super::secret::Secret;
use crate::provider::{ProviderError, ProviderErrorKind, excerpt, limits, wire};

/// The most bytes of a response, packed or unpacked. The longest outputs (128,000 tokens, with as many reasoning
/// tokens) stay under half of it even with every character escaped. Each exchange in flight may need as much memory.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The headers that a dialect may read, beside those of rate limits.
const KEPT_HEADERS: [HeaderName; 10] = [
    SERVER,
    CONTENT_TYPE,
    DATE,
    LOCATION,
    RETRY_AFTER,
    HeaderName::from_static("retry-after-ms"),
    HeaderName::from_static("llm_provider-retry-after"),
    HeaderName::from_static("x-amzn-errortype"),
    HeaderName::from_static("x-gemini-service-tier"),
    HeaderName::from_static("x-request-id"),
];

/// Builds a client. It fails mostly because the system's certificates are missing.
pub fn build(builder: ClientBuilder) -> Result<Client, ProviderError> {
    builder.build().map_err(|failure| {
        ProviderError::new(ProviderErrorKind::Refused, format!("could not set up the HTTP client: {}", cause(&failure)))
    })
}

/// Makes one exchange. `masks` are over the secrets in the response, or in the error.
pub async fn exchange(
    client: &Client,
    request: wire::Request,
    timeout: Duration,
    secret: Option<&Secret>,
    masks: &Masks,
) -> Result<wire::Response, ProviderError> {
    let mut result = bounded(client, request, timeout, secret).await;
    match &mut result {
        Ok(response) => masks.mask_response(response),
        Err(error) => masks.mask_error(error),
    }
    result
}

async fn bounded(
    client: &Client,
    request: wire::Request,
    timeout: Duration,
    secret: Option<&Secret>,
) -> Result<wire::Response, ProviderError> {
    let url = parse_url(&request.url)?;
    let host = host(&url);
    let late = |_| {
        let message = format!("no complete response from {host} within {} s (llm.timeout_sec)", timeout.as_secs_f64());
        ProviderError::new(ProviderErrorKind::Timeout, message)
    };
    tokio::time::timeout(timeout, send(client, url, request, secret, &host)).await.map_err(late)?
}

async fn send(
    client: &Client,
    url: Url,
    request: wire::Request,
    secret: Option<&Secret>,
    host: &str,
) -> Result<wire::Response, ProviderError> {
    let scheme = if url.scheme() == "https" { "https" } else { "http" };
    let signed = match secret.and_then(Secret::aws) {
        Some(keys) => aws::sign(&url, &request, keys, SystemTime::now())?,
        None => Vec::new(),
    };
    let signs = !signed.is_empty();
    let mut outgoing = if request.body.is_empty() { client.get(url) } else { client.post(url).body(request.body) };
    for (name, value) in request.headers {
        outgoing = outgoing.header(name, value);
    }
    for (name, value) in signed {
        outgoing = outgoing.header(name, value);
    }
    if let (Some(header), Some(secret), false) = (request.secret, secret, signs) {
        let value = secret.header(header.prefix).ok_or_else(|| {
            ProviderError::new(
                ProviderErrorKind::BadRequest,
                format!("the header {} cannot carry the key", header.name),
            )
        })?;
        outgoing = outgoing.header(header.name, value);
    }
    let mut response = outgoing.send().await.map_err(|failure| classify(&failure, scheme, host))?;
    let too_big = || {
        ProviderError::new(
            ProviderErrorKind::InvalidResponse,
            format!("the response from {host} is over {} MiB and was not read to its end", MAX_BYTES >> 20),
        )
    };
    let announced = response.content_length().unwrap_or(0);
    if announced > MAX_BYTES as u64 {
        return Err(too_big());
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|failure| classify(&failure, scheme, host))? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(too_big());
        }
        body.extend_from_slice(&chunk);
    }
    let encodings = response.headers().get_all(CONTENT_ENCODING).iter();
    let encodings: Vec<&str> = encodings.filter_map(|it| it.to_str().ok()).collect();
    let body = encoding::decoded(&encodings.join(","), body, MAX_BYTES).map_err(|error| {
        let invalid = |what: String| ProviderError::new(ProviderErrorKind::InvalidResponse, what);
        match error {
            EncodingError::TooBig => too_big(),
            EncodingError::Broken(name, error) => {
                let why = excerpt(&error.to_string(), 100);
                invalid(format!("the response from {host} is compressed ({name}) and cannot be unpacked: {why}"))
            }
            EncodingError::Unknown(name) => {
                let name = excerpt(&name, 40);
                invalid(format!("the response from {host} is in an encoding that is not known: `{name}`"))
            }
        }
    })?;
    Ok(wire::Response { status: response.status().as_u16(), headers: kept_headers(response.headers()), body })
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |name: &HeaderName, value: &HeaderValue| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let named = KEPT_HEADERS.into_iter().filter_map(|name| Some(pair(&name, headers.get(&name)?)));
    let limits = headers.iter().filter(|(name, _)| limits::is_limit(name.as_str()));
    named.chain(limits.map(|(name, value)| pair(name, value))).collect()
}

fn parse_url(text: &str) -> Result<Url, ProviderError> {
    let refused = |why: &str| {
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        // The text before an `@` may be a password.
        let shown = shown.rsplit('@').next().unwrap_or_default();
        ProviderError::new(
            ProviderErrorKind::BadRequest,
            format!("cannot ask \"{}\": {why}; check llm.base_url", excerpt(shown, 200)),
        )
    };
    let url = Url::parse(text).map_err(|problem| refused(&problem.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("expected a URL that begins with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "expected a URL without a user name or password; name the key's variable with llm.api_key_env",
        ));
    }
    Ok(url)
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
