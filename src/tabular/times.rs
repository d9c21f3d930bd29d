//! Dates, times of day and durations of workbooks as texts: alike, however the format of the workbook keeps them.
//!
//! An xlsx has numbers of days under a format, an ods ISO 8601. Both become ISO 8601 here: `2024-02-29`,
//! `2024-02-29T13:05:09`, `13:05:09`, `PT36H0M0S`, each with milliseconds where there are any.

use calamine::ExcelDateTime;
use time::{Date, Month};

const DAY: i64 = 86_400_000;

/// What the format of a cell shows of its number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    /// A date, or a date with a time of day.
    Date,
    /// A time of day, without a date.
    Clock,
    /// Hours that may be more than a day's.
    Elapsed,
}

/// The text of a number of days; `None` if it has no date.
pub(super) fn of_days(value: ExcelDateTime, kind: TimeKind) -> Option<String> {
    const DAYS: f64 = 2_958_466.0;
    let days = value.as_f64();
    if !(-DAYS..DAYS).contains(&days) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "days are checked to be less than 2,958,466")]
    let millis = (days * 86_400_000.0).round() as i64;
    match kind {
        TimeKind::Elapsed => return Some(duration(millis)),
        TimeKind::Clock => return Some(time_or_duration(millis)),
        TimeKind::Date if millis < 0 => return None,
        TimeKind::Date if millis < DAY => return Some(clock(millis)),
        TimeKind::Date => {}
    }
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let of_day = ((i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second)) * 1_000 + i64::from(milli);
    Some(date_and_time(&date, of_day))
}

/// The text of a date in ISO 8601, with a time of day or without one. A text that is none stays as it is.
pub(super) fn of_iso_date(text: &str) -> String {
    parse_date(text).unwrap_or_else(|| text.to_owned())
}

fn parse_date(text: &str) -> Option<String> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut of_day = match time {
        Some(time) => parse_clock(time)?,
        None => 0,
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    let mut date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    if of_day >= DAY {
        (date, of_day) = (date.next_day()?, of_day - DAY);
    }
    // The day 0 of spreadsheets: a number of less than one day under the format of a date.
    if date == Date::from_calendar_date(1899, Month::December, 30).ok()? {
        return Some(clock(of_day));
    }
    Some(date_and_time(&format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day()), of_day))
}

/// The milliseconds of a time of day: `HH:MM`, `HH:MM:SS` or with a fraction. A `Z` after it says nothing: spreadsheets
/// have no time zones, and libraries in JavaScript write it all the same.
fn parse_clock(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    if parts.next().is_some() {
        return None;
    }
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let millis = seconds_to_millis(seconds)?;
    (hours < 24 && minutes < 60 && millis <= 60_000)
        .then(|| (i64::from(hours) * 60 + i64::from(minutes)) * 60_000 + millis)
}

/// The text of a duration in ISO 8601, such as `PT12H30M00S`: a time of day if it is one and `kind` does not say that
/// hours are counted. A text that is none stays as it is.
pub(super) fn of_iso_duration(text: &str, kind: TimeKind) -> String {
    match parse_duration(text) {
        None => text.to_owned(),
        Some(millis) if kind == TimeKind::Elapsed => duration(millis),
        Some(millis) => time_or_duration(millis),
    }
}

fn parse_duration(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let mut millis = match days.strip_suffix('D') {
        Some(days) => days.parse::<i64>().ok()?.checked_mul(DAY)?,
        None if days.is_empty() => 0,
        None => return None,
    };
    let mut rest = time;
    for (unit, size) in [('H', 3_600_000), ('M', 60_000)] {
        if let Some((number, after)) = rest.split_once(unit) {
            millis = millis.checked_add(number.parse::<i64>().ok()?.checked_mul(size)?)?;
            rest = after;
        }
    }
    if let Some(seconds) = rest.strip_suffix('S') {
        millis = millis.checked_add(seconds_to_millis(seconds)?)?;
    } else if !rest.is_empty() {
        return None;
    }
    Some(sign * millis)
}

/// Seconds, with a fraction or without one, as whole milliseconds.
fn seconds_to_millis(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = text.parse::<f64>().ok().filter(|it| is_number && *it < 1e12)?;
    #[expect(clippy::cast_possible_truncation, reason = "seconds are checked to be less than 10^12")]
    Some((seconds * 1_000.0).round() as i64)
}

fn date_and_time(date: &str, of_day: i64) -> String {
    if of_day == 0 { date.to_owned() } else { format!("{date}T{}", clock(of_day)) }
}

fn time_or_duration(millis: i64) -> String {
    if (0..DAY).contains(&millis) { clock(millis) } else { duration(millis) }
}

fn clock(millis: i64) -> String {
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1_000 % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{}", fraction(millis))
}

fn duration(millis: i64) -> String {
    let (sign, of) = (if millis < 0 { "-" } else { "" }, millis.abs());
    let (hours, minutes, seconds) = (of / 3_600_000, of / 60_000 % 60, of / 1_000 % 60);
    format!("{sign}PT{hours}H{minutes}M{seconds}{}S", fraction(of))
}

fn fraction(millis: i64) -> String {
    match millis % 1_000 {
        0 => String::new(),
        rest => format!(".{rest:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_of_an_ods() {
        for (iso, text) in [
            ("2024-02-29", "2024-02-29"),
            ("2024-02-29T00:00:00", "2024-02-29"),
            ("2024-02-29T13:05:09.250000113", "2024-02-29T13:05:09.250"),
            ("2024-12-31T23:59:59.9996", "2025-01-01"),
            ("2024-02-29T13:05", "2024-02-29T13:05:00"),
            ("2024-02-29T00:00:00.000Z", "2024-02-29"),
            ("2024-02-29T13:05:09.250Z", "2024-02-29T13:05:09.250"),
            ("1899-12-30", "00:00:00"),
            ("1899-12-30T12:00:00", "12:00:00"),
            ("0044-03-15", "0044-03-15"),
            ("2024-13-01", "2024-13-01"),
            ("2024-02-29T13:05:09+01:00", "2024-02-29T13:05:09+01:00"),
            ("", ""),
        ] {
            assert_eq!(of_iso_date(iso), text, "{iso}");
        }
    }

    #[test]
    fn durations_of_an_ods() {
        for (iso, clock, elapsed) in [
            ("PT12H30M00S", "12:30:00", "PT12H30M0S"),
            ("PT12H30M00.250000000S", "12:30:00.250", "PT12H30M0.250S"),
            ("PT36H00M00S", "PT36H0M0S", "PT36H0M0S"),
            ("-PT01H30M00S", "-PT1H30M0S", "-PT1H30M0S"),
            ("P1DT2H", "PT26H0M0S", "PT26H0M0S"),
            ("PT00H00M00S", "00:00:00", "PT0H0M0S"),
            ("P1Y", "P1Y", "P1Y"),
            ("PT1e3S", "PT1e3S", "PT1e3S"),
        ] {
            assert_eq!(of_iso_duration(iso, TimeKind::Clock), clock, "{iso}");
            assert_eq!(of_iso_duration(iso, TimeKind::Elapsed), elapsed, "{iso}");
        }
    }
}
