use serde_json::Value;

use super::whole::length;
use super::*;

/// The published values, each row a statistic with its input and what is expected.
const REFERENCE: &str = include_str!("../../tests/fixtures/stats/reference.json");

fn published(statistic: &str) -> Vec<Value> {
    rows(REFERENCE, statistic)
}

fn rows(file: &str, statistic: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(file).unwrap();
    let rows: Vec<Value> =
        all["rows"].as_array().unwrap().iter().filter(|it| it["statistic"] == statistic).cloned().collect();
    assert!(!rows.is_empty(), "{statistic}");
    rows
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect()
}

/// A value against an expected one: both are undefined, or they differ by at most 1e-9.
#[track_caller]
fn same(row: &Value, found: Option<f64>, expected: &Value) {
    match (found, expected.as_f64()) {
        (None, None) => assert!(expected.is_null(), "{row}"),
        (Some(found), Some(expected)) => assert!((found - expected).abs() <= 1e-9, "{found} for {expected} in {row}"),
        (found, expected) => panic!("{found:?} for {expected:?} in {row}"),
    }
}

fn check_mcnemar(row: &Value) {
    let test = McNemar { b: row["input"]["b"].as_u64().unwrap(), c: row["input"]["c"].as_u64().unwrap() };
    let expected = &row["expected"];
    same(row, Some(test.exact_p()), &expected["exact_p"]);
    same(row, test.mid_p(), &expected["mid_p"]);
    same(row, test.chi_squared_p(), &expected["chi2_p"]);
    same(row, test.chi_squared_corrected_p(), &expected["chi2_corrected_p"]);
    let turned = McNemar { b: test.c, c: test.b };
    assert_eq!((turned.mid_p(), turned.exact_p().to_bits()), (test.mid_p(), test.exact_p().to_bits()));
}

#[test]
fn mcnemar_has_the_published_values() {
    published("mcnemar").iter().for_each(check_mcnemar);
}

#[test]
fn mcnemar_takes_a_million_pairs() {
    // Where there are many pairs, the mid-p is that of the chi-squared without correction.
    for (b, c) in [(500_000, 501_500), (1_000_000, 1_000_000), (500_000, 500_001)] {
        let test = McNemar { b, c };
        assert!((test.mid_p().unwrap() - test.chi_squared_p().unwrap()).abs() < 1e-3, "{test:?}: {:?}", test.mid_p());
    }
    assert!(McNemar { b: 0, c: 1_000_000 }.mid_p().unwrap() < 1e-300);
    assert!(McNemar { b: 400_000, c: 600_000 }.exact_p() < 1e-300);
}

fn check_wilson(row: &Value) {
    let (successes, n) = (row["input"]["successes"].as_u64().unwrap(), row["input"]["n"].as_u64().unwrap());
    let (plain, corrected) = (wilson(successes, n, 0.95), wilson_corrected(successes, n, 0.95));
    same(row, plain.map(|it| it.low), &row["expected"]["low"]);
    same(row, plain.map(|it| it.high), &row["expected"]["high"]);
    same(row, corrected.map(|it| it.low), &row["expected"]["cc_low"]);
    same(row, corrected.map(|it| it.high), &row["expected"]["cc_high"]);
}

#[test]
fn wilson_has_the_published_values() {
    published("wilson_95").iter().for_each(check_wilson);
    let ends = |successes| wilson(successes, 10, 0.95).map(|it| (it.low.to_bits(), it.high.to_bits()));
    assert_eq!(ends(0).map(|it| it.0), Some(0.0_f64.to_bits()));
    assert_eq!(ends(10).map(|it| it.1), Some(1.0_f64.to_bits()));
    assert_eq!(wilson(11, 10, 0.95), None);
    assert_eq!(wilson(1, 10, f64::NAN), None);
    assert_eq!(wilson(1, 10, 1.0), None);
    assert!(wilson(1, 1_000_000, 0.95).is_some_and(|it| it.low > 0.0 && it.high < 1e-5));
}

fn check_holm(row: &Value) {
    let p: Vec<Option<f64>> = row["input"]["p"].as_array().unwrap().iter().map(Value::as_f64).collect();
    // Where statsmodels counts missing values, the row has ours beside it.
    let ours = row.get("casebook").unwrap_or(&row["expected"]);
    let adjusted = holm(&p);
    for (at, adjusted) in adjusted.iter().enumerate() {
        same(row, *adjusted, &ours["adjusted"][at]);
        let rejected = adjusted.map(|it| it < 0.05);
        assert_eq!(rejected, ours["reject"][at].as_bool(), "{row}");
    }
    if row.get("casebook").is_none() {
        for (at, adjusted) in benjamini_hochberg(&p).into_iter().enumerate() {
            same(row, adjusted, &row["expected"]["benjamini_hochberg"][at]);
        }
    }
}

#[test]
fn holm_has_the_published_values() {
    published("holm").iter().for_each(check_holm);
}

#[test]
fn missing_p_values_are_no_members_of_the_family() {
    assert_eq!(holm(&[]), []);
    assert_eq!(holm(&[None, Some(f64::NAN), Some(1.5), Some(-0.1)]), [None; 4]);
    assert_eq!(holm(&[None, Some(0.04)]), [None, Some(0.04)]);
    assert_eq!(benjamini_hochberg(&[None, Some(0.02), Some(0.04)]), [None, Some(0.04), Some(0.04)]);
}

#[test]
fn the_bootstrap_has_the_published_values() {
    for row in published("paired_bootstrap_95") {
        let (a, b) = (numbers(&row["input"]["a"]), numbers(&row["input"]["b"]));
        let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - a).collect();
        let found = Bootstrap::of(&differences, &BootstrapSettings::default()).unwrap();
        let expected = &row["expected"];
        assert_eq!(found.sampling, Sampling::Exact);
        same(&row, Some(found.mean), &expected["difference"]);
        same(&row, Some(found.standard_error), &expected["standard_error_exact"]);
        // To the last digit.
        assert_eq!([found.interval.low, found.interval.high].to_vec(), numbers(&expected["percentile_exact"]), "{row}");
    }
}

/// Numbers that look like chance and are none.
fn spread(n: u64, step: u64, kinds: u64) -> Vec<f64> {
    (0..n).map(|it| whole::number(it * step % kinds) / whole::number(kinds) - 0.45).collect()
}

#[test]
fn draws_come_near_what_the_exact_form_and_theory_say() {
    // The exact form of 300 zeros and ones, and draws of them, within a step.
    let binary: Vec<f64> =
        (0..300).map(|it| if it % 7 == 0 { 1.0 } else { -f64::from(i8::from(it % 11 == 0)) }).collect();
    let exact = Bootstrap::of(&binary, &BootstrapSettings::default()).unwrap();
    assert_eq!(exact.sampling, Sampling::Exact);
    let units = bootstrap::draw_for_test(&binary, &BootstrapSettings::default()).unwrap();
    assert!((units.low - exact.interval.low).abs() < 1.5 / 300.0, "{units:?} {exact:?}");
    assert!((units.high - exact.interval.high).abs() < 1.5 / 300.0, "{units:?} {exact:?}");
    // Many distinct numbers, and few with long runs: the normal interval.
    for values in [spread(3000, 7919, 3001), spread(5000, 7919, 3), spread(4000, 31, 700), spread(2500, 7, 50)] {
        let found = Bootstrap::of(&values, &BootstrapSettings { resamples: 4000, ..Default::default() }).unwrap();
        assert_eq!(found.sampling, Sampling::Resampled(4000));
        for (end, sign) in [(found.interval.low, -1.0), (found.interval.high, 1.0)] {
            let normal = found.mean + sign * 1.96 * found.standard_error;
            assert!((end - normal).abs() < 0.15 * found.standard_error, "{end} for {normal}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_interval_on_every_machine() {
    let settings = |seed| BootstrapSettings { resamples: 1000, seed, ..Default::default() };
    let of = |seed| Bootstrap::of(&spread(2000, 7919, 2003), &settings(seed)).unwrap();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1).interval, of(2).interval);
    insta::assert_debug_snapshot!(of(1).interval, @r"
    Interval {
        low: 0.03724113829,
        high: 0.06261557664,
    }
    ");
    let mut turned = spread(2000, 7919, 2003);
    turned.reverse();
    assert_eq!(Bootstrap::of(&turned, &settings(1)).unwrap(), of(1), "the order of items does not matter");
}

#[test]
fn a_p_of_the_bootstrap_is_never_0_and_never_surer_than_the_signs() {
    let p = |values: &[f64]| Bootstrap::of(values, &BootstrapSettings::default()).unwrap().p;
    assert!((p(&[0.1, 0.1, 0.1]) - 0.25).abs() < 1e-12);
    assert!((p(&[0.0; 5]) - 1.0).abs() < 1e-12);
    assert!((p(&vec![0.0; 100_000]) - 1.0).abs() < 1e-12);
    assert!(p(&vec![1.0; 100_000]) > 0.0);
    let high: Vec<f64> = spread(500, 7919, 2003).iter().map(|it| it + 9.0).collect();
    let settings = BootstrapSettings { resamples: 1000, ..Default::default() };
    assert!((Bootstrap::of(&high, &settings).unwrap().p - 2.0 / 1001.0).abs() < 1e-12);
    // With the interval, so with the p.
    let even: Vec<f64> = (0..40).map(|it| if it % 2 == 0 { 1.0 } else { -1.0 }).collect();
    assert!(p(&even) > 0.9);
}

#[test]
fn the_bootstrap_refuses_what_is_no_number() {
    let of = |values: &[f64]| Bootstrap::of(values, &BootstrapSettings::default());
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[0.0, f64::NAN]), None);
    assert_eq!(of(&[f64::INFINITY]), None);
    for settings in [(0, 0.95), (100, 0.0), (100, 1.0), (100, f64::NAN)] {
        let settings = BootstrapSettings { resamples: settings.0, level: settings.1, seed: 0 };
        assert_eq!(Bootstrap::of(&[1.0], &settings), None);
    }
    for scale in [1e-280, 1e-12, 1.0, 1e15, 1e300] {
        let found = of(&[-0.5 * scale, scale, scale]).unwrap();
        assert!((found.mean / scale - 0.5).abs() < 1e-9, "{found:?}");
        assert!((found.interval.high / scale - 1.0).abs() < 1e-9, "{found:?}");
    }
    assert!(of(&[1e308; 3]).unwrap().mean > 0.99e308);
}

#[test]
fn a_figure_that_is_no_mean_is_resampled_by_counts() {
    let settings = BootstrapSettings { resamples: 2000, ..Default::default() };
    // A share of 300 of 1000, drawn by kinds.
    let share = |counts: &[u64]| {
        let all: u64 = counts.iter().sum();
        (all > 0).then(|| whole::number(counts[0]) / whole::number(all))
    };
    let found = resample_counts(&[300, 700], 300, &settings, share).unwrap();
    let normal = 1.96 * (0.3_f64 * 0.7 / 1000.0).sqrt();
    assert!((found.interval.low - 0.3 + normal).abs() < 0.004, "{found:?}");
    assert!((found.interval.high - 0.3 - normal).abs() < 0.004, "{found:?}");
    assert_eq!((found.n, found.undefined), (1000, 0));
    // Undefined in draws that miss a kind.
    let rare = |counts: &[u64]| (counts[1] > 0).then_some(1.0);
    assert!(resample_counts(&[50, 0, 1], 1, &settings, |it| rare(&it[1..])).is_some_and(|it| it.undefined > 500));
    assert_eq!(resample_counts(&[], 0, &settings, share), None);
    assert_eq!(resample_counts(&[0, 0], 0, &settings, share), None);
    assert_eq!(resample_counts(&[3, 3], 0, &settings, |_| Some(f64::NAN)), None);
}

fn check_cohen(row: &Value) {
    let (a, b) = (row["input"]["a"].as_array().unwrap(), row["input"]["b"].as_array().unwrap());
    let pairs: Vec<(String, String)> = a.iter().zip(b).map(|(a, b)| (a.to_string(), b.to_string())).collect();
    let weights = match row["input"]["weights"].as_str() {
        None => Weights::None,
        Some("linear") => Weights::Linear,
        Some(_) => Weights::Quadratic,
    };
    same(row, cohen_kappa(&pairs, weights), &row["expected"]["kappa"]);
}

#[test]
fn cohens_kappa_has_the_published_values() {
    published("cohen_kappa").iter().for_each(check_cohen);
    assert_eq!(cohen_kappa::<u8>(&[], Weights::None), None);
    assert_eq!(percent_agreement::<u8>(&[]), None);
    assert_eq!(percent_agreement(&[(1, 1), (1, 2)]), Some(0.5));
}

fn check_fleiss(row: &Value) {
    let table: Vec<Vec<u64>> = serde_json::from_value(row["input"]["table"].clone()).unwrap();
    same(row, fleiss_kappa(&table), &row["expected"]["kappa"]);
}

#[test]
fn fleiss_kappa_has_the_published_values() {
    published("fleiss_kappa").iter().for_each(check_fleiss);
    assert_eq!(fleiss_kappa::<Vec<u64>>(&[]), None);
    assert_eq!(fleiss_kappa(&[[1, 0], [0, 1]]), None, "one rater");
    assert_eq!(fleiss_kappa(&[[0, 0]]), None);
}

fn check_krippendorff(row: &Value) {
    let raters: Vec<Vec<Option<f64>>> = serde_json::from_value(row["input"]["raters"].clone()).unwrap();
    let items: Vec<Vec<f64>> = (0..raters[0].len()).map(|at| raters.iter().filter_map(|it| it[at]).collect()).collect();
    let expected = &row["expected"];
    same(row, krippendorff_alpha(&items, Level::Nominal), &expected["nominal"]);
    same(row, krippendorff_alpha(&items, Level::Ordinal), &expected["ordinal"]);
    same(row, krippendorff_alpha(&items, Level::Interval), &expected["interval"]);
    same(row, krippendorff_alpha(&items, Level::Ratio), &expected["ratio"]);
    let labels: Vec<Vec<String>> =
        items.iter().map(|it| it.iter().map(|rating| format!("label {rating}")).collect()).collect();
    same(row, krippendorff_of_labels(&labels), &expected["nominal"]);
}

#[test]
fn krippendorffs_alpha_has_the_published_values() {
    published("krippendorff_alpha").iter().for_each(check_krippendorff);
    assert_eq!(krippendorff_alpha(&[[1.0, f64::NAN], [1.0, 2.0]], Level::Nominal), None);
    assert_eq!(krippendorff_alpha(&[[1.0, -1.0], [1.0, 2.0]], Level::Ratio), None);
    assert!(krippendorff_alpha(&[[1.0, -1.0], [1.0, 2.0]], Level::Interval).is_some());
    assert!(krippendorff_alpha(&[[0.0, -0.0], [1.0, 1.0]], Level::Nominal).is_some_and(|it| it >= 1.0));
}

#[test]
fn a_confusion_matrix_has_missing_answers_and_labels_of_one_side() {
    let mut seen = Confusion::default();
    for (right, answer, times) in [("a", Some("a"), 3), ("a", Some("b"), 1), ("b", None, 2), ("c", Some("d"), 1)] {
        seen.add(Some(right), answer, times);
    }
    assert_eq!(seen.labels(), [&"a", &"b", &"c", &"d"]);
    assert_eq!(seen.cells().count(), 4);
    let of = seen.by_label();
    assert_eq!(of[&"a"], LabelCounts { hits: 3, wrong: 0, missed: 1 });
    assert_eq!((of[&"a"].precision(), of[&"a"].recall()), (Some(1.0), Some(0.75)));
    assert_eq!((of[&"b"].precision(), of[&"b"].recall(), of[&"b"].f1()), (Some(0.0), Some(0.0), Some(0.0)));
    assert_eq!((of[&"c"].precision(), of[&"c"].recall()), (None, Some(0.0)));
    assert_eq!((of[&"d"].precision(), of[&"d"].recall()), (Some(0.0), None));
    assert_eq!(f1_macro(of.values()), Some(6.0 / 7.0 / 4.0));
    assert_eq!(f1_micro(of.values()), Some(6.0 / 12.0));
    assert_eq!(precision_macro(of.values()), Some(0.25));
    assert_eq!(recall_macro(of.values()), Some(0.75 / 4.0));
    let none: [LabelCounts; 0] = [];
    assert_eq!((f1_macro(none), f1_micro(none), precision_macro(none)), (None, None, None));
}

#[test]
fn sample_sizes_grow_with_the_square_of_what_is_looked_for() {
    // Connor's formula by hand: b = 0.2, c = 0.1 at 5 % with 80 %.
    let (z, power) = (1.959_963_984_540_054_f64, 0.841_621_233_572_914_3_f64);
    let root = z * 0.3_f64.sqrt() + power * (0.3 - 0.01_f64).sqrt();
    let by_hand = (root * root / 0.01).ceil();
    assert_eq!(pairs_for_shares(0.2, 0.1, 0.05, 0.8).map(whole::number), Some(by_hand));
    assert_eq!(pairs_for_shares(0.1, 0.2, 0.05, 0.8), pairs_for_shares(0.2, 0.1, 0.05, 0.8));
    assert_eq!(pairs_for_shares(0.1, 0.1, 0.05, 0.8), None);
    assert_eq!(pairs_for_shares(0.9, 0.2, 0.05, 0.8), None);
    assert_eq!(pairs_for_shares(f64::NAN, 0.2, 0.05, 0.8), None);
    // A paired t test for half a standard deviation at 5 % with 80 % takes 34 pairs.
    assert_eq!(pairs_for_means(0.5, 1.0, 0.05, 0.8), Some(34));
    assert_eq!(pairs_for_means(-0.5, 1.0, 0.05, 0.8), Some(34));
    for (difference, deviation, alpha, power) in [
        (0.0, 1.0, 0.05, 0.8),
        (0.5, -1.0, 0.05, 0.8),
        (0.5, 1.0, 0.0, 0.8),
        (0.5, 1.0, 0.05, 1.0),
        (0.5, f64::NAN, 0.05, 0.8),
    ] {
        assert_eq!(pairs_for_means(difference, deviation, alpha, power), None);
    }
}

#[test]
fn means_and_quantiles_of_nothing_are_undefined() {
    assert_eq!((mean(&[]), mean(&[1.0, f64::NAN]), mean(&[1.0, 2.0])), (None, None, Some(1.5)));
    assert_eq!((standard_deviation(&[1.0]), standard_deviation(&[1.0, 3.0])), (None, Some(2.0_f64.sqrt())));
    let sorted = [1, 2, 3, 4];
    let at = [0.0, 0.25, 0.26, 0.5, 1.0].map(|it| quantile(&sorted, it).unwrap());
    assert_eq!(at, [1, 1, 2, 2, 4]);
    assert_eq!((quantile::<u8>(&[], 0.5), quantile(&sorted, 1.1), quantile(&sorted, f64::NAN)), (None, None, None));
}

fn check_labels(row: &Value) {
    let mut seen = Confusion::default();
    let texts = |key: &str| row["input"][key].as_array().unwrap().iter().map(|it| it.as_str().map(str::to_owned));
    texts("right").zip(texts("answers")).for_each(|(right, answer)| seen.add(right, answer, 1));
    let labels = seen.by_label();
    same(row, f1_macro(labels.values()), &row["expected"]["f1_macro"]);
    same(row, f1_micro(labels.values()), &row["expected"]["f1_micro"]);
    same(row, precision_macro(labels.values()), &row["expected"]["precision_macro"]);
    same(row, recall_macro(labels.values()), &row["expected"]["recall_macro"]);
}

fn check_bootstrap(row: &Value) {
    let values = numbers(&row["input"]["differences"]);
    let found = Bootstrap::of(&values, &BootstrapSettings { resamples: 20_000, ..Default::default() }).unwrap();
    same(row, Some(found.mean), &row["expected"]["mean"]);
    // Two draws from one distribution: their quantiles are as near as 20,000 draws bring them.
    for (found, end) in [(found.interval.low, 0), (found.interval.high, 1)] {
        let expected = row["expected"]["interval"][end].as_f64().unwrap();
        let near = 0.1 * row["expected"]["standard_error"].as_f64().unwrap() + 1.5 / length(&values);
        assert!((found - expected).abs() < near, "{found} for {expected} in {row}");
    }
}

fn check_pairs_for_means(row: &Value) {
    let given = |key: &str| row["input"][key].as_f64().unwrap();
    let found = pairs_for_means(given("difference"), given("deviation"), given("alpha"), given("power")).unwrap();
    // The normal approximation is within a pair, or half a percent, of the noncentral t distribution.
    let expected = row["expected"]["pairs"].as_f64().unwrap();
    assert!((whole::number(found) - expected).abs() <= 1.0 + 0.005 * expected, "{found} for {expected} in {row}");
}

/// Holds a case against what is expected of it.
type Check = fn(&Value);

/// Holds random cases against what other packages say of them; `tests/peers/statistics.py` makes them and runs this.
/// Without a file of its cases, those of the reference are read.
#[test]
fn statistics_are_those_of_other_packages() {
    let cases = std::env::var_os("CASEBOOK_STATISTICS").map(|it| std::fs::read_to_string(it).unwrap());
    let file = cases.unwrap_or_else(|| REFERENCE.to_owned());
    let checks: [(&str, Check); 9] = [
        ("mcnemar", check_mcnemar),
        ("wilson_95", check_wilson),
        ("holm", check_holm),
        ("cohen_kappa", check_cohen),
        ("fleiss_kappa", check_fleiss),
        ("krippendorff_alpha", check_krippendorff),
        ("labels", check_labels),
        ("bootstrap", check_bootstrap),
        ("pairs_for_means", check_pairs_for_means),
    ];
    let is_there = |statistic: &str| file.contains(&format!("\"statistic\": \"{statistic}\""));
    for (statistic, check) in checks.into_iter().filter(|(statistic, _)| is_there(statistic)) {
        let cases = rows(&file, statistic);
        cases.iter().for_each(check);
        println!("{statistic}: {} cases", cases.len());
    }
}
