//! Byte-pair encoding with one of `OpenAI`'s vocabularies, for counting alone.
//!
//! The vocabulary stays in one buffer with a hash table of ranks beside it: some 4 MB, a tenth of what a map of owned
//! tokens takes.

use regex::Regex;

/// How `o200k_base` splits a text before it merges bytes. The last character of white space before a word belongs to
/// the word; code does that, because it needs look-ahead.
pub(super) const O200K_PATTERN: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+",
);
/// How `cl100k_base` splits a text.
pub(super) const CL100K_PATTERN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+";

/// The time to merge a piece grows with the square of its length. No word is as long as this; longer pieces are cut.
const LONGEST_PIECE: usize = 1_024;
const NO_RANK: u32 = u32::MAX;

pub(super) struct Vocabulary {
    bytes: Vec<u8>,
    /// Where each token begins in `bytes`, by its rank, and then the end of the last one.
    starts: Vec<u32>,
    /// A hash table with open addressing: each rank is in the first slot that was free from its token's hash on.
    slots: Vec<u32>,
    splitter: Regex,
}

impl Vocabulary {
    /// Unpacks a vocabulary of `count` tokens; `None` if `packed` is damaged.
    pub(super) fn unpack(packed: &[u8], count: usize, pattern: &str) -> Option<Self> {
        let unpacked = zstd::stream::decode_all(packed).ok()?;
        let (lengths, bytes) = unpacked.split_at_checked(count)?;
        let mut starts = Vec::with_capacity(count + 1);
        let mut end = 0_u32;
        starts.push(end);
        for length in lengths {
            end += u32::from(*length);
            starts.push(end);
        }
        if end as usize != bytes.len() {
            return None;
        }
        let slots = vec![NO_RANK; (count * 2).next_power_of_two()];
        let splitter = Regex::new(pattern).ok()?;
        let mut vocabulary = Self { bytes: bytes.to_vec(), starts, slots, splitter };
        for rank in 0..u32::try_from(count).ok()? {
            let mut slot = vocabulary.slot_of(vocabulary.token(rank));
            while vocabulary.slots[slot] != NO_RANK {
                slot = (slot + 1) & (vocabulary.slots.len() - 1);
            }
            vocabulary.slots[slot] = rank;
        }
        Some(vocabulary)
    }

    fn token(&self, rank: u32) -> &[u8] {
        let rank = rank as usize;
        &self.bytes[self.starts[rank] as usize..self.starts[rank + 1] as usize]
    }

    /// The slot from which a token is looked for (FNV-1a).
    fn slot_of(&self, token: &[u8]) -> usize {
        let hash = token
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        #[expect(clippy::cast_possible_truncation, reason = "the lower bits are what is wanted")]
        let slot = (hash ^ (hash >> 32)) as usize;
        slot & (self.slots.len() - 1)
    }

    /// The rank of a token; [`NO_RANK`] if these bytes are not a token.
    fn rank(&self, token: &[u8]) -> u32 {
        let mut slot = self.slot_of(token);
        loop {
            let rank = self.slots[slot];
            if rank == NO_RANK || self.token(rank) == token {
                return rank;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// How many tokens `text` has.
    pub(super) fn count(&self, text: &str) -> u64 {
        let mut tokens = 0;
        let mut at = 0;
        let mut pairs = Vec::new();
        while let Some(found) = self.splitter.find_at(text, at) {
            let mut piece = found.as_str();
            let last = piece.chars().next_back().filter(|it| it.is_whitespace() && !matches!(it, '\r' | '\n'));
            // White space before a word leaves its last character to the word.
            if let Some(last) = last
                && found.end() < text.len()
                && piece.len() > last.len_utf8()
                && piece.chars().all(char::is_whitespace)
            {
                piece = &piece[..piece.len() - last.len_utf8()];
            }
            at = found.start() + piece.len();
            tokens += piece.as_bytes().chunks(LONGEST_PIECE).map(|it| self.count_piece(it, &mut pairs)).sum::<u64>();
        }
        tokens
    }

    /// Counts the tokens of a piece: merges the pair of the lowest rank until no pair is a token.
    fn count_piece(&self, piece: &[u8], parts: &mut Vec<(usize, u32)>) -> u64 {
        if self.rank(piece) != NO_RANK {
            return 1;
        }
        // Each part's start, and the rank that it has when merged with the next one.
        parts.clear();
        for start in 0..piece.len() {
            let rank = piece.get(start..start + 2).map_or(NO_RANK, |pair| self.rank(pair));
            parts.push((start, rank));
        }
        parts.push((piece.len(), NO_RANK));
        while let Some((index, rank)) =
            parts.iter().map(|(_, rank)| *rank).enumerate().min_by_key(|&(index, rank)| (rank, index))
            && rank != NO_RANK
        {
            parts.remove(index + 1);
            parts[index].1 = self.rank_of_pair(piece, parts, index);
            if index > 0 {
                parts[index - 1].1 = self.rank_of_pair(piece, parts, index - 1);
            }
        }
        parts.len() as u64 - 1
    }

    fn rank_of_pair(&self, piece: &[u8], parts: &[(usize, u32)], index: usize) -> u32 {
        parts.get(index + 2).map_or(NO_RANK, |(end, _)| self.rank(&piece[parts[index].0..*end]))
    }
}
