use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::masks::Masks;
use super::*;
use crate::provider::wire::{Request, Response, SecretHeader};
use crate::provider::{ProviderError, ProviderErrorKind};

const KEY: &str = "sk-test-0123456789";
/// Far more than any exchange here needs.
const AMPLE: Duration = Duration::from_secs(20);

/// A server on loopback that answers each connection by `script`, which gets the request's head and the socket. The
/// heads come out of the channel.
fn server(script: impl Fn(usize, &str, &mut TcpStream) + Send + 'static) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heads) = mpsc::channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { continue };
            let request = read_request(&mut stream);
            let _ = sender.send(request.clone());
            script(number, &request, &mut stream);
        }
    });
    (address, heads)
}

/// One request with its body, as the `content-length` says.
fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

fn reply(stream: &mut TcpStream, status: &str, headers: &str, body: &str) {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
    let _ = stream.write_all(text.as_bytes());
}

fn pool(in_flight: usize) -> Transport {
    // The machine's proxy, if it has one, is not to be asked for loopback addresses.
    let masks = Masks::of(&[Secret::new("KEY", KEY).unwrap()]).unwrap();
    Transport::with_client(in_flight, http::build(client::builder().no_proxy()).into(), masks).unwrap()
}

fn exchange(url: String, timeout: Duration) -> Exchange {
    Exchange::Http {
        request: Request {
            url,
            headers: vec![("content-type", "application/json".into())],
            secret: Some(SecretHeader { name: "authorization", prefix: "Bearer " }),
            body: b"{\"a\":1}".to_vec(),
        },
        timeout,
        secret: Some(Secret::new("KEY", KEY).unwrap()),
    }
}

fn take(transport: &Transport) -> FinishedExchange {
    match transport.wait(Some(AMPLE)) {
        Some(Event::Done(done)) => done,
        other => panic!("expected the end of an exchange, got {other:?}"),
    }
}

fn run(exchange: Exchange) -> Result<Reply, ProviderError> {
    let transport = pool(1);
    transport.submit(Job { ticket: Ticket(1), exchange }).unwrap();
    let done = take(&transport);
    assert_eq!(done.ticket, Ticket(1));
    done.reply
}

fn response(exchange: Exchange) -> Response {
    match run(exchange) {
        Ok(Reply::Response(response)) => response,
        other => panic!("expected a response, got {other:?}"),
    }
}

fn failure(exchange: Exchange) -> ProviderError {
    let error = run(exchange).unwrap_err();
    assert!(!error.message.contains(KEY), "{error}");
    error
}

#[test]
fn a_request_goes_out_complete_and_the_response_comes_back() {
    let (address, heads) = server(|_, _, stream| {
        reply(stream, "200 OK", "X-Request-Id: r1\r\nretry-after-ms: 5\r\nset-cookie: c=1\r\n", "{\"ok\":true}");
    });
    let response = response(exchange(format!("http://{address}/v1/chat/completions?v=1"), AMPLE));
    let kept = [("retry-after-ms", "5"), ("x-request-id", "r1")];
    assert_eq!(response.status, 200);
    assert_eq!(response.headers, kept.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(response.body, b"{\"ok\":true}");
    let request = heads.recv().unwrap();
    assert!(request.starts_with("POST /v1/chat/completions?v=1 HTTP/1.1\r\n"), "{request}");
    for part in [
        format!("authorization: Bearer {KEY}\r\n"),
        "content-type: application/json\r\n".into(),
        concat!("user-agent: casebook/", env!("CARGO_PKG_VERSION"), "\r\n").into(),
        "\r\n\r\n{\"a\":1}".into(),
    ] {
        assert!(request.contains(&part), "{part:?} is not in {request:?}");
    }
}

#[test]
fn error_responses_and_redirects_are_responses() {
    for (status, headers) in [("500 Oops", ""), ("429 Slow", "retry-after: 3\r\n"), ("302 Found", "location: /b\r\n")] {
        let (address, heads) = server(move |_, _, stream| reply(stream, status, headers, "{}"));
        let response = response(exchange(format!("http://{address}/a"), AMPLE));
        assert_eq!(response.status.to_string(), status[..3]);
        assert_eq!(response.headers.len(), usize::from(!headers.is_empty()));
        assert_eq!(heads.try_iter().count(), 1, "nothing is followed or sent again");
    }
}

#[test]
fn an_echoed_secret_is_masked() {
    let (address, _) = server(|_, request, stream| {
        let line = request.lines().find(|line| line.starts_with("authorization")).unwrap().to_owned();
        reply(stream, "401 No", &format!("location: /?{KEY}\r\n"), &format!("{{\"error\":\"bad key {line}\"}}"));
    });
    let response = response(exchange(format!("http://{address}/"), AMPLE));
    assert_eq!(response.body, b"{\"error\":\"bad key authorization: Bearer ***\"}");
    assert_eq!(response.header("location"), Some("/?***"));
}

#[test]
fn a_server_that_hangs_is_a_timeout() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
        let (address, _) = server(move |_, _, stream| {
            let _ = stream.write_all(answer.as_bytes());
            let _ = stream.flush();
            thread::sleep(AMPLE);
        });
        let error = failure(exchange(format!("http://{address}/"), Duration::from_millis(300)));
        assert_eq!(error.kind, ProviderErrorKind::Timeout);
        assert_eq!(error.message, format!("no complete response from {address} within 0.3 s (llm.timeout_sec)"));
    }
}

#[test]
fn connections_that_fail_or_break_say_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = exchange(format!("http://{address}/?key={KEY}"), AMPLE);
    assert!(!format!("{:?}", Job { ticket: Ticket(1), exchange: exchange("http://h/".into(), AMPLE) }).contains(KEY));
    let error = failure(refused);
    assert_eq!(error.kind, ProviderErrorKind::Connection);
    assert_eq!(error.message, format!("no connection to {address}: connection refused"));

    let answers = [
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
    ];
    for answer in answers {
        let (address, _) = server(move |_, _, stream| {
            let _ = stream.write_all(answer.as_bytes());
        });
        let error = failure(exchange(format!("http://{address}/?key={KEY}"), AMPLE));
        assert_eq!(error.kind, ProviderErrorKind::Connection, "{error}");
        assert!(error.message.starts_with(&format!("the connection to {address} broke: ")), "{error}");
    }

    let (address, _) = server(|_, _, stream| {
        let _ = stream.write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n");
    });
    let error = failure(exchange(format!("http://{address}/"), AMPLE));
    assert_eq!(error.kind, ProviderErrorKind::Connection, "{error}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.accept().unwrap().0.write_all(b"this is no TLS"));
    let error = failure(exchange(format!("https://{address}/"), AMPLE));
    assert_eq!(error.kind, ProviderErrorKind::Connection, "{error}");
    assert!(
        error.message.starts_with(&format!("no connection to {address}: the server does not speak TLS")),
        "{error}"
    );
}

#[test]
fn a_response_over_the_limit_is_refused() {
    for announced in [true, false] {
        let (address, _) = server(move |_, _, stream| {
            let length = if announced { "content-length: 99999999\r\n" } else { "" };
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{length}connection: close\r\n\r\n").as_bytes());
            let chunk = vec![b' '; 1024 * 1024];
            while stream.write_all(&chunk).is_ok() {}
        });
        let error = failure(exchange(format!("http://{address}/"), AMPLE));
        assert_eq!(error.kind, ProviderErrorKind::InvalidResponse);
        assert_eq!(error.message, format!("the response from {address} is over 8 MiB and was not read to its end"));
    }
}

#[test]
fn addresses_that_cannot_be_asked_are_refused_without_their_secrets() {
    for (url, part) in [
        ("api.example.com/v1", "cannot ask \"api.example.com/v1\": relative URL without a base"),
        ("http:///sk-test-0123456789:x", "cannot ask \"http:///***:x\""),
        ("ftp://h/v1", "begins with https://"),
        ("http://", "empty host"),
        ("http://user:pass-word@h/v1?key=q-u-e-r-y", "cannot ask \"h/v1\": expected a URL without a user name"),
    ] {
        let error = failure(exchange(url.to_owned(), AMPLE));
        assert_eq!(error.kind, ProviderErrorKind::BadRequest);
        assert!(error.message.contains(part), "{error}");
        assert!(!error.message.contains("pass-word") && !error.message.contains("q-u-e-r-y"), "{error}");
    }
}

#[test]
fn a_connection_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // One connection alone is ever accepted.
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        while read_request(&mut stream).starts_with("POST") {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    let transport = pool(1);
    for ticket in 0..5 {
        let exchange = exchange(format!("http://{address}/"), AMPLE);
        transport.submit(Job { ticket: Ticket(ticket), exchange }).unwrap();
        assert!(take(&transport).reply.is_ok());
    }
}

#[test]
fn a_connection_that_the_server_closed_while_idle_costs_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (closed, is_closed) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            assert!(read_request(&mut stream).starts_with("POST"));
            // Nothing in the answer says that there will be no other.
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
            let _ = stream.shutdown(Shutdown::Write);
            // The client has seen it once it closes its own side.
            stream.set_read_timeout(Some(AMPLE)).unwrap();
            assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
            let _ = closed.send(());
        }
    });
    let transport = pool(1);
    for ticket in 0..20 {
        let exchange = exchange(format!("http://{address}/"), AMPLE);
        transport.submit(Job { ticket: Ticket(ticket), exchange }).unwrap();
        let reply = take(&transport).reply;
        assert!(reply.is_ok(), "{reply:?}");
        is_closed.recv().unwrap();
    }
}

fn sample(latency: Duration) -> Exchange {
    Exchange::Sample(SampleAsk {
        schema: Arc::new(json!({"type": "object"})),
        form: crate::schema::AnswerForm::Json,
        seed: [1; 20],
        purpose: SamplePurpose::Generation,
        faults: Arc::new(Faults { latency, ..Faults::default() }),
        quoted: None,
    })
}

#[test]
fn exchanges_run_side_by_side_and_the_pool_takes_no_more_than_agreed() {
    let transport = pool(50);
    for ticket in 0..50 {
        transport.submit(Job { ticket: Ticket(ticket), exchange: sample(Duration::from_millis(200)) }).unwrap();
    }
    let refused = transport.submit(Job { ticket: Ticket(50), exchange: sample(Duration::ZERO) });
    assert!(matches!(refused, Err(TransportError::Full(50))));
    let mut tickets: Vec<Ticket> = (0..50).map(|_| take(&transport).ticket).collect();
    tickets.sort();
    assert_eq!(tickets, (0..50).map(Ticket).collect::<Vec<_>>());
    assert!(transport.try_next().is_none());
    assert!(transport.wait(Some(Duration::from_millis(1))).is_none());
    transport.submit(Job { ticket: Ticket(50), exchange: sample(Duration::ZERO) }).unwrap();
    let done = take(&transport);
    assert!(matches!(done.reply, Ok(Reply::Completion(_))));
    assert!(done.duration < AMPLE);
}

#[test]
fn a_pool_needs_room() {
    assert!(matches!(Transport::start(0, []), Err(TransportError::NoRoom)));
    assert!(Transport::start(1, []).is_ok(), "with the settings of a real run");
}

#[test]
fn without_an_http_client_the_other_exchanges_still_work() {
    let none = ProviderError::new(ProviderErrorKind::Refused, "no certificates");
    let transport = Transport::with_client(2, Err(none.clone()).into(), Masks::default()).unwrap();
    transport.submit(Job { ticket: Ticket(1), exchange: exchange("https://h/".into(), AMPLE) }).unwrap();
    assert_eq!(take(&transport).reply, Err(none));
    transport.submit(Job { ticket: Ticket(2), exchange: sample(Duration::ZERO) }).unwrap();
    assert!(take(&transport).reply.is_ok());
}

#[test]
fn a_recorded_answer_comes_through_the_pool() {
    let columns = vec!["id".to_owned()];
    let records = std::iter::once(Ok(vec!["7".to_owned()]));
    let table =
        RecordedTable::load(records, &columns, (&columns, |cell| cell.into()), ("{{ record.id }}!", None)).unwrap();
    let table = Arc::new(table);
    let matched = |id: &str| vec![("id".to_owned(), id.to_owned())];
    let reply = run(Exchange::Recorded { table: table.clone(), matched: matched("7") }).unwrap();
    assert!(matches!(reply, Reply::Completion(completion) if completion.text == "7!"));
    assert_eq!(failure(Exchange::Recorded { table, matched: matched("8") }).kind, ProviderErrorKind::NoRecord);
}

#[test]
fn aborting_does_not_wait() {
    let transport = pool(1);
    transport.submit(Job { ticket: Ticket(1), exchange: sample(Duration::from_hours(1)) }).unwrap();
    transport.abort();
}

#[cfg(unix)]
#[test]
fn signals_are_events() {
    let transport = pool(1);
    let interrupts = Interrupts::start().unwrap();
    let _deferred = interrupts.defer_exit();
    let send = |signal: &str| {
        let process = std::process::id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &process]).status().unwrap().success());
    };
    send("-INT");
    let began = std::time::Instant::now();
    while !interrupts.stop_requested() {
        assert!(began.elapsed() < AMPLE);
        std::thread::sleep(Duration::from_millis(1));
    }
    // What came before the pool was there is its first event.
    interrupts.hand_to(&transport);
    assert!(matches!(transport.wait(Some(AMPLE)), Some(Event::Interrupt)));
    for signal in ["-INT", "-TERM"] {
        send(signal);
        assert!(matches!(transport.wait(Some(AMPLE)), Some(Event::Interrupt)));
    }
}
