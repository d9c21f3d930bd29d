//! The SQL prompt: statements up to a `;`, dot commands, and a history that is kept.

use std::fs;
use std::path::{Path, PathBuf};

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use super::print::print;
use super::statement;
use crate::cli::error::{CliError, Kind};
use crate::cli::terminal::{Terminal, shown_path};
use crate::view::rows::{Cell, RowFormat};
use crate::view::{Connection, sql, text};

const HELP: &str = "\
A statement ends with `;` and may have many lines. Nothing can be changed.
  .views          the views
  .tables         the views and the tables
  .schema [NAME]  the definition of a view or a table; without a name, of all views
  .format FORMAT  table, records, json, jsonl, csv, psv or md
  \\x              rows as records, and back
  .help           this (or help)
  .quit           leave (or exit, quit, Ctrl-D)";

#[derive(Debug, PartialEq, Eq)]
enum DotCommand<'a> {
    Views,
    Tables,
    Schema(Option<&'a str>),
    /// Switches between records and a table.
    Records,
    Format(&'a str),
    Help,
    Quit,
    Unknown(&'a str),
}

impl<'a> DotCommand<'a> {
    /// Parses a line; `None` if it is SQL.
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim().trim_end_matches(';').trim_end();
        let (word, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim();
        Some(match (word.to_ascii_lowercase().as_str(), argument) {
            (".views" | "\\dv", "") => Self::Views,
            (".tables" | "\\d" | "\\dt", "") => Self::Tables,
            (".schema" | "\\d", name) => Self::Schema(Some(name).filter(|it| !it.is_empty())),
            (".format" | ".mode", name) if !name.is_empty() => Self::Format(name),
            ("\\x" | ".records", "") => Self::Records,
            // No SQL statement begins with these words.
            (".help" | "\\?" | "help", "") => Self::Help,
            (".quit" | ".exit" | "\\q" | "quit" | "exit", "") => Self::Quit,
            (word, _) if word.starts_with(['.', '\\']) => Self::Unknown(line),
            _ => return None,
        })
    }
}

/// Runs the prompt until the user leaves.
pub fn run(connection: &Connection, db: &Path, mut format: RowFormat, terminal: Terminal) -> Result<(), CliError> {
    let mut editor = DefaultEditor::new().map_err(|error| CliError::of(Kind::Failed, &error))?;
    let history = history_file();
    if let Some(path) = &history {
        // There may be no history yet.
        let _ = editor.load_history(path);
    }
    terminal.tell(&format!("{}, read only. `.help` lists the commands; end a statement with `;`.", shown_path(db)));
    let mut statement = String::new();
    loop {
        let line = match editor.readline(if statement.is_empty() { "sql> " } else { "...> " }) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                statement.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(CliError::of(Kind::Failed, &error)),
        };
        if statement.is_empty()
            && let Some(dot) = DotCommand::parse(&line)
        {
            remember(&mut editor, &line);
            if dot == DotCommand::Quit {
                break;
            }
            report(command(connection, &dot, &mut format, terminal), terminal)?;
            continue;
        }
        if !statement.is_empty() {
            statement.push('\n');
        }
        statement.push_str(&line);
        let (whole, rest) = statement::split(&statement);
        for one in &whole {
            remember(&mut editor, one);
            report(print(connection, one, format, terminal), terminal)?;
        }
        statement = rest.to_owned();
    }
    if let Some(path) = &history {
        save(&mut editor, path);
    }
    Ok(())
}

fn remember(editor: &mut DefaultEditor, text: &str) {
    // A statement that cannot be remembered can still be run.
    let _ = editor.add_history_entry(text);
}

/// Prints an error and continues; only a closed stdout ends the prompt.
fn report(result: Result<(), CliError>, terminal: Terminal) -> Result<(), CliError> {
    match result {
        Err(error) if error.is_closed_pipe() => Err(error),
        Err(error) => {
            error.print(terminal);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn command(
    connection: &Connection,
    dot: &DotCommand<'_>,
    format: &mut RowFormat,
    terminal: Terminal,
) -> Result<(), CliError> {
    match *dot {
        DotCommand::Views => {
            let mut rows = terminal.rows(*format, vec!["view".to_owned()])?;
            for it in sql::names(connection)?.into_iter().filter(|it| it.kind == "view") {
                rows.row(vec![Cell::Text(it.name)])?;
            }
            rows.finish()?;
        }
        DotCommand::Tables => {
            let mut rows = terminal.rows(*format, vec!["name".to_owned(), "kind".to_owned()])?;
            for it in sql::names(connection)? {
                rows.row(vec![Cell::Text(it.name), Cell::Text(it.kind)])?;
            }
            rows.finish()?;
        }
        DotCommand::Records => {
            *format = if *format == RowFormat::Records { RowFormat::Table } else { RowFormat::Records };
            terminal.note(&format!("Rows are printed in the format `{}`.", format.as_str()));
        }
        DotCommand::Schema(None) => {
            for it in sql::names(connection)?.iter().filter(|it| it.kind == "view") {
                terminal.note(&text::block(&it.definition));
            }
        }
        DotCommand::Schema(Some(name)) => {
            let known = sql::names(connection)?;
            let Some(found) = known.iter().find(|it| it.name.eq_ignore_ascii_case(name)) else {
                return Err(CliError::new(Kind::Failed, format!("there is no view or table `{name}`"))
                    .hint("`.views` lists the views, `.tables` the tables too"));
            };
            terminal.note(&text::block(&found.definition));
        }
        DotCommand::Format(name) => *format = name.parse().map_err(|error| CliError::of(Kind::Usage, &error))?,
        DotCommand::Help | DotCommand::Quit => terminal.note(HELP),
        DotCommand::Unknown(line) => {
            return Err(CliError::new(Kind::Usage, format!("`{line}` is not a command of this prompt"))
                .hint("`.help` lists them; SQL begins with a word"));
        }
    }
    Ok(())
}

/// The file of the history, in the user's state folder; `None` if there is no home.
fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|it| it.join(".local/state")))?;
    Some(state.join("casebook").join("sql_history"))
}

fn save(editor: &mut DefaultEditor, path: &Path) {
    // A history that cannot be saved is no reason to fail.
    if let Some(folder) = path.parent()
        && fs::create_dir_all(folder).is_ok()
    {
        let _ = editor.save_history(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_commands_are_read() {
        assert_eq!(DotCommand::parse("SELECT 1"), None);
        assert_eq!(DotCommand::parse(" .views ;"), Some(DotCommand::Views));
        assert_eq!(DotCommand::parse(".schema  results"), Some(DotCommand::Schema(Some("results"))));
        assert_eq!(DotCommand::parse(".schema"), Some(DotCommand::Schema(None)));
        assert_eq!(DotCommand::parse(".tables"), Some(DotCommand::Tables));
        assert_eq!(DotCommand::parse("\\x"), Some(DotCommand::Records));
        assert_eq!(DotCommand::parse("\\d results"), Some(DotCommand::Schema(Some("results"))));
        for word in ["exit", "quit", "EXIT;", ".exit", "\\q"] {
            assert_eq!(DotCommand::parse(word), Some(DotCommand::Quit), "{word}");
        }
        for sql in ["", ";", "exit now", "SELECT 1;", "-- .quit", "explain SELECT 1"] {
            assert_eq!(DotCommand::parse(sql), None, "{sql}");
        }
        assert_eq!(DotCommand::parse("\\copy x"), Some(DotCommand::Unknown("\\copy x")));
        assert_eq!(DotCommand::parse(".format md"), Some(DotCommand::Format("md")));
        assert_eq!(DotCommand::parse(".quit"), Some(DotCommand::Quit));
        assert_eq!(DotCommand::parse(".drop everything"), Some(DotCommand::Unknown(".drop everything")));
    }

    #[test]
    fn a_wrong_command_changes_nothing() {
        let connection = crate::store::scratch();
        let mut format = RowFormat::Table;
        let terminal = Terminal::plain();
        assert!(command(&connection, &DotCommand::Format("xml"), &mut format, terminal).is_err());
        assert_eq!(format, RowFormat::Table);
        command(&connection, &DotCommand::Format("psv"), &mut format, terminal).unwrap();
        assert_eq!(format, RowFormat::Psv);
        assert!(command(&connection, &DotCommand::Schema(Some("nothing")), &mut format, terminal).is_err());
        command(&connection, &DotCommand::Records, &mut format, terminal).unwrap();
        assert_eq!(format, RowFormat::Records);
        command(&connection, &DotCommand::Records, &mut format, terminal).unwrap();
        assert_eq!(format, RowFormat::Table);
    }
}
