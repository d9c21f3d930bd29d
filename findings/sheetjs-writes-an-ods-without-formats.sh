#!/usr/bin/env bash
# SheetJS: the dates of an ods have a time zone, and its times and durations are bare numbers.
#
# Guessed: a workbook that SheetJS writes as xlsx and as ods holds the same values: a date in `office:date-value` as
#          LibreOffice writes it (`2024-02-29`), a number under the format `hh:mm` in `office:time-value`.
# Seen:    a date is `2024-02-29T00:00:00.000Z`, though spreadsheets have no time zones. A number under `hh:mm` or
#          `[h]:mm` is `office:value-type="float"` with no style, so that nothing in the file says that it is a time. The
#          xlsx of the same sheet has the formats.
# So:      do not take the `Z` for text. That `0.520833333333333` was half past twelve cannot be known from the ods.
# With:    xlsx 0.18.5 from npm, Node.js 20 or newer, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo '{"private": true}' >"$dir/package.json"
(cd "$dir" && npm install --silent --no-audit --no-fund --ignore-scripts 'xlsx@0.18.5')
cd "$dir"
node - <<'JS'
const assert = require("assert");
const XLSX = require("xlsx");
console.log("xlsx", XLSX.version, "Node.js", process.version);
const sheet = {
  A1: { t: "d", v: new Date(Date.UTC(2024, 1, 29)), z: "yyyy-mm-dd" },
  A2: { t: "n", v: 0.520833333333333, z: "hh:mm" },
  A3: { t: "n", v: 1.5, z: "[h]:mm" },
  "!ref": "A1:A3",
};
const book = XLSX.utils.book_new();
XLSX.utils.book_append_sheet(book, sheet, "Sheet1");
const part = (bookType, name) => {
  const zip = XLSX.CFB.read(XLSX.write(book, { type: "buffer", bookType }), { type: "buffer" });
  return Buffer.from(XLSX.CFB.find(zip, "/" + name).content).toString();
};
const cells = part("ods", "content.xml").match(/<table:table-cell[^>]*>/g);
console.log(cells.join("\n"));
assert(cells[0].includes('office:date-value="2024-02-29T00:00:00.000Z"'), "the date has no zone");
assert(cells[1].includes('office:value-type="float" office:value="0.520833333333333"'), "the time is one");
assert(cells[2].includes('office:value-type="float" office:value="1.5"'), "the duration is one");
assert(cells.slice(1).every((it) => !it.includes("style-name")), "a number has a style");
const styles = part("xlsx", "xl/styles.xml");
assert(styles.includes("[h]:mm"), "the xlsx has no format");
JS
echo "as described"
