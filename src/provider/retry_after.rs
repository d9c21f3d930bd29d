//! Reads the wait that a server asks for.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::limits::ReportedLimits;
use super::wire::Response;

/// The longest wait: no server means more than a day.
const MOST: Duration = Duration::from_hours(24);

/// The header in which the `LiteLLM` proxy passes on a provider's `retry-after`.
const PASSED_ON: &str = "llm_provider-retry-after";

/// The wait that `response` asks for: `retry-after-ms`, otherwise `retry-after` in seconds or as an HTTP date, of the
/// server or of the one behind it. For a rate limit without either, the time until the exhausted limit resets. A date
/// is measured against the response's own `date`, since there is no clock here, and is ignored without one.
pub fn of(response: &Response) -> Option<Duration> {
    let after = |name| response.header(name).and_then(|text| wait(text, 1.0).or_else(|| until(text, response)));
    response
        .header("retry-after-ms")
        .and_then(|text| wait(text, 0.001))
        .or_else(|| after("retry-after").or_else(|| after(PASSED_ON)))
        .or_else(|| (response.status == 429).then(|| ReportedLimits::of(response).exhausted_for()).flatten())
}

/// The wait in Google's form: seconds followed by `s`.
pub fn of_text(text: &str) -> Option<Duration> {
    wait(text.trim().strip_suffix('s')?, 1.0)
}

fn wait(text: &str, unit: f64) -> Option<Duration> {
    let seconds = text.trim().parse::<f64>().ok()? * unit;
    // A comparison with NaN is false, so that NaN is refused too.
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(MOST.as_secs_f64())))
}

fn until(text: &str, response: &Response) -> Option<Duration> {
    let end = http_date(text)?;
    let now = http_date(response.header("date")?)?;
    Some(Duration::try_from(end - now).unwrap_or(Duration::ZERO).min(MOST))
}

fn http_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(headers: &[(&str, &str)]) -> Option<Duration> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        of(&Response { status: 429, headers, body: Vec::new() })
    }

    #[test]
    fn a_text_ends_with_its_unit() {
        assert_eq!(of_text("34.5s"), Some(Duration::from_millis(34_500)));
        assert_eq!((of_text("34"), of_text("s"), of_text("-1s"), of_text("5ms")), (None, None, None, None));
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_read() {
        let date = ("date", "Wed, 21 Oct 2026 07:28:00 GMT");
        let cases = [
            (vec![], None),
            (vec![("retry-after", "20")], Some(Duration::from_secs(20))),
            (vec![(PASSED_ON, "20")], Some(Duration::from_secs(20))),
            (vec![(PASSED_ON, "20"), ("retry-after", "30")], Some(Duration::from_secs(30))),
            (vec![("retry-after", " 1.5 ")], Some(Duration::from_millis(1500))),
            (vec![("retry-after", "0")], Some(Duration::ZERO)),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "NaN")], None),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "inf")], Some(MOST)),
            (vec![("retry-after", "1e300")], Some(MOST)),
            (vec![("retry-after-ms", "250"), ("retry-after", "20")], Some(Duration::from_millis(250))),
            (vec![("retry-after-ms", "x"), ("retry-after", "20")], Some(Duration::from_secs(20))),
            (vec![("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"), date], Some(Duration::from_secs(30))),
            (vec![("retry-after", "Wed, 21 Oct 2026 07:27:30 GMT"), date], Some(Duration::ZERO)),
            (vec![("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")], None),
            (
                vec![("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "12s")],
                Some(Duration::from_secs(12)),
            ),
            (vec![("x-ratelimit-remaining-requests", "3"), ("x-ratelimit-reset-requests", "12s")], None),
            (vec![("retry-after", "Fri, 21 Oct 2044 07:28:30 GMT"), date], Some(MOST)),
        ];
        for (headers, expected) in cases {
            assert_eq!(parsed(&headers), expected, "{headers:?}");
        }
    }
}
