//! The default message after a failed attempt.

/// The message for a prompt without a `retry` template. `details` are sentences on what was wrong, and `again` is the
/// sentence that asks for another answer.
#[must_use]
pub fn feedback(details: &[String], again: &str) -> String {
    let mut text = "Your last answer was not accepted".to_owned();
    text.push_str(if details.is_empty() { ".\n" } else { ":\n" });
    for detail in details {
        text.push_str("- ");
        // A detail of several lines stays one item of the list.
        text.push_str(&detail.trim().replace('\n', "\n  "));
        text.push('\n');
    }
    text.push_str(again);
    text
}
