//! Two stages, where the second has nothing to do: no ticket is urgent, so no reply is drafted, and that is a run like
//! any other.
//!
//!     cargo run --example quiet_day     a closure is the model: no key, no network
//!
//! Each stage has a run file of its own, in the system's folder for temporary files. Run it again: nothing is asked
//! twice.

use std::path::Path;

use casebook::{Answer, Batch, Error, JsonSchema, Llm, Request, Summary};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What the first stage says of a ticket.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Sorted {
    /// Whether somebody cannot work until it is answered.
    urgent: bool,
}

/// What the second stage says.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "nobody gets a reply today")]
struct Reply {
    text: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [sorted, replies] = answer_tickets(&std::env::temp_dir())?;
    for (stage, summary) in [("sorted", sorted), ("replies", replies)] {
        println!(
            "{stage}: {} planned, {} completed, {} calls, {} from the record, complete: {}",
            summary.planned,
            summary.completed,
            summary.calls,
            summary.from_record,
            summary.is_complete()
        );
    }
    Ok(())
}

/// Sorts the tickets and replies to those that are urgent; returns the summaries of both stages.
pub fn answer_tickets(dir: &Path) -> Result<[Summary; 2], Error> {
    let tickets = ["Thanks, all is well.", "Could the export have a dark theme?", "Nice release!"];
    let sorts = Llm::from_fn("sorts", |call| Answer::json(json!({"urgent": call.user().contains("cannot")})));
    let mut urgent: Vec<String> = Vec::new();
    let sorted = Batch::builder()
        .system("You sort support tickets. Answer in JSON.")
        .items(tickets, |ticket| Request::new(*ticket))
        .schema::<Sorted>()
        .llm(sorts)
        .run_file(dir.join("quiet_day.sorted.db"))
        .on_result(|result| {
            if result.output_as::<Sorted>()?.urgent {
                urgent.push(result.item_as()?);
            }
            Ok(())
        })
        .run()?;
    let replies = Batch::builder()
        .system("You draft replies to support tickets. Answer in JSON.")
        .items(urgent, |ticket| Request::new(ticket.as_str()))
        .schema::<Reply>()
        .llm(Llm::from_fn("replies", |_| Answer::json(json!({"text": "We are on it."}))))
        .run_file(dir.join("quiet_day.replies.db"))
        .run()?;
    Ok([sorted, replies])
}
