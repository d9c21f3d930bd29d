//! What is no word of the model in the text of an answer, after its beginning: whole blocks of thoughts, and the tokens
//! of a chat template at the end. [`said`] leaves out what is certain; [`leftover`] says whether there is any of it.

use std::borrow::Cow;

use super::code::{Hidden, MOST_TRIED, in_quotes, is_indented, line_before};
use super::speech::SENTENCE_ENDS;
use super::tags::{self, Block, closing, opening, places};
use super::{likely, speech};

/// The tokens at which a model's turn is over.
pub(super) const ENDS: [&str; 16] = [
    "<|return|>",
    "<|end|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|END_RESPONSE|>",
    "<|endofresponse|>",
    "<|end_of_response|>",
    "<|end_of_solution|>",
    "<end_of_turn>",
    "<｜end▁of▁sentence｜>",
    "<turn|>",
];

/// Tokens that end a turn and that other texts have too.
const MARKUP_ENDS: [&str; 3] = ["</s>", "<eos>", "[EOS]"];

/// How far before `</s>` the element that it ends is looked for, in bytes: a bound on hostile texts.
const NEAR: usize = 2_000;

/// The tokens at which the next turn begins.
const STARTS: [&str; 7] =
    ["<|start|>", "<|channel|>", "<|im_start|>", "<|start_header_id|>", "<start_of_turn>", "<|turn>", "[INST]"];

/// How a turn begins after a token that ended the one before.
const ROLES: [&str; 5] = ["Human:", "User:", "Assistant:", "user\n", "assistant\n"];

/// The tokens at which an answer begins.
const BEGINS: [&str; 6] = [
    "<|START_RESPONSE|>",
    "<|begin_of_response|>",
    "<|begin_of_solution|>",
    "<|im_start|>assistant\n",
    "<|start_header_id|>assistant<|end_header_id|>",
    "<start_of_turn>model\n",
];

/// What of thoughts or of a template stands in the text of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// It is no part of the answer, and is left out.
    Certain,
    /// It may be: the text may speak of tags, so that it stays.
    Doubtful,
}

impl Leftover {
    /// The word in the run file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Doubtful => "doubtful",
        }
    }

    /// What has this word in the run file.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Certain, Self::Doubtful].into_iter().find(|it| it.as_str() == name)
    }
}

/// The text of an answer without what is certainly no word of the model.
#[must_use]
pub fn said(text: &str) -> Cow<'_, str> {
    let found = Found::of(text);
    if found.cuts.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in found.cuts {
        kept.push_str(&text[from..start]);
        from = end;
        let rest = &text[from..];
        if rest.trim().is_empty() {
            kept.truncate(kept.trim_end().len());
            from = text.len();
        } else if kept.ends_with('\n') {
            from += super::blank(rest);
        } else if kept.ends_with([' ', '\t']) {
            from += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        }
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Whether the text of an answer has something of thoughts or of a template in it. What is certain outweighs what is
/// doubtful.
#[must_use]
pub fn leftover(text: &str) -> Option<Leftover> {
    let found = Found::of(text);
    if !found.cuts.is_empty() {
        return Some(Leftover::Certain);
    }
    (found.is_doubtful || likely::is_in(text)).then_some(Leftover::Doubtful)
}

/// What was found in a text.
#[derive(Debug, Default)]
struct Found {
    /// In order, and apart from each other.
    cuts: Vec<(usize, usize)>,
    /// Whether tags or tokens stay outside quotes, code and JSON.
    is_doubtful: bool,
}

impl Found {
    fn of(text: &str) -> Self {
        let is_tag = |at: &usize| {
            let here = &text[*at..];
            let is_token = ends(here).is_some() || starts(here) || begins(here).is_some();
            is_token || opening(here).is_some() || closing(here).is_some()
        };
        let mut found = Self::default();
        let mut tags = places(text).filter(is_tag).take(MOST_TRIED).peekable();
        if tags.peek().is_none() {
            return found;
        }
        let hidden = Hidden::of(text);
        // What is left of the text, to see whether it speaks of tags.
        let (mut rest, mut from) = (String::new(), 0);
        for at in tags {
            if at < from {
                continue;
            }
            let is_shown = !hidden.has(at) && !is_in_quotes(text, at);
            if is_shown && let Some(end) = cut(text, at) {
                found.cuts.push((at, end));
                rest.push_str(&text[from..at]);
                from = end;
            } else {
                found.is_doubtful |= is_shown;
                rest.push_str(MENTION);
            }
        }
        rest.push_str(&text[from..]);
        if !found.cuts.is_empty() && speech::is_about(&rest) {
            return Self { cuts: Vec::new(), is_doubtful: true };
        }
        found
    }
}

/// What makes a text that has a tag left one that speaks of them.
const MENTION: &str = " closing tag ";

/// Whether the tag at a place stands in quotes or in code on its line.
fn is_in_quotes(text: &str, at: usize) -> bool {
    let here = &text[at..];
    let length =
        opening(here).map(|it| it.0.length).or_else(|| closing(here).map(|it| it.length)).or_else(|| ends(here));
    let after = &here[length.unwrap_or(1).min(here.len())..];
    let after = after.lines().next().unwrap_or_default();
    in_quotes(line_before(text, at), after)
}

/// The end of what certainly is no word of the model at a place.
fn cut(text: &str, at: usize) -> Option<usize> {
    thought(text, at).or_else(|| turn(text, at)).or_else(|| beginning(text, at))
}

/// The end of the block of thoughts at a place, if it certainly is one.
fn thought(text: &str, at: usize) -> Option<usize> {
    let (head, here) = text.split_at(at);
    let block = tags::block(here)?;
    let length = match block {
        Block::Closed(length) => length,
        Block::Open => here.len(),
    };
    let line = line_before(text, at).trim();
    let inside = tags::content(&here[..length]);
    let is_long = inside.split_whitespace().count() >= 2 || inside.chars().filter(|it| !it.is_ascii()).count() >= 8;
    let is_alone = line.is_empty();
    // What breaks off before a thought that never ends may well speak of it.
    let breaks_off = block == Block::Open && !head.trim_end().ends_with(SENTENCE_ENDS);
    let is_spoken_of = head.trim_end().ends_with([':', '：', ',', '，', '(', '[', '{', '"', '“', '\'', '>'])
        || speech::mentions(line_before(text, at))
        || !is_alone && inside.starts_with('\n') && !line.ends_with(SENTENCE_ENDS)
        || speech::is_mark(line)
        || speech::names(line)
        || is_indented(text, at, at + length)
        || here[length..].starts_with([',', ';', '.', ')', '?', '!', ':', '"', '”'])
        || speech::is_named(&here[..length], &here[length..]);
    let is_certain = !is_spoken_of
        && !breaks_off
        && tags::is_of_thoughts_alone(here)
        && !speech::is_placeholder(inside)
        && (is_alone && block != Block::Open || is_long && (is_alone || block != Block::Open));
    is_certain.then_some(at + length)
}

/// The end of the text, if the token at a place certainly ends the model's turn: nothing follows, or another turn does.
fn turn(text: &str, at: usize) -> Option<usize> {
    let (head, here) = text.split_at(at);
    let mut rest = &here[ends(here)?..];
    while let Some(length) = ends(rest.trim_start()) {
        rest = &rest.trim_start()[length..];
    }
    let rest = rest.trim();
    let line = line_before(text, at);
    let is_spoken_of = is_mention(text, at)
        || head.trim_end().ends_with([':', '：', ',', '，', '(', '[', '{'])
        || speech::is_mark(line)
        || line.ends_with([' ', '\t']) && speech::names(line);
    let is_over = rest.is_empty() || begins_next(rest);
    (!is_spoken_of && is_over).then_some(text.len())
}

/// The end of the token at which the answer begins, if the text begins with it and goes on as an answer does.
fn beginning(text: &str, at: usize) -> Option<usize> {
    let end = at + begins(&text[at..]).filter(|_| text[..at].trim().is_empty())?;
    (!speech::goes_on(&text[end..])).then_some(end)
}

/// The length of the token at which an answer begins, or of a header of gpt-oss that has lost its channel.
fn begins(text: &str) -> Option<usize> {
    let token = BEGINS.iter().find(|token| text.starts_with(**token)).map(|token| token.len());
    token.or_else(|| super::harmony::lost_header(text))
}

/// Whether the model's turn is over at a place, or another one begins there, and the token is not only spoken of.
pub(super) fn is_over(text: &str, at: usize) -> bool {
    let (before, here) = text.split_at(at);
    let is_end = ENDS.iter().any(|token| here.starts_with(token));
    let is_inside = !before.trim().is_empty() && (starts(here) || ends(here).is_some());
    // Other texts have such a token too: it ends a sentence, or another turn follows.
    let is_markup = MARKUP_ENDS.iter().any(|token| here.starts_with(token));
    let ends_sentence = before.trim_end().ends_with(SENTENCE_ENDS) || before.trim_end().ends_with(['}', ']', '`']);
    let is_sure = !is_markup || ends_sentence || begins_next(here[ends(here).unwrap_or_default()..].trim_start());
    (is_end || is_inside) && is_sure && !is_mention(text, at)
}

/// Whether the token at a place stands in a sentence, or ends what a token or an element before it has begun.
fn is_mention(text: &str, at: usize) -> bool {
    let (before, here) = text.split_at(at);
    let line = line_before(text, at);
    let Some(length) = ends(here) else { return speech::mentions(line) };
    let opened = || before.match_indices(['<', '[']).take(MOST_TRIED).any(|(at, _)| at > 0 && starts(&before[at..]));
    let is_markup = MARKUP_ENDS.iter().any(|token| here.starts_with(token));
    speech::mentions(line) || speech::goes_on(&here[length..]) || is_markup && is_of_markup(before, here) || opened()
}

/// Whether `</s>` or the like ends an element, or a word of a script without capitals.
fn is_of_markup(before: &str, here: &str) -> bool {
    let others = if here.starts_with('[') { ["[BOS]", "[SEP]"] } else { ["<s>", "<s "] };
    let near = &before[before.ceil_char_boundary(before.len().saturating_sub(NEAR))..];
    let lower = near.to_ascii_lowercase();
    let is_foreign = before.chars().next_back().is_some_and(|it| !it.is_ascii() && it.is_alphabetic());
    is_foreign || others.iter().any(|it| lower.contains(&it.to_ascii_lowercase()))
}

/// The length of the token that ends a turn.
fn ends(text: &str) -> Option<usize> {
    ENDS.iter().chain(&MARKUP_ENDS).find(|token| text.starts_with(**token)).map(|token| token.len())
}

/// Whether a text begins with another turn.
fn begins_next(text: &str) -> bool {
    starts(text) || ROLES.iter().any(|role| text.starts_with(role))
}

fn starts(text: &str) -> bool {
    STARTS.iter().any(|token| text.starts_with(token))
}
