//! One SQL statement with named parameters, and the ways to run it: [`Statement`].
//!
//! All parameters have to be given: an unbound one would be NULL silently. Columns are read by name.

use std::sync::OnceLock;

use rusqlite::{CachedStatement, Connection, Row, ToSql};

/// One statement of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Its file under `sql/`, without `.sql`.
    pub name: &'static str,
    pub text: &'static str,
    pub(super) shape: &'static OnceLock<StatementNames>,
}

/// The names of a statement's parameters and columns, in order. SQLite searches a list for each name, so the names are
/// read once per process.
#[derive(Debug)]
pub(super) struct StatementNames {
    parameters: Vec<String>,
    columns: Vec<String>,
}

impl StatementNames {
    fn of(statement: &CachedStatement<'_>) -> Self {
        let parameter = |place| statement.parameter_name(place).unwrap_or_default().to_owned();
        Self {
            parameters: (1..=statement.parameter_count()).map(parameter).collect(),
            columns: statement.column_names().map(str::to_owned).collect(),
        }
    }

    /// Binds all parameters. It is an error to leave one out, since SQLite would take it for NULL.
    fn bind(&self, statement: &mut CachedStatement<'_>, parameters: NamedParameters<'_>) -> rusqlite::Result<()> {
        if self.parameters.len() != parameters.len() {
            return Err(rusqlite::Error::InvalidParameterCount(parameters.len(), self.parameters.len()));
        }
        for (at, (name, value)) in parameters.iter().enumerate() {
            // Most callers give them in the order of the statement.
            let is_here = self.parameters[at] == *name;
            let place = if is_here { Some(at) } else { self.parameters.iter().position(|it| it == name) };
            let place = place.ok_or_else(|| rusqlite::Error::InvalidParameterName((*name).to_owned()))?;
            statement.raw_bind_parameter(place + 1, *value)?;
        }
        Ok(())
    }

    /// Returns the positions of the columns with these names.
    fn places<const N: usize>(&self, names: [&str; N]) -> rusqlite::Result<[usize; N]> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            let found = self.columns.iter().position(|column| column == name);
            *place = found.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?;
        }
        Ok(places)
    }
}

/// Named parameters with their values.
pub type NamedParameters<'a> = &'a [(&'static str, &'a dyn ToSql)];

impl Statement {
    /// Prepares the statement, or takes it from the connection's cache.
    pub fn prepare<'c>(&self, connection: &'c Connection) -> rusqlite::Result<CachedStatement<'c>> {
        connection.prepare_cached(self.text)
    }

    /// Prepares the statement and binds its parameters.
    fn bound<'c>(
        &self,
        connection: &'c Connection,
        parameters: NamedParameters<'_>,
    ) -> rusqlite::Result<(CachedStatement<'c>, &'static StatementNames)> {
        let mut statement = self.prepare(connection)?;
        let shape = self.shape.get_or_init(|| StatementNames::of(&statement));
        shape.bind(&mut statement, parameters)?;
        Ok((statement, shape))
    }

    /// Runs it; returns how many rows it changed.
    pub fn execute(&self, connection: &Connection, parameters: NamedParameters<'_>) -> rusqlite::Result<usize> {
        self.bound(connection, parameters)?.0.raw_execute()
    }

    /// Inserts one row; returns its rowid.
    pub fn insert(&self, connection: &Connection, parameters: NamedParameters<'_>) -> rusqlite::Result<i64> {
        let (mut statement, _) = self.bound(connection, parameters)?;
        match statement.raw_execute()? {
            1 => Ok(connection.last_insert_rowid()),
            changed => Err(rusqlite::Error::StatementChangedRows(changed)),
        }
    }

    /// Runs it and reads its only row. No row is an error.
    pub fn row<T>(
        &self,
        connection: &Connection,
        parameters: NamedParameters<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let (mut statement, _) = self.bound(connection, parameters)?;
        let mut rows = statement.raw_query();
        match rows.next()? {
            Some(row) => read(row),
            None => Err(rusqlite::Error::QueryReturnedNoRows),
        }
    }

    /// Runs it and reads its first row, if there is one.
    pub fn first<T>(
        &self,
        connection: &Connection,
        parameters: NamedParameters<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        match self.row(connection, parameters, read) {
            Ok(value) => Ok(Some(value)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs it and collects all rows. For results that are known to be small.
    pub fn all<T>(
        &self,
        connection: &Connection,
        parameters: NamedParameters<'_>,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut found = Vec::new();
        self.each::<rusqlite::Error>(connection, parameters, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Runs it and visits each row, one at a time: memory does not grow with their number.
    pub fn each<E: From<rusqlite::Error>>(
        &self,
        connection: &Connection,
        parameters: NamedParameters<'_>,
        mut visit: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_at(connection, parameters, [], |row, []| visit(row))
    }

    /// The same as [`each`](Self::each) for very many rows: column names are looked up once, and `visit` gets the
    /// positions.
    pub fn each_at<E: From<rusqlite::Error>, const N: usize>(
        &self,
        connection: &Connection,
        parameters: NamedParameters<'_>,
        columns: [&str; N],
        mut visit: impl FnMut(&Row<'_>, [usize; N]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut statement, shape) = self.bound(connection, parameters)?;
        let places = shape.places(columns)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            visit(row, places)?;
        }
        Ok(())
    }
}
