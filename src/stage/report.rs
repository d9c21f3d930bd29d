//! `report`: the rendered report is kept in the run file. Rendering is the work of `view`.

use rusqlite::Transaction;
use serde_json::{Map, Value, json};

use super::artifact::{Artifact, ArtifactWriter};
use super::{ManifestContent, StageContext};

/// A rendered report.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub markdown: String,
    /// One page that needs no other file.
    pub html: String,
}

/// The names of a report's files, with their media types.
pub const FILES: [(&str, &str); 2] = [("report.md", "text/markdown"), ("report.html", "text/html")];

/// Stores the files of a report; `inputs` is what it was made from.
pub fn report(
    tx: &Transaction<'_>,
    ctx: &StageContext<'_>,
    rendered: &Rendered,
    inputs: Value,
) -> rusqlite::Result<(Vec<Artifact>, ManifestContent)> {
    let mut artifacts = Vec::new();
    let mut outputs = Map::new();
    for ((name, media_type), text) in FILES.into_iter().zip([&rendered.markdown, &rendered.html]) {
        let mut writer = ArtifactWriter::begin(tx, name, media_type)?;
        writer.write(text.as_bytes())?;
        let artifact = writer.finish(ctx, None)?;
        outputs.insert(name.to_owned(), json!({"sha1": artifact.sha1.to_string(), "bytes": artifact.bytes}));
        artifacts.push(artifact);
    }
    let summary =
        ManifestContent { inputs, outputs: Value::Object(outputs), counts: json!({"files": artifacts.len()}) };
    Ok((artifacts, summary))
}
