#!/usr/bin/env bash
# inspect_ai: one sample whose input is an empty text makes the whole data set unreadable; as a message, it is fine.
#
# Guessed: `input` may be any text, as `target` may, or an empty one is an empty message. And an input that is not good
#          is told with its line.
# Seen:    `"input": ""` is "No input in dataset", without the line or the id, and no sample is loaded. So is an empty
#          list. A blank, and a list of one message without content, are loaded; so is an empty target.
# So:      write an empty input as a list of one message. (Test sets have such: what a model does with nothing.)
# With:    inspect_ai 0.3.285, Python 3.11.7, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check inspect_ai==0.3.285
venv/bin/python - <<'PYTHON'
import importlib.metadata
import json
import sys

from inspect_ai.dataset import json_dataset

print("inspect_ai", importlib.metadata.version("inspect_ai"), "Python", sys.version.split()[0])


def loaded(value):
    """How many of two samples are loaded, the second with this input; or what is said."""
    samples = [{"id": "one", "input": "Hello", "target": "Hi"}, {"id": "two", "input": value, "target": ""}]
    with open("samples.jsonl", "w") as out:
        out.writelines(json.dumps(it) + "\n" for it in samples)
    try:
        return len(json_dataset("samples.jsonl"))
    except ValueError as error:
        return str(error)


for value, expected in [
    ("", "No input in dataset"),
    ([], "No input in dataset"),
    (" ", 2),
    ([{"role": "user", "content": ""}], 2),
]:
    seen = loaded(value)
    print(f"  {json.dumps(value)}: {seen}")
    assert seen == expected, (value, expected, seen)
PYTHON
echo "as described"
