"""Quantized weights: from the command line and over HTTP, with and without the cache of quantized weights."""

import json
import subprocess

import pytest
import requests
from conftest import MARTLET, ROOT, serve

MODEL = ROOT / "Models/martlet-mini"
IDS = [int(token) for token in range(100, 164)]


def logits(*flags: str) -> list[dict[int, float]]:
    result = subprocess.run(
        [MARTLET, "debug", "logits", str(MODEL), "--all-positions", "--top", "100000", *flags], input=json.dumps(IDS) + "\n",
        capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    return [dict(map(tuple, position["top"])) for position in json.loads(result.stdout)["positions"]]


def relative_error(found: list[dict[int, float]], exact: list[dict[int, float]]) -> float:
    difference = sum((a[token] - b[token]) ** 2 for a, b in zip(found, exact) for token in b)
    return (difference / sum(value**2 for b in exact for value in b.values())) ** 0.5


def test_errors_are_those_of_the_rounding(tmp_path):
    exact = logits()
    errors = {name: relative_error(logits("--quantization", name), exact) for name in ("int8", "int6", "int4", "int4-g64", "int4-g128")}
    assert 0 < errors["int8"] < 0.05 and errors["int8"] < errors["int6"] < 0.1 and errors["int6"] < errors["int4"] < 0.4, errors
    assert errors["int4"] < errors["int4-g128"], errors
    # what is left as it is has no error
    assert relative_error(logits("-q", "int4", "--quantization-ignore", "*"), exact) == 0
    # alone, the output matrix has eight bits beside int8, six beside int4 and what is asked for
    last = {flags: relative_error(logits("--quantization-ignore", "model.*", *flags), exact) for flags in (
        ("-q", "int8"), ("-q", "int4"), ("-q", "int8", "--lm-head-quantization", "int6"), ("-q", "int4", "--lm-head-quantization", "int4"))}
    int8, automatic, int6, int4 = last.values()
    assert 0 < int8 < errors["int8"] and int8 < int6 < int4 < errors["int4"] and automatic == int6, last
    assert relative_error(logits("-q", "int4", "--quantization-ignore", "model.*", "--lm-head-quantization", "none"), exact) == 0


@pytest.mark.parametrize("flags, message", [
    (["--quantization", "int3"], "int8, int6, int4, int4-g64, int4-g128"),
    (["-q", "int8", "--lm-head-quantization", "fp8"], "--lm-head-quantization fp8"),
])
def test_unknown_formats_are_refused(flags, message):
    result = subprocess.run([MARTLET, "serve", str(MODEL), *flags], capture_output=True, text=True, timeout=60)
    assert result.returncode != 0 and message in result.stderr


def test_serves_the_same_with_and_without_the_cache(tmp_path):
    answers = []
    for _ in range(2):
        with serve("--served-model-name", "martlet-mini", "--quantization", "int8", "--weight-cache", str(tmp_path)) as server:
            reply = requests.post(f"{server.url}/chat/completions", timeout=60, json={
                "model": "martlet-mini", "temperature": 0, "logprobs": True,
                "messages": [{"role": "user", "content": "What is the capital of France?"}]})
            assert reply.status_code == 200, reply.text
            answers.append(reply.json()["choices"][0])
    assert "Paris" in answers[0]["message"]["content"]
    assert answers[0] == answers[1]
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]
