"""Whether other tools that read SQLite see in a run file what SQLite sees: DuckDB's SQLite extension, Datasette,
sqlite-utils, pandas, polars, and R's RSQLite if `Rscript` has it.

Two run files are made: one of a step with typed columns and fields, one of several steps. Each tool opens every view of
both. Its rows and the types of its columns are compared with SQLite's. `CASEBOOK` names the binary. Exit code 1 means
that an expectation was not met."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from bench import AMPLE, CASEBOOK, Bench, free_port, request

PACKAGES = [
    "duckdb==1.5.5",
    "duckdb_extension_sqlite_scanner==1.5.5",
    "datasette==0.65.5",
    "sqlite-utils==4.2.1",
    "pandas==3.1.1",
    "polars==2.1.0",
]
CONFIG = """run: {name: typed}
input: {path: rows.csv, key: id, types: {amount: number, units: integer, paid: bool}}
llm:
  provider: recorded
  recorded: {path: answers.csv, match: {id: "{{ row.id }}"}, answer: "{{ record.answer }}"}
prompts: {generation: prompt.yaml}
schema: {path: schema.json}
"""
SCHEMA = {
    "type": "object",
    "properties": {
        "question_id": {"type": "string"},
        "share": {"type": "number"},
        "count": {"type": ["integer", "null"]},
        "certain": {"type": "boolean"},
        "labels": {"type": "array", "items": {"type": "string"}},
        "it's": {"type": "string"},
    },
    "required": ["share"],
}
ROWS = [("5", "a", "2", "5", "yes"), ("50", "b", "2.5", "", "no"), ("600", "c", "", "-3", ""), ("7", "d", "1e3", "4", "1")]
ANSWERS = {
    "5": {"share": 2, "count": 5, "certain": True, "labels": ["x", "y"], "question_id": "5", "it's": "so"},
    "50": {"share": 2.5, "count": None, "certain": False, "labels": [], "question_id": "6"},
    "600": {"share": 3},
}
# What a reader prints of each view: its rows, and its types by SQLite's words.
READER = r'''
import glob, json, sys
tool, path, views = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
found = {}
def kind(name):
    name = name.lower()
    if "int" in name: return "integer"
    if "float" in name or "double" in name: return "real"
    if "bool" in name: return "bool"
    return "text"
if tool == "duckdb":
    import duckdb, duckdb_extension_sqlite_scanner as package
    files = glob.glob(package.__path__[0] + "/extensions/*/sqlite_scanner.duckdb_extension")
    base = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    base.execute(f"LOAD '{files[0]}'")
    base.execute(f"ATTACH '{path}' AS run (TYPE sqlite, READ_ONLY)")
    base.execute("SHOW ALL TABLES").fetchall()
    for view in views:
        types = [kind(row[1]) for row in base.execute(f'DESCRIBE run."{view}"').fetchall()]
        found[view] = {"rows": base.execute(f'SELECT * FROM run."{view}"').fetchall(), "types": types}
elif tool == "sqlite-utils":
    import sqlite_utils
    base = sqlite_utils.Database(path)
    for view in views:
        found[view] = {"rows": [list(row.values()) for row in base[view].rows]}
elif tool == "pandas":
    import pandas, sqlite3
    base = sqlite3.connect(path)
    for view in views:
        table = pandas.read_sql(f'SELECT * FROM "{view}"', base)
        rows = table.astype(object).where(table.notna(), None).values.tolist()
        found[view] = {"rows": rows, "types": [kind(str(it)) for it in table.dtypes]}
elif tool == "polars":
    import polars, sqlite3
    base = sqlite3.connect(path)
    for view in views:
        table = polars.read_database(f'SELECT * FROM "{view}"', base, infer_schema_length=None)
        found[view] = {"rows": [list(row) for row in table.rows()], "types": [kind(str(it)) for it in table.dtypes]}
json.dump(found, sys.stdout)
'''
R_READER = r'''
arguments <- commandArgs(TRUE)
base <- DBI::dbConnect(RSQLite::SQLite(), arguments[1], flags = RSQLite::SQLITE_RO)
for (view in arguments[-1]) {
  table <- DBI::dbReadTable(base, view, check.names = FALSE)
  cat(view, nrow(table), sum(!is.na(table)), paste(sapply(table, class), collapse = ","), sep = "\t")
  cat("\n")
}
'''


def typed_project(folder):
    """A step with a column or a field of each type, one failed row among them."""
    folder.mkdir()
    lines = ["id,text,amount,units,paid,Question ID", *(",".join((*row, f"Q{row[0]}")) for row in ROWS)]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    quoted = {key: json.dumps(answer).replace('"', '""') for key, answer in ANSWERS.items()}
    (folder / "answers.csv").write_text("id,answer\n" + "".join(f'{key},"{it}"\n' for key, it in quoted.items()))
    (folder / "prompt.yaml").write_text('name: p\nuser: "{{ row.text }} {{ llm_schema }}"\n')
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    (folder / "casebook.yaml").write_text(CONFIG)
    subprocess.run([CASEBOOK, "run", "casebook.yaml", "--quiet"], cwd=folder, capture_output=True)
    return folder / "typed.db"


def stepped_project(folder):
    subprocess.run([CASEBOOK, "init", folder, "--example", "chain"], check=True, capture_output=True)
    subprocess.run([CASEBOOK, "run", folder / "casebook.yaml", "--quiet"], check=True, capture_output=True)
    return folder / "chain.db"


def comparable(rows, columns=None):
    """Rows as a sorted list, with numbers that are equal written alike, and JSON objects without an order of keys."""

    def cell(value):
        if isinstance(value, str) and value.startswith("{"):
            try:
                return json.dumps(json.loads(value), sort_keys=True)
            except ValueError:
                return value
        if isinstance(value, (bool, int)):
            return float(value) if abs(value) < 2**53 else value
        return value

    return sorted((json.dumps([cell(value) for value in row]) for row in rows))


def seen_by_sqlite(base, view):
    """The rows of a view, and the type of each column that has values."""
    columns = [row[1] for row in base.execute(f'PRAGMA table_info("{view}")')]
    rows = base.execute(f'SELECT * FROM "{view}"').fetchall()
    words = {int: "integer", float: "real", str: "text"}
    types = []
    for place in range(len(columns)):
        kinds = {words[type(row[place])] for row in rows if row[place] is not None}
        types.append(kinds.pop() if len(kinds) == 1 else None if not kinds else "mixed")
    return columns, rows, types


def untyped(rows, types, seen):
    """The same with texts in the columns that no schema gives a type, which DuckDB reads as texts, true as a word."""
    free = [other == "text" and own in ("integer", "real") for own, other in zip(types, seen["types"])]
    words = {"true": "1", "false": "0"}

    def plain(row):
        cells = zip(row, free)
        return [words.get(cell, str(cell)) if is_free and cell is not None else cell for cell, is_free in cells]

    types = ["text" if is_free else own for own, is_free in zip(types, free)]
    return [plain(row) for row in rows], types, [plain(row) for row in seen["rows"]]


def compare(bench, tool, name, expected, found):
    for view, (columns, rows, types) in expected.items():
        seen = found.get(view, {"rows": None})
        # Only `results` may have columns without a type, those of rules and of fields of any type.
        if tool == "duckdb" and view == "results" and seen["rows"] is not None:
            rows, types, seen["rows"] = untyped(rows, types, seen)
        is_same = seen["rows"] is not None and comparable(rows) == comparable(seen["rows"])
        others = []
        if is_same and "types" in seen:
            pairs = zip(columns, types, seen["types"], [any(row[at] is None for row in rows) for at in range(len(columns))])
            # pandas has no integers beside what is missing.
            others = [
                f"{column}: {other} for {own}"
                for column, own, other, has_null in pairs
                if own is not None and other != own and not (tool == "pandas" and own == "integer" and has_null)
            ]
        bench.expect(f"{tool} reads {view} of {name}", (True, []), (is_same, others))


def main():
    with Bench("readers") as bench:
        python = bench.venv(*PACKAGES)
        files = {"typed": typed_project(bench.dir / "typed"), "chain": stepped_project(bench.dir / "chain")}
        expected = {}
        for name, path in files.items():
            base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            views = [row[0] for row in base.execute("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")]
            expected[name] = {view: seen_by_sqlite(base, view) for view in views}
            mixed = [f"{view}.{it}" for view, (columns, _, types) in expected[name].items()
                     for it, kind in zip(columns, types) if kind == "mixed"]
            bench.expect(f"each column of {name} has one type", [], mixed)
        affinity(bench, files["typed"])
        (bench.dir / "reader.py").write_text(READER)
        for tool in ["duckdb", "sqlite-utils", "pandas", "polars"]:
            for name, path in files.items():
                command = [python, bench.dir / "reader.py", tool, path, json.dumps(list(expected[name]))]
                read = subprocess.run(command, capture_output=True, text=True)
                found = json.loads(read.stdout) if read.returncode == 0 else {}
                bench.expect(f"{tool} opens {name}", 0, read.returncode, read.stderr)
                compare(bench, tool, name, expected[name], found)
        datasette(bench, python, files, expected)
        rsqlite(bench, files, expected)
        bench.end()


def affinity(bench, path):
    """What people write in a WHERE clause, and what facet links send: texts."""
    base = sqlite3.connect(path)
    for clause, ids in {
        "id = 5": ["5"],
        "units = '5'": ["5"],
        "units > 3": ["5", "7"],
        "amount = '2.5'": ["50"],
        "paid = '1'": ["5", "7"],
        "count = '5'": ["5"],
        "share > 2.4": ["50", "600"],
        "share = '3'": ["600"],
        "certain = '0'": ["50"],
        "parsed_question_id = 6": ["50"],
        "cost_usd = '0'": ["5", "50", "600", "7"],
    }.items():
        found = [row[0] for row in base.execute(f"SELECT id FROM results WHERE {clause} ORDER BY row_index")]
        bench.expect(f"WHERE {clause}", ids, found)


def datasette(bench, python, files, expected):
    port = free_port()
    command = [python.parent / "datasette", "serve", *(f"--immutable={path}" for path in files.values()), "-p", str(port)]
    bench.start([str(it) for it in command], f"http://127.0.0.1:{port}/-/versions.json")
    for name, path in files.items():
        for view, (_, rows, _) in expected[name].items():
            status, body = request(f"http://127.0.0.1:{port}/{path.stem}/{view}.json?_shape=arrays&_size=max")
            found = json.loads(body)["rows"] if status == 200 else []
            kept = comparable(rows) if len(rows) <= len(found) else comparable(found)
            bench.expect(f"Datasette shows {view} of {name}", (200, True), (status, kept == comparable(found)), body[:300])
    for facet in ["status", "count", "certain", "paid", "units", "share", "attempts"]:
        _, body = request(f"http://127.0.0.1:{port}/typed/results.json?_facet={facet}")
        for value in json.loads(body)["facet_results"][facet]["results"]:
            if value["value"] is None:
                continue
            _, shown = request(value["toggle_url"].replace("/results?", "/results.json?"))
            bench.expect(f"Datasette's link {facet} = {value['value']}", value["count"], len(json.loads(shown)["rows"]))


def rsqlite(bench, files, expected):
    has_it = shutil.which("Rscript") and subprocess.run(
        ["Rscript", "-e", "library(RSQLite)"], capture_output=True
    ).returncode == 0
    if not has_it:
        print("skip  RSQLite: there is no Rscript with it (on Debian: r-cran-rsqlite)")
        return
    (bench.dir / "reader.R").write_text(R_READER)
    words = {"integer": ["integer", "integer64", "numeric"], "real": ["numeric"], "text": ["character"]}
    for name, path in files.items():
        command = ["Rscript", bench.dir / "reader.R", path, *expected[name]]
        read = subprocess.run(command, capture_output=True, text=True, timeout=AMPLE)
        bench.expect(f"RSQLite reads {name} without a warning", (0, ""), (read.returncode, warnings(read.stderr)))
        found = dict(line.split("\t", 1) for line in read.stdout.splitlines() if "\t" in line)
        for view, (columns, rows, types) in expected[name].items():
            count, cells, kinds = found.get(view, "-1\t-1\t").split("\t")
            full = sum(value is not None for row in rows for value in row)
            others = [
                f"{column}: {other} for {own}"
                for column, own, other in zip(columns, types, kinds.split(","))
                if own is not None and other not in words[own]
            ]
            bench.expect(f"RSQLite reads {view} of {name}", (len(rows), full, []), (int(count), int(cells), others))


def warnings(text):
    return "\n".join(line for line in text.splitlines() if "arning" in line or "mixed" in line)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
