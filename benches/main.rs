//! The benchmark: what Casebook costs, beside what it costs to do less. `benches/README.md` explains it.
//!
//! Everything that is measured runs in a process of its own: the server on one core, the client on another. This
//! program starts them, and is also what three of them are, by the options `--serve`, `--baseline` and `--load`.

mod baseline;
mod bench;
mod chain;
mod documents;
mod growth;
mod job;
mod kept;
mod machine;
mod measures;
mod process;
mod record;
mod server;
mod service;
mod statistics;
mod steps;
mod table;

use std::cell::OnceCell;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use baseline::Baseline;
use bench::Bench;
use machine::Side;
use process::Behaviour;
use table::{HEAD, Results};

const USAGE: &str = "\
cargo bench [-- [--quick] [--most SECONDS] [MEASURE …]]
cargo bench -- --table

  --quick         ten times fewer rows, to see that it works; these figures are not kept
  --most SECONDS  kill a process of `status`, `steps`, `rules` and `list` after so long; by default 600
  --table         print the table of the figures that were kept, and measure nothing
";

fn main() -> ExitCode {
    // `cargo bench` itself adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether everything was reached.
fn run(arguments: &[&str]) -> Result<bool, Box<dyn Error>> {
    match arguments {
        ["--serve", name] => {
            process::serve(Behaviour::named(name).ok_or("no such behaviour")?)?;
            Ok(true)
        }
        ["--baseline", name, base_url, rows, dir] => {
            let which = [Baseline::Bare, Baseline::Recording].into_iter().find(|it| it.name() == *name);
            baseline::run(which.ok_or("no such baseline")?, base_url, rows.parse()?, Path::new(dir))?;
            Ok(true)
        }
        ["--load", name, port, count, dir] => {
            let load = service::Load::named(name).ok_or("no such load")?;
            service::load(load, port, count.parse()?, Path::new(dir))?;
            Ok(true)
        }
        ["--help" | "-h", ..] => {
            println!("{USAGE}");
            for measure in &measures::ALL {
                println!("  {:10} {}", measure.name, measure.about);
            }
            Ok(true)
        }
        ["--table"] => {
            print!("{}", kept::table(measures::ALL.iter().map(|it| it.name))?);
            Ok(true)
        }
        arguments => measure(&Options::parse(arguments)?),
    }
}

/// What is to be measured.
struct Options<'a> {
    quick: bool,
    most: Duration,
    chosen: Vec<&'a str>,
}

impl<'a> Options<'a> {
    fn parse(arguments: &[&'a str]) -> Result<Self, Box<dyn Error>> {
        let mut options = Self { quick: false, most: Duration::from_mins(10), chosen: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                "--quick" => options.quick = true,
                "--most" => {
                    let seconds = arguments.next().ok_or("--most needs a number of seconds")?;
                    options.most = Duration::from_secs(seconds.parse()?);
                }
                name if measures::ALL.iter().any(|it| it.name == name) => options.chosen.push(name),
                unknown => {
                    let names = measures::ALL.map(|it| it.name).join(", ");
                    return Err(format!("there is no measure `{unknown}`; there are {names}\n{USAGE}").into());
                }
            }
        }
        Ok(options)
    }
}

fn measure(options: &Options<'_>) -> Result<bool, Box<dyn Error>> {
    let Options { quick, most, chosen } = options;
    // Which cores there are is asked before this process keeps to one.
    let description = machine::description();
    let apart = machine::keep_to(Side::Client);
    let sides = if apart { "client and server on a core each" } else { "client and server share their cores" };
    let run = format!("{description}, {sides}, {}", machine::now());
    // Beside the build, since `/tmp` may be memory.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bench = Bench { dir: dir.path(), quick: *quick, most: *most, million: OnceCell::new() };
    let mut results = Results::default();
    for measure in &measures::ALL {
        if if chosen.is_empty() { !measure.only_by_name } else { chosen.contains(&measure.name) } {
            let mut found = Results::default();
            measure.take(&bench, &mut found)?;
            if !quick {
                kept::keep(measure.name, &run, &found.lines())?;
            }
            results.extend(found);
        }
    }
    println!("{run}\n\n{HEAD}\n{}", results.lines());
    Ok(results.all_reached())
}
