#!/bin/sh
# Gates a change on `casebook eval`: ends with its exit code, which is 0 only where every gate passes.
#
#   gate.sh CONFIG [OPTION OF casebook eval …]
#
# The tables go to `evaluation.md` in the current folder (EVALUATION names another file), and to the summary of a step
# of GitHub Actions. CASEBOOK names the program.
set -u

casebook=${CASEBOOK:-casebook}
evaluation=${EVALUATION:-evaluation.md}
if [ $# -eq 0 ]; then
    echo "usage: gate.sh CONFIG [OPTION OF casebook eval …]" >&2
    exit 2
fi

"$casebook" eval "$@" --format md >"$evaluation"
code=$?

case $code in
    0) said="Every gate passes." ;;
    2) said="The configuration or the command is wrong: nothing was measured." ;;
    3) said="Some work items failed or are blocked, so the figures are not of all rows." ;;
    4) said="The budget is reached before everything was measured: raise it, and run the gate again." ;;
    5) said="A gate fails, or the candidate is worse than the baseline." ;;
    6) said="No variant is shown to be better, and \`--require better\` asks for one." ;;
    130) said="Interrupted. The next run goes on from the run file." ;;
    *) said="casebook eval failed." ;;
esac
echo "$said (exit code $code)" >&2

if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    {
        echo "**$said**"
        echo
        cat "$evaluation"
    } >>"$GITHUB_STEP_SUMMARY"
fi
exit $code
