//! Ids and status words as column values: an id is 40 hex digits, a status is its word. A value that is neither is an
//! error of reading the column.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

use crate::record::{
    AttemptOutcome, CacheId, CallOutcome, ClaimStatus, ConfigId, DatasetId, DecisionKind, Digest, GroupContextId,
    InvocationStatus, ManifestStatus, PaceReason, PinStage, RequestId, RetrievalPurpose, RoundKind, RowId, ServerKind,
    ServerSource, SourceKind, SpecId, Stage, TaskId, VariantId, Verdict, WorkId, WorkStatus,
};

macro_rules! as_text {
    ($($name:ty),* $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.to_string()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|error| FromSqlError::Other(Box::new(error)))
            }
        }
    )*};
}

as_text!(
    Digest,
    RowId,
    GroupContextId,
    WorkId,
    RequestId,
    CacheId,
    TaskId,
    VariantId,
    SpecId,
    ConfigId,
    DatasetId,
    Stage,
    SourceKind,
    WorkStatus,
    CallOutcome,
    AttemptOutcome,
    ClaimStatus,
    Verdict,
    DecisionKind,
    InvocationStatus,
    ManifestStatus,
    PaceReason,
    PinStage,
    RetrievalPurpose,
    RoundKind,
    ServerKind,
    ServerSource,
);
