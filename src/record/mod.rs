//! The words of the record as types: ids, statuses and the canonical form they are digests of.
//!
//! Every other room may use this one. It depends on nothing of the project, does no I/O, and never reads the clock,
//! the environment or randomness.

pub mod canonical;
mod id;
mod status;

pub use id::{
    CacheId, ConfigId, DatasetId, Digest, GroupContextId, InputId, ParseIdError, RequestId, RowId, SpecId, TaskId,
    WorkId,
};
pub use status::{
    AttemptOutcome, CallOutcome, DecisionKind, InvocationStatus, ManifestStatus, PaceReason, RoundKind, SourceKind,
    Stage, UnknownWord, Verdict, WorkStatus,
};
