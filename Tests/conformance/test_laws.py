"""Laws that hold for any request: streamed is whole, repeated is equal, more tokens only add, a batch changes nothing."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from recordings import events, joined, order_errors

QUESTIONS = ["What is the capital of France?", "Tell me a joke.", "Count from 1 to 9.", "Grüße! 你好 👋", "Write a haiku."]
STARTS = ["San Francisco is a", "Once upon a time", "1 2 3 4", "The capital of Italy is", "é"]
STOPS = [["."], ["a", " th"], ["\n"], ["The capital", "zzz"], ["!", "?", ".", ","]]


def request(seed: int) -> tuple[str, dict]:
    """A request with a seed, of any of the fields that shape what is generated."""
    draw = random.Random(seed)
    temperature = draw.choice([0, 0, 0.3, 1, 1.7])
    body = {"model": "martlet-mini", "seed": seed, "temperature": temperature, "max_tokens": draw.choice([1, 2, 5, 17, 40])}
    options = {
        "top_p": draw.choice([0.3, 0.9]), "top_k": draw.choice([-1, 1, 5, 40]), "min_p": draw.choice([0, 0.2]),
        "presence_penalty": draw.choice([-1, 0.5, 2]), "frequency_penalty": draw.choice([-0.5, 1]),
        "repetition_penalty": draw.choice([0.9, 1.3]), "stop": draw.choice(STOPS), "include_stop_str_in_output": draw.random() < 0.5,
        "min_tokens": draw.randint(0, body["max_tokens"]), "ignore_eos": True, "skip_special_tokens": draw.random() < 0.5,
        "stop_token_ids": draw.sample(range(200, 2000), 40), "logit_bias": {str(draw.randint(0, 2000)): draw.choice([-100, 5, 100])},
        "bad_words": draw.sample(["the", "Paris", "a", "is", "of"], 2), "return_token_ids": True,
        "allowed_token_ids": draw.sample(range(2500), 300),
    }
    body |= {name: options[name] for name in draw.sample(sorted(options), draw.randint(0, 6))}
    if temperature:
        body["n"] = draw.choice([1, 1, 2, 3])
    if draw.random() < 0.5:
        if draw.random() < 0.4:
            body |= {"logprobs": True, "top_logprobs": draw.randint(0, 4)}
        return "/chat/completions", {**body, "messages": [{"role": "user", "content": draw.choice(QUESTIONS)}]}
    if draw.random() < 0.4:
        body["logprobs"] = draw.randint(0, 4)
    else:
        body["echo"] = draw.random() < 0.3
    return "/completions", {**body, "prompt": draw.choice([draw.choice(STARTS), draw.sample(STARTS, 2), [40, 41, 42]])}


def ask(server, path: str, body: dict) -> requests.Response:
    response = requests.post(server.url + path, json=body, timeout=60)
    assert response.status_code == 200, f"{json.dumps(body)}: {response.text}"
    return response


def whole(server, path: str, body: dict) -> dict:
    """What a whole answer says, in the form that a stream is joined to."""
    answer = ask(server, path, body).json()
    choices = {}
    for choice in answer["choices"]:
        choices[choice["index"]] = {
            "text": choice["message"]["content"] if "message" in choice else choice["text"],
            "logprobs": choice["logprobs"], "token_ids": choice["token_ids"],
            "finish_reason": choice["finish_reason"], "stop_reason": choice["stop_reason"],
        }
    usage = {key: answer["usage"][key] for key in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return {"choices": choices, "usage": usage}


def streamed(server, path: str, body: dict) -> dict:
    chunks = events(ask(server, path, {**body, "stream": True, "stream_options": {"include_usage": True}}).text)
    assert order_errors(chunks) == []
    answer = joined(chunks)
    for choice in answer["choices"].values():
        del choice["role"]
    usage = {key: answer["usage"][key] for key in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return {"choices": answer["choices"], "usage": usage}


@pytest.mark.parametrize("block", range(8))
def test_streamed_is_whole(server, block):
    for seed in range(block * 25, block * 25 + 25):
        path, body = request(seed)
        assert streamed(server, path, body) == whole(server, path, body), json.dumps(body)


def test_a_batch_changes_nothing(server):
    bodies = [request(seed) for seed in range(1000, 1120)]
    alone = [whole(server, *item) for item in bodies]
    with ThreadPoolExecutor(40) as pool:
        together = list(pool.map(lambda item: whole(server, *item), bodies))
    for item, one, other in zip(bodies, alone, together):
        assert one == other, json.dumps(item)


def test_more_tokens_only_add(server):
    for seed in range(2000, 2060):
        path, body = request(seed)
        for name in ("echo", "min_tokens", "n"):
            body.pop(name, None)
        short, long = whole(server, path, body), whole(server, path, {**body, "max_tokens": body["max_tokens"] + 12})
        for index, choice in short["choices"].items():
            assert long["choices"][index]["text"].startswith(choice["text"]), json.dumps(body)
            if choice["finish_reason"] == "stop":
                assert long["choices"][index] == choice, json.dumps(body)


def test_token_ids_are_the_text(server):
    for seed in range(3000, 3040):
        path, body = request(seed)
        body |= {"return_token_ids": True, "skip_special_tokens": False, "max_tokens": 20, "ignore_eos": True}
        for name in ("stop", "echo", "stop_token_ids", "logprobs", "top_logprobs"):
            body.pop(name, None)
        for choice in whole(server, path, body)["choices"].values():
            text = requests.post(f"{server.root}/detokenize", json={"tokens": choice["token_ids"]}, timeout=20).json()["prompt"]
            assert choice["text"] == text.rstrip("\ufffd"), json.dumps(body)


def test_many_prompts_are_answered_in_order(server):
    """More prompts than run at once."""
    prompts = [f"{STARTS[number % len(STARTS)]} {number}" for number in range(300)]
    body = {"model": "martlet-mini", "max_tokens": 3, "temperature": 0}
    together = whole(server, "/completions", {**body, "prompt": prompts})
    assert sorted(together["choices"]) == list(range(300))
    for number in range(0, 300, 23):
        alone = whole(server, "/completions", {**body, "prompt": prompts[number]})
        assert together["choices"][number] == alone["choices"][0]
    assert streamed(server, "/completions", {**body, "prompt": prompts}) == together
