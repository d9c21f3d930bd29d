//! What the command sets in the configuration of a test set's project: [`Settings`].

use std::path::Path;

use serde_json::Value;

use super::options::TestsetOptions;
use crate::engine::out_folder::relative;

/// The provider that is asked where a model is named and no provider.
const PROVIDER: &str = "openai";
/// The provider where none is named, and no model.
const SAMPLE: &str = "sample";
const USE_CASES: u64 = 5;
const TEST_CASES: u64 = 3;

/// A line of the configuration that ships, and what the command writes in its place.
struct Setting {
    /// The line as it ships.
    line: &'static str,
    /// The part of it that is replaced.
    value: &'static str,
    /// The key, and the new value as YAML.
    key: &'static str,
    new: String,
    /// Whether it is set in a configuration that people have changed, too.
    always: bool,
}

/// The settings of a test set.
pub(super) struct Settings(Vec<Setting>);

impl Settings {
    /// The settings that these options come to, for a configuration in the folder `project`.
    pub(super) fn of(options: &TestsetOptions, project: &Path) -> Self {
        let text = |it: &str| Value::from(it).to_string();
        let mut all = Self(Vec::new());
        let input = text(&relative(project, &options.input));
        all.add(("  path: documents/harbour.md", "documents/harbour.md"), "input.path", input, true);
        all.add(("  input_path: \"\"", "\"\""), "vars.input_path", text(&shown(&options.input)), true);
        all.add(("  out_path: \"\"", "\"\""), "vars.out_path", text(&shown(&options.out)), true);
        let number = |given: Option<u64>, default: u64| (given.unwrap_or(default).to_string(), given.is_some());
        let (seed, given) = number(options.seed, 42);
        all.add(("  seed: 42", "42"), "run.seed", seed, given);
        let (use_cases, given) = number(options.use_cases, USE_CASES);
        all.add(("  n_use_cases: 5 ", "5"), "vars.n_use_cases", use_cases, given);
        let (test_cases, given) = number(options.test_cases, TEST_CASES);
        all.add(("  n_test_cases: 3 ", "3"), "vars.n_test_cases", test_cases.clone(), given);
        all.add(("    pairs: {cover: pairwise, count: 3}", "3"), "steps.combination.pairs.count", test_cases, given);
        let (examples, given) = number(options.examples, 1);
        all.add(("  n_examples: 1 ", "1"), "vars.n_examples", examples, given);
        all.add_sample_lengths(options);
        all.add(("    dataset: testset ", "testset"), "outputs.mapping.dataset", text(&dataset(&options.out)), false);
        let case = text(options.case.as_deref().unwrap_or_default());
        all.add(("  case: \"\"", "\"\""), "vars.case", case, options.case.is_some());
        all.add_model(options);
        all
    }

    fn add(&mut self, (line, value): (&'static str, &'static str), key: &'static str, new: String, always: bool) {
        self.0.push(Setting { line, value, key, new, always });
    }

    /// Samples have to be long enough for the counts; a model is told what is wanted.
    fn add_sample_lengths(&mut self, options: &TestsetOptions) {
        let use_cases = options.use_cases.unwrap_or(USE_CASES).saturating_add(2);
        let key = "steps.use_cases.llm.sample.min_items";
        let is_given = options.use_cases.is_some();
        self.add(("    llm: {sample: {min_items: 7}}", "7"), key, use_cases.to_string(), is_given);
        // Two axes of so many values have at least as many combinations as there are test cases.
        let test_cases = options.test_cases.unwrap_or(TEST_CASES);
        let root = test_cases.isqrt();
        let values = if root.saturating_mul(root) < test_cases { root + 1 } else { root }.max(3);
        let key = "steps.axes.llm.sample.min_items";
        let is_given = options.test_cases.is_some();
        self.add(("    llm: {sample: {min_items: 3}}", "3"), key, values.to_string(), is_given);
    }

    fn add_model(&mut self, options: &TestsetOptions) {
        let default = if options.model.is_some() { PROVIDER } else { SAMPLE };
        let provider = options.provider.as_deref().unwrap_or(default);
        let is_given = options.provider.is_some() || options.model.is_some();
        let text = |it: &str| Value::from(it).to_string();
        self.add(("  provider: sample", "sample"), "llm.provider", text(provider), is_given);
        if let Some(model) = &options.model {
            self.add(("  model: null", "null"), "llm.model", text(model), true);
        }
    }

    /// The text of the configuration that ships with these settings in their places.
    pub(super) fn written_into(&self, shipped: &str) -> String {
        let mut lines: Vec<String> = shipped.lines().map(str::to_owned).collect();
        for setting in &self.0 {
            if let Some(line) = lines.iter_mut().find(|it| it.starts_with(setting.line)) {
                let (before, after) = line.split_at(line.find(setting.value).unwrap_or(line.len()));
                let after = after.strip_prefix(setting.value).unwrap_or(after);
                *line = format!("{before}{}{after}", setting.new);
            }
        }
        lines.join("\n") + "\n"
    }

    /// The settings for a configuration that people have changed: what was asked for, and the paths.
    pub(super) fn overrides(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|it| it.always).map(|it| (it.key.to_owned(), it.new.clone())).collect()
    }
}

/// The name of a data set in the folder `out`: that of the folder, so that two of them are not one in Langfuse.
fn dataset(out: &Path) -> String {
    let whole = std::path::absolute(out).ok();
    let name = whole.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().trim().to_owned());
    name.filter(|name| !name.is_empty() && !name.chars().any(char::is_control)).unwrap_or_else(|| "testset".to_owned())
}

/// A path with `/` between its names.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../examples/testset/casebook.yaml");

    #[test]
    fn every_setting_has_one_line_in_the_configuration_that_ships() {
        let options = TestsetOptions {
            input: "a/faq.md".into(),
            out: "out/set".into(),
            seed: Some(7),
            model: Some("m: 1".to_owned()),
            use_cases: Some(8),
            test_cases: Some(10),
            examples: Some(2),
            case: Some("support_bot".to_owned()),
            ..TestsetOptions::default()
        };
        let settings = Settings::of(&options, Path::new("out/set/project"));
        for setting in &settings.0 {
            let found: Vec<&str> = SHIPPED.lines().filter(|it| it.starts_with(setting.line)).collect();
            assert_eq!(found.len(), 1, "{}", setting.line);
            assert_eq!(found[0].matches(setting.value).count(), 1, "{}", setting.line);
        }
        let written = settings.written_into(SHIPPED);
        for line in [
            "  path: \"../../../a/faq.md\"",
            "  input_path: \"a/faq.md\"        # for the manifest; empty: as the run has them",
            "  out_path: \"out/set\"",
            "  seed: 7",
            "    dataset: \"set\"      # the name in Langfuse, which ids there begin with",
            "  provider: \"openai\"",
            "  model: \"m: 1\"",
            "  n_use_cases: 8        # for each case",
            "    llm: {sample: {min_items: 10}}",
            "    llm: {sample: {min_items: 4}}",
            "    pairs: {cover: pairwise, count: 10}",
        ] {
            assert!(written.lines().any(|it| it == line), "{line}\n{written}");
        }
        assert!(written.contains("\n  case: \"support_bot\"  "), "{written}");
        assert_eq!(settings.overrides().len(), settings.0.len() - 1);
        let plain = Settings::of(&TestsetOptions::default(), Path::new("p"));
        let keys: Vec<String> = plain.overrides().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["input.path", "vars.input_path", "vars.out_path"]);
    }
}
