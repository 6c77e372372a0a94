"""`/metrics` as Prometheus's own parser reads it, and the dashboard that is drawn from it."""

import json
import re
import time

import pytest
import requests
from conftest import ROOT, serve
from prometheus_client.parser import text_string_to_metric_families

DASHBOARD = json.loads((ROOT / "Deploy/grafana-dashboard.json").read_text())
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


def families(server) -> list:
    return list(text_string_to_metric_families(requests.get(f"{server.root}/metrics", timeout=10).text))


def labels_of(server) -> dict[str, set[str]]:
    """The samples' names with the labels they have."""
    found: dict[str, set[str]] = {}
    for family in families(server):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.fixture(scope="module")
def used(server):
    body = {"prompt": "Once upon a time", "max_tokens": 4, "stream": True}
    assert requests.post(f"{server.url}/completions", json=body, timeout=60).text.endswith("data: [DONE]\n\n")
    return server


def test_every_series_is_there_once(used):
    series = [(sample.name, *sorted(sample.labels.items())) for family in families(used) for sample in family.samples]
    assert len(series) > 300 and len(series) == len(set(series))


def test_histograms_add_up(used):
    for family in families(used):
        if family.type != "histogram":
            continue
        buckets: dict[tuple, list[float]] = {}
        counts: dict[tuple, float] = {}
        for sample in family.samples:
            key = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
            if sample.name.endswith("_bucket"):
                buckets.setdefault(key, []).append(sample.value)
            elif sample.name.endswith("_count"):
                counts[key] = sample.value
        assert buckets and counts == {key: values[-1] for key, values in buckets.items()}, family.name
        assert all(values == sorted(values) for values in buckets.values()), family.name


def test_times_of_creation(used):
    """Series without a request of their own began with the process; it began before anybody asked."""
    samples = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
               for family in families(used) for sample in family.samples}
    [started] = [value for (name, _), value in samples.items() if name == "process_start_time_seconds"]
    created = {key: value for key, value in samples.items() if key[0].endswith("_created")}
    counters = {name.removesuffix("_total") for name, _ in samples if name.endswith("_total")}
    assert counters - {"process_cpu_seconds", "vllm:iteration_tokens"} <= {name.removesuffix("_created") for name, _ in created}
    for (name, _), value in created.items():
        if name.startswith("vllm:"):
            assert value == started, name
        else:
            assert started <= value <= time.time(), name
    requested = samples["http_requests_created", (("handler", "/v1/completions"), ("method", "POST"), ("status", "2xx"))]
    assert started < requested


def test_searches_for_tool_calls_are_counted():
    tool = {"type": "function", "function": {"name": "f", "parameters": {
        "type": "object", "properties": {"zone": {"enum": ["Central European Time"]}}, "required": ["zone"]}}}
    body = {"messages": [{"role": "user", "content": "Hi"}], "tools": [tool], "max_tokens": 100}

    def counts(server) -> dict[tuple, float]:
        return {(sample.labels["mode"], sample.labels["outcome"], sample.labels["request_type"]): sample.value
                for family in families(server) if family.name == "vllm:tool_call_parser_invocations"
                for sample in family.samples if sample.name.endswith("_total")}

    with serve("--served-model-name", "m", "--tool-call-parser", "hermes") as server:
        assert len(counts(server)) == 12 and set(counts(server).values()) == {0}
        requests.post(f"{server.url}/chat/completions", json=body | {"tool_choice": "none"}, timeout=60).raise_for_status()
        assert set(counts(server).values()) == {0}
        for path, extra, kind in [
            ("chat/completions", {"tool_choice": "required", "n": 2}, ("tool_call", "chat_completions")),
            ("chat/completions", {"tools": [tool]}, ("no_tool_call", "chat_completions")),
            ("responses", {"input": "Hi", "tools": [{"type": "function", "name": "f"}]}, ("no_tool_call", "responses")),
        ]:
            request = extra if path == "responses" else body | extra
            before = counts(server)
            requests.post(f"{server.url}/{path}", json=request, timeout=60).raise_for_status()
            changed = {key: value - before[key] for key, value in counts(server).items() if value != before[key]}
            assert changed == {("non_streaming", *kind): extra.get("n", 1)}
        before = counts(server)
        stream = requests.post(f"{server.url}/chat/completions", json=body | {"tool_choice": "required", "stream": True}, timeout=60)
        parts = stream.text.count('"tool_calls":[')
        after = counts(server)
        key = ("streaming", "tool_call", "chat_completions")
        assert parts > 1 and after[key] - before[key] >= parts - 1


def test_sleep_is_told():
    def states(server) -> dict[str, float]:
        [family] = [family for family in families(server) if family.name == "vllm:engine_sleep_state"]
        return {sample.labels["sleep_state"]: sample.value for sample in family.samples}

    with serve("--served-model-name", "m", "--enable-admin-routes") as server:
        assert states(server) == {"awake": 1, "weights_offloaded": 0, "discard_all": 0}
        for level, state in [(1, "weights_offloaded"), (2, "discard_all")]:
            requests.post(f"{server.root}/sleep?level={level}", timeout=10).raise_for_status()
            assert {name for name, value in states(server).items() if value} == {state}
        requests.post(f"{server.root}/wake_up", timeout=10).raise_for_status()
        assert states(server)["awake"] == 1


def test_sizes_are_the_bodies(server):
    """Of requests and answers that declare their length."""
    body = json.dumps({"prompt": "Count these bytes"}).encode()
    before = {name: server.metric(f"http_{name}_size_bytes_sum") for name in ("request", "response")}
    answer = requests.post(f"{server.root}/tokenize", data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert server.metric("http_request_size_bytes_sum") - before["request"] == len(body)
    assert server.metric("http_response_size_bytes_sum") - before["response"] == len(answer.content)


def test_dashboard_has_a_panel_for_each_topic():
    assert len(TARGETS) > 30 and all(target["expr"] and target["legendFormat"] for target in TARGETS)


@pytest.mark.parametrize("expression", sorted({target["expr"] for target in TARGETS}))
def test_dashboard_shows_what_is_exported(used, expression):
    exported = labels_of(used)
    names = re.findall(r"\b(?:vllm:|http_|process_)\w+", expression)
    assert names
    for name in names:
        assert name in exported, f"{name} is not exported"
    labels = set(re.findall(r"(\w+)=~?\"", expression))
    labels |= {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(", ")}
    for name in names:
        assert labels <= exported[name], f"{name} has no label {labels - exported[name]}"
    # nothing else stands in an expression than these, numbers and functions
    rest = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)|\b(?:vllm:|http_|process_)\w+", "", expression)
    assert set(re.findall(r"[a-z_]\w*", rest)) <= {"sum", "max", "rate", "histogram_quantile"}
