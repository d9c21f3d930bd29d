//! What examples for fine-tuning are made of.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::config::{Finetune, FinetuneSource};
use crate::finetune::FinetuneFormat;
use crate::price::tokens::TokenCounter;
use crate::schema::Contract;
use crate::stage::gold::GoldMatch;
use crate::store::sql;

/// What examples for fine-tuning are made of.
#[derive(Clone, Debug)]
pub struct FinetuneSpec {
    /// The settings, with a seed.
    pub settings: Finetune,
    /// The contracts of the steps, by name.
    pub contracts: Vec<(String, Arc<Contract>)>,
    /// The position of the column whose values stay together.
    pub group: Option<usize>,
    /// How the tokens of the model are counted that was asked.
    pub counter: TokenCounter,
    /// How gold answers say what they are about, and the column of the input with their keys; `None` where the task can
    /// have none.
    pub gold: Option<(GoldMatch, String)>,
}

impl FinetuneSpec {
    /// How the tokens of a format's examples are counted.
    pub(super) fn counter(&self, format: FinetuneFormat) -> TokenCounter {
        match (format, self.counter) {
            (FinetuneFormat::OpenAi, TokenCounter::Other) => TokenCounter::O200k,
            (FinetuneFormat::OpenAi, known) => known,
            _ => TokenCounter::Other,
        }
    }

    /// The most tokens that an example of a format may have.
    pub(super) fn max_tokens(&self, format: FinetuneFormat) -> Option<u64> {
        self.settings.max_tokens.or(format.limits().max_tokens)
    }

    /// What a manifest lists as read.
    pub(in crate::stage::export) fn inputs(&self, connection: &Connection) -> rusqlite::Result<Value> {
        let gold = match self.settings.from {
            FinetuneSource::Gold => evaluated(connection)?.and_then(|inputs| inputs["gold"].as_i64()),
            FinetuneSource::Accepted | FinetuneSource::Judged => None,
        };
        Ok(json!({"settings": self.settings, "gold": gold, "counter": self.counter.describe()}))
    }
}

/// What the newest evaluation was made of.
pub(super) fn evaluated(connection: &Connection) -> rusqlite::Result<Option<Value>> {
    sql::EXPORT_LATEST_EVALUATION.first(connection, &[], |row| row.get("inputs"))
}
