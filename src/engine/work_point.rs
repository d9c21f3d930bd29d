//! A stage or a step, as options such as `run --only` name it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::record::Stage;

/// A stage or a step, as people name it. A step has no stage's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkPoint {
    Stage(Stage),
    Step(String),
}

impl FromStr for WorkPoint {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(word.parse().map_or_else(|_| Self::Step(word.to_owned()), Self::Stage))
    }
}

impl fmt::Display for WorkPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stage(stage) => f.pad(stage.as_str()),
            Self::Step(name) => f.pad(name),
        }
    }
}

impl WorkPoint {
    /// Whether it is this stage.
    #[must_use]
    pub fn is(&self, stage: Stage) -> bool {
        *self == Self::Stage(stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_stage_or_else_a_step() {
        let point = |word: &str| word.parse::<WorkPoint>().unwrap();
        assert_eq!(point("plan"), WorkPoint::Stage(Stage::Plan));
        assert_eq!(point("outline"), WorkPoint::Step("outline".to_owned()));
        assert_eq!(point("PLAN").to_string(), "PLAN");
    }
}
