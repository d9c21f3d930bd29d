//! Run files in memory, put together record by record, for the report's tests.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::store::scratch;

const TIME: &str = "2026-05-04T10:00:00.000Z";

/// A run file that grows.
pub(super) struct RunFile {
    pub(super) connection: Connection,
    columns: usize,
    rows: i64,
}

/// One exchange with a provider.
pub(super) struct FixtureExchange<'a> {
    pub(super) spec: i64,
    pub(super) purpose: &'a str,
    /// An answer, or the kind of an error.
    pub(super) answer: Result<&'a str, &'a str>,
    pub(super) duration_ms: Option<i64>,
    pub(super) tokens: Option<(i64, i64)>,
    pub(super) cost_usd: Option<f64>,
}

/// One decided attempt.
pub(super) struct FixtureAttempt<'a> {
    pub(super) number: i64,
    pub(super) outcome: &'a str,
    pub(super) detail: Option<&'a str>,
    /// The rowid of the response that it is made of.
    pub(super) response: Option<i64>,
    /// The rowid of the judge's response.
    pub(super) judged: Option<i64>,
    pub(super) verdict: Option<(&'a str, i64, Value)>,
}

impl RunFile {
    /// A run file with a configuration, one step, two specs (1: generation, 2: judge) and a data set.
    pub(super) fn new(name: &str, provider: &str, columns: &[&str], rows: i64) -> Self {
        let connection = scratch();
        let snapshot = json!({
            "config": {
                "run": {"name": name, "seed": 42}, "input": {"path": "input.csv", "key": null},
                "llm": {"provider": {"name": provider}, "model": "gpt_4o", "temperature": 0},
                "judge": {"min_score": 70, "llm": {"model": "claude_3_5_sonnet"}},
            },
            "files": {"prompts.generation": "…"},
        });
        let all = "BEGIN";
        connection.execute_batch(all).unwrap();
        let run = |sql: &str, parameters: &[&dyn rusqlite::ToSql]| connection.execute(sql, parameters).unwrap();
        run(
            "INSERT INTO config VALUES (1, ?1, ?2, ?3)",
            &[&"4fd1c0ffee4fd1c0ffee4fd1c0ffee4fd1c0ffee", &snapshot.to_string(), &TIME],
        );
        run("INSERT INTO invocation VALUES (1, 'u1', 'run', '0.1.0', 7, 1, 'done', NULL, ?1, ?1)", &[&TIME]);
        run("INSERT INTO step VALUES (1, 'generate', NULL, 1, 1, 1, 1)", &[]);
        run("INSERT INTO task VALUES (1, 't', 1, '{}', ?1)", &[&TIME]);
        run("INSERT INTO spec VALUES (1, 's1', ?1, 'gpt_4o', '{}')", &[&provider]);
        run("INSERT INTO spec VALUES (2, 's2', ?1, 'claude_3_5_sonnet', '{}')", &[&provider]);
        run(
            "INSERT INTO dataset VALUES (1, 'd', 'input', 'input.csv', 'csv', ?1, 12345, ?2, '[]', NULL, ?3, ?4)",
            &[&"da39a3ee5e6b4b0d3255bfef95601890afd80709", &json!(columns).to_string(), &rows, &TIME],
        );
        run("INSERT INTO text VALUES (1, 'x', 'context')", &[]);
        Self { columns: columns.len(), connection, rows: 0 }
    }

    fn run(&self, sql: &str, parameters: &[&dyn rusqlite::ToSql]) -> i64 {
        self.connection.execute(sql, parameters).unwrap();
        self.connection.last_insert_rowid()
    }

    /// Adds a group; returns its rowid.
    pub(super) fn group(&self, key: &str, rows: i64) -> i64 {
        self.run("INSERT INTO row_group VALUES (NULL, 1, 'g', ?1, ?2, min(?2, 50), 1)", &[&key, &rows])
    }

    /// Adds a row with its work item, pending; returns the work item's rowid.
    pub(super) fn row(&mut self, fields: &[&str], group: Option<i64>) -> i64 {
        assert_eq!(fields.len(), self.columns);
        let index = self.rows;
        self.rows += 1;
        let row = self.run(
            "INSERT INTO input_row (id, dataset, row_id, row_index, line, fields) VALUES (NULL, 1, ?1, ?2, ?2 + 2, ?3)",
            &[&format!("row{index}"), &index, &json!(fields).to_string()],
        );
        let work_id = crate::record::Digest::of_bytes(format!("work {index}").as_bytes()).to_string();
        self.item(&work_id, "row", Some(row), group, index)
    }

    /// Adds a work item, pending; returns its rowid.
    pub(super) fn item(
        &self,
        work_id: &str,
        source_kind: &str,
        row: Option<i64>,
        group: Option<i64>,
        position: i64,
    ) -> i64 {
        let of_row = row.filter(|_| source_kind == "row");
        let source = of_row.is_none().then(|| json!([source_kind, position]).to_string());
        let item = self
            .run("INSERT INTO work_item VALUES (NULL, ?1, 1, ?2, ?3, ?4)", &[&work_id, &source_kind, &of_row, &source]);
        self.run(
            "INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, row_group, position, task,
                                   cache_id, sample, status, attempts, open_sources, handed_on)
             VALUES (?1, 1, 1, 1, 1, ?2, ?3, ?4, 1, 'c' || ?1, 1, 'pending', 0, 0, 0)",
            &[&item, &row, &group, &position],
        );
        item
    }

    /// Adds a call with its response; returns the rowid of the response.
    pub(super) fn call(&self, item: i64, exchange: &FixtureExchange<'_>) -> i64 {
        let count: i64 =
            self.connection.query_row("SELECT coalesce(max(id), 0) FROM request", [], |row| row.get(0)).unwrap();
        let request = self.run(
            "INSERT INTO request VALUES (NULL, ?1, ?2, 1, NULL, NULL, '[]')",
            &[&format!("r{count}"), &exchange.spec],
        );
        let (input, output) = exchange.tokens.unzip();
        let call = self.run(
            "INSERT INTO call (request, work_item, invocation, is_judge, started_at) VALUES (?1, ?2, 1, ?3 = 'judge', ?4)",
            &[&request, &item, &exchange.purpose, &TIME],
        );
        self.connection
            .execute(
                "INSERT INTO response (call, invocation, duration_ms, answer, error_kind, error, input_tokens, output_tokens,
                                       cost_usd)
                 VALUES (?1, 1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
                params![
                    call,
                    exchange.duration_ms,
                    exchange.answer.ok(),
                    exchange.answer.err(),
                    input,
                    output,
                    exchange.cost_usd
                ],
            )
            .unwrap();
        let response = self.connection.last_insert_rowid();
        self.run(
            "INSERT INTO spending VALUES (1, 1, coalesce(CAST(?1 * 1e12 AS INTEGER), 0),
                                          coalesce(CAST(?1 * 1e12 AS INTEGER), 0), ?1 IS NOT NULL, ?1 IS NULL, NULL)
             ON CONFLICT (invocation) DO UPDATE
             SET calls = calls + 1, spent_pico_usd = spent_pico_usd + excluded.spent_pico_usd,
                 cost_pico_usd = cost_pico_usd + excluded.cost_pico_usd,
                 priced_calls = priced_calls + excluded.priced_calls,
                 unpriced_calls = unpriced_calls + excluded.unpriced_calls",
            &[&exchange.cost_usd],
        );
        response
    }

    /// Adds a decided attempt; returns its rowid.
    pub(super) fn attempt(&self, item: i64, it: &FixtureAttempt<'_>) -> i64 {
        let (verdict, score, reasons) = match &it.verdict {
            Some((verdict, score, reasons)) => (Some(*verdict), Some(*score), Some(reasons.to_string())),
            None => (None, None, None),
        };
        self.connection
            .execute(
                "INSERT INTO attempt (work_item, task, invocation, cache_id, sample, number, outcome, detail, request,
                                      response, verdict, score, reasons, decided_at)
                 SELECT work_item, 1, 1, cache_id, 1, ?2, ?3, ?4,
                        (SELECT request FROM response JOIN call ON call.id = response.call WHERE response.id = ?5), ?5,
                        ?6, ?7, ?8, ?9
                 FROM standing WHERE work_item = ?1",
                params![item, it.number, it.outcome, it.detail, it.response, verdict, score, reasons, TIME],
            )
            .unwrap();
        let attempt = self.connection.last_insert_rowid();
        if let Some(response) = it.judged {
            self.run(
                "INSERT INTO verdict VALUES (NULL, ?1, 1, 'judge', ?2, ?3, ?4, NULL, ?5)",
                &[&attempt, &response, &verdict, &score, &reasons],
            );
        }
        attempt
    }

    /// Decides a work item after its last attempt; an accepted one has an output.
    pub(super) fn settle(&self, item: i64, status: &str, attempt: i64, output: Option<&Value>) {
        let entry = output.map(|output| {
            self.run(
                "INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (NULL, ?1, ?2, ?3)",
                &[&item, &attempt, &output.to_string()],
            )
        });
        self.run(
            "UPDATE standing SET status = ?2, last_attempt = ?3, cache_entry = ?4,
                    attempts = (SELECT number FROM attempt WHERE id = ?3) WHERE work_item = ?1",
            &[&item, &status, &attempt, &entry],
        );
    }

    /// Adds a finished manifest of the first invocation; returns its rowid.
    pub(super) fn manifest(&self, stage: &str, outputs: &Value, counts: &Value) -> i64 {
        self.run(
            "INSERT INTO manifest VALUES (NULL, 1, ?1, NULL, 'done', NULL, '{}', ?2, ?3, NULL, ?4, ?4)",
            &[&stage, &outputs.to_string(), &counts.to_string(), &TIME],
        )
    }

    /// Adds the manifests of `contract`, `ingest` and `plan`; returns that of `ingest`.
    pub(super) fn manifests(&self, fields: &Value, counts: &Value) -> i64 {
        self.manifest("contract", &json!({"schema_text": 1, "fields": fields}), &json!({}));
        let ingest = self.manifest("ingest", &json!({"dataset": 1}), counts);
        self.manifest("plan", &json!({}), &json!({}));
        ingest
    }

    /// Adds an anomaly.
    pub(super) fn anomaly(&self, manifest: i64, kind: &str, subject: Option<&str>, detail: &str) {
        self.run("INSERT INTO anomaly VALUES (NULL, ?1, ?2, ?3, ?4)", &[&manifest, &kind, &subject, &detail]);
    }

    /// The finished record.
    pub(super) fn finish(self) -> Connection {
        self.connection.execute_batch("COMMIT").unwrap();
        self.connection
    }
}

impl FixtureExchange<'_> {
    /// An answer of the generation, with nothing known of it but its text.
    pub(super) fn answered(answer: &str) -> FixtureExchange<'_> {
        FixtureExchange {
            spec: 1,
            purpose: "generation",
            answer: Ok(answer),
            duration_ms: Some(1500),
            tokens: None,
            cost_usd: None,
        }
    }
}

impl<'a> FixtureAttempt<'a> {
    /// An attempt that was not judged.
    pub(super) fn plain(number: i64, outcome: &'a str, detail: Option<&'a str>, response: i64) -> Self {
        Self { number, outcome, detail, response: Some(response), judged: None, verdict: None }
    }
}

/// A small run with one of everything: two groups, a retry, a rejection, a failure, an item still to be done.
pub(super) fn small(provider: &str) -> Connection {
    let mut run = RunFile::new("small", provider, &["product", "narrative"], 5);
    let groups = [run.group("card | 1", 3), run.group("loan", 2)];
    let output = |product: &str| json!({"product": product, "why": "because"});
    let judge = |run: &RunFile, item| {
        let verdict =
            FixtureExchange { spec: 2, purpose: "judge", duration_ms: Some(300), ..FixtureExchange::answered("{}") };
        Some(run.call(item, &FixtureExchange { tokens: Some((50, 5)), cost_usd: Some(0.001), ..verdict }))
    };

    let item = run.row(&["card", "first"], Some(groups[0]));
    let call = run.call(
        item,
        &FixtureExchange { tokens: Some((100, 10)), ..FixtureExchange::answered("{\"product\":\"card\"}") },
    );
    let judged = judge(&run, item);
    let verdict = Some(("PASS", 100, json!(["fits the text"])));
    let attempt = FixtureAttempt { judged, verdict, ..FixtureAttempt::plain(1, "accepted", None, call) };
    let attempt = run.attempt(item, &attempt);
    run.settle(item, "accepted", attempt, Some(&output("card")));

    let item = run.row(&["card", ""], Some(groups[0]));
    let call = run.call(item, &FixtureExchange::answered("I cannot say."));
    run.attempt(item, &FixtureAttempt::plain(1, "no_json", Some("the answer holds no JSON object"), call));
    let call = run.call(
        item,
        &FixtureExchange { duration_ms: Some(2500), ..FixtureExchange::answered("{\"product\":\"loan\"}") },
    );
    let judged = judge(&run, item);
    let verdict = Some(("PASS", 70, json!(["fits the text", "short"])));
    let attempt =
        run.attempt(item, &FixtureAttempt { judged, verdict, ..FixtureAttempt::plain(2, "accepted", None, call) });
    run.settle(item, "accepted", attempt, Some(&output("loan")));

    let item = run.row(&["loan", "third"], Some(groups[0]));
    let call = run.call(item, &FixtureExchange::answered("{\"product\":\"card\"}"));
    let judged = judge(&run, item);
    let verdict = Some(("FAIL", 9, json!(["names the wrong product"])));
    let detail = Some("the judge's verdict was FAIL with a score of 9\nnames the wrong product");
    let attempt = run
        .attempt(item, &FixtureAttempt { judged, verdict, ..FixtureAttempt::plain(1, "judge_failed", detail, call) });
    run.settle(item, "rejected", attempt, None);

    let item = run.row(&["loan", "fourth"], Some(groups[1]));
    let failed = FixtureExchange { answer: Err("timeout"), duration_ms: None, ..FixtureExchange::answered("") };
    let call = run.call(item, &failed);
    let attempt = run.attempt(item, &FixtureAttempt::plain(1, "timeout", Some("no answer within 60 s"), call));
    run.settle(item, "failed", attempt, None);

    run.row(&["loan", "fifth"], Some(groups[1]));
    let fields = json!([{"name": "product", "values": ["card", "loan", "other"]}, {"name": "why", "values": null}]);
    let counts = json!({"rows": 5, "equal_rows": 0, "empty_cells": {"product": 0, "narrative": 1}});
    let ingest = run.manifests(&fields, &counts);
    run.anomaly(ingest, "ragged_row", Some("line 3"), "has 1 field, 2 were expected");
    run.finish()
}
