//! Errors for people: what happened, because of what, where, and what to do.
//!
//! Every error of the rooms below becomes a [`CliError`] here, at the edge, and nowhere else.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;
use std::process::ExitCode;

use super::INTERRUPTED;
use super::terminal::Terminal;
use crate::engine::{EngineError, ExamplesError, MigrateFailure};
use crate::view::item::FindError;
use crate::view::sql::{Place, SqlError};
use crate::view::text;
use crate::view::{OpenError, ReadError, Trouble};

/// What kind of error it is, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command or the configuration is wrong.
    Usage,
    /// It did not work.
    Failed,
    /// Nobody reads the output any more: not worth a word.
    ClosedPipe,
    /// The user stopped it.
    Interrupted,
}

/// An error as it is shown.
#[derive(Debug)]
pub struct CliError {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    location: Option<String>,
    excerpt: Option<Box<Place>>,
    hints: Vec<String>,
}

impl CliError {
    /// An error with a message of its own.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message, causes: Vec::new(), location: None, excerpt: None, hints: Vec::new() }
    }

    /// The error with its chain of sources, each said once.
    pub fn of(kind: Kind, error: &dyn Error) -> Self {
        let mut shown = Self::new(kind, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Many messages already end with what their source says.
            if !shown.causes.last().unwrap_or(&shown.message).contains(&cause_text) {
                shown.causes.push(cause_text);
            }
            source = cause.source();
        }
        shown
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same, for a command whose exit code 1 is an answer: what went wrong is told by 2.
    #[must_use]
    pub fn as_trouble(mut self) -> Self {
        if self.kind == Kind::Failed {
            self.kind = Kind::Usage;
        }
        self
    }

    /// Whether it only says that nobody reads stdout any more.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        self.kind == Kind::ClosedPipe
    }

    /// Prints it to stderr.
    pub fn print(&self, terminal: Terminal) {
        match self.kind {
            Kind::ClosedPipe => {}
            Kind::Interrupted => terminal.tell(&self.message),
            Kind::Usage | Kind::Failed => terminal.note(&self.render(terminal)),
        }
    }

    /// The exit code it stands for. A reader that has seen enough is no error.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::ClosedPipe => 0,
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Interrupted => INTERRUPTED,
        })
    }

    /// Its text; what it quotes cannot act on the terminal.
    fn render(&self, terminal: Terminal) -> String {
        let paint = terminal.err;
        let mut shown = format!("{} {}", paint.red("error:"), text::block(&self.message));
        for cause in &self.causes {
            add(&mut shown, format_args!("\n  caused by: {}", text::block(cause)));
        }
        if let Some(location) = &self.location {
            add(&mut shown, format_args!("\n  {} {}", paint.dim("-->"), text::line(location)));
        }
        if let Some(place) = &self.excerpt {
            let before: String = place.text.chars().take(place.column.saturating_sub(1)).collect();
            let indent = " ".repeat(text::line(&before).chars().count());
            add(&mut shown, format_args!("\n   | {}\n   | {indent}{}", text::line(&place.text), paint.red("^")));
        }
        for hint in &self.hints {
            add(&mut shown, format_args!("\n{} {}", paint.cyan("hint:"), text::block(hint)));
        }
        shown
    }
}

fn add(shown: &mut String, part: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = shown.write_fmt(part);
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::ClosedPipe } else { Kind::Failed };
        Self::of(kind, &error)
    }
}

impl From<ReadError> for CliError {
    fn from(error: ReadError) -> Self {
        match Trouble::of(&error) {
            Some(trouble) => Self::new(Kind::Failed, format!("the run file: {trouble} ({error})")).hint(trouble.hint()),
            None => Self::of(Kind::Failed, &error),
        }
    }
}

impl From<ExamplesError> for CliError {
    fn from(error: ExamplesError) -> Self {
        let mut shown = Self::of(if error.is_usage() { Kind::Usage } else { Kind::Failed }, &error);
        shown.hints.extend(error.hint().map(String::from));
        shown
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        let mut shown = Self::of(Kind::Failed, &error);
        shown.hints.extend(error.hint().map(str::to_owned));
        shown
    }
}

impl From<FindError> for CliError {
    fn from(error: FindError) -> Self {
        let mut shown = Self::of(Kind::Failed, &error);
        shown.hints.extend(error.hint().map(str::to_owned));
        shown
    }
}

impl From<SqlError> for CliError {
    fn from(error: SqlError) -> Self {
        let mut shown = Self::of(Kind::Failed, &error);
        match error {
            SqlError::Store(error) => error.into(),
            SqlError::Rejected { place, suggestions, views, .. } => {
                shown.location = place.as_ref().map(|it| format!("query:{}:{}", it.line, it.column));
                shown.excerpt = place.map(Box::new);
                let names: Vec<String> = suggestions.iter().map(|it| format!("`{it}`")).collect();
                if !names.is_empty() {
                    shown = shown.hint(format!("did you mean {}?", names.join(", ")));
                }
                if !views.is_empty() {
                    shown = shown.hint(format!("the views are {}", views.join(", ")));
                }
                shown
            }
            SqlError::Several => shown.hint("ask one after the other"),
            SqlError::NotReading => shown.hint("`retry` and `clean` are the commands that change what counts"),
            SqlError::Empty | SqlError::Parameters => shown,
        }
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        if error.is_interruption() {
            return Self::new(Kind::Interrupted, "Interrupted: run the same command again.");
        }
        let kind = if error.is_usage() { Kind::Usage } else { Kind::Failed };
        let mut shown = Self::of(kind, &error);
        shown.location = error.location().map(ToString::to_string);
        shown.hints.extend(error.hint().map(Into::into));
        shown
    }
}

impl From<MigrateFailure> for CliError {
    fn from(error: MigrateFailure) -> Self {
        let kind = match error {
            MigrateFailure::Read { .. } | MigrateFailure::Older(_) | MigrateFailure::Same(_) => Kind::Usage,
            MigrateFailure::Exists(_) | MigrateFailure::Write { .. } => Kind::Failed,
        };
        let mut shown = Self::of(kind, &error);
        shown.location = error.location().map(ToString::to_string);
        shown.hints.extend(error.hint());
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the \u{1b}[31mtable")]
    struct Outer(#[source] Inner);
    #[derive(Debug, thiserror::Error)]
    #[error("line 3 is short: {0}")]
    struct Inner(#[source] io::Error);

    #[test]
    fn an_error_says_what_why_where_and_what_to_do() {
        let mut error = CliError::of(Kind::Failed, &Outer(Inner(io::Error::other("no column 4")))).hint("add one");
        error.location = Some("data.csv:3:1".to_owned());
        insta::assert_snapshot!(error.render(Terminal::plain()), @r#"
        error: cannot read the \u{1b}[31mtable
          caused by: line 3 is short: no column 4
          --> data.csv:3:1
        hint: add one
        "#);
    }

    #[test]
    fn a_wrong_query_is_pointed_at() {
        let mut connection = view::fixture::run_file();
        view::sql::restrict(&mut connection).unwrap();
        let failed = view::sql::Query::prepare(&connection, "SELECT work_id,\n  stauts FROM results").err().unwrap();
        insta::assert_snapshot!(CliError::from(failed).render(Terminal::plain()), @r#"
        error: no such column: stauts
          --> query:2:3
           |   stauts FROM results
           |   ^
        hint: did you mean `status`?
        "#);
    }

    #[test]
    fn a_closed_pipe_ends_quietly() {
        let error = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.kind, Kind::ClosedPipe);
        assert_eq!(error.exit_code(), ExitCode::from(0));
    }
}
