//! The quality report of a test set: whole, as Markdown, and in a few lines.

use std::fmt::Write as _;

use serde_json::Value;

use super::rows::markdown as cell;
use super::text::thousands;
use crate::testset::{Alike, LengthRow, Named, Quality, Repeated};

/// The first line of a report as Markdown.
const TITLE: &str = "# Quality of the test set";

/// Whether a file is a quality report, as Markdown or as JSON.
#[must_use]
pub fn is_report(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let has_keys = |value: &Value| ["spread", "lengths", "near_duplicates"].iter().all(|key| value.get(key).is_some());
    text.lines().next() == Some(TITLE) || serde_json::from_str(text).is_ok_and(|value| has_keys(&value))
}

/// What repeats or looks wrong, in a line each; empty if nothing does.
#[must_use]
pub fn summary(quality: &Quality) -> Vec<String> {
    let mut lines = Vec::new();
    for alike in &quality.near_duplicates {
        let count = alike.equal.count + alike.near.count;
        if count > 0 {
            let named = Named { count, first: [&alike.equal.first[..], &alike.near.first[..]].concat() };
            lines.push(format!("near-duplicates, {}: {}", alike.of, shown(&named)));
        }
    }
    for (title, named) in lists(quality) {
        if named.count > 0 {
            lines.push(format!("{}: {}", title.to_lowercase(), shown(named)));
        }
    }
    if let Some(Repeated { criterion, examples }) = quality.repeated_criteria.first() {
        let examples = thousands(*examples);
        lines.push(format!("the most frequent criterion stands in {examples} examples: {criterion}"));
    }
    lines
}

/// The lists of what looks wrong, with their titles.
fn lists(quality: &Quality) -> [(&'static str, &Named); 6] {
    [
        ("Placeholders", &quality.placeholders),
        ("Empty expected outputs", &quality.empty_outputs),
        ("Very short expected outputs", &quality.short_outputs),
        ("Expected outputs equal to the message", &quality.outputs_like_input),
        ("Policies that nothing names", &quality.unused_policies),
        ("Use cases without a corner case", &quality.without_corner),
    ]
}

/// The number of a list and its first members.
fn shown(named: &Named) -> String {
    const MOST: usize = 3;
    let first: Vec<&str> = named.first.iter().take(MOST).map(String::as_str).collect();
    let more = if named.count > first.len() as u64 { ", …" } else { "" };
    format!("{} ({}{more})", thousands(named.count), first.join(", "))
}

/// The whole report as Markdown.
#[must_use]
pub fn markdown(quality: &Quality) -> String {
    let mut page = format!("{TITLE}\n\nNothing here is a fault: read it before you use the set.\n");
    for (of, counts) in &quality.spread {
        if !counts.is_empty() {
            let rows = counts.iter().map(|(word, count)| format!("| {} | {} |", cell(word), thousands(*count)));
            table(&mut page, &format!("By {of}"), &format!("| {of} | count |\n| --- | ---: |"), rows);
        }
    }
    let head = "| | texts | shortest | median | longest |\n| --- | ---: | ---: | ---: | ---: |";
    let row = |it: &LengthRow| {
        format!("| {} | {} | {} | {} | {} |", it.of, count(it.texts), count(it.min), count(it.median), count(it.max))
    };
    table(&mut page, "Lengths in characters", head, quality.lengths.iter().map(row));
    if let Some(first) = quality.lengths.first() {
        let up_to = |it: Option<usize>| it.map_or_else(|| "more".to_owned(), |most| format!("≤ {}", count(most)));
        let ends: Vec<String> = first.buckets.iter().map(|it| up_to(it.up_to)).collect();
        let head = format!("| texts of | {} |\n| --- |{}", ends.join(" | "), " ---: |".repeat(ends.len()));
        let row = |it: &LengthRow| {
            let counts: Vec<String> = it.buckets.iter().map(|it| thousands(it.texts)).collect();
            format!("| {} | {} |", it.of, counts.join(" | "))
        };
        table(&mut page, "Texts by length", &head, quality.lengths.iter().map(row));
    }
    let head = "| | texts | equal to one before | nearly equal | compared letter by letter |\n\
                | --- | ---: | ---: | ---: | ---: |";
    let row = |it: &Alike| {
        let (equal, near) = (thousands(it.equal.count), thousands(it.near.count));
        format!("| {} | {} | {equal} | {near} | {} |", it.of, count(it.texts), count(it.compared))
    };
    table(&mut page, "Near-duplicates", head, quality.near_duplicates.iter().map(row));
    for alike in &quality.near_duplicates {
        for pair in alike.equal.first.iter().chain(&alike.near.first) {
            line(&mut page, format_args!("- {}: {}", alike.of, cell(pair)));
        }
    }
    for (title, named) in lists(quality) {
        line(&mut page, format_args!("\n## {title}\n\n{}", thousands(named.count)));
        if named.count > 0 {
            page.push('\n');
        }
        for name in &named.first {
            line(&mut page, format_args!("- {}", cell(name)));
        }
        if named.count > named.first.len() as u64 {
            page.push_str("- …\n");
        }
    }
    let row = |it: &Repeated| format!("| {} | {} |", cell(&it.criterion), thousands(it.examples));
    let head = "| criterion | examples |\n| --- | ---: |";
    table(&mut page, "Criteria of several examples", head, quality.repeated_criteria.iter().map(row));
    page
}

fn table(page: &mut String, title: &str, head: &str, rows: impl Iterator<Item = String>) {
    line(page, format_args!("\n## {title}\n\n{head}"));
    for row in rows {
        line(page, format_args!("{row}"));
    }
}

fn line(page: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{line}");
}

fn count(number: usize) -> String {
    thousands(number as u64)
}
