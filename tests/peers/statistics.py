"""The statistics of Casebook against scipy, statsmodels, scikit-learn and krippendorff: 200 random cases of each.

This script makes the cases and what the packages say of them, and a unit test of the library (which is otherwise left
out) holds them against its own. `KEEP=1` keeps the file of cases. Exit code 1 means that one differs by more than 1e-9,
or a bootstrap interval by more than two draws of the same distribution do."""

import json
import os
import random
import subprocess
import sys
import tempfile
import venv
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["scipy==1.17.1", "statsmodels==0.15.0", "scikit-learn==1.9.1", "krippendorff==0.9.0", "numpy==2.4.6"]
CASES = 200


def in_environment(folder):
    """Runs this script again with the packages in a folder of their own."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    subprocess.run([python, __file__, "--write", folder / "cases.json"], check=True)


def number(value):
    """A number as JSON has it: what is not a number is null."""
    value = float(value)
    return value if abs(value) < float("inf") else None


def or_none(compute):
    try:
        return number(compute())
    except (ValueError, AssertionError, ZeroDivisionError):
        return None


def mcnemar(rng):
    from scipy.stats import binom
    from statsmodels.stats.contingency_tables import mcnemar as test

    most = rng.choice([5, 50, 5_000, 200_000])
    b, c = rng.randint(0, most), rng.randint(0, most)
    c = rng.choice([b, c, c, c])
    if b + c == 0:
        b = 1
    table = [[0, b], [c, 0]]
    exact = test(table, exact=True).pvalue
    same = binom.pmf(b, b + c, 0.5)
    return {"b": b, "c": c}, {
        "exact_p": number(exact),
        "mid_p": number(1 - same / 2 if b == c else exact - same),
        "chi2_p": number(test(table, exact=False, correction=False).pvalue),
        "chi2_corrected_p": number(test(table, exact=False, correction=True).pvalue),
    }


def wilson_95(rng):
    from scipy.stats import binomtest
    from statsmodels.stats.proportion import proportion_confint

    n = rng.randint(1, rng.choice([3, 100, 1_000_000]))
    successes = rng.randint(0, n)
    low, high = proportion_confint(successes, n, method="wilson")
    corrected = binomtest(successes, n).proportion_ci(method="wilsoncc")
    # statsmodels leaves 1e-17 of what is 0.
    expected = {"low": number(low), "high": number(high)}
    return {"successes": successes, "n": n}, {**expected, "cc_low": corrected.low, "cc_high": corrected.high}


def holm(rng):
    from statsmodels.stats.multitest import multipletests

    p = [round(rng.random() ** 3, rng.choice([2, 12])) for _ in range(rng.randint(1, 12))]
    reject, adjusted, _, _ = multipletests(p, alpha=0.05, method="holm")
    # `p < alpha` is ours, `p <= alpha` theirs.
    reject = [bool(it < 0.05) for it in adjusted]
    fdr = multipletests(p, method="fdr_bh")[1]
    return {"p": p}, {"adjusted": list(adjusted), "reject": reject, "benjamini_hochberg": list(fdr)}


def cohen_kappa(rng):
    from sklearn.metrics import cohen_kappa_score

    labels, n = rng.randint(1, 6), rng.randint(2, 60)
    a = [rng.randint(1, labels) for _ in range(n)]
    b = [it if rng.random() < 0.6 else rng.randint(1, labels) for it in a]
    weights = rng.choice([None, "linear", "quadratic"])
    return {"a": a, "b": b, "weights": weights}, {"kappa": or_none(lambda: cohen_kappa_score(a, b, weights=weights))}


def fleiss_kappa(rng):
    from statsmodels.stats.inter_rater import fleiss_kappa as kappa

    raters, labels = rng.randint(2, 8), rng.randint(1, 5)
    table = []
    for _ in range(rng.randint(1, 40)):
        said = [rng.randrange(labels) for _ in range(raters)]
        table.append([said.count(label) for label in range(labels)])
    return {"table": table}, {"kappa": or_none(lambda: kappa(table))}


def krippendorff_alpha(rng):
    import krippendorff

    raters, items, labels = rng.randint(2, 6), rng.randint(2, 30), rng.randint(1, 7)
    true = [rng.randint(1, labels) for _ in range(items)]

    def rate(value):
        return None if rng.random() < 0.2 else value if rng.random() < 0.5 else rng.randint(1, labels)

    said = [[rate(value) for value in true] for _ in range(raters)]
    data = [[float("nan") if it is None else it for it in row] for row in said]
    levels = ["nominal", "ordinal", "interval", "ratio"]

    def alpha(level):
        return or_none(lambda: krippendorff.alpha(reliability_data=data, level_of_measurement=level))

    return {"raters": said}, {level: alpha(level) for level in levels}


def labels(rng):
    from sklearn.metrics import f1_score, precision_score, recall_score

    names = [f"label {it}" for it in range(rng.randint(1, 6))]
    right = [rng.choice(names) for _ in range(rng.randint(1, 80))]
    answers = [it if rng.random() < 0.5 else rng.choice([*names, "of no gold answer"]) for it in right]

    def score(function, average):
        return number(function(right, answers, average=average, zero_division=0))

    return {"right": right, "answers": answers}, {
        "f1_macro": score(f1_score, "macro"),
        "f1_micro": score(f1_score, "micro"),
        "precision_macro": score(precision_score, "macro"),
        "recall_macro": score(recall_score, "macro"),
    }


def bootstrap(rng):
    import numpy
    from scipy.stats import bootstrap as resampled

    n = rng.choice([12, 30, 200, 2_000])
    kind = rng.choice(["binary", "few", "distinct"])
    draw = {
        "binary": lambda: rng.choice([0, 0, 0, 1, -1, 1]),
        "few": lambda: rng.randint(-4, 6) / 4,
        "distinct": lambda: rng.gauss(0.1, 1),
    }[kind]
    values = numpy.array([draw() for _ in range(n)], dtype=float)
    values[0], values[1] = 1, -1
    generator = numpy.random.default_rng(rng.randrange(2**32))
    found = resampled(
        (values,), numpy.mean, n_resamples=20_000, batch=500, method="percentile", rng=generator
    )
    interval = [number(found.confidence_interval.low), number(found.confidence_interval.high)]
    expected = {"mean": number(values.mean()), "interval": interval, "standard_error": number(found.standard_error)}
    return {"differences": list(values)}, expected


def pairs_for_means(rng):
    import math

    from statsmodels.stats.power import TTestPower

    difference, deviation = rng.uniform(0.05, 1.0), rng.uniform(0.5, 2.0)
    alpha, power = rng.choice([0.05, 0.01, 0.0125]), rng.choice([0.8, 0.9])
    pairs = TTestPower().solve_power(effect_size=difference / deviation, alpha=alpha, power=power)
    given = {"difference": difference, "deviation": deviation, "alpha": alpha, "power": power}
    return given, {"pairs": math.ceil(number(pairs if not hasattr(pairs, "item") else pairs.item()))}


STATISTICS = [mcnemar, wilson_95, holm, cohen_kappa, fleiss_kappa, krippendorff_alpha, labels, bootstrap, pairs_for_means]


def write(path):
    warnings.simplefilter("ignore")
    rng = random.Random(20261130)
    rows = []
    for make in STATISTICS:
        for _ in range(CASES):
            given, expected = make(rng)
            rows.append({"statistic": make.__name__, "input": given, "expected": expected})
    Path(path).write_text(json.dumps({"rows": rows}, allow_nan=False))


def main():
    if sys.argv[1:2] == ["--write"]:
        return write(sys.argv[2])
    folder = Path(tempfile.mkdtemp(prefix="statistics-"))
    try:
        in_environment(folder)
        test = "stats::tests::statistics_are_those_of_other_packages"
        command = ["cargo", "test", "--lib", "--", "--exact", "--nocapture", test]
        environment = {**os.environ, "CASEBOOK_STATISTICS": str(folder / "cases.json")}
        sys.exit(1 if subprocess.run(command, cwd=ROOT, env=environment).returncode else 0)
    finally:
        if not os.environ.get("KEEP"):
            subprocess.run(["rm", "-r", str(folder)])


if __name__ == "__main__":
    main()
