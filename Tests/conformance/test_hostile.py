"""What clients must not be able to do: each bad request gets its 4xx or is dropped, nothing else is disturbed."""

import json
import os
import random
import socket
import threading
import time

import pytest
import requests

SECONDS = float(os.environ.get("HOSTILE_SECONDS", "15"))
CHAT = {"model": "martlet-mini", "messages": [{"role": "user", "content": "Count from 1 to 10"}], "temperature": 0}
COMPLETION = {"model": "martlet-mini", "prompt": "San Francisco is a", "max_tokens": 5, "temperature": 0}


def reference(server):
    answer = requests.post(f"{server.url}/chat/completions", json=CHAT, timeout=120).json()
    return answer["choices"][0]["message"]["content"], answer["usage"]


BAD_BODIES = [
    (b"", "body"), (b"{", "body"), (b"[]", "body"), (b'"x"', "body"), (b"null", "body"), (b"{\"a\":1,}", "body"),
    (b"[" * 100_000, "body"), (b'{"model": "martlet-mini", "messages": ' + b"[" * 5000, "body"), (b"\xff\xfe", None),
]


@pytest.mark.parametrize("body,param", BAD_BODIES)
def test_malformed_bodies(server, body, param):
    response = requests.post(
        f"{server.url}/chat/completions", data=body, headers={"Content-Type": "application/json"}, timeout=30)
    assert response.status_code == 400
    if param:
        assert response.json()["error"]["param"].startswith(param)


BAD_FIELDS = [
    ("temperature", "hot"), ("temperature", -1), ("temperature", 1e308), ("top_p", 2), ("top_k", -5), ("min_p", 7), ("n", 0),
    ("n", 10**9), ("n", -1), ("max_tokens", 0), ("max_tokens", -3), ("max_tokens", 10**18), ("max_tokens", "many"),
    ("seed", 2**70), ("stop", [""]), ("stop", ["x"] * 1000), ("stop", 5), ("logit_bias", {"x": 1}), ("logit_bias", {"99999999": 1}),
    ("presence_penalty", 3), ("frequency_penalty", -9), ("repetition_penalty", 0), ("stop_token_ids", [10**7]),
    ("allowed_token_ids", []), ("bad_words", [""]), ("min_tokens", 100_000), ("top_logprobs", 5), ("stream", "perhaps"),
    ("messages", []), ("messages", "hello"), ("messages", [{"content": "x"}]), ("messages", [{"role": "user", "content": 5}]),
    ("messages", [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]), ("messages", None),
    ("tools", []), ("stream_options", {"include_usage": True}), ("response_format", {"type": "nonsense"}), ("model", 5),
]


@pytest.mark.parametrize("field,value", BAD_FIELDS)
def test_bad_values_name_the_field(server, field, value):
    response = requests.post(f"{server.url}/chat/completions", json={**CHAT, field: value}, timeout=30)
    assert response.status_code in (400, 404), response.text
    error = response.json()["error"]
    assert error["code"] == response.status_code
    assert field in error["message"] or field in (error["param"] or "") or error["message"]


@pytest.mark.parametrize("prompt", ["", [], [[]], [[10**6]], [-1], 5, [1, "x"], None, ["a"] * 5000])
def test_bad_prompts(server, prompt):
    response = requests.post(f"{server.url}/completions", json={**COMPLETION, "prompt": prompt}, timeout=30)
    assert response.status_code == 400, response.text


def test_long_prompts_and_large_bodies(server):
    for size in (100_000, 10_000_000):
        response = requests.post(f"{server.url}/completions", json={**COMPLETION, "prompt": "word " * (size // 5)}, timeout=60)
        assert response.status_code == 400 and response.json()["error"]["param"] in ("input_text", "input_tokens")
    response = requests.post(
        f"{server.url}/completions", data=b" " * (40 << 20), headers={"Content-Type": "application/json"}, timeout=60)
    assert response.status_code == 413


def raw(server, data: bytes, wait: float = 0.0) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(data)
        time.sleep(wait)


def mischief(server, seed: int, until: float, failures: list) -> None:
    """One client that misbehaves at random until the time is up."""
    chooser = random.Random(seed)
    long = json.dumps({**COMPLETION, "max_tokens": 500, "ignore_eos": True, "stream": True}).encode()
    head = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    while time.time() < until:
        try:
            kind = chooser.randrange(8)
            if kind == 0:
                raw(server, head % 1000 + b'{"model"', chooser.random() * 0.2)
            elif kind == 1:
                raw(server, head % len(long) + long, chooser.random() * 0.3)
            elif kind == 2:
                raw(server, bytes(chooser.randrange(256) for _ in range(200)))
            elif kind == 3:
                raw(server, b"GET /health HTTP/1.1\r\n" + b"X-Filler: " + b"a" * 200_000 + b"\r\n\r\n")
            elif kind == 4:
                body = bytearray(json.dumps(CHAT).encode())
                body[chooser.randrange(len(body))] = chooser.randrange(256)
                status = requests.post(
                    f"{server.url}/chat/completions", data=bytes(body), headers={"Content-Type": "application/json"}, timeout=60
                ).status_code
                if status >= 500:
                    failures.append((bytes(body), status))
            elif kind == 5:
                with requests.post(f"{server.url}/completions", data=long, headers={"Content-Type": "application/json"},
                                   stream=True, timeout=60) as response:
                    for _ in range(chooser.randrange(5)):
                        next(response.iter_lines(), None)
            elif kind == 6:
                field, value = chooser.choice(BAD_FIELDS)
                status = requests.post(f"{server.url}/chat/completions", json={**CHAT, field: value}, timeout=60).status_code
                if status >= 500:
                    failures.append((field, value, status))
            else:
                raw(server, b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        except (requests.RequestException, OSError):
            pass


def test_nothing_disturbs_other_requests(server):
    expected = reference(server)
    until = time.time() + SECONDS
    failures: list = []
    threads = [threading.Thread(target=mischief, args=(server, seed, until, failures)) for seed in range(8)]
    for thread in threads:
        thread.start()
    while time.time() < until:
        assert requests.get(f"{server.root}/health", timeout=10).status_code == 200
        assert reference(server) == expected
    for thread in threads:
        thread.join()
    assert not failures
    assert reference(server) == expected
    deadline = time.time() + 10
    while server.metric("vllm:kv_cache_usage_perc") > 0 or server.metric("vllm:num_requests_running") > 0:
        assert time.time() < deadline, "blocks are not free after every client has gone"
        time.sleep(0.1)
