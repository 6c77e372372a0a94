"""Turns documents into packed batches of token ids.

Rows hold several whole documents; attention never crosses from one document to the next. The loss falls on every token of a plain
document, and in conversations only on what the assistant says, up to and including its end token.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from chat import END_OF_TEXT, MESSAGE_END, MESSAGE_START, render

_SHORT_ROW, _LONG_ROW = 256, 512


@dataclass
class Batch:
    """One training step: `tokens`, `targets` and `weights` are `[rows, length]`, `mask` is `[rows, 1, length, length]`."""

    tokens: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    mask: torch.Tensor


class Encoder:
    """Encodes documents as (ids, is-learned) pairs."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self.start, self.end = tokenizer.token_to_id(MESSAGE_START), tokenizer.token_to_id(MESSAGE_END)
        self.end_of_text = tokenizer.token_to_id(END_OF_TEXT)
        self.header = [self.start, *tokenizer.encode("assistant\n", add_special_tokens=False).ids]

    def encode(self, texts: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        encodings = self.tokenizer.encode_batch(texts, add_special_tokens=False)
        return [self._learned(np.array(encoding.ids, dtype=np.int32)) for encoding in encodings]

    def _learned(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`ids` with a flag for each token that the model is to produce."""
        if ids[-1] == self.end_of_text:
            return ids, np.ones(len(ids), dtype=bool)
        learned = np.zeros(len(ids), dtype=bool)
        width = len(self.header)
        for position in np.flatnonzero(ids == self.start):
            if list(ids[position : position + width]) == self.header:
                stop = position + int(np.flatnonzero(ids[position:] == self.end)[0])
                learned[position + width : stop + 1] = True
        return ids, learned


def load_documents(work_dir: Path, corpus: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """All documents of the corpus, encoded; those longer than a long row are left out."""
    encoder = Encoder(Tokenizer.from_file(str(work_dir / "tokenizer.json")))
    with open(work_dir / corpus) as file:
        documents = encoder.encode([render(json.loads(line)) for line in file])
    return [document for document in documents if len(document[0]) <= _LONG_ROW + 1]


def _pack(order: np.ndarray, sizes: np.ndarray, length: int, open_rows: int = 32) -> list[list[int]]:
    """Groups documents into rows of at most `length` tokens, each into the fullest open row that takes it."""
    rows, bins = [], []
    for index in order:
        size = int(sizes[index])
        fits = [each for each in bins if each[0] >= size]
        if fits:
            chosen = min(fits, key=lambda each: each[0])
        else:
            chosen = [length, []]
            bins.append(chosen)
        chosen[0] -= size
        chosen[1].append(index)
        if len(bins) > open_rows or chosen[0] < 4:
            fullest = min(bins, key=lambda each: each[0])
            bins.remove(fullest)
            rows.append(fullest[1])
    return rows + [each[1] for each in bins]


def _assemble(documents, rows: list[list[int]], length: int) -> Batch:
    tokens = np.zeros((len(rows), length), dtype=np.int64)
    targets = np.zeros((len(rows), length), dtype=np.int64)
    weights = np.zeros((len(rows), length), dtype=np.float32)
    owner = np.full((len(rows), length), -1, dtype=np.int32)
    for row, members in enumerate(rows):
        at = 0
        for index in members:
            ids, learned = documents[index]
            span = slice(at, at + len(ids) - 1)
            tokens[row, span], targets[row, span], weights[row, span] = ids[:-1], ids[1:], learned[1:]
            owner[row, span] = index
            at += len(ids) - 1
    same = torch.from_numpy(owner[:, None, :, None] == owner[:, None, None, :])
    mask = same & torch.ones(length, length, dtype=torch.bool).tril()
    return Batch(*map(torch.from_numpy, (tokens, targets, weights)), mask)


def batches(documents, tokens_per_batch: int, seed: int):
    """Batches without end: epoch after epoch, each in its own order, the same for the same seed."""
    sizes = np.array([len(ids) - 1 for ids, _ in documents])
    short, long = np.flatnonzero(sizes <= _SHORT_ROW), np.flatnonzero(sizes > _SHORT_ROW)
    epoch = 0
    while True:
        rng = np.random.default_rng([seed, epoch])
        plans = []
        for group, length in ((short, _SHORT_ROW), (long, _LONG_ROW)):
            rows = _pack(rng.permutation(group), sizes, length)
            rng.shuffle(rows)
            count = tokens_per_batch // length
            plans += [(rows[start : start + count], length) for start in range(0, len(rows) - count + 1, count)]
        for plan in rng.permutation(len(plans)):
            rows, length = plans[plan]
            yield _assemble(documents, rows, length)
        epoch += 1
