//! Writing a file item by item: [`EvalWriter`].

use serde_json::Value;

use super::evidently::EvidentlyTable;
use super::file::{EvalFile, Framing};
use super::findings::EvalFindings;
use super::item::EvalItem;
use super::json::push_line;
use super::{deepeval, giskard, giskard_hub, giskard2, inspect, langfuse, promptfoo};

/// What the files of an export have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalSettings {
    /// The name of the data set.
    pub dataset: String,
    /// The names that items' metadata may have, as far as they are known. A table has a column for each.
    pub names: Vec<String>,
}

/// Writes one file. Memory is that of one item.
#[derive(Debug)]
pub struct EvalWriter<'a> {
    file: EvalFile,
    settings: &'a EvalSettings,
    items: u64,
    findings: EvalFindings,
    table: EvidentlyTable,
    testset: giskard2::Giskard2Columns,
}

impl<'a> EvalWriter<'a> {
    /// Begins the file.
    #[must_use]
    pub fn begin(file: EvalFile, settings: &'a EvalSettings, out: &mut Vec<u8>) -> Self {
        let table = EvidentlyTable::new(&settings.names);
        match file.framing() {
            Framing::Array => out.push(b'['),
            Framing::Lines => {}
            Framing::Csv => table.push_header(out),
            Framing::Fixed(text) => out.extend_from_slice(text.as_bytes()),
        }
        let testset = giskard2::Giskard2Columns::default();
        Self { file, settings, items: 0, findings: EvalFindings::default(), table, testset }
    }

    /// Adds an item, if it is one of those that the file takes.
    pub fn push(&mut self, item: &EvalItem, out: &mut Vec<u8>) {
        let framing = self.file.framing();
        if framing == Framing::Csv {
            self.table.push(item, out);
        } else {
            let Some(value) = self.value(item) else { return };
            if framing == Framing::Array {
                out.extend_from_slice(if self.items == 0 { b"\n" } else { b",\n" });
            }
            push_line(&value, out);
            if framing == Framing::Lines {
                out.push(b'\n');
            }
        }
        self.findings.see(item);
        self.items += 1;
    }

    /// Ends the file; returns how many items it has, and what there is to say about them.
    #[must_use]
    pub fn finish(mut self, out: &mut Vec<u8>) -> (u64, EvalFindings) {
        if self.file.framing() == Framing::Array {
            out.extend_from_slice(if self.items == 0 { b"]\n" } else { b"\n]\n" });
        }
        self.testset.finish(&mut self.findings);
        self.table.finish(&mut self.findings);
        (self.items, self.findings)
    }

    fn value(&mut self, item: &EvalItem) -> Option<Value> {
        let findings = &mut self.findings;
        match self.file {
            EvalFile::DeepEvalGoldens => deepeval::golden(item, findings),
            EvalFile::DeepEvalConversations => deepeval::conversation(item, findings),
            EvalFile::GiskardScenarios => Some(giskard::scenario(item)),
            EvalFile::Giskard2Testset => Some(self.testset.question(item, findings)),
            EvalFile::GiskardHub => Some(giskard_hub::scenario(item, findings)),
            EvalFile::Inspect => Some(inspect::sample(item, findings)),
            EvalFile::PromptfooTests => Some(promptfoo::test(item, findings)),
            EvalFile::LangfuseItems => Some(langfuse::langfuse_item(item, &self.settings.dataset, findings)),
            EvalFile::Evidently | EvalFile::PromptfooPrompt | EvalFile::PromptfooConfig => None,
        }
    }
}
