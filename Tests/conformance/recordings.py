"""Recorded request/answer pairs of the reference server, and what of two answers must be equal."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared/reference"

# greedy logits of one float32 model computed in two ways
TOLERANCE = 2e-3

# differ from run to run
VOLATILE = {"id", "request_id", "created", "system_fingerprint", "root", "created_at", "item_id", "call_id", "signature",
            "time_to_first_token_ms", "generation_time_ms", "queue_time_ms", "mean_itl_ms", "tokens_per_second"}
# follow from what was sampled
SAMPLED = {"content", "text", "logprobs", "token_ids", "finish_reason", "stop_reason", "completion_tokens", "total_tokens"}


class Recording:
    """One request to the reference server and what it answered."""

    def __init__(self, file: Path):
        data = json.loads(file.read_text())
        self.name = data["name"]
        self.server = data["server"]
        self.request = data["request"]
        self.response = data["response"]

    @property
    def letter(self) -> str:
        return self.server.split(":")[0]

    @property
    def body(self) -> bytes | None:
        """The bytes that were sent."""
        if self.name == "err-invalid-utf8":
            return b'{"model":"tiny","prompt":"\xff\xfe"}'
        if self.name == "err-huge-body":
            return b'{"model":"tiny","max_tokens":1,"prompt":"%s"}' % (b"word " * 2_000_000)
        if (raw := self.request.get("body_raw")) is not None:
            return raw.encode()
        body = self.request.get("body")
        return None if body is None else json.dumps(body).encode()

    @property
    def is_greedy(self) -> bool:
        body = self.request.get("body")
        if not isinstance(body, dict):
            try:
                body = json.loads(self.request.get("body_raw") or "{}")
            except json.JSONDecodeError:
                body = {}
        temperature = body.get("temperature") if isinstance(body, dict) else None
        return temperature is not None and temperature < 0.01


def load() -> list[Recording]:
    return [Recording(file) for file in sorted((REFERENCE / "wire").glob("*.json"))]


def differences(ours, theirs, *, greedy: bool, path: str = "") -> list[str]:
    """Where two JSON values differ, apart from what may."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found = []
        if theirs and all(isinstance(value, float) for value in theirs.values()):
            return _token_differences(ours, theirs, path)
        if set(ours) != set(theirs):
            missing, extra = sorted(set(theirs) - set(ours)), sorted(set(ours) - set(theirs))
            found.append(f"{path}: missing members {missing}, extra members {extra}")
        elif list(ours) != list(theirs) and not all(isinstance(key, int) for key in ours):
            found.append(f"{path}: members in the order {list(ours)} in place of {list(theirs)}")
        for key in theirs:
            if key not in ours or key in VOLATILE and (ours[key] is None) == (theirs[key] is None):
                continue
            if not greedy and key in SAMPLED:
                continue
            found += differences(ours[key], theirs[key], greedy=greedy, path=f"{path}.{key}")
        return found
    if isinstance(theirs, list) and isinstance(ours, list):
        if len(ours) != len(theirs):
            return [f"{path}: {len(ours)} elements in place of {len(theirs)}: {ours!r:.300} in place of {theirs!r:.300}"]
        return [text for mine, other in zip(ours, theirs) for text in differences(mine, other, greedy=greedy, path=path + "[]")]
    if "logprob" in path and isinstance(theirs, float) and isinstance(ours, (int, float)):
        return [] if abs(ours - theirs) <= TOLERANCE else [f"{path}: {ours} in place of {theirs}"]
    if type(ours) is not type(theirs) or ours != theirs:
        return [f"{path}: {ours!r:.300} in place of {theirs!r:.300}"]
    return []


def _token_differences(ours: dict, theirs: dict, path: str) -> list[str]:
    """The likeliest tokens of a completion's position: tokens and log-probabilities."""
    if list(ours) != list(theirs):
        return [f"{path}: {ours} in place of {theirs}"]
    return [f"{path}: {token}: {ours[token]} in place of {value}" for token, value in theirs.items()
            if abs(ours[token] - value) > TOLERANCE]


def metric_families(text: str) -> dict[str, tuple]:
    """What `/metrics` exports: each family's type, the labels of its samples, the bounds of its buckets."""
    families = {match[1]: (match[2], set(), []) for match in re.finditer(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)}
    for name, labels in re.findall(r"^([a-z][\w:]*)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        family = next(name.removesuffix(end) for end in ("", "_bucket", "_sum", "_count") if name.removesuffix(end) in families)
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        bound = pairs.pop("le", None)
        families[family][1].update(pairs)
        if bound and bound not in families[family][2]:
            families[family][2].append(bound)
    return families


def events(text: str) -> list[dict | str]:
    """The events of a stream; the last is `[DONE]` for one that ended well."""
    parts = text.split("\n\n")
    assert parts.pop() == "", "the stream does not end with an empty line"
    assert all(part.startswith("data: ") for part in parts), f"not events: {parts!r:.300}"
    return [part[6:] if part[6:] == "[DONE]" else json.loads(part[6:]) for part in parts]


def chunk_kind(chunk: dict) -> str:
    """What a chunk is for."""
    if "error" in chunk:
        return "error"
    if not chunk["choices"]:
        return "usage"
    choice = chunk["choices"][0]
    if choice.get("delta", {}).get("role"):
        return "role"
    return "last" if choice["finish_reason"] else "text"


def members(value, *, path: str = "") -> set[str]:
    """The names of all members, except below log-probabilities and the text of usage."""
    if isinstance(value, dict):
        return {f"{path}.{key}" for key in value} | {
            name for key, item in value.items() if key not in ("logprobs", "usage") for name in members(item, path=f"{path}.{key}")}
    if isinstance(value, list):
        return {name for item in value for name in members(item, path=path + "[]")}
    return set()


def shapes(chunks: list) -> dict[str, set[str]]:
    """Which members the chunks of each kind have; `usage` as null is ours, see the table of decisions."""
    found: dict[str, set[str]] = {}
    for chunk in chunks[:-1]:
        kept = {key: item for key, item in chunk.items() if not (key == "usage" and item is None)}
        found.setdefault(chunk_kind(chunk), set()).update(members(kept))
    return found


def joined(chunks: list) -> dict:
    """What a stream says in all: each choice's text, tokens, log-probabilities and end, and the last usage."""
    choices: dict[int, dict] = {}
    whole: dict = {"choices": choices, "usage": None, "prompt_token_ids": None, "done": chunks[-1:] == ["[DONE]"]}
    for chunk in chunks:
        if not isinstance(chunk, dict) or "error" in chunk:
            continue
        whole["usage"] = chunk.get("usage") or whole["usage"]
        for choice in chunk["choices"]:
            to = choices.setdefault(choice["index"], {"text": "", "role": None, "token_ids": None, "logprobs": None})
            delta = choice.get("delta", {})
            to["text"] += delta.get("content") or choice.get("text") or ""
            to["role"] = to["role"] or delta.get("role")
            assert "finish_reason" not in to, f"choice {choice['index']} goes on after its end"
            if choice["finish_reason"]:
                to["finish_reason"], to["stop_reason"] = choice["finish_reason"], choice.get("stop_reason")
            if choice.get("token_ids") is not None:
                to["token_ids"] = (to["token_ids"] or []) + choice["token_ids"]
            for key, item in (choice.get("logprobs") or {}).items():
                to["logprobs"] = to["logprobs"] or {}
                to["logprobs"][key] = to["logprobs"].get(key, []) + item
            whole["prompt_token_ids"] = whole["prompt_token_ids"] or choice.get("prompt_token_ids")
        whole["prompt_token_ids"] = whole["prompt_token_ids"] or chunk.get("prompt_token_ids")
    return whole


def order_errors(chunks: list) -> list[str]:
    """Each choice begins with its role and stops after its end; the usage comes last; `[DONE]` ends the stream."""
    found = [] if chunks[-1:] == ["[DONE]"] else ["no [DONE] at the end"]
    kinds: dict[int, list[str]] = {}
    for place, chunk in enumerate(chunks[:-1]):
        kind = chunk_kind(chunk)
        if kind == "usage" and place != len(chunks) - 2:
            found.append(f"the usage is chunk {place} of {len(chunks)}")
        for choice in chunk.get("choices", []):
            kinds.setdefault(choice["index"], []).append(kind)
    for index, sequence in kinds.items():
        rank = [("role", "text", "last").index(kind) for kind in sequence]
        if rank != sorted(rank) or sequence.count("role") > 1 or sequence.count("last") != 1:
            found.append(f"choice {index} has chunks in the order {sequence}")
    asked = any(chunk.get("choices") == [] for chunk in chunks[:-1])
    if asked and not all("usage" in chunk for chunk in chunks[:-1]):
        found.append("chunks before the usage have no member for it")
    return found


def stream_differences(ours: str, theirs: str, *, greedy: bool) -> list[str]:
    """Where two streams differ: chunks may join tokens, and sampled choices end at any place."""
    mine, other = events(ours), events(theirs)
    found = differences(joined(mine), joined(other), greedy=greedy)
    found += order_errors(mine)
    mine_shapes, other_shapes = shapes(mine), shapes(other)
    for kind, names in other_shapes.items():
        if kind in mine_shapes and mine_shapes[kind] != names:
            found.append(f"{kind} chunks: missing members {sorted(names - mine_shapes[kind])}, "
                         f"extra members {sorted(mine_shapes[kind] - names)}")
    required = set(other_shapes) - {"text"}
    if not required <= set(mine_shapes) or set(mine_shapes) - set(other_shapes) - {"text"}:
        found.append(f"chunks of the kinds {sorted(mine_shapes)} in place of {sorted(other_shapes)}")
    return found


def named_events(text: str) -> list[dict]:
    """The events of a stream in which each has a name, which its data repeats."""
    parts = text.split("\n\n")
    assert parts.pop() == "", "the stream does not end with an empty line"
    found = []
    for part in parts:
        match = re.fullmatch(r"event: (\S+)\ndata: (.*)", part)
        assert match, f"not a named event: {part!r:.300}"
        found.append(json.loads(match[2]))
        assert found[-1]["type"] == match[1]
    return found


def without_chunks(events: list[dict]) -> list[dict]:
    """The events with the deltas of one part joined, since chunks may join tokens."""
    whole: list[dict] = []
    for event in events:
        event = {key: value for key, value in event.items() if key != "sequence_number"}
        delta, before = event.get("delta"), whole[-1] if whole else {}
        if before.get("type") != event["type"] or delta is None:
            whole.append(event)
        elif isinstance(delta, str):
            before["delta"] += delta
        elif delta["type"] == before["delta"]["type"]:
            for key, value in delta.items():
                before["delta"][key] += value if key != "type" else ""
        else:
            whole.append(event)
    return whole


def named_stream_differences(ours: str, theirs: str, *, greedy: bool) -> list[str]:
    """Where two streams of named events differ."""
    mine, other = named_events(ours), named_events(theirs)
    numbers = [event["sequence_number"] for event in mine if "sequence_number" in event]
    found = [] if numbers in ([], list(range(len(mine)))) else [f"sequence numbers {numbers}"]
    return found + differences(without_chunks(mine), without_chunks(other), greedy=greedy)
