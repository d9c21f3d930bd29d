"""Whether scikit-learn, scipy and statsmodels come to the figures of `casebook eval`.

The example `experiment` (ten models, 1,000 complaints) is evaluated. Outputs are read from the run file, gold answers
from the example's table, and all figures are computed again by these packages: accuracy and F1, Wilson's intervals,
confusion matrices, McNemar's p, Holm's adjustment and verdicts to 1e-9; bootstrap intervals of F1, which are random,
to 0.006. `CASEBOOK` names the binary. Exit code 1 means that an expectation was not met."""

import csv
import json
import sqlite3
import subprocess
import sys

from bench import CASEBOOK, Bench

PACKAGES = ["numpy==2.4.6", "scipy==1.17.1", "scikit-learn==1.9.1", "statsmodels==0.15.0"]
# Reads pairs of (gold, answer or null) by variant, prints the figures of each.
PEER = r'''
import json, sys
import numpy, scipy.stats
from scipy.stats import binom, binomtest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

given = json.load(sys.stdin)
labels = sorted({gold for gold, _ in given["pairs"][given["baseline"]]})
found = {}
right = {}
for name, pairs in given["pairs"].items():
    gold = [it[0] for it in pairs]
    # An answer that is missing is a wrong one.
    said = [it[1] if it[1] is not None else "(missing)" for it in pairs]
    right[name] = numpy.array([one == other for one, other in zip(gold, said)])
    wilson = binomtest(int(right[name].sum()), len(gold)).proportion_ci(0.95, method="wilson")
    rank = {label: at for at, label in enumerate([*labels, "(missing)"])}
    codes = numpy.array([rank[it] for it in gold]), numpy.array([rank[it] for it in said])

    def f1(one, other):
        both = [((one == at) & (other == at)).sum() for at in range(len(labels))]
        either = [(one == at).sum() + (other == at).sum() for at in range(len(labels))]
        return numpy.mean([2 * a / b for a, b in zip(both, either)])

    interval = scipy.stats.bootstrap(
        codes, f1, paired=True, vectorized=False, method="percentile", n_resamples=2000, rng=numpy.random.default_rng(1)
    ).confidence_interval
    found[name] = {
        "accuracy": accuracy_score(gold, said),
        "wilson": [wilson.low, wilson.high],
        "f1": f1_score(gold, said, average="macro", labels=labels),
        "f1_interval": [float(interval.low), float(interval.high)],
        "confusion": confusion_matrix(gold, said, labels=[*labels, "(missing)"]).tolist(),
        "labels": [*labels, "(missing)"],
        "missing": said.count("(missing)"),
    }
others = [it for it in given["pairs"] if it != given["baseline"]]
base = right[given["baseline"]]
for name in others:
    alone, baseline = int((right[name] & ~base).sum()), int((base & ~right[name]).sum())
    both, none = int((right[name] & base).sum()), int((~right[name] & ~base).sum())
    few = min(alone, baseline)
    exact = mcnemar([[both, alone], [baseline, none]], exact=True).pvalue
    found[name] |= {
        "alone": [alone, baseline],
        "difference": (alone - baseline) / len(base),
        "exact": exact,
        "p": exact - binom.pmf(few, alone + baseline, 0.5),
    }
adjusted = multipletests([found[it]["p"] for it in others], alpha=0.05, method="holm")
for name, is_different, p in zip(others, adjusted[0], adjusted[1]):
    found[name] |= {"adjusted_p": p, "is_different": bool(is_different)}
json.dump(found, sys.stdout)
'''


def near(expected, within=1e-9):
    """That a value, or each value of a list, is within this distance."""

    def is_near(seen):
        if isinstance(expected, list):
            return isinstance(seen, list) and len(seen) == len(expected) and all(map(lambda a, b: near(a, within)(b), expected, seen))
        return seen is not None and abs(seen - expected) <= within * max(1.0, abs(expected))

    return is_near


def reordered(matrix, labels):
    """The counts of a confusion matrix in the order of `labels`, 0 where it has no such label."""
    at = {label: place for place, label in enumerate(matrix["labels"])}
    cell = lambda gold, said: matrix["counts"][at[gold]][at[said]] if gold in at and said in at else 0
    return [[cell(gold, said) for said in labels] for gold in labels]


def main():
    with Bench("experiment_peers") as bench:
        python = bench.venv(*PACKAGES)
        folder = bench.dir / "experiment"
        subprocess.run([CASEBOOK, "init", folder, "--example", "experiment"], check=True, capture_output=True)
        command = [CASEBOOK, "eval", folder / "casebook.yaml", "--format", "json"]
        ended = subprocess.run(command, capture_output=True, text=True)
        bench.expect("four answers are not valid, and eval says so by its exit code", 3, ended.returncode, ended.stderr)
        seen = json.loads(ended.stdout)
        written = list((folder / "out").rglob("eval.json"))
        bench.expect("eval.json is what eval prints", [seen], [json.loads(it.read_text()) for it in written])

        with open(folder / "data" / "gold.csv", newline="", encoding="utf-8") as file:
            gold = {row["id"]: row["product"] for row in csv.DictReader(file)}
        pairs = {variant["name"]: [] for variant in seen["variants"]}
        with sqlite3.connect(f"file:{folder / 'experiment.db'}?mode=ro", uri=True) as base:
            query = "SELECT variant, id, product FROM results ORDER BY variant, row_index"
            for variant, key, product in base.execute(query):
                if variant in pairs:
                    pairs[variant].append((gold[key], product))
        given = json.dumps({"pairs": pairs, "baseline": seen["baseline"]})
        peer = subprocess.run([python, "-c", PEER], input=given, capture_output=True, text=True)
        bench.expect("the packages have figures", 0, peer.returncode, peer.stderr)
        figures = json.loads(peer.stdout)

        for row in seen["variants"]:
            name, expected = row["name"], figures[row["name"]]
            accuracy, f1 = row["scores"]
            bench.expect(f"{name}: accuracy", near(expected["accuracy"]), accuracy["value"])
            bench.expect(f"{name}: Wilson's interval", near(expected["wilson"]), [accuracy["low"], accuracy["high"]])
            bench.expect(f"{name}: F1 of the gold labels", near(expected["f1"]), f1["value"])
            bench.expect(f"{name}: bootstrap of F1", near(expected["f1_interval"], 0.006), [f1["low"], f1["high"]])
            bench.expect(f"{name}: missing", expected["missing"], row["missing"])
        for matrix in seen["confusions"]:
            expected = figures[matrix["variant"]]
            shown = reordered(matrix, expected["labels"])
            bench.expect(f"{matrix['variant']}: confusion matrix of {matrix['metric']}", near(expected["confusion"]), shown)
        for it in seen["comparisons"]:
            if it["metric"] != "accuracy":
                continue
            name, expected = it["variant"], figures[it["variant"]]
            bench.expect(f"{name}: discordant pairs", expected["alone"], [it["only_variant"], it["only_baseline"]])
            bench.expect(f"{name}: difference", near(expected["difference"]), it["difference"])
            bench.expect(f"{name}: mid-p", near(expected["p"]), it["p"])
            bench.expect(f"{name}: Holm's p", near(expected["adjusted_p"]), it["adjusted_p"])
            verdict = ("better" if expected["difference"] > 0 else "worse") if expected["is_different"] else "inconclusive"
            bench.expect(f"{name}: verdict", verdict, it["verdict"])
        bench.end()


if __name__ == "__main__":
    main()
