//! A made-up evaluation for tests: two models, two prompts, three metrics.

use std::collections::BTreeMap;

use crate::experiment::{
    Better, Calibration, CalibrationBin, ComparedAnswer, ComparedItem, Comparison, ConfusionMatrix, DecideInfo,
    Evaluation, GateResult, MetricInfo, Score, SideBySide, VariantFigures,
};

fn metric(name: &str, kind: &str, higher_is_better: bool, is_binary: bool) -> MetricInfo {
    MetricInfo { name: name.to_owned(), kind: kind.to_owned(), higher_is_better, is_binary }
}

fn score(value: f64, low: f64, high: f64) -> Score {
    Score { value: Some(value), low: Some(low), high: Some(high), n: 1180, missing: 3, undefined: None }
}

fn variant(number: i64, llm: &str, prompt: &str, scores: Vec<Score>, cost: Option<f64>) -> VariantFigures {
    let settings = [("llm".to_owned(), llm.to_owned()), ("prompts.generation".to_owned(), prompt.to_owned())];
    VariantFigures {
        number,
        name: format!("{llm} · {prompt}"),
        is_baseline: number == 2,
        settings: BTreeMap::from(settings),
        planned: 1200,
        accepted: 1190,
        rejected: 4,
        failed: 6,
        skipped: 0,
        blocked: 0,
        pending: 0,
        valid: Some(0.995),
        missing: 6,
        scores,
        cost_usd: cost.map(|it| it * 1200.0),
        cost_per_item: cost,
        latency_ms: Some(812.4),
        input_tokens: Some(412.25),
        output_tokens: Some(38.0),
        judging_usd: Some(0.0),
        is_on_front: cost.map(|_| number != 3),
    }
}

fn comparison(variant: &str, metric: &str, [difference, low, high]: [f64; 3], p: f64) -> Comparison {
    Comparison {
        variant: variant.to_owned(),
        baseline: "small · v1".to_owned(),
        metric: metric.to_owned(),
        difference: Some(difference),
        low: Some(low),
        high: Some(high),
        test: if metric == "accuracy" { "mid-p McNemar" } else { "paired bootstrap" }.to_owned(),
        n: 1180,
        only_variant: None,
        only_baseline: None,
        p: Some(p),
        adjusted_p: None,
        verdict: None,
        more_items: None,
        reason: None,
        undefined: None,
    }
}

fn confusion(variant: &str, missing: f64) -> ConfusionMatrix {
    let labels = ["card", "loan", "mortgage", ConfusionMatrix::MISSING].map(str::to_owned).to_vec();
    let counts =
        vec![vec![410.0, 32.5, 1.0, missing], vec![20.0, 300.0, 12.0, 0.0], vec![0.0, 4.0, 398.5, 0.0], vec![0.0; 4]];
    ConfusionMatrix { variant: variant.to_owned(), metric: "accuracy".to_owned(), labels, counts }
}

fn calibration() -> Calibration {
    let bin = |place: u32, n: u64| {
        let low = f64::from(place) / 10.0;
        let filled = |value: f64| (n > 0).then_some(value);
        CalibrationBin { low, high: low + 0.1, n, mean_score: filled(low + 0.05), right: filled(low * low) }
    };
    Calibration {
        variant: "large · v2".to_owned(),
        metric: "helpful".to_owned(),
        truth: "accuracy".to_owned(),
        n: 600,
        brier: Some(0.1312),
        ece: Some(0.082),
        bins: (0..10).map(|place| bin(place, u64::from(place) * 13)).collect(),
    }
}

fn side_by_side() -> SideBySide {
    let answer = |text: Option<&str>, is_right| ComparedAnswer { text: text.map(str::to_owned), is_right };
    SideBySide {
        metric: "accuracy".to_owned(),
        field: Some("product".to_owned()),
        variants: ["small · v1", "large · v2"].map(str::to_owned).to_vec(),
        total: 9,
        items: vec![ComparedItem {
            work_id: "3f5a6c7d8e9f00112233445566778899aabbccdd".to_owned(),
            row: Some(7),
            input: "They charged me twice.".to_owned(),
            gold: Some("card".to_owned()),
            answers: vec![answer(Some("loan"), Some(false)), answer(Some("card"), Some(true))],
        }],
    }
}

/// The evaluation.
pub(crate) fn evaluation() -> Evaluation {
    let scores = |value: f64, error: f64| {
        let helpful = Score {
            value: None,
            low: None,
            high: None,
            n: 0,
            missing: 0,
            undefined: Some("no work item has a score".to_owned()),
        };
        vec![score(value, value - 0.018, value + 0.016), score(error, error - 12.0, error + 14.5), helpful]
    };
    let decided = |name: &str, figures, p, adjusted, verdict, more_items| Comparison {
        adjusted_p: Some(adjusted),
        verdict: Some(verdict),
        more_items,
        ..comparison(name, "accuracy", figures, p)
    };
    let mut evaluation = Evaluation {
        items: 1200,
        items_of_variants: None,
        left_out: 0,
        repeats: 1,
        with_gold: Some(1180),
        baseline: "small · v1".to_owned(),
        metrics: vec![
            metric("accuracy", "exact", true, true),
            metric("amount_error", "mae", false, false),
            metric("helpful", "expr", true, false),
        ],
        variants: vec![
            variant(2, "small", "v1", scores(0.881, 131.2), Some(0.000_21)),
            variant(3, "small", "v2", scores(0.879, 128.0), Some(0.000_25)),
            variant(4, "large", "v1", scores(0.902, 120.5), None),
            variant(5, "large", "v2", scores(0.912, 119.0), Some(0.0041)),
        ],
        comparisons: vec![
            decided("small · v2", [-0.002, -0.02, 0.016], 0.82, 0.82, Better::Inconclusive, Some(150_000)),
            comparison("small · v2", "amount_error", [-3.2, -9.0, 2.5], 0.28),
            decided("large · v1", [0.021, 0.002, 0.04], 0.034, 0.068, Better::Inconclusive, Some(420)),
            comparison("large · v1", "amount_error", [-10.7, -17.0, -4.0], 0.002),
            decided("large · v2", [0.031, 0.012, 0.05], 0.000_02, 0.000_06, Better::Better, None),
            comparison("large · v2", "amount_error", [-12.2, -19.0, -5.5], 0.000_4),
        ],
        decide: Some(DecideInfo {
            by: "accuracy".to_owned(),
            alpha: 0.05,
            min_difference: 0.01,
            family: 3,
            unmeasured: Vec::new(),
        }),
        gates: Vec::new(),
        confusions: vec![confusion("small · v1", 2.0), confusion("large · v2", 0.0)],
        calibrations: vec![calibration()],
        side_by_side: Some(side_by_side()),
        notes: Vec::new(),
        against: None,
    };
    for it in &evaluation.variants {
        for (gate, value, passed) in [
            ("valid >= 0.99", it.valid, true),
            ("cost_per_item <= 0.002", it.cost_per_item, it.cost_per_item.is_some_and(|it| it <= 0.002)),
        ] {
            let (gate, variant) = (gate.to_owned(), it.name.clone());
            evaluation.gates.push(GateResult { gate, variant, value, passed });
        }
    }
    evaluation
}
