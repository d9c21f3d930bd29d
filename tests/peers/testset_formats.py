"""The files for evaluation tools, loaded by these tools: DeepEval, Giskard 3 and 2, the client of Giskard Hub, Evidently,
Inspect, promptfoo and the SDK of Langfuse. Every field of every item is compared with the test set's own file. The
servers of Giskard Hub and Langfuse are stubs on loopback that keep what they are sent.

With the name of a folder, the files in it are loaded and compared with its `dataset.json`, in place of a test set of
texts that are hard to carry."""

import base64
import csv
import email
import email.policy
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from bench import CASEBOOK, Bench

# Package, version, and what else it needs: a Python before 3.12 runs all but Giskard 3, which needs 3.13.
PACKAGES = {
    "deepeval": ["deepeval==4.3.1"],
    "giskard3": ["giskard-checks==1.0.6"],
    "giskard2": ["giskard[llm]==2.19.2", "pyarrow<22"],
    "hub": ["giskard-hub==3.2.1"],
    "evidently": ["evidently==0.7.23", "pandas<3.1"],
    "inspect": ["inspect_ai==0.3.285"],
    "langfuse": ["langfuse==5.0.4"],
}
PROMPTFOO = "promptfoo@0.121.20"
# The tools report home unless they are told not to.
QUIET = {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DO_NOT_TRACK": "1",
    "GISKARD_TELEMETRY_DISABLED": "1",
    "GSK_DISABLE_ANALYTICS": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
}

# Texts that some reader takes for something else. None of them may change on its way.
TEXTS = [
    "Where is parcel 4411?",
    "Wo ist mein Päckchen? 日本語 🙂 𝄞",
    "{{ 7 * 7 }} and {% raw %} and {# note #} and ${x} and #{x}",
    "one|two | three",
    "=1+1",
    "-5",
    "@SUM",
    "007",
    "013",
    "1.0",
    "1e5",
    "NA",
    "null",
    "None",
    "nan",
    "true",
    "2024-02-29",
    "2024-02-29T10:00:00Z",
    "12345678901234567890",
    "two\nlines",
    "two\r\nlines and a\ttab",
    "a\u2028b\u2029c\u0085d",
    '"quoted", \'single\' and \\ back',
    "  blanks around  ",
    "comma, semicolon; and a \"quote\"",
    "<b>bold</b> & &amp; <script>1</script>",
    "# heading\n- item\n```code```",
    "[a](b) *c* _d_ `e`",
    "{\"role\": \"user\"}",
    "[1, 2]",
    "a" * 20_000,
    "\u202eright to left\u202c \u200bzero width \ufeff inside",
    "e\u0301 and \u00e9",
]


def examples():
    """A test set's examples: each text as a message, an answer and a criterion; dialogs; roles of all kinds."""
    made = []

    def add(kind, messages, expected, criteria, index=None, **metadata):
        number = len(made) + 1
        given = {"messages": [{"role": role, "content": content} for role, content in messages]}
        if index is not None:
            given["target_message_index"] = index
        made.append({
            "id": f"ex_{number:03}", "case": "support_bot" if kind == "single_turn_qa" else "operator_quality",
            "format": kind, "use_case_id": f"uc_{number % 5 + 1:03}", "test_case_id": f"tc_{number % 15 + 1:03}",
            "input": given, "expected_output": expected, "evaluation_criteria": criteria,
            "policy_ids": ["pol_001", "pol_002"], "metadata": {"source": "faq_paraphrase", "split": "test", **metadata},
        })

    for at, text in enumerate(TEXTS):
        after = TEXTS[(at + 1) % len(TEXTS)]
        criteria = ["is polite", after, "names a contact"]
        add("single_turn_qa", [("user", text)], after, criteria, note=text)
    add("single_turn_qa", [("user", "Hello")], "", [f"criterion {number}" for number in range(1, 101)])
    values = {"score": 0.1 + 0.2, "whole": 2**53, "flag": True, "empty": None}
    add("single_turn_qa", [("user", "Numbers")], "x", ["a", "b", "c"], **values)
    add("single_turn_qa", [("user", "Deep")], "x", ["a", "b", "c"], deep={"a": [{"b": [1, 2.5, None, "NA"]}]})
    add("single_utterance_correction", [("operator", "Wait!!!")], "Please wait.", ["a", "b", "c"])
    for at, text in enumerate(TEXTS):
        dialog = [("user", text), ("operator", "Fine!!! Name?"), ("user", "Ann"), ("operator", text)]
        add("dialog_last_turn_correction", dialog, TEXTS[at - 1], ["is polite", text, "asks for a name"], index=3)
    add("single_turn_qa", [("system", "You are brief."), ("user", "Hi")], "Hello", ["a", "b", "c"])
    add("single_turn_qa", [("user", "Hi"), ("assistant", "Hello"), ("user", "Again")], "Hello", ["a", "b", "c"])
    add("dialog_last_turn_correction", [("user", "Hi"), ("operator", "Hello")], "Hello!", ["a", "b", "c"], index=1)
    return made


CONFIG = {
    "run": {"name": "peers"},
    "input": {"path": "rows.jsonl", "key": "id", "normalise": False},
    "prompts": {"generation": "prompt.yaml"},
    "schema": {"path": "schema.json"},
    "llm": {
        "provider": "recorded",
        "recorded": {"path": "answers.jsonl", "match": {"id": "{{ row.id }}"}, "answer": "{{ record.answer }}"},
    },
}
FORMATS = ["deepeval", "giskard", "giskard2", "giskard_hub", "evidently", "inspect", "promptfoo", "langfuse"]


def exported(bench):
    """The folder with a test set's `dataset.json` and its files for all tools, and the run file."""
    folder = bench.dir / "made"
    folder.mkdir()
    made = examples()
    (folder / "rows.jsonl").write_text("".join(json.dumps({"id": str(at)}) + "\n" for at, _ in enumerate(made)))
    answers = []
    for at, it in enumerate(made):
        content = {key: value for key, value in it.items() if key != "id"}
        answers.append(json.dumps({"id": str(at), "answer": json.dumps(content)}) + "\n")
    (folder / "answers.jsonl").write_text("".join(answers))
    (folder / "prompt.yaml").write_text('name: p\nversion: 1\nuser: "{{ row.id }}"\n')
    (folder / "schema.json").write_text(json.dumps(EXAMPLE))
    fields = ["case", "format", "use_case_id", "test_case_id", "input", "expected_output", "evaluation_criteria",
              "policy_ids", "metadata"]
    files = [{"name": "dataset.json", "step": "generate", "list": "examples", "fields": fields, "id_prefix": "ex_"}]
    config = {**CONFIG, "outputs": {"formats": FORMATS, "files": files}}
    (folder / "casebook.yaml").write_text(json.dumps(config, indent=1))
    ran = subprocess.run([CASEBOOK, "run", "casebook.yaml", "--quiet"], cwd=folder, capture_output=True, text=True)
    bench.expect("a test set of texts that are hard to carry is made", 0, ran.returncode, ran.stdout + ran.stderr)
    out = folder / "out" / "peers"
    own = json.loads((out / "dataset.json").read_text(encoding="utf-8"))["examples"]
    bench.expect(f"dataset.json has the {len(made)} examples as they were written", made, own)
    return out, folder / "peers.db"


TEXT = {"type": "string"}
TEXT_LIST = {"type": "array", "items": TEXT}
MESSAGE = {"type": "object", "properties": {"role": TEXT, "content": TEXT}, "required": ["role", "content"]}
DEEP = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"b": {}}}}}}
EXAMPLE = {
    "type": "object",
    "properties": {
        "case": TEXT, "format": TEXT, "use_case_id": TEXT, "test_case_id": TEXT, "expected_output": TEXT,
        "evaluation_criteria": TEXT_LIST, "policy_ids": TEXT_LIST,
        "input": {
            "type": "object",
            "properties": {"messages": {"type": "array", "items": MESSAGE}, "target_message_index": {"type": "integer"}},
            "required": ["messages"],
        },
        "metadata": {
            "type": "object",
            "properties": {
                "source": TEXT, "split": TEXT, "note": TEXT, "score": {"type": "number"}, "whole": {"type": "integer"},
                "flag": {"type": "boolean"}, "empty": {"type": ["string", "null"]}, "deep": DEEP,
            },
        },
    },
    "required": ["case", "format", "use_case_id", "test_case_id", "input", "expected_output", "evaluation_criteria",
                 "policy_ids", "metadata"],
}


# What a tool should have loaded of an example: written from the documentation of Casebook, not from its code.

def turns(it):
    return [(message["role"], message["content"]) for message in it["input"]["messages"]]


def metadata(it, **beside):
    """The metadata, with what a format adds. A name that this has already gets `metadata.` before it."""
    own = {key: it[key] for key in ["case", "format", "use_case_id", "test_case_id", "policy_ids"]}
    if "target_message_index" in it["input"]:
        own["target_message_index"] = it["input"]["target_message_index"]
    for name, value in {**own, **it["metadata"]}.items():
        while name in beside:
            name = f"metadata.{name}"
        beside[name] = value
    return beside


def roles(it):
    return {"roles": [role for role, _ in turns(it)]}


def chat_role(role):
    return {"operator": "assistant"}.get(role, role)


def of_deepeval(it):
    said = turns(it)
    must = [text.strip() for text in it["evaluation_criteria"] if text.strip()]
    more = {}
    if must != it["evaluation_criteria"]:
        more["criteria"] = it["evaluation_criteria"]
    if any(role not in ("user", "assistant") for role, _ in said) or (len(said) == 1 and said[0][0] != "user"):
        more.update(roles(it))
    shared = {"name": it["id"], "expectations": {"must": must, "must_not": []}, "metadata": metadata(it, **more)}
    if len(said) == 1:
        return {**shared, "input": said[0][1], "expected": it["expected_output"]}
    spoken = [[chat_role(role), content] for role, content in said if role != "system"]
    context = [content for role, content in said if role == "system"] or None
    return {**shared, "turns": spoken, "expected": it["expected_output"], "context": context}


def is_dialog(it):
    return len(turns(it)) > 1


def of_giskard3(it):
    said = turns(it)
    in_turns = len(said) % 2 == 1 and all(role == ["user", "assistant"][at % 2] for at, (role, _) in enumerate(said))
    if in_turns:
        pairs = [[said[at][1], said[at + 1][1] if at + 1 < len(said) else None] for at in range(0, len(said), 2)]
    else:
        pairs = [[it["input"]["messages"], None]]
    return {
        "name": it["id"],
        "tags": [f"case:{it['case']}", f"format:{it['format']}"],
        "annotations": metadata(it, expected_output=it["expected_output"]),
        "interacts": pairs,
        "rules": it["evaluation_criteria"],
    }


def of_giskard2(it):
    *before, (role, question) = turns(it)
    more = {"criteria": it["evaluation_criteria"], "question_type": "conversational" if before else "simple"}
    if role != "user":
        more.update(roles(it))
    return {
        "id": it["id"], "question": question, "reference_answer": it["expected_output"], "reference_context": "",
        "conversation_history": [{"role": role, "content": content} for role, content in before],
        "metadata": metadata(it, **more),
    }


def of_hub(it):
    checks = [("hub_correctness", {"reference": it["expected_output"]})]
    checks += [("hub_conformity", {"rule": rule}) for rule in it["evaluation_criteria"]]
    return {
        "interactions": [{
            "position": 0,
            "input": {"messages": it["input"]["messages"]},
            "output": {"response": {"role": "assistant", "content": it["expected_output"]}, "metadata": metadata(it)},
            "checks": [{"identifier": name, "override_spec": spec, "position": at, "enabled": True}
                       for at, (name, spec) in enumerate(checks)],
        }],
        "tags": [f"id:{it['id']}", f"case:{it['case']}", f"format:{it['format']}"],
    }


def of_evidently(it):
    """What the cells of a row stand for."""
    known = filled(metadata(it))
    return {
        "id": it["id"], "question": turns(it)[-1][1], "expected": it["expected_output"],
        "criteria": it["evaluation_criteria"], "messages": it["input"]["messages"], "metadata": known,
    }


def filled(values):
    """Those that are more than nothing: a cell of a table cannot tell what is empty from what is not there."""
    return {name: value for name, value in values.items() if value not in (None, "")}


def of_inspect(it):
    said = turns(it)
    more = {"criteria": it["evaluation_criteria"]}
    if any(role == "operator" for role, _ in said) or (len(said) == 1 and said[0][0] != "user"):
        more.update(roles(it))
    # It refuses an empty text, but not a message without content.
    is_text = len(said) == 1 and said[0][1] != ""
    given = said[0][1] if is_text else [[chat_role(role), content] for role, content in said]
    return {"id": it["id"], "input": given, "target": it["expected_output"], "metadata": metadata(it, **more)}


def of_promptfoo(it):
    more = {"id": it["id"], "criteria": it["evaluation_criteria"], "expected_output": it["expected_output"]}
    said = it["input"]["messages"]
    held = without_large(metadata(it, **more))
    return {"description": it["id"], "messages": said, "asked": said, "metadata": held}


def without_large(value):
    """The value as JavaScript can hold it: integers that it would round are texts."""
    if isinstance(value, dict):
        return {name: without_large(it) for name, it in value.items()}
    if isinstance(value, list):
        return [without_large(it) for it in value]
    is_large = isinstance(value, int) and abs(value) > 2**53
    return str(value) if is_large else value


def of_langfuse(it, dataset):
    return {
        "id": f"{dataset}:{it['id']}", "input": {"messages": it["input"]["messages"]},
        "expectedOutput": it["expected_output"],
        "metadata": metadata(it, id=it["id"], criteria=it["evaluation_criteria"]),
    }


# What the tools load, each in its own environment: a list of JSON in the form above.

READERS = {
    "deepeval": """
import json, sys
from deepeval.dataset import EvaluationDataset
found = []
for path in sys.argv[1:]:
    data = EvaluationDataset()
    data.add_goldens_from_json_file(file_path=path)
    for it in data.goldens:
        expected = {"must": it.expectations.must, "must_not": it.expectations.must_not or []}
        held = {"name": it.name, "expectations": expected, "metadata": it.additional_metadata}
        if hasattr(it, "scenario"):
            assert it.scenario.strip()
            held["turns"] = [[turn.role, turn.content] for turn in it.turns]
            held.update(expected=it.expected_outcome, context=it.context)
        else:
            held.update(input=it.input, expected=it.expected_output)
        found.append(held)
json.dump(found, sys.stdout)
""",
    "giskard3": """
import json, sys
from giskard.checks import Scenario, Suite
suite = Suite(name="casebook")
for line in open(sys.argv[1], encoding="utf-8"):
    suite.append(Scenario.model_validate_json(line))
again = Suite.model_validate_json(suite.model_dump_json())
assert again.model_dump() == suite.model_dump()
found = []
for it in suite.scenarios:
    [step] = it.steps
    pairs = []
    for at, interact in enumerate(step.interacts):
        held = interact.model_dump(exclude_unset=True)
        assert ("outputs" in held) == (at + 1 < len(step.interacts))
        pairs.append([held["inputs"], held.get("outputs")])
    rules = [check.rule for check in step.checks]
    found.append({"name": it.name, "tags": it.tags, "annotations": it.annotations, "interacts": pairs, "rules": rules})
json.dump(found, sys.stdout)
""",
    "giskard2": """
import json, sys
from giskard.rag import QATestset
found = []
for it in QATestset.load(sys.argv[1]).samples:
    names = ["id", "question", "reference_answer", "reference_context", "conversation_history", "metadata"]
    found.append({name: getattr(it, name) for name in names})
json.dump(found, sys.stdout)
""",
    "hub": """
import sys
from giskard_hub import HubClient
hub = HubClient(base_url=sys.argv[2], api_key="gsk-stub")
made = hub.datasets.upload(project_id="p", name="casebook", data=sys.argv[1])
assert made.name == "casebook"
""",
    "evidently": """
import json, sys
import pandas
from evidently import DataDefinition, Dataset, Report
from evidently.presets import TextEvals
table = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
kinds = DataDefinition(id_column="id", categorical_columns=["case", "format"], text_columns=["question", "expected"])
data = Dataset.from_pandas(table, data_definition=kinds)
Report([TextEvals()]).run(data, None).json()
rows = data.as_dataframe().to_dict("records")
json.dump([{name: it[name] for name in table.columns} for it in rows], sys.stdout)
""",
    "inspect": """
import json, sys
from inspect_ai.dataset import json_dataset
found = []
for it in json_dataset(sys.argv[1]):
    given = it.input if isinstance(it.input, str) else [[turn.role, turn.content] for turn in it.input]
    found.append({"id": it.id, "input": given, "target": it.target, "metadata": it.metadata})
json.dump(found, sys.stdout)
""",
    "langfuse": """
import json, sys
from langfuse import Langfuse
client = Langfuse(public_key="pk-lf-stub", secret_key="sk-lf-stub", base_url=sys.argv[2], tracing_enabled=False)
client.create_dataset(name="casebook")
for it in json.load(open(sys.argv[1], encoding="utf-8")):
    client.create_dataset_item(
        dataset_name="casebook", id=it["id"], input=it["input"], expected_output=it["expectedOutput"],
        metadata=it["metadata"],
    )
""",
}


class Stub(http.server.BaseHTTPRequestHandler):
    """A server for Giskard Hub and Langfuse that takes everything and keeps it."""

    protocol_version = "HTTP/1.1"
    kept = []
    TIME = "2026-01-01T00:00:00Z"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("transfer-encoding") == "chunked":
            raise ValueError("this stub reads no chunks")
        Stub.kept.append((self.path.split("?")[0], dict(self.headers.items()), body))
        self.answer(self.made(body))

    def do_GET(self):
        self.answer({})

    def made(self, body):
        if self.path.startswith("/_api/v2/datasets"):
            dataset = {
                "id": "d", "created_at": self.TIME, "updated_at": self.TIME, "name": "casebook", "project_id": "p",
                "status": {"state": "finished", "current": 1, "total": 1}, "tags": [], "input_schema": {},
                "output_schema": {},
            }
            return {"data": dataset}
        sent = json.loads(body)
        times = {"createdAt": self.TIME, "updatedAt": self.TIME}
        if self.path.endswith("/datasets"):
            return {"id": "d", "name": sent["name"], "metadata": None, "projectId": "p", **times}
        return {
            "id": sent["id"], "status": "ACTIVE", "input": sent["input"], "expectedOutput": sent["expectedOutput"],
            "metadata": sent["metadata"], "datasetId": "d", "datasetName": sent["datasetName"], "mediaReferences": [],
            **times,
        }

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def stub():
    """The address of a stub server that runs until the end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def differences(expected, seen, place=""):
    """Where two values of JSON differ. Numbers and truth values are not alike."""
    if type(expected) is not type(seen):
        yield f"{place}: expected {expected!r:.80}, seen {seen!r:.80}"
    elif isinstance(expected, dict):
        for key in sorted({*expected, *seen}):
            if key not in expected or key not in seen:
                yield f"{place}.{key}: {'not expected' if key not in expected else 'missing'}"
            else:
                yield from differences(expected[key], seen[key], f"{place}.{key}")
    elif isinstance(expected, list):
        if len(expected) != len(seen):
            yield f"{place}: expected {len(expected)} elements, seen {len(seen)}"
        for at, pair in enumerate(zip(expected, seen)):
            yield from differences(*pair, f"{place}[{at}]")
    elif expected != seen:
        yield f"{place}: expected {expected!r:.80}, seen {seen!r:.80}"


def compare(bench, tool, expected, seen):
    found = []
    for number, (one, other) in enumerate(zip(expected, seen), 1):
        found.extend(differences(one, other, f"item {number}"))
    fields = sum(len(it) for it in expected)
    bench.expect(f"{tool}: {len(expected)} items with {fields} fields", (len(expected), []), (len(seen), found[:20]))


def loaded(bench, tool, *args, python=sys.executable):
    """What a tool's reader prints, as JSON; nothing if it fails."""
    command = [bench.venv(*PACKAGES[tool], name=tool, python=python), "-c", READERS[tool], *map(str, args)]
    environment = {**os.environ, **QUIET}
    read = subprocess.run(command, cwd=bench.dir, capture_output=True, text=True, env=environment)
    bench.expect(f"{tool} loads what was written", 0, read.returncode, read.stderr)
    text = read.stdout[read.stdout.find("["):] if "[" in read.stdout else "[]"
    return json.loads(text) if read.returncode == 0 and text.strip() else []


def evidently_rows(rows):
    """Rows of the table with their JSON parsed, and the columns of metadata under one name."""
    for row in rows:
        known = json.loads(row.pop("metadata_json"))
        own = {name: row.pop(name) for name in ["id", "question", "expected"]}
        own.update({name: json.loads(row.pop(f"{name}_json")) for name in ["criteria", "messages"]})
        for name, text in row.items():
            known[name] = json.loads(text or "null") if name in ("policy_ids", "target_message_index") else text
        yield {**own, "metadata": filled(known)}


# A provider that keeps what it is asked. The file of results is no witness: promptfoo writes texts that are JSON anew in
# it, and takes long ones for keys.
KEEPER = """
const fs = require("fs");
module.exports = class {
  id() { return "keeper"; }
  async callApi(prompt, context) {
    const { vars, test } = context;
    const { description, metadata } = test;
    const kept = { description, messages: vars.messages, asked: JSON.parse(prompt), metadata };
    fs.appendFileSync(process.env.KEPT, JSON.stringify(kept) + "\\n");
    return { output: "kept" };
  }
};
"""


def promptfoo(bench, out, expected):
    modules = bench.npm(PROMPTFOO, name="promptfoo")
    folder = bench.dir / "promptfoo-run"
    folder.mkdir()
    for name in ["promptfoo.yaml", "promptfoo_prompt.json", "promptfoo_tests.jsonl"]:
        shutil.copy(out / name, folder / name)
    (folder / "keeper.cjs").write_text(KEEPER)
    kept = folder / "kept.jsonl"
    environment = {**os.environ, **QUIET, "PROMPTFOO_CONFIG_DIR": str(folder / "home"), "KEPT": str(kept)}
    command = [modules / ".bin" / "promptfoo", "eval", "-c", "promptfoo.yaml", "--no-cache", "--no-table"]
    for what, more in [("as it is", []), ("with another provider", ["-r", "file://keeper.cjs", "-j", "1"])]:
        read = subprocess.run([*command, *more], cwd=folder, capture_output=True, text=True, env=environment)
        bench.expect(f"promptfoo evaluates what was written, {what}", 0, read.returncode, read.stdout + read.stderr)
    lines = kept.read_text(encoding="utf-8").split("\n")[:-1] if kept.is_file() else []
    compare(bench, "promptfoo", expected, [json.loads(line) for line in lines])


def hub(bench, out, expected):
    Stub.kept.clear()
    loaded(bench, "hub", out / "giskard_hub.json", stub())
    uploads = [(headers, body) for path, headers, body in Stub.kept if path.endswith("/datasets/import")]
    bench.expect("giskard_hub sends one file", 1, len(uploads))
    for headers, body in uploads:
        head = "\n".join(f"{name}: {value}" for name, value in headers.items() if name.lower() == "content-type")
        message = email.message_from_bytes(f"{head}\n\n".encode() + body, policy=email.policy.HTTP)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        compare(bench, "giskard_hub", expected, json.loads(parts["file"].get_payload(decode=True)))


def langfuse(bench, out, db, own):
    address = stub()
    name = json.loads((out / "langfuse_items.json").read_text(encoding="utf-8"))[0]["id"].split(":")[0]
    expected = [of_langfuse(it, name) for it in own]
    Stub.kept.clear()
    loaded(bench, "langfuse", out / "langfuse_items.json", address)
    by_sdk = [json.loads(body) for path, _, body in Stub.kept if path.endswith("/dataset-items")]
    held = [{key: it[key] for key in ["id", "input", "expectedOutput", "metadata"]} for it in by_sdk]
    compare(bench, "langfuse (SDK)", expected, held)
    token = base64.b64encode(b"pk-lf-stub:sk-lf-stub").decode()
    keys = {"LANGFUSE_PUBLIC_KEY": "pk-lf-stub", "LANGFUSE_SECRET_KEY": "sk-lf-stub"}
    sent = {header: value for path, headers, _ in Stub.kept for header, value in headers.items()}
    bench.expect("the SDK sends both keys in one header", f"Basic {token}", sent.get("Authorization"))
    if db is None:
        return
    Stub.kept.clear()
    command = [CASEBOOK, "push", "langfuse", db, "--dataset", "casebook", "--base-url", address, "--workers", "1"]
    pushed = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **keys})
    bench.expect("`casebook push langfuse` is done", 0, pushed.returncode, pushed.stderr)
    paths = {path for path, *_ in Stub.kept}
    bench.expect("  at the SDK's addresses", {"/api/public/v2/datasets", "/api/public/dataset-items"}, paths)
    sent = [(name.lower(), value) for _, headers, _ in Stub.kept for name, value in headers.items()]
    tokens = {value for name, value in sent if name == "authorization"}
    bench.expect("  with the SDK's header", {f"Basic {token}"}, tokens)
    bodies = [json.loads(body) for path, _, body in Stub.kept if path.endswith("/dataset-items")]
    renamed = [{**of_langfuse(it, "casebook"), "datasetName": "casebook"} for it in own]
    compare(bench, "casebook push langfuse", renamed, bodies)


def main():
    with Bench("testset_formats") as bench:
        out, db = (Path(sys.argv[1]).resolve(), None) if sys.argv[1:] else exported(bench)
        own = json.loads((out / "dataset.json").read_text(encoding="utf-8"))["examples"]
        singles = [it for it in own if not is_dialog(it)]
        dialogs = [it for it in own if is_dialog(it)]
        seen = loaded(bench, "deepeval", out / "deepeval_goldens.json", out / "deepeval_conversations.json")
        compare(bench, "deepeval", [of_deepeval(it) for it in singles + dialogs], seen)
        seen = loaded(bench, "inspect", out / "inspect.jsonl")
        compare(bench, "inspect", [of_inspect(it) for it in own], seen)
        python = os.environ.get("PYTHON313") or shutil.which("python3.13")
        if python:
            seen = loaded(bench, "giskard3", out / "giskard_scenarios.jsonl", python=python)
            compare(bench, "giskard", [of_giskard3(it) for it in own], seen)
        else:
            print("skip  giskard: there is no python3.13 (name one with PYTHON313)")
        seen = loaded(bench, "giskard2", out / "giskard2_qatestset.jsonl")
        compare(bench, "giskard2", [of_giskard2(it) for it in own], seen)
        hub(bench, out, [of_hub(it) for it in own])
        seen = loaded(bench, "evidently", out / "evidently.csv")
        compare(bench, "evidently", [of_evidently(it) for it in own], list(evidently_rows(seen)))
        promptfoo(bench, out, [of_promptfoo(it) for it in own])
        langfuse(bench, out, db, own)
        bench.end()


if __name__ == "__main__":
    main()
