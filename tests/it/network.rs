//! The way to a server: proxies from the environment, and TLS that is verified, always.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::server::completion;
use crate::support::{Project, Server, open, texts};

/// The heads of requests that came, in their order.
type Heads = Arc<Mutex<Vec<String>>>;

/// Reads one request with its body; `None` at the end of the connection.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|it| it.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(head.to_owned());
            }
        }
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// A good answer.
fn answer(stream: &mut impl Write) -> std::io::Result<()> {
    let body = completion(r#"{"product": "other", "urgent": true, "note": ""}"#).to_string();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    stream.flush()
}

/// A proxy that answers in the servers' stead, and opens no tunnel: to `CONNECT` it says `refusal`.
fn proxy(refusal: &'static str) -> (SocketAddr, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || {
                while let Some(head) = read_request(&mut stream) {
                    let tunnel = head.starts_with("CONNECT");
                    seen.lock().expect("no thread panics").push(head);
                    if tunnel {
                        let _ = write!(stream, "HTTP/1.1 {refusal}\r\ncontent-length: 0\r\n\r\n");
                        return;
                    }
                    if answer(&mut stream).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, heads)
}

fn seen(heads: &Heads) -> Vec<String> {
    heads.lock().expect("no thread panics").clone()
}

#[test]
fn proxies_come_from_the_environment() {
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let (address, heads) = proxy("502 Bad Gateway");
        let project = Project::at("http://model.invalid/v1", &["one", "two"]).set("llm.server", "other");
        project.env(name, &format!("http://somebody:pass-word@{address}")).run().expect(0);
        let heads = seen(&heads);
        assert_eq!(heads.len(), 2, "{name}");
        for head in heads {
            assert!(head.starts_with("POST http://model.invalid/v1/chat/completions HTTP/1.1"), "{name}: {head}");
            let sent = "proxy-authorization: basic c29tzwjvzhk6cgfzcy13b3jk";
            assert!(head.to_lowercase().contains(sent), "{name}: {head}");
        }
    }
}

#[test]
fn what_no_proxy_names_goes_around_it() {
    let (address, heads) = proxy("502 Bad Gateway");
    let server = Server::start();
    let project = Project::new(&server, &["one"]).env("HTTP_PROXY", &format!("http://{address}"));
    project.env("NO_PROXY", "localhost,127.0.0.1").run().expect(0);
    assert_eq!((server.count(), seen(&heads).len()), (1, 0));
}

#[test]
fn a_proxy_that_opens_no_tunnel_is_named_without_its_password() {
    for (refusal, said) in [
        ("407 Proxy Authentication Required", "proxy authorization required"),
        ("502 Bad Gateway", "tunnel error: unsuccessful"),
    ] {
        let (address, heads) = proxy(refusal);
        let project = Project::at("https://model.invalid/v1", &["one"]).set("llm.retries", "0");
        let project = project.env("HTTPS_PROXY", &format!("http://somebody:pass-word@{address}"));
        let ended = project.start(&["--verbose"]).wait();
        assert!(matches!(ended.code, Some(1 | 3)), "{}", ended.stderr);
        assert!(seen(&heads)[0].starts_with("CONNECT model.invalid:443 HTTP/1.1"));
        let calls = texts(&open(&project.db()), "SELECT error_kind, error FROM calls");
        assert!(calls.iter().all(|call| *call == calls[0]), "{calls:?}");
        assert!(calls[0].contains(said) && calls[0].contains("HTTPS_PROXY"), "{calls:?}");
        assert!(!calls[0].contains("pass-word") && !ended.stderr.contains("pass-word"), "{calls:?} {}", ended.stderr);
    }
}

/// A server that speaks TLS with a certificate for `name`, and the certificate of the authority that signed it.
fn tls_server(name: &str) -> (SocketAddr, String) {
    let mut authority = CertificateParams::new([]).expect("no names are fine");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = || KeyPair::generate().expect("there is randomness");
    let authority = CertifiedIssuer::self_signed(authority, key()).expect("it can be signed");
    let own_key = key();
    let own = CertificateParams::new([name.to_owned()]).expect("a name or an address");
    let own = own.signed_by(&own_key, &authority).expect("it can be signed");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(
            vec![own.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own_key.serialize_der())),
        )
        .expect("the key is the certificate's");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("the configuration is good");
            thread::spawn(move || {
                let mut stream = StreamOwned::new(connection, stream);
                while read_request(&mut stream).is_some() && answer(&mut stream).is_ok() {}
            });
        }
    });
    (address, authority.pem())
}

#[test]
fn a_certificate_that_nobody_signed_is_refused_and_the_run_stops() {
    let (address, _) = tls_server("127.0.0.1");
    let rows: Vec<String> = (0..20).map(|number| format!("ticket {number}")).collect();
    let project = Project::at(&format!("https://{address}/v1"), &rows);
    let ended = project.run().expect(1);
    assert!(ended.stderr.contains(&format!("{address} cannot be trusted")), "{}", ended.stderr);
    assert!(ended.stderr.contains("SSL_CERT_FILE"), "{}", ended.stderr);
    let progress = texts(&open(&project.db()), "SELECT accepted, failed, pending FROM progress");
    assert_eq!(progress, ["0|0|20"], "no row is to blame");
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let (address, authority) = tls_server("127.0.0.1");
    let project = Project::at(&format!("https://{address}/v1"), &["one"]);
    project.write("authority.pem", &authority);
    let project = project.env("SSL_CERT_FILE", "authority.pem");
    project.run().expect(0);

    // It is still held to the name.
    let (address, authority) = tls_server("model.invalid");
    let project = Project::at(&format!("https://{address}/v1"), &["one"]).env("SSL_CERT_FILE", "authority.pem");
    project.write("authority.pem", &authority);
    let ended = project.run().expect(1);
    assert!(ended.stderr.contains("its certificate is for another name"), "{}", ended.stderr);
}
