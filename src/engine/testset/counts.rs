//! What the files of a test set hold, and whether that is what was asked for: [`TestsetTotals`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::folder::FolderError;
use super::{FILES, TestsetOptions};

/// What the files hold.
#[derive(Clone, Debug, Default)]
pub struct TestsetTotals {
    pub use_cases: usize,
    pub policies: usize,
    pub test_cases: usize,
    pub examples: usize,
    /// The policies by type, the examples by format, source and split.
    pub types: BTreeMap<String, usize>,
    pub formats: BTreeMap<String, usize>,
    pub sources: BTreeMap<String, usize>,
    /// The cases, each with its use cases.
    pub cases: BTreeMap<String, usize>,
    /// The use cases with fewer test cases than there are in most, and the test cases with fewer examples.
    least_test_cases: usize,
    least_examples: usize,
    asked: Asked,
    /// The document or the folder, for messages.
    input: String,
}

/// What was asked for, as the manifest has it.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    use_cases: usize,
    test_cases: usize,
    examples: usize,
}

/// The files do not hold what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TooFew {
    /// A run wrote no files, or not all of them.
    #[error("the run wrote no test set: {0} is missing")]
    Missing(&'static str),
    #[error("{input} gives {found} {what}{of}; {asked} were asked for")]
    Fewer { input: String, found: usize, what: &'static str, of: String, asked: usize, option: &'static str },
}

impl TooFew {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Missing(_) => Some("the project's `outputs.files` has to name the five files".to_owned()),
            Self::Fewer { found: 0, .. } => Some("`casebook status` of the run file says what is missing".to_owned()),
            Self::Fewer { found, option, .. } => Some(format!("ask for fewer, with `{option} {found}`, or give it more text")),
        }
    }
}

impl TestsetTotals {
    /// Reads the five files, which are in the order of [`FILES`].
    pub(super) fn read(files: &[PathBuf], input: &Path) -> Result<Self, super::TestsetError> {
        let [use_cases, policies, test_cases, dataset, manifest] = files else {
            return Err(TooFew::Missing(FILES[0]).into());
        };
        let lists = [
            list(use_cases, "use_cases")?,
            list(policies, "policies")?,
            list(test_cases, "test_cases")?,
            list(dataset, "examples")?,
        ];
        let [use_cases, policies, test_cases, examples] = lists;
        let asked = &read(manifest)?["asked"];
        let number = |key: &str| asked[key].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(0);
        Ok(Self {
            least_test_cases: least(&use_cases, &test_cases, "use_case_id"),
            least_examples: least(&test_cases, &examples, "test_case_id"),
            types: by(&policies, "/type"),
            formats: by(&examples, "/format"),
            sources: by(&examples, "/metadata/source"),
            cases: by(&use_cases, "/case"),
            use_cases: use_cases.len(),
            policies: policies.len(),
            test_cases: test_cases.len(),
            examples: examples.len(),
            asked: Asked {
                use_cases: number("use_cases"),
                test_cases: number("test_cases_per_use_case"),
                examples: number("examples_per_test_case"),
            },
            input: input.display().to_string(),
        })
    }

    /// Refuses files with less than was asked for.
    pub(super) fn hold(&self, _options: &TestsetOptions) -> Result<(), TooFew> {
        let fewer = |found, what, of: String, asked, option| {
            Err(TooFew::Fewer { input: self.input.clone(), found, what, of, asked, option })
        };
        let fewest = self.cases.iter().min_by_key(|(_, count)| **count);
        let (case, found) = fewest.map_or((String::new(), 0), |(case, count)| (case.clone(), *count));
        if found < self.asked.use_cases {
            let of = if self.cases.len() > 1 { format!(" of {case}") } else { String::new() };
            return fewer(found, "use cases", of, self.asked.use_cases, "--n-use-cases");
        }
        if self.least_test_cases < self.asked.test_cases {
            let of = " for a use case".to_owned();
            return fewer(self.least_test_cases, "test cases", of, self.asked.test_cases, "--n-test-cases-per-uc");
        }
        if self.least_examples < self.asked.examples {
            let of = " for a test case".to_owned();
            return fewer(self.least_examples, "examples", of, self.asked.examples, "--n-examples-per-tc");
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

/// How many objects there are of each value at a JSON pointer.
fn by(items: &[Value], pointer: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for value in items.iter().filter_map(|it| it.pointer(pointer)?.as_str()) {
        *counts.entry(value.to_owned()).or_default() += 1;
    }
    counts
}

/// The smallest number of `items` that refer to one of `of` in their field `key`.
fn least(of: &[Value], items: &[Value], key: &str) -> usize {
    let counts = by(items, &format!("/{key}"));
    let count = |id: &Value| id.as_str().and_then(|id| counts.get(id)).copied().unwrap_or(0);
    of.iter().map(|it| count(&it["id"])).min().unwrap_or(0)
}
