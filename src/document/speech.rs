//! Who says what in a document: the customers' own words that it holds ("tickets"), and the operators' beside them.
//!
//! [`customer_words`] and [`dialogs`] look where such words stand: in the cells of a table, the items of a list,
//! quotes, and lines after labels such as `Customer:`. Labels, headings and headers say whose words they are
//! (`vocabulary` has them in some languages, `labels` and `tone` read them); what reads like a rule is nobody's. It
//! is a rule of thumb, and careful: it rather leaves out a customer's words than takes a rule for them.

mod blocks;
mod cells;
mod labels;
mod tone;
mod tone_words;
mod utterance;
mod vocabulary;

use std::collections::HashSet;

use self::blocks::{Block, BlockKind, TextLine, blocks};
use self::cells::said_in_table;
use self::labels::{Label, bare, labelled, quoted, without_number};
use self::tone::{Topic, is_question, is_wordy, may_be_rule, reads_like_customer, reads_like_rule, topic_of};
use super::front_matter::front_matter;
use super::lines::lines_of;

use self::utterance::Speaker;
pub use self::utterance::Utterance;
pub use self::utterance::UtteranceKind;

/// The longest question of a document that is taken for a customer's, in characters.
const MAX_QUESTION: usize = 300;

/// Everything that customers and operators say in a text, in its order. Lines are counted from 1.
fn utterances(text: &str) -> Vec<Utterance> {
    let mut reading = Reading::default();
    for block in of_text(text) {
        reading.take(&block);
    }
    reading.said
}

/// The words of customers in a text, in its order and each once. Where there are none, the questions that the text asks
/// itself, such as an FAQ's.
#[must_use]
pub fn customer_words(text: &str) -> Vec<Utterance> {
    let mut said = utterances(text);
    said.retain(|it| it.speaker == Speaker::Customer);
    if said.is_empty() {
        said = of_text(text).iter().filter_map(question).collect();
    }
    let mut seen = HashSet::new();
    said.retain(|it| seen.insert(it.text.to_lowercase()));
    said
}

/// The dialogs in a text, in its order: the turns of each, by customers and by operators.
#[must_use]
pub fn dialogs(text: &str) -> Vec<Vec<Utterance>> {
    let mut all: Vec<Vec<Utterance>> = Vec::new();
    for turn in utterances(text).into_iter().filter(|it| it.dialog.is_some()) {
        match all.last_mut().filter(|turns| turns.first().is_some_and(|first| first.dialog == turn.dialog)) {
            Some(turns) => turns.push(turn),
            None => all.push(vec![turn]),
        }
    }
    let has = |turns: &[Utterance], speaker: Speaker| turns.iter().any(|it| it.speaker == speaker);
    all.retain(|turns| has(turns, Speaker::Customer) && has(turns, Speaker::Operator));
    all
}

fn of_text(text: &str) -> Vec<Block> {
    let mut start = 0;
    let mut lines = Vec::new();
    for end in lines_of(text) {
        lines.push(&text[start..end.at as usize]);
        start = end.next();
    }
    let front = front_matter(lines.iter().copied()).map_or(0, |it| it.line_count);
    blocks(lines.into_iter().skip(front), front + 1)
}

/// The question that a block is, or begins with, as where its answer follows on the next line.
fn question(block: &Block) -> Option<Utterance> {
    let Block::Text { kind: BlockKind::Heading(_) | BlockKind::Paragraph | BlockKind::Item, lines } = block else {
        return None;
    };
    let whole = joined(lines);
    let text = bare(without_number(&whole));
    let text = Some(first_sentence(text)).filter(|it| is_question(it)).unwrap_or(text);
    let end = whole.find(text).unwrap_or_default() + text.len();
    let mut length = 0;
    let is_taken = |(_, line): &&TextLine| {
        let is_before = length < end;
        length += line.len() + 1;
        is_before
    };
    let count = lines.iter().take_while(is_taken).count();
    let is_asked = is_question(text) && is_wordy(text, 2) && text.chars().count() <= MAX_QUESTION;
    let lines = lines.get(..count).unwrap_or(lines);
    is_asked.then(|| utterance(lines, text.to_owned(), UtteranceKind::Question, Speaker::Customer))
}

/// The text up to the first mark that ends a sentence.
fn first_sentence(text: &str) -> &str {
    let marks = text.match_indices(['.', '!', '?', '…', '。', '！', '？', '؟']);
    let mut ends = marks.map(|(at, mark)| text.split_at(at + mark.len()));
    ends.find(|(_, rest)| rest.starts_with(char::is_whitespace)).map_or(text, |(sentence, _)| sentence)
}

fn joined(lines: &[TextLine]) -> String {
    lines.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ")
}

fn utterance(lines: &[TextLine], text: String, kind: UtteranceKind, speaker: Speaker) -> Utterance {
    let (line, line_end) = (lines.first().map_or(1, |it| it.0), lines.last().map_or(1, |it| it.0));
    Utterance { line, line_end, text, kind, speaker, dialog: None }
}

/// What is known while a document is read from its start to its end.
#[derive(Default)]
struct Reading {
    said: Vec<Utterance>,
    /// The headings above, with their levels and topics.
    headings: Vec<(u8, Option<Topic>)>,
    /// What the line above announces, such as `Customers write:`.
    lead: Option<Topic>,
    /// Whose words the label above announces, where nothing follows it on its line.
    pending: Option<Speaker>,
    dialogs: usize,
    in_dialog: bool,
}

impl Reading {
    fn take(&mut self, block: &Block) {
        match block {
            Block::Table { header, rows } => {
                self.in_dialog = false;
                let said = said_in_table(header, rows, self.topic(), &mut self.dialogs);
                self.said.extend(said);
            }
            Block::Text { kind: BlockKind::Heading(level), lines } => {
                self.in_dialog = false;
                (self.lead, self.pending) = (None, None);
                self.headings.retain(|(above, _)| above < level);
                self.headings.push((*level, topic_of(&joined(lines))));
            }
            Block::Text { kind: BlockKind::Rule, .. } => self.in_dialog = false,
            Block::Text { kind, lines } => {
                if !self.take_turns(*kind, lines) {
                    self.take_unlabelled(*kind, lines);
                }
            }
        }
    }

    /// What the line above or the nearest heading announces.
    fn topic(&self) -> Option<Topic> {
        self.lead.or_else(|| self.headings.iter().rev().find_map(|(_, topic)| *topic))
    }

    /// Takes lines after labels; returns whether there are any.
    fn take_turns(&mut self, kind: BlockKind, lines: &[TextLine]) -> bool {
        let label_of_first = lines.first().and_then(|(_, text)| labelled(text));
        match label_of_first {
            None if self.pending.is_none() => return false,
            None if kind == BlockKind::Code => return false,
            Some((Label::Note, _)) => return kind == BlockKind::Quote,
            _ => {}
        }
        // A block with a whole exchange is a dialog of its own.
        let labels: Vec<Label> = lines.iter().filter_map(|(_, text)| labelled(text)).map(|(label, _)| label).collect();
        if labels.first() == Some(&Label::Customer) && labels.contains(&Label::Operator) {
            self.in_dialog = false;
        }
        let mut turn: Option<Utterance> = None;
        let mut speaker = self.pending.take();
        for (line, text) in lines {
            let (label, rest) = match labelled(text) {
                Some((Label::Customer, rest)) => (Some(Speaker::Customer), rest),
                Some((Label::Operator, rest)) => (Some(Speaker::Operator), rest),
                Some((Label::Note, _)) | None => (None, text.as_str()),
            };
            if let Some(label) = label {
                self.end_turn(turn.take());
                speaker = Some(label);
            }
            match (&mut turn, speaker) {
                (Some(turn), _) => {
                    turn.line_end = *line;
                    turn.text.push(' ');
                    turn.text.push_str(rest);
                }
                (None, Some(speaker)) if !rest.is_empty() => {
                    turn = Some(utterance(&[(*line, String::new())], rest.to_owned(), kind_of(kind, true), speaker));
                }
                (None, _) => {}
            }
        }
        if turn.is_none() {
            self.pending = speaker;
        }
        self.end_turn(turn);
        true
    }

    fn end_turn(&mut self, turn: Option<Utterance>) {
        let Some(mut turn) = turn else { return };
        let text = bare(&turn.text).to_owned();
        turn.text = text;
        if !turn.text.chars().any(char::is_alphanumeric) {
            return;
        }
        if !self.in_dialog {
            self.dialogs += 1;
            self.in_dialog = true;
        }
        self.said.push(Utterance { dialog: Some(self.dialogs), ..turn });
    }

    fn take_unlabelled(&mut self, kind: BlockKind, lines: &[TextLine]) {
        self.in_dialog = false;
        let said = match kind {
            BlockKind::Item => self.item(lines).into_iter().collect(),
            BlockKind::Quote => self.quote(lines),
            BlockKind::Paragraph => self.paragraph(lines),
            BlockKind::Heading(_) | BlockKind::Code | BlockKind::Rule => Vec::new(),
        };
        self.said.extend(said);
    }

    /// The lines of a paragraph that are in quotation marks as a whole. A line that ends in a colon announces them, or
    /// what follows the paragraph.
    fn paragraph(&mut self, lines: &[TextLine]) -> Vec<Utterance> {
        let announced = |text: &str| text.trim_end().ends_with([':', '：']).then(|| topic_of(text)).flatten();
        let in_quotes =
            |text: &str| quoted(text).filter(|(_, is_whole)| *is_whole).map(|(inside, _)| inside.to_owned());
        if !lines.iter().any(|(_, text)| in_quotes(text).is_some()) {
            self.lead = announced(&joined(lines));
            return Vec::new();
        }
        let mut said = Vec::new();
        for line in lines {
            match in_quotes(&line.1) {
                Some(inside) if self.topic().is_some() || reads_like_customer(&inside) => {
                    let quote = self.item(std::slice::from_ref(line));
                    said.extend(quote.map(|it| Utterance { kind: UtteranceKind::Quote, ..it }));
                }
                Some(_) => {}
                None => self.lead = announced(&line.1),
            }
        }
        said
    }

    #[expect(clippy::match_same_arms, reason = "they are in the order in which they are tried")]
    fn item(&self, lines: &[TextLine]) -> Option<Utterance> {
        let whole = joined(lines);
        let text = without_number(&whole);
        let topic = self.topic();
        let inside = quoted(text).filter(|(inside, is_whole)| {
            is_wordy(inside, 2) && (*is_whole || topic == Some(Topic::Customers) && is_wordy(inside, 3))
        });
        let speaker = match (topic, inside) {
            (Some(Topic::Operators), Some(_)) => Speaker::Operator,
            (Some(Topic::Operators | Topic::Rules), _) => return None,
            (Some(Topic::Customers), None) if !is_wordy(text, 2) || reads_like_rule(text) => return None,
            (Some(Topic::Messages), None) if !reads_like_customer(text) || is_question(text) => return None,
            (Some(Topic::Customers | Topic::Messages), _) => Speaker::Customer,
            (None, Some((inside, _))) if !may_be_rule(inside) => Speaker::Customer,
            (None, _) => return None,
        };
        let text = inside.map_or(text, |(inside, _)| inside).to_owned();
        Some(utterance(lines, text, kind_of(BlockKind::Item, false), speaker))
    }

    /// The lines of a quote. One that ends like a sentence ends a message.
    fn quote(&self, lines: &[TextLine]) -> Vec<Utterance> {
        let topic = self.topic();
        let speaker = match topic {
            Some(Topic::Rules) => return Vec::new(),
            Some(Topic::Operators) => Speaker::Operator,
            _ => Speaker::Customer,
        };
        let ends = |(_, text): &TextLine| text.ends_with(['.', '!', '?', '…', '»', '”', '"', '。', '？', '！']);
        let messages = lines.split_inclusive(ends);
        let said = messages.map(|lines| {
            let text = joined(lines);
            utterance(lines, bare(&text).to_owned(), kind_of(BlockKind::Quote, false), speaker)
        });
        said.filter(|it| {
            let is_rule =
                if topic == Some(Topic::Customers) { reads_like_rule(&it.text) } else { may_be_rule(&it.text) };
            is_wordy(&it.text, 2) && !is_rule && !it.text.starts_with("[!")
        })
        .collect()
    }
}

/// The kind of what stands in a block.
fn kind_of(kind: BlockKind, labelled: bool) -> UtteranceKind {
    match kind {
        BlockKind::Item => UtteranceKind::List,
        BlockKind::Quote => UtteranceKind::Quote,
        _ if labelled => UtteranceKind::Dialog,
        _ => UtteranceKind::Question,
    }
}

#[cfg(test)]
mod tests;
