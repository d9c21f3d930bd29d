//! `export`: the outputs become files, which are streamed into the run file.
//!
//! `output.jsonl` has every work item in full, failed ones included, as canonical JSON. `output.psv` and `output.csv`
//! are tables: the columns of the input, the group, the fields of the output, the verdict and the status; with
//! `outputs.expand: rows` they have a line for each row of a group. Each of them may be compressed. `items.jsonl` lists
//! the folders of the work items, with digests of what is in them.
//!
//! [`export()`] writes the files that an [`ExportRequest`] asks for; [`expected`] makes the same texts and only
//! measures them. `jsonl` and `table` render, and `pack` compresses; none knows where its bytes go.

mod expand;
mod group_rows;
mod jsonl;
mod names;
mod pack;
mod request;
mod sink;
mod table;
#[cfg(test)]
mod tests;

use std::io::Write;

use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value, json};

use super::artifact::{Artifact, ArtifactError, ArtifactWriter, Measure};
use super::{ManifestContent, StageContext};
use crate::config::{FormatFile, OutputLayout};
use crate::record::Digest;
use expand::Unmatched;
use jsonl::render_jsonl;
use pack::Packer;
use request::media_type;
use sink::{RenderedFile, Sink};
use table::render_table;

pub use expand::{ElementMatch, Expansion};
pub use names::result_names;
pub use pack::unpack;
pub use request::ExportRequest;

/// Writes the files; returns them in the order of the formats.
pub fn export(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &ExportRequest<'_>,
) -> rusqlite::Result<(Vec<Artifact>, ManifestContent)> {
    let (artifacts, rendered) = write(tx, ctx, request)?;
    let outputs: Map<String, Value> =
        artifacts.iter().map(|it| (it.name.clone(), json!({"sha1": it.sha1.to_string(), "bytes": it.bytes}))).collect();
    let mut counts = json!({"rows": rendered.rows});
    if request.expansion.is_some() {
        counts["unmatched"] = rendered.unmatched.to_value();
    }
    for (kind, count, what) in rendered.unmatched.found() {
        ctx.anomaly(tx, kind, None, &format!("{count} {what}"))?;
    }
    let summary = ManifestContent { inputs: request.inputs(tx)?, outputs: Value::Object(outputs), counts };
    Ok((artifacts, summary))
}

/// Writes the files; returns them and what the last of them that is a table came to, or else the last.
fn write(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    request: &ExportRequest<'_>,
) -> rusqlite::Result<(Vec<Artifact>, RenderedFile)> {
    let mut artifacts = Vec::new();
    let mut last = RenderedFile::default();
    for file in request.files() {
        let mut writer = ArtifactWriter::begin(tx, file.name, media_type(file))?;
        let rendered = packed(tx, request, file, &mut |bytes| writer.write(bytes))?;
        artifacts.push(writer.finish(ctx, Some(rendered.rows))?);
        if last.unmatched == Unmatched::default() {
            last = rendered;
        }
    }
    Ok((artifacts, last))
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
    file: FormatFile,
) -> rusqlite::Result<ExpectedFile> {
    let mut measure = Measure::default();
    let row_count = render(connection, request, file, &mut |bytes| {
        measure.add(bytes);
        Ok(())
    })?
    .rows;
    let (sha1, bytes) = measure.finish();
    Ok(ExpectedFile { sha1, bytes, row_count })
}

/// Writes the file that [`export()`] would record, as the connection sees the run file now.
pub fn stream(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: FormatFile,
    out: &mut dyn Write,
) -> Result<(), ArtifactError> {
    let mut failed = None;
    let rendered = packed(connection, request, file, &mut |bytes| {
        out.write_all(bytes).map_err(|error| {
            failed = Some(error);
            rusqlite::Error::InvalidQuery
        })
    });
    match (failed, rendered) {
        (Some(error), _) => Err(ArtifactError::Io(error)),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(_)) => Ok(()),
    }
}

/// Makes the bytes of a file.
fn packed(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: FormatFile,
    sink: Sink<'_>,
) -> rusqlite::Result<RenderedFile> {
    let Some(packing) = file.packing else { return render(connection, request, file, sink) };
    let mut packer = Packer::new(packing).map_err(pack::failed)?;
    let rendered = render(connection, request, file, &mut |bytes| packer.add(bytes, sink))?;
    packer.finish(sink)?;
    Ok(rendered)
}

/// Makes the text of a file.
fn render(
    connection: &Connection,
    request: &ExportRequest<'_>,
    file: FormatFile,
    sink: Sink<'_>,
) -> rusqlite::Result<RenderedFile> {
    let rows = match file.layout {
        OutputLayout::Jsonl => render_jsonl(connection, request, sink)?,
        OutputLayout::Items => (request.items)(connection, &request.steps(connection)?, sink)?,
        layout @ (OutputLayout::Psv | OutputLayout::Csv) => return render_table(connection, request, layout, sink),
    };
    Ok(RenderedFile { rows, ..RenderedFile::default() })
}
