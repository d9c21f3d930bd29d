use super::fixture::evaluation;
use super::*;
use crate::experiment::Better;
use crate::view::rows::Cell;

#[test]
fn what_follows_is_said_in_sentences() {
    let mut it = evaluation();
    insta::assert_snapshot!(conclusion(&it).join("\n"), @"
    `large · v2` is better than the baseline `small · v1` by 3.1 points (accuracy, adjusted p <0.0001).
    Whether these are better or worse than the baseline `small · v1` in accuracy cannot be told at 5 %: `small · v2`, `large · v1`.
    2 of 8 gates fail: `large · v1`, `large · v2`.
    ");
    // Nothing is better, and the gates hold.
    for comparison in it.comparisons.iter_mut().filter(|it| it.verdict.is_some()) {
        comparison.verdict = Some(Better::Inconclusive);
    }
    it.gates.iter_mut().for_each(|it| it.passed = true);
    insta::assert_snapshot!(conclusion(&it).join("\n"), @"
    Whether any variant is better or worse than the baseline `small · v1` in accuracy cannot be told at 5 %. At the difference seen, 420 more work items would settle it for `large · v1`.
    All gates pass.
    ");
    it.decide = None;
    it.gates.clear();
    assert!(conclusion(&it).is_empty());
}

#[test]
fn what_variants_make_of_their_own_is_counted_for_each() {
    let mut it = evaluation();
    it.items_of_variants = Some([600, 600]);
    assert_eq!(about(&it), "4 variants, 600 work items each, 1,200 different ones, 1,180 with a gold answer.");
    it.items_of_variants = Some([580, 600]);
    assert!(about(&it).contains("580 to 600 work items each, 1,200 different ones"));
}

#[test]
fn what_decides_is_said_in_short() {
    let mut it = evaluation();
    let note = |it: &Evaluation| tables(it)[1].notes[0].clone();
    it.decide.as_mut().unwrap().min_difference = 1.0 / 6.0;
    let over = "better or worse: adjusted p below 0.05 and a difference of at least 0.1667; adjusted by Holm over";
    assert_eq!(note(&it), format!("{over} 3 comparisons"));
    it.decide.as_mut().unwrap().unmeasured = vec!["huge".to_owned()];
    assert!(tables(&it)[1].notes[1].contains("not measured yet: `huge`; each counts with a p of 1"));
    (it.decide.as_mut().unwrap().family, it.decide.as_mut().unwrap().min_difference) = (0, 0.000_5);
    assert_eq!(note(&it), "better or worse: adjusted p below 0.05 and a difference of at least 0.0005");
}

#[test]
fn values_of_a_matrix_have_three_digits() {
    let mut it = evaluation();
    let (errors, largest) = ([12.44, 11.8, 9.06, 8.0], 12.44);
    for (variant, value) in it.variants.iter_mut().zip(errors) {
        let score = &mut variant.scores[1];
        (score.value, score.low, score.high) = (Some(value), Some(0.0), Some(2.0 * largest));
    }
    let found = matrices(&it);
    let shown: Vec<_> =
        found[1].rows.iter().flat_map(|(_, cells)| cells).flatten().map(|it| it.shown.as_str()).collect();
    assert_eq!(shown, ["12.4", "11.8", "9.1", "8.0"]);
}

#[test]
fn each_row_of_data_has_a_cell_for_each_column() {
    let it = evaluation();
    let names = columns(&it);
    let rows = rows(&it);
    assert!(rows.iter().all(|row| row.len() == names.len()));
    let cell = |row: usize, name: &str| rows[row][names.iter().position(|it| it == name).unwrap()].clone();
    assert_eq!(cell(2, "cost_per_item"), Cell::Null);
    assert_eq!(cell(3, "accuracy_difference"), Cell::Real(0.031));
    assert_eq!(cell(3, "accuracy_verdict"), Cell::Text("better".to_owned()));
    assert_eq!(cell(0, "accuracy_verdict"), Cell::Null);
    assert_eq!(cell(1, "more_items"), Cell::Integer(150_000));
}

#[test]
fn a_matrix_is_warm_where_the_variant_is_good() {
    let mut it = evaluation();
    let all = matrices(&it);
    assert_eq!(all.iter().map(|it| it.metric.as_str()).collect::<Vec<_>>(), ["accuracy", "amount_error", "helpful"]);
    let shown = |index: usize| {
        let cells = all[index].rows.iter().flat_map(|(_, cells)| cells.iter().flatten());
        cells.map(|it| (it.shown.clone(), it.heat)).collect::<Vec<_>>()
    };
    assert_eq!(all[0].rows[0].0, "small");
    assert_eq!(all[0].columns, ["v1", "v2"]);
    assert_eq!(shown(0)[0], ("0.881".to_owned(), Some(1)));
    assert_eq!(shown(0)[3], ("0.912".to_owned(), Some(9)));
    // Less is better.
    assert_eq!(shown(1)[3].1, Some(9));
    assert_eq!(shown(2)[0], ("undefined".to_owned(), None));
    // A third setting that varies, or two variants on one place: no matrix.
    it.variants[0].settings.insert("llm.temperature".to_owned(), "0.7".to_owned());
    it.variants[1].settings.insert("llm.temperature".to_owned(), "0".to_owned());
    assert!(matrices(&it).is_empty());
}

#[test]
fn digits_follow_the_interval() {
    use super::figures::{number, p, places, share, time};
    let of = |value: f64, half: f64| places([[Some(value), Some(value - half), Some(value + half)]].into_iter());
    assert_eq!([of(0.9, 0.03), of(0.9, 0.0004), of(131.0, 13.0), of(2000.0, 300.0)], [3, 5, 0, 0]);
    assert_eq!(places([[Some(12.345), None, None]].into_iter()), 3);
    assert_eq!([number(-1234.5, 1), number(-0.0001, 3)], ["-1,234.5", "0.000"]);
    assert_eq!([p(None), p(Some(0.000_09)), p(Some(1.0))], ["–", "<0.0001", "1.0000"]);
    assert_eq!([share(None), share(Some(1.0)), share(Some(0.999_99)), share(Some(0.0))], ["–", "100%", ">99.9%", "0%"]);
    assert_eq!([time(Some(3.21)), time(Some(812.4)), time(Some(1240.0))], ["3.2 ms", "812 ms", "1.24 s"]);
}
