"""Fields beyond OpenAI's own, against what they mean."""

import json
import math
import threading
import time

import pytest
import requests
from conftest import serve

MODEL = "martlet-mini"
QUESTION = [{"role": "user", "content": "Count from one to five."}]


def complete(server, headers=None, **fields):
    body = {"model": MODEL, "prompt": "one two three four", "max_tokens": 6, "temperature": 0} | fields
    return requests.post(f"{server.url}/completions", json=body, headers=headers, timeout=60)


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


def test_logprobs_of_the_prompt(server):
    """They are those that the tokens have as generated ones, and do not depend on chunks or the prefix cache."""
    text = "The capital of France is Paris and the capital of Norway is Oslo."
    ids = tokens(server, text)
    for _ in range(2):
        choice = complete(server, prompt=ids, echo=True, logprobs=1, max_tokens=3, ignore_eos=True).json()["choices"][0]
        logprobs = choice["logprobs"]
        assert logprobs["token_logprobs"][0] is None and logprobs["top_logprobs"][0] is None
        assert len(logprobs["tokens"]) == len(ids) + 3 and "".join(logprobs["tokens"]).startswith(choice["text"])
        for place in (1, len(ids) // 2, len(ids) - 1):
            single = complete(server, prompt=ids[:place], max_tokens=1, allowed_token_ids=[ids[place]], logprobs=0)
            assert single.json()["choices"][0]["logprobs"]["token_logprobs"] == [logprobs["token_logprobs"][place]]
    prompt = complete(server, prompt=ids, prompt_logprobs=2, max_tokens=1).json()["choices"][0]["prompt_logprobs"]
    assert prompt[0] is None and len(prompt) == len(ids)
    for entry, id, logprob in zip(prompt[1:], ids[1:], logprobs["token_logprobs"][1:]):
        assert entry[str(id)]["logprob"] == logprob
        assert sorted(value["rank"] for value in entry.values())[:2] == [1, 2]
    with requests.post(f"{server.url}/completions", stream=True, timeout=60, json={
            "model": MODEL, "prompt": ids, "echo": True, "logprobs": 1, "max_tokens": 3, "ignore_eos": True, "temperature": 0, "stream": True}) as answer:
        pieces = [json.loads(line[6:])["choices"][0] for line in answer.iter_lines() if line.startswith(b"data: {")]
    for name in ("token_logprobs", "tokens", "text_offset", "top_logprobs"):
        assert sum((piece["logprobs"][name] for piece in pieces), []) == logprobs[name]
    chat = requests.post(f"{server.url}/chat/completions", timeout=60, json={
        "model": MODEL, "messages": QUESTION, "prompt_logprobs": 0, "max_tokens": 1}).json()
    assert len(chat["prompt_logprobs"]) == chat["usage"]["prompt_tokens"]
    for bad in ({"prompt_logprobs": 21}, {"prompt_logprobs": -2}, {"prompt_logprobs": 1, "stream": True}):
        assert complete(server, **bad).status_code == 400


def test_modes_of_logprobs(server):
    """The modes differ by the logarithm of a sum, or by what a request changes; raw ones do not see its bias."""
    prompt, tops = tokens(server, "one two three four"), {}
    for mode in ("raw_logprobs", "raw_logits", "processed_logprobs", "processed_logits"):
        with serve("--max-logprobs", "-1", "--logprobs-mode", mode) as other:
            answer = complete(other, prompt=prompt, max_tokens=1, logprobs=-1, logit_bias={"5": 100, "6": -100},
                              temperature=1, top_k=2, top_p=1, return_tokens_as_token_ids=True)
            tops[mode] = answer.json()["choices"][0]["logprobs"]["top_logprobs"][0]
    raw, logits = tops["raw_logprobs"], tops["raw_logits"]
    differences = [logits[name] - raw[name] for name in raw]
    assert max(differences) - min(differences) < 1e-3 and abs(sum(math.exp(value) for value in raw.values()) - 1) < 1e-3
    drawn = tops["processed_logits"]
    assert abs(drawn["token_id:5"] - logits["token_id:5"] - 100) < 1e-3
    assert sum(value > -9999 for value in drawn.values()) == 2, "all but the two likeliest are cut"
    assert abs(tops["processed_logprobs"]["token_id:5"]) < 1e-3 and tops["processed_logprobs"]["token_id:6"] == -9999


@pytest.mark.parametrize("interval", [1, 2, 3, 50])
def test_stream_intervals(server, interval):
    body = {"model": MODEL, "messages": QUESTION, "max_tokens": 20, "temperature": 0, "stream": True}
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


def test_beam_search(server):
    """The beams are those of an exhaustive look at the model's own log-probabilities."""
    def logprobs(ids, count):
        choice = complete(server, prompt=ids, max_tokens=1, logprobs=count, return_tokens_as_token_ids=True).json()["choices"][0]
        return [(int(name.split(":")[1]), value) for name, value in choice["logprobs"]["top_logprobs"][0].items()][:count]

    width, length, prompt = 3, 4, tokens(server, "Once upon a time")
    beams = [((), 0.0)]
    for _ in range(length):
        longer = [(beam + (id,), total + value) for beam, total in beams
                  for id, value in logprobs(prompt + list(beam), 2 * width)]
        beams = sorted(longer, key=lambda beam: -beam[1])[:width]
    answer = complete(server, prompt=prompt, n=width, max_tokens=length, use_beam_search=True, ignore_eos=True,
                      return_token_ids=True).json()
    assert [tuple(choice["token_ids"]) for choice in answer["choices"]] == [beam for beam, _ in beams]
    assert answer["usage"]["completion_tokens"] == width * length
    ended = complete(server, prompt=prompt, n=width, max_tokens=30, use_beam_search=True, length_penalty=0.0).json()
    assert {choice["finish_reason"] for choice in ended["choices"]} <= {"stop", "length"}
    for bad in ({"stream": True}, {"structured_outputs": {"regex": "a"}}, {"stop": "a"}, {"n": 0}, {"length_penalty": "x"}):
        assert complete(server, **{"use_beam_search": True, "n": 2} | bad).status_code == 400, bad


def test_best_of(server):
    """Of the choices that are drawn, those whose tokens are likeliest are the answer."""
    fields = {"prompt": ["Once upon a time", "The capital"], "temperature": 1, "seed": 5, "max_tokens": 8}
    drawn = complete(server, n=6, logprobs=0, **fields).json()["choices"]

    def likelihood(choice):
        values = choice["logprobs"]["token_logprobs"]
        return sum(values) / len(values)

    best = [choice for start in (0, 6) for choice in sorted(drawn[start:start + 6], key=likelihood, reverse=True)[:2]]
    assert [choice["index"] for choice in best] != [0, 1, 6, 7]
    for logprobs in (0, None):
        answer = complete(server, n=2, best_of=6, logprobs=logprobs, **fields).json()
        assert [choice["text"] for choice in answer["choices"]] == [choice["text"] for choice in best]
        assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2, 3]
        assert (answer["choices"][0]["logprobs"] is None) == (logprobs is None)
        assert answer["usage"]["completion_tokens"] == sum(len(choice["logprobs"]["tokens"]) for choice in drawn)
    for bad in ({"stream": True}, {"n": 4}, {"n": 2, "use_beam_search": True}, {"best_of": 10**6}, {"temperature": 0}):
        answer = complete(server, **{"best_of": 3, "temperature": 1} | bad)
        assert answer.status_code == 400 and "best_of" in answer.json()["error"]["message"], answer.text


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


def test_bad_priority_headers(server):
    for text in ("high", "1.5", "1" * 40):
        answer = complete(server, {"X-Vllm-Priority": text})
        assert answer.status_code == 400 and answer.json()["error"]["param"] == "priority", answer.text


def test_times_of_requests():
    """Told where the server is asked to, for requests with one choice."""
    with serve("--enable-per-request-metrics") as server:
        start = time.monotonic()
        metrics = complete(server, max_tokens=20, ignore_eos=True).json()["metrics"]
        passed = (time.monotonic() - start) * 1000
        assert 0 <= metrics["queue_time_ms"] <= metrics["time_to_first_token_ms"]
        total = metrics["time_to_first_token_ms"] + metrics["generation_time_ms"]
        assert 0 < metrics["time_to_first_token_ms"] < total < passed
        assert metrics["mean_itl_ms"] == pytest.approx(metrics["generation_time_ms"] / 19)
        assert metrics["tokens_per_second"] == pytest.approx(20_000 / total)
        single = complete(server, max_tokens=1).json()["metrics"]
        assert single["mean_itl_ms"] is None and single["generation_time_ms"] == 0
        assert complete(server, n=2, temperature=1).json()["metrics"] is None
        assert complete(server, prompt=["a", "b"]).json()["metrics"] is None
        chunks = server.client().completions.create(
            model=MODEL, prompt="one", max_tokens=1, stream=True, stream_options={"include_usage": True})
        assert set(list(chunks)[-1].metrics) == {
            "time_to_first_token_ms", "generation_time_ms", "queue_time_ms", "tokens_per_second"}


def test_priorities():
    """Among requests that wait, the lowest number is served first; without the policy, the first that came."""
    def order(*flags):
        finished = []
        with serve("--max-num-seqs", "1", *flags) as server:
            def ask(name, count, priority):
                # one says it in the header, which wins
                headers = {"X-Vllm-Priority": str(priority)} if name == "d" else None
                complete(server, headers, max_tokens=count, ignore_eos=True, priority=9 if headers else priority)
                finished.append(name)

            threads = []
            for name, count, priority in [("long", 900, 0), ("b", 300, 5), ("c", 300, 1), ("d", 300, 3)]:
                threads.append(threading.Thread(target=ask, args=(name, count, priority)))
                threads[-1].start()
                time.sleep(0.03)
            for thread in threads:
                thread.join()
        return finished

    assert order("--scheduling-policy", "priority") == ["long", "c", "d", "b"]
    assert order() == ["long", "b", "c", "d"]
