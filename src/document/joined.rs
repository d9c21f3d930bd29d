//! The lines of a document as one text for a parser that gives byte offsets: [`JoinedLines`].

/// Lines with a line feed after each, whatever ended them in the document.
pub(super) struct JoinedLines {
    pub(super) text: String,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
    /// The number of the first line in the document.
    first: usize,
}

impl JoinedLines {
    /// Joins `lines`, the first of which is line `first` of the document.
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a str>, first: usize) -> Self {
        let (mut text, mut starts) = (String::new(), Vec::new());
        for line in lines {
            starts.push(text.len());
            text.push_str(line);
            text.push('\n');
        }
        Self { text, starts, first }
    }

    /// The line of the document with the byte at `offset` in the text.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        self.first + self.starts.partition_point(|&start| start <= offset).saturating_sub(1)
    }
}
