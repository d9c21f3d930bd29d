//! Each dialect from end to end: what reaches the server, and what is on record of the answer.

use serde_json::{Value, json};

use crate::support::project::KEY;
use crate::support::server::Ask;
use crate::support::{Act, Project, Server, open, texts};

const ANSWER: &str = r#"{"product": "login", "urgent": true, "note": "turn 1, short"}"#;
const VERDICT: &str = r#"{"verdict": "PASS", "score": 90, "reasons": []}"#;

/// The provider, the path that it is asked under, the header that its key is in, and where the schema is in the body.
const DIALECTS: [(&str, &str, &str, &str); 6] = [
    ("openai", "/v1/chat/completions", "authorization: Bearer ", "/response_format/json_schema/schema"),
    ("openai_responses", "/v1/responses", "authorization: Bearer ", "/text/format/schema"),
    ("azure", "/openai/v1/chat/completions", "api-key: ", "/response_format/json_schema/schema"),
    ("anthropic", "/v1/messages", "x-api-key: ", "/output_config/format/schema"),
    ("gemini", "/v1/models/model-1:generateContent", "x-goog-api-key: ", "/generationConfig/responseJsonSchema"),
    (
        "bedrock",
        "/model/model-1/converse",
        "authorization: Bearer ",
        "/outputConfig/textFormat/structure/jsonSchema/schema",
    ),
];

/// A response of the dialect that the path belongs to. Its usage is the same in each: 100 tokens in, 7 of them from
/// the cache, and 40 out.
fn says(ask: &Ask, text: &str) -> Value {
    let path = ask.head.split(' ').nth(1).unwrap_or_default();
    if path.ends_with("/chat/completions") {
        json!({
            "model": "served", "service_tier": "flex",
            "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 40, "prompt_tokens_details": {"cached_tokens": 7}},
        })
    } else if path.ends_with("/responses") {
        json!({
            "model": "served", "service_tier": "flex", "status": "completed",
            "output": [{"type": "reasoning", "summary": []},
                       {"type": "message", "content": [{"type": "output_text", "text": text}]}],
            "usage": {"input_tokens": 100, "output_tokens": 40, "input_tokens_details": {"cached_tokens": 7}},
        })
    } else if path.ends_with("/messages") {
        json!({
            "model": "served", "stop_reason": "end_turn", "content": [{"type": "text", "text": text}],
            "usage": {"input_tokens": 93, "output_tokens": 40, "cache_read_input_tokens": 7, "service_tier": "flex"},
        })
    } else if path.ends_with(":generateContent") {
        json!({
            "modelVersion": "served",
            "candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "hm", "thought": true}, {"text": text}]}}],
            "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 30, "thoughtsTokenCount": 10,
                              "cachedContentTokenCount": 7, "serviceTier": "flex"},
        })
    } else {
        json!({
            "output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn",
            "usage": {"inputTokens": 93, "outputTokens": 40, "cacheReadInputTokens": 7}, "serviceTier": {"type": "flex"},
        })
    }
}

fn well(ask: &Ask) -> Act {
    let is_judge = ask.body.to_string().contains("You judge");
    Act::reply(200, says(ask, if is_judge { VERDICT } else { ANSWER }).to_string())
}

/// A good answer of the dialect that is asked.
pub fn answered(ask: &Ask, text: &str) -> Act {
    Act::reply(200, says(ask, text).to_string())
}

/// A project that asks `server` in a dialect.
pub fn project(server: &Server, provider: &str) -> Project {
    let base_url = server.base_url();
    let root = base_url.trim_end_matches("/v1");
    let project = Project::new(server, &["one", "two"]).set("llm.provider", provider);
    match provider {
        "azure" => project.set("llm.base_url", root),
        "anthropic" => project.set("llm.max_output_tokens", "500"),
        "bedrock" => project.set("llm.base_url", root).set("llm.region", "eu-west-1"),
        _ => project,
    }
}

fn head_has(ask: &Ask, line: &str) -> bool {
    ask.head.lines().any(|it| it.to_lowercase().starts_with(&line.to_lowercase()))
}

#[test]
fn each_dialect_asks_and_records() {
    for (provider, path, header, schema) in DIALECTS {
        let server = Server::with(well);
        let project = project(&server, provider);
        project.run().expect(0);
        let log = server.log();
        assert_eq!(log.len(), 2, "{provider}");
        for ask in &log {
            assert!(ask.head.starts_with(&format!("POST {path} HTTP/1.1")), "{provider}: {}", ask.head);
            assert!(head_has(ask, &format!("{header}sk-casebook-test-")), "{provider}: {}", ask.head);
            let schema = ask.body.pointer(schema).unwrap_or_else(|| panic!("{provider}: {}", ask.body));
            // Bedrock has it as a text.
            let schema = schema.as_str().map_or_else(|| schema.clone(), |text| serde_json::from_str(text).unwrap());
            assert_eq!(schema["additionalProperties"], false, "{provider}");
            assert_eq!(schema["properties"]["product"]["enum"], json!(["billing", "login", "other"]), "{provider}");
        }
        let db = open(&project.db());
        let model = if provider == "bedrock" { "model-1" } else { "served" };
        let calls = texts(
            &db,
            "SELECT provider, model, http_status, input_tokens, output_tokens, cached_tokens, service_tier FROM calls",
        );
        assert_eq!(calls, vec![format!("{provider}|{model}|200|100|40|7|flex"); 2]);
        assert_eq!(texts(&db, "SELECT accepted FROM progress"), ["2"], "{provider}");
        drop(db);
        project.run().expect(0);
        assert_eq!(server.count(), 2, "{provider}: what was answered is not asked again");
        project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    }
}

#[test]
fn what_the_endpoint_refuses_stops_the_run_in_each_dialect() {
    let refusals = [
        ("openai", 401, json!({"error": {"message": "no such key", "code": "invalid_api_key"}})),
        ("openai_responses", 404, json!({"error": {"message": "no such model", "code": "model_not_found"}})),
        ("azure", 404, json!({"error": {"message": "no such deployment", "code": "DeploymentNotFound"}})),
        (
            "anthropic",
            400,
            json!({"type": "error", "error": {"type": "invalid_request_error",
            "message": "Your credit balance is too low to access the Anthropic API."}}),
        ),
        (
            "gemini",
            400,
            json!({"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT",
            "details": [{"reason": "API_KEY_INVALID"}]}}),
        ),
        ("bedrock", 403, json!({"message": "The security token included in the request is invalid."})),
    ];
    for (provider, status, body) in refusals {
        // A server that shows what it was sent gives the key away.
        let body = body.to_string().replacen('{', "{\"echo\": \"ECHO\",", 1);
        let server = Server::with(move |ask| {
            let echo = ask.head.replace(['\r', '\n', '"'], " ");
            Act::reply(status, body.replace("ECHO", &echo))
        });
        let project = project(&server, provider).set("llm.max_workers", "1");
        let ended = project.run().expect(1);
        assert!(ended.stderr.contains("the provider refuses every request"), "{provider}: {}", ended.stderr);
        assert_eq!(server.count(), 2, "{provider}: once for each row");
        assert!(!ended.stderr.contains(KEY), "{provider}: {}", ended.stderr);
        let bytes = std::fs::read(project.db()).unwrap();
        assert!(!bytes.windows(KEY.len()).any(|it| it == KEY.as_bytes()), "{provider}: the key is in the run file");
        assert_eq!(texts(&open(&project.db()), "SELECT pending, failed FROM progress"), ["2|0"], "{provider}");
    }
}

#[test]
fn a_wait_in_the_body_is_kept() {
    let server = Server::with(|ask| match ask.number {
        1 => {
            let retry = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.4s"});
            let error =
                json!({"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED", "details": [retry]});
            Act::reply(429, json!({"error": error}).to_string())
        }
        _ => well(ask),
    });
    let project = project(&server, "gemini").set("llm.max_workers", "1");
    project.run().expect(0);
    let log = server.log();
    assert!(log[1].at.duration_since(log[0].at).as_millis() >= 400);
}

#[test]
fn requests_to_bedrock_are_signed_where_there_is_no_api_key() {
    let server = Server::with(well);
    let project = project(&server, "bedrock")
        .set("llm.api_key_env", "null")
        .env("AWS_BEARER_TOKEN_BEDROCK", "this-goes-to-amazon-alone")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .env("AWS_SESSION_TOKEN", "a-session-token-of-some-length");
    project.run().expect(0);
    for ask in server.log() {
        assert!(head_has(&ask, "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{}", ask.head);
        assert!(ask.head.contains("/eu-west-1/bedrock/aws4_request"), "{}", ask.head);
        assert!(head_has(&ask, "x-amz-security-token: a-session-token"), "{}", ask.head);
        assert!(!ask.head.contains("this-goes-to-amazon-alone"), "{}", ask.head);
    }
    let bytes = std::fs::read(project.db()).unwrap();
    for secret in ["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-session-token-of-some-length"] {
        assert!(!bytes.windows(secret.len()).any(|it| it == secret.as_bytes()), "a secret is in the run file");
    }
    let without = self::project(&server, "bedrock").set("llm.api_key_env", "null").env("AWS_ACCESS_KEY_ID", "");
    let ended = without.run().expect(2);
    assert!(ended.stderr.contains("neither AWS_BEARER_TOKEN_BEDROCK nor AWS_ACCESS_KEY_ID"), "{}", ended.stderr);
}

#[test]
fn parameters_are_part_of_what_is_asked() {
    let server = Server::with(well);
    let base = || project(&server, "openai").set("run.seed", "1");
    let project = base();
    project.run().expect(0);
    let tuned = |changes: &[(&str, &str)]| {
        let mut args: Vec<String> = Vec::new();
        for (key, value) in changes {
            args.extend(["--set".to_owned(), format!("{key}={value}")]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let before = server.count();
        project.start(&args).wait().expect(0);
        (server.count() - before, server.log().pop().unwrap().body)
    };
    for (key, value, pointer, sent) in [
        ("llm.top_p", "0.5", "/top_p", json!(0.5)),
        ("llm.seed", "7", "/seed", json!(7)),
        ("llm.stop", "[END]", "/stop", json!(["END"])),
        ("llm.reasoning_effort", "low", "/reasoning_effort", json!("low")),
        ("llm.service_tier", "flex", "/service_tier", json!("flex")),
        ("llm.structured_output", "json_object", "/response_format/type", json!("json_object")),
        ("llm.extra_body", "{top_k: 3, nested: {a: [1, x]}}", "/nested/a", json!([1, "x"])),
    ] {
        let (count, body) = tuned(&[(key, value)]);
        assert_eq!(count, 2, "{key}: another request");
        assert_eq!(body.pointer(pointer), Some(&sent), "{key}");
        assert_eq!(tuned(&[(key, value)]).0, 0, "{key}: the same request");
    }
    let (_, body) = tuned(&[("llm.cache_prompt", "true")]);
    assert!(body["prompt_cache_key"].as_str().is_some_and(|key| key.starts_with("casebook-")), "{body}");
    let (_, body) = tuned(&[("llm.max_output_tokens", "50"), ("llm.max_tokens_field", "max_completion_tokens")]);
    assert_eq!((&body["max_completion_tokens"], &body["max_tokens"]), (&json!(50), &Value::Null));
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    assert_eq!(tuned(&[]).0, 0, "and without any of them it is as it was");
}

#[test]
fn a_schema_that_does_not_fit_is_a_recorded_fact() {
    let server = Server::with(well);
    let loose = r#"{"type": "object", "required": ["product", "urgent", "note"], "properties": {
        "product": {"type": "string"}, "urgent": {"type": "boolean"}, "note": {"type": "string", "minLength": 1}}}"#;
    let anomalies = "SELECT kind, subject, detail FROM anomalies WHERE kind LIKE 'schema%' ORDER BY 1, 2";

    let claude = project(&server, "anthropic");
    claude.write("schema.json", loose);
    claude.run().expect(0);
    assert_eq!(
        texts(&open(&claude.db()), anomalies),
        ["schema_loosened|/properties/note|the provider is not told of minLength"]
    );
    let sent = server.log().pop().unwrap().body;
    assert_eq!(sent["output_config"]["format"]["schema"]["properties"]["note"], json!({"type": "string"}));

    let old = project(&server, "anthropic").set("llm.model", "claude-3-haiku-20240307");
    let ended = old.run().expect(0);
    assert!(ended.stderr.contains("the model does not have structured outputs"), "{}", ended.stderr);
    assert_eq!(texts(&open(&old.db()), anomalies), ["schema_not_native|/|the model does not have structured outputs"]);
    assert_eq!(server.log().pop().unwrap().body["output_config"], Value::Null);

    let strict = project(&server, "openai").set("llm.structured_output", "required");
    strict.write("schema.json", loose);
    let before = server.count();
    let ended = strict.run().expect(2);
    assert!(ended.stderr.contains("`llm.structured_output` is `required`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("/properties/note: the keyword `minLength`"), "{}", ended.stderr);
    assert_eq!(server.count(), before, "nothing is asked");
}

#[test]
fn a_judge_may_be_another_provider() {
    let server = Server::with(well);
    let base_url = server.base_url();
    let project = Project::judged(&server, &["one"]).set("llm.seed", "7").set("llm.max_output_tokens", "100").set(
        "judge.llm",
        &format!("{{provider: anthropic, base_url: {base_url}, model: judge-1, api_key_env: CASEBOOK_TEST_KEY}}"),
    );
    project.run().expect(0);
    let log = server.log();
    assert!(log[0].head.starts_with("POST /v1/chat/completions") && log[0].body["seed"] == 7);
    assert!(log[1].head.starts_with("POST /v1/messages") && log[1].body["model"] == "judge-1");
    assert_eq!(log[1].body["seed"], Value::Null, "what was set for the one server says nothing to the other");
    assert_eq!(
        texts(&open(&project.db()), "SELECT provider, purpose FROM calls ORDER BY purpose DESC"),
        ["anthropic|judge", "openai|generation"]
    );
}
