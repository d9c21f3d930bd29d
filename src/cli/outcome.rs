//! The summary of a run for programs: one JSON object, also where the run failed.

use std::path::Path;

use serde_json::{Value, json};

use super::error::CliError;
use super::exit::Exit;
use crate::engine::RunSummary;

/// The summary of a run that ended with `exit`.
pub fn of(summary: &RunSummary, exit: Exit) -> Value {
    ended(summary, exit.code(), word(exit), &Value::Null)
}

/// The summary of a run that failed, with what it did before that, if it had begun.
pub fn of_error(error: &CliError, summary: Option<&RunSummary>) -> Value {
    let code = error.code();
    match summary {
        Some(summary) => ended(summary, code, "error", &error.to_value()),
        None => json!({"exit_code": code, "outcome": "error", "error": error.to_value()}),
    }
}

fn ended(summary: &RunSummary, code: u8, outcome: &str, error: &Value) -> Value {
    let used = &summary.used;
    let [input, output] = used.known_tokens();
    json!({
        "exit_code": code,
        "outcome": outcome,
        "run_file": path(&summary.db),
        "files": summary.files.iter().map(|it| path(it)).collect::<Vec<_>>(),
        "counts": summary.counts.to_value(),
        "steps": summary.steps,
        "attempts": summary.attempts,
        "calls": summary.calls,
        "lost_calls": summary.lost_calls,
        "from_record": {"work_items": summary.known, "answers": summary.from_tape},
        "tokens": {"input": input, "output": output, "uncounted_answers": used.uncounted},
        // What is not known is null, and never 0.
        "cost_usd": used.known_cost().map(crate::engine::Money::to_usd),
        "unpriced_calls": used.unknown,
        "run_file_cost": summary.money,
        "budget_reached": summary.budget.as_ref().map(ToString::to_string),
        "limit": summary.limited.map(|it| json!({"limit": it.limit, "of": it.of, "what": it.what})),
        "steps_left_out": summary.left_out,
        "samples": summary.samples,
        "elapsed_sec": summary.elapsed.as_secs_f64(),
        "error": error,
    })
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The outcome of a run that ends with `exit`, in a word.
pub fn word(exit: Exit) -> &'static str {
    match exit {
        Exit::Done | Exit::Drained => "done",
        Exit::Incomplete => "incomplete",
        Exit::Budget => "budget_reached",
        Exit::Interrupted => "interrupted",
        // A run ends with none of these.
        Exit::Problems => "problems",
        Exit::Different => "different",
        Exit::Refused => "refused",
        Exit::Inconclusive => "inconclusive",
        Exit::Stopped => "stopped",
        Exit::Drift => "drift",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::error::Kind;
    use crate::cli::summary;

    #[test]
    fn a_program_gets_the_exit_code_the_counts_and_the_paths() {
        let value = of(&RunSummary { known: 190, ..summary::tests::done() }, Exit::Done);
        assert_eq!((&value["exit_code"], &value["outcome"]), (&json!(0), &json!("done")));
        assert_eq!((&value["counts"]["planned"], &value["counts"]["accepted"]), (&json!(1200), &json!(1200)));
        assert_eq!(value["run_file"], "demo/tickets.db");
        assert_eq!(value["files"][1], "demo/out/report.html");
        assert_eq!(value["from_record"], json!({"work_items": 190, "answers": 190}));
        assert_eq!((&value["cost_usd"], &value["unpriced_calls"]), (&json!(0.0), &json!(0)));
        assert_eq!(value["error"], Value::Null);
    }

    #[test]
    fn a_cost_that_is_not_known_is_null() {
        let mut summary = summary::tests::done();
        summary.used.unknown = 3;
        let value = of(&summary, Exit::Incomplete);
        assert_eq!((&value["cost_usd"], &value["unpriced_calls"]), (&Value::Null, &json!(3)));
        assert_eq!(value["exit_code"], 3);
    }

    #[test]
    fn an_error_is_an_object_too() {
        let error = CliError::new(Kind::Usage, "no such file").hint("check the path");
        let begun = of_error(&error, Some(&summary::tests::done()));
        assert_eq!((&begun["outcome"], &begun["run_file"]), (&json!("error"), &json!("demo/tickets.db")));
        assert_eq!((&begun["calls"], &begun["error"]["message"]), (&json!(1100), &json!("no such file")));
        let value = of_error(&error, None);
        let error = json!({"message": "no such file", "causes": [], "location": null, "hint": "check the path"});
        assert_eq!(value, json!({"exit_code": 2, "outcome": "error", "error": error}));
    }
}
