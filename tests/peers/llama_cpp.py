"""A real llama.cpp server with a model of one layer and random weights: texts, JSON by grammar, ends, usage, prompts
that are too long, more workers than slots, time-outs, keys."""

import subprocess
import sys

from bench import Bench, free_port

PACKAGES = ["xllamacpp==2026.10.11549", "gguf==0.19.0", "numpy==2.4.6"]
KEY = "sk-llama-17+of/the=peer"

MODEL = r'''
import sys
import gguf
import numpy

random = numpy.random.default_rng(17)
width, heads, inner, context = 64, 4, 128, 4096
kind = gguf.TokenType
tokens = [("<unk>", kind.UNKNOWN), ("<s>", kind.CONTROL), ("</s>", kind.CONTROL)]
tokens += [(f"<0x{byte:02X}>", kind.BYTE) for byte in range(256)]
tokens += [(chr(byte), kind.NORMAL) for byte in range(33, 127)]
tokens += [("\u2581", kind.NORMAL)] + [(f"\u2581{word}", kind.NORMAL) for word in ("the", "ticket", "is", "billing", "login")]

writer = gguf.GGUFWriter(sys.argv[1], "llama")
writer.add_name("random")
writer.add_context_length(context)
writer.add_embedding_length(width)
writer.add_block_count(1)
writer.add_feed_forward_length(inner)
writer.add_head_count(heads)
writer.add_head_count_kv(heads)
writer.add_rope_dimension_count(width // heads)
writer.add_layer_norm_rms_eps(1e-5)
writer.add_vocab_size(len(tokens))
writer.add_tokenizer_model("llama")
writer.add_token_list([token.encode() for token, _ in tokens])
writer.add_token_scores([float(-place) for place in range(len(tokens))])
writer.add_token_types([int(it) for _, it in tokens])
writer.add_bos_token_id(1)
writer.add_eos_token_id(2)
writer.add_chat_template(
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant: "
)


def tensor(name, *shape):
    writer.add_tensor(name, random.normal(0, 0.1, shape).astype(numpy.float32))


def norm(name):
    writer.add_tensor(name, numpy.ones(width, dtype=numpy.float32))


tensor("token_embd.weight", len(tokens), width)
tensor("output.weight", len(tokens), width)
norm("output_norm.weight")
norm("blk.0.attn_norm.weight")
norm("blk.0.ffn_norm.weight")
for name in ("q", "k", "v", "output"):
    tensor(f"blk.0.attn_{name}.weight", width, width)
tensor("blk.0.ffn_gate.weight", inner, width)
tensor("blk.0.ffn_up.weight", inner, width)
tensor("blk.0.ffn_down.weight", width, inner)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
'''

SERVER = r'''
import sys
import time
import xllamacpp

model, port, slots, key = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
params = xllamacpp.CommonParams()
params.model.path = model
params.hostnames = ["127.0.0.1"]
params.port = port
params.n_parallel = slots
params.n_ctx = 1024 * slots
params.kv_unified = False
params.warmup = False
params.cpuparams.n_threads = 1
if key:
    params.api_keys = [key]
server = xllamacpp.Server(params)
print(xllamacpp.__version__, server.listening_address, flush=True)
while True:
    time.sleep(60)
'''


def main():
    with Bench("llama.cpp") as bench:
        python = bench.venv(*PACKAGES)
        model = bench.dir / "model.gguf"
        (bench.dir / "model.py").write_text(MODEL)
        (bench.dir / "server.py").write_text(SERVER)
        subprocess.run([python, bench.dir / "model.py", model], check=True)

        def serve(slots, key=""):
            port = free_port()
            root = f"http://127.0.0.1:{port}"
            bench.start([python, bench.dir / "server.py", model, str(port), str(slots), key], f"{root}/health")
            return f"{root}/v1"

        url = serve(4)
        texts = [f"ticket {number}" for number in range(1, 25)]
        # The end of a text is as likely as the rest of the vocabulary together.
        llm = {"provider": "openai", "base_url": url, "model": "random", "max_output_tokens": 64, "temperature": 1}
        ending = {**llm, "extra_body": {"logit_bias": [[2, 3.0]]}}
        json_by_grammar(bench, llm, texts)
        plain_text(bench, ending, texts)
        cut_off(bench, llm, texts)
        too_long(bench, llm, texts)
        time_outs(bench, llm, texts)
        overload(bench, {**ending, "base_url": serve(1)})
        keys(bench, {**llm, "base_url": serve(1, KEY)}, texts)
        bench.end()


def sound(bench, project):
    code, said = project.casebook("verify", "tickets.db", "--replay")
    bench.expect("  verify --replay is clean", 0, code, said)


def json_by_grammar(bench, llm, texts):
    project = bench.project("json", texts, {**llm, "max_workers": 16, "max_output_tokens": 500})
    code, said = project.run()
    bench.expect("JSON by grammar, 16 workers at 4 slots: exit code", 0, code, said)
    bench.expect("  every row is accepted", {"accepted": len(texts)}, project.statuses(), said)
    bench.expect("  every answer ends by itself", [["stop"]], project.sql("SELECT DISTINCT finish FROM calls"))
    usage = "SELECT count(*) FROM calls WHERE input_tokens > 0 AND output_tokens > 0"
    bench.expect("  usage is on record", [[len(texts)]], project.sql(usage))
    bench.expect("  no answer is lost or sent twice", [[len(texts)]], project.sql("SELECT count(*) FROM calls"))
    sound(bench, project)


def plain_text(bench, llm, texts):
    project = bench.project("text", texts, llm, answer="text")
    code, said = project.run()
    statuses, finishes = project.statuses(), dict(project.sql("SELECT finish, count(*) FROM calls GROUP BY 1"))
    bench.expect("plain texts: exit code", lambda it: it in (0, 3), code, said)
    bench.expect("  texts that end by themselves are accepted", lambda it: it.get("accepted", 0) > 0, statuses, said)
    bench.expect("  known ends alone", lambda it: set(it) <= {"stop", "length"}, finishes)
    sound(bench, project)


def cut_off(bench, llm, texts):
    project = bench.project("cut", texts[:4], {**llm, "max_output_tokens": 3, "retries": 0})
    code, said = project.run()
    bench.expect("answers cut at 3 tokens: exit code", 3, code, said)
    bench.expect("  they fail as what they are", [["truncated"]], project.sql("SELECT DISTINCT kind FROM failures"))
    bench.expect("  the end is on record", [["length"]], project.sql("SELECT DISTINCT finish FROM calls"))
    sound(bench, project)


def too_long(bench, llm, texts):
    rows = [*texts[:5], "far too long " * 2000, *texts[5:10]]
    project = bench.project("long", rows, llm)
    code, said = project.run()
    bench.expect("a prompt longer than the context: exit code", 3, code, said)
    bench.expect("  that row fails alone", {"accepted": 10, "failed": 1}, project.statuses(), said)
    errors = project.sql("SELECT DISTINCT error FROM calls WHERE outcome = 'failed'")
    bench.expect("  the server is quoted", lambda it: "exceeds the available context size" in str(it), errors)
    sound(bench, project)


def time_outs(bench, llm, texts):
    project = bench.project("late", texts[:6], {**llm, "max_output_tokens": 900, "retries": 0, "max_workers": 2})
    code, said = project.run("--set", "llm.timeout_sec=0.001")
    bench.expect("no answer in time: exit code", 1, code, said)
    bench.expect("  one error names the time-out", True, "llm.timeout_sec" in said, said)
    bench.expect("  all work is left open", {"pending": 6}, project.statuses(), said)
    code, said = project.run("--set", "llm.timeout_sec=60")
    bench.expect("  the same command goes on", 0, code, said)
    sound(bench, project)


def overload(bench, llm):
    """One slot, many workers, and so little time that most of what they send at once is late."""
    # No U+0000 (token 3): an answer with it is refused, and what is sent after it outgrows the context.
    llm = {**llm, "extra_body": {"logit_bias": [[2, 0.5], [3, False]]}, "max_output_tokens": 900}
    texts = [f"late ticket {number}" for number in range(1, 41)]
    project = bench.project("overload", texts, {**llm, "max_workers": 32, "timeout_sec": 0.5}, answer="text")
    code, said = project.run(within=300)
    bench.expect("32 workers at one slot, half a second for an answer: exit code", lambda it: it in (0, 3), code, said)
    kinds = project.sql("SELECT DISTINCT kind FROM failures WHERE kind <> 'truncated'")
    bench.expect("  no row fails because the server is slow", [], kinds, said)
    bench.expect("  no row is left open", None, project.statuses().get("pending"), said)
    sound(bench, project)


def keys(bench, llm, texts):
    llm = {**llm, "api_key_env": "PEER_KEY"}
    project = bench.project("key", texts[:3], llm)
    project.env = {"PEER_KEY": "sk-llama-18+of/the=peer"}
    code, said = project.run()
    bench.expect("a wrong key: exit code", 1, code, said)
    bench.expect("  the server is quoted", True, "Invalid API Key" in said, said)
    project.env = {"PEER_KEY": KEY}
    code, said = project.run()
    bench.expect("the right key, one slot: exit code", 0, code, said)
    bench.expect("  it is not in the run file", False, KEY.encode() in (project.dir / "tickets.db").read_bytes())
    sound(bench, project)


if __name__ == "__main__":
    sys.exit(main())
