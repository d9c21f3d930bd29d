//! The cases of test sets: [`Case`].

use serde::Serialize;

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    SupportBot,
    OperatorQuality,
    DoctorBooking,
}

impl Case {
    pub(super) const WORDS: [(&'static str, Self); 3] = [
        ("support_bot", Self::SupportBot),
        ("operator_quality", Self::OperatorQuality),
        ("doctor_booking", Self::DoctorBooking),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, it)| *it == self).map_or("", |(word, _)| word)
    }
}
