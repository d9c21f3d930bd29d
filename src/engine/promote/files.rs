//! The files of promotions, `pins.yaml` and the changelog of prompts. They are made from the record, so that one that
//! was killed before they were written is in them after the next one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::types::Type;
use rusqlite::{Connection, Row};
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

/// What is pinned in `dir` for the run called `run`: what the file with the pins says, and what the run file at `db`
/// has beyond that; also notes for people. A file that is missing, empty or no pins is made anew from the record,
/// where that has promotions. One that was edited by hand or has the pins of another run is an error.
pub(super) fn standing(dir: &Path, db: &Path, run: &str) -> Result<(Pins, Vec<String>), EngineError> {
    let path = dir.join(PINS_FILE);
    let file = path.display().to_string();
    let recorded = if db.exists() { of_run(latest(&store::open(db, Access::Read)?)?, run) } else { BTreeMap::new() };
    let unreadable = |source: io::Error| PinError::Unreadable { file: file.clone(), reason: source.to_string() };
    let text = read(&path).map_err(|source| PromoteError::from(unreadable(source)))?;
    let parsed = text.map(|bytes| match String::from_utf8(bytes) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Pins::parse(&text, &file).map(Some),
        Err(_) => Err(unreadable(io::Error::other("it is no text"))),
    });
    let (pins, why) = match parsed {
        None => (Pins::default(), Some("is missing".to_owned())),
        Some(Ok(None)) => (Pins::default(), Some("is empty".to_owned())),
        Some(Ok(Some(pins))) => (pins, None),
        Some(Err(error)) if error.is_broken_file() && !recorded.is_empty() => {
            (Pins::default(), Some(format!("is not used ({error})")))
        }
        Some(Err(error)) => return Err(PromoteError::from(error).into()),
    };
    for (stage, pin) in &pins.0 {
        pin.check_run(*stage, run, &file).map_err(PromoteError::from)?;
    }
    let note = why.filter(|_| !recorded.is_empty()).map(|why| {
        let stages: Vec<&str> = recorded.keys().map(|it| it.as_str()).collect();
        let from = db.file_name().unwrap_or(db.as_os_str()).to_string_lossy();
        format!("{file} {why}: it is made anew from {from}, which has {}", stages.join(" and "))
    });
    Ok((with_recorded(pins, recorded), note.into_iter().collect()))
}

/// The bytes of a file; `None` if it is not there.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The text of the changelog; `None` if it is not there.
fn read_changelog(dir: &Path) -> Result<Option<String>, PromoteError> {
    let path = dir.join(CHANGELOG);
    let text = read(&path).and_then(|bytes| {
        let text = bytes.map(|bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is no UTF-8 text")));
        text.transpose()
    });
    text.map_err(|source| PromoteError::Changelog { path, source })
}

/// Checks that the files in `dir` can be written, before anything is on record.
pub(super) fn check(dir: &Path) -> Result<(), EngineError> {
    read_changelog(dir)?;
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let folder = dir.join(CHANGELOG).parent().map(Path::to_owned).unwrap_or_default();
    let refused = |path: &Path, source| EngineError::Write { path: path.to_owned(), source };
    if folder.exists() && !folder.is_dir() {
        return Err(refused(&folder, io::ErrorKind::NotADirectory.into()));
    }
    for folder in [Some(dir), Some(folder.as_path()).filter(|it| it.exists())].into_iter().flatten() {
        tempfile::tempfile_in(folder).map_err(|source| refused(folder, source))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), EngineError> {
    let written = write_whole(path, Existing::Replace, |out| out.write_all(text.as_bytes()));
    written.map_err(|source: io::Error| EngineError::Write { path: path.to_owned(), source })
}

/// The pins of a file, and those of the record that are not older: another run file may have promoted to a stage since.
fn with_recorded(mut pins: Pins, recorded: BTreeMap<PinStage, Pin>) -> Pins {
    for (stage, pin) in recorded {
        if pins.0.get(&stage).is_none_or(|it| it.promoted_at <= pin.promoted_at) {
            pins.0.insert(stage, pin);
        }
    }
    pins
}

fn of_run(mut recorded: BTreeMap<PinStage, Pin>, run: &str) -> BTreeMap<PinStage, Pin> {
    recorded.retain(|_, pin| pin.run == run);
    recorded
}

/// What was last pinned as each stage.
fn latest(connection: &Connection) -> rusqlite::Result<BTreeMap<PinStage, Pin>> {
    let all = sql::PROMOTE_LATEST.all(connection, &[], |row| Ok((row.get("stage")?, recorded_pin(row)?)))?;
    Ok(all.into_iter().collect())
}

/// The pin of a promotion on record.
fn recorded_pin(row: &Row<'_>) -> rusqlite::Result<Pin> {
    serde_json::from_value(row.get("pin")?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// What was changed by hand in the file with pins `file`, which has `content`, in words: what the record says, and what
/// stands there. Empty where no run file says what was pinned.
pub(super) fn edits(file: &str, content: &Value) -> Vec<String> {
    let dir = Path::new(file).parent().unwrap_or(Path::new(""));
    let blocks = || content.as_object().into_iter().flatten();
    let run_files: BTreeSet<&str> = blocks().filter_map(|(_, block)| block["run_file"].as_str()).collect();
    let recorded = run_files.into_iter().fold(Pins::default(), |pins, name| {
        let connection = store::open(&dir.join(name), Access::Read).ok();
        with_recorded(pins, connection.and_then(|it| latest(&it).ok()).unwrap_or_default())
    });
    let is_known = |word: &str| word.parse::<PinStage>().is_ok_and(|stage| recorded.0.contains_key(&stage));
    let mut found: Vec<String> = Vec::new();
    for (stage, pin) in &recorded.0 {
        let pin = serde_json::to_value(pin).unwrap_or_default();
        found.extend(difference::values(stage.as_str(), &pin, &content[stage.as_str()]).iter().map(change));
    }
    found.extend(blocks().filter(|(word, _)| !is_known(word)).map(|(word, _)| format!("{word} is not on record")));
    if found.is_empty() && !recorded.0.is_empty() {
        found.push("what is pinned is as the record has it: the seal alone is another".to_owned());
    }
    found
}

/// Writes what the record has of the run called `run`, and the files in `dir` do not; returns the paths of both. `pins`
/// is what is pinned there.
pub(super) fn write_all(
    connection: &Connection,
    (dir, run): (&Path, &str),
    pins: Pins,
) -> Result<Vec<PathBuf>, EngineError> {
    let all = promotions(connection)?;
    let pins = with_recorded(pins, of_run(latest(connection)?, run));
    let path = dir.join(PINS_FILE);
    write(&path, &pins.to_text())?;
    let changelog = dir.join(CHANGELOG);
    if let Some(folder) = changelog.parent() {
        fs::create_dir_all(folder).map_err(|source| EngineError::Write { path: folder.to_owned(), source })?;
    }
    let mut text = read_changelog(dir)?.unwrap_or_else(|| HEAD.to_owned());
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
        Ok(RecordedPromotion {
            id: row.get("id")?,
            uid: row.get("uid")?,
            stage: row.get("stage")?,
            pin: recorded_pin(row)?,
            metrics: row.get("metrics")?,
            gates: row.get("gates")?,
            verdict: row.get("verdict")?,
            reason: row.get("reason")?,
            snapshot: row.get("snapshot")?,
        })
    })?;
    Ok(all)
}
