//! Errors as people see them: what happened, the causes, where, and what to do.
//!
//! Every error of the rooms below becomes a [`CliError`] here, at the edge, and nowhere else. The errors themselves say
//! their hint, their location, and whether the call or the world is wrong; this file only puts that together.

use std::error::Error;
use std::fmt::{self, Display, Write as _};
use std::io;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::exit::INTERRUPTED;
use super::terminal::Terminal;
use crate::engine::{EngineError, ExamplesError, MigrateFailure, TestsetCheckError, TestsetError, pin_edits};
use crate::view::diff::UnknownVariant;
use crate::view::item::FindError;
use crate::view::sql::{QueryLocation, SqlError};
use crate::view::text;
use crate::view::{OpenError, ReadError, Trouble};

/// The kind of an error, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line or the configuration is wrong.
    Usage,
    /// The command could not do what was asked.
    Failed,
    /// Nobody reads stdout any more, which is not worth a message.
    ClosedPipe,
    /// The user stopped the command.
    Interrupted,
}

impl Kind {
    fn of(is_usage: bool) -> Self {
        if is_usage { Self::Usage } else { Self::Failed }
    }
}

/// An error as the command shows it.
#[derive(Debug)]
pub struct CliError {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    location: Option<String>,
    excerpt: Option<Box<QueryLocation>>,
    hint: Option<String>,
}

impl CliError {
    /// An error with a message of its own.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message, causes: Vec::new(), location: None, excerpt: None, hint: None }
    }

    /// The error with its chain of sources. One that the message before it already quotes is left out.
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

    /// The error and its causes in one line.
    pub fn to_line(&self) -> String {
        std::iter::once(&self.message).chain(&self.causes).map(String::as_str).collect::<Vec<_>>().join(": ")
    }

    /// Sets the hint: what to do about the error.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.hinted(Some(hint))
    }

    fn hinted(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// Sets where the error is, such as `casebook.yaml:3:1`.
    fn at(mut self, location: Option<impl Display>) -> Self {
        self.location = location.map(|it| it.to_string());
        self
    }

    /// The same error with exit code 2, for a command whose exit code 1 is an answer.
    #[must_use]
    pub fn as_trouble(mut self) -> Self {
        if self.kind == Kind::Failed {
            self.kind = Kind::Usage;
        }
        self
    }

    /// Whether the error is only that nobody reads stdout any more.
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

    /// The exit code. A closed stdout counts as success: its reader has seen enough.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The same as a number.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self.kind {
            Kind::ClosedPipe => 0,
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Interrupted => INTERRUPTED,
        }
    }

    /// The error for a program.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({"message": self.message, "causes": self.causes, "location": self.location, "hint": self.hint})
    }

    /// The text for the terminal, in which control characters are escaped.
    fn render(&self, terminal: Terminal) -> String {
        let paint = terminal.err;
        let mut shown = format!("{} {}", paint.red("error:"), text::block(&self.message));
        for cause in &self.causes {
            add(&mut shown, format_args!("\n  caused by: {}", text::block(cause)));
        }
        if let Some(location) = &self.location {
            add(&mut shown, format_args!("\n  {} {}", paint.dim("-->"), text::line(location)));
        }
        if let Some(at) = &self.excerpt {
            let before: String = at.text.chars().take(at.column.saturating_sub(1)).collect();
            let indent = " ".repeat(text::line(&before).chars().count());
            add(&mut shown, format_args!("\n   | {}\n   | {indent}{}", text::line(&at.text), paint.red("^")));
        }
        if let Some(hint) = &self.hint {
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

impl From<UnknownVariant> for CliError {
    fn from(error: UnknownVariant) -> Self {
        match error {
            UnknownVariant::Read(error) => error.into(),
            other => Self::of(Kind::Usage, &other).hinted(other.hint()),
        }
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

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        Self::of(Kind::Failed, &error).hinted(error.hint())
    }
}

impl From<FindError> for CliError {
    fn from(error: FindError) -> Self {
        Self::of(Kind::of(error.is_usage()), &error).hinted(error.hint())
    }
}

impl From<ExamplesError> for CliError {
    fn from(error: ExamplesError) -> Self {
        Self::of(Kind::of(error.is_usage()), &error).hinted(error.hint())
    }
}

impl From<TestsetCheckError> for CliError {
    fn from(error: TestsetCheckError) -> Self {
        Self::of(Kind::of(error.is_usage()), &error).hinted(error.hint())
    }
}

impl From<SqlError> for CliError {
    fn from(error: SqlError) -> Self {
        if let SqlError::Store(error) = error {
            return error.into();
        }
        let mut shown = Self::of(Kind::Failed, &error).at(error.location()).hinted(error.hint());
        shown.excerpt = error.location().cloned().map(Box::new);
        shown
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        if error.is_interruption() {
            return Self::new(Kind::Interrupted, "Interrupted: run the same command again.");
        }
        let mut shown = Self::of(Kind::of(error.is_usage()), &error).at(error.location()).hinted(error.hint());
        shown.causes.extend(pin_edits(&error));
        shown
    }
}

impl From<TestsetError> for CliError {
    fn from(error: TestsetError) -> Self {
        Self::of(Kind::of(error.is_usage()), &error).hinted(error.hint())
    }
}

impl From<MigrateFailure> for CliError {
    fn from(error: MigrateFailure) -> Self {
        Self::of(Kind::of(error.is_usage()), &error).at(error.location()).hinted(error.hint())
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
