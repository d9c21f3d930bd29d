//! The lines of documents, copied into a database that is gone with them: [`CopiedLines`].

use rusqlite::Connection;

use crate::config::nearest;
use crate::store::{self, sql};

/// The lines of the documents of some data sets.
#[derive(Debug)]
pub(super) struct CopiedLines {
    connection: Connection,
}

impl CopiedLines {
    /// Copies the lines of all documents of `datasets` (rowids).
    pub(super) fn of(record: &Connection, datasets: &[i64]) -> rusqlite::Result<Self> {
        let connection = store::workspace()?;
        sql::KNOWLEDGE_CREATE_COPIED_DOCUMENT.execute(&connection, &[])?;
        sql::KNOWLEDGE_CREATE_COPIED_LINE.execute(&connection, &[])?;
        connection.execute_batch("BEGIN")?;
        for dataset in datasets {
            sql::KNOWLEDGE_DOCUMENTS.each::<rusqlite::Error>(record, &[(":dataset", dataset)], |row| {
                let (name, text): (String, i64) = (row.get("name")?, row.get("document_text")?);
                let line_count: i64 = row.get("line_count")?;
                let is_copied: bool =
                    sql::KNOWLEDGE_COPIED_TEXT.row(&connection, &[(":text", &text)], |row| row.get("is_copied"))?;
                let document: [(&str, &dyn rusqlite::ToSql); 4] =
                    [(":dataset", dataset), (":name", &name), (":text", &text), (":line_count", &line_count)];
                sql::KNOWLEDGE_INSERT_COPIED_DOCUMENT.execute(&connection, &document)?;
                if is_copied { Ok(()) } else { copy(record, &connection, text) }
            })?;
        }
        connection.execute_batch("COMMIT")?;
        Ok(Self { connection })
    }

    /// The lines of a document of `dataset` (rowid) from `first` to `last`, or to its end; or why there are none.
    pub(super) fn get(
        &self,
        dataset: i64,
        document: &str,
        (first, last): (i64, Option<i64>),
    ) -> rusqlite::Result<Result<Vec<String>, String>> {
        let of = [(":dataset", &dataset as &dyn rusqlite::ToSql), (":name", &document)];
        let found = sql::KNOWLEDGE_COPIED_DOCUMENT
            .first(&self.connection, &of, |row| Ok((row.get::<_, i64>("text")?, row.get::<_, i64>("line_count")?)))?;
        let Some((text, count)) = found else { return Ok(Err(self.unknown(dataset, document)?)) };
        let last = last.unwrap_or(count);
        if first > last {
            return Ok(Err(format!("lines {first} to {last}: the first comes after the last")));
        }
        if first < 1 || last > count {
            let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
            return Ok(Err(format!("`{document}` has {lines}, and lines {first} to {last} are asked for")));
        }
        let of = [(":text", &text as &dyn rusqlite::ToSql), (":first", &first), (":last", &last)];
        sql::KNOWLEDGE_COPIED_LINES.all(&self.connection, &of, |row| row.get("line")).map(Ok)
    }

    /// The message that there is no such document, with the nearest name.
    fn unknown(&self, dataset: i64, document: &str) -> rusqlite::Result<String> {
        let names: Vec<String> =
            sql::KNOWLEDGE_COPIED_NAMES.all(&self.connection, &[(":dataset", &dataset)], |row| row.get("name"))?;
        let near = nearest(document, names.iter().map(String::as_str)).or_else(|| {
            let is_end = |name: &&str| name.rsplit('/').next() == document.rsplit('/').next();
            names.iter().map(String::as_str).find(is_end)
        });
        let hint = match (near, names.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, names) if names.len() <= 5 => {
                format!("known: {}", names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "))
            }
            (None, names) => format!("none of the {} has this name, `{}` being the first", names.len(), names[0]),
        };
        Ok(format!("there is no document `{document}` ({hint})"))
    }
}

fn copy(record: &Connection, copied: &Connection, text: i64) -> rusqlite::Result<()> {
    sql::KNOWLEDGE_LINES.each(record, &[(":text", &text)], |row| {
        let (number, line) = (row.get::<_, i64>("number")?, row.get_ref("text")?.as_str()?);
        sql::KNOWLEDGE_INSERT_COPIED_LINE
            .execute(copied, &[(":text", &text), (":number", &number), (":line", &line)])
            .map(drop)
    })
}
