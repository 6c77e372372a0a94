"""Tool calls and reasoning with real clients: the openai SDK's helpers and two agent frameworks."""

import asyncio
import json
import os

import openai
import pytest
import requests
from conftest import serve
from pydantic import BaseModel, ConfigDict
from recordings import REFERENCE

MODEL = "martlet-mini"
SCRIPT = REFERENCE / "models" / "tiny-script"
QUESTION = [{"role": "user", "content": "What is the weather in Paris?"}]

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12},
                                                    "unit": {"enum": ["celsius", "fahrenheit"]}},
                   "required": ["city", "unit"], "additionalProperties": False}}}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {
    "type": "object", "properties": {"zone": {"enum": ["UTC", "CET"]}}, "required": ["zone"], "additionalProperties": False}}}


def ask(client, **options):
    options = {"temperature": 1, "seed": 5, "max_tokens": 500, "tools": [WEATHER, TIME]} | options
    return client.chat.completions.create(model=MODEL, messages=QUESTION, **options)


def check(call):
    arguments = json.loads(call.function.arguments)
    if call.function.name == "get_weather":
        assert set(arguments) == {"city", "unit"} and arguments["unit"] in ("celsius", "fahrenheit")
    else:
        assert call.function.name == "get_time" and arguments["zone"] in ("UTC", "CET")


# demanded calls from the default model, in every format


FORMATS = ["hermes", "llama3_json", "llama4_pythonic", "pythonic", "mistral", "qwen3_coder", "deepseek_v3", "deepseek_v31",
           "granite", "internlm", "jamba", "phi4_mini_json", "kimi_k2", "glm45", "minimax_m2", "xlam", "olmo3", "gemma4"]


@pytest.mark.parametrize("parser", FORMATS)
def test_demanded_calls(parser):
    with serve("--served-model-name", MODEL, "--tool-call-parser", parser) as server:
        client = server.client()
        for seed in range(6):
            options = {"seed": seed, "tool_choice": "required"}
            whole = ask(client, **options).choices[0]
            if whole.finish_reason == "length":
                continue
            assert whole.finish_reason == "tool_calls" and whole.message.tool_calls
            for call in whole.message.tool_calls:
                check(call)
            streamed = gather(ask(client, stream=True, **options))
            assert streamed == [(call.function.name, call.function.arguments) for call in whole.message.tool_calls]
        named = ask(client, tool_choice={"type": "function", "function": {"name": "get_time"}}).choices[0]
        assert [call.function.name for call in named.message.tool_calls] == ["get_time"] and named.finish_reason == "stop"
        check(named.message.tool_calls[0])
        single = ask(client, tool_choice="required", parallel_tool_calls=False).choices[0]
        assert len(single.message.tool_calls) == 1


def gather(stream) -> list[tuple[str, str]]:
    """The calls of a stream: the first delta of a call has its index, id, type and name."""
    calls: list[list[str]] = []
    for chunk in stream:
        for choice in chunk.choices:
            for call in choice.delta.tool_calls or []:
                if call.index == len(calls):
                    assert call.id and call.type == "function" and call.function.name
                    calls.append([call.function.name, ""])
                else:
                    assert call.index == len(calls) - 1 and call.id is None and call.function.name is None
                calls[call.index][1] += call.function.arguments or ""
    return [(name, arguments) for name, arguments in calls]


class GetTime(BaseModel):
    model_config = ConfigDict(extra="forbid")
    zone: str


def test_stream_helper_parses_tools(client):
    tool = openai.pydantic_function_tool(GetTime)
    with client.chat.completions.stream(model=MODEL, messages=QUESTION, tools=[tool], tool_choice="required", seed=1,
                                        max_tokens=400, parallel_tool_calls=False) as stream:
        events = [event.type for event in stream]
        completion = stream.get_final_completion()
    call = completion.choices[0].message.tool_calls[0]
    assert isinstance(call.function.parsed_arguments, GetTime)
    assert "tool_calls.function.arguments.delta" in events and "tool_calls.function.arguments.done" in events


def test_answer_in_a_form_beside_tools(client):
    """With tools and a response format the model may call or answer in that form."""
    schema = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"], "additionalProperties": False}
    for seed in range(6):
        choice = ask(client, seed=seed, response_format={
            "type": "json_schema", "json_schema": {"name": "n", "schema": schema}}).choices[0]
        if choice.finish_reason == "length":
            continue
        if choice.message.tool_calls:
            for call in choice.message.tool_calls:
                check(call)
        else:
            assert json.loads(choice.message.content)["a"] in (1, 2)


def test_functions_of_the_time_before_tools(server):
    body = {"model": MODEL, "messages": QUESTION, "functions": [TIME["function"]], "function_call": {"name": "get_time"},
            "max_tokens": 300, "seed": 3}
    message = requests.post(f"{server.url}/chat/completions", json=body, timeout=60).json()["choices"][0]["message"]
    assert message["function_call"]["name"] == "get_time" and "tool_calls" not in message
    assert json.loads(message["function_call"]["arguments"])["zone"] in ("UTC", "CET")
    refused = requests.post(f"{server.url}/chat/completions", json=body | {"stream": True}, timeout=60)
    assert refused.status_code == 400 and refused.json()["error"]["param"] == "functions" and refused.json()["detail"]


@pytest.mark.parametrize("fields,param", [
    ({"tools": []}, "tools"),
    ({"tools": [{"type": "function"}]}, "body.tools.0.function"),
    ({"tools": [{"type": "function", "function": {}}]}, "body.tools.0.function.name"),
    ({"tools": [TIME], "tool_choice": "sometimes"}, "tool_choice"),
    ({"tools": [TIME], "tool_choice": {"type": "function", "function": {"name": "other"}}}, "tool_choice"),
    ({"tools": [TIME], "tool_choice": {"type": "function"}}, "tool_choice.function"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "nonsense"}}}],
      "tool_choice": "required"}, None),
    ({"tools": [TIME], "tool_choice": {"type": "function", "function": {"name": "get_time"}},
      "structured_outputs": {"regex": "a"}}, "tool_choice"),
])
def test_refused(server, fields, param):
    body = {"model": MODEL, "messages": QUESTION, "max_tokens": 4} | fields
    answer = requests.post(f"{server.url}/chat/completions", json=body, timeout=30)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text


def test_budget_of_thinking_needs_a_format(server):
    body = {"model": MODEL, "messages": QUESTION, "max_tokens": 4, "thinking_token_budget": 5}
    answer = requests.post(f"{server.url}/chat/completions", json=body, timeout=30)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "thinking_token_budget"


def test_unknown_parser_ends_the_start():
    with pytest.raises(AssertionError):
        with serve("--tool-call-parser", "no_such_parser"):
            pass


# agents: a model whose answers are scripted calls two tools and then answers


SCRIPTED = pytest.mark.skipif(
    not SCRIPT.exists() and not os.environ.get("CI"), reason="the scripted model is not beside the repository")


@pytest.fixture(scope="module")
def agent_server(tmp_path_factory):
    source = (SCRIPT / "chat_template.jinja").read_text() if (SCRIPT / "chat_template.jinja").exists() else json.loads(
        (SCRIPT / "tokenizer_config.json").read_text())["chat_template"]
    old = "{% if trigger %}{{ trigger }}{% endif %}"
    assert old in source
    template = tmp_path_factory.mktemp("agent") / "template.jinja"
    template.write_text(source.replace(old, "{{ '<|S5|>' if messages[-1].role == 'tool' else '<|S2|>' }}"))
    with serve(str(SCRIPT), "--served-model-name", "script", "--dtype", "float32", "--chat-template", str(template),
               "--tool-call-parser", "hermes", "--reasoning-parser", "none", "--allow-special-tokens-in-content") as server:
        yield server


@SCRIPTED
def test_pydantic_ai_runs_a_loop_of_two_tools(agent_server):
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    called = []
    model = OpenAIChatModel("script", provider=OpenAIProvider(base_url=agent_server.url, api_key="none"))
    agent = Agent(model)

    @agent.tool_plain
    def f1(x: int) -> str:
        called.append(("f1", x))
        return "one"

    @agent.tool_plain
    def f2() -> str:
        called.append(("f2",))
        return "two"

    result = asyncio.run(agent.run("Use your tools."))
    assert sorted(called) == [("f1", 1), ("f2",)]
    assert result.output == "No reasoning here, just text."

    async def streamed():
        async with agent.run_stream("Use your tools.") as run:
            return await run.get_output()

    called.clear()
    assert asyncio.run(streamed()) in ("No reasoning here, just text.", "Sure, ")


@SCRIPTED
def test_langchain_runs_a_loop_of_two_tools(agent_server):
    from langchain_core.messages import HumanMessage, ToolMessage
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI

    @tool
    def f1(x: int) -> str:
        """One."""
        return f"one {x}"

    @tool
    def f2() -> str:
        """Two."""
        return "two"

    tools = {"f1": f1, "f2": f2}
    model = ChatOpenAI(model="script", base_url=agent_server.url, api_key="none", temperature=0).bind_tools([f1, f2])
    messages = [HumanMessage("Use your tools.")]
    answer = model.invoke(messages)
    assert [call["name"] for call in answer.tool_calls] == ["f1", "f2"]
    messages.append(answer)
    for call in answer.tool_calls:
        messages.append(ToolMessage(tools[call["name"]].invoke(call["args"]), tool_call_id=call["id"]))
    assert messages[-2].content == "one 1"
    assert model.invoke(messages).content == "No reasoning here, just text."
    chunks = list(model.stream([HumanMessage("Use your tools.")]))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("f1", {"x": 1}), ("f2", {})]


# reasoning


@SCRIPTED
def test_reasoning_is_apart_from_the_answer():
    with serve(str(SCRIPT), "--served-model-name", "script", "--dtype", "float32", "--reasoning-parser", "qwen3",
               "--allow-special-tokens-in-content") as server:
        def answer(**fields):
            body = {"model": "script", "messages": QUESTION, "temperature": 0, "max_tokens": 60,
                    "chat_template_kwargs": {"trigger": "<|S3|>"}} | fields
            return requests.post(f"{server.url}/chat/completions", json=body, timeout=60)

        message = answer().json()["choices"][0]["message"]
        assert (message["reasoning"], message["content"]) == ("Let me think.", "\n\nThe answer is 4.")
        hidden = answer(include_reasoning=False).json()["choices"][0]["message"]
        assert (hidden["reasoning"], hidden["content"]) == (None, "\n\nThe answer is 4.")
        for budget, thought in [(0, None), (1, "Let me ")]:
            limited = answer(thinking_token_budget=budget, max_tokens=8).json()["choices"][0]["message"]
            assert limited["reasoning"] == thought, limited
        assert answer(thinking_token_budget=-2).json()["error"]["param"] == "thinking_token_budget"
        off = answer(reasoning_effort="none", chat_template_kwargs={"trigger": "<|S5|>"}).json()["choices"][0]["message"]
        assert (off["reasoning"], off["content"]) == (None, "No reasoning here, just text.")
        reasoning = content = ""
        client = server.client()
        for chunk in client.chat.completions.create(
                model="script", messages=QUESTION, temperature=0, max_tokens=60, stream=True,
                extra_body={"chat_template_kwargs": {"trigger": "<|S3|>"}}):
            delta = chunk.choices[0].delta
            reasoning += getattr(delta, "reasoning", None) or ""
            content += delta.content or ""
        assert (reasoning, content) == ("Let me think.", "\n\nThe answer is 4.")
