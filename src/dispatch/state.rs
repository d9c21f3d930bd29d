//! The state that the loop keeps between rounds. `claim`, `send`, `settle` and `round` each add the methods for one
//! part of a round.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Instant;

use rusqlite::Connection;

use super::budget::Budget;
use super::cursor::{Recount, StepCursor};
use super::error::DispatchError;
use super::finish_words::FinishWords;
use super::lane::{self, Lane};
use super::models::{AnswerSource, Models};
use super::observer::Observer;
use super::outage::OutageDetector;
use super::pace::{Moment, PaceStatus, PacedRequest};
use super::progress::{GenerationProgress, GenerationSummary, StepSummary};
use super::stop::{MaxFailures, Stop};
use super::usage_watch::UsageWatch;
use crate::prompt::ContextBuilder;
use crate::provider::ProviderError;
use crate::record::Stage;
use crate::stage::derive::{Links, PendingDerivation};
use crate::stage::generate::tape::Contexts;
use crate::stage::generate::{ItemInProgress, Purpose, Question, Task};
use crate::stage::plan::{self, Counts};
use crate::stage::record::Marks;
use crate::store::sql;
use crate::transport::Ticket;

/// A step whose work items the loop decides.
#[derive(Clone, Copy)]
pub struct WorkingStep<'a> {
    /// What each work item asks or computes.
    pub task: &'a Task,
    /// Builds the contexts of prompts; `None` where no template uses one.
    pub context: Option<&'a ContextBuilder>,
    /// Whether its work items are to be decided. Of other steps, what is on record is handed on, and nothing begins.
    pub is_selected: bool,
    /// Whether its work items come from the input, and not from other steps.
    pub is_source: bool,
    /// The number of accepted work items after which the step stops (`until.accepted`).
    pub until: Option<u64>,
}

/// The work that the loop is to do.
#[derive(Clone, Copy)]
pub struct LoopWork<'a> {
    /// The steps, each after its parents.
    pub steps: &'a [WorkingStep<'a>],
    /// The links between the steps.
    pub links: &'a Links,
    pub answers: AnswerSource<'a>,
    /// Work items that come from the input are generated only before this position.
    pub before: i64,
}

/// A request without an answer, and the work items (rowids) that wait for it.
pub(super) struct PendingRequest {
    pub(super) question: Question,
    pub(super) waiting: Vec<i64>,
    /// Its last failed exchange.
    pub(super) failed: Option<FailedExchange>,
}

/// A failed exchange of a request that is not given up.
pub(super) struct FailedExchange {
    /// The rowid of the response.
    pub(super) response: i64,
    pub(super) call: i64,
    pub(super) error: ProviderError,
    /// It is not sent again before this, since the provider asked for a wait.
    pub(super) not_before: Moment,
}

/// A call in flight.
pub(super) struct InFlight {
    pub(super) request: i64,
    pub(super) call: i64,
    pub(super) lane: usize,
    pub(super) route: usize,
    pub(super) sent: Moment,
    /// How many requests the endpoint had then, this one included, and the most that it had since: what is sent later
    /// may arrive before it.
    pub(super) load: usize,
    pub(super) peak: usize,
    /// What the pace counted when it was sent.
    pub(super) paced: PacedRequest,
}

pub(super) struct Loop<'a> {
    pub(super) steps: &'a [WorkingStep<'a>],
    pub(super) links: &'a Links,
    pub(super) models: Option<&'a Models>,
    pub(super) invocation: i64,
    pub(super) marks: Marks,
    /// Whether any attempt was recorded before this invocation; if not, none need be looked up.
    pub(super) has_past: bool,
    /// Work items under way, by rowid.
    pub(super) items: HashMap<i64, ItemInProgress>,
    /// Requests without an answer, by rowid.
    pub(super) pending: HashMap<i64, PendingRequest>,
    pub(super) lanes: Vec<Lane>,
    /// When requests (rowids) are to be sent again, soonest first.
    pub(super) retry_queue: BinaryHeap<Reverse<(Moment, i64)>>,
    pub(super) in_flight: HashMap<Ticket, InFlight>,
    /// The zero of all moments of the loop.
    began: Instant,
    /// When the pace allows the next request.
    pub(super) wake: Option<Moment>,
    /// When to stop waiting for calls in flight.
    pub(super) deadline: Option<Moment>,
    /// One for each route.
    pub(super) outages: Vec<OutageDetector>,
    /// How many requests each route has answered.
    pub(super) answered: Vec<u64>,
    /// The words with which the answers of each lane ended, those of judges apart.
    pub(super) words: HashMap<(usize, Purpose), FinishWords>,
    /// HTTP responses of any kind.
    pub(super) responses: u64,
    pub(super) max_failures: Option<MaxFailures>,
    /// Work items that this invocation decided, and those of them that failed or were rejected.
    pub(super) decided: u64,
    pub(super) bad: u64,
    pub(super) budget: Budget,
    pub(super) watch: UsageWatch,
    pub(super) contexts: Contexts,
    /// How far outputs are handed on to later steps, and whether some may be left.
    pub(super) under_way: PendingDerivation,
    pub(super) hand_on_pending: bool,
    /// One for each step.
    pub(super) cursors: Vec<StepCursor>,
    pub(super) before: i64,
    /// Whether nothing more is to be sent.
    pub(super) stopping: bool,
    pub(super) summary: GenerationSummary,
    pub(super) progress: GenerationProgress,
    pub(super) recount: Recount,
    /// Decided work items that are not reported to the observer yet; `None` where it wants none.
    pub(super) unreported: Option<Vec<i64>>,
}

impl<'a> Loop<'a> {
    /// The loop before its first round.
    pub(super) fn new(
        connection: &Connection,
        invocation: i64,
        work: LoopWork<'a>,
        wants_decisions: bool,
    ) -> Result<Self, DispatchError> {
        let LoopWork { steps, links, answers, before } = work;
        let models = answers.models();
        let most = models.map_or(1, |it| it.max_workers);
        let limits = models.map(|it| it.limits).unwrap_or_default();
        let of_variant = models.and_then(|it| it.of_variant);
        let routes = models.map_or(&[][..], |it| &it.routes);
        Ok(Self {
            steps,
            links,
            models,
            invocation,
            marks: Marks::of(connection, Stage::Generate)?,
            has_past: sql::GENERATE_ANY_ATTEMPT.row(connection, &[], |row| row.get("any"))?,
            items: HashMap::new(),
            pending: HashMap::new(),
            lanes: models.map_or_else(Vec::new, |it| it.lanes.iter().map(|spec| Lane::new(spec, most)).collect()),
            retry_queue: BinaryHeap::new(),
            in_flight: HashMap::new(),
            began: Instant::now(),
            wake: None,
            deadline: None,
            outages: routes.iter().map(|it| OutageDetector::new(it.retry)).collect(),
            answered: vec![0; routes.len()],
            words: HashMap::new(),
            responses: 0,
            max_failures: models.and_then(|it| it.max_failures),
            decided: 0,
            bad: 0,
            budget: Budget::open(connection, invocation, limits, of_variant)?,
            watch: UsageWatch::default(),
            contexts: Contexts::default(),
            under_way: PendingDerivation::default(),
            hand_on_pending: false,
            cursors: cursors(connection, steps)?,
            before,
            stopping: false,
            summary: GenerationSummary {
                steps: vec![StepSummary::default(); steps.len()],
                ..GenerationSummary::default()
            },
            progress: first_progress(counts_within(connection, steps, before)?),
            recount: Recount::default(),
            unreported: wants_decisions.then(Vec::new),
        })
    }

    pub(super) fn now(&self) -> Moment {
        self.began.elapsed()
    }

    /// Whether no call is in flight or about to be.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.lanes.iter().all(|lane| lane.ready.is_empty())
    }

    /// Whether no step has a work item left to claim.
    pub(super) fn is_exhausted(&self) -> bool {
        self.cursors.iter().all(StepCursor::is_exhausted)
    }

    /// Whether there is nothing left to do or to wait for.
    pub(super) fn is_over(&self) -> bool {
        let is_parked = self.outages.iter().any(|it| it.parked() != (0, 0));
        let nothing_left = self.retry_queue.is_empty() && !is_parked && !self.hand_on_pending && self.is_exhausted();
        self.is_idle() && (self.stopping || nothing_left)
    }

    pub(super) fn lane_of(&self, question: &Question) -> usize {
        self.models.map_or(0, |models| models.route(question).lane)
    }

    /// The status of the slowest lane.
    pub(super) fn pace_status(&self) -> PaceStatus {
        let now = self.now();
        lane::slowest(self.lanes.iter().map(|lane| lane.pace.status(now)))
    }

    /// Reports the work items that were decided since the last report; they are committed by now.
    pub(super) fn report_decisions(
        &mut self,
        connection: &Connection,
        observer: &mut dyn Observer,
    ) -> Result<(), DispatchError> {
        let Some(unreported) = &mut self.unreported else { return Ok(()) };
        let decided = std::mem::take(unreported);
        if let Some(stop) = observer.decided(connection, self.invocation, decided)? {
            self.stop(stop);
        }
        Ok(())
    }

    /// Stops sending. Calls in flight are waited for, but only briefly where no model answers.
    pub(super) fn stop(&mut self, why: Stop) {
        if let Some(grace) = why.grace() {
            self.deadline = Some(self.now() + grace);
        }
        self.stopping = true;
        self.summary.stopped.get_or_insert(why);
    }
}

fn cursors(connection: &Connection, steps: &[WorkingStep<'_>]) -> rusqlite::Result<Vec<StepCursor>> {
    let mut cursors = Vec::with_capacity(steps.len());
    for step in steps {
        let until = step.until;
        let accepted = if until.is_some() { plan::count(connection, step.task.step)?.accepted } else { 0 };
        let cursor = StepCursor::new(until, accepted);
        cursors.push(if step.is_selected { cursor } else { cursor.closed() });
    }
    Ok(cursors)
}

fn first_progress(counts: Counts) -> GenerationProgress {
    let decided = counts.planned - counts.pending;
    GenerationProgress {
        planned: counts.planned,
        done: decided,
        done_before: decided,
        accepted: counts.accepted,
        rejected: counts.rejected,
        failed: counts.failed,
        ..GenerationProgress::default()
    }
}

/// Counts the work items that may be worked on: of the steps over the input those before a position, of later steps
/// all.
pub(super) fn counts_within(
    connection: &Connection,
    steps: &[WorkingStep<'_>],
    before: i64,
) -> rusqlite::Result<Counts> {
    let mut all = Counts::default();
    for step in steps.iter().filter(|it| it.is_selected) {
        let is_limited = step.is_source && before < i64::MAX;
        let (connection, step) = (connection, step.task.step);
        let counts =
            if is_limited { plan::count_before(connection, step, before) } else { plan::count(connection, step) };
        all = all.plus(counts?);
    }
    Ok(all)
}
