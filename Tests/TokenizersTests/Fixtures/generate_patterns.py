#!/usr/bin/env python3
"""Writes golden-patterns.json: how the `tokenizers` package (0.23.3) splits random texts at random patterns.

Run with a Python that has tokenizers installed; the argument is the folder to write into.
"""
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Scripts/differential/tokenizer"))
import patterns
from tokenizers import Regex, pre_tokenizers

BEHAVIORS = {
    "Removed": "removed", "Isolated": "isolated", "MergedWithPrevious": "merged_with_previous",
    "MergedWithNext": "merged_with_next", "Contiguous": "contiguous",
}
rng = random.Random(26)
entries = []
while len(entries) < 300:
    pattern, behavior, inverted = patterns.alternation(rng), rng.choice(list(BEHAVIORS)), rng.random() < 0.2
    texts = [patterns.subject(rng) for _ in range(4)]
    try:
        splitter = pre_tokenizers.Split(Regex(pattern), BEHAVIORS[behavior], invert=inverted)
        pieces = [[piece for piece, _ in splitter.pre_tokenize_str(text)] for text in texts]
    except BaseException:  # a random pattern may be none
        continue
    if len(pattern) <= 60 and any(len(p) > 1 for p in pieces):
        entries.append({"pattern": pattern, "behavior": behavior, "inverted": inverted, "texts": texts, "pieces": pieces})
content = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
(pathlib.Path(sys.argv[1]) / "golden-patterns.json").write_text(f"[\n{content}\n]\n")
