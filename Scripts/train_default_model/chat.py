"""The chat template and the special tokens: the one place that says how a document becomes text."""

import json
from pathlib import Path

import jinja2

TEMPLATE = (Path(__file__).parent / "chat_template.jinja").read_text().strip()
END_OF_TEXT, MESSAGE_START, MESSAGE_END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CONTROL_TOKENS = [END_OF_TEXT, MESSAGE_START, MESSAGE_END]
MARKUP_TOKENS = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]

_environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
_environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
_compiled = _environment.from_string(TEMPLATE)


def render(document: dict, prompt: bool = False) -> str:
    """The text of a document; with `prompt`, a conversation ends where the assistant is to begin."""
    if "text" in document:
        return document["text"] + END_OF_TEXT
    return _compiled.render(messages=document["messages"], tools=document.get("tools"), add_generation_prompt=prompt)
