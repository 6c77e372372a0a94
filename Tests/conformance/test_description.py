"""`/openapi.json` is an OpenAPI document, and the answers are what it says."""

import jsonschema
import pytest
import requests
from openapi_spec_validator import validate


@pytest.fixture(scope="module")
def document(server) -> dict:
    return requests.get(f"{server.root}/openapi.json", timeout=10).json()


def test_document_is_valid(document):
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]["/v1/chat/completions"]) == {"post"}
    identifiers = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(identifiers) == len(set(identifiers))


def test_every_route_exists(server, document):
    for path, item in document["paths"].items():
        for method in item:
            answer = requests.request(method, server.root + path.replace("{id}", "martlet-mini"), timeout=10)
            assert str(answer.status_code) in item[method]["responses"], f"{method} {path}: {answer.status_code}"


BODIES = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 3, "logprobs": True},
    "/v1/completions": {"prompt": "Hi", "max_tokens": 3, "logprobs": 1},
    "/v1/chat/completions/render": {"messages": [{"role": "user", "content": "Hi"}]},
    "/v1/completions/render": {"prompt": "Hi"},
    "/tokenize": {"prompt": "Hi", "return_token_strs": True},
    "/detokenize": {"tokens": [1, 2]},
}


@pytest.mark.parametrize("path", BODIES)
def test_bodies_and_answers_fit(server, document, path):
    operation = document["paths"][path]["post"]

    def check(value, content: dict) -> None:
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(value)

    check(BODIES[path], operation["requestBody"]["content"])
    answer = requests.post(server.root + path, json=BODIES[path], timeout=30)
    assert answer.status_code == 200
    check(answer.json(), operation["responses"]["200"]["content"])
    answer = requests.post(server.root + path, json={"prompt": {}, "messages": 1, "tokens": ""}, timeout=30)
    assert answer.status_code == 400
    check(answer.json(), operation["responses"]["400"]["content"])


@pytest.mark.parametrize("path", BODIES)
def test_every_described_field_is_read(server, document, path):
    """A value of a wrong type is refused by the field's name."""
    reference = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    # values of any kind, and what is read beside another field only
    free = {"documents", "guided_json", "function_call"} | ({"prompt"} if path == "/tokenize" else set())
    rest = {"messages": BODIES["/v1/chat/completions"]["messages"]} if path == "/tokenize" else BODIES[path]
    for name in schema["properties"]:
        if name in free:
            continue
        body = rest | {name: [{"a": [[]]}]}
        answer = requests.post(server.root + path, json=body, timeout=30)
        assert answer.status_code in (400, 404), f"{name} is not read: {answer.text:.200}"
        assert name in answer.text, f"{name}: {answer.text:.300}"
