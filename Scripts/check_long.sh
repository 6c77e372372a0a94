#!/usr/bin/env bash
# The checks that take too long for every change: a minute and more of hostile clients, thousands of requests made from
# the API's description, random comparisons with the reference implementations, long rounds of random inputs, the sanitizers
# on the engine and on everything that reads files or requests.
# usage: check_long.sh PATH_TO_MARTLET [PART...]      parts: clients arm differential fuzz thread address; all by default
#
# MARTLET_FUZZ_ROUNDS   how long random inputs go on, as a multiple of `make test`'s 3000 (30000)
# THREAD_TESTS, ADDRESS_TESTS   the tests that run under a sanitizer, as of `swift test --filter`
set -euo pipefail
cd "$(dirname "$0")/.."
martlet="${1:?path of the martlet binary}"
shift
parts="${*:-clients arm differential fuzz thread address}"
rounds="${MARTLET_FUZZ_ROUNDS:-30000}"

wanted() { [[ " $parts " == *" $1 "* ]]; }

# release builds, as kernels and vocabularies of real models are too slow otherwise; their checks stay on
sanitized() { # SANITIZER FILTER [LIBRARY]: a library that is loaded before everything else
    MARTLET_WITHOUT_HTTP=1 swift build -c release --build-tests -Xswiftc -enable-testing --scratch-path ".build/$1" --sanitize="$1"
    LD_PRELOAD="${3:-}" ".build/$1/release/martletPackageTests.xctest" --testing-library swift-testing --filter "$2"
}

if wanted clients; then
    HOSTILE_SECONDS="${HOSTILE_SECONDS:-120}" SCHEMA_EXAMPLES="${SCHEMA_EXAMPLES:-500}" \
        bash Scripts/conformance.sh "$martlet" -k "hostile or load or schemathesis"
fi
if wanted arm; then
    bash Scripts/check_arm.sh
fi
if wanted differential; then
    bash Scripts/differential/run.sh "$martlet"
fi
if wanted fuzz; then
    MARTLET_FUZZ_ROUNDS=$((rounds * 10)) swift test -c release --filter HeaderFuzzTests
    MARTLET_FUZZ_ROUNDS=$rounds swift test -c release --filter \
        'TokenizerFuzzTests|TemplateFuzzTests|RequestFuzzTests|HostileOutputTests|HostileSourceTests|GrammarFuzzTests'
fi
if wanted thread; then
    library="$PWD/.build/thread-sanitizer.so"
    "$(dirname "$(realpath "$(command -v swift)")")/clang" -O1 -shared -fPIC -o "$library" Scripts/sanitizers/thread.c
    TSAN_OPTIONS="report_thread_leaks=0:suppressions=$PWD/Scripts/sanitizers/thread.supp" \
        sanitized thread "${THREAD_TESTS:-^(EngineTests|CPUBackendTests|GrammarsTests|MartletTests)\.}" "$library"
fi
if wanted address; then
    ASAN_OPTIONS=detect_leaks=0 sanitized address "${ADDRESS_TESTS:-^(EngineTests|CPUBackendTests|CheckpointsTests|\
TokenizersTests|ChatTemplatesTests|OpenAIAPITests|JSONTests|GrammarsTests|OutputParsingTests)\.}"
fi
