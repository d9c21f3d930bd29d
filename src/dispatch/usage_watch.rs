//! Watches what providers report of their answers: output that they do not count as such, and prompts that they have
//! cut in silence. What is found goes on record with the response, and is said once in a run for each model.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

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
/// Beginnings of prompts are remembered at multiples of so many bytes, and at most so many of them for each route.
const BLOCK: usize = 256;
const MOST_BEGINNINGS: usize = 1 << 18;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Oddity {
    Hidden,
    Unexplained,
    LongCache,
    Searches,
    Cut,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct UsageWatch {
    said: HashSet<(String, Oddity)>,
    notes: Vec<String>,
    /// The prompt that each route was last asked with.
    last: HashMap<usize, String>,
    /// The beginnings of the prompts that each route was asked with, as digests.
    beginnings: HashMap<usize, HashSet<u64>>,
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
        self.look_for_other_prices(terms, usage);
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

    fn look_for_other_prices(&mut self, terms: &Terms, usage: &TokenUsage) {
        let model = &terms.model;
        let (kept, searches) = (usage.long_cache_tokens, usage.searches);
        let note = format!(
            "`{model}` keeps {kept} tokens of a prompt in its cache for an hour, which costs more than the price that \
             is known here: what such answers cost is not known"
        );
        if kept > 0 && self.is_new(terms, Oddity::LongCache) {
            self.notes.push(note);
        }
        let note = format!(
            "`{model}` searched the web {searches} times for an answer, which is billed beside its tokens: what such \
             answers cost is not known, and no budget counts the searches"
        );
        if searches > 0 && self.is_new(terms, Oddity::Searches) {
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
        (!is_all_that_is_new(read, self.shared(route, &prompt), &prompt)).then(|| fewest - read)
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
        let is_round = read.is_multiple_of(ROUND) || (read + 1).is_multiple_of(ROUND);
        let are_longer = most.shortest.saturating_mul(3) >= read.saturating_mul(4);
        // Prompts of nearly the same length may have the same count, but hardly several of them.
        let spread = most.longest - most.shortest;
        let is_wide = spread >= read / 4;
        let needed = 2 + u32::from(!is_round) + u32::from(!is_wide);
        most.prompts >= needed && are_longer && (is_wide || spread >= read / 64 + 16)
    }

    /// How many bytes of a prompt an earlier one began with, at least.
    fn shared(&self, route: usize, prompt: &str) -> usize {
        let last = self.last.get(&route).map_or("", String::as_str);
        let exact = last.bytes().zip(prompt.bytes()).take_while(|(one, other)| one == other).count();
        let known = self
            .beginnings
            .get(&route)
            .map_or(0, |known| BLOCK * beginnings(prompt).take_while(|digest| known.contains(digest)).count());
        exact.max(known)
    }

    fn keep(&mut self, route: usize, request: &ChatRequest) {
        let bytes: usize = request.messages.iter().map(|it| it.content.len()).sum();
        if bytes >= SHORTEST_KEPT {
            let prompt = whole(request);
            let known = self.beginnings.entry(route).or_default();
            if known.len() >= MOST_BEGINNINGS {
                known.clear();
            }
            known.extend(beginnings(&prompt));
            self.last.insert(route, prompt);
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

/// Whether `read` tokens can be all that a prompt does not share with an earlier one: some servers report only what is
/// not in their cache. `shared`: how many bytes it shares.
fn is_all_that_is_new(read: u64, shared: usize, prompt: &str) -> bool {
    let new = &prompt[prompt.floor_char_boundary(shared)..];
    shared > 0 && is_all(read, fewest(new)) && read <= new.len() as u64 / 2 + SMALLEST_CONTEXT
}

/// The digests of the beginnings of a prompt, each a block longer than the one before.
fn beginnings(prompt: &str) -> impl Iterator<Item = u64> {
    prompt.as_bytes().chunks_exact(BLOCK).scan(DefaultHasher::new(), |hasher, block| {
        hasher.write(block);
        Some(hasher.finish())
    })
}

#[cfg(test)]
mod tests;
