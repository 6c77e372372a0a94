"""`/metrics` as Prometheus's own parser reads it, and the dashboard that is drawn from it."""

import json
import re

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
