//! Reading documents and claims from the run file.

use rusqlite::{Connection, Row};

use super::model::{Claim, ClaimedLines, DocumentHead, RowLines};
use crate::store::sql;

/// Gets a document with the claims on it.
pub type DocumentVisitor<'v, E> = dyn FnMut(&DocumentHead, &[Claim]) -> Result<(), E> + 'v;
/// Gets a line: its number, its page and its text.
pub type LineVisitor<'v, E> = dyn FnMut(i64, Option<i64>, &str) -> Result<(), E> + 'v;

/// The data set of the latest plan, where it is of documents.
pub fn dataset_with_documents(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let planned: Option<i64> = sql::RECORD_LATEST_DATASET.first(connection, &[], |row| row.get("dataset"))?;
    let Some(dataset) = planned else { return Ok(None) };
    let found: bool = sql::VIEW_ANY_DOCUMENTS.row(connection, &[(":dataset", &dataset)], |row| row.get("found"))?;
    Ok(found.then_some(dataset))
}

/// Visits each document of a data set with the claims on it, in the order of documents and lines. The claims of one
/// document at a time are in memory.
pub fn each_document<E: From<rusqlite::Error>>(
    connection: &Connection,
    dataset: i64,
    visit: &mut DocumentVisitor<'_, E>,
) -> Result<(), E> {
    let mut under_way: Option<(DocumentHead, Vec<Claim>)> = None;
    sql::VIEW_DOCUMENTS.each::<E>(connection, &[(":dataset", &dataset)], |row| {
        if row.get("is_claim")? {
            if let Some((_, claims)) = &mut under_way {
                claims.push(claim(row)?);
            }
            return Ok(());
        }
        if let Some((head, claims)) = under_way.take() {
            visit(&head, &claims)?;
        }
        under_way = Some((head(row)?, Vec::new()));
        Ok(())
    })?;
    match under_way {
        Some((head, claims)) => visit(&head, &claims),
        None => Ok(()),
    }
}

/// Visits the lines `first` to `last` of a document's text (rowid), with their numbers and pages.
pub fn each_line<E: From<rusqlite::Error>>(
    connection: &Connection,
    text: i64,
    (first, last): (i64, i64),
    visit: &mut LineVisitor<'_, E>,
) -> Result<(), E> {
    let range: &[(&'static str, &dyn rusqlite::ToSql)] =
        &[(":document_text", &text), (":first", &first), (":last", &last)];
    sql::VIEW_DOCUMENT_LINES.each_at::<E, 3>(
        connection,
        range,
        ["number", "page", "text"],
        |row, [number, page, text]| {
            let line = row.get_ref(text)?.as_str().map_err(rusqlite::Error::from)?;
            visit(row.get(number)?, row.get(page)?, line)
        },
    )
}

fn head(row: &Row<'_>) -> rusqlite::Result<DocumentHead> {
    Ok(DocumentHead {
        name: row.get("name")?,
        text: row.get("document_text")?,
        format: row.get("format")?,
        line_count: row.get("line_count")?,
        page_count: row.get("page_count")?,
    })
}

fn claim(row: &Row<'_>) -> rusqlite::Result<Claim> {
    let (lines, cited) = places(row)?;
    Ok(Claim {
        work_id: row.get("work_id")?,
        standing: row.get("standing")?,
        step: row.get("step")?,
        item_status: row.get("item_status")?,
        path: row.get("path")?,
        status: row.get("status")?,
        quote: row.get("quote")?,
        lines,
        cited,
        row: row_lines(row)?,
    })
}

/// The lines of the row that a claim is about.
pub fn row_lines(row: &Row<'_>) -> rusqlite::Result<RowLines> {
    Ok(RowLines { first: row.get("first_line")?, last: row.get("last_line")? })
}

/// The lines of a claim, and those that it cited, as lines of the document.
pub fn places(row: &Row<'_>) -> rusqlite::Result<(ClaimedLines, ClaimedLines)> {
    let before = row.get::<_, i64>("first_line")? - 1;
    let at = |column| row.get::<_, Option<i64>>(column).map(|line| line.map(|line| line.saturating_add(before)));
    let lines = |start, end| Ok::<_, rusqlite::Error>(ClaimedLines { start: at(start)?, end: at(end)? });
    Ok((lines("line_start", "line_end")?, lines("cited_start", "cited_end")?))
}
