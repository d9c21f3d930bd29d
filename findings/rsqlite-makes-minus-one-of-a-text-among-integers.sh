#!/usr/bin/env bash
# RSQLite: in a column whose first values are integers, a text of digits that is too long for 64 bits arrives as -1.
#
# Guessed: SQLite's columns may hold integers and texts, so a reader with one type for a column makes texts of all of
#          them, or the missing value of a text that it cannot read.
# Seen:    the type of the column is that of its first value; a later text is made a number as C makes one, which is -1
#          for '9223372036854775808'. There is a warning of a "mixed type", and no error. If the text comes first, all
#          values are texts.
# So:      a column that may have such texts is read with CAST(n AS TEXT), and the documentation says so.
# With:    Debian's r-cran-rsqlite 2.2.20 on R 4.2.2, Linux, 2026-11-30. It needs Rscript with RSQLite.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/finding.R" <<'R'
cat("RSQLite", as.character(packageVersion("RSQLite")), "\n")
base <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
seen <- character()
read <- function(query) {
  seen <<- character()
  found <- withCallingHandlers(DBI::dbGetQuery(base, query)$n, warning = function(it) {
    seen <<- c(seen, conditionMessage(it))
    invokeRestart("muffleWarning")
  })
  cat(query, "\n   ", class(found), format(found), "\n   ", seen, "\n")
  found
}
after <- read("SELECT 5 AS n UNION ALL SELECT '9223372036854775808'")
stopifnot(identical(after, c(5L, -1L)), any(grepl("mixed type", seen)))
before <- read("SELECT '9223372036854775808' AS n UNION ALL SELECT 5")
stopifnot(identical(before, c("9223372036854775808", "5")))
cast <- read("SELECT CAST(n AS TEXT) AS n FROM (SELECT 5 AS n UNION ALL SELECT '9223372036854775808')")
stopifnot(identical(cast, c("5", "9223372036854775808")), length(seen) == 0)
R
Rscript "$dir/finding.R"
echo "as described"
