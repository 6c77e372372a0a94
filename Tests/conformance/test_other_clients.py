"""Clients that are not the current SDK: openai 0.28, `requests` line by line, curl, node's fetch, litellm."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import requests

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch a list of prices otherwise
import litellm  # noqa: E402

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


# litellm knows this server as any of OpenAI's API and as vLLM
PROVIDERS = ["openai", "hosted_vllm"]
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {
    "type": "object", "properties": {"zone": {"enum": ["UTC", "CET"]}}, "required": ["zone"], "additionalProperties": False}}}


def lite(server, provider: str, **options):
    options = {"messages": CHAT["messages"], "temperature": 0, "timeout": 60, "num_retries": 0} | options
    return litellm.completion(model=f"{provider}/martlet-mini", api_base=server.url, api_key="EMPTY", **options)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_litellm_chats(server, provider):
    answer = lite(server, provider)
    assert answer.choices[0].message.content == whole_text(server) and answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_litellm_streams(server, provider):
    chunks = list(lite(server, provider, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole_text(server)
    built = litellm.stream_chunk_builder(chunks)
    assert built.choices[0].finish_reason == "stop"
    assert built.usage.completion_tokens == lite(server, provider).usage.completion_tokens


@pytest.mark.parametrize("provider", PROVIDERS)
def test_litellm_calls_tools(server, provider):
    options = {"tools": [TIME], "tool_choice": "required", "parallel_tool_calls": False, "temperature": 1, "seed": 3,
               "max_tokens": 300}
    whole = lite(server, provider, **options).choices[0]
    assert whole.finish_reason == "tool_calls"
    [call] = whole.message.tool_calls
    assert call.function.name == "get_time" and json.loads(call.function.arguments)["zone"] in ("UTC", "CET")
    streamed = litellm.stream_chunk_builder(list(lite(server, provider, stream=True, **options))).choices[0]
    assert [item.function.model_dump() for item in streamed.message.tool_calls] == [call.function.model_dump()]
    result = [*CHAT["messages"], whole.message.model_dump(), {"role": "tool", "tool_call_id": call.id, "content": "12:30"}]
    assert lite(server, provider, messages=result, tools=[TIME], max_tokens=8).choices[0].message.role == "assistant"


def test_litellm_completes_and_responds(server):
    model = {"model": "openai/martlet-mini", "api_base": server.url, "api_key": "EMPTY", "timeout": 60}
    text = litellm.text_completion(**(model | {"model": "text-completion-openai/martlet-mini"}), prompt="Hi", max_tokens=4)
    assert text.choices[0].text and text.usage.completion_tokens == 4
    answer = litellm.responses(**model, input=CHAT["messages"][0]["content"], temperature=0)
    assert answer.output[-1].content[0].text == whole_text(server)


def test_litellm_tells_refusals_apart(server):
    with pytest.raises(litellm.BadRequestError, match="top_p"):
        lite(server, "openai", top_p=2)
    with pytest.raises(litellm.NotFoundError, match="nothing"):
        litellm.completion(model="openai/nothing", api_base=server.url, api_key="EMPTY", messages=CHAT["messages"])
