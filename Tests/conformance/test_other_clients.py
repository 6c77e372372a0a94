"""Clients that are not the current SDK: openai 0.28, `requests` line by line, curl, node's fetch."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import requests

HERE = Path(__file__).parent
CHAT = {"model": "gpt-3.5-turbo", "messages": [{"role": "user", "content": "What is the capital of France?"}], "temperature": 0}


def whole_text(server) -> str:
    return requests.post(f"{server.url}/chat/completions", json=CHAT, timeout=60).json()["choices"][0]["message"]["content"]


def test_old_sdk(server):
    output = subprocess.run(
        [os.environ["LEGACY_PYTHON"], HERE / "legacy_client.py", server.url], capture_output=True, text=True, timeout=120)
    assert output.returncode == 0, output.stderr
    result = json.loads(output.stdout)
    assert "Paris" in result["whole"]
    assert "".join(result["pieces"]) == result["whole"]
    assert result["completion"] and result["refused"] == 400


def test_requests_reads_lines(server):
    response = requests.post(f"{server.url}/chat/completions", json={**CHAT, "stream": True}, stream=True, timeout=60)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    text, done = "", False
    for line in response.iter_lines():
        if line:
            assert line.startswith(b"data: ")
            if line == b"data: [DONE]":
                done = True
                break
            text += json.loads(line[6:])["choices"][0]["delta"].get("content", "")
    assert done and text == whole_text(server)


def test_functions_in_a_stream_are_the_documented_refusal(server):
    body = {**CHAT, "stream": True, "functions": [{"name": "test", "parameters": {}}]}
    response = requests.post(f"{server.url}/chat/completions", json=body, timeout=60)
    assert response.status_code == 400
    assert response.json()["detail"] == "Invalid request: Function calling is not yet implemented for stream mode."
    assert response.json()["error"]["code"] == 400


def test_curl_streams_with_usage(server):
    body = {"model": "llama-8b", "prompt": "Five reasons to learn Rust:\n1.", "max_tokens": 20, "stream": True,
            "stream_options": {"include_usage": True}}
    output = subprocess.run(
        ["curl", "-N", "-s", f"{server.url}/completions", "-H", "Content-Type: application/json", "-d", json.dumps(body)],
        capture_output=True, text=True, timeout=60).stdout
    events = [line[6:] for line in output.splitlines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] == 20
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert chunks[-2]["choices"][0]["finish_reason"] == "length" and chunks[-2]["choices"][0]["text"]


def test_node_fetch_reads_the_stream(server):
    output = subprocess.run(
        ["node", HERE / "fetch_client.mjs", server.url], capture_output=True, text=True, timeout=60)
    assert output.returncode == 0, output.stderr
    assert output.stdout == whole_text(server)


@pytest.mark.parametrize("path", ["/health", "/ping", "/version", "/metrics"])
def test_open_routes(server, path):
    assert requests.get(server.root + path, timeout=10).status_code == 200


def test_unknown_path_and_method(server):
    missing = requests.get(f"{server.root}/nothing", timeout=10)
    assert missing.status_code == 404 and missing.json()["detail"] == "Not Found"
    wrong = requests.get(f"{server.url}/chat/completions", timeout=10)
    assert wrong.status_code == 405 and wrong.headers["allow"] == "POST"
    assert wrong.json()["detail"] == "Method Not Allowed"
