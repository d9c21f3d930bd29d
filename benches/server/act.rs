//! Doing what was drawn to a connection.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::answer::{Ask, write_completion};
use super::faults::{Advice, Fault};
use super::wire::write_head;
use super::{Counts, Shared};

const JSON: &str = "application/json";
/// What an endless body announces.
const GIGABYTES: u64 = 5_000_000_000;

/// Whether the connection is of further use.
pub enum After {
    /// The next request may come.
    Open,
    /// It is over.
    Close,
}

/// Answers `ask`, or does to it what `fault` says. `out` is scratch space.
pub async fn act(
    stream: &mut TcpStream,
    ask: &Ask<'_>,
    fault: Option<Fault>,
    shared: &Shared,
    out: &mut Vec<u8>,
) -> io::Result<After> {
    let text = || shared.config.content.text(ask);
    out.clear();
    let Some(fault) = fault else {
        answer(out, ask, &text(), "stop", "");
        stream.write_all(out).await?;
        return Ok(After::Open);
    };
    match fault {
        Fault::Status(status) => error(out, status, "this went wrong on purpose", &[]),
        Fault::RateLimited(advice) => error(out, 429, "slow down", &advised(advice)),
        Fault::InvalidJson => {
            let body = completion(ask, &text(), "stop", "");
            reply(out, 200, JSON, &body[..body.len() / 2], &[]);
        }
        Fault::Html => reply(out, 200, "text/html", b"<html><body>Sign in to go on</body></html>", &[]),
        Fault::Redirect => {
            let target = format!("http://{}/elsewhere/v1/redirected", shared.address);
            reply(out, 307, JSON, b"", &[("location", target)]);
        }
        Fault::EmptyBody => reply(out, 200, JSON, b"", &[]),
        Fault::EmptyContent => answer(out, ask, "", "stop", ""),
        Fault::ExtraField => answer(out, ask, &with_surplus(&text()), "stop", ""),
        Fault::ExtraEnvelope => answer(out, ask, &text(), "stop", r#""provider":"x","timings":{"queue_ms":[0.5]},"#),
        Fault::Truncated => answer(out, ask, first_half(&text()), "length", ""),
        Fault::Malformed => answer(out, ask, first_half(&text()), "stop", ""),
        Fault::Hang => return hang(stream).await,
        Fault::Drip(pause) => {
            answer(out, ask, &text(), "stop", "");
            return drip(stream, out, pause).await;
        }
        Fault::ResetBefore | Fault::ResetWithin | Fault::ResetAfter => {
            answer(out, ask, &text(), "stop", "");
            let sent = match fault {
                Fault::ResetBefore => 0,
                Fault::ResetWithin => out.len() / 2,
                _ => out.len(),
            };
            stream.write_all(&out[..sent]).await?;
            // Closed with no time to linger, a connection is reset.
            stream.set_zero_linger()?;
            return Ok(After::Close);
        }
        Fault::CloseAfter | Fault::CutBody => {
            answer(out, ask, &text(), "stop", "");
            let sent = if fault == Fault::CutBody { out.len() - 20 } else { out.len() };
            stream.write_all(&out[..sent]).await?;
            return Ok(After::Close);
        }
        Fault::Flood | Fault::FloodChunks | Fault::FloodHead => return flood(stream, fault, shared, out).await,
        Fault::NoHttp => {
            stream.write_all(b"220 mail.example.com ESMTP ready\r\n").await?;
            return Ok(After::Close);
        }
    }
    stream.write_all(out).await?;
    Ok(After::Open)
}

/// Answers what is no chat completion: `/counts`, and redirects that were followed.
pub async fn other(stream: &mut TcpStream, path: &str, shared: &Shared, out: &mut Vec<u8>) -> io::Result<After> {
    out.clear();
    if path == "/counts" {
        let Counts { requests, faults, strayed, connections, flooded } = shared.state().counts.clone();
        let counts = json!({
            "requests": requests, "faults": faults, "strayed": strayed, "connections": connections, "flooded": flooded,
        });
        reply(out, 200, JSON, counts.to_string().as_bytes(), &[]);
    } else if matches!(path, "/v1/models" | "/api/version") {
        // A question about the server itself, which has nothing to say.
        error(out, 404, "there is nothing here", &[]);
    } else {
        shared.state().counts.strayed += 1;
        error(out, 404, "there is nothing here", &[]);
    }
    stream.write_all(out).await?;
    Ok(After::Open)
}

fn completion(ask: &Ask<'_>, text: &str, finish: &str, more: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(512 + text.len());
    write_completion(&mut body, text, finish, more, ask.digest, ask.body.len());
    body
}

fn answer(out: &mut Vec<u8>, ask: &Ask<'_>, text: &str, finish: &str, more: &str) {
    reply(out, 200, JSON, &completion(ask, text, finish, more), &[]);
}

fn reply(out: &mut Vec<u8>, status: u16, content_type: &str, body: &[u8], headers: &[(&str, String)]) {
    write_head(out, status, content_type, body.len() as u64, headers);
    out.extend_from_slice(body);
}

fn error(out: &mut Vec<u8>, status: u16, message: &str, headers: &[(&str, String)]) {
    let body = json!({"error": {"message": message, "type": "on_purpose", "code": null}}).to_string();
    reply(out, status, JSON, body.as_bytes(), headers);
}

fn advised(advice: Advice) -> Vec<(&'static str, String)> {
    match advice {
        Advice::None => Vec::new(),
        Advice::Seconds(wait) => vec![("retry-after", wait.to_string())],
        Advice::Millis(wait) => vec![("retry-after-ms", wait.to_string())],
        Advice::Date(wait) => {
            let now = OffsetDateTime::now_utc();
            // RFC 2822 writes the zone as a number where HTTP wants its name.
            let date = |at: OffsetDateTime| at.format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT");
            vec![("date", date(now)), ("retry-after", date(now + Duration::from_secs(wait.into())))]
        }
        Advice::Reset(wait) => vec![
            ("x-ratelimit-limit-requests", "10000".to_owned()),
            ("x-ratelimit-remaining-requests", "0".to_owned()),
            ("x-ratelimit-reset-requests", format!("{}m{}s", wait / 60, wait % 60)),
        ],
    }
}

/// The object in `text` with one field more, which no closed schema allows.
fn with_surplus(text: &str) -> String {
    let mut value: Value = serde_json::from_str(text).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("surplus".to_owned(), json!("one field too many"));
    }
    value.to_string()
}

/// As much of `text` as leaves a JSON object open.
fn first_half(text: &str) -> &str {
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..middle]
}

/// Reads on until the client goes away.
async fn hang(stream: &mut TcpStream) -> io::Result<After> {
    let mut nothing = [0; 256];
    while stream.read(&mut nothing).await? > 0 {}
    Ok(After::Close)
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], pause: Duration) -> io::Result<After> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(pause).await;
    }
    Ok(After::Open)
}

async fn flood(stream: &mut TcpStream, fault: Fault, shared: &Shared, out: &mut Vec<u8>) -> io::Result<After> {
    const BLOCK: usize = 64 * 1024;
    let head = match fault {
        Fault::FloodHead => "HTTP/1.1 200 OK\r\n".to_owned(),
        Fault::FloodChunks => {
            format!("HTTP/1.1 200 OK\r\ncontent-type: {JSON}\r\ntransfer-encoding: chunked\r\n\r\n")
        }
        _ => format!("HTTP/1.1 200 OK\r\ncontent-type: {JSON}\r\ncontent-length: {GIGABYTES}\r\n\r\n"),
    };
    stream.write_all(head.as_bytes()).await?;
    match fault {
        Fault::FloodHead => out.extend_from_slice("x-more: of-the-same-for-ever\r\n".repeat(2000).as_bytes()),
        Fault::FloodChunks => {
            out.extend_from_slice(format!("{BLOCK:x}\r\n").as_bytes());
            out.resize(out.len() + BLOCK, b' ');
            out.extend_from_slice(b"\r\n");
        }
        _ => out.resize(BLOCK, b' '),
    }
    loop {
        stream.write_all(out).await?;
        shared.state().counts.flooded += out.len() as u64;
    }
}
