//! The tables of an experiment on the terminal, and its figures as data.

use std::fmt::Write as _;
use std::io::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::terminal::Terminal;
use crate::view::evaluation::{self, Evaluation, FigureTable};
use crate::view::rows::{self, Cell, PrintTarget, RowFormat};
use crate::view::text;

/// Prints an evaluation to stdout. `json` is the whole of it; `table` and `md` are tables and sentences for people; the
/// other formats have a row for each variant.
pub fn print(evaluation: &Evaluation, format: RowFormat, terminal: Terminal) -> std::io::Result<()> {
    let mut out = terminal.stdout();
    match format {
        RowFormat::Json => return terminal.json(evaluation),
        RowFormat::Table => out.write_all(render(evaluation, terminal.print_target()).as_bytes())?,
        RowFormat::Md => out.write_all(markdown(evaluation).as_bytes())?,
        format => {
            drop(out);
            let mut rows = terminal.rows(format, evaluation::columns(evaluation))?;
            evaluation::rows(evaluation).into_iter().try_for_each(|it| rows.row(it))?;
            rows.finish()?;
            return Ok(());
        }
    }
    out.flush()
}

/// The tables, one under the other, then what they mean.
fn render(evaluation: &Evaluation, target: PrintTarget) -> String {
    let bold = |shown: &str| if target.colour { format!("\u{1b}[1m{shown}\u{1b}[0m") } else { shown.to_owned() };
    let mut page = format!("{}\n", text::line(&evaluation::about(evaluation)));
    for table in evaluation::tables(evaluation) {
        let _ = writeln!(page, "\n{}", bold(&text::line(&table.title)));
        let parts: Vec<String> = parts(&table, target.width).iter().map(|it| grid(&table, it, target)).collect();
        let _ = writeln!(page, "{}", parts.join("\n\n"));
        for note in &table.notes {
            let _ = writeln!(page, "{}", text::line(note));
        }
    }
    let conclusion = evaluation::conclusion(evaluation);
    if !conclusion.is_empty() {
        page.push('\n');
    }
    for sentence in conclusion {
        let _ = writeln!(page, "{}", bold(&text::line(&sentence)));
    }
    page
}

fn markdown(evaluation: &Evaluation) -> String {
    let mut page = format!("{}\n", rows::markdown(&evaluation::about(evaluation)));
    for table in evaluation::tables(evaluation) {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let _ = writeln!(page, "\n## {}\n", rows::markdown(&table.title));
        page.push_str(&line(table.columns.iter().map(|it| rows::markdown(&it.name)).collect()));
        let rule = |is_number| if is_number { "---:" } else { "---" };
        page.push_str(&line(table.columns.iter().map(|it| rule(it.is_number).to_owned()).collect()));
        for row in &table.rows {
            page.push_str(&line(row.iter().map(|it| rows::markdown(it)).collect()));
        }
        for note in &table.notes {
            let _ = writeln!(page, "\n{}", rows::markdown(note));
        }
    }
    for sentence in evaluation::conclusion(evaluation) {
        let _ = writeln!(page, "\n{}", rows::markdown(&sentence));
    }
    page
}

/// The columns of a table that fit beside each other, each part with the first column.
fn parts(table: &FigureTable, width: Option<usize>) -> Vec<Vec<usize>> {
    let natural = |index: usize| {
        let name = table.columns.get(index).map_or(0, |it| it.name.width());
        table.rows.iter().filter_map(|row| row.get(index)).map(|it| text::line(it).width()).fold(name, usize::max)
    };
    let rest = 1..table.columns.len();
    let Some(width) = width else { return vec![std::iter::once(0).chain(rest).collect()] };
    let first = natural(0) + 1;
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut used = usize::MAX;
    for index in rest {
        let wide = natural(index) + 1;
        match parts.last_mut().filter(|_| used + wide <= width + 1) {
            Some(part) => {
                part.push(index);
                used += wide;
            }
            None => {
                parts.push(vec![0, index]);
                used = first + wide;
            }
        }
    }
    parts
}

/// Some columns of a table, numbers lined up on the right.
fn grid(table: &FigureTable, part: &[usize], target: PrintTarget) -> String {
    let columns: Vec<_> = part.iter().filter_map(|index| table.columns.get(*index)).collect();
    let texts = |row: &Vec<String>| -> Vec<String> {
        part.iter().map(|index| row.get(*index).map_or_else(String::new, |it| text::line(it).into_owned())).collect()
    };
    let texts: Vec<Vec<String>> = table.rows.iter().map(texts).collect();
    let widest = |index: usize| {
        let name = columns.get(index).map_or(0, |it| it.name.width());
        texts.iter().filter_map(|row| row.get(index)).map(|it| it.width()).fold(name, usize::max)
    };
    let right = |shown: &str, width: usize| format!("{}{shown}", " ".repeat(width.saturating_sub(shown.width())));
    let widths: Vec<usize> = (0..columns.len()).map(widest).collect();
    let fit = |index: usize, shown: &str| match (columns.get(index), widths.get(index)) {
        (Some(column), Some(width)) if column.is_number => right(shown, *width),
        _ => shown.to_owned(),
    };
    let names: Vec<String> = columns.iter().enumerate().map(|(index, it)| fit(index, &it.name)).collect();
    let rows: Vec<Vec<Cell>> = texts
        .iter()
        .map(|row| row.iter().enumerate().map(|(index, it)| Cell::Text(fit(index, it))).collect())
        .collect();
    rows::table(&names, &rows, target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::evaluation::fixture;

    fn at(width: Option<usize>) -> String {
        render(&fixture::evaluation(), PrintTarget { width, ..PrintTarget::default() })
    }

    #[test]
    fn a_row_for_each_variant_then_each_against_the_baseline() {
        insta::assert_snapshot!(at(None), @"
        4 variants, 1,200 work items each, 1,180 with a gold answer.

        Variants, with 95 % intervals
         variant        valid   missing               accuracy     amount_error     helpful   cost/item   latency   tokens in    out
        ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
         small · v1 *   99.5%         6   0.881 [0.863, 0.897]   131 [119, 146]   undefined   $0.000210    812 ms         412   38.0
         small · v2     99.5%         6   0.879 [0.861, 0.895]   128 [116, 142]   undefined   $0.000250    812 ms         412   38.0
         large · v1     99.5%         6   0.902 [0.884, 0.918]   120 [108, 135]   undefined     unknown    812 ms         412   38.0
         large · v2     99.5%         6   0.912 [0.894, 0.928]   119 [107, 134]   undefined   $0.004100    812 ms         412   38.0
        * the baseline
        less is better: amount_error
        helpful is undefined for all variants: no work item has a score

        accuracy against the baseline small · v1
         variant      verdict                     difference         p   adjusted p   more items
        ─────────────────────────────────────────────────────────────────────────────────────────
         small · v2   inconclusive   -0.002 [-0.020, +0.016]    0.8200       0.8200      150,000
         large · v1   inconclusive   +0.021 [+0.002, +0.040]    0.0340       0.0680          420
         large · v2   better         +0.031 [+0.012, +0.050]   <0.0001      <0.0001            –
        better or worse: adjusted p below 0.05 and a difference of at least 0.01; adjusted by Holm over 3 comparisons
        p: mid-p McNemar

        Other metrics against the baseline small · v1
         variant      metric            difference        p
        ────────────────────────────────────────────────────
         small · v2   amount_error     -3 [-9, +2]   0.2800
         large · v1   amount_error   -11 [-17, -4]   0.0020
         large · v2   amount_error   -12 [-19, -6]   0.0004
        p: paired bootstrap

        Gates
         variant      valid >= 0.99   cost_per_item <= 0.002
        ─────────────────────────────────────────────────────
         small · v1    0.995 passed         $0.000210 passed
         small · v2    0.995 passed         $0.000250 passed
         large · v1    0.995 passed           unknown FAILED
         large · v2    0.995 passed         $0.004100 FAILED

        `large · v2` is better than the baseline `small · v1` by 3.1 points (accuracy, adjusted p <0.0001).
        Whether these are better or worse than the baseline `small · v1` in accuracy cannot be told at 5 %: `small · v2`, `large · v1`.
        2 of 8 gates fail: `large · v1`, `large · v2`.
        ");
    }

    #[test]
    fn a_narrow_terminal_gets_the_columns_one_part_below_the_other() {
        let shown = at(Some(80));
        let longest = shown.lines().filter(|it| it.contains('─')).map(unicode_width::UnicodeWidthStr::width).max();
        assert!(longest <= Some(80), "{shown}");
        let shown: Vec<&str> = shown.lines().skip(2).take(13).collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        Variants, with 95 % intervals
        variant      valid missing             accuracy   amount_error   helpful
        ────────────────────────────────────────────────────────────────────────
        small · v1 * 99.5%       6 0.881 [0.863, 0.897] 131 [119, 146] undefined
        small · v2   99.5%       6 0.879 [0.861, 0.895] 128 [116, 142] undefined
        large · v1   99.5%       6 0.902 [0.884, 0.918] 120 [108, 135] undefined
        large · v2   99.5%       6 0.912 [0.894, 0.928] 119 [107, 134] undefined

         variant        cost/item   latency   tokens in    out
        ───────────────────────────────────────────────────────
         small · v1 *   $0.000210    812 ms         412   38.0
         small · v2     $0.000250    812 ms         412   38.0
         large · v1       unknown    812 ms         412   38.0
        ");
    }

    #[test]
    fn markdown_has_the_same_tables() {
        let shown = markdown(&fixture::evaluation());
        assert_eq!(shown.matches("\n## ").count(), 4);
        assert!(
            shown.contains("| large · v2 | better | +0.031 \\[+0.012, +0.050] | \\<0.0001 | \\<0.0001 | – |"),
            "{shown}"
        );
    }
}
