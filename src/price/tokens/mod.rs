//! How many tokens a text has: counted for `OpenAI`'s models, approximated for all others.
//!
//! There are two questions. *How many are they about?* is for estimates. *How many can they be at most?* is for money
//! that is set aside before a request goes out: no tokenizer of this kind makes more tokens than there are bytes, so
//! that is the bound where the tokenizer is not known. Vocabularies are unpacked when they are first needed.

mod vocabulary;

use std::sync::LazyLock;

use crate::provider::{ChatRequest, RequestSpec};
use vocabulary::Vocabulary;

static O200K: LazyLock<Option<Vocabulary>> = LazyLock::new(|| {
    let packed = include_bytes!("../../../vocab/o200k_base.zst");
    Vocabulary::unpack(packed, 199_998, vocabulary::O200K_PATTERN)
});
static CL100K: LazyLock<Option<Vocabulary>> = LazyLock::new(|| {
    let packed = include_bytes!("../../../vocab/cl100k_base.zst");
    Vocabulary::unpack(packed, 100_256, vocabulary::CL100K_PATTERN)
});

/// What a chat's format adds to each message, and to the whole.
const PER_MESSAGE: u64 = 4;
const PER_CHAT: u64 = 3;
/// What a picture is taken for in an estimate: the providers' own figures go from some 80 to some 5,000.
const PER_IMAGE: u64 = 1_000;
/// The most tokens that a provider says a picture comes to: eight tiles for gpt-4o-mini.
const MOST_PER_IMAGE: u64 = 48_169;
/// What providers add to a request unseen is not published; money is set aside for this many tokens of it.
const UNSEEN: u64 = 64;

/// How a model's tokens are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// With `OpenAI`'s `o200k_base`.
    O200k,
    /// With `OpenAI`'s `cl100k_base`.
    Cl100k,
    /// By the number of characters.
    Approximate,
}

impl Counter {
    /// How the tokens of this model are counted; a fine-tuned model has its base's tokenizer.
    #[must_use]
    pub fn of(model: &str) -> Self {
        let model = model.strip_prefix("openai/").unwrap_or(model);
        let model = model.strip_prefix("ft:").unwrap_or(model);
        let newer = ["gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "gpt-oss", "chatgpt-4o", "codex-mini"];
        let series = |name: &str| model == name || model.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        if newer.iter().any(|start| model.starts_with(start)) || ["o1", "o3", "o4"].into_iter().any(series) {
            Self::O200k
        } else if ["gpt-4", "gpt-3.5-turbo", "text-embedding-3", "text-embedding-ada-002"].into_iter().any(series) {
            Self::Cl100k
        } else {
            Self::Approximate
        }
    }

    /// How it counts, in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::O200k => "counted with o200k_base",
            Self::Cl100k => "counted with cl100k_base",
            Self::Approximate => {
                "approximated: one token for 3.5 characters of ASCII, and one for every other character"
            }
        }
    }

    fn vocabulary(self) -> Option<&'static Vocabulary> {
        match self {
            Self::O200k => O200K.as_ref(),
            Self::Cl100k => CL100K.as_ref(),
            Self::Approximate => None,
        }
    }

    /// About how many tokens `text` has.
    #[must_use]
    pub fn count(self, text: &str) -> u64 {
        match self.vocabulary() {
            Some(vocabulary) => vocabulary.count(text),
            None => {
                let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
                let others = text.chars().filter(|it| !it.is_ascii()).count() as u64;
                (ascii * 2).div_ceil(7) + others
            }
        }
    }

    /// At most how many tokens `text` has.
    fn most(self, text: &str) -> u64 {
        match self.vocabulary() {
            Some(vocabulary) => vocabulary.count(text),
            None => text.len() as u64,
        }
    }

    /// About how many tokens of input a request has; `schema` is what [`Counter::schema`] says of its kind.
    #[must_use]
    pub fn request(self, request: &ChatRequest, schema: Tokens) -> u64 {
        schema.about + of_messages(request, PER_IMAGE, |text| self.count(text))
    }

    /// At most how many tokens of input a request has. What is counted is rounded up, since providers add to it.
    #[must_use]
    pub fn request_most(self, request: &ChatRequest, schema: Tokens) -> u64 {
        let counted = schema.most + of_messages(request, MOST_PER_IMAGE, |text| self.most(text));
        counted + counted / 20 + UNSEEN
    }

    /// At most how many tokens of input a request has, by its bytes alone: quick, and rather too many.
    #[must_use]
    pub fn request_bytes(request: &ChatRequest, schema: Tokens) -> u64 {
        schema.bytes + of_messages(request, MOST_PER_IMAGE, |text| text.len() as u64) + UNSEEN
    }

    /// How many tokens the schema has that requests of a kind are sent with.
    #[must_use]
    pub fn schema(self, spec: &RequestSpec) -> Tokens {
        let Some(schema) = &spec.response_schema else { return Tokens::default() };
        let text = schema.schema.to_string();
        Tokens { about: self.count(&text), most: self.most(&text), bytes: text.len() as u64 }
    }
}

/// How many tokens a text has: about, at most, and by its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// About so many.
    pub about: u64,
    /// At most so many.
    pub most: u64,
    /// As many as it has bytes.
    pub bytes: u64,
}

fn of_messages(request: &ChatRequest, per_image: u64, count: impl Fn(&str) -> u64) -> u64 {
    let messages = request.messages.iter();
    let all = messages.map(|it| PER_MESSAGE + count(&it.content) + it.images.len() as u64 * per_image);
    PER_CHAT + all.sum::<u64>()
}

#[cfg(test)]
mod tests;
