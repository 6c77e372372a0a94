"""Run with openai 0.28: the old module-level client, whole and streamed. Prints what it got as JSON."""

import json
import sys

import openai

openai.api_base = sys.argv[1]
openai.api_key = "none"
messages = [{"role": "user", "content": "What is the capital of France?"}]

whole = openai.ChatCompletion.create(model="gpt-3.5-turbo", messages=messages, temperature=0)
pieces = []
for chunk in openai.ChatCompletion.create(model="gpt-3.5-turbo", messages=messages, temperature=0, stream=True):
    delta = chunk.choices[0].delta
    if hasattr(delta, "content"):
        pieces.append(delta.content)
completion = openai.Completion.create(model="gpt-3.5-turbo", prompt="San Francisco is a", max_tokens=8, temperature=0)
try:
    openai.ChatCompletion.create(
        model="gpt-3.5-turbo", messages=messages, stream=True, functions=[{"name": "test", "parameters": {}}])
    refused = None
except openai.error.InvalidRequestError as error:
    refused = error.http_status
print(json.dumps({
    "whole": whole.choices[0].message.content, "pieces": pieces, "completion": completion.choices[0].text,
    "refused": refused,
}))
