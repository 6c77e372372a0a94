#!/usr/bin/env python3
"""Holds one GGUF model in llama.cpp and measures on demand: JSON lines in, JSON lines out.

usage: llama_worker.py MODEL.gguf THREADS

{"measure": "prefill", "tokens": 512}                         -> {"tokens_per_second": …}
{"measure": "decode", "sequences": 16, "prompt": 32, "output": 64} -> {"tokens_per_second": …}   all sequences together
{"measure": "logits", "ids": [...], "output": "file.npy"}    -> {}                              every position

Next tokens are random, as in llama-bench: nothing is sampled, which is in llama.cpp's favour. LLAMA_CPP_LIB_PATH names the
folder of a library other than the package's own.
"""

import ctypes
import json
import sys
import time

import llama_cpp
import numpy as np

CONTEXT = 8192


class Model:
    """A model with one context."""

    def __init__(self, path: str, threads: int):
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        if not self.model:
            raise RuntimeError(f"llama.cpp cannot load {path}")
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        self.threads = threads
        self.context = None
        self.key = None
        self.random = np.random.default_rng(0)

    def use(self, sequences: int, context: int, outputs: int, exact: bool = False) -> None:
        """Makes a context for that many sequences, or clears the one there is."""
        key = (sequences, context, outputs, exact)
        if key == self.key:
            llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
            return
        if self.context:
            llama_cpp.llama_free(self.context)
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx, parameters.n_seq_max = context, sequences
        parameters.n_batch, parameters.n_ubatch = 2048, 512
        parameters.n_threads = parameters.n_threads_batch = self.threads
        parameters.no_perf = True
        if outputs:
            parameters.n_outputs_max = outputs
        if exact:
            parameters.type_k = parameters.type_v = llama_cpp.GGML_TYPE_F32
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        if not self.context:
            raise RuntimeError("llama.cpp cannot make a context")
        self.key = key

    def decode(self, entries: list) -> None:
        """Computes a batch of (token, position, sequence, wants logits)."""
        batch = llama_cpp.llama_batch_init(len(entries), 0, 1)
        batch.n_tokens = len(entries)
        for place, (token, position, sequence, wanted) in enumerate(entries):
            batch.token[place], batch.pos[place] = int(token), position
            batch.n_seq_id[place], batch.seq_id[place][0] = 1, sequence
            batch.logits[place] = wanted
        status = llama_cpp.llama_decode(self.context, batch)
        llama_cpp.llama_synchronize(self.context)
        llama_cpp.llama_batch_free(batch)
        if status != 0:
            raise RuntimeError(f"llama_decode: {status}")

    def tokens(self, count: int) -> np.ndarray:
        return self.random.integers(0, self.vocabulary, count)

    def prefill(self, tokens: int) -> dict:
        self.use(1, CONTEXT, 0)
        entries = [(token, place, 0, place == tokens - 1) for place, token in enumerate(self.tokens(tokens))]
        start = time.perf_counter()
        self.decode(entries)
        return {"tokens_per_second": tokens / (time.perf_counter() - start)}

    def generate(self, sequences: int, prompt: int, output: int) -> dict:
        self.use(sequences, CONTEXT, 0)
        for sequence in range(sequences):
            self.decode([(token, place, sequence, place == prompt - 1) for place, token in enumerate(self.tokens(prompt))])
        start = time.perf_counter()
        for step in range(output):
            self.decode([(token, prompt + step, sequence, True) for sequence, token in enumerate(self.tokens(sequences))])
        return {"tokens_per_second": sequences * output / (time.perf_counter() - start)}

    def logits(self, ids: list, output: str) -> dict:
        """Writes the logits of every position, `[positions, vocabulary]`, keys and values kept in float32."""
        self.use(1, CONTEXT, len(ids), exact=True)
        self.decode([(token, place, 0, True) for place, token in enumerate(ids)])
        pointer = llama_cpp.llama_get_logits(self.context)
        rows = np.ctypeslib.as_array(pointer, shape=(len(ids), self.vocabulary))
        np.save(output, rows)
        return {}


@llama_cpp.llama_log_callback
def silent(level, text, data):
    del level, text, data


def main() -> None:
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    model = Model(sys.argv[1], int(sys.argv[2]))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["measure"] == "prefill":
            answer = model.prefill(request["tokens"])
        elif request["measure"] == "decode":
            answer = model.generate(request["sequences"], request["prompt"], request["output"])
        else:
            answer = model.logits(request["ids"], request["output"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
