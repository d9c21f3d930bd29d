//! The engine's interface as the commands use it. Nothing here works: it stands in for `engine`.
#![allow(dead_code, clippy::unnecessary_wraps, clippy::unused_self)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::record::Stage;

#[derive(Debug)]
pub struct RunOptions {
    pub config: PathBuf,
    pub db: Option<PathBuf>,
    pub from: Option<Stage>,
    pub to: Option<Stage>,
    pub limit: Option<u64>,
    pub overrides: Vec<(String, String)>,
    pub sample: bool,
}

#[derive(Debug)]
pub enum Progress {
    Stage { stage: Stage, message: String },
    Generating(Generating),
    Note(String),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Generating {
    pub planned: u64,
    pub done: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    pub from_record: u64,
    pub calls: u64,
    pub in_flight: u64,
    pub waiting: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub planned: u64,
    pub pending: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    pub skipped: u64,
    pub blocked: u64,
}

#[derive(Debug)]
pub struct RunSummary {
    pub db: PathBuf,
    pub counts: Counts,
    pub attempts: u64,
    pub calls: u64,
    pub from_record: u64,
    pub lost_calls: u64,
    pub elapsed: Duration,
    pub files: Vec<PathBuf>,
    pub interrupted: bool,
    pub samples: bool,
    pub limited: bool,
}

#[derive(Debug, Default)]
pub struct Selection {
    pub failed: bool,
    pub rejected: bool,
    pub work_ids: Vec<String>,
}

#[derive(Debug)]
pub struct Cleaned {
    pub work_items: u64,
    pub attempts: u64,
    pub calls: u64,
}

#[derive(Debug)]
pub struct Verification {
    pub checks: Vec<(String, u64, Vec<String>)>,
}

#[derive(Debug, thiserror::Error)]
#[error("this build has no engine")]
pub struct EngineError;

impl EngineError {
    pub fn is_configuration(&self) -> bool {
        false
    }
    pub fn location(&self) -> Option<String> {
        None
    }
    pub fn hint(&self) -> Option<String> {
        None
    }
}

pub fn run(_: &RunOptions, _: &mut dyn FnMut(&Progress)) -> Result<RunSummary, EngineError> {
    Err(EngineError)
}

pub fn export(_: &Path, _: Option<&Path>) -> Result<Vec<PathBuf>, EngineError> {
    Err(EngineError)
}

pub fn report(_: &Path, _: Option<&Path>) -> Result<Vec<PathBuf>, EngineError> {
    Err(EngineError)
}

pub fn retry(_: &Path, _: &Selection) -> Result<usize, EngineError> {
    Err(EngineError)
}

pub fn clean(_: &Path, _: Stage, _: bool) -> Result<Cleaned, EngineError> {
    Err(EngineError)
}

pub fn verify(_: &Path, _: bool) -> Result<Verification, EngineError> {
    Err(EngineError)
}

/// `config::json_schema` of the configuration room: the JSON Schema of the configuration as a pretty text.
pub fn config_schema() -> String {
    "{}\n".to_owned()
}
