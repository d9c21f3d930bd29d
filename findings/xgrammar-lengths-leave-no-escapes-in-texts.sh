#!/usr/bin/env bash
# xgrammar: a text with a `minLength` or `maxLength` can have no quotation mark, backslash or line break.
#
# Guessed: a bound of a text's length counts characters and leaves everything else as it is; a `pattern` is about the
#          text, and the engine escapes what JSON wants escaped.
# Seen:    without a bound any text can be written. With `minLength: 1` or `maxLength: 500` a text with a quotation mark,
#          a backslash, a line break or a tab cannot. Nor can it under a `pattern` of any signs (`.`, `[^,]`, ` -~`). A
#          `pattern` with a quotation mark or a backslash of its own makes texts that are no JSON: the sign itself is
#          written. llguidance counts characters, and escapes.
# So:      behind vLLM and SGLang a bound of length changes what a model can say. Where texts may quote, leave it to a
#          check after the answer. Do not send patterns with a sign that JSON escapes.
# With:    xgrammar 0.2.9, llguidance 1.9.1, CPython 3.11, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python="${PYTHON_WITH_ENGINES:-$dir/venv/bin/python}"
if [ -z "${PYTHON_WITH_ENGINES:-}" ]; then
  python3 -m venv "$dir/venv"
  "$python" -m pip install --quiet --disable-pip-version-check 'xgrammar==0.2.9' 'llguidance==1.9.1'
fi

"$python" - <<'PYTHON'
import importlib.metadata
import json

import llguidance
import xgrammar
from xgrammar.testing import _is_grammar_accept_string

for name in ("xgrammar", "llguidance"):
    print(name, importlib.metadata.version(name))
tokenizer = llguidance.LLTokenizer("byte")


def with_xgrammar(schema, text):
    grammar = xgrammar.Grammar.from_json_schema(json.dumps(schema))
    return bool(_is_grammar_accept_string(grammar, text))


def with_llguidance(schema, text):
    grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(schema))
    matcher = llguidance.LLMatcher(tokenizer, grammar)
    tokens = tokenizer.tokenize_str(text)
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def row(engine, schema, texts):
    found = [engine(schema, text) for text in texts]
    print(f"{engine.__name__:15}  {json.dumps(schema):45}  {dict(zip(texts, found))}")
    return found


VALUES = ["plain", 'a "word"', "a\\b", "two\nlines", "a\ttab"]
TEXTS = [json.dumps(value) for value in VALUES]
ALL, PLAIN = [True] * 5, [True] + [False] * 4
string = {"type": "string"}
assert row(with_xgrammar, string, TEXTS) == ALL
for bound in ({"minLength": 1}, {"maxLength": 500}):
    assert row(with_xgrammar, {**string, **bound}, TEXTS) == PLAIN
    assert row(with_llguidance, {**string, **bound}, TEXTS) == ALL
for pattern in ("^.+$", "^[^,]+$", "^[ -~]+$"):
    assert row(with_xgrammar, {**string, "pattern": pattern}, TEXTS[:2]) == [True, False]
    assert row(with_llguidance, {**string, "pattern": pattern}, TEXTS[:2]) == [True, True]
for pattern, value in (('^"a"$', '"a"'), (r"^C:\\a$", r"C:\a")):
    texts = [json.dumps(value), f'"{value}"']
    assert row(with_xgrammar, {**string, "pattern": pattern}, texts) == [False, True], "the sign by itself, no JSON"
    assert row(with_llguidance, {**string, "pattern": pattern}, texts) == [True, False]
PYTHON
echo "as described"
