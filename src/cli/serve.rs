//! `casebook serve`: an HTTP service that decides rows.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::live_args::{self, LiveArgs};
use super::progress::Watcher;
use super::terminal::{Terminal, shown_path};
use crate::engine::{self, Audience, LiveDoor, LiveTask, RunEvent};
use crate::view::text;
use crate::web::{AccessRules, Listening, ServiceLimits, Serving, WebError};

/// Serve the task of a configuration over HTTP.
///
/// Rows come as JSON, go through all steps of the task, and come back with output, verdict, cost and ids. Everything is
/// on record as in a run; what is on record is answered from there. Killed and started again, the service decides what
/// it had accepted. Ctrl-C and SIGTERM end it in good order: rows that were accepted are decided first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  casebook serve casebook.yaml                              on 127.0.0.1:8788
  casebook serve casebook.yaml --provider sample            try it: no key, no network, no cost
  casebook serve casebook.yaml --listen 0.0.0.0:8788 --token-env SERVICE_TOKEN
  curl -s http://127.0.0.1:8788/v1/run -H 'content-type: application/json' \\
       -d '{\"row\": {\"text\": \"I was charged twice.\"}}'

Paths:
  POST /v1/run           {\"row\": {…}} or {\"rows\": [{…}, …]}: decide rows, and wait for them
  POST /v1/batches       {\"rows\": [{…}, …]}: record rows that are decided later
  GET  /v1/batches/ID    how a batch stands, with its results (?after=N&limit=N)
  GET  /healthz          200 while rows are taken, else 503
  GET  /metrics          figures for Prometheus
  GET  /openapi.json     all of this, for programs")]
pub struct ServeArgs {
    #[command(flatten)]
    live: LiveArgs,
    /// The address and port; port 0 takes a free one. An address that other machines reach needs `--token-env`.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8788", value_parser = address)]
    listen: SocketAddr,
    /// The environment variable with the token that each request must send (`Authorization: Bearer …`).
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
    /// Refuse bodies of more bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20, value_parser = clap::value_parser!(u32).range(1..))]
    max_body: u32,
    /// Wait at most this long for rows to be decided; they go on after that.
    #[arg(long, value_name = "S", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout_sec: u32,
    /// Keep at most N connections open; others wait.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    max_connections: u32,
}

/// Parses an address with a port, of which `localhost` is a name.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:8788 or [::1]:8788".to_owned())
}

impl ServeArgs {
    fn listen(&self) -> Result<Listening, WebError> {
        let token = self.token_env.as_deref().map(|name| (name, std::env::var(name).ok()));
        let access = AccessRules::new(self.listen, token)?;
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let limits = ServiceLimits {
            body: size(self.max_body),
            wait: Duration::from_secs(u64::from(self.timeout_sec)),
            connections: size(self.max_connections),
        };
        Listening::bind(self.listen, access, limits)
    }
}

pub fn run(args: &ServeArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let listening = args.listen()?;
    let mut watcher = Watcher::new(terminal);
    let mut watch = |event: &RunEvent| {
        // A service has no end that progress could be measured by.
        if matches!(event, RunEvent::Note(_)) {
            watcher.see(event);
        }
    };
    let mut serving: Option<Result<Serving, WebError>> = None;
    let opened = |task: LiveTask, door: LiveDoor| {
        let address = listening.address();
        let said = format!(
            "Serving `{}` on http://{address}, with everything on record in {}",
            text::line(&task.name),
            shown_path(&task.db)
        );
        let began = listening.serve(task, door.clone());
        match &began {
            Ok(_) => terminal.tell(&said),
            Err(_) => door.close(),
        }
        serving = Some(began);
    };
    let result = engine::live(&args.live.options("serve", true), &mut Audience::new(&mut watch), opened);
    if let Some(serving) = serving {
        serving?.end();
    }
    let summary = result?;
    live_args::tell(&summary, terminal);
    Ok(if summary.interrupted { Exit::Interrupted } else { Exit::Drained })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_has_a_port() {
        assert_eq!(address("localhost:80").unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(address("[::1]:0").unwrap().to_string(), "[::1]:0");
        for wrong in ["8788", ":8788", "localhost", "example.org:80", "127.0.0.1:99999"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
