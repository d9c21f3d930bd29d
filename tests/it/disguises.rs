//! A server that sends the key back in disguise puts it nowhere; and what is no key stays as it is.

use std::fs;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::secrets::{files, look_at, unpacked};
use crate::support::project::KEY_ENV;
use crate::support::{Act, Ended, Project, Server, by_tags, open, texts};

/// A key with characters that have escapes in JSON, HTML and URLs.
const KEY: &str = "sk-Qz+74/vw=19_<KJ>&58xY";

fn in_json(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn each(text: &str, escape: impl Fn(u8) -> String) -> String {
    text.bytes().map(escape).collect()
}

fn symbols(text: &str, escape: impl Fn(u8) -> String) -> String {
    each(text, |it| if it.is_ascii_alphanumeric() { char::from(it).to_string() } else { escape(it) })
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('+', "&plus;")
}

/// The key in two parts, as the contents of two strings of a JSON text that follow each other. Most disguises are in
/// the first alone.
fn disguises(key: &str) -> Vec<[String; 2]> {
    let whole = |text: String| [text, "nothing".to_owned()];
    let hex = each(key, |it| format!("{it:02x}"));
    vec![
        whole(key.to_owned()),
        whole(symbols(key, |it| format!("\\u{it:04X}"))),
        whole(each(key, |it| format!("\\u{it:04x}"))),
        whole(key.replace('/', "\\/")),
        whole(in_json(&symbols(key, |it| format!("\\u{it:04x}")))),
        whole(html(key)),
        whole(symbols(key, |it| format!("&#{it};"))),
        whole(symbols(key, |it| format!("&#x{it:x};"))),
        whole(symbols(key, |it| format!("%{it:02X}"))),
        whole(symbols(key, |it| format!("%{it:02x}")).replacen("%2b", "+", 1)),
        whole(BASE64_STANDARD.encode(key)),
        whole(BASE64_STANDARD.encode(format!("Bearer {key}")).replace('/', "\\/")),
        whole(BASE64_URL_SAFE_NO_PAD.encode(format!("ab{key}"))),
        whole(hex.to_uppercase()),
        whole(hex),
        [key[..9].to_owned(), key[9..].to_owned()],
        [symbols(&key[..14], |it| format!("\\u{it:04x}")), html(&key[14..])],
        [BASE64_STANDARD.encode(key)[..15].to_owned(), BASE64_STANDARD.encode(key)[15..].to_owned()],
    ]
}

/// Texts that no file may have, once everything in it is decoded.
fn needles(key: &str) -> Vec<String> {
    let mut needles = vec![key.to_owned(), key[..9].to_owned(), key[14..].to_owned()];
    needles.push(BASE64_STANDARD.encode(key)[..15].to_owned());
    let hex = each(&key[4..], |it| format!("{it:02x}"));
    needles.extend([hex.to_uppercase(), hex]);
    for around in ["", "a", "ab"] {
        for text in
            [BASE64_STANDARD.encode(format!("{around}{key}")), BASE64_URL_SAFE_NO_PAD.encode(format!("{around}{key}"))]
        {
            needles.push(text[6..text.len() - 6].to_owned());
        }
    }
    needles
}

/// A text with all escapes decoded, by replacing one after the other.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..3 {
        for byte in b' '..=b'~' {
            let character = char::from(byte).to_string();
            for escape in [
                format!("\\u{byte:04x}"),
                format!("\\u{byte:04X}"),
                format!("%{byte:02x}"),
                format!("%{byte:02X}"),
                format!("&#{byte};"),
                format!("&#x{byte:x};"),
                format!("&#x{byte:X};"),
            ] {
                text = text.replace(&escape, &character);
            }
        }
        for (escape, character) in
            [("\\/", "/"), ("&plus;", "+"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("\\\\", "\\")]
        {
            text = text.replace(escape, character);
        }
    }
    text
}

#[track_caller]
fn assert_nowhere(project: &Project, key: &str, said: &[Ended]) {
    let mut texts: Vec<(String, String)> = Vec::new();
    for path in files(project.dir()) {
        let bytes = fs::read(&path).expect("a scratch file can be read");
        texts.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    for chunk in unpacked(&open(&project.db())) {
        texts.push(("a recorded file".to_owned(), String::from_utf8_lossy(&chunk).into_owned()));
    }
    for ended in said {
        texts.push(("stdout".to_owned(), ended.stdout.clone()));
        texts.push(("stderr".to_owned(), ended.stderr.clone()));
    }
    for (place, text) in texts {
        // Decoding a whole database takes long, and what can be escaped has one of these.
        let both = if text.contains(['\\', '%', '&']) { decoded(&text) } else { String::new() };
        for needle in needles(key) {
            assert!(!text.contains(&needle) && !both.contains(&needle), "`{needle}` is in {place}");
        }
    }
}

/// A server that sends the key back in the disguise that the row asks for: in the answer, its envelope and its headers,
/// or in an error.
fn server(key: &'static str) -> Server {
    Server::with(move |ask| {
        let disguises = disguises(key);
        let Some([first, second]) = ask.tag("as").and_then(|number| disguises.get(number)) else { return by_tags(ask) };
        let headers = vec![("x-request-id", key.to_owned()), ("retry-after", "0".to_owned())];
        if ask.tag("bad").is_some() {
            let body = format!(r#"{{"error": {{"message": "{first}", "code": "{second}", "a": 1}}}}"#);
            return Act::Reply { status: 400, headers, body };
        }
        match by_tags(ask) {
            Act::Reply { status, body, .. } if !ask.is_judge() => {
                let answer: Value = serde_json::from_str(&body).expect("the server speaks JSON");
                let content = answer["choices"][0]["message"]["content"].as_str().unwrap_or_default();
                let content = content.replace("\"note\":\"", &format!("\"note\":\"{first}{second} "));
                let body = json!({"choices": [{"finish_reason": "stop", "message": {"content": content}}], "usage": answer["usage"]}).to_string();
                let body = body.replacen('{', &format!(r#"{{"model": "served-{first}", "object": "{second}","#), 1);
                Act::Reply { status, headers, body }
            }
            other => other,
        }
    })
}

#[test]
fn a_key_in_any_disguise_is_put_nowhere() {
    let server = server(KEY);
    let count = disguises(KEY).len();
    // What is refused fails once something that was sent later is answered.
    let mut rows: Vec<String> = (0..count).map(|it| format!("[as {it}] [bad] one")).collect();
    rows.extend((0..count).map(|it| format!("[as {it}] one")));
    rows.push("a plain one".to_owned());
    let project = Project::judged(&server, &rows).set("llm.retries", "0").set("llm.max_workers", "1").env(KEY_ENV, KEY);
    let mut said = vec![project.start(&["--verbose"]).wait().expect(3)];
    assert!(said[0].stderr.contains("responses had a secret in them"), "{}", said[0].stderr);
    let db = open(&project.db());
    let of = |status: &str| texts(&db, &format!("SELECT count(*) FROM results WHERE status = '{status}'"));
    assert_eq!((of("accepted"), of("failed")), (vec![(count + 1).to_string()], vec![count.to_string()]));
    let masked = texts(&db, "SELECT note FROM results WHERE note LIKE '%***%turn 1%'");
    assert_eq!(masked.len(), count, "{masked:?}");
    let counted =
        texts(&db, "SELECT json_extract(counts, '$.masked_responses') FROM manifests WHERE stage = 'generate'");
    assert_eq!(counted, [(2 * count).to_string()]);
    drop(db);
    said.extend(look_at(&project));
    let verified = said.iter().find(|it| it.stdout.contains("replay")).map_or(Some(0), |it| it.code);
    assert_eq!(verified, Some(0), "{said:?}");
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    assert_nowhere(&project, KEY, &said);
}

#[test]
fn the_keys_that_sign_and_those_of_other_models_are_masked_too() {
    let (key, token, other) =
        ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzz7", "FwoGZXIvYXdzEBYaDH+/Token==17", "sk-of+the/judge=17");
    let server = Server::with(move |_| {
        let all = format!("{} {} {other}", key.replace('/', "\\u002F"), token.replace('+', "%2B"));
        let answer = json!({"product": "login", "urgent": true, "note": "@"})
            .to_string()
            .replace('@', &all.replace('\\', "\\\\"));
        let answer = in_json(&answer).replace("\\\\\\\\", "\\\\");
        Act::reply(
            200,
            format!(
                r#"{{"output": {{"message": {{"role": "assistant", "content": [{{"text": "{answer}"}}]}}}}, "stopReason": "end_turn", "usage": {{"inputTokens": 9, "outputTokens": 4}}, "x": "{all}"}}"#
            ),
        )
    });
    let root = server.base_url().trim_end_matches("/v1").to_owned();
    let project = Project::judged(&server, &["one"])
        .set("llm.provider", "bedrock")
        .set("llm.base_url", &root)
        .set("llm.region", "eu-west-1")
        .set("llm.api_key_env", "null")
        .set("judge.llm.provider", "openai")
        .set("judge.llm.model", "model-2")
        .set("judge.llm.base_url", &server.base_url())
        .set("judge.llm.api_key_env", "OTHER_KEY")
        .env("OTHER_KEY", other)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", key)
        .env("AWS_SESSION_TOKEN", token);
    let mut said = vec![project.start(&["--verbose"]).wait()];
    assert!(project.db().exists(), "{said:?}");
    let bodies = texts(&open(&project.db()), "SELECT envelope FROM response");
    assert!(bodies.iter().any(|it| it.contains(r#""x":"*** *** ***""#)), "{bodies:?} {said:?}");
    said.extend(look_at(&project));
    for secret in [key, token, other] {
        assert_nowhere(&project, secret, &said);
    }
}

#[test]
fn a_placeholder_is_not_looked_for_and_a_note_says_so_once() {
    for key in ["none", "ollama", "EMPTY", "sk-1", "not-needed", "no-key-required"] {
        let server = Server::with(move |ask| match by_tags(ask) {
            Act::Reply { status, headers, body } => Act::Reply {
                status,
                headers,
                body: body.replace("bytes asked", &format!("bytes, {key} of them asked")),
            },
            other => other,
        });
        let project = Project::judged(&server, &["one", "two", "three"]).env(KEY_ENV, key);
        let ended = project.start(&[]).wait().expect(0);
        let notes: Vec<&str> = ended.stderr.lines().filter(|it| it.contains("looked for in responses")).collect();
        assert_eq!(notes.len(), 1, "{}", ended.stderr);
        assert!(notes[0].contains(KEY_ENV) && !notes[0].contains(key), "{}", notes[0]);
        let kept = texts(&open(&project.db()), "SELECT note FROM results");
        assert!(kept.len() == 3 && kept.iter().all(|it| it.contains(&format!(", {key} of them"))), "{kept:?}");
        assert!(!ended.stderr.contains("had a secret"), "{}", ended.stderr);
    }
}

#[test]
fn a_key_in_the_users_own_data_stays() {
    let server = Server::start();
    let project = Project::new(&server, &[format!("my key is {KEY}")]).env(KEY_ENV, KEY);
    project.run().expect(0);
    let rows = texts(&open(&project.db()), "SELECT text FROM results");
    assert_eq!(rows, [format!("my key is {KEY}")]);
    assert!(server.log()[0].question().contains(KEY));
}
