"""Grammar compile times and mask times per token, Martlet beside xgrammar and llguidance, in one run.

usage: grammar_peers.py BENCHMARK_BINARY TOKENIZER_JSON[.gz] FIXTURES/structured [--rounds N]

The schemas and their valid instances come from the fixtures' json-schema.json, the patterns and texts from regex.json.
Every engine gets the same token sequences of the same vocabulary. Times of the first compilation of a source and of each
mask along its texts, in one process per engine and round; the percentiles are over all rounds.
needs: pip install xgrammar llguidance tokenizers numpy
"""

import argparse, gzip, json, pathlib, subprocess, sys, tempfile, time

# this folder has a module named as one of those below
sys.path.pop(0)

import llguidance, llguidance.hf, llguidance.numpy  # noqa: E402
import numpy  # noqa: E402
import tokenizers  # noqa: E402
import xgrammar  # noqa: E402


def ordered(value, schema):
    """Members in the order in which the schema names them."""
    if isinstance(value, list):
        return [ordered(v, schema.get("items") if isinstance(schema, dict) else None) for v in value]
    if isinstance(value, dict):
        properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
        first = {k: ordered(value[k], properties[k]) for k in properties if k in value}
        return first | {k: v for k, v in value.items() if k not in first}
    return value


def load_cases(folder, tokenizer):
    def ids(text):
        return tokenizer.encode(text, add_special_tokens=False).ids

    cases = []
    for case in json.loads((folder / "json-schema.json").read_text())["cases"]:
        texts = [json.dumps(ordered(v, case["schema"])) for v in case["valid"]]
        cases.append({"id": case["id"], "kind": "json", "source": case["schema"], "texts": [ids(t) for t in texts]})
    for case in json.loads((folder / "regex.json").read_text())["cases"]:
        texts = [ids(t) for t in case["match"]]
        cases.append({"id": case["id"], "kind": "regex", "source": case["pattern"], "texts": texts})
    return cases


def run_martlet(binary, tokenizer_file, work_file):
    output = subprocess.run([binary, tokenizer_file, work_file], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.strip().split("\n")]


def measure(cases, compile_case, start, fill, accept, end):
    results = []
    for case in cases:
        result = {"id": case["id"]}
        begin = time.perf_counter_ns()
        try:
            grammar = compile_case(case)
            result["compile_us"] = (time.perf_counter_ns() - begin) / 1e3
            result["masks_us"], result["accepted"] = [], []
            for text in case["texts"]:
                matcher = start(grammar)
                good = True
                for token in text + [end]:
                    begin = time.perf_counter_ns()
                    fill(matcher)
                    result["masks_us"].append((time.perf_counter_ns() - begin) / 1e3)
                    good = accept(matcher, token)
                    if not good:
                        break
                result["accepted"].append(good)
        except Exception as error:
            result["compile_us"] = (time.perf_counter_ns() - begin) / 1e3
            result["error"] = str(error)[:200]
        results.append(result)
    return results


def run_xgrammar(cases, tokenizer, end):
    vocabulary = [tokenizer.id_to_token(i) or "" for i in range(tokenizer.get_vocab_size())]
    info = xgrammar.TokenizerInfo(vocabulary, xgrammar.VocabType.BYTE_LEVEL, stop_token_ids=[end])
    compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
    mask = xgrammar.allocate_token_bitmask(1, info.vocab_size)

    def compile_case(case):
        if case["kind"] == "regex":
            return compiler.compile_regex(case["source"])
        return compiler.compile_json_schema(json.dumps(case["source"]), strict_mode=False)

    return measure(
        cases, compile_case, xgrammar.GrammarMatcher, lambda m: m.fill_next_token_bitmask(mask),
        lambda m, token: m.accept_token(token), end,
    )


def run_llguidance(cases, tokenizer, end):
    adapter = llguidance.LLTokenizer(tokenizer.to_str(), eos_token=end)
    mask = llguidance.numpy.allocate_token_bitmask(1, adapter.vocab_size)

    def compile_case(case):
        if case["kind"] == "regex":
            grammar = llguidance.LLMatcher.grammar_from_regex(case["source"])
        else:
            grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(case["source"]))
        matcher = llguidance.LLMatcher(adapter, grammar)
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return matcher

    return measure(
        cases, compile_case, lambda m: m.deep_copy(), lambda m: llguidance.numpy.fill_next_token_bitmask(m, mask),
        lambda m, token: m.consume_token(token), end,
    )


def percentile(values, share):
    return float(numpy.percentile(values, share)) if values else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("tokenizer")
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--verbose", action="store_true", help="also the slowest cases and errors")
    arguments = parser.parse_args()
    data = pathlib.Path(arguments.tokenizer).read_bytes()
    if arguments.tokenizer.endswith(".gz"):
        data = gzip.decompress(data)
    tokenizer = tokenizers.Tokenizer.from_str(data.decode())
    end = tokenizer.token_to_id("<|eot_id|>")
    cases = load_cases(arguments.fixtures, tokenizer)
    engines = {"martlet": [], "xgrammar": [], "llguidance": []}
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "tokenizer.json").write_bytes(data)
        (pathlib.Path(folder) / "work.json").write_text(json.dumps({"end": end, "cases": cases}))
        for _ in range(arguments.rounds):
            engines["martlet"] += run_martlet(arguments.binary, f"{folder}/tokenizer.json", f"{folder}/work.json")
            engines["xgrammar"] += run_xgrammar(cases, tokenizer, end)
            engines["llguidance"] += run_llguidance(cases, tokenizer, end)
    print(f"{len(cases)} sources, {sum(len(t) + 1 for c in cases for t in c['texts'])} masks, {arguments.rounds} rounds")
    print("| engine | compile p50 | p99 | max | mask p50 | p99 | max | refused | texts accepted |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, results in engines.items():
        compiled = [r["compile_us"] / 1e3 for r in results if "error" not in r]
        masks = [t for r in results for t in r.get("masks_us", [])]
        texts = [a for r in results for a in r.get("accepted", [])]
        cells = [f"{percentile(compiled, p):.2f} ms" for p in (50, 99, 100)]
        cells += [f"{percentile(masks, p):.1f} µs" for p in (50, 99, 100)]
        refused = sum("error" in r for r in results) // arguments.rounds
        print(f"| {name} | {' | '.join(cells)} | {refused} | {sum(texts)}/{len(texts)} |")
    if arguments.verbose:
        for name, results in engines.items():
            for result in results[: len(cases)]:
                if "error" in result:
                    print(name, result["id"], result["error"])
                elif not all(result["accepted"]):
                    print(name, result["id"], "rejects", result["accepted"])
            slow = sorted((max(r.get("masks_us") or [0]), r["id"]) for r in results[: len(cases)])[-8:]
            print(name, "slowest masks", slow)
            slow = sorted((r["compile_us"], r["id"]) for r in results[: len(cases)])[-8:]
            print(name, "slowest compilations", slow)


if __name__ == "__main__":
    main()
