//! Documents as rows, claims held against their lines, and passages retrieved.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use crate::bench::Bench;
use crate::job::{Job, row};
use crate::process::casebook;
use crate::record::Record;
use crate::table::{Results, float, grouped};

/// How many lines a document has.
const LINES: u64 = 200;
/// How many claims an output has.
const CLAIMS: u64 = 100;
/// How many bytes of knowledge there are at most.
const KNOWLEDGE: u64 = 100_000_000;

const HEAD: &str = "\
run: {name: bench}
outputs: {formats: [jsonl], dir: out}
report: {enabled: false}
";

/// A claim for each of a hundred quotes, which samples take from the lines of the document.
const CLAIMING: &str = "\
input: {path: documents, split: {by: document}}
prompts: {generation: prompts/claim.yaml}
schema: {path: schema.json}
llm: {provider: sample, max_workers: 64}
judge: {enabled: false}
evidence: [{at: 'claims[]', lines: [line_start, line_end], quote: quote}]
";

/// A question for each row, answered by passages alone.
const RETRIEVING: &str = "\
input: {path: rows.csv, key: id}
knowledge: [{name: kb, path: documents, split: {by: lines, max_chars: 1000}}]
steps:
  - {name: look, each: row, rule: {found: \"retrieve('kb', row.narrative, k=5) | length\"}}
";

/// Writes documents of ten sections into the folder `documents` below `dir`; returns how many bytes they have.
fn write(dir: &Path, documents: u64) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for document in 0..documents {
        let mut text = String::new();
        for line in 0..LINES {
            if line % 20 == 0 {
                writeln!(text, "## Section {line} of {document}")?;
            } else {
                let words = row(document * LINES + line);
                writeln!(text, "{}", words.get(..60).unwrap_or(&words).trim_end())?;
            }
        }
        let folder = dir.join("documents").join(format!("{:03}", document / 100));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{document:05}.md")), &text)?;
        bytes += text.len() as u64;
    }
    Ok(bytes)
}

/// The seconds that it takes to read all documents, and no more.
fn read_alone(dir: &Path) -> Result<f64, Box<dyn Error>> {
    let clock = Instant::now();
    for folder in fs::read_dir(dir.join("documents"))? {
        for document in fs::read_dir(folder?.path())? {
            std::hint::black_box(fs::read(document?.path())?);
        }
    }
    Ok(clock.elapsed().as_secs_f64())
}

/// Documents in, claims and passages.
pub fn documents(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    ingest(bench, results)?;
    claims(bench, results)?;
    retrieve(bench, results)
}

fn ingest(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let count = bench.rows(10_000);
    let dir = bench.dir.join("ingest");
    let bytes = write(&dir, count)?;
    let read = read_alone(&dir)?;
    let configuration = format!("{HEAD}{}", CLAIMING.replace("{by: document}", "{by: section}"));
    let job = claiming(&dir, &configuration)?;
    let took = casebook(&job, &["--to", "plan"])?;
    let title = format!("{} documents of {LINES} lines, ingested and planned", grouped(float(count)));
    let found = format!("{:.1} s (read alone: {read:.1} s)", took.seconds);
    results.add(title, "under 20 s", found, took.seconds < 20.0);
    results.memory("peak memory of it", took.peak);
    let again = casebook(&job, &["--to", "plan"])?;
    results.note("the same again, nothing changed", format!("{:.1} s", again.seconds));
    let size = float(fs::metadata(job.db())?.len());
    results.note("its run file against the documents", format!("{:.2}", size / float(bytes)));
    Ok(())
}

fn claiming(dir: &Path, configuration: &str) -> Result<Job, Box<dyn Error>> {
    let claim = json!({
        "type": "object", "additionalProperties": false, "required": ["line_start", "line_end", "quote"],
        "properties": {"line_start": {"type": "integer"}, "line_end": {"type": "integer"}, "quote": {"type": "string"}},
    });
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["claims"],
        "properties": {"claims": {"type": "array", "minItems": CLAIMS, "maxItems": CLAIMS, "items": claim}},
    });
    let files = [
        ("casebook.yaml", configuration),
        ("schema.json", &schema.to_string()),
        ("prompts/claim.yaml", "name: claim\nuser: '{{ llm_schema }} {{ row.numbered }}'\n"),
    ];
    Ok(Job::write(dir, &files, [])?)
}

fn claims(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let count = bench.rows(1_000);
    let dir = bench.dir.join("claims");
    write(&dir, count)?;
    let job = claiming(&dir, &format!("{HEAD}{CLAIMING}"))?;
    casebook(&job, &["--to", "plan"])?;
    let took = casebook(&job, &["--only", "generate"])?;
    let title = format!("{} claims made, held and recorded", grouped(float(count * CLAIMS)));
    let accepted = Record::open(&job.db())?.accepted()?;
    let found = format!("{:.1} s, {} of {count} outputs accepted", took.seconds, grouped(accepted));
    results.add(title, "under 5 s", found, took.seconds < 5.0 && accepted >= float(count));
    results.memory("peak memory of it", took.peak);
    Ok(())
}

fn retrieve(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let dir = bench.dir.join("retrieve");
    let bytes = write(&dir, bench.rows(KNOWLEDGE / 12_000))?;
    let questions = 1_000;
    let short = |index: u64| row(index).split(' ').take(12).collect::<Vec<_>>().join(" ");
    let job = Job::write(&dir, &[("casebook.yaml", &format!("{HEAD}{RETRIEVING}"))], (0..questions).map(short))?;
    let one = casebook(&job, &["--limit", "1"])?;
    let all = casebook(&job, &[])?;
    let a_call = (all.seconds - one.seconds).max(0.0) / float(questions - 1) * 1000.0;
    let title = format!("`retrieve` over {:.0} MB, a call", float(bytes) / 1e6);
    results.add(title, "under 20 ms", format!("{a_call:.1} ms"), a_call < 20.0);
    results.note("ingest and index of it", format!("{:.1} s", one.seconds));
    results.memory("peak memory of it", all.peak);
    Ok(())
}
