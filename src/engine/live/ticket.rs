//! What those who gave rows wait on: [`LiveTicket`] for the commit that records the rows, [`LiveResults`] for what
//! comes of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::outcome::{BatchId, Refused};
use crate::view::live::LiveResult;

/// What the loop tells about the rows of a ticket.
pub(super) enum Update {
    Decided(Box<LiveResult>),
    /// The rest is not answered.
    Ended(Refused),
}

/// Whether rows are taken or withdrawn: who says so first has said it for both sides.
#[derive(Debug, Default)]
pub(super) struct Claim(AtomicBool);

impl Claim {
    /// Returns whether nobody was first.
    fn claim(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// The loop's ends of a ticket.
pub(super) struct TicketEnds {
    claim: Arc<Claim>,
    /// Told once the rows are on record. Taken when it is told.
    pub(super) accepted: Option<oneshot::Sender<Result<BatchId, Refused>>>,
    pub(super) updates: mpsc::UnboundedSender<Update>,
}

impl TicketEnds {
    /// Takes the rows, which are recorded next. Returns false if whoever gave them has withdrawn them, or is gone.
    pub(super) fn take(&self) -> bool {
        // Some wait for the results alone.
        let is_gone = self.updates.is_closed() && self.accepted.as_ref().is_some_and(oneshot::Sender::is_closed);
        !is_gone && self.claim.claim()
    }
}

/// Rows that were given to a live run.
#[derive(Debug)]
pub struct LiveTicket {
    claim: Arc<Claim>,
    accepted: oneshot::Receiver<Result<BatchId, Refused>>,
    results: LiveResults,
}

impl LiveTicket {
    /// A ticket for `rows` rows, and the ends that the loop holds.
    pub(super) fn new(rows: usize) -> (Self, TicketEnds) {
        let (told, accepted) = oneshot::channel();
        let (updates, received) = mpsc::unbounded_channel();
        let results = LiveResults { received, early: BTreeMap::new(), next: 0, rows };
        let claim = Arc::<Claim>::default();
        let ends = TicketEnds { claim: Arc::clone(&claim), accepted: Some(told), updates };
        (Self { claim, accepted, results }, ends)
    }

    /// Withdraws the rows: they will never be recorded. Returns false if they are being recorded already; then
    /// [`accepted`](Self::accepted) follows at once.
    #[must_use]
    pub fn withdraw(&self) -> bool {
        self.claim.claim()
    }

    /// Waits for the commit that records the rows. From then on they are decided, whatever happens to the process.
    pub async fn accepted(&mut self) -> Result<BatchId, Refused> {
        (&mut self.accepted).await.unwrap_or(Err(Refused::Draining))
    }

    /// [`accepted`](Self::accepted) for a thread without a runtime, with the results that follow.
    pub fn accepted_blocking(self) -> Result<(BatchId, LiveResults), Refused> {
        let Self { accepted, results, .. } = self;
        let id = accepted.blocking_recv().unwrap_or(Err(Refused::Draining))?;
        Ok((id, results))
    }

    /// The results of the rows. Dropping them loses nothing: the rows are decided all the same.
    #[must_use]
    pub fn results(self) -> LiveResults {
        self.results
    }
}

/// The results of rows in the order in which the rows were given.
#[derive(Debug)]
pub struct LiveResults {
    received: mpsc::UnboundedReceiver<Update>,
    /// Results that came before those of earlier rows.
    early: BTreeMap<usize, LiveResult>,
    /// The row whose result is next.
    next: usize,
    rows: usize,
}

impl LiveResults {
    /// Waits for the result of the next row; `None` after the last. An error means that the rest is not answered now.
    pub async fn next(&mut self) -> Result<Option<LiveResult>, Refused> {
        while self.is_waiting() {
            let update = self.received.recv().await;
            self.take(update)?;
        }
        Ok(self.ready())
    }

    /// [`next`](Self::next) for a thread without a runtime.
    pub fn next_blocking(&mut self) -> Result<Option<LiveResult>, Refused> {
        while self.is_waiting() {
            let update = self.received.blocking_recv();
            self.take(update)?;
        }
        Ok(self.ready())
    }

    /// Whether the result of the next row is still to come.
    fn is_waiting(&self) -> bool {
        self.next < self.rows && !self.early.contains_key(&self.next)
    }

    /// The result of the next row, which has come; `None` after the last.
    fn ready(&mut self) -> Option<LiveResult> {
        let result = self.early.remove(&self.next)?;
        self.next += 1;
        Some(result)
    }

    fn take(&mut self, update: Option<Update>) -> Result<(), Refused> {
        match update {
            Some(Update::Decided(result)) => {
                self.early.insert(result.row, *result);
                Ok(())
            }
            Some(Update::Ended(why)) => Err(why),
            None => Err(Refused::Draining),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_either_taken_or_withdrawn() {
        let (ticket, ends) = LiveTicket::new(1);
        assert!(ends.take() && !ticket.withdraw());
        let (ticket, ends) = LiveTicket::new(1);
        assert!(ticket.withdraw() && !ends.take());
        let (ticket, ends) = LiveTicket::new(1);
        drop(ticket);
        assert!(!ends.take(), "nobody is told of them");
    }
}
