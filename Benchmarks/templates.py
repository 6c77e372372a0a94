#!/usr/bin/env python3
"""How long a conversation of 100 messages with 20 tools takes to render, for every template of a folder that takes tools.

usage: templates.py MARTLET FOLDER [--rounds 100]

FOLDER holds `NAME.json` files with the template's text in `template`. The conversation goes through `martlet debug render`,
which compiles the template once; reading the conversation's JSON and writing the text as JSON count too, starting does not.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


def conversation() -> str:
    parameters = {"type": "object", "required": ["p0"],
                  "properties": {f"p{number}": {"type": "string", "description": "a parameter"} for number in range(5)}}
    tools = [{"type": "function", "function": {
        "name": f"tool_{number}", "description": "Looks up something in a database. " * 3, "parameters": parameters}}
        for number in range(20)]
    messages = []
    for number in range(50):
        messages.append({"role": "user", "content": f"Question {number}: how is the weather in Paris, and why? " * 3})
        messages.append({"role": "assistant", "content": f"Answer {number}: sunny, since there is high pressure. " * 5})
    return json.dumps({
        "messages": messages, "tools": tools, "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"})


def seconds(martlet: str, template: Path, line: str, count: int) -> float | None:
    """The time of a process that renders so many times; none where the template refuses the conversation."""
    start = time.perf_counter()
    result = subprocess.run([martlet, "debug", "render", template], input=(line + "\n") * count, capture_output=True, text=True)
    elapsed = time.perf_counter() - start
    return None if result.returncode != 0 or result.stdout.startswith('{"error"') else elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("martlet")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    line, rows = conversation(), []
    for file in sorted(options.folder.glob("[!_]*.json")):
        text = json.loads(file.read_text()).get("template")
        if not isinstance(text, str) or "tools" not in text:
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".jinja") as template:
            template.write(text)
            template.flush()
            few = seconds(options.martlet, Path(template.name), line, 5)
            many = few and seconds(options.martlet, Path(template.name), line, 5 + options.rounds)
        if few and many:
            rows.append(((many - few) / options.rounds * 1000, file.stem))
    for milliseconds, name in sorted(rows):
        print(f"{milliseconds:6.2f} ms  {name}")
    print(f"{len(rows)} templates, median {statistics.median(row[0] for row in rows):.2f} ms")


if __name__ == "__main__":
    main()
