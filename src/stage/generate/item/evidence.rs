//! What a work item makes of the claims in its output.

use std::borrow::Cow;

use serde_json::Value;

use super::ItemInProgress;
use crate::record::{AttemptOutcome, ClaimStatus};
use crate::stage::generate::fault::Fault;
use crate::stage::generate::task::Task;

impl ItemInProgress {
    /// Holds the claims of the output against the lines of the row, and keeps them for the attempt.
    pub(super) fn hold(&mut self, task: &Task, output: &mut Value) -> Result<(), Fault> {
        let (Some(evidence), Some(row)) = (&task.evidence, &self.work.row) else { return Ok(()) };
        let (mut held, mut fault) = evidence.hold(evidence.text(row), output);
        let is_moved = held.claims.iter().any(|claim| claim.status == ClaimStatus::Relocated);
        // Other lines are other values: elements that have to differ may be equal now.
        if let (true, None, Err(violations)) = (is_moved, &fault, task.contract.validate(output)) {
            let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
            let what = "with the lines where its quotes stand, the answer is not valid against the schema";
            fault = Some(Fault::new(AttemptOutcome::EvidenceFailed, format!("{what}\n{}", lines.join("\n"))));
        }
        let first_line = evidence.first_line(row).unwrap_or(1);
        if let (false, None, Err(violations)) =
            (held.claims.is_empty(), &fault, evidence.fits(&task.contract, output, first_line))
        {
            let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
            let what = "with lines of the document, the answer is not valid against the schema: leave the bound of \
                        lines out of the schema";
            fault = Some(Fault::new(AttemptOutcome::InvalidSchema, format!("{what}\n{}", lines.join("\n"))));
            held.claims.clear();
        }
        self.current.claims = held.claims;
        self.current.is_final = held.is_final;
        fault.map_or(Ok(()), Err)
    }

    /// The output with lines of the document, for expressions and whatever follows an accepted output.
    pub(super) fn in_document<'o>(&self, task: &Task, output: Cow<'o, Value>) -> Cow<'o, Value> {
        match (&task.evidence, self.work.first_line(task)) {
            (Some(evidence), Some(first_line)) => evidence.in_document(output, first_line),
            _ => output,
        }
    }

    /// The output of an answer whose attempt was accepted.
    pub(super) fn accepted_output(&self, task: &Task, mut output: Value) -> Value {
        if let (Some(evidence), Some(row)) = (&task.evidence, &self.work.row) {
            evidence.hold_again(evidence.text(row), &mut output);
        }
        self.in_document(task, Cow::Owned(output)).into_owned()
    }
}
