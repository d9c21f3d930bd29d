//! Watches what providers report of their answers: output that they do not count as such, and prompts that they have cut
//! in silence. What is found goes on record with the response, and is said once for each model.

use std::collections::{HashMap, HashSet};

use super::terms::Terms;
use crate::price::tokens::fewest;
use crate::provider::{ChatRequest, TokenUsage};

/// A server that reports fewer input tokens has not cut the prompt at its context: none is so small.
const SMALLEST_CONTEXT: u64 = 256;
/// Only prompts with more bytes than this for each reported token are looked at closely. Few texts have as many.
const BYTES_PER_TOKEN: u64 = 6;
/// Shorter prompts are not kept to be compared with the next one.
const SHORTEST_KEPT: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Oddity {
    Hidden,
    Unexplained,
    Cut,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct UsageWatch {
    said: HashSet<(String, Oddity)>,
    notes: Vec<String>,
    /// The prompt that each route was last asked with.
    last: HashMap<usize, String>,
}

impl UsageWatch {
    /// Looks at the usage of an answer from the model at `route`; returns how many tokens of the prompt the server has
    /// not read, at least, if it has cut it.
    pub fn look(&mut self, route: usize, terms: &Terms, request: &ChatRequest, usage: &TokenUsage) -> Option<u64> {
        self.look_for_hidden_output(terms, usage);
        let unread = usage.input_tokens.and_then(|read| self.unread(route, request, read));
        self.keep(route, request);
        if unread.is_some() && self.is_new(terms, Oddity::Cut) {
            let length: usize = request.messages.iter().map(|it| it.content.chars().count()).sum();
            self.notes.push(format!(
                "`{}` has read {} tokens of a prompt of {length} characters: its server cuts prompts without an error. \
                 Give it more context (Ollama: `OLLAMA_CONTEXT_LENGTH` or `num_ctx`; llama.cpp: `--ctx-size`, which its \
                 slots share) or send less; `casebook clean DB --from generate --tape` asks again",
                terms.model,
                usage.input_tokens.unwrap_or_default()
            ));
        }
        unread
    }

    /// The notes since the last time.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn look_for_hidden_output(&mut self, terms: &Terms, usage: &TokenUsage) {
        let (model, hidden) = (&terms.model, usage.hidden_tokens);
        if hidden == 0 {
            return;
        }
        let oddity = if usage.unexplained { Oddity::Unexplained } else { Oddity::Hidden };
        let note = if usage.unexplained {
            format!(
                "`{model}` reports {hidden} tokens in the total of an answer that are neither its input nor its output, \
                 and does not say what they are: they count as output, and what such answers cost is not known; the \
                 budget counts the most that it can be"
            )
        } else {
            format!(
                "`{model}` does not count all of its output as output: the total or the details of an answer have {hidden} \
                 tokens more, which is thinking; they are counted and priced as output"
            )
        };
        if self.is_new(terms, oddity) {
            self.notes.push(note);
        }
    }

    fn is_new(&mut self, terms: &Terms, oddity: Oddity) -> bool {
        self.said.insert((terms.model.clone(), oddity))
    }

    /// How many tokens of a prompt were not read, at least, if the server has reported `read`. No answer is certain
    /// without the model's own tokenizer, so only what no tokenizer can explain counts.
    fn unread(&self, route: usize, request: &ChatRequest, read: u64) -> Option<u64> {
        let bytes: u64 = request.messages.iter().map(|it| it.content.len() as u64).sum();
        if read < SMALLEST_CONTEXT || bytes <= read.saturating_mul(BYTES_PER_TOKEN) {
            return None;
        }
        let fewest: u64 = request.messages.iter().map(|it| fewest(&it.content)).sum();
        // Half of the fewest, to be sure.
        if read.saturating_mul(2) >= fewest {
            return None;
        }
        // Some servers report only what they had not read for the request before.
        let shared = self.last.get(&route).map_or(0, |last| shared_start(last, request));
        let own = bytes.saturating_sub(shared);
        (shared == 0 || read > own / 2 + SMALLEST_CONTEXT).then(|| fewest - read)
    }

    fn keep(&mut self, route: usize, request: &ChatRequest) {
        let bytes: usize = request.messages.iter().map(|it| it.content.len()).sum();
        if bytes >= SHORTEST_KEPT {
            let last = self.last.entry(route).or_default();
            last.clear();
            request.messages.iter().for_each(|it| last.push_str(&it.content));
        }
    }
}

/// How many bytes at its start a prompt shares with the one before.
fn shared_start(last: &str, request: &ChatRequest) -> u64 {
    let now = request.messages.iter().flat_map(|it| it.content.bytes());
    last.bytes().zip(now).take_while(|(one, other)| one == other).count() as u64
}

#[cfg(test)]
mod tests;
