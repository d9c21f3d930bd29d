//! Projects whose rows, prompts and steps a test writes itself, on the same folder and binary as [`Project`].

use super::project::{KEY_ENV, Project};
use super::server::Server;
use super::{open, texts};

/// The schema of the steps that ask.
const OUTPUT: &str = r#"{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}"#;

impl Project {
    /// A project with these steps whose answers are samples; its table has `id` and `text`.
    pub fn sampled<T: AsRef<str>>(rows: &[T], steps: &str) -> Self {
        let project = Self::at("http://127.0.0.1:1/v1", rows);
        project.steps("llm: {provider: sample, retries: 0, max_workers: 8}", steps);
        project
    }

    /// A project with these steps that asks `server`.
    pub fn served<T: AsRef<str>>(server: &Server, rows: &[T], steps: &str) -> Self {
        let project = Self::new(server, rows);
        let (url, key) = (server.base_url(), KEY_ENV);
        let llm = format!(
            "{{provider: openai, base_url: '{url}', api_key_env: {key}, model: model-1, max_workers: 4, retries: 0}}"
        );
        project.steps(&format!("llm: {llm}"), steps);
        project
    }

    /// Writes the configuration anew: the blocks at the top, and the steps.
    pub fn steps(&self, top: &str, steps: &str) {
        self.write("text.json", OUTPUT);
        let head = "run: {name: tickets}\ninput: {path: tickets.csv, key: id}\noutputs: {formats: [jsonl]}";
        self.write("casebook.yaml", &format!("{head}\n{top}\nsteps:\n{steps}"));
    }

    /// Writes a prompt with this user message.
    pub fn prompt(&self, name: &str, user: &str) {
        self.write(&format!("{name}.yaml"), &format!("name: {name}\nuser: \"{user}\"\n"));
    }

    /// The rows of a query on the run file, which is at rest.
    pub fn rows_of(&self, query: &str) -> Vec<String> {
        texts(&open(&self.db()), query)
    }

    /// The one number that a query on the run file gives.
    pub fn number(&self, query: &str) -> usize {
        self.rows_of(query)[0].parse().unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// How many calls are on record.
    pub fn calls(&self) -> usize {
        self.number("SELECT count(*) FROM calls")
    }

    /// `STEP planned/accepted/rejected/failed/skipped/blocked/pending` of each step.
    pub fn progress(&self) -> Vec<String> {
        self.rows_of(
            "SELECT step || ' ' || planned || '/' || accepted || '/' || rejected || '/' || failed || '/' || skipped \
             || '/' || blocked || '/' || pending FROM progress",
        )
    }

    /// Fails unless the run file is sound, by its rules and by its tape.
    #[track_caller]
    pub fn sound(&self) {
        self.casebook(&["verify", "tickets.db"]).expect(0);
        self.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
    }
}
