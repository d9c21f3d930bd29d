//! Each dialect against the fixtures: what it sends, what it understands, and what its provider publishes of requests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::wire::Response;
use super::*;
use crate::record::Digest;

/// A dialect, its folder of fixtures, and the published schema of its requests.
const FOLDERS: [(Dialect, &str, &str); 6] = [
    (Dialect::OpenAi, "openai", "openai_chat"),
    (Dialect::Responses, "openai_responses", "openai_responses"),
    (Dialect::Azure, "azure", "openai_chat"),
    (Dialect::Anthropic, "anthropic", "anthropic"),
    (Dialect::Gemini, "gemini", "gemini"),
    (Dialect::Bedrock, "bedrock", "bedrock"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/provider").join(name)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

fn response(fixture: &Value) -> Response {
    let headers = fixture["headers"].as_object().unwrap();
    Response {
        status: u16::try_from(fixture["status"].as_u64().unwrap()).unwrap(),
        headers: headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        body: match fixture.get("text") {
            Some(text) => text.as_str().unwrap().into(),
            None => serde_json::to_vec(&fixture["body"]).unwrap(),
        },
    }
}

/// Decodes a fixture's response and holds what comes of it against what the fixture expects.
fn check(dialect: Dialect, fixture: &Value, name: &str) {
    let expect = &fixture["expect"];
    match dialect.decode(&response(&fixture["response"])) {
        Ok(completion) => {
            let usage = completion.usage;
            let shown = json!({
                "text": completion.text,
                "finish": completion.finish.as_str(),
                "usage": {"input": usage.input_tokens, "output": usage.output_tokens, "cached": usage.cached_tokens,
                          "cache_write": usage.cache_write_tokens, "reasoning": usage.reasoning_tokens},
                "model": completion.model,
                "service_tier": completion.service_tier,
            });
            let mut expect = expect.clone();
            let problem = expect.as_object_mut().and_then(|it| it.shift_remove("problem")).unwrap_or_default();
            assert_eq!(json!(completion.problem), problem, "{name}");
            assert_eq!(shown, expect, "{name}");
            let envelope: Value = serde_json::from_str(completion.envelope.as_deref().unwrap()).unwrap();
            // An answer is kept once; what the model thought is kept there.
            if !completion.text.is_empty() && !completion.text.starts_with("This is") {
                assert!(!envelope.to_string().contains(&json!(completion.text).to_string()), "{name}: {envelope}");
            }
            assert_eq!(
                envelope.to_string().contains("Let me see."),
                fixture["response"].to_string().contains("Let me see."),
                "{name}"
            );
        }
        Err(error) => {
            let wait = error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap());
            assert_eq!(json!(format!("{:?}", error.kind)), expect["error"], "{name}: {error}");
            assert_eq!(json!(wait), expect["retry_after_ms"], "{name}: {error}");
            if !expect["message"].is_null() {
                assert_eq!(json!(error.message), expect["message"], "{name}");
            }
        }
    }
}

#[test]
fn each_response_decodes_as_its_fixture_says() {
    for (dialect, name, _) in FOLDERS.into_iter().filter(|it| it.0 != Dialect::OpenAi) {
        let cases = read(&folder(name).join("responses.json"));
        let cases = cases.as_array().unwrap();
        assert!(cases.len() > 8, "{name}");
        for case in cases {
            assert!(case["page"].as_str().is_some_and(|page| page.starts_with("https://")), "{case}");
            check(dialect, case, &format!("{name}: {}", case["name"]));
        }
    }
}

#[test]
fn each_response_of_openais_dialect_decodes_as_its_file_says() {
    let folder = folder("openai");
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "json") || name == "requests.json" {
            continue;
        }
        count += 1;
        assert!(readme.contains(&format!("`{name}`")), "{name} is not in the README");
        check(Dialect::OpenAi, &read(&path), &name);
    }
    assert!(count > 30, "the fixtures were found");
}

/// The request that a fixture calls by this name.
fn request(dialect: Dialect, name: &str) -> ChatRequest {
    let mut parameters = Parameters { max_output_tokens: Some(1024), ..Parameters::default() };
    let mut messages = vec![Message::new(Role::System, "Be brief."), Message::new(Role::User, "Hello")];
    let mut response_schema = None;
    match name {
        "full" => {
            messages.extend([Message::new(Role::Assistant, "Hi"), Message::new(Role::User, "Again")]);
            // Anthropic's newer models take neither, and its published types have them no more.
            parameters.temperature = (dialect != Dialect::Anthropic).then_some(0.0);
            parameters.top_p = (dialect != Dialect::Anthropic).then_some(0.5);
            parameters.seed = Some(7);
            parameters.stop = vec!["END".to_owned()];
            parameters.reasoning_effort = Some("low".to_owned());
            parameters.service_tier =
                Some(if dialect == Dialect::Anthropic { "standard_only" } else { "flex" }.to_owned());
            parameters.cache_prompt = true;
            let schema = json!({"type": "object", "properties": {"product": {"type": "string"}},
                "required": ["product"], "additionalProperties": false});
            response_schema = Some(ResponseSchema { name: "output".to_owned(), contract: schema.clone(), schema });
        }
        "images" => {
            let data: Arc<[u8]> = Arc::from(&b"\x89PNG\r\n\x1a\n"[..]);
            let sha1 = Digest::of_bytes(&data);
            let url = if dialect.takes_image_urls() { "https://example.com/a.jpg" } else { "s3://bucket/a.jpg" };
            messages[1].content = "What is it?".to_owned();
            messages[1].images = vec![Image::Data { media_type: "image/png", sha1, data }, Image::Url(url.to_owned())];
        }
        "json" => {
            parameters.json_object = true;
            let extra = match dialect {
                Dialect::Responses => json!({"store": true, "text": {"verbosity": "low"}}),
                Dialect::Gemini => json!({"generationConfig": {"topK": 3}}),
                _ => json!({"verbosity": "low"}),
            };
            parameters.extra_body = extra.as_object().unwrap().clone();
        }
        _ => {}
    }
    let spec = RequestSpec { endpoint: json!({}), model: "m".into(), parameters, response_schema };
    ChatRequest { spec: Arc::new(spec), messages, sample: 1, matched: None, item: None }
}

#[test]
fn each_request_is_what_the_reference_says() {
    for (dialect, name, published) in FOLDERS {
        let fixture = read(&folder(name).join("requests.json"));
        let schema = read(&folder("published").join(format!("{published}.json")));
        let validator = jsonschema::validator_for(&schema).unwrap();
        let base_url = fixture["base_url"].as_str().unwrap();
        let requests = fixture["requests"].as_object().unwrap();
        assert!(requests.len() > 2, "{name}");
        for (kind, expected) in requests {
            let encoded = dialect.encode(&request(dialect, kind), base_url);
            let body: Value = serde_json::from_slice(&encoded.body).unwrap();
            let headers: Map<String, Value> =
                encoded.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            let secret = encoded.secret.map(|it| json!({it.name: it.prefix}));
            let key = format!("casebook-{}", Digest::of_bytes(b"Be brief."));
            let expected: Value = serde_json::from_str(&expected.to_string().replace("casebook-SYSTEM", &key)).unwrap();
            let shown = json!({"url": encoded.url, "headers": headers, "secret": secret, "body": body});
            assert_eq!(shown, expected, "{name}: {kind}");
            let errors: Vec<String> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {kind}: {errors:?}");
            assert_eq!(encoded, dialect.encode(&request(dialect, kind), base_url), "equal requests give equal bytes");
        }
    }
}

#[test]
fn the_published_schemas_refuse_what_is_not_in_them() {
    for (dialect, name, published) in FOLDERS {
        let schema = read(&folder("published").join(format!("{published}.json")));
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut body: Value =
            serde_json::from_slice(&dialect.encode(&request(dialect, "full"), "http://h").body).unwrap();
        assert!(validator.is_valid(&body), "{name}");
        body["nonsense"] = json!(1);
        assert!(!validator.is_valid(&body), "{name}");
    }
}

#[test]
fn addresses_follow_the_base() {
    let url = |dialect: Dialect, model: &str, base_url: &str| {
        let mut request = request(dialect, "plain");
        Arc::make_mut(&mut request.spec).model = model.to_owned();
        dialect.encode(&request, base_url).url
    };
    for (dialect, model, base_url, expected) in [
        (
            Dialect::Azure,
            "my dep",
            "https://x.openai.azure.com/openai/v1",
            "https://x.openai.azure.com/openai/v1/chat/completions",
        ),
        (
            Dialect::Azure,
            "my dep",
            "https://x.openai.azure.com/openai?api-version=2024-10-21",
            "https://x.openai.azure.com/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21",
        ),
        (Dialect::Gemini, "models/a", "http://h/v1beta/", "http://h/v1beta/models/a:generateContent"),
        (Dialect::Gemini, "tunedModels/a?b", "http://h/v1beta", "http://h/v1beta/tunedModels/a%3Fb:generateContent"),
        (Dialect::Bedrock, "us.a-v1:0", "http://h", "http://h/model/us.a-v1%3A0/converse"),
        (
            Dialect::Bedrock,
            "arn:aws:bedrock:us-east-1:1:inference-profile/a",
            "http://h",
            "http://h/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fa/converse",
        ),
    ] {
        assert_eq!(url(dialect, model, base_url), expected);
    }
}

#[test]
fn an_answer_of_nothing_is_no_turn() {
    for (dialect, expected) in [
        (Dialect::Anthropic, json!([{"role": "user", "content": "Hello"}, {"role": "user", "content": "Again"}])),
        (Dialect::Bedrock, json!([{"role": "user", "content": [{"text": "Hello"}, {"text": "Again"}]}])),
        (
            Dialect::Gemini,
            json!([{"role": "user", "parts": [{"text": "Hello"}]}, {"role": "user", "parts": [{"text": "Again"}]}]),
        ),
    ] {
        let mut request = request(dialect, "full");
        request.messages[2].content = " \n".to_owned();
        let body: Value = serde_json::from_slice(&dialect.encode(&request, "http://h").body).unwrap();
        let turns = body.get("messages").or(body.get("contents"));
        assert_eq!(turns, Some(&expected), "{dialect:?}");
    }
}

#[test]
fn older_models_of_anthropic_are_sampled_as_they_are_told() {
    let mut request = request(Dialect::Anthropic, "plain");
    let parameters = &mut Arc::make_mut(&mut request.spec).parameters;
    (parameters.temperature, parameters.top_p) = (Some(0.0), Some(0.5));
    let body: Value = serde_json::from_slice(&Dialect::Anthropic.encode(&request, "http://h").body).unwrap();
    assert_eq!((&body["temperature"], &body["top_p"]), (&json!(0.0), &json!(0.5)));
}

#[test]
fn effort_none_is_a_budget_of_nothing_at_gemini() {
    let mut request = request(Dialect::Gemini, "plain");
    Arc::make_mut(&mut request.spec).parameters.reasoning_effort = Some("none".to_owned());
    let body: Value = serde_json::from_slice(&Dialect::Gemini.encode(&request, "http://h").body).unwrap();
    assert_eq!(body["generationConfig"]["thinkingConfig"], json!({"thinkingBudget": 0}));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_response_makes_a_dialect_panic(
        status in 0u16..1000, body in prop::collection::vec(any::<u8>(), 0..100), text in "\\PC{0,10}",
    ) {
        for dialect in Dialect::ALL {
            let _ = dialect.decode(&Response { status, headers: Vec::new(), body: body.clone() });
            for body in [
                json!({"error": text}), json!({"error": {"message": text, "details": [text, {"retryDelay": text}]}}),
                json!({"content": [text], "candidates": [{"content": {"parts": [text]}}], "output": [text, {"content": text}]}),
                json!({"output": {"message": {"content": [text, {"text": text}]}}, "usage": text, "usageMetadata": [text]}),
            ] {
                let body = serde_json::to_vec(&body).unwrap();
                let _ = dialect.decode(&Response { status: 200, headers: Vec::new(), body });
            }
        }
    }

    #[test]
    fn every_text_is_sent_exactly(text in "\\PC*|[\\x00-\\x7f]*") {
        for dialect in Dialect::ALL {
            let mut request = request(dialect, "plain");
            request.messages[1].content.clone_from(&text);
            let body: Value = serde_json::from_slice(&dialect.encode(&request, "http://h").body).unwrap();
            let pointers = ["/messages/1/content", "/input/0/content", "/messages/0/content", "/contents/0/parts/0/text",
                "/messages/0/content/0/text"];
            prop_assert!(pointers.iter().any(|it| body.pointer(it) == Some(&json!(text))), "{}", body);
        }
    }
}
