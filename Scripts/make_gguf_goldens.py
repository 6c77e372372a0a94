"""Makes tiny decoders with random weights, has llama.cpp's own converter write them, and keeps the reference's outputs.

usage: make_gguf_goldens.py LLAMA_CPP Tests/ModelsTests/Fixtures/gguf [NAME ...]
needs: pip install torch==2.13.0 transformers==5.19.0 sentencepiece, and the sources of llama.cpp

Each NAME.gguf (bfloat16, without a tokenizer) has a NAME.golden.json: logits, log probabilities and greedy continuations
of transformers in float32, as those of make_decoder_goldens.py.
"""

import argparse, json, logging, pathlib, sys, tempfile, warnings

import torch, transformers
from transformers import AutoConfig, AutoModelForCausalLM

from make_decoder_goldens import BASE, EXPERTS, fill, random_cases

FACTORS = dict(embedding_multiplier=3.0, attention_multiplier=0.3, residual_multiplier=0.4, logits_scaling=2.0)
GEMMA = dict(head_dim=12, query_pre_attn_scalar=12)

CASES = {
    "command-r": ("cohere", BASE | dict(logit_scale=0.3, use_qk_norm=True)),
    "cohere2": ("cohere2", BASE | dict(num_hidden_layers=4, head_dim=8, logit_scale=0.3, sliding_window=9, rotary_pct=1.0)),
    "gemma": ("gemma", BASE | dict(head_dim=12)),
    "gemma2": ("gemma2", BASE | GEMMA | dict(
        num_hidden_layers=4, sliding_window=9, attn_logit_softcapping=3.0, final_logit_softcapping=8.0)),
    "gemma3": ("gemma3_text", BASE | GEMMA | dict(num_hidden_layers=7, sliding_window=9)),
    "gpt-oss": ("gpt_oss", BASE | EXPERTS | dict(num_hidden_layers=2, head_dim=8, sliding_window=9)),
    "granite": ("granite", BASE | FACTORS | dict(attention_bias=True, mlp_bias=True)),
    "granitemoe": ("granitemoe", BASE | EXPERTS | FACTORS),
    "llama-bias": ("llama", BASE | dict(attention_bias=True)),
    "mixtral": ("mixtral", BASE | EXPERTS),
    "olmo2": ("olmo2", BASE),
    "olmo3": ("olmo3", BASE | dict(num_hidden_layers=4, sliding_window=9)),
    "olmoe": ("olmoe", BASE | EXPERTS | dict(num_experts_per_tok=3)),
    "phi3": ("phi3", BASE | dict(partial_rotary_factor=0.5, original_max_position_embeddings=128)),
    "phi3-longrope": ("phi3", BASE | dict(
        original_max_position_embeddings=64, rope_parameters=dict(
            rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.3, 1.5],
            long_factor=[1.0, 1.5, 2.5, 4.0], original_max_position_embeddings=64))),
    "qwen2": ("qwen2", BASE),
    "qwen2moe": ("qwen2_moe", BASE | EXPERTS | dict(moe_intermediate_size=20, shared_expert_intermediate_size=24)),
    "qwen3moe": ("qwen3_moe", BASE | EXPERTS | dict(moe_intermediate_size=20, head_dim=8, norm_topk_prob=True)),
    "smollm3": ("smollm3", BASE | dict(num_hidden_layers=4)),
    "stablelm": ("stablelm", BASE | dict(use_qkv_bias=True, partial_rotary_factor=0.5)),
    "stablelm-parallel": ("stablelm", BASE | dict(use_parallel_residual=True, partial_rotary_factor=0.5)),
    "starcoder2": ("starcoder2", BASE | dict(sliding_window=None)),
}


def convert(folder, output):
    """Runs the converter on a folder, its step for tokenizers left out."""
    import gguf
    from conversion import ModelBase, get_model_class
    config = ModelBase.load_hparams(folder, False)
    kind = get_model_class(config["architectures"][0])
    kind.set_vocab = lambda self: self.gguf_writer.add_tokenizer_model("none")
    with torch.inference_mode():
        kind(folder, gguf.LlamaFileType.MOSTLY_BF16, output).write()


def make(name, target):
    kind, fields = CASES[name]
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **fields), attn_implementation="eager")
    model = model.eval().float()
    fill(model)
    model.tie_weights()
    cases = random_cases(model, name)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model.to(torch.bfloat16).save_pretrained(folder)
        vocabulary = {f"token {number}": number for number in range(fields["vocab_size"])}
        tokenizer = {"model": {"vocab": vocabulary}, "added_tokens": []}
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
        convert(folder, target / f"{name}.gguf")
    golden = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__}, "cases": cases}
    (target / f"{name}.golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"{name}: margins {[round(c['greedy_min_top1_top2_margin'], 3) for c in cases]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llama_cpp", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    sys.path[:0] = [str(arguments.llama_cpp), str(arguments.llama_cpp / "gguf-py")]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for name in arguments.names or CASES:
        make(name, arguments.folder)


if __name__ == "__main__":
    main()
