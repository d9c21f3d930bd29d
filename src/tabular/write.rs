//! Writes texts as cells of psv and csv.

/// Appends a psv cell: backslash, line feed, carriage return, tab and pipe as `\\`, `\n`, `\r`, `\t` and `\|`, and a
/// quote that a cell begins with, blanks aside, as `\"`, all else as it is. Cells are joined with `|`, rows end with a
/// line feed, and the reader gives the same texts back.
pub fn psv_cell(value: &str, out: &mut String) {
    let mut rest = value;
    if let Some(after) = value.trim_start_matches(' ').strip_prefix('"') {
        let blanks = value.len() - after.len() - 1;
        out.push_str(&value[..blanks]);
        out.push_str("\\\"");
        rest = after;
    }
    while let Some(at) = rest.find(['\\', '\n', '\r', '\t', '|']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            _ => "\\|",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Appends a csv cell as RFC 4180 writes it: quoted if it holds a comma, a quote or a line end, or begins or ends
/// with white space.
///
/// With `spreadsheet_safe`, a cell that a spreadsheet might run as a formula gets a leading `'`: one that begins with
/// `=`, `+`, `-` or `@`, full-width ones included, after white space too, or with a tab or a line end. Plain numbers
/// such as `-1.5` stay as they are. A marked cell does not read back as it was.
///
/// An empty cell is written as nothing, so a row whose only cell is empty is a blank line, which readers skip: write
/// `""` for it.
pub fn csv_cell(value: &str, spreadsheet_safe: bool, out: &mut String) {
    let marked = spreadsheet_safe && is_formula(value);
    let at_the_ends = value.starts_with(char::is_whitespace) || value.ends_with(char::is_whitespace);
    if !at_the_ends && !value.contains([',', '"', '\n', '\r']) {
        out.push_str(if marked { "'" } else { "" });
        out.push_str(value);
        return;
    }
    out.push('"');
    out.push_str(if marked { "'" } else { "" });
    for (index, part) in value.split('"').enumerate() {
        out.push_str(if index == 0 { "" } else { "\"\"" });
        out.push_str(part);
    }
    out.push('"');
}

/// A cell without the `'` that marks it as no formula.
#[must_use]
pub fn unmarked_cell(value: &str) -> &str {
    value.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(value)
}

fn is_formula(value: &str) -> bool {
    let invisible = |c: char| c.is_whitespace() || c.is_control() || super::normalise::is_zero_width(c);
    value.starts_with(['\t', '\r', '\n'])
        || (value.trim_start_matches(invisible).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
            && !is_number(value))
}

/// Whether the cell is a number in digits, so not `-inf` either.
fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        && value.parse::<f64>().is_ok()
}
