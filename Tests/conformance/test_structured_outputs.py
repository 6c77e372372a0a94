"""Structured outputs: what is generated under a demand satisfies it, and a demand that cannot be met is a 400."""

import json
import os
import re
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import jsonschema
import openai
import pytest
import requests
from conftest import serve
from pydantic import BaseModel, ConfigDict, Field
from recordings import REFERENCE

MODEL = "martlet-mini"
FIXTURES = REFERENCE.parent / "fixtures" / "structured"
QUESTION = [{"role": "user", "content": "Tell me about Paris."}]


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=12)
    age: int = Field(ge=0, le=120)
    mood: Literal["good", "bad"]


class Team(BaseModel):
    model_config = ConfigDict(extra="forbid")
    members: list[Person] = Field(min_length=1, max_length=2)


def chat(client, **options):
    options = {"temperature": 1, "seed": 4, "max_tokens": 900} | options
    return client.chat.completions.create(model=MODEL, messages=QUESTION, **options)


def schema_format(model) -> dict:
    return {"type": "json_schema", "json_schema": {"name": model.__name__, "schema": model.model_json_schema()}}


# with the real SDK


def test_parse_into_pydantic(client):
    answer = client.chat.completions.parse(
        model=MODEL, messages=QUESTION, response_format=Team, temperature=1, seed=2, max_tokens=900)
    team = answer.choices[0].message.parsed
    assert isinstance(team, Team) and 1 <= len(team.members) <= 2


def test_stream_helper_gives_the_same(client):
    options = {"model": MODEL, "messages": QUESTION, "response_format": Person, "temperature": 1, "seed": 9, "max_tokens": 900}
    whole = client.chat.completions.parse(**options)
    with client.chat.completions.stream(**options) as stream:
        streamed = stream.until_done().get_final_completion()
    assert streamed.choices[0].message.parsed == whole.choices[0].message.parsed
    assert streamed.choices[0].finish_reason == whole.choices[0].finish_reason == "stop"


def test_choices_with_logprobs(client):
    answer = chat(client, response_format=schema_format(Person), n=4, logprobs=True, top_logprobs=2)
    assert len({choice.message.content for choice in answer.choices}) > 1
    for choice in answer.choices:
        Person.model_validate_json(choice.message.content)
        # the raw model's probabilities; the last token ends the text
        text = "".join(token.token for token in choice.logprobs.content[:-1])
        assert text == choice.message.content
        assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in choice.logprobs.content)


def test_json_object(client):
    answer = chat(client, response_format={"type": "json_object"})
    if answer.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_completions(client):
    for field, check in [
        ({"structured_outputs": {"regex": "[A-Z]{2}-[0-9]{3}"}}, lambda text: re.fullmatch("[A-Z]{2}-[0-9]{3}", text)),
        ({"structured_outputs": {"choice": ["yes", "no"]}}, lambda text: text in ("yes", "no")),
        ({"structured_outputs": {"grammar": 'root ::= "a" [0-9] "b"'}}, lambda text: re.fullmatch("a[0-9]b", text)),
        ({"structured_outputs": {"grammar": 'start: "a" /[0-9]/ "b"'}}, lambda text: re.fullmatch("a[0-9]b", text)),
        ({"guided_choice": ["left", "right"]}, lambda text: text in ("left", "right")),
        ({"guided_regex": "ab{3}"}, lambda text: text == "abbb"),
        ({"guided_json": {"enum": [1, "one"]}}, lambda text: text in ("1", '"one"')),
        ({"guided_grammar": 'root ::= "q"'}, lambda text: text == "q"),
        ({"structural_tag": json.dumps({"type": "structural_tag", "format": {
            "type": "tag", "begin": "<n>", "content": {"type": "regex", "pattern": "[0-9]"}, "end": "</n>"}})},
         lambda text: re.fullmatch("<n>[0-9]</n>", text)),
    ]:
        answer = client.completions.create(
            model=MODEL, prompt="Once", n=2, temperature=1, seed=3, max_tokens=30, extra_body=field)
        for choice in answer.choices:
            assert check(choice.text), (field, choice.text)
            assert choice.finish_reason == "stop"


def test_white_space_is_as_asked_for(client):
    for options, pattern in [({"disable_any_whitespace": True}, r'\{"a":"[xy]"\}'), ({"whitespace_pattern": " "}, r'\{ "a" : "[xy]" \}')]:
        schema = {"type": "object", "properties": {"a": {"enum": ["x", "y"]}}, "required": ["a"], "additionalProperties": False}
        answer = chat(client, extra_body={"structured_outputs": {"json": schema, **options}})
        assert re.fullmatch(pattern, answer.choices[0].message.content), answer.choices[0].message.content


def test_cut_answer_says_length(client):
    answer = chat(client, extra_body={"structured_outputs": {"regex": "a{200}"}}, max_tokens=5)
    assert answer.choices[0].finish_reason == "length"
    assert set(answer.choices[0].message.content) == {"a"}


# the references' schemas with random weights


@pytest.mark.skipif(not FIXTURES.exists() and not os.environ.get("CI"), reason="the shared fixtures are not beside the repository")
def test_a_thousand_answers_validate():
    cases = [case for case in json.loads((FIXTURES / "json-schema.json").read_text())["cases"] if case["valid"]]
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    with serve(str(REFERENCE / "models" / "tiny-llama-chat"), "--dtype", "float32", "--served-model-name", "tiny",
               "--max-model-len", "1024") as server:
        def answer(number: int):
            case = cases[number % len(cases)]
            body = {"model": "tiny", "messages": QUESTION, "temperature": 1, "seed": number, "max_tokens": 500,
                    "structured_outputs": {"json": case["schema"], "whitespace_pattern": " ?"}}
            response = requests.post(f"{server.url}/chat/completions", json=body, timeout=300)
            return case, response.status_code, response.json()

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(answer, range(1000)))
    complete: dict[str, int] = {}
    for case, status, body in answers:
        if status == 400 and "not supported" in body["error"]["message"]:
            assert any(keyword in json.dumps(case["schema"]) for keyword in ("uniqueItems", "unevaluated", '"not"')), case
            continue
        assert status == 200, (case["id"], body)
        choice = body["choices"][0]
        complete.setdefault(case["id"], 0)
        if choice["finish_reason"] != "stop":
            assert choice["finish_reason"] == "length", (case["id"], choice)
            continue
        complete[case["id"]] += 1
        value = json.loads(choice["message"]["content"])
        jsonschema.Draft202012Validator(case["schema"], format_checker=checker).validate(value)
    assert sum(complete.values()) > 600, complete
    assert len([count for count in complete.values() if count]) > 0.9 * len(complete), complete


# what is wrong


REFUSED = [
    ({"structured_outputs": {"regex": "a", "choice": ["b"]}}, "Only one kind"),
    ({"structured_outputs": {"regex": "a"}, "guided_regex": "b"}, "cannot be combined"),
    ({"structured_outputs": {}}, "needs one of"),
    ({"structured_outputs": {"json": "{"}}, "structured_outputs.json"),
    ({"structured_outputs": {"json": 5}}, "structured_outputs.json"),
    ({"structured_outputs": {"json": False}}, "nothing satisfies"),
    ({"structured_outputs": {"json": {"type": "nonsense"}}}, "#/type"),
    ({"structured_outputs": {"json": {"type": "array", "items": {"unevaluatedProperties": False}}}}, "unevaluatedProperties"),
    ({"structured_outputs": {"json": {"allOf": [{"type": "string"}, {"type": "integer"}]}}}, "nothing satisfies"),
    ({"structured_outputs": {"json": {"$ref": "#/$defs/none"}}}, "$ref"),
    ({"structured_outputs": {"regex": "(?=a)b"}}, "structured_outputs.regex"),
    ({"structured_outputs": {"regex": "(" * 2000}}, "structured_outputs.regex"),
    ({"structured_outputs": {"regex": "((a{1,500}){1,500}){1,500}"}}, "structured_outputs.regex"),
    ({"structured_outputs": {"grammar": "root ::= missing"}}, "missing"),
    ({"structured_outputs": {"grammar": " "}}, "must not be empty"),
    ({"structured_outputs": {"grammar": "root ::= sum\nsum ::= sum \"+\" [0-9] | [0-9]"}}, "left-recursive rule `sum`"),
    ({"structured_outputs": {"json": {"enum": list(range(100_000))}}}, "#/enum"),
    ({"structured_outputs": {"choice": []}}, "empty list"),
    ({"structured_outputs": {"choice": ["a", 1]}}, "structured_outputs.choice"),
    ({"structured_outputs": {"choice": "yes"}}, "structured_outputs.choice"),
    ({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": json.loads("[" * 70 + "]" * 70)}}}, "deeper"),
    ({"response_format": {"type": "structural_tag", "format": {"type": "odd"}}}, "odd"),
    ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.name"),
    ({"guided_json_object": True, "guided_choice": ["a"]}, "guided_json_object"),
]


@pytest.mark.parametrize("fields,part", REFUSED, ids=range(len(REFUSED)))
def test_refused(server, fields, part):
    for path, body in [("chat/completions", {"messages": QUESTION}), ("completions", {"prompt": "a"})]:
        answer = requests.post(f"{server.url}/{path}", json={"model": MODEL, "max_tokens": 4, **body, **fields}, timeout=30)
        assert answer.status_code == 400, answer.text
        assert part in answer.json()["error"]["message"] + str(answer.json()["error"]["param"]), answer.text


def hostile_demands() -> list[dict]:
    properties = {f"p{number}": {"type": "string", "pattern": f"^(a|b){{{number % 40}}}c*$"} for number in range(8000)}
    return [
        {"json": {"type": "object", "properties": properties}},
        {"json": {"enum": [f"value {number}" for number in range(100_000)]}},
        {"choice": [f"choice {number * 7919}" for number in range(60_000)]},
        {"regex": "(a|aa|aaa){1,300}(b?c?d?){200}"},
        {"regex": "(x+x+)+y" * 50},
        {"grammar": "root ::= root root | \"a\" | root \"b\" root"},
    ]


def test_large_demands_do_not_hold_up_a_stream(server):
    """A stream has the same text, and about the same time between tokens, while large grammars are compiled."""
    body = {"model": MODEL, "prompt": "The history of the city", "max_tokens": 300, "temperature": 0, "ignore_eos": True,
            "stream": True}

    def stream() -> tuple[str, list[float]]:
        text, times = "", []
        with requests.post(f"{server.url}/completions", json=body, stream=True, timeout=120) as answer:
            for line in answer.iter_lines():
                if line.startswith(b"data: {"):
                    text += json.loads(line[6:])["choices"][0]["text"]
                    times.append(time.monotonic())
        return text, [later - earlier for earlier, later in zip(times, times[1:])]

    alone, _ = stream()
    stop = threading.Event()
    statuses: list[int] = []

    def compile_all():
        demands = hostile_demands()
        while not stop.is_set():
            for demand in demands:
                answer = requests.post(f"{server.url}/completions", timeout=120, json={
                    "model": MODEL, "prompt": "a", "max_tokens": 1, "structured_outputs": demand})
                statuses.append(answer.status_code)
                if stop.is_set():
                    break

    thread = threading.Thread(target=compile_all)
    thread.start()
    try:
        together, gaps = stream()
    finally:
        stop.set()
        thread.join()
    assert together == alone
    assert set(statuses) <= {200, 400}, statuses
    # no stall: what a client would see as a hang
    assert max(gaps) < 1.0, (max(gaps), statistics.median(gaps))


def test_client_that_leaves_ends_its_compilation(server):
    demand = hostile_demands()[0]
    with pytest.raises(requests.Timeout):
        requests.post(f"{server.url}/completions", timeout=0.2, json={
            "model": MODEL, "prompt": "a", "structured_outputs": demand})
    answer = server.client().completions.create(model=MODEL, prompt="a", max_tokens=1)
    assert answer.choices[0].finish_reason == "length"


def test_contradicting_demands_end_one_request(server, client):
    with pytest.raises(openai.APIStatusError):
        client.completions.create(
            model=MODEL, prompt="a", max_tokens=5,
            extra_body={"structured_outputs": {"choice": ["yes"]}, "allowed_token_ids": [0]})
    assert client.completions.create(model=MODEL, prompt="a", max_tokens=1).choices[0].text is not None
