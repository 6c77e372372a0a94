"""Writes a checkpoint as a Hugging Face model folder: bfloat16 weights, configuration and tokenizer. The model card stays as it is."""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from chat import CONTROL_TOKENS, END_OF_TEXT, MARKUP_TOKENS, MESSAGE_END, TEMPLATE

_LIMIT_BYTES = 8 * 1024 * 1024


def model_config(sizes: dict, tokenizer: Tokenizer) -> dict:
    """`config.json`, with the classic keys that every reader of Qwen3 checkpoints knows."""
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": None,
        "eos_token_id": tokenizer.token_to_id(MESSAGE_END),
        "pad_token_id": tokenizer.token_to_id(END_OF_TEXT),
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "max_window_layers": sizes["num_hidden_layers"],
        "model_type": "qwen3",
        "rope_scaling": None,
        "sliding_window": None,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "use_sliding_window": False,
        **sizes,
    }


def generation_config(tokenizer: Tokenizer) -> dict:
    """`generation_config.json`: the end tokens and moderate sampling."""
    return {
        "do_sample": True,
        "eos_token_id": [tokenizer.token_to_id(MESSAGE_END), tokenizer.token_to_id(END_OF_TEXT)],
        "pad_token_id": tokenizer.token_to_id(END_OF_TEXT),
        "temperature": 0.7,
        "top_k": 20,
        "top_p": 0.9,
    }


def tokenizer_config(context: int, tokenizer: Tokenizer) -> dict:
    """`tokenizer_config.json`, with the chat template."""
    added = {
        str(tokenizer.token_to_id(token)): {
            "content": token,
            "lstrip": False,
            "normalized": False,
            "rstrip": False,
            "single_word": False,
            "special": token in CONTROL_TOKENS,
        }
        for token in CONTROL_TOKENS + MARKUP_TOKENS
    }
    return {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": added,
        "bos_token": None,
        "chat_template": TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": MESSAGE_END,
        "errors": "replace",
        "model_max_length": context,
        "pad_token": END_OF_TEXT,
        "split_special_tokens": False,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, default=Path(".train"))
    parser.add_argument("--output", type=Path, required=True, help="the model folder")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    state = torch.load(arguments.work_dir / "checkpoint.pt", weights_only=True)
    tokenizer = Tokenizer.from_file(str(arguments.work_dir / "tokenizer.json"))

    weights = {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in state["model"].items()}
    file = arguments.output / "model.safetensors"
    save_file(weights, file, metadata={"format": "pt"})
    file.chmod(0o644)
    if file.stat().st_size > _LIMIT_BYTES:
        raise SystemExit(f"{file} has {file.stat().st_size:,} bytes, more than {_LIMIT_BYTES:,}")
    tokenizer.save(str(arguments.output / "tokenizer.json"))
    _write_json(arguments.output / "config.json", model_config(state["config"], tokenizer))
    _write_json(arguments.output / "generation_config.json", generation_config(tokenizer))
    context = state["config"]["max_position_embeddings"]
    _write_json(arguments.output / "tokenizer_config.json", tokenizer_config(context, tokenizer))
    _write_json(arguments.output / "special_tokens_map.json", {"eos_token": MESSAGE_END, "pad_token": END_OF_TEXT})
    parameters = sum(tensor.numel() for tensor in weights.values())
    print(f"{parameters:,} parameters, {file.stat().st_size:,} bytes, step {state['step']}")


if __name__ == "__main__":
    main()
