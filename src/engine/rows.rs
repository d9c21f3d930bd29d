//! Rows that a program adds one by one. They are kept in an unnamed scratch file, so that memory does not grow with
//! their number.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::record::{Digest, RowId};
use crate::stage::ingest::RowIdFilter;

/// The column with a row's identity.
pub const KEY: &str = "id";

/// The text before an identity, and the length of the identity, a digest in hex.
const PREFIX: &str = "{\"id\":\"";
const DIGITS: usize = 40;

/// Writes rows into a scratch file.
///
/// A row's identity is the digest of the thing that it was made for, not of the prompt, so that a thing stays the same
/// work item when the prompt changes. Equal things are numbered from the second one on.
pub struct RowWriter {
    file: BufWriter<File>,
    seen: RowIdFilter,
    /// Identities that may occur more than once, with the number written of each.
    suspects: HashMap<String, u64>,
    count: u64,
    /// Whether the identities are keys that the caller gave.
    is_keyed: bool,
}

impl RowWriter {
    /// No rows yet.
    pub fn new() -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
        Ok(Self { file, seen: RowIdFilter::new(), suspects: HashMap::new(), count: 0, is_keyed: false })
    }

    /// The number of rows.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds the row that was made for `thing`. `columns` has no column called [`KEY`].
    pub fn push(&mut self, thing: &Value, columns: &Map<String, Value>) -> io::Result<()> {
        let digest = Digest::of_value(&json!(["item", 1, thing]));
        self.write(&digest.to_string(), columns)
    }

    /// Adds a row whose identity is `key`. Either all rows have such a key, or none.
    pub fn push_keyed(&mut self, key: &str, columns: &Map<String, Value>) -> io::Result<()> {
        self.is_keyed = true;
        self.write(key, columns)
    }

    fn write(&mut self, id: &str, columns: &Map<String, Value>) -> io::Result<()> {
        if self.seen.add(RowId::of(&[json!({"key": id})])) {
            self.suspects.insert(id.to_owned(), 0);
        }
        write!(self.file, "{{\"id\":{}", Value::from(id))?;
        for (name, value) in columns {
            write!(self.file, ",{}:{value}", Value::from(name.as_str()))?;
        }
        self.count += 1;
        self.file.write_all(b"}\n")
    }

    /// The file of all rows, each with a unique identity.
    pub fn finish(mut self) -> Result<File, RowsError> {
        self.file.flush()?;
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if self.suspects.is_empty() {
            return Ok(file);
        }
        if self.is_keyed {
            file.seek(SeekFrom::Start(0))?;
            check_keys(BufReader::with_capacity(1 << 18, &file), &self.suspects)?;
            return Ok(file);
        }
        file.seek(SeekFrom::Start(0))?;
        let mut numbered = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
        let mut lines = BufReader::with_capacity(1 << 18, file);
        let mut line = String::new();
        while lines.read_line(&mut line)? > 0 {
            number(&line, &mut self.suspects, &mut numbered)?;
            line.clear();
        }
        numbered.flush()?;
        Ok(numbered.into_inner().map_err(io::IntoInnerError::into_error)?)
    }
}

/// Why rows are of no use.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    #[error(transparent)]
    File(#[from] io::Error),
    /// Two rows, by their indexes, have the same key.
    #[error("rows {first} and {second} have the key `{key}`")]
    Twice { key: String, first: u64, second: u64 },
}

/// Checks that no two rows have one of the keys that may occur more than once.
fn check_keys(lines: impl io::BufRead, suspects: &HashMap<String, u64>) -> Result<(), RowsError> {
    #[derive(Deserialize)]
    struct Keyed {
        id: String,
    }
    let mut found: HashMap<String, u64> = HashMap::new();
    for (index, line) in (0..).zip(lines.lines()) {
        let Keyed { id } = serde_json::from_str(&line?).map_err(io::Error::from)?;
        if !suspects.contains_key(&id) {
            continue;
        }
        if let Some(first) = found.get(&id) {
            return Err(RowsError::Twice { first: *first, second: index, key: id });
        }
        found.insert(id, index);
    }
    Ok(())
}

/// Writes a row, with its number if earlier ones have the same identity.
fn number(line: &str, suspects: &mut HashMap<String, u64>, out: &mut impl Write) -> io::Result<()> {
    let (head, rest) = line.split_at(PREFIX.len() + DIGITS);
    out.write_all(head.as_bytes())?;
    if let Some(count) = suspects.get_mut(&head[PREFIX.len()..]) {
        *count += 1;
        if *count > 1 {
            write!(out, "-{count}")?;
        }
    }
    out.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn lines(things: &[Value]) -> Vec<Value> {
        let mut rows = RowWriter::new().unwrap();
        for thing in things {
            rows.push(thing, &Map::from_iter([("user".to_owned(), json!("a\n\"b\" {{ c }}"))])).unwrap();
        }
        assert_eq!(rows.count(), things.len() as u64);
        let mut file = rows.finish().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn rows_are_json_lines_with_their_own_identity() {
        let rows = lines(&[json!(1), json!("1"), json!(1), json!({"b": 1, "a": 2}), json!(1), json!({"a": 2, "b": 1})]);
        let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(rows[0]["user"], "a\n\"b\" {{ c }}");
        assert!(ids.iter().all(|id| id.len() >= DIGITS));
        assert_ne!(ids[0], ids[1]);
        assert_eq!(ids[2], format!("{}-2", ids[0]));
        assert_eq!(ids[4], format!("{}-3", ids[0]));
        // The order of an object's fields does not make another thing of it.
        assert_eq!(ids[5], format!("{}-2", ids[3]));
    }

    #[test]
    fn a_key_is_the_identity_and_occurs_once() {
        let rows = |keys: &[&str]| {
            let mut rows = RowWriter::new().unwrap();
            let columns = Map::from_iter([("item".to_owned(), json!("{\"id\":\"other\"}"))]);
            for key in keys {
                rows.push_keyed(key, &columns).unwrap();
            }
            rows.finish()
        };
        let mut text = String::new();
        let mut file = rows(&["page_0001", "a \"b\"\n", "1", "01"]).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        let ids: Vec<Value> = text.lines().map(|it| serde_json::from_str::<Value>(it).unwrap()["id"].clone()).collect();
        assert_eq!(ids, ["page_0001", "a \"b\"\n", "1", "01"]);
        let twice = rows(&["a", "b", "c", "b", "a"]).unwrap_err();
        assert_eq!(twice.to_string(), "rows 1 and 3 have the key `b`");
    }

    #[test]
    fn identities_do_not_depend_on_what_is_around_them() {
        let alone = lines(&[json!("b")]);
        let among = lines(&[json!("a"), json!("b"), json!("c")]);
        assert_eq!(alone[0]["id"], among[1]["id"]);
    }
}
