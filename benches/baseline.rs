//! The baselines: what a client costs that does less.
//!
//! Both post the same requests with the same HTTP client as Casebook, 64 at a time, on one thread. The *bare* one reads
//! the answer's JSON and counts. The *recording* one holds the text in it against the schema, asks again until it is
//! valid, and inserts a row for each into `SQLite`, 256 to a commit, each commit on the disk.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rusqlite::Connection;
use serde_json::Value;

use crate::job;

/// How many requests are in flight.
pub const IN_FLIGHT: usize = 64;

/// How many inserts make a commit.
const BATCH: u64 = 256;

/// Which baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// Posts, parses and counts.
    Bare,
    /// Validates and inserts as well.
    Recording,
}

impl Baseline {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Recording => "recording",
        }
    }
}

/// What the tasks of a baseline share.
struct Shared<'a> {
    client: reqwest::Client,
    url: String,
    schema: String,
    validator: jsonschema::Validator,
    table: Option<RefCell<Table<'a>>>,
    next: Cell<u64>,
    rows: u64,
}

/// Runs a baseline over `rows` rows and prints how many seconds it took.
pub fn run(which: Baseline, base_url: &str, rows: u64, dir: &Path) -> Result<(), Box<dyn Error>> {
    let connection = Connection::open(dir.join("baseline.db"))?;
    let table = match which {
        Baseline::Bare => None,
        Baseline::Recording => Some(RefCell::new(Table::new(&connection)?)),
    };
    // A second call finds the provider installed and is refused, which changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let schema = job::schema();
    let shared = Shared {
        client: reqwest::Client::new(),
        url: format!("{base_url}/chat/completions"),
        validator: jsonschema::validator_for(&schema)?,
        schema: schema.to_string(),
        table,
        next: Cell::new(0),
        rows,
    };
    let clock = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(async { join_all((0..IN_FLIGHT).map(|_| work(&shared))).await });
    done.into_iter().collect::<Result<(), _>>()?;
    if let Some(table) = &shared.table {
        table.borrow_mut().commit()?;
    }
    println!("{}", clock.elapsed().as_secs_f64());
    Ok(())
}

/// One of the tasks: takes row after row.
async fn work(shared: &Shared<'_>) -> Result<(), Box<dyn Error>> {
    loop {
        let index = shared.next.get();
        if index >= shared.rows {
            return Ok(());
        }
        shared.next.set(index + 1);
        let body = job::request(index, &shared.schema);
        loop {
            let sent =
                shared.client.post(&shared.url).header("content-type", "application/json").body(body.clone()).send();
            let response = sent.await?;
            if !response.status().is_success() {
                let wait = response.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
                tokio::time::sleep(Duration::from_secs(wait.unwrap_or(0))).await;
                continue;
            }
            let answer: Value = serde_json::from_slice(&response.bytes().await?)?;
            let Some(table) = &shared.table else { break };
            let text = answer["choices"][0]["message"]["content"].as_str().unwrap_or_default();
            let output: Value = serde_json::from_str(text).unwrap_or_default();
            if shared.validator.is_valid(&output) {
                table.borrow_mut().insert(index, text)?;
                break;
            }
        }
    }
}

/// The table of answers.
struct Table<'a> {
    connection: &'a Connection,
    open: u64,
}

impl<'a> Table<'a> {
    fn new(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE answer (id INTEGER PRIMARY KEY, row INTEGER NOT NULL, body TEXT NOT NULL) STRICT;",
        )?;
        Ok(Self { connection, open: 0 })
    }

    fn insert(&mut self, row: u64, body: &str) -> rusqlite::Result<()> {
        if self.open == 0 {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        let row = i64::try_from(row).unwrap_or(i64::MAX);
        self.connection.prepare_cached("INSERT INTO answer (row, body) VALUES (?1, ?2)")?.execute((row, body))?;
        self.open += 1;
        if self.open >= BATCH { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> rusqlite::Result<()> {
        if self.open > 0 {
            self.connection.execute_batch("COMMIT")?;
        }
        self.open = 0;
        Ok(())
    }
}
