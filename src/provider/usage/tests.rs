//! What servers and gateways report, and what will be billed for it.

use serde_json::{Value, json};

use super::*;
use crate::provider::Dialect;
use crate::provider::wire::Response;

/// The usage of an answer with a text under each dialect.
fn read(dialect: Dialect, usage: &Value) -> TokenUsage {
    let body = match dialect {
        Dialect::OpenAi | Dialect::Azure => {
            json!({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}], "usage": usage})
        }
        Dialect::Responses => json!({"status": "completed", "usage": usage, "output": [
            {"type": "message", "content": [{"type": "output_text", "text": "yes"}]}
        ]}),
        Dialect::Anthropic => {
            json!({"content": [{"type": "text", "text": "yes"}], "stop_reason": "end_turn", "usage": usage})
        }
        Dialect::Gemini => json!({"usageMetadata": usage, "candidates": [
            {"content": {"parts": [{"text": "yes"}]}, "finishReason": "STOP"}
        ]}),
        Dialect::Bedrock => {
            json!({"output": {"message": {"content": [{"text": "yes"}]}}, "stopReason": "end_turn", "usage": usage})
        }
    };
    let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() };
    dialect.decode(&response).unwrap().usage
}

/// Input, output, hidden output, and whether that is unexplained.
fn billed(dialect: Dialect, usage: &Value) -> (Option<u64>, Option<u64>, u64, bool) {
    let usage = read(dialect, usage);
    (usage.input_tokens, usage.output_tokens, usage.hidden_tokens, usage.unexplained)
}

#[test]
fn thinking_that_is_not_counted_as_output_is_output() {
    let chat = |prompt: u64, completion: u64, total: u64, reasoning: Value| {
        let usage = json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total,
                           "completion_tokens_details": {"reasoning_tokens": reasoning}});
        billed(Dialect::OpenAi, &usage)
    };
    // The details and the total have it, the total alone, the details alone.
    assert_eq!(chat(32, 9, 1041, json!(1000)), (Some(32), Some(1009), 1000, false));
    assert_eq!(chat(32, 9, 1041, Value::Null), (Some(32), Some(1009), 1000, false));
    assert_eq!(chat(32, 9, 1041, json!(0)), (Some(32), Some(1009), 1000, false));
    assert_eq!(chat(32, 9, 41, json!(1000)), (Some(32), Some(1009), 1000, false));
    assert_eq!(chat(32, 9, 0, json!(1000)), (Some(32), Some(1009), 1000, false));
    // More thinking than the answer has is not needed for that.
    assert_eq!(chat(32, 1500, 2532, json!(1000)), (Some(32), Some(2500), 1000, false));
    // Thinking inside of the output is in it once.
    assert_eq!(chat(32, 1009, 1041, json!(1000)), (Some(32), Some(1009), 0, false));
    assert_eq!(chat(32, 1000, 1032, json!(1000)), (Some(32), Some(1000), 0, false));
    // The details name only a part of the rest, or contradict the total.
    assert_eq!(chat(32, 9, 1041, json!(5)), (Some(32), Some(1009), 1000, true));
    assert_eq!(chat(32, 9, 1041, json!(600)), (Some(32), Some(1009), 1000, true));
    assert_eq!(chat(32, 9, 541, json!(1000)), (Some(32), Some(1009), 1000, true));
    // A total that is too small says nothing.
    assert_eq!(chat(32, 9, 9, json!(3)), (Some(32), Some(9), 0, false));
}

#[test]
fn what_the_total_alone_has_is_unexplained_where_the_dialect_does_not_say_what_it_is() {
    let hidden = (Some(32), Some(1009), 1000, true);
    let usage = json!({"input_tokens": 32, "output_tokens": 9, "total_tokens": 1041});
    assert_eq!(billed(Dialect::Responses, &usage), hidden);
    assert_eq!(billed(Dialect::Anthropic, &usage), hidden);
    assert_eq!(billed(Dialect::Bedrock, &json!({"inputTokens": 32, "outputTokens": 9, "totalTokens": 1041})), hidden);
    let gemini = json!({"promptTokenCount": 32, "candidatesTokenCount": 9, "totalTokenCount": 1041});
    assert_eq!(billed(Dialect::Gemini, &gemini), hidden);
    // Where the details name it, it is known everywhere.
    let named = |dialect, details: &str, count: &str| {
        let mut usage = usage.clone();
        usage[details] = json!({count: 1000});
        billed(dialect, &usage)
    };
    let known = (Some(32), Some(1009), 1000, false);
    assert_eq!(named(Dialect::Responses, "output_tokens_details", "reasoning_tokens"), known);
    assert_eq!(named(Dialect::Anthropic, "output_tokens_details", "thinking_tokens"), known);
    // Gemini counts thoughts and the prompts of tools beside the rest.
    let usage = json!({"promptTokenCount": 30, "toolUsePromptTokenCount": 2, "candidatesTokenCount": 9,
                       "thoughtsTokenCount": 1000, "totalTokenCount": 1041});
    assert_eq!(billed(Dialect::Gemini, &usage), (Some(32), Some(1009), 0, false));
}

#[test]
fn thinking_is_found_under_every_name_and_in_every_place() {
    let input_and_output = |dialect| match dialect {
        Dialect::Gemini => ("promptTokenCount", "candidatesTokenCount"),
        Dialect::Bedrock => ("inputTokens", "outputTokens"),
        Dialect::OpenAi | Dialect::Azure => ("prompt_tokens", "completion_tokens"),
        Dialect::Anthropic | Dialect::Responses => ("input_tokens", "output_tokens"),
    };
    let dialects =
        [Dialect::OpenAi, Dialect::Azure, Dialect::Responses, Dialect::Anthropic, Dialect::Gemini, Dialect::Bedrock];
    let names =
        ["reasoning_tokens", "thinking_tokens", "reasoningTokens", "thoughtsTokenCount", "thoughts_token_count"];
    let places = ["", "output_tokens_details", "completion_tokens_details", "outputTokensDetails", "details"];
    for dialect in dialects {
        for name in names {
            for place in places {
                let (input, output) = input_and_output(dialect);
                let mut usage = json!({input: 32, output: 9});
                match place {
                    "" => usage[name] = json!(1000),
                    _ => usage[place] = json!({"other": 1, name: 1000}),
                }
                let (input, output, _, unexplained) = billed(dialect, &usage);
                assert_eq!((input, output, unexplained), (Some(32), Some(1009), false), "{dialect:?} {usage}");
            }
        }
    }
}

#[test]
fn of_two_counts_of_the_output_the_larger_one_is_billed() {
    let both = json!({"prompt_tokens": 32, "completion_tokens": 9, "input_tokens": 32, "output_tokens": 1009});
    for dialect in [Dialect::OpenAi, Dialect::Responses, Dialect::Anthropic] {
        assert_eq!(billed(dialect, &both), (Some(32), Some(1009), 0, false), "{dialect:?}");
    }
}

#[test]
fn gemini_counts_are_read_in_snake_case_and_thoughts_that_are_inside_count_once() {
    let inside = json!({"promptTokenCount": 32, "candidatesTokenCount": 1009, "thoughtsTokenCount": 1000,
                        "totalTokenCount": 1041});
    assert_eq!(billed(Dialect::Gemini, &inside), (Some(32), Some(1009), 0, false));
    let snake = json!({"prompt_token_count": 30, "tool_use_prompt_token_count": 2, "candidates_token_count": 9,
                       "thoughts_token_count": 1000, "total_token_count": 1041, "cached_content_token_count": 8});
    assert_eq!(billed(Dialect::Gemini, &snake), (Some(32), Some(1009), 0, false));
    assert_eq!(read(Dialect::Gemini, &snake).cached_tokens, Some(8));
    // A total without the thoughts does not say that they are inside of fewer tokens.
    let left_out = json!({"promptTokenCount": 32, "candidatesTokenCount": 9, "thoughtsTokenCount": 1000,
                          "totalTokenCount": 41});
    assert_eq!(billed(Dialect::Gemini, &left_out), (Some(32), Some(1009), 0, false));
}

#[test]
fn cached_tokens_are_a_part_of_the_input_wherever_they_are_counted() {
    let chat = |usage: Value| {
        let usage = read(Dialect::OpenAi, &usage);
        (usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.hidden_tokens)
    };
    let details = json!({"cached_tokens": 900});
    let inside =
        json!({"prompt_tokens": 932, "completion_tokens": 9, "total_tokens": 941, "prompt_tokens_details": details});
    assert_eq!(chat(inside), (Some(932), Some(900), Some(9), 0));
    let beside =
        json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 941, "prompt_tokens_details": details});
    assert_eq!(chat(beside), (Some(932), Some(900), Some(9), 0));
    let left_out =
        json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 41, "prompt_tokens_details": details});
    assert_eq!(chat(left_out), (Some(932), Some(900), Some(9), 0));
    // The total tells it where the input is larger than the cached part.
    let larger =
        json!({"prompt_tokens": 1000, "completion_tokens": 9, "total_tokens": 1909, "prompt_tokens_details": details});
    assert_eq!(chat(larger), (Some(1900), Some(900), Some(9), 0));
    let thinking = json!({"prompt_tokens": 1000, "completion_tokens": 9, "total_tokens": 1909,
        "prompt_tokens_details": details, "completion_tokens_details": {"reasoning_tokens": 900}});
    assert_eq!(chat(thinking), (Some(1000), Some(900), Some(909), 900));
}

#[test]
fn what_was_not_counted_is_unknown() {
    let chat = |usage: Value| {
        let usage = read(Dialect::OpenAi, &usage);
        (usage.input_tokens, usage.output_tokens, usage.total_tokens)
    };
    assert_eq!(chat(Value::Null), (None, None, None));
    assert_eq!(chat(json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})), (None, None, None));
    assert_eq!(chat(json!({"prompt_tokens": 32, "completion_tokens": 0, "total_tokens": 32})).1, None);
    // The total alone, and what follows from it.
    assert_eq!(chat(json!({"total_tokens": 41})), (None, None, Some(41)));
    assert_eq!(chat(json!({"prompt_tokens": 32, "total_tokens": 41})), (Some(32), Some(9), Some(41)));
    assert_eq!(chat(json!({"completion_tokens": 9, "total_tokens": 41})), (None, Some(9), Some(41)));
    // No text needs no output.
    assert_eq!(TokenUsage { output_tokens: Some(0), ..TokenUsage::default() }.of_text("").output_tokens, Some(0));
}

#[test]
fn counts_are_read_in_every_form_that_gateways_give_them() {
    let chat = |usage: Value| {
        let usage = read(Dialect::OpenAi, &usage);
        (usage.input_tokens, usage.output_tokens)
    };
    let expected = (Some(32), Some(9));
    assert_eq!(chat(json!({"prompt_tokens": 32.0, "completion_tokens": 8.5})), expected);
    assert_eq!(chat(json!({"prompt_tokens": "32", "completion_tokens": " 9.0 "})), expected);
    assert_eq!(chat(json!({"input_tokens": 32, "output_tokens": 9})), expected);
    let filled = json!({"prompt_tokens": 0, "completion_tokens": 0, "input_tokens": 32, "output_tokens": 9});
    assert_eq!(chat(filled), expected);
    assert_eq!(chat(json!({"promptTokens": 32, "completionTokens": 5, "totalTokens": 41})), expected);
    assert_eq!(chat(json!({"prompt_tokens": 32, "completion_tokens": 1, "reasoning_tokens": 8})), expected);
    let both = json!({"prompt_tokens": 32, "completion_tokens": 9, "input_tokens": 0, "output_tokens": 0});
    assert_eq!(chat(both), expected);
    assert_eq!(
        billed(Dialect::Responses, &json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 41})),
        (Some(32), Some(9), 0, false)
    );
    // No call has so many tokens, or fewer than none.
    for count in [json!(i64::MAX), json!(u64::MAX), json!(9e18), json!("9223372036854775807"), json!(-1), json!("many")]
    {
        assert_eq!(chat(json!({"prompt_tokens": count, "completion_tokens": 9})), (None, Some(9)), "{count}");
        let total = json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": count});
        assert_eq!(chat(total), expected, "{count}");
    }
}

#[test]
fn what_was_written_to_a_cache_counts_where_only_its_parts_are_reported() {
    let parts = json!({"ephemeral_5m_input_tokens": 40, "ephemeral_1h_input_tokens": 60});
    let mut usage = json!({"input_tokens": 32, "output_tokens": 9, "cache_creation": parts});
    assert_eq!(billed(Dialect::Anthropic, &usage), (Some(132), Some(9), 0, false));
    usage["cache_creation_input_tokens"] = json!(100);
    assert_eq!(billed(Dialect::Anthropic, &usage), (Some(132), Some(9), 0, false), "not twice");
    usage["cache_creation"] = json!(null);
    assert_eq!(billed(Dialect::Anthropic, &usage), (Some(132), Some(9), 0, false));
}

#[test]
fn the_cache_is_read_under_every_name() {
    let of = |usage: Value| {
        let usage = read(Dialect::OpenAi, &usage);
        (usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens)
    };
    // Moonshot's has it at the top.
    assert_eq!(
        of(json!({"prompt_tokens": 1000, "completion_tokens": 9, "total_tokens": 1009, "cached_tokens": 800})),
        (Some(1000), Some(800), None)
    );
    // LiteLLM's details of a prompt that was written to the cache.
    let details = json!({"cached_tokens": 0, "cache_creation_tokens": 700});
    assert_eq!(
        of(json!({"prompt_tokens": 1000, "completion_tokens": 9, "prompt_tokens_details": details})),
        (Some(1000), Some(0), Some(700))
    );
}

#[test]
fn what_is_billed_apart_is_read() {
    let apart = |dialect, usage: Value| {
        let usage = read(dialect, &usage);
        (usage.long_cache_tokens, usage.searches)
    };
    let anthropic = json!({"input_tokens": 9, "output_tokens": 9, "cache_creation_input_tokens": 700,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 600},
        "server_tool_use": {"web_search_requests": 2}});
    assert_eq!(apart(Dialect::Anthropic, anthropic.clone()), (600, 2));
    assert_eq!(apart(Dialect::OpenAi, anthropic), (600, 2), "through a gateway");
    let bedrock = json!({"inputTokens": 9, "outputTokens": 9, "cacheWriteInputTokens": 700,
        "cacheDetails": [{"inputTokens": 100, "ttl": "5m"}, {"inputTokens": 600, "ttl": "1h"}]});
    assert_eq!(apart(Dialect::Bedrock, bedrock), (600, 0));
    assert_eq!(apart(Dialect::OpenAi, json!({"prompt_tokens": 9, "completion_tokens": 9})), (0, 0));
}

#[test]
fn rounds_of_compaction_are_billed() {
    let usage = read(
        Dialect::Anthropic,
        &json!({"input_tokens": 45, "output_tokens": 1234, "iterations": [
            {"type": "compaction", "input_tokens": 180_000, "output_tokens": 3500},
            {"type": "message", "input_tokens": 45, "output_tokens": 1234}]}),
    );
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(180_045), Some(4734)));
    let plain = json!({"input_tokens": 45, "output_tokens": 1234, "iterations": []});
    assert_eq!(read(Dialect::Anthropic, &plain).input_tokens, Some(45));
}
