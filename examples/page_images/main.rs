//! One call per page image.
//!
//!     cargo run --example page_images                             answers from answers.csv: no key, no network
//!     cargo run --example page_images -- gpt-4o-mini-2024-07-18   that model reads the pages; needs OPENAI_API_KEY
//!
//! The run file is `page_images.db` in the system's folder for temporary files. Run it again: nothing is asked twice.

use std::path::{Path, PathBuf};

use casebook::{Batch, Error, JsonSchema, Llm, Outcome, Request, Summary};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A page: what is asked about.
#[derive(Serialize, Deserialize)]
struct Page {
    file: String,
}

/// What the model says of it. These comments are part of the schema, and so of what the model is told.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Reading {
    kind: Kind,
    /// All text on the page, line by line.
    text: String,
    /// The total, where there is one.
    amount: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Invoice,
    DeliveryNote,
    Receipt,
    Other,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run_file = std::env::temp_dir().join("page_images.db");
    let llm = match std::env::args().nth(1) {
        Some(model) => Llm::new("openai").model(&model).max_output_tokens(500),
        None => recorded(),
    };
    let summary = read_pages(&run_file, llm)?;
    println!("{} pages read with {} calls; {}", summary.completed, summary.calls, run_file.display());
    Ok(())
}

/// The answers beside this file, found by the name of the image that a request shows.
pub fn recorded() -> Llm {
    let answers = json!({
        "path": folder().join("answers.csv"),
        "match": {"page": "{{ row.images }}"},
        "answer": "{{ record.answer }}",
    });
    Llm::new("recorded").set("recorded", answers)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/page_images")
}

/// Reads each page, and prints what it says as soon as that is on record.
pub fn read_pages(run_file: &Path, llm: Llm) -> Result<Summary, Error> {
    let pages = ["page-1.png", "page-2.png", "page-3.png"].map(|file| Page { file: file.to_owned() });
    Batch::builder()
        .system("You read scanned pages. Answer in JSON.")
        .items(pages, |page| Some(Request::new("What does this page say?").image(&page.file)))
        .images_dir(folder().join("pages"))
        .schema::<Reading>()
        .llm(llm)
        .run_file(run_file)
        .on_result(|result| {
            let page: Page = result.item_as()?;
            match &result.outcome {
                Outcome::Accepted(_) => {
                    let reading: Reading = result.output_as()?;
                    println!("{}: {:?}, {:?}, amount {:?}", page.file, reading.kind, reading.text, reading.amount);
                }
                other => println!("{}: {other:?}", page.file),
            }
            Ok(())
        })
        .run()
}
