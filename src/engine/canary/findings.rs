//! What a canary found, compared and put on record.

use rusqlite::Connection;
use serde_json::json;

use super::at_work::{AskedCanary, CanaryRun};
use crate::config::Variant;
use crate::engine::error::EngineError;
use crate::engine::measure::{VariantProject, request};
use crate::engine::options::Limited;
use crate::engine::session::now;
use crate::experiment::{AnswerSigns, CanaryVerdict, DriftRule, changes, drifted, signs};
use crate::record::{Digest, VariantAt, VariantId, canonical};
use crate::stage::StageContext;
use crate::stage::canary::{self, CanaryEntry, FinishedCanary};
use crate::stage::evaluate::{self, CanaryFindings, CanaryRequest, EarlierAnswers};
use crate::store::{self, Access, sql};

/// What a canary is held against.
#[derive(Clone, Copy)]
enum Against {
    /// The promotion's record.
    Promotion,
    /// An earlier run of the canary (rowid).
    Canary(i64),
    Nothing,
}

/// Makes findings of the answers of a canary.
pub(super) struct Findings<'f, 'a, 'o> {
    run: &'f mut CanaryRun<'a, 'o>,
    asked: &'f AskedCanary,
    before: i64,
}

impl<'f, 'a, 'o> Findings<'f, 'a, 'o> {
    /// Compares the answers, and puts what is found on record; returns the verdict.
    pub(super) fn of(
        run: &'f mut CanaryRun<'a, 'o>,
        asked: &'f AskedCanary,
        limited: Option<Limited>,
    ) -> Result<CanaryVerdict, EngineError> {
        let before = limited.map_or(i64::MAX, |it| i64::try_from(it.limit).unwrap_or(i64::MAX));
        Findings { run, asked, before }.record(limited)
    }

    fn record(&mut self, limited: Option<Limited>) -> Result<CanaryVerdict, EngineError> {
        let prepared = self.run.prepared;
        let pin = canonical::to_string(&json!(prepared.pin));
        let pin_id = Digest::of_value(&json!(["pin", 1, prepared.pin])).to_string();
        let finished = canary::finished(&self.run.session.connection, &pin_id, self.asked.work.dataset)?;
        let first = finished.iter().find(|it| !it.is_part);
        let last = finished.last();
        let (against, found) = self.compared(first, last)?;
        let rule = DriftRule {
            alpha: prepared.canary.alpha,
            max_drop: prepared.canary.max_drop,
            min_equal: prepared.canary.min_equal,
        };
        let figures = found.evaluation.as_ref().map(|it| changes(it, found.valid, rule)).unwrap_or_default();
        let drifted = drifted(&figures, found.equal, (&found.now, &found.before), rule);
        let before = last.map(|it| (format!("canary {}", it.number), signs_of(it)));
        let noted = signs(&found.now, &found.before, before.as_ref().map(|(name, it)| (name.as_str(), it)));
        for note in found.notes.iter().chain(&noted) {
            self.run.note(note.clone());
        }
        let verdict = match against {
            Against::Nothing => CanaryVerdict::First,
            _ if drifted.is_empty() => CanaryVerdict::Steady,
            _ => CanaryVerdict::Drift,
        };
        let (asked, session) = (self.asked, &mut *self.run.session);
        let cost_usd = canary::cost(&session.connection, asked.work.variant, asked.start.number)?;
        let time = now();
        let context = StageContext { invocation: session.invocation, manifest: 0, now: &time };
        let tx = session.transaction()?;
        let entry = CanaryEntry {
            start: &asked.start,
            work: asked.work,
            stage: prepared.stage.as_str(),
            pin_id: &pin_id,
            pin: &pin,
            gold: asked.gold.as_ref().map(|it| it.dataset.id),
            first_rows: limited.map(|it| it.limit),
            is_with_promotion: matches!(against, Against::Promotion),
            reference: if let Against::Canary(id) = against { Some(id) } else { None },
            last: last.map(|it| it.id),
            found: &found,
            figures: &figures,
            cost_usd,
            verdict,
            drifted: &drifted,
            noted: &noted,
        };
        canary::insert(&tx, &context, &entry)?;
        tx.commit()?;
        Ok(verdict)
    }

    /// Holds the answers against the promotion's record, or where that has none to the same questions against the
    /// `first` run.
    fn compared(
        &mut self,
        first: Option<&FinishedCanary>,
        last: Option<&FinishedCanary>,
    ) -> Result<(Against, CanaryFindings), EngineError> {
        let promotion = self.promotion()?;
        if let Some((connection, at, repeats)) = &promotion {
            let name = "the promotion's record".to_owned();
            let reference = EarlierAnswers { connection, at: *at, repeats: *repeats, name };
            let found = self.findings(Some(reference), last)?;
            if found.other > 0 {
                let (other, items) = (found.other, found.items);
                self.run.note(format!(
                    "of {items} work items, {other} stand in the promotion's run file with another task or other \
                     values, and are not compared with it"
                ));
            }
            if found.equal.compared > 0 {
                return Ok((Against::Promotion, found));
            }
        }
        let Some(first) = first else {
            self.run.note(
                "the promotion's record has no answers about the canary set: this canary is the reference of later ones"
                    .to_owned(),
            );
            return Ok((Against::Nothing, self.findings(None, last)?));
        };
        let connection = store::open(&self.run.session.path, Access::Read)?;
        let at = VariantAt { number: first.variant, repeat: first.number };
        let reference =
            EarlierAnswers { connection: &connection, at, repeats: 1, name: format!("canary {}", first.number) };
        Ok((Against::Canary(first.id), self.findings(Some(reference), last)?))
    }

    /// The run file with the promotion's record, and the variant in it with the number of its repeats; `None` where it
    /// is not to be had.
    fn promotion(&mut self) -> Result<Option<(Connection, VariantAt, u32)>, EngineError> {
        let prepared = self.run.prepared;
        let path = prepared.project.dir.join(&prepared.pin.run_file);
        let opened = store::open(&path, Access::Read);
        let connection = match opened {
            Ok(connection) => connection,
            Err(error) => {
                self.run.note(format!("the promotion's record is not to be had: {error}"));
                return Ok(None);
            }
        };
        let id = VariantId::of(&[json!(prepared.pin.overlay)]);
        let number = sql::RECORD_VARIANT_ROWID.first(&connection, &[(":variant_id", &id)], |row| row.get("id"))?;
        let Some(number) = number else { return Ok(None) };
        let repeats = store::variants(&connection)?.iter().find(|it| it.number == number).map_or(1, |it| it.repeats);
        Ok(Some((connection, VariantAt { number, repeat: 1 }, repeats)))
    }

    fn findings(
        &self,
        reference: Option<EarlierAnswers<'_>>,
        last: Option<&FinishedCanary>,
    ) -> Result<CanaryFindings, EngineError> {
        let (prepared, asked) = (self.run.prepared, self.asked);
        let connection = &self.run.session.connection;
        let variant = Variant { name: format!("canary {}", asked.start.number), overlay: prepared.pin.overlay.clone() };
        let of = VariantProject { number: asked.work.variant, variant: &variant, project: &prepared.project };
        let seed = prepared.project.config.run.seed;
        let measured =
            request((&prepared.experiment, seed), &[of], (&asked.dataset, None), asked.gold.as_ref())?.variants;
        let Some(measured) = measured.into_iter().next() else { return Ok(CanaryFindings::default()) };
        let last = last.map(|it| EarlierAnswers {
            connection,
            at: VariantAt { number: it.variant, repeat: it.number },
            repeats: 1,
            name: format!("canary {}", it.number),
        });
        let (experiment, at, before) = (&prepared.experiment, asked.at(), self.before);
        let request = CanaryRequest { experiment, seed, measured, at, before, reference, last };
        Ok(evaluate::canary(connection, &request)?)
    }
}

/// What the provider said in an earlier run.
fn signs_of(run: &FinishedCanary) -> AnswerSigns {
    let (models, fingerprints) = (run.models.clone(), run.fingerprints.clone());
    AnswerSigns { models, fingerprints, ..AnswerSigns::default() }
}
