//! The channel to a model: turns a question into an exchange, and a reply into a completion.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::provider::{Completion, Dialect, FunctionCall, ModelFunction, ProviderError};
use crate::record::Digest;
use crate::schema::AnswerForm;
use crate::stage::generate::{Purpose, Question};
use crate::transport::{self, Exchange, Faults, RecordedTable, Reply, SampleAsk, Secret};

/// How one model is reached.
pub enum Channel {
    /// A server that speaks `dialect`.
    Http {
        dialect: Dialect,
        base_url: String,
        secret: Option<Secret>,
        /// The time limit of one exchange.
        timeout: Duration,
    },
    /// A table of recorded answers.
    Recorded(Arc<RecordedTable>),
    /// Made-up answers that are valid against the schema.
    Sample { schema: Arc<Value>, form: AnswerForm, seed: u64, faults: Arc<Faults>, purpose: transport::SamplePurpose },
    /// A function of the program.
    Function(ModelFunction),
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
                // The request's id is the seed, so that equal requests get equal answers.
                let seed = Digest::of_bytes(format!("{seed} {}", question.id).as_bytes());
                Exchange::Sample(SampleAsk {
                    schema: Arc::clone(schema),
                    form: form.clone(),
                    seed: *seed.as_bytes(),
                    purpose: *purpose,
                    faults: Arc::clone(faults),
                    quoted: question.quoted.as_ref().map(|(evidence, row)| evidence.quoted(row)),
                })
            }
            Self::Function(function) => Exchange::Function {
                function: function.clone(),
                call: Box::new(FunctionCall {
                    request: question.request.clone(),
                    is_verdict: question.purpose == Purpose::Judge,
                }),
            },
        }
    }

    /// The key that is sent to the server.
    pub fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Http { secret, .. } => secret.as_ref(),
            Self::Recorded(_) | Self::Sample { .. } | Self::Function(_) => None,
        }
    }

    /// Whether an exchange needs the bytes of images.
    pub fn sees_images(&self) -> bool {
        matches!(self, Self::Http { .. } | Self::Function(_))
    }

    /// The completion in a reply, or the failure it is.
    pub fn completion(&self, reply: &Reply) -> Result<Completion, ProviderError> {
        match (self, reply) {
            (Self::Http { dialect, .. }, Reply::Response(response)) => dialect.decode(response),
            (_, Reply::Completion(completion)) => Ok(completion.as_ref().clone()),
            (_, Reply::Response(_)) => Err(ProviderError::new(
                crate::provider::ProviderErrorKind::InvalidResponse,
                "a response where none can come from",
            )),
        }
    }
}
