#!/usr/bin/env python3
"""Martlet against llama.cpp on the same weights and threads, in alternating pairs.

usage: compare_peers.py FOLDER|FILE.gguf [--formats bf16 bf16-inputs q8 q4] [--pairs 5] [--threads 2] [--llama-server PATH] [--json FILE]

Run it with the Python of an environment that has llama-cpp-python (README.md says how to make one). Every pair measures
one engine, then the other, in changing order; what is printed is the median of each and of the pairs' ratios, with the
range of the ratios. Formats that one of the engines has not are skipped with a message. Of a GGUF file both engines read
the same bytes.
"""

import argparse
import json
import statistics
from pathlib import Path

from engines import LlamaCpp, Martlet, Missing, add_arguments

#: name, Martlet's flags, llama.cpp's type
FORMATS = [
    ("bf16", [], "bf16"),
    ("bf16-inputs", ["--dtype", "bfloat16"], "bf16"),
    ("q8", ["--quantization", "int8"], "q8_0"),
    ("q4", ["--quantization", "int4"], "q4_0"),
]

#: what is measured, and how either engine is asked for it; rates are output or prompt tokens per second
MEASUREMENTS = [
    (["decode, 1 stream"], lambda engine: [engine.decode(1, 32, 64)]),
    (["decode, 16 streams in total"], lambda engine: [engine.decode(16, 32, 64)]),
    (["prefill of 512 tokens"], lambda engine: [engine.prefill(512)]),
    (["served, 16 clients, 128 in, 64 out", "median time to the first token (s)"],
     lambda engine: engine.served(16, 128, 64)),
]


def compare(martlet: Martlet, llama: LlamaCpp, measure, pairs: int) -> list[dict]:
    """Alternating pairs of one measurement: a row for each of its values."""
    ours, theirs = [], []
    for number in range(pairs):
        order = [(martlet, ours), (llama, theirs)]
        for engine, values in order if number % 2 == 0 else reversed(order):
            values.append(measure(engine))
    return [summary(*values) for values in zip(zip(*ours), zip(*theirs))]


def summary(ours: list[float], theirs: list[float]) -> dict:
    """The medians of each engine's values and of the pairs' ratios."""
    ratios = [a / b for a, b in zip(ours, theirs)]
    return {
        "martlet": statistics.median(ours), "llama.cpp": statistics.median(theirs),
        "ratio": statistics.median(ratios), "lowest_ratio": min(ratios), "highest_ratio": max(ratios),
        "martlet_values": ours, "llama.cpp_values": theirs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, [name for name, _, _ in FORMATS])
    parser.add_argument("--measurements", nargs="+", type=int, default=list(range(len(MEASUREMENTS))),
                        help="numbers of " + ", ".join(f"{n} {names[0]}" for n, (names, _) in enumerate(MEASUREMENTS)))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--llama-server", type=Path, help="llama.cpp's server, of the same build as the library")
    arguments = parser.parse_args()

    results = []
    print(f"{'':46} {'martlet':>9} {'llama.cpp':>9}   ratio (lowest to highest)")
    formats = [row for row in FORMATS if row[0] in arguments.formats]
    if arguments.folder.suffix == ".gguf":
        formats = [(arguments.folder.stem, [], "as it is")]
    for name, flags, kind in formats:
        try:
            martlet = Martlet(arguments.martlet, arguments.folder, flags, arguments.threads)
            llama = LlamaCpp(arguments, kind)
        except Missing as reason:
            print(f"{name}: skipped, {reason}")
            continue
        for number in arguments.measurements:
            names, measure = MEASUREMENTS[number]
            try:
                rows = compare(martlet, llama, measure, arguments.pairs)
            except Missing as reason:
                print(f"{name}, {names[0]}: skipped, {reason}")
                continue
            for what, row in zip(names, rows):
                results.append({"format": name, "measurement": what, "pairs": arguments.pairs, **row})
                print(f"{name + ', ' + what:46} {row['martlet']:9.1f} {row['llama.cpp']:9.1f}   "
                      f"{row['ratio']:.2f} ({row['lowest_ratio']:.2f} to {row['highest_ratio']:.2f})", flush=True)
        print(f"{name}: the memory could be read at {martlet.read_bandwidth / 1e9:.1f} GB/s", flush=True)
        results.append({"format": name, "read_bandwidth": martlet.read_bandwidth})
        martlet.close()
        llama.close()
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
