"""Every client example of the README runs as written and prints what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def expectation(code: str) -> str | None:
    """The text after `prints:` in a comment of the example."""
    match = re.search(r"(?:#|//) prints: (.*)", code)
    return match.group(1).strip() if match else None


def check(result: subprocess.CompletedProcess, code: str) -> None:
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()
    if expected := expectation(code):
        assert expected in result.stdout


@pytest.mark.parametrize("code", examples("python"))
def test_python(server, code, tmp_path):
    file = tmp_path / "example.py"
    file.write_text(code)
    check(subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=120), code)


@pytest.mark.parametrize("code", [code for code in examples("bash") if "curl" in code])
def test_curl(server, code):
    check(subprocess.run(["bash", "-euc", code], capture_output=True, text=True, timeout=120), code)


@pytest.mark.parametrize("code", examples("javascript"))
def test_javascript(server, code, tmp_path):
    file = tmp_path / "example.mjs"
    file.write_text(code)
    check(subprocess.run(["node", file], capture_output=True, text=True, timeout=120), code)


@pytest.mark.parametrize("code", [code for code in examples("bash") if "martlet " in code and "serve" not in code])
def test_commands(server, code):
    path = f"{ROOT}/.build/release:{os.environ['PATH']}"
    check(subprocess.run(["bash", "-euc", code], capture_output=True, text=True, timeout=120, cwd=ROOT,
                         env={**os.environ, "PATH": path}), code)


def test_swift():
    [code] = examples("swift")
    assert code == (ROOT / "Examples/Quickstart/main.swift").read_text()
    check(subprocess.run([ROOT / ".build/release/QuickstartExample"], capture_output=True, text=True, timeout=120, cwd=ROOT), code)


def test_there_is_an_example_of_each_kind():
    assert examples("python") and examples("javascript") and examples("swift")
    assert any("curl" in code for code in examples("bash"))
