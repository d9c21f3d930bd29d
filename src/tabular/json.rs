//! One JSON array of objects, read an element at a time: only the element that is read is in memory.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use super::cells::Cells;
use super::decode::Lines;
use super::error::{PlacedProblem, TablePlace, TableProblem};
use super::header::Header;
use super::limits::MAX_LINE_BYTES;
use super::notes::Notes;
use super::objects::{Keys, ObjectFault, kind, set_cells};

/// Reads the objects of a JSON array.
pub(super) struct JsonArray<R> {
    elements: Elements<R>,
    element: String,
    columns: HashMap<String, usize>,
}

impl<R: Read + Seek> JsonArray<R> {
    /// Reads the array through for its keys, checks every element, and goes back to the start.
    pub(super) fn open(source: R, encoding: &str, notes: &mut Notes) -> Result<(Header, Self), PlacedProblem> {
        let mut elements = Elements::open(source, encoding)?;
        let (mut keys, mut element) = (Keys::default(), String::new());
        while let Some(line) = elements.next_into(&mut element)? {
            keys.add(&element, elements.number).map_err(|fault| placed(elements.number, line, fault))?;
        }
        if elements.number == 0 {
            return Err(TableProblem::NoRows.into());
        }
        if keys.names.is_empty() {
            return Err(TableProblem::Empty.into());
        }
        notes.bom = elements.lines.bom();
        let mut source = elements.lines.into_source();
        source.seek(SeekFrom::Start(0))?;
        let header = Header { names: keys.names.clone(), line: None };
        Ok((header, Self { elements: Elements::open(source, encoding)?, element, columns: keys.columns() }))
    }

    /// Reads the next object; returns the line where it begins.
    pub(super) fn read(&mut self, cells: &mut Cells) -> Result<Option<u64>, PlacedProblem> {
        let Some(line) = self.elements.next_into(&mut self.element)? else { return Ok(None) };
        let number = self.elements.number;
        set_cells(&self.element, &self.columns, cells).map_err(|fault| placed(number, line, fault))?;
        Ok(Some(line))
    }

    /// Where the element that was read last is.
    pub(super) fn place(&self, line: u64) -> TablePlace {
        TablePlace::Element { number: self.elements.number, line }
    }
}

fn placed(number: u64, line: u64, fault: ObjectFault) -> PlacedProblem {
    PlacedProblem(TablePlace::Element { number, line: line + fault.line }, fault.problem)
}

/// The elements of an array as texts.
struct Elements<R> {
    lines: Lines<R>,
    /// The elements so far.
    number: u64,
    is_begun: bool,
    is_ended: bool,
}

/// Where in an element the scan is.
#[derive(Default)]
struct Scan {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl<R: Read> Elements<R> {
    fn open(source: R, encoding: &str) -> Result<Self, PlacedProblem> {
        Ok(Self { lines: Lines::open(source, encoding)?, number: 0, is_begun: false, is_ended: false })
    }

    /// Reads the text of the next element; returns the line where it begins, or `None` at the end of the array.
    fn next_into(&mut self, element: &mut String) -> Result<Option<u64>, PlacedProblem> {
        element.clear();
        if self.is_ended {
            return Ok(None);
        }
        if !self.is_begun {
            self.begin()?;
        }
        match (self.next_character()?, self.number) {
            (']', _) => return self.end().map(|()| None),
            (',', 0) => return Err(self.unexpected(',', "an element")),
            (_, 0) => {}
            (',', _) => {
                self.lines.take(1);
                let next = self.next_character()?;
                if matches!(next, ']' | ',') {
                    return Err(self.unexpected(next, "an element after `,`"));
                }
            }
            (other, number) => return Err(self.unexpected(other, &format!("`,` or `]` after element {number}"))),
        }
        self.number += 1;
        let line = self.lines.line();
        self.read_value(element, line)?;
        Ok(Some(line))
    }

    /// Reads the `[` at the start.
    fn begin(&mut self) -> Result<(), PlacedProblem> {
        self.is_begun = true;
        match self.skip_white_space()? {
            Some('[') => self.lines.take(1),
            None => return Err(TableProblem::Empty.into()),
            Some(other) => {
                let found = kind(other.encode_utf8(&mut [0; 4])).unwrap_or(if other == '{' {
                    "an object: `input.format: jsonl` reads one a line, and an array within one has to stand alone"
                } else {
                    "something else"
                });
                return Err(PlacedProblem::at(self.lines.line(), TableProblem::NotAnArray(found)));
            }
        }
        Ok(())
    }

    /// Reads the `]` at the end, and makes sure that nothing follows.
    fn end(&mut self) -> Result<(), PlacedProblem> {
        self.lines.take(1);
        self.is_ended = true;
        match self.skip_white_space()? {
            None => Ok(()),
            Some(other) => Err(self.unexpected(other, "nothing after the array")),
        }
    }

    /// The first character of the next piece that is no white space.
    fn skip_white_space(&mut self) -> Result<Option<char>, PlacedProblem> {
        loop {
            let Some(piece) = self.lines.piece()? else { return Ok(None) };
            let blank = piece.len() - piece.trim_start_matches([' ', '\t', '\n', '\r']).len();
            let next = piece[blank..].chars().next();
            self.lines.take(blank);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// The next character that is no white space. There is one, since the array has yet to be closed.
    fn next_character(&mut self) -> Result<char, PlacedProblem> {
        let found = self.skip_white_space()?;
        found.ok_or_else(|| self.fault("the file ends without the `]` that closes the array".to_owned()))
    }

    /// Reads a value up to its end: of an object, an array or a text where it is closed, of others before a comma or
    /// bracket.
    fn read_value(&mut self, element: &mut String, line: u64) -> Result<(), PlacedProblem> {
        let mut scan = Scan::default();
        loop {
            let Some(piece) = self.lines.piece()? else {
                let problem = TableProblem::Json("the file ends within the element".to_owned());
                return Err(PlacedProblem(TablePlace::Element { number: self.number, line }, problem));
            };
            let (end, is_complete) = scan.advance(piece.as_bytes(), element.is_empty());
            element.push_str(&piece[..end]);
            self.lines.take(end);
            if element.len() > MAX_LINE_BYTES {
                let place = TablePlace::Element { number: self.number, line };
                return Err(PlacedProblem(place, TableProblem::ElementTooLong));
            }
            if is_complete {
                return Ok(());
            }
        }
    }

    fn unexpected(&self, found: char, expected: &str) -> PlacedProblem {
        self.fault(format!("expected {expected}, found `{}`", found.escape_debug()))
    }

    /// What is wrong between elements, or around all of them: no element is to blame.
    fn fault(&self, problem: String) -> PlacedProblem {
        PlacedProblem::at(self.lines.line(), TableProblem::Json(problem))
    }
}

impl Scan {
    /// Goes through a piece of a value; returns how much of it belongs to the value, and whether the value ends there.
    /// All that matters are ASCII characters, so that the end is one of a character.
    fn advance(&mut self, piece: &[u8], is_start: bool) -> (usize, bool) {
        for (at, byte) in piece.iter().enumerate() {
            if self.in_string {
                if self.escaped {
                    self.escaped = false;
                } else if *byte == b'\\' {
                    self.escaped = true;
                } else if *byte == b'"' {
                    self.in_string = false;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                continue;
            }
            match byte {
                b'"' if self.depth == 0 && !(is_start && at == 0) => return (at, true),
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' | b',' | b' ' | b'\t' | b'\n' | b'\r' if self.depth == 0 => return (at, true),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                _ => {}
            }
        }
        (piece.len(), false)
    }
}
