"""Makes tiny decoders with random weights and their outputs, as goldens for Tests/ModelsTests.

usage: make_decoder_goldens.py Tests/ModelsTests/Fixtures/decoders [NAME ...]
needs: pip install torch==2.13.0 transformers==5.19.0

Each folder has config.json, model.safetensors (bfloat16) and golden.json: logits, log probabilities and greedy
continuations in float32, the whole sequence recomputed at each step.
Architectures that transformers does not hold are written from one that computes the same, under other names.
"""

import argparse, hashlib, json, logging, pathlib, re, shutil, warnings

import torch, transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

BASE = dict(vocab_size=48, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0)
GPT = dict(vocab_size=48, n_embd=32, n_layer=2, n_head=4, n_positions=128, bos_token_id=1, eos_token_id=2)
EXPERTS = dict(num_experts=6, num_local_experts=6, num_experts_per_tok=2)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=32, beta_fast=32,
            beta_slow=1, mscale=1.0, mscale_all_dim=0.7)
LATENT = dict(q_lora_rank=24, kv_lora_rank=16, qk_nope_head_dim=8, qk_rope_head_dim=4, v_head_dim=12,
              moe_intermediate_size=20, num_key_value_heads=4, rope_parameters=YARN)

VISION = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=28,
              patch_size=14)

CASES = {
    "bloom-six-heads": ("bloom", dict(vocab_size=48, hidden_size=48, n_layer=2, n_head=6), {}),
    "deepseek-v2-groups": ("deepseek_v2", BASE | LATENT | dict(
        n_routed_experts=8, n_shared_experts=1, num_experts_per_tok=3, first_k_dense_replace=1, n_group=4, topk_group=2,
        topk_method="group_limited_greedy", routed_scaling_factor=1.5), {}),
    "deepseek-v3-halves": ("deepseek_v3", BASE | LATENT | dict(
        n_routed_experts=8, n_shared_experts=2, num_experts_per_tok=2, first_k_dense_replace=0, n_group=2, topk_group=1,
        norm_topk_prob=False, rope_interleave=False, attention_bias=True), {}),
    "deepseek-v3-fp8": ("deepseek_v3", BASE | LATENT | dict(
        n_routed_experts=4, n_shared_experts=1, num_experts_per_tok=2, first_k_dense_replace=1, n_group=2, topk_group=1),
        {"fp8": "kv_b_proj"}),
    "exaone4": ("exaone4", BASE | dict(num_hidden_layers=4, sliding_window=9), {}),
    "exaone4-full": ("exaone4", BASE | dict(sliding_window=None, layer_types=["full_attention"] * 2), {}),
    "falcon-alibi": ("falcon", dict(
        vocab_size=48, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_hidden_size=64, alibi=True,
        multi_query=False, parallel_attn=False, bias=True), {"attention": "sdpa"}),
    "falcon-new": ("falcon", dict(
        vocab_size=48, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_kv_heads=2, ffn_hidden_size=64,
        new_decoder_architecture=True), {}),
    "gemma2": ("gemma2", BASE | dict(
        num_hidden_layers=4, head_dim=12, sliding_window=9, query_pre_attn_scalar=10, attn_logit_softcapping=3.0,
        final_logit_softcapping=8.0), {}),
    "glm": ("glm", BASE | dict(head_dim=8), {}),
    "gptj": ("gptj", GPT | dict(rotary_dim=4), {}),
    "granite": ("granite", BASE | dict(
        embedding_multiplier=3.0, attention_multiplier=0.3, residual_multiplier=0.4, logits_scaling=2.0,
        attention_bias=True, mlp_bias=True), {}),
    "granitemoe": ("granitemoe", BASE | EXPERTS | dict(
        embedding_multiplier=2.0, attention_multiplier=0.3, residual_multiplier=0.6, logits_scaling=0.5), {}),
    "granitemoe-shared": ("granitemoeshared", BASE | EXPERTS | dict(
        shared_intermediate_size=24, attention_multiplier=0.4), {}),
    "nemotron": ("nemotron", BASE | dict(attention_bias=True, mlp_bias=True), {}),
    "olmo2": ("olmo2", BASE, {}),
    "olmo3": ("olmo3", BASE | dict(num_hidden_layers=4, sliding_window=9), {}),
    "olmoe": ("olmoe", BASE | EXPERTS | dict(num_experts_per_tok=3), {}),
    "olmoe-bounded": ("olmoe", BASE | EXPERTS | dict(num_experts_per_tok=3, clip_qkv=0.8), {}),
    "opt-post-norm": ("opt", dict(
        vocab_size=48, hidden_size=32, ffn_dim=48, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=128, word_embed_proj_dim=16, do_layer_norm_before=False), {}),
    "phi-norms": ("phi", BASE | dict(qk_layernorm=True), {}),
    "phimoe": ("phimoe", BASE | EXPERTS | dict(
        router_jitter_noise=0.3, attention_bias=True, lm_head_bias=True,
        rope_parameters=dict(
            rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.3, 1.5],
            long_factor=[1.0, 1.5, 2.5, 4.0], short_mscale=1.1, long_mscale=1.2,
            original_max_position_embeddings=64)), {}),
    "stablelm": ("stablelm", BASE | dict(use_qkv_bias=True, partial_rotary_factor=0.5), {}),
    "stablelm-parallel": ("stablelm", BASE | dict(use_parallel_residual=True, qk_layernorm=True), {}),
    # the text part of models that take images
    "gemma3-images": ("gemma3", dict(
        text_config=BASE | dict(num_hidden_layers=4, head_dim=12, sliding_window=9, query_pre_attn_scalar=10,
                                num_key_value_heads=4),
        vision_config=VISION, mm_tokens_per_image=4), {"as": "gemma3_with_defaults"}),
    "mistral3": ("mistral3", dict(
        text_config=BASE | dict(model_type="mistral", head_dim=12), vision_config=VISION | dict(model_type="pixtral"),
        ), {"as": "newer_mistral3"}),
    "qwen2.5-vl": ("qwen2_5_vl", dict(
        text_config=BASE | dict(rope_parameters=dict(rope_type="default", rope_theta=10000.0, mrope_section=[1, 1, 2])),
        vision_config=dict(depth=1, hidden_size=16, intermediate_size=24, num_heads=2, out_hidden_size=32)), {}),
    # the same computations under the names of architectures that transformers does not hold
    "baichuan": ("llama", BASE | dict(num_key_value_heads=4), {"as": "baichuan"}),
    "internlm2": ("llama", BASE, {"as": "internlm2"}),
    "internlm3": ("qwen2", BASE, {"as": "internlm3"}),
    "minicpm": ("granite", BASE | dict(
        embedding_multiplier=3.0, attention_multiplier=8**-0.5, residual_multiplier=1.4 / 2**0.5, logits_scaling=4.0,
        tie_word_embeddings=True), {"as": "minicpm"}),
}


def as_baichuan(config, weights):
    config |= {"architectures": ["BaichuanForCausalLM"], "model_type": "baichuan"}
    renamed = {}
    for name, tensor in weights.items():
        if name.endswith("self_attn.q_proj.weight"):
            parts = [weights[name.replace("q_proj", p)] for p in ("q_proj", "k_proj", "v_proj")]
            renamed[name.replace("q_proj", "W_pack")] = torch.cat(parts)
        elif not re.search(r"\.[kv]_proj", name):
            renamed[name] = tensor
    return renamed


def as_internlm2(config, weights):
    config |= {"architectures": ["InternLM2ForCausalLM"], "model_type": "internlm2", "bias": False}
    names = {"model.embed_tokens": "model.tok_embeddings", "lm_head": "output", "self_attn.o_proj": "attention.wo",
             "input_layernorm": "attention_norm", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "feed_forward.w1",
             "mlp.up_proj": "feed_forward.w3", "mlp.down_proj": "feed_forward.w2"}
    groups, head = config["num_key_value_heads"], config["hidden_size"] // config["num_attention_heads"]
    renamed = {}
    for name, tensor in weights.items():
        if name.endswith("self_attn.q_proj.weight"):
            q, k, v = (weights[name.replace("q_proj", p)].view(groups, -1, head, tensor.shape[1])
                       for p in ("q_proj", "k_proj", "v_proj"))
            wqkv = torch.cat([q, k, v], dim=1).reshape(-1, tensor.shape[1])
            renamed[name.replace("self_attn.q_proj", "attention.wqkv")] = wqkv
        elif not re.search(r"\.[kv]_proj", name):
            for old, new in names.items():
                name = name.replace(old, new)
            renamed[name] = tensor
    return renamed


def as_internlm3(config, weights):
    config |= {"architectures": ["InternLM3ForCausalLM"], "model_type": "internlm3", "qkv_bias": True, "bias": False}
    for key in ("layer_types", "use_sliding_window", "sliding_window", "max_window_layers"):
        config.pop(key, None)
    return weights


def as_minicpm(config, weights):
    config |= {"architectures": ["MiniCPMForCausalLM"], "model_type": "minicpm", "scale_emb": 3, "scale_depth": 1.4,
               "dim_model_base": 8}
    for key in ("embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling"):
        config.pop(key)
    return weights


def as_gemma3_with_defaults(config, weights):
    # published folders leave out what is the class's default
    for key in ("rms_norm_eps", "hidden_activation", "attention_bias", "layer_types", "final_logit_softcapping",
                "attn_logit_softcapping", "use_bidirectional_attention"):
        config["text_config"].pop(key, None)
    return weights


def as_newer_mistral3(config, weights):
    # as transformers names them in memory, and wrote them for some time
    return {re.sub("^language_model.model", "model.language_model", re.sub("^language_model.lm_head", "lm_head", name)):
            tensor for name, tensor in weights.items()}


def fill(model):
    """Random weights that keep activations near 1 and logits apart."""
    learned = [(name, buffer) for name, buffer in model.named_buffers() if "correction_bias" in name]
    for name, tensor in list(model.named_parameters()) + learned:
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
        noise = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(seed))
        is_norm = re.search(r"norm|ln_|layernorm", name.lower()) is not None
        if is_norm and name.endswith("weight"):
            is_centred = any(k in type(model).__name__ for k in ("Gemma", "Nemotron"))
            value = 0.2 * noise + (0 if is_centred else 1)
        elif tensor.dim() < 2 or "bias" in name:
            value = 0.3 * noise
        elif "embed" in name or "wte" in name:
            value = noise if "out" not in name else noise * tensor.shape[-1] ** -0.5
        else:
            value = 1.2 * noise * tensor.shape[-1] ** -0.5
            if "lm_head" in name:
                value *= 2
        tensor.data.copy_(value.to(torch.bfloat16).to(torch.float32))


def round_to_fp8(model, suffix):
    """Gives a kind of module values of eight bits; returns what is stored of them: one block of 128 x 128 holds each."""
    stored = {}
    for name, module in model.named_modules():
        if name.endswith(suffix):
            scale = module.weight.data.abs().max() / 448
            codes = (module.weight.data / scale).to(torch.float8_e4m3fn)
            module.weight.data = codes.float() * scale
            stored |= {f"{name}.weight": codes, f"{name}.weight_scale_inv": scale.reshape(1, 1)}
    return stored


def run(model, ids, steps=8):
    """Logits of a prompt, and its greedy continuation."""
    ids, logprobs, margins = list(ids), [], []
    prompt = None
    for _ in range(steps + 1):
        with torch.no_grad():
            logits = model(torch.tensor([ids]), use_cache=False).logits[0].double()
        if prompt is None:
            prompt = logits
        if len(logprobs) == steps:
            break
        top = torch.topk(logits[-1], 2)
        margins.append(float(top.values[0] - top.values[1]))
        logprobs.append(float(torch.log_softmax(logits[-1], -1)[top.indices[0]]))
        ids.append(int(top.indices[0]))
    return prompt, ids[-steps:], logprobs, min(margins)


def rounded(values):
    return [float(f"{v:.7g}") for v in values]


def case(model, ids, has_all):
    logits, greedy, greedy_logprobs, margin = run(model, ids)
    logprobs = torch.log_softmax(logits, -1)
    order = torch.argsort(logits[-1], descending=True)[:20]
    result = {
        "input_ids": ids,
        "last_logits_top20": {"ids": order.tolist(), "values": rounded(logits[-1][order].tolist())},
        "prompt_logprobs": [None] + rounded(float(logprobs[i - 1, ids[i]]) for i in range(1, len(ids))),
        "greedy_ids": greedy, "greedy_logprobs": rounded(greedy_logprobs), "greedy_min_top1_top2_margin": margin,
    }
    if has_all:
        result["full_logits"] = [rounded(row.tolist()) for row in logits]
    return result


def random_cases(model, name):
    """What the model makes of a short and a longer random prompt that its name determines."""
    generator = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]))
    cases = []
    for index, length in enumerate((7, 40)):
        # greedy ties would leave the answer to rounding: prompts with clear margins only
        for _ in range(50):
            ids = torch.randint(3, 48, (length,), generator=generator).tolist()
            result = case(model, ids, index == 0)
            if result["greedy_min_top1_top2_margin"] > 0.01:
                break
        cases.append(result)
    return cases


def make(name, folder):
    kind, fields, options = CASES[name]
    shutil.rmtree(folder, ignore_errors=True)
    config = AutoConfig.for_model(kind, **fields)
    # eager attention adds Falcon's slopes twice, the other leaves out Gemma 2's bound of scores
    attention = options.get("attention", "eager")
    auto = AutoModelForImageTextToText if "vision_config" in fields else AutoModelForCausalLM
    model = auto.from_config(config, attn_implementation=attention).eval().float()
    fill(model)
    model.tie_weights()
    codes = round_to_fp8(model, options["fp8"]) if "fp8" in options else {}
    cases = random_cases(model, name)
    model.to(torch.bfloat16).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if codes:
        weights = load_file(folder / "model.safetensors") | codes
        save_file(weights, folder / "model.safetensors")
        config = json.loads((folder / "config.json").read_text())
        config["quantization_config"] = {"quant_method": "fp8", "weight_block_size": [128, 128]}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    if "as" in options:
        config = json.loads((folder / "config.json").read_text())
        weights = load_file(folder / "model.safetensors")
        weights = globals()["as_" + options["as"]](config, weights)
        save_file({k: v.contiguous() for k, v in weights.items()}, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    golden = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__}, "cases": cases}
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    deviation = torch.tensor(cases[0]["full_logits"]).std()
    print(f"{name}: logits ±{deviation:.2f}, margins {[round(c['greedy_min_top1_top2_margin'], 3) for c in cases]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for name in arguments.names or CASES:
        make(name, arguments.folder / name)


if __name__ == "__main__":
    main()
