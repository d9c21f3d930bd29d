//! What a model said and what it only thought, where it stopped, and answers that have no text: through the command,
//! with a server.

use serde_json::{Value, json};

use crate::support::server::Ask;
use crate::support::{Act, Project, Server, dump};

const GOOD: &str = r#"{"label":"one","note":"n"}"#;
const SCHEMA: &str = r#"{"type": "object", "properties": {"label": {"enum": ["one", "two"]}, "note": {"type": "string"}},
    "required": ["label"]}"#;

/// A completion of this message.
fn body(message: &Value, finish: Option<&str>) -> Act {
    let choice = json!({"index": 0, "message": message, "finish_reason": finish});
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 5});
    Act::reply(200, json!({"id": "1", "model": "m", "choices": [choice], "usage": usage}).to_string())
}

fn says(content: &str, finish: Option<&str>) -> Act {
    body(&json!({"role": "assistant", "content": content}), finish)
}

/// A project that asks about one text, without structured output.
fn project<T: AsRef<str>>(server: &Server, texts: &[T]) -> Project {
    let project = Project::new(server, texts).set("llm.structured_output", "off").set("llm.retries", "1");
    project.write("schema.json", SCHEMA);
    project
}

fn texts(project: &Project, query: &str) -> Vec<String> {
    dump::texts(&dump::open(&project.db()), query)
}

fn assert_sound(project: &Project) {
    project.casebook(&["verify", "--replay", "tickets.db"]).expect(0);
}

#[test]
fn a_draft_in_a_thought_is_asked_about_again() {
    let server = Server::with(|ask: &Ask| match ask.turn() {
        1 => says("<think>\n{\"label\":\"two\"}\n</think>\nI cannot say.", Some("stop")),
        _ => says(&format!("Hm. {{\"label\":\"two\"}}?\n</think>\n\n{GOOD}"), Some("stop")),
    });
    let project = project(&server, &["a"]);
    let ended = project.run().expect(0);
    assert!(ended.stderr.contains("2 answers of `model-1` began with thoughts"), "{}", ended.stderr);
    assert_eq!(
        texts(&project, "SELECT outcome || '|' || thoughts || '|' || answer FROM attempts ORDER BY attempt"),
        [
            "no_json|<think>\n{\"label\":\"two\"}\n</think>\n|I cannot say.".to_owned(),
            format!("accepted|Hm. {{\"label\":\"two\"}}?\n</think>\n\n|{GOOD}")
        ]
    );
    let second = &server.log()[1].messages();
    assert_eq!(second[2], ("assistant".to_owned(), "I cannot say.".to_owned()), "without the thought");
    assert!(second[3].1.contains("the thoughts before the answer"), "{second:?}");
    assert_eq!(
        texts(&project, "SELECT kind || '|' || subject FROM anomalies WHERE stage = 'generate'"),
        ["thoughts_cut|model-1"]
    );
    // A later run without calls says the same of the answers on record.
    project.run().expect(0);
    assert_eq!(server.count(), 2);
    assert_eq!(
        texts(
            &project,
            "SELECT DISTINCT count(*) || '|' || detail FROM anomalies WHERE stage = 'generate' GROUP BY detail"
        ),
        [
            "2|2 answers of `model-1` began with thoughts, which are kept apart (column `thoughts`) and are no part of the \
          answer; `llm.thoughts: keep` reads both as one text"
        ]
    );
    assert_sound(&project);
}

#[test]
fn what_may_be_a_thought_is_no_output_and_is_noted() {
    let drafts = [
        "```reasoning\nD\n```\nI am not sure.",
        "I am not sure.</s>[INST] more [/INST]D",
        "I am not sure.\n<|im_start|>assistant\nD",
        "Here is my thought process: D Here is my response: I am not sure.",
        "&lt;think&gt;D&lt;/think&gt;I am not sure.",
        "<plan>D</plan>I am not sure.",
    ];
    let server = Server::with(move |ask: &Ask| {
        let place = (0..6).find(|place| ask.messages()[1].1.contains(&format!("case {place}"))).unwrap();
        says(&drafts[place].replace('D', GOOD), Some("stop"))
    });
    let rows: Vec<String> = (0..6).map(|place| format!("case {place}")).collect();
    let project = project(&server, &rows).set("llm.retries", "0");
    let ended = project.run().expect(3);
    assert!(ended.stderr.contains("6 answers of `model-1` had thoughts, or tokens of a chat"), "{}", ended.stderr);
    assert_eq!(texts(&project, "SELECT DISTINCT outcome FROM attempts"), ["no_json"]);
    assert_eq!(texts(&project, "SELECT kind FROM anomalies WHERE stage = 'generate'"), ["thoughts_inside"]);
    assert_sound(&project);
}

#[test]
fn a_thought_is_a_part_of_the_text_where_the_configuration_says_so() {
    let server = Server::with(|_: &Ask| says("<think>a</think>\nYes.", Some("stop")));
    let project = project(&server, &["a"]).set("schema", "null").set("answer", "text");
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT parsed_text FROM results"), ["Yes."]);
    let project = project.set("llm.thoughts", "keep");
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT parsed_text FROM results"), ["<think>a</think>\nYes."]);
    assert_eq!(server.count(), 1, "it is another reading of the same answer");
    assert_sound(&project);
    let project = project.set("llm.thoughts", "auto");
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT parsed_text FROM results"), ["Yes."]);
    assert_eq!(server.count(), 1);
    assert_sound(&project);
}

#[test]
fn a_drafted_pass_is_no_verdict() {
    let pass = r#"{"verdict":"PASS","score":90,"reasons":[]}"#;
    let verdict = format!("<think>{pass}</think>{}", pass.replace("PASS", "FAIL"));
    let server = Server::with(move |ask: &Ask| says(if ask.is_judge() { &verdict } else { GOOD }, Some("stop")));
    let project = Project::judged(&server, &["a"]).set("llm.structured_output", "off").set("llm.retries", "0");
    project.write("schema.json", SCHEMA);
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT outcome FROM attempts"), ["judge_failed"]);
    assert_sound(&project);
}

#[test]
fn a_verdict_without_reasons_is_one_with_none() {
    let verdict = r#"{"verdict": "PASS", "score": 77}"#;
    let server = Server::with(move |ask: &Ask| says(if ask.is_judge() { verdict } else { GOOD }, Some("stop")));
    let project = Project::judged(&server, &["a"]).set("llm.structured_output", "off");
    project.write("schema.json", SCHEMA);
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT outcome || score || reasons FROM attempts"), ["accepted77[]"]);
    assert_sound(&project);
}

#[test]
fn an_unknown_word_is_no_end() {
    let rows: Vec<String> = (0..30).map(|row| format!("row {row}")).collect();
    let server = Server::with(|_: &Ask| says(GOOD, Some("eos")));
    let project = project(&server, &rows).set("llm.retries", "0");
    let ended = project.run().expect(1);
    assert!(ended.stderr.contains("20 answers ended with the finish reason `eos`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("llm.finish: {eos: stop}"), "{}", ended.stderr);
    let failed = texts(&project, "SELECT count(*) FROM results WHERE status = 'failed'");
    assert_eq!(failed, ["19"], "the twentieth and all after it stay open");
    assert_eq!(texts(&project, "SELECT DISTINCT outcome FROM attempts"), ["truncated"]);
    assert_eq!(texts(&project, "SELECT DISTINCT finish || '|' || finish_reason FROM calls"), ["unknown|eos"]);
    let asked = server.count();
    let project = project.set("llm.finish", "{eos: stop}");
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT count(*) FROM results WHERE status = 'accepted'"), ["30"]);
    assert_eq!(server.count(), 30, "{asked} answers were there");
    assert_sound(&project);
}

#[test]
fn a_known_word_beside_unknown_ones_stops_nothing() {
    let rows: Vec<String> =
        (0..30).map(|row| if row == 0 { "[good]".to_owned() } else { format!("row {row}") }).collect();
    let server = Server::with(|ask: &Ask| says(GOOD, Some(if ask.tag("good").is_some() { "stop" } else { "eos" })));
    let project = project(&server, &rows).set("llm.retries", "0").set("llm.max_workers", "1");
    project.run().expect(3);
    assert_eq!(texts(&project, "SELECT count(*) FROM failures WHERE kind = 'truncated'"), ["29"]);
    assert_sound(&project);
}

#[test]
fn an_answer_without_a_text_is_paid_for_and_asked_about_again() {
    let thinks = json!({"role": "assistant", "content": null, "reasoning_content": "Let me see."});
    let calls = json!({"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f"}}]});
    for (message, why) in [
        (thinks, "the answer has no text: 11 characters are in `reasoning_content`"),
        (calls, "the answer has no text: the model called the tool `f`"),
    ] {
        let server = Server::with(move |ask: &Ask| match ask.turn() {
            1 if ask.messages().last().is_some_and(|(_, text)| !text.contains("not accepted")) => {
                body(&message, Some("stop"))
            }
            _ => says(GOOD, Some("stop")),
        });
        let project = project(&server, &["a"]);
        project.run().expect(0);
        assert_eq!(server.count(), 2);
        let attempts = texts(&project, "SELECT outcome || '|' || coalesce(detail, '') FROM attempts ORDER BY attempt");
        assert_eq!(attempts, [format!("empty|{why}"), "accepted|".to_owned()]);
        assert_eq!(texts(&project, "SELECT sum(output_tokens) FROM calls"), ["10"]);
        assert_sound(&project);
    }
}

#[test]
fn characters_that_no_table_can_carry_are_refused() {
    let nul = project(&Server::with(|_: &Ask| says("a\0b", Some("stop"))), &["a"]);
    let nul = nul.set("schema", "null").set("answer", "text");
    let server = Server::with(|_: &Ask| says("a\0b", Some("stop")));
    let nul = nul.set("llm.base_url", &server.base_url());
    nul.run().expect(3);
    assert_eq!(texts(&nul, "SELECT DISTINCT outcome || '|' || answer FROM attempts"), ["invalid_schema|a\u{2400}b"]);
    assert!(server.log()[1].messages()[3].1.contains("U+0000"), "{:?}", server.log()[1].messages());
    assert_sound(&nul);

    let server = Server::with(|_: &Ask| says(r#"{"label":"one","note":"a\u0000b"}"#, Some("stop")));
    let inside = project(&server, &["a"]);
    inside.run().expect(3);
    let details = texts(&inside, "SELECT DISTINCT detail FROM attempts");
    assert!(details[0].starts_with("/note: has the character U+0000"), "{details:?}");
    assert_sound(&inside);

    let half = r#"{"choices": [{"message": {"content": "Hi \ud83d"}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5}}"#;
    let server = Server::with(move |_: &Ask| Act::reply(200, half));
    let cut = project(&server, &["a"]).set("schema", "null").set("answer", "text").set("llm.retries", "0");
    cut.run().expect(3);
    let attempts = texts(&cut, "SELECT outcome || '|' || detail FROM attempts");
    assert!(attempts[0].starts_with("truncated|") && attempts[0].contains("1 broken character"), "{attempts:?}");
    assert_eq!(texts(&cut, "SELECT output_tokens FROM calls"), ["5"]);
    assert_sound(&cut);
}

#[test]
fn a_stream_that_nobody_asked_for_is_read() {
    let server = Server::with(|_: &Ask| {
        let pieces = [
            json!({"choices": [{"index": 0, "delta": {"content": "{\"label\":"}}]}),
            json!({"choices": [{"index": 0, "delta": {"content": "\"one\"}"}, "finish_reason": "stop"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}),
        ];
        let events = pieces.iter().fold(String::new(), |text, piece| text + &format!("data: {piece}\n\n"));
        let headers = vec![("content-type", "text/event-stream".to_owned())];
        Act::Reply { status: 200, headers, body: format!("{events}data: [DONE]\n\n") }
    });
    let project = project(&server, &["a"]);
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT label FROM results"), ["one"]);
    assert_eq!(texts(&project, "SELECT output_tokens FROM calls"), ["5"]);
    assert_sound(&project);
}

#[test]
fn thoughts_inside_a_text_are_left_out_where_they_are_certain_and_told_where_they_are_not() {
    let server = Server::with(|ask: &Ask| {
        let said = ["certain", "token", "prose"].into_iter().find(|it| ask.tag(it).is_some());
        let text = match said.unwrap_or_default() {
            "certain" => "Yes.\n<think>Was that right?</think>\n  So be it.",
            "token" => "Yes.<|im_end|>",
            _ => "Models write <think>some reasoning</think> first.",
        };
        says(text, Some("stop"))
    });
    let project = project(&server, &["[certain]", "[token]", "[prose]"]).set("schema", "null").set("answer", "text");
    let ended = project.run().expect(0);
    let prose = "Models write <think>some reasoning</think> first.";
    assert_eq!(
        texts(&project, "SELECT parsed_text FROM results ORDER BY row_index"),
        ["Yes.\n  So be it.", "Yes.", prose]
    );
    let anomalies = "SELECT kind || '|' || substr(detail, 1, 9) FROM anomalies WHERE stage = 'generate' ORDER BY 1";
    assert_eq!(texts(&project, anomalies), ["thoughts_doubtful|1 answer ", "thoughts_inside|2 answers"]);
    assert!(ended.stderr.contains("after the beginning"), "{}", ended.stderr);
    let answers = "SELECT count(*) FROM attempts WHERE answer LIKE '%<think>%' OR answer LIKE '%<|im_end|>'";
    assert_eq!(texts(&project, answers), ["3"], "the record has what came");
    assert_sound(&project);
    // A later run without calls counts the same.
    project.run().expect(0);
    assert_eq!(texts(&project, &format!("SELECT DISTINCT * FROM ({anomalies})")).len(), 2);
    let project = project.set("llm.thoughts", "keep");
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT parsed_text FROM results WHERE text = '[token]'"), ["Yes.<|im_end|>"]);
    assert_sound(&project);
}

#[test]
fn the_attempt_shows_what_was_read() {
    let server = Server::with(|_: &Ask| says("<think>a</think>\nYes.", Some("stop")));
    let project = project(&server, &["a"]).set("schema", "null").set("answer", "text").set("llm.thoughts", "keep");
    project.run().expect(0);
    let query = "SELECT answer || '|' || coalesce(thoughts, '') FROM attempts WHERE current = 1";
    assert_eq!(texts(&project, query), ["<think>a</think>\nYes.|"]);
    let project = project.set("llm.thoughts", "auto");
    project.run().expect(0);
    assert_eq!(texts(&project, query), ["Yes.|<think>a</think>\n"]);
    assert_sound(&project);
}

#[test]
fn a_quoted_closing_tag_in_a_thought_makes_no_draft_the_output() {
    let server = Server::with(|_: &Ask| {
        says(&format!("<think>I should write \"</think>\" … {{\"label\":\"two\"}}</think>{GOOD}"), Some("stop"))
    });
    let project = project(&server, &["a"]);
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT label FROM results"), ["one"]);
    assert_sound(&project);
}

#[test]
fn what_a_failed_response_reports_of_its_tokens_is_kept() {
    let usage = json!({"prompt_tokens": 10, "completion_tokens": 1});
    let chunk = json!({"choices": [{"index": 0, "delta": {"content": "Ye"}}], "usage": usage});
    let broken = format!("data: {chunk}\n\n");
    let server = Server::with(move |_: &Ask| {
        let headers = vec![("content-type", "text/event-stream".to_owned())];
        Act::Reply { status: 200, headers, body: broken.clone() }
    });
    let project = project(&server, &["a"]).set("schema", "null").set("answer", "text").set("llm.retries", "0");
    project.run().expect(3);
    let calls = "SELECT DISTINCT outcome || '|' || input_tokens || '|' || output_tokens FROM calls";
    assert_eq!(texts(&project, calls), ["failed|10|1"]);
    assert_sound(&project);
}

#[test]
fn a_comment_on_the_way_is_no_answer() {
    let message = |phase: &str, text: &str| json!({"type": "message", "phase": phase, "content": [{"type": "output_text", "text": text}]});
    let server = Server::with(move |_: &Ask| {
        let output = [message("commentary", "{\"label\":\"two\"}"), message("final_answer", GOOD)];
        let usage = json!({"input_tokens": 10, "output_tokens": 5});
        Act::reply(200, json!({"status": "completed", "output": output, "usage": usage}).to_string())
    });
    let project = project(&server, &["a"]).set("llm.provider", "openai_responses");
    project.run().expect(0);
    assert_eq!(texts(&project, "SELECT label FROM results"), ["one"]);
    assert_sound(&project);
}

#[test]
fn recorded_answers_have_thoughts_too() {
    let mut project = crate::projects::Project::recorded(&[("a", 1, "<think>\n\"No.\"\n</think>\n\nYes.")]);
    project.write("input.csv", "id,text\na,first\n");
    project.edit("casebook.yaml", "schema: {path: schema.json}\n", "");
    project.set("answer", "text");
    project.run();
    assert_eq!(project.outputs()[0]["output"], json!({"text": "Yes."}));
    assert_eq!(project.text("SELECT thoughts FROM attempts"), "<think>\n\"No.\"\n</think>\n\n");
    project.assert_sound();
}

#[test]
fn the_judge_of_a_verdict_sees_the_verdict() {
    let server = Server::with(|ask: &Ask| {
        let last = ask.question();
        let verdict = last.contains("Note:");
        says(if verdict { r#"{"verdict": "PASS", "score": 77}"# } else { GOOD }, Some("stop"))
    });
    let steps = |check: &str| format!("[{{name: sort}}, {{name: check, do: judge, each: output of sort, {check}}}]");
    let alone = project(&server, &["a"]).set("steps", &steps("prompts: {judge: judge.yaml}"));
    alone.run().expect(0);
    assert_eq!(
        texts(&alone, "SELECT output ->> 'verdict' || (output -> 'reasons') FROM outputs WHERE step = 'check'"),
        ["PASS[]"]
    );
    assert_sound(&alone);

    let before = server.count();
    let both = project(&server, &["a"]).set("steps", &steps("prompts: {generation: judge.yaml, judge: judge.yaml}"));
    let ended = both.run().expect(2);
    assert!(ended.stderr.contains("is the verdict, and not the output of `sort`"), "{}", ended.stderr);
    assert_eq!(server.count(), before, "it is said before the first call");
}
