//! What a prompt's `input_data` is: [`InputData`].

/// What `input_data` stands for: the context, or the only value of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InputData {
    #[default]
    Context,
    /// The cell of this column.
    Column(String),
}

impl InputData {
    /// Whether it is (a part of) the variable `name`.
    pub(super) fn is(&self, name: &str) -> bool {
        name == match self {
            Self::Context => "context",
            Self::Column(_) => "row",
        }
    }

    /// The path that `path` means.
    pub(super) fn meant(&self, path: String) -> String {
        match (path.as_str(), self) {
            ("input_data", Self::Context) => "context".to_owned(),
            ("input_data", Self::Column(column)) => format!("row.{column}"),
            _ => path,
        }
    }
}
