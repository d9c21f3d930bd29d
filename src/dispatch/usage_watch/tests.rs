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
fn a_prompt_that_was_cut_is_found_in_every_script() {
    let cut = |text: &str, count| UsageWatch::default().look(0, &terms(), &request("", text), &read(count)).is_some();
    let chinese = "我们今天去了北京的故宫博物院参观展览，人很多但是非常有意思。";
    assert!(cut(&chinese.repeat(667), 2_048), "20,000 characters");
    let japanese = "今日は友達と一緒に東京の美術館へ行って、とても面白い展覧会を見ました。";
    assert!(cut(&japanese.repeat(572), 2_048));
    let korean = "오늘은 친구와 함께 서울에 있는 미술관에 가서 전시회를 보았습니다. ";
    assert!(cut(&korean.repeat(600), 2_048));
    // Numbers that do not repeat: those of a generator.
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let digits: String = (0..34_500).map(|_| char::from(b'0' + (next() % 10) as u8)).collect();
    assert!(cut(&digits, 2_048));
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let base64: String = (0..39_000).map(|_| char::from(alphabet[(next() % 64) as usize])).collect();
    assert!(cut(&base64, 2_048));
    let hex: String = (0..39_000).map(|_| char::from(b"0123456789abcdef"[(next() % 16) as usize])).collect();
    assert!(cut(&hex, 2_048));
    // What their tokenizers make of them.
    for text in [chinese.repeat(600), japanese.repeat(600), korean.repeat(600), digits, base64, hex] {
        assert!(!cut(&text, TokenCounter::Other.count(&text) * 2 / 3), "{}", &text[..30]);
    }
}

#[test]
fn the_same_count_for_longer_prompts_is_the_size_of_a_context() {
    let words = |count: usize| "The customer called about a charge. ".repeat(count);
    let mut watch = UsageWatch::default();
    let mut look = |text: &str, count| watch.look(0, &terms(), &request("", text), &read(count)).is_some();
    // Some 7 tokens a time; each of these is too short to be sure of it alone.
    assert!(!look(&words(400), 2_048));
    assert!(!look(&words(400), 2_048), "the same prompt");
    assert!(!look("one", 300));
    assert!(look(&words(500), 2_048));
    assert!(look(&words(450), 2_048));
    // A count that is not that of a context needs one more.
    let mut watch = UsageWatch::default();
    let mut look = |text: &str, count| watch.look(0, &terms(), &request("", text), &read(count)).is_some();
    assert!(!look(&words(400), 2_000));
    assert!(!look(&words(500), 2_000));
    assert!(look(&words(600), 2_000));
    // Prompts that are no longer than their count, and other counts beside it.
    let mut watch = UsageWatch::default();
    let mut look = |text: &str, count| watch.look(0, &terms(), &request("", text), &read(count)).is_some();
    for count in [250, 300, 350, 400] {
        assert!(!look(&words(count), 2_304));
    }
    for count in [401, 450, 500] {
        assert!(!look(&words(count), 2_304 + count as u64));
    }
}

#[test]
fn the_same_count_for_prompts_of_like_length_is_the_size_of_a_context() {
    let words = |count: usize| "The customer called about a charge. ".repeat(count);
    let found = |count: u64, lengths: &[usize]| {
        let mut watch = UsageWatch::default();
        let mut look = |text: &str| watch.look(0, &terms(), &request("", text), &read(count)).is_some();
        lengths.iter().map(|length| look(&words(*length))).collect::<Vec<_>>()
    };
    // Some 7 tokens a time: 7,700 to 8,300 of them.
    assert_eq!(found(4_096, &[1_150, 1_130, 1_170, 1_140, 1_160]), [false, false, true, true, true]);
    assert_eq!(found(4_000, &[1_150, 1_130, 1_170, 1_100]), [false, false, false, true]);
    // Prompts that differ by less than tokenizers do, and prompts that are hardly longer than their count.
    assert_eq!(found(4_096, &[1_150, 1_151, 1_152, 1_153, 1_154]), [false; 5]);
    assert_eq!(found(4_096, &[650, 640, 660, 630, 670]), [false; 5]);
}

#[test]
fn documents_that_take_turns_in_a_cache_are_not_cut() {
    let document = |name: &str| format!("{name} wrote about a charge on the card. ").repeat(400);
    let mut watch = UsageWatch::default();
    let mut look = |text: &str, question: usize, count| {
        let prompt = format!("{text}\nQuestion {question}: {}", "what does the customer want? ".repeat(40));
        watch.look(0, &terms(), &request("", &prompt), &read(count))
    };
    let names = ["Anna", "Ben", "Carla", "Dora", "Emil", "Frida", "Georg", "Hanna", "Ida", "Jan", "Kim"];
    for round in 0..3 {
        for name in names {
            let count = if round == 0 { 3_310 } else { 310 };
            assert_eq!(look(&document(name), round, count), None, "{name} {round}");
        }
    }
}

#[test]
fn what_has_a_price_of_its_own_is_said_once() {
    let mut watch = UsageWatch::default();
    for _ in 0..2 {
        let usage = TokenUsage { long_cache_tokens: 600, searches: 2, ..read(1_000) };
        watch.look(0, &terms(), &request("", "one"), &usage);
    }
    let notes = watch.take_notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("600 tokens") && notes[1].contains("2 times"), "{notes:?}");
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
