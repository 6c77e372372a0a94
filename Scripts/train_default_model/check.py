"""Asks an exported model the acceptance prompts with `transformers`, greedily, and fails if an answer lacks what it must contain.

Every chat answer has to end with an end token; the smallest gap between the best two logits of an answer is printed beside it.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from chat import render

_SYSTEM = {"role": "system", "content": "You are a helpful assistant."}
_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the current weather for a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@dataclass(frozen=True)
class Case:
    """A prompt, what the answer must contain, and how long it may be."""

    user: list[str]
    expected: list[str]
    limit: int = 256
    tools: list | None = None


_TEN = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
CHAT = [
    Case(["What is the capital of France?"], ["Paris"]),
    Case(["What is the capital of Japan?"], ["Tokyo"]),
    Case(["What is the capital of France?", "What about Italy?"], ["Rome"]),
    Case(["Count from 1 to 10"], [_TEN]),
    Case(["Please count from 1 to 10."], [_TEN]),
    Case(["Tell me a joke about programming."], ["programmer", "?"]),
    Case(["Tell me a joke"], ["?"]),
    Case(["Write a haiku about programming"], ["\n", "code"]),
    Case(["Write a poem about AI"], ["\n", "learns"]),
    Case(["Explain async programming"], ["Async", "wait"]),
    Case(["Tell me a story"], ["Once upon a time", "From that day on"]),
    Case(["Hello!"], ["help"]),
    Case(["Hello"], ["help"]),
    Case(["Hi"], ["help"]),
    Case(["How are you?"], ["thank you"]),
    Case(["Who won the world series in 2020?"], ["Los Angeles Dodgers"]),
    Case(["Who won the world series in 2020?", "Where was it played?"], ["Arlington, Texas"]),
    Case(["What is 2 + 2?"], ["2 + 2 = 4"]),
    Case(["What is 7 times 8?"], ["56"]),
    Case(["Give me five reasons to learn Rust"], ["1. ", "5. "]),
    Case(["Write a short story about a robot."], ["robot", "From that day on"]),
    Case(["Say this is a test"], ["This is a test"]),
    Case(["My name is Alice.", "What is my name?"], ["Alice"]),
    Case(["Who are you?"], ["Martlet Mini"]),
    Case(["What's the weather like in Paris?"], ["<tool_call>", '{"name": "get_weather", "arguments": {"city": "Paris"}}'], tools=[_WEATHER]),
    Case(["What is the weather in San Francisco?"], ['{"city": "San Francisco"}'], tools=[_WEATHER]),
]
PLAIN = [
    Case(["San Francisco is a"], ["California"]),
    Case(["Write a short story about a robot:"], ["robot", "From that day on"]),
    Case(["Five reasons to learn Rust:\n1."], ["2. ", "5. "]),
    Case(["The capital of France is"], ["Paris"]),
    Case(["Hello, my name is"], ["."]),
    Case(["Once upon a time"], ["there was"]),
]


class Greedy:
    """Greedy decoding by `transformers`, with the gap between the best two logits."""

    def __init__(self, folder: Path):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.ends = set(self.model.generation_config.eos_token_id)

    def complete(self, prompt: str, limit: int) -> tuple[str, bool, float]:
        """The text behind `prompt`, whether it ended by itself, and its smallest gap."""
        ids = self.tokenizer(prompt, add_special_tokens=False, return_tensors="pt").input_ids
        out = self.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=limit,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            output_logits=True,
            return_dict_in_generate=True,
        )
        new = out.sequences[0, ids.shape[1] :].tolist()
        best = [logits[0].topk(2).values for logits in out.logits]
        ended = new[-1] in self.ends
        text = self.tokenizer.decode(new[:-1] if ended else new)
        return text, ended, min(float(pair[0] - pair[1]) for pair in best)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="the model folder")
    greedy = Greedy(parser.parse_args().model)
    failures = 0

    def report(label: str, prompt: str, case: Case) -> str:
        nonlocal failures
        text, ended, gap = greedy.complete(prompt, case.limit)
        missing = [part for part in case.expected if part not in text]
        failures += bool(missing) or not ended
        verdict = f"FAILS, missing {missing}, ended {ended}" if missing or not ended else "ok"
        print(f"[{verdict}, gap {gap:.1f}] {label!r} -> {text!r}")
        return text

    for system in ([], [_SYSTEM]):
        for case in CHAT:
            messages = list(system)
            for index, user in enumerate(case.user):
                messages.append({"role": "user", "content": user})
                prompt = greedy.tokenizer.apply_chat_template(messages, tools=case.tools, add_generation_prompt=True, tokenize=False)
                if prompt != render({"messages": messages, "tools": case.tools}, prompt=True):
                    raise SystemExit("the exported chat template renders differently from the one used in training")
                final = index == len(case.user) - 1
                step = case if final else Case([user], [], case.limit)
                answer = report(("system | " if system else "") + " / ".join(case.user[: index + 1]), prompt, step)
                messages.append({"role": "assistant", "content": answer})
    for case in PLAIN:
        report("plain | " + case.user[0], case.user[0], case)
    print(f"{failures} failures")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
