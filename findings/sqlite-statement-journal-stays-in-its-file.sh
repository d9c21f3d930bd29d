#!/usr/bin/env bash
# SQLite: one large statement makes all later small ones of its transaction write to a file.
#
# Guessed: a statement that SQLite may have to take back alone (because a trigger may raise ABORT) keeps the pages that
#          it changes in a statement journal in memory. That moves to a temporary file past 64 KiB, and what is small
#          again is in memory again: a statement's journal ends with the statement.
# Seen:    once one statement of a transaction has outgrown 64 KiB, the journal stays a file until the transaction ends.
#          Each later insert of one row then writes every page that it changes to that file, beside the write to the
#          database or its WAL: here some 2,600 writes for 500 inserts of one row each, and none where the large
#          statement comes last, or where the table has no trigger.
# So:      in a long transaction put the statement that changes many rows at the end. An insert into a table with five
#          indexes outgrows the limit by itself, in the rare moment when all of them split a page at once.
# With:    apsw 3.54.1.0 (its own SQLite), CPython 3, Linux, 2026-11-29
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check 'apsw==3.54.1.0'

"$dir/venv/bin/python" - "$dir" <<'PYTHON'
import sys

import apsw

writes = 0


class Counted(apsw.VFSFile):
    def __init__(self, name, flags):
        super().__init__("", name, flags)
        self.counts = bool(flags[0] & apsw.SQLITE_OPEN_SUBJOURNAL)

    def xWrite(self, data, offset):
        global writes
        writes += self.counts
        super().xWrite(data, offset)


class Counting(apsw.VFS):
    def __init__(self):
        super().__init__("counting", "")

    def xOpen(self, name, flags):
        return Counted(name, flags)


vfs = Counting()
print("apsw", apsw.apswversion(), "SQLite", apsw.sqlitelibversion())


def inserts(name, trigger, large):
    """How often 500 inserts of a row wrote to a statement journal's file; `large` says where a large update is."""
    global writes
    db = apsw.Connection(f"{sys.argv[1]}/{name}.db", vfs="counting")
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    if trigger:
        db.execute(
            "CREATE TRIGGER kept BEFORE INSERT ON item WHEN EXISTS (SELECT 1 FROM item WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'kept'); END"
        )
    fill = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
    db.execute(fill + "INSERT INTO item (text) SELECT printf('%0100d', i) FROM n")
    # An index, whose pages are spread over by what is inserted, and a large update of all rows.
    db.execute("CREATE INDEX item_text ON item (text)")
    update = "UPDATE item SET text = text || 'x' WHERE id <= 5000"
    db.execute("BEGIN")
    if large == "first":
        db.execute(update)
    before = writes
    for i in range(500):
        db.execute("INSERT INTO item (text) VALUES (?)", (f"{i * 10 % 5000:0100d}y",))
    found = writes - before
    if large == "last":
        db.execute(update)
    db.execute("COMMIT")
    db.close()
    print(f"trigger: {trigger!s:5}  large update: {large:5}  writes to the statement journal's file: {found}")
    return found


none = inserts("none", True, "none")
first = inserts("first", True, "first")
last = inserts("last", True, "last")
without = inserts("without", False, "first")
assert none == 0 and last == 0 and without == 0, "a small statement wrote to a file"
assert first > 500, "the journal went back into memory"
PYTHON
echo "as described"
