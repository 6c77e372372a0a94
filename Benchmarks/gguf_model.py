#!/usr/bin/env python3
"""Converts a model folder to GGUF for llama.cpp and quantizes it.

usage: gguf_model.py FOLDER OUTPUT.gguf [--type bf16|f32|q8_0|q4_0]

Qwen3 and Llama shapes; byte-level BPE tokenizers, split as Qwen2's are. Weights keep their bits: bf16 in, bf16 out; q8_0 and q4_0 are made of that by llama.cpp itself.
Needs numpy and gguf; for q8_0 and q4_0 llama-cpp-python.
"""

import argparse
import ctypes
import json
import struct
from pathlib import Path

import gguf
import numpy as np

ARCHITECTURES = {"Qwen3ForCausalLM": "qwen3", "LlamaForCausalLM": "llama"}
NAMES = {
    "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight"}
LAYER_NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}


def tensors(folder: Path):
    """Names, types and bytes of the tensors of a folder's safetensors files."""
    for path in sorted(folder.glob("*.safetensors")):
        data = np.memmap(path, dtype=np.uint8, mode="r")
        length = struct.unpack("<Q", data[:8].tobytes())[0]
        header = json.loads(data[8:8 + length].tobytes())
        for name, entry in header.items():
            if name != "__metadata__":
                begin, end = (8 + length + offset for offset in entry["data_offsets"])
                yield name, entry["dtype"], entry["shape"], data[begin:end]


def float32(dtype: str, data: np.ndarray) -> np.ndarray:
    if dtype == "BF16":
        return (data.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return data.view({"F16": np.float16, "F32": np.float32}[dtype]).astype(np.float32)


def gguf_name(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    _, _, layer, *module = name.split(".")
    return f"blk.{layer}.{LAYER_NAMES['.'.join(module[:-1])]}.{module[-1]}"


def interleaved(data: np.ndarray, heads: int) -> np.ndarray:
    """Rows of Llama's queries and keys in the order in which llama.cpp rotates neighbours."""
    rows, columns = data.shape
    return data.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def add_tokenizer(writer: gguf.GGUFWriter, folder: Path, config: dict) -> None:
    """The folder's byte-level BPE tokenizer; none where it has another or none."""
    path = folder / "tokenizer.json"
    file = json.loads(path.read_text()) if path.exists() else {"model": {}}
    if file["model"].get("type") != "BPE":
        writer.add_tokenizer_model("none")
        return
    size = config["vocab_size"]
    tokens = [f"[PAD{number}]" for number in range(size)]
    types = [gguf.TokenType.UNUSED] * size
    for text, number in file["model"]["vocab"].items():
        tokens[number], types[number] = text, gguf.TokenType.NORMAL
    for token in file["added_tokens"]:
        kind = gguf.TokenType.CONTROL if token["special"] else gguf.TokenType.USER_DEFINED
        tokens[token["id"]], types[token["id"]] = token["content"], kind
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in file["model"]["merges"]])
    if isinstance(config.get("eos_token_id"), int):
        writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)


def convert(folder: Path, output: Path, kind: str) -> None:
    """Writes a bf16 or f32 file."""
    config = json.loads((folder / "config.json").read_text())
    architecture = ARCHITECTURES[config["architectures"][0]]
    writer = gguf.GGUFWriter(str(output), architecture)
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    writer.add_name(folder.name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    add_tokenizer(writer, folder, config)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16 if kind == "bf16" else gguf.LlamaFileType.ALL_F32)
    for name, dtype, shape, data in tensors(folder):
        if len(shape) == 1:
            writer.add_tensor(gguf_name(name), float32(dtype, data))
            continue
        if kind == "f32" or dtype != "BF16":
            matrix = float32(dtype, data).reshape(shape)
        else:
            matrix = np.asarray(data).view(np.uint16).reshape(shape)
        if architecture == "llama" and ("q_proj" in name or "k_proj" in name):
            matrix = interleaved(matrix, heads if "q_proj" in name else kv_heads)
        if matrix.dtype == np.uint16:
            raw = np.ascontiguousarray(matrix).view(np.uint8)
            writer.add_tensor(gguf_name(name), raw, raw_dtype=gguf.GGMLQuantizationType.BF16)
        else:
            writer.add_tensor(gguf_name(name), matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantize(source: Path, output: Path, kind: str) -> None:
    """Makes a q8_0 or q4_0 file with llama.cpp's defaults (matrices that its recipe keeps wider stay so)."""
    import llama_cpp
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.nthread = 2
    parameters.ftype = {"q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0, "q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0}[kind]
    status = llama_cpp.llama_model_quantize(str(source).encode(), str(output).encode(), ctypes.byref(parameters))
    if status != 0:
        raise RuntimeError(f"llama.cpp could not quantize {source}: {status}")


def prepare(folder: Path, cache: Path, kind: str) -> Path:
    """The GGUF file of a folder in `cache`, made where it is missing."""
    cache.mkdir(parents=True, exist_ok=True)
    output = cache / f"{folder.name}-{kind}.gguf"
    if output.exists():
        return output
    partial = output.with_suffix(".partial")
    if kind in ("bf16", "f32"):
        convert(folder, partial, kind)
    else:
        quantize(prepare(folder, cache, "bf16"), partial, kind)
    partial.rename(output)
    return output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--type", choices=["bf16", "f32", "q8_0", "q4_0"], default="bf16")
    arguments = parser.parse_args()
    made = prepare(arguments.folder, arguments.output.parent, arguments.type)
    made.rename(arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
