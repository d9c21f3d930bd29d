"""The LiteLLM proxy, whose models answer by themselves: budgets that are spent, fallbacks, rate limits, wrong names."""

import sys

from bench import Bench, free_port

PACKAGES = ["litellm[proxy]==1.108.7"]
MASTER = "sk-master-4711-of-the-peer"
KEY, SPENT = "sk-good-17+of/the=peer", "sk-spent-17+of/the=peer"
# A run that gets nothing through is to stop after a minute.
PATIENCE = 180

CONFIG = """
model_list:
  - model_name: good
    litellm_params: {model: openai/good, api_key: none, mock_response: &answer '{"product": "billing", "urgent": true}'}
  - model_name: broken
    litellm_params: {model: openai/broken, api_key: none, api_base: "http://127.0.0.1:9", max_retries: 0}
  - model_name: limited
    litellm_params: {model: openai/limited, api_key: none, mock_response: litellm.RateLimitError}
  - model_name: slow
    litellm_params: {model: openai/slow, api_key: none, mock_response: *answer, rpm: 5}
  - model_name: spent
    litellm_params:
      {model: openai/spent, api_key: none, mock_response: *answer, max_budget: 0.01, budget_duration: 1d,
       input_cost_per_token: 0.001, output_cost_per_token: 0.001}
router_settings:
  fallbacks: [{broken: [good]}]
  num_retries: 0
  optional_pre_call_checks: [enforce_model_rate_limits]
litellm_settings: {num_retries: 0}
general_settings: {custom_auth: auth.user_api_key_auth}
"""

AUTH = f"""
import litellm
from litellm.proxy._types import ProxyException, UserAPIKeyAuth


async def user_api_key_auth(request, api_key):
    if api_key == "{SPENT}":
        raise litellm.BudgetExceededError(current_cost=2.0, max_budget=1.0)
    if api_key == "{KEY}":
        return UserAPIKeyAuth(api_key=api_key)
    raise ProxyException(message="Authentication Error, no such key", type="auth_error", param="key", code=401)
"""


def main():
    with Bench("LiteLLM") as bench:
        python = bench.venv(*PACKAGES)
        (bench.dir / "config.yaml").write_text(CONFIG)
        (bench.dir / "auth.py").write_text(AUTH)
        port = free_port()
        root = f"http://127.0.0.1:{port}"
        command = [python.parent / "litellm", "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
        local = {"LITELLM_MASTER_KEY": MASTER, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        bench.start(command, f"{root}/health/liveliness", env=local)

        def project(name, model, rows=6, key=KEY, **more):
            texts = [f"ticket {number}" for number in range(1, rows + 1)]
            llm = {"provider": "openai", "base_url": f"{root}/v1", "api_key_env": "PEER_KEY", "model": model, **more}
            made = bench.project(name, texts, llm)
            made.env = {"PEER_KEY": key}
            return made

        answers(bench, project("good", "good"), "an answer")
        answers(bench, project("fallback", "broken"), "a fallback to another model")
        answers(bench, project("rpm", "slow", rows=8), "5 requests a minute, 8 rows")
        stops(bench, project("name", "no-such-model"), "a model that the proxy does not have", "Invalid model name", 6)
        stops(bench, project("key", "good", key="sk-other-17"), "a wrong key", "no such key", 6)
        stops(bench, project("budget", "good", key=SPENT), "a key's budget is spent", "Budget has been exceeded", 6)
        stops(bench, project("deployment", "spent", max_workers=1), "a model's budget is spent", "crossed budget", 5)
        stops(bench, project("limited", "limited"), "nothing but 429", "mock rate limit error", 6)
        bench.end()


def answers(bench, project, what):
    code, said = project.run(within=PATIENCE)
    bench.expect(f"{what}: exit code", 0, code, said)
    rows = project.sql("SELECT count(*) FROM results")[0][0]
    bench.expect("  every row is accepted", {"accepted": rows}, project.statuses(), said)
    usage = "SELECT count(*) FROM calls WHERE outcome = 'answered' AND input_tokens = 10 AND output_tokens = 20"
    bench.expect("  usage is on record", [[rows]], project.sql(usage))
    sound(bench, project)


def stops(bench, project, what, words, left):
    """The run stops with one error that has these words, and `left` rows open."""
    code, said = project.run(within=PATIENCE)
    bench.expect(f"{what}: exit code", 1, code, said)
    errors = [line for line in said.splitlines() if line.startswith("error:")]
    bench.expect("  one error quotes the proxy", True, len(errors) == 1 and words in errors[0], said)
    bench.expect("  the work is left open", left, project.statuses().get("pending"), project.statuses())
    bench.expect("  no row failed", None, project.statuses().get("failed"))
    sound(bench, project)


def sound(bench, project):
    code, said = project.casebook("verify", "tickets.db", "--replay")
    bench.expect("  verify --replay is clean", 0, code, said)


if __name__ == "__main__":
    sys.exit(main())
