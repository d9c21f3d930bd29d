//! Which file has the sample to look through: [`ReviewTable`].

use std::path::{Path, PathBuf};

use crate::engine::review::may_have_decisions;

/// The table with the sample of a test set, and those before it that people have begun to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewTable {
    pub path: PathBuf,
    /// Whether it is to be written.
    pub is_due: bool,
    /// A table that stays because it may have decisions.
    pub kept: Option<PathBuf>,
}

impl ReviewTable {
    /// The table in the folder `dir`: `review.csv`, or `review-2.csv` and so on where one that is there may have
    /// decisions and the set is new.
    #[must_use]
    pub fn of(dir: &Path, is_new: bool) -> Self {
        let names = (2..).map(|number: u64| format!("review-{number}.csv"));
        let mut paths = std::iter::once("review.csv".to_owned()).chain(names).map(|name| dir.join(name)).peekable();
        let mut last = None;
        while let Some(path) = paths.next_if(|path| path.exists()) {
            last = Some(path);
        }
        match last {
            Some(path) if !is_new => Self { path, is_due: false, kept: None },
            Some(path) if !may_have_decisions(&path) => Self { path, is_due: true, kept: None },
            kept => Self { path: paths.next().unwrap_or_default(), is_due: true, kept },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_table_with_decisions_is_not_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let of = |is_new: bool| ReviewTable::of(dir.path(), is_new);
        let due = |name: &str, kept: Option<&str>| ReviewTable { path: at(name), is_due: true, kept: kept.map(at) };
        assert_eq!(of(false), due("review.csv", None));
        let head = "work_id,text,decision,reason,output,by\r\n";
        fs::write(at("review.csv"), format!("{head}a,x,,,,\r\n")).unwrap();
        assert_eq!(of(false), ReviewTable { is_due: false, ..due("review.csv", None) });
        assert_eq!(of(true), due("review.csv", None));
        for filled in ["a,x,,,,\r\nb,x,,,,Ada\r\n", "a,x,accept,,,\r\n", "a,x,,odd,,\r\n"] {
            fs::write(at("review.csv"), format!("{head}{filled}")).unwrap();
            assert_eq!(of(true), due("review-2.csv", Some("review.csv")), "{filled}");
        }
        // Something else.
        fs::write(at("review.csv"), "work_id,notes\na,mine\n").unwrap();
        assert_eq!(of(true), due("review-2.csv", Some("review.csv")));
        fs::write(at("review-2.csv"), format!("{head}a,x,,,,\r\n")).unwrap();
        assert_eq!(of(true), due("review-2.csv", None));
        fs::write(at("review-2.csv"), format!("{head}a,x,reject,,,\n")).unwrap();
        assert_eq!(of(true), due("review-3.csv", Some("review-2.csv")));
    }
}
