"""Every recorded request of the reference server gets the same answer, apart from the differences listed here."""

import contextlib
import os
import random
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from conftest import serve
from recordings import (
    REFERENCE, Recording, differences, load, metric_families, named_stream_differences, stream_differences)

MODELS = REFERENCE / "models"
TINY = [str(MODELS / "tiny-llama-chat"), "--dtype", "float32", "--block-size", "128"]
SCRIPT = [str(MODELS / "tiny-script"), "--served-model-name", "script", "--dtype", "float32", "--generation-config", "vllm",
          "--block-size", "128", "--allow-special-tokens-in-content"]
HERMES = ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"]

# the recorded servers as this program is told to be them; the reference's cache blocks hold 128 tokens on CPUs
SERVERS = {
    "A": [*TINY, "--served-model-name", "tiny", "tiny-alias", "--max-model-len", "256", "--enable-request-id-headers",
          *HERMES],
    "B": [*SCRIPT, "--api-key", "key1", "key2", "--enable-prompt-tokens-details", *HERMES, "--reasoning-parser", "qwen3",
          "--allowed-origins", '["http://example.com"]'],
    "D": [*TINY, "--served-model-name", "tiny", "--generation-config", "vllm", "--enable-force-include-usage",
          "--enable-auto-tool-choice", "--tool-call-parser", "pythonic", "--reasoning-parser", "none",
          "--root-path", "/proxy", "--enable-server-load-tracking", "--enable-admin-routes"],
    "E": [*SCRIPT, "--max-logprobs", "5", *HERMES, "--reasoning-parser", "none", "--disable-fastapi-docs"],
    "F": [*TINY, "--served-model-name", "tiny", "tiny-alias", "--max-model-len", "1024", "--enable-request-id-headers",
          *HERMES],
    "G": [*TINY, "--served-model-name", "tiny", "--max-model-len", "256", "--max-num-queued-reqs", "1",
          "--override-generation-config", '{"max_new_tokens": 6}', "--root-path", "/proxy", "--fingerprint-mode", "none",
          "--return-tokens-as-token-ids", "--enable-per-request-metrics"],
    "I": [*TINY, "--served-model-name", "tiny", "--max-model-len", "1024", "--tool-call-parser", "none"],
}
ENVIRONMENTS = {"B": {"VLLM_API_KEY": "ignored-env-key"}, "G": {"VLLM_API_KEY": "envkey"}}

# servers of other kinds: embeddings (C), a reranker (H), a command that is no server, metrics (below)
OTHER_SERVERS = {"C", "H", "A (after ~250 requests)"}

# routes that do not exist here: 404
ABSENT = {
    "another API": """
        inference-generate auth-none-invocations auth-none-tokenizer-info""",
    "adapters are not loaded": """
        load-lora-notenabled lora-chat-stream lora-completion lora-load lora-load-base-name lora-load-dup-inplace
        lora-load-missing-field lora-load-missing-path lora-unload lora-unload-missing lora-use-loaded""",
}

# fields that are refused by name, never ignored, until they are implemented: 400 with that `param`
REFUSED = {
    "functions": "plain-functions-stream",
    "best_of": "edge-comp-best-of-n",
    "suffix": "comp-suffix",
    "prompt_embeds": "err-echo-prompt-embeds",
    "mm_processor_kwargs": "err-mm-kwargs",
}

CALL_CONTENT = r"^(text|last) chunks: missing members \[\], extra members \['\.choices\[\]\.delta\.content'\]"

# answers that differ: why, the recordings, and all that may differ in them
DIFFERENT = [
    ("unknown paths and methods have an error object beside the detail, and so have bodies that are no text", """
        dev-is-paused docs-disabled openapi-disabled err-embeddings-on-generate err-invalid-utf8 err-rerank-on-generate
        err-score-on-generate err-v1-tokenize options-no-origin plain-lora-route-absent sleep-nodev unknown-route
        unknown-route-post wrong-method-get-chat wrong-method-post-models""",
     [r"^: missing members \[\], extra members \['error'\]"]),
    ("the body of a 401 is an error object", """
        auth-basic-scheme auth-missing auth-no-scheme auth-none-messages auth-none-models auth-none-unknown-v1
        auth-two-spaces auth-wrong auth-x-api-key root-path-noprefix-auth root-path-prefix-auth""",
     [r"^\.error: .*'AuthenticationError'.* in place of 'Unauthorized'"]),
    ("every route but health, ping, version and metrics wants the key", "auth-none-load auth-none-tokenize", ["^status 401 in place of 200"]),
    ("keys come from the flag and from the environment", "auth-env-key-ignored", ["^status 200 in place of 401"]),
    ("models can be asked for one by one", "get-model-by-id", ["^status 200 in place of 404"]),
    ("the version is this program's", "auth-none-version get-version", [r"^\.version: "]),
    ("up to 16 stop strings", "err-stop-too-many stop-many-ok-32", [r"^\.error\.message: .*at most 16 items.*at most 4 items"]),
    ("up to 128 choices", "err-n-huge", [r"^\.error\.message: 'n must be at most 128"]),
    ("the message names the part that fits the role, not every branch of a union", """
        err-content-null err-content-number err-message-no-role err-prompt-negative-id err-prompt-number""",
     [r"^\.error\.message: .*validation error"]),
    ("the message does not repeat the reference's library", "err-content-part-unknown err-lone-surrogate",
     [r"^\.error\.message: "]),
    ("the message names the field", """
        err-empty-messages err-prompt-oov err-so-empty-choice err-truncate-0 chat-chat-template-untrusted""",
     [r"^\.error\.message: "]),
    ("the message says what to do", "err-content-image err-continue-default-gen", [r"^\.error\.message: "]),
    ("requests are rendered without a flag", "render-chat render-completions", ["^status 200 in place of 403"]),
    ("templates of requests are not trusted: the flag does not exist yet", "chat-template-in-request", ["^status 400 in place of 200"]),
    ("choices of one request wait together and count once", "admission-503", ["^status 200 in place of 503"]),
    ("the message names the field and the place in the grammar", "err-rf-schema-unsupported err-so-bad-grammar",
     [r"^\.error\.message: "]),
    ("strings of JSON hold no raw control characters: the text parses", "chat-json-schema chat-so-json",
     [r"^\.choices\[\]\.message\.content: "]),
    ("`disable_any_whitespace` is obeyed", "comp-so-json-whitespace",
     [r"^\.choices\[\]\.(text|finish_reason): ", r"^\.usage\."]),
    ("the older names of structured outputs are obeyed", "comp-guided-legacy-ignored",
     [r"^\.choices\[\]\.(text|finish_reason): ", r"^\.usage\."]),
    ("functions are tools", "chat-unknown-field-ignored", [r"^\.choices\[\]\.message\.content: ", r"^\.usage\."]),
    ("the arguments of a demanded call satisfy its schema", "tools-named tools-named-stream",
     [r"^\.choices\[\]\.message\.tool_calls", r"^\.choices(\[\]|\.0)\.finish_reason: 'length'", r"^\.usage\."]),
    ("white space around a demanded call is the model's", "tools-named-strict", [r"^\.usage\."]),
    ("demanded calls are in the model's own format", "pythonic-required-stream",
     [r"^\.choices\.0\.finish_reason: 'tool_calls'", r"^\.usage\.", CALL_CONTENT]),
    ("content is null beside calls", "pythonic-named-stream", [CALL_CONTENT]),
    ("a call is told once its arguments have begun, and then stays one", "tp-length-cut-stream tp-stop-string-in-args",
     [r"^last chunks: .*function\.name", r"^\.choices\[\]\.message: missing members \[\], extra members \['tool_calls'\]",
      r"^\.choices\[\]\.message\.content: None"]),
    ("only shown reasoning counts as such", "tp-broken-call tp-content-then-two-calls",
     [r"^\.usage\.completion_tokens_details\.reasoning_tokens", r"cached_tokens: 0 in place"]),
    ("another sample ends without text", "stream-chat-n2",
     [r"^last chunks: missing members \['\.choices\[\]\.delta\.content'\], extra members \[\]"]),
    ("a stream says the same as a whole answer", """
        tp-broken-call-stream tp-content-then-two-calls-stream tp-parallel-false-stream tp-think-then-call-stream""",
     [r"^\.choices\.0\.(finish_reason|text): ", r"^text chunks: ", r"reasoning_tokens"]),
    ("adapters are not loaded", "lora-models-after-load", [r"^\.data: 1 elements in place of 3"]),
]

# families of the reference's metrics that are not exported: Python's, features that do not exist here
ABSENT_METRICS = re.compile(
    r"python_.*|vllm:estimated_.*|vllm:external_.*|vllm:mm_.*|vllm:prompt_tokens_cached_by_source_.*")

RECORDINGS = {recording.name: recording for recording in load()}
REPLAYED = sorted(
    (name for name, recording in RECORDINGS.items() if recording.letter in SERVERS and name != "get-metrics"),
    key=lambda name: (RECORDINGS[name].letter, name))


def listed() -> list[tuple[str, object]]:
    """Every recording that the tables name, with its expectation."""
    rows = [(name, ("absent",)) for names in ABSENT.values() for name in names.split()]
    rows += [(name, ("refused", param)) for param, names in REFUSED.items() for name in names.split()]
    return rows + [(name, ("different", patterns)) for _, names, patterns in DIFFERENT for name in names.split()]


EXPECTATIONS = dict(listed())


@pytest.fixture(scope="session")
def servers():
    """Starts each server when it is first asked for, and ends the one before."""
    with contextlib.ExitStack() as stack:
        running: dict = {}

        def get(letter: str):
            if letter not in running:
                stack.close()
                running.clear()
                running[letter] = stack.enter_context(serve(*SERVERS[letter], environment=ENVIRONMENTS.get(letter)))
            return running[letter]
        yield get


def send(server, recording: Recording) -> requests.Response:
    request = recording.request
    return requests.request(
        request["method"], server.root + request["path"], headers=request["headers"], data=recording.body,
        allow_redirects=False, timeout=60)


def header_differences(response: requests.Response, recording: Recording) -> list[str]:
    theirs = recording.response["headers"]
    found = []
    for name in ("content-type", "allow", "access-control-allow-origin", "endpoint-load-metrics"):
        if response.headers.get(name) != theirs.get(name):
            found.append(f"{name}: {response.headers.get(name)} in place of {theirs.get(name)}")
    location = response.headers.get("location")
    if urlsplit(urljoin(response.url, location or "")).path != urlsplit(theirs.get("location", response.url)).path:
        found.append(f"location: {location} in place of {theirs.get('location')}")
    if ("x-request-id" in response.headers) != ("x-request-id" in theirs):
        found.append(f"x-request-id: {response.headers.get('x-request-id')} in place of {theirs.get('x-request-id')}")
    return found


def all_differences(response: requests.Response, recording: Recording) -> list[str]:
    theirs = recording.response
    if response.status_code != theirs["status"]:
        return [f"status {response.status_code} in place of {theirs['status']}: {response.text:.400}"]
    found = header_differences(response, recording)
    if theirs.get("sse", "").startswith("event: "):
        return found + named_stream_differences(response.text, theirs["sse"], greedy=recording.is_greedy)
    if "sse" in theirs:
        return found + stream_differences(response.text, theirs["sse"], greedy=recording.is_greedy)
    if isinstance(theirs.get("body"), (dict, list)):
        return found + differences(response.json(), theirs["body"], greedy=recording.is_greedy)
    if response.text != (theirs.get("body") or ""):
        found.append(f"body: {response.text!r:.300} in place of {theirs.get('body')!r:.300}")
    return found


def test_recordings_are_there():
    if not RECORDINGS:
        assert not os.environ.get("CI"), f"no recordings at {REFERENCE / 'wire'}"
        pytest.skip(f"no recordings at {REFERENCE / 'wire'}")
    assert len(RECORDINGS) > 390 and len(REPLAYED) > 350


def test_tables_name_recordings_once():
    names = [name for name, _ in listed()]
    assert sorted(names) == sorted(set(names)) and (set(names) <= set(REPLAYED) or not RECORDINGS)


@pytest.mark.parametrize("name", REPLAYED)
def test_answer(servers, name):
    recording = RECORDINGS[name]
    response = send(servers(recording.letter), recording)
    match EXPECTATIONS.get(name):
        case ("absent",):
            keyless = SERVERS[recording.letter].count("--api-key") and "Authorization" not in recording.request["headers"]
            assert response.status_code == (401 if keyless else 404), response.text
            assert response.json()["error"]["code"] == response.status_code
        case ("refused", param):
            error = response.json()["error"]
            assert (response.status_code, error["type"], error["param"]) == (400, "BadRequestError", param), error
        case ("different", patterns):
            found = all_differences(response, recording)
            assert found, "the answer is no difference any more"
            unexpected = [text for text in found if not any(re.search(pattern, text) for pattern in patterns)]
            assert not unexpected, "\n".join(unexpected)
        case _:
            found = all_differences(response, recording)
            assert not found, "\n".join(found)


@pytest.mark.skipif(not RECORDINGS, reason="no recordings")
@pytest.mark.parametrize("letter", ["A", "F", "I"])
def test_answers_under_load(servers, letter):
    """Other requests in the batch change no answer."""
    server = servers(letter)
    # one reports the load itself
    chosen = [recording for name, recording in RECORDINGS.items() if name in REPLAYED and recording.letter == letter
              and name not in EXPECTATIONS and name != "orca-header-json" and recording.body and (recording.is_greedy or recording.response["status"] != 200)]
    random.Random(1).shuffle(chosen)
    with ThreadPoolExecutor(32) as pool:
        for recording, response in zip(chosen * 3, pool.map(lambda recording: send(server, recording), chosen * 3)):
            found = all_differences(response, recording)
            assert not found, f"{recording.name}: " + "\n".join(found)


@pytest.mark.skipif(not RECORDINGS, reason="no recordings")
def test_metrics(servers):
    server = servers("A")
    requests.post(f"{server.url}/completions", json={"model": "tiny", "prompt": "Hi", "max_tokens": 2}, timeout=60)
    requests.get(f"{server.url}/models", timeout=60)
    ours = metric_families(requests.get(f"{server.root}/metrics", timeout=60).text)
    theirs = metric_families(RECORDINGS["get-metrics-after-traffic"].response["body"])
    assert set(ours) <= set(theirs), "metrics that the reference does not have"
    assert [name for name in theirs if name not in ours and not ABSENT_METRICS.fullmatch(name)] == []
    assert [name for name in ours if ABSENT_METRICS.fullmatch(name)] == []
    for name, (kind, labels, bounds) in ours.items():
        expected = theirs[name]
        if name == "vllm:cache_config_info":
            assert labels < expected[1]
            continue
        assert (kind, labels, bounds) == expected, name
