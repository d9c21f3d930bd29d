//! What a test set is made of: [`TestsetOptions`].

use std::path::PathBuf;

/// What to make a test set of, and where. `None` keeps what the project says.
#[derive(Clone, Debug, Default)]
pub struct TestsetOptions {
    /// A document, a folder of documents or a pattern.
    pub input: PathBuf,
    /// The folder of the test set.
    pub out: PathBuf,
    pub seed: Option<u64>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub use_cases: Option<u64>,
    pub test_cases: Option<u64>,
    pub examples: Option<u64>,
    /// `support_bot`, `operator_quality` or `doctor_booking`; by default what the document is about.
    pub case: Option<String>,
    /// Further values that override the configuration: a dotted key and a YAML value each.
    pub overrides: Vec<(String, String)>,
}
