//! Probing: where a route refuses request after request in the same words, no more are claimed in turn. One that is far
//! down the plan tells whether the route refuses all, or the rows are bad.

use rusqlite::{Row, Transaction};

use super::error::DispatchError;
use super::inbox::ROUND;
use super::outage::Diagnosis;
use super::state::Loop;
use crate::stage::generate::ClaimedItem;
use crate::stage::generate::tape::{self, Claim};
use crate::store::sql;

impl Loop<'_> {
    /// Whether a route refuses so much that no more work items are claimed in turn.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.outages.iter().any(|it| it.doubted().is_some())
    }

    /// Claims a probe for each route that refuses request after request, once nothing else is under way; stops the run
    /// where it never answered, or where the probes tell nothing else.
    pub(super) fn resolve_doubts(&mut self, tx: &Transaction<'_>, time: &str) -> Result<(), DispatchError> {
        for route in 0..self.outages.len() {
            let Some(request) = self.outages[route].doubted().filter(|_| !self.stopping) else { continue };
            self.look_at_record(tx, route)?;
            if self.outages[route].answers() {
                if !self.is_idle() || !self.retry_queue.is_empty() {
                    continue;
                }
                let probe = self.outages[route].next_probe();
                if let Some(number) = probe
                    && self.claim_probe(tx, route, number, time)?
                {
                    continue;
                }
            }
            self.go_on(tx, vec![(request, Diagnosis::Stop)], time)?;
        }
        Ok(())
    }

    /// Begins a work item that was not asked yet and leads to the route; returns whether a request is to be sent.
    fn claim_probe(
        &mut self,
        tx: &Transaction<'_>,
        route: usize,
        number: u32,
        time: &str,
    ) -> Result<bool, DispatchError> {
        let asks_route = |place: &usize| {
            let asks = self.steps[*place].task.asks();
            asks.is_some_and(|asks| asks.parties().any(|party| party.route == route))
        };
        let Some(last) = (0..self.steps.len()).rfind(asks_route) else { return Ok(false) };
        // Where a step has none left, an earlier one makes some.
        for place in (0..=last).rev() {
            for _ in 0..ROUND {
                let Some(work) = self.probe_of(tx, place, number)? else { break };
                self.start(tx, work, time)?;
                if self.stopping || !self.is_idle() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The work item of a step that is furthest down the plan and not under way; with a higher number, one that is half
    /// as far, and so on. Which ones begin is fixed where a step wants so many and no more.
    fn probe_of(
        &mut self,
        tx: &Transaction<'_>,
        place: usize,
        number: u32,
    ) -> Result<Option<ClaimedItem>, DispatchError> {
        let step = self.steps[place];
        let cursor = &self.cursors[place];
        if cursor.is_exhausted() || step.task.asks().is_none() {
            return Ok(None);
        }
        if step.until.is_some() {
            let under_way = || self.items.values().filter(|item| item.work.place == place).count();
            let is_wanted = cursor.wanted(under_way) > 0;
            return if is_wanted { Ok(self.next_of_step(tx, place, 1)?.pop()) } else { Ok(None) };
        }
        let at = cursor.at.0;
        let count = i64::try_from(self.items.len() + 1).unwrap_or(i64::MAX);
        let last = |before: i64| {
            let id_and_position = |row: &Row<'_>| Ok((row.get::<_, i64>("id")?, row.get::<_, i64>("position")?));
            let found = sql::GENERATE_LAST_OPEN.all(
                tx,
                &[(":step", &step.task.step), (":after", &(at - 1)), (":before", &before), (":count", &count)],
                id_and_position,
            );
            found.map(|found| found.into_iter().find(|(id, _)| !self.items.contains_key(id)))
        };
        let Some(furthest) = last(self.before)? else { return Ok(None) };
        let middle = at + ((furthest.1 - at) >> number);
        let (id, position) = last(middle + 1)?.unwrap_or(furthest);
        if !step.is_source {
            let contexts = &mut self.contexts;
            return Ok(Some(tape::claim_one(tx, step.task, self.links, step.context, contexts, (id, None))?));
        }
        let claim = Claim { after: position - 1, before: position + 1, count: 1 };
        let found = tape::claim(tx, step.task, step.context, &mut self.contexts, claim)?;
        Ok(found.into_iter().map(|(_, work)| work).find(|work| work.id == id))
    }
}
