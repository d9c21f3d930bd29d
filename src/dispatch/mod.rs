//! The loop that keeps calls in flight.
//!
//! One thread owns the connection. Each round *settles* what came back, hands new outputs on to later steps, *claims*
//! what can go out, commits all of this in one transaction, hands the claimed requests to the transport, and waits. No
//! transaction is open across the network: a call is committed before it is sent, and a response is committed before it
//! is used. Equal requests of different work items share one call.
//!
//! - [`generate`] runs the loop over the [`LoopWork`] to do; [`Models`] are the models that it may ask.
//! - `state` has the loop's state; `round`, `claim`, `send`, `settle` and `failing` are the parts of a round.
//! - [`budget`] reserves money before a request goes out; [`lane`] and [`pace`] decide how fast requests go out;
//!   [`outage`] (with `words`) tells a failing request from a failing endpoint; [`inbox`] collects responses;
//!   [`usage_watch`] looks for output that is not counted and prompts that are cut.
//! - [`Admission`] is where work items come from that are not planned when the loop begins ([`generate_live`]);
//! - [`channel`] and [`terms`] say how one model is reached and what it costs; [`observer`] follows the loop.
//! - [`delivery`] sends posts that are no part of the loop and of no record.
//!
//! Depends on `stage` and `transport`, and on `store`, `provider`, `price` and `prompt` for their types. Must never
//! read a configuration, open a file, or know what a project is: `engine` hands in everything as values.

mod admission;
mod budget;
mod channel;
mod claim;
mod cursor;
mod delivery;
mod error;
mod failing;
mod finish_words;
mod inbox;
mod lane;
mod models;
mod observer;
mod outage;
mod pace;
mod probing;
mod progress;
mod round;
mod send;
mod settle;
mod state;
mod stop;
mod terms;
mod usage_watch;
mod words;

use rusqlite::{Connection, TransactionBehavior};

use crate::record::thousands;
use crate::store::now;

pub use admission::{Admission, AdmittedItems, OpenedItem};
pub use budget::{BudgetLimits, BudgetStop, VariantLimits};
pub use channel::Channel;
pub use delivery::{Delivery, DeliveryEvent, DeliveryTerms, EndedPost, Post};
pub use error::DispatchError;
pub use lane::LaneSpec;
pub use models::{AnswerSource, Models, Route};
pub use observer::Observer;
pub use pace::{PaceStatus, PacedBy, RateLimit};
pub use progress::{BudgetStatus, GenerationProgress, GenerationSummary, StepSummary, UsageTotals};
pub use state::{LoopWork, WorkingStep};
pub use stop::{JudgeAddress, MaxFailures, Stop};
pub use terms::Terms;

use admission::Door;
use state::Loop;

/// Generates the outputs of all open work items, as an invocation (rowid) on the run file behind `connection`.
pub fn generate(
    connection: &mut Connection,
    invocation: i64,
    work: LoopWork<'_>,
    observer: &mut dyn Observer,
) -> Result<GenerationSummary, DispatchError> {
    let wants_decisions = observer.wants_decisions();
    generate_from(connection, invocation, work, (observer, wants_decisions), None)
}

/// [`generate`] with an admission: it ends once nothing more can come and all is decided.
pub fn generate_live(
    connection: &mut Connection,
    invocation: i64,
    work: LoopWork<'_>,
    observer: &mut dyn Observer,
    admission: &mut dyn Admission,
) -> Result<GenerationSummary, DispatchError> {
    generate_from(connection, invocation, work, (observer, true), Some(admission))
}

fn generate_from(
    connection: &mut Connection,
    invocation: i64,
    work: LoopWork<'_>,
    (observer, wants_decisions): (&mut dyn Observer, bool),
    admission: Door<'_>,
) -> Result<GenerationSummary, DispatchError> {
    let mut state = Loop::new(connection, invocation, work, wants_decisions)?;
    // What comes later may have been tried in this invocation.
    state.has_past |= admission.is_some();
    if let Some(unknown) = state.budget.unknown_before() {
        observer.note(format!(
            "the cost of {} in earlier runs is not known: they do not count towards the budget",
            calls(unknown)
        ));
    }
    state.work(connection, observer, admission)?;
    state.summary.used = state.budget.used();
    if let Some(stop) = &mut state.summary.stopped {
        stop.end(state.bad, state.decided);
    }
    Ok(state.summary)
}

impl Loop<'_> {
    /// Runs rounds until nothing is left to do or to wait for.
    fn work(
        &mut self,
        connection: &mut Connection,
        observer: &mut dyn Observer,
        mut admission: Door<'_>,
    ) -> Result<(), DispatchError> {
        let mut interrupt_is_reported = false;
        loop {
            let inbox = self.wait(&mut admission);
            // There is no other writer, so this never waits for a lock.
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let time = now();
            self.settle(&tx, inbox, &time)?;
            if let Some(admission) = &mut admission {
                self.admit(&tx, &mut **admission, &time)?;
            }
            self.hand_on(&tx)?;
            self.claim(&tx, &time)?;
            let jobs = self.send(&tx, &time)?;
            self.conclude_parked(&tx, &time)?;
            let may_come = admission.as_ref().is_some_and(|it| !it.is_closed() || it.has_waiting());
            let over = self.is_over() && (self.stopping || !may_come);
            self.record_pace(&tx, &time, over)?;
            self.budget.write_totals(&tx)?;
            tx.commit()?;
            match &mut admission {
                Some(admission) => self.report_to(connection, &mut **admission)?,
                None => self.report_decisions(connection, observer)?,
            }
            self.watch.take_notes().into_iter().for_each(|note| observer.note(note));
            let Some(models) = self.models else {
                if self.is_exhausted() && !self.hand_on_pending {
                    break;
                }
                continue;
            };
            for job in jobs {
                models.transport.submit(job)?;
            }
            self.report_progress(connection, observer)?;
            if self.summary.interrupted && !interrupt_is_reported {
                interrupt_is_reported = true;
                if !self.in_flight.is_empty() {
                    observer.note(format!(
                        "stopping; waiting for {} in flight; Ctrl-C again abandons them",
                        calls(self.in_flight.len() as u64)
                    ));
                }
            }
            if over {
                break;
            }
        }
        Ok(())
    }

    fn report_progress(&mut self, connection: &Connection, observer: &mut dyn Observer) -> Result<(), DispatchError> {
        self.progress.in_flight = self.in_flight.len() as u64;
        let parked: usize =
            self.outages.iter().map(outage::OutageDetector::parked).map(|(refused, failed)| refused + failed).sum();
        self.progress.waiting = (self.retry_queue.len() + parked) as u64;
        self.progress.pace = self.pace_status();
        self.progress.used = self.budget.used();
        self.progress.budget = self.budget.status();
        self.count_again(connection)?;
        // Between two counts, more may be decided than were planned at the last one.
        self.progress.planned = self.progress.planned.max(self.progress.done);
        let is_under_way = self.hand_on_pending || self.progress.done < self.progress.planned;
        self.progress.grows = !self.links.all.is_empty() && is_under_way;
        observer.progress(&self.progress);
        Ok(())
    }
}

/// `1 call`, `2 calls`.
pub fn calls(count: u64) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{} calls", thousands(count)) }
}
