//! How measures are taken: where, how large, and for how long.

use std::cell::OnceCell;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::baseline::Baseline;
use crate::job::Job;
use crate::process::{Ended, Server, Took, baseline, measured};

/// How the measures are taken.
pub struct Bench<'a> {
    /// The folder for everything that is written.
    pub dir: &'a Path,
    /// Ten times fewer rows, to see that it works.
    pub quick: bool,
    /// How long a process may take where the measure does not need its end.
    pub most: Duration,
    /// The job of a million rows, once it is done.
    pub million: OnceCell<Job>,
}

impl Bench<'_> {
    /// How many rows to take where `full` are meant.
    pub fn rows(&self, full: u64) -> u64 {
        if self.quick { full / 10 } else { full }
    }

    /// A job of one step, asked of a server.
    pub fn job(&self, name: &str, rows: u64, server: &Server) -> Result<Job, Box<dyn Error>> {
        Ok(Job::plain(&self.dir.join(name), rows, Some(&server.base_url))?)
    }

    /// Runs a baseline in a folder of its own.
    pub fn baseline(&self, which: Baseline, server: &Server, rows: u64) -> Result<Took, Box<dyn Error>> {
        let dir = tempfile::tempdir_in(self.dir)?;
        baseline(which, &server.base_url, rows, dir.path())
    }

    /// Runs `command`, for as long as a process may take.
    pub fn measured(&self, command: &mut Command) -> Result<Ended, Box<dyn Error>> {
        measured(command, self.most)
    }
}
