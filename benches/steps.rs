//! The measures of tasks of several steps.

use std::error::Error;
use std::time::Duration;

use crate::bench::Bench;
use crate::chain::{self, PROMPT, RULES_ITEMS, THREE_STEPS_ITEMS, prompt};
use crate::growth::{Growth, report_peak};
use crate::job::Job;
use crate::process::{Ended, Took, command, measured};
use crate::record::Record;
use crate::table::{Results, float, grouped};

/// What is done with the task of three steps, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    First,
    Second,
    Resume,
    DryRun,
    Verify,
    Replay,
    ChangedPrompt,
}

impl Act {
    const ALL: [Self; 7] =
        [Self::First, Self::Second, Self::Resume, Self::DryRun, Self::Verify, Self::Replay, Self::ChangedPrompt];

    fn title(self) -> &'static str {
        match self {
            Self::First => "first run",
            Self::Second => "unchanged second run",
            Self::Resume => "resume after `kill -9` at about half, by what was left",
            Self::DryRun => "`run --dry-run`",
            Self::Verify => "`verify`",
            Self::Replay => "`verify --replay`",
            Self::ChangedPrompt => "changed prompt of the middle step",
        }
    }

    /// Whether the run file is a finished one after it, where it was one before.
    fn leaves_finished(self, ended: Option<&Ended>) -> bool {
        match (self, ended) {
            (_, Some(Ended::Done(_))) => true,
            (Self::First, _) | (Self::Second, Some(Ended::Killed(_))) => false,
            _ => true,
        }
    }
}

/// The task of three steps at one size.
struct Site<'a> {
    bench: &'a Bench<'a>,
    job: Job,
    /// How many work items it has.
    items: u64,
}

impl Site<'_> {
    /// Does `act`; `first` is what the first run took. Returns how much there was to do and how it ended.
    fn take(&self, act: Act, first: Option<&Took>) -> Result<(f64, Option<Ended>), Box<dyn Error>> {
        let (config, db) = (self.job.config(), self.job.db());
        if act == Act::Resume {
            return self.resume(first);
        }
        if act == Act::ChangedPrompt {
            self.job.rewrite(PROMPT, &prompt("order"))?;
        }
        let mut command = match act {
            Act::Verify | Act::Replay => command("verify", &db),
            _ => command("run", &config),
        };
        let option = match act {
            Act::DryRun => Some("--dry-run"),
            Act::Replay => Some("--replay"),
            _ => None,
        };
        command.args(option);
        let ended = self.bench.measured(&mut command)?;
        if ended.took().is_some() {
            all_accepted(&Record::open(&db)?, self.items)?;
        }
        Ok((float(self.items), Some(ended)))
    }

    /// Runs the task into a file of its own, is killed after half of the time that the first run took, and goes on.
    fn resume(&self, first: Option<&Took>) -> Result<(f64, Option<Ended>), Box<dyn Error>> {
        let half = Duration::from_secs_f64(first.map_or(0.0, |took| took.seconds / 2.0));
        let db = self.job.db().with_file_name("half.db");
        let run = || {
            let mut run = command("run", &self.job.config());
            run.arg("--db").arg(&db);
            run
        };
        if measured(&mut run(), half)?.took().is_some() {
            return Ok((0.0, None));
        }
        let left = float(self.items) - Record::open(&db)?.attempts()?;
        let ended = self.bench.measured(&mut run())?;
        if ended.took().is_some() {
            all_accepted(&Record::open(&db)?, self.items)?;
        }
        Ok((left, Some(ended)))
    }
}

fn all_accepted(record: &Record, items: u64) -> Result<(), Box<dyn Error>> {
    let accepted = record.accepted()?;
    if accepted < float(items) {
        return Err(format!("{} of {} work items are accepted", grouped(accepted), grouped(float(items))).into());
    }
    Ok(())
}

/// Rows, three elements of each row's output, and their join, at growing sizes.
pub fn three_steps(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let sizes = [2_000, 20_000, 100_000].map(|full| bench.rows(full));
    let mut growths = Act::ALL.map(|act| Growth::new(act.title()));
    for rows in sizes {
        eprintln!("three steps, {} rows", grouped(float(rows)));
        let job = chain::three_steps(&bench.dir.join(format!("steps-{rows}")), rows)?;
        let site = Site { bench, job, items: rows * THREE_STEPS_ITEMS };
        let mut finished = true;
        for (index, act) in Act::ALL.into_iter().enumerate() {
            let worth_it = finished && growths[index].may_go_on();
            let (work, ended) = if worth_it { site.take(act, growths[0].last())? } else { (0.0, None) };
            finished &= act.leaves_finished(ended.as_ref());
            growths[index].add(work, ended);
        }
    }
    let sizes = sizes.map(|rows| grouped(float(rows))).join(", ");
    for growth in &growths {
        growth.report(&format!("three steps over {sizes} rows"), None, results);
    }
    report_peak("three steps", &growths, results);
    Ok(())
}

/// Three steps of rules alone.
pub fn rules(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let rows = bench.rows(100_000);
    let items = rows * RULES_ITEMS;
    let job = chain::rules(&bench.dir.join("rules"), rows)?;
    let run = || bench.measured(&mut command("run", &job.config()));
    let what = format!("{} work items of rules over {} rows", grouped(float(items)), grouped(float(rows)));
    let first = run()?;
    results.timed(format!("{what}, first run"), &first, 28.0);
    if first.took().is_none() {
        return Ok(());
    }
    all_accepted(&Record::open(&job.db())?, items)?;
    let second = run()?;
    results.timed(format!("{what}, unchanged second run"), &second, 2.0);
    results.memory(format!("{what}, peak memory"), [first, second].iter().filter_map(|ended| ended.took()?.peak).max());
    Ok(())
}

/// A list in one output, of which each element is a work item, at growing lengths.
pub fn fan_out(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let sizes = [1_000, 10_000, 100_000].map(|full| bench.rows(full));
    let mut growth = Growth::new("first run");
    for elements in sizes {
        if !growth.may_go_on() {
            growth.add(float(elements), None);
            continue;
        }
        let job = chain::fan_out(&bench.dir.join(format!("list-{elements}")), elements)?;
        let ended = bench.measured(&mut command("run", &job.config()))?;
        if ended.took().is_some() {
            all_accepted(&Record::open(&job.db())?, elements + 1)?;
        }
        growth.add(float(elements), Some(ended));
    }
    let sizes = sizes.map(|elements| grouped(float(elements))).join(", ");
    growth.report(&format!("one row's list of {sizes} elements"), Some(Duration::from_secs(10)), results);
    report_peak("one row's list", &[growth], results);
    Ok(())
}
