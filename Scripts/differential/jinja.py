#!/usr/bin/env python3
"""Compares Martlet's template language with jinja2 on random templates.

    pip install jinja2==3.1.6
    python Scripts/differential/jinja.py --count 100000 .build/release/martlet
    python Scripts/differential/jinja.py --templates FOLDER .build/release/martlet

The second form changes real templates at random places: FOLDER holds `NAME.json` files with `template`, and
`_conversations.json` with `conversations` (`messages`, `kwargs`) and `special_tokens`.

A template passes when both print the same text, or both fail; the texts of errors need not agree. Every template follows from
the seed and its number, so a difference is shown again by `--seed S --first N --count 1`. Exit status 1 means differences.

What differs on purpose, and is therefore neither generated nor counted:

* `lipsum` and `random` have no fixed answer; `lipsum` does not exist in Martlet.
* Objects that print their address or their Python class (macros, functions, generators) print something else.
* Martlet bounds steps, depth, output and the digits of integers: what it refuses as a limit is not compared.
* `include`, `import` and `extends` fail in both when they are reached, and Martlet has nothing to load from.
* jinja2 folds constants before it runs a template: slices of those that have none (`true[1:]`) are then undefined, and
  some infinities a `NameError`. Martlet does not fold, and neither does jinja2 here.
* Arguments of kinds that a filter is not made for (`indent=[]`, `wordwrap(10.5)`, `map(attribute=[])`) are refused at once; Python fails only where
  it comes to use them. Such refusals are counted as "stricter".
* Where `autoescape` is given a variable, `~` of jinja2 forgets that its operands are markup.
* There are no bytes: `encode` and `maketrans` of strings are refused, which counts as stricter too.
* `format_map` and `translate` of strings take mappings only; filters and tests that `map` and `select` name are looked up
  at once, not when the first element is asked for; `%s` of `strftime_now` stays as it is.
* In the body of a set block its name has the value that it had before; in jinja2 it may be undefined there, since the
  symbols of a template are found before it runs. The templates made up do not use it there.
* Complex numbers do not exist: a negative number to the power of a fraction is refused, which counts as "stricter".
* `pprint` does not break lines after 80 columns.
* `{% do %}`, which transformers does not enable, exists in Martlet; the comparison enables it in jinja2 too.
* Attributes of Python's own objects (`x.__class__`, `x.real`) are undefined in Martlet; the sandbox hides only some.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import sys

import jinja_reference as reference
from jinja_generator import CONTEXT, Generator

STRICTER = re.compile(
    r"object cannot be interpreted as an integer|indent must be an integer or a string|"
    r"an attribute must be a string or an integer|No (test|filter) named|Missing parameter for attribute name|"
    r"is not supported in templates|map requires a filter argument|complex numbers are not supported"
)


class Martlet:
    """A running `martlet debug jinja`, asked in batches."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, template, context):
        line = json.dumps({"template": template, "context": context}) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"martlet ended ({self.process.wait()}) at: {line}")
        answer = json.loads(answer)
        return (answer, None, None) if isinstance(answer, str) else (None, answer["error"], answer["phase"])


def generated(seed, number):
    """A template from nothing."""
    return Generator(seed * 1_000_003 + number).template(), CONTEXT


class Changed:
    """Real templates, changed at a few places."""

    PIECES = re.compile(r"\{[{%#]-?|-?[}%#]\}|'[^'\n]*'|\"[^\"\n]*\"|\w+|\s+|.", re.S)

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        shared = json.loads((folder / "_conversations.json").read_text())
        self.templates = []
        for path in sorted(folder.glob("[!_]*.json")):
            self.templates.append(self.PIECES.findall(json.loads(path.read_text())["template"]))
        self.contexts = [
            {**shared["special_tokens"], "tools": None, "documents": None, **item["kwargs"], "messages": item["messages"]}
            for item in shared["conversations"]
        ]

    def __call__(self, seed, number):
        chooser = random.Random(seed * 1_000_003 + number)
        pieces = list(chooser.choice(self.templates))
        for _ in range(chooser.randrange(3)):
            place, other = chooser.randrange(len(pieces)), chooser.choice(chooser.choice(self.templates))
            change = chooser.randrange(4)
            if change == 0:
                del pieces[place]
            elif change == 1:
                pieces[place] = other
            elif change == 2:
                pieces.insert(place, other)
            else:
                pieces[place] = chooser.choice(pieces)
        return "".join(pieces), chooser.choice(self.contexts)


def compare(martlet, source, numbers, seed, shown):
    """Counts the outcomes and prints the first differences."""
    counts = collections.Counter()
    for number in numbers:
        template, context = source(seed, number)
        text, failure, phase = martlet.ask(template, context)
        try:
            expected, problem = reference.render(template, context)
        except reference.Skipped:
            counts["skipped"] += 1
            continue
        if phase == "limit":
            counts["limits"] += 1
        elif text == expected:
            counts["equal" if problem is None else "both fail"] += 1
        elif problem is None and failure and STRICTER.search(failure):
            counts["stricter"] += 1
        else:
            counts["different"] += 1
            if counts["different"] <= shown:
                print(f"--- seed {seed}, number {number}\n{template}")
                print(f"jinja2:  {expected!r}" + (f" {problem}" if problem else ""))
                print(f"martlet: {text!r}" + (f" {failure}" if failure else ""), flush=True)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("martlet", help="path of the martlet binary")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first template")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--shown", type=int, default=20, help="how many differences to print")
    parser.add_argument("--templates", help="folder of real templates to change, instead of making some up")
    options = parser.parse_args()
    source = Changed(options.templates) if options.templates else generated
    martlet = Martlet([options.martlet, "debug", "jinja", "--now", reference.NOW])
    counts = compare(martlet, source, range(options.first, options.first + options.count), options.seed, options.shown)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    sys.exit(1 if counts["different"] else 0)


if __name__ == "__main__":
    main()
