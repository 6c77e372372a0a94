"""Embeddings, ranking and classification: recorded answers, the SDKs' clients, real weights, bad input."""

import base64
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cohere
import numpy
import pytest
import requests
from conftest import MARTLET, MINILM, ROOT, serve
from langchain_openai import OpenAIEmbeddings
from recordings import REFERENCE, load

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # it would fetch a list of prices otherwise
import litellm  # noqa: E402

# what sentence-transformers makes of the weights in the package (Scripts/encoder_goldens.py)
GOLDEN = json.loads((Path(__file__).parent / "minilm_golden.json").read_text())
SENTENCES = GOLDEN["sentences"]

SERVERS = {
    "C": [str(REFERENCE / "models/tiny-bert"), "--served-model-name", "bert", "--dtype", "float32"],
    "H": [str(REFERENCE / "models/tiny-bert-reranker"), "--served-model-name", "reranker", "--dtype", "float32"],
}
RECORDINGS = {recording.name: recording for recording in load() if recording.letter in SERVERS}

# why an answer differs, and where it may
DIFFERENT = {
    "the refusal says which kind of model is served": (
        "classify-on-embed err-comp-on-pooling responses-on-pooling xenc-embeddings", {"", "error"}),
    "the message says what to do": ("emb-messages", {"error.message"}),
    "the message names one branch of a union": ("err-emb-format err-emb-number", {"error.message"}),
    "texts are refused by their tokens, or by their bytes": ("err-emb-toolong", {"error.message", "error.param"}),
}
ALLOWED = {name: places for names, places in DIFFERENT.values() for name in names.split()}


def vector(text: str, dtype: str = "<f4") -> numpy.ndarray:
    return numpy.frombuffer(base64.b64decode(text), dtype=dtype)


def differing(ours, theirs, path=""):
    """The places where two answers differ, apart from ids, times and the last bits of numbers."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if set(ours) != set(theirs):
            yield path
        for key in set(ours) & set(theirs) - {"id", "created"}:
            yield from differing(ours[key], theirs[key], f"{path}.{key}".lstrip("."))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for mine, other in zip(ours, theirs):
            yield from differing(mine, other, path)
    elif isinstance(ours, float) and isinstance(theirs, float):
        if abs(ours - theirs) > 1e-5:
            yield path
    elif path == "data.embedding" and isinstance(ours, str) and len(ours) == len(theirs):
        dtype = "<f4" if len(ours) > 200 else "<f2"
        if abs(vector(ours, dtype) - vector(theirs, dtype)).max() > 1e-3:
            yield path
    elif ours != theirs:
        yield path


@pytest.fixture(scope="session")
def recorded():
    with serve(*SERVERS["C"]) as bert, serve(*SERVERS["H"]) as reranker:
        yield {"C": bert, "H": reranker}


@pytest.mark.skipif(not RECORDINGS, reason="no recordings")
@pytest.mark.parametrize("name", sorted(name for name in RECORDINGS if name != "metrics-bert"))
def test_recorded_answer(recorded, name):
    recording = RECORDINGS[name]
    request = recording.request
    response = requests.request(
        request["method"], recorded[recording.letter].root + request["path"], headers=request["headers"],
        data=recording.body, timeout=60)
    assert response.status_code == recording.response["status"], response.text
    found = set(differing(response.json(), json.loads(recording.response["body_text"])))
    assert found <= ALLOWED.get(name, set()), response.text
    assert bool(found) == (name in ALLOWED)


@pytest.mark.skipif(not RECORDINGS, reason="no recordings")
def test_metrics_have_the_recorded_names(recorded):
    ours = requests.get(f"{recorded['C'].root}/metrics", timeout=60).text
    theirs = RECORDINGS["metrics-bert"].response["body"]
    names = set(re.findall(r"^# TYPE (vllm:\S+)", ours, re.MULTILINE))
    assert names and names <= set(re.findall(r"^# TYPE (vllm:\S+)", theirs, re.MULTILINE))


def test_openai_sdk(minilm):
    client = minilm.client()
    plain = client.embeddings.create(model="minilm", input=SENTENCES, encoding_format="float")
    # the SDK asks for base64 by itself
    packed = client.embeddings.create(model="minilm", input=SENTENCES)
    for one, other in zip(plain.data, packed.data):
        assert numpy.float32(one.embedding).tobytes() == numpy.float32(other.embedding).tobytes()
        assert len(one.embedding) == 384 and abs(numpy.linalg.norm(one.embedding) - 1) < 1e-5
    assert [item.index for item in plain.data] == [0, 1]
    assert plain.usage.prompt_tokens == plain.usage.total_tokens > 8


def test_real_weights_equal_the_reference(minilm):
    data = minilm.client().embeddings.create(model="minilm", input=SENTENCES).data
    first, second = (numpy.array(item.embedding) for item in data)
    for ours, theirs in zip((first, second), GOLDEN["embeddings"]):
        theirs = numpy.array(theirs)
        assert ours @ theirs / numpy.linalg.norm(theirs) > 0.99999
        assert abs(ours - theirs).max() < 1e-5


def test_langchain(minilm):
    embeddings = OpenAIEmbeddings(
        model="minilm", base_url=minilm.url, api_key="EMPTY", check_embedding_ctx_length=False)
    documents = embeddings.embed_documents(["bread and flour", "stocks and bonds"])
    query = numpy.array(embeddings.embed_query("how to bake a loaf"))
    assert query @ documents[0] > query @ documents[1] + 0.1


def test_cohere_rerank(minilm):
    client = cohere.ClientV2(api_key="EMPTY", base_url=minilm.root)
    documents = ["Stocks fell.", "Sourdough needs flour and water.", "The cat sleeps."]
    answer = client.rerank(model="minilm", query="how to bake bread", documents=documents, top_n=2)
    assert [result.index for result in answer.results][0] == 1 and len(answer.results) == 2
    assert answer.results[0].relevance_score > answer.results[1].relevance_score


@pytest.mark.parametrize("provider", ["openai", "hosted_vllm"])
def test_litellm_embeds(minilm, provider):
    answer = litellm.embedding(
        model=f"{provider}/minilm", api_base=minilm.url, api_key="EMPTY", input=SENTENCES, encoding_format="float")
    expected = minilm.client().embeddings.create(model="minilm", input=SENTENCES, encoding_format="float")
    assert [item["embedding"] for item in answer.data] == [item.embedding for item in expected.data]
    assert answer.usage.prompt_tokens == expected.usage.prompt_tokens


@pytest.mark.parametrize("provider, path", [("cohere", "/v1/rerank"), ("hosted_vllm", "")])
def test_litellm_reranks(minilm, provider, path):
    documents = ["Stocks fell.", "Sourdough needs flour and water.", "The cat sleeps."]
    answer = litellm.rerank(
        model=f"{provider}/minilm", api_base=minilm.root + path, api_key="EMPTY", query="how to bake bread",
        documents=documents, top_n=2)
    assert answer.results[0]["index"] == 1 and len(answer.results) == 2
    assert answer.results[0]["relevance_score"] > answer.results[1]["relevance_score"]


def test_same_bits_alone_and_among_500(minilm):
    texts = [" ".join(["word", "river", "engine"] * (1 + number % 40)) + f" {number}" for number in range(500)]
    body = {"model": "minilm", "input": texts, "encoding_format": "base64"}
    together = requests.post(f"{minilm.url}/embeddings", json=body, timeout=120).json()["data"]
    with ThreadPoolExecutor(16) as pool:
        alone = pool.map(
            lambda text: requests.post(f"{minilm.url}/embeddings", json={**body, "input": text}, timeout=120).json(),
            texts[::10])
        for answer, expected in zip(alone, together[::10]):
            assert answer["data"][0]["embedding"] == expected["embedding"]


def small_floats(exponent_bits: int, has_infinity: bool) -> numpy.ndarray:
    """The values of all bytes, by the definition of the format."""
    mantissa_bits, bias = 7 - exponent_bits, 2 ** (exponent_bits - 1) - 1
    codes = numpy.arange(128)
    exponents, mantissas = codes >> mantissa_bits, codes & (1 << mantissa_bits) - 1
    values = (mantissas / 2**mantissa_bits + (exponents > 0)) * 2.0 ** (numpy.maximum(exponents, 1) - bias)
    values[exponents == 31 if has_infinity else codes == 127] = numpy.nan
    return numpy.concatenate([values, -values])


BYTES = {"fp8_e4m3": small_floats(4, False), "fp8_e5m2": small_floats(5, True)}


def elements(data: bytes, dtype: str, endianness: str = "native") -> numpy.ndarray:
    order = ">" if endianness == "big" else "<"
    if dtype in BYTES:
        return BYTES[dtype][numpy.frombuffer(data, "u1")]
    if dtype == "bfloat16":
        return (numpy.frombuffer(data, f"{order}u2").astype("u4") << 16).view("f4")
    return numpy.frombuffer(data, order + {"float32": "f4", "float16": "f2"}[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "fp8_e4m3", "fp8_e5m2"])
@pytest.mark.parametrize("endianness", ["native", "little", "big"])
def test_bytes_of_vectors(minilm, dtype, endianness):
    def post(form: str):
        body = {"model": "minilm", "input": SENTENCES, "encoding_format": form, "embed_dtype": dtype,
                "endianness": endianness}
        return requests.post(f"{minilm.url}/embeddings", json=body, timeout=60)

    numbers = [numpy.float32(item["embedding"]) for item in post("float").json()["data"]]
    packed = [base64.b64decode(item["embedding"]) for item in post("base64").json()["data"]]
    for vector, data in zip(numbers, packed):
        found = elements(data, dtype, endianness)
        assert found.shape == (384,)
        if dtype in BYTES:
            nearest = numpy.nanmin(abs(numpy.float64(vector)[:, None] - BYTES[dtype]), axis=1)
            assert (abs(numpy.float64(vector) - found) == nearest).all()
        else:
            bits = {"float32": 24, "float16": 11, "bfloat16": 8}[dtype]
            # half a unit of the last place; of subnormal numbers of binary16 that is 2^-25
            assert (abs(found - vector) <= numpy.maximum(abs(vector) * 2.0**-bits, 2.0**-25)).all()
    whole = post("bytes")
    assert whole.headers["content-type"] == "application/octet-stream" and whole.content == b"".join(packed)
    metadata = json.loads(whole.headers["metadata"])
    assert [whole.content[item["start"]:item["end"]] for item in metadata["data"]] == packed
    assert [(item["index"], item["embed_dtype"], item["endianness"], item["shape"]) for item in metadata["data"]] == [
        (index, dtype, endianness, [384]) for index in range(2)]
    assert metadata["model"] == "minilm" and metadata["usage"]["prompt_tokens"] == metadata["usage"]["total_tokens"] > 8
    bare = post("bytes_only")
    assert bare.content == whole.content and "metadata" not in bare.headers


def pooled(server, **body):
    return requests.post(f"{server.root}/pooling", json={"task": "token_embed", **body}, timeout=60)


def test_vectors_of_tokens(minilm):
    whole = pooled(minilm, input=SENTENCES, use_activation=False).json()
    counts = [requests.post(f"{minilm.root}/tokenize", json={"prompt": text}, timeout=60).json()["count"] for text in SENTENCES]
    assert whole["usage"]["prompt_tokens"] == sum(counts)
    for item, count, expected in zip(whole["data"], counts, GOLDEN["embeddings"]):
        tokens = numpy.array(item["data"])
        assert tokens.shape == (count, 384) and item["object"] == "pooling"
        # this model's embedding is the mean of its tokens' vectors, at the length 1
        mean = tokens.mean(axis=0)
        assert abs(mean / numpy.linalg.norm(mean) - numpy.array(expected)).max() < 1e-5
    normal = numpy.array(pooled(minilm, input=SENTENCES[0]).json()["data"][0]["data"])
    first = numpy.array(whole["data"][0]["data"])
    assert abs(normal - first / numpy.linalg.norm(first, axis=1, keepdims=True)).max() < 1e-6
    text = pooled(minilm, input=SENTENCES, encoding_format="base64", use_activation=False).json()["data"][0]["data"]
    assert (vector(text).reshape(-1, 384) == numpy.float32(first)).all()
    metadata = json.loads(pooled(minilm, input=SENTENCES, encoding_format="bytes").headers["metadata"])
    assert [item["shape"] for item in metadata["data"]] == [[count, 384] for count in counts]


def test_more_tokens_than_sequences_of_a_step(minilm):
    # the vectors of 256 tokens pass in portions, since a step has at most 128 sequences
    text = "river engine word " * 84 + "word word"
    tokens = numpy.array(pooled(minilm, input=text, use_activation=False).json()["data"][0]["data"])
    answer = requests.post(f"{minilm.url}/embeddings", json={"input": text}, timeout=60).json()
    mean = tokens.mean(axis=0)
    assert tokens.shape == (256, 384) and len(numpy.unique(tokens, axis=0)) > 128
    assert abs(mean / numpy.linalg.norm(mean) - numpy.array(answer["data"][0]["embedding"])).max() < 1e-5


@pytest.mark.parametrize("path", ["/v1/embeddings", "/pooling"])
def test_the_task_is_of_pooling_only(minilm, path):
    answer = requests.post(f"{minilm.root}{path}", json={"input": "a test", "task": "token_embed"}, timeout=60).json()
    vectors = numpy.array(answer["data"][0]["data" if path == "/pooling" else "embedding"])
    assert vectors.ndim == (2 if path == "/pooling" else 1)


def test_answers_with_too_many_numbers(minilm):
    response = pooled(minilm, input=[[5] * 250] * 200)
    assert response.status_code == 400 and "43690" in response.text and response.json()["error"]["param"] == "input"


@pytest.mark.parametrize("task", ["classify", "score", "token_classify", "plugin"])
def test_tasks_that_an_embedding_model_has_not(minilm, task):
    response = pooled(minilm, input="x", task=task)
    assert response.status_code == 400 and response.json()["error"]["param"] == "task", response.text
    assert f"`{task}`" in response.text and "`token_embed`" in response.text


def test_an_empty_text_is_its_special_tokens(minilm):
    answer = requests.post(f"{minilm.url}/embeddings", json={"input": ""}, timeout=60).json()
    ids = requests.post(f"{minilm.url}/embeddings", json={"input": [101, 102]}, timeout=60).json()
    assert answer["data"] == ids["data"] and answer["usage"]["prompt_tokens"] == 2
    bare = requests.post(f"{minilm.url}/embeddings", json={"input": "", "add_special_tokens": False}, timeout=60)
    assert bare.status_code == 400 and "empty" in bare.text


def score(server, **body) -> dict:
    return requests.post(f"{server.root}/score", json=body, timeout=60).json()


def limits_cut_texts(server):
    def count(text: str) -> int:
        body = {"prompt": text, "add_special_tokens": False}
        return requests.post(f"{server.root}/tokenize", json=body, timeout=60).json()["count"]

    limits = {"max_tokens_per_query": count("bread"), "max_tokens_per_doc": count("bread bread bread")}
    long = "bread " * 5 + "stocks " * 5
    whole = score(server, text_1="bread and flour", text_2=[long, "cat"])
    cut = score(server, text_1="bread and flour", text_2=[long, "cat"], **limits)
    short = score(server, text_1="bread", text_2=["bread " * 3, "cat"])
    assert cut["data"] == short["data"] != whole["data"] and cut["usage"] == short["usage"]
    ranked = requests.post(f"{server.root}/rerank", timeout=60, json={
        "query": "bread and flour", "documents": [long, "cat"], **limits}).json()
    scores = {result["index"]: result["relevance_score"] for result in ranked["results"]}
    assert [scores[index] for index in range(2)] == [item["score"] for item in cut["data"]]


def test_limits_of_texts(minilm):
    limits_cut_texts(minilm)


@pytest.mark.skipif(not RECORDINGS, reason="no recordings")
def test_limits_of_pairs(recorded):
    limits_cut_texts(recorded["H"])


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """A model that answers yes or no: the default one, with these words in the place of two rare tokens."""
    folder = tmp_path_factory.mktemp("judge")
    for file in (ROOT / "Models/martlet-mini").iterdir():
        (folder / file.name).symlink_to(file)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocabulary, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    for word in ("yes", "no"):
        merge = merges.pop()
        token = "".join(merge.split(" ") if isinstance(merge, str) else merge)
        vocabulary[word] = vocabulary.pop(token)
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    with serve(str(folder), "--convert", "classify", "--served-model-name", "judge") as server:
        yield server


def test_models_that_answer_take_instructions_and_limits(judge):
    document = "Sourdough needs flour, water, salt and patience, and the cat sleeps on the warm windowsill."
    tokens = requests.post(f"{judge.root}/tokenize", json={"prompt": document}, timeout=60).json()["tokens"]
    beginning = requests.post(f"{judge.root}/detokenize", json={"tokens": tokens[:7]}, timeout=60).json()["prompt"]
    assert document.startswith(beginning) and len(tokens) > 14

    def raw(text: str, **fields) -> tuple:
        answer = score(judge, text_1="How is bread made?", text_2=text, use_activation=False, **fields)
        return answer["data"][0]["score"], answer["usage"]["prompt_tokens"]

    assert raw(document, instruction="Find recipes") != raw(document)
    default = "Given a web search query, retrieve relevant passages that answer the query"
    assert raw(document, instruction=default) == raw(document)
    assert raw(document, max_tokens_per_doc=7) == raw(beginning) != raw(document)


@pytest.mark.parametrize("field, value", [
    ("max_tokens_per_doc", 256), ("max_tokens_per_query", -1), ("max_tokens_per_doc", "x"), ("instruction", "find"),
    ("chat_template_kwargs", {"instruction": "find"}),
])
def test_bad_limits(minilm, field, value):
    body = {"query": "a", "documents": ["b"], field: value}
    response = requests.post(f"{minilm.root}/rerank", json=body, timeout=60)
    assert response.status_code == 400 and field in response.json()["error"]["param"], response.text


def test_token_ids_and_truncation(minilm):
    tokens = requests.post(f"{minilm.root}/tokenize", json={"prompt": "a small test"}, timeout=60).json()["tokens"]
    client = minilm.client()
    text = client.embeddings.create(model="minilm", input="a small test").data[0].embedding
    assert client.embeddings.create(model="minilm", input=tokens).data[0].embedding == text
    long = "word " * 300
    cut = {"model": "minilm", "input": long, "truncate_prompt_tokens": -1}
    answer = requests.post(f"{minilm.url}/embeddings", json=cut, timeout=60).json()
    assert answer["usage"]["prompt_tokens"] == 256


@pytest.mark.parametrize("body, part", [
    ({"input": []}, "at least one"),
    ({"input": [[]]}, "empty"),
    ({"input": "x", "dimensions": 100_000}, "dimensions"),
    ({"input": ["x"] * 100_000}, "100000"),
    ({"input": [10_000_000]}, "10000000"),
    ({"input": [-1]}, "body.input"),
    ({"input": "word " * 300}, "256"),
    ({"input": "x", "encoding_format": "hex"}, "encoding_format"),
    ({"input": "x", "embed_dtype": "int8"}, "embed_dtype"),
    ({"input": "x", "endianness": "middle"}, "endianness"),
    ({"input": {"a": 1}}, "body.input"),
    ({"input": None}, "body.input"),
    ({}, "body.input"),
    ({"input": "x", "prompt_name": "nothing"}, "nothing"),
])
def test_bad_input(minilm, body, part):
    response = requests.post(f"{minilm.url}/embeddings", json={"model": "minilm", **body}, timeout=60)
    assert response.status_code == 400 and part in response.text, response.text


def test_bad_bytes(minilm):
    headers = {"Content-Type": "application/json"}
    response = requests.post(f"{minilm.url}/embeddings", data=b'{"input": "\xff\xfe"}', headers=headers, timeout=60)
    assert response.status_code == 400 and "UTF-8" in response.text


def test_other_kinds_of_routes_say_what_is_served(minilm, server):
    body = {"model": "minilm", "messages": [{"role": "user", "content": "Hi"}]}
    response = requests.post(f"{minilm.url}/chat/completions", json=body, timeout=60)
    assert response.status_code == 404 and "embedding model" in response.json()["error"]["message"]
    response = requests.post(f"{server.url}/embeddings", json={"model": "martlet-mini", "input": "Hi"}, timeout=60)
    assert response.status_code == 404 and "generates text" in response.json()["error"]["message"]


def test_embed_command(minilm, tmp_path):
    matrix = tmp_path / "vectors.npy"
    lines = "\n".join(SENTENCES) + "\n"
    command = [MARTLET, "embed", str(MINILM)]
    subprocess.run([*command, "--output", matrix], input=lines, text=True, check=True, timeout=120)
    result = subprocess.run(command, input=lines, text=True, check=True, capture_output=True, timeout=120)
    vectors = numpy.load(matrix)
    assert vectors.shape == (2, 384) and vectors.dtype == numpy.float32
    rows = numpy.float32([json.loads(line) for line in result.stdout.splitlines()])
    assert rows.tobytes() == vectors.tobytes()
    served = minilm.client().embeddings.create(model="minilm", input=SENTENCES).data
    assert numpy.float32([item.embedding for item in served]).tobytes() == vectors.tobytes()
    debug = subprocess.run(
        [MARTLET, "debug", "embed", str(MINILM)], input=json.dumps(SENTENCES[0]) + "\n", text=True, check=True,
        capture_output=True, timeout=120)
    assert numpy.float32(json.loads(debug.stdout)).tobytes() == vectors[0].tobytes()
