//! One JSON object a line.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use super::cells::Cells;
use super::decode::Lines;
use super::error::{PlacedProblem, TableProblem};
use super::header::Header;
use super::notes::Notes;
use super::objects::{Keys, ObjectFault, set_cells};

/// Reads the objects of a jsonl.
pub(super) struct Jsonl<R> {
    lines: Lines<R>,
    line: String,
    columns: HashMap<String, usize>,
}

impl<R: Read + Seek> Jsonl<R> {
    /// Reads the file through for its keys, checks every line, and goes back to the start.
    pub(super) fn open(source: R, encoding: &str, notes: &mut Notes) -> Result<(Header, Self), PlacedProblem> {
        let mut lines = Lines::open(source, encoding)?;
        let mut keys = Keys::default();
        let mut line = String::new();
        while lines.next_into(&mut line)?.is_some() {
            if !is_blank(&line) {
                keys.add(&line, lines.line()).map_err(|fault| placed(lines.line(), fault))?;
            }
        }
        if lines.line() == 0 || keys.names.is_empty() {
            return Err(TableProblem::Empty.into());
        }
        notes.bom = lines.bom();
        let mut source = lines.into_source();
        source.seek(SeekFrom::Start(0))?;
        let header = Header { names: keys.names.clone(), line: None };
        Ok((header, Self { lines: Lines::open(source, encoding)?, line, columns: keys.columns() }))
    }

    /// Reads the next object; returns its line.
    pub(super) fn read(&mut self, cells: &mut Cells, notes: &mut Notes) -> Result<Option<u64>, PlacedProblem> {
        loop {
            if self.lines.next_into(&mut self.line)?.is_none() {
                return Ok(None);
            }
            if !is_blank(&self.line) {
                break;
            }
            notes.blank_lines += 1;
        }
        let number = self.lines.line();
        set_cells(&self.line, &self.columns, cells).map_err(|fault| placed(number, fault))?;
        Ok(Some(number))
    }
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn placed(line: u64, fault: ObjectFault) -> PlacedProblem {
    let problem = match fault.problem {
        TableProblem::NotAnObject { found: found @ "an array", .. } => TableProblem::NotAnObject {
            found,
            rule: "jsonl has one object a line; one array of them is `format: json`",
        },
        TableProblem::NotAnObject { found, .. } => {
            TableProblem::NotAnObject { found, rule: "jsonl has one object a line" }
        }
        problem => problem,
    };
    PlacedProblem::at(line, problem)
}
