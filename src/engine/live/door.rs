//! The queue between those who have rows and the loop: [`LiveDoor`].
//!
//! Rows wait here until a round of the loop takes them. What is counted here holds for all rows that were accepted and
//! are not decided, so that memory is bounded by the length of the queue. No statement runs here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::watch;

use super::column::RowShape;
use super::outcome::Refused;
use super::queue_pace::QueuePace;
use super::ticket::{LiveTicket, TicketEnds, Update};
use crate::record::WorkStatus;
use crate::tabular::ObjectCells;
use crate::transport::Waker;

/// The shortest and the longest wait that a full queue asks for.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Where rows are given to a live run. Any thread may use it, and it is cheap to clone.
#[derive(Clone)]
pub struct LiveDoor(Arc<Shared>);

struct Shared {
    shape: RowShape,
    /// The most rows that are accepted and not decided.
    most: usize,
    queue: Mutex<Queue>,
    /// Becomes true once no more rows are taken.
    closing: watch::Sender<bool>,
}

/// What is behind the lock. It is held for moments only.
#[derive(Default)]
struct Queue {
    /// Rows that no round has taken yet.
    waiting: VecDeque<Submission>,
    /// Rows that were accepted here and are not decided.
    open: usize,
    is_closed: bool,
    /// Whether nobody is left who would take what is decided.
    is_abandoned: bool,
    halted: Option<Refused>,
    /// Whether rows are looked up on record while they are refused otherwise.
    looks_up: bool,
    waker: Option<Waker>,
    pace: QueuePace,
    counts: LiveState,
    /// The calls and the cost of the loops before the present one.
    earlier: (u64, f64),
}

/// Rows that were given together.
pub(super) struct Submission {
    pub(super) rows: Vec<ObjectCells>,
    /// Whether it may share a data set with others that come in the same round.
    pub(super) single: bool,
    pub(super) ends: TicketEnds,
}

/// How a live run stands, for health checks and metrics.
#[derive(Clone, Debug, Default)]
pub struct LiveState {
    /// Rows that are accepted and not decided.
    pub queue: usize,
    /// The most that there may be.
    pub most: usize,
    /// Calls in flight.
    pub in_flight: u64,
    /// Rows that were decided, by status.
    pub accepted: u64,
    pub rejected: u64,
    pub failed: u64,
    pub skipped: u64,
    pub blocked: u64,
    /// Those of them that were decided from the record.
    pub from_record: u64,
    /// Calls made in this invocation.
    pub calls: u64,
    /// What this invocation's calls cost, as far as it is known.
    pub cost_usd: f64,
    /// Commits that recorded rows.
    pub commits: u64,
    /// Whether no more rows are taken.
    pub is_draining: bool,
    /// Why rows are refused now, if they are.
    pub halted: Option<Refused>,
}

impl LiveDoor {
    /// A door to rows of this shape, of which at most `most` may wait.
    pub(super) fn new(shape: RowShape, most: usize) -> Self {
        let queue = Queue { counts: LiveState { most, ..LiveState::default() }, ..Queue::default() };
        let (closing, _) = watch::channel(false);
        Self(Arc::new(Shared { shape, most, queue: Mutex::new(queue), closing }))
    }

    /// Gives rows to the run, as JSON objects by column. They are checked first: either all are taken, or none.
    /// `single` says that they may share a data set with others; rows that are not single are a batch with an id of
    /// its own.
    pub fn submit(&self, rows: &[Map<String, Value>], single: bool) -> Result<LiveTicket, Refused> {
        let most = self.0.most;
        match rows.len() {
            0 => return Err(Refused::NoRows),
            given if given > most => return Err(Refused::TooMany { given, most }),
            _ => {}
        }
        self.admits(rows.len())?;
        // The rows are read without the lock, which all of them share.
        let cells = self.0.shape.read_all(rows)?;
        let (ticket, ends) = LiveTicket::new(rows.len());
        let mut queue = self.queue();
        self.admits_in(&queue, rows.len())?;
        queue.add(rows.len());
        queue.waiting.push_back(Submission { rows: cells, single, ends });
        queue.wake();
        Ok(ticket)
    }

    /// Checks rows as [`submit`](Self::submit) does, and gives them to nobody.
    pub fn check(&self, rows: &[Map<String, Value>]) -> Result<(), Refused> {
        self.0.shape.read_all(rows).map(|_| ())
    }

    /// How the run stands.
    #[must_use]
    pub fn state(&self) -> LiveState {
        let queue = self.queue();
        LiveState {
            queue: queue.open,
            is_draining: queue.is_closed,
            halted: queue.halted.clone(),
            ..queue.counts.clone()
        }
    }

    /// Takes no more rows from now on. The run ends once those that were accepted are decided.
    pub fn close(&self) {
        let mut queue = self.queue();
        queue.is_closed = true;
        queue.wake();
        drop(queue);
        self.0.closing.send_replace(true);
    }

    /// Takes no more rows from now on, and asks nothing more, since nobody takes what is decided. The run ends once the
    /// calls in flight have ended; rows that were accepted and not asked about stay open on record.
    pub fn abandon(&self) {
        self.queue().is_abandoned = true;
        self.close();
    }

    /// Waits until no more rows are taken.
    pub async fn closed(&self) {
        let mut closing = self.0.closing.subscribe();
        // The sender lives as long as this door.
        let _ = closing.wait_for(|closed| *closed).await;
    }

    fn admits(&self, rows: usize) -> Result<(), Refused> {
        self.admits_in(&self.queue(), rows)
    }

    fn admits_in(&self, queue: &Queue, rows: usize) -> Result<(), Refused> {
        if queue.is_closed {
            return Err(Refused::Draining);
        }
        if let Some(why) = queue.halted.as_ref().filter(|_| !queue.looks_up) {
            return Err(why.clone());
        }
        // What is looked up does not wait for what is open.
        let before = if queue.looks_up { queue.waiting.iter().map(|it| it.rows.len()).sum() } else { queue.open };
        if before + rows > self.0.most {
            return Err(Refused::Full { retry_after: self.wait_for(queue, rows) });
        }
        Ok(())
    }

    /// How long it takes at the pace so far until there is room for `rows` rows.
    fn wait_for(&self, queue: &Queue, rows: usize) -> Duration {
        let excess = (queue.open + rows).saturating_sub(self.0.most);
        let wait = queue.pace.time_for(excess, Instant::now()).clamp(SHORTEST_WAIT, LONGEST_WAIT);
        Duration::from_secs_f64(wait.as_secs_f64().ceil())
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The side of the loop.
impl LiveDoor {
    pub(super) fn shape(&self) -> &RowShape {
        &self.0.shape
    }

    /// Says whom to wake when rows come.
    pub(super) fn wake_with(&self, waker: Option<Waker>) {
        self.queue().waker = waker;
    }

    /// Takes the next rows that wait, `most` of them or the rows of one submission.
    pub(super) fn take(&self, most: usize) -> Vec<Submission> {
        let mut queue = self.queue();
        let (mut taken, mut rows) = (Vec::new(), 0);
        while let Some(next) = queue.waiting.front() {
            if rows > 0 && rows + next.rows.len() > most {
                break;
            }
            rows += next.rows.len();
            taken.extend(queue.waiting.pop_front());
        }
        taken
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.queue().waiting.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.queue().is_closed
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.queue().is_abandoned
    }

    /// Counts rows that were accepted by an earlier process, and are open on record.
    pub(super) fn count_left(&self, rows: usize) {
        self.queue().add(rows);
    }

    /// Counts a row that is decided now.
    pub(super) fn decided(&self, status: WorkStatus, from_record: bool) {
        let mut queue = self.queue();
        queue.pace.count(Instant::now());
        queue.remove(1);
        let counts = &mut queue.counts;
        counts.from_record += u64::from(from_record);
        match status {
            WorkStatus::Accepted => counts.accepted += 1,
            WorkStatus::Rejected => counts.rejected += 1,
            WorkStatus::Failed => counts.failed += 1,
            WorkStatus::Skipped => counts.skipped += 1,
            WorkStatus::Blocked => counts.blocked += 1,
            WorkStatus::Pending => {}
        }
    }

    /// Forgets rows that will not be decided now.
    pub(super) fn forget(&self, rows: usize) {
        self.queue().remove(rows);
    }

    /// Notes what the present loop has done so far.
    pub(super) fn note(&self, in_flight: u64, calls: u64, cost_usd: f64) {
        let mut queue = self.queue();
        let (earlier, counts) = (queue.earlier, &mut queue.counts);
        (counts.in_flight, counts.calls, counts.cost_usd) = (in_flight, earlier.0 + calls, earlier.1 + cost_usd);
    }

    /// Keeps what was counted: the next loop counts from nothing.
    pub(super) fn keep_counts(&self) {
        let mut queue = self.queue();
        queue.earlier = (queue.counts.calls, queue.counts.cost_usd);
    }

    /// Takes rows although the run is halted, since what is on record is answered.
    pub(super) fn look_up(&self) {
        self.queue().looks_up = true;
    }

    pub(super) fn note_commit(&self) {
        self.queue().counts.commits += 1;
    }

    /// From now on rows are refused with this, or are taken again (`None`). Those that wait here are refused too.
    pub(super) fn halt(&self, why: Option<Refused>) {
        let mut queue = self.queue();
        queue.halted.clone_from(&why);
        queue.looks_up = false;
        let Some(why) = why else { return };
        for submission in std::mem::take(&mut queue.waiting) {
            queue.remove(submission.rows.len());
            submission.ends.end(&why);
        }
    }
}

impl Queue {
    fn add(&mut self, rows: usize) {
        if rows > 0 {
            self.pace.begin(Instant::now());
        }
        self.open += rows;
    }

    fn remove(&mut self, rows: usize) {
        self.open = self.open.saturating_sub(rows);
        if self.open == 0 {
            self.pace.rest(Instant::now());
        }
    }

    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake();
        }
    }
}

impl TicketEnds {
    /// Tells that the rows, or the rest of them, are not answered.
    pub(super) fn end(self, why: &Refused) {
        if let Some(accepted) = self.accepted {
            // Whoever gave the rows may have gone.
            let _ = accepted.send(Err(why.clone()));
        }
        let _ = self.updates.send(Update::Ended(why.clone()));
    }
}
