//! One line of a training or validation file: [`line()`].

use serde_json::{Value, json};

use super::example::{Example, ExampleRole, ExampleTurn};
use super::file::FinetuneFormat;
use crate::record::canonical;

/// What stands between several system texts where a format has room for one.
const BETWEEN: &str = "\n\n";

/// Writes an example as a line, without a line feed. [`super::problem()`] must have nothing against it, and its images
/// must have addresses.
#[must_use]
pub fn line(format: FinetuneFormat, example: &Example) -> String {
    let value = match format {
        FinetuneFormat::OpenAi => openai(example),
        FinetuneFormat::Anthropic => anthropic(example),
        FinetuneFormat::Gemini => gemini(example),
        FinetuneFormat::ShareGpt => sharegpt(example),
    };
    canonical::to_string_in_order(&value)
}

/// Earlier answers of the assistant, which the prompt has as examples, are not trained on.
fn openai(example: &Example) -> Value {
    let turn = |turn: &ExampleTurn| {
        let mut message = json!({"role": turn.role.as_str(), "content": openai_content(turn)});
        if turn.role == ExampleRole::Assistant {
            message["weight"] = json!(0);
        }
        message
    };
    let answer = json!({"role": "assistant", "content": example.answer});
    json!({"messages": example.turns.iter().map(turn).chain([answer]).collect::<Vec<_>>()})
}

fn openai_content(turn: &ExampleTurn) -> Value {
    if turn.images.is_empty() {
        return json!(turn.text);
    }
    let images = turn.images.iter().map(|it| json!({"type": "image_url", "image_url": {"url": it.address}}));
    let text = (!turn.text.is_empty()).then(|| json!({"type": "text", "text": turn.text}));
    json!(images.chain(text).collect::<Vec<_>>())
}

fn anthropic(example: &Example) -> Value {
    let (system, turns) = apart(example);
    let turn = |turn: &ExampleTurn| json!({"role": turn.role.as_str(), "content": turn.text});
    let answer = json!({"role": "assistant", "content": example.answer});
    let messages: Vec<Value> = turns.iter().map(turn).chain([answer]).collect();
    match system {
        Some(system) => json!({"system": system, "messages": messages}),
        None => json!({"messages": messages}),
    }
}

fn gemini(example: &Example) -> Value {
    let (system, turns) = apart(example);
    let content = |role: &str, text: &str| json!({"role": role, "parts": [{"text": text}]});
    let turn =
        |turn: &ExampleTurn| content(if turn.role == ExampleRole::Assistant { "model" } else { "user" }, &turn.text);
    let contents: Vec<Value> = turns.iter().map(turn).chain([content("model", &example.answer)]).collect();
    match system {
        Some(system) => json!({"systemInstruction": content("system", &system), "contents": contents}),
        None => json!({"contents": contents}),
    }
}

fn sharegpt(example: &Example) -> Value {
    let said = |from: &str, value: &str| json!({"from": from, "value": value});
    let turn = |turn: &ExampleTurn| {
        let from = match turn.role {
            ExampleRole::System => "system",
            ExampleRole::User => "human",
            ExampleRole::Assistant => "gpt",
        };
        said(from, &turn.text)
    };
    let turns = example.turns.iter().map(turn).chain([said("gpt", &example.answer)]);
    json!({"conversations": turns.collect::<Vec<_>>()})
}

/// The system texts at the beginning as one, and the other turns.
fn apart(example: &Example) -> (Option<String>, &[ExampleTurn]) {
    let count = example.turns.iter().take_while(|turn| turn.role == ExampleRole::System).count();
    let (system, turns) = example.turns.split_at(count);
    let texts: Vec<&str> = system.iter().map(|turn| turn.text.as_str()).collect();
    ((count > 0).then(|| texts.join(BETWEEN)), turns)
}
