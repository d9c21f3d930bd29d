//! How much the files of a test set hold, and whether that is what was asked for: [`Counts`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::folder_error::FolderError;
use crate::testset::AskedCounts;
use crate::view::status::StepCounts;

/// How much the files hold.
#[derive(Debug)]
pub(super) struct Counts {
    /// The cases, each with the number of its use cases.
    cases: BTreeMap<String, usize>,
    /// The smallest number of test cases that a use case has, and of examples that a test case has.
    least_test_cases: usize,
    least_examples: usize,
    /// What was asked for, as the manifest has it.
    pub(super) asked: AskedCounts,
}

/// The files do not hold what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TooFew {
    /// A run wrote no files, or not all of them.
    #[error("the run did not write all files of a test set: {0}")]
    Missing(String),
    #[error("{input} gives {found_text}; {asked} were asked for")]
    Fewer { input: String, found_text: String, found: usize, asked: usize, option: &'static str },
    /// The same, where answers were not accepted: it is not the document that gives too little.
    #[error("{unsettled}, and so there are {found_text}; {asked} were asked for")]
    Unsettled { unsettled: String, found_text: String, asked: usize, db: String },
}

impl TooFew {
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Missing(_) => "the project's `outputs.files` has to name the five files".to_owned(),
            Self::Unsettled { db, .. } => format!(
                "`casebook failures {db}` says why; `casebook retry {db} --failed --rejected`, and then the same \
                 command, asks again"
            ),
            Self::Fewer { found: 0, .. } => "`casebook status` of the run file says what is missing".to_owned(),
            Self::Fewer { found, option, .. } => {
                format!("ask for fewer, with `{option} {found}`, or give it more text")
            }
        }
    }
}

impl TooFew {
    /// The same error, where steps of the run have work items that failed or were rejected.
    pub(super) fn after(self, steps: &[StepCounts], db: &Path) -> Self {
        let of_step = |it: &StepCounts| match (it.failed, it.rejected) {
            (0, 0) => None,
            (failed, 0) => Some(format!("{failed} of `{}` failed", it.step)),
            (0, rejected) => Some(format!("{rejected} of `{}` rejected", it.step)),
            (failed, rejected) => Some(format!("{failed} of `{}` failed, {rejected} rejected", it.step)),
        };
        let unsettled: Vec<String> = steps.iter().filter_map(of_step).collect();
        match self {
            Self::Fewer { found_text, asked, .. } if !unsettled.is_empty() => {
                let unsettled = format!("work items are not accepted ({})", unsettled.join("; "));
                Self::Unsettled { unsettled, found_text, asked, db: db.display().to_string() }
            }
            other => other,
        }
    }
}

impl Counts {
    /// Reads the files, which are in the order of [`crate::testset::SetFile::ALL`].
    pub(super) fn read(files: &[PathBuf; 5]) -> Result<Self, FolderError> {
        let [use_cases, _, test_cases, dataset, manifest] = files;
        let lists = [list(use_cases, "use_cases")?, list(test_cases, "test_cases")?, list(dataset, "examples")?];
        let [use_cases, test_cases, examples] = lists;
        let manifest = read(manifest)?;
        let number = |key: &str| manifest["asked"][key].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
        Ok(Self {
            cases: by(&use_cases, "case"),
            least_test_cases: least(&use_cases, &test_cases, "use_case_id"),
            least_examples: least(&test_cases, &examples, "test_case_id"),
            asked: AskedCounts {
                use_cases: number("use_cases"),
                test_cases: number("test_cases_per_use_case"),
                examples: number("examples_per_test_case"),
            },
        })
    }

    /// Refuses less than was asked for. `input` is the document, for the message.
    pub(super) fn hold(&self, input: &Path) -> Result<(), TooFew> {
        let fewest = self.cases.iter().min_by_key(|(_, count)| **count);
        let (case, use_cases) = fewest.map_or(("", 0), |(case, count)| (case, *count));
        let of_case = if self.cases.len() > 1 { format!(" of {case}") } else { String::new() };
        let (test_cases, examples) = (self.least_test_cases, self.least_examples);
        let asked = &self.asked;
        for (found, what, of, asked, option) in [
            (use_cases, "use case", of_case.as_str(), asked.use_cases, "--n-use-cases"),
            (test_cases, "test case", " for one of its use cases", asked.test_cases, "--n-test-cases-per-uc"),
            (examples, "example", " for one of its test cases", asked.examples, "--n-examples-per-tc"),
        ] {
            if found < asked {
                let plural = if found == 1 { "" } else { "s" };
                let found_text = format!("{found} {what}{plural}{of}");
                let input = input.display().to_string();
                return Err(TooFew::Fewer { input, found_text, found, asked, option });
            }
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Value, FolderError> {
    let unreadable = |source| FolderError::Read { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.into()))
}

/// The objects of the list `name` in a file.
fn list(path: &Path, name: &str) -> Result<Vec<Value>, FolderError> {
    match read(path)?[name].take() {
        Value::Array(items) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// How many objects there are of each text in a field.
fn by(items: &[Value], field: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for value in items.iter().filter_map(|it| it[field].as_str()) {
        *counts.entry(value.to_owned()).or_default() += 1;
    }
    counts
}

/// The smallest number of `items` that refer to one of `of` in their field `key`.
fn least(of: &[Value], items: &[Value], key: &str) -> usize {
    let counts = by(items, key);
    let count = |id: &Value| id.as_str().and_then(|id| counts.get(id)).copied().unwrap_or(0);
    of.iter().map(|it| count(&it["id"])).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rejected_is_no_fault_of_the_document() {
        let fewer = || TooFew::Fewer {
            input: "faq.md".to_owned(),
            found_text: "0 use cases".to_owned(),
            found: 0,
            asked: 5,
            option: "--n-use-cases",
        };
        let step = |step: &str, failed: u64, rejected: u64| StepCounts {
            step: step.to_owned(),
            planned: 1,
            accepted: 0,
            rejected,
            failed,
            skipped: 0,
            blocked: 0,
            pending: 0,
            in_flight: 0,
        };
        let db = Path::new("out/testset.db");
        let said = |steps: &[StepCounts]| fewer().after(steps, db).to_string();
        assert_eq!(
            said(&[step("policies", 0, 1), step("axes", 2, 0), step("part", 0, 0)]),
            "work items are not accepted (1 of `policies` rejected; 2 of `axes` failed), and so there are 0 use cases; \
             5 were asked for"
        );
        assert_eq!(said(&[step("policies", 0, 0)]), "faq.md gives 0 use cases; 5 were asked for");
    }
}
