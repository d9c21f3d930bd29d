"""What the scripts of this folder share: a scratch folder, pinned packages, a peer on loopback, the casebook binary, and
a table of what was expected and what was seen. Nothing but Python's standard library is needed."""

import hashlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASEBOOK = Path(os.environ.get("CASEBOOK", ROOT / "target" / "debug" / "casebook")).resolve()
# Far longer than any step here takes.
AMPLE = 120

SCHEMA = {
    "type": "object",
    "properties": {"product": {"type": "string", "enum": ["billing", "login", "other"]}, "urgent": {"type": "boolean"}},
    "required": ["product", "urgent"],
}
PROMPT = """name: sort_ticket
version: 1
system: |
  You sort tickets. Answer with one JSON object that is valid against this schema: {{ llm_schema }}
user: |
  Ticket: {{ row.text }}
"""
TEXT_PROMPT = """name: sort_ticket
version: 1
system: |
  You sort tickets.
user: |
  Ticket: {{ row.text }}
"""


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def request(url, body=None, headers=None):
    """The status and the body of an answer; (0, what went wrong) without one."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"content-type": "application/json", **(headers or {})})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=AMPLE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


class Bench:
    """A scratch folder with what runs in it, and the expectations so far."""

    def __init__(self, title):
        self.title = title
        self.dir = Path(tempfile.mkdtemp(prefix="casebook-peer-"))
        self.peers = []
        self.rows = []
        if not CASEBOOK.is_file():
            sys.exit(f"there is no {CASEBOOK}: build it with `cargo build`, or name another one with CASEBOOK")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for peer in self.peers:
            peer.kill()
            peer.wait()
        if kind is not None and os.environ.get("KEEP"):
            print(f"kept: {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def venv(self, *packages, name="venv", python=sys.executable):
        """The Python of a virtual environment with these packages."""
        folder = self.kept(name, *packages)
        if folder.is_dir():
            return folder / "bin" / "python"
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        try:
            subprocess.run(pip, check=True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder / "bin" / "python"

    def npm(self, *packages, name="node"):
        """The folder of node_modules with these packages."""
        folder = self.kept(name, *packages)
        if not folder.is_dir():
            folder.mkdir(parents=True)
            (folder / "package.json").write_text('{"private": true}')
            install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
            try:
                subprocess.run(install, cwd=folder, check=True)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return folder / "node_modules"

    def kept(self, name, *packages):
        """The folder of an environment: of this run, or in the folder that ENVIRONMENTS names, which is kept."""
        if not os.environ.get("ENVIRONMENTS"):
            return self.dir / name
        return Path(os.environ["ENVIRONMENTS"]).resolve() / f"{name}-{hashlib.sha1(' '.join(packages).encode()).hexdigest()[:8]}"

    def start(self, command, ready, headers=None, env=None):
        """Starts a peer and waits until `ready` is answered with 200."""
        log = open(self.dir / f"peer-{len(self.peers)}.log", "wb")
        peer = subprocess.Popen(
            command, cwd=self.dir, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}
        )
        self.peers.append(peer)
        end = time.monotonic() + AMPLE
        while request(ready, headers=headers)[0] != 200:
            if peer.poll() is not None or time.monotonic() > end:
                tail = Path(log.name).read_text(errors="replace")[-3000:]
                sys.exit(f"the peer did not start:\n{tail}")
            time.sleep(0.1)
        return peer

    def project(self, name, texts, llm, **more):
        return Project(self, name, texts, llm, more)

    def expect(self, what, expected, seen, where=None):
        """Notes an expectation. `where` is shown where it is not met."""
        met = expected(seen) if callable(expected) else expected == seen
        shown = "as it should be" if callable(expected) else expected
        self.rows.append((what, met))
        print(f"{'ok  ' if met else 'FAIL'}  {what}" + ("" if met else f"\n      expected {shown}, seen {seen}"))
        if not met and where is not None:
            where = "\n".join(str(where).strip().splitlines()[-12:])
            print("      | " + where.replace("\n", "\n      | "))

    def end(self):
        failed = sum(not met for _, met in self.rows)
        print(f"{self.title}: {len(self.rows) - failed} as expected, {failed} not")
        sys.exit(1 if failed else 0)


class Project:
    """A table, a prompt, a schema and a configuration in a folder of their own."""

    def __init__(self, bench, name, texts, llm, more):
        self.dir = bench.dir / name
        self.dir.mkdir()
        rows = [json.dumps({"id": number, "text": text}) for number, text in enumerate(texts, 1)]
        (self.dir / "tickets.jsonl").write_text("\n".join(rows) + "\n")
        (self.dir / "schema.json").write_text(json.dumps(more.pop("schema", SCHEMA)))
        (self.dir / "generate.yaml").write_text(TEXT_PROMPT if "answer" in more else PROMPT)
        config = {
            "run": {"name": "tickets"},
            "input": {"path": "tickets.jsonl", "key": "id"},
            "prompts": {"generation": "generate.yaml"},
            "schema": {"path": "schema.json"},
            "llm": llm,
            **more,
        }
        if "answer" in more:
            del config["schema"]
        # JSON is YAML.
        (self.dir / "casebook.yaml").write_text(json.dumps(config, indent=1))
        self.env = {}

    def casebook(self, *args, within=10 * AMPLE):
        """The exit code, and stdout and stderr as one text. What takes longer than `within` seconds is interrupted, and
        has no exit code."""
        env = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        command = [CASEBOOK, *args]
        begun = subprocess.Popen(
            command,
            cwd=self.dir,
            env={**env, "NO_COLOR": "1", **self.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            said, _ = begun.communicate(timeout=within)
            return begun.returncode, said.decode()
        except subprocess.TimeoutExpired:
            for _ in range(2):
                begun.send_signal(signal.SIGINT)
                time.sleep(1)
            begun.kill()
            said, _ = begun.communicate()
            return None, said.decode() + f"\n(interrupted after {within} s)"

    def run(self, *args, within=10 * AMPLE):
        return self.casebook("run", "casebook.yaml", *args, within=within)

    def sql(self, statement):
        """The rows of a query of the run file, each as a list."""
        with sqlite3.connect(f"file:{self.dir / 'tickets.db'}?mode=ro", uri=True) as db:
            return [list(row) for row in db.execute(statement)]

    def statuses(self):
        """How many work items have each status."""
        return dict(self.sql("SELECT status, count(*) FROM results GROUP BY status ORDER BY status"))
