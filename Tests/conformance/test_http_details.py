"""What HTTP asks of a server beside the answers: permission to send, pipelining, forms of addresses, lost clients."""

import json
import socket
import time

import pytest
import requests
from conftest import serve

BODY = json.dumps({"model": "martlet-mini", "prompt": "San Francisco is a", "max_tokens": 4, "temperature": 0}).encode()


def head(path: str, *lines: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: test", *lines, "", ""]).encode()


def connect(server) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    return connection


def read_until(connection: socket.socket, end: bytes) -> bytes:
    data = b""
    while end not in data:
        piece = connection.recv(65536)
        assert piece, f"closed after {data!r:.300}"
        data += piece
    return data


JSON = ("Content-Type: application/json", f"Content-Length: {len(BODY)}")


@pytest.mark.parametrize("path", ["/v1/completions", "/tokenize"])
def test_permission_to_send_the_body(server, path):
    """curl waits a second for it where a body is large."""
    with connect(server) as connection:
        connection.sendall(head(path, *JSON, "Expect: 100-continue"))
        assert read_until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert read_until(connection, b"}").startswith(b"HTTP/1.1 200")


def test_no_permission_for_a_body_that_is_refused():
    with serve("--api-key", "key") as server, connect(server) as connection:
        connection.sendall(head("/v1/completions", *JSON, "Expect: 100-continue"))
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 401")


def test_pipelined_requests_are_answered_in_order(server):
    with connect(server) as connection:
        connection.sendall(head("/v1/completions", *JSON) + BODY + head("/version", method="GET") + head("/nothing", method="GET"))
        answers = read_until(connection, b"There is no route")
        places = [answers.find(mark) for mark in (b"text_completion", b'"version"', b"404 Not Found")]
        assert -1 not in places and places == sorted(places)


@pytest.mark.parametrize("target", ["/v1/models?limit=5", "http://elsewhere/v1/models"])
def test_forms_of_addresses(server, target):
    with connect(server) as connection:
        connection.sendall(head(target, "Connection: close", method="GET"))
        assert read_until(connection, b"permission").startswith(b"HTTP/1.1 200")


def test_chunked_bodies(server):
    pieces = [BODY[start:start + 7] for start in range(0, len(BODY), 7)]
    response = requests.post(
        f"{server.url}/completions", data=iter(pieces), headers={"Content-Type": "application/json"}, timeout=20)
    assert response.status_code == 200 and response.json()["usage"]["completion_tokens"] == 4


def test_one_request_id_may_come_twice_at_once(server):
    body = {"model": "martlet-mini", "prompt": "Once upon a time", "max_tokens": 200, "stream": True}
    headers = {"X-Request-Id": "the-same"}
    streams = [requests.post(f"{server.url}/completions", json=body, headers=headers, stream=True, timeout=20) for _ in range(3)]
    for stream in streams:
        assert stream.status_code == 200
        assert stream.text.endswith("data: [DONE]\n\n") and '"id":"cmpl-the-same"' in stream.text


def aborted(server) -> float:
    text = requests.get(f"{server.root}/metrics", timeout=10).text
    [line] = [line for line in text.splitlines() if line.startswith("vllm:request_success_total{") and '"abort"' in line]
    return float(line.rsplit(" ", 1)[1])


@pytest.mark.parametrize("fields", [{"stream": True}, {"stream": False}, {"prompt": ["One", "Two", "Three"]}, {"n": 3, "temperature": 1}])
def test_a_client_that_goes_frees_its_place(server, fields):
    body = json.dumps({"model": "martlet-mini", "prompt": "Once", "max_tokens": 1000, "ignore_eos": True, **fields}).encode()
    before = aborted(server)
    with connect(server) as connection:
        connection.sendall(head("/v1/completions", "Content-Type: application/json", f"Content-Length: {len(body)}") + body)
        deadline = time.time() + 10
        while server.metric("vllm:num_requests_running") == 0:
            assert time.time() < deadline, "the request does not run"
            time.sleep(0.005)
    deadline = time.time() + 5
    while aborted(server) == before or server.metric("vllm:num_requests_running") > 0:
        assert time.time() < deadline, "the request goes on without its client"
        time.sleep(0.02)
    assert server.metric("vllm:kv_cache_usage_perc") == 0
