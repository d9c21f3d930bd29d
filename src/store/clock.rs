//! The time as the run file records it.

use rusqlite::Connection;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// UTC RFC 3339 with milliseconds. Every text has the same length, so that texts sort as times do.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Returns the current time as UTC RFC 3339 with milliseconds, for example `2026-01-31T09:30:00.125Z`.
#[must_use]
pub fn now() -> String {
    // Formatting fails only for a component that the value lacks, and this one has them all.
    OffsetDateTime::now_utc().format(TIME).unwrap_or_default()
}

/// Returns the present day where the machine is, as in `2026-01-31`. SQLite knows the zone.
pub fn today() -> rusqlite::Result<String> {
    let connection = Connection::open_in_memory()?;
    super::sql::RECORD_TODAY.row(&connection, &[], |row| row.get("today"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::format_description::well_known::Rfc3339;

    #[test]
    fn the_time_is_rfc_3339_of_one_length() {
        let text = now();
        assert_eq!(text.len(), "2026-01-31T09:30:00.125Z".len());
        assert!(OffsetDateTime::parse(&text, &Rfc3339).is_ok_and(|time| time.offset().is_utc()), "{text}");
    }
}
