//! A test set made of a document: the folder that it is written to, with its project, its run file and its five files.
//!
//! [`prepare`] makes the folder ready and returns the options of a run; [`finish`] takes the files that this run wrote
//! into the folder, once they hold what was asked for. The project is one like any other: what is asked, checked and
//! written stands in its configuration and its prompts.

mod counts;
mod error;
mod folder;
mod folder_error;
mod options;
mod project;
mod replacing;
mod review_table;
mod settings;

use std::path::{Path, PathBuf};

pub use error::TestsetError;
pub use options::TestsetOptions;
pub use review_table::ReviewTable;

use self::counts::{Counts, TooFew};
use self::folder::TestsetFolder;
use self::settings::Settings;
use super::error::EngineError;
use super::options::{RunOptions, RunSummary};
use super::review::error::SampleError;
use super::review::{SampleRequest, write_sample};
use super::testset_check::write_quality;
use crate::config::Documents;
use crate::project::documents::list;
use crate::record::VariantAt;
use crate::store::{self, Access, sql};
use crate::testset::{AskedCounts, Quality, SetFile};

/// A test set whose project is ready to run.
#[derive(Clone, Debug)]
pub struct PreparedTestset {
    pub run: RunOptions,
    /// What people should know, such as which files of the project they changed.
    pub notes: Vec<String>,
    folder: TestsetFolder,
    /// The folders that were not there before, from the test set's own to the one highest up; `None` where its files
    /// are those of an earlier run.
    made: Option<Vec<PathBuf>>,
}

impl PreparedTestset {
    /// The configuration of the project.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.run.config
    }

    /// The run file.
    #[must_use]
    pub fn db(&self) -> PathBuf {
        self.folder.db()
    }
}

/// Makes the folder ready: writes the files of `shipped` (relative paths and contents) that are not there into its
/// project, and replaces those that nobody changed. With `dry`, the project is written to a folder that is gone when
/// the process ends, and the test set's folder is left alone.
pub fn prepare(
    options: &TestsetOptions,
    shipped: &[(&str, &[u8])],
    scratch: Option<&Path>,
) -> Result<PreparedTestset, TestsetError> {
    let folder = TestsetFolder::new(&options.out, scratch);
    check_input(options, &folder)?;
    folder.check()?;
    let made = folder.absent();
    let settings = Settings::of(options, &folder.project());
    // First, so that the folder is known again whenever the process is killed.
    if scratch.is_none() {
        folder.mark()?;
    }
    let written = project::write(&folder, shipped, &settings)?;
    let mut overrides = if written.has_own_config { settings.overrides() } else { Vec::new() };
    overrides.extend(options.overrides.iter().cloned());
    let run = RunOptions { config: written.config, db: Some(folder.db()), overrides, ..RunOptions::default() };
    Ok(PreparedTestset { run, notes: written.notes, folder, made })
}

/// Refuses an input that is not there, or has no documents, before anything is written. Whether they can be read is
/// found out by the run.
fn check_input(options: &TestsetOptions, folder: &TestsetFolder) -> Result<(), TestsetError> {
    let input = &options.input;
    let is_pattern = input.to_string_lossy().contains(['*', '?', '[', '{']);
    match std::fs::metadata(input) {
        Ok(found) if found.is_file() && found.len() == 0 => return Err(TestsetError::EmptyInput(input.clone())),
        Err(_) if !is_pattern => return Err(TestsetError::NoInput(input.clone())),
        _ => {}
    }
    // People may say in the configuration how documents are to be read.
    let is_plain = folder.is_new() && !options.overrides.iter().any(|(key, _)| key.starts_with("input"));
    if let (true, Some(written)) = (is_plain, input.to_str()) {
        let wanted = Documents::whole(written.to_owned());
        list(&wanted, Path::new(""), "--input").map_err(|error| TestsetError::Documents(Box::new(error)))?;
    }
    Ok(())
}

/// Takes back what [`prepare`] wrote, where the run on it ended with `error` before it asked anything: a folder that
/// was not there before is gone then.
pub fn undo(prepared: &PreparedTestset, error: &EngineError) {
    let Some(made) = &prepared.made else { return };
    // Another process may be at work on it.
    if !error.is_usage() || matches!(error, EngineError::Lock(_)) {
        return;
    }
    let has_answers = |db: &Path| -> Result<bool, EngineError> {
        let connection = store::open(db, Access::Read)?;
        let count: i64 = sql::CLEAN_COUNT_CALLS.row(&connection, &[(":after", &0)], |row| row.get("n"))?;
        Ok(count > 0)
    };
    let db = prepared.db();
    if db.exists() && has_answers(&db).unwrap_or(true) {
        return;
    }
    prepared.folder.remove(made);
}

/// What [`finish`] took into the folder of a test set.
#[derive(Clone, Debug)]
pub struct FinishedTestset {
    /// Whether any file differs from what was there.
    pub is_new: bool,
    /// Where files are kept that people had changed.
    pub kept: Vec<PathBuf>,
    /// What was asked for.
    pub asked: AskedCounts,
}

/// Takes the files that a run has written into the folder of the test set, all of them or none: they have to hold what
/// was asked for. `input` is the document, for messages.
pub fn finish(prepared: &PreparedTestset, input: &Path, summary: &RunSummary) -> Result<FinishedTestset, TestsetError> {
    let found = TestsetFolder::written(&summary.files)
        .ok_or_else(|| TooFew::Missing(SetFile::ALL.map(SetFile::name).join(", ")))?;
    let counts = Counts::read(&found)?;
    counts.hold(input).map_err(|error| error.after(&summary.steps, &prepared.db()))?;
    let (is_new, kept) = prepared.folder.take(&found)?;
    Ok(FinishedTestset { is_new, kept, asked: counts.asked })
}

/// What people look a test set through with.
#[derive(Clone, Debug)]
pub struct TestsetReview {
    pub quality: PathBuf,
    /// `None` where people have decided on every example.
    pub table: Option<ReviewTable>,
    /// Where a quality report is kept that people had changed.
    pub kept: Vec<PathBuf>,
}

/// Writes the quality report, and a table with a sample: once for each test set, and never over what people have filled
/// in. `seed` draws the sample.
pub fn write_review(
    prepared: &PreparedTestset,
    finished: &FinishedTestset,
    quality: &Quality,
    seed: u64,
) -> Result<TestsetReview, TestsetError> {
    let folder = &prepared.folder;
    write_quality(&folder.new_quality(), quality)?;
    let kept = folder.take_quality()?;
    let mut table = Some(folder.review_table(finished.is_new));
    if let Some(due) = table.as_ref().filter(|it| it.is_due) {
        let (path, count) = (due.path.clone(), SampleRequest::COUNT);
        let request = SampleRequest { path, at: VariantAt::BASE, count, steps: Vec::new(), strata: None, seed };
        match write_sample(&prepared.db(), &request) {
            Ok(_) => {}
            Err(EngineError::Sample(SampleError::Nothing)) => table = None,
            Err(error) => return Err(TestsetError::Sample(Box::new(error))),
        }
    }
    Ok(TestsetReview { quality: folder.quality(), table, kept })
}
