use serde_json::{Value, json};

use crate::provider::wire::Response;
use crate::provider::{Completion, Dialect, Finish, ProviderError, ProviderErrorKind};

fn decoded(dialect: Dialect, content_type: &str, body: &str) -> Result<Completion, ProviderError> {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    dialect.decode(&Response { status: 200, headers, body: body.as_bytes().to_vec() })
}

fn stream(events: &[Value]) -> String {
    events.iter().fold(String::new(), |text, event| text + &format!("data: {event}\n\n"))
}

#[test]
fn the_pieces_of_a_chat_completion_are_put_together() {
    let piece =
        |delta: Value| json!({"id": "1", "model": "m", "choices": [{"index": 0, "delta": delta}], "usage": null});
    let events = [
        piece(json!({"role": "assistant", "content": "", "reasoning_content": "Hm"})),
        piece(json!({"role": "assistant", "content": "Ye", "reasoning_content": "."})),
        json!({"choices": [{"index": 1, "delta": {"content": "another"}}]}),
        piece(json!({"content": "s.", "tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{"}}]})),
        piece(json!({"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]})),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}),
    ];
    for (content_type, body) in [
        ("text/event-stream", stream(&events)),
        ("application/json", format!(": hello\n\n{}data: [DONE]\n\n", stream(&events))),
        ("text/event-stream; charset=utf-8", stream(&events).replace('\n', "\r\n")),
    ] {
        let found = decoded(Dialect::OpenAi, content_type, &body).unwrap();
        assert_eq!((found.text.as_str(), found.finish), ("Yes.", Finish::Length));
        assert_eq!((found.usage.input_tokens, found.usage.output_tokens), (Some(5), Some(7)));
        assert_eq!(found.model.as_deref(), Some("m"));
        let envelope: Value = serde_json::from_str(&found.envelope.unwrap()).unwrap();
        assert_eq!(envelope.pointer("/choices/0/message/reasoning_content"), Some(&json!("Hm.")));
        assert_eq!(
            envelope.pointer("/choices/0/message/tool_calls/0/function"),
            Some(&json!({"name": "f", "arguments": "{}"}))
        );
    }
}

#[test]
fn the_events_of_the_other_dialects_are_put_together() {
    let message =
        json!({"type": "message", "phase": "final_answer", "content": [{"type": "output_text", "text": "Yes."}]});
    let responses = [
        json!({"type": "response.output_text.delta", "delta": "Yes"}),
        json!({"type": "response.output_item.done", "item": message}),
        json!({"type": "response.completed", "response": {"status": "completed", "output": [], "usage": {"input_tokens": 5, "output_tokens": 7}}}),
    ];
    let anthropic = [
        json!({"type": "message_start", "message": {"model": "m", "content": [], "usage": {"input_tokens": 5, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Ye"}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "s."}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}),
        json!({"type": "message_stop"}),
    ];
    let gemini = [
        json!({"candidates": [{"content": {"parts": [{"text": "Hm", "thought": true}, {"text": "Ye"}]}}]}),
        json!({"candidates": [{"content": {"parts": [{"text": "s."}]}, "finishReason": "STOP"}],
               "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 7}}),
    ];
    for (dialect, body) in [
        (Dialect::Responses, stream(&responses)),
        (
            Dialect::Anthropic,
            stream(&anthropic)
                .replace("data: {\"type\":\"message_stop\"}", "event: message_stop\ndata: {\"type\":\"message_stop\"}"),
        ),
        (Dialect::Gemini, stream(&gemini)),
        (Dialect::Gemini, json!(gemini).to_string()),
    ] {
        let found = decoded(dialect, "text/event-stream", &body).unwrap();
        assert_eq!((found.text.as_str(), found.finish), ("Yes.", Finish::Stop), "{dialect:?}");
        assert_eq!((found.usage.input_tokens, found.usage.output_tokens), (Some(5), Some(7)), "{dialect:?}");
    }
}

#[test]
fn a_stream_without_its_end_is_no_answer() {
    for (dialect, body) in [
        (Dialect::OpenAi, stream(&[json!({"choices": [{"delta": {"content": "Yes"}}]})])),
        (Dialect::OpenAi, "data: {\"choices\": [{\"delta\": {\"content\": \"Ye".to_owned()),
        (Dialect::Responses, stream(&[json!({"type": "response.output_text.delta", "delta": "Yes"})])),
        (Dialect::Anthropic, stream(&[json!({"type": "message_start", "message": {"content": []}})])),
        (Dialect::Gemini, stream(&[json!({"candidates": [{"content": {"parts": [{"text": "Ye"}]}}]})])),
    ] {
        let error = decoded(dialect, "text/event-stream", &body).unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::InvalidResponse, "{dialect:?}");
        assert!(error.message.contains("breaks off"), "{}", error.message);
    }
    let error = json!({"error": {"message": "overloaded", "code": 503}});
    let body = stream(&[json!({"choices": [{"delta": {"content": "Yes"}}]}), error]);
    assert_eq!(decoded(Dialect::OpenAi, "text/event-stream", &body).unwrap_err().kind, ProviderErrorKind::Overloaded);
}

#[test]
fn an_error_in_a_stream_is_an_error_whatever_its_form() {
    let text = "data: {\"choices\": [{\"delta\": {\"content\": \"Yes\"}}]}\n\n";
    for error in [
        "event: error\ndata: {\"message\":\"boom\"}\n\n",
        "event: error\ndata: boom\n\n",
        "data: {\"object\":\"error\",\"message\":\"boom\",\"code\":500}\n\n",
        "data: {\"detail\":\"boom\"}\n\n",
        "data: {\"error\":\"boom\"}\n\n",
    ] {
        let body = format!("{text}{error}data: [DONE]\n\n");
        let found = decoded(Dialect::OpenAi, "text/event-stream", &body).unwrap_err();
        assert!(found.message.contains("boom"), "{error}: {found}");
    }
    let body = format!("{text}data: [DONE]\n\n");
    let found = decoded(Dialect::OpenAi, "text/event-stream", &body).unwrap_err();
    assert!(found.message.contains("why the model stopped"), "{found}");
}

#[test]
fn a_stream_that_repeats_its_text_has_it_once() {
    let delta = |text: &str| json!({"choices": [{"delta": {"content": text}}]});
    let end = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
    let whole =
        json!({"object": "chat.completion", "choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]});
    for (events, expected) in [
        (vec![delta("Yes"), delta("."), whole], "Yes."),
        (vec![delta("Y"), delta("Yes"), delta("Yes."), end.clone()], "Yes."),
        (vec![delta("ha"), delta("ha"), delta("ha"), end], "hahaha"),
    ] {
        let found = decoded(Dialect::OpenAi, "text/event-stream", &stream(&events)).unwrap();
        assert_eq!(found.text, expected);
    }
}

#[test]
fn an_end_that_a_proxy_adds_does_not_hide_a_cut() {
    let part = |text: &str, finish: &str| json!({"choices": [{"delta": {"content": text}, "finish_reason": finish}]});
    for (last, finish) in [("stop", Finish::Length), ("length", Finish::Length)] {
        let body = stream(&[part("A", "length"), part("", last)]);
        let found = decoded(Dialect::OpenAi, "text/event-stream", &body).unwrap();
        assert_eq!((found.text.as_str(), found.finish), ("A", finish));
    }
}

#[test]
fn a_message_that_is_cut_in_a_response_that_is_complete_is_cut() {
    let read = |status: &str| {
        let content = json!([{"type": "output_text", "text": "A"}]);
        let output = json!([{"type": "message", "status": status, "content": content}]);
        let body = json!({"status": "completed", "output": output}).to_string();
        decoded(Dialect::Responses, "application/json", &body).unwrap().finish
    };
    assert_eq!((read("completed"), read("incomplete")), (Finish::Stop, Finish::Length));
}

#[test]
fn the_halves_of_a_character_in_two_events_are_joined() {
    let body = |second: &str| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"Hi \\ud83d\"}}}}]}}\n\ndata: {{\"choices\":[{{\"delta\":{{\"content\":\"{second}\"}},\"finish_reason\":\"stop\"}}]}}\n\n"
        )
    };
    let found = decoded(Dialect::OpenAi, "text/event-stream", &body("\\ude00 there")).unwrap();
    assert_eq!((found.text.as_str(), found.problem), ("Hi \u{1f600} there", None));
    let found = decoded(Dialect::OpenAi, "text/event-stream", &body(" there")).unwrap();
    assert_eq!(found.text, "Hi \u{fffd} there");
    assert!(found.problem.is_some());
}

#[test]
fn the_text_of_a_response_may_be_in_its_deltas_alone() {
    let end = json!({"type": "response.completed", "response": {"status": "completed", "output": []}});
    let delta =
        |index: u8, text: &str| json!({"type": "response.output_text.delta", "output_index": index, "delta": text});
    let commentary = json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "phase": "commentary", "content": []}});
    let events = [commentary, delta(0, "Hm."), delta(1, "Ye"), delta(1, "s."), end];
    assert_eq!(decoded(Dialect::Responses, "text/event-stream", &stream(&events)).unwrap().text, "Yes.");
    let alone = json!({"status": "completed", "output": [], "output_text": "Yes."}).to_string();
    assert_eq!(decoded(Dialect::Responses, "application/json", &alone).unwrap().text, "Yes.");
}

#[test]
fn a_message_of_the_phase_commentary_is_no_answer() {
    let message = |phase: &str, text: &str| json!({"type": "message", "phase": phase, "content": [{"type": "output_text", "text": text}]});
    let whole = |output: Value| json!({"status": "completed", "output": output}).to_string();
    let read = |output: Value| decoded(Dialect::Responses, "application/json", &whole(output)).unwrap();
    for phase in ["commentary", "Commentary "] {
        let both = read(json!([message(phase, "Hm."), message("final_answer", "Yes.")]));
        assert_eq!((both.text.as_str(), both.finish), ("Yes.", Finish::Stop));
        let draft = read(json!([message("analysis", "No."), message("final_answer", "Yes.")]));
        assert_eq!(draft.text, "Yes.", "where one is marked as final, it alone is the answer");
        let alone = read(json!([message(phase, "Hm.")]));
        assert_eq!(alone.text, "");
        assert_eq!(alone.problem.as_deref(), Some("the answer has no text: 3 characters are in `commentary`"));
    }
}

#[test]
fn a_response_that_fails_keeps_the_usage_that_it_reports() {
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 3});
    let chat = json!({"choices": [{"index": 0, "delta": {"content": "Ye"}}], "usage": usage});
    let start =
        json!({"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 10, "output_tokens": 1}}});
    let more = json!({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 3}});
    let candidate = json!({"candidates": [{"content": {"parts": [{"text": "Ye"}]}}],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 3}});
    let failed = json!({"type": "response.failed", "response": {"status": "failed", "error": {"message": "boom"},
        "output": [], "usage": {"input_tokens": 10, "output_tokens": 3}}});
    let boom = json!({"error": {"message": "boom"}});
    for (dialect, events) in [
        (Dialect::OpenAi, vec![chat.clone()]),
        (Dialect::OpenAi, vec![chat, boom]),
        (Dialect::Anthropic, vec![start, more]),
        (Dialect::Gemini, vec![candidate]),
        (Dialect::Responses, vec![failed]),
    ] {
        let error = decoded(dialect, "text/event-stream", &stream(&events)).unwrap_err();
        let usage = error.usage.unwrap_or_else(|| panic!("{dialect:?}: {}", error.message));
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(10), Some(3)), "{dialect:?}");
    }
    let body = json!({"status": "failed", "output": [], "usage": {"input_tokens": 10, "output_tokens": 3}}).to_string();
    let error = decoded(Dialect::Responses, "application/json", &body).unwrap_err();
    assert_eq!(error.usage.and_then(|it| it.output_tokens), Some(3), "{}", error.message);
    let none = decoded(Dialect::OpenAi, "application/json", "{\"error\": \"boom\"}").unwrap_err();
    assert_eq!(none.usage, None);
}

#[test]
fn bytes_that_are_no_text_are_counted_in_a_stream_too() {
    let delta = |text: &[u8]| [&b"data: {\"choices\":[{\"delta\":{\"content\":\""[..], text, b"\"}}]}\n\n"].concat();
    let end = stream(&[json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})]);
    let read = |body: Vec<u8>| Dialect::OpenAi.decode(&Response { status: 200, headers: Vec::new(), body });
    let found = read([&delta(b"a \xf0\x9f")[..], &delta(b"b \\ud83d"), end.as_bytes()].concat()).unwrap();
    assert_eq!(found.text, "a \u{fffd}b \u{fffd}");
    assert_eq!(found.problem.as_deref(), Some("the answer has 2 broken characters, shown as \u{fffd}"));
    let whole = read([&delta(b"a \\ud83d")[..], &delta(b"\\ude00"), end.as_bytes()].concat()).unwrap();
    assert_eq!((&whole.text[..], whole.problem), ("a \u{1f600}", None));
    for (error, expected) in [
        (&b"event: error\ndata: {\"message\": \"boom \\ud83d\"}\n\n"[..], "HTTP 200: boom \u{fffd}"),
        (b"event: error\ndata: boom \\ud83d\xff\n\n", "HTTP 200: boom \u{fffd}\u{fffd}"),
    ] {
        assert_eq!(read(error.to_vec()).unwrap_err().message, expected);
    }
    // No character is left that could stand for broken bytes.
    let all: String = ('\u{fdd0}'..='\u{fdef}').collect();
    let error = read([&delta(all.as_bytes())[..], &delta(b"\xff"), end.as_bytes()].concat()).unwrap_err();
    assert!(error.message.contains("no text"), "{error}");
}

#[test]
fn a_message_after_deltas_takes_their_place() {
    let delta = |text: &str| json!({"choices": [{"delta": {"content": text}}]});
    let last = |message: Value| json!({"choices": [{"message": message, "finish_reason": "stop"}]});
    let piece = |text: &str| json!({"choices": [{"message": {"content": text}}]});
    for (events, expected) in [
        (vec![delta(" Yes"), delta("."), last(json!({"content": "Yes."}))], "Yes."),
        (vec![delta("Yes"), last(json!({"content": "Yes."}))], "Yes."),
        (vec![delta("Yes."), last(json!({"content": ""}))], "Yes."),
        (vec![delta("Yes."), last(json!({"role": "assistant", "content": null}))], "Yes."),
        (vec![delta("Yes."), last(json!({"content": [{"type": "text", "text": "Yes."}]}))], "Yes."),
        (vec![piece("Yes"), piece("."), last(json!({"content": ""}))], "Yes."),
        (vec![piece("Ye"), last(json!({"content": "s."}))], "Yes."),
    ] {
        let found = decoded(Dialect::OpenAi, "text/event-stream", &stream(&events)).unwrap();
        assert_eq!(found.text, expected, "{events:?}");
    }
}

#[test]
fn a_block_whose_beginning_is_missing_is_read_from_its_pieces() {
    let delta = |index: Value, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let text = |text: &str| json!({"type": "text_delta", "text": text});
    let start = json!({"type": "message_start", "message": {"content": []}});
    let end = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}});
    let thought = delta(json!(0), json!({"type": "thinking_delta", "thinking": "Hm."}));
    let block = json!({"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": "!"}});
    let pieces = [delta(json!(1), text("Ye")), delta(json!(1), text("s.")), block, delta(json!(null), text("!"))];
    let events = [&[start, thought][..], &pieces, &[end]].concat();
    let found = decoded(Dialect::Anthropic, "text/event-stream", &stream(&events)).unwrap();
    assert_eq!((&found.text[..], found.finish, found.problem), ("Yes.!!", Finish::Stop, None));
    assert!(found.envelope.unwrap().contains("Hm."));
}

#[test]
fn a_list_of_one_response_is_a_response() {
    let whole = json!([{"candidates": [{"content": {"parts": [{"text": "Yes."}]}, "finishReason": "STOP"}]}]);
    assert_eq!(decoded(Dialect::Gemini, "application/json", &whole.to_string()).unwrap().text, "Yes.");
    let error = json!([{"error": {"message": "no luck", "code": 429}}]).to_string();
    let found = decoded(Dialect::Gemini, "application/json", &error).unwrap_err();
    assert_eq!((found.kind, &found.message[..]), (ProviderErrorKind::RateLimited, "HTTP 200 with error 429: no luck"));
    assert!(decoded(Dialect::Gemini, "application/json", "[]").is_err());
}
