"""Workbooks as others write them: each sheet is written by openpyxl, XlsxWriter, exceljs and SheetJS (xlsx and ods), and
rewritten as xlsx and ods by LibreOffice. Casebook's texts of all of them are compared with each other and with what
pandas reads."""

import json
import os
import shutil
import sqlite3
import subprocess

from bench import CASEBOOK, Bench

PYTHON = ["openpyxl==3.1.5", "XlsxWriter==3.2.9", "odfpy==1.4.1", "pandas==2.3.3"]
NODE = ["exceljs@4.4.0", "xlsx@0.18.5"]
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")

# Name, value, number format, and the text that Casebook makes of it.
CELLS = [
    ("text", "hello", None, "hello"),
    ("spaces", "  two  spaces ", None, "  two  spaces "),
    ("lines", "one\ntwo", None, "one\ntwo"),
    ("tab", "a\tb", None, "a\tb"),
    ("entities", "a < b & \"c\" 'd'", None, "a < b & \"c\" 'd'"),
    ("unicode", "ä € 𝄞 日本", None, "ä € 𝄞 日本"),
    ("number_text", "007", None, "007"),
    ("integer", 5, None, "5"),
    ("two_places", 5, "0.00", "5"),
    ("tenth", 0.1, None, "0.1"),
    ("thousands", 1234.5, "#,##0.00", "1234.5"),
    ("percent", 0.125, "0.0%", "0.125"),
    ("scientific", 1230000, "0.00E+00", "1230000"),
    ("fraction", 0.5, "# ?/?", "0.5"),
    ("negative", -2.5, None, "-2.5"),
    ("large", 1e21, None, "1e+21"),
    ("yes", True, None, "TRUE"),
    ("no", False, None, "FALSE"),
    ("date", {"date": "2024-02-29"}, "yyyy-mm-dd", "2024-02-29"),
    ("german_date", {"date": "2024-02-29"}, "dd.mm.yyyy", "2024-02-29"),
    ("date_time", {"date": "2024-02-29T13:05:09"}, "yyyy-mm-dd hh:mm:ss", "2024-02-29T13:05:09"),
    ("time", 0.520833333333333, "hh:mm", "12:30:00"),
    ("am_pm", 0.520833333333333, "h:mm AM/PM", "12:30:00"),
    ("millis", 0.520836226851852, "hh:mm:ss.000", "12:30:00.250"),
    ("elapsed", 1.5, "[h]:mm", "PT36H0M0S"),
    ("short_elapsed", 0.25, "[h]:mm:ss", "PT6H0M0S"),
    ("minutes", 0.25, "[mm]:ss", "PT6H0M0S"),
    ("elapsed_millis", 1.000002893518519, "[h]:mm:ss.000", "PT24H0M0.250S"),
    ("midnight", 0, "hh:mm", "00:00:00"),
    ("year", {"date": "2024-02-29"}, "yyyy", "2024-02-29"),
    ("month", {"date": "2024-02-29"}, "mmm yyyy", "2024-02-29"),
    ("locale", {"date": "2024-02-29"}, "[$-407]d. mmmm yyyy", "2024-02-29"),
    ("clock_of_date", {"date": "2024-02-29T13:05:09"}, "hh:mm", "PT1088437H5M9S"),
    ("currency", 3.5, "[$€-407] #,##0.00", "3.5"),
    ("red", -3.5, "0.00;[Red]-0.00", "-3.5"),
    ("unit_h", 12, '0" h"', "12"),
    ("unit_day", 3, '0 "days"', "3"),
    ("as_text", 5, "@", "5"),
]

# Formulas, which LibreOffice computes, with their text, or `None` for an error.
FORMULAS = [
    ("sum", "=1+2", None, "3"),
    ("true", "=1=1", None, "TRUE"),
    ("false", "=NOT(TRUE)", None, "FALSE"),
    ("empty", '=""', None, ""),
    ("joined", '="a"&"b"', None, "ab"),
    ("date", "=DATE(2024,2,29)", "yyyy-mm-dd", "2024-02-29"),
    ("time", "=TIME(12,30,0)", "hh:mm:ss", "12:30:00"),
    ("elapsed", "=3/2", "[h]:mm", "PT36H0M0S"),
    ("percent", "=1/8", "0%", "0.125"),
    ("one", "=2-1", "0.00", "1"),
]
ERRORS = {"#DIV/0!": "=1/0", "#N/A": "=NA()", "#NAME?": "=NOSUCH(1)", "#VALUE!": '="a"+1', "#REF!": "=INDIRECT(\"nothing\")"}

WRITE = """
import datetime as dt, json, sys
cells, folder = json.load(open(sys.argv[1])), sys.argv[2]
def value(it):
    if not isinstance(it, dict):
        return it
    return dt.datetime.fromisoformat(it["date"])
import openpyxl
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["name", "value"])
for row, (name, it, form, _) in enumerate(cells, 2):
    sheet.cell(row, 1, name)
    cell = sheet.cell(row, 2, value(it))
    if form:
        cell.number_format = form
book.save(folder + "/openpyxl.xlsx")
import xlsxwriter
for name, options in [("xlsxwriter", {}), ("xlsxwriter_flat", {"constant_memory": True})]:
    book = xlsxwriter.Workbook(f"{folder}/{name}.xlsx", options)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["name", "value"])
    for row, (name, it, form, _) in enumerate(cells, 1):
        style = book.add_format({"num_format": form} if form else {})
        sheet.write_string(row, 0, name)
        it = value(it)
        if isinstance(it, str):
            sheet.write_string(row, 1, it, style)
        elif isinstance(it, dt.datetime):
            sheet.write_datetime(row, 1, it, style)
        else:
            sheet.write(row, 1, it, style)
    book.close()
"""

WRITE_NODE = """
const fs = require("fs");
const [cells, folder] = [JSON.parse(fs.readFileSync(process.argv[2])), process.argv[3]];
const date = (it) => it !== null && typeof it === "object";
const days = (it) => Date.parse(it.date + (it.date.includes("T") ? "Z" : "T00:00:00Z")) / 86400000 + 25569;
const ExcelJS = require("exceljs");
const book = new ExcelJS.Workbook();
const sheet = book.addWorksheet("Sheet1");
sheet.addRow(["name", "value"]);
for (const [name, it, form] of cells) {
  const row = sheet.addRow([name, date(it) ? new Date((days(it) - 25569) * 86400000) : it]);
  if (form) row.getCell(2).numFmt = form;
}
book.xlsx.writeFile(folder + "/exceljs.xlsx").then(() => {
  const XLSX = require("xlsx");
  const made = XLSX.utils.aoa_to_sheet([["name", "value"]]);
  cells.forEach(([name, it, form], at) => {
    const kind = typeof it === "string" ? "s" : typeof it === "boolean" ? "b" : "n";
    made["A" + (at + 2)] = { t: "s", v: name };
    made["B" + (at + 2)] = { t: date(it) ? "d" : kind, v: date(it) ? new Date((days(it) - 25569) * 86400000) : it, ...(form ? { z: form } : {}) };
  });
  made["!ref"] = "A1:B" + (cells.length + 1);
  const sheets = XLSX.utils.book_new();
  XLSX.utils.book_append_sheet(sheets, made, "Sheet1");
  XLSX.writeFile(sheets, folder + "/sheetjs.xlsx");
  XLSX.writeFile(sheets, folder + "/sheetjs.ods");
});
"""

READ = """
import datetime as dt, json, sys
import pandas
def text(it):
    if isinstance(it, bool):
        return "TRUE" if it else "FALSE"
    if isinstance(it, (dt.datetime, pandas.Timestamp)):
        shown = it.isoformat(timespec="milliseconds" if it.microsecond else "seconds")
        return shown.removesuffix("T00:00:00")
    if isinstance(it, dt.time):
        return it.isoformat(timespec="milliseconds" if it.microsecond else "seconds")
    if isinstance(it, dt.timedelta):
        seconds = int(it.total_seconds())
        return f"PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"
    if isinstance(it, (int, float)):
        return json.dumps(int(it)) if float(it).is_integer() and abs(it) < 1e21 else json.dumps(float(it))
    return it
read = pandas.read_excel(sys.argv[1], dtype=object, keep_default_na=False)
print(json.dumps([text(it) for it in read["value"]]))
"""


def texts(bench, path):
    """The texts of the column `value`, as Casebook takes them in; what it says, where it does not."""
    folder = bench.dir / f"read-{path.name}"
    folder.mkdir()
    config = {
        "run": {"name": "read"},
        "input": {"path": str(path), "normalise": False},
        "prompts": {"generation": "p.yaml"},
        "schema": {"inline": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}},
        "llm": {"provider": "sample"},
        "outputs": {"formats": ["jsonl"]},
    }
    (folder / "casebook.yaml").write_text(json.dumps(config))
    (folder / "p.yaml").write_text('name: p\nuser: "{{ row.value }}"\n')
    ran = subprocess.run([CASEBOOK, "run", "casebook.yaml"], cwd=folder, capture_output=True, text=True)
    if ran.returncode:
        return ran.stderr.strip()
    with sqlite3.connect(f"file:{folder / 'read.db'}?mode=ro", uri=True) as db:
        fields = [json.loads(it) for (it,) in db.execute("SELECT fields FROM input_row ORDER BY row_index")]
    return [it[1] for it in fields]


def convert(bench, path, kind, made):
    """The same workbook, rewritten by LibreOffice."""
    out = bench.dir / f"office-{kind}"
    profile = f"-env:UserInstallation=file://{bench.dir}/profile"
    command = [SOFFICE, profile, "--headless", "--convert-to", kind, "--outdir", out, path]
    subprocess.run(command, check=True, capture_output=True)
    return shutil.move(out / path.with_suffix("." + kind).name, bench.dir / f"{made}.{kind}")


def formulas(bench, python):
    """Formulas without their values, and as LibreOffice computes them for both formats."""
    cells, errors = bench.dir / "formulas.json", []
    wrong = [(f"error_{at}", [("x", it, None, None)]) for at, it in enumerate(ERRORS.values())]
    for name, given in [("formulas", FORMULAS), *wrong]:
        folder = bench.dir / name
        folder.mkdir()
        cells.write_text(json.dumps(given))
        subprocess.run([python, "-c", WRITE, cells, folder], check=True)
        path = folder / "openpyxl.xlsx"
        if name == "formulas":
            seen = texts(bench, path.rename(folder / "uncalculated.xlsx"))
            bench.expect("a formula without its value is refused", lambda it: "formula without its value" in it, seen)
            path = folder / "uncalculated.xlsx"
        for kind in ["xlsx", "ods"]:
            made = convert(bench, path, kind, name)
            if name == "formulas":
                bench.expect(f"formulas in {kind}", {}, differences(FORMULAS, texts(bench, made)))
            else:
                errors.append((name, kind, texts(bench, made)))
    for (name, kind, seen), word in zip(errors, [it for it in ERRORS for _ in range(2)], strict=True):
        bench.expect(f"{word} in {kind}", lambda it, word=word: f"cell B2: holds the error {word}" in it, seen)


def differences(expected, seen):
    if isinstance(seen, str):
        return seen
    return {name: (want, got) for (name, _, _, want), got in zip(expected, seen, strict=True) if want != got}


def main():
    with Bench("workbooks") as bench:
        cells = bench.dir / "cells.json"
        cells.write_text(json.dumps(CELLS))
        python = bench.venv(*PYTHON)
        subprocess.run([python, "-c", WRITE, cells, bench.dir], check=True)
        modules = bench.npm(*NODE)
        env = {**os.environ, "NODE_PATH": str(modules)}
        subprocess.run(["node", "-e", WRITE_NODE, "-", cells, bench.dir], check=True, env=env)
        if SOFFICE:
            for writer in ["openpyxl", "xlsxwriter", "exceljs", "sheetjs"]:
                for kind in ["xlsx", "ods"]:
                    convert(bench, bench.dir / f"{writer}.xlsx", kind, f"libreoffice_of_{writer}")
        else:
            print("LibreOffice is not installed: its workbooks are left out")
        for path in sorted([*bench.dir.glob("*.xlsx"), *bench.dir.glob("*.ods")]):
            seen = texts(bench, path)
            own = DIFFERENT.get(path.name, {})
            expected = [(name, it, form, own.get(name, want)) for name, it, form, want in CELLS]
            bench.expect(f"{path.name}: the texts", {}, differences(expected, seen))
            read = subprocess.run([python, "-c", READ, path], capture_output=True, text=True)
            pandas = json.loads(read.stdout) if read.returncode == 0 else read.stderr.strip().splitlines()[-1]
            if path.suffix == ".ods" and isinstance(pandas, str):
                # It takes a duration of more than a day for a time of day.
                bench.expect(f"{path.name}: pandas reads it but for durations", lambda it: "hour must be" in it, pandas)
            elif isinstance(pandas, list) and isinstance(seen, list):
                known = PANDAS | (PANDAS_SHEETJS if path.name == "sheetjs.ods" else set())
                odd = {n: (s, p) for (n, *_), s, p in zip(CELLS, seen, pandas, strict=True) if s != p}
                bench.expect(f"{path.name}: pandas reads the same", lambda it: set(it) <= known, odd, odd)
            else:
                bench.expect(f"{path.name}: pandas reads it", True, pandas)
        if SOFFICE:
            formulas(bench, python)
        bench.end()


# What a writer makes of a cell that is not what was given to it: SheetJS gives an ods no formats.
DIFFERENT = {
    "sheetjs.ods": {
        "time": "0.520833333333333",
        "am_pm": "0.520833333333333",
        "millis": "0.520836226851852",
        "elapsed": "1.5",
        "short_elapsed": "0.25",
        "minutes": "0.25",
        "elapsed_millis": "1.000002893518519",
        "midnight": "0",
        "clock_of_date": "2024-02-29T13:05:09",
    }
}
# What pandas reads otherwise: durations in its own form, a date for a time of more than a day.
PANDAS = {"elapsed", "short_elapsed", "minutes", "elapsed_millis", "large", "clock_of_date"}
# And in an ods of SheetJS: a time zone that is none, no line breaks and tabs, false for zero.
PANDAS_SHEETJS = {"lines", "tab", "date", "german_date", "date_time", "year", "month", "locale", "midnight"}

if __name__ == "__main__":
    main()
