//! The words of the record as types: ids and digests (`id`), the statuses that columns hold (`status`), the types of
//! input columns (`column`), the columns of documents ([`document`]), paths into outputs (`path`) and the claims at
//! them (`claim`), the names of encodings (`encoding`), numbers for people (`number`), and the canonical JSON that ids
//! are digests of ([`canonical`]).
//!
//! Every other room may use this one. It depends on no other room. It must never do I/O, or read the clock, the
//! environment or randomness.

pub mod canonical;
mod claim;
mod column;
pub mod document;
mod encoding;
mod id;
mod number;
mod path;
mod status;
mod variant;

pub use claim::{ClaimPlaces, each_line, line_number, lines_within, shift, shift_lines};
pub use column::{CellValue, ColumnKind, ColumnType, Field, TypeInference, is_number, json_value};
pub use encoding::encoding_named;
pub use id::{
    CacheId, ConfigId, DatasetId, Digest, GroupContextId, InputId, ParseIdError, RequestId, RowId, SpecId, TaskId,
    VariantId, WorkId,
};
pub use number::thousands;
pub use path::{OutputPath, PathError, PathGap, PathPart, Place};
pub use status::{
    AttemptOutcome, CallOutcome, ClaimStatus, DecisionKind, InvocationStatus, ManifestStatus, PaceReason, PinStage,
    RetrievalPurpose, RoundKind, ServerKind, ServerSource, SourceKind, Stage, UnknownWord, Verdict, WorkStatus,
};
pub use variant::VariantAt;
