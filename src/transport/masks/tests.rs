use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::provider::ProviderErrorKind;

/// A key with characters that have escapes in JSON, HTML and URLs.
const KEY: &str = "sk-Ab+12/cd=34_<ef>&56";

/// Keys that are hard to find: with quotes, backslashes, blanks, and escapes of their own.
const HARD: [&str; 7] = [
    KEY,
    r#"sk/0123"456789"#,
    r"domain\user-1\n2",
    "two words + 17",
    "pass%2Fword%20-1",
    "a&amp;b&lt;12345",
    "n0t-an-escape-1",
];

fn masks(keys: &[&str]) -> Masks {
    let secrets: Vec<Secret> = keys.iter().map(|key| Secret::new("KEY", key).unwrap()).collect();
    Masks::of(&secrets).unwrap()
}

fn masked(keys: &[&str], body: &str) -> String {
    let mut response = Response { status: 200, headers: Vec::new(), body: body.into() };
    masks(keys).mask_response(&mut response);
    String::from_utf8(response.body).unwrap()
}

/// A text as the contents of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn each(text: &str, escape: impl Fn(u8) -> String) -> String {
    text.bytes().map(escape).collect()
}

/// Every third character escaped, and the others as `rest` has them.
fn partly(text: &str, escape: impl Fn(u8) -> String, rest: impl Fn(&str) -> String) -> String {
    (0..)
        .zip(text.bytes())
        .map(|(at, it)| if at % 3 == 1 { escape(it) } else { rest(&char::from(it).to_string()) })
        .collect()
}

fn hex_escape(byte: u8) -> String {
    format!("\\u{byte:04X}")
}

fn percent(byte: u8) -> String {
    format!("%{byte:02x}")
}

fn html(text: &str) -> String {
    let names = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('+', "&plus;"), ('/', "&sol;")];
    text.chars()
        .map(|it| names.iter().find(|(name, _)| *name == it).map_or(it.to_string(), |(_, name)| (*name).to_owned()))
        .collect()
}

/// The disguises of a key, each as the contents of a JSON string.
fn disguises(key: &str) -> Vec<String> {
    let once = in_json(key);
    let header = format!("Bearer {key}");
    let hex = each(key, |it| format!("{it:02x}"));
    let mut all = vec![
        in_json(&once),
        in_json(&in_json(&once)),
        once.replace('/', "\\/"),
        each(key, hex_escape),
        each(key, hex_escape).to_lowercase().replace("\\U", "\\u"),
        in_json(&each(key, hex_escape)),
        in_json(&in_json(&partly(key, hex_escape, in_json))),
        in_json(&each(key, |it| format!("\\x{it:02x}"))),
        in_json(&each(key, |it| format!("&#{it};"))),
        in_json(&partly(key, |it| format!("&#x{it:X};"), html)),
        in_json(&html(key)),
        in_json(&each(key, percent)),
        in_json(&each(key, percent).to_uppercase()),
        in_json(&key.replace(' ', "+")),
        in_json(&each(&each(key, percent), percent)),
        in_json(&html(&in_json(&each(key, percent)))),
        in_json(&hex),
        hex.to_uppercase(),
        in_json(&BASE64_STANDARD.encode(&header)),
        in_json(&BASE64_STANDARD.encode(key)),
        BASE64_STANDARD.encode(key).replace('/', "\\/"),
        in_json(&each(&BASE64_STANDARD.encode(format!("x{key}y")), percent)),
    ];
    for around in ["", "a", "ab"] {
        all.push(BASE64_URL_SAFE.encode(format!("{around}{key}{around}")));
        all.push(BASE64_STANDARD_NO_PAD.encode(format!("{around}{key}{around}")));
    }
    all.push(once);
    all
}

#[test]
fn each_disguise_is_masked_and_nothing_else() {
    for key in HARD {
        for (place, disguise) in disguises(key).into_iter().enumerate() {
            let body = format!(r#"{{"a\n": "x\n{disguise}\ty", "b": 12, "none": [true, "\u00e9 \\ \" {disguise}"]}}"#);
            let masked = masked(&[key], &body);
            let value: Value =
                serde_json::from_str(&masked).unwrap_or_else(|it| panic!("{key} {place}: {it}: {masked}"));
            assert_eq!(value["b"], 12);
            let texts = [value["a\n"].as_str().unwrap(), value["none"][1].as_str().unwrap()];
            // What is around a key inside of base64 stays.
            let is_base64 = place > 17 && place < 28;
            if is_base64 {
                assert!(
                    texts[0].starts_with("x\n") && texts[0].ends_with("\ty") && texts[0].contains("***"),
                    "{key} {place}: {masked}"
                );
                assert!(texts[0].len() < 24, "{key} {place}: {masked}");
            } else {
                assert_eq!(texts, ["x\n***\ty", "\u{e9} \\ \" ***"], "{key} {place}: {body}");
            }
        }
    }
}

#[test]
fn a_key_that_is_split_over_strings_is_masked() {
    for (body, expected) in [
        (
            r#"{"a": "it is sk-Ab+12", "n": 7, "b": "/cd=34_<ef>&56 now"}"#,
            r#"{"a": "it is ***", "n": 7, "b": "*** now"}"#,
        ),
        (r#"["sk-Ab", "+12/cd=", {"x": "34_<ef>&56"}]"#, r#"["***", "***", {"x": "***"}]"#),
        (r#"{"sk-Ab+12/cd": "=34_<ef>&56"}"#, r#"{"***": "***"}"#),
        (r#"{"a": "sk-Ab\u002b12", "b": "\/cd=34_\u003cef>&56"}"#, r#"{"a": "***", "b": "***"}"#),
        (r#""{\"a\": \"sk-Ab+12\",\n \"b\": \"/cd=34_<ef>&56\"}""#, r#""{\"a\": \"***\",\n \"b\": \"***\"}""#),
        (
            r#"{"message": "it ends with 34_\u003cef>&56", "type": "none", "code": "and begins with sk-Ab+12\/cd="}"#,
            r#"{"message": "it ends with ***", "type": "none", "code": "and begins with ***"}"#,
        ),
        (r#"["sk-Ab+12/cd=34_<ef>&", "sk-"]"#, r#"["***", "sk-"]"#),
        (
            r#"[{"type": "text", "text": "sk-Ab+12/"}, {"type": "text", "text": "cd=34_<ef>&56"}]"#,
            r#"[{"type": "text", "text": "***"}, {"type": "text", "text": "***"}]"#,
        ),
    ] {
        assert_eq!(masked(&[KEY], body).replace("\\n ", "\n "), expected.replace("\\n ", "\n "), "{body}");
    }
    let event = |text: char| {
        format!("data: {{\"id\":\"c1\",\"d\":{{\"content\":{}}},\"m\":\"x\"}}\n\n", json!(text.to_string()))
    };
    let stream: String = KEY.chars().map(event).collect();
    let expected = stream.lines().map(|line| {
        if line.is_empty() {
            "\n".to_owned()
        } else {
            event('*').replace("\"*\"", "\"***\"").trim_end().to_owned() + "\n"
        }
    });
    assert_eq!(masked(&[KEY], &stream), expected.collect::<String>());
}

#[test]
fn headers_are_masked_too() {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![
        header("location", "/?key=sk-Ab%2B12%2Fcd=34_%3Cef%3E%2656&a=1"),
        header("x-request-id", "r-sk-Ab+12"),
        header("retry-after", "/cd=34_<ef>&56"),
        header("date", "now"),
    ];
    let mut response = Response { status: 200, headers, body: b"{}".to_vec() };
    let masks = masks(&[KEY]);
    masks.mask_response(&mut response);
    let values: Vec<&str> = response.headers.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["/?key=***&a=1", "r-***", "***", "now"]);
    assert_eq!((masks.found(), response.body), (1, b"{}".to_vec()));
}

#[test]
fn no_secret_is_shown() {
    let masks = masks(&[KEY, "none"]);
    assert_eq!(format!("{masks:?}"), r#"Masks { unsearched: ["KEY"], found: 0, .. }"#);
}

#[test]
fn errors_are_masked_too() {
    let mut error =
        ProviderError::new(ProviderErrorKind::Connection, format!("bad key {KEY}{KEY}, {}", each(KEY, percent)));
    let masks = masks(&[KEY]);
    masks.mask_error(&mut error);
    assert_eq!((error.message.as_str(), masks.found()), ("bad key ******, ***", 1));
}

#[test]
fn keys_in_each_other_and_beside_each_other_are_masked_whole() {
    let keys = ["sk-0123456789", "0123456789-abc", "sk-0123456789-abc", "another-1-key"];
    assert_eq!(masked(&keys, r#"["sk-0123456789-abc", "another-1-keysk-0123456789x"]"#), r#"["***", "******x"]"#);
}

#[test]
fn a_number_that_is_a_key_becomes_a_string() {
    let key = "31415926535897932384";
    assert_eq!(
        masked(&[key], r#"{"a": 31415926535897932384, "b": 31415926535897}"#),
        r#"{"a": "***", "b": 31415926535897}"#
    );
}

#[test]
fn a_broken_body_is_masked_as_a_text() {
    for (body, expected) in [
        ("<p>sk-Ab&plus;12&#47;cd=34_&lt;ef&gt;&amp;56</p>", "<p>***</p>"),
        (r#"{"a": "sk-Ab\u002b12/cd=34_<ef>&56"#, r#"{"a": "***"#),
        ("key=sk-Ab%2b12%2Fcd%3D34_%3Cef%3E%2656&x=1", "key=***&x=1"),
        (r"\\\\\sk-Ab+12/cd=34_<ef>&56\", r"\\\\\***\"),
    ] {
        assert_eq!(masked(&[KEY], body), expected);
    }
}

#[test]
fn what_is_no_key_stays_whole() {
    let words = ["none", "ollama", "EMPTY", "sk-1", "not-needed", "no-key-required", "--------", "123456789"];
    let masks = masks(&words);
    assert_eq!((masks.unsearched(), masks.finder.is_none()), (&["KEY".to_owned()][..], true));
    for text in [
        r#"{"a": "none of them; ollama is EMPTY; not-needed; no-key-required", "b": 123456789, "c": "--------"}"#,
        "none",
    ] {
        assert_eq!(masked(&words, text), text);
    }
    // A part of a key is no key, unless it is most of it or the rest is there too.
    for text in [
        r#"{"a": "sk-Ab+12/cd=34", "b": "+12/cd=34_<ef>"}"#,
        r#"["sk-Ab+12/", "sk-", "d=34_<ef>&56"]"#,
        "c2stQWI",
        "SK-AB+12/CD=34_<EF>&56",
    ] {
        assert_eq!(masked(&[KEY], text), text);
    }
}

/// JSON values of all kinds, whose texts have words, escapes, and parts of the key.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~]{0,24}",
        "\\PC{0,12}",
        r#"[\\/"%&;#xu0-9a-f\n{}:,-]{0,40}"#,
        proptest::sample::select(vec![
            "none",
            "sk-Ab+12",
            "/cd=34_<ef>",
            "%2B",
            "&plus;",
            "\\u002B",
            "sk-",
            "Ab+12/cd=34_<ef>"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null)
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z]{0,6}", inner), 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// `value` with the `at`th of its strings replaced by `text`; whether there was one.
fn put(value: &mut Value, at: &mut usize, text: &str) -> bool {
    match value {
        Value::String(it) if *at == 0 => {
            text.clone_into(it);
            true
        }
        Value::String(_) => {
            *at -= 1;
            false
        }
        Value::Array(all) => all.iter_mut().any(|it| put(it, at, text)),
        Value::Object(all) => all.values_mut().any(|it| put(it, at, text)),
        _ => false,
    }
}

proptest! {
    #[test]
    fn texts_without_a_key_stay_whole(value in value()) {
        let all = value.to_string();
        for body in [all.clone(), json!(all).to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(masked(&["sk-another+key/17"], &body), body);
        }
    }

    #[test]
    fn any_text_is_left_alone(text in "\\PC{0,200}") {
        prop_assert_eq!(masked(&HARD, &text), text);
    }

    #[test]
    fn a_key_is_masked_wherever_it_stands(value in value(), at in 0..20_usize, form in 0..29_usize, deep in any::<bool>()) {
        let disguise: String = serde_json::from_str(&format!("\"{}\"", disguises(KEY)[form])).unwrap();
        let (mut with, mut without) = (value.clone(), value);
        if put(&mut with, &mut at.clone(), &format!("x {disguise} y")) {
            put(&mut without, &mut at.clone(), "x *** y");
            let body = |it: &Value| if deep { json!({"content": it.to_string()}).to_string() } else { it.to_string() };
            let masked = masked(&[KEY], &body(&with));
            prop_assert!(serde_json::from_str::<Value>(&masked).is_ok(), "{}", masked);
            if form < 18 || form == 28 {
                prop_assert_eq!(masked, body(&without));
            } else {
                prop_assert!(masked.contains("***") && !masked.contains(&disguise), "{}", masked);
            }
        }
    }
}

/// A stream of events with `text` in pieces of so many characters.
fn stream(text: &str, size: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let event = |piece: &[char]| {
        let text = json!(piece.iter().collect::<String>());
        format!("data: {{\"id\":\"c1\",\"d\":{{\"content\":{text}}},\"m\":\"x\"}}\n\n")
    };
    characters.chunks(size).map(event).collect()
}

/// The text of a stream, put together.
fn streamed(body: &str) -> String {
    let events = body.lines().filter_map(|it| it.strip_prefix("data: "));
    let text = |event: &str| {
        let event: Value = serde_json::from_str(event).unwrap();
        event["d"]["content"].as_str().unwrap().to_owned()
    };
    events.map(text).collect()
}

#[test]
fn a_stream_may_end_a_piece_inside_of_an_escape() {
    let key = "sk-proj-AbC+dEf/12345678=xyZ_90";
    let forms = [
        key.to_owned(),
        each(key, percent),
        each(&each(key, percent), percent),
        key.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
        each(key, hex_escape),
        each(key, |it| format!("\\x{it:02x}")),
        each(key, |it| format!("&#{it};")),
        each(key, |it| format!("&#x{it:X};")),
        each(key, |it| format!("{it:02x}")),
        BASE64_STANDARD.encode(format!("Bearer {key}")),
    ];
    for form in forms {
        for size in [1, 2, 3, 5, 6, 9] {
            let masked = masked(&[key], &stream(&format!("It is {form} now"), size));
            let text = streamed(&masked);
            let rest = text.replace('*', "");
            assert!(rest.starts_with("It is ") && rest.ends_with(" now"), "{form} {size}: {text}");
            assert!(rest.len() <= "It is  now".len() + 12, "{form} {size}: {text}");
        }
    }
    let plain = stream("100%25 of it \\u0073 &#115; stays", 1);
    assert_eq!(masked(&[key], &plain), plain);
}

#[test]
fn a_stream_is_known_as_the_provider_knows_it() {
    let key = "sk-proj-AbC+dEf/12345678=xyZ_90";
    let events = stream(&format!("It is {key} now"), 1);
    let items: Vec<&str> = events.lines().filter_map(|it| it.strip_prefix("data: ")).collect();
    for (content_type, body) in [
        ("", events.clone()),
        ("", format!("\u{feff}{events}")),
        ("Text/Event-Stream; charset=utf-8", format!("unknown: 1\n{events}")),
        ("application/json", format!("[{}]", items.join(",\n"))),
        ("application/json", format!("\u{feff} [{}]", items.join(","))),
    ] {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let mut response = Response { status: 200, headers, body: body.clone().into_bytes() };
        let masks = masks(&[key]);
        masks.mask_response(&mut response);
        let found = String::from_utf8(response.body).unwrap();
        assert_eq!(masks.found(), 1, "{body}");
        assert!(!found.contains("\"z\"") && !found.contains("\"Z\""), "{found}");
    }
}

#[test]
fn an_encoded_key_in_two_strings_is_masked() {
    let key = "sk-proj-AbC+dEf/12345678=xyZ_90";
    let (base64, hex) = (BASE64_STANDARD.encode(key), each(key, |it| format!("{it:02x}")));
    for form in [&base64, &hex] {
        for at in [15, 20, 24] {
            let (first, second) = form.split_at(at);
            for body in [
                json!([{"type": "text", "text": first}, {"type": "text", "text": second}]).to_string(),
                format!(r#"{{"error": {{"message": "key {first}", "param": "{second}"}}}}"#),
                format!(r#"{{"error": {{"message": "key {first}", "type": "none", "param": "{second}"}}}}"#),
            ] {
                let masked = masked(&[key], &body);
                assert!(!masked.contains(&first[..12]) && !masked.contains(&second[..12]), "{body}: {masked}");
                assert!(serde_json::from_str::<Value>(&masked).is_ok(), "{masked}");
            }
        }
    }
    let escaped = each(key, percent);
    let body = format!(r#"{{"error": {{"message": "key {}", "param": "{}"}}}}"#, &escaped[..31], &escaped[31..]);
    assert_eq!(masked(&[key], &body), r#"{"error": {"message": "key ***", "param": "***"}}"#);
}

#[test]
fn rarer_encodings_are_masked() {
    let key = "sk-proj-AbC+dEf/12345678=xyZ_90";
    let hex = |between: &str| key.bytes().map(|it| format!("{it:02x}")).collect::<Vec<_>>().join(between);
    let mixed: String =
        (0..).zip(hex("").chars()).map(|(at, it)| if at % 3 == 0 { it.to_ascii_uppercase() } else { it }).collect();
    for form in [hex(":"), hex(" "), hex("-").to_uppercase(), hex(", 0x"), mixed, each(key, |it| format!("&#{it} "))] {
        let masked = masked(&[key], &json!({"a": format!("it is {form}.")}).to_string());
        assert!(masked.starts_with(r#"{"a":"it is "#) && masked.len() < 32, "{form}: {masked}");
    }
    let twice = BASE64_STANDARD.encode(BASE64_STANDARD.encode(key));
    // What `base32` prints.
    let base32 = "ONVS24DSN5VC2QLCIMVWIRLGF4YTEMZUGU3DOOB5PB4VUXZZGA======";
    for form in [twice.as_str(), base32, &base32.to_lowercase()] {
        let masked = masked(&[key], &json!({"a": form}).to_string());
        assert!(masked.contains("***") && masked.len() < 32, "{form}: {masked}");
    }
}

#[test]
fn words_of_a_key_stay_and_so_does_the_scheme_before_a_token() {
    for (key, text) in [
        ("test-key-2024", "In 2024, a test-key was used; -2024 too"),
        ("local-llama-server-key-2", "a local-llama-server with key-2, a llama-server-key"),
        ("sk-local-model-llama3-8b", "the sk-local-mode of llama3-8b is on; model-llama3-8b"),
        ("sk-proj-AbC+dEf/12345678=xyZ_90", "sk-proj- keys begin so; 12345678 and xyZ_90 and dEf/"),
        ("Bearer abcd1234efgh5678", "a Bearer token; Bearer is a scheme"),
    ] {
        assert_eq!(masked(&[key], text), text);
    }
    for key in ["Bearer abcd1234efgh5678", "abcd1234efgh5678"] {
        assert_eq!(masked(&[key], "plain abcd1234efgh5678 and Bearer token"), "plain *** and Bearer token");
        assert_eq!(masked(&[key], "Bearer abcd1234efgh5678"), "Bearer ***");
    }
    assert_eq!(masks(&["Bearer none"]).unsearched(), ["KEY"]);
}
