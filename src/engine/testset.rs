//! A test set made of a document: the folder that it is written to, with its project, its run file and its five files.
//!
//! [`prepare`] makes the folder ready and returns the options of a run; [`finish`] takes the files that this run wrote
//! into the folder, once they hold what was asked for. The project is one like any other: what is asked, checked and
//! written stands in its configuration and its prompts.

mod counts;
mod folder;
mod project;
mod settings;

use std::path::{Path, PathBuf};

pub use counts::TooFew;
pub use folder::FolderError;
pub use project::ProjectFileError;

use self::counts::Counts;
use self::folder::TestsetFolder;
use self::settings::Settings;
use super::options::{RunOptions, RunSummary};

/// The files of a test set, in the order in which they are written.
pub const FILES: [&str; 5] =
    ["use_cases.json", "policies.json", "test_cases.json", "dataset.json", "run_manifest.json"];

/// What to make a test set of, and where. `None` keeps what the project says.
#[derive(Clone, Debug, Default)]
pub struct TestsetOptions {
    /// A document, a folder of documents or a pattern.
    pub input: PathBuf,
    /// The folder of the test set.
    pub out: PathBuf,
    pub seed: Option<u64>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub use_cases: Option<u64>,
    pub test_cases: Option<u64>,
    pub examples: Option<u64>,
    /// `support_bot`, `operator_quality` or `doctor_booking`; by default what the document is about.
    pub case: Option<String>,
    /// Further values that override the configuration: a dotted key and a YAML value each.
    pub overrides: Vec<(String, String)>,
}

/// Why no test set is made.
#[derive(Debug, thiserror::Error)]
pub enum TestsetError {
    #[error("there is no file or folder {}", .0.display())]
    NoInput(PathBuf),
    #[error("{} is empty", .0.display())]
    EmptyInput(PathBuf),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Project(#[from] ProjectFileError),
    #[error(transparent)]
    TooFew(#[from] TooFew),
}

impl TestsetError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoInput(_) | Self::EmptyInput(_) => {
                Some("`--input` names a document, a folder of documents or a pattern such as 'docs/*.md'".to_owned())
            }
            Self::Folder(error) => error.hint(),
            Self::Project(_) => None,
            Self::TooFew(error) => error.hint(),
        }
    }

    /// Whether the call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NoInput(_) | Self::EmptyInput(_) => true,
            Self::Folder(error) => error.is_usage(),
            Self::Project(_) | Self::TooFew(_) => false,
        }
    }
}

/// A test set whose project is ready to run.
#[derive(Clone, Debug)]
pub struct PreparedTestset {
    pub run: RunOptions,
    /// What people should know, such as which files of the project they changed.
    pub notes: Vec<String>,
    folder: TestsetFolder,
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
    check_input(&options.input)?;
    let folder = TestsetFolder::new(&options.out, scratch);
    folder.check()?;
    let settings = Settings::of(options, &folder.project());
    let written = project::write(&folder, shipped, &settings)?;
    if scratch.is_none() {
        folder.mark()?;
    }
    let mut overrides = if written.has_own_config { settings.overrides() } else { Vec::new() };
    overrides.extend(options.overrides.iter().cloned());
    let run = RunOptions { config: written.config, db: Some(folder.db()), overrides, ..RunOptions::default() };
    Ok(PreparedTestset { run, notes: written.notes, folder })
}

/// Refuses an input that is not there, before anything is written. What it is made of is found out by the run.
fn check_input(input: &Path) -> Result<(), TestsetError> {
    let is_pattern = input.to_string_lossy().contains(['*', '?', '[', '{']);
    match std::fs::metadata(input) {
        Ok(found) if found.is_file() && found.len() == 0 => Err(TestsetError::EmptyInput(input.to_owned())),
        Err(_) if !is_pattern => Err(TestsetError::NoInput(input.to_owned())),
        _ => Ok(()),
    }
}

/// Takes the files that a run has written into the folder of the test set, all of them or none: they have to hold what
/// was asked for. `input` is the document, for messages. Returns whether any of them differs from what was there.
pub fn finish(prepared: &PreparedTestset, input: &Path, summary: &RunSummary) -> Result<bool, TestsetError> {
    let found = prepared.folder.written(&summary.files);
    Counts::read(&found)?.hold(input)?;
    Ok(prepared.folder.take(&found)?)
}
