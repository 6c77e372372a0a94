#!/usr/bin/env python3
"""Writes the folders below `formats/`: small tokenizers in every kind of file, with what transformers makes of them.

usage: generate_format_goldens.py [NAME ...]   (all folders, or these; in an environment with transformers, sentencepiece, protobuf, tiktoken, tokenizers)

Each folder has the tokenizer's files and `golden.json`: the versions, texts, their ids with and without special tokens, and
the decoded text. Folders of SentencePiece models that no class uses in a way of its own also have SentencePiece's ids.
"""

import base64
import io
import json
import shutil
import sys
from pathlib import Path

import sentencepiece
import tiktoken
import tokenizers
import transformers

HERE = Path(__file__).parent
OUT = HERE / "formats"
TEXTS = [
    "", " ", "Hello world", " Hello  world ", "the quick brown fox jumps over the lazy dog", "Tokenizers, tokens & numbers 12345!",
    "line one\nline two\n\n  indented\ttab\r\n", "naïve café déjà vu Ünïcode", "Привет, мир", "你好，世界 こんにちは", "🙂🚀 emoji",
    "don't we'll I'M they'Re", "ﬁ ligature ① Ⅳ ｆｕｌｌ", "a" * 40, "▁visible ▁▁ space", "x<s>y</s>z", "<|im_start|>user<|im_end|>",
    "[CLS] hi [SEP] [MASK] ##ing", "<sep>user<sep> defined", "e\u0301 combining", "\u00a0nbsp\u3000wide", "<extra_id_0> gap", "def f(x):\n    return x + 1\n",
]


def corpus() -> list[str]:
    """Sentences from the documentation that every Python has, the same on each run."""
    import pydoc_data.topics
    text = pydoc_data.topics.topics["strings"] + pydoc_data.topics.topics["class"]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines + [t for t in TEXTS if t.strip() and len(t) < 60]) * 2


def spm(folder: Path, name: str, kind: str, size: int, **options) -> None:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()), model_writer=model, model_type=kind, vocab_size=size, num_threads=1,
        hard_vocab_limit=False, minloglevel=2, **options)
    (folder / name).write_bytes(model.getvalue())


def byte_level() -> tuple[dict, list]:
    """The vocabulary and the merges of the small byte-level tokenizer beside this file."""
    model = json.loads((HERE / "byte-level.json").read_text())["model"]
    return model["vocab"], [m if isinstance(m, list) else m.split(" ") for m in model["merges"]]


def ranks(folder: Path, name: str) -> None:
    vocabulary, merges = byte_level()
    decode = {v: k for k, v in transformers.convert_slow_tokenizer.bytes_to_unicode().items()}
    tokens = [bytes([b]) for b in range(256)]
    for left, right in merges:
        token = bytes(decode[c] for c in left + right)
        if token not in tokens:
            tokens.append(token)
    lines = [f"{base64.b64encode(token).decode()} {rank}" for rank, token in enumerate(tokens)]
    (folder / name).write_text("\n".join(lines) + "\n")


def pairs(folder: Path, specials: tuple = ()) -> None:
    vocabulary, merges = byte_level()
    vocabulary = {token: id for id, token in enumerate([*specials, *sorted(vocabulary, key=vocabulary.get)])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))


def words(folder: Path, left_out: tuple = ()) -> None:
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=320, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False)
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(corpus(), trainer)
    ordered = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token, _ in ordered if token not in left_out))


SPM = {"byte_fallback": True, "character_coverage": 0.98}
CASES = {
    "spm-bpe": (lambda f: spm(f, "tokenizer.model", "bpe", 600, user_defined_symbols=["<sep>", "\n"], **SPM), {}),
    "spm-bpe-plain": (lambda f: spm(
        f, "tokenizer.model", "bpe", 600, add_dummy_prefix=False, remove_extra_whitespaces=False,
        normalization_rule_name="identity", **SPM), {}),
    "spm-unigram": (lambda f: spm(f, "tokenizer.model", "unigram", 400), {}),
    "spm-unigram-bytes": (lambda f: spm(f, "spiece.model", "unigram", 600, normalization_rule_name="identity", **SPM), {}),
    "llama": (lambda f: spm(
        f, "tokenizer.model", "bpe", 600, normalization_rule_name="identity", remove_extra_whitespaces=False, **SPM),
        {"tokenizer_class": "LlamaTokenizer", "legacy": False, "add_bos_token": True, "add_eos_token": False}),
    "llama-legacy": (lambda f: spm(
        f, "tokenizer.model", "bpe", 600, normalization_rule_name="identity", remove_extra_whitespaces=False, **SPM),
        {"tokenizer_class": "LlamaTokenizer", "legacy": True}),
    "gemma": (lambda f: spm(
        f, "tokenizer.model", "bpe", 600, normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=False, pad_id=0, eos_id=1, bos_id=2, unk_id=3, bos_piece="<bos>", eos_piece="<eos>",
        user_defined_symbols=["<mask>", "<sep>"], **SPM),
        {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "bos_token": "<bos>", "eos_token": "<eos>"}),
    "t5": (lambda f: spm(
        f, "spiece.model", "unigram", 400, normalization_rule_name="identity", pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
           {"tokenizer_class": "T5Tokenizer"}),
    "xlm-roberta": (lambda f: spm(
        f, "sentencepiece.bpe.model", "unigram", 400, normalization_rule_name="identity"),
                    {"tokenizer_class": "XLMRobertaTokenizer"}),
    "tiktoken": (lambda f: ranks(f, "tokenizer.model"), {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}),
    "gpt2": (pairs, {"tokenizer_class": "GPT2Tokenizer"}),
    "qwen2": (pairs, {"tokenizer_class": "Qwen2Tokenizer", "additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}),
    "roberta": (lambda f: pairs(f, ("<s>", "<pad>", "</s>", "<unk>", "<mask>")), {"tokenizer_class": "RobertaTokenizer"}),
    "bert": (words, {"tokenizer_class": "BertTokenizer", "do_lower_case": True}),
    "roberta-bare": (pairs, {"tokenizer_class": "RobertaTokenizer"}),
    "bert-bare": (lambda f: words(f, ("[CLS]", "[SEP]")), {"tokenizer_class": "BertTokenizer"}),
    "bert-cased": (words, {"tokenizer_class": "BertTokenizer", "do_lower_case": False}),
}


def main() -> None:
    versions = {module.__name__: module.__version__ for module in (transformers, tokenizers, sentencepiece, tiktoken)}
    for name, (make, configuration) in CASES.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        folder = OUT / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        if name == "tiktoken":
            count = len((folder / "tokenizer.model").read_text().splitlines())
            configuration["added_tokens_decoder"] = {
                str(count + offset): {"content": content, "special": True, "normalized": False, "lstrip": False,
                                      "rstrip": False, "single_word": False}
                for offset, content in ((0, "<|im_start|>"), (2, "<|im_end|>"))}
        if configuration:
            (folder / "tokenizer_config.json").write_text(json.dumps(configuration))
        model = next(iter(folder.glob("*.model")), None)
        if configuration:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        else:
            tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder, vocab_file=str(model))
        golden = {"versions": versions, "class": type(tokenizer).__name__, "cases": []}
        processor = sentencepiece.SentencePieceProcessor(model_file=str(model)) if name.startswith("spm") else None
        for text in TEXTS:
            ids = tokenizer(text)["input_ids"]
            case = {"text": text, "ids": ids, "ids_no_special": tokenizer(text, add_special_tokens=False)["input_ids"],
                    "decode": tokenizer.backend_tokenizer.decode(ids, skip_special_tokens=False)}
            if processor:
                case["sentencepiece"] = processor.encode(text)
            golden["cases"].append(case)
        (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=True))


if __name__ == "__main__":
    main()
