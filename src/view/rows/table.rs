//! Tables and blocks for people. It belongs to the command (feature `cli`).
//!
//! A table on a terminal gives each column the width that it needs: a short column its longest cell, a column of
//! running text enough for its longest word and a few more, and longer texts continue on the next line. Where no table
//! fits, each record is a block with one column a line.

use comfy_table::{Attribute, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::text;
use super::Cell;

/// The longest rule above a block.
const RULE: usize = 80;
/// Characters of a value that a table on a terminal shows, or a block that stands in for one.
const CUT: usize = 1_000;
/// The same of one that is shown whole: the rest of a longer one is cut too.
const WHOLE_CUT: usize = 4_000;
/// The least width of a column of running text.
const PROSE: usize = 20;
/// The longest word that is not broken.
const LONGEST_WORD: usize = 40;
/// The least width of the values in a block beside their names.
const NARROWEST: usize = 20;

/// What a table is printed to.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrintTarget {
    /// Whether it is a terminal: then nothing in a value may act on it.
    pub terminal: bool,
    /// Whether it shows styles.
    pub colour: bool,
    /// The columns of the terminal; `None` elsewhere: then a table is as wide as it gets.
    pub width: Option<usize>,
    /// Whether cells of a table are shown with their lines, and more of them, instead of on one line.
    pub whole: bool,
}

/// A few rows as a table, or as blocks where a table does not fit.
#[must_use]
pub fn table(columns: &[String], rows: &[Vec<Cell>], target: PrintTarget) -> String {
    piece(columns, rows, target, 1)
}

/// The same for rows of which the first has the number `first`.
pub(super) fn piece(columns: &[String], rows: &[Vec<Cell>], target: PrintTarget, first: u64) -> String {
    // What goes into a file or a pipe is not cut.
    let most = target.width.map(|_| if target.whole { WHOLE_CUT } else { CUT });
    let cut = |shown: &str| most.map_or_else(|| shown.to_owned(), |most| text::cut(shown, most).into_owned());
    let shown = |cell: &Cell| match cell {
        Cell::Null => "NULL".to_owned(),
        other if target.whole => cut(&text::block(&other.to_text())).replace('\t', "    "),
        other => cut(&text::line(&other.to_text())),
    };
    let header: Vec<String> = columns.iter().map(|it| text::line(it).into_owned()).collect();
    let texts: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(shown).collect()).collect();
    let Some(width) = target.width else { return grid(&header, rows, &texts, target, false) };
    match column_widths(&header, &texts, width) {
        Some(widths) => {
            let fit = |row: &Vec<String>| -> Vec<String> {
                row.iter().zip(&widths).map(|(text, width)| wrap(text, *width).join("\n")).collect()
            };
            grid(&fit(&header), rows, &texts.iter().map(fit).collect::<Vec<_>>(), target, false)
        }
        None if fits_tightly(&header, &texts, width) => grid(&header, rows, &texts, target, true),
        None => {
            let blocks = (first..).zip(rows).map(|(number, row)| record(columns, row, number, most, target));
            blocks.collect::<Vec<_>>().join("\n").trim_end().to_owned()
        }
    }
}

/// One record as a block: its number, and a line for each column. `most` is how many characters of a value are shown.
pub(super) fn record(
    columns: &[String],
    row: &[Cell],
    number: u64,
    most: Option<usize>,
    target: PrintTarget,
) -> String {
    let paint = |code: &str, shown: &str| {
        if target.colour { format!("\u{1b}[{code}m{shown}\u{1b}[0m") } else { shown.to_owned() }
    };
    let names: Vec<String> = columns.iter().map(|it| text::line(it).into_owned()).collect();
    let widest = names.iter().map(|it| it.width()).max().unwrap_or_default();
    let full = target.width.unwrap_or(RULE);
    // A name that leaves no room for its value stands on a line of its own.
    let indent = if widest + 2 + NARROWEST > full { 2 } else { widest + 2 };
    let room = target.width.map(|width| width.saturating_sub(indent).max(1));
    let head = format!("─ {number} ");
    let mut block = paint("1", &format!("{head}{}", "─".repeat(full.min(RULE).saturating_sub(head.width()))));
    block.push('\n');
    for (name, cell) in names.iter().zip(row) {
        block.push_str(&paint("1", name));
        let mut lines = value_lines(cell, most, room).into_iter().peekable();
        if name.width() + 2 > indent {
            block.push('\n');
        } else if let Some(first) = lines.next() {
            if !first.is_empty() {
                block.push_str(&" ".repeat(indent - name.width()));
                block.push_str(&if *cell == Cell::Null { paint("2", &first) } else { first });
            }
            block.push('\n');
        }
        for line in lines {
            block.push_str(format!("{}{line}", " ".repeat(indent)).trim_end());
            block.push('\n');
        }
    }
    block
}

/// The lines of a value in a block; at least one.
fn value_lines(cell: &Cell, most: Option<usize>, room: Option<usize>) -> Vec<String> {
    let text = if *cell == Cell::Null { "NULL".to_owned() } else { cell.to_text() };
    let text = text.replace("\r\n", "\n");
    let text = match most {
        Some(most) => text::cut(&text, most).into_owned(),
        None => text,
    };
    let text = text::block(&text).replace('\t', "    ");
    match room {
        Some(room) => wrap(text.trim_end_matches('\n'), room),
        None => text.trim_end_matches('\n').split('\n').map(str::to_owned).collect(),
    }
}

/// Whether the cells fit as they are, with one blank between two columns.
fn fits_tightly(header: &[String], texts: &[Vec<String>], width: usize) -> bool {
    let widest = |index: usize| {
        let cells = std::iter::once(header).chain(texts.iter().map(Vec::as_slice)).filter_map(|row| row.get(index));
        cells.flat_map(|it| it.split('\n')).map(UnicodeWidthStr::width).max().unwrap_or_default()
    };
    (0..header.len()).map(|index| widest(index) + 1).sum::<usize>() <= width + 1
}

/// A grid of texts, each of one or more lines; `rows` says what is null and what is a number.
fn grid(header: &[String], rows: &[Vec<Cell>], texts: &[Vec<String>], target: PrintTarget, is_tight: bool) -> String {
    let mut table = Table::new();
    table.load_style(
        TableStyle::new()
            .header_lines(ContentLineStyle::none())
            .header_separator(LineStyle::none().fill('─').junction('─'))
            .content_lines(ContentLineStyle::none()),
    );
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.force_no_tty();
    if target.colour {
        table.enforce_styling();
    }
    let styled = |cell: comfy_table::Cell, attribute| if target.colour { cell.add_attribute(attribute) } else { cell };
    table.set_header(header.iter().map(|it| styled(comfy_table::Cell::new(it), Attribute::Bold)));
    for (row, texts) in rows.iter().zip(texts) {
        table.add_row(row.iter().zip(texts).map(|(cell, text)| match cell {
            Cell::Null => styled(comfy_table::Cell::new(text), Attribute::Dim),
            _ => comfy_table::Cell::new(text),
        }));
    }
    if is_tight {
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 0));
        });
    }
    for index in 0..header.len() {
        let mut filled = rows.iter().filter_map(|row| row.get(index)).filter(|it| !it.is_empty()).peekable();
        if filled.peek().is_some()
            && filled.all(Cell::is_number)
            && let Some(column) = table.column_mut(index)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// The widths of the columns of a table that fits into `width`; `None` if one of them would be too narrow to read.
fn column_widths(header: &[String], texts: &[Vec<String>], width: usize) -> Option<Vec<usize>> {
    let count = header.len();
    // A blank on each side of a cell, and one between two of them.
    let room = width.checked_sub((3 * count).saturating_sub(1))?;
    let mut natural = vec![0; count];
    let mut needed = vec![0; count];
    for row in std::iter::once(header).chain(texts.iter().map(Vec::as_slice)) {
        for (index, text) in row.iter().enumerate().take(count) {
            let widest = text.split('\n').map(UnicodeWidthStr::width).max().unwrap_or_default();
            let word = text.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or_default();
            natural[index] = natural[index].max(widest);
            needed[index] = needed[index].max(word.min(LONGEST_WORD));
        }
    }
    for (needed, natural) in needed.iter_mut().zip(&natural) {
        *needed = (*needed).max(PROSE).min(*natural);
    }
    let mut rest = room.checked_sub(needed.iter().sum())?;
    // What is left goes to the columns that want more, in equal parts.
    loop {
        let wanting: Vec<usize> = (0..count).filter(|it| needed[*it] < natural[*it]).collect();
        if wanting.is_empty() || rest == 0 {
            return Some(needed);
        }
        let share = (rest / wanting.len()).max(1);
        for index in wanting {
            let more = share.min(natural[index] - needed[index]).min(rest);
            needed[index] += more;
            rest -= more;
        }
    }
}

/// The lines of a text within `width`, broken between words, or within a word that is too long; at least one.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        if line.width() <= width {
            lines.push(line.to_owned());
            continue;
        }
        let mut current = String::new();
        for word in line.split_inclusive(' ') {
            let bare = word.trim_end_matches(' ');
            if !current.is_empty() && current.width() + bare.width() > width {
                lines.push(std::mem::take(&mut current).trim_end().to_owned());
            }
            for character in word.chars() {
                if current.width() + character.width().unwrap_or(0) > width && character != ' ' {
                    lines.push(std::mem::take(&mut current));
                }
                current.push(character);
            }
        }
        lines.push(current.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests;
