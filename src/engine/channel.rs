//! The way to a model: what turns a question into an exchange, and a reply into a completion.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::error::EngineError;
use super::project::{Judging, Project, Setup};
use super::spec::{Way, way};
use crate::config::{Each, Endpoint, Llm};
use crate::provider::{Completion, Dialect, ProviderError};
use crate::record::Digest;
use crate::schema::{AnswerForm, AnswerKind, Contract, author_sample};
use crate::stage::generate::{Purpose, Question};
use crate::tabular::normalise;
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

/// Somebody whom a project asks.
#[derive(Clone, Copy, Debug)]
pub struct WayTo<'a> {
    /// The step that asks.
    pub setup: &'a Setup,
    /// The model.
    pub llm: &'a Llm,
    /// The judge, where it is one.
    pub judging: Option<&'a Judging>,
}

impl<'a> WayTo<'a> {
    /// What is asked for.
    pub fn purpose(&self) -> Purpose {
        if self.judging.is_some() { Purpose::Judge } else { Purpose::Generation }
    }

    /// What answers are held to.
    pub fn contract(&self) -> &'a Arc<Contract> {
        self.judging.map_or(&self.setup.asked, Judging::contract)
    }
}

/// Who is asked by a project: for each step its own models, in the order of attempts, then its judges'. A party of a
/// task knows its way by its place in this order.
pub fn ways(project: &Project) -> impl Iterator<Item = WayTo<'_>> {
    project.steps.iter().flat_map(|setup| {
        setup.asking.iter().flat_map(move |asking| {
            let models = std::iter::once(&asking.llm).chain(&asking.escalated);
            let models = models.map(move |llm| WayTo { setup, llm, judging: None });
            let judges = asking.judges.iter();
            models.chain(judges.map(move |it| WayTo { setup, llm: &it.config.llm, judging: Some(it) }))
        })
    })
}

impl Channel {
    /// Opens the ways to all models of a project, in the order of [`ways`].
    pub fn open_all(project: &Project) -> Result<Vec<Self>, EngineError> {
        ways(project).map(Self::open).collect()
    }

    /// Opens the way to a model: reads the key, or the table of answers.
    pub fn open(way_to: WayTo<'_>) -> Result<Self, EngineError> {
        let WayTo { setup, llm, judging } = way_to;
        let config = &setup.config;
        // No schema says which schemas are good ones: samples of them are all the same.
        let authors = config.step.each == Each::Task;
        let contract = way_to.contract();
        let key = match judging {
            None if authors => "schema.llm.recorded.path",
            None => "llm.recorded.path",
            Some(judging) if judging.config.name.is_empty() => "judge.llm.recorded.path",
            Some(_) => "judge.judges.llm.recorded.path",
        };
        let form = contract.form();
        let channel = match way(&llm.provider) {
            Way::Server(dialect, endpoint) => http(dialect, endpoint, llm)?,
            Way::Recorded(recorded) => {
                let verbatim = form.kind() != AnswerKind::Json;
                let mut table = setup.open_recorded(key, recorded, !verbatim)?;
                let columns = table.columns().to_vec();
                let matched: Vec<String> = recorded.matching.keys().cloned().collect();
                let compared: Vec<usize> = (0..columns.len()).filter(|at| matched.contains(&columns[*at])).collect();
                let records = std::iter::from_fn(|| match table.next_record() {
                    Ok(record) => record.map(|mut record| {
                        for at in &compared {
                            if let Some(cell) = record.fields.get_mut(*at) {
                                *cell = normalise(cell).into_owned();
                            }
                        }
                        Ok(record.fields)
                    }),
                    Err(error) => Some(Err(error.to_string())),
                });
                let answer = recorded.answer.as_str();
                Self::Recorded(Arc::new(RecordedTable::load(
                    records,
                    &columns,
                    &matched,
                    answer,
                    recorded.model.as_deref(),
                )?))
            }
            Way::Sample(sample) => {
                let latency = Duration::from_millis(sample.latency_ms);
                let faults = Faults {
                    malformed: sample.malformed,
                    extra_field: sample.extra_field,
                    truncated: sample.truncated,
                    judge_fail: sample.judge_fail,
                    slow: sample.slow,
                    latency,
                    slow_latency: latency.saturating_mul(9),
                };
                let purpose = match judging {
                    Some(judging) => transport::Purpose::Judge { min_score: judging.highest_bound() },
                    None => transport::Purpose::Generation,
                };
                let schema = if authors { author_sample() } else { contract.given().clone() };
                let (schema, form) = (Arc::new(schema), form.clone());
                Self::Sample { schema, form, seed: config.run.seed, faults: Arc::new(faults), purpose }
            }
        };
        Ok(channel)
    }

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

/// The way to a server, with its key from the environment.
fn http(dialect: Dialect, endpoint: &Endpoint, llm: &Llm) -> Result<Channel, EngineError> {
    let secret = match (&endpoint.api_key_env, &endpoint.region) {
        (Some(name), _) => Some(Secret::from_env(name)?),
        (None, Some(region)) => Some(Secret::of_aws(region, &endpoint.base_url)?),
        (None, None) => None,
    };
    let timeout = Duration::from_secs_f64(llm.timeout_sec);
    Ok(Channel::Http { dialect, base_url: endpoint.base_url.clone(), secret, timeout })
}
