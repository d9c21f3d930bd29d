//! The figures of each measure, kept from run to run beside the build, so that the whole table can be printed at any
//! time, also where the measures were taken one by one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::table::HEAD;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-figures")
}

/// Keeps a measure's `lines` of the table in place of earlier ones; `run` says where and when they were taken.
pub fn keep(measure: &str, run: &str, lines: &str) -> io::Result<()> {
    fs::create_dir_all(folder())?;
    fs::write(folder().join(measure), format!("{run}\n{lines}"))
}

/// The table of what is kept of `measures`, below a line for each run that it comes from.
pub fn table<'a>(measures: impl Iterator<Item = &'a str>) -> io::Result<String> {
    let (mut runs, mut lines) = (Vec::<String>::new(), String::new());
    for measure in measures {
        let text = match fs::read_to_string(folder().join(measure)) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => continue,
            text => text?,
        };
        let (run, figures) = text.split_once('\n').unwrap_or((&text, ""));
        if runs.iter().all(|it| it != run) {
            runs.push(run.to_owned());
        }
        lines += figures;
    }
    Ok(format!("{}\n\n{HEAD}\n{lines}", runs.join("\n")))
}
