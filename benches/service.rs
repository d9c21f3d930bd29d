//! The service: how long its answers take at a rate that is held, beside what HTTP and commits alone take.
//!
//! The service keeps to one core, and who asks is a process of its own on the other. Each request has a time at which it
//! is due, and its latency counts from there, so that an answer that comes late delays none of the others unseen.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use crate::bench::Bench;
use crate::job::{self, Job};
use crate::machine::{self, Side};
use crate::process::command;
use crate::table::{Results, float, grouped};

/// Requests a second.
const RATE: u64 = 1_000;
/// The connections that they are spread over.
const CONNECTIONS: u64 = 32;
/// The rows that are on record, which come again and again.
const KNOWN: u64 = 1_000;
/// The longest time that 99 of 100 answers may take, in milliseconds.
const MOST_P99: f64 = 20.0;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Whether the service is well: what HTTP alone takes.
    Health,
    /// Rows that are on record.
    Known,
    /// Rows that are not, which `sample` answers.
    New,
    /// No service is asked: a row is inserted into a table, with a commit of its own.
    Commit,
}

impl Load {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Health, "health"), (Self::Known, "known"), (Self::New, "new"), (Self::Commit, "commit")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(it, _)| *it == self).map_or("", |(_, name)| name)
    }

    /// The load of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == name).map(|(it, _)| *it)
    }

    /// The request at `index`.
    fn request(self, index: u64) -> String {
        let row = match self {
            Self::Known => index % KNOWN,
            _ => KNOWN + index,
        };
        match self {
            Self::Health => "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
            _ => {
                let body = json!({"row": {"id": format!("{row:07}"), "narrative": job::row(row)}}).to_string();
                format!(
                    "POST /v1/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
        }
    }
}

/// What was measured of a load, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Latencies {
    p50: f64,
    p99: f64,
    longest: f64,
    /// Answers a second over the whole time.
    rate: f64,
}

/// Asks `count` times, in a process of its own, and prints the latencies in microseconds, and the seconds of all.
pub fn load(load: Load, port: &str, count: u64, dir: &Path) -> Result<(), Box<dyn Error>> {
    machine::keep_to(Side::Server);
    let began = Instant::now() + Duration::from_millis(100);
    let mut latencies = match load {
        Load::Commit => commits(began, count, dir)?,
        _ => {
            let port = port.to_owned();
            let askers: Vec<_> = (0..CONNECTIONS)
                .map(|number| {
                    let port = port.clone();
                    thread::spawn(move || ask(load, &port, began, (number, count)).map_err(|error| error.to_string()))
                })
                .collect();
            let mut all = Vec::new();
            for asker in askers {
                all.extend(asker.join().map_err(|_| "a thread panicked")??);
            }
            all
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |share: u64| latencies.get(usize::try_from(latencies.len() as u64 * share / 100).unwrap_or(0)).copied();
    let last = latencies.last().copied();
    println!("{} {} {} {seconds}", at(50).unwrap_or(0), at(99).unwrap_or(0), last.unwrap_or(0));
    Ok(())
}

/// Waits until the request at `index` is due.
fn wait(began: Instant, index: u64) -> Instant {
    let due = began + Duration::from_micros(index * 1_000_000 / RATE);
    thread::sleep(due.saturating_duration_since(Instant::now()));
    due
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Sends each request of one connection.
fn ask(load: Load, port: &str, began: Instant, (number, count): (u64, u64)) -> Result<Vec<u64>, Box<dyn Error>> {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut latencies = Vec::new();
    let mut index = number;
    while index < count {
        let request = load.request(index);
        let due = wait(began, index);
        stream.write_all(request.as_bytes())?;
        read_answer(&mut reader)?;
        latencies.push(micros(due));
        index += CONNECTIONS;
    }
    Ok(latencies)
}

/// Reads an answer to its end; an error unless its status is 200.
fn read_answer(reader: &mut BufReader<TcpStream>) -> Result<(), Box<dyn Error>> {
    let mut length = 0;
    let mut first = String::new();
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if first.contains(" 200 ") { Ok(()) } else { Err(String::from_utf8_lossy(&body).into_owned().into()) }
}

/// Inserts rows, each with a commit of its own.
fn commits(began: Instant, count: u64, dir: &Path) -> Result<Vec<u64>, Box<dyn Error>> {
    let connection = Connection::open(dir.join("commits.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE answer (id INTEGER PRIMARY KEY, text TEXT)",
    )?;
    let mut insert = connection.prepare("INSERT INTO answer (text) VALUES (?1)")?;
    let mut latencies = Vec::new();
    for index in 0..count {
        let due = wait(began, index);
        insert.execute([job::row(index)])?;
        latencies.push(micros(due));
    }
    Ok(latencies)
}

/// A service in a process of its own; it ends when this is dropped.
struct Service {
    child: Child,
    port: String,
}

impl Service {
    fn start(job: &Job) -> Result<Self, Box<dyn Error>> {
        let mut child = command("serve", &job.config())
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = BufReader::new(child.stderr.take().ok_or("it has no stderr")?);
        let mut line = String::new();
        let port = loop {
            line.clear();
            if said.read_line(&mut line)? == 0 {
                return Err("it does not serve".into());
            }
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                break rest.chars().take_while(char::is_ascii_digit).collect();
            }
        };
        // What it says later is read, so that it never waits for a reader.
        thread::spawn(move || said.lines().map_while(Result::ok).for_each(drop));
        Ok(Self { child, port })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has a process of its own ask.
fn asked(load: Load, port: &str, count: u64, dir: &Path) -> Result<Latencies, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--load", load.name(), port, &count.to_string()])
        .arg(dir)
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<f64> = text.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    let [p50, p99, longest, seconds] = found[..] else { return Err("the load ended without its figures".into()) };
    Ok(Latencies { p50: p50 / 1e3, p99: p99 / 1e3, longest: longest / 1e3, rate: float(count) / seconds })
}

/// Rows over HTTP at a rate that is held.
pub fn service(bench: &Bench<'_>, results: &mut Results) -> Result<(), Box<dyn Error>> {
    let count = bench.rows(20_000);
    // The header alone is read of its table.
    let job = Job::plain(&bench.dir.join("service"), 1, None)?;
    let service = Service::start(&job)?;
    // The rows are put on record, and everything is warm.
    asked(Load::Known, &service.port, KNOWN * 2, bench.dir)?;
    let shown = |it: Latencies| {
        let Latencies { p50, p99, longest, rate } = it;
        format!("p50 {p50:.1} ms, p99 {p99:.1} ms, longest {longest:.0} ms, at {}/s", grouped(rate))
    };
    let known = asked(Load::Known, &service.port, count, bench.dir)?;
    let held = known.p99 < MOST_P99 && known.rate > float(RATE) * 0.98;
    results.add("service: recorded answers, 1,000 requests/s on one core", "p99 under 20 ms", shown(known), held);
    results.note(
        "service: new rows, answered by samples, the same rate",
        shown(asked(Load::New, &service.port, count, bench.dir)?),
    );
    results.note("baseline: `/healthz` at the same rate", shown(asked(Load::Health, &service.port, count, bench.dir)?));
    results.note("baseline: a commit for each row, no HTTP", shown(asked(Load::Commit, "0", count, bench.dir)?));
    Ok(())
}
