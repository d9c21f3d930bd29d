#!/usr/bin/env bash
# LiteLLM proxy: a spent budget is a rate limit without an end, or a request that cannot be processed.
#
# Guessed: a budget that is spent is 402, or 400 with the type `budget_exceeded`: something that no waiting helps.
# Seen:    where the budget is a model's, the answer is 429 with the type `internal_server_error` and no word on when to
#          come back, on every request until the budget's day or month is over. Where it is a key's, the answer is 422
#          with the type `budget_exceeded`.
# So:      a client that waits out each 429 waits for a day or a month. Stop once nothing but 429 has come for a while,
#          and quote the message: "crossed budget" is in it.
# With:    litellm[proxy] 1.108.7, CPython 3, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check 'litellm[proxy]==1.108.7'
proxy=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

cat >"$dir/config.yaml" <<'YAML'
model_list:
  - model_name: spent
    litellm_params:
      {model: openai/m, api_key: none, mock_response: hello, max_budget: 0.001, budget_duration: 30d,
       input_cost_per_token: 0.001, output_cost_per_token: 0.001}
router_settings: {num_retries: 0}
general_settings: {custom_auth: auth.user_api_key_auth}
YAML
# The proxy raises this error itself for a key of its database.
cat >"$dir/auth.py" <<'PYTHON'
import litellm
from litellm.proxy._types import UserAPIKeyAuth


async def user_api_key_auth(request, api_key):
    if api_key == "sk-spent":
        raise litellm.BudgetExceededError(current_cost=2.0, max_budget=1.0)
    return UserAPIKeyAuth(api_key=api_key)
PYTHON

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


def ask(key):
    body = json.dumps({"model": "spent", "messages": [{"role": "user", "content": "hello"}]}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
    try:
        answer = opener.open(urllib.request.Request(f"{root}/v1/chat/completions", body, headers), timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    error = json.loads(answer.read()).get("error", {})
    waits = [name for name in answer.headers if "retry" in name.lower() or "reset" in name.lower()]
    print(f"{key:8}  HTTP {answer.status}  {error.get('type')}: {error.get('message', '').strip()[:60]}  waits: {waits}")
    return answer.status, error, waits


print("litellm[proxy] 1.108.7")
assert ask("sk-other")[0] == 200
for _ in range(3):
    # What was spent is counted in the background.
    time.sleep(1)
    status, error, waits = ask("sk-other")
    assert status == 429 and error["type"] == "internal_server_error" and "crossed budget" in error["message"]
    assert not waits
status, error, _ = ask("sk-spent")
assert status == 422 and error["type"] == "budget_exceeded"
PYTHON
echo "as described"
