//! A work item as a person sees it before deciding: the row, the prompt, the answer, and the verdicts.

use std::io::{self, Write};

use serde_json::Value;

use crate::cli::terminal::Stream;
use crate::engine::Card;
use crate::view::item::AttemptRecord;
use crate::view::text;

/// The most characters of a cell and of a prompt that a card shows.
const LONGEST_CELL: usize = 600;
const LONGEST_PROMPT: usize = 1_500;

/// Shows work item number `number` of `count`.
pub fn show(out: &mut impl Write, card: &Card, number: usize, count: usize, paint: Stream) -> io::Result<()> {
    let item = &card.item;
    let id: String = item.work_id.chars().take(12).collect();
    let row = item.row.as_ref().map_or_else(String::new, |row| format!(" · row {}", row.row_index + 1));
    let group = item.group.as_ref().map_or_else(String::new, |it| format!(" · {}", it.group_key));
    let title = format!("{number} of {count} · {id} · {}{row}{group} · {}", item.step, item.status);
    writeln!(out, "\n{}", paint.bold(&text::line(&title)))?;
    for (column, value) in item.row.iter().flat_map(|row| &row.fields) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        field(out, column, &text::cut(&value, LONGEST_CELL), paint)?;
    }
    let last = item.attempts.iter().rev().find(|it| it.current);
    if let Some(attempt) = last {
        if let Some(message) = attempt.prompt.last() {
            heading(out, "Asked", paint)?;
            block(out, &text::cut(&message.content, LONGEST_PROMPT))?;
        }
        answer(out, card, attempt, paint)?;
    }
    for attempt in item.attempts.iter().filter(|it| it.current) {
        verdict(out, attempt, paint)?;
    }
    out.flush()
}

/// Shows the output to decide on, or the answer if it holds no valid output.
fn answer(out: &mut impl Write, card: &Card, attempt: &AttemptRecord, paint: Stream) -> io::Result<()> {
    if let Some(output) = &card.output {
        heading(out, "Output", paint)?;
        return block(out, &serde_json::to_string_pretty(output).map_err(io::Error::from)?);
    }
    heading(out, "Answer, which holds no valid output", paint)?;
    block(out, attempt.answer.as_deref().unwrap_or("none"))
}

/// Shows how an attempt ended, and the reasons.
fn verdict(out: &mut impl Write, attempt: &AttemptRecord, paint: Stream) -> io::Result<()> {
    let ruling = match (&attempt.verdict, attempt.score) {
        (Some(verdict), Some(score)) => format!(": {verdict} with a score of {score}"),
        (Some(verdict), None) => format!(": {verdict}"),
        _ => String::new(),
    };
    heading(out, &format!("Attempt {}, {}{ruling}", attempt.number, attempt.outcome), paint)?;
    let reasons = match &attempt.reasons {
        Some(Value::Array(list)) => {
            list.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    if reasons.is_empty() {
        return block(out, attempt.detail.as_deref().unwrap_or_default());
    }
    reasons.iter().try_for_each(|reason| block(out, &format!("- {reason}")))
}

/// Shows the whole prompt of the latest attempt.
pub fn show_prompt(out: &mut impl Write, card: &Card, paint: Stream) -> io::Result<()> {
    let last = card.item.attempts.iter().rev().find(|it| it.current);
    for message in last.into_iter().flat_map(|it| &it.prompt) {
        heading(out, &format!("[{}]", message.role), paint)?;
        block(out, &message.content)?;
    }
    out.flush()
}

fn heading(out: &mut impl Write, name: &str, paint: Stream) -> io::Result<()> {
    writeln!(out, "\n{}", paint.dim(&text::line(name)))
}

fn field(out: &mut impl Write, name: &str, value: &str, paint: Stream) -> io::Result<()> {
    let mut lines = value.lines();
    let first = text::block(lines.next().unwrap_or_default()).into_owned();
    writeln!(out, "  {} {first}", paint.dim(&format!("{:<12}", text::line(name))))?;
    lines.try_for_each(|line| writeln!(out, "  {:<12} {}", "", text::block(line)))
}

fn block(out: &mut impl Write, body: &str) -> io::Result<()> {
    body.lines().try_for_each(|line| writeln!(out, "  {}", text::block(line)))
}
