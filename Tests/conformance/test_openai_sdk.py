"""The current `openai` SDK: models, completions, chat, streams, errors."""

import openai
import pytest
import requests

MODEL = "martlet-mini"
CAPITAL = [{"role": "user", "content": "What is the capital of France?"}]


def test_lists_every_alias(client):
    assert [model.id for model in client.models.list().data] == [
        "martlet-mini", "gpt-3.5-turbo", "llama-8b", "NousResearch/Meta-Llama-3-8B-Instruct",
    ]
    assert client.models.retrieve("NousResearch/Meta-Llama-3-8B-Instruct").object == "model"


@pytest.mark.parametrize("model", ["martlet-mini", "NousResearch/Meta-Llama-3-8B-Instruct"])
def test_chat_answers(client, model):
    answer = client.chat.completions.create(model=model, messages=CAPITAL, temperature=0)
    choice = answer.choices[0]
    assert "Paris" in choice.message.content
    assert choice.message.role == "assistant"
    assert choice.finish_reason == "stop"
    assert answer.model == "martlet-mini"
    assert answer.id.startswith("chatcmpl-")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_conversation_continues(client):
    messages = [{"role": "user", "content": "Who won the world series in 2020?"}]
    first = client.chat.completions.create(model=MODEL, messages=messages, temperature=0).choices[0].message
    assert "Dodgers" in first.content
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": "Where was it played?"}]
    second = client.chat.completions.create(model=MODEL, messages=messages, temperature=0).choices[0].message
    assert "Arlington" in second.content and "Texas" in second.content


@pytest.mark.parametrize("content", [
    "Count from 1 to 10", "Tell me a joke about programming.", "Write a haiku about programming",
    "Explain async programming", "Tell me a story", "Hello!", "Write a poem about AI",
])
def test_documented_prompts_end_by_themselves(client, content):
    messages = [{"role": "user", "content": content}]
    choice = client.chat.completions.create(model=MODEL, messages=messages, temperature=0).choices[0]
    assert choice.finish_reason == "stop"
    assert choice.message.content.strip()
    if content.startswith("Count"):
        assert [int(word.strip(".,")) for word in choice.message.content.split() if word.strip(".,").isdigit()] == list(range(1, 11))


def test_stream_equals_whole_answer(client):
    options = dict(model=MODEL, messages=CAPITAL, temperature=0)
    whole = client.chat.completions.create(**options)
    chunks = list(client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == whole.choices[0].message.content
    reasons = [c.choices[0].finish_reason for c in chunks if c.choices]
    assert reasons[-1] == "stop" and set(reasons[:-1]) == {None}
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage
    assert len({c.id for c in chunks}) == 1


def test_stream_helper_of_the_sdk(client):
    with client.chat.completions.stream(model=MODEL, messages=CAPITAL, temperature=0) as stream:
        text = "".join(event.delta for event in stream if event.type == "content.delta")
        assert "Paris" in text
        assert stream.get_final_completion().choices[0].message.content == text


def test_completions_take_every_prompt_form(client):
    text = client.completions.create(model=MODEL, prompt="San Francisco is a", max_tokens=8, temperature=0)
    several = client.completions.create(
        model=MODEL, prompt=["San Francisco is a", "Write a short story about a robot:"], max_tokens=8, temperature=0)
    assert several.choices[0].text == text.choices[0].text
    assert [choice.index for choice in several.choices] == [0, 1]
    assert text.usage.completion_tokens == 8 and several.usage.completion_tokens == 16


def test_token_prompts_equal_text_prompts(client, server):
    prompt = "Five reasons to learn Rust:\n1."
    ids = requests.post(f"{server.root}/tokenize", json={"prompt": prompt}).json()["tokens"]
    options = dict(model=MODEL, max_tokens=12, temperature=0)
    assert client.completions.create(prompt=ids, **options).choices[0].text \
        == client.completions.create(prompt=prompt, **options).choices[0].text
    assert len(client.completions.create(prompt=[ids, ids], **options).choices) == 2
    assert requests.post(f"{server.root}/detokenize", json={"tokens": ids}).json()["prompt"] == prompt


def test_echo_and_n(client):
    prompt = "San Francisco is a"
    answer = client.completions.create(model=MODEL, prompt=prompt, max_tokens=5, echo=True, n=3, temperature=0.8, seed=7)
    assert len(answer.choices) == 3
    assert all(choice.text.startswith(prompt) for choice in answer.choices)
    again = client.completions.create(model=MODEL, prompt=prompt, max_tokens=5, echo=True, n=3, temperature=0.8, seed=7)
    assert [c.text for c in again.choices] == [c.text for c in answer.choices]


def test_stop_strings_are_cut_and_named(client):
    messages = [{"role": "user", "content": "Count from 1 to 10"}]
    answer = client.chat.completions.create(model=MODEL, messages=messages, temperature=0, stop=["5"])
    choice = answer.choices[0]
    assert "4" in choice.message.content and "5" not in choice.message.content
    assert choice.finish_reason == "stop" and choice.model_extra["stop_reason"] == "5"
    chunks = client.chat.completions.create(model=MODEL, messages=messages, temperature=0, stop=["5"], stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == choice.message.content


def test_logprobs(client):
    answer = client.chat.completions.create(model=MODEL, messages=CAPITAL, temperature=0, logprobs=True, top_logprobs=3)
    content = answer.choices[0].logprobs.content
    assert len(content) == answer.usage.completion_tokens
    for entry in content:
        assert entry.logprob <= 0 and len(entry.top_logprobs) == 3
        assert entry.top_logprobs[0].logprob == entry.logprob
    assert "".join(entry.token for entry in content).startswith(answer.choices[0].message.content)
    completion = client.completions.create(model=MODEL, prompt="San Francisco is a", max_tokens=4, temperature=0, logprobs=2)
    logprobs = completion.choices[0].logprobs
    assert len(logprobs.tokens) == len(logprobs.token_logprobs) == len(logprobs.text_offset) == 4


def test_extra_parameters(client):
    answer = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hello!"}],
        extra_body={"top_k": 50, "repetition_penalty": 1.1, "min_p": 0.05}, seed=3)
    assert answer.choices[0].message.content


def test_max_tokens_is_length(client):
    answer = client.chat.completions.create(model=MODEL, messages=CAPITAL, max_completion_tokens=2, temperature=0)
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 2


@pytest.mark.parametrize("options,field", [
    ({"temperature": 3}, "temperature"), ({"top_p": 0}, "top_p"), ({"tools": [{"type": "function", "function": {}}]}, "tools"),
    ({"response_format": {"type": "json_schema", "json_schema": {"name": "n"}}}, "response_format"),
    ({"extra_body": {"structured_outputs": {"regex": "("}}}, "structured_outputs"),
    ({"max_tokens": 10_000_000}, "max_tokens"), ({"top_logprobs": 2}, "top_logprobs"),
])
def test_bad_fields_are_named(client, options, field):
    with pytest.raises(openai.BadRequestError) as error:
        client.chat.completions.create(model=MODEL, messages=CAPITAL, **options)
    assert error.value.status_code == 400
    assert field in (error.value.body["param"] or "") or field in error.value.body["message"]


def test_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as error:
        client.chat.completions.create(model="no-such-model", messages=CAPITAL)
    assert error.value.body["param"] == "model" and error.value.body["code"] == 404
