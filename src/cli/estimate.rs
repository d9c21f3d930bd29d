//! The output of `run --dry-run`: the requests, their cost, and how long they take.

use std::io::Write;
use std::time::Duration;

use super::error::CliError;
use super::exit::Exit;
use super::progress::duration;
use super::terminal::{Terminal, shown_path};
use crate::engine::{Estimate, ItemEstimate, Money, RequestEstimate};
use crate::view::rows::{self, Cell};
use crate::view::text::{line, thousands, usd};

const COLUMNS: [&str; 6] = ["asked", "model", "requests", "tokens_in", "tokens_out", "cost"];

/// Prints an estimate: for people, or as JSON.
pub fn show(estimate: &Estimate, json: bool, terminal: Terminal) -> Result<Exit, CliError> {
    if json {
        return Ok(terminal.json(estimate).map(|()| Exit::Done)?);
    }
    let mut out = terminal.stdout();
    people(&mut out, estimate, terminal)?;
    out.flush()?;
    Ok(Exit::Done)
}

fn people(out: &mut impl Write, estimate: &Estimate, terminal: Terminal) -> Result<(), CliError> {
    let paint = terminal.out;
    let db = shown_path(&estimate.db);
    let there = if estimate.recorded { "continues with" } else { "would make" };
    writeln!(out, "{}  nothing is sent or written; a run {there} {db}", paint.bold("dry run"))?;
    let Some(work_items) = estimate.work_items else {
        return unknown(out, estimate, terminal);
    };
    let [new, changed, open, answered] =
        [estimate.new, estimate.changed, estimate.open, estimate.answered].map(Option::unwrap_or_default);
    let to_ask = new + changed + open;
    let counts = [(new, "new"), (changed, "changed"), (open, "open")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", thousands(*count)))
        .collect();
    let which = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
    writeln!(
        out,
        "\n  {} work items: {} to ask{which}, {} answered from the record",
        thousands(work_items),
        thousands(to_ask),
        thousands(answered)
    )?;
    if estimate.decided_by_tape > 0 {
        let of = if estimate.sampled < to_ask {
            format!(" of {} looked at", thousands(estimate.sampled))
        } else {
            String::new()
        };
        writeln!(
            out,
            "  {}{of} are decided by answers on record, without a call",
            thousands(estimate.decided_by_tape)
        )?;
    }
    if to_ask == 0 {
        return notes(out, estimate, terminal);
    }
    writeln!(out, "\n{}", table(estimate, terminal))?;
    writeln!(out, "\n  cost   {}", cost(estimate))?;
    if estimate.max_attempts > 1
        && let Some(most) = estimate.cost_most_usd.filter(|most| *most > Money::ZERO)
    {
        writeln!(
            out,
            "         at most {}, if every work item needs all {} attempts (`llm.retries`) with the longest answers",
            usd(most.to_usd()),
            estimate.max_attempts
        )?;
    }
    each_item(out, estimate)?;
    if estimate.requests.iter().any(|it| it.requests > 0 && it.asks_provider) {
        let seconds = estimate.seconds.unwrap_or_default();
        let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        writeln!(out, "  time   about {}: {}", duration(time), line(&estimate.bounded_by))?;
    }
    for it in estimate.requests.iter().filter(|it| it.requests > 0) {
        let step = if estimate.per_item.len() > 1 { format!("{}: ", it.step) } else { String::new() };
        writeln!(out, "\n  {}", paint.dim(&line(&format!("{step}{}", grounds(it)))))?;
    }
    notes(out, estimate, terminal)
}

/// Says that no step that was asked for is estimated; the notes say why.
fn unknown(out: &mut impl Write, estimate: &Estimate, terminal: Terminal) -> Result<(), CliError> {
    writeln!(out, "\n  work items to ask: unknown")?;
    writeln!(out, "\n  cost   {}", cost(estimate))?;
    notes(out, estimate, terminal)
}

fn cost(estimate: &Estimate) -> String {
    range(estimate.cost_low_usd.map(Money::to_usd), estimate.cost_high_usd.map(Money::to_usd), usd)
}

/// The requests to each model, with the step where there are several.
fn table(estimate: &Estimate, terminal: Terminal) -> String {
    let several = estimate.per_item.len() > 1;
    let step = several.then(|| "step".to_owned());
    let columns: Vec<String> = step.into_iter().chain(COLUMNS.map(str::to_owned)).collect();
    let named = |it: &RequestEstimate| several.then(|| Cell::from(it.step.as_str()));
    let table: Vec<Vec<Cell>> =
        estimate.requests.iter().map(|it| named(it).into_iter().chain(cells(it)).collect()).collect();
    rows::table(&columns, &table, terminal.print_target())
}

/// What a work item of each step needs on average.
fn each_item(out: &mut impl Write, estimate: &Estimate) -> Result<(), CliError> {
    for it in estimate.per_item.iter().filter(|it| it.work_items > 0) {
        // The only step of a plain batch needs no name.
        let of = if it.step == "generate" { String::new() } else { format!(" of {}", line(&it.step)) };
        writeln!(out, "  each   a work item{of}: {}", means(it))?;
    }
    Ok(())
}

fn notes(out: &mut impl Write, estimate: &Estimate, terminal: Terminal) -> Result<(), CliError> {
    for note in &estimate.notes {
        writeln!(out, "\n{} {}", terminal.out.yellow("note:"), line(note))?;
    }
    Ok(())
}

fn cells(it: &RequestEstimate) -> Vec<Cell> {
    #[expect(clippy::cast_precision_loss, reason = "a range for people")]
    let [low, high] = [Some(it.output_tokens_low as f64), it.output_tokens_high.map(|high| high as f64)];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they were whole numbers")]
    let tokens = |count: f64| thousands(count as u64);
    vec![
        Cell::Text(asked(it)),
        Cell::from(it.model.as_str()),
        Cell::Text(thousands(it.requests)),
        Cell::Text(thousands(it.input_tokens)),
        Cell::Text(range(low, high, tokens)),
        Cell::Text(range(it.cost_low_usd, it.cost_high_usd, usd)),
    ]
}

fn range(low: Option<f64>, high: Option<f64>, show: impl Fn(f64) -> String) -> String {
    match (low, high) {
        (Some(low), Some(high)) if low < high => format!("{} – {}", show(low), show(high)),
        (Some(low), Some(_)) => show(low),
        (Some(low), None) => format!("{} or more", show(low)),
        (None, _) => "unknown".to_owned(),
    }
}

/// The means of a work item, its judges included.
fn means(it: &ItemEstimate) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "means of counts")]
    let [input, output] = [it.input_tokens, it.output_tokens].map(|count| thousands(count.round() as u64));
    let cost = it.cost_usd.map_or_else(|| "cost unknown".to_owned(), usd);
    format!("about {input} tokens in, {output} expected out, {cost}")
}

/// Who is asked: `generation`, `judge`, or `judge <name>`.
fn asked(it: &RequestEstimate) -> String {
    it.judge.as_ref().map_or_else(|| it.purpose.to_owned(), |name| format!("{} {name}", it.purpose))
}

/// Says what the figures of one model are based on.
fn grounds(it: &RequestEstimate) -> String {
    if !it.asks_provider {
        return format!("{}: free, since no provider is asked", asked(it));
    }
    let price = match (&it.price_source, &it.price_date) {
        (Some(source), Some(date)) => format!("price of {date} from {source}"),
        (Some(source), None) => format!("price from {source}"),
        (None, _) => "no price known".to_owned(),
    };
    let out = if it.is_given { "tokens out" } else { "the least of tokens out" };
    format!("{}: tokens in {}; {out}: {}; {price}", asked(it), it.counted, it.output_from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn estimate() -> Estimate {
        let requests = |purpose, price: Option<&str>| RequestEstimate {
            step: "generate".into(),
            purpose,
            judge: None,
            model: "gpt-4o-mini".into(),
            requests: 1200,
            input_tokens: 480_000,
            counted: "counted with o200k_base",
            output_tokens_low: 24_000,
            output_from: "a made-up answer that is valid".into(),
            is_given: false,
            output_tokens_high: Some(1_228_800),
            cost_low_usd: price.map(|_| 0.0864),
            cost_high_usd: price.map(|_| 0.809_28),
            asks_provider: true,
            price_source: price.map(str::to_owned),
            price_date: price.map(|_| "2026-08-02".to_owned()),
        };
        Estimate {
            db: PathBuf::from("demo/tickets.db"),
            recorded: true,
            work_items: Some(2000),
            new: Some(1000),
            changed: Some(0),
            open: Some(200),
            answered: Some(800),
            sampled: 600,
            decided_by_tape: 3,
            expect_output_tokens: None,
            requests: vec![requests("generation", Some("https://example.org/prices")), requests("judge", None)],
            per_item: vec![ItemEstimate {
                step: "generate".into(),
                work_items: 1200,
                requests: 2.0,
                input_tokens: 800.0,
                output_tokens: 40.0,
                cost_usd: None,
            }],
            cost_low_usd: None,
            cost_high_usd: None,
            cost_most_usd: None,
            max_attempts: 6,
            seconds: Some(75.0),
            bounded_by: "32 in flight (`llm.max_workers`), 2 s each, which is assumed".into(),
            notes: vec!["tokens were counted on 600 of 1200 work items".into()],
        }
    }

    fn shown(estimate: &Estimate) -> String {
        let mut out = Vec::new();
        people(&mut out, estimate, Terminal::plain()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_read_ranges_and_what_they_stand_on() {
        insta::assert_snapshot!(shown(&estimate()));
    }

    #[test]
    fn nothing_to_ask_is_said_in_few_words() {
        let nothing = Estimate { new: Some(0), open: Some(0), answered: Some(2000), decided_by_tape: 0, ..estimate() };
        let said = "2,000 work items: 0 to ask, 2,000 answered from the record\n";
        assert!(shown(&nothing).ends_with(&format!("{said}\nnote: {}\n", nothing.notes[0])));
        assert!(shown(&Estimate { notes: Vec::new(), ..nothing }).ends_with(said));
    }
}
