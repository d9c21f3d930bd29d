use proptest::prelude::*;

use super::{are_open, split, without};

#[test]
fn thoughts_at_the_beginning_are_told_from_the_answer() {
    let table = [
        ("<think>\nFirst idea: \"No.\"\n</think>\n\nYes, we can.", "Yes, we can."),
        (" \n<think>a</think>{\"label\":\"ham\"}", "{\"label\":\"ham\"}"),
        ("<thinking>a</thinking> b", "b"),
        ("<THINK>a</Think>\nb", "b"),
        ("<thought>a</thought>b", "b"),
        ("<thoughts>a</thoughts>b", "b"),
        ("<reasoning>a</reasoning>\nb", "b"),
        ("<seed:think>a</seed:think>b", "b"),
        ("<mm:think>a</mm:think>b", "b"),
        ("<longcat_think>a</longcat_think>b", "b"),
        ("<think time=\"3\">a</think>b", "b"),
        ("<think></think>b", "b"),
        ("<think/>b", "b"),
        ("<thinking>a</think>b", "b"),
        ("<think>a</think >b", "b"),
        ("<think>a</think>\n<think>b</think>\n\nc", "c"),
        ("<think>one</think><thinking>two</thinking>c", "c"),
        ("[THINK]a[/THINK]b", "b"),
        ("◁think▷a◁/think▷b", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>\nb", "b"),
        ("<|START_THINKING|>a<|END_THINKING|>b", "b"),
        ("<|channel>thought\na<channel|>b", "b"),
        ("<scratchpad>a</scratchpad>b", "b"),
        ("<inner_monologue>a</inner_monologue>b", "b"),
        ("<|inner_prefix|>a<|inner_suffix|>b", "b"),
        ("<|begin_think|>a<|end_think|>b", "b"),
        ("<think_start>a<think_end>b", "b"),
        ("<|think|>a<|/think|>b", "b"),
        ("\u{feff}<think>a</think>b", "b"),
        ("\u{200b}\n<think>a</think>b", "b"),
        // A tag inside the thought that is spoken of.
        ("<think>I end with </think> at last. {\"l\":1}</think>{\"l\":2}", "{\"l\":2}"),
        ("<think>a <think>b</think> c</think>d", "d"),
        ("<think>a</think>Use </think> to close it", "Use </think> to close it"),
    ];
    for (text, answer) in table {
        assert_eq!(split(text).1, answer, "{text}");
    }
}

#[test]
fn a_thought_that_is_no_beginning_has_no_json() {
    for text in [
        "```json\n<think>{\"l\":1}</think>\nI am not sure.\n```",
        "Sure!\n<think>{\"l\":1}</think>\nI am not sure.",
        "Sure!\n<think>{\"l\":1}\nI am not sure.",
        "I am not sure.\n<think>maybe {\"l\":1}",
        "I am not sure. <think>maybe {\"l\":1}",
        "I am not sure.<|return|>{\"l\":1}",
        "I am not sure.<|end|><|start|>assistant<|channel|>analysis<|message|>{\"l\":1}",
        "```thinking\n{\"l\":1}\n```\nI am not sure.",
    ] {
        assert!(!without(text).contains('{'), "{text}");
    }
    for text in [
        "{\"l\":\"<think>a</think>\"}",
        "Here: {\"l\":\"\\n<think>a</think>\"}<",
        "I leave out `<think>`: {\"l\":1}",
        "{\"l\": \"a\n<think>\nb\"",
        "```json\n{\"l\":\"<|end|>\"}\n```",
    ] {
        assert_eq!(without(text), text);
    }
}

#[test]
fn a_thought_that_never_ends_leaves_no_answer() {
    for text in [
        "<think>\n{\"label\":\"spam\"}",
        "<think>",
        " <seed:think>a",
        "[THINK]a {\"l\":1}",
        "<|channel|>analysis<|message|>a",
    ] {
        assert_eq!(split(text), (text, ""));
        assert!(are_open(text), "{text}");
    }
    for text in ["<think>a</think>", "<think>a</think>\n", "a\n</think>\n", "[THINK]a[/THINK]"] {
        assert_eq!(split(text), (text, ""));
        assert!(!are_open(text), "{text}");
    }
}

#[test]
fn a_lone_closing_tag_ends_a_thought() {
    let table = [
        ("Draft: {\"label\":\"spam\"}\n</think>\n\n{\"label\":\"ham\"}", "{\"label\":\"ham\"}"),
        ("Draft: spam.</think>\nham", "ham"),
        ("Draft: spam.\n</think>ham", "ham"),
        ("First idea: No.</think>Yes, we can.", "Yes, we can."),
        ("First idea: No. </think> Yes, we can.", "Yes, we can."),
        ("First idea: no </think> {\"label\":\"ham\"}", "{\"label\":\"ham\"}"),
        ("First idea </think> ```json\n{\"label\":\"ham\"}\n```", "```json\n{\"label\":\"ham\"}\n```"),
        ("</think>\n\nYes", "Yes"),
        ("好的。</think>答案", "答案"),
        ("a\n</seed:think>\nb", "b"),
        ("a\n[/THINK]\nb", "b"),
        ("a\n</thinking>\nb", "b"),
        (
            "PASS?\n</think>\n{\"verdict\":\"FAIL\",\"score\":1,\"reasons\":[]}",
            "{\"verdict\":\"FAIL\",\"score\":1,\"reasons\":[]}",
        ),
        ("I put <think> here.\n</think>\nb", "b"),
        ("```json\n{\"l\":1}\n```\n</think>\nb", "b"),
        ("a</think>\nb\n</think>\n{\"text\": \"write </think>\"}", "{\"text\": \"write </think>\"}"),
    ];
    for (text, answer) in table {
        assert_eq!(split(text).1, answer, "{text}");
    }
}

#[test]
fn what_only_speaks_of_a_tag_stays_whole() {
    for text in [
        "",
        "Yes.",
        "{\"text\": \"write </think>\"}",
        "{\"text\": \"write\\n</think>\\nthere\"}",
        "{\n  \"a\": \"<think>\",\n  \"b\": \"x\n</think>\n",
        "[\"</think>\"]",
        "Use </think> to close it.",
        "Close it with </think>",
        "Close it with </think>\nThen go on.",
        "The tag is `</think>`.",
        "Write \"</think>\" there.",
        "Write 'a </think> b', or \"a </think> b\".",
        "Some close it (</think>) early.",
        "Models write <think>a</think> first.",
        "An example:\n<think>\na\n</think>\nThat is all.",
        "```\n<think>\na\n</think>\nb\n```",
        "```\na\n</think>\nb\n```\nSo.",
        "`<think>` opens a thought.",
        "<b>bold</b>",
        "<answer>a</answer>",
        "<thinker>a</thinker>",
        "[1, 2]",
        "analysis of the data: final",
        "analysisResult = 5",
        "Analysis: a. assistantfinal",
        "final answer: 5",
        "assistant",
        "I like it, </think>, said he.",
    ] {
        assert_eq!(split(text), ("", text));
    }
}

#[test]
fn the_channels_of_harmony_are_told_apart() {
    let table = [
        (
            "<|channel|>analysis<|message|>a {\"l\":1}<|end|><|start|>assistant<|channel|>final<|message|>{\"l\":2}",
            "{\"l\":2}",
        ),
        ("<|start|>assistant<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", "b"),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary<|message|>c<|end|><|start|>assistant<|channel|>final<|message|>b",
            "b",
        ),
        ("<|channel|>final <|constrain|>json<|message|>{\"l\":2}", "{\"l\":2}"),
        ("<|channel|>commentary<|message|>a", ""),
        ("<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\":1}<|call|>", ""),
        ("analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", "b"),
        ("final<|message|>b", "b"),
        ("maybe {}<|end|><|start|>assistant<|channel|>final<|message|>b", "b"),
        ("maybe {}<|start|>assistant<|channel|>final<|message|>b", "b"),
        ("It is `<|channel|>final<|message|>`.", "It is `<|channel|>final<|message|>`."),
        ("analysisWe need spam.assistantfinal{\"l\":2}", "{\"l\":2}"),
        ("analysisWe need spam.assistantcommentaryHm.assistantfinalYes.", "Yes."),
        ("analysisWe need spam. {\"l\":1}assistantfinaljson{\"l\":2}", "{\"l\":2}"),
        ("analysisWe need {\"l\":1}", ""),
    ];
    for (text, answer) in table {
        assert_eq!(split(text).1, answer, "{text}");
    }
}

#[test]
fn a_header_of_harmony_is_short() {
    for (length, is_header) in [(190, true), (200, true), (201, false), (100_000, false)] {
        for filler in ["x", "é"] {
            let filler = filler.repeat(length / filler.len()) + &"x".repeat(length % filler.len());
            let text = format!("a<|channel|>final{filler}<|message|>b");
            assert_eq!(split(&text).1 == "b", is_header, "{length}");
        }
    }
    let many = "<|channel|>final ".repeat(100_000) + "<|message|>b";
    assert_eq!(split(&format!("a{many}")).0, "");
}

proptest! {
    #[test]
    fn the_parts_are_the_whole(text in "(<think>|</think>|\\{|\\}|\"|`|[a-z. \n]|<\\|channel\\|>|final|<\\|message\\|>|é){0,12}") {
        let (thoughts, answer) = split(&text);
        prop_assert_eq!(format!("{thoughts}{answer}"), &text[..]);
        prop_assert!(thoughts.is_empty() || answer.trim_start() == answer);
    }
}
