//! The demands of recorded tasks on outputs: their schemas and their judges.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::Connection;
use serde_json::Value;

use crate::config::Evidence;
use crate::record::{ClaimPlaces, Verdict, canonical};
use crate::schema::{AnswerKind, Contract, Scrutiny};
use crate::stage::generate::Reading;
use crate::stage::generate::decide::output_in;
use crate::stage::generate::panel::PanelRule;
use crate::store::sql;

/// The demands of a task on an output.
pub(super) struct Demands {
    /// `None` where the recorded schema cannot be read.
    pub(super) contract: Option<Contract>,
    /// Whether the thoughts before an answer are a part of it.
    keeps_thoughts: bool,
    /// Whether a model is asked; otherwise a rule computes the output.
    pub(super) asks: bool,
    /// Each judge's name in the record, and the lowest score that it passes, in their order.
    pub(super) judges: Vec<(String, u8)>,
    /// The evidence that outputs must have, and where its claims stand.
    pub(super) evidence: Vec<Evidence>,
    pub(super) claims: Vec<ClaimPlaces>,
    /// The rule of a panel of judges, and the lowest mean score that passes.
    pub(super) panel: Option<(PanelRule, u8)>,
}

impl Demands {
    fn of_parts(parts: &Value) -> Self {
        let judge = &parts["judge"];
        let score =
            |judge: &Value| judge["min_score"].as_u64().and_then(|it| u8::try_from(it).ok()).unwrap_or_default();
        let rule = match judge["rule"].as_str() {
            Some("all") => Some(PanelRule::All),
            Some("majority") => Some(PanelRule::Majority),
            Some("mean") => Some(PanelRule::Mean),
            _ => None,
        };
        let one = |judge: &Value| (judge["name"].as_str().unwrap_or("judge").to_owned(), score(judge));
        let judges = match (judge.is_null(), judge["judges"].as_array()) {
            (true, _) => Vec::new(),
            (false, Some(judges)) => judges.iter().map(one).collect(),
            (false, None) => vec![one(judge)],
        };
        let closed = canonical::to_string(&parts["schema"]["closed"]);
        let kind = AnswerKind::of_key(parts["answer"].as_str());
        let contract = kind
            .and_then(|kind| Contract::parse_as(kind, Some(&closed), "the recorded schema", Scrutiny::Recorded).ok());
        let contract = if parts["verdict"] == true { contract.map(Contract::of_verdicts) } else { contract };
        let keeps_thoughts = Reading::of_parts(parts).keeps_thoughts;
        let evidence: Vec<Evidence> = serde_json::from_value(parts["evidence"].clone()).unwrap_or_default();
        let claims = evidence.iter().map(Evidence::places).filter_map(Result::ok).collect();
        Self {
            evidence,
            claims,
            contract,
            keeps_thoughts,
            asks: parts["rule"].is_null(),
            judges,
            panel: rule.map(|rule| (rule, score(judge))),
        }
    }

    /// The output that an answer is read as. The record holds outputs in canonical form: `1.0` in an answer is `1`
    /// there.
    pub(super) fn output_of(&self, answer: Option<&str>) -> Option<Value> {
        let (contract, answer) = self.contract.as_ref().zip(answer)?;
        output_in(answer, self.keeps_thoughts, contract).ok()
    }

    /// Whether a verdict passes an output.
    pub(super) fn pass(&self, verdict: Option<Verdict>, score: Option<u8>) -> bool {
        let least = match (&self.panel, self.judges.as_slice()) {
            (_, []) => return true,
            (Some((PanelRule::Mean, least)), _) | (None, [(_, least), ..]) => *least,
            (Some(_), _) => 0,
        };
        verdict == Some(Verdict::Pass) && score.is_some_and(|score| score >= least)
    }
}

/// The demands of all tasks, each read once.
pub(super) struct AllDemands<'c> {
    connection: &'c Connection,
    known: HashMap<i64, Rc<Demands>>,
}

impl<'c> AllDemands<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, known: HashMap::new() }
    }

    /// The demands of a task (rowid).
    pub(super) fn of_task(&mut self, task: i64) -> rusqlite::Result<Rc<Demands>> {
        if let Some(known) = self.known.get(&task) {
            return Ok(Rc::clone(known));
        }
        let parts =
            sql::VERIFY_TASK_PARTS.row(self.connection, &[(":task", &task)], |row| row.get::<_, Value>("parts"))?;
        let demands = Rc::new(Demands::of_parts(&parts));
        self.known.insert(task, Rc::clone(&demands));
        Ok(demands)
    }
}
