//! A run file on which a project is planned, without any model: requests are rendered from it.

use rusqlite::{Connection, Row};

use super::choose::{row_number, wanted};
use super::error::RenderError;
use super::model::{RenderedItem, RenderedRequest, rendered};
use super::target::RenderTarget;
use super::walk::{Answers, Walk, WalkEnd, WalkedQuestion, walk};
use crate::config::{Each, GroupingMode};
use crate::engine::error::EngineError;
use crate::engine::planned::Planned;
use crate::project::{Project, Setup, graph};
use crate::stage::generate::ClaimedItem;
use crate::stage::generate::tape::{self, Contexts};
use crate::stage::ingest::Dataset;
use crate::store::sql;

/// The most work items of a row that are shown.
const MOST: i64 = 20;

/// A planned project.
pub(super) struct Scene<'a> {
    pub(super) connection: &'a Connection,
    pub(super) project: &'a Project,
    pub(super) planned: &'a Planned,
    pub(super) dataset: &'a Dataset,
}

/// A work item that was found.
struct FoundItem {
    standing: i64,
    work_id: String,
    row: Option<u64>,
    group: Option<String>,
    /// Whether it waits for what it is made from.
    waits: bool,
}

impl FoundItem {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let index: Option<i64> = row.get("row_index")?;
        Ok(Self {
            standing: row.get("id")?,
            work_id: row.get("work_id")?,
            row: index.map(|index| index.unsigned_abs() + 1),
            group: row.get("group_key")?,
            waits: false,
        })
    }
}

/// The requests that were found, and why others were not.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) requests: Vec<RenderedRequest>,
    pub(super) others: Vec<RenderError>,
}

impl Scene<'_> {
    /// The requests that a target names. Where it names no step, a step without one is told among the others.
    pub(super) fn find(&self, target: &RenderTarget) -> Result<Found, EngineError> {
        let places = wanted(self.project, target.step.as_deref());
        if places.is_empty() {
            let names = self.project.steps.iter().map(|setup| format!("`{}`", setup.config.step.name()));
            let known = names.collect::<Vec<_>>().join(", ");
            let name = target.step.clone().unwrap_or_else(|| "generate".to_owned());
            return Err(RenderError::NoStep { name, known }.into());
        }
        let row = row_number(self.connection, self.project, self.dataset, &target.row)?;
        let mut found = Found::default();
        for place in places {
            match self.of_step(place, row, target, &mut found) {
                Err(EngineError::Render(error)) => found.others.push(error),
                done => done?,
            }
        }
        match found.others.pop() {
            Some(error) if found.requests.is_empty() => {
                // The first step that was not found tells most.
                found.others.push(error);
                Err(found.others.swap_remove(0).into())
            }
            error => {
                found.others.extend(error);
                Ok(found)
            }
        }
    }

    fn of_step(
        &self,
        place: usize,
        row: Option<u64>,
        target: &RenderTarget,
        shown: &mut Found,
    ) -> Result<(), EngineError> {
        let setup = &self.project.steps[place];
        let name = setup.config.step.name().to_owned();
        let Some(asking) = &setup.asking else { return Err(RenderError::Rule(name).into()) };
        if target.judge && asking.judges.is_empty() {
            return Err(RenderError::NoJudge(name).into());
        }
        for found in self.items(place, row)? {
            let work = self.claim(place, &found)?;
            let item = RenderedItem {
                step: name.clone(),
                work_id: found.work_id.clone(),
                cache_id: work.cache_id.to_string(),
                row: found.row,
                group: found.group.clone(),
            };
            let (task, _) = &self.planned.tasks[place];
            let after = self.planned.links.marks.tape;
            let answers = Answers { connection: self.connection, after, made_up: &target.answers };
            let walked = walk(task, work, &answers)?;
            match self.chosen(&walked, &item, target, setup) {
                Ok(questions) => {
                    for question in questions {
                        shown.requests.extend(rendered(self.connection, self.project, &item, question)?);
                    }
                }
                Err(error) => shown.others.push(error),
            }
        }
        Ok(())
    }

    /// The work items of a step that go back to a row; without one, its first work item.
    fn items(&self, place: usize, row: Option<u64>) -> Result<Vec<FoundItem>, EngineError> {
        let (task, _) = &self.planned.tasks[place];
        let setup = &self.project.steps[place];
        let not_yet = |of: String| RenderError::NotYet {
            step: task.name.clone(),
            parents: named(setup.config.step.each.parents()),
            of,
        };
        let Some(number) = row else {
            let parameters: &[(&'static str, &dyn rusqlite::ToSql)] = &[(":step", &task.step)];
            let first = sql::RENDER_FIRST_ITEMS.first(self.connection, parameters, FoundItem::read)?;
            return Ok(vec![first.ok_or_else(|| not_yet(String::new()))?]);
        };
        let found = self.of_row(task.step, number)?;
        if found.iter().any(|it| it.waits) || found.is_empty() && setup.config.step.each != Each::Source {
            // It may come once what it takes from has run, unless that has run without making one.
            if found.iter().any(|it| it.waits) || self.is_open_before(place, number)? {
                return Err(not_yet(format!(" of row {number}")).into());
            }
        }
        if found.is_empty() {
            return Err(RenderError::NotOfRow { step: task.name.clone(), row: number }.into());
        }
        Ok(found)
    }

    /// Whether a step before the one at `place` has still to do something for a row.
    fn is_open_before(&self, place: usize, row: u64) -> Result<bool, EngineError> {
        for (name, _) in graph::ancestors(self.project, place) {
            let Some((task, _)) = self.planned.tasks.iter().find(|(task, _)| task.name == name) else { continue };
            let found = self.of_row(task.step, row)?;
            for item in &found {
                let pending: bool =
                    sql::RENDER_IS_PENDING
                        .row(self.connection, &[(":standing", &item.standing)], |row| row.get("pending"))?;
                if pending {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn of_row(&self, step: i64, number: u64) -> Result<Vec<FoundItem>, EngineError> {
        let index = i64::try_from(number).unwrap_or(i64::MAX) - 1;
        let grouping = self.project.steps.iter().filter_map(|setup| setup.config.grouping.as_ref());
        let mut grouping = grouping.filter(|it| it.mode == GroupingMode::GroupOutput);
        let column = grouping.next().and_then(|it| self.dataset.columns.iter().position(|name| *name == it.column));
        let column = column.and_then(|it| i64::try_from(it).ok());
        let at: Option<(i64, Option<String>)> = sql::RENDER_ROW.first(
            self.connection,
            &[(":dataset", &self.dataset.id), (":row_index", &index), (":column", &column.unwrap_or(-1))],
            |row| Ok((row.get("id")?, row.get("group_key")?)),
        )?;
        let Some((row, group)) = at else { return Err(RenderError::NoRow(number).into()) };
        let group = group.filter(|_| column.is_some());
        let parameters: &[(&'static str, &dyn rusqlite::ToSql)] = &[
            (":row", &row),
            (":dataset", &self.dataset.id),
            (":group_key", &group),
            (":step", &step),
            (":most", &MOST),
        ];
        Ok(sql::RENDER_ITEMS_OF_ROW.all(self.connection, parameters, |row| {
            Ok(FoundItem { waits: row.get("waits")?, ..FoundItem::read(row)? })
        })?)
    }

    fn claim(&self, place: usize, found: &FoundItem) -> Result<ClaimedItem, EngineError> {
        let (task, builder) = &self.planned.tasks[place];
        let mut contexts = Contexts::default();
        let (builder, links) = (builder.as_ref(), &self.planned.links);
        Ok(if self.project.steps[place].config.step.each == Each::Source {
            tape::claim_source(self.connection, task, builder, &mut contexts, found.standing)?
        } else {
            tape::claim_one(self.connection, task, links, builder, &mut contexts, (found.standing, None))?
        })
    }

    /// The questions of a work item that the target names.
    fn chosen<'w>(
        &self,
        walked: &'w Walk,
        item: &RenderedItem,
        target: &RenderTarget,
        setup: &Setup,
    ) -> Result<Vec<&'w WalkedQuestion>, RenderError> {
        let most = setup.config.llm.as_ref().map_or(0, |llm| llm.retries).saturating_add(1);
        let named = self.name_of(item);
        if let Some(wanted) = target.attempt.filter(|wanted| *wanted > most) {
            return Err(RenderError::NoMoreAttempts { item: named, wanted, most });
        }
        let questions = &walked.questions;
        // A judge is asked about the recorded output: that of the last attempt with a valid one.
        let last = questions.iter().rev().find(|it| it.judge.is_some()).map(|it| it.attempt);
        let attempt = target.attempt.or(last.filter(|_| target.judge)).unwrap_or(1);
        let is_wanted = |it: &&WalkedQuestion| it.attempt == attempt && it.judge.is_some() == target.judge;
        let mut found: Vec<&WalkedQuestion> = questions.iter().filter(is_wanted).collect();
        // A judge that gave no verdict is asked again. Several candidates differ in their samples.
        found.dedup_by_key(|it| (it.judge, it.question.request.sample));
        if !found.is_empty() {
            return Ok(found);
        }
        let wanted = if target.judge { "what a judge is asked".to_owned() } else { format!("attempt {attempt}") };
        Err(match &walked.end {
            WalkEnd::Skipped(reason) => RenderError::Skipped { item: named, reason: reason.clone() },
            WalkEnd::CannotAsk(reason) => RenderError::CannotAsk { item: named, reason: reason.clone() },
            WalkEnd::Decided(..) if target.judge => RenderError::NotJudged { item: named, attempt },
            WalkEnd::Decided(status, after) => {
                RenderError::Ended { item: named, wanted, status: status.as_str(), after: *after }
            }
            WalkEnd::Open => {
                let question = questions.last().map_or_else(String::new, |last| match last.judge {
                    Some(_) => format!("the judge's question of attempt {}", last.attempt),
                    None => format!("attempt {}", last.attempt),
                });
                RenderError::NoAnswer { item: named, question, wanted }
            }
        })
    }

    /// A work item in words.
    fn name_of(&self, item: &RenderedItem) -> String {
        let what = match (item.row, &item.group) {
            (Some(row), _) => format!("row {row}"),
            (None, Some(group)) => format!("group `{group}`"),
            (None, None) => format!("work item {}", item.work_id.get(..12).unwrap_or(&item.work_id)),
        };
        if self.project.steps.len() > 1 { format!("{what} in step `{}`", item.step) } else { what }
    }
}

/// The names of steps in a sentence.
fn named(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
