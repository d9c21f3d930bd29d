//! The benchmark: what Casebook costs, beside what it costs to do less. `benches/README.md` explains it.
//!
//! Everything that is measured runs in a process of its own: the server on one core, the client on another. This
//! program starts them, and is also what two of them are, by the options `--serve` and `--baseline`.

mod baseline;
mod job;
mod machine;
mod measures;
mod process;
mod record;
mod server;
mod table;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use baseline::Baseline;
use machine::Side;
use measures::Bench;
use process::Behaviour;
use table::Results;

const USAGE: &str = "cargo bench [-- [--quick] [MEASURE …]]";

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
        ["--help" | "-h", ..] => {
            println!("{USAGE}\n");
            for measure in &measures::ALL {
                println!("  {:10} {}", measure.name, measure.about);
            }
            Ok(true)
        }
        chosen => measure(chosen),
    }
}

fn measure(arguments: &[&str]) -> Result<bool, Box<dyn Error>> {
    let quick = arguments.contains(&"--quick");
    let chosen: Vec<&str> = arguments.iter().copied().filter(|it| *it != "--quick").collect();
    let known = |name: &&str| measures::ALL.iter().any(|it| it.name == *name);
    if let Some(unknown) = chosen.iter().find(|name| !known(name)) {
        let names: Vec<&str> = measures::ALL.iter().map(|it| it.name).collect();
        return Err(format!("there is no measure `{unknown}`; there are {}\n{USAGE}", names.join(", ")).into());
    }
    // Which cores there are is asked before this process keeps to one.
    let description = machine::description();
    let apart = machine::keep_to(Side::Client);
    // Beside the build, since `/tmp` may be memory.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bench = Bench { dir: dir.path(), quick };
    let mut results = Results::default();
    for measure in &measures::ALL {
        if if chosen.is_empty() { !measure.only_by_name } else { chosen.contains(&measure.name) } {
            measure.take(&bench, &mut results)?;
        }
    }
    println!("{description}");
    println!("{}\n", if apart { "client and server on a core each" } else { "client and server share their cores" });
    println!("{}", results.markdown());
    Ok(results.all_reached())
}
