//! Writes Markdown tables, for the readers of formats that have tables of their own.

/// How many cells may be made for spans in one table. Beyond it a cell stands in its first column alone.
const MAX_MADE_CELLS: usize = 100_000;

/// How many columns spans may make.
const MAX_MADE_COLUMNS: usize = 1_000;

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its text in Markdown, which may have several lines.
    pub(super) text: String,
    /// The columns that it spans.
    pub(super) columns: usize,
    /// The rows that it spans.
    pub(super) rows: usize,
}

impl Cell {
    pub(super) fn new(text: String) -> Self {
        Self { text, columns: 1, rows: 1 }
    }
}

/// A Markdown table, without a line end at its end. The first row is its header, since Markdown has no table without
/// one. A cell that spans columns or rows stands in the first of them, and leaves the others empty. Lines within a cell
/// are joined with `<br>`.
pub(super) fn markdown_table(rows: &[Vec<Cell>]) -> String {
    let rows = spread(rows);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut table = String::new();
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            table.push('\n');
        }
        table.push('|');
        for text in row {
            push_cell(&mut table, text);
        }
        // The header says how many columns there are; in other rows missing cells are empty.
        if index == 0 {
            (row.len()..columns).for_each(|_| push_cell(&mut table, ""));
            table.push_str("\n|");
            (0..columns).for_each(|_| table.push_str(" --- |"));
        }
    }
    table
}

fn push_cell(table: &mut String, text: &str) {
    table.push(' ');
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if let Some(line) = lines.next() {
        push_escaped(table, line);
    }
    for line in lines {
        table.push_str("<br>");
        push_escaped(table, line);
    }
    if !table.ends_with(' ') {
        table.push(' ');
    }
    table.push('|');
}

fn push_escaped(table: &mut String, line: &str) {
    for character in line.chars() {
        if character == '|' {
            table.push('\\');
        }
        table.push(character);
    }
}

/// The cells with their spans filled with empty ones.
fn spread(rows: &[Vec<Cell>]) -> Vec<Vec<&str>> {
    let mut made = 0;
    // For each column, how many rows a cell above still covers.
    let mut covered: Vec<usize> = Vec::new();
    let mut spread = Vec::new();
    for row in rows {
        let mut texts = Vec::new();
        for cell in row {
            made += skip_covered(&mut texts, &mut covered);
            let fits = made < MAX_MADE_CELLS;
            let columns =
                if fits { cell.columns.clamp(1, MAX_MADE_COLUMNS.saturating_sub(texts.len()).max(1)) } else { 1 };
            let rows = if fits { cell.rows.max(1) } else { 1 };
            covered.resize(covered.len().max(texts.len() + columns), 0);
            covered[texts.len()..texts.len() + columns].fill(rows - 1);
            texts.push(cell.text.as_str());
            texts.extend(std::iter::repeat_n("", columns - 1));
            made += columns - 1;
        }
        if made < MAX_MADE_CELLS {
            made += skip_covered(&mut texts, &mut covered);
            // Columns to the right of this row's last cell.
            covered.iter_mut().skip(texts.len()).for_each(|rows| *rows = rows.saturating_sub(1));
        } else {
            covered.clear();
        }
        spread.push(texts);
    }
    spread
}

/// Adds an empty cell for each column from the next on that a cell above covers; returns how many.
fn skip_covered(texts: &mut Vec<&str>, covered: &mut [usize]) -> usize {
    let start = texts.len();
    while let Some(rows) = covered.get_mut(texts.len()).filter(|rows| **rows > 0) {
        *rows -= 1;
        texts.push("");
    }
    texts.len() - start
}
