#!/usr/bin/env python3
"""Makes the two small tokenizers beside this file and what the reference answers for them.

Run with a Python that has `tokenizers` (0.23.3). `byte-level.json` is a byte-level BPE with Qwen2's splitting and NFC,
`sentencepiece.json` a BPE with byte fallback; both have added tokens with every flag. `golden-NAME.json` holds cases
(text -> ids with and without special tokens, decoded text), streams (ids -> decoded text) and `normalization`,
`patterns`: what the reference's normalizers and splitters make of nasty texts.
"""
import json
import random
import unicodedata
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
CORPUS = [
    "The quick brown fox jumps over the lazy dog. It's what we'll say: don't they've I'm you'd he'S",
    "Hello world, hello there! The answer is 42, or 1234567. Isn't it? 今天天气很好。日本語のテキスト",
    "def main():\n    print('hello')\n\n    return 0\n\ttabs\r\nand lines   and spaces ",
    "naïve café Größe straße; привет мир; مرحبا; 한국어 각 각; emoji 😀👍🏽 👩‍🚀",
] * 4
TEXTS = [
    "", " ", "  ", "\n", "a", " a", "a ", "Hello world", " Hello  world \n", "hello\r\n\r\n  world\t", "it's IT'S don'ſt",
    "1 12 123 1234", "x=1;y=[2,3]", "e\u0301 \u00e9", "\u1112\u1161\u11ab \ud55c", "\u0344\u0301\u0323", "😀😁 👩‍🚀 🏳️‍🌈",
    "日本語 混合mixed文", "<s>", "a<s>b</s>", " <s> x </s> ", "<|start|>user<|end|>\n", "word wordy sword word",
    "left <L> right", "x <R>  y", "new york new yorker", "\u2581a \u2581", "\u00a0\u2028\u3000x", "a\u200bb\ufeffc",
    "\x00\x01\x7f", "\ufffd", "\U0010ffff", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
]
ADDED = [
    AddedToken("word", single_word=True, normalized=True), AddedToken("<L>", lstrip=True, normalized=False),
    AddedToken("<R>", rstrip=True, normalized=False), AddedToken("new york", normalized=True),
]
SPECIAL = ["<s>", "</s>", "<|start|>", "<|end|>"]


def random_text(rng):
    pools = [
        "abcdefghijklmnopqrstuvwxyz", "ABC XYZ", "0123456789", " \n\t\r", ".,;:!?'\"()[]{}-_/\\", "éüßñÅçøžš", "привет", "日本語中文",
        "한국각", "😀👍🏽👩‍🚀", "\u0301\u0323\u0307\u0344", "\u1100\u1161\u11a8\u1112", "ſKİı", "٣½Ⅷ²", "\u00a0\u200b\u2028\u3000",
    ]
    parts = []
    for _ in range(rng.randint(1, 12)):
        pool = rng.choice(pools)
        parts.append("".join(rng.choice(pool) for _ in range(rng.randint(1, 5))))
    return rng.choice(["", " "]).join(parts)


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.add_tokens(ADDED)
    return tokenizer


def sentencepiece():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()  # for the training only: no merges across words
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)],
        limit_alphabet=60, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    state = json.loads(tokenizer.to_str())
    state["pre_tokenizer"] = None
    state["added_tokens"] = [t for t in state["added_tokens"] if not t["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.add_tokens(ADDED)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    return tokenizer


def golden(name, tokenizer):
    rng = random.Random(7)
    tokenizer.save(str(HERE / f"{name}.json"), pretty=False)
    texts = TEXTS + [random_text(rng) for _ in range(150)]
    cases = [{
        "text": text, "ids": tokenizer.encode(text).ids, "plain_ids": tokenizer.encode(text, add_special_tokens=False).ids,
        "decoded": tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False),
    } for text in texts]
    streams = []
    for _ in range(150):
        ids = [rng.randrange(tokenizer.get_vocab_size()) for _ in range(rng.randint(1, 24))]
        if rng.random() < 0.5:  # bytes in a row: mostly broken characters
            base = tokenizer.token_to_id("<0x00>") or 0
            ids = [base + rng.randrange(256) for _ in ids]
        skip = rng.random() < 0.5
        streams.append({"ids": ids, "skip": skip, "decoded": tokenizer.decode(ids, skip_special_tokens=skip)})
    pair = tokenizer.encode("hello", "world")
    answer = {"vocabulary_size": tokenizer.get_vocab_size(), "cases": cases, "streams": streams,
              "pair": {"ids": pair.ids, "type_ids": pair.type_ids}}
    (HERE / f"golden-{name}.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n")


def components():
    """What normalizers and splitters of the reference do, each by itself."""
    rng = random.Random(11)
    marks = [chr(c) for c in range(0x300, 0x370)] + ["\u05b0", "\u3099", "\u0f71", "\u0f72", "\u1dce", "\U0001d165"]
    bases = list("aeiouAEsßdŁ가각한") + ["\u1100", "\u1161", "\u11a8", "\u0915", "\u0958", "\u212b", "\ufb01", "\u01d5", "\u1e9b", "ǖ"]
    texts = ["".join(rng.choice(bases) + "".join(rng.choice(marks) for _ in range(rng.randint(0, 4)))
                     for _ in range(rng.randint(1, 6))) for _ in range(60)]
    forms = {n: [getattr(normalizers, n)().normalize_str(t) for t in texts] for n in ("NFC", "NFD", "NFKC", "NFKD")}
    patterns = [
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        r"(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+", r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        r"\d{1,3}(?=(?:\d{3})*\b)", r"\s+$", r"\w+|[^\w\s]+", r"[0-9][0-9][0-9]", r"a+?b|(?:ab){2}", r"^\s|x.z|\bq\B",
    ]
    subjects = TEXTS + ["ababab aab ab", "1234567 1234 12", "q qq xyz x\nz", "don'T we'LL 'ſ \u212a", "a  \n b \n\n c  "]
    subjects += [random_text(rng) for _ in range(60)]
    results = []
    for pattern in patterns:
        try:
            splitter = pre_tokenizers.Split(Regex(pattern), "isolated")
        except Exception as error:
            results.append({"pattern": pattern, "error": str(error)})
            continue
        results.append({"pattern": pattern, "pieces": [[p for p, _ in splitter.pre_tokenize_str(s)] for s in subjects]})
    answer = {"texts": texts, "forms": forms, "subjects": subjects, "patterns": results}
    (HERE / "golden-components.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n")


golden("byte-level", byte_level())
golden("sentencepiece", sentencepiece())
components()
