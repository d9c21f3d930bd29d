//! Files for fine-tuning: what their examples are made of ([`FinetuneSpec`]), and the files.
//!
//! An example is the conversation of a work item as it was first sent, without the corrections of later attempts, and
//! its accepted output (or its gold answer) as a model would write it. `reader` reads them from the record, `gold` has
//! the gold answers. [`crate::finetune`] knows what each provider takes.
//!
//! Each file is made by itself: which examples are for validation, and which are left out, follows from the record.

mod gold;
mod reader;
mod spec;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::ExportError;
use super::objects::pretty;
use super::request::ExportRequest;
use super::sink::{RenderedFile, Sink};
use crate::eval_tools::EvalFinding;
use crate::finetune::{FinetuneFile, FinetuneFormat, FinetunePart, FinetuneTally, SeenExample, line};
use crate::record::Digest;
use reader::{ExampleReader, Found};

pub(super) use gold::GoldAtHand;
pub use spec::FinetuneSpec;

/// How many bytes are handed on at once.
const PIECE: usize = 64 * 1024;

/// Makes the bytes of a file.
pub(super) fn render_finetune(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: FinetuneFile,
    sink: Sink<'_>,
) -> Result<RenderedFile, ExportError> {
    let gold = GoldAtHand::of(connection, request)?;
    let rendered = match file.part {
        FinetunePart::Report => report(connection, request, file.format, sink),
        FinetunePart::Train => lines(connection, request, (file.format, false), sink),
        FinetunePart::Validation => lines(connection, request, (file.format, true), sink),
    };
    gold.put_away(connection)?;
    rendered
}

/// Makes the lines of the training or the validation file.
fn lines(
    connection: &Connection,
    request: &ExportRequest<'_>,
    (format, is_validation): (FinetuneFormat, bool),
    sink: Sink<'_>,
) -> Result<RenderedFile, ExportError> {
    let (mut out, mut rows) = (Vec::new(), 0);
    let mut reader = ExampleReader::new(connection, request, format);
    reader.each(&mut |reader, found| {
        let Found::Usable(mut usable) = found else { return Ok(()) };
        if usable.is_validation != is_validation {
            return Ok(());
        }
        if format == FinetuneFormat::OpenAi {
            reader.fill_images(&mut usable.example)?;
        }
        out.extend_from_slice(line(format, &usable.example).as_bytes());
        out.push(b'\n');
        rows += 1;
        if out.len() >= PIECE {
            sink(&out)?;
            out.clear();
        }
        Ok(())
    })?;
    sink(&out)?;
    Ok(RenderedFile { rows, ..RenderedFile::default() })
}

/// Makes the report on both files.
fn report(
    connection: &Connection,
    request: &ExportRequest<'_>,
    format: FinetuneFormat,
    sink: Sink<'_>,
) -> Result<RenderedFile, ExportError> {
    let spec = &request.finetune;
    let counter = spec.counter(format);
    let mut tally = FinetuneTally::new(format, spec.settings.validation > 0.0);
    let (mut rows, mut reader) = (0, ExampleReader::new(connection, request, format));
    reader.each(&mut |_, found| {
        match found {
            Found::LeftOut(work_id, why) => tally.leave_out(work_id, why),
            Found::Usable(usable) => {
                let images = usable.example.image_count() as u64;
                rows += 1;
                tally.add(SeenExample {
                    work_id: usable.work_id,
                    is_validation: usable.is_validation,
                    tokens: counter.count_messages(usable.example.texts(), images),
                    answer_tokens: counter.count(&usable.example.answer),
                    prompt: usable.example.prompt_digest(),
                    answer: Digest::of_bytes(usable.example.answer.as_bytes()),
                    input: usable.input,
                });
            }
        }
        Ok(())
    })?;
    let found = tally.finish();
    let mut whole = json!({
        "format": format.name(), "settings": spec.settings, "max_tokens": spec.max_tokens(format),
        "tokens": counter.describe(),
    });
    if let (Value::Object(whole), Value::Object(value)) = (&mut whole, found.value) {
        whole.extend(value);
    }
    let mut text = pretty(&whole, 0);
    text.push(b'\n');
    sink(&text)?;
    let findings = found.findings.into_iter().map(|(kind, count, text)| EvalFinding { kind, count, text }).collect();
    Ok(RenderedFile { rows, findings, counts: Some((format.name(), found.counts)), ..RenderedFile::default() })
}
