//! Giskard 2: a `QATestset`, one question on each line.
//!
//! All six keys are required and no other is allowed. It is read with pandas, which makes numbers of a column in which
//! every text looks like one.

use serde_json::{Value, json};

use super::findings::EvalFindings;
use super::item::EvalItem;
use super::metadata::beside;
use super::pandas::TextColumn;

/// What the columns of texts look like to pandas.
#[derive(Debug, Default)]
pub(super) struct Giskard2Columns {
    id: TextColumn,
    question: TextColumn,
    reference_answer: TextColumn,
}

impl Giskard2Columns {
    /// A question: the last message, with those before it as history.
    pub(super) fn question(&mut self, item: &EvalItem, findings: &mut EvalFindings) -> Value {
        let turns = item.turns();
        let (last, before) = turns.split_last().map_or((("user", ""), &[][..]), |(last, before)| (*last, before));
        let (role, question) = last;
        if role != "user" {
            findings.renamed(role, "question");
        }
        // A null would be read as a number that is none.
        let answer = item.expected.as_deref().unwrap_or_default();
        self.id.see(&item.id);
        self.question.see(question);
        self.reference_answer.see(answer);
        let history: Vec<Value> =
            before.iter().map(|(role, content)| json!({"role": role, "content": content})).collect();
        // Reports group by it.
        let kind = if history.is_empty() { "simple" } else { "conversational" };
        let own = [("question_type", json!(kind)), ("criteria", json!(item.criteria))];
        let roles = (role != "user").then(|| ("roles", item.roles()));
        json!({
            "id": item.id, "question": question, "reference_answer": answer, "reference_context": "",
            "conversation_history": history, "metadata": beside(item, own.into_iter().chain(roles)),
        })
    }

    /// Counts the texts that would become numbers.
    pub(super) fn finish(&self, findings: &mut EvalFindings) {
        let columns = [("id", &self.id), ("question", &self.question), ("reference_answer", &self.reference_answer)];
        for (name, column) in columns {
            findings.retype(name, column.retyped_by_json());
        }
    }
}
