#!/usr/bin/env python3
"""Martlet and Python's huggingface_hub share one cache: python3 hub_compat.py MARTLET

A local hub serves a small model. Each side reads offline what the other downloaded, they take turns in one folder, and two
downloads at once give one result. `MARTLET download MODEL` must print the snapshot folder on its last line of standard
output. huggingface_hub is installed into a temporary environment where it is missing.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODEL = "org/tiny"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
INDEX = {"metadata": {"total_size": 700_000}, "weight_map": {
    "a.weight": "model-00001-of-00002.safetensors", "b.weight": "model-00002-of-00002.safetensors"}}
WANTED = {
    "config.json": {"text": '{"architectures": ["LlamaForCausalLM"]}'},
    "generation_config.json": {"text": '{"temperature": 0.7}'},
    "tokenizer.json": {"text": '{"version": "1.0", "note": "Grüße"}'},
    "tokenizer_config.json": {"text": "{}"},
    "special_tokens_map.json": {"text": "{}"},
    "chat_template.jinja": {"text": "{% for m in messages %}{{ m.content }}{% endfor %}"},
    "additional_chat_templates/tool_use.jinja": {"text": "{{ tools }}"},
    "model.safetensors.index.json": {"text": json.dumps(INDEX)},
    "model-00001-of-00002.safetensors": {"size": 300_000, "lfs": True},
    "model-00002-of-00002.safetensors": {"size": 400_000, "lfs": True},
}
UNWANTED = {"pytorch_model.bin": {"size": 1000, "lfs": True}, "modeling.py": {"text": "import os"}}
PATTERNS = ["*.json", "*.jinja", "*.safetensors"]


def ensure_huggingface_hub():
    """Runs this script again in an environment that has huggingface_hub, if this one has not."""
    if importlib.util.find_spec("huggingface_hub"):
        return
    with tempfile.TemporaryDirectory(prefix="martlet-hub-venv-") as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "huggingface_hub"], check=True)
        sys.exit(subprocess.run([python, *sys.argv]).returncode)


class Hub:
    """The local hub, and both clients with one cache folder."""

    def __init__(self, folder, martlet):
        self.folder, self.martlet = Path(folder), martlet
        self.log = self.folder / "log.jsonl"
        self.set()
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "hub_endpoint.py"), str(self.folder / "spec.json"), str(self.log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.endpoint = f"http://127.0.0.1:{json.loads(self.process.stdout.readline())['hub']}"

    def set(self, **changes):
        model = {"commit": COMMIT, "files": {**WANTED, **UNWANTED}, "branches": {"v2": "ab" * 20}}
        spec = {"models": {MODEL: model}, "token": "hf_good", "cdn": "http://localhost:{cdn}", **changes}
        (self.folder / "spec.json").write_text(json.dumps(spec))

    def environment(self, home, **variables):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
        return {**clean, "HF_HOME": str(home), "HF_ENDPOINT": self.endpoint, "HF_HUB_DISABLE_XET": "1", **variables}

    def download(self, home, *arguments, **variables):
        """The folder that martlet prints."""
        done = subprocess.run(
            [self.martlet, "download", MODEL, *arguments], env=self.environment(home, **variables),
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"martlet download failed: {done.stdout}{done.stderr}"
        return Path(done.stdout.strip().splitlines()[-1])

    def python(self, home, call, **variables):
        """What an expression of huggingface_hub gives, in a process with that cache."""
        code = f"import huggingface_hub, json; print(json.dumps(huggingface_hub.{call}, default=str))"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code], env=self.environment(home, **variables),
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"huggingface_hub failed: {done.stderr}"
        return json.loads(done.stdout.strip().splitlines()[-1])

    def request_count(self):
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def layout(home):
    """Every path of the cache that both clients must agree on, links with their targets."""
    found = {}
    for path in (home / "hub").rglob("*"):
        name = str(path.relative_to(home / "hub"))
        if path.name.endswith(".lock") or "/trees" in name or path.name == "CACHEDIR.TAG" or ".no_exist" in name:
            continue
        if path.is_symlink():
            found[name] = "-> " + os.readlink(path)
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def python_reads_what_martlet_wrote(hub, home):
    snapshot = hub.download(home)
    assert names(snapshot) == sorted(WANTED), names(snapshot)
    count = hub.request_count()
    assert hub.python(home, f"snapshot_download({MODEL!r}, local_files_only=True)") == str(snapshot)
    for name in WANTED:
        path = hub.python(home, f"try_to_load_from_cache({MODEL!r}, {name!r})")
        assert path and Path(path).is_file(), f"huggingface_hub does not find {name}"
    offline = hub.python(home, f"hf_hub_download({MODEL!r}, 'config.json')", HF_HUB_OFFLINE="1")
    assert Path(offline).read_text() == WANTED["config.json"]["text"]
    assert hub.python(home, "scan_cache_dir().size_on_disk") > 700_000
    assert hub.python(home, "scan_cache_dir().warnings") == [], "scan_cache_dir finds faults"
    assert hub.request_count() == count


def martlet_reads_what_python_wrote(hub, home):
    snapshot = hub.python(home, f"snapshot_download({MODEL!r}, allow_patterns={PATTERNS!r})")
    count = hub.request_count()
    assert str(hub.download(home, HF_HUB_OFFLINE="1")) == snapshot
    assert hub.request_count() == count
    assert str(hub.download(home)) == snapshot
    assert hub.request_count() == count + 1


def both_write_the_same(hub, home):
    other = home.parent / (home.name + "-python")
    hub.download(home)
    hub.python(other, f"snapshot_download({MODEL!r}, allow_patterns={PATTERNS!r})")
    ours, theirs = layout(home), layout(other)
    assert ours == theirs, sorted(set(ours) ^ set(theirs)) or "contents differ"


def one_continues_what_the_other_began(hub, home):
    hub.python(home, f"hf_hub_download({MODEL!r}, 'model-00001-of-00002.safetensors')")
    refused = subprocess.run(
        [hub.martlet, "download", MODEL], env=hub.environment(home, HF_HUB_OFFLINE="1"), capture_output=True, text=True)
    assert refused.returncode != 0, "half a model passed for a whole one"
    count = hub.request_count()
    snapshot = hub.download(home)
    fetched = [json.loads(line) for line in hub.log.read_text().splitlines()[count:]]
    assert not any("model-00001" in entry["path"] for entry in fetched)
    assert names(snapshot) == sorted(WANTED)


def revisions_and_folders_mean_the_same(hub, home):
    elsewhere = home.parent / "elsewhere"
    ours = hub.download(home, "--revision", "v2", "--download-dir", str(elsewhere))
    theirs = hub.python(
        home, f"snapshot_download({MODEL!r}, revision='v2', cache_dir={str(elsewhere)!r}, local_files_only=True)")
    assert str(ours) == theirs and ours.name == "ab" * 20


def two_at_once_give_one_result(hub, home):
    hub.set(delay=0.05)
    command = [hub.martlet, "download", MODEL]
    code = f"import huggingface_hub; print(huggingface_hub.snapshot_download({MODEL!r}, allow_patterns={PATTERNS!r}))"
    commands = [command, command, [sys.executable, "-W", "ignore", "-c", code]]
    runs = [subprocess.Popen(one, env=hub.environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for one in commands]
    results = [(*run.communicate(timeout=120), run.returncode) for run in runs]
    hub.set()
    assert all(code == 0 for _, _, code in results), results
    assert len({out.strip().splitlines()[-1] for out, _, _ in results}) == 1, results
    assert not [name for name in layout(home) if name.endswith(".incomplete")]
    both_write_the_same(hub, home)


CHECKS = [
    python_reads_what_martlet_wrote, martlet_reads_what_python_wrote, both_write_the_same,
    one_continues_what_the_other_began, revisions_and_folders_mean_the_same, two_at_once_give_one_result,
]


def main():
    ensure_huggingface_hub()
    import huggingface_hub

    with tempfile.TemporaryDirectory(prefix="martlet-hub-") as folder:
        hub = Hub(folder, os.path.abspath(sys.argv[1]))
        try:
            for number, check in enumerate(CHECKS):
                check(hub, Path(folder) / f"home-{number}")
                print(f"ok: {check.__name__.replace('_', ' ')}")
        finally:
            hub.process.stdin.close()
            hub.process.wait()
    print(f"all {len(CHECKS)} checks passed with huggingface_hub {huggingface_hub.__version__}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
