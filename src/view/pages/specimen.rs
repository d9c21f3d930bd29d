//! Made-up work items on which a template is tried: one that has everything, and one that has nothing.

use serde_json::json;

use crate::view::item::{
    AttemptRecord, CallRecord, Claimed, DocumentLine, InputRow, ItemHistory, ItemPassage, ItemRetrieval, JudgeOpinion,
    Relative, RowGroup, SentMessage,
};

/// A work item that is only planned.
pub(super) fn bare() -> ItemHistory {
    ItemHistory {
        work_id: "0".repeat(40),
        step: "generate".to_owned(),
        source: "row".to_owned(),
        planned: true,
        status: "pending".to_owned(),
        attempts_made: 0,
        sample: 1,
        cache_id: String::new(),
        task_id: "0".repeat(40),
        row: None,
        group: None,
        item: None,
        reason: None,
        parents: Vec::new(),
        children: Vec::new(),
        relatives_cut: false,
        output: None,
        evidence: Vec::new(),
        evidence_cut: 0,
        attempts: Vec::new(),
        calls: Vec::new(),
    }
}

/// A work item of which everything is known.
pub(super) fn full() -> ItemHistory {
    let text = || "text".to_owned();
    let relative = || Relative { work_id: text(), step: text(), status: text(), output: Some(json!({"a": 1})) };
    let fields = vec![(text(), json!("value")), (text(), json!(7))];
    let row = InputRow { row_id: text(), row_index: 0, line: 2, dataset: Some(text()), document: Some(text()), fields };
    ItemHistory {
        status: "accepted".to_owned(),
        attempts_made: 2,
        row: Some(row),
        group: Some(RowGroup { group_key: text(), rows: 2, included_rows: 2, context: Some(text()) }),
        item: Some(json!("element")),
        reason: Some(text()),
        parents: vec![relative()],
        children: vec![relative()],
        relatives_cut: true,
        output: Some(json!({"a": [1, "b"]})),
        evidence: vec![claimed()],
        evidence_cut: 1,
        attempts: vec![attempt("check_failed"), attempt("accepted")],
        calls: vec![call("answered"), call("failed")],
        ..bare()
    }
}

fn attempt(outcome: &str) -> AttemptRecord {
    let text = || Some("text".to_owned());
    let said = || vec![SentMessage { role: "user".to_owned(), content: "text".to_owned() }];
    let opinion = JudgeOpinion {
        judge: "judge".to_owned(),
        model: text(),
        verdict: "PASS".to_owned(),
        score: 90,
        scores: Some(json!({"a": 1})),
        reasons: Some(json!(["fine"])),
    };
    AttemptRecord {
        number: 1,
        sample: 1,
        current: true,
        outcome: outcome.to_owned(),
        detail: text(),
        provider: text(),
        model: text(),
        request_id: text(),
        prompt: said(),
        answer: text(),
        thoughts: text(),
        judge_request_id: text(),
        judge_prompt: said(),
        judge_answer: text(),
        verdict: Some("PASS".to_owned()),
        score: Some(90),
        reasons: Some(json!(["fine"])),
        decided_at: "2026-01-01T00:00:00.000Z".to_owned(),
        output: Some(json!({"a": 1})),
        candidate: Some(1),
        decided_by: text(),
        opinions: vec![opinion],
        claims: vec![claimed()],
        retrieved: vec![ItemRetrieval {
            number: 1,
            purpose: "generation".to_owned(),
            knowledge: "text".to_owned(),
            query: "text".to_owned(),
            k: 5,
            passages: vec![ItemPassage {
                document: "text".to_owned(),
                line_start: 1,
                line_end: 2,
                heading_path: "text".to_owned(),
            }],
        }],
    }
}

fn call(outcome: &str) -> CallRecord {
    let text = || Some("text".to_owned());
    CallRecord {
        purpose: "generation".to_owned(),
        request_id: "text".to_owned(),
        provider: "text".to_owned(),
        model: "text".to_owned(),
        outcome: outcome.to_owned(),
        http_status: Some(200),
        finish: text(),
        error_kind: text(),
        error: text(),
        duration_ms: Some(10),
        input_tokens: Some(10),
        output_tokens: Some(10),
        cached_tokens: Some(1),
        reasoning_tokens: Some(1),
        cost_usd: Some(0.1),
        started_at: "2026-01-01T00:00:00.000Z".to_owned(),
    }
}

fn claimed() -> Claimed {
    let line = |line, cited| DocumentLine { line, page: Some(1), text: "text".to_owned(), cited };
    Claimed {
        claim: "text".to_owned(),
        fault: None,
        path: "a[0]".to_owned(),
        status: "relocated".to_owned(),
        document: "text".to_owned(),
        line_start: Some(2),
        line_end: Some(2),
        cited_start: Some(3),
        cited_end: Some(3),
        quote: "text".to_owned(),
        lines: vec![line(1, false), line(2, true)],
        lines_cut: 1,
    }
}
