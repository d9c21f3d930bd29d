//! Counts held against an independent tokenizer with its own vocabulary.

use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

use super::*;
use crate::provider::{Message, Parameters, RequestSpec, ResponseSchema, Role};

const TEXTS: [&str; 14] = [
    "",
    " ",
    "Hello, world!",
    "I'VE got 12345 reasons; you'll see.\r\n\r\n  And\tmore   \n\n   ",
    "trailing spaces   ",
    "   leading",
    "a  b   c    d",
    "{\"product\": \"credit_card\", \"score\": 0.97, \"tags\": [\"a\", \"b\"]}",
    "Übergrößenträger, naïve façade, Ελληνικά, русский текст",
    "日本語のテキストと中文文本和한국어",
    "👩‍👩‍👧‍👦 family 🇩🇪 flags ✨",
    "fn main() {\n    println!(\"{:?}\", x);\n}\n",
    "http://example.org/a/b/c?d=e&f=g#h //comment/\n/// doc/",
    "ALLCAPS mixedCase CamelCaseWords snake_case_words don't CAN'T",
];

#[test]
fn texts_have_as_many_tokens_as_an_independent_tokenizer_says() {
    for text in TEXTS {
        assert_eq!(
            TokenCounter::O200k.count(text),
            tiktoken_rs::o200k_base_singleton().count_ordinary(text) as u64,
            "{text:?}"
        );
        assert_eq!(
            TokenCounter::Cl100k.count(text),
            tiktoken_rs::cl100k_base_singleton().count_ordinary(text) as u64,
            "{text:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn any_text_has_as_many_tokens_as_an_independent_tokenizer_says(text in "[ \\t\\r\\na-zA-Z0-9'/,.;:äßéñжд中文😀\u{301}\u{a0}_-]{0,60}") {
        prop_assert_eq!(TokenCounter::O200k.count(&text), tiktoken_rs::o200k_base_singleton().count_ordinary(&text) as u64);
        prop_assert_eq!(TokenCounter::Cl100k.count(&text), tiktoken_rs::cl100k_base_singleton().count_ordinary(&text) as u64);
    }

    #[test]
    fn no_text_has_more_tokens_than_bytes(text in "\\PC{0,80}") {
        prop_assert!(TokenCounter::O200k.count(&text) <= text.len() as u64);
        prop_assert!(TokenCounter::Cl100k.count(&text) <= text.len() as u64);
    }
}

#[test]
fn a_model_has_its_tokenizer() {
    let cases = [
        ("gpt-4o-mini-2024-07-18", TokenCounter::O200k),
        ("openai/gpt-4o", TokenCounter::O200k),
        ("ft:gpt-4o-mini-2024-07-18:acme::id", TokenCounter::O200k),
        ("gpt-5.6-luna", TokenCounter::O200k),
        ("o4-mini", TokenCounter::O200k),
        ("gpt-4", TokenCounter::Cl100k),
        ("gpt-4-turbo-2024-04-09", TokenCounter::Cl100k),
        ("gpt-3.5-turbo", TokenCounter::Cl100k),
        ("claude-haiku-4-5", TokenCounter::Other),
        ("o10", TokenCounter::Other),
        ("", TokenCounter::Other),
    ];
    for (model, counter) in cases {
        assert_eq!(TokenCounter::of(model), counter, "{model}");
    }
    for model in
        ["gpt-oss-20b", "openai/gpt-oss-120b", "gpt-oss:20b", "openai.gpt-oss-120b-1:0", "x/models/gpt-oss-20b"]
    {
        assert_eq!(TokenCounter::of(model), TokenCounter::Harmony, "{model}");
    }
}

#[test]
fn a_long_run_without_a_space_is_counted_in_time() {
    let text = "a".repeat(200_000);
    assert!(TokenCounter::O200k.count(&text) > 10_000);
    assert!(TokenCounter::O200k.count(&" ".repeat(100_000)) > 0);
}

#[test]
fn a_request_is_its_messages_and_its_schema() {
    let mut spec = RequestSpec {
        endpoint: json!({}),
        model: "gpt-4o".into(),
        parameters: Parameters::default(),
        response_schema: None,
    };
    let request = |spec: &RequestSpec| ChatRequest {
        spec: Arc::new(spec.clone()),
        messages: vec![Message::new(Role::System, "Hello"), Message::new(Role::User, "Hello, world!")],
        sample: 1,
        matched: None,
        item: None,
    };
    let (o200k, none) = (TokenCounter::O200k, SchemaTokens::default());
    assert_eq!(o200k.count_schema(&spec), none);
    let plain = o200k.estimate_request(&request(&spec), none);
    assert_eq!(plain, 3 + (4 + 1) + (4 + 4));
    assert!(o200k.most_of_request(&request(&spec), none) > plain);
    assert!(
        TokenCounter::Other.most_by_bytes(&request(&spec), none)
            >= TokenCounter::Other.estimate_request(&request(&spec), none)
    );
    spec.response_schema = Some(ResponseSchema {
        name: "output".into(),
        contract: json!({"type": "object"}),
        schema: json!({"type": "object"}),
    });
    let schema = o200k.count_schema(&spec);
    assert!(schema.about > 0 && schema.most >= schema.about && schema.bytes >= schema.most);
    assert_eq!(o200k.estimate_request(&request(&spec), schema), plain + schema.about);
}

#[test]
fn the_quick_estimate_is_near_the_count() {
    let text = "The customer called twice about a charge on the credit card and was told to wait ten days. ".repeat(20);
    let spec = RequestSpec {
        endpoint: json!({}),
        model: "gpt-4o".into(),
        parameters: Parameters::default(),
        response_schema: None,
    };
    let messages = vec![Message::new(Role::System, "Sort the ticket."), Message::new(Role::User, text)];
    let request = ChatRequest { spec: Arc::new(spec), messages, sample: 1, matched: None, item: None };
    let counted = TokenCounter::O200k.estimate_request(&request, SchemaTokens::default());
    let quick = quick_estimate(&request);
    assert!(quick > counted * 3 / 4 && quick < counted * 4 / 3, "{quick}, not {counted}");
}

#[test]
fn a_model_of_unknown_vocabulary_is_estimated_with_another_and_bounded_by_bytes() {
    let spec = RequestSpec {
        endpoint: json!({}),
        model: "llama".into(),
        parameters: Parameters::default(),
        response_schema: None,
    };
    let russian = "Съешь же ещё этих мягких французских булок, да выпей чаю";
    let request = ChatRequest {
        spec: Arc::new(spec),
        messages: vec![Message::new(Role::System, "Sort."), Message::new(Role::User, russian)],
        sample: 1,
        matched: None,
        item: None,
    };
    let none = SchemaTokens::default();
    let (other, harmony) = (TokenCounter::of("llama"), TokenCounter::of("gpt-oss:20b"));
    let estimate = TokenCounter::O200k.estimate_request(&request, none);
    assert_eq!(other.estimate_request(&request, none), estimate);
    let bytes = (russian.len() + "Sort.".len()) as u64;
    assert!(other.most_of_request(&request, none) > bytes);
    assert!(other.most_by_bytes(&request, none) > bytes);
    // The system message of the format has some sixty tokens.
    let frame = harmony.estimate_request(&request, none) - estimate;
    assert!((60..90).contains(&frame), "{frame}");
    assert!(harmony.most_of_request(&request, none) > estimate + frame);
    assert!(harmony.most_by_bytes(&request, none) > harmony.estimate_request(&request, none));
}
