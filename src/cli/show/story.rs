//! Prints a work item's whole history for people.

use std::io::{self, Write};

use serde_json::Value;

use crate::cli::page::Page;
use crate::view::item::{AttemptRecord, CallRecord, ItemHistory, ItemPassage};
use crate::view::rows::{self, Cell, PrintTarget, RowFormat, RowPrinter};

/// How many parents and how many children are shown.
const SHOWN: usize = 20;

/// Tells a work item's story on a page.
pub struct StoryPage<'a, W: Write> {
    pub page: Page<'a, W>,
    /// How the table of calls looks.
    pub target: PrintTarget,
}

impl<W: Write> StoryPage<'_, W> {
    pub fn tell(mut self, item: &ItemHistory) -> io::Result<()> {
        self.page.title(&format!("Work item {}", item.work_id))?;
        self.facts(item)?;
        if let Some(row) = &item.row {
            self.page.heading("Input")?;
            for (column, value) in &row.fields {
                self.page.field(column, &plain(value))?;
            }
        }
        if let Some(context) = item.group.as_ref().and_then(|it| it.context.as_deref()) {
            self.page.heading("Context of the group")?;
            self.page.block(context)?;
        }
        self.parents(item)?;
        for attempt in &item.attempts {
            self.attempt(attempt, item)?;
        }
        if let Some(output) = &item.output {
            self.page.heading("Accepted output")?;
            self.page.block(&serde_json::to_string_pretty(output).map_err(io::Error::from)?)?;
        }
        self.evidence(item)?;
        self.children(item)?;
        self.calls(&item.calls)
    }

    /// The work items that it is made from, with their outputs.
    fn parents(&mut self, item: &ItemHistory) -> io::Result<()> {
        if item.parents.is_empty() {
            return Ok(());
        }
        self.page.heading("Made from")?;
        for parent in item.parents.iter().take(SHOWN) {
            self.page.field(&parent.step, &format!("{}  {}", parent.work_id, parent.status))?;
            if let Some(output) = &parent.output {
                // A part ends the list: indented text below a list item would be no code in Markdown.
                self.page.part("output", &serde_json::to_string_pretty(output).map_err(io::Error::from)?)?;
            }
        }
        self.rest(item.parents.len())
    }

    /// The work items that are made from it.
    fn children(&mut self, item: &ItemHistory) -> io::Result<()> {
        if item.children.is_empty() {
            return Ok(());
        }
        self.page.heading("Made into")?;
        for child in item.children.iter().take(SHOWN) {
            self.page.field(&child.step, &format!("{}  {}", child.work_id, child.status))?;
        }
        self.rest(item.children.len())
    }

    fn rest(&mut self, count: usize) -> io::Result<()> {
        let Some(more) = count.checked_sub(SHOWN).filter(|more| *more > 0) else { return Ok(()) };
        self.page.field("…", &format!("{more} more; the view `lineage` has them all"))
    }

    fn facts(&mut self, item: &ItemHistory) -> io::Result<()> {
        let planned = if item.planned { "" } else { " (not in the latest plan)" };
        self.page.field("status", &format!("{}{planned}", item.status))?;
        self.page.field("step", &item.step)?;
        self.page.field("source", &item.source)?;
        if let Some(row) = &item.row {
            let dataset = row.dataset.as_deref().unwrap_or("the input");
            self.page.field(
                "row",
                &format!("{} (row_index {}, line {} of {dataset})", row.row_index + 1, row.row_index, row.line),
            )?;
            self.page.field("row id", &row.row_id)?;
        }
        if let Some(group) = &item.group {
            let included =
                format!("{} ({} of {} rows in its context)", group.group_key, group.included_rows, group.rows);
            self.page.field("group", &included)?;
        }
        if let Some(reason) = &item.reason {
            self.page.field("reason", reason)?;
        }
        if let Some(element) = &item.item {
            self.page.field("item", &plain(element))?;
        }
        if item.sample > 1 {
            self.page.field("sample", &item.sample.to_string())?;
        }
        self.page.field("task id", &item.task_id)?;
        // Empty until it is known what the work item is made from.
        if item.cache_id.is_empty() { Ok(()) } else { self.page.field("cache id", &item.cache_id) }
    }

    fn attempt(&mut self, attempt: &AttemptRecord, item: &ItemHistory) -> io::Result<()> {
        let earlier = if attempt.current { "" } else { " (set aside, or under an earlier task, input or sample)" };
        if let Some(by) = &attempt.decided_by {
            return self.decision(attempt, by, earlier);
        }
        let candidate = attempt.candidate.map_or_else(String::new, |it| format!("Candidate {it}, attempt"));
        let name = if candidate.is_empty() { "Attempt" } else { &candidate };
        self.page.heading(&format!("{name} {}: {}{earlier}", attempt.number, attempt.outcome))?;
        let asked = match (&attempt.model, &attempt.provider) {
            (Some(model), Some(provider)) => format!("{model} ({provider})"),
            (Some(name), None) | (None, Some(name)) => name.clone(),
            (None, None) => "no model".to_owned(),
        };
        self.page.field("asked", &asked)?;
        if let Some(request) = &attempt.request_id {
            self.page.field("request id", request)?;
        }
        self.page.field("decided at", &attempt.decided_at)?;
        self.detail(attempt, item)?;
        self.retrieved(attempt)?;
        for message in &attempt.prompt {
            self.page.part(&message.role, &message.content)?;
        }
        if let Some(thoughts) = &attempt.thoughts {
            self.page.part("thoughts before the answer", thoughts)?;
        }
        if let Some(answer) = &attempt.answer {
            self.page.part("answer", answer)?;
        }
        self.claims(&attempt.claims)?;
        self.verdict(attempt)
    }

    /// What its templates retrieved, and where that stands.
    fn retrieved(&mut self, attempt: &AttemptRecord) -> io::Result<()> {
        for it in &attempt.retrieved {
            let passage = |found: &ItemPassage| match (found.line_start, found.line_end) {
                (first, last) if first == last => format!("{} line {first}", found.document),
                (first, last) => format!("{} lines {first}-{last}", found.document),
            };
            let passages: Vec<String> = it.passages.iter().map(passage).collect();
            let passages = if passages.is_empty() { "nothing".to_owned() } else { passages.join(", ") };
            let of = if it.purpose == "generation" { String::new() } else { format!(" for the {}", it.purpose) };
            let query = shortened(&it.query);
            self.page.field("retrieved", &format!("from {}{of}, by \"{query}\": {passages}", it.knowledge))?;
        }
        Ok(())
    }

    /// A person's decision.
    fn decision(&mut self, attempt: &AttemptRecord, by: &str, earlier: &str) -> io::Result<()> {
        self.page.heading(&format!("Decision: {}{earlier}", attempt.outcome))?;
        self.page.field("decided by", by)?;
        self.page.field("decided at", &attempt.decided_at)?;
        self.page.field("detail", attempt.detail.as_deref().unwrap_or_default())?;
        self.claims(&attempt.claims)
    }

    /// The verdicts of several judges, or of one that scores by criteria.
    fn opinions(&mut self, attempt: &AttemptRecord) -> io::Result<()> {
        for it in &attempt.opinions {
            let model = it.model.as_deref().unwrap_or("no model");
            let scores = it.scores.as_ref().map_or_else(String::new, |scores| format!(" {scores}"));
            self.page.field("judge", &format!("{} ({model}): {}, score {}{scores}", it.judge, it.verdict, it.score))?;
        }
        Ok(())
    }

    fn verdict(&mut self, attempt: &AttemptRecord) -> io::Result<()> {
        if attempt.judge_prompt.is_empty() && attempt.verdict.is_none() {
            return Ok(());
        }
        for message in &attempt.judge_prompt {
            self.page.part(&format!("to the judge: {}", message.role), &message.content)?;
        }
        if let Some(answer) = &attempt.judge_answer {
            self.page.part("the judge's answer", answer)?;
        }
        self.opinions(attempt)?;
        if let Some(verdict) = &attempt.verdict {
            let score = attempt.score.map_or_else(String::new, |it| format!(", score {it}"));
            self.page.field("verdict", &format!("{verdict}{score}"))?;
        }
        if let Some(Value::Array(reasons)) = &attempt.reasons {
            for reason in reasons {
                self.page.field("reason", &plain(reason))?;
            }
        }
        Ok(())
    }

    fn calls(&mut self, calls: &[CallRecord]) -> io::Result<()> {
        if calls.is_empty() {
            return Ok(());
        }
        self.page.heading("Calls")?;
        let format = if self.page.md { RowFormat::Md } else { RowFormat::Table };
        let columns: Vec<String> = CALL.iter().map(|it| (*it).to_owned()).collect();
        let table: Vec<Vec<Cell>> = calls.iter().map(call_cells).collect();
        if format == RowFormat::Table {
            return writeln!(self.page.out, "{}", rows::table(&columns, &table, self.target));
        }
        let mut writer = RowPrinter::begin(&mut *self.page.out, format, self.target, columns)?;
        table.into_iter().try_for_each(|row| writer.row(row))?;
        writer.finish().map(|_| ())
    }
}

const CALL: &[&str] =
    &["purpose", "outcome", "model", "http", "ms", "tokens_in", "tokens_out", "cost_usd", "started_at", "error"];

fn call_cells(call: &CallRecord) -> Vec<Cell> {
    // A blank reads better than a word for what is unknown.
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

/// A question on one line, cut where it is long.
fn shortened(query: &str) -> String {
    const MAX_CHARS: usize = 80;
    let line = query.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_CHARS { line } else { line.chars().take(MAX_CHARS).collect::<String>() + "…" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::Terminal;
    use crate::record::VariantAt;
    use crate::view::{fixture, item};

    fn story(row: u64, md: bool) -> String {
        let connection = fixture::run_file();
        let item = item::gather(
            &connection,
            item::find_row(&connection, row, None, VariantAt::BASE).unwrap().rowid,
            VariantAt::BASE,
        )
        .unwrap();
        let mut out = Vec::new();
        let terminal = Terminal::plain();
        StoryPage { page: Page { out: &mut out, md, paint: terminal.out }, target: terminal.print_target() }
            .tell(&item)
            .unwrap();
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
}
