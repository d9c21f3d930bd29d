//! `casebook show`: one work item's whole story.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::args::{FormatArg, ItemArg};
use super::error::CliError;
use super::exit::Exit;
use super::terminal::{Stream, Terminal};
use crate::view::item::{self, Attempt, Call, Item};
use crate::view::rows::{self, Cell, Format, Look, RowWriter};
use crate::view::{self, text};

/// Show one work item's whole story.
///
/// What it is made from and what is made from it, every attempt with what was sent and what came back, every verdict,
/// every call. `json` carries all of it as one object; `jsonl`, `csv` and `psv` carry the attempts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook show demo/tickets.db 3f2a91          by its id, or a beginning that no other has
  casebook show demo/tickets.db --row 7         by the number of its row, counted from 1
  casebook show chain/chain.db --row 7 --step section
  casebook show demo/tickets.db 3f2a91 --format json | jq .output")]
pub struct ShowArgs {
    /// The run file.
    db: PathBuf,
    #[command(flatten)]
    item: ItemArg,
    #[command(flatten)]
    format: FormatArg,
}

/// Runs the command.
pub fn run(args: &ShowArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let connection = view::open(&args.db)?;
    let ItemArg { work_id, row, step } = &args.item;
    let found = item::find_any(&connection, work_id.as_deref(), *row, step.as_deref())?;
    let item = item::gather(&connection, found.rowid)?;
    let mut out = terminal.stdout();
    match args.format.format {
        Format::Table => Story { out: &mut out, md: false, paint: terminal.out, look: terminal.look() }.tell(&item)?,
        Format::Md => Story { out: &mut out, md: true, paint: terminal.out, look: terminal.look() }.tell(&item)?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&item).map_err(io::Error::from)?)?,
        format @ (Format::Jsonl | Format::Csv | Format::Psv) => {
            let columns = ATTEMPT.iter().map(|it| (*it).to_owned()).collect();
            let mut rows = RowWriter::begin(&mut out, format, terminal.look(), columns)?;
            for attempt in &item.attempts {
                rows.row(attempt_cells(&item, attempt))?;
            }
            rows.finish()?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

const ATTEMPT: &[&str] = &[
    "work_id",
    "attempt",
    "sample",
    "current",
    "outcome",
    "detail",
    "model",
    "request_id",
    "answer",
    "verdict",
    "score",
    "reasons",
];

fn attempt_cells(item: &Item, attempt: &Attempt) -> Vec<Cell> {
    vec![
        Cell::from(item.work_id.as_str()),
        Cell::Integer(attempt.number),
        Cell::Integer(attempt.sample),
        Cell::Integer(attempt.current.into()),
        Cell::from(attempt.outcome.as_str()),
        Cell::from(attempt.detail.as_deref()),
        Cell::from(attempt.model.as_deref()),
        Cell::from(attempt.request_id.as_deref()),
        Cell::from(attempt.answer.as_deref()),
        Cell::from(attempt.verdict.as_deref()),
        attempt.score.map_or(Cell::Null, Cell::Integer),
        attempt.reasons.clone().map_or(Cell::Null, Cell::Json),
    ]
}

/// How many work items that another is made from are shown, and how many that are made from it.
const SHOWN: usize = 20;

/// Tells a work item's story to a person, as text or Markdown.
struct Story<'a, W: Write> {
    out: &'a mut W,
    md: bool,
    paint: Stream,
    look: Look,
}

impl<W: Write> Story<'_, W> {
    fn tell(mut self, item: &Item) -> io::Result<()> {
        let title = format!("Work item {}", item.work_id);
        if self.md {
            writeln!(self.out, "# {title}\n")?;
        } else {
            writeln!(self.out, "{}", self.paint.bold(&title))?;
        }
        self.facts(item)?;
        if let Some(row) = &item.row {
            self.heading("Input")?;
            for (column, value) in &row.fields {
                self.field(column, &plain(value))?;
            }
        }
        if let Some(context) = item.group.as_ref().and_then(|it| it.context.as_deref()) {
            self.heading("Context of the group")?;
            self.block(context)?;
        }
        self.parents(item)?;
        for attempt in &item.attempts {
            self.attempt(attempt)?;
        }
        if let Some(output) = &item.output {
            self.heading("Accepted output")?;
            self.block(&serde_json::to_string_pretty(output).map_err(io::Error::from)?)?;
        }
        self.children(item)?;
        self.calls(&item.calls)
    }

    /// What it is made from, with the outputs.
    fn parents(&mut self, item: &Item) -> io::Result<()> {
        if item.parents.is_empty() {
            return Ok(());
        }
        self.heading("Made from")?;
        for parent in item.parents.iter().take(SHOWN) {
            self.field(&parent.step, &format!("{}  {}", parent.work_id, parent.status))?;
            if let Some(output) = &parent.output {
                if self.md {
                    writeln!(self.out)?;
                }
                self.block(&serde_json::to_string_pretty(output).map_err(io::Error::from)?)?;
            }
        }
        self.rest(item.parents.len())
    }

    /// What is made from it.
    fn children(&mut self, item: &Item) -> io::Result<()> {
        if item.children.is_empty() {
            return Ok(());
        }
        self.heading("Made into")?;
        for child in item.children.iter().take(SHOWN) {
            self.field(&child.step, &format!("{}  {}", child.work_id, child.status))?;
        }
        self.rest(item.children.len())
    }

    fn rest(&mut self, count: usize) -> io::Result<()> {
        let Some(more) = count.checked_sub(SHOWN).filter(|more| *more > 0) else { return Ok(()) };
        self.field("…", &format!("{more} more; the view `lineage` has them all"))
    }

    fn facts(&mut self, item: &Item) -> io::Result<()> {
        let planned = if item.planned { "" } else { " (not in the latest plan)" };
        self.field("status", &format!("{}{planned}", item.status))?;
        self.field("step", &item.step)?;
        self.field("source", &item.source)?;
        if let Some(row) = &item.row {
            let dataset = row.dataset.as_deref().unwrap_or("the input");
            self.field(
                "row",
                &format!("{} (row_index {}, line {} of {dataset})", row.row_index + 1, row.row_index, row.line),
            )?;
            self.field("row id", &row.row_id)?;
        }
        if let Some(group) = &item.group {
            let included =
                format!("{} ({} of {} rows in its context)", group.group_key, group.included_rows, group.rows);
            self.field("group", &included)?;
        }
        if let Some(reason) = &item.reason {
            self.field("reason", reason)?;
        }
        if let Some(element) = &item.item {
            self.field("item", &plain(element))?;
        }
        if item.sample > 1 {
            self.field("sample", &item.sample.to_string())?;
        }
        self.field("task id", &item.task_id)?;
        // It has none before it is known what it is made from.
        if item.cache_id.is_empty() { Ok(()) } else { self.field("cache id", &item.cache_id) }
    }

    fn attempt(&mut self, attempt: &Attempt) -> io::Result<()> {
        let earlier = if attempt.current { "" } else { ", under an earlier task or sample" };
        if let Some(by) = &attempt.decided_by {
            return self.decision(attempt, by, earlier);
        }
        let candidate = attempt.candidate.map_or_else(String::new, |it| format!("Candidate {it}, attempt"));
        let name = if candidate.is_empty() { "Attempt" } else { &candidate };
        self.heading(&format!("{name} {}: {}{earlier}", attempt.number, attempt.outcome))?;
        let model = attempt.model.as_deref().unwrap_or("no model");
        let provider = attempt.provider.as_deref().unwrap_or("nobody");
        self.field("asked", &format!("{model} ({provider})"))?;
        if let Some(request) = &attempt.request_id {
            self.field("request id", request)?;
        }
        self.field("decided at", &attempt.decided_at)?;
        if let Some(detail) = &attempt.detail {
            self.field("detail", detail)?;
        }
        for message in &attempt.prompt {
            self.part(&message.role, Some(&message.content))?;
        }
        self.part("answer", attempt.answer.as_deref())?;
        self.verdict(attempt)
    }

    /// What a person decided.
    fn decision(&mut self, attempt: &Attempt, by: &str, earlier: &str) -> io::Result<()> {
        self.heading(&format!("Decision: {}{earlier}", attempt.outcome))?;
        self.field("decided by", by)?;
        self.field("decided at", &attempt.decided_at)?;
        self.field("detail", attempt.detail.as_deref().unwrap_or_default())
    }

    /// What each of several judges said.
    fn opinions(&mut self, attempt: &Attempt) -> io::Result<()> {
        for it in &attempt.opinions {
            let model = it.model.as_deref().unwrap_or("no model");
            let scores = it.scores.as_ref().map_or_else(String::new, |scores| format!(" {scores}"));
            self.field("judge", &format!("{} ({model}): {}, score {}{scores}", it.judge, it.verdict, it.score))?;
        }
        Ok(())
    }

    fn verdict(&mut self, attempt: &Attempt) -> io::Result<()> {
        if attempt.judge_prompt.is_empty() && attempt.verdict.is_none() {
            return Ok(());
        }
        for message in &attempt.judge_prompt {
            self.part(&format!("to the judge: {}", message.role), Some(&message.content))?;
        }
        self.part("the judge's answer", attempt.judge_answer.as_deref())?;
        self.opinions(attempt)?;
        if let Some(verdict) = &attempt.verdict {
            let score = attempt.score.map_or_else(String::new, |it| format!(", score {it}"));
            self.field("verdict", &format!("{verdict}{score}"))?;
        }
        if let Some(Value::Array(reasons)) = &attempt.reasons {
            for reason in reasons {
                self.field("reason", &plain(reason))?;
            }
        }
        Ok(())
    }

    fn part(&mut self, name: &str, body: Option<&str>) -> io::Result<()> {
        let Some(body) = body else { return Ok(()) };
        let name = text::line(name);
        if self.md {
            writeln!(self.out, "\n**{name}**\n")?;
        } else {
            writeln!(self.out, "\n  {}", self.paint.dim(&format!("[{name}]")))?;
        }
        self.block(body)
    }

    fn calls(&mut self, calls: &[Call]) -> io::Result<()> {
        if calls.is_empty() {
            return Ok(());
        }
        self.heading("Calls")?;
        let format = if self.md { Format::Md } else { Format::Table };
        let columns: Vec<String> = CALL.iter().map(|it| (*it).to_owned()).collect();
        let table: Vec<Vec<Cell>> = calls.iter().map(call_cells).collect();
        if format == Format::Table {
            return writeln!(self.out, "{}", rows::table(&columns, &table, self.look));
        }
        let mut writer = RowWriter::begin(&mut *self.out, format, self.look, columns)?;
        table.into_iter().try_for_each(|row| writer.row(row))?;
        writer.finish().map(|_| ())
    }

    fn heading(&mut self, name: &str) -> io::Result<()> {
        let name = text::line(name);
        if self.md { writeln!(self.out, "\n## {name}\n") } else { writeln!(self.out, "\n{}", self.paint.bold(&name)) }
    }

    fn field(&mut self, name: &str, value: &str) -> io::Result<()> {
        let name = text::line(name);
        if self.md {
            return writeln!(self.out, "- {}: {}", rows::markdown(&name), rows::markdown(value));
        }
        let mut lines = value.lines();
        let first = text::block(lines.next().unwrap_or_default()).into_owned();
        writeln!(self.out, "  {} {first}", self.paint.dim(&format!("{name:<12}")))?;
        lines.try_for_each(|line| writeln!(self.out, "  {:<12} {}", "", text::block(line)))
    }

    fn block(&mut self, body: &str) -> io::Result<()> {
        // Indented text is code in Markdown as well, and cannot be closed from inside.
        body.lines().try_for_each(|line| writeln!(self.out, "    {}", text::block(line)))
    }
}

const CALL: &[&str] =
    &["purpose", "outcome", "model", "http", "ms", "tokens_in", "tokens_out", "cost_usd", "started_at", "error"];

fn call_cells(call: &Call) -> Vec<Cell> {
    // What is not known is left blank: a person reads on.
    let blank = || Cell::from("");
    let number = |it: Option<i64>| it.map_or_else(blank, Cell::Integer);
    let error = match (&call.error_kind, &call.error) {
        (Some(kind), Some(error)) => Cell::Text(format!("{kind}: {error}")),
        (Some(kind), None) => Cell::from(kind.as_str()),
        (None, error) => Cell::from(error.as_deref().unwrap_or_default()),
    };
    vec![
        Cell::from(call.purpose.as_str()),
        Cell::from(call.outcome.as_str()),
        Cell::from(call.model.as_str()),
        number(call.http_status),
        number(call.duration_ms),
        number(call.input_tokens),
        number(call.output_tokens),
        call.cost_usd.map_or_else(blank, Cell::Real),
        Cell::from(call.started_at.as_str()),
        error,
    ]
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn story(row: u64, md: bool) -> String {
        let connection = fixture::run_file();
        let item = item::gather(&connection, item::find_row(&connection, row, None).unwrap().rowid).unwrap();
        let mut out = Vec::new();
        let terminal = Terminal::plain();
        Story { out: &mut out, md, paint: terminal.out, look: terminal.look() }.tell(&item).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_story_is_whole() {
        insta::assert_snapshot!(story(1, false), @r#"
        Work item aa11111111111111111111111111111111111111
          status       accepted
          step         generate
          source       row
          row          1 (row_index 0, line 2 of tickets.csv)
          row id       r1
          task id      k1
          cache id     h1

        Input
          id           1
          note         first

        Attempt 1: no_json
          asked        sample (sample)
          request id   q1
          decided at   t
          detail       the answer has no JSON object

          [system]
            You are careful.

          [user]
            say first

          [answer]
            no object

        Attempt 2: accepted
          asked        sample (sample)
          request id   q2
          decided at   t

          [user]
            again

          [answer]
            {"a": 1}

          [to the judge: user]
            judge it

          [the judge's answer]
            {"verdict": "PASS"}
          verdict      PASS, score 90
          reason       fine

        Accepted output
            {
              "a": 1
            }

        Calls
         purpose      outcome    model    http   ms   tokens_in   tokens_out   cost_usd   started_at             error
        ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
         generation   answered   sample          10           5                           2026-01-01T00:00:03Z
         generation   answered   sample          20           7                           2026-01-01T00:00:04Z
         judge        answered   sample          20           7                           2026-01-01T00:00:05Z
        "#);
    }

    #[test]
    fn no_value_acts_on_the_terminal() {
        for md in [false, true] {
            let text = story(2, md);
            assert!(text.contains("se\\u{1b}") || text.contains("se\\\\u{1b}"), "{text}");
            assert!(!text.contains('\u{1b}'));
        }
    }

    #[test]
    fn an_id_is_found_by_what_no_other_begins_with() {
        let connection = fixture::run_file();
        assert_eq!(item::find(&connection, "BB").unwrap().rowid, 3);
        assert_eq!(item::find(&connection, fixture::WORK_IDS[1]).unwrap().rowid, 2);
        for (prefix, message) in [
            ("aa", "`aa` is not one work item, but several: aa1111111111 (generate), aa2222222222 (generate)"),
            ("c", "no work item's id begins with `c`"),
            ("x'--", "`x'--` is not a work id: expected up to 40 hex digits"),
            ("", "`` is not a work id: expected up to 40 hex digits"),
        ] {
            assert_eq!(item::find(&connection, prefix).unwrap_err().to_string(), message);
        }
        assert_eq!(item::find_row(&connection, 4, None).unwrap_err().to_string(), "no work item is made from row 4");
    }

    #[test]
    fn json_carries_the_data_exactly() {
        let connection = fixture::run_file();
        let item = item::gather(&connection, 2).unwrap();
        assert_eq!(item.row.unwrap().fields[1].1, Value::from("se\u{1b}[31mcond"));
        assert_eq!(item.attempts[0].prompt[1].content, "say first");
    }
}
