//! The loop that keeps calls in flight.
//!
//! One thread owns the connection. Each round it *settles* what came back, *claims* what can go out, commits both in
//! one transaction, hands the claimed requests to the transport, and waits. No transaction is open across the network:
//! what is sent was committed as intended before, and what is used was committed as answered before.
//!
//! Equal requests of different work items share one call: whoever asks second waits for the first.

mod budget;
mod heard;
mod lane;
mod line;
mod pace;
mod round;
mod settle;
mod silence;
mod stop;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::audience::Audience;
use super::channel::Channel;
use super::error::EngineError;
use super::session::{Session, now};
use super::terms::Terms;
use super::{Generating, Progress};
use crate::config::Budget;
use crate::prompt::ContextBuilder;
use crate::provider::{Failures, ProviderError, RetryPolicy};
use crate::record::Stage;
use crate::stage::derive::{Links, UnderWay};
use crate::stage::generate::tape::Contexts;
use crate::stage::generate::{Item, Question, Task};
use crate::stage::plan::{self, Counts};
use crate::stage::record::Marks;
use crate::store::sql;
use crate::transport::{Ticket, Transport};
use budget::Purse;
use line::{Line, Recount};

pub use budget::Used;

pub use lane::LaneSpec;
pub use pace::{PacedBy, Told};
pub use stop::{MaxFailures, Stop};

use lane::Lane;
use pace::{Moment, Pass};
use silence::Silence;

/// How many work items a round claims at most, and how many events it settles: what one commit holds.
const ROUND: usize = 256;
/// How many work items a round claims at most while no request is out: no answer waits for its commit then.
const QUIET_ROUND: usize = 8_192;
/// How long a round goes on beyond [`ROUND`] work items: Ctrl-C is heard between rounds.
const QUIET_TIME: Duration = Duration::from_millis(500);

/// The ways to the models; without them the tape alone answers.
pub struct Channels {
    /// The tasks that talk to the outside.
    pub transport: Transport,
    /// To each model.
    pub ways: Vec<Way>,
    /// What may be spent.
    pub budget: Budget,
    /// The most calls in flight.
    pub max_workers: usize,
    /// When to send a request again.
    pub retry: RetryPolicy,
    /// The endpoints that are asked.
    pub lanes: Vec<LaneSpec>,
    /// The most work items that may fail or be rejected.
    pub max_failures: Option<MaxFailures>,
}

/// Where answers come from. What is on the tape answers first.
#[derive(Clone, Copy)]
pub enum Answers<'a> {
    /// From the models.
    Models(&'a Channels),
    /// From nowhere else: what is not on the tape stays open.
    Tape,
}

impl<'a> Answers<'a> {
    fn channels(self) -> Option<&'a Channels> {
        match self {
            Self::Models(channels) => Some(channels),
            Self::Tape => None,
        }
    }
}

/// The way to one model.
pub struct Way {
    /// What turns questions into exchanges.
    pub channel: Channel,
    /// On what terms it is asked.
    pub terms: Terms,
    /// The place of its endpoint among all.
    pub lane: usize,
}

impl Channels {
    fn way(&self, question: &Question) -> &Way {
        &self.ways[question.way]
    }
}

/// A step at work.
#[derive(Clone, Copy)]
pub struct Working<'a> {
    /// What is done to each work item.
    pub task: &'a Task,
    /// How contexts are built; `None` where nothing uses one.
    pub context: Option<&'a ContextBuilder>,
    /// Whether its work items come from the input, and not from other steps.
    pub is_source: bool,
    /// How many accepted work items are enough, where that is said.
    pub until: Option<u64>,
}

/// What generation came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Attempts that were decided.
    pub attempts: u64,
    /// Calls that were made.
    pub calls: u64,
    /// Answers that the tape gave.
    pub from_tape: u64,
    /// Calls that were in flight when it was stopped for good; they may have been billed.
    pub given_up: u64,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Why it stopped by itself before its work was done.
    pub stopped: Option<Stop>,
    /// Why the budget lets no more requests out.
    pub budget: Option<String>,
    /// What the answers used.
    pub used: Used,
    /// What each step came to.
    pub steps: Vec<StepOutcome>,
}

/// What one step came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepOutcome {
    /// Attempts that were decided.
    pub attempts: u64,
    /// Calls that were made.
    pub calls: u64,
    /// Answers that the tape gave.
    pub from_tape: u64,
}

/// A request that has no answer yet, and who waits for it.
struct Asked {
    question: Question,
    waiting: Vec<i64>,
    failures: Failures,
    /// When it was first sent.
    first: Moment,
    /// The response after which it is not sent again, and how that failed.
    given_up: Option<(i64, ProviderError)>,
}

/// A request in flight.
struct Flight {
    request: i64,
    call: i64,
    lane: usize,
    sent: Moment,
    pass: Pass,
}

/// What the loop keeps between rounds.
struct Loop<'a> {
    steps: &'a [Working<'a>],
    links: &'a Links,
    channels: Option<&'a Channels>,
    invocation: i64,
    marks: Marks,
    /// Whether any attempt was on record before; if not, nobody needs to look for one.
    has_past: bool,
    /// Work items under way, by rowid.
    items: HashMap<i64, Item>,
    /// Requests without an answer, by rowid.
    asked: HashMap<i64, Asked>,
    /// The endpoints, each with the requests to be sent to it and its pace.
    lanes: Vec<Lane>,
    /// Requests to be sent again, and when.
    later: BinaryHeap<Reverse<(Moment, i64)>>,
    /// What is in flight.
    flying: HashMap<Ticket, Flight>,
    /// When the loop began: its moments are counted from here.
    began: Instant,
    /// When the pace lets the next request out.
    wake: Option<Moment>,
    /// Until when those in flight are waited for.
    deadline: Option<Moment>,
    /// Whether each model answers.
    silences: Vec<Silence>,
    /// Responses of any kind.
    responses: u64,
    max_failures: Option<MaxFailures>,
    /// Work items that were decided in this invocation, and those of them that failed or were rejected.
    decided: u64,
    bad: u64,
    /// What may be spent, and what is.
    purse: Purse,
    contexts: Contexts,
    /// What is being handed on to the steps that take from others, and whether there may be more of it.
    under_way: UnderWay,
    is_more: bool,
    /// How far each step is.
    lines: Vec<Line>,
    before: i64,
    stopping: bool,
    outcome: Outcome,
    tally: Generating,
    recount: Recount,
    /// Work items that were decided since somebody was last told of them; `None` where nobody is.
    news: Option<Vec<i64>>,
}

/// Generates the outputs of all open work items; of the input's, those before position `before`.
pub fn generate(
    session: &mut Session,
    steps: &[Working<'_>],
    links: &Links,
    answers: Answers<'_>,
    before: i64,
    counts: Counts,
    audience: &mut Audience<'_>,
) -> Result<Outcome, EngineError> {
    let mut state = begin(session, steps, links, answers, before, counts, audience)?;
    state.work(session, audience)?;
    state.outcome.used = state.purse.used();
    Ok(state.outcome)
}

/// The loop as it begins.
fn begin<'a>(
    session: &Session,
    steps: &'a [Working<'a>],
    links: &'a Links,
    answers: Answers<'a>,
    before: i64,
    counts: Counts,
    audience: &mut Audience<'_>,
) -> Result<Loop<'a>, EngineError> {
    let channels = answers.channels();
    let marks = Marks::of(&session.connection, Stage::Generate)?;
    let has_past: bool = sql::GENERATE_ANY_ATTEMPT.row(&session.connection, &[], |row| row.get("any"))?;
    let most = channels.map_or(1, |it| it.max_workers);
    let budget = channels.map(|channels| channels.budget).unwrap_or_default();
    let purse = Purse::open(&session.connection, session.invocation, &budget)?;
    if let Some(unknown) = purse.unknown_before() {
        audience.see(&Progress::Note(format!(
            "what {} of earlier runs cost is not known: they do not count towards the budget",
            super::calls(unknown)
        )));
    }
    let ways = channels.map_or(0, |it| it.ways.len());
    let decided = counts.accepted + counts.rejected + counts.failed;
    Ok(Loop {
        steps,
        links,
        channels,
        invocation: session.invocation,
        marks,
        has_past,
        items: HashMap::new(),
        asked: HashMap::new(),
        lanes: channels.map_or_else(Vec::new, |it| it.lanes.iter().map(|spec| Lane::new(spec, most)).collect()),
        later: BinaryHeap::new(),
        flying: HashMap::new(),
        began: Instant::now(),
        wake: None,
        deadline: None,
        silences: (0..ways).map(|_| Silence::new(most)).collect(),
        responses: 0,
        max_failures: channels.and_then(|it| it.max_failures),
        decided: 0,
        bad: 0,
        purse,
        contexts: Contexts::default(),
        under_way: UnderWay::default(),
        is_more: false,
        lines: begun(session, steps)?,
        before,
        stopping: false,
        outcome: Outcome { steps: vec![StepOutcome::default(); steps.len()], ..Outcome::default() },
        recount: Recount::default(),
        news: audience.wants_results().then(Vec::new),
        tally: Generating {
            planned: if steps.len() > 1 {
                counts.planned
            } else {
                counts.planned.min(u64::try_from(before).unwrap_or(u64::MAX))
            },
            done: decided,
            done_before: decided,
            accepted: counts.accepted,
            rejected: counts.rejected,
            failed: counts.failed,
            ..Generating::default()
        },
    })
}

impl Loop<'_> {
    /// Goes round until there is nothing left to do, or to wait for.
    fn work(&mut self, session: &mut Session, audience: &mut Audience<'_>) -> Result<(), EngineError> {
        let mut told = false;
        loop {
            let heard = self.wait();
            let tx = session.transaction()?;
            let time = now();
            self.settle(&tx, heard, &time)?;
            self.hand_on(&tx)?;
            self.claim(&tx, &time)?;
            let jobs = self.send(&tx, &time)?;
            self.conclude(&tx, &time)?;
            let over = self.is_over();
            self.record_pace(&tx, &time, over)?;
            self.purse.account(&tx)?;
            tx.commit()?;
            self.tell_news(session, audience)?;
            let Some(channels) = self.channels else {
                if self.is_exhausted() && !self.is_more {
                    break;
                }
                continue;
            };
            for job in jobs {
                channels.transport.submit(job)?;
            }
            self.tally.in_flight = self.flying.len() as u64;
            self.tally.waiting = self.later.len() as u64;
            self.tally.pace = self.told();
            self.tally.used = self.purse.used();
            self.count_again(session)?;
            audience.see(&Progress::Generating(self.tally));
            if self.outcome.interrupted && !told {
                told = true;
                if !self.flying.is_empty() {
                    audience.see(&Progress::Note(format!(
                        "stopping; {} in flight, waited for; Ctrl-C again gives them up",
                        super::calls(self.flying.len() as u64)
                    )));
                }
            }
            if over {
                break;
            }
        }
        Ok(())
    }
}

/// Where each step begins.
fn begun(session: &Session, steps: &[Working<'_>]) -> Result<Vec<Line>, EngineError> {
    let mut begun = Vec::with_capacity(steps.len());
    for step in steps {
        let until = step.until;
        let accepted = if until.is_some() { plan::count(&session.connection, step.task.step)?.accepted } else { 0 };
        begun.push(Line::new(until, accepted));
    }
    Ok(begun)
}

impl Loop<'_> {
    /// The moment it is.
    fn now(&self) -> Moment {
        self.began.elapsed()
    }

    /// Tells of what was decided since the last time, now that it is on record.
    fn tell_news(&mut self, session: &Session, audience: &mut Audience<'_>) -> Result<(), EngineError> {
        let Some(news) = &mut self.news else { return Ok(()) };
        let news = std::mem::take(news);
        if let Some(stop) = audience.tell(&session.connection, self.invocation, news)? {
            self.stop(stop);
        }
        Ok(())
    }

    /// Whether there is nothing left to do or to wait for.
    fn is_over(&self) -> bool {
        self.is_idle() && (self.stopping || (self.later.is_empty() && !self.is_more && self.is_exhausted()))
    }

    /// Whether no step has a work item left that could be claimed.
    fn is_exhausted(&self) -> bool {
        self.lines.iter().all(Line::is_exhausted)
    }

    /// The lane that a question goes out by.
    fn lane_of(&self, question: &Question) -> usize {
        self.channels.map_or(0, |channels| channels.way(question).lane)
    }

    /// The pace as people are told of it.
    fn told(&self) -> Told {
        let now = self.now();
        lane::slowest(self.lanes.iter().map(|lane| lane.pace.told(now)))
    }
}

impl Outcome {
    /// One step's share of the outcome as its manifest counts it. What it used stands in the calls themselves.
    #[must_use]
    pub fn step_value(&self, place: usize, counts: Counts) -> Value {
        let step = self.steps.get(place).copied().unwrap_or_default();
        let mut value = json!({
            "attempts": step.attempts, "calls": step.calls, "from_tape": step.from_tape, "status": counts.to_value(),
        });
        if let Some(reason) = &self.budget {
            value["budget"] = json!(reason);
        }
        value
    }

    /// The outcome as the manifest counts it.
    #[must_use]
    pub fn to_value(&self, counts: Counts) -> Value {
        let mut value = json!({
            "attempts": self.attempts, "calls": self.calls, "from_tape": self.from_tape,
            "input_tokens": self.used.input_tokens, "output_tokens": self.used.output_tokens,
            "cost_usd": self.used.cost.to_usd(), "unpriced_calls": self.used.unknown,
            "status": counts.to_value(),
        });
        if let Some(reason) = &self.budget {
            value["budget"] = json!(reason);
        }
        value
    }
}
