//! Where a work item stands under a variant: [`Stood`].

use crate::record::WorkStatus;

/// Where a work item stands under a variant: how many of its repeats stand where.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stood {
    pub(super) accepted: u16,
    pub(super) rejected: u16,
    /// Failed or blocked.
    pub(super) lost: u16,
    pub(super) skipped: u16,
    pub(super) open: u16,
}

impl Stood {
    pub(super) fn add(&mut self, status: WorkStatus) {
        let count = match status {
            WorkStatus::Accepted => &mut self.accepted,
            WorkStatus::Rejected => &mut self.rejected,
            WorkStatus::Failed | WorkStatus::Blocked => &mut self.lost,
            WorkStatus::Skipped => &mut self.skipped,
            WorkStatus::Pending => &mut self.open,
        };
        *count = count.saturating_add(1);
    }

    pub(super) fn is_planned(self) -> bool {
        self.is_decided() || self.open > 0
    }

    pub(super) fn is_decided(self) -> bool {
        self.accepted > 0 || self.rejected > 0 || self.lost > 0 || self.skipped > 0
    }
}
