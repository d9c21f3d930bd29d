//! The commands as functions: they open the run file and its transactions, keep the invocation and its manifests, and
//! call the stages in order.
//!
//! `pipeline` has the stages up to `generate` as methods, with a policy for each command that calls them: `run` (and
//! `run::author`, where a model writes a schema first) and `parse`. `stages` runs single stages with their manifests,
//! `export` and `report` among them. `dry_run` and `replay` begin with the same `planned` and write nothing. `session`
//! is an invocation at work. `input` opens the input and `images` the images; `compile`, `task` and `register` make a
//! project's tasks; `channels` and `pricing` open its models, and `servers`
//! says which kind of server each is asked on. Each other file is a command or serves one.
//!
//! Depends on `project`, `dispatch` and `stage`, and on what these use. Must never print, and never talk to a network
//! itself.

mod acquire;
mod again;
mod asked;
mod audience;
mod canary;
mod channels;
mod check;
mod compile;
mod destination;
mod document_pages;
mod documents;
mod drawing;
mod dry_run;
mod error;
mod eval;
mod examples;
mod expansion;
mod export_choice;
mod files;
mod gold;
mod images;
mod input;
mod item_folders;
mod keep;
mod live;
mod measure;
mod migrate;
mod model_notes;
mod notes;
mod of_step;
mod of_variant;
mod options;
mod out_folder;
mod pages;
mod parse;
mod ping;
mod pipeline;
mod planned;
mod prices;
mod pricing;
mod promote;
mod prompt_log;
mod prompt_versions;
mod push;
mod recorded;
mod register;
mod render;
mod replay;
mod review;
mod rows;
mod run;
mod run_object;
mod selection;
mod servers;
mod session;
mod set_aside;
mod sources;
mod stages;
mod step_reads;
mod task;
mod task_parts;
mod testset;
mod testset_check;
mod upkeep;
mod verify;
mod whole_file;
mod work_point;

pub use again::{export, report};
pub use audience::{Audience, HandlerResult};
pub use canary::{CanaryError, CanaryOptions, CanarySummary, canary, dry_run_canary};
pub use check::{Verification, VerifyCheck};
pub use destination::{Destination, Written};
pub use document_pages::write_document_pages;
pub use drawing::graph;
pub use dry_run::{Estimate, ItemEstimate, RequestEstimate, dry_run};
pub use error::EngineError;
pub use eval::{EvalOptions, EvalSummary, VariantEstimate, VariantStop, VariantWork, dry_run_eval, eval};
pub use examples::{ExamplesError, infer, write_schema};
pub use export_choice::ExportChoice;
pub use keep::KeptFile;
pub use live::{
    BatchId, BatchState, ColumnSpec, LiveDoor, LiveError, LiveFailure, LiveItem, LiveOptions, LiveRecord, LiveResult,
    LiveResults, LiveState, LiveSummary, LiveTask, LiveTicket, Refused, live,
};
pub use migrate::{KeyOutcome, MigrateFailure, MigrateOptions, Migrated, MigrationProblem, MigrationRow, migrate};
pub use of_step::{export_step, report_step};
pub use of_variant::{VariantChoice, export_variant, narrow_to, report_variant, variant_at};
pub use options::{Limited, RunEvent, RunOptions, RunSummary};
pub use pages::write_pages;
pub use parse::{ParseOptions, ParseSummary, parse};
pub use ping::{ApiKey, Ping, SchemaSupport, ping};
pub use prices::{KnownPrice, prices};
pub use promote::{
    Evidence, PromoteError, PromoteOptions, PromotedFigure, PromotedGate, Promotion, PromotionRefusal, pin_edits,
    promote,
};
pub use prompt_log::{PromptLog, PromptUse, prompt_log};
pub use prompt_versions::PromptVersion;
pub use push::{PushError, PushEvent, PushOptions, PushSummary, push};
pub use render::{
    CaseOutcome, CasesOutcome, Mismatch, RenderError, RenderTarget, RenderedImage, RenderedMessage, RenderedRequest,
    Rendering, RowChoice, WireKey, WireRequest, check_cases, next_request, render,
};
pub use review::{
    Card, HumanDecision, HumanRuling, Review, ReviewError, ReviewQueue, SampleRequest, SampleSummary, TakenDecisions,
    decide_from, write_sample_to,
};
pub use rows::{KEY, RowWriter, RowsError};
pub use run::{run, run_with};
pub use set_aside::{SetAside, set_aside};
pub use testset::{
    PreparedTestset, TestsetError, TestsetOptions, TestsetReview, finish as finish_testset, prepare as prepare_testset,
    undo as undo_testset, write_review as write_testset_review,
};
pub use testset_check::{TestsetCheckError, check_testset, is_place_for_quality, write_quality};
pub use upkeep::{CleanSummary, RetrySelection, clean, retry};
pub use verify::verify;
pub use whole_file::{Existing, write_whole};
pub use work_point::WorkPoint;

pub use crate::config::{FinetuneSource, OutputFormat};
pub use crate::dispatch::{
    BudgetStatus, BudgetStop, GenerationProgress, MaxFailures, PaceStatus, PacedBy, StepSummary, Stop, UsageTotals,
};
pub use crate::experiment::Ending;
pub use crate::price::Money;
pub use crate::project::{Given, GivenImages};
pub use crate::provider::{
    Completion, Finish, FunctionCall, Image, Message, ModelFunction, ProviderError, ProviderErrorKind, Role, TokenUsage,
};
pub use crate::record::PinStage;
pub use crate::schema::read_written_json;
pub use crate::stage::plan::Counts;
pub use crate::testset::{AskedCounts, Checked, Fault, FaultKind, MOST_OF_A_KIND};
pub use crate::transport::Interrupts;
pub use crate::view::decided::{CallsUsed, DecidedItem};
pub use crate::view::status::StepCounts;

/// How many values a list of values in an inferred schema has at most, by default.
pub const MAX_VALUES: usize = crate::schema::Inference::MAX_VALUES;
