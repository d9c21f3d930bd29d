//! Whether a work item can go on, by the status of what it is made from.

use crate::record::{WorkId, WorkStatus};

/// Where a work item stands by what it is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It can go on.
    No,
    /// It cannot, for this reason.
    Yes(WorkStatus, Option<String>),
}

/// Where that which is made from something of this status stands.
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
