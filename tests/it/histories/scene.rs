//! A task at work: the server, the project, and what must hold at every rest.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use super::answers::{Gate, answer};
use super::history::{Decision, Deed, Way};
use super::task::{Shape, Task};
use crate::support::server::AMPLE;
use crate::support::{Ended, Project, Running, Server, open, texts};

/// What went wrong, in words.
pub type Held = Result<(), String>;

const DB: &str = "tickets.db";

pub struct Scene<'a> {
    task: &'a Task,
    shape: Shape,
    gate: Arc<Gate>,
    server: Server,
    project: Project,
}

impl<'a> Scene<'a> {
    pub fn new(task: &'a Task, shape: Shape) -> Self {
        let gate = Arc::new(Gate::default());
        let passing = Arc::clone(&gate);
        let server = Server::with(move |ask| {
            passing.pass();
            answer(ask)
        });
        let project = Project::new::<&str>(&server, &[]);
        Self { task, shape, gate, server, project }
    }

    /// Does one thing, and holds the run file to what must hold at every rest.
    pub fn happen(&mut self, deed: &Deed) -> Held {
        deed.shape(self.task, &mut self.shape);
        match deed {
            Deed::Run(way) => self.run(way)?,
            Deed::Clean(from, tape) => {
                let more: &[&str] = if *tape { &["--tape"] } else { &[] };
                self.command(&[&["clean", DB, "--from", from], more].concat(), &[0])?;
            }
            Deed::Retry(what) => drop(self.command(&["retry", DB, what], &[0])?),
            Deed::RetryOne(number) => {
                let Some(id) = self.tried(*number) else { return Ok(()) };
                self.command(&["retry", DB, &id], &[0])?;
            }
            Deed::Review(decisions) => self.review(decisions)?,
            Deed::Look(number) => {
                self.write();
                self.command(&["run", "casebook.yaml", "--dry-run"], &[0])?;
                self.command(&["status", DB], &[0])?;
                self.command(&["failures", DB], &[0])?;
                if let Some(id) = self.tried(*number) {
                    self.command(&["explain", DB, &id], &[0])?;
                }
            }
            _ => return Ok(()),
        }
        self.rest()
    }

    fn write(&self) {
        for (name, text) in self.task.files(&self.shape, &self.server.base_url()) {
            self.project.write(&name, &text);
        }
    }

    fn command(&self, args: &[&str], codes: &[i32]) -> Result<Ended, String> {
        ended(&args.join(" "), self.project.casebook(args), codes)
    }

    fn run(&self, way: &Way) -> Held {
        self.write();
        let number = |it: &u64| it.to_string();
        let force = ["--set", "cache.force=true"];
        match way {
            Way::Plain => self.finish(&[], &[0, 3]),
            Way::Limit(count) => self.finish(&["--limit", &number(count)], &[0, 3]),
            Way::Force => self.finish(&force, &[0, 3]),
            Way::ForceLimit(count) => self.finish(&[&force[..], &["--limit", &number(count)]].concat(), &[0, 3]),
            Way::MaxFailures(count) => self.finish(&["--max-failures", &number(count)], &[0, 1, 3]),
            Way::Budget(more) => {
                let most = format!("budget.max_requests={}", self.calls() + more);
                self.finish(&["--set", &most], &[0, 3, 4])
            }
            Way::Interrupt(count) => self.stopped(&[], *count, |it, running| it.interrupt(running, false)),
            Way::InterruptTwice(count) => self.stopped(&[], *count, |it, running| it.interrupt(running, true)),
            Way::Kill(count) => self.stopped(&[], *count, |_, running| {
                running.kill();
                Ok(())
            }),
            Way::ForceKill(count) => self.stopped(&force, *count, |_, running| {
                running.kill();
                Ok(())
            }),
        }
    }

    fn finish(&self, more: &[&str], codes: &[i32]) -> Held {
        ended(&format!("run {}", more.join(" ")), self.project.start(more).wait(), codes).map(drop)
    }

    /// Stops a run once `count` requests went through; a run that asks less ends by itself.
    fn stopped(&self, more: &[&str], count: u64, stop: impl FnOnce(&Self, Running) -> Held) -> Held {
        self.gate.close_after(count - 1);
        let mut running = self.project.start(more);
        while !self.gate.is_reached() && !running.has_ended() {
            thread::sleep(Duration::from_millis(1));
        }
        let held =
            if self.gate.is_reached() { stop(self, running) } else { ended("run", running.wait(), &[0, 3]).map(drop) };
        self.gate.open();
        held
    }

    /// Ctrl-C, while at least one request is in flight.
    fn interrupt(&self, mut running: Running, twice: bool) -> Held {
        running.signal("INT");
        let began = Instant::now();
        while !running.stderr().contains("Ctrl-C again") {
            if began.elapsed() > AMPLE || running.has_ended() {
                return Err(format!("Ctrl-C is not heard:\n{}", running.stderr()));
            }
            thread::sleep(Duration::from_millis(1));
        }
        if twice {
            running.signal("INT");
        } else {
            self.gate.open();
        }
        ended("Ctrl-C", running.wait(), &[130]).map(drop)
    }

    /// People decide, all at once; what cannot be decided on is told, and nothing is.
    fn review(&self, decisions: &[(u64, Decision)]) -> Held {
        let mut lines = String::new();
        for (number, decision) in decisions {
            let Some(id) = self.tried(*number) else { return Ok(()) };
            let (word, output) = match decision {
                Decision::Accept => ("accept", None),
                Decision::Reject => ("reject", None),
                Decision::Edit(number) => ("edit", Some(output(*number))),
            };
            let mut line = json!({"work_id": id, "decision": word, "reason": "because", "by": "Ada"});
            if let Some(output) = output {
                line["output"] = output;
            }
            lines.extend([line.to_string(), "\n".to_owned()]);
        }
        self.project.write("decisions.jsonl", &lines);
        self.command(&["review", DB, "--decisions", "decisions.jsonl"], &[0, 2]).map(drop)
    }

    /// The work item that a number falls on, among those that were tried.
    fn tried(&self, number: u64) -> Option<String> {
        let all = self.look("SELECT DISTINCT work_id FROM attempts WHERE current ORDER BY work_id");
        let place = usize::try_from(number).unwrap().checked_rem(all.len())?;
        Some(all[place].clone())
    }

    fn calls(&self) -> u64 {
        if !self.project.db().exists() {
            return 0;
        }
        self.look("SELECT count(*) FROM calls")[0].parse().unwrap()
    }

    /// Reads a copy of the run file, so that a killed one stays as it is.
    fn look(&self, query: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        texts(&copy(&self.project.db(), folder.path()), query)
    }

    /// What holds at every rest.
    fn rest(&self) -> Held {
        for args in [&["verify", DB][..], &["verify", DB, "--replay"]] {
            sound(&args.join(" "), &self.project.casebook(args))?;
        }
        conserved(
            &self.look("SELECT *, planned - accepted - rejected - failed - skipped - blocked - pending FROM progress"),
        )
    }

    /// The last run, undisturbed, and all that must hold after it.
    pub fn end(&self) -> Held {
        self.run(&Way::Plain)?;
        self.rest()?;
        let steps = self.look("SELECT step FROM progress WHERE planned > 0");
        let names = self.task.names(&self.shape);
        if steps.iter().ne(names.iter().filter(|it| steps.contains(it))) {
            return Err(format!("`progress` has the steps {steps:?}, the task {names:?}"));
        }
        let pending = self.look("SELECT step || ': ' || pending FROM progress WHERE pending > 0");
        if !pending.is_empty() {
            return Err(format!("after a whole run there is still open: {pending:?}"));
        }
        if !self.task.down {
            let before = self.calls();
            self.run(&Way::Plain)?;
            if self.calls() != before {
                return Err(format!("one more run asked {} requests", self.calls() - before));
            }
        }
        self.compare()
    }

    /// Holds what is on record against a run that nobody disturbed.
    fn compare(&self) -> Held {
        let fresh = Self::new(self.task, self.shape.clone());
        fresh.run(&Way::Plain)?;
        for step in self.task.names(&self.shape) {
            let decisions = decisions(&open(&self.project.db()), &step);
            if !decisions.is_empty() {
                fresh.project.write("decisions.jsonl", &decisions);
                fresh.command(&["review", DB, "--decisions", "decisions.jsonl"], &[0])?;
                fresh.run(&Way::Plain)?;
            }
        }
        let pending = fresh.look("SELECT step || ': ' || pending FROM progress WHERE pending > 0");
        if !pending.is_empty() {
            return Err(format!("after an undisturbed run there is still open: {pending:?}"));
        }
        let (ours, theirs) = (open(&self.project.db()), open(&fresh.project.db()));
        let results = results(&ours);
        if results != self::results(&theirs) {
            return Err(format!("`results` has other columns: {results}\nundisturbed: {}", self::results(&theirs)));
        }
        let queries = [
            results.as_str(),
            "SELECT step, planned, accepted, rejected, failed, skipped, blocked FROM progress WHERE planned > 0",
            "SELECT step, work_id, row_index, group_key, item, output FROM outputs ORDER BY step, work_id",
            "SELECT step, work_id, status FROM failures ORDER BY step, work_id",
            "SELECT step, work_id, status, reason FROM held_back ORDER BY step, work_id",
            "SELECT step, work_id, number, parent_work_id, parent_status, item FROM lineage ORDER BY step, work_id, number, parent_work_id",
        ];
        queries.into_iter().try_for_each(|query| same(query, &texts(&ours, query), &texts(&theirs, query)))
    }
}

fn ended(what: &str, ended: Ended, codes: &[i32]) -> Result<Ended, String> {
    if ended.code.is_some_and(|code| codes.contains(&code)) {
        return Ok(ended);
    }
    Err(format!("`{what}` ended with {:?}, not one of {codes:?}:\n{}", ended.code, ended.stderr))
}

/// Holds a verification to its end without a problem; of its table only what has one is told.
fn sound(what: &str, ended: &Ended) -> Held {
    if ended.code == Some(0) {
        return Ok(());
    }
    let problems: Vec<&str> = ended.stdout.lines().filter(|it| !it.trim_end().ends_with(" 0")).skip(2).collect();
    Err(format!("`{what}` ended with {:?}:\n{}\n{}", ended.code, problems.join("\n"), ended.stderr))
}

/// Rows of `progress`, the last column of which is what is missing.
fn conserved(progress: &[String]) -> Held {
    match progress.iter().find(|row| !row.ends_with("|0")) {
        Some(row) => Err(format!("rows are not conserved: {row}")),
        None => Ok(()),
    }
}

/// A copy of a run file as it lies there, with what lies beside it.
fn copy(db: &Path, folder: &Path) -> Connection {
    let to = folder.join("copy.db");
    for end in ["", "-wal", "-journal"] {
        let from = PathBuf::from(format!("{}{end}", db.display()));
        if from.exists() {
            fs::copy(from, format!("{}{end}", to.display())).unwrap();
        }
    }
    Connection::open(to).unwrap()
}

/// What a person writes.
fn output(number: u64) -> serde_json::Value {
    let kind = ["a", "b", "c"][usize::try_from(number % 3).unwrap()];
    let items = ["x", "y", "z"].into_iter().take(usize::try_from(number / 3 % 3).unwrap()).collect::<Vec<_>>();
    json!({"kind": kind, "items": items, "text": format!("by hand {number}")})
}

/// The decisions in force on the work items of a step, so that they can be taken again.
fn decisions(connection: &Connection, step: &str) -> String {
    let query = format!(
        "SELECT CASE decision WHEN 'reject' THEN json_object('work_id', work_id, 'decision', 'reject', 'reason', reason, 'by', 'Ada')
                ELSE json_object('work_id', work_id, 'decision', 'edit', 'reason', reason, 'by', 'Ada', 'output', json(output)) END
         FROM decisions WHERE in_force AND step = '{step}'"
    );
    texts(connection, &query).into_iter().map(|line| line + "\n").collect()
}

/// A query of all of `results` that no sample, no price and no way to the end decides.
fn results(connection: &Connection) -> String {
    let volatile = ["attempts", "cost_usd", "decided_by", "verdict", "score", "model", "rejected"];
    let decided = "CASE WHEN decided_by IS NULL THEN";
    let columns = texts(connection, "SELECT name FROM pragma_table_info('results')");
    let has_decisions = columns.iter().any(|it| it == "decided_by");
    let named = columns.iter().filter(|it| !volatile.contains(&it.as_str())).map(|it| format!("\"{it}\""));
    let judged = columns.iter().filter(|it| ["verdict", "score", "model"].contains(&it.as_str()));
    let judged = judged.map(|it| if has_decisions { format!("{decided} \"{it}\" END") } else { format!("\"{it}\"") });
    format!("SELECT {} FROM results", named.chain(judged).collect::<Vec<_>>().join(", "))
}

/// Holds two answers to a query against each other.
fn same(query: &str, ours: &[String], undisturbed: &[String]) -> Held {
    if ours == undisturbed {
        return Ok(());
    }
    let place = ours.iter().zip(undisturbed).take_while(|(one, other)| one == other).count();
    let at = |rows: &[String]| rows.get(place).cloned().unwrap_or_else(|| "no row".to_owned());
    Err(format!(
        "another end than undisturbed: {query}\n  {} rows, undisturbed {}; the first that differs is number {}:\n  {}\n  undisturbed: {}",
        ours.len(),
        undisturbed.len(),
        place + 1,
        at(ours),
        at(undisturbed)
    ))
}
