#!/usr/bin/env bash
# statsmodels: McNemar's chi-square test says p = 0 of two models that agree on every item.
#
# Guessed: without a pair that tells the models apart there is nothing to test: p is 1, or not a number. So says the
#          exact test, the default, whose p is 1.
# Seen:    `mcnemar(table, exact=False)` takes 1 off the difference, as a correction, squares it and divides by no pairs:
#          the statistic is infinite and p is 0, with a warning of numpy's. That is what comparing a model with itself
#          gives. Without the correction both are nan. And with correction p is too large for few pairs: 0.043 for 10
#          against 2, where the exact test has 0.039, the mid-p test 0.022 and the uncorrected one 0.021.
# So:      look at the pairs before the p. Here, no discordant pairs is "undefined", the verdict is inconclusive, and the
#          test is the mid-p one, which is neither approximate nor overly careful.
# With:    statsmodels 0.15.0, scipy 1.17.1, numpy 2.4.6, Python 3.11.7, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check statsmodels==0.15.0 scipy==1.17.1 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import math
import sys
import warnings

import numpy
import scipy
import statsmodels
from scipy.stats import binom
from statsmodels.stats.contingency_tables import mcnemar

versions = [f"{it.__name__} {it.__version__}" for it in (statsmodels, scipy, numpy)]
print(*versions, "Python", sys.version.split()[0])


def seen(only_one, only_other, **options):
    """The statistic, p, and the words of the warnings; 500 items are right for both, and 500 wrong."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = mcnemar([[500, only_one], [only_other, 500]], **options)
    print(f"  {only_one} against {only_other} {options}: {found.statistic:.4g}, p = {found.pvalue:.4g}")
    return found.statistic, found.pvalue, [str(it.message) for it in told]


statistic, p, told = seen(0, 0, exact=False)
assert statistic == math.inf and p == 0 and any("divide by zero" in it for it in told), told
statistic, p, told = seen(0, 0, exact=False, correction=False)
assert math.isnan(statistic) and math.isnan(p)
assert seen(0, 0)[1] == 1
exact, corrected = seen(10, 2)[1], seen(10, 2, exact=False)[1]
plain = seen(10, 2, exact=False, correction=False)[1]
middle = 2 * binom.cdf(2, 12, 0.5) - binom.pmf(2, 12, 0.5)
print(f"  10 against 2, mid-p: p = {middle:.4g}")
assert [round(float(it), 3) for it in (corrected, exact, middle, plain)] == [0.043, 0.039, 0.022, 0.021]
PYTHON
echo "as described"
