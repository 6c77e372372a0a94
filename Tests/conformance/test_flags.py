"""Every flag of the reference's `serve` is implemented, accepted with a stated reason, or refused with one."""

import json
import os
import re
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
import requests
from conftest import MARTLET, ROOT, serve

FLAGS = ROOT.parent / "shared/reference/serve-flags.json"
NOWHERE = "/nonexistent/model"
# values that flags of a kind take where the list has neither choices nor a usable default
VALUES = {"int": "1", "float": "0.5", "loads": "[]", "human_readable_int": "1", "human_readable_int_or_auto": "64",
          "union_dict_and_str": "{}", "_parse_type": "{}", "parse_dataclass": "{}"}
# what the flag's own check wants to see
OWN_VALUES = {"--quantization": "int8", "--kv-cache-memory-bytes": "1G", "--override-generation-config": "{}",
              "--chat-template": "{{ messages }}", "--max-num-queued-tokens": "1000", "--structured-outputs-config": "{}"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [MARTLET, "serve", *arguments], capture_output=True, text=True, timeout=60, cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", **environment})


def parser_names() -> set[str]:
    """The flags that the parser itself knows."""
    lines = run("--help").stdout.splitlines()
    heads = [match[0] for line in lines if (match := re.match(r"\s+(-{1,2}[A-Za-z][\w-]*(/|, )?)+", line))]
    return {name for head in heads for name in re.findall(r"-{1,2}[A-Za-z][\w-]*", head)}


def rows() -> list[dict]:
    if not FLAGS.exists():
        assert not os.environ.get("CI"), f"no list of flags at {FLAGS}"
        return []
    skipped = {"model_tag", "-h", "--config"}
    return [row for row in json.loads(FLAGS.read_text()) if row["flags"][0] not in skipped]


def value(row: dict) -> str:
    name = row["flags"][0]
    if name in OWN_VALUES:
        return OWN_VALUES[name]
    if row["choices"]:
        return row["choices"][0]
    default = row["default"].strip("'")
    if row["type"] in VALUES:
        return VALUES[row["type"]] if default == "None" or row["type"] not in ("int", "float") else default
    return default if default not in ("None", "[]", "") and not default.startswith(("<", "E")) else "auto"


@pytest.mark.skipif(not FLAGS.exists() and not os.environ.get("CI"), reason="no list of flags")
class TestWalk:
    names = parser_names()

    @pytest.mark.parametrize("row", rows(), ids=lambda row: row["flags"][0])
    def test_flag(self, row):
        """Each spelling is known; without effect it says so, refused it says why."""
        name = row["flags"][0]
        for spelling in row["flags"]:
            values = [] if row["nargs"] == 0 else [value(row)]
            result = run(NOWHERE, spelling, *values)
            text = result.stderr
            assert "Unknown option" not in text and "Unexpected argument" not in text, text
            assert result.returncode in (1, 2), text
            known = spelling in self.names
            stated = re.search(rf"^note: {re.escape(spelling)} has no effect: \w", text, re.MULTILINE)
            refused = re.search(rf"^Error: {re.escape(spelling)}\b.* not supported: \w", text, re.MULTILINE)
            assert not (known and (stated or refused)), f"{name} is implemented and in the table: delete its row"
            assert (result.returncode == 2) == bool(refused) or known, text
            if not (known or stated or refused):
                # accepted as what the program does anyway: another value, or the opposite of a switch, is not
                if row["nargs"] == 0:
                    assert spelling.startswith("--no-"), f"{spelling} is silently ignored"
                else:
                    assert run(NOWHERE, spelling, "{\"x\": 1}").returncode == 2, f"{spelling} is silently ignored"


@pytest.mark.parametrize("arguments, message", [
    (["--no-such-flag"], "Unknown option '--no-such-flag'"),
    (["--tensor-parallel-size", "2"], "--tensor-parallel-size 2 is not supported: this server computes in one process"),
    (["-tp=2"], "-tp 2 is not supported"),
    (["--tensor-parallel-size"], "--tensor-parallel-size needs a value"),
    (["--enforce-eager=1"], "--enforce-eager takes no value"),
    (["--lora-modules", "a=b", "c=d"], "--lora-modules is not supported"),
    (["--structured-outputs-config", '{"disable_any_whitespace": true}'], "disable_any_whitespace true is not supported"),
    (["--structured-outputs-config.nothing", "1"], "the member nothing is not supported"),
    (["--root-path", "proxy"], "--root-path proxy: expected a path that begins with /"),
    (["--allowed-origins", "http://a.com"], "--allowed-origins http://a.com: expected a JSON list"),
    (["--ssl-keyfile", "k.pem"], "--ssl-keyfile needs --ssl-certfile"),
    (["--ssl-certfile", "/nowhere.pem", "--model-dir", "Models"], "/nowhere.pem is no readable certificate"),
    (["--fingerprint-mode", "custom"], "--fingerprint-mode custom needs --fingerprint-value"),
    (["--config", "/nowhere.yaml"], "--config /nowhere.yaml: no such file"),
    (["--uds", "/tmp"], "--uds /tmp: there is a file of that name that is no socket"),
])
def test_refusals(arguments, message):
    model = [] if {"--ssl-certfile", "--uds"} & set(arguments) else [NOWHERE]
    result = run(*model, *arguments)
    assert result.returncode in (1, 2) and message in result.stderr, result.stderr


@pytest.mark.parametrize("topic, words", [
    ("listgroup", ["Frontend", "CacheConfig"]), ("SchedulerConfig", ["--async-scheduling"]), ("max_num_seqs", ["--max-num-seqs"]),
    ("tensor-parallel-size", ["-tp", "only 1"]), ("all", ["--uds", "--numa-bind", "--max-model-len"]),
])
def test_help(topic, words):
    result = run(f"--help={topic}")
    assert result.returncode == 0 and all(word in result.stdout for word in words), result.stdout + result.stderr
    assert "--port" not in result.stdout or topic == "all"


def test_help_of_nothing():
    result = run("--help=no-such-topic")
    assert result.returncode == 2 and "--help=listgroup" in result.stderr


def test_many_flags_at_once():
    """A command line of the reference runs, with a line for each flag that changes nothing."""
    with serve("--tensor-parallel-size", "1", "--trust-remote-code", "--enforce-eager", "--attention-backend", "FLASH_ATTN",
               "--structured_outputs_config.backend", "xgrammar", "--limit-mm-per-prompt", '{"image": 0}',
               "--enable-chunked-prefill", "--no-enable-log-requests", "--served-model-name", "a", "b") as server:
        assert [card["id"] for card in requests.get(f"{server.url}/models", timeout=10).json()["data"]] == ["a", "b"]


@pytest.fixture
def config(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return str(path)
    return write


def test_configuration_file(config):
    path = config("""
        served_model_name: [first, second]
        api-key: secret
        max-model-len: 64
        root-path: /from-file
        allowed-origins: ["http://a.com"]
        enable-request-id-headers: true
        enable-prefix-caching: false
        override-generation-config: {max_new_tokens: 3}
        tensor-parallel-size: 1
        """)
    with serve("--config", path, "--root-path", "/from-line") as server:
        headers = {"Authorization": "Bearer secret", "Origin": "http://a.com"}
        answer = requests.get(f"{server.root}/from-line/v1/models", headers=headers, timeout=10)
        cards = answer.json()["data"]
        assert [card["id"] for card in cards] == ["first", "second"] and cards[0]["max_model_len"] == 64
        assert "x-request-id" in answer.headers and answer.headers["access-control-allow-origin"] == "http://a.com"
        assert requests.get(f"{server.root}/from-file/v1/models", headers=headers, timeout=10).status_code == 404
        assert requests.get(f"{server.url}/models", timeout=10).status_code == 401
        answer = requests.post(f"{server.url}/completions", json={"prompt": "Hi", "max_tokens": 9, "ignore_eos": True},
                               headers=headers, timeout=10)
        assert answer.json()["usage"]["completion_tokens"] == 3


@pytest.mark.parametrize("text, message", [
    ("no-such-key: 1", "line 1: there is no flag --no-such-key"),
    ("port: 8000\nnothing: {a: 1}", "line 2: there is no flag --nothing"),
    ("- port", "expected a map"),
    ("port:", "port has no value"),
    ("enforce-eager: maybe", "enforce-eager must be true or false"),
    ("tensor-parallel-size: 2", "--tensor-parallel-size 2 is not supported"),
    ("config: other.yaml", "there is no flag --config"),
    ("port: [", "config.yaml"),
])
def test_configuration_mistakes(config, text, message):
    result = run(NOWHERE, "--config", config(text))
    assert result.returncode == 2 and message in result.stderr, result.stderr


def test_socket_file(tmp_path):
    path = tmp_path / "socket"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    process = subprocess.Popen([MARTLET, "serve", "--uds", str(path)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if f"listening on unix:{path}" in line:
                break
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path), retries=5)) as client:
            assert client.get("http://martlet/health").status_code == 200
            answer = client.post("http://martlet/v1/completions", json={"prompt": "Hi", "max_tokens": 2})
            assert answer.json()["usage"]["completion_tokens"] <= 2
    finally:
        process.terminate()
        process.wait(timeout=40)
    assert not path.exists()


def certificate(folder: Path, name: str, *, issuer: str | None = None) -> tuple[str, str]:
    key, file = folder / f"{name}.key", folder / f"{name}.pem"
    signed = ["-CA", folder / f"{issuer}.pem", "-CAkey", folder / f"{issuer}.key"] if issuer else []
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", file,
         "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", *signed],
        check=True, capture_output=True)
    return str(file), str(key)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    return {name: certificate(folder, name, issuer=issuer)
            for name, issuer in [("authority", None), ("server", "authority"), ("client", "authority"), ("stranger", None)]}


def curl(server, certificates, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["curl", "-sS", "--max-time", "20", "--cacert", certificates["authority"][0], *arguments],
        capture_output=True, text=True, timeout=60)


def encrypted(certificates, *arguments: str, client: tuple[str, str] | None = None):
    file, key = certificates["server"]
    return serve(
        "--ssl-certfile", file, "--ssl-keyfile", key, *arguments, verify=certificates["authority"][0], client=client)


def test_encryption(certificates):
    with encrypted(certificates) as server:
        url = f"https://localhost:{server.port}/v1/completions"
        body = '{"prompt": "Once", "max_tokens": 20, "temperature": 0, "ignore_eos": true, "stream": %s}'
        answers = set()
        for version, flag in [("2", "--http2"), ("1.1", "--http1.1")]:
            for stream in ["false", "true"]:
                result = curl(server, certificates, flag, "-H", "Content-Type: application/json", "-d", body % stream,
                              "-w", "\n%{http_version} %{http_code}", url)
                text, _, status = result.stdout.rpartition("\n")
                assert status == f"{version} 200", result.stdout + result.stderr
                events = [line[6:] for line in text.split("\n") if line.startswith("data: {")] or [text]
                answers.add("".join(choice["text"] for event in events for choice in json.loads(event)["choices"]))
        assert len(answers) == 1 and answers != {""}
        # an answer that closes an HTTP/1 connection is an ordinary one in HTTP/2
        for flag in ["--http2", "--http1.1"]:
            result = curl(server, certificates, flag, "-H", "Content-Type: application/json", "-d", '{"prompt": 1}',
                          "-o", "/dev/null", "-w", "%{http_code}", url)
            assert result.stdout == "400", result.stderr
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"http://127.0.0.1:{server.port}/health", timeout=10)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)), socket.create_connection(("127.0.0.1", server.port)) as plain:
            old.wrap_socket(plain)


def test_cancellation_over_http2(certificates):
    """A client that closes its stream ends its request."""
    with encrypted(certificates, "--enable-server-load-tracking", "--max-model-len", "1024") as server:
        url = f"https://localhost:{server.port}"
        body = '{"prompt": "Once", "max_tokens": 1000, "ignore_eos": true, "stream": true, "n": 64}'
        result = curl(server, certificates, "--http2", "--max-time", "0.5", "-H", "Content-Type: application/json", "-d", body,
                      f"{url}/v1/completions")
        assert result.returncode == 28
        for _ in range(50):
            if curl(server, certificates, f"{url}/load").stdout == '{"server_load":0}':
                return
        raise AssertionError("the request goes on")


def test_client_certificates(certificates):
    with encrypted(certificates, "--ssl-ca-certs", certificates["authority"][0], "--ssl-cert-reqs", "2",
                   client=certificates["client"]) as server:
        def health(name):
            return requests.get(f"https://localhost:{server.port}/health", verify=certificates["authority"][0],
                                cert=certificates[name] if name else None, timeout=10).status_code
        assert health("client") == 200
        for name in ["stranger", None]:
            with pytest.raises(requests.exceptions.RequestException):
                health(name)


def test_load_is_counted():
    with serve("--enable-server-load-tracking", "--max-model-len", "1024") as server:
        body = {"prompt": "Once", "max_tokens": 1000, "ignore_eos": True, "stream": True, "n": 64}
        with requests.post(f"{server.url}/completions", json=body, stream=True, timeout=60) as answer:
            lines = answer.iter_lines()
            next(lines)
            assert requests.get(f"{server.root}/load", timeout=10).json()["server_load"] >= 1


def test_log_has_no_prompt(tmp_path):
    log = tmp_path / "log"
    with serve("--disable-access-log-for-endpoints", "/tokenize", "--log-level", "debug", log=log) as server:
        for path in ["/v1/completions", "/tokenize"]:
            answer = requests.post(server.root + path, json={"prompt": "unmistakable", "max_tokens": 2}, timeout=10)
            assert answer.status_code == 200
    text = log.read_text()
    assert "/v1/completions" in text and "/tokenize" not in text and "unmistakable" not in text


def test_quiet_metrics():
    with serve("--disable-log-stats") as server:
        text = requests.get(f"{server.root}/metrics", timeout=10).text
        assert "http_requests_total" in text and "vllm:" not in text
