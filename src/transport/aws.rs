//! Signature Version 4, by which Amazon authenticates a request without an API key.
//!
//! The signature covers the request as it is sent: its address, its headers, its body and the time.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as sign_request};
use aws_sigv4::sign::v4;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::secret::AwsKeys;
use crate::provider::wire::Request;
use crate::provider::{ProviderError, ProviderErrorKind, excerpt};

/// The service name in signatures for Bedrock.
const SERVICE: &str = "bedrock";

/// The headers of the signature.
pub fn sign(
    url: &Url,
    request: &Request,
    keys: &AwsKeys,
    now: SystemTime,
) -> Result<Vec<(&'static str, HeaderValue)>, ProviderError> {
    let id = &keys.access_key_id;
    let credentials = Credentials::new(id, &keys.secret_access_key, keys.session_token.clone(), None, "environment");
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&keys.region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|cause| refused(&cause))?
        .into();
    let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new("POST", url.as_str(), headers, body).map_err(|cause| refused(&cause))?;
    let (instructions, _) = sign_request(signable, &parameters).map_err(|cause| refused(&cause))?.into_parts();
    let (headers, _) = instructions.into_parts();
    headers
        .into_iter()
        .map(|header| {
            let mut value = HeaderValue::from_str(header.value()).map_err(|cause| refused(&cause))?;
            value.set_sensitive(true);
            Ok((header.name(), value))
        })
        .collect()
}

fn refused(cause: &dyn std::error::Error) -> ProviderError {
    let message = format!("the request cannot be signed: {}", excerpt(&cause.to_string(), 200));
    ProviderError::new(ProviderErrorKind::Refused, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Computed by botocore's `SigV4Auth` from the same request, keys and time.
    const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-central-1/bedrock/aws4_request, \
                             SignedHeaders=accept;content-type;host;x-amz-date;x-amz-security-token, \
                             Signature=734baafb3ed5649b6128aebe7507dd398b695f678cdae3d0a6ef98df652d4355";

    #[test]
    fn the_signature_is_that_of_another_implementation() {
        let keys = AwsKeys {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: Some("session/token==".into()),
            region: "eu-central-1".into(),
        };
        let request = Request {
            url: "https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
                .into(),
            headers: vec![("content-type", "application/json".into()), ("accept", "application/json".into())],
            secret: None,
            body: r#"{"messages":[{"role":"user","content":[{"text":"Grüße"}]}]}"#.into(),
        };
        let url = Url::parse(&request.url).unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let signed = sign(&url, &request, &keys, now).unwrap();
        let header = |wanted: &str| {
            signed.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header("x-amz-date").as_deref(), Some("20260921T141320Z"));
        assert_eq!(header("x-amz-security-token").as_deref(), Some("session/token=="));
        assert_eq!(header("authorization").unwrap(), SIGNATURE);
        assert!(signed.iter().all(|(_, value)| value.is_sensitive()));
    }
}
