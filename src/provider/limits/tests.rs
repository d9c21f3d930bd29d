use super::*;

fn limits(headers: &[(&str, &str)]) -> ReportedLimits {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ReportedLimits::of(&Response { status: 200, headers, body: Vec::new() })
}

fn left(limit: f64, remaining: f64, seconds: f64) -> Quota {
    Quota { limit: Some(limit), remaining, reset: Duration::from_secs_f64(seconds) }
}

const DATE: (&str, &str) = ("date", "Thu, 21 Aug 2025 12:41:00 GMT");

#[test]
fn each_providers_headers_are_read() {
    let openai = [
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-requests", "59"),
        ("x-ratelimit-reset-requests", "1s"),
        ("x-ratelimit-limit-tokens", "150000"),
        ("x-ratelimit-remaining-tokens", "149984"),
        ("x-ratelimit-reset-tokens", "6m0s"),
    ];
    let expected = ReportedLimits {
        requests: Some(left(60.0, 59.0, 1.0)),
        tokens: Some(left(150_000.0, 149_984.0, 360.0)),
        ..ReportedLimits::default()
    };
    assert_eq!(limits(&openai), expected);

    let project = [
        ("x-ratelimit-limit-project-tokens", "60000"),
        ("x-ratelimit-remaining-project-tokens", "100"),
        ("x-ratelimit-reset-project-tokens", "59.9s"),
    ];
    let both = [&openai[..], &project[..]].concat();
    assert_eq!(limits(&both).tokens, Some(left(60_000.0, 100.0, 59.9)), "the tighter one counts");

    let groq = [
        ("x-ratelimit-limit-requests", "14400"),
        ("x-ratelimit-remaining-requests", "14370"),
        ("x-ratelimit-reset-requests", "2m59.56s"),
        ("x-ratelimit-limit-tokens", "18000"),
        ("x-ratelimit-remaining-tokens", "17997"),
        ("x-ratelimit-reset-tokens", "7.66s"),
    ];
    assert_eq!(limits(&groq).requests, Some(left(14_400.0, 14_370.0, 179.56)));
    assert_eq!(limits(&groq).tokens, Some(left(18_000.0, 17_997.0, 7.66)));

    let azure = [
        ("x-ratelimit-limit-tokens", "20000"),
        ("x-ratelimit-remaining-tokens", "19913"),
        ("x-ratelimit-renewalperiod-tokens", "60"),
        ("x-ratelimit-remaining-requests", "19"),
    ];
    assert_eq!(limits(&azure).tokens, Some(left(20_000.0, 19_913.0, 60.0)));
    assert_eq!(limits(&azure).requests, None, "nobody says for how long");

    let anthropic = [
        DATE,
        ("anthropic-ratelimit-requests-limit", "1000"),
        ("anthropic-ratelimit-requests-remaining", "999"),
        ("anthropic-ratelimit-requests-reset", "2025-08-21T12:41:01Z"),
        ("anthropic-ratelimit-input-tokens-limit", "80000"),
        ("anthropic-ratelimit-input-tokens-remaining", "40000"),
        ("anthropic-ratelimit-input-tokens-reset", "2025-08-21T12:41:30Z"),
        ("anthropic-ratelimit-output-tokens-limit", "16000"),
        ("anthropic-ratelimit-output-tokens-remaining", "16000"),
        ("anthropic-ratelimit-output-tokens-reset", "2025-08-21T12:40:59Z"),
    ];
    let expected = ReportedLimits {
        requests: Some(left(1000.0, 999.0, 1.0)),
        tokens: None,
        input_tokens: Some(left(80_000.0, 40_000.0, 30.0)),
        output_tokens: Some(left(16_000.0, 16_000.0, 0.0)),
    };
    assert_eq!(limits(&anthropic), expected);

    let openrouter =
        [DATE, ("x-ratelimit-limit", "20"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1755780080000")];
    assert_eq!(limits(&openrouter).requests, Some(left(20.0, 0.0, 20.0)));
    assert_eq!(limits(&openrouter).exhausted_for(), Some(Duration::from_secs(20)));
}

#[test]
fn the_drafts_of_a_standard_are_read() {
    let present = [("ratelimit", r#""default";r=50;t=30"#), ("ratelimit-policy", r#""default";q=100;w=60"#)];
    assert_eq!(limits(&present).requests, Some(left(100.0, 50.0, 30.0)));
    let two = [
        ("ratelimit", r#""second";r=9;t=1, "hour";r=10;t=1800"#),
        ("ratelimit-policy", r#""second";q=10;w=1,"hour";q=1000;w=3600"#),
    ];
    assert_eq!(limits(&two).requests, Some(left(1000.0, 10.0, 1800.0)), "the tighter one counts");
    let bytes = [("ratelimit", r#""b";r=50;t=30"#), ("ratelimit-policy", r#""b";q=100;qu="content-bytes""#)];
    assert_eq!(limits(&bytes), ReportedLimits::default());
    assert_eq!(limits(&[("ratelimit", "limit=100, remaining=50, reset=5")]).requests, Some(left(100.0, 50.0, 5.0)));
    let fields = [("ratelimit-limit", "100, 100;w=60"), ("ratelimit-remaining", "50"), ("ratelimit-reset", "5")];
    assert_eq!(limits(&fields).requests, Some(left(100.0, 50.0, 5.0)));
}

#[test]
fn what_cannot_be_read_says_nothing() {
    for value in ["", "soon", "-1", "NaN", "inf", "1x", "s", "1m2", "2025-08-21T12:41:30Z", "1755780080", "1.2.3s"] {
        let found = limits(&[("x-ratelimit-remaining-requests", "1"), ("x-ratelimit-reset-requests", value)]);
        // `1m2`: a number without a unit after one with a unit; a moment without a `date` to measure it against.
        assert_eq!(found, ReportedLimits::default(), "{value:?}");
    }
    for value in ["", "many", "-1", "NaN"] {
        let found = limits(&[("x-ratelimit-remaining-requests", value), ("x-ratelimit-reset-requests", "1s")]);
        assert_eq!(found, ReportedLimits::default(), "{value:?}");
    }
    assert_eq!(limits(&[("content-type", "application/json")]), ReportedLimits::default());
    let far = limits(&[("x-ratelimit-remaining-requests", "1"), ("x-ratelimit-reset-requests", "999999h")]);
    assert_eq!(far.requests.map(|it| it.reset), Some(MOST));
}

#[test]
fn spans_are_read_in_each_unit() {
    let cases = [("1", 1.0), ("0", 0.0), ("1.5", 1.5), ("120ms", 0.12), ("1h2m3.5s", 3723.5), ("1d", 86_400.0)];
    for (text, seconds) in cases {
        assert_eq!(span(text), Some(Duration::from_secs_f64(seconds)), "{text}");
    }
}
