"""Draws texts from the token masks of the fixtures' schemas and patterns and checks them with other libraries.

usage: check_grammar_walks.py BENCHMARK_BINARY TOKENIZER_JSON[.gz] FIXTURES/structured [--walks N]

Every text must be JSON that jsonschema validates, or one that Python's re matches as a whole. Exits with 1 otherwise.
needs: pip install jsonschema
"""

import argparse, gzip, json, pathlib, re, subprocess, sys, tempfile

import jsonschema


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("tokenizer")
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("--walks", type=int, default=20)
    arguments = parser.parse_args()
    data = pathlib.Path(arguments.tokenizer).read_bytes()
    if arguments.tokenizer.endswith(".gz"):
        data = gzip.decompress(data)
    cases = [
        {"id": c["id"], "kind": "json", "source": c["schema"]}
        for c in json.loads((arguments.fixtures / "json-schema.json").read_text())["cases"]
    ] + [
        {"id": c["id"], "kind": "regex", "source": c["pattern"]}
        for c in json.loads((arguments.fixtures / "regex.json").read_text())["cases"]
    ]
    end = next(t["id"] for t in json.loads(data)["added_tokens"] if t["special"])
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "tokenizer.json").write_bytes(data)
        (pathlib.Path(folder) / "work.json").write_text(json.dumps({"end": end, "cases": cases}))
        command = [arguments.binary, f"{folder}/tokenizer.json", f"{folder}/work.json", str(arguments.walks)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    sources = {c["id"]: c for c in cases}
    texts = wrong = 0
    for line in output.strip().split("\n"):
        result = json.loads(line)
        case = sources[result["id"]]
        for text in result.get("texts", []):
            texts += 1
            problem = None
            if case["kind"] == "regex":
                problem = None if re.fullmatch(case["source"], text) else "does not match"
            else:
                try:
                    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
                    validator = jsonschema.Draft202012Validator(case["source"], format_checker=checker)
                    validator.validate(json.loads(text))
                except (ValueError, jsonschema.ValidationError) as error:
                    problem = str(error).splitlines()[0]
            if problem:
                wrong += 1
                print(result["id"], json.dumps(case["source"])[:200], repr(text)[:200], problem)
    print(f"{texts} texts, {wrong} wrong")
    sys.exit(1 if wrong or not texts else 0)


if __name__ == "__main__":
    main()
