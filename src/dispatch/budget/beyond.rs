//! What models reported beyond what their requests allow: output over the limit, and input over the most that a prompt
//! can have, such as a system prompt of the server's own.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::dispatch::terms::{Most, Terms};
use crate::provider::TokenUsage;
use crate::store::sql;

/// How many of the newest responses are looked up in the record.
const NEWEST: i64 = 1_000;

/// The most that was reported so far, by model and output limit.
#[derive(Debug, Default)]
pub struct Beyond(HashMap<(String, Option<u32>), Most>);

impl Beyond {
    /// What the newest responses on record reported.
    pub fn on_record(connection: &Connection) -> rusqlite::Result<Self> {
        let mut known: HashMap<_, Most> = HashMap::new();
        sql::GENERATE_LARGEST_USAGE.each::<rusqlite::Error>(connection, &[(":newest", &NEWEST)], |row| {
            let tokens = |count: Option<i64>| count.unwrap_or_default().unsigned_abs();
            let (output, excess) = (tokens(row.get("output")?), tokens(row.get("excess")?));
            known.entry((row.get("model")?, row.get("most")?)).or_default().add(output, excess);
            Ok(())
        })?;
        Ok(Self(known))
    }

    /// The most that a model reported.
    pub fn of(&self, terms: &Terms) -> Most {
        self.0.get(&key(terms)).copied().unwrap_or_default()
    }

    /// Learns from the usage of a call, whose request itself can have `input` tokens; returns by how many it had more.
    pub fn learn(&mut self, terms: &Terms, usage: &TokenUsage, input: Option<u64>) -> Option<u64> {
        let excess = usage.input_tokens.zip(input).and_then(|(read, most)| read.checked_sub(most));
        let excess = excess.filter(|tokens| *tokens > 0);
        self.0.entry(key(terms)).or_default().add(usage.output_tokens.unwrap_or(0), excess.unwrap_or(0));
        excess
    }
}

fn key(terms: &Terms) -> (String, Option<u32>) {
    (terms.model.clone(), terms.max_output_tokens)
}
