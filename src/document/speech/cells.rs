//! The words of customers and operators in a table: [`said_in_table`].

use super::labels::{Label, bare, label_of, labelled};
use super::tone::{Column, Topic, column_of, is_wordy, may_be_rule, reads_like_customer, reads_like_rule};
use super::utterance::{Speaker, Utterance, UtteranceKind};
use super::vocabulary::{DIALOGS, SPEAKERS, any_in, words_of};

/// The share of a column's cells, in percent, that have to be messages.
const MOST: usize = 60;

/// What is said in the rows of a table, by their lines. A row with words of a customer and of an operator is a dialog,
/// and so are the rows of a table with a column of speakers. Dialogs are numbered on from `dialogs`.
pub(super) fn said_in_table(
    header: &[String],
    rows: &[(usize, Vec<String>)],
    topic: Option<Topic>,
    dialogs: &mut usize,
) -> Vec<Utterance> {
    let columns: Vec<Column> = header.iter().map(|it| column_of(it)).collect();
    let at = |wanted: Column| columns.iter().position(|it| *it == wanted);
    if let Some(speakers) = header.iter().position(|it| any_in(SPEAKERS, &words_of(it))) {
        let is_speaker = |cell: &str| label_of(cell).is_some_and(|it| it != Label::Note);
        let others = (0..header.len()).filter(|column| *column != speakers);
        if share(rows, speakers, is_speaker) >= MOST
            && let Some(texts) = others.max_by_key(|column| share(rows, *column, |cell| is_wordy(cell, 2)))
        {
            let dialog = header.iter().position(|it| any_in(DIALOGS, &words_of(it)));
            return turns(rows, (speakers, texts), dialog, dialogs);
        }
    }
    let Some(customers) = customers_column(&columns, rows, topic) else { return Vec::new() };
    let operators = at(Column::Operators).filter(|column| share(rows, *column, |cell| is_wordy(cell, 2)) >= MOST);
    let mut said = Vec::new();
    for (line, cells) in rows {
        let message = cells.get(customers).and_then(|cell| message(cell, *line));
        let answer =
            operators.and_then(|column| cells.get(column)).and_then(|cell| message_by(cell, *line, Speaker::Operator));
        let Some(message) = message else { continue };
        let dialog = answer.is_some().then(|| {
            *dialogs += 1;
            *dialogs
        });
        said.extend([Some(message), answer].into_iter().flatten().map(|it| Utterance { dialog, ..it }));
    }
    said
}

/// The column that has customers' messages.
fn customers_column(columns: &[Column], rows: &[(usize, Vec<String>)], topic: Option<Topic>) -> Option<usize> {
    // Under a heading about rules or operators, only a header that says so announces messages of customers.
    let is_elsewhere = matches!(topic, Some(Topic::Rules | Topic::Operators));
    let are = |column: usize, test: &dyn Fn(&str) -> bool| share(rows, column, test) >= MOST;
    let announced = |column: usize, kind: Column| {
        are(column, &|cell| is_wordy(cell, 2) && !reads_like_rule(cell))
            && (kind != Column::Perhaps && !is_elsewhere
                || topic == Some(Topic::Customers)
                || share(rows, column, reads_like_customer) * 2 >= MOST)
    };
    let most = if is_elsewhere { Column::Messages } else { Column::Operators };
    let mut ranked: Vec<(Column, usize)> = columns.iter().copied().zip(0..).filter(|(kind, _)| *kind < most).collect();
    ranked.sort_unstable();
    let found = ranked.into_iter().find(|(kind, column)| announced(*column, *kind));
    found.map(|(_, column)| column).or_else(|| {
        if is_elsewhere {
            return None;
        }
        let others = columns.iter().zip(0..).filter(|(kind, _)| **kind == Column::Other).map(|(_, column)| column);
        let mut reading = others.filter(|column| are(*column, &|cell| is_wordy(cell, 3) && !may_be_rule(cell)));
        reading.find(|column| rows.len() > 1 && are(*column, &reads_like_customer))
    })
}

/// The percentage of cells in a column that pass a test; 0 without cells.
fn share(rows: &[(usize, Vec<String>)], column: usize, test: impl Fn(&str) -> bool) -> usize {
    let cells = rows.iter().filter_map(|(_, cells)| cells.get(column)).map(|cell| bare(cell));
    let (mut all, mut passed) = (0_usize, 0_usize);
    for cell in cells.filter(|cell| cell.chars().any(char::is_alphanumeric)) {
        all += 1;
        passed += usize::from(test(cell));
    }
    (passed * 100).checked_div(all).unwrap_or(0)
}

fn message(cell: &str, line: usize) -> Option<Utterance> {
    match labelled(cell) {
        Some((Label::Operator | Label::Note, _)) => None,
        Some((Label::Customer, rest)) => message_by(rest, line, Speaker::Customer),
        None => message_by(cell, line, Speaker::Customer).filter(|it| !reads_like_rule(&it.text)),
    }
}

fn message_by(cell: &str, line: usize, speaker: Speaker) -> Option<Utterance> {
    let text = bare(cell).split_whitespace().collect::<Vec<_>>().join(" ");
    let says = text.chars().any(char::is_alphabetic);
    says.then_some(Utterance { line, line_end: line, text, kind: UtteranceKind::Table, speaker, dialog: None })
}

/// The rows as turns. A new dialog begins where the cell that tells dialogs apart changes.
fn turns(
    rows: &[(usize, Vec<String>)],
    (speakers, texts): (usize, usize),
    dialog: Option<usize>,
    dialogs: &mut usize,
) -> Vec<Utterance> {
    let mut said = Vec::new();
    let mut current: Option<&String> = None;
    *dialogs += 1;
    for (line, cells) in rows {
        let of_dialog = dialog.and_then(|column| cells.get(column)).filter(|cell| !cell.trim().is_empty());
        if let (Some(before), Some(now)) = (current, of_dialog)
            && before != now
        {
            *dialogs += 1;
        }
        current = of_dialog.or(current);
        let speaker = match cells.get(speakers).and_then(|cell| label_of(cell)) {
            Some(Label::Customer) => Speaker::Customer,
            Some(Label::Operator) => Speaker::Operator,
            Some(Label::Note) | None => continue,
        };
        let turn = cells.get(texts).and_then(|cell| message_by(cell, *line, speaker));
        said.extend(turn.map(|it| Utterance { dialog: Some(*dialogs), ..it }));
    }
    said
}
