//! Random tasks, and random histories of commands on their run files: whatever happens, the file is sound at every rest,
//! and one undisturbed run comes to the same end as if nothing had happened.
//!
//! `CASEBOOK_HISTORIES=N` runs so many, `CASEBOOK_SEED=S` begins with that seed (and runs it alone, where no number is
//! given), and `CASEBOOK_KEEP=0,2,5` leaves of its history only what has these numbers.

mod answers;
mod history;
mod random;
mod scene;
mod task;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use history::Deed;
use random::Random;
use scene::{Held, Scene};
use task::{Shape, Task};

/// So many histories where nobody says how many.
const HISTORIES: u64 = 30;
/// So many times a failing history is tried with less in it.
const TRIES: usize = 40;

/// A task and what happens to its run file.
struct Case {
    seed: u64,
    task: Task,
    shape: Shape,
    history: Vec<(usize, Deed)>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let task = Task::random(&mut random);
        let shape = task.shape(&mut random);
        let history = history::random(&mut random, &task).into_iter().enumerate().collect();
        Self { seed, task, shape, history }
    }

    /// Lets everything happen; returns how many deeds were done well, and what went wrong with the one after them.
    fn play(&self) -> Result<(), (usize, String)> {
        let mut done = 0;
        let played = catch_unwind(AssertUnwindSafe(|| -> Held {
            let mut scene = Scene::new(&self.task, self.shape.clone());
            for (_, deed) in &self.history {
                scene.happen(deed)?;
                done += 1;
            }
            scene.end()
        }));
        match played {
            Ok(Ok(())) => Ok(()),
            Ok(Err(wrong)) => Err((done, wrong)),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
                Err((done, text.unwrap_or_else(|| "a panic without words".to_owned())))
            }
        }
    }

    /// Leaves out what the failure does not need, and returns the failure of what is left.
    fn shrink(&mut self, (done, wrong): (usize, String)) -> (usize, String) {
        self.history.truncate(done + 1);
        let mut failure = (done, wrong);
        let mut place = self.history.len();
        let mut tries = 0;
        while place > 0 && tries < TRIES {
            place -= 1;
            if self.history.len() == 1 {
                break;
            }
            let left_out = self.history.remove(place);
            tries += 1;
            let begins_well = matches!(self.history[0].1, Deed::Run(_));
            match if begins_well { self.play() } else { Ok(()) } {
                Err(still) => failure = still,
                Ok(()) => self.history.insert(place, left_out),
            }
        }
        failure
    }

    fn tell(&self, (done, wrong): &(usize, String)) -> String {
        let mut text = format!("seed {}: {wrong}\n\nThe history (`>`: what it failed at):\n", self.seed);
        for (place, (number, deed)) in self.history.iter().enumerate() {
            let _ = writeln!(text, "{} {number}  {deed}", if place == *done { '>' } else { ' ' });
        }
        let _ = writeln!(text, "{} the end: a plain run", if *done == self.history.len() { '>' } else { ' ' });
        let keep: Vec<String> = self.history.iter().map(|(number, _)| number.to_string()).collect();
        let _ = writeln!(text, "\nAgain: CASEBOOK_SEED={} CASEBOOK_KEEP={}", self.seed, keep.join(","));
        for (name, content) in self.task.files(&self.shape, "http://…/v1") {
            if name.starts_with("casebook") || name.starts_with('r') || name.starts_with('s') {
                let _ = write!(text, "\n--- {name}\n{content}");
            }
        }
        text
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|it| it.parse().unwrap_or_else(|_| panic!("{name}={it} is no number")))
}

#[test]
fn whatever_happens_to_a_run_file_it_comes_to_the_end_of_an_undisturbed_run() {
    let first = number("CASEBOOK_SEED");
    let count = number("CASEBOOK_HISTORIES").unwrap_or(if first.is_some() { 1 } else { HISTORIES });
    let first = first.unwrap_or(1);
    let keep: Option<Vec<usize>> =
        env::var("CASEBOOK_KEEP").ok().map(|it| it.split(',').map(|it| it.parse().unwrap()).collect());
    let (next, failures) = (AtomicU64::new(first), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from).min(4) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let mut case = Case::new(seed);
                    if let Some(keep) = &keep {
                        case.history.retain(|(number, _)| keep.contains(number));
                    }
                    if let Err(failure) = case.play() {
                        failures.lock().unwrap().insert(seed, (case, failure));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    let Some((_, (mut case, failure))) = failures.pop_first() else { return };
    let failure = if keep.is_none() { case.shrink(failure) } else { failure };
    let mut others = String::new();
    for (seed, (_, (_, wrong))) in &failures {
        let words = wrong.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(others, "  seed {seed}: {}", words.chars().take(300).collect::<String>());
    }
    panic!(
        "{} of {count} histories went wrong, the first of them so:\n\n{}\nThe others:\n{others}",
        failures.len() + 1,
        case.tell(&failure)
    );
}
