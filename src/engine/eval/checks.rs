//! What is checked before the run file is made and anything is asked: that files can be written, that models can be
//! asked, and that gold answers fit the input and the metrics.

use std::path::Path;

use super::compiled::{Prepared, PreparedVariant};
use super::measuring::Measuring;
use crate::engine::channels;
use crate::engine::error::EngineError;
use crate::engine::options::RunOptions;
use crate::engine::out_folder::{OutFolder, names_of};
use crate::engine::pipeline::Policy;
use crate::engine::session::now;
use crate::record::Stage;
use crate::stage::StageContext;
use crate::store;

impl Prepared {
    /// Refuses what would only be found once something is written or paid for.
    pub(super) fn check(&self, db: &Path, options: &RunOptions) -> Result<(), EngineError> {
        let folder = OutFolder { dir: self.base.out_dir(db), db: db.to_owned(), overwrite: options.overwrite };
        let names = self.files();
        folder.check(&names)?;
        folder.check_writable(&names)?;
        // With an existing run file its answers may suffice, and no key is needed.
        if !db.exists() {
            for variant in self.asked() {
                let PreparedVariant { project, .. } = variant;
                let policy = Policy::of(options, project)?;
                channels::open_all(project, &policy.selection).map_err(|error| variant.wrong(error))?;
            }
            self.rehearse()?;
        }
        Ok(())
    }

    /// The names of the files that are written.
    fn files(&self) -> Vec<&'static str> {
        let report = self.base.config.report.enabled.then_some(Stage::Report);
        let stages: Vec<Stage> = report.into_iter().chain([Stage::Evaluate]).collect();
        names_of(&[], std::iter::empty(), &stages)
    }

    /// Reads the input and the gold answers into a scratch file, and refuses answers that are about nothing, or that a
    /// metric cannot compare with.
    pub(super) fn rehearse(&self) -> Result<(), EngineError> {
        let Some(reader) = self.open_gold()? else { return Ok(()) };
        let mut scratch = store::temporary()?;
        let tx = scratch.transaction()?;
        let time = now();
        // The manifest is never read, since nothing is committed.
        let context = StageContext { invocation: 0, manifest: 0, now: &time };
        let (dataset, _) = self.open()?.ingest(&tx, &context, &self.source, &self.base)?;
        let gold = reader.rehearse(&tx, &context, (&self.base, &dataset))?;
        let numbers = vec![(0, 0); self.variants.len()];
        Measuring { numbers: &numbers, dataset: &dataset, gold: Some(&gold) }.check_gold(self, &tx)
    }
}
