#!/usr/bin/env bash
# LiteLLM proxy: a provider's Retry-After arrives under another name, and not under its own.
#
# Guessed: a proxy that answers 429 because the provider behind it did passes on how long to wait, in `retry-after`.
# Seen:    the header is there as `llm_provider-retry-after` alone. So is the proxy's own, where a model of it is over
#          its `rpm`. Of the provider's rate limits, `x-ratelimit-remaining-requests` is there under both names, and
#          `x-ratelimit-reset-requests` under the new name alone.
# So:      read `llm_provider-retry-after` where there is no `retry-after`. A client that knows only the usual names
#          sees that nothing is left, and not for how long.
# With:    litellm[proxy] 1.108.7, CPython 3, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check 'litellm[proxy]==1.108.7'
free='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
provider=$(python3 -c "$free")
proxy=$(python3 -c "$free")

cat >"$dir/provider.py" <<'PYTHON'
import http.server
import sys


class Limited(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(429)
        headers = {
            "content-type": "application/json",
            "retry-after": "7",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "7s",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b'{"error": {"message": "slow down", "type": "rate_limit"}}')

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Limited).serve_forever()
PYTHON

cat >"$dir/config.yaml" <<YAML
model_list:
  - model_name: behind
    litellm_params: {model: openai/m, api_key: none, api_base: "http://127.0.0.1:$provider/v1", max_retries: 0}
  - model_name: own
    litellm_params: {model: openai/m, api_key: none, mock_response: hello, rpm: 1}
router_settings: {num_retries: 0, optional_pre_call_checks: [enforce_model_rate_limits]}
YAML

python3 "$dir/provider.py" "$provider" &
(cd "$dir" && LITELLM_MASTER_KEY=sk-master-4711-of-the-proxy LITELLM_LOCAL_MODEL_COST_MAP=True exec venv/bin/litellm \
    --config config.yaml --host 127.0.0.1 --port "$proxy" >"$dir/proxy.log" 2>&1) &

python3 - "$proxy" <<'PYTHON'
import json
import sys
import time
import urllib.error
import urllib.request

root = f"http://127.0.0.1:{sys.argv[1]}"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for _ in range(600):
    try:
        opener.open(f"{root}/health/liveliness", timeout=5)
        break
    except OSError:
        time.sleep(0.2)


def ask(model):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}]}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer sk-master-4711-of-the-proxy"}
    try:
        answer = opener.open(urllib.request.Request(f"{root}/v1/chat/completions", body, headers), timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    found = {name.lower(): value for name, value in answer.headers.items()}
    kept = {name: value for name, value in found.items() if "retry" in name or "ratelimit" in name}
    print(f"{model:6}  HTTP {answer.status}  {kept}")
    return answer.status, found


print("litellm[proxy] 1.108.7")
status, found = ask("behind")
assert status == 429 and "retry-after" not in found and found["llm_provider-retry-after"] == "7"
assert found["x-ratelimit-remaining-requests"] == found["llm_provider-x-ratelimit-remaining-requests"] == "0"
assert "x-ratelimit-reset-requests" not in found and found["llm_provider-x-ratelimit-reset-requests"] == "7s"
assert ask("own")[0] == 200
status, found = ask("own")
assert status == 429 and "retry-after" not in found and 0 < float(found["llm_provider-retry-after"]) <= 60
PYTHON
echo "as described"
