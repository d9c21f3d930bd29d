#!/usr/bin/env bash
# FTS5: a word that stands in more than half of the rows weighs a millionth, so that in a small table the words that
# matter rank nothing.
#
# Guessed: BM25 weighs a common word less than a rare one, and a query of both puts the row first that is about both.
# Seen:    of three rows, `refund` stands in two, and `what` in one that is about something else. For `what refund` that
#          one comes first, by 250,000 to 1: the weight of a word in most rows would be below zero, and FTS5 takes
#          1e-6 in its place. With as many empty rows as there are rows, and one, no word is in more than half of them;
#          the row about refunds comes first, and words in all rows still weigh something.
# So:      an index of few texts gets empty rows beside them. They cost nothing in a query, since they have no words.
# With:    SQLite 3.40.1 through Python 3.11, Linux, 2026-11-30; SQLite 3.54.1 by the tests of this project.
set -euo pipefail

python3 - <<'PYTHON'
import sqlite3

print("SQLite", sqlite3.sqlite_version)
ROWS = ["a refund, a refund within 30 days", "refund refund refund", "so what, a fee of 3 euros is due"]


def ranked(empty, query):
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5 (words, content = '')")
    for row, text in enumerate(ROWS + [""] * empty, 1):
        base.execute("INSERT INTO t (rowid, words) VALUES (?, ?)", (row, text))
    found = base.execute("SELECT rowid, bm25(t) FROM t WHERE t MATCH ? ORDER BY rank, rowid", (query,)).fetchall()
    print(f"  {empty} empty rows, {query}: {found}")
    return found


plain = ranked(0, '"what" OR "refund"')
assert plain[0][0] == 3 and plain[0][1] / plain[1][1] > 200_000
padded = ranked(len(ROWS) + 1, '"what" OR "refund"')
assert padded[0][0] == 2
assert all(score < -0.1 for _, score in ranked(len(ROWS) + 1, '"refund"'))
PYTHON
echo "as described"
