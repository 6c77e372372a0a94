"""Sixteen clients at once get exactly what each gets alone."""

import random
from concurrent.futures import ThreadPoolExecutor

MODEL = "martlet-mini"


def request(number: int) -> dict:
    """A streamed request; the numbers vary in length, prompt, stop, seed and sampling."""
    chooser = random.Random(number)
    prompts = [
        "Tell me a story", "Count from 1 to 10", "What is the capital of Italy?", "Write a haiku about programming",
        "Explain async programming", "Tell me a joke about programming. " * chooser.randint(1, 20),
    ]
    options = dict(
        model=MODEL, messages=[{"role": "user", "content": chooser.choice(prompts)}], logprobs=True, top_logprobs=2,
        max_tokens=chooser.randint(1, 96), stream=True, stream_options={"include_usage": True},
        extra_body={"return_token_ids": True},
    )
    if chooser.random() < 0.5:
        options |= dict(temperature=chooser.choice([0.7, 1.0, 1.3]), seed=number, top_p=chooser.choice([1.0, 0.9]))
    else:
        options |= dict(temperature=0)
    if chooser.random() < 0.4:
        options |= dict(stop=chooser.sample([".", "the", "7", " a", "\n"], 2))
    return options


def run(client, number: int):
    """Everything that must not depend on the load: text, ids, log-probabilities, reasons, usage."""
    text, ids, logprobs, reason, usage = "", [], [], None, None
    for chunk in client.chat.completions.create(**request(number)):
        if not chunk.choices:
            usage = chunk.usage.model_dump()
            continue
        choice = chunk.choices[0]
        text += choice.delta.content or ""
        ids += choice.model_extra.get("token_ids") or []
        if choice.logprobs:
            logprobs += [(e.token, e.logprob, [(t.token, t.logprob) for t in e.top_logprobs]) for e in choice.logprobs.content]
        reason = (choice.finish_reason, choice.model_extra.get("stop_reason")) if choice.finish_reason else reason
    return text, ids, logprobs, reason, usage


def test_sixteen_streams_equal_single_ones(server, client):
    numbers = range(16)
    alone = [run(client, number) for number in numbers]
    assert all(result[4]["completion_tokens"] == len(result[1]) for result in alone)
    for _ in range(2):
        with ThreadPoolExecutor(16) as pool:
            together = list(pool.map(lambda number: run(client, number), numbers))
        for number in numbers:
            assert together[number] == alone[number], f"request {number} depends on the load"
    assert server.metric("vllm:num_requests_running") == 0
