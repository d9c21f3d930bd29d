//! The clock of the loop: moments are values, and nothing here reads a clock.

use std::time::Duration;

/// A moment, as the time since the loop began.
pub type Moment = Duration;
