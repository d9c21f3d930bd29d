"""The files for fine-tuning, read back with `datasets`: every example is in one of the two files, with the answer that
the run file has, in each of the four formats."""

import json
import os
import subprocess

from bench import Bench

DATASETS = "datasets==4.4.1"
FORMATS = ["openai_finetune", "anthropic", "gemini", "sharegpt"]
TEXTS = [
    "=1+1",
    "Wo ist mein Päckchen? 日本語 🙂 𝄞",
    "{{ 7 * 7 }} {% raw %}",
    'a "quoted" \\ text\nand a second line',
    "NA",
    "007",
    *[f"ticket {number} about a parcel" for number in range(40)],
]

# Runs in the Python with `datasets`: the rows of each format and part.
READER = """
import json, sys
from datasets import load_dataset
found = {}
for name in sys.argv[3:]:
    files = {part: f"{sys.argv[1]}/{name}.{part}.jsonl" for part in ("train", "validation")}
    data = load_dataset("json", data_files=files, cache_dir=sys.argv[1] + "/cache")
    found[name] = {part: [row for row in rows] for part, rows in data.items()}
json.dump(found, open(sys.argv[2], "w"))
"""


def turns(name, row):
    """The turns of an example as (role, text), the same of each format."""
    if name == "openai_finetune":
        return [(it["role"], it["content"]) for it in row["messages"]]
    if name == "anthropic":
        return [("system", row["system"])] + [(it["role"], it["content"]) for it in row["messages"]]
    if name == "gemini":
        said = [row["systemInstruction"], *row["contents"]]
        return [(it["role"].replace("model", "assistant"), it["parts"][0]["text"]) for it in said]
    roles = {"human": "user", "gpt": "assistant"}
    return [(roles.get(it["from"], it["from"]), it["value"]) for it in row["conversations"]]


def main():
    with Bench("fine-tuning files") as bench:
        python = os.environ.get("PYTHON_WITH_DATASETS") or bench.venv(DATASETS)
        finetune = {"validation": 0.25, "seed": 7}
        more = {
            "input": {"path": "tickets.jsonl", "key": "id", "normalise": False},
            "outputs": {"formats": FORMATS, "finetune": finetune},
        }
        project = bench.project("tickets", TEXTS, {"provider": "sample"}, **more)
        code, said = project.casebook("run", "casebook.yaml")
        bench.expect("the run ends", 0, code, said)
        code, said = project.casebook("sql", "tickets.db", "SELECT id, product, urgent FROM results", "--format", "json")
        outputs = {str(it["id"]): (it["product"], bool(it["urgent"])) for it in json.loads(said)}
        (bench.dir / "reader.py").write_text(READER)
        seen, folder = bench.dir / "seen.json", project.dir / "out" / "tickets"
        subprocess.run([python, bench.dir / "reader.py", folder, seen, *FORMATS], check=True, cwd=bench.dir)
        found = json.loads(seen.read_text())
        number = {text: str(at) for at, text in enumerate(TEXTS, 1)}
        splits = set()
        for name in FORMATS:
            parts = {part: [turns(name, row) for row in rows] for part, rows in found[name].items()}
            both = parts["train"] + parts["validation"]
            bench.expect(f"{name}: all examples", len(TEXTS), len(both))
            roles = {tuple(role for role, _ in it) for it in both}
            bench.expect(f"{name}: roles", {("system", "user", "assistant")}, roles)
            key = lambda it: number.get(it[1][1].removeprefix("Ticket: ").removesuffix("\n"))
            answers = {key(it): tuple(json.loads(it[2][1])[field] for field in ("product", "urgent")) for it in both}
            bench.expect(f"{name}: each answer is that of the record", outputs, answers)
            splits.add(tuple(sorted(key(it) or "" for it in parts["validation"])))
            report = json.loads((folder / f"{name}.report.json").read_text())
            counts = (report["train"]["examples"], report["validation"]["examples"])
            bench.expect(f"{name}: the report's counts", (len(parts["train"]), len(parts["validation"])), counts)
        bench.expect("the split is the same in all formats", 1, len(splits))
        bench.end()


if __name__ == "__main__":
    main()
