"""Random tokenizers, put together from every kind of component that `tokenizer.json` can name."""
import base64
import json
import pathlib
import struct

from tokenizers import Tokenizer

import patterns

PATTERNS = [
    r"\s+", r"\p{L}+|\p{N}+", r" ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", r"[aeiou]", r"(?i)[a-f]+|\d", r"(?<=\d)(?=(?:\d{3})+\b)",
    r"(?<!a)b", r"x*", r"\b", r"(?>a+)b|\w", r"(\w)\1", r"[[:alpha:]]+|[[:punct:]]", r"[a-z&&[^aeiou]]+", r"\p{Han}+|\p{Hiragana}+|\p{Katakana}+",
    r"(?:ab|a)*c?|.", r"[^\n]+\n?", r"\h+", r"(?m:.+?)\s", r"\R|\S+", r"(?=[A-Z])", r"\p{Lu}\p{Ll}*|\p{^L}+", r"(a|ab)(c|bcd)?|[\s\S]",
]
SCRIPT = ["a", "é", "日", " ", "\n", "1", "."]


def regex_or_string(rng):
    kind = rng.random()
    if kind < 0.4:
        return {"Regex": rng.choice(PATTERNS)}
    if kind < 0.6:
        return {"Regex": patterns.alternation(rng, depth=1)}
    return {"String": rng.choice([" ", "a", ",", "ab", "\u2581", "é", "  ", "n", "", "a.b", "#", "ss", "\u0301", "\n"])}


def charsmap(rng, pairs):
    """A double-array trie of one-byte steps, laid out naively: each node's children get a block of their own."""
    root = {}
    texts = b""
    for key, value in pairs:
        node = root
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[None] = len(texts)
        texts += value.encode() + b"\0"
    units, nodes, base = {}, [], 256
    queue = [(0, root)]
    while queue:
        position, node = queue.pop(0)
        block = base
        base += 256
        nodes.append((position, node, block))
        for byte, child in node.items():
            if byte is not None:
                queue.append((block ^ byte, child))
        for byte, child in node.items():
            if byte is None:
                units[block] = child | 1 << 31
    labels = {0: 0}
    for position, node, block in nodes:
        for byte in node:
            if byte is not None:
                labels[block ^ byte] = byte
    for position, node, block in nodes:
        offset = position ^ block
        encoded = offset << 10 if offset < 1 << 21 else (offset >> 8) << 10 | 1 << 9
        units[position] = encoded | (1 << 8 if None in node else 0) | labels[position]
    words = [units.get(i, 0) for i in range(max(units) + 256)]
    trie = struct.pack(f"<{len(words)}I", *words)
    return base64.b64encode(struct.pack("<I", len(trie)) + trie + texts).decode()


def normalizer(rng, depth=0):
    kind = rng.choice([
        "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "Replace", "Prepend", "BertNormalizer", "Nmt",
        "Precompiled", "ByteLevel", "Sequence", None, None,
    ])
    if kind in (None, "Sequence") and depth:
        kind = "Lowercase"
    if kind is None:
        return None
    flag = lambda: rng.random() < 0.5
    extra = {
        "Strip": lambda: {"strip_left": flag(), "strip_right": flag()},
        "Replace": lambda: {"pattern": regex_or_string(rng), "content": rng.choice(["", " ", "x", "\u2581"])},
        "Prepend": lambda: {"prepend": rng.choice(["\u2581", " ", "ab"])},
        "BertNormalizer": lambda: {"clean_text": flag(), "handle_chinese_chars": flag(), "strip_accents": rng.choice([None, True, False]), "lowercase": flag()},
        "Precompiled": lambda: {"precompiled_charsmap": charsmap(rng, {
            "a": "A", "e\u0301": "é", "\u3000": " ", "ﬁ": "fi", "\r": "", "👍": "+1", "日": "日 ", "h": "", "\u0301": "'", "क": "k", "\u1100": "g"}.items())},
        "Sequence": lambda: {"normalizers": [normalizer(rng, 1) for _ in range(rng.randint(0, 3))]},
    }.get(kind, dict)()
    return {"type": kind, **extra}


def pre_tokenizer(rng, depth=0):
    kind = rng.choice([
        "ByteLevel", "Split", "Split", "Split", "Whitespace", "WhitespaceSplit", "Digits", "Punctuation", "BertPreTokenizer", "Metaspace",
        "CharDelimiterSplit", "UnicodeScripts", "FixedLength", "Sequence", None,
    ])
    if kind in (None, "Sequence") and depth:
        kind = "Split"
    if kind is None:
        return None
    flag = lambda: rng.random() < 0.5
    behavior = lambda: rng.choice(["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"])
    extra = {
        "ByteLevel": lambda: {"add_prefix_space": flag(), "trim_offsets": flag(), "use_regex": flag()},
        "Split": lambda: {"pattern": regex_or_string(rng), "behavior": behavior(), "invert": rng.random() < 0.3},
        "Digits": lambda: {"individual_digits": flag()},
        "Punctuation": lambda: {"behavior": behavior()},
        "Metaspace": lambda: {"replacement": rng.choice(["\u2581", "_"]), "prepend_scheme": rng.choice(["always", "first", "never"]), "split": flag()},
        "CharDelimiterSplit": lambda: {"delimiter": rng.choice([" ", "a", "日"])},
        "FixedLength": lambda: {"length": rng.randint(1, 7)},
        "Sequence": lambda: {"pretokenizers": [pre_tokenizer(rng, 1) for _ in range(rng.randint(0, 3))]},
    }.get(kind, dict)()
    return {"type": kind, **extra}


def decoder(rng, depth=0):
    kind = rng.choice([
        "ByteLevel", "WordPiece", "Metaspace", "ByteFallback", "BPEDecoder", "CTC", "Fuse", "Strip", "Replace", "Sequence", "Sequence", None,
    ])
    if kind in (None, "Sequence") and depth:
        kind = "Fuse"
    if kind is None:
        return None
    flag = lambda: rng.random() < 0.5
    extra = {
        "ByteLevel": lambda: {"add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "WordPiece": lambda: {"prefix": rng.choice(["##", "a"]), "cleanup": flag()},
        "Metaspace": lambda: {"replacement": "\u2581", "prepend_scheme": rng.choice(["always", "first", "never"]), "split": True},
        "BPEDecoder": lambda: {"suffix": rng.choice(["</w>", "a"])},
        "CTC": lambda: {"pad_token": rng.choice(["<pad>", "a"]), "word_delimiter_token": rng.choice(["|", "b"]), "cleanup": flag()},
        "Strip": lambda: {"content": rng.choice([" ", "a"]), "start": rng.randint(0, 2), "stop": rng.randint(0, 1)},
        "Replace": lambda: {"pattern": regex_or_string(rng), "content": rng.choice(["", " ", "xy"])},
        "Sequence": lambda: {"decoders": [decoder(rng, 1) for _ in range(rng.randint(1, 4))]},
    }.get(kind, dict)()
    return {"type": kind, **extra}


def post_processor(rng, depth=0):
    kind = rng.choice(["ByteLevel", "BertProcessing", "RobertaProcessing", "TemplateProcessing", "Sequence", None])
    if kind in (None, "Sequence") and depth:
        kind = "ByteLevel"
    if kind is None:
        return None
    sequence = lambda name, type_id: {"Sequence": {"id": name, "type_id": type_id}}
    special = {"SpecialToken": {"id": "[CLS]", "type_id": 0}}
    extra = {
        "ByteLevel": lambda: {"add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "BertProcessing": lambda: {"sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        "RobertaProcessing": lambda: {"sep": ["[SEP]", 2], "cls": ["[CLS]", 1], "trim_offsets": True, "add_prefix_space": True},
        "TemplateProcessing": lambda: {
            "single": rng.choice([[special, sequence("A", 0)], [sequence("A", 1), special], [sequence("A", 0)]]),
            "pair": rng.choice([[special, sequence("A", 0), special, sequence("B", 1)], [sequence("B", 0), sequence("A", 1)]]),
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1, 1], "tokens": ["[CLS]", "[CLS]"]}}},
        "Sequence": lambda: {"processors": [post_processor(rng, 1) for _ in range(rng.randint(0, 3))]},
    }.get(kind, dict)()
    return {"type": kind, **extra}


def pieces(components, texts):
    """What the reference cuts the texts into."""
    state = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "post_processor": None, "decoder": None,
             "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0}}, **components}
    tokenizer = Tokenizer.from_str(json.dumps(state))
    found = {}
    for text in texts:
        normalized = tokenizer.normalizer.normalize_str(text) if tokenizer.normalizer else text
        parts = [p for p, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normalized)] if tokenizer.pre_tokenizer else [normalized]
        for part in parts:
            found[part] = found.get(part, 0) + 1
    return found


def model(rng, found):
    specials = ["[UNK]", "[CLS]", "[SEP]", "<pad>"]
    kind = rng.choice(["BPE", "Unigram", "WordPiece", "WordLevel", "WordLevel"])
    if kind == "WordLevel":
        return {"type": kind, "unk_token": rng.choice(["[UNK]", "[none]"]), "vocab": vocabulary(specials + list(found))}
    words = [w for w in found if w]
    parts = {w[i:j] for w in words for i in [rng.randrange(len(w))] for j in [min(len(w), i + rng.randint(1, 5))]}
    characters = sorted({c for w in words for c in w if rng.random() < 0.8})
    parts = sorted(parts)
    if rng.random() < 0.4:
        specials = specials + [f"<0x{b:02X}>" for b in range(256)]
    if kind == "WordPiece":
        tokens = specials + characters + parts + ["##" + p for p in characters + parts if rng.random() < 0.8]
        return {"type": kind, "unk_token": "[UNK]", "continuing_subword_prefix": rng.choice(["##", "##", ""]),
                "max_input_chars_per_word": rng.choice([100, 4, 0]), "vocab": vocabulary(tokens)}
    if kind == "Unigram":
        tokens = list(dict.fromkeys(specials + characters + parts))
        return {"type": kind, "unk_id": rng.choice([0, 0, 2]), "byte_fallback": rng.random() < 0.5,
                "vocab": [[t, rng.choice([-1.0, -2.5, -3, -7.25, -rng.random() * 12])] for t in tokens]}
    prefix, suffix = rng.choice([None, None, "##"]), rng.choice([None, None, "</w>"])
    tokens = vocabulary(specials)
    merges = []
    symbols = [[(prefix or "" if i else "") + c + (suffix or "" if i == len(w) - 1 else "") for i, c in enumerate(w)] for w in words]
    for symbol in sorted({s for w in symbols for s in w if rng.random() < 0.9}):
        tokens.setdefault(symbol, len(tokens))
    for _ in range(150):
        word = rng.choice(symbols) if symbols else []
        if len(word) < 2:
            continue
        i = rng.randrange(len(word) - 1)
        left, right = word[i], word[i + 1]
        whole = left + (right[len(prefix):] if prefix and right.startswith(prefix) else right)
        if left in tokens and right in tokens and [left, right] not in merges and (not prefix or right.startswith(prefix)):
            tokens.setdefault(whole, len(tokens))
            merges.append([left, right])
            word[i : i + 2] = [whole]
    if rng.random() < 0.2 and not any(" " in s for merge in merges for s in merge):
        merges = [" ".join(merge) for merge in merges]
    return {"type": kind, "dropout": None, "unk_token": rng.choice([None, "[UNK]", "[UNK]"]), "continuing_subword_prefix": prefix,
            "end_of_word_suffix": suffix, "fuse_unk": rng.random() < 0.5, "byte_fallback": rng.random() < 0.4,
            "ignore_merges": rng.random() < 0.3, "vocab": tokens, "merges": merges}


def truncation(rng):
    if rng.random() < 0.75:
        return None
    return {"max_length": rng.choice([0, 1, 2, 3, 5, 8, 20]), "strategy": rng.choice(["LongestFirst", "OnlyFirst", "OnlySecond"]),
            "stride": 0, "direction": rng.choice(["Left", "Right"])}


def padding(rng):
    if rng.random() < 0.75:
        return None
    return {"strategy": rng.choice(["BatchLongest", {"Fixed": rng.choice([0, 1, 7, 24])}]), "direction": rng.choice(["Left", "Right"]),
            "pad_to_multiple_of": rng.choice([None, None, 0, 1, 4, 8]), "pad_id": 3, "pad_type_id": rng.choice([0, 2]), "pad_token": "<pad>"}


def vocabulary(tokens):
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def added_tokens(rng, vocab):
    first = len(vocab)
    words = [entry[0] for entry in vocab] if isinstance(vocab, list) else sorted(vocab, key=vocab.get)
    specials = [(0, "[UNK]"), (1, "[CLS]"), (2, "[SEP]"), (3, "<pad>")]
    flag = lambda p=0.3: rng.random() < p
    tokens = [{"id": i, "content": c, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, c in specials]
    for content in rng.sample(["word", "new york", "Hello", "é", " a", "<mask>", "日本", "wor", "</w>"], rng.randint(0, 5)):
        tokens.append({"id": first, "content": content, "single_word": flag(), "lstrip": flag(), "rstrip": flag(),
                       "normalized": flag(0.5), "special": flag()})
        first += 1
    # words of the model's own, under their own numbers
    for id in rng.sample(range(4, len(words)), min(len(words) - 4, rng.choice([0, 0, 1, 2]))) if len(words) > 4 else []:
        if words[id] and words[id] not in {t["content"] for t in tokens}:
            tokens.append({"id": id, "content": words[id], "single_word": flag(), "lstrip": flag(), "rstrip": flag(), "normalized": flag(0.5), "special": flag()})
    return sorted(tokens, key=lambda t: t["id"])


def random_tokenizer(rng, texts):
    """The content of a tokenizer.json."""
    components = {"normalizer": normalizer(rng), "pre_tokenizer": pre_tokenizer(rng)}
    made = model(rng, pieces(components, texts))
    vocab = made["vocab"]
    state = {"version": "1.0", "truncation": truncation(rng), "padding": padding(rng), "added_tokens": added_tokens(rng, vocab), **components,
             "post_processor": post_processor(rng), "decoder": decoder(rng), "model": made}
    return json.dumps(state)
