use proptest::prelude::*;

use super::{Leftover, are_open, leftover, said, split, without};

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
        ("<thinking_process>a</thinking_process>b", "b"),
        ("<chain_of_thought>a</chain_of_thought>b", "b"),
        ("<cot>a</cot>b", "b"),
        ("<|thinking|>a<|/thinking|>b", "b"),
        ("<|reasoning|>a<|/reasoning|>b", "b"),
        ("[REASONING]a[/REASONING]b", "b"),
        ("[thinking]a[/thinking]b", "b"),
        ("\u{feff}<think>a</think>b", "b"),
        ("\u{200b}\n<think>a</think>b", "b"),
        // A tag inside the thought that is spoken of.
        ("<think>I end with </think> at last. {\"l\":1}</think>{\"l\":2}", "{\"l\":2}"),
        ("<think>a <think>b</think> c</think>d", "d"),
        ("<think>a</think>Use </think> to close it", "Use </think> to close it"),
        // One that is quoted, or in a draft, ends nothing.
        ("<think>I should write \"</think>\" … {\"draft\":1}</think>{\"final\":2}", "{\"final\":2}"),
        ("<think>I should write '</think>', so {\"draft\":1}</think>{\"final\":2}", "{\"final\":2}"),
        ("<think>“</think>” {\"draft\":1}</think>\nI am not sure.", "I am not sure."),
        ("<think>{\"text\":\"a </think> b\"} or not</think>\nb", "b"),
        ("<think>```\n</think>\n```\nfine</think>\nb", "b"),
        ("<think>```json\n{\"l\":1}\n</think>\n```json\n{\"l\":2}\n```", "```json\n{\"l\":2}\n```"),
        ("<think>It says \"ham\"</think>\"ham\"", "\"ham\""),
        // The indentation of the first line stays.
        ("<think>a</think>\n\n    code\nb", "    code\nb"),
        ("a\n</think>\n \n\tcode", "\tcode"),
        ("<think>a</think>  b", "b"),
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
fn a_word_for_thinking_at_the_start_of_a_line_makes_a_draft() {
    for text in [
        "```reasoning\nD\n```\nI am not sure.",
        "~~~ thoughts\nD\n~~~\nI am not sure.",
        "```plan\nD\n```\nI am not sure.",
        "I am not sure.</s>[INST] more [/INST]D",
        "I am not sure.</s>D",
        "I am not sure.\n<|im_start|>assistant\nD",
        "I am not sure.\n<start_of_turn>model\nD",
        "Here is my thought process: D Here is my response: I am not sure.",
        "Here's my thought process: maybe D",
        "&lt;think&gt;D&lt;/think&gt;I am not sure.",
        "< think >D</ think >I am not sure.",
        "<reason>D</reason>I am not sure.",
        "<RATIONALE>D</rationale>\nI am not sure.",
        "<rationale>D\nI am not sure.",
        "<ponder>D</ponder>I am not sure.",
        "Sure.\n<plan>D</plan>\nI am not sure.",
        "<contemplation>D</contemplation>I am not sure.",
        "<brainstorm type=\"a\">D</brainstorm>I am not sure.",
        "<|ponder|>D<|/ponder|>I am not sure.",
        "[PLAN]D[/PLAN]\nI am not sure.",
        "<deep-reasoning>D</deep-reasoning>",
        "<antThinking>D</antThinking>I am not sure.",
        "<inner thoughts>D</inner thoughts>I am not sure.",
        "Sure. <plan>D</plan> I am not sure.",
        "- <plan>D</plan>\n- I am not sure.",
        "D&lt;/think&gt;I am not sure.",
        "Maybe D</reason>I am not sure.",
        "<details type='reasoning'>D</details>I am not sure.",
    ] {
        let text = text.replace('D', "{\"l\":1}");
        let (thoughts, answer) = split(&text);
        assert!(!without(answer).contains('{'), "{text}");
        assert!(!thoughts.is_empty() || leftover(answer).is_some(), "{text}");
    }
    // Where nothing follows a block that may well be the answer, it is the answer.
    for text in [
        "<plan>D</plan>",
        "<plan>D",
        "```analysis\nD\n```",
        "<answer>D</answer> It is so.",
        "<planet>D</planet> It is so.",
        "[plan] D",
        "I have a <plan>: D",
        "<|im_start|>assistant\nD",
        "{\"l\":\"<plan>a</plan> b </reason> c\"} It is so.",
    ] {
        let text = text.replace('D', "{\"l\":1}");
        assert_eq!(split(&text).1, text);
        assert_eq!(without(&text), text);
    }
}

#[test]
fn the_answer_after_a_likely_thought_stays() {
    for text in [
        "<start_of_thought>D<end_of_thought>A",
        "<|reasoning_start|>D<|reasoning_end|>A",
        "<plan>D</plan>A",
        "&lt;think&gt;D&lt;/think&gt;\nA",
        "D</reason>A",
        "I use <plan>a</plan> b: A",
        "A I use <plan>a</plan> there.",
        "A The tag </plan> closes it.",
        "```thinking\nD\n```\nA",
        "Here is my thought process: D\nHere is my response: A",
    ] {
        let text = text.replace('D', "{\"l\":1}").replace('A', "{\"l\":2}");
        let read = without(split(&text).1);
        assert!(read.contains("{\"l\":2}") && !read.contains("{\"l\":1}"), "{text}: {read}");
    }
}

#[test]
fn the_tokens_around_an_answer_are_left_out_of_a_text() {
    let table = [
        ("<|START_RESPONSE|>Yes.<|END_RESPONSE|>", "Yes."),
        ("<|begin_of_solution|>Yes.<|end_of_solution|>", "Yes."),
        ("<|im_start|>assistant\nYes.", "Yes."),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nYes.", "\n\nYes."),
        ("<|constrain|>json<|message|>{\"l\":1}", "{\"l\":1}"),
        ("<|message|>Yes.", "Yes."),
        ("Yes.<|endoftext|>Human: more", "Yes."),
        ("Yes.</s>[INST] more [/INST]No.", "Yes."),
        ("Yes.<|im_end|>\nuser\nmore", "Yes."),
    ];
    for (text, kept) in table {
        assert_eq!(said(text), kept, "{text}");
        assert_eq!(leftover(text), Some(Leftover::Certain), "{text}");
    }
    for text in ["<|START_RESPONSE|> is a token.", "<|START_RESPONSE|>, <|END_RESPONSE|>", "Yes. <|message|>"] {
        assert_eq!(said(text), text);
    }
}

#[test]
fn a_tag_in_the_middle_of_a_sentence_or_of_code_stays_and_is_said() {
    for text in [
        "Closing tag: </think>\nOpening tag: <think>",
        "Yes.\n\nThe tag\n</think>\nmust be on its own line.",
        "I think </think>\nis the tag.",
        "It writes\n</think>\nbefore its own answer.",
        "</thinking>\n\nis what Claude writes.",
        "    <think>\n    a b\n    </think>\nThat is code.",
        "\t<think>a b</think>\nThat is code.",
        "<thinking>, <think> and <reasoning> are common.",
        "<think>, <thinking> and </think> are common.",
        "&lt;think&gt; is a tag.",
        "<plan>a</plan>\nYes.",
    ] {
        assert_eq!((split(text), said(text).as_ref()), (("", text), text));
        assert_eq!(leftover(text), Some(Leftover::Doubtful), "{text}");
    }
    let table = [
        ("so it is ham\n</think>\nham", "ham"),
        ("So I answer.\n</think>\nis it so? yes, it is.", "is it so? yes, it is."),
        ("<details type=\"reasoning\" done=\"true\">\n<summary>Thought</summary>\n> a\n</details>\nb", "b"),
        ("<reasoning_content>a</reasoning_content>b", "b"),
        ("<monologue>a</monologue>b", "b"),
        ("<think>... well</think>b", "b"),
    ];
    for (text, answer) in table {
        assert_eq!(split(text).1, answer, "{text}");
    }
    assert_eq!(split("<details>a</details>b").1, "<details>a</details>b");
}

#[test]
fn what_is_certainly_no_word_of_the_model_is_left_out_of_a_text() {
    let table = [
        ("Answer text <think>Let me check that.</think> more", "Answer text more"),
        ("Yes.\n<think>Was that right?</think>", "Yes."),
        ("Yes.\n<think>\nWas that right?\n</think>\n", "Yes."),
        ("A.\n\n<think>\nNext.\n</think>\n\n  B.", "A.\n\n  B."),
        ("A.\n[THINK]Hm.[/THINK]\nB.", "A.\nB."),
        ("A.\n<thinking>a b</thinking> B.\n<thinking>c d</thinking>\nC.", "A.\nB.\nC."),
        ("I am not sure.\n<think>maybe it is", "I am not sure."),
        ("I think the tag is billing.\n<think>Or sales?</think>", "I think the tag is billing."),
        ("Yes.<|return|>", "Yes."),
        ("Yes.<|end|><|return|>", "Yes."),
        ("Yes.\n<|im_end|>\n", "Yes."),
        ("Yes.<|eot_id|>", "Yes."),
        ("Yes.</s>", "Yes."),
        ("Yes.<|endoftext|>", "Yes."),
        ("Yes. <end_of_turn>", "Yes."),
        ("Yes.<|im_end|>\n<|im_start|>user\nAnd now?<|im_end|>", "Yes."),
        ("Yes.<|end|><|start|>assistant<|channel|>analysis<|message|>Hm.", "Yes."),
        ("Yes.\n<think>a b</think><|im_end|>", "Yes."),
        ("<|im_end|>", ""),
    ];
    for (text, kept) in table {
        assert_eq!(said(text), kept, "{text}");
        assert_eq!(leftover(text), Some(Leftover::Certain), "{text}");
    }
}

#[test]
fn what_may_be_what_a_text_is_about_stays_and_is_said() {
    for text in [
        "Models write <think>some reasoning</think> first.",
        "An example:\n<think>\na b\n</think>\nThat is all.",
        "Wrap the thought in a tag.\n<think>\na b\n</think>\nThat is all.",
        "Close it with </think> and `<think>`.\n<think>\na b\n</think>\n",
        "Yes.\n<think>your reasoning</think>\nNo.",
        "Yes.\n<think>...</think>\nNo.",
        "Yes <think>a</think> no.",
        "- <think>a b</think>\n- c",
        "1. <think>\n2. </think>\nboth",
        "The last one is <|im_end|>",
        "The last one:\n<|im_end|>",
        "- <|im_start|>\n- <|im_end|>",
        "Yes.<|im_end|> more",
        "Some answer </think> more",
    ] {
        assert_eq!(said(text), text);
        assert_eq!(leftover(text), Some(Leftover::Doubtful), "{text}");
    }
    for text in [
        "",
        "Yes.",
        "a < b, [1] and <b>bold</b>",
        "It is `<think>a b</think>`.",
        "```\n<think>\na b\n</think>\n```",
        "He wrote \"<think>a b</think>\".",
        "{\"text\": \"<think>a b</think>\"}",
        "The last one is `<|im_end|>`",
    ] {
        assert_eq!((said(text).as_ref(), leftover(text)), (text, None));
    }
    assert_eq!(said("<s>old</s>"), "<s>old</s>");
}

#[test]
fn where_json_is_looked_for_all_that_may_be_a_thought_is_left_out() {
    for text in [
        "The draft: {\"l\":1}. The tag that closes the thought is:\n</think>",
        "- {\"l\":1}\n- </think>\nI am not sure.",
        "<think> is this {\"l\":1}?",
        "<think> and </think> {\"l\":1}</think> I am not sure.",
    ] {
        assert!(!without(split(text).1).contains('{'), "{text}");
    }
}

#[test]
fn documents_that_have_such_elements_or_tokens_stay_whole() {
    for text in [
        "<response>\n<reasoning>It is late and long.</reasoning>\n<answer>yes</answer>\n</response>",
        "<root>\n  <thought id=\"1\">Buy milk now</thought>\n</root>",
        "<?xml version=\"1.0\"?>\n<thoughts>\n<thought>One of two</thought>\n</thoughts>",
        "<result>\n  <thinking>A b c</thinking>\n  <score>5</score>\n</result>",
        "She paused. <thought>Why is he late?</thought> Then she left.",
        "impl Handler\n<Thought>\nfor X {}",
        "<customer_reasoning>Too expensive for me</customer_reasoning>\n<intent>cancel</intent>",
        "<reasoning>It is so.</reasoning>\n<verdict>true</verdict>",
        "<analysis>It is late.</analysis>\n<summary>Good</summary>",
        "<analysis>The only thing asked for.</analysis>",
        "<reflection>I grew a lot this year.</reflection>",
        "EOS_TOKEN=</s>",
        "stop=<|im_end|>",
        "Was <s class=\"old\">$10</s>",
        "Tokens: [BOS] [EOS]",
        "Das Endzeichen lautet </s>",
        "结束符是</s>",
        "1. Open <think>\n2. Reason\n3. Close </think>\n4. Answer",
        "The bug is in the text, e.g. foo</think>bar.",
        "Die Antwort beginnt hinter </think>\n\nDanach folgt der Text.",
        "El modelo la cierra con </think>\n\nGracias.",
        "答案在</think>之后。",
        "gpt-oss prints <|channel|>analysis<|message|>… and <|channel|>final<|message|>…",
        "## Reason\nThe row says\n<think>\nfoo\n\n## Label\nspam",
        "Das Modell schreibt <think>ich denke nach</think> und antwortet dann.",
        "The model output was <think>\nlet me see\n</think>\nYes.",
        "ChatML looks like this: <|im_start|>user\nHello<|im_end|>\nAnd so on.",
    ] {
        assert_eq!((split(text), said(text).as_ref()), (("", text), text));
    }
}

#[test]
fn prose_that_names_a_token_hides_no_json() {
    for before in [
        "The page shows <s class=\"old\">$10</s>.\n",
        "Found a stray </s> in the row.\n",
        "```text\nfoo </s> bar\n```\n",
        "The user wrote \"hi <|im_end|> ignore\".\n",
        "| </s> | 3 |\n\n",
        "Row: hello</s>\n",
        "- tokens: </s>, <pad>\n",
        "The text has [INST] markers. ",
        "The row quotes <|im_start|>user\nhi<|im_end|>\n\n",
        "Text <|endoftext|> is in the row. ",
        "The label in the data: <thought bubble>.\n",
        "<thoughtful> ",
        "Step 1. <consider the facts>\nStep 2. ",
    ] {
        let text = format!("{before}{{\"l\":1}}");
        assert!(without(split(&text).1).contains("{\"l\":1}"), "{text}");
    }
    for text in [
        "{\"l\":1}\n\n(The ticket contained </think>.)",
        "<analysis_json>\n{\"l\":1}\n</analysis_json>\n\nLet me know",
        "<plan>{\"l\":1}</plan>.",
    ] {
        assert!(without(split(text).1).contains("{\"l\":1}"), "{text}");
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
        ("I think it is html\n</think>\nhtml", "html"),
        ("So the tag is:\n</think>\nbilling", "billing"),
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
        "1. <think>\n2. </think>\nboth",
        "- <think>\n- </think>\n",
        "**</think>** closes it.",
        "_</think>_ closes it.",
        "> </think>\nhe said.",
        "# </think>\nIt closes.",
        "<think> and </think> are tags used by models.",
        "<think>, </think>",
        "<think>…</think> tags are used by models.",
        "<think></think> are tags.",
        "<think> opens a thought and </think> closes it.",
        "<think> is a tag.",
        "</think> is the closing tag.",
        "The tag that closes a thought is:\n</think>",
        "The tag that closes a thought is:\n</think>\nIt is used by many models.",
        "The tag that closes a thought is\n\n</think>\n\nIt is used by many models.",
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
        let is_blank = !answer.is_empty() && answer.trim().is_empty();
        prop_assert!(thoughts.is_empty() || !answer.starts_with('\n') && !is_blank);
        prop_assert_eq!(leftover(answer) == Some(Leftover::Certain), said(answer) != answer);
    }
}
