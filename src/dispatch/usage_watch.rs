//! Watches what providers report of their answers: output that they do not count as such, and prompts that they have
//! cut in silence. What is found goes on record with the response, and is said once in a run for each model.

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
/// Sizes of a context are multiples of this, as a rule, and counts may leave one token free.
const ROUND: u64 = 256;

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
    /// The largest count that each route has reported.
    most: HashMap<usize, Most>,
}

/// The prompts for which a server has reported the largest count so far.
#[derive(Clone, Copy, Debug)]
struct Most {
    read: u64,
    /// How many there were, each of another length than those before it.
    prompts: u32,
    /// The estimated tokens of the shortest one and of the longest one.
    shortest: u64,
    longest: u64,
}

impl UsageWatch {
    /// Looks at the usage of an answer from the model at `route`; returns how many tokens of the prompt the server has
    /// not read, at least, if it has cut it.
    pub fn look(&mut self, route: usize, terms: &Terms, request: &ChatRequest, usage: &TokenUsage) -> Option<u64> {
        self.look_for_hidden_output(terms, usage);
        let unread = usage.input_tokens.and_then(|read| self.unread(route, terms, request, read));
        self.keep(route, request);
        if unread.is_some() && self.is_new(terms, Oddity::Cut) {
            let length: usize = request.messages.iter().map(|it| it.content.chars().count()).sum();
            self.notes.push(format!(
                "`{}` has read {} tokens of a prompt of {length} characters: its server cuts prompts without an error. \
                 Give it more context (Ollama: `OLLAMA_CONTEXT_LENGTH` or `num_ctx`; llama.cpp: `--ctx-size`, which \
                 its slots share) or send less; then `casebook clean` on the run file with `--from generate --tape`, \
                 and the same run, ask again",
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
                 and does not say what they are: they count as output here, and what such answers cost is not known; \
                 the budget counts the most that it can be"
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
    fn unread(&mut self, route: usize, terms: &Terms, request: &ChatRequest, read: u64) -> Option<u64> {
        if read < SMALLEST_CONTEXT {
            return None;
        }
        let is_context = self.is_context(route, terms, request, read);
        let bytes: u64 = request.messages.iter().map(|it| it.content.len() as u64).sum();
        if !is_context && bytes <= read.saturating_mul(BYTES_PER_TOKEN) {
            return None;
        }
        let prompt = whole(request);
        let fewest = fewest(&prompt);
        if is_context {
            return Some(fewest.saturating_sub(read).max(1));
        }
        // Repeated phrases may be one token each.
        if is_all(read, fewest) || is_all(read, terms.counter.count(&prompt)) {
            return None;
        }
        let last = self.last.get(&route).map_or("", String::as_str);
        (!is_all_that_is_new(read, last, &prompt)).then(|| fewest - read)
    }

    /// Whether `read` is the size of the server's context: the largest count that it has reported, for several prompts
    /// that are all longer by any estimate, and of different lengths.
    fn is_context(&mut self, route: usize, terms: &Terms, request: &ChatRequest, read: u64) -> bool {
        let Some(most) = self.most.get_mut(&route).filter(|most| most.read >= read) else {
            let tokens = terms.counter.count(&whole(request));
            self.most.insert(route, Most { read, prompts: 1, shortest: tokens, longest: tokens });
            return false;
        };
        if most.read > read {
            return false;
        }
        let tokens = terms.counter.count(&whole(request));
        if tokens < most.shortest || tokens > most.longest {
            most.prompts = most.prompts.saturating_add(1);
            (most.shortest, most.longest) = (tokens.min(most.shortest), tokens.max(most.longest));
        }
        let needed = if read.is_multiple_of(ROUND) || (read + 1).is_multiple_of(ROUND) { 2 } else { 3 };
        let are_longer = most.shortest.saturating_mul(3) >= read.saturating_mul(4);
        let differ = most.longest - most.shortest >= read / 4;
        most.prompts >= needed && are_longer && differ
    }

    fn keep(&mut self, route: usize, request: &ChatRequest) {
        let bytes: usize = request.messages.iter().map(|it| it.content.len()).sum();
        if bytes >= SHORTEST_KEPT {
            self.last.insert(route, whole(request));
        }
    }
}

/// The texts of a request, one after the other.
fn whole(request: &ChatRequest) -> String {
    request.messages.iter().map(|it| it.content.as_str()).collect::<Vec<_>>().join("\n")
}

/// Whether `read` tokens can be all of a text that has hardly fewer than `fewest`. Half of them may be, to be sure.
fn is_all(read: u64, fewest: u64) -> bool {
    read.saturating_mul(2) >= fewest
}

/// Whether `read` tokens can be all that a prompt does not share with the one before: some servers report only what is
/// not in their cache.
fn is_all_that_is_new(read: u64, last: &str, prompt: &str) -> bool {
    let shared = last.bytes().zip(prompt.bytes()).take_while(|(one, other)| one == other).count();
    let new = &prompt[prompt.floor_char_boundary(shared)..];
    shared > 0 && is_all(read, fewest(new)) && read <= new.len() as u64 / 2 + SMALLEST_CONTEXT
}

#[cfg(test)]
mod tests;
