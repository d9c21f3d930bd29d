//! Pages that are read by a text recognition of your own before a model is asked: requests are made on several threads,
//! each carries what was measured to the handler, and a page that cannot be read fails alone.
//!
//!     cargo run --example ocr_pages     a closure is the model: no key, no network
//!
//! The run file is `ocr_pages.db` in the system's folder for temporary files. Run it again: nothing is asked twice.

use std::path::Path;

use casebook::{Answer, Batch, Error, JsonSchema, Llm, Outcome, Progress, Request, Summary};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A scanned page: what is asked about. A real one would name a file.
#[derive(Serialize, Deserialize)]
struct Page {
    number: u32,
    scan: String,
}

/// What the text recognition finds out. It is no JSON, and it need not be.
struct Layout {
    words: usize,
    size: (f32, f32),
}

/// What the model says of a page.
#[derive(Deserialize, JsonSchema)]
struct Reading {
    title: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let run_file = std::env::temp_dir().join("ocr_pages.db");
    let (summary, said) = read_pages(&run_file)?;
    for line in &said {
        println!("{line}");
    }
    println!(
        "{} pages read and {} failed with {} calls, {} from the record; {}",
        summary.completed,
        summary.failed,
        summary.calls,
        summary.from_record,
        run_file.display()
    );
    Ok(())
}

/// Stands for a text recognition that takes its time.
fn recognise(page: &Page) -> Result<(String, Layout), String> {
    if page.scan.is_empty() {
        return Err("the page is blank".to_owned());
    }
    let layout = Layout { words: page.scan.split(['|', ' ']).count(), size: (40.0, 12.0) };
    Ok((page.scan.replace('|', "\n"), layout))
}

/// Stands for a model that runs in this program: the title is the first line.
fn model() -> Llm {
    let llm = Llm::from_fn("first-line", |call| {
        let title = call.user().lines().next().unwrap_or_default();
        Ok(Answer::json(json!({"title": title}))?.usage(40, 8))
    });
    llm.price(0.0, 0.0).max_workers(4)
}

/// Reads the pages; returns the summary and a line about each page, in their order.
pub fn read_pages(run_file: &Path) -> Result<(Summary, Vec<String>), Error> {
    let scans = ["Invoice 2041|TOTAL 318.40 EUR", "Delivery note|12 boxes", "", "Receipt|PAID 318.40"];
    let pages = (1..).zip(scans).map(|(number, scan)| Page { number, scan: scan.to_owned() });
    let mut said = Vec::new();
    let summary = Batch::builder()
        .system("You read scanned pages. Answer in JSON.")
        .items(pages, |page| {
            let (text, layout) = recognise(page)?;
            Ok::<_, String>(Request::new(text).carry(layout))
        })
        .key(|page: &Page| format!("page_{:04}", page.number))
        .prepare_threads(4)
        .schema::<Reading>()
        .llm(model())
        .run_file(run_file)
        .progress(|progress| {
            if let Progress::Preparing(preparing) = progress {
                eprintln!("{} pages recognised", preparing.done);
            }
        })
        .on_result(|result| {
            let page: Page = result.item_as()?;
            let line = match (&result.outcome, result.carried::<Layout>()) {
                (Outcome::Accepted(_), Some(Layout { words, size })) => {
                    let Reading { title } = result.output_as()?;
                    format!("{words} words on {} x {} points, {title:?}", size.0, size.1)
                }
                (Outcome::Failed(failure), _) => format!("failed ({}): {}", failure.kind, failure.message),
                (other, _) => format!("{other:?}"),
            };
            said.push((page.number, format!("page_{:04}: {line}", page.number)));
            Ok(())
        })
        .run()?;
    // Results come in the order in which they are answered.
    said.sort_unstable_by_key(|(number, _)| *number);
    Ok((summary, said.into_iter().map(|(_, line)| line).collect()))
}
