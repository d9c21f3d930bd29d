#!/usr/bin/env bash
# promptfoo: in its file of results, a text that begins with "Basic" is [REDACTED], and a text that is JSON is written anew.
#
# Guessed: the file that `promptfoo eval -o out.json` writes has a test's variables and metadata as they were given, so
#          that results can be joined with the test set by their texts.
# Seen:    "Basic plans end with the month, as the contract says." is taken for a header with a password, in `vars` and in
#          `metadata`. So are texts that begin with "Bearer", and 64 or more letters without a blank. The text `{"a": 1}`
#          loses its blank. The provider is asked with the true texts, and its answer is kept as it is.
# So:      join results with a test set by an id (`metadata.id`, `description`), never by a text.
# With:    promptfoo 0.121.20, Node.js 20.20.2, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts promptfoo@0.121.20
cat >asked.cjs <<'JS'
const fs = require("fs");
module.exports = class {
  id() { return "asked"; }
  async callApi(prompt) {
    fs.appendFileSync("asked.jsonl", prompt.trim() + "\n");
    return { output: JSON.parse(prompt)[0].content };
  }
};
JS
cat >make.cjs <<'JS'
const fs = require("fs");
const texts = [
  "Basic plans end with the month, as the contract says.",
  "Bearer of bad news: the parcel is lost, we are sorry.",
  "Donaudampfschiffahrtselektrizitaetenhauptbetriebswerkbauunterbeamter",
  '{"a": 1}',
  "The basic plan ends with the month.",
];
const test = (text, at) => ({ description: `ex_${at + 1}`, vars: { messages: [{ role: "user", content: text }] }, metadata: { expected: text } });
fs.writeFileSync("tests.jsonl", texts.map((it, at) => JSON.stringify(test(it, at)) + "\n").join(""));
fs.writeFileSync("prompt.json", "{{ messages | dump }}\n");
fs.writeFileSync("promptfoo.yaml", "prompts: [file://prompt.json]\nproviders: [file://asked.cjs]\ntests: file://tests.jsonl\n");
JS
node make.cjs
export PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_CONFIG_DIR="$dir/home"
node_modules/.bin/promptfoo eval -c promptfoo.yaml --no-cache --no-table -j 1 -o out.json >eval.log 2>&1
node - <<'JS'
const assert = require("assert");
const fs = require("fs");
const lines = (name) => fs.readFileSync(name, "utf8").trim().split("\n").map(JSON.parse);
console.log("promptfoo", require("./node_modules/promptfoo/package.json").version, "Node.js", process.version);
const given = lines("tests.jsonl").map((it) => it.vars.messages[0].content);
assert.deepStrictEqual(lines("asked.jsonl").map((it) => it[0].content), given, "the provider is asked with other texts");
const results = JSON.parse(fs.readFileSync("out.json")).results.results.sort((one, two) => one.testIdx - two.testIdx);
const kept = results.map((it) => [it.vars.messages[0].content, it.testCase.metadata.expected, it.response.output]);
kept.forEach((it, at) => console.log(` ${given[at].slice(0, 24)}… : ${JSON.stringify(it)}`));
for (const at of [0, 1, 2]) assert.deepStrictEqual(kept[at], ["[REDACTED]", "[REDACTED]", given[at]]);
assert.deepStrictEqual(kept[3], ['{"a":1}', '{"a":1}', '{"a": 1}']);
assert.deepStrictEqual(kept[4], [given[4], given[4], given[4]]);
JS
echo "as described"
