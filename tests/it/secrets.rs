//! The key is sent in one header, and is nowhere else: not in the run file, not in a file that is written, not in a word
//! that is said.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread;

use rusqlite::Connection;

use crate::support::{Act, Ended, KEY, Project, Server, by_tags, open, texts};

/// Every file under a folder.
pub fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a scratch folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The key, and what would give most of it away.
fn needles(key: &str) -> [String; 2] {
    [key.to_owned(), key[..key.len() / 2].to_owned()]
}

/// The pieces of the recorded files, as they were before they were compressed.
pub fn unpacked(db: &Connection) -> Vec<Vec<u8>> {
    let mut statement = db.prepare("SELECT encoding, data FROM artifact_chunk").expect("the table is there");
    let chunks = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)));
    let chunks: Vec<(String, Vec<u8>)> = chunks.and_then(Iterator::collect).expect("it can be read");
    let unpack = |(encoding, data): (String, Vec<u8>)| match encoding.as_str() {
        "zstd" => zstd::decode_all(data.as_slice()).expect("it was compressed"),
        _ => data,
    };
    chunks.into_iter().map(unpack).collect()
}

#[track_caller]
fn assert_nowhere(project: &Project, key: &str, ended: &[Ended]) {
    for needle in needles(key) {
        for path in files(project.dir()) {
            let bytes = fs::read(&path).expect("a scratch file can be read");
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            assert!(!found, "the key is in {}", path.display());
        }
        for ended in ended {
            assert!(!ended.stdout.contains(&needle), "the key is on stdout:\n{}", ended.stdout);
            assert!(!ended.stderr.contains(&needle), "the key is on stderr:\n{}", ended.stderr);
        }
    }
    // Large texts and files are compressed in the run file.
    if project.db().exists() {
        let db = open(&project.db());
        for needle in needles(key) {
            for chunk in unpacked(&db) {
                let found = chunk.windows(needle.len()).any(|window| window == needle.as_bytes());
                assert!(!found, "the key is in a recorded file");
            }
        }
        let tables = texts(&db, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')");
        for table in tables {
            for row in texts(&db, &format!("SELECT * FROM \"{table}\"")) {
                assert!(!row.contains(key), "the key is in {table}");
            }
        }
    }
}

/// Everything that can be done with a run file that shows something.
pub fn look_at(project: &Project) -> Vec<Ended> {
    let commands: [&[&str]; 7] = [
        &["status", "tickets.db"],
        &["failures", "tickets.db"],
        &["sql", "tickets.db", "SELECT * FROM calls"],
        &["sql", "tickets.db", "SELECT * FROM attempts", "--format", "json"],
        &["export", "tickets.db"],
        &["report", "tickets.db"],
        &["verify", "tickets.db", "--replay", "--verbose"],
    ];
    let mut said: Vec<Ended> = commands.iter().map(|args| project.casebook(args)).collect();
    for work_id in texts(&open(&project.db()), "SELECT work_id FROM work_item") {
        said.push(project.casebook(&["show", "tickets.db", &work_id]));
    }
    said
}

/// A server that writes the key it was sent wherever it can.
fn echo(status: u16) -> Server {
    Server::with(move |ask| {
        let key = ask.head.lines().find_map(|line| line.split_once(": Bearer ")).map_or("", |(_, key)| key).to_owned();
        let answer =
            format!("{{\"error\": {{\"message\": \"bad key Bearer {key}\", \"code\": \"{key}\"}}, \"x\": \"{key}\"}}");
        let headers = vec![
            ("x-request-id", key.clone()),
            ("location", format!("http://127.0.0.1/?key={key}")),
            ("retry-after", key.clone()),
            ("www-authenticate", format!("Bearer {key}")),
        ];
        match (status, ask.tag("well")) {
            (_, Some(_)) => match by_tags(ask) {
                Act::Reply { status, body, .. } => {
                    // In the answer's envelope, and in the answer itself.
                    let body = body.replacen("\"id\":\"chatcmpl-1\"", &format!("\"id\":\"{key}\""), 1);
                    let body = body.replace("bytes asked", &format!("bytes asked with {key}"));
                    Act::Reply { status, headers, body: body.replace("model-as-served", &format!("model-{key}")) }
                }
                other => other,
            },
            _ => Act::Reply { status, headers, body: answer },
        }
    })
}

#[test]
fn the_key_is_sent_in_its_header_and_nowhere_else() {
    let server = Server::start();
    let project = Project::judged(&server, &["one", "[malformed 1] two", "[fail 1] three", "[500 1] four"]);
    let mut said = vec![project.start(&["--verbose"]).wait().expect(0)];
    for ask in server.log() {
        assert_eq!(ask.head.matches(KEY).count(), 1, "{}", ask.head);
        assert!(ask.head.to_lowercase().contains(&format!("authorization: bearer {KEY}")), "{}", ask.head);
        assert!(!ask.body.to_string().contains(KEY));
    }
    said.extend(look_at(&project));
    assert_nowhere(&project, KEY, &said);
}

#[test]
fn a_server_that_echoes_the_key_puts_it_nowhere() {
    for status in [200, 302, 400, 401, 404, 429, 500] {
        let server = echo(status);
        let project = Project::judged(&server, &["[well] one", "two"]).set("llm.retries", "1");
        // A rate limit is waited for patiently, except where nothing is to be sent twice.
        let project = if status == 429 { project.set("llm.retries", "0") } else { project };
        let mut said = vec![project.start(&["--verbose"]).wait()];
        assert_ne!(said[0].code, Some(0), "{status}");
        assert!(said[0].code.is_some(), "{status}");
        said.extend(look_at(&project));
        assert_nowhere(&project, KEY, &said);
        let db = open(&project.db());
        let failed = texts(&db, "SELECT coalesce(error, '') FROM calls WHERE outcome = 'failed'");
        assert!(!failed.is_empty(), "{status}");
        assert!(failed.iter().any(|text| text.contains("***") || status == 302), "{status}: {failed:?}");
    }
}

#[test]
fn failures_of_the_connection_do_not_tell_the_key() {
    let server = Server::start();
    let rows = ["[close] one", "[cut] two", "[garbage] three", "[hold] four", "five"];
    let project = Project::new(&server, &rows).set("llm.retries", "0").set("llm.timeout_sec", "0.5");
    // One at a time, so that the last one is answered after the others failed: then they are at fault.
    let project = project.set("llm.max_workers", "1");
    let mut said = vec![project.start(&["--verbose"]).wait().expect(3)];
    drop(server);
    said.push(project.start(&["--verbose"]).wait().expect(1));
    said.extend(look_at(&project));
    assert_nowhere(&project, KEY, &said);
}

#[test]
fn keys_that_cannot_be_sent_are_refused_without_showing_them() {
    for key in ["sk-1234567890-abcdef-\u{e9}\u{e9}", "sk-1234567890\n-abcdefghijk", ""] {
        let server = Server::start();
        let project = Project::new(&server, &["one"]).env("CASEBOOK_TEST_KEY", key);
        let ended = project.start(&["--verbose"]).wait().expect(2);
        assert!(ended.stderr.contains("CASEBOOK_TEST_KEY"), "{}", ended.stderr);
        assert_eq!(server.count(), 0);
        if !key.is_empty() {
            assert!(!ended.stderr.contains("1234567890"), "{}", ended.stderr);
        }
    }
}

#[test]
fn a_key_in_the_configuration_is_refused_without_showing_it() {
    let secret = "sk-proj-Zm9vYmFyYmF6cXV1eA";
    let cases = [
        ("llm.api_key_env", secret.to_owned()),
        ("llm.api_key_env", format!("\"{secret}\"")),
        ("llm.base_url", format!("https://user:{secret}@127.0.0.1/v1")),
        ("llm.base_url", format!("https://{secret}@127.0.0.1/v1")),
        ("llm.base_url", format!("https://127.0.0.1/v1?key={secret}")),
        ("judge.llm.base_url", format!("https://user:{secret}@127.0.0.1/v1")),
        ("judge.llm.api_key_env", secret.to_owned()),
        ("llm.api_key", secret.to_owned()),
    ];
    for (key, value) in cases {
        let server = Server::start();
        let project = Project::judged(&server, &["one"]).set(key, &value);
        let ended = project.start(&["--verbose"]).wait().expect(2);
        assert!(ended.stderr.contains(key.rsplit('.').next().unwrap_or(key)), "{}", ended.stderr);
        assert!(!ended.stderr.contains(secret), "{key}:\n{}", ended.stderr);
        assert!(!project.db().exists(), "{key}: nothing is written");
    }
}

#[test]
fn a_key_in_the_file_is_refused_without_showing_the_line() {
    let secret = "sk-proj-Zm9vYmFyYmF6cXV1eA";
    for line in [
        format!("api_key_env: {secret}"),
        format!("api_key_env: [{secret}]"),
        format!("base_url: https://user:{secret}@127.0.0.1/v1"),
        format!("base_url: https://127.0.0.1/v1?key={secret}"),
        format!("api_key: {secret}"),
        format!("headers: {{authorization: Bearer {secret}}}"),
    ] {
        let server = Server::start();
        let project = Project::new(&server, &["one"]);
        let name = line.split(':').next().unwrap_or_default();
        let config = fs::read_to_string(project.dir().join("casebook.yaml")).expect("it was written");
        let kept: Vec<&str> = config.lines().filter(|it| !it.trim_start().starts_with(&format!("{name}:"))).collect();
        // The block `llm` is the last one.
        project.write("casebook.yaml", &format!("{}\n  {line}\n", kept.join("\n")));
        let ended = project.start(&["--verbose"]).wait().expect(2);
        assert!(ended.stderr.contains(name), "{}", ended.stderr);
        assert!(!ended.stderr.contains(secret), "{line}:\n{}", ended.stderr);
        assert!(!project.db().exists(), "{line}: nothing is written");
    }
}

#[test]
fn without_a_key_no_header_is_sent_and_a_missing_one_is_named() {
    let server = Server::start();
    let project = Project::new(&server, &["one"]).set("llm.api_key_env", "null");
    project.run().expect(0);
    assert!(!server.log()[0].head.to_lowercase().contains("authorization"), "{}", server.log()[0].head);

    let project = Project::new(&server, &["two"]).set("llm.api_key_env", "CASEBOOK_NO_SUCH_KEY");
    let ended = project.run().expect(2);
    assert!(ended.stderr.contains("CASEBOOK_NO_SUCH_KEY"), "{}", ended.stderr);
    assert_eq!(server.count(), 1);
}

/// A server that answers with these bytes, in which `{key}` stands for the value of a header that came, then closes.
fn raw(template: &'static str, header: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = vec![0; 65_536];
            let mut length = 0;
            // The head and the body may come one after the other.
            while !bytes[..length].ends_with(b"}") {
                match stream.read(&mut bytes[length..]) {
                    Ok(count) if count > 0 => length += count,
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            let value = text.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case(header).then(|| value.rsplit(' ').next().unwrap_or_default().to_owned())
            });
            let _ = stream.write_all(template.replace("{key}", &value.unwrap_or_default()).as_bytes());
        }
    });
    address
}

/// Broken responses of every kind that have `{key}` in them.
const BROKEN: [&str; 9] = [
    "{key}\r\n\r\n",
    "HTTP/1.1 {key} OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\n{key} without a colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: {key}\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 900\r\nx: {key}\r\n\r\n{\"error\": \"{key}",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{key}\r\n",
    "HTTP/1.1 500 {key}\r\ncontent-type: {key}\r\nconnection: close\r\n\r\n<html>{key}</html>",
    "HTTP/1.1 307 Moved\r\nlocation: http://user:{key}@127.0.0.1:1/{key}?key={key}\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 407 {key}\r\nproxy-authenticate: Basic {key}\r\nconnection: close\r\n\r\n{\"message\": \"not {key}\"}",
];

#[test]
fn a_broken_response_that_echoes_the_key_puts_it_nowhere() {
    for template in BROKEN {
        let address = raw(template, "authorization");
        let project = Project::at(&format!("http://{address}/v1"), &["one"]).set("llm.retries", "0");
        let mut said = vec![project.start(&["--verbose"]).wait()];
        assert!(matches!(said[0].code, Some(1 | 3)), "{template}: {:?}", said[0]);
        said.extend(look_at(&project));
        assert_nowhere(&project, KEY, &said);
    }
}

#[test]
fn a_proxy_that_echoes_its_credentials_puts_them_nowhere() {
    let (password, sent) = ("pass-word-4711-of-the-proxy", "c29tZWJvZHk6cGFzcy13b3JkLTQ3MTEtb2YtdGhlLXByb3h5");
    for template in BROKEN {
        let address = raw(template, "proxy-authorization");
        let project = Project::at("http://model.invalid/v1", &["one"]).set("llm.retries", "0");
        let project = project.env("HTTP_PROXY", &format!("http://somebody:{password}@{address}"));
        let mut said = vec![project.start(&["--verbose"]).wait()];
        assert!(matches!(said[0].code, Some(1 | 3)), "{template}: {:?}", said[0]);
        said.extend(look_at(&project));
        for secret in [KEY, password, sent] {
            assert_nowhere(&project, secret, &said);
        }
    }
    // One that is not there.
    let project = Project::at("http://model.invalid/v1", &["one"]).set("llm.retries", "0");
    let project = project.env("HTTP_PROXY", &format!("http://somebody:{password}@127.0.0.1:1"));
    let said = project.start(&["--verbose"]).wait();
    assert!(matches!(said.code, Some(1 | 3)), "{said:?}");
    let failed = texts(&open(&project.db()), "SELECT error FROM calls");
    assert!(failed[0].contains("HTTP_PROXY names a proxy"), "{failed:?}");
    assert_nowhere(&project, password, &[said]);
}

#[test]
fn keys_that_nobody_asked_for_are_not_looked_at() {
    let server = Server::start();
    let others =
        ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "AWS_SECRET_ACCESS_KEY", "AZURE_OPENAI_API_KEY"];
    let secret = "sk-of-somebody-else-0123456789";
    let project = others.iter().fold(Project::judged(&server, &["one", "[400] two"]), |it, name| it.env(name, secret));
    let mut said = vec![project.start(&["--verbose"]).wait().expect(3)];
    said.extend(look_at(&project));
    assert!(server.log().iter().all(|ask| !ask.head.contains(secret)));
    assert_nowhere(&project, secret, &said);
    assert_nowhere(&project, KEY, &said);
}
