"""The DAG of `examples/deploy`, read and run by Airflow 3: in which order, with which arguments, and what each exit code
of Casebook becomes. A stub stands for the program where an exit code is wanted; the batch is run by the real one too."""

import json
import os
import shutil
import stat
import subprocess
import sys

from bench import CASEBOOK, ROOT, Bench

AIRFLOW = "apache-airflow==3.3.2"
DAG = ROOT / "examples" / "deploy" / "casebook_dag.py"

STUB = """#!/bin/sh
echo "$@" >> "$STUB_LOG"
echo "what casebook says"
eval "code=\\$STUB_$1"
exit "${code:-0}"
"""

# Runs in Airflow's Python: what the folder has, and how the tasks of a run end under each environment.
DRIVER = """
import json, os, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
dag = bag.dags.get("casebook")
found = {"errors": {str(key): value for key, value in bag.import_errors.items()}, "runs": []}
if dag is not None:
    found["edges"] = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
    found["schedule"] = str(dag.schedule)
    found["at_once"] = dag.max_active_runs
    for task in dag.tasks:
        task.retries = 0
    for env in json.load(open(sys.argv[3])):
        print("=== run", flush=True)
        os.environ.update(env)
        run = dag.test()
        found["runs"].append({it.task_id: str(it.state) for it in run.get_task_instances()})
        for key in env:
            del os.environ[key]
json.dump(found, open(sys.argv[2], "w"))
"""


class Airflow:
    """A home of Airflow with the DAG in it."""

    def __init__(self, bench):
        self.bench = bench
        self.python = os.environ.get("PYTHON_WITH_AIRFLOW") or bench.venv(AIRFLOW)
        self.home = bench.dir / "airflow"
        self.dags = self.home / "dags"
        self.dags.mkdir(parents=True)
        shutil.copy(DAG, self.dags)
        (bench.dir / "driver.py").write_text(DRIVER)
        self.env = {
            **os.environ,
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        }
        migrate = [self.python, "-m", "airflow", "db", "migrate"]
        done = subprocess.run(migrate, env=self.env, capture_output=True, text=True, cwd=bench.dir)
        if done.returncode:
            sys.exit(done.stderr[-3000:])

    def see(self, environments):
        """What Airflow found and how a run under each environment ended; and what was said before and in each."""
        seen, asked = self.bench.dir / "seen.json", self.bench.dir / "asked.json"
        asked.write_text(json.dumps(environments))
        command = [self.python, self.bench.dir / "driver.py", self.dags, seen, asked]
        done = subprocess.run(
            command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.bench.dir
        )
        return (json.loads(seen.read_text()) if seen.is_file() else {}), done.stdout.split("=== run\n")


def main():
    with Bench("Airflow") as bench:
        airflow = Airflow(bench)
        stub = bench.dir / "stub"
        stub.write_text(STUB)
        well = {"canary": "success", "batch": "success"}
        late = {"canary": "success", "batch": "failed"}
        drifted = {"canary": "failed", "batch": "upstream_failed"}
        cases = [
            ("all is well", {}, well, ["canary", "run"], "what casebook says"),
            ("some work items failed", {"STUB_run": "3"}, well, ["canary", "run"], "some work items failed"),
            ("drift", {"STUB_canary": "7"}, drifted, ["canary"], "has drifted (exit code 7)"),
            ("the budget", {"STUB_run": "4"}, late, ["canary", "run"], "the budget is reached"),
            ("an error", {"STUB_run": "1"}, late, ["canary", "run"], "the next try goes on"),
        ]
        # The real program runs the batch; the canary is the stub's, since nothing is pinned here.
        project = bench.project("batch", ["one", "two"], {"provider": "sample"})
        both = bench.dir / "both"
        both.write_text(f'#!/bin/sh\n[ "$1" = canary ] && exit 0\nexec "{CASEBOOK}" "$@"\n')
        for program in (stub, both):
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        environments = [
            {"CASEBOOK": str(stub), "CASEBOOK_CONFIG": "/task.yaml", "STUB_LOG": str(bench.dir / f"{at}.log"), **codes}
            for at, (_, codes, *_) in enumerate(cases)
        ]
        real = {"CASEBOOK": str(both), "CASEBOOK_CONFIG": str(project.dir / "casebook.yaml")}

        found, said = airflow.see([*environments, real])
        said += [said[0]] * (len(cases) + 2 - len(said))
        bench.expect("the DAG is read without errors", {}, found.get("errors"), said[0])
        bench.expect("the canary goes first", {"canary": ["batch"], "batch": []}, found.get("edges"), said[0])
        bench.expect("one run at a time", 1, found.get("at_once"), said[0])
        bench.expect("each night", "0 3 * * *", found.get("schedule"), said[0])
        runs = found.get("runs", []) + [None] * len(cases)
        for at, (name, _, tasks, commands, words) in enumerate(cases):
            log = bench.dir / f"{at}.log"
            called = log.read_text().splitlines() if log.is_file() else []
            bench.expect(f"{name}: how the tasks end", tasks, runs[at], said[at + 1])
            bench.expect(f"{name}: what is called", [f"{it} /task.yaml" for it in commands], called, said[at + 1])
            bench.expect(f"{name}: it is said", True, words in said[at + 1], said[at + 1])
        bench.expect("the real program: how the tasks end", well, runs[len(cases)], said[-1])
        code, status = project.casebook("sql", "tickets.db", "SELECT count(*) AS n FROM results WHERE status = 'accepted'")
        bench.expect("the real program: the run file has the outputs", True, code == 0 and "2" in status, status)
        bench.end()


if __name__ == "__main__":
    main()
