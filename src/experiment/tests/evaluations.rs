//! Whole evaluations, worked out by hand.

use crate::config::{Decide, Experiment, Gate, GateComparison, Gold, Metric, MetricKind, Variant};
use crate::experiment::picture::calibration;
use crate::experiment::{
    Better, ConfusionMatrix, Ending, Evaluation, Mark, MarkBook, Setting, VariantFigures, ending, evaluate,
};

fn metric(name: &str, kind: MetricKind) -> Metric {
    Metric { name: name.to_owned(), of: Some("a".to_owned()), gold: None, kind }
}

fn experiment(metrics: Vec<Metric>, repeats: u32, min_difference: f64) -> Experiment {
    let by = metrics.first().map(|it| it.name.clone()).unwrap_or_default();
    Experiment {
        variants: Vec::<Variant>::new(),
        baseline: 0,
        repeats,
        gold: Some(Gold { path: None, key: None, fields: std::collections::BTreeMap::new() }),
        metrics,
        decide: Some(Decide { by, alpha: 0.05, min_difference }),
        gates: Vec::new(),
        budget_per_variant: None,
    }
}

fn variant(name: &str, is_baseline: bool, cost_per_item: Option<f64>) -> VariantFigures {
    VariantFigures {
        number: 1,
        name: name.to_owned(),
        is_baseline,
        settings: std::collections::BTreeMap::new(),
        planned: 10,
        accepted: 10,
        rejected: 0,
        failed: 0,
        skipped: 0,
        blocked: 0,
        pending: 0,
        valid: Some(1.0),
        missing: 0,
        scores: Vec::new(),
        cost_usd: None,
        cost_per_item,
        latency_ms: None,
        input_tokens: None,
        output_tokens: None,
        judging_usd: None,
        is_on_front: None,
    }
}

/// Evaluates `marks`: of each variant the marks of its work items, in the order of `names`.
fn run(experiment: &Experiment, names: &[(&str, Option<f64>)], marks: &[Vec<Vec<Mark>>]) -> Evaluation {
    let mut book = MarkBook::new(&experiment.metrics, names.len(), experiment.repeats);
    for (index, items) in marks.iter().enumerate() {
        for (item, repeats) in items.iter().enumerate() {
            let place = book.place(i64::try_from(item).unwrap(), true);
            for (repeat, mark) in repeats.iter().enumerate() {
                book.note((index, 0), place, u32::try_from(repeat + 1).unwrap(), mark.clone());
            }
        }
    }
    let variants = names.iter().enumerate().map(|(index, (name, cost))| variant(name, index == 0, *cost)).collect();
    evaluate(&book, Setting { experiment, seed: 42, against: None, left_out: 0 }, variants, Vec::new())
}

fn ones(right: usize, of: usize) -> Vec<Vec<Mark>> {
    (0..of).map(|item| vec![Mark::Number(if item < right { 1.0 } else { 0.0 })]).collect()
}

fn close(a: Option<f64>, b: f64) {
    let a = a.unwrap();
    assert!((a - b).abs() < 1e-9, "{a} {b}");
}

#[test]
fn zeros_and_ones_have_wilsons_interval_and_the_mid_p_of_mcnemar() {
    let mut experiment = experiment(vec![metric("accuracy", MetricKind::Exact)], 1, 0.01);
    experiment.gates = vec![Gate {
        text: "accuracy >= 0.5".to_owned(),
        figure: "accuracy".to_owned(),
        comparison: GateComparison::AtLeast,
        bound: 0.5,
    }];
    // The baseline is right on 2 items of 12, `large` on these and 10 more, and `other` like the baseline.
    let found = run(
        &experiment,
        &[("small", Some(1.0)), ("large", Some(2.0)), ("other", Some(3.0))],
        &[ones(2, 12), ones(12, 12), ones(2, 12)],
    );
    assert!(found.metrics[0].is_binary);
    let small = &found.variants[0].scores[0];
    close(small.value, 1.0 / 6.0);
    // Wilson for 2 of 12 at 95 %.
    assert!((small.low.unwrap() - 0.0470).abs() < 1e-3 && (small.high.unwrap() - 0.4480).abs() < 1e-3);
    let large = &found.comparisons[0];
    assert_eq!((large.only_variant, large.only_baseline, large.n), (Some(10), Some(0), 12));
    // 2 (½)¹⁰ less the point's own (½)¹⁰.
    close(large.p, 1.0 / 1024.0);
    // `other` has no p, so that the family has one member.
    assert_eq!(found.decide.as_ref().unwrap().family, 1);
    close(large.adjusted_p, 1.0 / 1024.0);
    assert_eq!(large.verdict, Some(Better::Better));
    let other = &found.comparisons[1];
    assert_eq!((other.p, other.verdict, other.more_items), (None, Some(Better::Inconclusive), None));
    assert!(other.reason.as_ref().unwrap().contains("never"));
    let gates: Vec<_> = found.gates.iter().map(|gate| gate.passed).collect();
    assert_eq!(gates, [false, true, false]);
    assert_eq!(ending(&found, &[], true), Ending::GateFailed);
    assert_eq!(ending(&found, &["large"], true), Ending::Passed);
    assert_eq!(ending(&found, &["other"], false), Ending::GateFailed);
    let front: Vec<_> = found.variants.iter().map(|it| it.is_on_front).collect();
    assert_eq!(front, [Some(true), Some(true), Some(false)]);
}

#[test]
fn what_is_too_small_or_too_few_is_inconclusive_and_says_how_many_more() {
    let experiment = experiment(vec![metric("accuracy", MetricKind::Exact)], 1, 0.2);
    let found = run(&experiment, &[("a", None), ("b", None)], &[ones(50, 100), ones(60, 100)]);
    let comparison = &found.comparisons[0];
    assert!(comparison.p.unwrap() < 0.05);
    assert_eq!(comparison.verdict, Some(Better::Inconclusive));
    assert_eq!(comparison.reason.as_deref(), Some("the difference is smaller than 0.2"));
    assert_eq!((comparison.more_items, ending(&found, &[], true)), (None, Ending::Inconclusive));

    let few = run(&experiment, &[("a", None), ("b", None)], &[ones(1, 4), ones(2, 4)]);
    let comparison = &few.comparisons[0];
    close(comparison.p, 0.5);
    assert_eq!(comparison.reason.as_deref(), Some("the adjusted p is not below 0.05"));
    assert!(comparison.more_items.unwrap() > 10);

    let worse = run(&experiment, &[("a", None), ("b", None)], &[ones(60, 60), ones(20, 60)]);
    assert_eq!(worse.comparisons[0].verdict, Some(Better::Worse));
    assert_eq!((ending(&worse, &[], false), ending(&worse, &[], true)), (Ending::Passed, Ending::Worse));
}

#[test]
fn a_variant_that_is_not_measured_yet_is_in_the_family_with_a_p_of_1() {
    let mut experiment = experiment(vec![metric("accuracy", MetricKind::Exact)], 1, 0.0);
    experiment.variants = ["a", "b", "c", "d"]
        .map(|name| Variant { name: name.to_owned(), overlay: std::collections::BTreeMap::new() })
        .to_vec();
    let (names, marks) = ([("a", None), ("b", None), ("c", None), ("d", None)], [2, 9, 8, 3].map(|it| ones(it, 12)));
    let adjusted = |of: usize| {
        let found = run(&experiment, &names[..of], &marks[..of]);
        let decide = found.decide.unwrap();
        (
            decide.family,
            decide.unmeasured,
            found.comparisons.iter().map(|it| it.adjusted_p.unwrap()).collect::<Vec<_>>(),
        )
    };
    let (family, unmeasured, of_one) = adjusted(2);
    assert_eq!((family, unmeasured), (3, vec!["c".to_owned(), "d".to_owned()]));
    close(of_one.first().copied(), 3.0 / 128.0);
    let (family, unmeasured, of_two) = adjusted(3);
    assert_eq!((family, unmeasured), (3, vec!["d".to_owned()]));
    let (_, unmeasured, of_all) = adjusted(4);
    assert!(unmeasured.is_empty());
    // None of them grows when more is known.
    assert!(of_one[0] >= of_two[0] && of_two.iter().zip(&of_all).all(|(before, after)| before >= after));
}

#[test]
fn scores_are_calibrated_against_the_mean_of_repeats() {
    let metrics = [metric("accuracy", MetricKind::Exact), metric("helpful", MetricKind::Jaccard)];
    let mut book = MarkBook::new(&metrics, 1, 2);
    for (item, (right, scores)) in (0..).zip([([1.0, 0.0], [0.9, 0.5]), ([1.0, 1.0], [0.8, 1.0])]) {
        let place = book.place(item, true);
        for repeat in 1..=2 {
            let at = usize::try_from(repeat - 1).unwrap();
            book.note((0, 0), place, repeat, Mark::Number(right[at]));
            book.note((0, 1), place, repeat, Mark::Number(scores[at]));
        }
    }
    assert!(book.is_right_or_wrong(0) && !book.is_right_or_wrong(1));
    let calibration = calibration(&book, (1, "helpful"), (0, "accuracy"), (0, "a")).unwrap();
    assert_eq!(calibration.n, 2);
    close(calibration.brier, f64::midpoint(0.2 * 0.2, 0.1 * 0.1));
}

#[test]
fn repeats_of_a_work_item_are_averaged_first() {
    let experiment = experiment(vec![metric("accuracy", MetricKind::Exact)], 3, 0.0);
    let item = |marks: [f64; 3]| marks.into_iter().map(Mark::Number).collect::<Vec<_>>();
    let found = run(
        &experiment,
        &[("a", None), ("b", None)],
        &[
            vec![item([1.0, 0.0, 0.0]), item([0.0; 3]), vec![Mark::Number(1.0), Mark::Missing]],
            vec![item([1.0; 3]), item([1.0, 1.0, 0.0]), item([1.0; 3])],
        ],
    );
    assert!(!found.metrics[0].is_binary);
    let score = &found.variants[0].scores[0];
    close(score.value, (1.0 / 3.0 + 0.0 + 0.5) / 3.0);
    assert_eq!((score.n, score.missing), (3, 1));
    let comparison = &found.comparisons[0];
    assert_eq!((comparison.test.as_str(), comparison.n), ("paired bootstrap", 3));
    close(comparison.difference, (2.0 / 3.0 + 2.0 / 3.0 + 0.5) / 3.0);
    // Three differences of one sign.
    close(comparison.p, 0.25);
}

#[test]
fn errors_leave_out_what_is_missing_and_less_is_better() {
    let numbers = |of: &[f64]| of.iter().map(|it| vec![Mark::Number(*it)]).collect::<Vec<_>>();
    for kind in [MetricKind::Mae, MetricKind::Rmse] {
        let experiment = experiment(vec![metric("error", kind.clone())], 1, 0.0);
        let (large, small) = (vec![4.0, 9.0, 16.0, 4.0, 9.0, 16.0, 25.0, 36.0], vec![1.0; 8]);
        let found = run(&experiment, &[("a", None), ("b", None)], &[numbers(&large), numbers(&small)]);
        let mean = large.iter().sum::<f64>() / 8.0;
        let expected = if matches!(kind, MetricKind::Rmse) { mean.sqrt() } else { mean };
        close(found.variants[0].scores[0].value, expected);
        close(found.comparisons[0].difference, 1.0 - expected);
        assert_eq!(found.comparisons[0].verdict, Some(Better::Better), "{:?}", found.comparisons);

        let mut with_gap = numbers(&small);
        with_gap[0] = vec![Mark::Missing];
        let found = run(&experiment, &[("a", None), ("b", None)], &[numbers(&large), with_gap]);
        assert_eq!((found.variants[1].scores[0].n, found.variants[1].scores[0].missing), (7, 1));
        assert_eq!(found.comparisons[0].verdict, Some(Better::Inconclusive));
        assert!(found.comparisons[0].reason.as_ref().unwrap().contains("1 answers of the variant are missing"));
    }
}

#[test]
fn f1_is_over_the_gold_labels_and_a_missing_answer_is_wrong() {
    let label = |gold: &str, answer: Option<&str>| {
        let json = |text: &str| format!("\"{text}\"");
        vec![Mark::Labels { gold: json(gold), answer: answer.map(json) }]
    };
    let answers = vec![
        label("x", Some("x")),
        label("x", Some("y")),
        label("y", Some("y")),
        label("y", None),
        label("x", Some("z")),
    ];
    let of = |kind: MetricKind| {
        let experiment = experiment(vec![metric("f1", kind)], 1, 0.0);
        run(&experiment, &[("a", None), ("b", None)], &[answers.clone(), answers.clone()])
    };
    let value = |kind| of(kind).variants[0].scores[0].value;
    // x: 1 hit, 3 gold, 1 answered; y: 1 hit, 2 gold, 2 answered; z is no gold label.
    close(value(MetricKind::F1Macro), f64::midpoint(2.0 / 4.0, 2.0 / 4.0));
    close(value(MetricKind::F1Micro), 2.0 / 5.0);
    close(value(MetricKind::Precision { label: None }), f64::midpoint(1.0, 0.5));
    close(value(MetricKind::Recall { label: None }), f64::midpoint(1.0 / 3.0, 0.5));
    close(value(MetricKind::Recall { label: Some("y".to_owned()) }), 0.5);
    let never = of(MetricKind::Precision { label: Some("w".to_owned()) });
    let score = &never.variants[0].scores[0];
    assert_eq!((score.value, score.undefined.as_deref()), (None, Some("the label was never answered")));
    let found = of(MetricKind::F1Macro);
    assert_eq!(found.variants[0].scores[0].missing, 1);
    close(found.comparisons[0].p, 1.0);
    let confusion = &found.confusions[0];
    assert_eq!(confusion.labels, ["x", "y", "z", ConfusionMatrix::MISSING]);
    assert_eq!(confusion.counts[0], [1.0, 1.0, 1.0, 0.0]);
    assert_eq!(confusion.counts[1], [0.0, 1.0, 0.0, 1.0]);
    // A label of that name is not that row.
    let answers = vec![label("(missing)", None)];
    let named = run(&experiment(vec![metric("f1", MetricKind::F1Macro)], 1, 0.0), &[("a", None)], &[answers]);
    assert_eq!(named.confusions[0].labels, ["\"(missing)\"", "(missing)"]);
}

#[test]
fn nothing_to_measure_is_undefined_and_the_same_seed_gives_the_same_figures() {
    let experiment = experiment(vec![metric("accuracy", MetricKind::Jaccard)], 1, 0.0);
    let none = vec![vec![Mark::NoGold]];
    let found = run(&experiment, &[("a", None), ("b", None)], &[none.clone(), none]);
    assert_eq!(found.variants[0].scores[0].undefined.as_deref(), Some("no decided work item has a gold answer"));
    assert_eq!(found.comparisons[0].undefined.as_deref(), Some("no work item has a value under both"));
    assert_eq!(found.comparisons[0].verdict, Some(Better::Inconclusive));

    let spread = |by: u32| (0..40).map(|item| vec![Mark::Number(f64::from(item * by % 17) / 17.0)]).collect::<Vec<_>>();
    let twice = || run(&experiment, &[("a", None), ("b", None)], &[spread(3), spread(5)]);
    assert_eq!(serde_json::to_string(&twice()).unwrap(), serde_json::to_string(&twice()).unwrap());
}

#[test]
fn figures_are_over_the_work_items_that_are_decided_under_every_variant() {
    use crate::record::WorkStatus::{Accepted, Failed, Pending};
    let metrics = [metric("accuracy", MetricKind::Exact)];
    let mut book = MarkBook::new(&metrics, 3, 1);
    // Of four work items the second variant has decided two, and the third none.
    for (variant, status) in [(0, [Accepted, Accepted, Failed, Accepted]), (1, [Accepted, Pending, Accepted, Pending])]
    {
        for (item, status) in (0..).zip(status) {
            let place = book.place(item, true);
            book.stand(variant, place, status);
            if status != Pending {
                book.note((variant, 0), place, 1, Mark::Number(f64::from(u8::from(item != 2))));
            }
        }
    }
    let scope = book.keep_shared(&[false, true, true], &[false]);
    assert_eq!((scope.left_out, book.items(), book.with_gold()), (2, 4, 2));
    let tallies: Vec<_> = scope.tallies.iter().map(|it| (it.tried, it.valid, it.missing, it.is_begun)).collect();
    assert_eq!(tallies, [(2, 1, 1, true), (2, 2, 0, true), (0, 0, 0, false)]);
    let experiment = experiment(metrics.to_vec(), 1, 0.0);
    let variants = [("a", true), ("b", false), ("c", false)].map(|(name, is)| variant(name, is, None)).to_vec();
    let setting = Setting { experiment: &experiment, seed: 42, against: None, left_out: scope.left_out };
    let found = evaluate(&book, setting, variants, Vec::new());
    let scores: Vec<_> = found.variants.iter().map(|it| (it.scores[0].value, it.scores[0].n)).collect();
    assert_eq!(scores, [(Some(0.5), 2), (Some(0.5), 2), (None, 0)]);
    assert_eq!(found.comparisons[0].n, 2);
}

#[test]
fn thirds_that_add_up_to_nothing_are_nothing() {
    let experiment = experiment(vec![metric("accuracy", MetricKind::Exact)], 3, 0.0);
    let thirds = |of: u32| (0..3).map(|it| Mark::Number(f64::from(u8::from(it < of)))).collect::<Vec<_>>();
    let found =
        run(&experiment, &[("a", None), ("b", None)], &[vec![thirds(1); 6], [3, 0, 3, 3, 3, 0].map(thirds).to_vec()]);
    // Differences of [2, -1, 2, 2, 2, -1] / 3: of all draws with replacement, a tenth has a sum of 0 or less.
    let comparison = &found.comparisons[0];
    assert!((comparison.p.unwrap() - 0.200_274_348).abs() < 1e-6, "{comparison:?}");
    assert_eq!((comparison.low, comparison.verdict), (Some(0.0), Some(Better::Inconclusive)));
    // What is kept of a third does not show.
    assert!((comparison.difference.unwrap() - 1.0 / 3.0).abs() < 1e-15);
    assert_eq!(comparison.high, Some(0.666_666_666_67));
}

#[test]
fn so_many_more_items_are_named_that_the_test_can_tell_at_all() {
    let experiment = experiment(vec![metric("accuracy", MetricKind::Exact)], 1, 0.0);
    let found = run(&experiment, &[("a", None), ("b", None)], &[ones(0, 2), ones(2, 2)]);
    // Of five, all different, mid-p is 1/32; of four it is 1/16.
    assert_eq!(found.comparisons[0].more_items, Some(3));
}

#[test]
fn missing_answers_make_no_precision_better() {
    let label = |gold: &str, answer: Option<&str>| {
        vec![Mark::Labels { gold: gold.to_owned(), answer: answer.map(str::to_owned) }]
    };
    let experiment = experiment(vec![metric("precision", MetricKind::Precision { label: None })], 1, 0.0);
    let all: Vec<_> = (0..40).map(|it| label("x", Some(if it % 2 == 0 { "x" } else { "y" }))).collect();
    let some: Vec<_> = (0..40).map(|it| label("x", (it % 2 == 0).then_some("x"))).collect();
    let of = |gold_y: Vec<Vec<Mark>>| {
        let y = (0..40).map(|_| label("y", Some("y")));
        gold_y.into_iter().chain(y).collect::<Vec<_>>()
    };
    let found = run(&experiment, &[("a", None), ("b", None)], &[of(all), of(some)]);
    let comparison = &found.comparisons[0];
    assert!(comparison.difference.unwrap() > 0.0 && comparison.adjusted_p.unwrap() < 0.05, "{comparison:?}");
    assert_eq!(comparison.verdict, Some(Better::Inconclusive));
    assert!(comparison.reason.as_ref().unwrap().contains("20 answers of the variant are missing"));
}
