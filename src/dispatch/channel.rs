//! The way to a model: what turns a question into an exchange, and a reply into a completion.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::provider::{Completion, Dialect, ProviderError};
use crate::record::Digest;
use crate::schema::AnswerForm;
use crate::stage::generate::Question;
use crate::transport::{self, Exchange, Faults, RecordedTable, Reply, SampleAsk, Secret};

/// The way to one model.
pub enum Channel {
    /// A server.
    Http {
        /// What it speaks.
        dialect: Dialect,
        /// Its address.
        base_url: String,
        /// The key, read from the environment.
        secret: Option<Secret>,
        /// How long an exchange may take.
        timeout: Duration,
    },
    /// A table of answers.
    Recorded(Arc<RecordedTable>),
    /// A maker of samples.
    Sample {
        /// What answers are made from.
        schema: Arc<Value>,
        /// How an answer holds them.
        form: AnswerForm,
        /// The run's seed.
        seed: u64,
        /// How answers go wrong.
        faults: Arc<Faults>,
        /// What they are for.
        purpose: transport::Purpose,
    },
}

impl Channel {
    /// The exchange that asks `question`.
    pub fn exchange(&self, question: &Question) -> Exchange {
        match self {
            Self::Http { dialect, base_url, secret, timeout } => Exchange::Http {
                request: dialect.encode(&question.request, base_url),
                timeout: *timeout,
                secret: secret.clone(),
            },
            Self::Recorded(table) => Exchange::Recorded {
                table: Arc::clone(table),
                matched: question.request.matched.clone().unwrap_or_default(),
            },
            Self::Sample { schema, form, seed, faults, purpose } => {
                // The request's id is all that an answer is drawn from: whoever asks the same is told the same.
                let seed = Digest::of_bytes(format!("{seed} {}", question.id).as_bytes());
                Exchange::Sample(SampleAsk {
                    schema: Arc::clone(schema),
                    form: form.clone(),
                    seed: *seed.as_bytes(),
                    purpose: *purpose,
                    faults: Arc::clone(faults),
                })
            }
        }
    }

    /// Whether what is asked here sees images.
    pub fn sees_images(&self) -> bool {
        matches!(self, Self::Http { .. })
    }

    /// The completion in a reply, or the failure it is.
    pub fn completion(&self, reply: &Reply) -> Result<Completion, ProviderError> {
        match (self, reply) {
            (Self::Http { dialect, .. }, Reply::Response(response)) => dialect.decode(response),
            (_, Reply::Completion(completion)) => Ok(completion.clone()),
            (_, Reply::Response(_)) => Err(ProviderError::new(
                crate::provider::ProviderErrorKind::InvalidResponse,
                "a response where none can come from",
            )),
        }
    }
}
