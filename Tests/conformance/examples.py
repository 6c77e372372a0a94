"""Finds the examples of a page and runs them as their readers would."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def examples(page: str, language: str) -> list[str]:
    """The code of a page's blocks in that language; `page` is a path from the project's folder."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def run(*command, code: str) -> None:
    """The example succeeds and prints something: what follows `prints:` in its comment, where it has one."""
    path = f"{ROOT}/.build/release:{os.environ['PATH']}"
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PATH": path},
        start_new_session=True)
    try:
        output, errors = process.communicate(timeout=120)
    finally:
        # a server that the example started and did not stop
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, errors
    assert output.strip()
    if expected := re.search(r"(?:#|//) prints: (.*)", code):
        assert expected.group(1).strip() in output


def run_bash(code: str) -> None:
    run("bash", "-euc", code, code=code)


def run_python(code: str, folder: Path) -> None:
    file = folder / "example.py"
    file.write_text(code)
    run(sys.executable, file, code=code)


def run_javascript(code: str, folder: Path) -> None:
    file = folder / "example.mjs"
    file.write_text(code)
    run("node", file, code=code)
