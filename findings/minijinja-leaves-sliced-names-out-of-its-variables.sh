#!/usr/bin/env bash
# minijinja: the list of variables that a template uses leaves out what is sliced.
#
# Guessed: `undeclared_variables` names every variable that a template reads and does not set, as Jinja2's
#          `meta.find_undeclared_variables` does, so that a cache key can be made of it.
# Seen:    `{{ context[:500] }}` uses nothing, by that list: of a slice only its bounds are looked at. `{{ context[0] }}`,
#          `{{ context | truncate }}` and Jinja2 over the same template are as one would guess.
# So:      whoever asks which values an answer depends on has to look into slices, too.
# With:    minijinja 3.1.0 (Python; the crate 3.0.5 is the same), Jinja2 3.1.6, Linux, 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check minijinja==3.1.0 jinja2==3.1.6

"$work/venv/bin/python" - <<'PYTHON'
import jinja2
import jinja2.meta
import minijinja

engine, other = minijinja.Environment(), jinja2.Environment()
for source, found in [
    ("{{ context[:500] }}", []),
    ("{{ context[start:end] }}", ["end", "start"]),
    ("{{ (row | string)[:75] }}", []),
    ("{{ context[0] }}", ["context"]),
    ("{{ context | upper }}", ["context"]),
]:
    names = sorted(engine.undeclared_variables_in_str(source))
    of_jinja2 = sorted(jinja2.meta.find_undeclared_variables(other.parse(source)))
    print(f"  {source}: minijinja {names}, Jinja2 {of_jinja2}")
    assert names == found
    assert of_jinja2 and set(found) <= set(of_jinja2)
PYTHON
echo "as described"
