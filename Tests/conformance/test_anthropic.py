"""`/v1/messages` with the anthropic SDK: create, stream, tools, thinking, count_tokens; and bad requests."""

import anthropic
import pytest
import requests
from conftest import serve
from recordings import REFERENCE

MODEL = "martlet-mini"
SCRIPT = [str(REFERENCE / "models" / "tiny-script"), "--served-model-name", "script", "--dtype", "float32",
          "--allow-special-tokens-in-content"]
HELLO = [{"role": "user", "content": "What is the capital of France?"}]
TOOLS = [{"name": name, "description": name,
          "input_schema": {"type": "object", "properties": {"x": {"type": "integer"}}}} for name in ("f1", "f2")]


def sdk(server, key: str = "none") -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.root, api_key=key, max_retries=0)


# newer releases of the SDK have no parameter for it
GREEDY = {"temperature": 0}


def trigger(number: int) -> dict:
    """Which of its scripted texts the model is to write, thinking only where the text does."""
    return GREEDY | {"chat_template_kwargs": {"trigger": f"<|S{number}|>", "enable_thinking": number == 3}}


@pytest.fixture(scope="module")
def script():
    with serve(*SCRIPT, "--tool-call-parser", "hermes", "--reasoning-parser", "qwen3") as server:
        yield server


@pytest.fixture(scope="module")
def claude(server):
    return sdk(server)


def test_create_says_what_a_chat_says(claude, client):
    chat = client.chat.completions.create(
        model=MODEL, temperature=0, messages=[{"role": "system", "content": "Be brief."}, *HELLO])
    for system in ("Be brief.", [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]):
        message = claude.messages.create(model=MODEL, max_tokens=100, system=system, messages=HELLO, extra_body=GREEDY)
        assert message.content[0].text == chat.choices[0].message.content
        assert (message.stop_reason, message.stop_sequence, message.role) == ("end_turn", None, "assistant")
        assert message.usage.input_tokens == chat.usage.prompt_tokens
        assert message.usage.output_tokens == chat.usage.completion_tokens


def test_stream_says_what_create_says(claude):
    options = {"model": MODEL, "max_tokens": 60, "messages": [{"role": "user", "content": "Count from 1 to 10"}],
               "extra_body": GREEDY}
    whole = claude.messages.create(**options)
    with claude.messages.stream(**options) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == final.content[0].text == whole.content[0].text
    assert final.stop_reason == whole.stop_reason
    assert (final.usage.input_tokens, final.usage.output_tokens) == (whole.usage.input_tokens, whole.usage.output_tokens)


def test_length_and_stop_sequences(claude):
    options = {"model": MODEL, "messages": HELLO, "extra_body": GREEDY}
    assert claude.messages.create(max_tokens=1, **options).stop_reason == "max_tokens"
    text = claude.messages.create(max_tokens=60, **options).content[0].text
    stop = text[2:4]
    stopped = claude.messages.create(max_tokens=60, stop_sequences=[stop], **options)
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", stop)
    assert "".join(block.text for block in stopped.content) == text[:text.index(stop)]


def test_count_tokens(claude):
    for extra in ({}, {"system": "Be brief."}, {"tools": TOOLS}):
        count = claude.messages.count_tokens(model=MODEL, messages=HELLO, **extra).input_tokens
        assert count == claude.messages.create(model=MODEL, max_tokens=1, messages=HELLO, **extra).usage.input_tokens


def test_tools_in_a_loop(script):
    claude = sdk(script)
    options = {"model": "script", "max_tokens": 60, "tools": TOOLS}
    question = {"role": "user", "content": "Use your tools."}
    first = claude.messages.create(messages=[question], extra_body=trigger(2), **options)
    calls = [block for block in first.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [("f1", {"x": 1}), ("f2", {})]
    assert first.stop_reason == "tool_use"
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "done"} for call in calls]
    history = [question, {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    last = claude.messages.create(messages=history, extra_body=trigger(5), **options)
    assert last.content[-1].text == "No reasoning here, just text." and last.stop_reason == "end_turn"
    with claude.messages.stream(messages=[question], extra_body=trigger(2), **options) as stream:
        streamed = stream.get_final_message()
    assert [(block.name, block.input) for block in streamed.content if block.type == "tool_use"] == [
        (call.name, call.input) for call in calls]
    assert streamed.stop_reason == "tool_use"


def test_demanded_calls(claude):
    options = {"model": MODEL, "max_tokens": 200, "messages": HELLO, "tools": TOOLS, "extra_body": {"temperature": 1}}
    named = claude.messages.create(tool_choice={"type": "tool", "name": "f2"}, **options)
    assert [block.name for block in named.content if block.type == "tool_use"] == ["f2"]
    some = claude.messages.create(tool_choice={"type": "any", "disable_parallel_tool_use": True}, **options)
    assert len([block for block in some.content if block.type == "tool_use"]) == 1


def test_thinking(script):
    claude = sdk(script)
    options = {"model": "script", "max_tokens": 60, "messages": HELLO, "extra_body": trigger(3),
               "thinking": {"type": "enabled", "budget_tokens": 1024}}
    message = claude.messages.create(**options)
    assert [(block.type, getattr(block, "thinking", None) or block.text) for block in message.content] == [
        ("thinking", "Let me think."), ("text", "\n\nThe answer is 4.")]
    with claude.messages.stream(**options) as stream:
        thought = "".join(event.thinking for event in stream if event.type == "thinking")
        final = stream.get_final_message()
    assert thought == final.content[0].thinking == "Let me think." and final.content[0].signature
    again = [*HELLO, {"role": "assistant", "content": final.content}, {"role": "user", "content": "Why?"}]
    assert claude.messages.create(**options | {"messages": again}).content


def test_errors_are_the_sdks(claude):
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.messages.create(model="other", max_tokens=1, messages=HELLO)
    assert caught.value.body["type"] == "error" and "other" in caught.value.body["error"]["message"]
    with pytest.raises(anthropic.BadRequestError) as caught:
        claude.messages.create(model=MODEL, max_tokens=1, messages=HELLO, extra_body={"temperature": 9})
    assert caught.value.body["error"]["type"] == "BadRequestError" and "temperature" in caught.value.body["error"]["message"]


def test_keys():
    with serve("--served-model-name", MODEL, "--api-key", "one", "two") as server:
        assert sdk(server, "two").messages.create(model=MODEL, max_tokens=1, messages=HELLO).usage.output_tokens == 1
        bearer = anthropic.Anthropic(base_url=server.root, auth_token="one", max_retries=0)
        assert bearer.messages.count_tokens(model=MODEL, messages=HELLO).input_tokens > 1
        with pytest.raises(anthropic.AuthenticationError):
            sdk(server, "three").messages.create(model=MODEL, max_tokens=1, messages=HELLO)
        for route in ("chat/completions", "completions", "responses"):
            assert requests.post(f"{server.url}/{route}", json={}, headers={"x-api-key": "one"}, timeout=30).status_code == 401


BAD = [
    ("model", None), ("model", ""), ("model", 5), ("max_tokens", None), ("max_tokens", 0), ("max_tokens", -1), ("max_tokens", "x"),
    ("max_tokens", 10**18), ("messages", None), ("messages", []), ("messages", "x"), ("messages", [5]),
    ("messages", [{"role": "user"}]), ("messages", [{"role": "wizard", "content": "x"}]),
    ("messages", [{"role": "user", "content": 5}]), ("messages", [{"role": "user", "content": [{"type": "image"}]}]),
    ("messages", [{"role": "user", "content": [{"type": "text"}]}]), ("system", 5), ("system", [{"type": "poem"}]),
    ("temperature", 9), ("temperature", "hot"), ("top_p", 7), ("top_k", -5), ("top_k", 1.5), ("stop_sequences", "x"),
    ("stop_sequences", [""]), ("stop_sequences", ["x"] * 1000), ("stream", 5), ("tools", 5), ("tools", [{"name": "f"}]),
    ("tools", [{"type": "bash_20250124", "name": "bash"}]), ("tool_choice", "any"), ("tool_choice", {"type": "any"}),
    ("thinking", True), ("thinking", {"type": "x"}), ("thinking", {"type": "enabled"}), ("metadata", 5), ("mcp_servers", [{}]),
    ("output_config", {"effort": "x"}), ("output_config", {"format": {"type": "json_schema"}}),
]


@pytest.mark.parametrize("field,value", BAD)
def test_bad_values_name_the_field(server, field, value):
    body = {"model": MODEL, "messages": HELLO, "max_tokens": 2} | {field: value}
    response = requests.post(f"{server.url}/messages", json=body, timeout=30)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert field in (error.get("param") or "") or field in error["message"] or (field, value) == ("messages", []), error
