"""Fields beyond OpenAI's own, against what they mean."""

import pytest
import requests

MODEL = "martlet-mini"
QUESTION = [{"role": "user", "content": "Count from one to five."}]


def complete(server, **fields):
    body = {"model": MODEL, "prompt": "one two three four", "max_tokens": 6, "temperature": 0} | fields
    return requests.post(f"{server.url}/completions", json=body, timeout=60)


def tokens(server, text):
    return requests.post(f"{server.root}/tokenize", json={"prompt": text}, timeout=60).json()["tokens"]


def test_truncated_prompts(server):
    ids = tokens(server, "one two three four")
    for count, side, kept in [(2, "left", ids[-2:]), (2, "right", ids[:2]), (50, "left", ids), (-1, "left", ids)]:
        answer = complete(server, truncate_prompt_tokens=count, truncation_side=side, return_token_ids=True).json()
        assert answer["choices"][0]["prompt_token_ids"] == kept and answer["usage"]["prompt_tokens"] == len(kept)
        assert answer["choices"][0]["text"] == complete(server, prompt=kept).json()["choices"][0]["text"]
    long = complete(server, prompt="word " * 5000, truncate_prompt_tokens=-1)
    assert long.status_code == 200, long.text
    for bad in (0, 10_000_000, -2, "x"):
        assert complete(server, truncate_prompt_tokens=bad).status_code == 400


def test_tokens_shown_as_ids(server):
    plain = complete(server, logprobs=2, return_token_ids=True).json()["choices"][0]
    shown = complete(server, logprobs=2, return_tokens_as_token_ids=True).json()["choices"][0]
    assert shown["logprobs"]["tokens"] == [f"token_id:{id}" for id in plain["token_ids"]]
    assert shown["logprobs"]["token_logprobs"] == plain["logprobs"]["token_logprobs"]
    assert all(name.startswith("token_id:") for top in shown["logprobs"]["top_logprobs"] for name in top)


def test_logprobs_of_named_tokens(server):
    wanted = [5, 300, 7]
    every = complete(server, logprobs=1, logprob_token_ids=wanted, return_tokens_as_token_ids=True).json()["choices"][0]
    assert {name for name in every["logprobs"]["top_logprobs"][0]} >= {f"token_id:{id}" for id in wanted}
    for bad in ({"logprob_token_ids": wanted}, {"logprobs": 1, "logprob_token_ids": [10**9]},
                {"logprobs": 1, "logprob_token_ids": list(range(129))}):
        assert complete(server, **bad).status_code == 400


@pytest.mark.parametrize("interval", [1, 2, 3, 50])
def test_stream_intervals(server, interval):
    body = {"model": MODEL, "messages": QUESTION, "max_tokens": 20, "temperature": 0, "stream": True}
    import json
    def stream(**fields):
        pieces = []
        with requests.post(f"{server.url}/chat/completions", json=body | fields, stream=True, timeout=60) as answer:
            for line in answer.iter_lines():
                if line.startswith(b"data: {"):
                    pieces.append(json.loads(line[6:])["choices"][0])
        return pieces

    pieces = stream(stream_interval=interval, return_token_ids=True)
    plain = stream()
    assert "".join(p["delta"].get("content") or "" for p in pieces) == "".join(p["delta"].get("content") or "" for p in plain)
    counts = [len(piece["token_ids"]) for piece in pieces if piece.get("token_ids")]
    assert counts[0] == 1 and all(count >= interval for count in counts[1:-1])
    assert requests.post(f"{server.url}/chat/completions", json=body | {"stream_interval": 0}, timeout=60).status_code == 400


def test_repetition_ends(server):
    bias = {"logit_bias": {str(tokens(server, "one")[-1]): 100}, "max_tokens": 60, "ignore_eos": True}
    answer = complete(server, repetition_detection={"max_pattern_size": 3, "min_count": 4}, **bias).json()
    choice = answer["choices"][0]
    assert (choice["finish_reason"], choice["stop_reason"]) == ("repetition", "repetition_detected")
    assert answer["usage"]["completion_tokens"] == 4
    assert complete(server, repetition_detection={}, **bias).json()["choices"][0]["finish_reason"] == "length"
    for bad in ({"max_pattern_size": 3, "min_count": 1}, {"max_pattern_size": 1, "min_pattern_size": 2}, {"max_pattern_size": -1},
                {"max_pattern_size": 10**9, "min_count": 10**9}, 5):
        assert complete(server, repetition_detection=bad).status_code == 400
