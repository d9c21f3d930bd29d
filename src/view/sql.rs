//! Users' own SQL: exactly one statement, which can only read.
//!
//! [`restrict`] adds an authorizer to the read-only connection, which refuses what would write elsewhere (`ATTACH`,
//! `VACUUM INTO`) or change the connection; [`Query`] runs the statement. A [`SqlError`] has the location in the query
//! and suggests the names that were probably meant.

use std::fmt;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, Statement};

use super::cells;
use super::rows::Cell;
use crate::store::sql;

/// How many names an error suggests.
const SUGGESTIONS: usize = 3;
/// The least Jaro-Winkler similarity of a name that is suggested.
const ALIKE: f64 = 0.75;

/// Pragmas that may be read.
const PRAGMAS: &[&str] = &[
    "application_id",
    "compile_options",
    "foreign_key_check",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "journal_mode",
    "page_count",
    "page_size",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
];
/// Those of them that write if they are given a value.
const SETTINGS: &[&str] = &["application_id", "journal_mode", "page_size", "user_version"];

/// The location of an error in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryLocation {
    /// From 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The whole line.
    pub text: String,
}

impl fmt::Display for QueryLocation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "query:{}:{}", self.line, self.column)
    }
}

/// Why a query has no rows to show.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    #[error("there are several statements; a query is one statement")]
    Several,
    #[error("there is no statement in the query")]
    Empty,
    /// The statement would write.
    #[error("this would change something; a query can only read")]
    NotReading,
    #[error("the query has parameters (`?`, `:name`); write their values into it")]
    Parameters,
    /// SQLite does not accept the statement, or stopped while it ran, with a message of its own.
    #[error("{message}")]
    Rejected {
        message: String,
        location: Option<QueryLocation>,
        /// Names that were probably meant.
        suggestions: Vec<String>,
        /// The views that can be queried, if a table is missing.
        views: Vec<String>,
    },
    #[error("the query failed")]
    Store(#[from] rusqlite::Error),
}

impl SqlError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Several => Some("ask one after the other".to_owned()),
            Self::NotReading => Some("`retry` and `clean` are the commands that change what counts".to_owned()),
            Self::Rejected { suggestions, views, .. } => {
                let names: Vec<String> = suggestions.iter().map(|it| format!("`{it}`")).collect();
                let suggestion = (!names.is_empty()).then(|| format!("did you mean {}?", names.join(", ")));
                let known = (!views.is_empty()).then(|| format!("the views are {}", views.join(", ")));
                let hints: Vec<String> = [suggestion, known].into_iter().flatten().collect();
                (!hints.is_empty()).then(|| hints.join(" "))
            }
            Self::Empty | Self::Parameters | Self::Store(_) => None,
        }
    }

    /// Where in the query the error is, if SQLite says so.
    #[must_use]
    pub fn location(&self) -> Option<&QueryLocation> {
        match self {
            Self::Rejected { location, .. } => location.as_ref(),
            _ => None,
        }
    }
}

/// A table or a view of the run file.
#[derive(Debug)]
pub struct TableOrView {
    /// `table` or `view`.
    pub kind: String,
    pub name: String,
    /// The SQL that created it.
    pub definition: String,
}

/// Lists what can be queried: views first, then tables, each by name.
pub fn names(connection: &Connection) -> rusqlite::Result<Vec<TableOrView>> {
    sql::VIEW_NAMES.all(connection, &[], |row| {
        Ok(TableOrView { kind: row.get("type")?, name: row.get("name")?, definition: row.get("sql")? })
    })
}

/// Makes the connection read-only from here on.
pub fn restrict(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.authorizer(Some(authorize as fn(AuthContext<'_>) -> Authorization))
}

fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Function { .. } | AuthAction::Recursive => {
            Authorization::Allow
        }
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let name = pragma_name.to_ascii_lowercase();
            let tells = PRAGMAS.contains(&name.as_str());
            let sets = pragma_value.is_some() && SETTINGS.contains(&name.as_str());
            if tells && !sets { Authorization::Allow } else { Authorization::Deny }
        }
        _ => Authorization::Deny,
    }
}

/// One statement that only reads, ready to be run.
pub struct Query<'c> {
    statement: Statement<'c>,
}

impl<'c> Query<'c> {
    /// Prepares the one statement of `text` on a [restricted](restrict) connection.
    pub fn prepare(connection: &'c Connection, text: &str) -> Result<Self, SqlError> {
        let statement = connection.prepare(text).map_err(|error| explain(connection, text, error))?;
        if !statement.readonly() {
            return Err(SqlError::NotReading);
        }
        if statement.column_count() == 0 {
            // A statement without columns does something else than read; an empty text does nothing.
            return Err(if says_something(text) { SqlError::NotReading } else { SqlError::Empty });
        }
        if statement.parameter_count() > 0 {
            return Err(SqlError::Parameters);
        }
        Ok(Self { statement })
    }

    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        self.statement.column_names().map(str::to_owned).collect()
    }

    /// Visits the rows, one at a time. An error of `visit` ends the query and is returned.
    pub fn each<E: From<SqlError>>(mut self, mut visit: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<(), E> {
        let width = self.statement.column_count();
        let mut rows = self.statement.query([]).map_err(stopped)?;
        while let Some(row) = rows.next().map_err(stopped)? {
            visit(cells(row, width).map_err(SqlError::from)?)?;
        }
        Ok(())
    }
}

/// Converts an error that occurs while rows are read. SQLite's own message stands alone, if it has one.
fn stopped(error: rusqlite::Error) -> SqlError {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => {
            SqlError::Rejected { message, location: None, suggestions: Vec::new(), views: Vec::new() }
        }
        other => SqlError::Store(other),
    }
}

fn explain(connection: &Connection, text: &str, error: rusqlite::Error) -> SqlError {
    if matches!(error, rusqlite::Error::MultipleStatement) {
        return SqlError::Several;
    }
    if matches!(error.sqlite_error_code(), Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly)) {
        return SqlError::NotReading;
    }
    let (message, location) = match error {
        rusqlite::Error::SqlInputError { msg, sql, offset, .. } => {
            // For a statement after the first, SQLite reports the rest of the text only.
            let rest = text.len().saturating_sub(sql.len());
            (msg, usize::try_from(offset).ok().and_then(|offset| locate(text, rest + offset)))
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => (message, None),
        other => return SqlError::Store(other),
    };
    let missing = |what: &str| message.strip_prefix(what).map(|name| name.trim().to_owned());
    let (suggestions, views) = if let Some(table) = missing("no such table:") {
        let known = names(connection).unwrap_or_default();
        let views = known.iter().filter(|it| it.kind == "view").map(|it| it.name.clone()).collect();
        (nearest(&table, known.into_iter().map(|it| it.name)), views)
    } else if let Some(column) = missing("no such column:") {
        (nearest_columns(connection, text, &column), Vec::new())
    } else {
        (Vec::new(), Vec::new())
    };
    SqlError::Rejected { message, location, suggestions, views }
}

/// Returns the line and the character of a byte offset.
fn locate(text: &str, offset: usize) -> Option<QueryLocation> {
    let before = text.get(..offset)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    Some(QueryLocation {
        line: before.matches('\n').count() + 1,
        column: before[start..].chars().count() + 1,
        text: line.to_owned(),
    })
}

/// The columns that were probably meant: of the tables and views that a query mentions, or else of any view, with its
/// name.
fn nearest_columns(connection: &Connection, text: &str, column: &str) -> Vec<String> {
    let known = names(connection).unwrap_or_default();
    let words: Vec<&str> = text.split(|it: char| !it.is_alphanumeric() && it != '_').collect();
    let mentioned: Vec<&TableOrView> =
        known.iter().filter(|it| words.iter().any(|word| word.eq_ignore_ascii_case(&it.name))).collect();
    let columns = |it: &TableOrView| -> Vec<String> {
        sql::VIEW_COLUMNS.all(connection, &[(":name", &it.name)], |row| row.get("name")).unwrap_or_default()
    };
    let near = nearest(column, mentioned.iter().flat_map(|it| columns(it)));
    if !near.is_empty() {
        return near;
    }
    let views: Vec<_> = known.iter().filter(|it| it.kind == "view").map(|it| (it, columns(it))).collect();
    let near = nearest(column, views.iter().flat_map(|(_, columns)| columns.iter().cloned()));
    let of_view = |name: &String| {
        let view = views.iter().find(|(_, columns)| columns.contains(name));
        view.map(|(view, _)| format!("{}.{name}", view.name))
    };
    near.iter().filter_map(of_view).collect()
}

fn nearest(wanted: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    // The qualifier of `alias.column` does not count.
    let wanted = wanted.rsplit('.').next().unwrap_or(wanted).to_lowercase();
    let mut ranked: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.dedup_by(|a, b| a.1 == b.1);
    ranked.into_iter().take(SUGGESTIONS).map(|it| it.1).collect()
}

/// Whether a text holds more than white space, semicolons and comments.
fn says_something(text: &str) -> bool {
    let mut rest = text.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    loop {
        rest = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return !rest.is_empty();
        }
        .trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    fn run(text: &str) -> Result<Vec<Vec<Cell>>, SqlError> {
        let mut connection = scratch();
        restrict(&mut connection).unwrap();
        let mut rows = Vec::new();
        Query::prepare(&connection, text)?.each(|row| {
            rows.push(row);
            Ok::<_, SqlError>(())
        })?;
        Ok(rows)
    }

    #[test]
    fn values_keep_their_types() {
        let row = run("SELECT 1, 0.5, 'x', NULL, x'0102' -- a comment").unwrap().remove(0);
        assert_eq!(row, [Cell::Integer(1), Cell::Real(0.5), Cell::from("x"), Cell::Null, Cell::Blob(2)]);
        assert_eq!(run("SELECT 1;").unwrap().len(), 1);
        assert!(run("PRAGMA table_info(standing)").unwrap().len() > 5);
        assert!(
            !run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT * FROM n")
                .unwrap()
                .is_empty()
        );
        assert!(run("SELECT * FROM results").unwrap().is_empty());
    }

    #[test]
    fn nothing_can_be_changed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.db").display().to_string();
        for text in [
            "DELETE FROM text".to_owned(),
            "INSERT INTO text (sha1, body) VALUES ('a', 'b')".to_owned(),
            "INSERT INTO text (sha1, body) VALUES ('a', 'b') RETURNING id".to_owned(),
            "CREATE TEMP TABLE t (x)".to_owned(),
            "DROP VIEW results".to_owned(),
            "PRAGMA query_only = OFF".to_owned(),
            "PRAGMA user_version = 9".to_owned(),
            "PRAGMA journal_mode = DELETE".to_owned(),
            "PRAGMA writable_schema = 1".to_owned(),
            "BEGIN".to_owned(),
            "COMMIT".to_owned(),
            "ATTACH ':memory:' AS x".to_owned(),
            format!("ATTACH '{file}' AS x"),
            format!("VACUUM INTO '{file}'"),
            "VACUUM".to_owned(),
        ] {
            assert!(matches!(run(&text), Err(SqlError::NotReading | SqlError::Empty)), "{text}: {:?}", run(&text));
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_error_on_the_way_is_said_in_its_own_words() {
        let error = run("SELECT 'x' ->> '$.a'").unwrap_err();
        assert_eq!(error.to_string(), "malformed JSON");
    }

    #[test]
    fn a_query_is_one_statement_without_parameters() {
        assert!(matches!(run("SELECT 1; SELECT 2"), Err(SqlError::Several)));
        assert!(matches!(run(""), Err(SqlError::Empty)));
        assert!(matches!(run("-- nothing"), Err(SqlError::Empty)));
        assert!(matches!(run("SELECT :x"), Err(SqlError::Parameters)));
    }

    #[test]
    fn errors_point_at_the_location_and_name_what_was_meant() {
        let Err(SqlError::Rejected { message, location: Some(location), suggestions, .. }) =
            run("SELECT work_id,\n       stauts FROM results")
        else {
            panic!("rejected")
        };
        assert_eq!(message, "no such column: stauts");
        assert_eq!((location.line, location.column, location.text.as_str()), (2, 8, "       stauts FROM results"));
        assert_eq!(suggestions.first().map(String::as_str), Some("status"));
        // What no column of the view is like may be a column of another one.
        let Err(SqlError::Rejected { suggestions, .. }) = run("SELECT p.mesage FROM progress AS p") else {
            panic!("rejected")
        };
        assert_eq!(suggestions[0], "failures.message");
        let Err(SqlError::Rejected { suggestions, views, .. }) = run("SELECT * FROM result") else {
            panic!("rejected")
        };
        assert_eq!(suggestions[0], "results");
        assert!(views.contains(&"failures".to_owned()));
        let Err(SqlError::Rejected { location: Some(location), .. }) = run("SELECT 'é' FRM x y") else {
            panic!("rejected")
        };
        assert_eq!((location.line, location.text.as_str()), (1, "SELECT 'é' FRM x y"));
    }
}
