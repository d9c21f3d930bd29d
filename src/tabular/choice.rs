//! Which columns of a table its records have: [`ColumnChoice`].

/// Which columns of a table its records have, by name, in the order of the table. A name that it does not have chooses
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ColumnChoice {
    #[default]
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl ColumnChoice {
    /// The positions of the chosen ones among `columns`; `None` where that is all of them.
    pub(super) fn positions(&self, columns: &[String]) -> Option<Vec<usize>> {
        let is_chosen = |column: &String| match self {
            Self::All => true,
            Self::Only(names) => names.contains(column),
            Self::Without(names) => !names.contains(column),
        };
        let chosen: Vec<usize> = (0..columns.len()).filter(|at| columns.get(*at).is_some_and(is_chosen)).collect();
        (chosen.len() < columns.len()).then_some(chosen)
    }
}

/// The texts at these positions.
pub(super) fn picked(texts: &[String], positions: &[usize]) -> Vec<String> {
    positions.iter().filter_map(|at| texts.get(*at).cloned()).collect()
}
