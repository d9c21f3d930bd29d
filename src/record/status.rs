//! The closed sets of words that status columns hold. Each set is also a `CHECK` in the migrations; a test in the store
//! compares the two.

use std::fmt;
use std::str::FromStr;

/// A word that does not belong to the set as which it was read.
#[derive(Debug, thiserror::Error)]
#[error("`{word}` is not a {set}")]
pub struct UnknownWord {
    word: String,
    set: &'static str,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident ($set:literal) { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every word of the set, in the order of its definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in the run file.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.as_str()) }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord { word: word.to_owned(), set: $set }),
                }
            }
        }
    )*};
}

words! {
    /// The kind of a server that speaks `OpenAI`'s dialect: which schemas it holds answers to.
    ServerKind("kind of server") {
        /// `OpenAI`'s own service, with its strict mode.
        Openai = "openai",
        Vllm = "vllm",
        Sglang = "sglang",
        LlamaCpp = "llama_cpp",
        Ollama = "ollama",
        /// Any other, which is asked as `OpenAI` is.
        Other = "other",
    }

    /// How the kind of a server is known.
    ServerSource("source") {
        /// The configuration says it.
        Written = "written",
        /// Its address says it.
        Address = "address",
        /// It was asked once.
        Detected = "detected",
    }

    /// A step of the pipeline that leaves a manifest.
    Stage("stage") {
        /// A command fetches the input.
        Acquire = "acquire",
        /// The output schema is written by a model.
        Schema = "schema",
        /// The schema is closed and turned into the contract that answers are held to.
        Contract = "contract",
        /// The input becomes rows.
        Ingest = "ingest",
        /// Rows become work items.
        Plan = "plan",
        /// Work items get their outputs.
        Generate = "generate",
        /// The figures of an experiment are computed.
        Evaluate = "evaluate",
        /// The outputs become files.
        Export = "export",
        /// The run is described for people.
        Report = "report",
    }

    /// A place that a variant is promoted to.
    PinStage("stage of a pin") {
        Staging = "staging",
        Production = "production",
    }

    /// What a work item is made from.
    SourceKind("source kind") {
        /// One input row.
        Row = "row",
        /// All rows that share a value of the grouping column.
        Group = "group",
        /// One accepted output of another step.
        Output = "output",
        /// One element of a list in another step's output.
        Element = "element",
        /// What several steps made of the same source.
        Join = "join",
        /// A document, or a span of its lines.
        Document = "document",
        /// One combination of values from lists in another step's output.
        Pair = "pair",
        /// The task itself.
        Task = "task",
    }

    /// Where a work item stands. In every step, at every commit, the counts of these six add up to the work items that
    /// were planned.
    WorkStatus("work item status") {
        /// Not decided yet.
        Pending = "pending",
        /// Its output passed everything.
        Accepted = "accepted",
        /// It has valid answers, but none of them passed the checks and the judge.
        Rejected = "rejected",
        /// It has no valid answer.
        Failed = "failed",
        /// The configuration excludes it.
        Skipped = "skipped",
        /// A work item that it depends on was not accepted.
        Blocked = "blocked",
    }

    /// How work was started again.
    RoundKind("kind of round") {
        /// The records of a stage and of all later ones are set aside.
        Clean = "clean",
        /// Some work items are tried again with a new sample.
        Retry = "retry",
        /// Everything is requested again.
        Force = "force",
    }

    /// What was rendered when a template retrieved passages of knowledge.
    RetrievalPurpose("purpose of a retrieval") {
        /// A prompt that asks for an answer, or a recorded answer's values.
        Generation = "generation",
        /// A prompt that asks for a verdict.
        Judge = "judge",
        /// A check, or its message.
        Check = "check",
        /// The rule that computes an output.
        Rule = "rule",
    }

    /// How a call ended.
    CallOutcome("call outcome") {
        /// The request was sent, and no answer was read yet.
        InFlight = "in_flight",
        /// An answer was read.
        Answered = "answered",
        /// The provider or the connection failed.
        Failed = "failed",
        /// The process ended before the answer was read; it may have been billed.
        Lost = "lost",
    }

    /// How an attempt ended: accepted, or the kind of its failure.
    AttemptOutcome("attempt outcome") {
        /// The answer is valid and passed the checks and, if there is one, the judge.
        Accepted = "accepted",
        /// The answer was empty.
        Empty = "empty",
        /// The answer held no JSON object.
        NoJson = "no_json",
        /// The answer held more than one JSON object.
        ManyJson = "many_json",
        /// The answer's JSON could not be read.
        InvalidJson = "invalid_json",
        /// The JSON was not valid against the schema.
        InvalidSchema = "invalid_schema",
        /// A check failed, or could not be evaluated.
        CheckFailed = "check_failed",
        /// A quote is not what stands on the lines that it names.
        EvidenceFailed = "evidence_failed",
        /// The judge's verdict was FAIL, or its score too low.
        JudgeFailed = "judge_failed",
        /// The judge gave no valid verdict.
        JudgeInvalid = "judge_invalid",
        /// A person accepted the output, or wrote it.
        HumanAccepted = "human_accepted",
        /// A person rejected the output.
        HumanRejected = "human_rejected",
        /// The answer was cut off at the output limit (`finish_reason` length).
        Truncated = "truncated",
        /// The model refused.
        Refused = "refused",
        /// The provider's content filter held the answer back.
        ContentFilter = "content_filter",
        /// `recorded`: no record matches.
        NoRecord = "no_record",
        /// `recorded`: several different records match.
        ManyRecords = "many_records",
        /// The prompt could not be rendered for this work item.
        RenderError = "render_error",
        /// An image of the prompt could not be read.
        ImageError = "image_error",
        /// There is no request: what makes requests failed for this work item.
        RequestError = "request_error",
        /// The provider did not answer in time.
        Timeout = "timeout",
        /// The endpoint could not be reached, or the connection broke.
        Connection = "connection",
        /// The provider kept refusing for too many requests (HTTP 429).
        RateLimited = "rate_limited",
        /// The provider failed (HTTP 5xx).
        ServerError = "server_error",
        /// The provider did not accept the request (HTTP 4xx).
        BadRequest = "bad_request",
        /// The provider's response could not be read.
        InvalidResponse = "invalid_response",
        /// A model that is a function of the program failed, or panicked.
        ModelError = "model_error",
    }

    /// Why the pace of requests changed, in ascending order of importance.
    PaceReason("reason of a change of pace") {
        /// The endpoint accepted everything that was sent.
        Growth = "growth",
        /// A limit per minute applies: the configuration's, or what the endpoint says is left of its own.
        Limits = "limits",
        /// Nothing was left of a limit, so all requests wait for its reset.
        Wait = "wait",
        /// The endpoint took too much at a time: it refused requests (HTTP 503, 529), did not answer in time, or broke
        /// connections.
        Overload = "overload",
        /// The endpoint refused requests (HTTP 429).
        RateLimited = "rate_limited",
        /// An invocation began.
        Start = "start",
    }

    /// Whether a quote is what stands on the lines that it names.
    ClaimStatus("status of a claim") {
        /// It equals these lines.
        Exact = "exact",
        /// It equals them but for the blanks at the ends of lines, which are allowed to differ.
        Trimmed = "trimmed",
        /// It stands exactly once elsewhere in the row: the claim has these lines now.
        Relocated = "relocated",
        /// It is a part of these lines.
        Part = "part",
        /// It is none of these.
        NotFound = "not_found",
    }

    /// A judge's decision.
    Verdict("verdict") {
        /// Good enough.
        Pass = "PASS",
        /// Not good enough.
        Fail = "FAIL",
    }

    /// A person's decision on a work item.
    DecisionKind("decision") {
        /// The output is good enough.
        Accept = "accept",
        /// The output is not good enough.
        Reject = "reject",
        /// The output is one that the person wrote.
        Edit = "edit",
    }

    /// Whether an invocation ended, and how.
    InvocationStatus("invocation status") {
        /// At work, or killed and not yet found dead.
        Running = "running",
        /// Ended without an error.
        Done = "done",
        /// Ended with an error.
        Failed = "failed",
        /// Ended by the user; resumable.
        Interrupted = "interrupted",
        /// Found dead by a later invocation; resumable.
        Killed = "killed",
    }

    /// How a stage ended.
    ManifestStatus("manifest status") {
        /// It did its work.
        Done = "done",
        /// Its inputs are unchanged, so its earlier work still holds.
        Reused = "reused",
        /// It ended with an error, and nothing but this was written.
        Failed = "failed",
        /// The user stopped it; what it had done is kept.
        Interrupted = "interrupted",
    }
}

impl AttemptOutcome {
    /// Whether the provider answered. If it did not, another try may succeed; if it did, the tape would only give the
    /// same answer again.
    #[must_use]
    pub fn was_answered(self) -> bool {
        !matches!(
            self,
            Self::NoRecord
                | Self::ManyRecords
                | Self::RenderError
                | Self::ImageError
                | Self::RequestError
                | Self::Timeout
                | Self::Connection
                | Self::RateLimited
                | Self::ServerError
                | Self::BadRequest
                | Self::InvalidResponse
                | Self::ModelError
        )
    }

    /// Whether the next run tries again by itself: there was no answer, and another try may succeed. A request that was
    /// refused as wrong would be refused again.
    #[must_use]
    pub fn is_tried_again(self) -> bool {
        !self.was_answered() && self != Self::BadRequest
    }

    /// Whether further attempts are pointless without a new sample.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::JudgeInvalid | Self::HumanRejected | Self::BadRequest)
    }

    /// Whether the attempt has an output that is valid against the schema.
    #[must_use]
    pub fn has_valid_output(self) -> bool {
        matches!(
            self,
            Self::Accepted
                | Self::CheckFailed
                | Self::EvidenceFailed
                | Self::JudgeFailed
                | Self::JudgeInvalid
                | Self::HumanAccepted
                | Self::HumanRejected
        )
    }

    /// The status that a person's decision gives the work item; `None` if no person decided.
    #[must_use]
    pub fn by_a_person(self) -> Option<WorkStatus> {
        match self {
            Self::HumanAccepted => Some(WorkStatus::Accepted),
            Self::HumanRejected => Some(WorkStatus::Rejected),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for outcome in AttemptOutcome::ALL {
            assert_eq!(outcome.as_str().parse::<AttemptOutcome>().unwrap(), *outcome);
        }
        assert!("Accepted".parse::<WorkStatus>().is_err());
    }
}
