//! The projects that ship with the binary, as `init` writes them; that of test sets is also what `testset` runs.

/// A project that ships with the binary.
pub struct ExampleProject {
    /// The value of `--example`, the folder under `examples/` and the run's name.
    pub name: &'static str,
    /// Relative paths and contents.
    pub files: &'static [(&'static str, &'static [u8])],
}

impl ExampleProject {
    /// The command that its configuration is for: `eval` where variants are compared, else `run`.
    #[must_use]
    pub fn command(&self) -> &'static str {
        let is_experiment = |bytes: &[u8]| str::from_utf8(bytes).is_ok_and(|it| it.contains("\nexperiment:\n"));
        let compares = self.files.iter().any(|(path, bytes)| *path == "casebook.yaml" && is_experiment(bytes));
        if compares { "eval" } else { "run" }
    }
}

macro_rules! project {
    ($name:literal, $folder:literal, [$($path:literal),* $(,)?]) => {
        ExampleProject {
            name: $name,
            files: &[$((
                $path,
                include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $folder, "/", $path)).as_slice(),
            )),*],
        }
    };
}

/// The project that is written if no example is named.
pub const DEFAULT: &str = "tickets";

pub const PROJECTS: &[ExampleProject] = &[
    project!(
        "tickets",
        "configs/init",
        ["casebook.yaml", "prompts/generate.yaml", "prompts/judge.yaml", "schema.json", "data/tickets.csv"]
    ),
    project!(
        "complaints",
        "examples/complaints",
        [
            "casebook.yaml",
            "agreement.yaml",
            "prompts/classify.yaml",
            "prompts/judge.yaml",
            "prompts/agreement.yaml",
            "schema/complaint.json",
            "schema/agreement.json",
            "data/complaints.csv",
            "data/answers.csv",
            "data/published.csv",
            "data/SOURCE.md",
        ]
    ),
    project!(
        "schema",
        "examples/schema",
        ["casebook.yaml", "prompts/sort.yaml", "data/tickets.csv", "data/author.jsonl"]
    ),
    project!(
        "markdown",
        "examples/markdown",
        [
            "casebook.yaml",
            "prompts/reply.yaml",
            "schema/reply.json",
            "data/tickets.csv",
            "data/answers.jsonl",
            "data/SOURCE.md",
            "cases.yaml",
            "snapshots/braces.txt",
        ]
    ),
    project!(
        "few_shot",
        "examples/few_shot",
        [
            "casebook.yaml",
            "prompts/sort.yaml",
            "prompts/parts/role.md",
            "prompts/parts/topics.md",
            "schema/ticket.json",
            "data/tickets.csv",
            "data/answers.csv",
        ]
    ),
    project!(
        "perspectives",
        "examples/perspectives",
        [
            "casebook.yaml",
            "prompts/classify.yaml",
            "schema/complaint.json",
            "schema/vote.json",
            "data/complaints.csv",
            "data/answers.csv",
            "data/SOURCE.md",
        ]
    ),
    project!(
        "policies",
        "examples/policies",
        [
            "casebook.yaml",
            "prompts/rules.yaml",
            "schema/rules.json",
            "answers/answers.jsonl",
            "handbook/overtime.md",
            "handbook/paid-parental-leave.md",
            "handbook/voluntary-leave-transfer-program.md",
            "handbook/work-schedules.md",
            "README.md",
            "SOURCE.md",
            "LICENSE.md",
        ]
    ),
    project!(
        "chain",
        "examples/chain",
        [
            "casebook.yaml",
            "prompts/outline.yaml",
            "prompts/section.yaml",
            "schema/outline.json",
            "schema/section.json",
            "data/topics.csv",
        ]
    ),
    project!(
        "testset",
        "examples/testset",
        [
            "casebook.yaml",
            "recorded.yaml",
            "prompts/use_cases.yaml",
            "prompts/policies.yaml",
            "prompts/gaps.yaml",
            "prompts/axes.yaml",
            "prompts/example.yaml",
            "prompts/parts/case.md",
            "prompts/parts/corner.md",
            "prompts/parts/data.md",
            "prompts/parts/dialog_last_turn_correction.md",
            "prompts/parts/single_turn_qa.md",
            "prompts/parts/single_utterance_correction.md",
            "schema/use_cases.json",
            "schema/policies.json",
            "schema/gaps.json",
            "schema/axes.json",
            "schema/example.json",
            "documents/harbour.md",
            "documents/lantern.md",
            "documents/linden.md",
            "answers/answers.jsonl",
            "README.md",
            "SOURCE.md",
        ]
    ),
    project!(
        "experiment",
        "examples/experiment",
        [
            "casebook.yaml",
            "prompts.yaml",
            "task_spec.md",
            "eval_spec.md",
            "prompts/v001.yaml",
            "prompts/v002.yaml",
            "prompts/helpful.yaml",
            "schema/complaint.json",
            "schema/explained.json",
            "data/complaints.csv",
            "data/gold.csv",
            "data/answers.csv",
            "data/canary.csv",
            "data/canary_gold.csv",
            "data/SOURCE.md",
            "README.md",
        ]
    ),
];

/// The project of that name.
#[must_use]
pub fn project(name: &str) -> Option<&'static ExampleProject> {
    PROJECTS.iter().find(|it| it.name == name)
}
