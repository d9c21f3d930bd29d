//! The measures, each with what is to be reached.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::baseline::Baseline;
use crate::bench::Bench;
use crate::documents;
use crate::job::Job;
use crate::process::{Behaviour, Ended, Server, Took, casebook, command};
use crate::record::Record;
use crate::service;
use crate::statistics;
use crate::steps;
use crate::table::{Results, float, grouped, megabytes, time};

/// A measure: its name, what it tells, and how it is taken.
pub struct Measure {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it tells, in one line.
    pub about: &'static str,
    /// Whether it is taken only where it is asked for by name.
    pub only_by_name: bool,
    take: Take,
}

type Take = fn(&Bench<'_>, &mut Results) -> Result<(), Box<dyn Error>>;

/// All measures, in the order in which they are taken.
pub const ALL: [Measure; 13] = [
    Measure {
        name: "instant",
        about: "items/s, CPU, memory, second run, file size",
        only_by_name: false,
        take: instant,
    },
    Measure { name: "latency", about: "items/s at 50 ms", only_by_name: false, take: latency },
    Measure { name: "faults", about: "a mix of faults at 50 ms", only_by_name: false, take: faults },
    Measure {
        name: "million",
        about: "ingest, export, memory, resume, the last rows",
        only_by_name: false,
        take: million,
    },
    Measure {
        name: "status",
        about: "`status` and `run --dry-run` over a million finished rows",
        only_by_name: false,
        take: status,
    },
    Measure {
        name: "steps",
        about: "three steps at growing sizes: runs, a changed prompt, resume, dry run, verify, replay",
        only_by_name: false,
        take: steps::three_steps,
    },
    Measure { name: "rules", about: "400,000 work items of rules alone", only_by_name: false, take: steps::rules },
    Measure {
        name: "list",
        about: "a list in one output, of which each element is a work item",
        only_by_name: false,
        take: steps::fan_out,
    },
    Measure {
        name: "documents",
        about: "documents as rows, claims held against their lines, passages retrieved",
        only_by_name: false,
        take: documents::documents,
    },
    Measure {
        name: "statistics",
        about: "the bootstrap of 100,000 paired differences",
        only_by_name: false,
        take: statistics::statistics,
    },
    Measure {
        name: "service",
        about: "requests over HTTP at 1,000 a second: recorded answers, new rows",
        only_by_name: false,
        take: service::service,
    },
    Measure { name: "binary", about: "the size of the binary", only_by_name: false, take: binary },
    Measure { name: "build", about: "a clean release build", only_by_name: true, take: build },
];

impl Measure {
    /// Takes it.
    pub fn take(&self, bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
        (self.take)(bench, results)
    }
}

fn per_thousand(took: &Took, rows: u64) -> f64 {
    took.cpu.unwrap_or(f64::NAN) * 1000.0 / float(rows)
}

fn file_size(path: &Path) -> Result<u64, Box<dyn Error>> {
    Ok(fs::metadata(path)?.len())
}

fn memory(results: &mut Results, rows: u64, took: &Took) {
    results.memory(format!("peak memory, {} rows", grouped(float(rows))), took.peak);
}

/// A server that answers at once.
fn instant(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let server = Server::start(Behaviour::Instant)?;
    let small = bench.rows(10_000);
    let took = casebook(&bench.job("small", small, &server)?, &[])?;
    memory(results, small, &took);

    let rows = bench.rows(100_000);
    let bare = bench.baseline(Baseline::Bare, &server, rows)?;
    let recording = bench.baseline(Baseline::Recording, &server, rows)?;
    let job = bench.job("instant", rows, &server)?;
    let took = casebook(&job, &[])?;
    let rate = |took: &Took| float(rows) / took.seconds;
    let found = format!("{} (a: {}, b: {})", grouped(rate(&took)), grouped(rate(&bare)), grouped(rate(&recording)));
    let title = format!("items/s, instant server, {} rows", grouped(float(rows)));
    results.add(title, "half of (b)", found, rate(&took) >= rate(&recording) / 2.0);
    let cpu = per_thousand(&took, rows);
    let found = format!("{cpu:.3} (a: {:.3}, b: {:.3})", per_thousand(&bare, rows), per_thousand(&recording, rows));
    results.add("CPU seconds per 1,000 items, all on record", "under 0.07", found, cpu < 0.07);
    memory(results, rows, &took);

    let record = Record::open(&job.db())?;
    let (size, unique) = (float(file_size(&job.db())?), record.unique_text()?);
    let found = format!("{:.2} ({} of {})", size / unique, megabytes(size), megabytes(unique));
    results.add("run file against its unique texts", "under 1.6", found, size / unique < 1.6);
    let before = record.calls()?;
    drop(record);
    let again = casebook(&job, &[])?;
    let calls = Record::open(&job.db())?.calls()? - before;
    let title = format!("second run over {} finished rows", grouped(float(rows)));
    let found = format!("{:.2} s, {calls:.0} calls", again.seconds);
    results.add(title, "under 1 s, no call", found, again.seconds < 1.0 && calls == 0.0);
    Ok(())
}

/// A server whose answers take a while.
fn latency(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let server = Server::start(Behaviour::Latency)?;
    let rows = bench.rows(20_000);
    let bare = bench.baseline(Baseline::Bare, &server, rows)?;
    let job = bench.job("latency", rows, &server)?;
    let took = casebook(&job, &[])?;
    let generating = float(rows) / Record::open(&job.db())?.stage_seconds("generate")?;
    let bare = float(rows) / bare.seconds;
    let share = generating / bare * 100.0;
    let found = format!("{share:.1} %: {} (a: {})", grouped(generating), grouped(bare));
    results.add("items/s at 50 ms, 64 in flight", "98 % of (a)", found, share >= 98.0);
    results.note("the same with all other stages", grouped(float(rows) / took.seconds));
    Ok(())
}

/// A server with faults.
fn faults(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let rows = bench.rows(2_000);
    let server = Server::start(Behaviour::Faults)?;
    let recording = bench.baseline(Baseline::Recording, &server, rows)?;
    // Another server, for one that has seen the requests draws other faults.
    let server = Server::start(Behaviour::Faults)?;
    let job = bench.job("faults", rows, &server)?;
    let took = casebook(&job, &[])?;
    let accepted = Record::open(&job.db())?.accepted()?;
    let title = format!("the fault mix, {} rows at 50 ms", grouped(float(rows)));
    let found = format!("{} valid, {:.1} s (b: {:.1} s)", grouped(accepted), took.seconds, recording.seconds);
    results.add(title, "all valid, under 5.5 s", found, accepted >= float(rows) && took.seconds < 5.5);
    Ok(())
}

/// A million rows, stopped half-way.
fn million(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let rows = bench.rows(1_000_000);
    let server = Server::start(Behaviour::Instant)?;
    let job = bench.job("million", rows, &server)?;
    let half = (rows / 2).to_string();
    let first = casebook(&job, &["--limit", &half, "--to", "generate"])?;
    let ingested = float(rows) / Record::open(&job.db())?.seconds_with_commit("ingest")?;
    let title = grouped(float(rows));
    let found = grouped(ingested);
    results.add(format!("ingest of {title} rows, rows/s"), "250,000", found, ingested >= 250_000.0);
    let second = casebook(&job, &[])?;
    let record = Record::open(&job.db())?;
    let exported = float(rows) / record.seconds_with_commit("export")?;
    let found = grouped(exported);
    results.add(format!("export of {title} rows as jsonl, rows/s"), "250,000", found, exported >= 250_000.0);
    let resumed = record.first_call()? - second.from;
    let target = "under 3 s";
    results.add(format!("first request after resuming {title} rows"), target, format!("{resumed:.2} s"), resumed < 3.0);
    let tenth = rows / 10;
    let begin = float(tenth) / record.seconds_between(1, tenth)?;
    let end = float(tenth) / record.seconds_between(rows - tenth, rows)?;
    let share = end / begin * 100.0;
    let found = format!("{share:.0} %: {} after {}", grouped(end), grouped(begin));
    results.add("items/s over the last tenth against the first", "80 %", found, share >= 80.0);
    memory(results, rows, if first.peak > second.peak { &first } else { &second });
    results.note("its run file", megabytes(float(file_size(&job.db())?)));
    drop(record);
    // Whoever comes next and wants one may have it.
    let _ = bench.million.set(job);
    Ok(())
}

/// How often `status` is asked, to take the median.
const LOOKS: usize = 11;

/// The median of the times; the first that was killed, where one was.
fn median(looks: &[Ended]) -> Result<f64, &Ended> {
    let seconds = |ended: &'_ Ended| ended.took().map(|took| took.seconds);
    let mut times = looks.iter().map(|it| seconds(it).ok_or(it)).collect::<Result<Vec<_>, _>>()?;
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or(f64::NAN))
}

/// What only reads a finished run file of a million rows.
fn status(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let rows = bench.rows(1_000_000);
    if bench.million.get().is_none() {
        let job = Job::plain(&bench.dir.join("samples"), rows, None)?;
        casebook(&job, &["--to", "generate"])?;
        let _ = bench.million.set(job);
    }
    let Some(job) = bench.million.get() else { return Ok(()) };
    let title = grouped(float(rows));
    let looks = (0..LOOKS).map(|_| bench.measured(&mut command("status", &job.db()))).collect::<Result<Vec<_>, _>>()?;
    let measure = format!("`status` of {title} work items");
    match median(&looks) {
        Ok(seconds) => results.add(measure, "under 50 ms", format!("{:.1} ms", seconds * 1000.0), seconds < 0.05),
        Err(killed) => results.add(measure, "under 50 ms", time(killed), false),
    }
    let dry = bench.measured(command("run", &job.config()).arg("--dry-run"))?;
    results.timed(format!("`run --dry-run` over {title} finished rows"), &dry, 30.0);
    let peak = looks.iter().chain([&dry]).filter_map(|ended| ended.took()?.peak).max();
    results.memory(format!("peak memory of both, {title} rows"), peak);
    Ok(())
}

/// The binary.
fn binary(_: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let bytes = float(file_size(Path::new(env!("CARGO_BIN_EXE_casebook")))?);
    results.add("binary", "under 25 MB", megabytes(bytes), bytes < 25e6);
    Ok(())
}

/// A clean release build.
fn build(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let target = tempfile::tempdir_in(bench.dir)?;
    let clock = Instant::now();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .env("CARGO_TARGET_DIR", target.path())
        .status()?;
    let seconds = clock.elapsed().as_secs_f64();
    let found = format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), seconds % 60.0);
    results.add("clean release build", "under 6 min", found, status.success() && seconds < 360.0);
    Ok(())
}
