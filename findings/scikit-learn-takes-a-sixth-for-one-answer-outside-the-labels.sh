#!/usr/bin/env bash
# scikit-learn: one answer that is not among the labels takes a sixth off the macro F1 of five labels.
#
# Guessed: the macro F1 is the mean of the labels' F1, and the labels are those that the gold answers have; an answer
#          beyond them is one wrong answer more.
# Seen:    the labels are all that gold answers or predictions have. A label that a model made up has an F1 of 0, and is
#          a sixth of the mean: of 1,000 complaints of five products, gpt_4o called three `auto_loan`, and has 0.613, not
#          0.736; one `student_loans` does the same to gemini-2.0-flash-lite. There is no warning. Accuracy, the micro
#          and the weighted F1 do not move, and gpt_4o falls behind gpt_4o_mini, which it beats by all of these.
# So:      pass `labels=` with those of the gold answers. Here, macro F1 is over them alone; an answer outside of the
#          schema is no valid one, and counts as wrong.
# With:    scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.7, Linux, 2026-11-30
set -euo pipefail

data=$(cd "$(dirname "$0")/../examples/complaints/data" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
DATA="$data" venv/bin/python - <<'PYTHON'
import csv
import os
import sys
import warnings

import numpy
import sklearn
from sklearn.metrics import accuracy_score, f1_score

print("scikit-learn", sklearn.__version__, "numpy", numpy.__version__, "Python", sys.version.split()[0])
warnings.simplefilter("error")


def table(name):
    with open(f"{os.environ['DATA']}/{name}", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


gold = {row["id"]: row["product"] for row in table("complaints.csv")}
labels = sorted(set(gold.values()))
assert len(labels) == 5 and len(gold) == 1000
seen = {}
for model in ("gpt_4o_mini", "gpt_4o", "gemini-2.0-flash-lite"):
    said = {row["id"]: row["answer"] for row in table("answers.csv") if row["model"] == model}
    pair = list(gold.values()), [said[key] for key in gold]
    seen[model] = {
        "outside": sum(it not in labels for it in said.values()),
        "macro": f1_score(*pair, average="macro"),
        "macro of the gold labels": f1_score(*pair, average="macro", labels=labels),
        "micro": f1_score(*pair, average="micro"),
        "weighted": f1_score(*pair, average="weighted"),
        "accuracy": accuracy_score(*pair),
    }
    print(f"  {model}:", {name: round(float(value), 4) for name, value in seen[model].items()})

for model, outside in (("gpt_4o", 3), ("gemini-2.0-flash-lite", 1)):
    it = seen[model]
    assert it["outside"] == outside
    assert abs(it["macro"] - it["macro of the gold labels"] * 5 / 6) < 1e-12
    assert it["micro"] == it["accuracy"] and abs(it["weighted"] - it["macro of the gold labels"]) < 1e-12
mini, large = seen["gpt_4o_mini"], seen["gpt_4o"]
assert mini["outside"] == 0 and mini["macro"] == mini["macro of the gold labels"]
assert round(large["macro"], 3) == 0.613 and round(large["macro of the gold labels"], 3) == 0.736
assert large["macro"] < mini["macro"]
for name in ("macro of the gold labels", "micro", "weighted", "accuracy"):
    assert large[name] > mini[name], name
PYTHON
echo "as described"
