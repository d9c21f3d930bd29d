//! The outputs that claims stand in.

use rusqlite::Connection;
use serde_json::Value;

use super::about::about;
use super::model::Claim;
use crate::store::sql;

/// Reads the outputs that claims stand in, one at a time: most neighbours in a list are of the same output.
pub struct ClaimOutputs<'a> {
    connection: &'a Connection,
    latest: Option<(i64, Value)>,
}

impl<'a> ClaimOutputs<'a> {
    #[must_use]
    pub fn new(connection: &'a Connection) -> Self {
        Self { connection, latest: None }
    }

    /// What a claim is about: each value with its name.
    pub fn about(&mut self, claim: &Claim) -> rusqlite::Result<Vec<(String, String)>> {
        self.about_at(claim.standing, &claim.path, &claim.quote)
    }

    /// What the claim at a path of the output at a standing is about.
    pub fn about_at(&mut self, standing: i64, path: &str, quote: &str) -> rusqlite::Result<Vec<(String, String)>> {
        let found = match self.latest.take().filter(|(of, _)| *of == standing) {
            Some(found) => found,
            None => (standing, self.read(standing)?),
        };
        let said = about(&found.1, path, quote);
        self.latest = Some(found);
        Ok(said)
    }

    fn read(&self, standing: i64) -> rusqlite::Result<Value> {
        let text: Option<String> = sql::VIEW_CLAIMED_OUTPUT
            .first(self.connection, &[(":standing", &standing)], |row| row.get("output"))?
            .flatten();
        Ok(text.and_then(|it| serde_json::from_str(&it).ok()).unwrap_or_default())
    }
}
