"""`/v1/responses` with the openai SDK: create, stream, parse, tools, stored responses; and bad requests."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
import requests
from conftest import serve
from pydantic import BaseModel
from recordings import REFERENCE, named_events

MODEL = "martlet-mini"
SCRIPT = [str(REFERENCE / "models" / "tiny-script"), "--served-model-name", "script", "--dtype", "float32",
          "--allow-special-tokens-in-content"]
TOOLS = [{"type": "function", "name": name, "description": name, "strict": False,
          "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}}} for name in ("f1", "f2")]


def trigger(number: int) -> dict:
    """Which of its scripted texts the model is to write, thinking only where the text does."""
    return {"chat_template_kwargs": {"trigger": f"<|S{number}|>", "enable_thinking": number == 3}}


@pytest.fixture(scope="module")
def script():
    with serve(*SCRIPT, "--tool-call-parser", "hermes", "--reasoning-parser", "qwen3") as server:
        yield server


def test_create_says_what_a_chat_says(client):
    chat = client.chat.completions.create(
        model=MODEL, temperature=0, messages=[{"role": "system", "content": "Be brief."},
                                              {"role": "user", "content": "What is the capital of France?"}])
    for question in ("What is the capital of France?",
                     [{"role": "user", "content": [{"type": "input_text", "text": "What is the capital of France?"}]}]):
        response = client.responses.create(model=MODEL, instructions="Be brief.", input=question, temperature=0)
        assert response.output_text == chat.choices[0].message.content
        assert response.status == "completed" and response.incomplete_details is None
        assert response.usage.input_tokens == chat.usage.prompt_tokens
        assert response.usage.output_tokens == chat.usage.completion_tokens


def test_stream_says_what_create_says(client):
    options = {"model": MODEL, "input": "Count from 1 to 10", "temperature": 0}
    whole = client.responses.create(**options)
    with client.responses.stream(**options) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert final.output_text == whole.output_text
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == whole.output_text
    assert [event.sequence_number for event in events if event.type != "response.output_text.delta"][:3] == [0, 1, 2]
    assert events[-1].type == "response.completed"
    assert client.responses.retrieve(final.id).output_text == whole.output_text


def test_length_and_log_probabilities(client):
    response = client.responses.create(
        model=MODEL, input="Count from 1 to 10", temperature=0, max_output_tokens=4, top_logprobs=2,
        include=["message.output_text.logprobs"])
    assert response.status == "incomplete" and response.incomplete_details.reason == "max_output_tokens"
    positions = response.output[0].content[0].logprobs
    assert "".join(position.token for position in positions) == response.output_text
    assert all(len(position.top_logprobs) == 2 for position in positions)


class Answer(BaseModel):
    city: str
    number: int


def test_parse(client):
    response = client.responses.parse(
        model=MODEL, input="Name a city and a number.", text_format=Answer, temperature=1, max_output_tokens=400,
        extra_body={"seed": 3})
    assert response.status == "incomplete" or isinstance(response.output_parsed, Answer)
    with client.responses.stream(model=MODEL, input="Name a city and a number.", text_format=Answer, temperature=1,
                                 max_output_tokens=400, extra_body={"seed": 3}) as stream:
        assert stream.get_final_response().output_text == response.output_text


def test_tools_in_a_loop(script):
    client = script.client()
    options = {"model": "script", "tools": TOOLS, "temperature": 0, "extra_body": trigger(2)}
    first = client.responses.create(input="Use your tools.", **options)
    calls = [item for item in first.output if item.type == "function_call"]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [("f1", {"x": 1}), ("f2", {})]
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "done"} for call in calls]
    last = {"model": "script", "tools": TOOLS, "temperature": 0, "extra_body": trigger(5)}
    by_id = client.responses.create(previous_response_id=first.id, input=results, **last)
    history = [{"role": "user", "content": "Use your tools."}, *first.model_dump(exclude_none=True)["output"]]
    by_items = client.responses.create(input=history + results, store=False, **last)
    assert by_id.output_text == by_items.output_text == "No reasoning here, just text."
    assert by_id.usage.input_tokens == by_items.usage.input_tokens
    with client.responses.stream(input="Use your tools.", **options) as stream:
        deltas: dict = {}
        for event in stream:
            if event.type == "response.function_call_arguments.delta":
                deltas[event.output_index] = deltas.get(event.output_index, "") + event.delta
        streamed = stream.get_final_response()
    assert [(item.name, item.arguments) for item in streamed.output if item.type == "function_call"] == [
        (call.name, call.arguments) for call in calls]
    assert list(deltas.values()) == [call.arguments for call in calls]


def test_demanded_calls(client):
    named = client.responses.create(
        model=MODEL, input="Hi", tools=TOOLS, tool_choice={"type": "function", "name": "f2"}, temperature=1,
        max_output_tokens=200, extra_body={"seed": 1})
    assert [item.name for item in named.output if item.type == "function_call"] == ["f2"]
    required = client.responses.create(
        model=MODEL, input="Hi", tools=TOOLS, tool_choice="required", temperature=1, max_output_tokens=200,
        parallel_tool_calls=False, extra_body={"seed": 1})
    assert len([item for item in required.output if item.type == "function_call"]) == 1


def test_reasoning(script):
    client = script.client()
    options = {"model": "script", "input": "Hi", "temperature": 0, "extra_body": trigger(3)}
    response = client.responses.create(**options)
    reasoning, message = response.output
    assert reasoning.type == "reasoning" and reasoning.content[0].text == "Let me think."
    assert message.content[0].text == "\n\nThe answer is 4."
    assert response.usage.output_tokens_details.reasoning_tokens > 0
    events = list(client.responses.create(stream=True, **options))
    assert "".join(event.delta for event in events if event.type == "response.reasoning_text.delta") == "Let me think."
    assert events[-1].response.output_text == response.output_text


def test_chain_and_store(client):
    first = client.responses.create(model=MODEL, input="What is the capital of France?", instructions="Be brief.", temperature=0)
    second = client.responses.create(model=MODEL, input="And of Spain?", previous_response_id=first.id, temperature=0)
    messages = [{"role": "user", "content": "What is the capital of France?"},
                {"role": "assistant", "content": first.output_text}, {"role": "user", "content": "And of Spain?"}]
    chat = client.chat.completions.create(model=MODEL, messages=messages, temperature=0)
    assert second.output_text == chat.choices[0].message.content, "instructions do not carry over"
    assert client.responses.retrieve(second.id).previous_response_id == first.id
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model=MODEL, input="x", previous_response_id=first.id)
    hidden = client.responses.create(model=MODEL, input="x", store=False, max_output_tokens=1)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(hidden.id)
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(second.id)


def wait(client, response, statuses):
    deadline = time.time() + 60
    while response.status not in statuses:
        assert time.time() < deadline, response.status
        time.sleep(0.05)
        response = client.responses.retrieve(response.id)
    return response


def test_background(client):
    options = {"model": MODEL, "input": "Count from 1 to 10", "temperature": 0}
    queued = client.responses.create(background=True, **options)
    assert queued.status in ("queued", "in_progress") and queued.output == []
    done = wait(client, queued, ("completed",))
    assert done.output_text == client.responses.create(**options).output_text
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(done.id)
    endless = {"background": True, "max_output_tokens": 400, "extra_body": {"ignore_eos": True}}
    running = client.responses.create(**options, **endless)
    assert client.responses.cancel(running.id).status == "cancelled"
    assert client.responses.cancel(running.id).status == "cancelled"
    wait(client, client.responses.retrieve(running.id), ("cancelled",))
    gone = client.responses.create(**options, **endless)
    client.responses.delete(gone.id)
    time.sleep(1)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(gone.id)


def test_responses_belong_to_the_key():
    with serve("--served-model-name", MODEL, "--api-key", "one", "two") as server:
        one, two = server.client(api_key="one"), server.client(api_key="two")
        response = one.responses.create(model=MODEL, input="Hi", max_output_tokens=2)
        assert one.responses.retrieve(response.id).id == response.id
        for call in (two.responses.retrieve, two.responses.delete, two.responses.cancel):
            with pytest.raises(openai.NotFoundError):
                call(response.id)
        with pytest.raises(openai.NotFoundError):
            two.responses.create(model=MODEL, input="Hi", previous_response_id=response.id)


def test_a_long_stream_is_whole(client, server):
    body = {"model": MODEL, "input": "Count", "temperature": 0, "max_output_tokens": 200, "ignore_eos": True, "stream": True}
    events = named_events(requests.post(f"{server.url}/responses", json=body, timeout=120).text)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[-1]["response"]["usage"]["output_tokens"] == 200


BAD = [
    ("input", 5), ("input", []), ("input", [[]]), ("input", [{"role": "wizard", "content": "x"}]), ("input", {}),
    ("input", [{"type": "computer_call"}]), ("input", [{"role": "user", "content": [{"type": "input_image"}]}]),
    ("input", [{"type": "function_call_output", "output": "x"}]), ("instructions", 5), ("model", 5),
    ("max_output_tokens", 0), ("max_output_tokens", -1), ("max_output_tokens", 10**18), ("max_output_tokens", "many"),
    ("temperature", 9), ("temperature", "hot"), ("top_p", 0), ("top_k", -5), ("presence_penalty", 3), ("seed", 2**70),
    ("stop", [""]), ("stop", ["x"] * 1000), ("logit_bias", {"x": 1}), ("include", ["x"]), ("top_logprobs", -2),
    ("tools", [{"type": "web_search"}]), ("tools", [{"type": "function"}]), ("tools", 5), ("tool_choice", "required"),
    ("tool_choice", []), ("text", 5), ("text", {"format": {"type": "x"}}), ("reasoning", "high"),
    ("text", {"format": {"type": "json_schema", "name": "n", "schema": {"type": "nonsense"}}}),
    ("reasoning", {"effort": "x"}), ("metadata", []), ("store", "perhaps"), ("stream", 5), ("truncation", "auto"),
    ("request_id", "a b"), ("cache_salt", ""), ("conversation", "c"), ("prompt", {"id": "x"}), ("service_tier", "x"),
]


@pytest.mark.parametrize("field,value", BAD)
def test_bad_values_name_the_field(server, field, value):
    body = {"model": MODEL, "input": "Hi", "max_output_tokens": 2} | {field: value}
    response = requests.post(f"{server.url}/responses", json=body, timeout=30)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert error["code"] == 400
    assert field in (error["param"] or "") or field in error["message"] or (field, value) == ("input", []), error


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b'{"input":"\\ud800"}', b"[" * 100_000, b"\xff\xfe",
                                  b'{"input":NaN}', b'{"input":' + b"[" * 500 + b"]" * 500 + b"}"])
def test_malformed_bodies(server, body):
    for route in ("responses", "messages", "messages/count_tokens"):
        response = requests.post(f"{server.url}/{route}", data=body, headers={"Content-Type": "application/json"}, timeout=30)
        assert response.status_code == 400, response.text


@pytest.mark.parametrize("path", ["resp_x", "resp_x/cancel", "%00", "a/b/c", "x" * 5000])
def test_unknown_responses(server, path):
    for call in (requests.get, requests.post, requests.delete):
        assert call(f"{server.url}/responses/{path}", timeout=30).status_code in (400, 404, 405)


def test_bad_requests_disturb_no_stream(client, server):
    def stream():
        events = client.responses.create(model=MODEL, input="Count from 1 to 10", temperature=0, stream=True)
        return "".join(event.delta for event in events if event.type == "response.output_text.delta")

    def refused(field, value):
        body = {"model": MODEL, "input": "Hi", "max_output_tokens": 2} | {field: value}
        return requests.post(f"{server.url}/responses", json=body, timeout=60).status_code

    expected = stream()
    with ThreadPoolExecutor(8) as pool:
        streams = [pool.submit(stream) for _ in range(4)]
        assert set(pool.map(lambda row: refused(*row), BAD)) == {400}
        assert [running.result() for running in streams] == [expected] * 4
