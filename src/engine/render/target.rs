//! Which requests are rendered: [`RenderTarget`].

/// Which row is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RowChoice {
    /// The first work item of each step.
    #[default]
    First,
    /// The number of a row of the input, from 1.
    Number(u64),
    /// The row whose `input.key` has this value.
    Key(String),
}

/// Which requests are rendered.
#[derive(Clone, Debug, Default)]
pub struct RenderTarget {
    pub row: RowChoice,
    /// The step; `None`: each that asks a model.
    pub step: Option<String>,
    /// Whether the judge's request is meant, about the recorded output.
    pub judge: bool,
    /// The attempt, from 1; `None`: the first, or for a judge the last that has a valid output.
    pub attempt: Option<u32>,
    /// Answers that are taken where the record has none, in the order of the questions.
    pub answers: Vec<String>,
}
