#!/usr/bin/env bash
# The checks that take too long for every change: a minute and more of hostile clients, random comparisons with the
# reference implementations, the sanitizers on the engine and on everything that reads files or requests.
# usage: check_long.sh PATH_TO_MARTLET
set -euo pipefail
cd "$(dirname "$0")/.."

HOSTILE_SECONDS="${HOSTILE_SECONDS:-120}" bash Scripts/conformance.sh "${1:?path of the martlet binary}" -k "hostile or load"

bash Scripts/check_arm.sh

bash Scripts/differential/run.sh "$1"

MARTLET_FUZZ_ROUNDS="${MARTLET_FUZZ_ROUNDS:-300000}" swift test -c release --filter HeaderFuzzTests
swift test --scratch-path .build/thread --sanitize=thread --filter 'EngineTests|CPUBackendTests'
ASAN_OPTIONS=detect_leaks=0 swift test --scratch-path .build/address --sanitize=address \
    --filter 'EngineTests|CPUBackendTests|CheckpointsTests|TokenizersTests|ChatTemplatesTests|OpenAIAPITests|JSONTests'
