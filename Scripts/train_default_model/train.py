"""Trains the model on the packed corpus, with checkpoints; a second call continues where the first one stopped."""

import argparse
import os
import time
from dataclasses import asdict
from pathlib import Path

# threads that wait asleep keep their share of a busy machine; this must be set before torch loads OpenMP
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch  # noqa: E402

from batches import batches, load_documents  # noqa: E402
from model import ModelConfig, Qwen3  # noqa: E402
from muon import Muon  # noqa: E402

_WARM_UP_STEPS, _DECAY_SHARE, _PRACTICE_RATE = 50, 0.45, 0.4


def learning_rate_factor(step: int, steps: int, practice_from: int) -> float:
    """Warm-up, a plateau, and a linear decay to one percent; practice is a second, lower decay."""
    if practice_from:
        return max(0.01, _PRACTICE_RATE * (steps - step) / (steps - practice_from))
    decay_start = steps * (1 - _DECAY_SHARE)
    if step < _WARM_UP_STEPS:
        return (step + 1) / _WARM_UP_STEPS
    if step < decay_start:
        return 1.0
    return max(0.01, (steps - step) / (steps - decay_start))


def optimizers(model: Qwen3) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, Adam for the embedding and the norms."""
    matrices = [parameter for parameter in model.model.layers.parameters() if parameter.dim() == 2]
    norms = [parameter for parameter in model.parameters() if parameter.dim() == 1]
    adam = torch.optim.AdamW(
        [{"params": [model.model.embed_tokens.weight], "lr": 4e-3}, {"params": norms, "lr": 4e-3}],
        betas=(0.9, 0.98),
        weight_decay=0.0,
    )
    return [Muon(matrices, lr=0.02, weight_decay=0.05), adam]


def save(path: Path, model: Qwen3, opts: list, step: int) -> None:
    """Writes a checkpoint; an interrupted write leaves the previous one intact."""
    state = {"config": asdict(model.config), "model": model.state_dict(), "optimizers": [opt.state_dict() for opt in opts], "step": step}
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, default=Path(".train"))
    parser.add_argument("--corpus", default="corpus.jsonl", help="the file with the documents, in the work folder")
    parser.add_argument("--steps", type=int, default=2100, help="the step after which the training ends")
    parser.add_argument("--practice-from", type=int, default=0, help="the step at which a second training on another corpus begins")
    parser.add_argument("--tokens-per-step", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)

    model = Qwen3(ModelConfig())
    opts = optimizers(model)
    base_rates = [[group["lr"] for group in opt.param_groups] for opt in opts]
    checkpoint, first = arguments.work_dir / "checkpoint.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        for opt, saved in zip(opts, state["optimizers"]):
            opt.load_state_dict(saved)
        first = state["step"]
    documents = load_documents(arguments.work_dir, arguments.corpus)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{parameters:,} parameters, {len(documents):,} documents, {sum(len(ids) for ids, _ in documents):,} tokens", flush=True)

    source = batches(documents, arguments.tokens_per_step, arguments.seed)
    total, since, begun = 0.0, 0, time.monotonic()
    for step, batch in zip(range(arguments.practice_from, arguments.steps), source):
        if step < first:
            continue
        factor = learning_rate_factor(step, arguments.steps, arguments.practice_from)
        for opt, rates in zip(opts, base_rates):
            for group, rate in zip(opt.param_groups, rates):
                group["lr"] = rate * factor
        with torch.autocast("cpu", torch.bfloat16):
            loss = model.loss(batch.tokens, batch.targets, batch.weights, batch.mask)
        loss.backward()
        for opt in opts:
            opt.step()
        model.zero_grad(set_to_none=True)
        total, since = total + loss.item(), since + 1
        if (step + 1) % 25 == 0:
            speed = since * arguments.tokens_per_step / (time.monotonic() - begun)
            print(f"step {step + 1}/{arguments.steps} loss {total / since:.4f} rate {factor:.2f} {speed:.0f} tokens/s", flush=True)
            total, since, begun = 0.0, 0, time.monotonic()
        if (step + 1) % 100 == 0 or step + 1 == arguments.steps:
            save(checkpoint, model, opts, step + 1)


if __name__ == "__main__":
    main()
