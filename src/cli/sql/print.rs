//! Printing the rows of a query.

use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::view::Connection;
use crate::view::rows::RowFormat;
use crate::view::sql::Query;

/// Prints what a query yields, row by row.
pub fn print(connection: &Connection, query: &str, format: RowFormat, terminal: Terminal) -> Result<(), CliError> {
    let query = Query::prepare(connection, query)?;
    let mut rows = terminal.rows(format, query.columns())?;
    query.each(|cells| rows.row(cells).map_err(CliError::from))?;
    rows.finish()?;
    Ok(())
}
