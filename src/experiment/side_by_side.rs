//! Where variants disagree: the work items on which a metric tells them apart, and their answers there.

use serde::{Deserialize, Serialize};

use super::sheet::{ABSENT, LabelSheet, MarkBook, NumberSheet, Sheet, index};

/// Some work items on which a metric tells variants apart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SideBySide {
    pub metric: String,
    /// The path of the value that is shown; `None` for the whole output.
    pub field: Option<String>,
    /// The names of the variants, in their order.
    pub variants: Vec<String>,
    /// How many such work items there are.
    pub total: u64,
    /// The first of them by their ids.
    pub items: Vec<ComparedItem>,
}

/// A work item with the answers of all variants. Long texts are cut.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ComparedItem {
    pub work_id: String,
    /// The number of its row in the input, from 1.
    pub row: Option<u64>,
    /// The row's cells, the element, or the context of the group.
    pub input: String,
    pub gold: Option<String>,
    /// In the order of the variants.
    pub answers: Vec<ComparedAnswer>,
}

/// The answer of a variant in the first repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ComparedAnswer {
    /// `None` if no output was accepted.
    pub text: Option<String>,
    /// Over all repeats; `None` where the metric is not of right and wrong, or repeats differ.
    pub is_right: Option<bool>,
}

impl MarkBook {
    /// The work items (numbers, ascending) whose marks under a metric are not the same for all variants.
    #[must_use]
    pub fn disagreeing(&self, metric: usize) -> Vec<i64> {
        let sheets: Vec<&Sheet> = (0..).map_while(|variant| self.sheet(variant, metric)).collect();
        let Some((first, others)) = sheets.split_first() else { return Vec::new() };
        let differs = |place: usize| others.iter().any(|other| !same(first, other, place));
        let mut found: Vec<i64> =
            self.numbered().filter(|(_, place)| differs(index(*place))).map(|(work_item, _)| work_item).collect();
        found.sort_unstable();
        found
    }

    /// Whether the answer of a variant for a work item is right under a metric of right and wrong.
    #[must_use]
    pub fn is_right(&self, (variant, metric): (usize, usize), work_item: i64) -> Option<bool> {
        let place = index(self.place_of(work_item)?);
        match self.sheet(variant, metric)? {
            Sheet::Numbers(sheet) => match sheet.item(place)?.value? {
                1.0 => Some(true),
                0.0 => Some(false),
                _ => None,
            },
            Sheet::Labels(sheet) => {
                let (gold, answers) = sheet.item(place)?;
                let known = answers.iter().filter(|it| **it != ABSENT);
                let right = known.clone().filter(|it| **it == gold).count();
                match (right, known.count()) {
                    (0, 1..) => Some(false),
                    (right, all) if right == all && all > 0 => Some(true),
                    _ => None,
                }
            }
        }
    }
}

fn same(one: &Sheet, two: &Sheet, place: usize) -> bool {
    match (one, two) {
        (Sheet::Numbers(one), Sheet::Numbers(two)) => NumberSheet::item(one, place) == NumberSheet::item(two, place),
        (Sheet::Labels(one), Sheet::Labels(two)) => LabelSheet::item(one, place) == LabelSheet::item(two, place),
        _ => false,
    }
}
