#!/usr/bin/env python3
"""Compares a build's tokenizers with the `tokenizers` package from PyPI (0.23.3) on random texts and token ids.

    compare.py --command ".build/release/martlet debug" [--count N] [--zoo N] [--patterns N] [--seed S] FOLDER...

FOLDER holds a tokenizer.json or tokenizer.json.gz; folders of such folders are searched. For each, and for random
tokenizers put together from all kinds of components (--zoo), N random texts are encoded, alone, in pairs and with the text of
special tokens taken for ordinary text, and N random lists of ids decoded, whole and incrementally; --patterns splits texts at
so many random regular expressions. Prints every difference; the exit status says whether there was one.

Where the reference has no answer (it panics, or refuses), nothing is compared. Incremental decoding is held against the whole
text: the pieces must add up to it. `DecodeStream` of the reference decodes a window of ids anew for each step, so that its own
pieces do not always; where they do, they may come sooner than ours, as a byte that comes later can still change what a run of
byte tokens is decoded to.
"""
import argparse
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from tokenizers import Regex, Tokenizer, pre_tokenizers

import patterns
from zoo import random_tokenizer

POOLS = [
    "abcdefghijklmnopqrstuvwxyz", "ABCXYZ abc", "0123456789", " \n\t\r\v\f", "  ", ".,;:!?'\"()[]{}-_/\\|@#$%^&*+=<>~`",
    "éüßñÅçøžšÀ", "приветМИР", "日本語中文字々", "ひらがなカタカナー", "한국각힣", "😀👍🏽👩‍🚀🇩🇪🏳️‍🌈", "\u0301\u0323\u0307\u0344\u0b3e\u093f",
    "\u1100\u1161\u11a8\u1112", "ſKİıǅΣς", "٣½Ⅷ²๔", "\u00a0\u200b\u2028\u3000\u200d\ufeff\u00ad\u0085", "ﷺﬁ①㌀Å", "नमस्ते", "สวัสดี",
    "\x00\x01\x7f\x1b", "\ufffd\ufffe\ue000\U000e0001", "\u2581▁Ġ", "שלום عربي", "''s'll't've'm're'd",
]
PHRASES = [
    "Hello, world!", "don't can't we'll I'VE", "def f(x):\n    return x + 1\n", "https://example.com/a?b=c#d", "12345678901234567",
    "  leading", "trailing  ", "a\n\n\nb", "\r\n\r\n", "<0x41>", "<0xFF>", "##ing", "</w>", "[UNK]", "word", "new york",
]


def random_text(rng, specials):
    parts = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 13])):
        kind = rng.random()
        if kind < 0.6:
            pool = rng.choice(POOLS)
            parts.append("".join(rng.choice(pool) for _ in range(rng.randint(1, 6))))
        elif kind < 0.75:
            parts.append(rng.choice(PHRASES))
        elif kind < 0.88 and specials:
            special = rng.choice(specials)
            parts.append(special if rng.random() < 0.8 else special[: rng.randint(1, len(special))])
        else:
            parts.append("".join(random_scalar(rng) for _ in range(rng.randint(1, 4))))
    return rng.choice(["", " ", "", "\n"]).join(parts)


def random_scalar(rng):
    while True:
        c = rng.randrange(rng.choice([0x80, 0x800, 0x3000, 0x10000, 0x110000]))
        if not 0xD800 <= c <= 0xDFFF:
            return chr(c)


def random_ids(rng, tokenizer, size):
    fallback = tokenizer.token_to_id("<0x00>")
    ids = []
    for _ in range(rng.randint(0, 16)):
        if fallback is not None and rng.random() < 0.4:
            ids.append(fallback + rng.randrange(256))
        elif ids and rng.random() < 0.15:
            ids.append(ids[-1])
        else:
            ids.append(rng.randrange(size + (3 if rng.random() < 0.05 else 0)))
    return ids


def answers(command, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    process = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    results = [json.loads(line) for line in process.stdout.split(b"\n") if line]
    if process.returncode != 0 or len(results) != len(lines):
        raise RuntimeError(f"{' '.join(command)}: status {process.returncode}, {process.stderr.decode()[-500:]}")
    return results


def attempt(function):
    try:
        return function()
    except BaseException as error:  # a panic of the reference is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return None


def looks_alike(tokenizer):
    """Whether two added tokens look alike once normalized, or one is empty: what is found then changes from run to run."""
    texts = [
        tokenizer.normalizer.normalize_str(t.content) if t.normalized and tokenizer.normalizer else t.content
        for t in tokenizer.get_added_tokens_decoder().values()
        if t.normalized
    ]
    return len(texts) != len(set(texts)) or "" in texts


def pair(tokenizer, texts, special):
    encoding = tokenizer.encode(*texts, add_special_tokens=special)
    return {"ids": encoding.ids, "type_ids": encoding.type_ids}


class Comparison:
    def __init__(self, command, seed):
        self.command, self.seed, self.count, self.refused, self.differences = command, seed, 0, 0, []

    def check(self, name, what, given, ours, theirs):
        if theirs is None:  # the reference has no answer
            return
        self.count += 1
        if ours != theirs:
            self.differences.append(name)
            if self.differences.count(name) <= 3:
                print(f"{name}: {what}\n  given  {given!r}\n  ours   {ours!r}\n  theirs {theirs!r}", flush=True)

    def compare(self, name, folder, tokenizer, count):
        rng = random.Random(f"{self.seed} {name}")
        added = [t.content for t in tokenizer.get_added_tokens_decoder().values()]
        texts = [random_text(rng, added) for _ in range(count)]
        size = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=0) + 1
        lists = [random_ids(rng, tokenizer, size) for _ in range(count)]
        run = lambda *arguments: self.command + [arguments[0], str(folder), *arguments[1:]]
        for special in (True, False):
            flags = [] if special else ["--no-special-tokens"]
            found = answers(run("tokenize", *flags), texts)
            for text, ids in zip(texts, found):
                expected = attempt(lambda: tokenizer.encode(text, add_special_tokens=special).ids)
                self.check(name, f"encode {flags}", text, ids, expected)
            pairs = [texts[i : i + 2] for i in range(0, count - 1, 4)]
            for texts_of_pair, found_pair in zip(pairs, answers(run("tokenize", *flags), pairs)):
                expected = attempt(lambda: pair(tokenizer, texts_of_pair, special))
                self.check(name, f"pair {flags}", texts_of_pair, found_pair, expected)
        tokenizer.encode_special_tokens = True
        for text, ids in zip(texts, answers(run("tokenize", "--literal-special-tokens"), texts)):
            self.check(name, "literal", text, ids, attempt(lambda: tokenizer.encode(text).ids))
        tokenizer.encode_special_tokens = False
        for skip in (True, False):
            flags = [] if skip else ["--keep-special-tokens"]
            whole = answers(run("detokenize", *flags), lists)
            pieces = answers(run("detokenize", "--incremental", *flags), lists)
            for ids, text, parts in zip(lists, whole, pieces):
                expected = attempt(lambda: tokenizer.decode(ids, skip_special_tokens=skip))
                self.check(name, f"decode {flags}", ids, text, expected)
                self.check(name, f"pieces {flags}", ids, "".join(parts), expected)


def split_at_patterns(comparison, folder, count):
    """Random texts split at random patterns: each piece is a word of a vocabulary."""
    for index in range(count):
        rng = random.Random(f"{comparison.seed} pattern {index}")
        pattern, texts = patterns.alternation(rng), [patterns.subject(rng) for _ in range(12)]
        if patterns.has_defect(pattern):
            continue
        splitter = attempt(lambda: pre_tokenizers.Split(Regex(pattern), "isolated"))
        expected = [attempt(lambda: [piece for piece, _ in splitter.pre_tokenize_str(text)]) for text in texts]
        # a random pattern may be none, or take too long
        if splitter is None or None in expected:
            continue
        words = list(dict.fromkeys(piece for pieces in expected for piece in pieces)) + ["[UNK]"]
        content = {
            "pre_tokenizer": {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
            "model": {"type": "WordLevel", "vocab": {word: id for id, word in enumerate(words)}, "unk_token": "[UNK]"},
        }
        (pathlib.Path(folder) / "tokenizer.json").write_text(json.dumps(content))
        try:
            found = answers(comparison.command + ["tokenize", str(folder)], texts)
        except RuntimeError as error:
            # matching too long is an error for both, of which the bounds differ
            if "too many steps" not in str(error):
                comparison.refused += 1
                print(f"{pattern!r}: {error}", flush=True)
            continue
        for text, ids, pieces in zip(texts, found, expected):
            comparison.check(repr(pattern), "split", text, [words[id] for id in ids], pieces)


def fixture_folders(paths):
    for path in map(pathlib.Path, paths):
        for file in sorted(path.rglob("tokenizer.json*")):
            if file.suffix in (".json", ".gz"):
                yield f"{file.parent.parent.name}/{file.parent.name}", file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", required=True)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--zoo", type=int, default=0)
    parser.add_argument("--patterns", type=int, default=0)
    parser.add_argument("--zoo-count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("folders", nargs="*")
    arguments = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    comparison = Comparison(arguments.command.split(), arguments.seed)
    with tempfile.TemporaryDirectory() as scratch:
        file = pathlib.Path(scratch) / "tokenizer.json"
        for name, source in fixture_folders(arguments.folders):
            data = source.read_bytes()
            file.write_bytes(gzip.decompress(data) if source.suffix == ".gz" else data)
            comparison.compare(name, scratch, Tokenizer.from_file(str(file)), arguments.count)
        for index in range(arguments.zoo):
            rng = random.Random(f"{arguments.seed} zoo {index}")
            texts = [random_text(rng, PHRASES) for _ in range(200)]
            content = attempt(lambda: random_tokenizer(rng, texts))  # a random pattern may be none
            tokenizer = content and attempt(lambda: Tokenizer.from_str(content))
            # some combinations of post-processors have no answer
            if tokenizer is None or looks_alike(tokenizer) or attempt(lambda: tokenizer.encode("a", "b")) is None or attempt(lambda: tokenizer.encode("a")) is None:
                continue
            file.write_text(content)
            try:
                comparison.compare(f"zoo {index}", scratch, tokenizer, arguments.zoo_count)
            except RuntimeError as error:
                comparison.refused += 1
                state = json.loads(content)
                state["model"] = state["model"]["type"]
                print(f"zoo {index}: {error}\n  {json.dumps(state)[:1500]}", flush=True)
        split_at_patterns(comparison, scratch, arguments.patterns)
    print(f"{comparison.count} comparisons, {len(comparison.differences)} differences, {comparison.refused} refused")
    sys.exit(1 if comparison.differences or comparison.refused else 0)


main()
