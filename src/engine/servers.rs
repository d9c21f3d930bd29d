//! Which kind of server each model of `OpenAI`'s dialect is asked on.
//!
//! The configuration or the address says it. Any other server to which a schema would be sent is asked once, by a
//! request that costs nothing, and the run file keeps what it said: a later run takes it from there, so that it never
//! changes by itself. What kind a server is decides how a schema is written for it, and is no part of a request's id.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::error::EngineError;
use super::session::{Session, now};
use crate::config::{Endpoint, Llm};
use crate::project::spec::{asks_for_structure, server, unknown_server};
use crate::project::{Project, models};
use crate::provider::server::{may_say_later, probes, read};
use crate::provider::wire;
use crate::record::{ServerKind, ServerSource};
use crate::store::{self, Access, sql};
use crate::transport::{Event, Exchange, Job, Reply, Secret, Ticket, Transport};

/// The most seconds that a server has to say what it is.
const PATIENCE: f64 = 5.0;

/// What a server is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundServer {
    pub(super) base_url: String,
    pub(super) kind: ServerKind,
    pub(super) source: ServerSource,
    /// What says so, as a sentence.
    pub(super) evidence: String,
    /// Whether the server answered when it was asked.
    pub(super) answered: bool,
}

impl FoundServer {
    /// The server in words: `vllm (it lists …)`.
    pub(super) fn in_words(&self) -> String {
        format!("{} ({})", self.kind, self.evidence)
    }

    /// What was found out, for people.
    fn note(&self) -> String {
        let Self { base_url, kind, evidence, answered, .. } = self;
        let until = if *answered { "" } else { ", until it answers" };
        format!("the server at {base_url} is taken for `{kind}`{until}: {evidence} (`llm.server` says otherwise)")
    }
}

/// Where the kinds of servers may be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inquiry {
    /// On record, and on the network.
    Network,
    /// On record alone.
    Record,
}

/// The servers of a project.
#[derive(Debug, Default)]
pub(super) struct Servers {
    /// What each is taken for.
    pub(super) found: Vec<FoundServer>,
    /// What was found out just now, or is still open, each a sentence.
    pub(super) notes: Vec<String>,
}

impl Servers {
    /// The server at an address.
    pub(super) fn of(&self, base_url: &str) -> Option<&FoundServer> {
        self.found.iter().find(|it| it.base_url == base_url)
    }
}

/// Finds out the kinds of the servers of `project`, and returns it with them. `db` is the run file, if there is one.
pub(super) fn resolve(
    project: Project,
    db: Option<&Path>,
    inquiry: Inquiry,
) -> Result<(Project, Servers), EngineError> {
    let Some(db) = db.filter(|db| db.exists()) else { return resolve_with(project, &[], inquiry) };
    match store::open(db, Access::Read) {
        Ok(record) => match detected(&record) {
            Ok(recorded) => resolve_with(project, &recorded, inquiry),
            // Whoever goes on to use the file says what is wrong with it, better than could be said here.
            Err(_) => resolve_with(project, &[], Inquiry::Record),
        },
        // A run that was killed in its first moments leaves an empty file.
        Err(store::OpenError::Empty(_)) => resolve_with(project, &[], inquiry),
        Err(_) => resolve_with(project, &[], Inquiry::Record),
    }
}

/// [`resolve`], with the servers that are on record.
pub(super) fn resolve_with(
    project: Project,
    recorded: &[FoundServer],
    inquiry: Inquiry,
) -> Result<(Project, Servers), EngineError> {
    let (mut found, mut notes): (Vec<FoundServer>, Vec<String>) = (Vec::new(), Vec::new());
    for model in models(&project) {
        let Some(endpoint) = unknown_server(model.llm).filter(|_| asks_for_structure(model.llm, model.contract()))
        else {
            continue;
        };
        if found.iter().any(|it| it.base_url == endpoint.base_url) {
            continue;
        }
        match recorded.iter().find(|it| it.base_url == endpoint.base_url) {
            Some(known) => found.push(known.clone()),
            None if inquiry == Inquiry::Network => {
                let answer = ask(endpoint, model.llm)?;
                notes.extend(answer.as_ref().map(FoundServer::note));
                found.extend(answer);
            }
            None => {
                let url = &endpoint.base_url;
                let note = format!(
                    "the first run asks {url} which kind of server it is, unless `llm.server` says it; until then it is \
                     taken for one like OpenAI's"
                );
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    let known: BTreeMap<String, ServerKind> = found.iter().map(|it| (it.base_url.clone(), it.kind)).collect();
    let project = project.with_servers(&known);
    found.extend(said(&project, &found));
    Ok((project, Servers { found, notes }))
}

/// The servers of which the configuration or the address says the kind.
fn said(project: &Project, detected: &[FoundServer]) -> Vec<FoundServer> {
    let mut found: Vec<FoundServer> = Vec::new();
    for llm in models(project).map(|it| it.llm) {
        let (Some(kind), Some(endpoint)) = (server(llm), llm.provider.endpoint()) else { continue };
        let is_known = |all: &[FoundServer]| all.iter().any(|it| it.base_url == endpoint.base_url);
        if is_known(detected) || is_known(&found) || unknown_server(llm).is_some() {
            continue;
        }
        let (source, evidence) = match llm.server {
            Some(_) => (ServerSource::Written, "`llm.server` says it"),
            None => (ServerSource::Address, "its address says it"),
        };
        let (base_url, evidence) = (endpoint.base_url.clone(), evidence.to_owned());
        found.push(FoundServer { base_url, kind, source, evidence, answered: true });
    }
    found
}

/// Asks a server what it is. Without a key that it may need, nothing is asked: the run will say so.
fn ask(endpoint: &Endpoint, llm: &Llm) -> Result<Option<FoundServer>, EngineError> {
    let secret = match &endpoint.api_key_env {
        Some(name) => match Secret::from_env(name) {
            Ok(secret) => Some(secret),
            Err(_) => return Ok(None),
        },
        None => None,
    };
    let timeout = Duration::from_secs_f64(llm.timeout_sec.min(PATIENCE));
    let transport = Transport::start(1, secret.as_ref())?;
    let found = |kind: ServerKind, evidence: String, answered: bool| {
        let base_url = endpoint.base_url.clone();
        Some(FoundServer { base_url, kind, source: ServerSource::Detected, evidence, answered })
    };
    let mut later = None;
    for request in probes(&endpoint.base_url) {
        let asks_the_api = request.secret.is_some();
        let secret = request.secret.and(secret.clone());
        match exchange(&transport, request, timeout, secret)? {
            Ok(response) => {
                if let Some((kind, evidence)) = read(&response) {
                    return Ok(found(kind, evidence, true));
                }
                if asks_the_api && may_say_later(&response) {
                    later.get_or_insert(response.status);
                }
            }
            Err(message) => {
                return Ok(found(ServerKind::Other, format!("it did not say what it is: {message}"), false));
            }
        }
    }
    Ok(match later {
        Some(status) => found(ServerKind::Other, format!("it answered with HTTP {status} when it was asked"), false),
        None => found(ServerKind::Other, "it does not say that it is a server of another kind".to_owned(), true),
    })
}

/// Makes one exchange: the response, or why there is none.
fn exchange(
    transport: &Transport,
    request: wire::Request,
    timeout: Duration,
    secret: Option<Secret>,
) -> Result<Result<wire::Response, String>, EngineError> {
    transport.submit(Job { ticket: Ticket(1), exchange: Exchange::Http { request, timeout, secret } })?;
    loop {
        let Some(Event::Done(done)) = transport.wait(None) else { continue };
        return Ok(match done.reply {
            Ok(Reply::Response(response)) => Ok(response),
            Ok(Reply::Completion(_)) => Err("no response".to_owned()),
            Err(error) => Err(error.message),
        });
    }
}

/// What servers said of themselves when they were asked. One that did not answer, and has not answered since, is left
/// out: it is asked again.
pub(super) fn detected(connection: &Connection) -> rusqlite::Result<Vec<FoundServer>> {
    let rows = sql::RECORD_DETECTED_SERVERS.all(connection, &[], |row| {
        let found = FoundServer {
            base_url: row.get("base_url")?,
            kind: row.get("kind")?,
            source: ServerSource::Detected,
            evidence: row.get("evidence")?,
            answered: row.get("answered")?,
        };
        Ok((found, row.get::<_, bool>("is_settled")?))
    })?;
    Ok(rows.into_iter().filter(|(_, is_settled)| *is_settled).map(|(found, _)| found).collect())
}

/// Records what servers are taken for, where that is new.
pub(super) fn record(session: &mut Session, found: &[FoundServer]) -> rusqlite::Result<()> {
    let invocation = session.invocation;
    let tx = session.transaction()?;
    let before = sql::RECORD_SERVERS.all(&tx, &[], |row| {
        Ok(FoundServer {
            base_url: row.get("base_url")?,
            kind: row.get("kind")?,
            source: row.get("source")?,
            evidence: row.get("evidence")?,
            answered: row.get("answered")?,
        })
    })?;
    for server in found.iter().filter(|server| !before.contains(server)) {
        sql::RECORD_INSERT_SERVER.execute(
            &tx,
            &[
                (":invocation", &invocation),
                (":base_url", &server.base_url),
                (":kind", &server.kind),
                (":source", &server.source),
                (":evidence", &server.evidence),
                (":answered", &server.answered),
                (":now", &now()),
            ],
        )?;
    }
    tx.commit()
}
