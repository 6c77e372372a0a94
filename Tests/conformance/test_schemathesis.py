"""schemathesis makes requests from `/openapi.json`: no answer is a 5xx, none contradicts the document.

Two of its checks are left out: values are converted as the reference converts them (`"1"` is a number), so some bodies
that the schemas exclude are taken; and rules between fields, which the schemas do not tell, refuse some that they allow.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import serve
from test_embeddings import MINILM

EXAMPLES = os.environ.get("SCHEMA_EXAMPLES")  # per operation; a short run where it is not set
CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "missing_required_header", "unsupported_method", "allow_header_conformance",
    "use_after_free", "ensure_resource_availability",
]

# answers stay short, whatever is asked for
SHORT = ["--max-model-len", "256", "--override-generation-config", json.dumps({"max_new_tokens": 4})]
ADMINISTRATION = "/(server_info|reset_prefix_cache|sleep|wake_up|is_sleeping|pause|resume|is_paused|get_world_size)"
SERVERS = {
    "generation": (["--served-model-name", "m", *SHORT], []),
    # a server that sleeps answers 503 elsewhere
    "administration": (
        ["--served-model-name", "m", *SHORT, "--enable-admin-routes"], ["--include-path-regex", ADMINISTRATION]),
    "embeddings": ([str(MINILM), "--served-model-name", "m"], []),
}

# every boundary of every field takes longest: a short run has it for the routes that have most fields
SHORT_RUNS = {
    "generation": ("5", "coverage,fuzzing"), "administration": ("10", "fuzzing"), "embeddings": ("20", "fuzzing")}


@pytest.mark.parametrize("kind", SERVERS)
def test_answers_fit_the_document(kind, tmp_path):
    arguments, options = SERVERS[kind]
    examples, phases = (EXAMPLES, "coverage,fuzzing") if EXAMPLES else SHORT_RUNS[kind]
    with serve(*arguments, log=tmp_path / "log") as server:
        command = [
            Path(sys.executable).parent / "schemathesis", "run", f"{server.root}/openapi.json", *options,
            "--max-examples", examples, "--seed", os.environ.get("SCHEMA_SEED", "1"),
            "--checks", ",".join(CHECKS), "--phases", phases, "--continue-on-failure",
            "--generation-database", "none", "--suppress-health-check", "all", "--request-timeout", "60", "--no-color"]
        result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=7200)
        assert result.returncode == 0, result.stdout[-20_000:] + result.stderr
    assert "Test cases:" in result.stdout
