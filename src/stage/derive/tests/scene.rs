//! A run file in memory with steps that take from others, and what happens to it.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::super::{HandOnResult, Link, Links, PendingDerivation, hand_on};
use crate::config::{Each, JoinKey};
use crate::record::{OutputPath, TaskId, WorkStatus};
use crate::stage::standing::{self, SampleNumber, Settled, StandingChoice};
use crate::store::scratch;

/// The steps, by their rowids: an outline of each row, its sections, all sections of a row, all of one kind.
const OUTLINE: i64 = 1;
pub const SECTION: i64 = 2;
pub const STORY: i64 = 3;
pub const KINDS: i64 = 4;

const RECORD: &str = r#"
INSERT INTO invocation VALUES (1, 'u1', 'run', '0', 1, NULL, 'running', NULL, 't1', NULL);
INSERT INTO dataset VALUES (1, 'd', 'input', 'rows.csv', 'csv', '', 0, '["topic"]', '[null]', NULL, 0, 't1');
INSERT INTO step VALUES (1, 'outline', NULL, 1, 1, 1, 1), (2, 'section', NULL, 2, 1, 1, 2), (3, 'story', NULL, 3, 1, 1, 3), (4, 'kinds', NULL, 4, 1, 1, 4);
INSERT INTO task SELECT id, 'k' || id, id, '{}', 't1' FROM step;
INSERT INTO round VALUES (1, 1, 1, 'retry', 'generate', 0, NULL, '{}', 't1');
"#;

/// A run file with some steps, and what is under way.
pub struct Scene {
    pub connection: Connection,
    pub links: Links,
    pub under_way: PendingDerivation,
}

fn link(step: i64, name: &str, each: Each, parent: i64) -> Link {
    let task_id = TaskId::of(&[json!(step)]);
    Link { step, name: name.to_owned(), task: step, task_id, each, parents: vec![parent], pairs: None, seed: 1 }
}

impl Scene {
    /// The outline of one row after another, and of the other steps these.
    pub fn new(steps: &[i64]) -> Self {
        let connection = scratch();
        connection.execute_batch(RECORD).unwrap();
        standing::prepare(&connection).unwrap();
        let join = |by| Each::Join { of: vec!["section".to_owned()], by };
        let list = Each::Element { of: "outline".to_owned(), path: OutputPath::field("list") };
        let all = vec![
            link(SECTION, "section", list, OUTLINE),
            link(STORY, "story", join(JoinKey::Row), SECTION),
            link(KINDS, "kinds", join(JoinKey::Field("kind".to_owned())), SECTION),
        ];
        let all = all.into_iter().filter(|link| steps.contains(&link.step)).collect();
        let columns = vec!["topic".to_owned()];
        let links = Links { all, columns, has_record: true, ..Links::default() };
        Self { connection, links, under_way: PendingDerivation::default() }
    }

    /// Adds the rows 1 to `count`, each with an open outline whose rowid is the row's.
    pub fn rows(self, count: i64) -> Self {
        for row in 1..=count {
            let id = format!("{row:040x}");
            self.connection
                .execute_batch(&format!(
                    "INSERT INTO input_row VALUES ({row}, 1, '{id}', {row}, {row}, NULL, '[\"cats\"]');
                     INSERT INTO work_item VALUES ({row}, '{id}', 1, 'row', {row}, NULL);
                     INSERT INTO standing (id, work_item, variant, repeat, step, planned, input_row, position, task,
                         cache_id, sample, status, attempts, open_sources, handed_on)
                     VALUES ({row}, {row}, 1, 1, 1, 1, {row}, {row}, 1, 'outline', 1, 'pending', 0, 0, 0)"
                ))
                .unwrap();
        }
        self
    }

    /// Accepts an output for a standing.
    pub fn accept(&self, standing: i64, output: &Value) {
        let attempt = self.attempt(standing, "accepted");
        let entry = "INSERT INTO cache_entry (work_item, attempt, output)
                     SELECT work_item, ?2, ?3 FROM standing WHERE id = ?1";
        self.connection.execute(entry, (standing, attempt, output.to_string())).unwrap();
        let entry = Some(self.connection.last_insert_rowid());
        self.settle(standing, WorkStatus::Accepted, attempt, entry);
    }

    /// Lets a standing fail.
    pub fn fail(&self, standing: i64) {
        let attempt = self.attempt(standing, "no_json");
        self.settle(standing, WorkStatus::Failed, attempt, None);
    }

    fn attempt(&self, standing: i64, outcome: &str) -> i64 {
        let attempt = "INSERT INTO attempt (work_item, task, invocation, round, cache_id, sample, number, outcome,
                                            decided_at)
                       SELECT work_item, task, 1, round, cache_id, sample, 1, ?2, 't' FROM standing WHERE id = ?1";
        self.connection.execute(attempt, (standing, outcome)).unwrap();
        self.connection.last_insert_rowid()
    }

    fn settle(&self, standing: i64, status: WorkStatus, last_attempt: i64, cache_entry: Option<i64>) {
        let is_followed = self.number(&format!("SELECT step FROM standing WHERE id = {standing}")) <= SECTION;
        let settled = Settled { standing, status, attempts: 1, last_attempt, cache_entry, is_followed };
        standing::settle(&self.connection, &settled).unwrap();
    }

    /// Opens a standing in the round, for the sample that it has.
    pub fn reopen(&mut self, standing: i64) {
        let tx = self.connection.transaction().unwrap();
        standing::choose(&tx, StandingChoice::One(standing)).unwrap();
        assert_eq!(standing::reopen(&tx, 1, SampleNumber::Same).unwrap(), 1);
        tx.commit().unwrap();
    }

    /// Takes a standing out of the plan.
    pub fn unplan(&mut self, standing: i64) {
        let tx = self.connection.transaction().unwrap();
        standing::choose(&tx, StandingChoice::One(standing)).unwrap();
        assert_eq!(standing::unplan(&tx).unwrap(), 1);
        tx.commit().unwrap();
    }

    /// One piece in a transaction of its own.
    pub fn piece(&mut self) -> HandOnResult {
        let tx = self.connection.transaction().unwrap();
        let handed = hand_on(&tx, &self.links, &mut self.under_way).unwrap();
        tx.commit().unwrap();
        handed
    }

    /// Hands on until nothing is left.
    pub fn hand_on(&mut self) {
        while self.piece().is_more {}
    }

    pub fn number(&self, query: &str) -> i64 {
        self.connection.query_row(query, [], |row| row.get(0)).unwrap()
    }

    pub fn list(&self, query: &str) -> Vec<String> {
        let mut statement = self.connection.prepare(query).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// The planned standings of a step in the order of the plan: `waits` without an exact task, else the status.
    pub fn stands(&self, step: i64) -> Vec<String> {
        self.list(&format!(
            "SELECT CASE WHEN status = 'pending' AND cache_id = '' THEN 'waits' ELSE status END
             FROM standing WHERE step = {step} AND planned = 1 ORDER BY position, path, id"
        ))
    }

    /// The rowids of the planned standings of a step, in the order of the plan.
    pub fn ids(&self, step: i64) -> Vec<i64> {
        let ids = self.list(&format!(
            "SELECT CAST(id AS TEXT) FROM standing WHERE step = {step} AND planned = 1 ORDER BY position, path, id"
        ));
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    /// Everything about standings and edges, by what work items are.
    pub fn dump(&self) -> Vec<String> {
        let mut all = self.list(
            "SELECT concat_ws(' ', source, planned, status, reason, cache_id, position, path, sample, open_sources,
                              handed_on)
             FROM standing JOIN work_item ON work_item.id = standing.work_item",
        );
        all.extend(self.list(
            "SELECT concat_ws(' ', made.source, item.source, edge.number, edge.is_open) FROM edge
             JOIN standing AS child ON child.id = edge.child JOIN work_item AS made ON made.id = child.work_item
             JOIN standing AS parent ON parent.id = edge.parent JOIN work_item AS item ON item.id = parent.work_item",
        ));
        all.sort();
        all
    }
}
