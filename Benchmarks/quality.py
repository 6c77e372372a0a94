#!/usr/bin/env python3
"""What quantization costs: logits of every format against the same weights without it.

usage: quality.py FOLDER [--formats …] [--positions 512] [--threads 2] [--cache FOLDER] [--json FILE]

For each format: the mean KL divergence of the next token's distribution, how often the likeliest token is the same, and the
logits' relative error (norm of the difference over norm of the logits, both around their mean). The reference is Martlet
without quantization, which computes in float32; keys and values are float32 everywhere. Run it with the Python of an
environment that has llama-cpp-python; what is not there is skipped with a message.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from engines import ROOT, LlamaCpp, Missing, add_arguments, require_flags

#: name, engine, Martlet's flags or llama.cpp's type
FORMATS = [
    ("martlet int8", "martlet", ["--quantization", "int8"]),
    ("martlet int6", "martlet", ["--quantization", "int6"]),
    ("martlet int4", "martlet", ["--quantization", "int4"]),
    ("martlet int4, output int8", "martlet", ["--quantization", "int4", "--lm-head-quantization", "int8"]),
    ("martlet int4, output int4", "martlet", ["--quantization", "int4", "--lm-head-quantization", "int4"]),
    ("llama.cpp bf16", "llama.cpp", "bf16"),
    ("llama.cpp q8_0", "llama.cpp", "q8_0"),
    ("llama.cpp q4_0", "llama.cpp", "q4_0"),
]
#: the longest prompt; short ones keep the lines of logits short
LENGTH = 32


def prompts(folder: Path, binary: Path, positions: int) -> list[list[int]]:
    """Token ids: of a text that the model knows where its tokenizer covers its vocabulary, else at random."""
    config = json.loads((folder / "config.json").read_text())
    text = (ROOT / "README.md").read_text()
    ids = []
    if (folder / "tokenizer.json").exists():
        line = subprocess.run([binary, "debug", "tokenize", folder, "--no-special-tokens"], input=json.dumps(text) + "\n",
                              capture_output=True, text=True, check=True).stdout
        ids = json.loads(line)
    if len(set(ids)) < 100 or max(ids) < config["vocab_size"] // 2:
        ids = np.random.default_rng(0).integers(0, config["vocab_size"], positions).tolist()
    count = max(1, positions // LENGTH)
    starts = np.linspace(0, max(0, len(ids) - LENGTH), count).astype(int)
    return [ids[start:start + LENGTH] for start in starts]


def martlet_logits(binary: Path, folder: Path, flags: list[str], lists: list[list[int]], vocabulary: int, threads: int):
    """Logits of every position, one array per prompt."""
    require_flags([binary, "debug", "logits"], flags)
    process = subprocess.Popen(
        [str(binary), "debug", "logits", str(folder), "--all-positions", "--top", str(vocabulary), "--threads", str(threads),
         *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for ids in lists:
        process.stdin.write(json.dumps(ids) + "\n")
        process.stdin.flush()
        rows = np.empty((len(ids), vocabulary), np.float32)
        line = process.stdout.readline()
        if not line:
            raise Missing("martlet debug logits ended")
        for row, position in zip(rows, json.loads(line)["positions"]):
            pairs = np.array(position["top"])
            row[pairs[:, 0].astype(int)] = pairs[:, 1]
        yield rows
    process.stdin.close()
    process.wait()


def llama_logits(arguments: argparse.Namespace, kind: str, lists: list[list[int]]):
    engine = LlamaCpp(arguments, kind)
    with tempfile.TemporaryDirectory() as temporary:
        file = f"{temporary}/logits.npy"
        for ids in lists:
            engine.ask(measure="logits", ids=ids, output=file)
            yield np.load(file)
    engine.close()


def log_softmax(rows: np.ndarray) -> np.ndarray:
    rows = rows.astype(np.float64)
    rows = rows - rows.max(axis=1, keepdims=True)
    return rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))


def compare(reference: list[np.ndarray], rows) -> dict:
    divergences, agreements, errors = [], [], []
    for expected, found in zip(reference, rows):
        p, q = log_softmax(expected), log_softmax(found)
        divergences += (np.exp(p) * (p - q)).sum(axis=1).tolist()
        agreements += (expected.argmax(axis=1) == found.argmax(axis=1)).tolist()
        a = expected - expected.mean(axis=1, keepdims=True)
        b = found - found.mean(axis=1, keepdims=True)
        errors += (np.linalg.norm(a - b, axis=1) / np.linalg.norm(a, axis=1)).tolist()
    return {
        "kl_divergence": float(np.mean(divergences)), "kl_divergence_p99": float(np.percentile(divergences, 99)),
        "same_top_token": float(np.mean(agreements)), "relative_error": float(np.mean(errors)), "positions": len(errors)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, [name for name, _, _ in FORMATS])
    parser.add_argument("--positions", type=int, default=512)
    arguments = parser.parse_args()

    folder, binary = arguments.folder.resolve(), arguments.martlet
    vocabulary = json.loads((folder / "config.json").read_text())["vocab_size"]
    lists = prompts(folder, binary, arguments.positions)
    reference = list(martlet_logits(binary, folder, [], lists, vocabulary, arguments.threads))
    results = {}
    print(f"{'':26} {'mean KL':>10} {'p99 KL':>10} {'same top':>9} {'error':>8}   over {sum(map(len, lists))} positions")
    for name, engine, detail in FORMATS:
        if name not in arguments.formats:
            continue
        try:
            rows = (
                martlet_logits(binary, folder, detail, lists, vocabulary, arguments.threads) if engine == "martlet"
                else llama_logits(arguments, detail, lists))
            results[name] = row = compare(reference, rows)
        except Missing as reason:
            print(f"{name}: skipped, {reason}")
            continue
        print(f"{name:26} {row['kl_divergence']:10.2e} {row['kl_divergence_p99']:10.2e} {row['same_top_token']:9.2%} "
              f"{row['relative_error']:8.2%}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
