use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::provider::{Dialect, Message, Parameters, ProviderErrorKind, RequestSpec, ResponseSchema, Role};

fn decode(response: &Response) -> Result<Completion, ProviderError> {
    Dialect::OpenAi.decode(response)
}

fn request(parameters: Parameters, response_schema: Option<ResponseSchema>) -> ChatRequest {
    ChatRequest {
        spec: Arc::new(RequestSpec {
            endpoint: json!({"provider": "openai", "base_url": "https://api.openai.com/v1"}),
            model: "gpt-4o-mini".into(),
            parameters,
            response_schema,
        }),
        messages: vec![Message::new(Role::System, "Be \"brief\"."), Message::new(Role::User, "Grüße\n")],
        sample: 1,
        matched: None,
        item: None,
    }
}

fn body(request: &ChatRequest, base_url: &str) -> String {
    String::from_utf8(encode(request, base_url).body).unwrap()
}

#[test]
fn the_plainest_request_sends_no_defaults() {
    let encoded = encode(&request(Parameters::default(), None), "http://localhost:8000/v1");
    assert_eq!(encoded.url, "http://localhost:8000/v1/chat/completions");
    assert_eq!(
        encoded.headers,
        [("content-type", "application/json".to_owned()), ("accept", "application/json".to_owned())]
    );
    assert_eq!(encoded.secret, Some(SecretHeader { name: "authorization", prefix: "Bearer " }));
    assert_eq!(
        String::from_utf8(encoded.body).unwrap(),
        r#"{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be \"brief\"."},{"role":"user","content":"Grüße\n"}]}"#
    );
}

#[test]
fn parameters_and_the_schema_are_sent() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
    let parameters = Parameters { temperature: Some(0.0), max_output_tokens: Some(1024), ..Parameters::default() };
    let request =
        request(parameters, Some(ResponseSchema { name: "label".into(), contract: json!({}), schema: schema.clone() }));
    let text = body(&request, "https://api.openai.com/v1/");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["temperature"], json!(0.0));
    assert_eq!(value["max_completion_tokens"], json!(1024));
    assert_eq!(
        value["response_format"],
        json!({"type": "json_schema", "json_schema": {"name": "label", "strict": true, "schema": schema}})
    );
    assert_eq!(text, body(&request, "https://api.openai.com/v1"), "equal requests give equal bytes");
}

#[test]
fn the_limit_has_the_name_that_the_server_knows() {
    let mut request = request(Parameters { max_output_tokens: Some(7), ..Parameters::default() }, None);
    for (base_url, name) in [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://API.OpenAI.com:443/v1", "max_completion_tokens"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("http://localhost:11434/v1", "max_tokens"),
        ("https://openrouter.ai/api/v1", "max_tokens"),
        ("https://example.com/api.openai.com/v1", "max_tokens"),
        ("https://api.openai.com.example.com/v1", "max_tokens"),
        ("https://notapi.openai.com/v1", "max_tokens"),
    ] {
        let value: Value = serde_json::from_str(&body(&request, base_url)).unwrap();
        let sent: Vec<&String> = value.as_object().unwrap().keys().filter(|key| key.starts_with("max")).collect();
        assert_eq!(sent, [name], "{base_url}");
    }
    for field in [LimitField::MaxTokens, LimitField::MaxCompletionTokens] {
        Arc::make_mut(&mut request.spec).parameters.limit_field = Some(field);
        for base_url in ["https://api.openai.com/v1", "http://localhost:11434/v1"] {
            let value: Value = serde_json::from_str(&body(&request, base_url)).unwrap();
            assert_eq!(value[field.as_str()], 7, "what the configuration says comes first");
        }
    }
}

#[test]
fn the_path_goes_before_a_query() {
    for (base_url, expected) in [
        ("https://h/v1", "https://h/v1/chat/completions"),
        (" https://h/v1// ", "https://h/v1/chat/completions"),
        ("https://h/v1?api-version=1", "https://h/v1/chat/completions?api-version=1"),
    ] {
        assert_eq!(super::body::url(base_url, "chat/completions"), expected);
    }
}

fn decoded(body: &Value) -> Result<Completion, ProviderError> {
    decode(&Response { status: 200, headers: Vec::new(), body: serde_json::to_vec(body).unwrap() })
}

#[test]
fn the_envelope_holds_everything_but_the_text() {
    let body = |message: Value| json!({"id": "x", "choices": [{"message": message, "finish_reason": "stop"}]});
    let envelope = |message: Value| decoded(&body(message)).unwrap().envelope.unwrap();
    assert_eq!(
        envelope(json!({"role": "assistant", "content": "secret text", "reasoning": "r"})),
        body(json!({"role": "assistant", "reasoning": "r"})).to_string()
    );
    let thought = json!({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]});
    assert_eq!(
        envelope(json!({"content": [thought, {"type": "text", "text": "secret text"}]})),
        body(json!({"content": [thought]})).to_string(),
        "what the model thought is kept"
    );
    assert_eq!(
        envelope(json!({"role": "assistant", "content": null, "refusal": "secret text"})),
        body(json!({"role": "assistant"})).to_string()
    );
}

#[test]
fn the_envelope_loses_only_what_the_text_was_taken_from() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let refusal = json!({"type": "refusal", "refusal": "I won't."});
    let odd = json!({"type": "text", "text": {"value": "Hello"}});
    let other = json!({"type": "text", "content": "Hello"});
    let noted = json!({"type": "text", "text": "Yes.", "annotations": [1]});
    for (message, taken, left) in [
        (
            json!({"role": "assistant", "content": "Half", "refusal": "I won't.", "id": 1}),
            "I won't.",
            json!({"role": "assistant", "content": "Half", "id": 1}),
        ),
        (json!({"content": [text("Half"), refusal]}), "I won't.", json!({"content": [text("Half")]})),
        (json!({"content": [refusal, refusal]}), "I won't.I won't.", json!({})),
        (json!({"content": ["Hello, ", "world", text("!")]}), "Hello, world!", json!({})),
        (json!({"content": [odd, text("Yes.")]}), "Yes.", json!({"content": [odd]})),
        (json!({"content": [odd, other]}), "", json!({"content": [odd, other]})),
        (json!({"content": [noted]}), "Yes.", json!({"content": [{"type": "text", "annotations": [1]}]})),
        (json!({"content": text("Yes."), "a": 1, "b": 2}), "Yes.", json!({"a": 1, "b": 2})),
        (json!({"a": 1, "content": "Yes.", "b": 2, "c": 3}), "Yes.", json!({"a": 1, "b": 2, "c": 3})),
    ] {
        let body = |message: &Value| json!({"choices": [{"message": message, "finish_reason": "stop"}]});
        let found = decoded(&body(&message)).unwrap();
        assert_eq!(found.text, taken, "{message}");
        assert_eq!(found.envelope.unwrap(), body(&left).to_string());
        assert_eq!(found.problem.is_some(), taken.is_empty(), "{message}: {:?}", found.problem);
    }
    let parts = |parts: Value| json!({"status": "completed", "output": [{"type": "message", "content": parts}]});
    let half = json!({"type": "output_text", "text": "Half"});
    let odd = json!({"type": "output_text", "text": {"value": "Hello"}});
    for (content, taken, left) in [
        (json!([half, refusal]), "I won't.", json!([half, {"type": "refusal"}])),
        (json!([half]), "Half", json!([{"type": "output_text"}])),
        (json!([odd]), "", json!([odd])),
        (json!("Hello"), "", json!("Hello")),
    ] {
        let body = serde_json::to_vec(&parts(content)).unwrap();
        let found = Dialect::Responses.decode(&Response { status: 200, headers: Vec::new(), body }).unwrap();
        assert_eq!((&found.text[..], found.envelope.unwrap()), (taken, parts(left).to_string()));
        assert_eq!(found.problem.is_some(), taken.is_empty(), "{:?}", found.problem);
    }
}

#[test]
fn odd_forms_are_errors_and_not_answers() {
    for body in [
        json!(null),
        json!("text"),
        json!({}),
        json!({"choices": null}),
        json!({"choices": [null]}),
        json!({"choices": ["text"]}),
        json!({"choices": [{}]}),
        json!({"choices": [{"message": null}]}),
        json!({"choices": [{"message": {"content": 1}}]}),
        json!({"choices": [{"message": {"other": "text"}}]}),
        json!({"choices": [{"message": {"content": null}, "finish_reason": "error"}]}),
    ] {
        assert_eq!(decoded(&body).unwrap_err().kind, ProviderErrorKind::InvalidResponse, "{body}");
    }
}

#[test]
fn a_part_of_a_response_is_none_whatever_its_dialect() {
    let body = json!({"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}],
                      "usage": {"prompt_tokens": 7, "completion_tokens": 2}});
    let response = Response { status: 206, headers: Vec::new(), body: body.to_string().into_bytes() };
    for dialect in Dialect::ALL {
        let error = dialect.decode(&response).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::InvalidResponse);
        assert!(error.message.starts_with("HTTP 206: the server sent only a part"), "{}", error.message);
    }
    assert_eq!(decode(&response).unwrap_err().usage.unwrap().input_tokens, Some(7), "it may be billed");
}

#[test]
fn turns_alternate_where_an_answer_has_no_text() {
    let mut request = request(Parameters::default(), None);
    request.messages.push(Message::new(Role::User, "Again."));
    let value: Value = serde_json::from_str(&body(&request, "http://h/v1")).unwrap();
    assert_eq!(value["messages"][1], json!({"role": "user", "content": "Grüße\n\n\nAgain."}));
    assert_eq!(value["messages"].as_array().unwrap().len(), 2);
}

#[test]
fn an_answer_without_a_text_is_an_answer() {
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 7});
    for (message, problem) in [
        (json!({"role": "assistant", "content": null}), None),
        (json!({"role": "assistant", "content": []}), None),
        (json!({"role": "assistant", "content": ""}), None),
        (
            json!({"role": "assistant", "content": null, "reasoning_content": "Let me see."}),
            Some("the answer has no text: 11 characters are in `reasoning_content`"),
        ),
        (
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]}),
            Some("the answer has no text: 3 characters are in `thinking`"),
        ),
        (
            json!({"reasoning": "Hm.", "tool_calls": [{"function": {"name": "f"}}]}),
            Some("the answer has no text: 3 characters are in `reasoning`, and the model called the tool `f`"),
        ),
        (json!({"content": {"label": "ham"}}), None),
        (
            json!({"content": null, "reasoning_details": [{"text": "Hm."}]}),
            Some("the answer has no text: 3 characters are in `reasoning_details`"),
        ),
    ] {
        let found =
            decoded(&json!({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})).unwrap();
        assert_eq!(found.problem.as_deref(), problem, "{message}");
        assert_eq!((found.usage.output_tokens, found.finish), (Some(7), Finish::Stop));
    }
}

#[test]
fn a_text_before_a_call_of_a_tool_is_no_answer() {
    let body = |message: Value| json!({"choices": [{"message": message, "finish_reason": "tool_calls"}]});
    let call = json!({"content": "Let me look.", "tool_calls": [{"function": {"name": "f"}}]});
    let found = decoded(&body(call)).unwrap();
    assert_eq!((found.finish, found.finish_reason.as_deref()), (Finish::Length, Some("tool_calls")));
    assert!(found.problem.unwrap().starts_with("the model called the tool `f`, and Casebook offers none"));
    let found = decoded(&body(json!({"content": "Yes.", "tool_calls": []}))).unwrap();
    assert_eq!((found.finish, found.problem), (Finish::Stop, None), "a wrong word, and no call");
}

#[test]
fn a_reason_that_is_no_text_is_not_known() {
    for word in [json!(2), json!(true), json!(0), json!(["length"]), json!({"a": 1})] {
        let found = decoded(&json!({"choices": [{"message": {"content": "Yes."}, "finish_reason": word}]})).unwrap();
        assert_eq!((found.finish, found.finish_reason), (Finish::Unknown, Some(word.to_string())));
    }
}

#[test]
fn what_was_paid_for_is_an_answer_whatever_its_form() {
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 7});
    for (mut body, text) in [
        (json!({"choices": []}), ""),
        (json!({"choices": null}), ""),
        (json!({}), ""),
        (json!({"choices": [{"message": null}]}), ""),
        (json!({"choices": [{"message": {"content": 5}}]}), ""),
        (json!({"choices": [{"text": "Yes.", "finish_reason": "stop"}]}), "Yes."),
        (json!({"choices": [{"message": {"content": {"text": "a"}}}]}), "{\"text\":\"a\"}"),
        (json!({"choices": [{"message": {"content": {"type": "text", "text": "a"}}}]}), "a"),
    ] {
        body["usage"] = usage.clone();
        let found = decoded(&body).unwrap();
        assert_eq!((found.text.as_str(), found.usage.output_tokens), (text, Some(7)), "{body}");
        assert_eq!(found.problem.is_some(), text.is_empty(), "{body}");
    }
}

#[test]
fn characters_in_a_thought_do_not_matter() {
    let found = decoded(&json!({"choices": [{"message": {"content": "<think>a\0</think>Yes."}}]})).unwrap();
    assert_eq!((found.text.as_str(), found.problem), ("Yes.", None));
}

#[test]
fn characters_that_cannot_be_kept_are_shown_and_named() {
    let found = decoded(&json!({"choices": [{"message": {"content": "a\0b"}, "finish_reason": "sto\0p"}]})).unwrap();
    assert_eq!((found.text.as_str(), found.finish_reason.as_deref()), ("a\u{2400}b", Some("sto\u{2400}p")));
    assert!(found.problem.unwrap().contains("U+0000"));
    let body =
        br#"{"choices": [{"message": {"content": "a \ud83d", "reasoning": "\ud83d"}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7}}"#;
    let found = decode(&Response { status: 200, headers: Vec::new(), body: body.to_vec() }).unwrap();
    assert_eq!((found.text.as_str(), found.usage.output_tokens), ("a \u{fffd}", Some(7)));
    assert!(found.problem.unwrap().contains("1 broken character"));
    assert!(found.envelope.unwrap().contains("\"reasoning\":\"\u{fffd}\""));
}

#[test]
fn an_error_under_200_is_read_as_one() {
    use ProviderErrorKind::{BadRequest, InvalidResponse, Overloaded, RateLimited, ServerError};
    for (body, kind, words) in [
        (json!({"choices": null, "error": {"message": "no luck", "code": 500}}), ServerError, "no luck"),
        (json!({"error": "no luck"}), InvalidResponse, "no luck"),
        (json!([{"error": {"message": "no luck", "code": 429}}]), RateLimited, "no luck"),
        (json!({"code": 429, "message": "no luck"}), RateLimited, "no luck"),
        (json!({"detail": "no luck"}), InvalidResponse, "no luck"),
        (json!({"detail": [{"loc": ["body"], "msg": "no luck"}]}), InvalidResponse, "no luck"),
        (json!({"object": "error", "message": "no luck", "code": 400, "choices": null}), BadRequest, "no luck"),
        (json!({"success": false, "errors": [{"code": 503, "message": "no luck"}]}), Overloaded, "no luck"),
        (json!({"error": "bad", "message": "no luck"}), InvalidResponse, "no luck"),
    ] {
        let error = decoded(&body).unwrap_err();
        assert_eq!(error.kind, kind, "{body}: {error}");
        assert!(error.message.contains(words), "{error}");
    }
    for error in [json!(null), json!(""), json!({}), json!([]), json!(false)] {
        let body = json!({"error": error, "choices": [{"message": {"content": "Yes."}}]});
        assert_eq!(decoded(&body).unwrap().text, "Yes.", "{error}");
    }
    let bom =
        [b"\xef\xbb\xbf", &serde_json::to_vec(&json!({"choices": [{"message": {"content": "Yes."}}]})).unwrap()[..]];
    let response = Response { status: 200, headers: Vec::new(), body: bom.concat() };
    assert_eq!(decode(&response).unwrap().text, "Yes.");
}

#[test]
fn messages_are_bounded() {
    let long = "x".repeat(10_000);
    for (status, body) in [
        (200, long.clone()),
        (200, json!({"error": {"message": long, "code": long}}).to_string()),
        (500, long.clone()),
        (500, json!({"error": {"message": long, "code": long}}).to_string()),
        (200, json!({"choices": [{"message": {"other": long}}]}).to_string()),
        (200, json!({"other": long}).to_string()),
    ] {
        let error = decode(&Response { status, headers: Vec::new(), body: body.into_bytes() }).unwrap_err();
        assert!(error.message.len() < 700, "{}", error.message);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_response_makes_it_panic(status in 0u16..1000, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&Response { status, headers: Vec::new(), body });
    }

    #[test]
    fn every_text_is_kept_whole(text in "\\PC*|[\\x01-\\x7f]*|(<think>|</think>|[a-z .\n{}\"]){0,9}") {
        let body = json!({"choices": [{"message": {"content": text}}]});
        let response = Response { status: 200, headers: Vec::new(), body: serde_json::to_vec(&body).unwrap() };
        let found = Dialect::OpenAi.decode(&response).unwrap();
        prop_assert_eq!(format!("{}{}", found.thoughts.unwrap_or_default(), found.text), text);
        prop_assert_eq!(found.problem, None);
    }

    #[test]
    fn every_message_is_sent_exactly(text in "\\PC*|[\\x00-\\x7f]*") {
        let mut request = request(Parameters::default(), None);
        request.messages[1].content.clone_from(&text);
        let value: Value = serde_json::from_str(&body(&request, "http://h/v1")).unwrap();
        prop_assert_eq!(value["messages"][1]["content"].as_str(), Some(text.as_str()));
    }
}
