#!/usr/bin/env python3
"""Writes a Hugging Face folder of a known shape with random weights, for measuring speed and memory.

usage: make_random_model.py SHAPE FOLDER [--quantization gptq|awq] [--layers N] [--vocabulary N] [--tokenizer FOLDER]
       [--shard-size BYTES]

Weights are bf16; with `--quantization` those of the projections are four bits in groups of 128, packed as GPTQ or AWQ do.

The tokenizer files are copied from a folder (default: Models/martlet-mini), so that the model can be served; rows of the
vocabulary that it does not cover get made-up words, so that every token has a text. Needs numpy.
"""

import argparse
import json
import shutil
import struct
from pathlib import Path

import numpy as np

SHAPES = {
    "qwen3-0.6b": dict(
        architecture="Qwen3ForCausalLM", model_type="qwen3", hidden_size=1024, intermediate_size=3072, num_hidden_layers=28,
        num_attention_heads=16, num_key_value_heads=8, head_dim=128, vocab_size=151936, tie_word_embeddings=True,
        rope_theta=1000000.0, max_position_embeddings=40960),
    "qwen3-tiny": dict(
        architecture="Qwen3ForCausalLM", model_type="qwen3", hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=16, vocab_size=4096, tie_word_embeddings=True,
        rope_theta=1000000.0, max_position_embeddings=4096),
    "llama-3.2-1b": dict(
        architecture="LlamaForCausalLM", model_type="llama", hidden_size=2048, intermediate_size=8192, num_hidden_layers=16,
        num_attention_heads=32, num_key_value_heads=8, head_dim=64, vocab_size=128256, tie_word_embeddings=True,
        rope_theta=500000.0, max_position_embeddings=131072),
    "llama-3-8b": dict(
        architecture="LlamaForCausalLM", model_type="llama", hidden_size=4096, intermediate_size=14336, num_hidden_layers=32,
        num_attention_heads=32, num_key_value_heads=8, head_dim=128, vocab_size=128256, tie_word_embeddings=False,
        rope_theta=500000.0, max_position_embeddings=8192),
    "qwen3-moe-2b": dict(
        architecture="Qwen3MoeForCausalLM", model_type="qwen3_moe", hidden_size=1024, intermediate_size=3072,
        moe_intermediate_size=768, num_hidden_layers=24, num_attention_heads=16, num_key_value_heads=4, head_dim=128,
        num_experts=32, num_experts_per_tok=4, norm_topk_prob=True, vocab_size=32768, tie_word_embeddings=True,
        rope_theta=1000000.0, max_position_embeddings=40960),
}


def tensors(shape: dict):
    """Names and dimensions of the model's tensors in checkpoint order."""
    hidden, width = shape["hidden_size"], shape["intermediate_size"]
    queries = shape["num_attention_heads"] * shape["head_dim"]
    keys = shape["num_key_value_heads"] * shape["head_dim"]
    yield "model.embed_tokens.weight", (shape["vocab_size"], hidden)
    for layer in range(shape["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", (hidden,)
        yield prefix + "self_attn.q_proj.weight", (queries, hidden)
        yield prefix + "self_attn.k_proj.weight", (keys, hidden)
        yield prefix + "self_attn.v_proj.weight", (keys, hidden)
        yield prefix + "self_attn.o_proj.weight", (hidden, queries)
        if shape["model_type"].startswith("qwen3"):
            yield prefix + "self_attn.q_norm.weight", (shape["head_dim"],)
            yield prefix + "self_attn.k_norm.weight", (shape["head_dim"],)
        yield prefix + "post_attention_layernorm.weight", (hidden,)
        mlps = [(prefix + "mlp.", width)]
        if "num_experts" in shape:
            yield prefix + "mlp.gate.weight", (shape["num_experts"], hidden)
            inside = shape["moe_intermediate_size"]
            mlps = [(f"{prefix}mlp.experts.{expert}.", inside) for expert in range(shape["num_experts"])]
        for name, inside in mlps:
            yield name + "gate_proj.weight", (inside, hidden)
            yield name + "up_proj.weight", (inside, hidden)
            yield name + "down_proj.weight", (hidden, inside)
    yield "model.norm.weight", (hidden,)
    if not shape["tie_word_embeddings"]:
        yield "lm_head.weight", (shape["vocab_size"], hidden)


#: the bytes of an element
SIZES = {"BF16": 2, "F16": 2, "I32": 4}
#: inputs that share a scale
GROUP = 128


def stored(shape: dict, quantization: str | None):
    """Names, types and dimensions of the tensors as they are stored."""
    for name, dimensions in tensors(shape):
        if not quantization or not name.endswith("_proj.weight"):
            yield name, "BF16", dimensions
            continue
        prefix, (outputs, inputs) = name.removesuffix("weight"), dimensions
        packed = (inputs // 8, outputs) if quantization == "gptq" else (inputs, outputs // 8)
        yield prefix + "qweight", "I32", packed
        yield prefix + "qzeros", "I32", (inputs // GROUP, outputs // 8)
        yield prefix + "scales", "F16", (inputs // GROUP, outputs)


def quantization_config(quantization: str) -> dict:
    common = {"quant_method": quantization, "bits": 4, "group_size": GROUP}
    if quantization == "gptq":
        return common | {"desc_act": False, "sym": True}
    return common | {"zero_point": True, "version": "gemm"}


def bfloat16(values: np.ndarray) -> bytes:
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).tobytes()


class RandomBytes:
    """Endless noise of each type from one block, read at changing offsets: the disk is the limit, not the generator."""

    def __init__(self, seed: int):
        self.generator = np.random.default_rng(seed)
        self.blocks = {
            "BF16": bfloat16(self.generator.normal(0, 0.02, 1 << 24)),
            # sixteen values at equal distances vary by 4.6 of these
            "F16": self.generator.uniform(0.002, 0.006, 1 << 24).astype(np.float16).tobytes(),
            "I32": self.generator.bytes(1 << 25)}

    def write(self, file, dtype: str, count: int) -> None:
        left = count * SIZES[dtype]
        while left:
            start = 4 * int(self.generator.integers(0, 1 << 22))
            piece = self.blocks[dtype][start:start + left]
            file.write(piece)
            left -= len(piece)


def shards(tensors, limit: int):
    """Groups tensors into files of at most `limit` bytes."""
    group, size = [], 0
    for name, dtype, dimensions in tensors:
        count = SIZES[dtype] * int(np.prod(dimensions))
        if group and size + count > limit:
            yield group
            group, size = [], 0
        group.append((name, dtype, dimensions))
        size += count
    yield group


def write_shard(path: Path, group: list, noise: RandomBytes, quantization: str | None) -> int:
    header, offset = {}, 0
    for name, dtype, dimensions in group:
        count = SIZES[dtype] * int(np.prod(dimensions))
        header[name] = {"dtype": dtype, "shape": list(dimensions), "data_offsets": [offset, offset + count]}
        offset += count
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-(8 + len(text)) % 64)  # tensors begin at a multiple of 64
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, dtype, dimensions in group:
            count = int(np.prod(dimensions))
            if name.endswith("norm.weight"):
                file.write(bfloat16(np.ones(count)))
            elif name.endswith("qzeros"):
                # 8 for every group; GPTQ stores one less
                file.write(bytes([0x77 if quantization == "gptq" else 0x88]) * (4 * count))
            else:
                noise.write(file, dtype, count)
    return offset


def write_tokenizer(source: Path, target: Path, vocabulary: int) -> None:
    """Copies a byte-level BPE tokenizer; ids without a token get a word that no text is encoded to."""
    for name in ["tokenizer_config.json", "special_tokens_map.json"]:
        if (source / name).exists():
            shutil.copy(source / name, target / name)
    if not (source / "tokenizer.json").exists():
        return
    file = json.loads((source / "tokenizer.json").read_text())
    used = set(file["model"]["vocab"].values()) | {token["id"] for token in file["added_tokens"]}
    file["model"]["vocab"] |= {f"\u0120word{number}": number for number in range(vocabulary) if number not in used}
    (target / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quantization", choices=["gptq", "awq"])
    parser.add_argument("--layers", type=int)
    parser.add_argument("--vocabulary", type=int)
    parser.add_argument("--tokenizer", type=Path, default=Path(__file__).parents[1] / "Models/martlet-mini")
    parser.add_argument("--shard-size", type=int, default=5_000_000_000)
    arguments = parser.parse_args()
    shape = dict(SHAPES[arguments.shape])
    if arguments.layers:
        shape["num_hidden_layers"] = arguments.layers
    if arguments.vocabulary:
        shape["vocab_size"] = arguments.vocabulary
    arguments.folder.mkdir(parents=True, exist_ok=True)
    architecture = shape.pop("architecture")
    config = dict(
        architectures=[architecture], torch_dtype="bfloat16", hidden_act="silu", rms_norm_eps=1e-6, attention_bias=False,
        mlp_bias=False, rope_scaling=None, bos_token_id=0, eos_token_id=1, initializer_range=0.02, **shape)
    if arguments.quantization:
        config["quantization_config"] = quantization_config(arguments.quantization)
    (arguments.folder / "config.json").write_text(json.dumps(config, indent=2))
    groups = list(shards(stored(shape, arguments.quantization), arguments.shard_size))
    noise, names, total = RandomBytes(0), {}, 0
    for number, group in enumerate(groups, 1):
        name = "model.safetensors" if len(groups) == 1 else f"model-{number:05}-of-{len(groups):05}.safetensors"
        total += write_shard(arguments.folder / name, group, noise, arguments.quantization)
        names |= {tensor: name for tensor, _, _ in group}
    if len(groups) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": names}
        (arguments.folder / "model.safetensors.index.json").write_text(json.dumps(index))
    write_tokenizer(arguments.tokenizer, arguments.folder, shape["vocab_size"])
    print(f"{arguments.folder}: {total / 1e9:.2f} GB of weights")


if __name__ == "__main__":
    main()
