//! A test request to each model of a configuration, which shows whether a run could reach it. Nothing is written.
//!
//! Apart from its prompt, the request is the one that a run would send: the same address, key, parameters and schema. A
//! model that refuses it would refuse the run's.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::channels;
use super::error::EngineError;
use super::pricing::purpose;
use super::servers::{self, FoundServer, Inquiry, Servers};
use crate::config::{Llm, Provider};
use crate::dispatch::Channel;
use crate::project::spec::{AnswerOrigin, answerer, notes, spec};
use crate::project::{ModelUse, Project, ProjectSource, models};
use crate::provider::{
    ChatRequest, Completion, Finish, Message, ProviderError, ProviderErrorKind, Quota, ReportedLimits, RequestSpec,
    Role, WORD_CHARS, excerpt, wire,
};
use crate::schema::{Contract, find_object};
use crate::stage::generate::{Purpose, Question, Reading, settings};
use crate::transport::{Event, Job, Reply, Ticket, Transport};

/// The prompt when the schema is sent.
const WITH_SCHEMA: &str =
    "This tests a connection. Answer with one JSON object that is valid against the schema, as short as it can be.";
/// The prompt when no schema is sent.
const WITHOUT_SCHEMA: &str = "This tests a connection. Answer with this JSON object and nothing else: {\"ok\": true}";

/// The result for one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Ping {
    /// The blocks of the configuration that name it: `llm`, `judge.llm`.
    pub blocks: Vec<String>,
    pub model: String,
    /// The key that is sent.
    pub key: ApiKey,
    /// Whether a request of a run would be answered.
    pub works: bool,
    /// Whether the provider enforces the schema.
    pub structured: SchemaSupport,
    /// The status of the response, where there was one.
    pub http_status: Option<u16>,
    /// The kind of server that it is taken for, and by what; `None` for dialects that one provider alone speaks.
    pub server: Option<String>,
    /// The model that answered, as the provider names it.
    pub answered_by: Option<String>,
    /// Tokens that the provider reported.
    pub tokens: (Option<u64>, Option<u64>),
    /// How long it took.
    pub latency: Option<Duration>,
    /// What the headers say of limits, in words.
    pub limits: Vec<String>,
    /// What is wrong, or a note.
    pub message: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The key that is sent to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiKey {
    /// The variable is set.
    Found(String),
    /// The variable is not set, or what is in it cannot be sent.
    Missing(String),
    /// None is named.
    None,
}

/// Whether the provider enforces the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaSupport {
    /// It was sent, and the answer is valid against it.
    Held,
    /// It was sent, and the answer is not valid against it.
    NotHeld,
    /// It was sent, and the answer was cut off.
    Sent,
    /// It was refused; the same request without it is answered.
    Refused,
    /// It is not sent.
    Off,
    /// There was no answer.
    Unknown,
}

impl SchemaSupport {
    /// The word for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::NotHeld => "not held",
            Self::Sent => "accepted",
            Self::Refused => "refused",
            Self::Off => "not asked for",
            Self::Unknown => "unknown",
        }
    }
}

/// A model to test, with the blocks that name it.
struct PingTarget<'a> {
    model_use: ModelUse<'a>,
    blocks: Vec<String>,
    llm: &'a Llm,
    contract: &'a Contract,
    spec: RequestSpec,
    server: Option<String>,
}

/// The result of one exchange.
struct PingExchange {
    response: Option<wire::Response>,
    result: Result<Completion, ProviderError>,
    latency: Duration,
}

/// Tests each model of the configuration at `config` once.
pub fn ping(config: &Path, overrides: &[(String, String)]) -> Result<Vec<Ping>, EngineError> {
    let project = Project::of(ProjectSource::written(config, overrides))?;
    let (project, servers) = servers::resolve(project, None, Inquiry::Network)?;
    targets(&project, &servers).iter().map(PingTarget::ping).collect()
}

/// The models of a project, each once.
fn targets<'a>(project: &'a Project, servers: &Servers) -> Vec<PingTarget<'a>> {
    let mut targets: Vec<PingTarget<'a>> = Vec::new();
    for model_use in models(project) {
        let ModelUse { setup, llm, judging } = model_use;
        let (block, table) = match judging {
            None => ("llm".to_owned(), setup.asking.as_ref().and_then(|it| it.table.as_ref())),
            Some(judging) => (judging.block(), judging.table.as_ref()),
        };
        let block = setup.config.step.prefixed(&block);
        let spec = spec(llm, model_use.contract(), setup.config.run.seed, table);
        let alike = targets.iter_mut().find(|other| {
            let (one, other_spec) = (&spec, &other.spec);
            one.endpoint == other_spec.endpoint
                && one.model == other_spec.model
                && one.parameters == other_spec.parameters
                && variable(llm) == variable(other.llm)
        });
        match alike {
            Some(first) => first.blocks.push(block),
            None => {
                let (blocks, contract) = (vec![block], model_use.contract());
                let server = llm.provider.endpoint().and_then(|it| servers.of(&it.base_url)).map(FoundServer::in_words);
                targets.push(PingTarget { model_use, blocks, llm, contract, spec, server });
            }
        }
    }
    targets
}

/// The variable that holds a model's key.
fn variable(llm: &Llm) -> Option<&str> {
    let endpoint = llm.provider.endpoint()?;
    let signs = matches!(llm.provider, Provider::Bedrock(_)) && endpoint.api_key_env.is_none();
    if signs { Some("AWS_ACCESS_KEY_ID") } else { endpoint.api_key_env.as_deref() }
}

impl PingTarget<'_> {
    fn ping(&self) -> Result<Ping, EngineError> {
        let mut ping = self.unasked();
        let offline = match answerer(&self.llm.provider) {
            AnswerOrigin::Server(..) => None,
            AnswerOrigin::Recorded(_) => Some("no network is needed: answers come from a table"),
            AnswerOrigin::Sample(_) => Some("no network is needed: answers are made from the schema"),
            AnswerOrigin::Function => Some("no network is needed: a program's own function answers"),
        };
        if let Some(message) = offline {
            let (works, structured) = (true, SchemaSupport::Off);
            return Ok(Ping { works, structured, message: Some(message.to_owned()), ..ping });
        }
        let channel = match channels::open(self.model_use, None) {
            Ok(channel) => channel,
            Err(EngineError::Secret(error)) => {
                let name = variable(self.llm).unwrap_or_default();
                ping.key = ApiKey::Missing(name.to_owned());
                ping.message = Some(error.to_string());
                ping.hint =
                    Some(format!("export {name}=…, or name another variable with `{}.api_key_env`", self.block()));
                return Ok(ping);
            }
            Err(error) => return Err(error),
        };
        // A run's note on why the schema is not sent. A schema that must be sent and cannot be is an error.
        let notes = notes(self.llm, self.block(), self.contract, true)?;
        let exchanged = ask(&channel, purpose(&self.model_use), self.spec.clone())?;
        self.fill(&mut ping, &exchanged);
        // Every message is shown with its block.
        let about = format!("{}: ", self.block());
        let first = notes.into_iter().next();
        ping.message =
            ping.message.or_else(|| first.map(|it| it.strip_prefix(&about).map_or(it.clone(), str::to_owned)));
        let may_be_the_schema = |error: &ProviderError| {
            matches!(error.kind, ProviderErrorKind::BadRequest | ProviderErrorKind::RefusedForAll)
        };
        let is_the_account = matches!(ping.http_status, Some(401 | 402));
        let refused = !is_the_account && exchanged.result.as_ref().is_err_and(may_be_the_schema);
        if refused && self.spec.response_schema.is_some() {
            let without =
                ask(&channel, purpose(&self.model_use), RequestSpec { response_schema: None, ..self.spec.clone() })?;
            if without.result.is_ok() {
                ping.structured = SchemaSupport::Refused;
                ping.hint = Some(format!(
                    "without the schema the same request is answered: set `{}.structured_output: off` and show \
                     `{{{{ llm_schema }}}}` in the prompt",
                    self.block()
                ));
            }
        }
        Ok(ping)
    }

    fn block(&self) -> &str {
        self.blocks.first().map_or("llm", String::as_str)
    }

    fn unasked(&self) -> Ping {
        Ping {
            blocks: self.blocks.clone(),
            model: self.llm.model.clone(),
            key: variable(self.llm).map_or(ApiKey::None, |name| ApiKey::Found(name.to_owned())),
            works: false,
            structured: SchemaSupport::Unknown,
            http_status: None,
            server: self.server.clone(),
            answered_by: None,
            tokens: (None, None),
            latency: None,
            limits: Vec::new(),
            message: None,
            hint: None,
        }
    }

    /// Fills `ping` from the exchange.
    fn fill(&self, ping: &mut Ping, exchanged: &PingExchange) {
        ping.latency = Some(exchanged.latency);
        ping.http_status = exchanged.response.as_ref().map(|response| response.status);
        ping.limits = exchanged.response.as_ref().map(limits).unwrap_or_default();
        match &exchanged.result {
            Ok(completion) => {
                ping.works = true;
                ping.structured = self.structured(completion);
                ping.answered_by.clone_from(&completion.model);
                ping.tokens = (completion.usage.input_tokens, completion.usage.output_tokens);
                if ping.structured == SchemaSupport::NotHeld {
                    ping.message =
                        Some("the provider takes the schema, and its answer is not valid against it".to_owned());
                    ping.hint = Some("show the schema in the prompt: `{{ llm_schema }}`".to_owned());
                }
                self.fill_oddity(ping, completion);
            }
            Err(error) => {
                ping.message = Some(error.message.clone());
                ping.hint = self.hint(error, ping.http_status);
            }
        }
    }

    /// Says what is odd about an answer: that it has no text, or ends with a word that is not known.
    fn fill_oddity(&self, ping: &mut Ping, completion: &Completion) {
        let word = completion.finish_reason.as_ref().filter(|word| !self.llm.finish.contains_key(*word));
        if let (Finish::Unknown, Some(word)) = (completion.finish, word) {
            let shown = excerpt(word, WORD_CHARS);
            ping.message =
                Some(format!("its answer ended with `{shown}`, which is not known as the end of a whole answer"));
            ping.hint = Some(format!("if it is one, add {}", settings(word)));
        } else if let Some(problem) = &completion.problem {
            ping.message = Some(problem.clone());
        }
    }

    fn structured(&self, completion: &Completion) -> SchemaSupport {
        if self.spec.response_schema.is_none() {
            return SchemaSupport::Off;
        }
        match find_object(&completion.text) {
            _ if completion.finish != Finish::Stop => SchemaSupport::Sent,
            Ok(object) if self.contract.validate(&object).is_ok() => SchemaSupport::Held,
            _ => SchemaSupport::NotHeld,
        }
    }

    /// What to do about a failure.
    fn hint(&self, error: &ProviderError, http_status: Option<u16>) -> Option<String> {
        let block = self.block();
        // Some servers say by a code that it is the key.
        let is_the_key = ["(invalid_api_key)", "(authentication_error)"].iter().any(|it| error.message.contains(it));
        let kind = if is_the_key { ProviderErrorKind::Refused } else { error.kind };
        Some(match (kind, http_status, variable(self.llm)) {
            (ProviderErrorKind::Refused, Some(401), Some(name)) => format!("is the key in {name} the right one?"),
            (ProviderErrorKind::Refused, Some(401 | 403), None) => {
                format!("name the variable that holds a key with `{block}.api_key_env`")
            }
            (ProviderErrorKind::Refused, Some(403), Some(name)) => {
                format!("may the key in {name} use {}, from here?", self.llm.model)
            }
            (ProviderErrorKind::RefusedForAll, ..) | (ProviderErrorKind::Refused, Some(_), _) => {
                "look at the account's credit and limits".to_owned()
            }
            (ProviderErrorKind::NotFound, ..) => {
                format!("check `{block}.model`, and `{block}.base_url` up to its version (`/v1`)")
            }
            (ProviderErrorKind::Connection, ..) => {
                format!("is the server running, and does `{block}.base_url` name it? behind a proxy, set HTTPS_PROXY")
            }
            (ProviderErrorKind::Timeout, ..) => {
                format!("is the server busy, or loading the model? `{block}.timeout_sec` says how long to wait")
            }
            (ProviderErrorKind::RateLimited, ..) => "the key is known; wait, and run with fewer workers".to_owned(),
            (ProviderErrorKind::BadRequest | ProviderErrorKind::InvalidInput, ..) => {
                format!("does the model take every parameter that `{block}` sets (`temperature`, say)?")
            }
            (ProviderErrorKind::InvalidResponse, ..) => {
                format!("does `{block}.base_url` name an API of this provider, and not a web page?")
            }
            (ProviderErrorKind::ServerError | ProviderErrorKind::Overloaded, ..) => {
                "the provider is in trouble; try again later".to_owned()
            }
            (
                ProviderErrorKind::Refused
                | ProviderErrorKind::NoRecord
                | ProviderErrorKind::ManyRecords
                | ProviderErrorKind::ModelError,
                ..,
            ) => return None,
        })
    }
}

/// The limits in the headers of a response, in words.
fn limits(response: &wire::Response) -> Vec<String> {
    let limits = ReportedLimits::of(response);
    let kinds = [
        ("requests", limits.requests),
        ("tokens", limits.tokens),
        ("input tokens", limits.input_tokens),
        ("output tokens", limits.output_tokens),
    ];
    let in_words = |(what, quota): (&str, Option<Quota>)| {
        let Quota { limit, remaining, reset } = quota?;
        let of = limit.map(|limit| format!(" of {limit:.0}")).unwrap_or_default();
        Some(format!("{remaining:.0}{of} {what} left, all again after {:.1} s", reset.as_secs_f64()))
    };
    kinds.into_iter().filter_map(in_words).collect()
}

/// Makes one exchange.
fn ask(channel: &Channel, purpose: Purpose, spec: RequestSpec) -> Result<PingExchange, EngineError> {
    let words = if spec.response_schema.is_some() { WITH_SCHEMA } else { WITHOUT_SCHEMA };
    let spec_id = spec.id();
    let request = ChatRequest {
        spec: Arc::new(spec),
        messages: vec![Message::new(Role::User, words)],
        sample: 1,
        matched: None,
        item: None,
    };
    let id = request.id(spec_id);
    let question = Question {
        purpose,
        route: 0,
        request,
        id,
        spec_row: None,
        messages: String::new(),
        reading: Reading::default(),
        quoted: None,
    };
    let transport = Transport::start(1, channel.secret())?;
    transport.submit(Job { ticket: Ticket(1), exchange: channel.exchange(&question) })?;
    loop {
        let Some(Event::Done(done)) = transport.wait(None) else { continue };
        let result = done.reply.as_ref().map_err(Clone::clone).and_then(|reply| channel.completion(reply));
        let response = match done.reply {
            Ok(Reply::Response(response)) => Some(response),
            Ok(Reply::Completion(_)) | Err(_) => None,
        };
        return Ok(PingExchange { response, result, latency: done.duration });
    }
}
