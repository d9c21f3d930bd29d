//! What was odd in a table, and what was guessed or changed.

use super::delimiter::shown;

/// The most characters of a column's name in a note.
const NAME_CHARS: usize = 80;

/// How a psv is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PsvDialect {
    /// As Casebook writes it: never quoted, with `\n`, `\r`, `\t`, `\|`, `\"` and `\\`.
    Escaped,
    /// As a csv with pipes: quoted with `"`, a quote in it doubled. A backslash is text.
    Quoted,
    /// Quoted or not, with a backslash before a quote, a pipe, a backslash or a line end that is text.
    Backslash,
}

/// What was guessed, skipped or changed in what has been read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Whether the text began with a byte order mark.
    pub bom: bool,
    /// The delimiter that the content of a csv suggests.
    pub guessed_delimiter: Option<char>,
    /// What would separate the cells of a csv equally well, where a comma does.
    pub rival_delimiter: Option<char>,
    /// The name of the only column, where it seems to be several, and what seems to separate these.
    pub lone_column: Option<(String, char)>,
    /// The delimiter that the first line names (`sep=;`).
    pub named_delimiter: Option<char>,
    /// The dialect that the content of a psv suggests.
    pub psv: Option<PsvDialect>,
    /// Escapes of a psv that were undone.
    pub escapes: u64,
    /// Escapes of a psv that no writer makes: before a delimiter or a carriage return in quotes.
    pub doubtful_escapes: u64,
    /// Backslashes that are text in a dialect in which others are escapes.
    pub lone_backslashes: u64,
    /// Quoted cells whose quote stands after blanks, which are no part of them.
    pub quotes_after_blanks: u64,
    /// Carriage returns without a line feed that were read as text.
    pub lone_crs: u64,
    /// Blank lines, or blank rows of a sheet, that were skipped.
    pub blank_lines: u64,
    /// Records without any value. They are not skipped.
    pub empty_records: u64,
    /// Cells that held a word for no value, such as `NaN`, and are empty now.
    pub null_tokens: u64,
    /// Cells in which white space or zero-width characters were collapsed or removed.
    pub cells_cleaned: u64,
    /// Those of them that held several lines, which are one line now.
    pub lines_joined: u64,
}

impl Notes {
    /// How the file was read where it does not say so itself: each with its kind in the record.
    #[must_use]
    pub fn of_reading(&self) -> Vec<(&'static str, String)> {
        let mut said = Vec::new();
        if let Some(delimiter) = self.guessed_delimiter {
            let text = format!(
                "cells are separated by {}, since a comma gives one column: `input.delimiter` says otherwise",
                shown(delimiter)
            );
            said.push(("delimiter", text));
        }
        if let Some(rival) = self.rival_delimiter {
            let text = format!(
                "cells are separated by commas, but {} would give each of the first records equally many columns too: \
                 `input.delimiter` says which it is",
                shown(rival)
            );
            said.push(("delimiter", text));
        }
        if let Some((column, delimiter)) = &self.lone_column {
            let column: String = column.chars().take(NAME_CHARS).collect();
            let text = format!(
                "the table has one column, `{column}`, which seems to be several, separated by {}: if it is, set \
                 `input.format` or `input.delimiter`",
                shown(*delimiter)
            );
            said.push(("one_column", text));
        }
        if let Some(delimiter) = self.named_delimiter {
            let text =
                format!("the first line, `sep=`, says that cells are separated by {}; it is no row", shown(delimiter));
            said.push(("delimiter", text));
        }
        said.extend(self.psv_dialect().map(|text| ("psv_dialect", text)));
        let counted = [
            (
                "quotes_after_blanks",
                self.quotes_after_blanks,
                "quoted cells had blanks before their quote, which were dropped: `input.guess: false` keeps both as text",
            ),
            ("lone_carriage_returns", self.lone_crs, "carriage returns stand within lines and were read as text"),
        ];
        for (kind, count, what) in counted {
            if count > 0 {
                said.push((kind, format!("{count} {what}")));
            }
        }
        said
    }

    /// What a reader of a run should know: how the file was read, and what its texts have lost.
    #[must_use]
    pub fn to_say(&self) -> Vec<String> {
        let lost = self.of_content().into_iter().filter(|(kind, _)| *kind == "lines_joined");
        self.of_reading().into_iter().chain(lost).map(|(_, text)| text).collect()
    }

    fn psv_dialect(&self) -> Option<String> {
        let csv = "`format: csv` with `delimiter: \"|\"`";
        Some(match self.psv? {
            PsvDialect::Escaped if self.escapes == 0 => return None,
            PsvDialect::Escaped => format!(
                "{} backslash escapes (`\\n`, `\\t`, `\\|` …) were undone, as Casebook writes a psv: {csv} reads \
                 backslashes as text",
                self.escapes
            ),
            PsvDialect::Quoted => {
                "cells are quoted as in a csv, and backslashes are text: `input.guess: false` reads Casebook's own \
                 dialect"
                    .to_owned()
            }
            PsvDialect::Backslash => format!(
                "a backslash before a quote, a pipe, a backslash or a line end is an escape, and text before anything \
                 else: {csv} reads all as text"
            ),
        })
    }

    /// What was skipped or changed, with what to do about it: each with its kind in the record.
    #[must_use]
    pub fn of_content(&self) -> Vec<(&'static str, String)> {
        let counted = [
            ("blank_lines", self.blank_lines, "blank lines were skipped"),
            ("empty_rows", self.empty_records, "rows have no value in any column"),
            ("null_tokens", self.null_tokens, "cells held a word for no value and are empty now"),
            ("cells_cleaned", self.cells_cleaned, "cells had white space or zero-width characters collapsed"),
            (
                "lines_joined",
                self.lines_joined,
                "cells held several lines and are one line now, without line breaks and indentation: \
                 `input.normalise: false` keeps them",
            ),
        ];
        let said = counted.into_iter().filter(|(_, count, _)| *count > 0);
        said.map(|(kind, count, what)| (kind, format!("{count} {what}"))).collect()
    }
}
