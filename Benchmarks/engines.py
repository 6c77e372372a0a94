"""The engines that are compared, each behind the same few calls."""

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import gguf_model

ROOT = Path(__file__).resolve().parents[1]


class Missing(Exception):
    """An engine, or a format of it, is not there."""


def add_arguments(parser: argparse.ArgumentParser, formats: list[str]) -> None:
    """The arguments that the comparisons share."""
    parser.add_argument("folder", type=Path)
    parser.add_argument("--formats", nargs="+", choices=formats, default=formats)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--martlet", type=Path, default=ROOT / ".build/release/martlet")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="interpreter that has llama-cpp-python")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache/martlet/gguf", help="folder for GGUF files")
    parser.add_argument("--json", type=Path, help="file for the results")


def require_flags(command: list, flags: list[str]) -> None:
    """Raises `Missing` where a command does not know a flag."""
    help_text = subprocess.run([*command, "--help"], capture_output=True, text=True).stdout
    for flag in flags:
        if flag.startswith("--") and flag not in help_text:
            raise Missing(f"martlet has no {flag}")


class Server:
    """A server process on this machine, and the load of `martlet bench serve`."""

    def __init__(self, martlet: Path, folder: Path, command: list):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.martlet, self.folder = martlet, folder
        self.process = subprocess.Popen(
            [*map(str, command), "--host", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 120
        while time.time() < deadline:
            if self.process.poll() is not None:
                raise Missing(f"{command[0]} ended with {self.process.returncode}")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.2)
        raise Missing(f"{command[0]} did not become ready")

    def load(self, clients: int, prompt: int, output: int) -> tuple[float, float]:
        """Of one wave of distinct prompts: output tokens per second, and the median time to the first token in seconds."""
        result = subprocess.run(
            [self.martlet, "bench", "serve", "--base-url", self.url, "--tokenizer", self.folder, "--ignore-eos", "--json",
             "--num-prompts", str(clients), "--max-concurrency", str(clients), "--random-input-len", str(prompt),
             "--random-output-len", str(output), "--seed", str(time.time_ns() % (1 << 32))],
            capture_output=True, text=True, timeout=1800)
        row = json.loads(result.stdout) if result.returncode == 0 else {"failed": result.stderr}
        if row["failed"] or row["total_output_tokens"] != clients * output:
            raise Missing(f"the load failed: {row['failed']}")
        return row["output_throughput"], row["median_ttft_ms"] / 1000

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


class Martlet:
    """`martlet bench latency`, one process per measurement."""

    def __init__(self, binary: Path, folder: Path, flags: list[str], threads: int):
        require_flags([binary, "bench", "latency"], flags)
        self.binary, self.folder = binary, folder
        self.flags = [*flags, "--threads", str(threads)]
        self.server = None
        #: what the machine could read while it ran, in bytes per second
        self.read_bandwidth = 0.0

    def _run(self, batch: int, prompt: int, output: int, warm_ups: int) -> dict:
        arguments = ["--batch-size", batch, "--input-len", prompt, "--output-len", output,
                     "--num-iters", 1, "--num-iters-warmup", warm_ups, "--json"]
        command = [self.binary, "bench", "latency", self.folder, *self.flags, *arguments]
        result = subprocess.run([*map(str, command)], capture_output=True, text=True)
        if result.returncode != 0:
            raise Missing((result.stderr.strip().splitlines() or ["martlet failed"])[-1])
        row = json.loads(result.stdout)
        self.read_bandwidth = max(self.read_bandwidth, row["read_bandwidth"])
        return row

    def prefill(self, tokens: int) -> float:
        return self._run(1, tokens, 2, 1)["prefill_tokens_per_second"]

    def decode(self, sequences: int, prompt: int, output: int) -> float:
        return self._run(sequences, prompt, output, 1)["decode_tokens_per_second"]

    def served(self, clients: int, prompt: int, output: int) -> tuple[float, float]:
        if not self.server:
            self.server = Server(self.binary, self.folder, [self.binary, "serve", self.folder, *self.flags, "--max-model-len", 512])
        return self.server.load(clients, prompt, output)

    def close(self) -> None:
        if self.server:
            self.server.close()


class LlamaCpp:
    """llama.cpp through the low-level calls of llama-cpp-python, the model loaded once; its server where there is one."""

    def __init__(self, arguments: argparse.Namespace, kind: str):
        if not arguments.python.exists():
            raise Missing(f"no {arguments.python}: README.md says how to install llama-cpp-python")
        self.arguments = arguments
        is_file = arguments.folder.suffix == ".gguf"
        self.model = arguments.folder if is_file else gguf_model.prepare(arguments.folder, arguments.cache, kind)
        self.server = None
        self.process = subprocess.Popen(
            [str(arguments.python), str(Path(__file__).with_name("llama_worker.py")), str(self.model), str(arguments.threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if "ready" not in self.process.stdout.readline():
            raise Missing(f"llama.cpp does not load {self.model}")

    def ask(self, **request) -> dict:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Missing("llama.cpp ended")
        return json.loads(line)

    def prefill(self, tokens: int) -> float:
        return self.ask(measure="prefill", tokens=tokens)["tokens_per_second"]

    def decode(self, sequences: int, prompt: int, output: int) -> float:
        return self.ask(measure="decode", sequences=sequences, prompt=prompt, output=output)["tokens_per_second"]

    def served(self, clients: int, prompt: int, output: int) -> tuple[float, float]:
        server, threads = getattr(self.arguments, "llama_server", None), self.arguments.threads
        if not server:
            raise Missing("no --llama-server")
        if not self.server:
            command = [server, "-m", self.model, "-t", threads, "-tb", threads, "-np", clients, "-c", 512 * clients]
            self.server = Server(self.arguments.martlet, self.arguments.folder, command)
        return self.server.load(clients, prompt, output)

    def close(self) -> None:
        if self.server:
            self.server.close()
        self.process.stdin.close()
        self.process.wait(timeout=60)
