//! The processes of a measure: the server, a baseline, Casebook itself; and what each took.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::baseline::Baseline;
use crate::job::{self, Job};
use crate::machine::{self, Side};
use crate::server::{self, Advice, Config, Content, Fault, Of, Plan, Times};

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// It answers at once.
    Instant,
    /// Each answer takes 50 ms.
    Latency,
    /// So does each answer, and of all requests 5 % get a 500, 5 % a 429, 2 % an answer that is no JSON and 2 % one
    /// with a field too many.
    Faults,
}

impl Behaviour {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Instant, "instant"), (Self::Latency, "latency"), (Self::Faults, "faults")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(it, _)| *it == self).map_or("", |(_, name)| name)
    }

    /// The behaviour of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == name).map(|(it, _)| *it)
    }
}

/// Serves until this process is ended; prints the base URL.
pub fn serve(behaviour: Behaviour) -> Result<(), Box<dyn Error>> {
    machine::keep_to(Side::Server);
    let mut config = Config::new(Content::Valid(job::schema().into()));
    if behaviour != Behaviour::Instant {
        config = config.latency(Duration::from_millis(50));
    }
    if behaviour == Behaviour::Faults {
        let plan = Plan::seeded(1)
            .with(Fault::Status(500), Of::Share(0.05), Times::Anew)
            .with(Fault::RateLimited(Advice::Seconds(1)), Of::Share(0.05), Times::Anew)
            .with(Fault::Malformed, Of::Share(0.02), Times::Anew)
            .with(Fault::ExtraField, Of::Share(0.02), Times::Anew);
        config = config.plan(plan);
    }
    server::serve_forever(config, |url| println!("{url}"))?;
    Ok(())
}

/// A server in a process of its own; it ends when this is dropped.
pub struct Server {
    child: Child,
    /// What goes into `llm.base_url`.
    pub base_url: String,
}

impl Server {
    /// Starts one.
    pub fn start(behaviour: Behaviour) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--serve", behaviour.name()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        Ok(Self { child, base_url: line.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// When it was started, in seconds since 1970.
    pub from: f64,
    /// From its start to its end, or for a baseline from its first request to its last answer.
    pub seconds: f64,
    /// Processor time of all its threads.
    pub cpu: Option<f64>,
    /// The most memory it had, in bytes.
    pub peak: Option<u64>,
}

/// How a process of Casebook ended.
#[derive(Clone, Copy, Debug)]
pub enum Ended {
    /// By itself, with success.
    Done(Took),
    /// It was killed after this time.
    Killed(Duration),
}

impl Ended {
    /// What it took, where it ended by itself.
    pub fn took(&self) -> Option<&Took> {
        match self {
            Self::Done(took) => Some(took),
            Self::Killed(_) => None,
        }
    }
}

/// `casebook COMMAND PATH`, ready for further arguments.
pub fn command(name: &str, path: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
    command.arg(name).arg(path);
    // What it writes for the time being lies on the same disk as everything else.
    if let Some(dir) = path.parent() {
        command.env("TMPDIR", dir);
    }
    command
}

/// Runs `casebook run` on a job, with `more` arguments, to its end.
pub fn casebook(job: &Job, more: &[&str]) -> Result<Took, Box<dyn Error>> {
    match measured(command("run", &job.config()).args(more), Duration::MAX)? {
        Ended::Done(took) => Ok(took),
        Ended::Killed(_) => Err("casebook was killed".into()),
    }
}

/// Runs `command`, and kills it with SIGKILL where it is at work for longer than `most`. Fails where it does.
pub fn measured(command: &mut Command, most: Duration) -> Result<Ended, Box<dyn Error>> {
    let (from, cpu) = (now()?, machine::children_cpu());
    let clock = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    // What it says is read, so that it never waits for a reader; the last of it explains a failure.
    let stderr = child.stderr.take();
    let said = std::thread::spawn(move || {
        let lines = stderr.map(|it| BufReader::new(it).lines().map_while(Result::ok));
        lines.into_iter().flatten().fold(Vec::new(), |mut last: Vec<String>, line| {
            last.push(line);
            last.split_off(last.len().saturating_sub(8))
        })
    });
    let mut peak = None;
    let status = loop {
        peak = machine::peak_memory(child.id()).max(peak);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if clock.elapsed() > most {
            child.kill()?;
            child.wait()?;
            return Ok(Ended::Killed(most));
        }
        // The end of a short process is seen soon enough, and a long one is not held up.
        std::thread::sleep((clock.elapsed() / 50).clamp(Duration::from_micros(200), Duration::from_millis(10)));
    };
    let seconds = clock.elapsed().as_secs_f64();
    if !status.success() {
        let said = said.join().unwrap_or_default().join("\n");
        return Err(format!("casebook ended with {status}:\n{said}").into());
    }
    Ok(Ended::Done(Took { from, seconds, cpu: since(cpu), peak }))
}

/// Runs a baseline over `rows` rows.
pub fn baseline(which: Baseline, base_url: &str, rows: u64, dir: &Path) -> Result<Took, Box<dyn Error>> {
    let (from, cpu) = (now()?, machine::children_cpu());
    let output = Command::new(std::env::current_exe()?)
        .args(["--baseline", which.name(), base_url, &rows.to_string()])
        .arg(dir)
        .stderr(Stdio::inherit())
        .output()?;
    let seconds = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>();
    let seconds = seconds.map_err(|_| format!("the {} baseline ended with {}", which.name(), output.status))?;
    Ok(Took { from, seconds, cpu: since(cpu), peak: None })
}

fn now() -> Result<f64, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs_f64())
}

fn since(before: Option<Duration>) -> Option<f64> {
    Some(machine::children_cpu()?.checked_sub(before?)?.as_secs_f64())
}
