//! The summary at the end of `run`: work items by status, what they used, the files, and what to do next.

use std::fmt::Write as _;

use super::budget::{RaisedBudget, raised};
use super::progress::duration;
use super::terminal::{Terminal, shown_path, word};
use crate::engine::{Money, RunSummary};
use crate::view::money::CostSummary;
use crate::view::status::StepCounts;
use crate::view::text::{cost, line, percent, thousands, usd};

/// The longest line in which comments stand below each other where there is no terminal.
const LONGEST_LINE: usize = 120;

/// How a run goes on.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// The command that continues it, with a larger budget if that is reached.
    pub command: &'a str,
    /// The batch that was run.
    pub batch: Option<&'a str>,
}

/// Says that a run was interrupted, and what to run again. A batch is named: that of `today` is another one tomorrow.
#[must_use]
pub fn interrupted(batch: Option<&str>) -> String {
    let of = batch.map_or_else(String::new, |batch| format!(", with `--batch {batch}`,"));
    format!("Interrupted: run the same command again{of}")
}

/// Renders the summary of a run.
#[must_use]
pub fn render(summary: &RunSummary, again: Again<'_>, terminal: Terminal) -> String {
    let paint = terminal.err;
    let mut shown = String::from("\n");
    if summary.samples {
        shown.push_str(&paint.yellow("These answers are samples, made from the schema; no model was asked."));
        shown.push_str("\n\n");
    }
    for (label, value) in rows(summary) {
        // Writing to a string cannot fail.
        let _ = writeln!(shown, "  {label:<18}{value}");
    }
    for path in &summary.files {
        let _ = writeln!(shown, "  {:<18}{}", "wrote", shown_path(path));
    }
    shown.push_str(&steps(summary));
    let counts = summary.counts;
    if counts.accepted == 0 && counts.rejected + counts.failed > 0 {
        let _ = writeln!(shown, "\n{}", paint.yellow("Nothing was accepted."));
    }
    if summary.interrupted {
        let _ = writeln!(shown, "\n{}", paint.yellow(&format!("{} to continue.", interrupted(again.batch))));
    }
    if let Some(stop) = &summary.budget {
        let reason = stop.to_string();
        let _ = writeln!(shown, "\n{}", paint.yellow(&budget_line(&line(&reason), raised(summary).as_ref())));
    }
    let _ = write!(shown, "\n{}", paint.bold("Try next:"));
    let next = next(summary, again.command);
    let longest = next.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    let comment = next.iter().map(|(_, why)| why.len()).max().unwrap_or_default();
    // Where they would not fit beside each other, blanks would only make empty lines.
    let room = if terminal.err.terminal { terminal.err_width() } else { LONGEST_LINE };
    let is_narrow = longest + comment + "  ".len() + "   # ".len() > room;
    let width = if is_narrow { 0 } else { longest };
    for (command, why) in next {
        let _ = write!(shown, "\n  {command:<width$}   {}", paint.dim(&format!("# {why}")));
    }
    shown
}

/// Says that the budget is reached, and what to raise.
fn budget_line(reason: &str, raised: Option<&RaisedBudget>) -> String {
    match raised {
        Some(RaisedBudget { key, from, .. }) => format!(
            "The budget is reached: {reason}. It counts all runs on this run file. To continue, raise `{key}` from {from} \
             in the configuration, or run the first command below."
        ),
        None => format!(
            "The budget is reached: {reason}. Give the tier a factor under `tiers` in a table of `prices`, and run the \
             same command again."
        ),
    }
}

type StatusCount = fn(&StepCounts) -> u64;

/// The work items of several steps by status, as a table without the empty columns.
fn steps(summary: &RunSummary) -> String {
    if summary.steps.len() < 2 {
        return String::new();
    }
    let longest = summary.steps.iter().map(|it| it.step.chars().count()).max().unwrap_or_default();
    let columns: [(&str, StatusCount); 7] = [
        ("planned", |it| it.planned),
        ("accepted", |it| it.accepted),
        ("rejected", |it| it.rejected),
        ("failed", |it| it.failed),
        ("skipped", |it| it.skipped),
        ("blocked", |it| it.blocked),
        ("pending", |it| it.pending),
    ];
    let filled: Vec<_> = columns
        .into_iter()
        .filter(|(name, count)| matches!(*name, "planned" | "accepted") || summary.steps.iter().any(|it| count(it) > 0))
        .collect();
    let width = longest.max("step".len());
    let mut shown = format!("\n  {:<width$}", "step");
    // Writing to a string cannot fail.
    for (name, _) in &filled {
        let _ = write!(shown, "  {name:>9}");
    }
    for step in &summary.steps {
        let _ = write!(shown, "\n  {:<width$}", line(&step.step));
        for (_, count) in &filled {
            let _ = write!(shown, "  {:>9}", thousands(count(step)));
        }
    }
    shown.push('\n');
    shown
}

/// The counts; all that people look for, and others if they are not zero.
fn rows(summary: &RunSummary) -> Vec<(&'static str, String)> {
    let counts = &summary.counts;
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let share = |count: u64| format!("{} ({})", thousands(count), percent(signed(count), signed(counts.planned)));
    let mut rows = vec![
        ("planned", thousands(counts.planned)),
        ("accepted", share(counts.accepted)),
        ("rejected", thousands(counts.rejected)),
        ("failed", thousands(counts.failed)),
    ];
    let rest = [("skipped", counts.skipped), ("blocked", counts.blocked)];
    rows.extend(rest.into_iter().filter(|(_, count)| *count > 0).map(|(label, count)| (label, thousands(count))));
    rows.extend(
        summary.limited.map(|it| ("limit", format!("{} of {} {}", thousands(it.limit), thousands(it.of), it.what))),
    );
    rows.extend((!summary.left_out.is_empty()).then(|| ("not asked for", summary.left_out.join(", "))));
    rows.extend([
        ("pending", thousands(counts.pending)),
        ("attempts", thousands(summary.attempts)),
        ("calls made", thousands(summary.calls)),
        ("from the record", from_record(summary)),
    ]);
    let used = &summary.used;
    if used.input_tokens > 0 || used.output_tokens > 0 || used.uncounted > 0 {
        let [input, output] = used.known_tokens().map(|it| it.map_or_else(|| "unknown".to_owned(), thousands));
        let uncounted = match used.uncounted {
            0 => String::new(),
            count => format!("; {} came without a count", answers(count)),
        };
        rows.push(("tokens", format!("{input} in, {output} out{uncounted}")));
    }
    if used.cost != Money::ZERO || used.unknown > 0 {
        rows.push(("cost", cost(Some(used.cost.to_usd()), used.unknown)));
    }
    rows.extend(summary.money.as_ref().into_iter().flat_map(|it| in_all(it, summary)));
    rows.extend([("time", duration(summary.elapsed)), ("run file", shown_path(&summary.db))]);
    rows
}

/// What the record had already: decided work items, and answers.
fn from_record(summary: &RunSummary) -> String {
    let items = match summary.known {
        0 => None,
        1 => Some("1 work item".to_owned()),
        count => Some(format!("{} work items", thousands(count))),
    };
    let answers = (summary.from_tape > 0).then(|| answers(summary.from_tape));
    let all: Vec<String> = items.into_iter().chain(answers).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

fn answers(count: u64) -> String {
    if count == 1 { "1 answer".to_owned() } else { format!("{} answers", thousands(count)) }
}

/// The costs of the whole run file. The total is left out if it is no more than what this run used. Where the run file
/// has variants, what an accepted work item cost is that of the task itself.
fn in_all(money: &CostSummary, summary: &RunSummary) -> Vec<(&'static str, String)> {
    let used = &summary.used;
    let more = |amount: Option<f64>| amount.filter(|it| *it > 0.0).map(usd);
    let is_more = money.cost_usd.is_some_and(|it| it > used.cost.to_usd() + 1e-9);
    let mut rows = Vec::new();
    if is_more || money.unpriced_calls > used.unknown {
        let of = if summary.of_task.is_some() { ", with all variants" } else { "" };
        rows.push(("total cost", cost(money.cost_usd, money.unpriced_calls) + of));
    }
    if let Some(task) = summary.of_task {
        rows.extend(more(task.cost_usd).map(|it| ("cost of the task", it)));
        let accepted = f64::from(u32::try_from(summary.counts.accepted).unwrap_or(u32::MAX));
        let each = task.cost_usd.filter(|_| accepted > 0.0).map(|it| it / accepted);
        rows.extend(more(each).map(|it| ("per accepted", it)));
    } else if money.unpriced_calls == 0 {
        rows.extend(more(money.per_accepted_usd).map(|it| ("per accepted", it)));
    }
    rows.extend(more(money.saved_usd).map(|it| ("saved", it)));
    rows.extend(more(money.expected_usd.filter(|it| Some(*it) != money.cost_usd)).map(|it| ("expected total", it)));
    rows
}

/// How many commands are named; one more where there is evidence to read.
const MOST: usize = 3;

/// Returns some commands that fit the situation, each with its reason.
fn next(summary: &RunSummary, again: &str) -> Vec<(String, &'static str)> {
    let db = word(&summary.db);
    let counts = &summary.counts;
    let mut next = Vec::new();
    if summary.budget.is_some() {
        next.push((again.to_owned(), "continue with a larger budget"));
    } else if counts.pending > 0 {
        next.push((again.to_owned(), if summary.is_part() { "continue with the rest" } else { "continue" }));
    }
    if counts.failed > 0 || counts.rejected > 0 {
        next.push((format!("casebook failures {db}"), "what went wrong, by kind"));
    }
    if counts.blocked > 0 && counts.failed + counts.rejected == 0 {
        next.push((format!("casebook sql {db} \"SELECT * FROM held_back\""), "what is blocked, and why"));
    }
    if counts.failed > 0 {
        next.push((format!("casebook retry {db} --failed"), "mark them to be tried again"));
    }
    if let Some(report) = summary.files.iter().find(|it| it.extension().is_some_and(|end| end == "html")) {
        next.push((format!("{} {}", opener(), word(report)), "read the report"));
    }
    if summary.has_evidence && counts.accepted + counts.rejected > 0 {
        let written = summary.files.iter().find(|it| it.ends_with("documents/index.html"));
        next.push(match written {
            Some(index) => (format!("{} {}", opener(), word(index)), "read the documents, with what cites them"),
            None => (format!("casebook report {db} --documents"), "a page for each document, with what cites it"),
        });
    }
    if counts.accepted > 0 {
        next.push((format!("casebook sql {db} \"SELECT * FROM results LIMIT 10\""), "look at the results"));
    }
    next.push((format!("casebook status {db}"), "where the run stands"));
    next.push((format!("casebook verify {db}"), "check the record"));
    next.truncate(if summary.has_evidence { MOST + 1 } else { MOST });
    next
}

/// The command that opens a file on this system.
fn opener() -> &'static str {
    if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "start"
    } else {
        "xdg-open"
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::stage::plan::Counts;

    pub(in crate::cli) fn done() -> RunSummary {
        RunSummary {
            step_work: Vec::new(),
            db: PathBuf::from("demo/tickets.db"),
            counts: Counts { planned: 1200, accepted: 1200, ..Counts::default() },
            steps: Vec::new(),
            attempts: 1290,
            calls: 1100,
            known: 0,
            from_tape: 190,
            used: crate::engine::UsageTotals::default(),
            money: None,
            of_task: None,
            budget: None,
            left_out: Vec::new(),
            requests_each: 1,
            lost_calls: 0,
            elapsed: Duration::from_millis(73_400),
            files: vec![PathBuf::from("demo/out/results.jsonl"), PathBuf::from("demo/out/report.html")],
            interrupted: false,
            samples: false,
            has_evidence: false,
            limited: None,
        }
    }

    #[test]
    fn beside_variants_the_task_has_a_cost_of_its_own() {
        let money = CostSummary { cost_usd: Some(1.5), per_accepted_usd: Some(0.1), ..CostSummary::default() };
        let of_task = Some(crate::view::money::TaskCost { cost_usd: Some(0.6) });
        let shown = |of_task| in_all(&money, &RunSummary { of_task, ..done() });
        let [total, cost, each] = shown(of_task).try_into().unwrap();
        assert_eq!(total, ("total cost", format!("{}, with all variants", usd(1.5))));
        assert_eq!((cost, each), (("cost of the task", usd(0.6)), ("per accepted", usd(0.6 / 1200.0))));
        assert_eq!(shown(None)[1], ("per accepted", usd(0.1)));
    }

    const AGAIN: Again<'_> = Again { command: "casebook run demo/casebook.yaml", batch: None };

    #[cfg(target_os = "linux")]
    #[test]
    fn a_run_that_is_done() {
        insta::assert_snapshot!(render(&done(), AGAIN, Terminal::plain()), @r#"
          planned           1,200
          accepted          1,200 (100%)
          rejected          0
          failed            0
          pending           0
          attempts          1,290
          calls made        1,100
          from the record   190 answers
          time              1 min 13 s
          run file          demo/tickets.db
          wrote             demo/out/results.jsonl
          wrote             demo/out/report.html

        Try next:
          xdg-open demo/out/report.html                                   # read the report
          casebook sql demo/tickets.db "SELECT * FROM results LIMIT 10"   # look at the results
          casebook status demo/tickets.db                                 # where the run stands
        "#);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn evidence_is_read_on_the_pages_of_documents() {
        let mut summary = RunSummary { has_evidence: true, ..done() };
        let commands = |summary: &RunSummary| -> Vec<String> {
            next(summary, "casebook run").into_iter().map(|(command, _)| command).collect()
        };
        assert_eq!(
            commands(&summary)[..2],
            ["xdg-open demo/out/report.html", "casebook report demo/tickets.db --documents"]
        );
        summary.counts.failed = 1;
        assert_eq!(commands(&summary)[3], "casebook report demo/tickets.db --documents");
        summary.files.push(PathBuf::from("demo/out/documents/index.html"));
        assert_eq!(commands(&summary)[3], "xdg-open demo/out/documents/index.html");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_run_that_was_stopped() {
        let summary = RunSummary {
            counts: Counts {
                planned: 1200,
                accepted: 700,
                rejected: 20,
                failed: 30,
                pending: 450,
                ..Counts::default()
            },
            lost_calls: 12,
            files: Vec::new(),
            interrupted: true,
            samples: true,
            ..done()
        };
        insta::assert_snapshot!(render(&summary, AGAIN, Terminal::plain()), @r#"
        These answers are samples, made from the schema; no model was asked.

          planned           1,200
          accepted          700 (58.3%)
          rejected          20
          failed            30
          pending           450
          attempts          1,290
          calls made        1,100
          from the record   190 answers
          time              1 min 13 s
          run file          demo/tickets.db

        Interrupted: run the same command again to continue.

        Try next:
          casebook run demo/casebook.yaml           # continue
          casebook failures demo/tickets.db         # what went wrong, by kind
          casebook retry demo/tickets.db --failed   # mark them to be tried again
        "#);
    }

    #[test]
    fn a_second_run_says_what_was_on_record() {
        let said = |known, from_tape| from_record(&RunSummary { known, from_tape, ..done() });
        assert_eq!(said(1_200, 0), "1,200 work items");
        assert_eq!(said(1, 1), "1 work item, 1 answer");
        assert_eq!(said(0, 58), "58 answers");
        assert_eq!(said(0, 0), "nothing");
    }

    #[test]
    fn several_steps_are_told_one_by_one() {
        let step = |step: &str, planned, accepted, blocked| StepCounts {
            step: step.into(),
            planned,
            accepted,
            rejected: 0,
            failed: planned - accepted - blocked,
            skipped: 0,
            blocked,
            pending: 0,
            in_flight: 0,
        };
        let steps = vec![step("outline", 1200, 1199, 0), step("readers.second", 1200, 1199, 1)];
        insta::assert_snapshot!(super::steps(&RunSummary { steps, ..done() }), @r#"

          step              planned   accepted     failed    blocked
          outline             1,200      1,199          1          0
          readers.second      1,200      1,199          0          1
        "#);
    }

    #[test]
    fn an_empty_plan_is_no_division_by_zero() {
        let summary = RunSummary { counts: Counts::default(), ..done() };
        assert!(render(&summary, AGAIN, Terminal::plain()).contains("0 (–)"));
    }
}
