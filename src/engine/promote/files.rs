//! The files of promotions, `pins.yaml` and the changelog of prompts. They are made from the record, so that one that
//! was killed before they were written is in them after the next one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use super::changelog::{HEAD, RecordedPromotion};
use super::error::PromoteError;
use super::measured::change;
use crate::config::{PINS_FILE, Pin, PinError, Pins};
use crate::engine::error::EngineError;
use crate::engine::whole_file::{Existing, write_whole};
use crate::record::PinStage;
use crate::store::{self, Access, sql};
use crate::view::difference;

/// The changelog, beside the configuration.
const CHANGELOG: &str = "prompts/prompt_changelog.md";

/// The pins of the file in `dir`; none if it is not there.
pub(super) fn pins(dir: &Path) -> Result<Pins, EngineError> {
    let path = dir.join(PINS_FILE);
    match text_of(&path)? {
        Some(text) => Ok(Pins::parse(&text, &path.display().to_string()).map_err(PromoteError::from)?),
        None => Ok(Pins::default()),
    }
}

fn text_of(path: &Path) -> Result<Option<String>, EngineError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EngineError::Write { path: path.to_owned(), source }),
    }
}

fn write(path: &Path, text: &str) -> Result<(), EngineError> {
    let written = write_whole(path, Existing::Replace, |out| out.write_all(text.as_bytes()));
    written.map_err(|source: io::Error| EngineError::Write { path: path.to_owned(), source })
}

/// Writes the file with the pins anew where it was edited by hand; returns what was changed in it, in words. `db` is
/// the run file of this promotion, if it is known, and `to` the stage that it is to.
pub(super) fn restore(dir: &Path, db: Option<&Path>, to: PinStage) -> Result<Vec<String>, EngineError> {
    let path = dir.join(PINS_FILE);
    let Some(text) = text_of(&path)? else { return Ok(Vec::new()) };
    let file = path.display().to_string();
    let Err(PinError::Edited { content, .. }) = Pins::parse(&text, &file) else { return Ok(Vec::new()) };
    let mut pins = Pins::default();
    let mut notes = Vec::new();
    for (word, edited) in content.as_object().into_iter().flatten() {
        let stage = word.parse::<PinStage>().ok();
        let own = db.and_then(|db| recorded_in(db, stage?));
        match stage.and_then(|stage| own.or_else(|| recorded_in(&dir.join(edited["run_file"].as_str()?), stage))) {
            Some(pin) => {
                notes.extend(differences(word, &pin, edited));
                pins.0.extend(stage.map(|stage| (stage, pin)));
            }
            None if stage == Some(to) || stage.is_none() => notes.push(format!("{word}: it is not on record")),
            None => return Err(PromoteError::Lost { file, stage: word.clone() }.into()),
        }
    }
    write(&path, &pins.to_text())?;
    Ok(notes.into_iter().map(|note| format!("{file} was edited by hand and is written anew: {note}")).collect())
}

/// What was last pinned as `stage`, as the run file at `db` says it.
fn recorded_in(db: &Path, stage: PinStage) -> Option<Pin> {
    let connection = store::open(db, Access::Read).ok()?;
    latest(&connection).ok()?.remove(&stage)
}

/// What was last pinned as each stage.
fn latest(connection: &Connection) -> rusqlite::Result<BTreeMap<PinStage, Pin>> {
    let all = sql::PROMOTE_LATEST.all(connection, &[], |row| Ok((row.get("stage")?, row.get::<_, Value>("pin")?)))?;
    Ok(all.into_iter().filter_map(|(stage, pin)| Some((stage, serde_json::from_value(pin).ok()?))).collect())
}

fn differences(stage: &str, pin: &Pin, edited: &Value) -> Vec<String> {
    let recorded = serde_json::to_value(pin).unwrap_or_default();
    difference::values(stage, &recorded, edited).iter().map(change).collect()
}

/// What was changed by hand in the file with pins `file`, which has `content`, in words: what the record says, and what
/// stands there. Empty where no run file says what was pinned.
pub(super) fn edits(file: &str, content: &Value) -> Vec<String> {
    let dir = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for (word, edited) in content.as_object().into_iter().flatten() {
        let pin = word.parse().ok().and_then(|stage| recorded_in(&dir.join(edited["run_file"].as_str()?), stage));
        found.extend(pin.map(|pin| differences(word, &pin, edited)).unwrap_or_default());
    }
    found
}

/// Writes what the record has and the files in `dir` do not; returns the paths of both. `pins` is what is pinned there.
pub(super) fn write_all(connection: &Connection, dir: &Path, mut pins: Pins) -> Result<Vec<PathBuf>, EngineError> {
    let all = promotions(connection)?;
    for (stage, pin) in latest(connection)? {
        // Another run file may have promoted to the stage since.
        let is_newer = pins.0.get(&stage).is_none_or(|it| it.promoted_at <= pin.promoted_at);
        if is_newer {
            pins.0.insert(stage, pin);
        }
    }
    let path = dir.join(PINS_FILE);
    write(&path, &pins.to_text())?;
    let changelog = dir.join(CHANGELOG);
    if let Some(folder) = changelog.parent() {
        fs::create_dir_all(folder).map_err(|source| EngineError::Write { path: folder.to_owned(), source })?;
    }
    let mut text = text_of(&changelog)?.unwrap_or_else(|| HEAD.to_owned());
    let length = text.len();
    for (index, promotion) in all.iter().enumerate() {
        if text.contains(&promotion.mark()) {
            continue;
        }
        let before = all[..index].iter().rfind(|it| it.stage == promotion.stage);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&promotion.entry(before));
    }
    if text.len() != length {
        write(&changelog, &text)?;
    }
    Ok(vec![path, changelog])
}

/// Every promotion on record, in order.
fn promotions(connection: &Connection) -> rusqlite::Result<Vec<RecordedPromotion>> {
    let all = sql::PROMOTE_ALL.all(connection, &[], |row| {
        let pin = serde_json::from_value(row.get("pin")?);
        let pin = pin.map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
        })?;
        Ok(RecordedPromotion {
            id: row.get("id")?,
            uid: row.get("uid")?,
            stage: row.get("stage")?,
            pin,
            metrics: row.get("metrics")?,
            gates: row.get("gates")?,
            verdict: row.get("verdict")?,
            reason: row.get("reason")?,
            snapshot: row.get("snapshot")?,
        })
    })?;
    Ok(all)
}
