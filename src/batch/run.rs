//! Running a batch: its values become the options of a run, and the engine runs it on a thread of its own.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use super::Batch;
use super::error::Error;
use super::prepare::Preparation;
use super::progress::Progress;
use super::request::Carried;
use super::result::ItemResult;
use super::spool::{Spool, Spooled};
use super::summary::Summary;
use crate::engine::{self, Audience, DecidedItem, Given, RunOptions};

impl Batch<'_> {
    /// Runs the batch on a thread of its own.
    pub(super) fn carried_out(mut self) -> Result<Summary, Error> {
        let options = RunOptions {
            config: std::mem::take(&mut self.config).unwrap_or_default(),
            function: self.function.take(),
            db: self.run_file.take(),
            limit: self.limit,
            sample: self.rehearse,
            leaves_signals: !self.heeds_ctrl_c,
            ..RunOptions::default()
        };
        let (options, carried) = self.prepare(options)?;
        let mut on_progress = self.progress;
        let mut handler = self.on_result;
        // The engine's own runtime must not be dropped inside another one.
        let ran = thread::scope(|scope| {
            let running = thread::Builder::new().name("casebook".to_owned()).spawn_scoped(scope, || {
                let mut tell = handler
                    .as_mut()
                    .map(|handler| |decided: DecidedItem| handler(ItemResult::of(decided, carried.as_ref())?));
                let mut watch = |progress: &engine::RunEvent| {
                    if let Some(handler) = &mut on_progress {
                        handler(&Progress::of(progress));
                    }
                };
                let mut audience = Audience::new(&mut watch);
                if let Some(tell) = &mut tell {
                    audience = audience.with_results(tell);
                }
                let summary = engine::run_with(&options, &mut audience);
                (summary, audience.into_refusal())
            });
            running.map(thread::ScopedJoinHandle::join)
        });
        match ran.map_err(Error::Scratch)? {
            Ok((_, Some(refusal))) => Err(Error::Handler(refusal)),
            Ok((summary, None)) => Ok(Summary::of(summary.map_err(Error::run)?)),
            // A panic of a handler is the caller's.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Completes the options of a run with the values of the batch; returns the carried values too, where there are
    /// items.
    fn prepare(&mut self, options: RunOptions) -> Result<(RunOptions, Option<HashMap<u64, Carried>>), Error> {
        let settings = std::mem::take(&mut self.settings);
        let Some(items) = self.items.take() else {
            if options.config.as_os_str().is_empty() {
                return Err(Error::Builder("there is neither a configuration file nor items"));
            }
            if self.key.is_some() {
                return Err(Error::Builder(
                    "there is a key, but no items: a configuration file names its own `input.key`",
                ));
            }
            return Ok((RunOptions { overrides: settings.into_overrides()?, ..options }, None));
        };
        if !options.config.as_os_str().is_empty() {
            return Err(Error::Builder("there is a configuration file, which names its own input, and items too"));
        }
        settings.check()?;
        let mut spool = Spool::new(settings.system.is_some()).map_err(Error::Scratch)?;
        let progress = &mut self.progress;
        let mut watch = |seen| {
            if let Some(handler) = progress {
                handler(&Progress::Preparing(seen));
            }
        };
        let (threads, key) = (self.prepare_threads, self.key.as_deref());
        items(Preparation { spool: &mut spool, threads, watch: &mut watch, key })?;
        let Spooled { rows, form, images, carried } = spool.finish()?;
        let (config, files) = settings.into_config(&form, options.db.as_deref())?;
        let given = Given { config, name: "the batch".to_owned(), dir: PathBuf::new(), files, rows, images };
        Ok((RunOptions { given: Some(Arc::new(given)), ..options }, Some(carried)))
    }
}
