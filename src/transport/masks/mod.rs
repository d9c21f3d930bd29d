//! Masks secrets in what servers send back ([`Masks`]).
//!
//! A secret is found as it is and in its disguises: with its characters escaped as in JSON (also in a JSON text inside
//! a JSON string), in HTML or in a URL, each several times over and mixed; in base64 (once or twice) and base32, at any
//! place of what was encoded, and in hexadecimal; split over strings that follow each other or that members of one name
//! have, also inside of an escape; and in two parts, wherever they stand. `layer` decodes, `pieces` puts strings
//! together, `parts` finds parts, `hex` looks between bytes, and `forms` has what is searched for. A match is traced to
//! its bytes in the response, and these alone are replaced, so that nothing else changes (`json`).
//!
//! It runs for every response, and nearly none has a secret. A first look ([`Finder::may_hide`]) leaves those alone
//! that have neither a part of a secret nor an escape that could stand for a part of one. All passes take time in
//! proportion to the size of the text.

mod entities;
mod forms;
mod hex;
mod json;
mod layer;
mod parts;
mod pieces;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fmt, io};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, BuildError};
use memchr::memchr3_iter;

use self::forms::{Forms, is_distinct, token};
use self::layer::{Layer, decoded, escape};
use self::parts::parts;
use self::pieces::joined;
use super::error::TransportError;
use super::secret::Secret;
use crate::provider::wire::Response;
use crate::provider::{ProviderError, is_stream};

/// How many levels of escapes are decoded: a JSON text in an answer in a response, with two more in it.
const DEPTH: usize = 5;

/// Between the values of two headers: two strings that follow each other.
const BETWEEN: &str = "\",\"";

/// The secrets of a run, to be masked in every response and error.
#[derive(Default)]
pub struct Masks {
    finder: Option<Finder>,
    /// The variables of secrets that cannot be told from words.
    unsearched: Vec<String>,
    /// How many responses and errors had a secret in them.
    found: AtomicU64,
}

impl Masks {
    /// Masks for these secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Result<Self, TransportError> {
        let (mut forms, mut unsearched) = (Forms::default(), Vec::new());
        for (name, secret) in secrets.into_iter().flat_map(Secret::parts) {
            let secret = token(secret);
            if is_distinct(secret) {
                forms.add(secret);
            } else if !unsearched.iter().any(|it| it == name) {
                unsearched.push(name.to_owned());
            }
        }
        let failed = |cause| TransportError::Runtime(io::Error::other(cause));
        let finder = (!forms.all.is_empty()).then(|| Finder::new(forms)).transpose().map_err(failed)?;
        Ok(Self { finder, unsearched, found: AtomicU64::new(0) })
    }

    /// The variables of the secrets that are too much like words to be searched for.
    #[must_use]
    pub fn unsearched(&self) -> &[String] {
        &self.unsearched
    }

    /// How many responses and errors had a secret in them so far.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.found.load(Ordering::Relaxed)
    }

    /// Masks the secrets in a response.
    pub fn mask_response(&self, response: &mut Response) {
        let Some(finder) = &self.finder else { return };
        let body = finder.masked(&response.body, comes_in_pieces(response));
        let headers = finder.masked_headers(&response.headers);
        if body.is_some() || headers.is_some() {
            self.found.fetch_add(1, Ordering::Relaxed);
        }
        response.body = body.unwrap_or_else(|| std::mem::take(&mut response.body));
        response.headers = headers.unwrap_or_else(|| std::mem::take(&mut response.headers));
    }

    /// Masks the secrets in an error's message.
    pub fn mask_error(&self, error: &mut ProviderError) {
        let masked = self.finder.as_ref().and_then(|it| it.masked(error.message.as_bytes(), false));
        if let Some(message) = masked {
            self.found.fetch_add(1, Ordering::Relaxed);
            error.message = String::from_utf8_lossy(&message).into_owned();
        }
    }
}

/// Shows no secret.
impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masks")
            .field("unsearched", &self.unsearched)
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}

/// Finds secrets in texts.
struct Finder {
    /// The forms of all secrets; a pattern's number is the place of its form.
    search: AhoCorasick,
    forms: Vec<forms::Form>,
    /// The forms that may be in two parts.
    splittable: Vec<Vec<u8>>,
    /// The secrets in hexadecimal, in lower case.
    hex: AhoCorasick,
    /// The texts of a first look.
    telling: AhoCorasick,
    /// The characters whose escapes could hide a secret.
    escaped: [bool; 128],
}

impl Finder {
    fn new(Forms { all, splittable, hex, telling }: Forms) -> Result<Self, BuildError> {
        let mut escaped = [false; 128];
        for byte in all.iter().flat_map(|it| &it.text).chain(b"\\%&") {
            if let Some(it) = escaped.get_mut(usize::from(*byte)) {
                *it = true;
            }
        }
        let search = AhoCorasick::new(all.iter().map(|it| &it.text))?;
        // Hexadecimal may be in both cases.
        let telling = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(telling)?;
        Ok(Self { search, forms: all, splittable, hex: AhoCorasick::new(hex)?, telling, escaped })
    }

    /// `text` with all secrets masked; `None` if there is none. With `in_pieces`, a text in it may be cut anywhere.
    fn masked(&self, text: &[u8], in_pieces: bool) -> Option<Vec<u8>> {
        let hidden = self.hidden(text, in_pieces);
        (!hidden.is_empty()).then(|| json::masked(text, &hidden))
    }

    /// The headers with all secrets masked, also one that is split over two of them; `None` if there is none.
    fn masked_headers(&self, headers: &[(String, String)]) -> Option<Vec<(String, String)>> {
        let values: Vec<&str> = headers.iter().map(|(_, value)| value.as_str()).collect();
        let hidden = self.hidden(values.join(BETWEEN).as_bytes(), false);
        if hidden.is_empty() {
            return None;
        }
        let mut start = 0;
        let masked = headers.iter().map(|(name, value)| {
            let inside = |range: &Range<usize>| {
                let end = range.end.min(start + value.len()).saturating_sub(start);
                range.start.saturating_sub(start)..end
            };
            let hidden: Vec<Range<usize>> = hidden.iter().map(inside).filter(|it| !it.is_empty()).collect();
            start += value.len() + BETWEEN.len();
            (name.clone(), json::masked_text(value, &hidden))
        });
        Some(masked.collect())
    }

    /// Where secrets are in `text`: in order, and without overlaps.
    fn hidden(&self, text: &[u8], in_pieces: bool) -> Vec<Range<usize>> {
        if !in_pieces && !self.may_hide(text) && !is_stream(None, text) {
            return Vec::new();
        }
        merged(self.hidden_in(text, DEPTH, true))
    }

    /// Where secrets are in `text` and in what is under its escapes, so many levels deep; with `joins`, also in its
    /// strings put together.
    fn hidden_in(&self, text: &[u8], depth: usize, joins: bool) -> Vec<Range<usize>> {
        let mut hidden = Vec::new();
        let mut layers: Vec<Layer> = Vec::new();
        loop {
            let current = layers.last().map_or(text, |layer| layer.text.as_slice());
            let goes_on = layers.len() < depth && (joins || self.has_telling_escape(current));
            let next = if goes_on { decoded(current) } else { None };
            let mut found = self.matches(current);
            found.extend(hex::matches(&self.hex, current));
            if joins {
                found.extend(self.splittable.iter().flat_map(|it| parts(it, current)));
                for view in joined(current) {
                    // A string may end inside of an escape.
                    for range in self.hidden_in(&view.text, depth - layers.len(), false) {
                        view.sources(range, &mut found);
                    }
                }
            }
            if let Some(next) = &next {
                found = found.into_iter().map(|range| next.whole(current, range)).collect();
            }
            for layer in layers.iter().rev() {
                let mut below = Vec::new();
                for range in found {
                    layer.sources(range, &mut below);
                }
                found = below;
            }
            hidden.extend(found);
            match next {
                Some(next) => layers.push(next),
                None => return hidden,
            }
        }
    }

    /// Whether a secret could be in `text`. Most texts have neither a part of one nor a telling escape.
    fn may_hide(&self, text: &[u8]) -> bool {
        self.telling.is_match(text) || self.has_telling_escape(text)
    }

    /// Whether an escape in `text` could stand for a character of a secret, or for the beginning of such an escape.
    fn has_telling_escape(&self, text: &[u8]) -> bool {
        let is_telling = |byte: u8| self.escaped.get(usize::from(byte)).is_some_and(|it| *it);
        let has_backslash = self.forms.iter().any(|it| it.text.contains(&b'\\'));
        memchr3_iter(b'\\', b'%', b'&', text).any(|at| {
            // Of several backslashes, the last one says what they are about.
            if text[at] == b'\\' && text.get(at + 1) == Some(&b'\\') {
                return has_backslash;
            }
            escape(&text[at..]).and_then(|(it, _)| it.ascii()).is_some_and(is_telling)
        })
    }

    /// Where the forms of secrets are in `text`, as it is.
    fn matches(&self, text: &[u8]) -> Vec<Range<usize>> {
        if !self.search.is_match(text) {
            return Vec::new();
        }
        let is_base64 = |at: usize| text.get(at).is_some_and(|it| it.is_ascii_alphanumeric() || b"+/-_".contains(it));
        let whole = |found: aho_corasick::Match| {
            let (starts, ends) = self.forms[found.pattern()].spills;
            let before = usize::from(starts && found.start() > 0 && is_base64(found.start() - 1));
            let after = usize::from(ends && is_base64(found.end()));
            found.start() - before..found.end() + after
        };
        self.search.find_overlapping_iter(text).map(whole).collect()
    }
}

/// Whether a text comes in pieces of any size in a body: in a stream of events, or in a list of responses.
fn comes_in_pieces(response: &Response) -> bool {
    let body = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body);
    is_stream(response.header("content-type"), body) || body.trim_ascii_start().starts_with(b"[")
}

/// The ranges in order, with those that overlap as one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|it| (it.start, it.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
