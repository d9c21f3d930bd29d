#!/usr/bin/env bash
# DuckDB: its SQLite extension does not ask SQLite for a view; it parses the view's text and runs it as its own SQL.
#
# Guessed: DuckDB reads a view of an attached SQLite file as it reads a table: SQLite runs it, DuckDB gets the rows.
# Seen:    DuckDB parses the text of `CREATE VIEW`. A text that its parser refuses (`char(10) || 'x'`, `CROSS JOIN … ON`)
#          is an error, and `SHOW ALL TABLES` then fails for the whole file. A text that it can run means what it means
#          in DuckDB: `CAST(x AS REAL)` has 32 bits, so that 0.1 is 0.10000000149…, `CAST(x AS INTEGER)` of 3000000000
#          is an error, and `a = b` is a boolean. A text that it parses but cannot run (`total(x)`) is handed to SQLite
#          in DuckDB's words, and then every column is a VARCHAR.
# So:      write views in what both take for the same thing: DOUBLE, BIGINT and TEXT (SQLite takes the affinity from the
#          name), a line break inside of quotes for char(10), joins without CROSS … ON, sum and coalesce for total.
# With:    duckdb 1.5.5 and duckdb_extension_sqlite_scanner 1.5.5, CPython 3, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check 'duckdb==1.5.5' 'duckdb_extension_sqlite_scanner==1.5.5'

"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import glob
import sqlite3
import sys

import duckdb
import duckdb_extension_sqlite_scanner as package

extension = glob.glob(package.__path__[0] + "/extensions/*/sqlite_scanner.duckdb_extension")[0]
print("duckdb", duckdb.__version__)


def attached(name, view):
    path = f"{sys.argv[1]}/{name}.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE t (x TEXT, n INTEGER) STRICT")
        base.execute("INSERT INTO t VALUES ('0.1', 3000000000)")
        base.execute(f"CREATE VIEW v AS {view}")
        of_sqlite = base.execute("SELECT * FROM v").fetchall()
    run = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    run.execute(f"LOAD '{extension}'")
    run.execute(f"ATTACH '{path}' AS f (TYPE sqlite, READ_ONLY)")
    return run, of_sqlite


def read(name, view):
    run, of_sqlite = attached(name, view)
    try:
        found = run.execute("SELECT * FROM f.v").fetchall()
        kinds = [row[1] for row in run.execute("DESCRIBE f.v").fetchall()]
    except duckdb.Error as error:
        found, kinds = str(error).splitlines()[0][:90], None
    print(f"{view}\n    sqlite {of_sqlite}, duckdb {found} {kinds or ''}")
    return of_sqlite, found, kinds


for name, view in [("char", "SELECT char(10) || x AS y FROM t"), ("cross", "SELECT a.x FROM t AS a CROSS JOIN t AS b ON a.n = b.n")]:
    _, found, kinds = read(name, view)
    assert kinds is None and "Parser Error" in found
    run, _ = attached(f"{name} again", view)
    try:
        run.execute("SHOW ALL TABLES").fetchall()
        raise SystemExit("SHOW ALL TABLES works")
    except duckdb.ParserException:
        pass
of_sqlite, found, kinds = read("real", "SELECT CAST(x AS REAL) AS y FROM t")
assert of_sqlite == [(0.1,)] and kinds == ["FLOAT"] and found[0][0] != 0.1
of_sqlite, found, kinds = read("integer", "SELECT CAST(n AS INTEGER) AS y FROM t")
assert of_sqlite == [(3000000000,)] and kinds is None and "Conversion Error" in found
assert read("boolean", "SELECT n = 3000000000 AS y FROM t") == ([(1,)], [(True,)], ["BOOLEAN"])
of_sqlite, found, kinds = read("total", "SELECT total(n) AS y FROM t")
assert of_sqlite == [(3000000000.0,)] and kinds == ["VARCHAR"]
of_sqlite, found, kinds = read("both", "SELECT CAST(x AS DOUBLE) AS a, CAST(n AS BIGINT) AS b, x || '\n' AS c FROM t")
assert of_sqlite == found == [(0.1, 3000000000, "0.1\n")] and kinds == ["DOUBLE", "BIGINT", "VARCHAR"]
PYTHON
echo "as described"
