//! The passages of one collection by their words: [`Index`].
//!
//! Passages are ranked by BM25 as FTS5 has it, in a temporary database: in memory as far as its cache goes, and in a
//! file beyond. The same passages and question always give the same result.
//!
//! Two things differ from FTS5 as it comes. A word in more than half of the rows would weigh a millionth, so that in a
//! small collection the words that matter count for nothing. So as many rows without words are added as there are
//! passages, and one: then no word is in more than half of them, and each weighs more than zero. And since each passage
//! with a word of the question is compared, a word that stands everywhere would take long. So only the rarest words
//! count, as far as they stand in [`MAX_COMPARED`] passages together.

use rusqlite::Connection;

use super::words::separated;
use crate::prompt::Passage;
use crate::store::{self, sql};

/// The most passages that are compared for one question: the words are taken from the rarest on as long as they stand
/// in so many together. The rarest is always taken, and of its passages the first so many.
const MAX_COMPARED: i64 = 8_000;

/// The most words of a question that count.
const MAX_WORDS: i64 = 32;

/// A passage that is added to an index.
#[derive(Debug)]
pub(super) struct IndexedPassage<'a> {
    /// Its row (rowid).
    pub row: i64,
    pub document: &'a str,
    pub title: &'a str,
    pub heading_path: &'a str,
    pub line_start: i64,
    pub line_end: i64,
    pub page: Option<i64>,
    pub text: &'a str,
}

/// An index to which passages are added.
#[derive(Debug)]
pub(super) struct IndexBuilder {
    connection: Connection,
    count: i64,
}

impl IndexBuilder {
    pub fn new() -> rusqlite::Result<Self> {
        let connection = store::workspace()?;
        for statement in [
            sql::KNOWLEDGE_CREATE_PASSAGE,
            sql::KNOWLEDGE_CREATE_PASSAGE_WORD,
            sql::KNOWLEDGE_CREATE_PASSAGE_TERM,
            sql::KNOWLEDGE_CREATE_QUESTION_WORD,
            sql::KNOWLEDGE_CREATE_QUESTION_TERM,
            sql::KNOWLEDGE_CREATE_TERM_COUNT,
        ] {
            statement.execute(&connection, &[])?;
        }
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection, count: 0 })
    }

    /// Adds the next passage of the collection.
    pub fn add(&mut self, passage: &IndexedPassage<'_>) -> rusqlite::Result<()> {
        self.count += 1;
        sql::KNOWLEDGE_INSERT_PASSAGE.execute(
            &self.connection,
            &[
                (":id", &self.count),
                (":input_row", &passage.row),
                (":document", &passage.document),
                (":title", &passage.title),
                (":heading_path", &passage.heading_path),
                (":line_start", &passage.line_start),
                (":line_end", &passage.line_end),
                (":page", &passage.page),
                (":text", &passage.text),
            ],
        )?;
        // A part of a long section has its headings only here.
        let headings = if passage.heading_path.is_empty() { passage.title } else { passage.heading_path };
        let words = separated(&format!("{headings}\n{}", passage.text));
        sql::KNOWLEDGE_INSERT_WORDS.execute(&self.connection, &[(":id", &self.count), (":words", &words)]).map(drop)
    }

    /// Completes the index.
    pub fn finish(self) -> rusqlite::Result<Index> {
        let Self { connection, count } = self;
        let (first, last) = (count + 1, 2 * count + 1);
        sql::KNOWLEDGE_INSERT_EMPTY.execute(&connection, &[(":first", &first), (":last", &last)])?;
        sql::KNOWLEDGE_MERGE_WORDS.execute(&connection, &[])?;
        sql::KNOWLEDGE_COUNT_TERMS.execute(&connection, &[])?;
        connection.execute_batch("COMMIT")?;
        Ok(Index { connection })
    }
}

/// The passages of a collection, indexed.
#[derive(Debug)]
pub struct Index {
    connection: Connection,
}

impl Index {
    /// The passages that go best with a question, best first: at most `count`. Those that are equal come in the order
    /// of the collection. A question without a word that stands in a passage gets none.
    pub fn search(&self, question: &str, count: u32) -> rusqlite::Result<Vec<Passage>> {
        let Some(words) = self.expression(question)? else { return Ok(Vec::new()) };
        let parameters: [(&str, &dyn rusqlite::ToSql); 3] =
            [(":words", &words), (":most", &MAX_COMPARED), (":count", &count)];
        sql::KNOWLEDGE_SEARCH.all(&self.connection, &parameters, |row| {
            Ok(Passage {
                row: row.get("input_row")?,
                document: row.get("document")?,
                title: row.get("title")?,
                heading_path: row.get("heading_path")?,
                line_start: row.get("line_start")?,
                line_end: row.get("line_end")?,
                page: row.get("page")?,
                text: row.get("text")?,
            })
        })
    }

    /// The words of a question that count, as FTS5 reads them; `None` if there is none.
    fn expression(&self, question: &str) -> rusqlite::Result<Option<String>> {
        let words = separated(question);
        sql::KNOWLEDGE_CLEAR_QUESTION.execute(&self.connection, &[])?;
        sql::KNOWLEDGE_INSERT_QUESTION.execute(&self.connection, &[(":words", &words)])?;
        let terms = sql::KNOWLEDGE_QUESTION_TERMS.all(&self.connection, &[(":most", &MAX_WORDS)], |row| {
            Ok((row.get::<_, String>("term")?, row.get::<_, i64>("passages")?))
        })?;
        let mut compared = 0;
        let counted = terms.iter().enumerate().take_while(|(place, (_, passages))| {
            compared += passages;
            *place == 0 || compared <= MAX_COMPARED
        });
        // The query is a language. In quotes, a word is a word.
        let quoted = counted.map(|(_, (term, _))| format!("\"{}\"", term.replace('"', "\"\"")));
        let expression = quoted.collect::<Vec<_>>().join(" OR ");
        Ok(Some(expression).filter(|it| !it.is_empty()))
    }
}

#[cfg(test)]
mod tests;
