//! What is odd about documents: one anomaly for each document and kind, and a few words for people.

use std::collections::BTreeMap;

use rusqlite::Transaction;

use crate::document::{DocumentNote, Section};
use crate::stage::StageContext;

/// How many notes of a kind are told in full.
const TOLD: usize = 3;

/// How many heading paths an anomaly names.
const NAMED: usize = 5;

/// The notes on all documents so far.
#[derive(Default)]
pub(super) struct DocumentNotes {
    /// For each kind, the first notes with their documents, and how many there are.
    found: BTreeMap<&'static str, (Vec<String>, u64)>,
}

impl DocumentNotes {
    /// Records the notes on a document.
    pub(super) fn of_document<'a>(
        &mut self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        name: &str,
        notes: impl Iterator<Item = &'a DocumentNote>,
    ) -> rusqlite::Result<()> {
        for note in notes {
            let kind = kind_of(note);
            let text = note.to_string();
            ctx.anomaly(tx, kind, Some(name), &text)?;
            self.add(kind, format!("{name}: {text}"));
        }
        Ok(())
    }

    /// Records the heading paths that a document has more than once.
    pub(super) fn of_headings(
        &mut self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        name: &str,
        sections: &[Section],
    ) -> rusqlite::Result<()> {
        // The later pieces of a long section have its path, too.
        let repeated = sections.iter().filter(|it| it.occurrence > 1 && it.part == 1 && !it.heading_path.is_empty());
        let mut places: Vec<String> =
            repeated.map(|it| format!("`{}` again at line {}", it.heading_path.join(" > "), it.first_line)).collect();
        if places.is_empty() {
            return Ok(());
        }
        let more = places.len().saturating_sub(NAMED);
        places.truncate(NAMED);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let detail = format!("heading paths repeat: {}{more}", places.join(", "));
        ctx.anomaly(tx, "repeated_headings", Some(name), &detail)?;
        self.add("repeated_headings", format!("{name}: {detail}; their sections are told apart by their order"));
        Ok(())
    }

    fn add(&mut self, kind: &'static str, text: String) {
        let (told, count) = self.found.entry(kind).or_default();
        *count += 1;
        if told.len() < TOLD {
            told.push(text);
        }
    }

    /// Returns what is said to people.
    pub(super) fn to_say(&self) -> Vec<String> {
        let mut said = Vec::new();
        for (kind, (told, count)) in &self.found {
            said.extend(told.iter().cloned());
            let more = *count - told.len() as u64;
            if more > 0 {
                said.push(format!("{more} more of the kind `{kind}` are in the view `anomalies`"));
            }
        }
        said
    }
}

/// The word that anomalies of this kind are counted by.
fn kind_of(note: &DocumentNote) -> &'static str {
    match note {
        DocumentNote::ScannedPages(_) => "scanned_pages",
        DocumentNote::SkippedText { .. } => "skipped_text",
        DocumentNote::UnreadableCharacters { .. } => "unreadable_characters",
        DocumentNote::TooLong { .. } => "long_sections",
        DocumentNote::SeemsUtf8 { .. } => "other_encoding",
        _ => "reader_notes",
    }
}
