//! What is found odd, and what is not.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::price::tokens::TokenCounter;
use crate::provider::{Message, Parameters, RequestSpec, Role};

fn terms() -> Terms {
    Terms {
        price: None,
        counter: TokenCounter::Other,
        model: "m".into(),
        host: Some("localhost".into()),
        max_output_tokens: None,
        tier: None,
        schema: OnceCell::new(),
    }
}

fn request(system: &str, user: &str) -> ChatRequest {
    ChatRequest {
        spec: Arc::new(RequestSpec {
            endpoint: json!({}),
            model: "m".into(),
            parameters: Parameters::default(),
            response_schema: None,
        }),
        messages: vec![Message::new(Role::System, system), Message::new(Role::User, user)],
        sample: 1,
        matched: None,
        item: None,
    }
}

fn read(count: u64) -> TokenUsage {
    TokenUsage { input_tokens: Some(count), ..TokenUsage::default() }
}

#[test]
fn a_prompt_that_was_cut_is_found_and_said_once() {
    let mut watch = UsageWatch::default();
    let text = "word0 ".repeat(23_333);
    for row in 0..3 {
        let found = watch.look(0, &terms(), &request("Sort.", &format!("{text}{row}")), &read(4_096));
        assert!(found.is_some_and(|unread| unread > 15_000), "{found:?}");
    }
    let notes = watch.take_notes();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("`m` has read 4096 tokens of a prompt of 140004 characters"), "{}", notes[0]);
    assert!(watch.take_notes().is_empty());
    let cut = |text: &str, count| UsageWatch::default().look(0, &terms(), &request("", text), &read(count)).is_some();
    assert!(cut(&"The customer called twice about a charge on the card. ".repeat(1_000), 4_096));
    assert!(cut(&"我们今天去了北京的故宫博物院参观展览".repeat(8_000), 4_096));
    assert!(cut(&"клиент звонил дважды из-за списания ".repeat(2_000), 2_048));
}

#[test]
fn what_any_tokenizer_can_explain_is_not_found() {
    let cut = |text: &str, count| UsageWatch::default().look(0, &terms(), &request("", text), &read(count)).is_some();
    // White space, one character, and rules put together by the tokenizer.
    assert!(!cut(&" ".repeat(200_000), 2_000));
    assert!(!cut(&"\n\t".repeat(100_000), 2_000));
    assert!(!cut(&"a".repeat(200_000), 2_000));
    assert!(!cut(&"=-".repeat(100_000), 2_000));
    assert!(!cut(&format!("{}\n", "-".repeat(199)).repeat(1_000), 1_000));
    assert!(!cut(&"哈".repeat(100_000), 2_000));
    // Half as many tokens as o200k_base makes, and an ordinary count.
    let thai = "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอนหรือวรรณยุกต์ ".repeat(400);
    assert!(!cut(&thai, TokenCounter::Other.count(&thai) / 2));
    let text = "The customer called twice about a charge on the card. ".repeat(1_000);
    assert!(!cut(&text, TokenCounter::Other.count(&text) / 2));
    // No context is so small, and a server that reports nothing says nothing.
    assert!(!cut(&text, 10));
    assert_eq!(UsageWatch::default().look(0, &terms(), &request("", &text), &TokenUsage::default()), None);
}

#[test]
fn a_server_that_reports_only_what_is_new_to_it_has_not_cut() {
    let mut watch = UsageWatch::default();
    let system = "Sort the ticket of the customer into one of these. ".repeat(1_000);
    let full = TokenCounter::Other.count(&system);
    let row = "The charge was made twice. ".repeat(100);
    let own = TokenCounter::Other.count(&row);
    assert_eq!(watch.look(0, &terms(), &request(&system, &row), &read(full + own)), None);
    for number in 0..3 {
        assert_eq!(watch.look(0, &terms(), &request(&system, &format!("{number} {row}")), &read(own + 30)), None);
    }
    // Other rows of one template are not explained by what is new in each.
    let mut watch = UsageWatch::default();
    for row in 0..3 {
        let text = format!("Sort this. {}", format!("word{row} ").repeat(20_000));
        assert!(watch.look(0, &terms(), &request("", &text), &read(4_096)).is_some());
    }
    // Its count is that of a context, whatever is new.
    let mut watch = UsageWatch::default();
    watch.look(0, &terms(), &request(&system, &row), &read(full + own));
    assert!(watch.look(0, &terms(), &request(&system, "one"), &read(4_096)).is_some());
}

#[test]
fn hidden_output_is_said_once_for_each_way() {
    let mut watch = UsageWatch::default();
    let hidden = TokenUsage { hidden_tokens: 1_000, ..read(30) };
    for usage in [hidden, TokenUsage { unexplained: true, ..hidden }, hidden, read(30)] {
        assert_eq!(watch.look(0, &terms(), &request("", "one"), &usage), None);
    }
    let notes = watch.take_notes();
    assert_eq!(notes.len(), 2);
    assert!(notes[0].contains("have 1000 tokens more, which is thinking"), "{}", notes[0]);
    assert!(notes[1].contains("what such answers cost is not known"), "{}", notes[1]);
}
