//! Opening the channels to the models of a project: reads keys from the environment, and tables of recorded answers.
//! Nothing is sent here.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::error::EngineError;
use super::pricing::terms;
use super::selection::Selection;
use crate::config::{Each, Endpoint, Llm, Provider, Recorded, RetryDelay, Sample};
use crate::dispatch::{BudgetLimits, Channel, JudgeAddress, LaneSpec, MaxFailures, Models, RateLimit, Route};
use crate::price::Money;
use crate::project::spec::{AnswerOrigin, answerer};
use crate::project::{ModelUse, Project, models};
use crate::provider::{Dialect, ModelFunction, RetryPolicy};
use crate::schema::{author_sample, with_longer_lists};
use crate::tabular::normalise;
use crate::transport::{self, Faults, RecordedTable, Secret, Transport};

/// Opens the channels to all models of a project, in the order of [`models`]. Those of steps that are not selected are
/// never asked: they need no key and no table.
pub(super) fn open_all(project: &Project, selection: &Selection) -> Result<Vec<Channel>, EngineError> {
    let left_out = selection.left_out(project);
    let is_asked = |model: &ModelUse<'_>| !left_out.iter().any(|name| name == model.setup.config.step.name());
    let function = project.function.as_ref();
    let opened = |model| if is_asked(&model) { open(model, function) } else { Ok(sampler(model, &Sample::default())) };
    models(project).map(opened).collect()
}

/// How the tables of recorded answers among `channels` were read.
pub(super) fn notes(channels: &[Channel]) -> impl Iterator<Item = &String> {
    channels.iter().flat_map(|channel| match channel {
        Channel::Recorded(table) => table.notes(),
        Channel::Http { .. } | Channel::Sample { .. } | Channel::Function(_) => &[],
    })
}

/// The models of a project for the loop, with `channels` from [`open_all`].
pub(super) fn ready(
    project: &Project,
    channels: Vec<Channel>,
    max_failures: Option<MaxFailures>,
) -> Result<Models, EngineError> {
    let (mut max_workers, mut retries) = (1, 0);
    for llm in models(project).filter(|it| it.judging.is_none()).map(|it| it.llm) {
        max_workers = max_workers.max(llm.max_workers);
        retries = retries.max(llm.retries);
    }
    let (lanes, lane_of) = lanes(models(project).map(|it| it.llm));
    let terms = models(project).map(|it| terms(it.setup, it.llm));
    let retry = models(project).map(|it| retry(retries, it.llm.retry_delay));
    let transport = Transport::start(max_workers, channels.iter().filter_map(Channel::secret))?;
    let judges = models(project).map(judge_address);
    let routes = channels.into_iter().zip(terms).zip(lane_of).zip(judges).zip(retry);
    let budget = &project.config.budget;
    Ok(Models {
        transport,
        routes: routes
            .map(|((((channel, terms), lane), judge), retry)| Route { channel, terms, retry, lane, judge })
            .collect(),
        lanes,
        limits: BudgetLimits {
            max_cost: budget.max_cost_usd.and_then(Money::from_usd),
            max_requests: budget.max_requests,
        },
        of_variant: None,
        max_workers,
        max_failures,
    })
}

/// When requests to a model are sent again. `retries` is the highest number of all steps.
fn retry(retries: u32, delay: RetryDelay) -> RetryPolicy {
    let RetryDelay { first_sec, factor, most_sec } = delay;
    RetryPolicy { retries, base: Duration::from_secs_f64(first_sec), factor, cap: Duration::from_secs_f64(most_sec) }
}

/// The address of a model, if it is a judge at another one than the generating model's.
fn judge_address(model: ModelUse<'_>) -> Option<JudgeAddress> {
    let address = |llm: &Llm| llm.provider.endpoint().map(|it| it.base_url.clone());
    let judging = model.judging?;
    let generating = model.setup.asking.as_ref().and_then(|it| address(&it.llm));
    let base_url = address(model.llm).filter(|own| generating.as_ref() != Some(own))?;
    let key = model.setup.config.step.prefixed(&format!("{}.base_url", judging.block()));
    Some(JudgeAddress { key, base_url })
}

/// The endpoints of these models, each once, and for each model the index of its endpoint.
fn lanes<'a>(models: impl Iterator<Item = &'a Llm>) -> (Vec<LaneSpec>, Vec<usize>) {
    let mut found: Vec<&Llm> = Vec::new();
    let mut lane_of = Vec::new();
    for llm in models {
        lane_of.push(found.iter().position(|other| same_endpoint(other, llm)).unwrap_or_else(|| {
            found.push(llm);
            found.len() - 1
        }));
    }
    (found.into_iter().map(lane).collect(), lane_of)
}

fn lane(llm: &Llm) -> LaneSpec {
    let has_no_pace = matches!(llm.provider, Provider::Recorded(_) | Provider::Sample(_));
    let limit = (!has_no_pace).then_some(RateLimit {
        requests_per_minute: llm.rate_limit.requests_per_minute,
        tokens_per_minute: llm.rate_limit.tokens_per_minute,
    });
    LaneSpec { model: llm.model.clone(), limit, max_output_tokens: llm.max_output_tokens }
}

fn same_endpoint(one: &Llm, two: &Llm) -> bool {
    let provider = |llm: &Llm| serde_json::to_value(&llm.provider).ok();
    one.model == two.model && provider(one) == provider(two)
}

/// Opens the channel to a model: reads the key, or the table of answers. `function` is the model of the provider
/// `function`.
pub(super) fn open(model: ModelUse<'_>, function: Option<&ModelFunction>) -> Result<Channel, EngineError> {
    match answerer(&model.llm.provider) {
        AnswerOrigin::Server(dialect, endpoint) => http(dialect, endpoint, model.llm),
        AnswerOrigin::Recorded(recorded) => open_table(model, recorded),
        AnswerOrigin::Sample(sample) => Ok(sampler(model, sample)),
        AnswerOrigin::Function => match function {
            Some(function) => Ok(Channel::Function(function.clone())),
            None => Err(EngineError::NoFunction(model.llm.model.clone())),
        },
    }
}

/// Whether the model writes a schema.
fn is_author(model: ModelUse<'_>) -> bool {
    model.setup.config.step.each == Each::Task
}

/// The channel to a table of recorded answers. They are never changed; where the input's cells are normalised, the
/// cells that are compared with them are compared in their normal form.
fn open_table(model: ModelUse<'_>, recorded: &Recorded) -> Result<Channel, EngineError> {
    let key = match model.judging {
        None if is_author(model) => "schema.llm.recorded.path",
        None => "llm.recorded.path",
        Some(judging) if judging.config.name.is_empty() => "judge.llm.recorded.path",
        Some(_) => "judge.judges.llm.recorded.path",
    };
    let mut table = model.setup.open_recorded(key, recorded)?;
    let columns = table.columns().to_vec();
    let matched: Vec<String> = recorded.matching.keys().cloned().collect();
    let records = std::iter::from_fn(|| match table.next_record() {
        Ok(record) => record.map(|record| Ok(record.fields)),
        Err(error) => Some(Err(error.to_string())),
    });
    let compared_as: fn(&str) -> Cow<'_, str> =
        if model.setup.config.input.normalise { normalise } else { |cell| Cow::Borrowed(cell) };
    let templates = (recorded.answer.as_str(), recorded.model.as_deref());
    let loaded = RecordedTable::load(records, &columns, (&matched, compared_as), templates)?;
    // The keys that notes name stand in the table's own block.
    let said = table.notes().to_say().into_iter().map(|note| note.replace("`input.", "`recorded."));
    let notes = said.map(|note| format!("{}: {note}", recorded.path)).collect();
    Ok(Channel::Recorded(Arc::new(loaded.with_notes(notes))))
}

/// The channel to samples that are valid against the contract.
fn sampler(model: ModelUse<'_>, sample: &Sample) -> Channel {
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
    let purpose = match model.judging {
        Some(judging) => transport::SamplePurpose::Judge { min_score: judging.highest_bound() },
        None => transport::SamplePurpose::Generation,
    };
    let contract = model.contract();
    // No schema tells a good schema from a bad one, so all samples of a schema are the same.
    let schema =
        if is_author(model) { author_sample() } else { with_longer_lists(contract.as_written(), sample.min_items) };
    let (schema, form, seed) = (Arc::new(schema), contract.form().clone(), model.setup.config.run.seed);
    Channel::Sample { schema, form, seed, faults: Arc::new(faults), purpose }
}

/// The channel to a server, with its key from the environment.
fn http(dialect: Dialect, endpoint: &Endpoint, llm: &Llm) -> Result<Channel, EngineError> {
    let secret = match (&endpoint.api_key_env, &endpoint.region) {
        (Some(name), _) => Some(Secret::from_env(name)?),
        (None, Some(region)) => Some(Secret::of_aws(region, &endpoint.base_url)?),
        (None, None) => None,
    };
    let timeout = Duration::from_secs_f64(llm.timeout_sec);
    Ok(Channel::Http { dialect, base_url: endpoint.base_url.clone(), secret, timeout })
}
