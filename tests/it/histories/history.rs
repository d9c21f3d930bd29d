//! What happens to a run file: commands, and changes of the task between them.

use std::fmt;

use super::random::Random;
use super::task::{Shape, Task};

/// One thing that happens. All that is drawn is drawn beforehand, so that any of them may be left out.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The task is run, one way or another.
    Run(Way),
    /// A step's prompt has another version from now on.
    Prompt(usize, u64),
    /// The judges' prompt has another version from now on.
    Judge(u64),
    /// A step is taken out, with all that is made from it.
    Remove(usize),
    /// Every step is there again.
    Restore,
    Rows(Rows),
    Clean(&'static str, bool),
    Retry(&'static str),
    /// The work item that the number falls on is tried again.
    RetryOne(u64),
    /// People decide on the work items that the numbers fall on.
    Review(Vec<(u64, Decision)>),
    /// `--dry-run`, `status`, `failures`, and `explain` of the work item that the number falls on.
    Look(u64),
}

/// How a run goes.
#[derive(Clone, Debug)]
pub enum Way {
    Plain,
    Limit(u64),
    Force,
    ForceLimit(u64),
    MaxFailures(u64),
    /// So many requests more than there were calls.
    Budget(u64),
    /// Ctrl-C once so many requests went through.
    Interrupt(u64),
    InterruptTwice(u64),
    Kill(u64),
    /// A forced run that is killed.
    ForceKill(u64),
}

/// What happens to the table.
#[derive(Clone, Debug)]
pub enum Rows {
    Add(u64),
    Edit(u64),
    Drop(u64),
    Turn,
}

#[derive(Clone, Copy, Debug)]
pub enum Decision {
    Accept,
    Reject,
    Edit(u64),
}

/// A history of a task: it begins with a run of some kind.
pub fn random(random: &mut Random, task: &Task) -> Vec<Deed> {
    let count = random.from(3, 8);
    let mut deeds = vec![Deed::Run(way(random))];
    while deeds.len() < usize::try_from(count).unwrap() {
        deeds.push(deed(random, task));
    }
    deeds
}

fn deed(random: &mut Random, task: &Task) -> Deed {
    let step = |random: &mut Random| usize::try_from(random.below(task.steps.len() as u64)).unwrap();
    match random.below(20) {
        0..=6 => Deed::Run(way(random)),
        7 | 8 => Deed::Prompt(step(random), random.below(3)),
        9 => Deed::Judge(random.below(3)),
        10 => Deed::Remove(step(random)),
        11 => Deed::Restore,
        12 | 13 => {
            let number = random.next() % 1000;
            let ways = [Rows::Add(number), Rows::Edit(number), Rows::Edit(number), Rows::Drop(number), Rows::Turn];
            Deed::Rows(random.pick(&ways))
        }
        14 | 15 => {
            let from = random.pick(&["contract", "ingest", "plan", "generate", "generate", "export", "report"]);
            Deed::Clean(from, !matches!(from, "export" | "report") && random.chance(35))
        }
        16 => Deed::Retry(random.pick(&["--failed", "--rejected"])),
        17 => Deed::RetryOne(random.below(1000)),
        18 => {
            let decisions = [Decision::Accept, Decision::Reject, Decision::Edit(random.below(1000))];
            let count = random.from(1, 2);
            Deed::Review((0..count).map(|_| (random.below(1000), random.pick(&decisions))).collect())
        }
        _ => Deed::Look(random.below(1000)),
    }
}

fn way(random: &mut Random) -> Way {
    let number = random.from(1, 25);
    match random.below(14) {
        0..=3 => Way::Plain,
        4 | 5 => Way::Limit(random.from(1, 3)),
        6 => Way::Force,
        7 => Way::ForceLimit(random.from(1, 3)),
        8 => Way::MaxFailures(random.below(2)),
        9 => Way::Budget(number),
        10 => Way::Interrupt(number),
        11 => random.pick(&[Way::InterruptTwice(number), Way::Interrupt(number)]),
        12 => Way::Kill(number),
        _ => random.pick(&[Way::ForceKill(number), Way::Kill(number)]),
    }
}

impl Deed {
    /// Lets it change the task, where it is a change.
    pub fn shape(&self, task: &Task, shape: &mut Shape) {
        match self {
            Self::Prompt(step, version) => shape.prompts[*step] = *version,
            Self::Judge(version) => shape.judge = *version,
            Self::Remove(step) => {
                shape.out[*step] = true;
                if task.steps(shape).is_empty() {
                    shape.out[*step] = false;
                }
            }
            Self::Restore => shape.out.fill(false),
            Self::Rows(Rows::Add(seed)) => shape.add_row(task, *seed),
            Self::Rows(Rows::Edit(place)) => shape.edit_row(*place),
            Self::Rows(Rows::Drop(place)) => shape.drop_row(*place),
            Self::Rows(Rows::Turn) => shape.rows.reverse(),
            _ => {}
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(way) => write!(f, "run {way:?}"),
            Self::Prompt(step, version) => write!(f, "prompt of s{step}: version {version}"),
            Self::Judge(version) => write!(f, "judge's prompt: version {version}"),
            Self::Remove(step) => write!(f, "take out s{step}"),
            Self::Restore => write!(f, "put every step back"),
            Self::Rows(rows) => write!(f, "rows: {rows:?}"),
            Self::Clean(from, tape) => write!(f, "clean --from {from}{}", if *tape { " --tape" } else { "" }),
            Self::Retry(what) => write!(f, "retry {what}"),
            Self::RetryOne(number) => write!(f, "retry work item {number}"),
            Self::Review(decisions) => write!(f, "review {decisions:?}"),
            Self::Look(number) => write!(f, "look {number}"),
        }
    }
}
