//! The streams of the process: whether they are terminals, whether they show colours, and how to write to them.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::view::rows::{PrintTarget, RowFormat, RowPrinter};
use crate::view::text;

/// The width of a terminal that does not tell it.
const WIDTH: usize = 80;
/// The least width that is laid out for.
const NARROWEST: usize = 20;

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal where `NO_COLOR` is not set.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// A stream, and whether it is coloured.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// Whether it is a terminal.
    pub terminal: bool,
    /// Whether lines on it can be drawn again.
    pub redraws: bool,
    colour: bool,
}

impl Stream {
    fn new(color: Color, terminal: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|it| it == "dumb");
        let refused = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty()) || is_dumb;
        Self {
            terminal,
            redraws: terminal && !is_dumb,
            colour: match color {
                Color::Auto => terminal && !refused,
                Color::Always => true,
                Color::Never => false,
            },
        }
    }

    fn paint(self, code: &str, shown: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{shown}\u{1b}[0m") } else { shown.to_owned() }
    }

    /// For errors.
    pub fn red(self, shown: &str) -> String {
        self.paint("1;31", shown)
    }

    /// For warnings.
    pub fn yellow(self, shown: &str) -> String {
        self.paint("1;33", shown)
    }

    /// For hints.
    pub fn cyan(self, shown: &str) -> String {
        self.paint("1;36", shown)
    }

    /// For headings.
    pub fn bold(self, shown: &str) -> String {
        self.paint("1", shown)
    }

    /// For details.
    pub fn dim(self, shown: &str) -> String {
        self.paint("2", shown)
    }
}

/// The streams of the process.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// For data.
    pub out: Stream,
    /// For progress and messages.
    pub err: Stream,
    /// Whether progress and summaries are left out.
    pub quiet: bool,
}

/// The width to lay out for: what the terminal tells, or else the variable `COLUMNS`, or else 80.
fn width(told: Option<u16>, columns: Option<&str>) -> usize {
    let told = told.map(usize::from).filter(|it| *it > 0);
    let set = || columns.and_then(|it| it.trim().parse().ok()).filter(|it: &usize| *it > 0);
    told.or_else(set).unwrap_or(WIDTH).max(NARROWEST)
}

pub type StdoutWriter = BufWriter<io::StdoutLock<'static>>;

impl Terminal {
    #[must_use]
    pub fn new(color: Color, quiet: bool) -> Self {
        Self {
            out: Stream::new(color, io::stdout().is_terminal()),
            err: Stream::new(color, io::stderr().is_terminal()),
            quiet,
        }
    }

    /// No terminal and no colours.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        let plain = Stream { terminal: false, redraws: false, colour: false };
        Self { out: plain, err: plain, quiet: false }
    }

    /// How tables on stdout are printed.
    #[must_use]
    pub fn print_target(self) -> PrintTarget {
        let size = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0);
        PrintTarget {
            terminal: self.out.terminal,
            colour: self.out.colour,
            width: self.out.terminal.then(|| width(size(), std::env::var("COLUMNS").ok().as_deref())),
            whole: false,
        }
    }

    /// The columns of stderr, where that is a terminal.
    #[must_use]
    pub fn err_width(self) -> usize {
        let size = terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| width.0);
        width(size, std::env::var("COLUMNS").ok().as_deref())
    }

    /// Writes a value to stdout as JSON with line ends; nothing in it can act on a terminal.
    pub fn json(self, value: &impl Serialize) -> io::Result<()> {
        let value = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
        let mut out = self.stdout();
        writeln!(out, "{}", if self.out.terminal { text::json(&value) } else { value.as_str().into() })?;
        out.flush()
    }

    /// Returns buffered stdout; the caller flushes it.
    #[must_use]
    pub fn stdout(self) -> StdoutWriter {
        BufWriter::new(io::stdout().lock())
    }

    pub fn rows(self, format: RowFormat, columns: Vec<String>) -> io::Result<RowPrinter<StdoutWriter>> {
        RowPrinter::begin(self.stdout(), format, self.print_target(), columns)
    }

    /// Prints a message on stderr, with `--quiet` too. It must be free of control characters.
    pub fn note(self, message: &str) {
        // Nobody reads a closed stderr.
        let _ = writeln!(io::stderr().lock(), "{message}");
    }

    /// Prints a message on stderr, unless `--quiet` is given.
    pub fn tell(self, message: &str) {
        if !self.quiet {
            self.note(message);
        }
    }
}

/// Sends the traces of all rooms to stderr.
pub fn trace(terminal: Terminal) {
    let filter = EnvFilter::new("warn,casebook=debug");
    // An earlier subscriber stays.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal.err.colour)
        // Nobody reads a closed stderr.
        .log_internal_errors(false)
        .try_init();
}

/// Returns a path for people: relative to the current folder if it lies inside, with control characters escaped.
#[must_use]
pub fn shown_path(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    text::line(&inside(path, &current).to_string_lossy()).into_owned()
}

fn inside(path: &Path, folder: &Path) -> PathBuf {
    let path = path.strip_prefix("./").unwrap_or(path);
    match path.strip_prefix(folder) {
        Ok(rest) if !rest.as_os_str().is_empty() && !folder.as_os_str().is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    }
}

/// Quotes a path for a shell, if needed.
#[must_use]
pub fn word(path: &Path) -> String {
    quote(&shown_path(path))
}

/// Quotes a text for a shell, if needed.
#[must_use]
pub fn quote(text: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || "-_./:@%+,=".contains(it);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text::line(text).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_inside_the_folder_are_relative() {
        assert_eq!(inside(Path::new("/a/b/c.db"), Path::new("/a")), Path::new("b/c.db"));
        assert_eq!(inside(Path::new("/x/c.db"), Path::new("/a")), Path::new("/x/c.db"));
        assert_eq!(inside(Path::new("./c.db"), Path::new("/a")), Path::new("c.db"));
        assert_eq!(inside(Path::new("/a"), Path::new("/a")), Path::new("/a"));
    }

    #[test]
    fn a_word_can_be_pasted() {
        assert_eq!(word(Path::new("out/run.db")), "out/run.db");
        assert_eq!(word(Path::new("my run's.db")), "'my run'\\''s.db'");
    }

    #[test]
    fn a_terminal_that_tells_no_width_has_one() {
        assert_eq!(width(Some(132), Some("40")), 132);
        assert_eq!(width(Some(0), Some("40")), 40);
        assert_eq!(width(Some(0), None), 80);
        assert_eq!(width(None, Some("0")), 80);
        assert_eq!(width(None, Some("wide")), 80);
        assert_eq!(width(Some(1), None), 20);
    }

    #[test]
    fn colours_are_as_wished() {
        assert_eq!(Stream::new(Color::Never, true).red("x"), "x");
        assert_eq!(Stream::new(Color::Always, false).red("x"), "\u{1b}[1;31mx\u{1b}[0m");
        assert_eq!(Stream::new(Color::Auto, false).red("x"), "x");
    }
}
