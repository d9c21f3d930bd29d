//! Lines in the order of the plan, and files that are measured as they would be written.

use super::finetune::FinetuneSpec;
use super::objects::ObjectFiles;
use super::*;
use crate::config::{Finetune, OutputFormat};
use crate::price::tokens::TokenCounter;
use crate::record::ColumnKind;
use crate::store::{MoreColumns, scratch};

const ROWS: usize = 3;

/// Rows in the plan's order, the first two of them made from the same one.
fn filled() -> Connection {
    let connection = scratch();
    connection
        .execute_batch(
            r#"
            PRAGMA foreign_keys = OFF;
            INSERT INTO invocation VALUES (1, 'u', 'run', '0', 1, NULL, 'done', NULL, 't', 't');
            INSERT INTO step VALUES (1, 'generate', NULL, 1, 1, 1, 1);
            INSERT INTO input_row (id, dataset, row_id, row_index, line, fields) VALUES (1, 1, 'r1', 0, 2, '["one|1"]'), (2, 1, 'r2', 1, 3, '["=two"]');
            INSERT INTO work_item VALUES (1, 'c', 1, 'element', NULL, '[]'), (2, 'a', 1, 'element', NULL, '[]'),
                (3, 'b', 1, 'row', 1, NULL);
            INSERT INTO task VALUES (1, 'k', 1, '{}', 't');
            INSERT INTO spec VALUES (1, 's', 'sample', 'm', '{"parameters":{"top_p":null,"seed":7}}');
            INSERT INTO request VALUES (1, 'q', 1, 1, NULL, NULL, '[]');
            INSERT INTO call VALUES (1, 1, 1, 1, NULL, 0, NULL, 't'),
                (2, 1, 1, 1, NULL, 0, NULL, 't'), (3, 1, 2, 1, NULL, 0, NULL, 't'),
                (4, 1, 2, 1, NULL, 0, NULL, 't');
            INSERT INTO response (id, call, invocation, answer, model, cost_usd) VALUES
                (11, 1, 1, '{}', 'm', 0.5), (12, 3, 1, 'x', 'm', 0.25),
                (13, 4, 1, 'y', 'm', NULL);
            INSERT INTO attempt (id, work_item, task, invocation, cache_id, sample, number, outcome, detail,
                                 request, response, decided_at) VALUES
                (1, 1, 1, 1, 'h', 1, 1, 'accepted', NULL, 1, 11, 't'),
                (2, 2, 1, 1, 'h', 1, 1, 'no_json', 'no JSON', 1, 13, 't');
            INSERT INTO cache_entry (id, work_item, attempt, output) VALUES (1, 1, 1, '{"a":1}');
            INSERT INTO standing (work_item, variant, repeat, step, planned, input_row, position, path, task,
                cache_id, sample, status, attempts, last_attempt, cache_entry, open_sources, handed_on) VALUES
                (3, 1, 1, 1, 1, 2, 1, NULL, 1, 'h', 1, 'pending', 0, NULL, NULL, 0, 0),
                (2, 1, 1, 1, 1, 1, 0, '2', 1, 'h', 1, 'failed', 1, 2, NULL, 0, 0),
                (1, 1, 1, 1, 1, 1, 0, '1', 1, 'h', 1, 'accepted', 1, 1, 1, 0, 0);
            "#,
        )
        .unwrap();
    connection
}

fn request(columns: &[String]) -> ExportRequest<'_> {
    ExportRequest {
        step: 1,
        formats: vec![OutputFormat::Jsonl, OutputFormat::Psv, OutputFormat::Csv],
        objects: ObjectFiles::default(),
        unwritten: ObjectFiles::default(),
        evals: None,
        finetune: FinetuneSpec {
            settings: Finetune::default(),
            contracts: Vec::new(),
            group: None,
            counter: TokenCounter::Other,
            gold: None,
        },
        dataset: 1,
        group_column: None,
        prompts: Value::Null,
        columns,
        kinds: &[ColumnKind::Untyped],
        by_row: true,
        grouped: false,
        more: MoreColumns::default(),
        fields: vec!["a".to_owned()],
        judged: false,
        thin: true,
        spreadsheet_safe: true,
        expansion: None,
        alone: false,
        items: |_, _, _| Ok(0),
    }
}

#[test]
fn a_line_costs_what_all_its_responses_do_and_lines_stand_in_the_order_of_the_plan() {
    let columns = ["text".to_owned()];
    let mut bytes = Vec::new();
    let mut sink = |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    };
    render(&filled(), &request(&columns), ExportFile::Format(OutputFormat::Jsonl.files()[0]), &mut sink).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = |key: &str| lines.iter().map(|line| line[key].clone()).collect::<Vec<_>>();
    assert_eq!(said("work_id"), ["c", "a", "b"]);
    // A call without a response costs nothing that anybody knows of; a response without a cost makes it unknown.
    assert_eq!(said("cost_usd"), [json!(0.5), Value::Null, json!(0)]);
    assert_eq!(said("kind"), [Value::Null, json!("no_json"), Value::Null]);
}

#[test]
fn what_would_be_written_is_what_is_written() {
    let mut connection = filled();
    let columns = ["text".to_owned()];
    let request = request(&columns);
    let expected: Vec<ExpectedFile> =
        request.files().map(|file| super::expected(&connection, &request, file).unwrap()).collect();
    let count = |connection: &Connection| {
        connection.query_row("SELECT count(*) FROM artifact_chunk", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(count(&connection), 0);
    let tx = connection.transaction().unwrap();
    let ctx = StageContext { invocation: 1, manifest: 1, now: "t" };
    let written = write(&tx, &ctx, &request).unwrap().artifacts;
    let found = written.iter().map(|it| (it.sha1, it.bytes, it.row_count));
    assert_eq!(
        found.collect::<Vec<_>>(),
        expected.iter().map(|it| (it.sha1, it.bytes, Some(it.row_count))).collect::<Vec<_>>()
    );
    assert_eq!(usize::try_from(expected[0].row_count).unwrap(), ROWS);
}
