#!/usr/bin/env python3
"""What a JSON Schema costs: the time between tokens with one and without, in alternating pairs against a running server.

usage: constrained.py URL MODEL [--streams 1 8] [--pairs 5]

The model should have random weights and a real vocabulary (Scripts/make_random_model.py --tokenizer FOLDER), so that free
and constrained texts are equally long. Needs requests.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import requests

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 30}},
        "size": {"type": "number"},
        "detail": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"enum": ["x", "y", "z"]}}, "required": ["a", "b"]},
    },
    "required": ["name", "tags", "size", "detail"],
    "additionalProperties": False,
}


def gaps(url: str, model: str, constrained: bool, seed: int) -> list[float]:
    body = {"model": model, "prompt": "Tell me about Paris and its history in a few words.", "max_tokens": 64, "temperature": 1,
            "seed": seed, "stream": True}
    body |= {"structured_outputs": {"json": SCHEMA, "disable_any_whitespace": True}} if constrained else {"ignore_eos": True}
    times = []
    with requests.post(f"{url}/v1/completions", json=body, stream=True, timeout=600) as answer:
        for line in answer.iter_lines():
            if line.startswith(b"data: {"):
                times.append(time.monotonic())
    return [later - earlier for earlier, later in zip(times, times[1:])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("model")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    gaps(arguments.url, arguments.model, True, 0)
    for streams in arguments.streams:
        ratios = []
        for pair in range(arguments.pairs):
            medians = []
            for constrained in (False, True):
                with ThreadPoolExecutor(streams) as pool:
                    found = pool.map(lambda seed: gaps(arguments.url, arguments.model, constrained, seed),
                                     range(100 * pair, 100 * pair + streams))
                medians.append(statistics.median(sum(found, [])))
            ratios.append(medians[1] / medians[0])
        print(json.dumps({"streams": streams, "constrained over free": round(statistics.median(ratios), 3),
                          "pairs": [round(ratio, 3) for ratio in ratios]}))


if __name__ == "__main__":
    main()
