"""Whether `casebook serve` is what its `/openapi.json` says, by schemathesis against the running server.

Three services: one of columns without types, on loopback; one with a token and typed columns; and one whose queue
is soon full. Schemathesis makes requests that fit the description and such that do not, in examples,
at the limits, at random, and in sequences along links. No failure of any of its checks is allowed. After that the run
files are verified. `CASEBOOK` names the binary, `EXAMPLES` says how many requests there are of each operation (100).
Exit code 1 means that an expectation was not met."""

import json
import os
import re
import signal
import subprocess
import time

from bench import AMPLE, CASEBOOK, PROMPT, SCHEMA, Bench

PACKAGES = ["schemathesis==4.32.5", "hypothesis==6.170.17"]
EXAMPLES = os.environ.get("EXAMPLES", "100")
TOKEN = "a-token-for-schemathesis-0123456789"
TYPED = """types: {text: text, count: integer, weight: number, urgent: bool, day: date}"""
TABLE = {"plain": "id,text\n1,a\n", "typed": "id,text,count,weight,urgent,day\n1,a,1,1.5,true,2026-01-31\n"}


def configuration(kind):
    # No key: a list with one key twice and other values is refused, which no schema can say.
    more = f", {TYPED}" if kind == "typed" else ""
    return (
        f"run: {{name: {kind}}}\ninput: {{path: rows.csv{more}}}\nprompts: {{generation: generate.yaml}}\n"
        "schema: {path: schema.json}\nllm: {provider: sample}\n"
    )


class Serving:
    """A service on a free port."""

    def __init__(self, folder, *more, **environment):
        self.folder = folder
        self.log = open(folder / "service.log", "w+")
        command = [CASEBOOK, "serve", "casebook.yaml", "--listen", "127.0.0.1:0", *more]
        self.process = subprocess.Popen(command, cwd=folder, stderr=self.log, env={**os.environ, **environment})
        began = time.monotonic()
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", self.said())):
            if self.process.poll() is not None or time.monotonic() - began > AMPLE:
                raise SystemExit(f"it does not serve: {self.said()}")
            time.sleep(0.05)
        self.url = found.group()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(AMPLE)


def attack(python, service, *more):
    """Runs schemathesis; its exit code and what it says."""
    command = [
        python.parent / "schemathesis", "run", f"{service.url}/openapi.json", "--checks", "all", "--max-examples", EXAMPLES,
        "--seed", "1", "--request-timeout", "30", "--workers", "1", "--generation-database", "none", *more,
    ]
    done = subprocess.run(command, cwd=service.folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def project(folder, kind):
    folder.mkdir()
    (folder / "casebook.yaml").write_text(configuration(kind))
    (folder / "rows.csv").write_text(TABLE[kind])
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    (folder / "generate.yaml").write_text(PROMPT)


def main():
    with Bench("service_schemathesis") as bench:
        python = bench.venv(*PACKAGES)
        bearer = ["-H", f"Authorization: Bearer {TOKEN}"]
        cases = [
            ("columns without types", "plain", [], {}, []),
            ("a token, and typed columns", "typed", ["--token-env", "SERVICE_TOKEN"], {"SERVICE_TOKEN": TOKEN}, bearer),
            ("a short queue", "plain", ["--queue", "2"], {}, []),
        ]
        for number, (title, kind, more, environment, asking) in enumerate(cases):
            folder = bench.dir / f"service-{number}"
            project(folder, kind)
            service = Serving(folder, *more, **environment)
            try:
                code, said = attack(python, service, *asking)
                (folder / "schemathesis.log").write_text(said)
                bench.expect(f"{title}: schemathesis finds nothing", 0, code, said)
                bench.expect(f"{title}: it ends in good order", 0, service.end(), service.said())
            finally:
                service.process.kill()
            db = f"{kind}.service.db"
            for replay in ([], ["--replay"]):
                done = subprocess.run([CASEBOOK, "verify", db, *replay], cwd=folder, capture_output=True, text=True)
                what = f"{title}: the record holds{' when it is replayed' if replay else ''}"
                bench.expect(what, 0, done.returncode, done.stdout + done.stderr)
        bench.end()


if __name__ == "__main__":
    main()
