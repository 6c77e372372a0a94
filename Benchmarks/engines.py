"""The engines that are compared, each behind the same few calls."""

import json
import subprocess
import sys
from pathlib import Path

import gguf_model

ROOT = Path(__file__).resolve().parents[1]


class Missing(Exception):
    """An engine, or a format of it, is not there."""


class Martlet:
    """`martlet bench latency`, one process per measurement."""

    def __init__(self, binary: Path, folder: Path, flags: list[str], threads: int):
        self.command = [str(binary), "bench", "latency", str(folder), *flags, "--threads", str(threads), "--json"]
        #: what the machine could read while it ran, in bytes per second
        self.read_bandwidth = 0.0
        help_text = subprocess.run([binary, "bench", "latency", "--help"], capture_output=True, text=True).stdout
        for flag in flags:
            if flag.startswith("--") and flag not in help_text:
                raise Missing(f"martlet has no {flag}")

    def _run(self, batch: int, prompt: int, output: int, warm_ups: int) -> dict:
        arguments = ["--batch-size", batch, "--input-len", prompt, "--output-len", output,
                     "--num-iters", 1, "--num-iters-warmup", warm_ups]
        result = subprocess.run([*self.command, *map(str, arguments)], capture_output=True, text=True)
        if result.returncode != 0:
            raise Missing(result.stderr.strip().splitlines()[-1] if result.stderr.strip() else "martlet failed")
        row = json.loads(result.stdout)
        self.read_bandwidth = max(self.read_bandwidth, row["read_bandwidth"])
        return row

    def prefill(self, tokens: int) -> float:
        return self._run(1, tokens, 2, 1)["prefill_tokens_per_second"]

    def decode(self, sequences: int, prompt: int, output: int) -> float:
        return self._run(sequences, prompt, output, 0)["decode_tokens_per_second"]

    def close(self) -> None:
        pass


class LlamaCpp:
    """llama.cpp through the low-level calls of llama-cpp-python, the model loaded once."""

    def __init__(self, python: Path, folder: Path, cache: Path, kind: str, threads: int):
        if not python.exists():
            raise Missing(f"no {python}: see README.md for how to install llama-cpp-python")
        model = gguf_model.prepare(folder, cache, kind)
        self.process = subprocess.Popen(
            [str(python), str(Path(__file__).with_name("llama_worker.py")), str(model), str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if "ready" not in self.process.stdout.readline():
            raise Missing(f"llama.cpp does not load {model}")
        self.prefill(32)

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

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)


def default_python() -> Path:
    """The interpreter that runs this script: the environment that has llama-cpp-python."""
    return Path(sys.executable)
