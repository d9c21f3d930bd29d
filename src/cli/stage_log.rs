//! `run --log DIR`: what happens, one event a line with its time, in a file for each stage. `run.log` has what belongs
//! to no stage. Files are appended to; each run begins with a line of its own in each file that it writes to.
//!
//! It has what the terminal shows, and each work item that is decided by new answers; so nothing secret is in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::error::{CliError, Kind};
use super::progress::due;
use crate::engine::{DecidedItem, GenerationProgress, RunEvent};
use crate::record::Stage;
use crate::store::now;
use crate::view::text::{counted, line, thousands};

/// The name of the log of what belongs to no stage.
const RUN: &str = "run";

/// The logs of one run.
pub struct StageLogs {
    dir: PathBuf,
    /// The first line of this run in each file.
    beginning: String,
    /// The files that this run has written to, by the names of their stages.
    open: Vec<(&'static str, File)>,
    /// The stage that is under way, or ended last.
    current: &'static str,
    last_line: Option<(Instant, u64)>,
    /// Why nothing is written any more.
    failed: Option<String>,
}

impl StageLogs {
    /// Opens the logs in `dir`, which is made if need be, and writes the first line.
    pub fn open(dir: &Path, config: &Path) -> Result<Self, CliError> {
        let version = env!("CARGO_PKG_VERSION");
        let beginning = format!("run begins: casebook {version}, {}, process {}", config.display(), std::process::id());
        let mut logs =
            Self { dir: dir.to_owned(), beginning, open: Vec::new(), current: RUN, last_line: None, failed: None };
        fs::create_dir_all(dir).and_then(|()| logs.file(RUN).map(drop)).map_err(|error| {
            CliError::new(Kind::Usage, format!("cannot write logs to {}: {error}", dir.display()))
                .hint("name a folder for `--log` that can be written to")
        })?;
        Ok(logs)
    }

    /// Writes what happened.
    pub fn see(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Stage { stage, message } => {
                self.current = stage.as_str();
                self.write(self.current, message);
            }
            RunEvent::Variant { name, repeat, .. } => {
                self.last_line = None;
                self.write(self.current, &format!("variant {name}, repeat {repeat}"));
            }
            RunEvent::Note(note) => self.write(self.current, &format!("note: {note}")),
            RunEvent::Generating(progress) => {
                self.current = Stage::Generate.as_str();
                let now = Instant::now();
                if due(self.last_line, progress, now) {
                    self.last_line = Some((now, progress.done));
                    self.write(self.current, &counts(progress));
                }
            }
        }
    }

    /// Writes how a work item was decided, unless that was on record before.
    pub fn decided(&mut self, item: &DecidedItem) {
        if !item.from_record {
            self.write(Stage::Generate.as_str(), &decision(item));
        }
    }

    /// Writes how the run ended.
    pub fn end(&mut self, outcome: &str) {
        self.write(RUN, &format!("run ends: {outcome}"));
    }

    /// Why the logs are not complete, if they are not.
    pub fn failure(&self) -> Option<String> {
        let why = self.failed.as_ref()?;
        Some(format!("the logs in {} are not complete: {why}", self.dir.display()))
    }

    fn write(&mut self, stage: &'static str, message: &str) {
        if self.failed.is_some() {
            return;
        }
        let written = self.file(stage).and_then(|file| file.write_all(stamped(message).as_bytes()));
        self.failed = written.err().map(|error| error.to_string());
    }

    /// The log of a stage, which begins with the run's first line.
    fn file(&mut self, stage: &'static str) -> io::Result<&mut File> {
        let place = match self.open.iter().position(|(name, _)| *name == stage) {
            Some(place) => place,
            None => {
                let path = self.dir.join(format!("{stage}.log"));
                let mut file = OpenOptions::new().create(true).append(true).open(path)?;
                file.write_all(stamped(&self.beginning).as_bytes())?;
                self.open.push((stage, file));
                self.open.len() - 1
            }
        };
        Ok(&mut self.open[place].1)
    }
}

/// A line of a log. What would break or colour it is escaped.
fn stamped(message: &str) -> String {
    format!("{} {}\n", now(), line(message))
}

fn counts(progress: &GenerationProgress) -> String {
    let [done, planned, accepted, rejected, failed, in_flight] =
        [progress.done, progress.planned, progress.accepted, progress.rejected, progress.failed, progress.in_flight]
            .map(thousands);
    let calls = counted(progress.calls, "call");
    format!(
        "{done} of {planned} decided: {accepted} accepted, {rejected} rejected, {failed} failed; {calls}, {in_flight} in \
         flight"
    )
}

fn decision(item: &DecidedItem) -> String {
    let mut text = format!("{} {} ({}", item.status.as_str(), item.work_id, item.step);
    if let Some(index) = item.row_index {
        text = format!("{text}, row {}", index + 1);
    }
    if let Some(group) = &item.group_key {
        text = format!("{text}, group {group}");
    }
    let attempts = if item.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", item.attempts) };
    text = format!("{text}): {attempts}");
    match (&item.outcome, &item.message) {
        (Some(outcome), Some(message)) => format!("{text}, {outcome}: {message}"),
        (None, Some(message)) => format!("{text}, {message}"),
        (_, None) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_times(text: &str) -> Vec<String> {
        text.lines().map(|line| line[25..].to_owned()).collect()
    }

    #[test]
    fn each_stage_has_its_file_and_each_run_its_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/logs");
        for _ in 0..2 {
            let mut logs = StageLogs::open(&folder, Path::new("c.yaml")).unwrap();
            logs.see(&RunEvent::Note("before".into()));
            logs.see(&RunEvent::Stage { stage: Stage::Ingest, message: "3 rows\u{1b}[1m".into() });
            logs.see(&RunEvent::Note("two\nlines".into()));
            let progress = GenerationProgress { planned: 3, ..GenerationProgress::default() };
            logs.see(&RunEvent::Generating(progress));
            logs.end("done");
            assert_eq!(logs.failure(), None);
        }
        let read = |name: &str| without_times(&fs::read_to_string(folder.join(name)).unwrap());
        let run = read("run.log");
        assert_eq!(run.len(), 6);
        assert!(run[0].starts_with("run begins: casebook ") && run[0].contains("c.yaml"), "{run:?}");
        assert_eq!(run[1..3], ["note: before", "run ends: done"]);
        let ingest = read("ingest.log");
        assert_eq!(ingest.len(), 6);
        assert_eq!(ingest[1..3], ["3 rows\\u{1b}[1m", "note: two\\nlines"]);
        assert!(read("generate.log")[1].starts_with("0 of 3 decided"));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "").unwrap();
        assert!(StageLogs::open(&path, Path::new("c.yaml")).is_err());
    }
}
