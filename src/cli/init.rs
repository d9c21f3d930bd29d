//! `casebook init`: writes a small project that runs as it stands, with no key and no network.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::error::{CliError, Kind};
use super::exit::Exit;
use super::shipped::{self, DEFAULT, ExampleProject, PROJECTS};
use super::terminal::{Terminal, shown_path, word};
use crate::engine::{Existing, write_whole};

/// Write a small project that runs as it stands, with no key and no network.
///
/// It holds a configuration, prompts and input rows. Its answers are samples made from the schema, or recorded ones.
/// The configuration says which lines to change to ask a model. Files that are already there are never overwritten.
/// A `.gitignore` keeps run files, outputs and keys out of Git; one that is there stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook init demo && casebook run demo/casebook.yaml
  casebook init complaints --example complaints       1,000 real complaints, recorded answers
  casebook init schema --example schema               a task whose schema a model writes
  casebook init markdown --example markdown           answers in Markdown, recorded
  casebook init few_shot --example few_shot           parts, variables and examples in a prompt
  casebook init perspectives --example perspectives   three models read 300 complaints, a rule votes
  casebook init policies --example policies           rules from a handbook, each with the lines that say so
  casebook init chain --example chain                 an outline, its sections, the story: three steps
  casebook init testset --example testset             a test set for an assistant, drawn from a document
  casebook init experiment --example experiment       ten models compared on 1,000 real complaints, recorded")]
pub struct InitArgs {
    /// The folder; it is created if it does not exist.
    dir: PathBuf,
    /// Which project to write.
    #[arg(long, value_name = "NAME", default_value = DEFAULT, value_parser = names())]
    example: String,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(PROJECTS.iter().map(|it| it.name))
}

pub fn run(args: &InitArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let Some(project) = shipped::project(&args.example) else {
        return Err(CliError::new(Kind::Usage, format!("there is no example `{}`", args.example)));
    };
    write(project, &args.dir)?;
    let ignores = write_ignored(&args.dir)?;
    let config = args.dir.join("casebook.yaml");
    let files = project.files.len() + usize::from(ignores);
    terminal.tell(&format!("Wrote {files} files to {}.\n", shown_path(&args.dir)));
    if !ignores {
        terminal
            .note(".gitignore was there and stays as it is: run files (`*.db`), `out/` and keys (`.env`) belong in it");
    }
    terminal.tell(&terminal.err.bold("Try next:"));
    terminal.tell(&format!("  casebook {} {}", project.command(), word(&config)));
    terminal.tell(&format!("  casebook status {}", word(&args.dir.join(format!("{}.db", project.name)))));
    Ok(Exit::Done)
}

fn write(project: &ExampleProject, dir: &Path) -> Result<(), CliError> {
    for (name, _) in project.files {
        let path = dir.join(name);
        if path.symlink_metadata().is_ok() {
            return Err(CliError::new(Kind::Failed, format!("{} already exists; nothing was written", path.display()))
                .hint("name a folder that is empty, or does not exist yet"));
        }
    }
    for (name, bytes) in project.files {
        let path = dir.join(name);
        let fail = |source| CliError::of(Kind::Failed, &WriteError { path: path.clone(), source });
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(fail)?;
        }
        write_whole(&path, Existing::Keep, |file| file.write_all(bytes)).map_err(fail)?;
    }
    Ok(())
}

/// What Git is to leave out of a project: the data, what was made of it, and keys.
const IGNORED: &str = "\
# Run files: each holds the whole run, with its input and its answers.
*.db
*.db-wal
*.db-shm
*.db-journal
*.db.lock
# The files that a run writes from it.
out/
# Keys.
.env
.env.*
*.key
*.pem
";

/// Writes the project's `.gitignore`, unless there is one; returns whether it did.
fn write_ignored(dir: &Path) -> Result<bool, CliError> {
    let path = dir.join(".gitignore");
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    match write_whole(&path, Existing::Keep, |file| file.write_all(IGNORED.as_bytes())) {
        Ok(()) => Ok(true),
        Err(source) => Err(CliError::of(Kind::Failed, &WriteError { path, source })),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
struct WriteError {
    path: PathBuf,
    source: std::io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_one_name_in_flag_folder_and_run() {
        for project in PROJECTS {
            let (_, config) = project.files.iter().find(|(path, _)| *path == "casebook.yaml").unwrap();
            let config = str::from_utf8(config).unwrap();
            let (_, name) = config.split_once("\nrun:\n  name: ").unwrap();
            assert_eq!(name.split_whitespace().next(), Some(project.name));
        }
    }

    #[test]
    fn a_project_is_written_once() {
        let dir = tempfile::tempdir().unwrap();
        for project in PROJECTS {
            let target = dir.path().join("new").join(project.name);
            write(project, &target).unwrap();
            assert!(target.join("casebook.yaml").exists());
            let error = write(project, &target).unwrap_err();
            assert!(format!("{error:?}").contains("casebook.yaml already exists"), "{error:?}");
        }
    }

    #[test]
    fn a_folder_with_one_of_the_files_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("schema.json"), "mine").unwrap();
        let error = write(&PROJECTS[0], dir.path()).unwrap_err();
        assert!(format!("{error:?}").contains("schema.json"), "{error:?}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(dir.path().join("schema.json")).unwrap(), "mine");
    }

    #[test]
    fn run_files_and_keys_are_kept_out_of_git() {
        let dir = tempfile::tempdir().unwrap();
        assert!(write_ignored(dir.path()).unwrap());
        assert_eq!(fs::read_to_string(dir.path().join(".gitignore")).unwrap(), IGNORED);
        fs::write(dir.path().join(".gitignore"), "mine").unwrap();
        assert!(!write_ignored(dir.path()).unwrap());
        assert_eq!(fs::read_to_string(dir.path().join(".gitignore")).unwrap(), "mine");
    }

    #[test]
    fn the_command_to_try_next_is_the_one_that_the_project_is_for() {
        for project in PROJECTS {
            assert_eq!(
                project.command(),
                if project.name == "experiment" { "eval" } else { "run" },
                "{}",
                project.name
            );
        }
    }

    #[test]
    fn the_default_is_a_project() {
        assert!(PROJECTS.iter().any(|it| it.name == DEFAULT));
    }
}
