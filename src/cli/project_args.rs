//! The arguments that say which project is meant, and how it is changed for one command.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::args::{setting, variable};
use crate::config::SEED;
use crate::engine::RunOptions;

/// A project as a run would have it.
#[derive(Debug, Args)]
pub struct ProjectArgs {
    /// The configuration.
    pub config: PathBuf,
    /// The run file; by default `<run.name>.db` beside the configuration, if it is there.
    #[arg(long, value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// Use this model; short for `--set llm.model=M`.
    #[arg(long, value_name = "M")]
    pub model: Option<String>,
    /// `sample`: as in a rehearsal with samples, with its run file.
    #[arg(long, value_name = "sample", value_parser = PossibleValuesParser::new(["sample"]), hide_possible_values = true)]
    pub provider: Option<String>,
    /// Change one key of the configuration; the value is YAML. May be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Set a variable of templates; the value is YAML. Short for `--set vars.NAME=VALUE`. May be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub vars: Vec<(String, String)>,
    /// Use this seed, as in `run --seed`.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX.unsigned_abs()))]
    pub seed: Option<u64>,
}

impl ProjectArgs {
    /// The options of a run with these arguments.
    pub fn options(&self) -> RunOptions {
        let mut overrides = self.settings.clone();
        overrides.extend(self.vars.iter().cloned());
        overrides.extend(self.seed.map(|seed| (SEED.to_owned(), seed.to_string())));
        // Quoted, so that a model named `1.5` stays a name.
        let quoted = |it: &String| serde_json::Value::from(it.as_str()).to_string();
        overrides.extend(self.model.as_ref().map(|it| ("llm.model".to_owned(), quoted(it))));
        RunOptions {
            config: self.config.clone(),
            db: self.db.clone(),
            overrides,
            sample: self.provider.is_some(),
            ..RunOptions::default()
        }
    }
}
