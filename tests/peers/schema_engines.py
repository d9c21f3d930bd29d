"""What servers with grammars make of the schemas that Casebook sends: xgrammar and llguidance (behind vLLM and SGLang)
as Python packages, and a real llama.cpp server with a model of one layer and random weights.

Of each kind of schema, what Casebook sends must not be refused, every valid text must stay writable, and what the engine
does not hold must be told. `CASEBOOK` names the binary. Exit code 1 means that an expectation was not met."""

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASEBOOK = Path(os.environ.get("CASEBOOK", ROOT / "target" / "debug" / "casebook")).resolve()
PACKAGES = [
    "xgrammar==0.2.9",
    "llguidance==1.9.1",
    "xllamacpp==2026.10.11549",
    "gguf==0.19.0",
    "numpy==2.4.6",
    "jsonschema==4.26.0",
]
SERVERS = ["vllm", "sglang", "llama_cpp"]


def text(**more):
    return {"type": "string", **more}


def integer(**more):
    return {"type": "integer", **more}


def obj(properties, required=None, **more):
    required = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": required, **more}


A = obj({"a": integer()})
TAGGED = [obj({"t": {"const": "a"}, "x": integer()}), obj({"t": {"const": "b"}, "y": text()})]
LISTED = [obj({"t": text(enum=["a"]), "x": integer()}), obj({"t": text(enum=["b"]), "y": text()})]
NODE = obj({"n": integer(), "next": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}})
# The name, the schema of the field `v`, valid values, values that are not valid, and definitions.
KINDS = [
    ("string", text(), ["x", "ä\"b"], [1]),
    ("integer", integer(), [0, -12], ["x", 1.5]),
    ("number min+max", {"type": "number", "minimum": 0, "maximum": 1}, [0, 0.5, 1], [2, -1]),
    ("number exclusiveMinimum", {"type": "number", "exclusiveMinimum": 0}, [0.5], [0, -1]),
    ("integer min+max", integer(minimum=1, maximum=5), [1, 5], [0, 6]),
    ("integer fraction bound", integer(minimum=0.5, maximum=3.5), [1, 3], [0, 4]),
    ("integer min and exclusiveMin", integer(minimum=1, exclusiveMinimum=3), [4], [1, 3]),
    ("integer multipleOf", integer(multipleOf=5), [0, 10], [3]),
    ("number multipleOf 0.01", {"type": "number", "multipleOf": 0.01}, [0.25], [0.123]),
    ("minLength", text(minLength=3), ["abc"], ["ab"]),
    ("maxLength", text(maxLength=5), ["abcde"], ["abcdef"]),
    ("maxLength 5000", text(maxLength=5000), ["a" * 30], ["a" * 5001]),
    ("pattern anchored", text(pattern="^[A-Z]{2}-\\d{4}$"), ["AB-1234"], ["AB-12"]),
    ("pattern of words", text(pattern="^\\w+(\\.\\w+)*$"), ["a.b_1"], ["a..b"]),
    ("pattern unanchored", text(pattern="\\d{3}"), ["123", "a1234b"], ["12"]),
    ("pattern start anchor only", text(pattern="^AB"), ["AB", "ABC"], ["xAB"]),
    ("pattern lookahead", text(pattern="^(?!foo)[a-z]+$"), ["bar"], ["foo"]),
    ("pattern \\b", text(pattern="^a\\b.*$"), ["a b"], ["ab"]),
    ("pattern \\p{L}", text(pattern="^\\p{L}+$"), ["äb"], ["1"]),
    ("pattern dot", text(pattern="^a.c$"), ["abc"], ["ac"]),
    ("pattern printable", text(pattern="^[ -~]+$"), ["abc", 'a"b'], ["\u00e4"]),
    ("pattern quotation mark", text(pattern='^"[a-z]+"$'), ['"ab"'], ["ab"]),
    ("pattern backslash", text(pattern="^C:\\\\[a-z]+$"), ["C:\\ab"], ["C:ab"]),
    ("pattern line break", text(pattern="^[a-z]+\\n[a-z]+$"), ["a\nb"], ["ab"]),
    ("pattern caret in brackets", text(pattern="^[\\^a]{2}$"), ["^a"], ["bb"]),
    ("pattern bracket in brackets", text(pattern="^[[a]+$"), ["[a"], ["b"]),
    ("texts that quote", text(), ['a "b"', "a\nb"], [1]),
    ("texts that quote, minLength", text(minLength=1), ['a "b"', "a\nb"], [""]),
    ("texts that quote, maxLength", text(maxLength=500), ['a "b"', "a\nb"], [1]),
    ("enum of large integers", {"enum": [12345678901234567890]}, [12345678901234567890], ["x"]),
    ("pattern without quotation marks", text(pattern="^[^x]+$"), ["abc"], ["x"]),
    ("pattern with escapes", text(pattern="^[a-z]+\\-\\d+\\/[\\d.]+$"), ["ab-1/2.5"], ["ab_1"]),
    ("pattern+maxLength", text(pattern="^[a-z]+$", maxLength=3), ["abc"], ["abcd"]),
    ("format+maxLength", text(format="email", maxLength=12), ["a@b.example"], ["aaaaaa@b.example"]),
    ("format date", text(format="date"), ["2026-11-29"], ["29.11.2026"]),
    ("format date-time", text(format="date-time"), ["2026-11-29T10:00:00Z"], ["2026-11-29"]),
    ("format time", text(format="time"), ["10:00:00Z"], ["ten"]),
    ("format email", text(format="email"), ["a@b.example"], ["a b"]),
    ("format uuid", text(format="uuid"), ["12345678-1234-4234-8234-123456789012"], ["x"]),
    ("format uri", text(format="uri"), ["https://a.example/b"], ["a b"]),
    ("format ipv4", text(format="ipv4"), ["127.0.0.1"], ["300.1.1.1"]),
    ("format ipv6", text(format="ipv6"), ["::1"], ["x"]),
    ("format hostname", text(format="hostname"), ["a.example"], ["a b"]),
    ("format duration", text(format="duration"), ["P1DT2H"], ["x"]),
    ("format unknown (phone)", text(format="phone"), ["123", "x"], [1]),
    ("enum strings", text(enum=["red", "green"]), ["red"], ["blue"]),
    ("enum without type", {"enum": ["red", "green"]}, ["red"], ["blue"]),
    ("enum mixed", {"enum": ["a", 1, None, True]}, ["a", 1, None, True], ["b", 2]),
    ("enum non-ASCII", text(enum=["Größe", "東京", 'a"b\\c']), ["Größe", "東京", 'a"b\\c'], ["x"]),
    ("enum with type list", {"type": ["string", "null"], "enum": ["a", None]}, ["a", None], ["b"]),
    ("enum 900", text(enum=[f"value-{n:03}" for n in range(900)]), ["value-899"], ["value-900"]),
    ("const string", {"const": "x"}, ["x"], ["y"]),
    ("const number", {"const": 5}, [5], [6]),
    ("min/maxItems", {"type": "array", "items": integer(), "minItems": 2, "maxItems": 3}, [[1, 2]], [[1], [1, 2, 3, 4]]),
    ("maxItems 3000", {"type": "array", "items": integer(), "maxItems": 3000}, [[1]], [["a"]]),
    ("array no items", {"type": "array"}, [[1, "a", {"k": None}]], ["x"]),
    ("array no items, bounds", {"type": "array", "minItems": 1}, [[1]], [[]]),
    ("uniqueItems", {"type": "array", "items": integer(), "uniqueItems": True}, [[1, 2]], [[1, 1]]),
    ("contains", {"type": "array", "items": integer(), "contains": {"const": 5}}, [[5]], [[1]]),
    (
        "prefixItems closed",
        {"type": "array", "prefixItems": [text(), integer()], "items": False, "minItems": 2},
        [["a", 1]],
        [["a"], ["a", 1, 2]],
    ),
    ("prefixItems + items", {"type": "array", "prefixItems": [text()], "items": integer()}, [["a", 1, 2]], [["a", "b"]]),
    ("prefixItems open", {"type": "array", "prefixItems": [text()]}, [["a", 1, None]], [[1]]),
    ("object closed", {**A, "additionalProperties": False}, [{"a": 1}], [{"a": "x"}, {}]),
    ("object open", A, [{"a": 1}], [{"a": "x"}]),
    ("object map of integers", {"type": "object", "additionalProperties": integer()}, [{"k": 1}, {}], [{"k": "x"}]),
    (
        "object map with a required name",
        {"type": "object", "additionalProperties": integer(), "required": ["k"]},
        [{"k": 1}],
        [{"k": "x"}],
    ),
    ("object bare", {"type": "object"}, [{}], ["x"]),
    ("nullable object", {**A, "type": ["object", "null"]}, [{"a": 1}, None], [1]),
    ("nullable $ref", {"$ref": "#/$defs/s", "nullable": True}, ["x", None], [1], {"s": text()}),
    ("patternProperties", {"type": "object", "patternProperties": {"^x-": integer()}}, [{"x-a": 1}], [1]),
    (
        "patternProperties + properties",
        obj({"a": integer()}, patternProperties={"^x-": integer()}),
        [{"a": 1, "x-a": 1}],
        [1],
    ),
    (
        "propertyNames",
        {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": integer()},
        [{"ab": 1}],
        [{"ab": "x"}],
    ),
    ("minProperties", {"type": "object", "additionalProperties": integer(), "minProperties": 1}, [{"k": 1}], [{}]),
    (
        "maxProperties",
        {"type": "object", "additionalProperties": integer(), "maxProperties": 1},
        [{"k": 1}],
        [{"k": 1, "l": 2}],
    ),
    (
        "dependentRequired",
        obj({"a": integer(), "b": integer()}, [], dependentRequired={"a": ["b"]}),
        [{"a": 1, "b": 2}, {}],
        [{"a": 1}],
    ),
    (
        "if/then/else",
        obj(
            {"k": text(enum=["x", "y"]), "n": integer()},
            ["k"],
            **{"if": {"properties": {"k": {"const": "x"}}}, "then": {"required": ["n"]}},
        ),
        [{"k": "y"}, {"k": "x", "n": 1}],
        [{"k": "x"}],
    ),
    (
        "if/then with fields of its own",
        obj(
            {"k": text(enum=["x", "y"])},
            **{"if": {"properties": {"k": {"const": "x"}}}, "then": {"properties": {"n": integer()}, "required": ["n"]}},
        ),
        [{"k": "y"}, {"k": "x", "n": 1}],
        [{"k": "z"}],
    ),
    ("not", text(**{"not": {"enum": ["bad"]}}), ["good"], ["bad"]),
    ("oneOf overlapping", {"oneOf": [integer(minimum=0), integer(maximum=10)]}, [-1, 11], [5]),
    ("oneOf tagged", {"oneOf": TAGGED}, [{"t": "a", "x": 1}, {"t": "b", "y": "z"}], [{"t": "a", "y": "z"}]),
    ("anyOf tagged", {"anyOf": LISTED}, [{"t": "a", "x": 1}, {"t": "b", "y": "z"}], [{"t": "b", "x": 1}]),
    (
        "anyOf beside properties",
        obj({"a": text(), "b": text()}, [], anyOf=[{"required": ["a"]}, {"required": ["b"]}]),
        [{"a": "x"}, {"b": "x"}],
        [{}],
    ),
    (
        "anyOf with fields beside properties",
        obj({"k": integer()}, anyOf=[obj({"a": text()}), obj({"b": text()})]),
        [{"k": 1, "a": "x"}, {"k": 1, "b": "x"}],
        [{"k": 1}],
    ),
    (
        "anyOf beside maxLength",
        text(maxLength=3, anyOf=[{"pattern": "^a.*$"}, {"pattern": "^b.*$"}]),
        ["ab", "b"],
        ["c"],
    ),
    ("anyOf beside type", {"type": "object", "anyOf": [A, obj({"b": text()})]}, [{"a": 1}, {"b": "x"}], [{"a": "x"}]),
    ("allOf objects", {"allOf": [A, obj({"b": text()})]}, [{"a": 1, "b": "x"}], [{"a": 1}]),
    (
        "allOf of a $ref and fields",
        {"allOf": [{"$ref": "#/$defs/o"}], **obj({"b": text()})},
        [{"b": "x", "a": 1}],
        [{"b": "x"}],
        {"o": A},
    ),
    ("allOf type+enum", {"allOf": [text(), {"enum": ["yes", "no"]}]}, ["yes"], ["maybe"]),
    ("allOf single $ref", {"allOf": [{"$ref": "#/$defs/s"}], "description": "d"}, ["x"], [1], {"s": text()}),
    (
        "allOf single $ref + maxLength",
        {"allOf": [{"$ref": "#/$defs/s"}], "maxLength": 3},
        ["abc"],
        ["abcd"],
        {"s": text()},
    ),
    ("$ref", {"$ref": "#/$defs/s"}, ["x"], [1], {"s": text()}),
    ("$ref sibling", {"$ref": "#/$defs/s", "maxLength": 3}, ["abc"], ["abcd"], {"s": text()}),
    ("$ref escaped a~1b", {"$ref": "#/$defs/a~1b"}, ["x"], [1], {"a/b": text()}),
    ("$ref to a property", {"$ref": "#/properties/w"}, ["p"], ["q"]),
    (
        "recursive $defs",
        {"$ref": "#/$defs/n"},
        [{"n": 1, "next": None}, {"n": 1, "next": {"n": 2, "next": None}}],
        [{"n": 1}],
        {"n": NODE},
    ),
    ("recursive root #", {"anyOf": [{"$ref": "#"}, {"type": "null"}]}, [None, {"v": None}], [1]),
    ("type list integer/null + minimum", {"type": ["integer", "null"], "minimum": 3}, [3, None], [2]),
    ("type list number/null + maximum", {"type": ["number", "null"], "maximum": 3}, [2.5, None], [4]),
    ("type list array/string", {"type": ["array", "string"], "items": text()}, ["a", ["a"]], [[1]]),
    ("optional fields", obj({"a": integer(), "b": integer()}, []), [{}, {"a": 1}, {"a": 1, "b": 2}], [{"a": "x"}]),
    ("required fields", obj({"a": integer(), "b": integer()}), [{"a": 1, "b": 2}], [{"a": 1}]),
    ("boolean schema true", True, [1, "x", None, {"k": [1]}], []),
    ("empty schema", {}, [1, "x", None, {"k": [1]}], []),
    ("no type, maxLength", {"maxLength": 3}, ["abc", 12345], ["abcd"]),
    ("no type, minimum", {"minimum": 3}, [3, "x"], [2]),
    ("no type, properties", {"properties": {"a": integer()}, "required": ["a"]}, [{"a": 1}], [{"a": "x"}]),
    ("words that describe", text(title="T", description="D", default="x", examples=["y"], **{"x-own": 1}), ["x"], [1]),
    ("number forms", {"type": "number"}, [1, -2.5, 1000.0], ["x"]),
    ("boolean", {"type": "boolean"}, [True], [1]),
    ("null", {"type": "null"}, [None], [1]),
]

MATCH = r'''
import json, sys
import llguidance, xgrammar
from xgrammar.testing import _is_grammar_accept_string

tokenizer = llguidance.LLTokenizer("byte")


def with_xgrammar(schema):
    try:
        grammar = xgrammar.Grammar.from_json_schema(json.dumps(schema))
    except Exception as error:
        return str(error).strip().splitlines()[-1], None
    return None, lambda text: _is_grammar_accept_string(grammar, text)


def with_llguidance(schema):
    grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema))
    error = llguidance.LLMatcher(tokenizer, grammar).get_error()

    def accepts(text):
        matcher = llguidance.LLMatcher(tokenizer, grammar)
        tokens = tokenizer.tokenize_str(text)
        return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()

    return (error.strip().splitlines()[-1] if error else None), accepts


engines = {"xgrammar": with_xgrammar, "llguidance": with_llguidance}
for line in sys.stdin:
    job = json.loads(line)
    refused, accepts = engines[job["engine"]](job["schema"])
    found = {"refused": refused}
    if refused is None:
        found["texts"] = [bool(accepts(text)) for text in job["texts"]]
    print(json.dumps(found), flush=True)
'''

MODEL = r'''
import sys
import gguf
import numpy

random = numpy.random.default_rng(7)
width, heads, inner = 64, 4, 128
kind = gguf.TokenType
tokens = [("<unk>", kind.UNKNOWN), ("<s>", kind.CONTROL), ("</s>", kind.CONTROL)]
tokens += [(f"<0x{byte:02X}>", kind.BYTE) for byte in range(256)]
tokens += [(chr(byte), kind.NORMAL) for byte in range(33, 127)] + [("\u2581", kind.NORMAL)]
writer = gguf.GGUFWriter(sys.argv[1], "llama")
writer.add_name("random")
writer.add_context_length(4096)
writer.add_embedding_length(width)
writer.add_block_count(1)
writer.add_feed_forward_length(inner)
writer.add_head_count(heads)
writer.add_head_count_kv(heads)
writer.add_rope_dimension_count(width // heads)
writer.add_layer_norm_rms_eps(1e-5)
writer.add_vocab_size(len(tokens))
writer.add_tokenizer_model("llama")
writer.add_token_list([token.encode() for token, _ in tokens])
writer.add_token_scores([float(-place) for place in range(len(tokens))])
writer.add_token_types([int(it) for _, it in tokens])
writer.add_bos_token_id(1)
writer.add_eos_token_id(2)
writer.add_chat_template("{% for message in messages %}{{ message.content }}\n{% endfor %}")


def tensor(name, *shape):
    writer.add_tensor(name, random.normal(0, 0.1, shape).astype(numpy.float32))


def norm(name):
    writer.add_tensor(name, numpy.ones(width, dtype=numpy.float32))


tensor("token_embd.weight", len(tokens), width)
tensor("output.weight", len(tokens), width)
for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
    norm(f"{name}.weight")
for name in ("q", "k", "v", "output"):
    tensor(f"blk.0.attn_{name}.weight", width, width)
tensor("blk.0.ffn_gate.weight", inner, width)
tensor("blk.0.ffn_up.weight", inner, width)
tensor("blk.0.ffn_down.weight", width, inner)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
'''

LLAMA = r'''
import sys
import time
import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[2])
params.n_parallel = 1
params.n_ctx = 4096
params.warmup = False
params.cpuparams.n_threads = 1
server = xllamacpp.Server(params)
while True:
    time.sleep(60)
'''

CHECK = r'''
import json, sys
import jsonschema

for line in sys.stdin:
    job = json.loads(line)
    # Its `time` knows no offsets of 20 hours and more, which RFC 3339 has.
    formats = [name for name in jsonschema.FormatChecker.checkers if name != "time"]
    validator = jsonschema.Draft202012Validator(job["schema"], format_checker=jsonschema.FormatChecker(formats))
    try:
        error = jsonschema.exceptions.best_match(validator.iter_errors(job["value"]))
    except Exception:
        # A pattern that Python's `re` does not have.
        error = None
    print(json.dumps(error.message[:200] if error else None), flush=True)
'''


class Worker:
    """A Python process that answers one line of JSON with another."""

    def __init__(self, python, program):
        self.process = subprocess.Popen(
            [python, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.kill()
        self.process.wait()


class Mock(http.server.BaseHTTPRequestHandler):
    """A server that keeps the last schema that it was sent."""

    protocol_version = "HTTP/1.1"
    sent = None

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Mock.sent = body.get("response_format", {}).get("json_schema", {}).get("schema")
        answer = json.dumps({"choices": [{"finish_reason": "stop", "message": {"content": "{}"}}]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def post(url, body):
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"content-type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=120) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


class Project:
    """A configuration with one schema, whose form and notes are asked for each kind of server."""

    def __init__(self, folder, base_url):
        self.folder = folder
        (folder / "rows.jsonl").write_text('{"id": 1, "text": "one"}\n')
        prompt = {"name": "p", "version": 1, "system": "{{ llm_schema }}", "user": "{{ row.text }}"}
        (folder / "prompt.yaml").write_text(json.dumps(prompt))
        config = {
            "run": {"name": "peer"},
            "input": {"path": "rows.jsonl", "key": "id"},
            "prompts": {"generation": "prompt.yaml"},
            "schema": {"path": "schema.json"},
            "llm": {"provider": "openai", "base_url": base_url, "model": "m", "max_output_tokens": 100},
        }
        (folder / "casebook.yaml").write_text(json.dumps(config))

    def casebook(self, *args):
        env = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        env["NO_COLOR"] = "1"
        done = subprocess.run([CASEBOOK, *args], cwd=self.folder, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def form(self, schema, server):
        """The schema as it is sent, the note on what is not held, and whether a note says that texts have no quotation
        marks; or None and what went wrong."""
        (self.folder / "schema.json").write_text(json.dumps(schema))
        chosen = ["--set", f"llm.server={server}"]
        Mock.sent = None
        said = self.casebook("ping", "casebook.yaml", *chosen)[1]
        if Mock.sent is None:
            return None, said.strip().splitlines()[-1] if said.strip() else "no request came", False
        notes = self.casebook("run", "casebook.yaml", "--dry-run", *chosen)[1]
        told = [line for line in notes.splitlines() if "does not hold answers to" in line]
        narrow = "lets texts have no quotation marks" in notes
        return Mock.sent, told[0].split("does not hold answers to ", 1)[1] if told else "", narrow


def whole(field, definitions):
    schema = obj({"v": field}, additionalProperties=False)
    if isinstance(field, dict) and field.get("$ref") == "#/properties/w":
        schema["properties"]["w"] = text(enum=["p"])
        schema["required"] = ["v"]
    if definitions:
        schema["$defs"] = definitions
    return schema


def engines(server, sent):
    """The engines that the server may take for what was sent."""
    if server == "sglang":
        return ["xgrammar"]
    return ["xgrammar", "llguidance"]


def takes_llguidance(sent):
    """Whether vLLM's gate sends this to llguidance."""
    if isinstance(sent, list):
        return any(map(takes_llguidance, sent))
    if not isinstance(sent, dict):
        return False
    beside = sent.keys() & {"pattern", "format"} and sent.keys() & {"minLength", "maxLength"}
    known = "multipleOf" in sent or "\\p" in str(sent.get("pattern", "")) or beside
    return bool(known) or any(takes_llguidance(held) for held in sent.values())


class Table:
    def __init__(self):
        self.failed = 0
        self.rows = []

    def row(self, name, server, problems, note):
        self.failed += bool(problems)
        mark = "FAIL" if problems else "ok"
        print(f"{mark:4}  {server:9}  {name:36}  {'; '.join(problems) or note}", flush=True)


def against_engines(server, sent, note, narrow, good, bad, worker):
    problems = []
    names = engines(server, sent)
    held = "llguidance" if server == "vllm" and takes_llguidance(sent) else "xgrammar"
    for engine in names:
        # vLLM takes xgrammar unless its gate finds what xgrammar lacks.
        if engine == "xgrammar" and held == "llguidance":
            continue
        texts = [json.dumps({"v": value}, ensure_ascii=False) for value in good + bad]
        found = worker.ask({"engine": engine, "schema": sent, "texts": texts})
        if found["refused"]:
            problems.append(f"{engine} refuses it: {found['refused']}")
            continue
        taken = found["texts"]
        for value, is_taken in zip(good, taken):
            is_told = narrow and isinstance(value, str) and set(value) & set('"\\\n')
            if not is_taken and not is_told:
                problems.append(f"{engine}: {json.dumps(value)} cannot be written")
        for value, is_taken in zip(bad, taken[len(good) :]):
            if is_taken and not note and engine == held:
                problems.append(f"{engine}: {json.dumps(value)} is accepted, and no note says so")
    return problems


def against_llama(url, schema, sent, note, checker):
    problems = []
    for seed in range(6):
        body = {
            "messages": [{"role": "user", "content": "x"}],
            "max_tokens": 160,
            "seed": seed,
            "temperature": 1.0,
            "logit_bias": [["\"", 2.0], ["}", 2.0], ["]", 2.0]],
            "response_format": {"type": "json_schema", "json_schema": {"name": "o", "strict": True, "schema": sent}},
        }
        status, answer = post(f"{url}/v1/chat/completions", body)
        if status != 200:
            problems.append(f"HTTP {status}: {str(answer)[:150]}")
            break
        choice = answer["choices"][0]
        if choice["finish_reason"] != "stop":
            continue
        try:
            value = json.loads(choice["message"]["content"])
        except ValueError:
            problems.append(f"not JSON: {choice['message']['content'][:80]!r}")
            break
        wrong = checker.ask({"schema": schema, "value": value})
        if wrong and not note:
            problems.append(f"{json.dumps(value)[:60]} is written, and no note says so: {wrong}")
            break
    return problems


def plain(schema):
    """The schema for a validator that knows no `nullable`, closed as Casebook closes it where that is simple."""
    if isinstance(schema, list):
        return [plain(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: plain(held) for key, held in schema.items() if key != "nullable"}
    if schema.get("nullable"):
        return {"anyOf": [out, {"type": "null"}]}
    return out


def main():
    if not CASEBOOK.is_file():
        sys.exit(f"there is no {CASEBOOK}: build it with `cargo build`, or name another one with CASEBOOK")
    folder = Path(tempfile.mkdtemp(prefix="casebook-schemas-"))
    processes = []
    try:
        python = os.environ.get("PYTHON_WITH_ENGINES")
        if not python:
            subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
            python = folder / "venv" / "bin" / "python"
            subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True)
        mock = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mock)
        threading.Thread(target=mock.serve_forever, daemon=True).start()
        project = Project(folder, f"http://127.0.0.1:{mock.server_address[1]}/v1")
        (folder / "model.py").write_text(MODEL)
        (folder / "llama.py").write_text(LLAMA)
        subprocess.run([python, folder / "model.py", folder / "model.gguf"], check=True)
        port = free_port()
        quiet = subprocess.DEVNULL
        llama = [python, folder / "llama.py", folder / "model.gguf", str(port)]
        processes.append(subprocess.Popen(llama, stdout=quiet, stderr=quiet))
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while post(f"{url}/health", None)[0] != 200:
            if time.monotonic() > until:
                sys.exit("llama.cpp does not start")
            time.sleep(0.2)
        worker, checker = Worker(python, MATCH), Worker(python, CHECK)
        processes += [worker.process, checker.process]
        table = Table()
        wanted = sys.argv[1:]
        for name, field, good, bad, *rest in KINDS:
            if wanted and name not in wanted:
                continue
            schema = whole(field, rest[0] if rest else None)
            for server in SERVERS:
                sent, note, narrow = project.form(schema, server)
                if sent is None:
                    table.row(name, server, [f"not sent: {note}"], "")
                    continue
                if server == "llama_cpp":
                    problems = against_llama(url, plain(schema), sent, note, checker)
                else:
                    problems = against_engines(server, sent, note, narrow, good, bad, worker)
                if problems and wanted:
                    print(json.dumps(sent, indent=1))
                table.row(name, server, problems, note)
        if not wanted:
            said = project.casebook("ping", "casebook.yaml", "--set", f"llm.base_url={url}/v1", "--format", "json")[1]
            seen = json.loads(said)[0]["server"]
            is_known = str(seen).startswith("llama_cpp (")
            table.row("which server it is", "llama_cpp", [] if is_known else [f"taken for {seen}"], seen)
        print(f"schemas: {table.failed} rows are not as expected")
        sys.exit(1 if table.failed else 0)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
