"""A mock server of many providers, in every dialect that casebook speaks: answers, thoughts, ends, usage, failures that
pass and failures that stay."""

import json
import os
import sys

from bench import Bench, free_port, request

PACKAGES = ["@copilotkit/aimock@1.43.0"]
KEY = "sk-mock-17+of/the=peer"
ANSWER = json.dumps({"product": "billing", "urgent": True})
# The names of all dialects: each reads its own.
USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "input_tokens": 11,
    "output_tokens": 7,
    "promptTokenCount": 11,
    "candidatesTokenCount": 7,
}
DIALECTS = {
    "openai": {"base_url": "{root}/v1"},
    "openai_responses": {"base_url": "{root}/v1"},
    "anthropic": {"base_url": "{root}/v1"},
    "gemini": {"base_url": "{root}/v1beta"},
    "bedrock": {"base_url": "{root}", "region": "eu-central-1"},
    "azure": {"base_url": "{root}", "api_version": "2024-10-21"},
}


def fixtures():
    """What is answered, by a word in the question."""

    def answer(word, response, **match):
        return {"match": {"userMessage": word, **match}, "response": {"usage": USAGE, **response}}

    def failure(word, status, message, **match):
        error = {"error": {"message": message, "type": "test"}, "status": status, "retryAfter": 0}
        return {"match": {"userMessage": word, **match}, "response": error}

    cut = {"content": '{"product": "bil', "finishReason": "length"}
    filtered = {"content": "", "finishReason": "content_filter"}
    passing = [(503, "busy"), (429, "limited")]
    all_of_them = [
        answer("plain", {"content": ANSWER}),
        answer("thoughtful", {"content": ANSWER, "reasoning": 'Perhaps {"product": "other", "urgent": false}?'}),
        answer("cut", cut),
        answer("filtered", filtered),
        failure("refused", 400, "this row is not for me"),
    ]
    for status, word in passing:
        all_of_them.append(failure(word, status, f"{word} for now", sequenceIndex=0))
        all_of_them.append(answer(word, {"content": ANSWER}, sequenceIndex=1))
    return {"fixtures": all_of_them}


def main():
    with Bench("aimock") as bench:
        modules = bench.npm(*PACKAGES)
        (bench.dir / "fixtures.json").write_text(json.dumps(fixtures()))
        for provider, address in DIALECTS.items():
            # A server for each dialect: it counts how often a question has come.
            port = free_port()
            root = f"http://127.0.0.1:{port}"
            command = ["node", modules / ".bin" / "llmock", "-p", str(port), "-h", "127.0.0.1", "-f", "fixtures.json"]
            env = {key: value for key, value in os.environ.items() if key == "PATH"}
            bench.start([*command, "--strict", "--log-level", "warn"], f"{root}/health", env=env)
            dialect(bench, provider, {key: value.format(root=root) for key, value in address.items()}, root)
        bench.end()


def dialect(bench, provider, address, root):
    llm = {"provider": provider, "model": "model-1", "api_key_env": "PEER_KEY", "max_output_tokens": 200, **address}
    rows = ["plain 1", "plain 2", "plain 3", "thoughtful", "busy", "limited"]
    bad = ["refused", "cut", "filtered"]
    project = bench.project(provider, [*rows, *bad], {**llm, "max_workers": 2, "retries": 2})
    project.env = {"PEER_KEY": KEY}
    code, said = project.run(within=120)
    bench.expect(f"{provider}: exit code", 3, code, said)
    statuses = {"accepted": len(rows), "failed": len(bad)}
    bench.expect("  what is answered is accepted, the rest fails", statuses, project.statuses(), said)
    outputs = project.sql("SELECT DISTINCT product, urgent FROM results WHERE status = 'accepted'")
    bench.expect("  no thought is an output", [["billing", 1]], [[one, int(two)] for one, two in outputs])
    # The first attempt says it: aimock has no answer to the feedback in some dialects.
    kinds = [kind for (kind,) in project.sql("SELECT DISTINCT outcome FROM attempts WHERE attempt = 1 ORDER BY outcome")]
    bench.expect("  each fails as what it is", lambda it: {"truncated", "bad_request"} < set(it) and len(it) > 3, kinds)
    quoted = project.sql("SELECT count(*) FROM calls WHERE error LIKE '%this row is not for me%'")
    bench.expect("  a refusal is quoted, once for each send that counts", [[3]], quoted)
    usage = "SELECT DISTINCT input_tokens, output_tokens FROM calls WHERE finish = 'stop'"
    bench.expect("  usage is on record", [[11, 7]], project.sql(usage))
    journal = json.loads(request(f"{root}/__aimock/journal")[1])
    bodies = json.dumps([entry.get("body") for entry in journal])
    bench.expect("  the key is in no body", False, KEY in bodies)
    code, said = project.casebook("verify", "tickets.db", "--replay")
    bench.expect("  verify --replay is clean", 0, code, said)


if __name__ == "__main__":
    sys.exit(main())
