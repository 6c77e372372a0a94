"""Start, keys, disconnects, drain."""

import json
import signal
import socket
import subprocess
import threading
import time

import openai
import pytest
import requests
from conftest import MARTLET, ROOT, serve

LONG = {"model": "martlet-mini", "prompt": "Write a short story about a robot:", "max_tokens": 900, "ignore_eos": True, "stream": True}


def test_keys_guard_every_route_but_the_open_ones():
    with serve("--api-key", "key1", "key2", "--api-key", "key3", environment={"VLLM_API_KEY": "key4"}) as server:
        for path in ["/health", "/ping", "/version", "/metrics"]:
            assert requests.get(server.root + path, timeout=10).status_code == 200
        for path in ["/v1/models", "/tokenize", "/v1/unknown", "/unknown"]:
            refused = requests.get(server.root + path, timeout=10)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert refused.json()["error"]["type"] == "AuthenticationError"
        for key in ["key1", "key2", "key3", "key4"]:
            assert server.client(api_key=key).models.list().data[0].id
        with pytest.raises(openai.AuthenticationError):
            server.client(api_key="key5").models.list()


def wait_for(condition, seconds: float = 10) -> None:
    deadline = time.time() + seconds
    while not condition():
        assert time.time() < deadline, "waited in vain"
        time.sleep(0.02)


def test_disconnects_abort_running_and_waiting_requests():
    with serve("--max-num-seqs", "2", "--served-model-name", "martlet-mini") as server:
        sockets = []
        body = json.dumps(LONG).encode()
        head = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        for _ in range(6):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(head.encode() + body)
            sockets.append(connection)
        wait_for(lambda: server.metric("vllm:num_requests_running") + server.metric("vllm:num_requests_waiting") > 0)
        for connection in sockets:
            connection.close()
        wait_for(lambda: server.metric("vllm:num_requests_running") == 0 and server.metric("vllm:num_requests_waiting") == 0)
        wait_for(lambda: server.metric("vllm:kv_cache_usage_perc") == 0)


def test_sigterm_drains_streams_and_refuses_new_requests():
    with serve("--served-model-name", "martlet-mini") as server:
        lines = []

        def read():
            with requests.post(f"{server.url}/completions", json=LONG | {"max_tokens": 600}, stream=True, timeout=60) as response:
                lines.extend(line for line in response.iter_lines() if line)

        reader = threading.Thread(target=read)
        reader.start()
        wait_for(lambda: len(lines) > 3)
        server.process.send_signal(signal.SIGTERM)
        reader.join(timeout=60)
        assert lines[-1] == b"data: [DONE]"
        assert json.loads(lines[-2][6:])["choices"][0]["finish_reason"] == "length"
        assert server.process.wait(timeout=30) == 0


@pytest.mark.parametrize("arguments,text", [
    (["/no/such/folder"], "no/such/folder"), (["--port", "99999"], "--port"), (["--no-such-flag"], "no-such-flag"),
    (["--max-model-len", "many"], "max-model-len"), (["--chat-template", "missing.jinja"], "missing.jinja"),
])
def test_bad_arguments_are_named(arguments, text):
    result = subprocess.run([MARTLET, "serve", *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60,
                            env={"HF_HUB_OFFLINE": "1", "HF_HOME": "/nonexistent"})
    assert result.returncode not in (0, -signal.SIGSEGV, -signal.SIGILL)
    assert text in result.stderr
