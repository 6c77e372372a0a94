#!/usr/bin/env python3
"""Condenses recordings of vLLM's parsers into the goldens of Tests/OutputParsingTests.

    make_parser_goldens.py REFERENCE

Also written are texts in JSON and in Python's notation with what Python's json module makes of them.

REFERENCE holds parser-traces.json (each parser driven directly), wire/*.json (requests to a server whose model emits a fixed
chain of tokens) and models/tiny-script (that model). Written are the text and what the whole text was parsed into.
"""

import ast
import json
import pathlib
import random
import re
import sys

CHAINS = {
    "<|S1|>": range(1033, 1040), "<|S2|>": range(1040, 1050), "<|S3|>": range(1050, 1057), "<|S4|>": range(1057, 1065),
    "<|S5|>": range(1065, 1068), "<|S7|>": range(1077, 1082), "<|S8|>": range(1082, 1085),
}


def message(recorded):
    calls = [[c["function"]["name"], c["function"]["arguments"]] for c in recorded.get("tool_calls") or []]
    return {"reasoning": recorded.get("reasoning"), "content": recorded.get("content"), "tool_calls": calls}


def streamed(events):
    result = {"reasoning": None, "content": None, "tool_calls": []}
    for line in events.split("\n"):
        if not line.startswith("data: {"):
            continue
        for choice in json.loads(line[6:]).get("choices", []):
            for key in ("reasoning", "content"):
                if choice["delta"].get(key):
                    result[key] = (result[key] or "") + choice["delta"][key]
            for call in choice["delta"].get("tool_calls") or []:
                if call["index"] == len(result["tool_calls"]):
                    result["tool_calls"].append(["", ""])
                entry = result["tool_calls"][call["index"]]
                entry[0] += call["function"].get("name") or ""
                entry[1] += call["function"].get("arguments") or ""
    return result


def traces(reference):
    for trace in json.loads((reference / "parser-traces.json").read_text()):
        if "full" not in trace or trace["full"] is None:
            continue
        full = trace["full"]
        calls = [[c["name"], c["arguments"]] for c in full["tool_calls"]]
        yield {
            "tool": trace["tool"], "reasoning": trace["reasoning"], "text": trace["text"],
            "expected": {"reasoning": full["reasoning"], "content": full["content"], "tool_calls": calls},
        }


def wire(reference):
    tokenizer = json.loads((reference / "models/tiny-script/tokenizer.json").read_text())
    texts = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    for file in sorted((reference / "wire").glob("*.json")):
        recording = json.loads(file.read_text())
        body = recording["request"].get("body") or {}
        trigger = (body.get("chat_template_kwargs") or {}).get("trigger") if isinstance(body, dict) else None
        if recording["server"][0] not in "BE" or trigger not in CHAINS or "messages" not in body:
            continue
        if not re.match(r"(tools|tp|hermes|rp)-", file.name) or "/chat/" not in recording["request"]["path"]:
            continue
        pieces = [texts[token] for token in CHAINS[trigger]]
        limit = body.get("max_tokens") or len(pieces)
        isCut = limit < len(pieces)
        pieces = pieces[:limit]
        if isinstance(body.get("stop"), list):
            text = "".join(pieces)
            pieces, isCut = [text[: text.index(body["stop"][0])]], True
        response = recording["response"]
        whole = "sse" not in response
        expected = message(response["body"]["choices"][0]["message"]) if whole else streamed(response["sse"])
        choice = body.get("tool_choice", "auto")
        yield {
            "name": recording["name"], "whole": whole, "pieces": pieces, "cut": isCut,
            "tool": "hermes" if body.get("tools") else None,
            "reasoning": "qwen3" if recording["server"][0] == "B" else None,
            "tools": [tool["function"] for tool in body.get("tools") or []],
            "choice": choice if isinstance(choice, str) else choice["function"]["name"],
            "parallel": body.get("parallel_tool_calls", True),
            "thinking": body["chat_template_kwargs"].get("enable_thinking", True)
            and body.get("reasoning_effort") != "none",
            "expected": expected,
        }


STRINGS = ["", "Paris", 'a"b', "back\\slash", "é", "😀", "tab\there", "two\nlines", "/", "\x01", "\x7f", "'", "</tool_call>"]


def value(source, depth=0):
    kind = source.randrange(9 if depth < 3 else 7)
    if kind < 3:
        return source.choice(STRINGS)
    if kind < 5:
        return source.choice([0, -1, 7, 10**20, 1.5, -0.25, 1e-7, 1e22, 100000.0, 123456789.125])
    if kind < 7:
        return source.choice([True, False, None])
    if kind == 7:
        return [value(source, depth + 1) for _ in range(source.randrange(4))]
    return {f"k{i}": value(source, depth + 1) for i in range(source.randrange(4))}


def notations():
    source = random.Random(1)
    for _ in range(150):
        arguments = {f"a{i}": value(source) for i in range(source.randrange(1, 4))}
        normal = json.dumps(arguments, ensure_ascii=False)
        layout = {"indent": source.choice([None, 1, 4]), "separators": source.choice([None, (",", ":"), (" , ", " : ")])}
        text = json.dumps(arguments, ensure_ascii=source.choice([True, False]), **layout)
        yield {"json": text.replace("/", source.choice(["/", "\\/"])), "normal": normal}
        pairs = [f"{key}={value!r}" if source.random() < 0.7 else f"{key} = {value!a}" for key, value in arguments.items()]
        call = "f(" + source.choice([",", ", ", " ,\n "]).join(pairs) + ")"
        read = {word.arg: ast.literal_eval(word.value) for word in ast.parse(call, mode="eval").body.keywords}
        yield {"python": call, "normal": json.dumps(read, ensure_ascii=False)}


def main():
    reference = pathlib.Path(sys.argv[1])
    folder = pathlib.Path(__file__).resolve().parent.parent / "Tests/OutputParsingTests/Fixtures"
    folder.mkdir(exist_ok=True)
    for name, cases in (("traces", traces(reference)), ("wire", wire(reference)), ("notations", notations())):
        lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
        (folder / f"{name}.json").write_text(f"[\n{lines}\n]\n")


main()
