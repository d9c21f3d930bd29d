//! Whether a work item can proceed, by the status of what it is made from.

use crate::record::{WorkId, WorkStatus};

/// Whether a work item has to wait for its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It can proceed.
    No,
    /// It gets this status meanwhile, with this reason.
    Yes(WorkStatus, Option<String>),
}

/// Returns whether a work item has to wait if its source `work_id` has this status.
pub(super) fn waits_for(status: WorkStatus, work_id: WorkId) -> Waits {
    match status {
        WorkStatus::Accepted => Waits::No,
        WorkStatus::Pending => Waits::Yes(WorkStatus::Pending, None),
        WorkStatus::Skipped => {
            Waits::Yes(WorkStatus::Skipped, Some(format!("{work_id}, which it is made from, is skipped")))
        }
        WorkStatus::Rejected | WorkStatus::Failed | WorkStatus::Blocked => {
            Waits::Yes(WorkStatus::Blocked, Some(format!("{work_id}, which it is made from, is {status}")))
        }
    }
}
