//! A canary while it is at work.

use super::options::CanaryOptions;
use super::prepared::Prepared;
use crate::engine::audience::Audience;
use crate::engine::options::RunEvent;
use crate::engine::session::Session;
use crate::record::VariantAt;
use crate::stage::canary::{CanaryStart, CanaryWork};
use crate::stage::gold::GoldAnswers;
use crate::stage::ingest::Dataset;
use crate::transport::Interrupts;

/// A run of a canary at work.
pub(super) struct CanaryRun<'a, 'o> {
    pub(super) session: &'a mut Session,
    pub(super) prepared: &'a Prepared,
    pub(super) options: &'a CanaryOptions,
    pub(super) audience: &'a mut Audience<'o>,
    pub(super) interrupts: Interrupts,
}

/// What is asked in it.
pub(super) struct AskedCanary {
    pub(super) start: CanaryStart,
    pub(super) work: CanaryWork,
    pub(super) dataset: Dataset,
    pub(super) gold: Option<GoldAnswers>,
}

impl AskedCanary {
    pub(super) fn at(&self) -> VariantAt {
        VariantAt { number: self.work.variant, repeat: self.start.number }
    }
}

impl<'a, 'o> CanaryRun<'a, 'o> {
    pub(super) fn new(
        session: &'a mut Session,
        prepared: &'a Prepared,
        (options, audience): (&'a CanaryOptions, &'a mut Audience<'o>),
        interrupts: Interrupts,
    ) -> Self {
        Self { session, prepared, options, audience, interrupts }
    }

    pub(super) fn note(&mut self, note: String) {
        self.audience.see(&RunEvent::Note(note));
    }
}
