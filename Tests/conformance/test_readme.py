"""Every client example of the README runs as written and prints what it says."""

import pytest
from conftest import ROOT
from examples import examples, run, run_bash, run_javascript, run_python

README = "README.md"


@pytest.mark.parametrize("code", examples(README, "python"))
def test_python(server, code, tmp_path):
    run_python(code, tmp_path)


@pytest.mark.parametrize("code", examples(README, "bash"))
def test_bash(server, code):
    run_bash(code)


@pytest.mark.parametrize("code", examples(README, "javascript"))
def test_javascript(server, code, tmp_path):
    run_javascript(code, tmp_path)


def test_swift():
    [code] = examples(README, "swift")
    assert code == (ROOT / "Examples/Quickstart/main.swift").read_text()
    run(ROOT / ".build/release/QuickstartExample", code=code)


def test_there_is_an_example_of_each_kind():
    assert examples(README, "python") and examples(README, "javascript") and examples(README, "swift")
    assert any("curl" in code for code in examples(README, "bash"))
    assert any("martlet " in code for code in examples(README, "bash"))
