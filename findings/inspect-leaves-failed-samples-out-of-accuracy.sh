#!/usr/bin/env bash
# inspect_ai: a model that answers six of ten questions and breaks on four has an accuracy of 1.
#
# Guessed: with `fail_on_error=False` a failed sample counts as wrong, or the accuracy says that it is of six. Of epochs,
#          a sample's most frequent score is right, wrong, or something in between where both are as frequent.
# Seen:    accuracy is 1.0 with a standard error of 0: it is over the samples that have a score. A scorer that returns
#          None does the same. `total_samples` and `completed_samples` tell, beside the figure. By default
#          (`fail_on_error=True`) the first failure ends the whole evaluation without figures. Of four epochs of which
#          two are right, `Epochs(4, "mode")` makes a right answer where the first was right, and else a wrong one.
# So:      before two models are compared by their logs, look at the counts, and pair them by sample. Here, an answer
#          that is missing or invalid counts as wrong, how many did is a column, and repeats are averaged.
# With:    inspect_ai 0.3.285, Python 3.11.7, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check inspect_ai==0.3.285
cat >seen.py <<'PYTHON'
import importlib.metadata
import sys

from inspect_ai import Epochs, Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, accuracy, match, scorer, stderr
from inspect_ai.solver import solver

print("inspect_ai", importlib.metadata.version("inspect_ai"), "Python", sys.version.split()[0])
samples = MemoryDataset([Sample(id=it, input="Is it?", target="yes") for it in range(1, 11)])


@solver
def answering(breaks):
    async def solve(state, generate):
        if breaks and state.sample_id > 6:
            raise ValueError("no valid answer")
        state.output = ModelOutput.from_content("mockllm/model", "yes")
        return state

    return solve


@scorer(metrics=[accuracy(), stderr()])
def silent():
    async def score(state, target):
        return None if state.sample_id > 6 else Score(value="C")

    return score


@scorer(metrics=[accuracy(), stderr()])
def in_turn(right):
    async def score(state, target):
        return Score(value="C" if state.epoch % 2 == right else "I")

    return score


def seen(name, task, **options):
    log = eval(task, model="mockllm/model", display="none", log_dir="logs", **options)[0]
    if log.results is None:
        print(f"  {name}: {log.status}")
        return log.status
    found = {key: it.value for key, it in log.results.scores[0].metrics.items()}
    found |= {"total": log.results.total_samples, "completed": log.results.completed_samples}
    found |= {"scored": log.results.scores[0].scored_samples}
    print(f"  {name}: {found}")
    return found


of_six = {"accuracy": 1.0, "stderr": 0.0, "total": 10, "completed": 6, "scored": 6}
broken = seen("four break", Task(dataset=samples, solver=answering(True), scorer=match()), fail_on_error=False)
assert broken == of_six, broken
unscored = seen("four without a score", Task(dataset=samples, solver=answering(False), scorer=silent()))
assert unscored == of_six | {"completed": 10}, unscored
assert seen("four break, by default", Task(dataset=samples, solver=answering(True), scorer=match())) == "error"
for right, expected in ((1, 1.0), (0, 0.0)):
    first = "right" if right else "wrong"
    task = Task(dataset=samples, solver=answering(False), scorer=in_turn(right), epochs=Epochs(4, "mode"))
    found = seen(f"two of four epochs are right, the first is {first}", task)
    assert found["accuracy"] == expected, found
PYTHON
venv/bin/python seen.py
echo "as described"
