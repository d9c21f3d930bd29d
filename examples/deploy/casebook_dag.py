"""A DAG for Airflow 3: each night the canary of the pinned task, and then the batch.

The canary goes first, so that no money is spent on a model that has drifted. Both may be run again at any time: what is
on record is not asked again, and what was interrupted goes on. One run at a time, since a run file has one writer.

Environment of the workers: CASEBOOK_CONFIG (the configuration), CASEBOOK (the program, by default `casebook`), and the
keys of the models."""

import os
import signal
import subprocess
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

# Exit codes after which the work is done, though not all of it succeeded.
DONE = {0: "done", 3: "done, but some work items failed or are blocked"}
# Exit codes that another try does not change.
FINAL = {
    2: "the configuration or the command is wrong, or nothing is pinned",
    4: "the budget is reached",
    5: "a gate fails",
    6: "inconclusive",
    7: "the pinned task has drifted",
}


def casebook(*arguments):
    """Runs a command of Casebook, whose output goes to the task's log. An interruption is passed on, so that what was
    answered is on record."""
    command = [os.environ.get("CASEBOOK", "casebook"), *arguments]
    print("$", *command, flush=True)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            print(line, end="", flush=True)
        code = process.wait()
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    if code in DONE:
        print(DONE[code])
        return code
    if code in FINAL:
        raise AirflowFailException(f"casebook {arguments[0]}: {FINAL[code]} (exit code {code})")
    raise AirflowException(f"casebook {arguments[0]} ended with exit code {code}; the next try goes on from the record")


@dag(
    dag_id="casebook",
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    doc_md=__doc__,
)
def casebook_dag():
    @task(execution_timeout=timedelta(hours=1))
    def canary():
        return casebook("canary", os.environ["CASEBOOK_CONFIG"])

    @task(execution_timeout=timedelta(hours=12))
    def batch():
        return casebook("run", os.environ["CASEBOOK_CONFIG"])

    canary() >> batch()


casebook_dag()
