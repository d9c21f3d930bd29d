//! Two stages, where the second uses the first: tickets are sorted, and those that are urgent get a reply drafted.
//!
//!     cargo run --example two_stages                             answers from answers.csv: no key, no network
//!     cargo run --example two_stages -- gpt-4o-mini-2024-07-18   that model answers; needs OPENAI_API_KEY
//!
//! Each stage has a run file of its own, in the system's folder for temporary files. Run it again: nothing is asked
//! twice. After a change to the second stage's words, the first one costs nothing.

use std::path::Path;

use casebook::{Batch, Error, JsonSchema, Llm, Request};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Serialize, Deserialize)]
struct Ticket {
    id: u32,
    text: String,
}

/// What the first stage says of a ticket.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Sorted {
    product: Product,
    /// Whether somebody cannot work until it is answered.
    urgent: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Product {
    Billing,
    Login,
    Other,
}

/// What the second stage is about: a ticket, with what the first stage said of it.
#[derive(Serialize, Deserialize)]
struct Urgent {
    ticket: Ticket,
    sorted: Sorted,
}

/// What the second stage says.
#[derive(Deserialize, JsonSchema)]
struct Reply {
    /// One or two sentences.
    text: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let llm = match std::env::args().nth(1) {
        Some(model) => Llm::new("openai").model(&model).max_output_tokens(500),
        None => recorded(),
    };
    for (id, reply) in answer_tickets(&std::env::temp_dir(), &llm)? {
        println!("ticket {id}: {reply}");
    }
    Ok(())
}

/// The answers beside this file, found by the user message.
pub fn recorded() -> Llm {
    let answers = json!({
        "path": Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/two_stages/answers.csv"),
        "match": {"asked": "{{ row.user }}"},
        "answer": "{{ record.answer }}",
    });
    Llm::new("recorded").set("recorded", answers)
}

/// Replies to urgent tickets, by their ids.
pub fn answer_tickets(dir: &Path, llm: &Llm) -> Result<Vec<(u32, String)>, Error> {
    let tickets = [
        (1, "I was charged twice for September."),
        (2, "I cannot log in since this morning, and my talk is at noon."),
        (3, "Could the export have a dark theme?"),
    ]
    .map(|(id, text)| Ticket { id, text: text.to_owned() });

    let mut urgent = Vec::new();
    Batch::builder()
        .system("You sort support tickets. Answer in JSON.")
        .items(tickets, |ticket| Some(Request::new(ticket.text.as_str())))
        .schema::<Sorted>()
        .llm(llm)
        .run_file(dir.join("two_stages.sorted.db"))
        .on_result(|result| {
            let sorted: Sorted = result.output_as()?;
            if sorted.urgent {
                urgent.push(Urgent { ticket: result.item_as()?, sorted });
            }
            Ok(())
        })
        .run()?;

    let mut replies = Vec::new();
    Batch::builder()
        .system("You draft replies to support tickets. Answer in JSON.")
        .items(urgent, |it| Some(Request::new(format!("About {:?}: {}", it.sorted.product, it.ticket.text))))
        .schema::<Reply>()
        .llm(llm)
        .run_file(dir.join("two_stages.replies.db"))
        .on_result(|result| {
            let Urgent { ticket, .. } = result.item_as()?;
            replies.push((ticket.id, result.output_as::<Reply>()?.text));
            Ok(())
        })
        .run()?;
    // Results come in the order in which they are answered.
    replies.sort_unstable_by_key(|(id, _)| *id);
    Ok(replies)
}
