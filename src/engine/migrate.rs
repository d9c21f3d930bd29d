//! Migrating the configuration of an older Python framework: writes Casebook's beside it, and checks whether it can
//! run. The older files are only read.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use super::drawing::is_run_file;
use super::whole_file::{Existing, write_whole};
use crate::config::{self, Location};
use crate::migrate::{MigrateError, Older, Placement};
use crate::prompt::{PromptError, TemplateUse};
use crate::schema::Contract;

mod older_files;
mod problem;

pub use crate::migrate::{KeyOutcome, MigrationRow};
use older_files::over_columns;
pub use problem::MigrationProblem;

/// What to migrate, and to where.
#[derive(Clone, Debug, Default)]
pub struct MigrateOptions {
    /// The older configuration.
    pub config: PathBuf,
    /// The new one; `None`: `casebook.yaml` in the folder that the older paths are relative to.
    pub out: Option<PathBuf>,
    /// Whether an existing file is overwritten.
    pub force: bool,
}

#[derive(Debug)]
pub struct Migrated {
    /// The new configuration.
    pub out: PathBuf,
    /// The outcome of every key and comment.
    pub rows: Vec<MigrationRow>,
    /// The problems that keep the new configuration from running.
    pub problems: Vec<MigrationProblem>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFailure {
    /// The older configuration cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// It is a database, such as a run file.
    #[error("{} is an SQLite database, perhaps a run file, and no configuration", .0.display())]
    Database(PathBuf),
    /// It is no configuration of the older framework.
    #[error(transparent)]
    Older(#[from] MigrateError),
    /// The new file exists already.
    #[error("{} already exists; nothing was written", .0.display())]
    Exists(PathBuf),
    /// The new file would overwrite the older one.
    #[error("{} is the older configuration itself; nothing was written", .0.display())]
    Same(PathBuf),
    /// The new file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl MigrateFailure {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Exists(_) => Some("name another file with `--out`, or write over it with `--force`".to_owned()),
            Self::Same(_) => Some("name another file with `--out`; both are needed to compare them".to_owned()),
            Self::Older(MigrateError::File(error)) => error.hint(),
            Self::Older(MigrateError::NotOlder(_)) | Self::Database(_) => {
                Some("name the older project's parameters.yaml".to_owned())
            }
            Self::Read { .. } | Self::Write { .. } => None,
        }
    }

    /// Whether the user's files or call are wrong, rather than the world: exit code 2, not 1.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Exists(_) | Self::Write { .. })
    }

    /// The place in the older configuration, if it is known.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Older(MigrateError::File(error)) => error.location(),
            _ => None,
        }
    }
}

/// Writes the new configuration, and checks whether it can run.
pub fn migrate(options: &MigrateOptions) -> Result<Migrated, MigrateFailure> {
    let unreadable = |source| MigrateFailure::Read { path: options.config.clone(), source };
    if is_run_file(&options.config) {
        return Err(MigrateFailure::Database(options.config.clone()));
    }
    let text = fs::read_to_string(&options.config).map_err(unreadable)?;
    let older = Older::parse(&text, &options.config.display().to_string())?;
    let config = whole(&options.config).map_err(unreadable)?;
    let root = root_of(&config, &places(&older));
    let found: Vec<&'static str> = Older::looks_for().filter(|path| root.join(path).is_file()).collect();
    let mut reads = older.reads(&found);
    let out = options.out.clone().unwrap_or_else(|| shorter(&root, &options.config).join("casebook.yaml"));
    let target = whole(&out).map_err(unreadable)?;
    if target == config || fs::canonicalize(&target).is_ok_and(|it| Some(it) == fs::canonicalize(&config).ok()) {
        return Err(MigrateFailure::Same(out));
    }
    let placement = Placement {
        prefix: relative_path(target.parent().unwrap_or(&root), &root),
        name: root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        file: config.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        python: older_files::python_schema(&older, &root, &reads),
        blind_prompt: older_files::is_blind("prompts.generation", &older, &root, &reads),
        blind_judge: older_files::is_blind("prompts.judge", &older, &root, &reads),
        sheet: older_files::sheet(&older, &root, &reads),
        found,
    };
    let made = older.migrate(&placement);
    write(&out, &made.yaml, options.force)?;
    let unusable = made.rows.iter().filter(|row| row.outcome == KeyOutcome::Wrong).map(|row| MigrationProblem {
        message: format!("`{}` was left out: {}", row.key, row.note),
        location: row.line.map(|line| format!("{}:{line}", options.config.display())),
        hint: None,
    });
    let python = older_files::python_problem(&placement.python, &older, &root, &reads);
    // A file that a model is to write need not exist, and one that is made of Python is told of.
    let is_missing_schema = |key: &str, path: &str| key == "schema.path" && !root.join(path).exists();
    let is_told = older.writes_its_schema() || python.is_some();
    reads.retain(|(key, path)| !(is_told && is_missing_schema(key, path)));
    let problems = unusable.chain(python).chain(problems_of(&made.yaml, &out, &root, &reads)).collect();
    Ok(Migrated { out, rows: made.rows, problems })
}

/// The absolute form of `path`, without `.` and `..`.
fn whole(path: &Path) -> io::Result<PathBuf> {
    let mut clean = PathBuf::new();
    for component in std::path::absolute(path)?.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    Ok(clean)
}

/// The relative paths at which the files of an older project may be.
fn places(older: &Older) -> BTreeSet<String> {
    let named = older.reads(&[]).into_iter().map(|(_, path)| path);
    let named = named.chain(older.python_files()).chain(Older::looks_for().map(str::to_owned));
    named.filter(|path| !Path::new(path).is_absolute()).collect()
}

/// The folder that the older paths are relative to: of the configuration's folder and its two parents, the one with
/// most of the files at `places`. If none has any, it is the parent of a folder for configurations.
fn root_of(config: &Path, places: &BTreeSet<String>) -> PathBuf {
    let folders: Vec<&Path> = config.ancestors().skip(1).take(3).collect();
    let found = |folder: &Path| places.iter().filter(|path| folder.join(path).exists()).count();
    let mut best: Option<(&Path, usize)> = None;
    for folder in &folders {
        let count = found(folder);
        if count > best.map_or(0, |(_, most)| most) {
            best = Some((folder, count));
        }
    }
    let for_configs = |folder: &&Path| folder.file_name().is_some_and(|name| name == "configs" || name == "config");
    let nearest = folders.first().copied().unwrap_or(config);
    let plain = if for_configs(&nearest) { folders.get(1).copied().unwrap_or(nearest) } else { nearest };
    best.map_or(plain, |(folder, _)| folder).to_owned()
}

/// `root`, an ancestor of the file `config`, spelled as `config` was.
fn shorter(root: &Path, config: &Path) -> PathBuf {
    let by_name = config.ancestors().skip(1).find(|folder| whole(folder).is_ok_and(|it| it == root));
    let here = std::env::current_dir().is_ok_and(|it| it == root);
    by_name.map_or_else(|| if here { PathBuf::new() } else { root.to_owned() }, Path::to_owned)
}

/// The relative path from the folder `from` to the folder `to`: empty, or ending in `/`.
fn relative_path(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return format!("{}/", to.display());
    }
    let mut path = "../".repeat(from.components().count() - shared);
    for component in to.components().skip(shared) {
        path.push_str(&component.as_os_str().to_string_lossy());
        path.push('/');
    }
    path
}

fn write(out: &Path, text: &str, force: bool) -> Result<(), MigrateFailure> {
    let existing = if force { Existing::Replace } else { Existing::Keep };
    write_whole(out, existing, |file| file.write_all(text.as_bytes())).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => MigrateFailure::Exists(out.to_owned()),
        _ => MigrateFailure::Write { path: out.to_owned(), source },
    })
}

/// The problems that keep the configuration from running, as far as they can be found without the table.
fn problems_of(yaml: &str, out: &Path, root: &Path, reads: &[(&'static str, String)]) -> Vec<MigrationProblem> {
    let mut found = Vec::new();
    let name = out.display().to_string();
    let resolved = config::parse(yaml, &name).and_then(|raw| config::resolve(raw, &[], false));
    if let Err(error) = resolved {
        let location = error.location().map(ToString::to_string);
        found.push(MigrationProblem { message: error.to_string(), location, hint: error.hint() });
    }
    for (key, path) in reads {
        let file = root.join(path);
        if let Err(error) = check(key, path, &file) {
            found.push(error);
        }
    }
    found
}

/// Checks one file that the configuration names.
fn check(key: &str, path: &str, file: &Path) -> Result<(), MigrationProblem> {
    let unreadable = |error: &io::Error| MigrationProblem {
        message: format!("cannot read {path}, named by `{key}`: {error}"),
        location: None,
        hint: (key == "schema.path").then(|| {
            "the JSON Schema of a Pydantic model is what `json.dumps(LLMOutput.model_json_schema())` gives".to_owned()
        }),
    };
    if key == "input.path" {
        return File::open(file).map(drop).map_err(|error| unreadable(&error));
    }
    let text = fs::read_to_string(file).map_err(|error| unreadable(&error))?;
    if key == "schema.path" {
        return Contract::parse(&text, path).map(drop).map_err(|error| MigrationProblem {
            message: error.to_string(),
            location: None,
            hint: None,
        });
    }
    let purpose = if key == "prompts.judge" { TemplateUse::Judge } else { TemplateUse::Generation };
    over_columns(&text, path, purpose).map(drop).map_err(|error: PromptError| MigrationProblem {
        message: error.to_string(),
        location: error.location().map(ToString::to_string),
        hint: error.hint(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_leads_from_one_folder_to_another() {
        let relative_path = |from: &str, to: &str| relative_path(Path::new(from), Path::new(to));
        assert_eq!(relative_path("/a/b", "/a/b"), "");
        assert_eq!(relative_path("/a/b/configs", "/a/b"), "../");
        assert_eq!(relative_path("/a", "/a/b c/d"), "b c/d/");
        assert_eq!(relative_path("/a/x/y", "/a/b"), "../../b/");
    }

    #[test]
    fn the_root_is_where_the_files_are() {
        let dir = tempfile::tempdir().unwrap();
        let root = whole(dir.path()).unwrap();
        let config = root.join("configs/parameters.yaml");
        let reads = BTreeSet::from(["raw/in.csv".to_owned(), "s.txt".to_owned()]);
        assert_eq!(root_of(&config, &reads), root, "a folder for configurations lies in the project");
        assert_eq!(root_of(&root.join("parameters.yaml"), &reads), root);
        fs::create_dir_all(root.join("configs/raw")).unwrap();
        fs::write(root.join("configs/raw/in.csv"), "a").unwrap();
        assert_eq!(root_of(&config, &reads), root.join("configs"));
    }
}
