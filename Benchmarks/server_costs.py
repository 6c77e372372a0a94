#!/usr/bin/env python3
"""What serving costs beside the arithmetic: processor time, start, memory, sampling, repeated and long prompts.

usage: server_costs.py MARTLET [NAME...] [--folder DIR] [--rounds N] [--sampler SamplerBenchmark]

MARTLET is the release binary; models with random weights are written to the folder once, by
Scripts/make_random_model.py (which needs numpy). Prints a table of the measurements named, or of all, beside the limit
of each: medians of the rounds, and their range.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROMPT = "Tell me about Paris and its history in a few words."


def model(folder: Path, name: str, shape: str, *options: str) -> Path:
    """A folder with random weights, written where it is missing."""
    path = folder / name
    if not (path / "config.json").exists():
        script = ROOT / "Scripts/make_random_model.py"
        subprocess.run([sys.executable, script, shape, path, *options], check=True, stdout=subprocess.DEVNULL)
    return path


class Server:
    """A running server; `seconds` is the time from its launch to the first 200 on /health."""

    def __init__(self, martlet: str, folder: Path, *options: str):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        start = time.monotonic()
        command = [martlet, "serve", str(folder), "--port", str(self.port), "--served-model-name", "m", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.log = []
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() - start > 300:
                raise SystemExit("".join(self.log) + "the server did not start")
            time.sleep(0.01)
        self.seconds = time.monotonic() - start

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def is_ready(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024

    def stream(self, prompt: str, tokens: int, stop: threading.Event | None = None) -> list[float]:
        """The times at which the request was sent and its tokens came, until all are there or `stop` is set."""
        body = {"model": "m", "prompt": prompt, "max_tokens": tokens, "ignore_eos": True, "temperature": 0,
                "stream": True}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        times = [time.monotonic()]
        connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {answer.read().decode()}")
        for line in answer:
            if line.startswith(b"data: {"):
                times.append(time.monotonic())
            if stop and stop.is_set():
                break
        connection.close()
        return times

    def prompt(self, tokens: int, seed: int) -> str:
        """A text of exactly that many tokens."""
        generator = random.Random(seed)
        words = [generator.choice(PROMPT.split()) + str(generator.randrange(1000)) for _ in range(tokens)]
        low, high = 0, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.count(" ".join(words[:middle])) <= tokens else (low, middle - 1)
        text = " ".join(words[:low])
        while self.count(text) < tokens:
            text += " a"
        return text

    def count(self, text: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = json.dumps({"model": "m", "prompt": text})
        connection.request("POST", "/tokenize", body, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())["count"]


class Measurements:
    def __init__(self, arguments):
        self.martlet, self.folder, self.rounds = arguments.martlet, arguments.folder, arguments.rounds
        self.sampler = arguments.sampler or Path(arguments.martlet).parent / "SamplerBenchmark"

    def repeat(self, measure) -> list[float]:
        return [measure() for _ in range(self.rounds)]

    def large(self) -> Path:
        return model(self.folder, "qwen3-0.6b", "qwen3-0.6b")

    def load(self, server: Server, requests: int) -> int:
        """Streams 128 tokens to each of 32 clients at a time; the tokens that came."""
        result = self.folder / "load.json"
        subprocess.run(
            [self.martlet, "bench", "serve", "--port", str(server.port), "--num-prompts", str(requests),
             "--max-concurrency", "32", "--random-input-len", "16", "--random-output-len", "128", "--ignore-eos",
             "--save-result", "--result-dir", self.folder, "--result-filename", result.name],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.loads(result.read_text())["total_output_tokens"]

    def processor(self, name: str, *options: str) -> list[float]:
        """Microseconds of the server's processor time per streamed token."""
        with Server(self.martlet, model(self.folder, name, "qwen3-tiny", *options), "--max-num-seqs", "32") as server:
            self.load(server, 64)

            def once() -> float:
                before = server.processor_seconds()
                tokens = self.load(server, 256)
                return (server.processor_seconds() - before) / tokens * 1e6

            return self.repeat(once)

    def processor_small_vocabulary(self) -> list[float]:
        return self.processor("qwen3-tiny")

    def processor_large_vocabulary(self) -> list[float]:
        return self.processor("qwen3-tiny-152k", "--vocabulary", "151936")

    def start(self, *options: str) -> list[float]:
        def once() -> float:
            with Server(self.martlet, self.large(), *options) as server:
                return server.seconds

        once()  # brings the file into the page cache
        return self.repeat(once)

    def start_bf16(self) -> list[float]:
        return self.start()

    def start_int4(self) -> list[float]:
        return self.start("--quantization", "int4")

    def start_int4_cached(self) -> list[float]:
        cache = self.folder / "weights"
        shutil.rmtree(cache, ignore_errors=True)
        return self.start("--quantization", "int4", "--weight-cache", str(cache))

    def memory(self) -> list[float]:
        """Megabytes that are resident beside weights and cache, once the cache has been filled."""
        cache = 512 << 20
        weights = sum(file.stat().st_size for file in self.large().glob("*.safetensors"))
        options = ["--kv-cache-memory-bytes", str(cache), "--max-model-len", "2048"]
        with Server(self.martlet, self.large(), *options) as server:
            prompts = [server.prompt(1500, seed) for seed in range(4)]
            threads = [threading.Thread(target=server.stream, args=(prompt, 8)) for prompt in prompts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return [(server.resident_bytes() - weights - cache) / 1e6]

    def sampling(self) -> list[float]:
        """Milliseconds per step outside the forward pass, of a peaked and a flat distribution the larger."""
        if not Path(self.sampler).exists():
            raise SystemExit(f"{self.sampler} is missing: swift build -c release --product SamplerBenchmark")

        def once() -> float:
            command = [self.sampler, "16", "151936", "top-p 0.9"]
            text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            return max(float(number) for number in re.findall(r"(?:peaked|flat)\s+([\d.]+)", text))

        return self.repeat(once)

    def repeated_prompt(self) -> list[float]:
        """A prompt's time to the first token the second time, over the first: per cent."""
        with Server(self.martlet, self.large()) as server:
            def once() -> float:
                prompt = server.prompt(2000, random.randrange(1 << 30))
                first, second = (self.first_token(server, prompt) for _ in range(2))
                return 100 * second / first

            return self.repeat(once)

    @staticmethod
    def first_token(server: Server, prompt: str) -> float:
        times = server.stream(prompt, 1)
        return times[1] - times[0]

    def long_prompt(self) -> list[float]:
        """The 99th percentile of four streams' times between tokens while a long prompt arrives, over that before."""
        with Server(self.martlet, self.large()) as server:
            def once() -> float:
                prompt, stop, results = server.prompt(4000, random.randrange(1 << 30)), threading.Event(), []
                streams = [threading.Thread(target=lambda: results.append(server.stream(PROMPT, 4000, stop)))
                           for _ in range(4)]
                for stream in streams:
                    stream.start()
                time.sleep(20)
                begin, end = server.stream(prompt, 1)[:2]
                stop.set()
                for stream in streams:
                    stream.join()
                gaps = [(a, b - a) for times in results for a, b in zip(times[1:], times[2:])]
                before = [gap for start, gap in gaps if begin - 15 < start and start + gap < begin]
                during = [gap for start, gap in gaps if begin <= start < end]
                return percentile(during, 99) / percentile(before, 99)

            return self.repeat(once)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


ROWS = {
    "cpu": ("server's processor time per streamed token, 32 streams, tiny model", "µs", 80,
            "processor_small_vocabulary"),
    "cpu-152k": ("the same with a vocabulary of 152k", "µs", None, "processor_large_vocabulary"),
    "start": ("launch to the first 200 on `/health`, 1.2 GB of bf16", "s", 1, "start_bf16"),
    "start-int4": ("the same with `--quantization int4`", "s", 6, "start_int4"),
    "start-cached": ("the same with `--weight-cache`, second start", "s", 1, "start_int4_cached"),
    "memory": ("resident memory beside weights and KV cache", "MB", 150, "memory"),
    "sampling": ("a step outside the forward pass, 16 streams, vocabulary of 152k, top-p", "ms", 3, "sampling"),
    "repeated": ("first token of a repeated prompt of 2,000 tokens, of its first time", "%", 5, "repeated_prompt"),
    "long": ("p99 between tokens of 4 streams while 4,000 tokens arrive, of its value before", "×", 2, "long_prompt"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("martlet", type=os.path.abspath)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of " + ", ".join(ROWS))
    parser.add_argument("--folder", type=Path, default=Path("/tmp/server-costs"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sampler", type=Path)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(ROWS):
        parser.error(f"no measurement is named {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    measurements = Measurements(arguments)
    print("| what | measured | at most |\n|---|---|---|", flush=True)
    for name in arguments.names or ROWS:
        what, unit, limit, method = ROWS[name]
        values = getattr(measurements, method)()
        value, bound = f"{statistics.median(values):.3g}", "" if limit is None else f"{limit:g} {unit}"
        if len(values) > 1:
            value += f" ({min(values):.3g} to {max(values):.3g})"
        print(f"| {what} | {value} {unit} | {bound} |", flush=True)


if __name__ == "__main__":
    main()
