//! What all outputs are worth, in little room: [`MarkBook`], with a [`Sheet`] for each variant and metric.

use std::collections::HashMap;

use super::metric::Mark;
use super::stood::Stood;
use crate::config::Metric;

/// Marks of all work items, variants, repeats and metrics.
pub struct MarkBook {
    /// The place of each work item, by its number.
    places: HashMap<i64, u32>,
    /// By place.
    pub(super) has_gold: Vec<bool>,
    repeats: usize,
    /// By variant, then metric.
    pub(super) sheets: Vec<Vec<Sheet>>,
    /// By variant, then place.
    pub(super) stood: Vec<Vec<Stood>>,
    /// By metric.
    labels: Vec<Labels>,
}

/// The labels of a metric, each with a number.
#[derive(Default)]
pub(super) struct Labels {
    pub(super) names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Labels {
    fn number(&mut self, name: String) -> u32 {
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(MISSING - 1).min(MISSING - 1);
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}

impl MarkBook {
    /// An empty book for this many variants.
    #[must_use]
    pub fn new(metrics: &[Metric], variants: usize, repeats: u32) -> Self {
        let repeats = usize::try_from(repeats).unwrap_or(1).max(1);
        let sheets = || {
            let sheet = |metric: &Metric| {
                if metric.kind.has_labels() {
                    Sheet::Labels(LabelSheet { repeats, ..LabelSheet::default() })
                } else if repeats == 1 {
                    Sheet::Numbers(NumberSheet::new(metric.kind.is_error()))
                } else {
                    Sheet::Numbers(NumberSheet::of_repeats(metric.kind.is_error()))
                }
            };
            metrics.iter().map(sheet).collect()
        };
        Self {
            places: HashMap::new(),
            has_gold: Vec::new(),
            repeats,
            sheets: (0..variants).map(|_| sheets()).collect(),
            stood: vec![Vec::new(); variants],
            labels: metrics.iter().map(|_| Labels::default()).collect(),
        }
    }

    /// The place of a work item, whose number is the same under all variants.
    pub fn place(&mut self, work_item: i64, has_gold: bool) -> u32 {
        let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(work_item).or_insert(next);
        if place == next {
            self.has_gold.push(false);
        }
        if let Some(known) = self.has_gold.get_mut(index(place)) {
            *known |= has_gold;
        }
        place
    }

    /// Notes what the output of a work item is worth in `repeat`, from 1, under a variant and a metric, by their
    /// indices.
    pub fn note(&mut self, (variant, metric): (usize, usize), place: u32, repeat: u32, mark: Mark) {
        let (Some(sheet), Some(labels)) =
            (self.sheets.get_mut(variant).and_then(|sheets| sheets.get_mut(metric)), self.labels.get_mut(metric))
        else {
            return;
        };
        match (sheet, mark) {
            (Sheet::Numbers(sheet), Mark::Number(number)) => sheet.add(index(place), Some(number)),
            (Sheet::Numbers(sheet), Mark::Missing) => sheet.add(index(place), None),
            (Sheet::Labels(sheet), Mark::Labels { gold, answer }) => {
                let gold = labels.number(gold);
                let answer = answer.map_or(MISSING, |answer| labels.number(answer));
                sheet.set(index(place), index(repeat.saturating_sub(1)), gold, answer);
            }
            (_, Mark::NoGold) | (Sheet::Numbers(_), Mark::Labels { .. }) | (Sheet::Labels(_), _) => {}
        }
    }

    /// The work items with their places, in no order.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (i64, u32)> {
        self.places.iter().map(|(work_item, place)| (*work_item, *place))
    }

    /// The place of a work item.
    pub(super) fn place_of(&self, work_item: i64) -> Option<u32> {
        self.places.get(&work_item).copied()
    }

    /// The different work items of all variants.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.places.len() as u64
    }

    /// The fewest and the most work items of a variant that has any; `None` where each of these has all.
    pub(super) fn items_of_variants(&self) -> Option<[u64; 2]> {
        let count = |all: &Vec<Stood>| all.iter().filter(|it| it.is_planned()).count() as u64;
        let counts = self.stood.iter().map(count).filter(|it| *it > 0);
        let (fewest, most) = counts.fold((u64::MAX, 0), |(low, high), it| (low.min(it), high.max(it)));
        (most > 0 && fewest < self.items()).then_some([fewest, most])
    }

    /// The work items that have a gold answer.
    #[must_use]
    pub fn with_gold(&self) -> u64 {
        self.has_gold.iter().filter(|has| **has).count() as u64
    }

    pub(super) fn repeats(&self) -> usize {
        self.repeats
    }

    pub(super) fn sheet(&self, variant: usize, metric: usize) -> Option<&Sheet> {
        self.sheets.get(variant)?.get(metric)
    }

    /// The names of the labels of a metric, by their numbers.
    pub(super) fn labels(&self, metric: usize) -> &[String] {
        self.labels.get(metric).map_or(&[], |labels| &labels.names)
    }

    /// Whether the answers of all repeats are 0 or 1 under a metric, or missing.
    pub(super) fn is_right_or_wrong(&self, metric: usize) -> bool {
        let mut all = self.sheets.iter().filter_map(|sheets| sheets.get(metric));
        all.all(|sheet| matches!(sheet, Sheet::Numbers(sheet) if !sheet.has_others))
    }

    /// Whether all numbers of a metric are 0 or 1, and there is one for each work item.
    pub(super) fn is_binary(&self, metric: usize) -> bool {
        let mut all = self.sheets.iter().filter_map(|sheets| sheets.get(metric));
        all.all(|sheet| matches!(sheet, Sheet::Numbers(NumberSheet { cells: Cells::Codes(_), .. })))
    }
}

/// The marks of a variant under a metric.
pub(super) enum Sheet {
    Numbers(NumberSheet),
    Labels(LabelSheet),
}

/// Numbers, by the place of their work item.
pub(super) struct NumberSheet {
    cells: Cells,
    /// Whether a missing answer has no number, instead of 0.
    leaves_out: bool,
    /// Whether any number is neither 0 nor 1.
    has_others: bool,
}

/// A byte each while all are 0 or 1 and there is one repeat.
enum Cells {
    Codes(Vec<u8>),
    Sums(Vec<Sum>),
}

const NONE: u8 = 0;
const ZERO: u8 = 1;
const ONE: u8 = 2;
const NO_ANSWER: u8 = 3;

#[derive(Clone, Copy, Default)]
struct Sum {
    total: f64,
    /// The repeats that are in `total`.
    seen: u16,
    missing: u16,
}

/// What a work item is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ItemMark {
    /// The mean over its repeats; `None` where a missing answer has none.
    pub(super) value: Option<f64>,
    /// Whether an answer is missing, in a repeat at least.
    pub(super) is_missing: bool,
}

impl NumberSheet {
    fn new(leaves_out: bool) -> Self {
        Self { cells: Cells::Codes(Vec::new()), leaves_out, has_others: false }
    }

    fn of_repeats(leaves_out: bool) -> Self {
        Self { cells: Cells::Sums(Vec::new()), leaves_out, has_others: false }
    }

    /// Adds a repeat's number; `None`: its answer is missing.
    fn add(&mut self, place: usize, number: Option<f64>) {
        self.has_others |= !matches!(number, None | Some(0.0 | 1.0));
        if let Cells::Codes(codes) = &mut self.cells {
            let code = match number {
                None => Some(NO_ANSWER),
                Some(0.0) => Some(ZERO),
                Some(1.0) => Some(ONE),
                Some(_) => None,
            };
            if let (Some(code), NONE) = (code, codes.get(place).copied().unwrap_or(NONE)) {
                set(codes, place, code);
                return;
            }
            let sums = codes.iter().map(|code| sum(*code, self.leaves_out)).collect();
            self.cells = Cells::Sums(sums);
        }
        let Cells::Sums(sums) = &mut self.cells else { return };
        let mut at = sums.get(place).copied().unwrap_or_default();
        match number {
            Some(number) => {
                at.total += number;
                at.seen = at.seen.saturating_add(1);
            }
            None => {
                at.missing = at.missing.saturating_add(1);
                at.seen = at.seen.saturating_add(u16::from(!self.leaves_out));
            }
        }
        set(sums, place, at);
    }

    /// What the work item at a place is worth; `None` where it is no part of the metric.
    pub(super) fn item(&self, place: usize) -> Option<ItemMark> {
        let at = match &self.cells {
            Cells::Codes(codes) => sum(*codes.get(place)?, self.leaves_out),
            Cells::Sums(sums) => *sums.get(place)?,
        };
        if at.seen == 0 && at.missing == 0 {
            return None;
        }
        let value = (at.seen > 0).then(|| at.total / f64::from(at.seen));
        Some(ItemMark { value, is_missing: at.missing > 0 })
    }

    /// Forgets what the work item at a place is worth.
    pub(super) fn clear(&mut self, place: usize) {
        match &mut self.cells {
            Cells::Codes(codes) => codes.get_mut(place).into_iter().for_each(|code| *code = NONE),
            Cells::Sums(sums) => sums.get_mut(place).into_iter().for_each(|sum| *sum = Sum::default()),
        }
    }

    /// How many places there may be.
    pub(super) fn len(&self) -> usize {
        match &self.cells {
            Cells::Codes(codes) => codes.len(),
            Cells::Sums(sums) => sums.len(),
        }
    }
}

fn sum(code: u8, leaves_out: bool) -> Sum {
    match code {
        ZERO => Sum { total: 0.0, seen: 1, missing: 0 },
        ONE => Sum { total: 1.0, seen: 1, missing: 0 },
        NO_ANSWER => Sum { total: 0.0, seen: u16::from(!leaves_out), missing: 1 },
        _ => Sum::default(),
    }
}

/// Labels, by the place of their work item.
#[derive(Default)]
pub(super) struct LabelSheet {
    repeats: usize,
    /// Of each place; [`ABSENT`] where there is none.
    gold: Vec<u32>,
    /// Of each place and repeat.
    answers: Vec<u32>,
}

/// In place of a label: there is no work item, or it is not decided.
pub(super) const ABSENT: u32 = u32::MAX;
/// In place of a label: the answer is missing.
pub(super) const MISSING: u32 = u32::MAX - 1;

impl LabelSheet {
    fn set(&mut self, place: usize, repeat: usize, gold: u32, answer: u32) {
        if repeat >= self.repeats {
            return;
        }
        if self.gold.len() <= place {
            self.gold.resize(place + 1, ABSENT);
            self.answers.resize((place + 1) * self.repeats, ABSENT);
        }
        set(&mut self.gold, place, gold);
        set(&mut self.answers, place * self.repeats + repeat, answer);
    }

    /// The gold label and the answers of all repeats at a place; `None` where it is no part of the metric.
    pub(super) fn item(&self, place: usize) -> Option<(u32, &[u32])> {
        let gold = self.gold.get(place).copied().filter(|gold| *gold != ABSENT)?;
        let answers = self.answers.get(place * self.repeats..(place + 1) * self.repeats)?;
        Some((gold, answers))
    }

    /// Forgets the labels at a place.
    pub(super) fn clear(&mut self, place: usize) {
        self.gold.get_mut(place).into_iter().for_each(|gold| *gold = ABSENT);
    }

    pub(super) fn len(&self) -> usize {
        self.gold.len()
    }
}

fn set<T: Clone + Default>(all: &mut Vec<T>, place: usize, value: T) {
    if all.len() <= place {
        all.resize(place + 1, T::default());
    }
    if let Some(at) = all.get_mut(place) {
        *at = value;
    }
}

pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
