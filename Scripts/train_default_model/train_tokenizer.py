"""Trains the byte-level BPE tokenizer on the corpus and writes `tokenizer.json`."""

import argparse
import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from chat import CONTROL_TOKENS, MARKUP_TOKENS

# the Qwen2 pattern: contractions, words with their leading space, single digits, punctuation, white space
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _texts(path: Path, limit: int):
    """The texts of the first `limit` documents, without chat markup."""
    with open(path) as file:
        for _, line in zip(range(limit), file):
            document = json.loads(line)
            if "text" in document:
                yield document["text"]
            for message in document.get("messages", []):
                yield message["role"] + "\n" + message["content"] + "\n"
            for tool in document.get("tools", []):
                yield json.dumps(tool) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, default=Path(".train"))
    parser.add_argument("--vocab-size", type=int, default=2560, help="with the special tokens")
    parser.add_argument("--documents", type=int, default=40_000)
    arguments = parser.parse_args()

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    special = len(CONTROL_TOKENS) + len(MARKUP_TOKENS)
    trainer = trainers.BpeTrainer(
        vocab_size=arguments.vocab_size - special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(arguments.work_dir / "corpus.jsonl", arguments.documents), trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in CONTROL_TOKENS])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in MARKUP_TOKENS])
    if tokenizer.get_vocab_size() != arguments.vocab_size:
        raise SystemExit(f"the corpus gives only {tokenizer.get_vocab_size()} tokens")
    tokenizer.save(str(arguments.work_dir / "tokenizer.json"))


if __name__ == "__main__":
    main()
