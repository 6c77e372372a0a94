"""The command line: `debug`, `inspect`, `complete`, `bench`, each from standard input to standard output."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import tokenizers
from conftest import MARTLET, ROOT, serve

MODEL = ROOT / "Models/martlet-mini"
FIXTURES = Path(os.environ.get("MARTLET_FIXTURES", ROOT / "../shared/fixtures"))
CHATS = sorted(folder.name for folder in (FIXTURES / "e2e").glob("chat-*"))


def run(*arguments, lines=(), code: int = 0) -> list[str]:
    result = subprocess.run(
        [MARTLET, *map(str, arguments)], input="".join(line + "\n" for line in lines), capture_output=True, text=True,
        timeout=120, cwd=ROOT)
    assert result.returncode == code, result.stderr
    return result.stdout.splitlines() if code == 0 else result.stderr.splitlines()


TEXTS = ["", "Hello, world!", "  two  spaces\n\n\ttab", "naïve café 日本語 🏳️‍🌈", "x" * 300, "<|im_start|>user 123"]


def test_tokenize_equals_the_reference():
    reference = tokenizers.Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    ids = [json.loads(line) for line in run("debug", "tokenize", MODEL, lines=map(json.dumps, TEXTS))]
    assert ids == [reference.encode(text).ids for text in TEXTS]
    lines = [json.dumps(row) for row in ids]
    assert [json.loads(line) for line in run("debug", "detokenize", MODEL, "--keep-special-tokens", lines=lines)] == TEXTS
    for pieces, text, row in zip(run("debug", "detokenize", MODEL, "--incremental", "--keep-special-tokens", lines=lines), TEXTS, ids):
        assert "".join(json.loads(pieces)) == text and len(json.loads(pieces)) == len(row)


def test_render_and_jinja():
    conversation = {"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": True}
    [text] = run("debug", "render", MODEL, lines=[json.dumps(conversation)])
    assert json.loads(text).endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    lines = [
        {"template": "{{ strftime_now('%Y-%m-%d') }} {{ x | tojson }}", "context": {"x": {"b": 1, "a": "é"}}},
        {"template": "{% for %}", "context": {}},
        {"template": "{{ raise_exception('no ' + x) }}", "context": {"x": "way"}},
    ]
    answers = [json.loads(line) for line in run("debug", "jinja", "--now", "2025-07-04T13:05:09", lines=map(json.dumps, lines))]
    assert answers[0] == '2025-07-04 {"b": 1, "a": "é"}'
    assert "error" in answers[1] and "no way" in answers[2]["error"]


def test_grammar_tells_which_texts_it_accepts(tmp_path):
    texts = ['{"a": 1}', '{"a":1,"b":"x"}', '{"a": "x"}', "{}", "", '{"a": 1} ']
    schema, grammar = tmp_path / "schema.json", tmp_path / "grammar.gbnf"
    schema.write_text(json.dumps({
        "type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"],
        "additionalProperties": False}))
    assert run("debug", "grammar", "--json-schema", schema, lines=map(json.dumps, texts)) == ["true"] * 2 + ["false"] * 4
    assert run("debug", "grammar", "--regex", r"\d{4}-\d\d", lines=['"2024-01"', '"2024-1"']) == ["true", "false"]
    grammar.write_text('root ::= "ab"+')
    assert run("debug", "grammar", "--ebnf", grammar, lines=['"abab"', '"aba"']) == ["true", "false"]
    assert "expected one of" in " ".join(run("debug", "grammar", "--regex", "a", "--ebnf", grammar, code=2))


def test_a_grammar_that_does_not_compile_is_told_once(tmp_path):
    schema = tmp_path / "schema.json"
    schema.write_text('{"properties": {"a": {"unevaluatedItems": false}}}')
    result = subprocess.run(
        [MARTLET, "debug", "grammar", "--json-schema", schema], input='"x"\n"y"\n', capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "#/properties/a/unevaluatedItems" in json.loads(result.stdout)["error"]


def test_logits():
    [last] = run("debug", "logits", MODEL, "--top", "3", lines=["[1, 2, 3]"])
    [every] = run("debug", "logits", MODEL, "--top", "3", "--all-positions", lines=["[1, 2, 3]"])
    positions = json.loads(every)["positions"]
    assert len(positions) == 3 and positions[-1] == json.loads(last)
    values = [value for _, value in json.loads(last)["top"]]
    assert values == sorted(values, reverse=True)


def test_bad_input_is_named():
    assert "line 2" in " ".join(run("debug", "tokenize", MODEL, lines=['"fine"', "{"], code=2))
    assert "no-such-folder" in " ".join(run("debug", "logits", "no-such-folder", code=1))


def test_inspect_names_what_it_finds():
    text = "\n".join(run("inspect", MODEL))
    assert "Qwen3ForCausalLM" in text and "bfloat16" in text and "1024 tokens" in text


def test_complete_and_chat_talk_to_a_server(server):
    output = run("complete", "--url", server.url, "--quick", "San Francisco is a", "--max-tokens", "5")
    assert output and output[0]
    assert "Paris" in "".join(run("chat", "--url", server.url, "--quick", "What is the capital of France?"))


def test_bench_prints_json():
    [line] = run("bench", "latency", "--batch-size", "2", "--input-len", "8", "--output-len", "8", "--num-iters", "1", "--json")
    assert json.loads(line)["decode_tokens_per_second"] > 0


def test_every_command_has_help():
    for command in (["serve"], ["chat"], ["complete"], ["download"], ["inspect"], ["debug", "render"],
                    ["bench", "latency"], ["bench", "throughput"], ["bench", "serve"], ["bench", "kernels"]):
        assert "USAGE" in "\n".join(run(*command, "--help"))


@pytest.mark.parametrize("name", CHATS)
def test_whole_folders_answer_as_the_reference(name):
    """Greedy output ids and log-probabilities of folders with their own tokenizer and template."""
    golden = json.loads((FIXTURES / "e2e" / name / "golden.json").read_text())
    compared = 0
    with serve(str(FIXTURES / "e2e" / name), "--served-model-name", "m", "--dtype", "float32") as server:
        client = server.client()
        for case in golden["cases"]:
            options = dict(model="m", prompt=case["prompt_ids"], temperature=0, logprobs=0,
                           max_tokens=48 if case["mode"] == "ignore_eos" else 64,
                           extra_body={"return_token_ids": True, "ignore_eos": case["mode"] == "ignore_eos"})
            choice = client.completions.create(**options).choices[0]
            assert choice.model_extra["token_ids"] == case["output_ids"]
            assert choice.finish_reason == case["finish_reason"]
            assert choice.logprobs.token_logprobs == pytest.approx(case["logprobs"], abs=1e-4)
            compared += 1
    assert compared == len(golden["cases"])


def test_the_fixtures_are_there():
    assert CHATS or os.environ.get("CI") != "true", f"no reference folders in {FIXTURES}"
