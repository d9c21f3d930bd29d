//! Tasks of several steps: what a list in a step's output becomes, and what is joined of it again.

use std::io;
use std::path::Path;

use crate::job::{Job, row, schema};

/// What all of these tasks have in common.
const HEAD: &str = "\
run: {name: bench}
input: {path: rows.csv, key: id, required_columns: [narrative]}
outputs: {formats: [jsonl], dir: out}
report: {enabled: false}
";

/// Each row is cut in three by a rule, each part is asked of samples, a rule joins the answers by row.
const THREE_STEPS: &str = "\
llm: {provider: sample, max_workers: 64}
judge: {enabled: false}
steps:
  - name: cut
    each: row
    rule: {parts: '[row.narrative[:97], row.narrative[97:194], row.narrative[194:]]'}
  - name: sort
    each: element of cut.parts
    prompts: {generation: prompts/sort.yaml}
    schema: {path: schema.json}
  - name: whole
    each: join sort by row
    rule:
      products: steps.sort | map(attribute='product') | join(' ')
      parts: steps.sort | length
";

/// The same without anyone who is asked, and with a part fewer.
const RULES: &str = "\
steps:
  - name: cut
    each: row
    rule: {parts: '[row.narrative[:145], row.narrative[145:]]'}
  - name: measure
    each: element of cut.parts
    rule: {length: item | length, shouted: item | upper}
  - name: whole
    each: join measure by row
    rule:
      length: steps.measure | map(attribute='length') | sum
      text: steps.measure | map(attribute='shouted') | join
";

/// As many work items as a row says. The list is not in the row, since an export repeats a row for each work item of it.
const FAN_OUT: &str = "\
steps:
  - name: count
    each: row
    rule: {numbers: range(row.narrative | int) | list}
  - name: square
    each: element of count.numbers
    rule: {square: item * item}
";

/// How many work items a row of [`three_steps`] becomes.
pub const THREE_STEPS_ITEMS: u64 = 5;
/// How many work items a row of [`rules`] becomes.
pub const RULES_ITEMS: u64 = 4;

/// The prompt of the middle step of [`three_steps`].
pub const PROMPT: &str = "prompts/sort.yaml";

/// What [`PROMPT`] says; another `verb` makes another prompt.
pub fn prompt(verb: &str) -> String {
    format!(
        "name: sort\nversion: \"1\"\npurpose: the benchmark\n\
         system: |\n  You {verb} parts of complaints that customers of a bank wrote. Choose the one product that the part\n  \
         is mostly about, say how urgent it is from 1 to 5, and give a short reason in plain words.\n  \
         Answer with one JSON object and nothing else.\n  {{{{ llm_schema }}}}\n\
         user: |\n  A part of complaint {{{{ row.id }}}}:\n  {{{{ item }}}}\n"
    )
}

/// Three steps over `rows` rows, the middle one with a prompt.
pub fn three_steps(dir: &Path, rows: u64) -> io::Result<Job> {
    let (configuration, schema, prompt) = (format!("{HEAD}{THREE_STEPS}"), schema().to_string(), prompt("sort"));
    let files = [("casebook.yaml", configuration.as_str()), ("schema.json", &schema), (PROMPT, &prompt)];
    Job::write(dir, &files, (0..rows).map(row))
}

/// Three steps of rules over `rows` rows.
pub fn rules(dir: &Path, rows: u64) -> io::Result<Job> {
    Job::write(dir, &[("casebook.yaml", &format!("{HEAD}{RULES}"))], (0..rows).map(row))
}

/// One row whose output is a list of `elements` elements.
pub fn fan_out(dir: &Path, elements: u64) -> io::Result<Job> {
    Job::write(dir, &[("casebook.yaml", &format!("{HEAD}{FAN_OUT}"))], [elements.to_string()])
}
