//! An evaluation while it is at work.

use std::path::PathBuf;

use super::compiled::Prepared;
use super::options::EvalOptions;
use super::summary::VariantWork;
use crate::dispatch::calls;
use crate::engine::audience::Audience;
use crate::engine::options::{Limited, RunEvent};
use crate::engine::session::Session;
use crate::experiment::Evaluation;
use crate::stage::record::Forced;
use crate::transport::Interrupts;

/// An evaluation at work.
pub(super) struct EvalWork<'a, 'o> {
    pub(super) session: &'a mut Session,
    pub(super) prepared: &'a Prepared,
    pub(super) options: &'a EvalOptions,
    pub(super) audience: &'a mut Audience<'o>,
    pub(super) interrupts: Interrupts,
    pub(super) done: Vec<VariantWork>,
    pub(super) limited: Option<Limited>,
    /// Whether the user or the budget ended it early.
    pub(super) is_cut_short: bool,
    pub(super) forced: Option<Forced>,
    pub(super) evaluation: Option<Evaluation>,
    pub(super) files: Vec<PathBuf>,
}

impl<'a, 'o> EvalWork<'a, 'o> {
    pub(super) fn begin(
        session: &'a mut Session,
        prepared: &'a Prepared,
        (options, audience): (&'a EvalOptions, &'a mut Audience<'o>),
        interrupts: Interrupts,
    ) -> Self {
        let done = prepared.variants.iter().map(|it| VariantWork::nothing(&it.variant.name)).collect();
        let lost = session.unfinished.calls as u64;
        if lost > 0 {
            audience.see(&RunEvent::Note(format!(
                "{} in flight when an earlier run was killed; they may have been billed, and are sent again",
                calls(lost)
            )));
        }
        Self {
            session,
            prepared,
            options,
            audience,
            interrupts,
            done,
            limited: None,
            is_cut_short: false,
            forced: None,
            evaluation: None,
            files: Vec::new(),
        }
    }
}
