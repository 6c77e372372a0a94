"""Random regular expressions in the syntax of the reference, and texts that they may match.

Two defects of Oniguruma are left out by `has_defect`:

* What follows `\\Z` and begins with any number of any characters (`\\Z\\O*`) is looked for at the text's beginning only.
* In a look-behind without a greatest length, a word does not begin at the text's beginning: `(?<=\\b|x+y)` and
  `(?<=x+y|\\b)` find different matches.
"""

import re

LETTERS = ["a", "b", "A", "ß", "s", "S", "é", "f", "i", "k", "日", "1", "2", " ", "\n", "\r", "-", "_", ".", "👍", "\u0301", "\u212a", "ſ", "ﬁ", "İ"]
CLASSES = [
    r"\w", r"\W", r"\s", r"\S", r"\d", r"\D", r"\h", r"\H", r"\p{L}", r"\P{L}", r"\p{^N}", r"\p{Lu}", r"\p{Han}", r"\p{greek}", r"\p{Alphabetic}",
    r"\p{Punct}", r"\p{Emoji}", r"\p{White_Space}", r"\p{M}", r"\p{Latin}", r"\p{Uppercase Letter}", r"\p{Lower}", r"\p{Word}", r"\p{LC}",
]
POSIX = ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "word"]
ESCAPES = [r"\n", r"\r", r"\t", r"\x41", r"\x{e9}", r"\u00e9", r"\-", r"\.", r"\141", r"\q", r"\"", r"\/", r"\e", r"\cA"]
ANCHORS = [r"\b", r"\B", "^", "$", r"\A", r"\z", r"\Z", r"\G"]
QUANTIFIERS = ["*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{,2}", "{2,}", "{1,2}?", "{2}?", "{2}+", "{2,1}", "{0}", "{1}", "**", "+*", "?*?"]


def escaped(letter):
    return "\\" + letter if letter in "-. " else letter


def bracket(rng, depth=0):
    parts = []
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.45:
            parts.append(escaped(rng.choice(LETTERS)))
        elif kind < 0.6:
            low, high = sorted(rng.choice("abfkszAKZ019é") for _ in range(2))
            parts.append(f"{low}-{high}")
        elif kind < 0.75:
            parts.append(rng.choice(CLASSES))
        elif kind < 0.85:
            parts.append("[:%s%s:]" % (rng.choice(["", "", "^"]), rng.choice(POSIX)))
        elif kind < 0.9:
            parts.append(rng.choice(ESCAPES))
        elif depth < 2:
            parts.append(bracket(rng, depth + 1))
    if not parts:
        parts.append("a")
    if rng.random() < 0.12:
        parts.insert(rng.randint(1, len(parts)), "&&")
        parts.append(rng.choice(CLASSES))
    edge = rng.random()
    text = "".join(parts)
    return "[" + ("^" if rng.random() < 0.3 else "") + ("-" if edge < 0.05 else "") + text + ("-" if edge > 0.95 else "") + "]"


def atom(rng, depth):
    kind = rng.random()
    if kind < 0.4:
        return escaped(rng.choice(LETTERS))
    if kind < 0.5:
        return rng.choice(CLASSES)
    if kind < 0.54:
        return rng.choice(ESCAPES)
    if kind < 0.58:
        return rng.choice([".", r"\R", r"\N", r"\O"])
    if kind < 0.7:
        return bracket(rng)
    if kind < 0.75:
        return rng.choice(ANCHORS)
    if kind < 0.78:
        return rng.choice([r"\1", r"\k<1>", r"\k<-1>"])
    if depth > 2:
        return "x"
    inner = alternation(rng, depth + 1)
    opening = rng.choice(["(", "(", "(?:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?i:", "(?m:", "(?x:", "(?-i:", "(?mi-x:", "(?i)", "(?<n>", "(?#c)"])
    if opening == "(?i)":
        return opening + inner
    if opening == "(?#c)":
        return opening
    return opening + inner + ")"


def sequence(rng, depth):
    parts = []
    for _ in range(rng.randint(1, 3)):
        part = atom(rng, depth)
        # a condition is not repeated
        if rng.random() < 0.35 and part not in ANCHORS and not part.startswith(("(?=", "(?!", "(?<=", "(?<!", "(?i)", "(?#")):
            part += rng.choice(QUANTIFIERS)
        parts.append(part)
    return "".join(parts)


def alternation(rng, depth=0):
    return "|".join(sequence(rng, depth) for _ in range(rng.choice([1, 1, 1, 2, 3])))


def subject(rng):
    extra = ["ss", "SS", "fi", "FI", "st", "\r\n", "α", "Σ", "ς", "σ", "i\u0307", "ǅ", "\u2028", "-", "]", "&", "\x01", "ﬆ"]
    return "".join(rng.choice(LETTERS + extra) for _ in range(rng.randint(1, 14)))


def has_defect(pattern):
    """Whether the reference's answer may be a defect of its own."""
    return re.search(r"\\Z.*(\\O|\.)[*+]", pattern, re.S) or re.search(r"\(\?<[=!].*\\[bB]", pattern, re.S)
