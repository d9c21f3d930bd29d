//! Which work items figures are over: those that are decided under every variant, so that all figures of an evaluation
//! are over the same ones.

use super::sheet::{LabelSheet, MarkBook, NumberSheet, Sheet, index};
use super::stood::Stood;
use crate::record::WorkStatus;

/// The work items that figures are over, of all that were noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Work items that are in no figure, since they are not decided under every variant of which anything is.
    pub left_out: u64,
    /// Of each metric, the further work items that it leaves out, since they are not scored under every variant.
    pub unscored: Vec<u64>,
    /// Of each variant.
    pub tallies: Vec<Tally>,
}

/// Answers of a variant to the work items that figures are over, in all repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that were to be given.
    pub tried: u64,
    /// Those that are valid, accepted or not.
    pub valid: u64,
    /// Work items without an accepted output, in a repeat at least.
    pub missing: u64,
    /// Whether anything is decided at all.
    pub is_begun: bool,
}

impl MarkBook {
    /// Notes where a work item stands in a repeat under the variant at an index.
    pub fn stand(&mut self, variant: usize, place: u32, status: WorkStatus) {
        let Some(all) = self.stood.get_mut(variant) else { return };
        let place = index(place);
        if all.len() <= place {
            all.resize(place + 1, Stood::default());
        }
        if let Some(stood) = all.get_mut(place) {
            stood.add(status);
        }
    }

    /// Forgets the marks of work items that are not decided under every variant. `unfinished` says of each variant
    /// whether more of its work items may come, `asks` of each metric whether a model scores its outputs.
    ///
    /// A work item that a finished variant does not have is its outcome, such as a shorter list, and no open one. A
    /// variant of which nothing is decided yet takes nothing away from the others.
    pub fn keep_shared(&mut self, unfinished: &[bool], asks: &[bool]) -> Scope {
        let is_begun: Vec<bool> = self.stood.iter().map(|all| all.iter().any(|it| it.is_decided())).collect();
        let mut scope = Scope { unscored: vec![0; asks.len()], ..Scope::default() };
        scope.tallies = is_begun.iter().map(|is_begun| Tally { is_begun: *is_begun, ..Tally::default() }).collect();
        for place in 0..self.has_gold.len() {
            let is_open = |(variant, all): (usize, &Vec<Stood>)| {
                let may_come = unfinished.get(variant).copied().unwrap_or_default();
                let stood = all.get(place).copied().unwrap_or_default();
                is_begun.get(variant) == Some(&true) && !stood.is_decided() && (stood.open > 0 || may_come)
            };
            if self.stood.iter().enumerate().any(is_open) {
                scope.left_out += 1;
                self.forget(place);
                continue;
            }
            for (tally, all) in scope.tallies.iter_mut().zip(&self.stood) {
                let Stood { accepted, rejected, lost, .. } = all.get(place).copied().unwrap_or_default();
                let [accepted, rejected, lost] = [accepted, rejected, lost].map(u64::from);
                tally.tried += accepted + rejected + lost;
                tally.valid += accepted + rejected;
                tally.missing += u64::from(rejected + lost > 0);
            }
        }
        for (metric, unscored) in scope.unscored.iter_mut().enumerate() {
            if asks.get(metric) == Some(&true) {
                *unscored = self.keep_scored(metric);
            }
        }
        scope
    }

    fn forget(&mut self, place: usize) {
        if let Some(has_gold) = self.has_gold.get_mut(place) {
            *has_gold = false;
        }
        self.sheets.iter_mut().flatten().for_each(|sheet| sheet.clear(place));
    }

    /// Forgets the marks under a metric of work items that some variant has none of; returns how many.
    fn keep_scored(&mut self, metric: usize) -> u64 {
        let places = self.has_gold.len();
        let mut sheets: Vec<&mut Sheet> = self.sheets.iter_mut().filter_map(|all| all.get_mut(metric)).collect();
        sheets.retain(|sheet| (0..places).any(|place| sheet.has(place)));
        let mut unscored = 0;
        for place in 0..places {
            let with = sheets.iter().filter(|sheet| sheet.has(place)).count();
            if with > 0 && with < sheets.len() {
                unscored += 1;
                for sheet in &mut sheets {
                    sheet.clear(place);
                }
            }
        }
        unscored
    }
}

impl Sheet {
    fn has(&self, place: usize) -> bool {
        match self {
            Self::Numbers(sheet) => NumberSheet::item(sheet, place).is_some(),
            Self::Labels(sheet) => LabelSheet::item(sheet, place).is_some(),
        }
    }

    fn clear(&mut self, place: usize) {
        match self {
            Self::Numbers(sheet) => sheet.clear(place),
            Self::Labels(sheet) => sheet.clear(place),
        }
    }
}
