//! `export`: the outputs become files, which are streamed into the run file.
//!
//! `output.jsonl` has every work item in full, failed ones included, as canonical JSON. `output.psv` and `output.csv`
//! are tables: the columns of the input, the group, the fields of the output, the verdict and the status; with
//! `outputs.expand: rows` they have a line for each row of a group. Each of them may be compressed. `items.jsonl` lists
//! the folders of the work items, with digests of what is in them.
//!
//! `outputs.files` are files of objects with ids and references, made of the outputs of any steps; see [`objects`].
//!
//! Files for evaluation tools are made of items, and those of an outputs' mapping; see [`evals`]. Files for fine-tuning
//! are made of conversations and their outputs; see [`finetune`].
//!
//! [`export()`] writes the files that an [`ExportRequest`] asks for; [`expected`] makes the same texts and only
//! measures them. `jsonl` and `table` render, and `pack` compresses; none knows where its bytes go.

mod error;
pub mod evals;
mod expand;
pub mod finetune;
mod group_rows;
mod jsonl;
mod names;
pub mod objects;
mod pack;
mod request;
mod sink;
mod table;
#[cfg(test)]
mod tests;

use std::io::Write;

use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};

use super::artifact::{Artifact, ArtifactWriter, Measure};
use super::{ManifestContent, StageContext};
use crate::config::{FormatFile, OutputLayout};
use crate::eval_tools::EvalFinding;
use crate::record::Digest;
use evals::{each_item, render_evals};
use expand::Unmatched;
use finetune::{GoldAtHand, render_finetune};
use jsonl::render_jsonl;
use objects::{left_out, missing, render_objects};
use pack::Packer;
use sink::{RenderedFile, Sink};
use table::render_table;

pub use error::ExportError;
pub use expand::{ElementMatch, Expansion};
pub use names::result_names;
pub use pack::unpack;
pub use request::{ExportFile, ExportRequest};

/// Writes the files; returns them in the order of the request.
pub fn export(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &ExportRequest<'_>,
) -> Result<(Vec<Artifact>, ManifestContent), ExportError> {
    let WrittenFiles { artifacts, rendered, finetune } = write(tx, ctx, request)?;
    let outputs: Map<String, Value> =
        artifacts.iter().map(|it| (it.name.clone(), json!({"sha1": it.sha1.to_string(), "bytes": it.bytes}))).collect();
    let mut counts = json!({"rows": rendered.rows});
    if !finetune.is_empty() {
        counts["finetune"] = Value::Object(finetune);
    }
    if request.expansion.is_some() {
        counts["unmatched"] = rendered.unmatched.to_value();
    }
    for (kind, count, what) in rendered.unmatched.found() {
        ctx.anomaly(tx, kind, None, &format!("{count} {what}"))?;
    }
    let objects: Map<String, Value> = artifacts
        .iter()
        .filter(|artifact| request.objects.files.iter().any(|file| file.name == artifact.name))
        .map(|artifact| (artifact.name.clone(), json!(artifact.row_count)))
        .collect();
    if !objects.is_empty() {
        counts["objects"] = Value::Object(objects);
    }
    for (name, what) in left_out(tx, &request.objects)? {
        ctx.anomaly(tx, "objects_left_out", Some(&name), &what)?;
    }
    if let Some(what) = items_left_out(tx, request)? {
        ctx.anomaly(tx, "items_left_out", None, &what)?;
    }
    let summary = ManifestContent { inputs: request.inputs(tx)?, outputs: Value::Object(outputs), counts };
    Ok((artifacts, summary))
}

/// The files of an export.
struct WrittenFiles {
    artifacts: Vec<Artifact>,
    /// What the last of them that is a table came to, or else the last.
    rendered: RenderedFile,
    /// What the formats for fine-tuning came to, by name.
    finetune: Map<String, Value>,
}

/// Writes the files.
fn write(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &ExportRequest<'_>,
) -> Result<WrittenFiles, ExportError> {
    let (mut artifacts, mut finetune) = (Vec::new(), Map::new());
    let mut last = RenderedFile::default();
    for file in request.files() {
        let mut writer = ArtifactWriter::begin(tx, file.name(), file.media_type())?;
        let rendered = packed(tx, request, file, &mut |bytes| writer.write(bytes))?;
        artifacts.push(writer.finish(ctx, Some(rendered.rows))?);
        for finding in &rendered.findings {
            ctx.anomaly(tx, finding.kind, Some(file.name()), &finding.text)?;
        }
        if let Some((name, counts)) = rendered.counts.clone() {
            finetune.insert(name.to_owned(), counts);
        }
        let counts_rows = match file {
            ExportFile::Format(FormatFile { layout: OutputLayout::Finetune(_), .. }) => last.rows == 0,
            ExportFile::Format(_) => true,
            ExportFile::Objects(_) => false,
        };
        if counts_rows && last.unmatched == Unmatched::default() {
            last = rendered;
        }
    }
    Ok(WrittenFiles { artifacts, rendered: last, finetune })
}

/// How many work items are in no file of an evaluation tool, in words; `None` if none is missing, or if there are no
/// such files. Where the items are those of a file that is written too, that one says it.
pub fn items_left_out(connection: &Connection, request: &ExportRequest<'_>) -> rusqlite::Result<Option<String>> {
    let Some(mapping) = request.mapping() else { return Ok(None) };
    if request.objects.files.iter().any(|file| file.name == mapping.file.name) {
        return Ok(None);
    }
    missing(connection, &mapping.file, "the files for evaluation tools")
}

/// Makes the files of objects and the items of evaluation tools and throws them away, and looks whether there are the
/// answers that examples for fine-tuning are made of: an error if a file cannot be made.
pub fn check_objects(connection: &Connection, request: &ExportRequest<'_>) -> Result<(), ExportError> {
    for file in &request.objects.files {
        render_objects(connection, &request.objects, file, &mut |_| Ok(()))?;
    }
    if request.has_finetune() {
        GoldAtHand::of(connection, request)?.put_away(connection)?;
    }
    if let Some(mapping) = request.mapping() {
        each_item::<ExportError>(connection, mapping, &mut |_| Ok(()))?;
    }
    Ok(())
}

/// A file as [`export()`] would write it, before it is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedFile {
    pub sha1: Digest,
    pub bytes: i64,
    pub row_count: i64,
}

/// Returns the digest and size of the text that [`export()`] would write, without writing it. Whether it is compressed
/// makes no difference: other versions of a compressor make other bytes of the same text.
pub fn expected(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: ExportFile<'_>,
) -> Result<ExpectedFile, ExportError> {
    let mut measure = Measure::default();
    let row_count = render(connection, request, file, &mut |bytes| {
        measure.add(bytes);
        Ok(())
    })?
    .rows;
    let (sha1, bytes) = measure.finish();
    Ok(ExpectedFile { sha1, bytes, row_count })
}

/// Writes the file that [`export()`] would record, as the connection sees the run file now; returns what there is to
/// say about it.
pub fn stream(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: ExportFile<'_>,
    out: &mut dyn Write,
) -> Result<Vec<EvalFinding>, ExportError> {
    let mut failed = None;
    let rendered = packed(connection, request, file, &mut |bytes| {
        out.write_all(bytes).map_err(|error| {
            failed = Some(error);
            rusqlite::Error::InvalidQuery
        })
    });
    match (failed, rendered) {
        (Some(error), _) => Err(ExportError::Io(error)),
        (None, Err(error)) => Err(error),
        (None, Ok(rendered)) => Ok(rendered.findings),
    }
}

/// Makes the bytes of a file.
fn packed(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: ExportFile<'_>,
    sink: Sink<'_>,
) -> Result<RenderedFile, ExportError> {
    let Some(packing) = file.packing() else { return render(connection, request, file, sink) };
    let mut packer = Packer::new(packing).map_err(pack::failed)?;
    let rendered = render(connection, request, file, &mut |bytes| packer.add(bytes, sink))?;
    packer.finish(sink)?;
    Ok(rendered)
}

/// Makes the text of a file.
fn render(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: ExportFile<'_>,
    sink: Sink<'_>,
) -> Result<RenderedFile, ExportError> {
    let rows = match file {
        ExportFile::Objects(file) => render_objects(connection, &request.objects, file, sink)?,
        ExportFile::Format(file) => match file.layout {
            OutputLayout::Jsonl => render_jsonl(connection, request, sink)?,
            OutputLayout::Items => (request.items)(connection, &request.steps(connection)?, sink)?,
            layout @ (OutputLayout::Psv | OutputLayout::Csv) => {
                return Ok(render_table(connection, request, layout, sink)?);
            }
            OutputLayout::Eval(file) => {
                let mapping = request.evals.as_ref().ok_or(ExportError::Unmapped(file.name()))?;
                return render_evals(connection, mapping, file, sink);
            }
            OutputLayout::Finetune(file) => return render_finetune(connection, request, file, sink),
        },
    };
    Ok(RenderedFile { rows, ..RenderedFile::default() })
}
