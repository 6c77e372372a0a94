"""`martlet bench`: what it prints is checked against the requests it made, statistics against numpy's definitions."""

import http.server
import json
import math
import os
import statistics
import struct
import subprocess
import threading
import time

import pytest
from conftest import MARTLET, ROOT

MODEL = ROOT / "Models/martlet-mini"


def bench(*arguments, code: int = 0, environment: dict | None = None) -> subprocess.CompletedProcess:
    result = subprocess.run(
        [MARTLET, "bench", *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=ROOT,
        env={**os.environ, **(environment or {})})
    assert result.returncode == code, result.stderr
    return result


def percentile(values: list[float], percent: float) -> float:
    """numpy's default: linear between neighbours."""
    values = sorted(values)
    place = percent / 100 * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def check_statistics(result: dict, name: str, seconds: list[float]) -> None:
    values = [1000 * value for value in seconds]
    assert result[f"mean_{name}_ms"] == pytest.approx(statistics.fmean(values))
    assert result[f"median_{name}_ms"] == pytest.approx(statistics.median(values))
    assert result[f"std_{name}_ms"] == pytest.approx(statistics.pstdev(values))
    for percent in ("50", "90", "99.9"):
        assert result[f"p{percent}_{name}_ms"] == pytest.approx(percentile(values, float(percent)))


@pytest.mark.parametrize("backend", ["openai", "openai-chat"])
def test_serve_measures_what_it_sent(server, tmp_path, backend):
    file = tmp_path / "result.json"
    before = server.metric("vllm:generation_tokens_total")
    bench("serve", "--base-url", server.root, "--backend", backend, "--tokenizer", MODEL, "--num-prompts", 6,
          "--random-input-len", 24, "--random-output-len", 9, "--ignore-eos", "--max-concurrency", 3,
          "--metric-percentiles", "50,90,99.9", "--save-result", "--save-detailed", "--result-filename", file,
          "--metadata", "purpose=test", "--goodput", "e2el:1000000")
    result = json.loads(file.read_text())
    assert result["completed"] == 6 and result["failed"] == 0 and result["errors"] == [""] * 6
    assert result["output_lens"] == [9] * 6 and result["total_output_tokens"] == 54
    # one request goes ahead of the six
    assert server.metric("vllm:generation_tokens_total") - before == 7 * 9
    assert result["total_input_tokens"] == sum(result["input_lens"])
    if backend == "openai":
        assert result["input_lens"] == [24] * 6
    assert result["purpose"] == "test" and result["request_rate"] == "inf" and result["max_concurrency"] == 3
    assert result["max_concurrent_requests"] <= 3
    assert result["request_goodput"] == pytest.approx(result["request_throughput"])
    assert result["request_throughput"] == pytest.approx(6 / result["duration"])
    assert result["output_throughput"] == pytest.approx(54 / result["duration"])
    assert result["total_token_throughput"] == pytest.approx((54 + result["total_input_tokens"]) / result["duration"])
    check_statistics(result, "ttft", result["ttfts"])
    check_statistics(result, "itl", [value for row in result["itls"] for value in row])
    check_statistics(result, "e2el", result["latencies"])
    check_statistics(result, "tpot", [
        (latency - first) / 8 for latency, first in zip(result["latencies"], result["ttfts"])])
    for row, first, latency in zip(result["itls"], result["ttfts"], result["latencies"]):
        assert first + sum(row) == pytest.approx(latency)


def test_serve_keeps_to_the_rate(server):
    [line] = bench("serve", "--port", server.port, "--num-prompts", 8, "--random-input-len", 8, "--random-output-len", 2,
                   "--request-rate", 8, "--burstiness", "2.5", "--json").stdout.splitlines()
    result = json.loads(line)
    assert result["completed"] == 8 and result["request_rate"] == 8 and result["burstiness"] == 2.5
    # the arrivals are scaled so that the last request leaves after a second
    assert result["duration"] >= 0.95


def test_serve_reads_datasets(server, tmp_path):
    lines = tmp_path / "prompts.txt"
    lines.write_text("Hello\nSan Francisco is a\n")
    custom = tmp_path / "custom.jsonl"
    custom.write_text('{"prompt": "Hello", "output_tokens": 3}\n{"prompt": "Once upon", "output_tokens": 3}\n')
    turns = [{"from": "human", "value": "What is the capital of France, my friend?"},
             {"from": "gpt", "value": "The capital of France is Paris."}]
    sharegpt = tmp_path / "sharegpt.json"
    sharegpt.write_text(json.dumps([{"id": "1", "conversations": turns}, {"id": "2", "conversations": turns[:1]}]))
    common = ["serve", "--base-url", server.root, "--ignore-eos", "--json"]
    for file, flags, prompts, tokens in [
        (lines, ["--output-len", 5, "--num-prompts", 3], 3, 15),
        (custom, ["--custom-output-len", -1, "--num-prompts", 9, "--no-oversample"], 2, 6),
        (sharegpt, ["--dataset-name", "sharegpt", "--sharegpt-output-len", 4, "--num-prompts", 2], 2, 8),
    ]:
        result = json.loads(bench(*common, "--dataset-path", file, *flags).stdout)
        assert (result["completed"], result["total_output_tokens"]) == (prompts, tokens), file


class OtherServer(http.server.BaseHTTPRequestHandler):
    """An endpoint that gives no usage, fails every third request, breaks every fourth off, and checks the key."""

    protocol_version = "HTTP/1.1"
    requests = 0
    bodies: list[dict] = []

    def do_POST(self):  # noqa: N802, the library's name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind = type(self)
        kind.requests += 1
        kind.bodies.append(body)
        failure = json.dumps({"error": {"code": 503, "message": "no slot", "type": "unavailable_error"}}).encode()
        if self.headers["Authorization"] != "Bearer sesame" or kind.requests % 3 == 0:
            self.send_response(503)
            self.send_header("Content-Length", str(len(failure)))
            self.end_headers()
            self.wfile.write(failure)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(4):
            chunk = {"choices": [{"index": 0, "text": f" {number}", "finish_reason": None}]}
            # in pieces that cut lines anywhere
            data = f"data: {json.dumps(chunk)}\r\n\r\n".encode()
            self.wfile.write(data[:11])
            self.wfile.flush()
            time.sleep(0.01)
            self.wfile.write(data[11:])
        if kind.requests % 4:
            final = {"choices": [{"index": 0, "text": "", "finish_reason": "length"}]}
            self.wfile.write(f"data: {json.dumps(final)}\n\ndata: [DONE]\n\n".encode())
        self.close_connection = True

    def log_message(self, *arguments):
        pass


@pytest.fixture
def other_server():
    OtherServer.requests, OtherServer.bodies = 0, []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OtherServer) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_serve_counts_chunks_and_failures(other_server, tmp_path):
    file = tmp_path / "out" / "result.json"
    output = bench("serve", "--base-url", other_server, "--model", "m", "--api-key", "sesame", "--num-prompts", 11,
                   "--random-input-len", 4, "--random-output-len", 4, "--max-concurrency", 1, "--save-result",
                   "--save-detailed", "--result-dir", file.parent, "--result-filename", file.name,
                   "--extra-body", '{"cache_prompt": false}', "--top-k", 1, "--disable-shuffle").stdout
    # of requests 2 to 12, four are refused and two more break off
    result = json.loads(file.read_text())
    assert (result["completed"], result["failed"]) == (5, 6)
    assert result["total_output_tokens"] == 5 * 4
    assert sorted(set(result["errors"])) == ["", "HTTP 503: no slot", "the stream ended before the answer did"]
    assert "failed 4 x: HTTP 503: no slot" in output and "failed 2 x: the stream ended" in output
    assert [text for text, error in zip(result["generated_texts"], result["errors"]) if not error] == [" 0 1 2 3"] * 5
    for body in OtherServer.bodies:
        assert body["model"] == "m" and body["stream"] is True and body["stream_options"] == {"include_usage": True}
        assert body["max_tokens"] == 4 and body["cache_prompt"] is False and body["top_k"] == 1 and "ignore_eos" not in body


def test_serve_says_why_nothing_works(other_server):
    common = ["serve", "--model", "m", "--num-prompts", "1", "--random-output-len", "4"]
    refused = bench(*common, "--base-url", other_server, "--api-key", "wrong", code=1)
    assert "HTTP 503: no slot" in refused.stderr
    nobody = bench(*common, "--base-url", "http://127.0.0.1:9", code=1)
    assert "all requests failed" in nobody.stderr
    unnamed = bench("serve", "--port", 9, "--num-prompts", 1, code=1)
    assert "http://127.0.0.1:9/v1/models" in unnamed.stderr and "--model" in unnamed.stderr
    for flags, words in [
        (["--request-rate", "0"], "--request-rate"), (["--goodput", "speed:1"], "--goodput"),
        (["--percentile-metrics", "ttft,x"], "--percentile-metrics"), (["--base-url", "localhost"], "--base-url"),
        (["--dataset-name", "sharegpt"], "--dataset-path"), (["--extra-body", "["], "--extra-body"),
        (["--dataset-path", "no-such-file"], "no-such-file"), (["--metric-percentiles", "101"], "--metric-percentiles"),
    ]:
        result = subprocess.run([MARTLET, "bench", *common, *flags], capture_output=True, text=True, timeout=60)
        assert result.returncode in (1, 2) and words in result.stderr, (flags, result.stderr)


def test_throughput_of_random_prompts_and_files(tmp_path):
    file = tmp_path / "result.json"
    output = bench("throughput", MODEL, "--num-prompts", 5, "--input-len", 12, "--output-len", 7, "--output-json", file).stdout
    result = json.loads(file.read_text())
    assert (result["num_requests"], result["total_prompt_tokens"], result["total_output_tokens"]) == (5, 60, 35)
    assert result["total_num_tokens"] == 95
    assert result["requests_per_second"] == pytest.approx(5 / result["elapsed_time"])
    assert result["tokens_per_second"] == pytest.approx(95 / result["elapsed_time"])
    assert f"{result['tokens_per_second']:.2f} total tokens/s" in output

    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "Hello"}\n\n{"prompt": "What is the capital of France?"}\n')
    answer = bench("throughput", MODEL, "--dataset-path", prompts, "--num-prompts", 4, "--output-len", 3, "--n", 2, "--json")
    result = json.loads(answer.stdout)
    assert (result["num_requests"], result["total_output_tokens"]) == (4, 4 * 2 * 3)

    prompts.write_text('{"prompt": "Hello"}\n{"text": "no prompt"}\n')
    failed = bench("throughput", MODEL, "--dataset-path", prompts, code=1)
    assert "line 2" in failed.stderr and str(prompts) in failed.stderr


def test_latency_reports_medians_memory_and_limits(tmp_path):
    file = tmp_path / "result.json"
    lines = bench("latency", "--batch-size", 1, 3, "--input-len", 40, "--output-len", 40, "--num-iters", 3, "--json",
                  "--output-json", file).stdout.splitlines()
    results = [json.loads(line) for line in lines]
    assert results == json.loads(file.read_text())
    for result, size in zip(results, (1, 3)):
        assert result["batch_size"] == size and result["num_iters"] == 3 and len(result["latencies"]) == 3
        assert result["avg_latency"] == pytest.approx(statistics.fmean(result["latencies"]))
        assert result["percentiles"]["90"] == pytest.approx(percentile(result["latencies"], 90))
        assert result["prefill_tokens_per_second"] > 0 and result["decode_tokens_per_second"] > 0
        assert result["bytes_per_second"] == pytest.approx(result["weight_bytes_per_second"] + result["kv_bytes_per_second"])
        assert result["share_of_bandwidth"] == pytest.approx(result["bytes_per_second"] / result["read_bandwidth"])
        assert len(result["round_shares_of_bandwidth"]) == 3 and min(result["round_shares_of_bandwidth"]) > 0
        memory = result["memory"]
        assert memory["rss_anon_bytes"] > 1 << 20 and memory["weight_bytes"] > 0 and memory["kv_cache_bytes"] > 0
    # the keys and values of three streams are three times those of one at the same number of steps
    per_step = [result["kv_bytes_per_second"] / result["weight_bytes_per_second"] for result in results]
    assert per_step[1] == pytest.approx(3 * per_step[0], rel=0.2)


def test_shapes_are_made_once(tmp_path):
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    common = ["latency", "--model-shape", "tiny", "--batch-size", 1, "--input-len", 4, "--output-len", 4, "--num-iters", 1, "--json"]
    first = bench(*common, environment=environment)
    assert "writing random weights of tiny" in first.stderr
    weights = tmp_path / "martlet/shapes/tiny/model.safetensors"
    content = weights.read_bytes()
    assert bench(*common, environment=environment).stderr == ""
    assert weights.read_bytes() == content
    names = sorted(path.name for path in weights.parent.parent.iterdir())
    assert names == ["tiny"]
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])
    low, high = header["model.embed_tokens.weight"]["data_offsets"]
    values = [struct.unpack("<f", b"\0\0" + content[place:place + 2])[0] for place in range(begin + low, begin + high, 2)]
    assert abs(statistics.fmean(values)) < 0.002 and statistics.pstdev(values) == pytest.approx(0.02, rel=0.05)
    assert "tiny" in bench("latency", "--model-shape", "no-such-shape", code=2).stderr


def test_kernels_are_measured_in_every_format():
    flags = ["--model-shape", "tiny", "--tokens", 1, 4, "--min-time", "0.002", "--json"]
    rows = [json.loads(line) for line in bench("kernels", *flags).stdout.splitlines()]
    linear = {(row["format"], row["size"].split()[0], row["tokens"]) for row in rows if row["kernel"] == "linear"}
    for format in ("float32", "bfloat16", "float16", "int8", "int6", "int4", "int4-g64", "int4-g128"):
        for matrix in ("qkv", "o", "gate_up", "down", "head"):
            assert {(format, matrix, 1), (format, matrix, 4)} <= linear
    kinds = {row["kernel"] for row in rows}
    assert {"attention", "rms_norm", "rotary", "silu_multiply", "arg_max"} <= kinds
    for row in rows:
        assert row["calls"] >= 3 and row["p10_seconds"] <= row["median_seconds"] <= row["p90_seconds"]
        assert row["share_of_bandwidth"] == pytest.approx(row["bytes_per_second"] / row["read_bandwidth"])
        if row["kernel"] == "linear":
            outputs, inputs = map(int, row["size"].split()[1].split("x"))
            assert row["operations"] == 2 * row["tokens"] * outputs * inputs
    assert "bfloat16" in bench("kernels", "--formats", "int3", code=2).stderr
