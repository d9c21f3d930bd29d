//! What can be wrong with a page.

use minijinja::ErrorKind;

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template is wrong, or does not fit the work item that is named.
    #[error("{}", wrong(file, *line, work_id.as_deref(), reason))]
    Template { file: String, line: Option<usize>, work_id: Option<String>, reason: String },
    /// The run file cannot be read.
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
}

impl PageError {
    /// The error of a template in `file`.
    pub(super) fn of(file: &str, error: &minijinja::Error) -> Self {
        // An error in a template that this one extends, or includes, is in that one.
        let file = error.name().unwrap_or(file).to_owned();
        let reason = match (error.kind(), error.detail()) {
            (kind, Some(detail)) => format!("{kind}: {detail}"),
            (ErrorKind::UndefinedError, None) => {
                "undefined value: there is no such variable, or it has no such part".to_owned()
            }
            (kind, None) => kind.to_string(),
        };
        Self::Template { file, line: error.line(), work_id: None, reason }
    }

    /// The same error, met on a work item.
    #[must_use]
    pub(super) fn on(self, item: &str) -> Self {
        match self {
            Self::Template { file, line, reason, .. } => {
                Self::Template { file, line, work_id: Some(item.to_owned()), reason }
            }
            other @ Self::Store(_) => other,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Template { .. } => {
                Some("`docs/pages.md` lists the variables; `{{ x or \"\" }}` and `{% if x %}` do for what may be none")
            }
            Self::Store(_) => None,
        }
    }

    /// Whether the template is at fault, rather than the run file.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Template { .. })
    }
}

fn wrong(file: &str, line: Option<usize>, work_id: Option<&str>, reason: &str) -> String {
    let line = line.map_or_else(String::new, |line| format!(":{line}"));
    let item = work_id.map_or_else(String::new, |id| format!("the page of work item {id}: "));
    format!("{item}{file}{line}: {reason}")
}
