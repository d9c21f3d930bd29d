//! Reads the wait that a server asks for.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::limits::{ReportedLimits, SINCE_1970, since_1970};
use super::wire::Response;

/// The longest wait: a longer one is a mistake, and says nothing.
const MOST: Duration = Duration::from_hours(24 * 366);

/// The header in which the `LiteLLM` proxy passes on a provider's `retry-after`.
const PASSED_ON: &str = "llm_provider-retry-after";

/// The wait that `response` asks for: `retry-after-ms`, otherwise `retry-after` in seconds or as an HTTP date, of the
/// server or of the one behind it. For a rate limit without either, the time until the exhausted limit resets. A date,
/// or a number that is one (since 1970), is measured against the response's own `date`, since there is no clock here,
/// and is ignored without one. So is a wait of more than a year.
pub fn of(response: &Response) -> Option<Duration> {
    let wait =
        |name, unit| response.header(name).and_then(|text| span(text, unit).or_else(|| until(text, unit, response)));
    let after = |name| wait(name, 1.0);
    wait("retry-after-ms", 0.001)
        .or_else(|| after("retry-after").or_else(|| after(PASSED_ON)))
        .or_else(|| (response.status == 429).then(|| ReportedLimits::of(response).exhausted_for()).flatten())
}

/// The wait in Google's form: seconds followed by `s`.
pub fn of_text(text: &str) -> Option<Duration> {
    span(text.trim().strip_suffix('s')?, 1.0)
}

fn span(text: &str, unit: f64) -> Option<Duration> {
    let seconds = text.trim().parse::<f64>().ok()? * unit;
    let span = Duration::try_from_secs_f64(seconds).ok()?;
    (span <= MOST).then_some(span)
}

/// The time until an HTTP date, or until a moment as a number.
fn until(text: &str, unit: f64, response: &Response) -> Option<Duration> {
    let number = || text.trim().parse::<f64>().ok().map(|it| it * unit).filter(|it| *it >= SINCE_1970);
    let end = http_date(text).or_else(|| since_1970(number()?))?;
    let now = http_date(response.header("date")?)?;
    let span = Duration::try_from(end - now).unwrap_or(Duration::ZERO);
    (span <= MOST).then_some(span)
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
            (vec![("retry-after", "2592000")], Some(Duration::from_hours(24 * 30))),
            (vec![("retry-after", "inf"), date], None),
            (vec![("retry-after", "1e300"), date], None),
            (vec![("retry-after", "99999999999999999999"), date], None),
            (vec![("retry-after", "500000000"), date], None),
            // 1792567680 is 07:28:00 on that day.
            (vec![("retry-after", "1792567710"), date], Some(Duration::from_secs(30))),
            (vec![("retry-after", "1792567710000"), date], Some(Duration::from_secs(30))),
            (vec![("retry-after-ms", "1792567710000"), date], Some(Duration::from_secs(30))),
            (vec![("retry-after", "1792567600"), date], Some(Duration::ZERO)),
            (vec![("retry-after", "1792567710")], None),
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
            (vec![("retry-after", "Fri, 21 Oct 2044 07:28:30 GMT"), date], None),
        ];
        for (headers, expected) in cases {
            assert_eq!(parsed(&headers), expected, "{headers:?}");
        }
    }
}
