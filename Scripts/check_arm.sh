#!/usr/bin/env bash
# Compares every kernel for Arm with the scalar one, bit for bit, under an emulator: with and without products of four
# bytes. The kernels of this machine are compared too, and where it is an x86-64 once more without AVX-512; the scalar
# results must be the same on all of them. `swift build -c release` comes first.
# usage: check_arm.sh
set -euo pipefail
cd "$(dirname "$0")/.."

need() { # COMMAND PACKAGE...
    command -v "$1" > /dev/null && return
    echo "installing ${*:2}"
    apt-get update -qq && apt-get install -y -qq "${@:2}" > /dev/null
}
need qemu-aarch64-static qemu-user-static
need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross

folder=.build/kernels
compiler=${CC:-clang}
flags=(-O2 -std=gnu11 -Wall -Wextra -Werror -ISources/CMartletKernels/include)

compile() { # OBJECTS SOURCE COMPILER_OPTION...
    "$compiler" "${@:3}" "${flags[@]}" -c "$2" -o "$1/$(basename "$2").o"
}

# the program for Arm, unless it is there and nothing has changed
arm=$folder/arm
inputs=$({ "$compiler" --version; cat "$0" Sources/CMartletKernels/{,include/}*.[ch] Tests/kernels/*; } | sha256sum)
if [ "$(cat "$arm/inputs" 2> /dev/null)" != "$inputs" ]; then
    rm -rf "$arm"
    mkdir -p "$arm"
    jobs=()
    for source in Sources/CMartletKernels/*.c Tests/kernels/*.c; do
        compile "$arm" "$source" --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include &
        jobs+=($!)
        [ ${#jobs[@]} -lt "$(nproc)" ] || { wait "${jobs[0]}" && jobs=("${jobs[@]:1}"); }
    done
    for job in "${jobs[@]}"; do wait "$job"; done
    aarch64-linux-gnu-gcc -static "$arm"/*.o -o "$arm/compare" -lm
    echo "$inputs" > "$arm/inputs"
fi

# the program for this machine, of the kernels that have been built
host=$folder/host
rm -rf "$host"
mkdir -p "$host"
for source in Tests/kernels/*.c; do compile "$host" "$source"; done
"$compiler" -static "$host"/*.o .build/release/CMartletKernels.build/*.o -o "$host/compare" -lm

run() { # COMMAND...: the comparison; its results are those of the run before
    local found
    found=$("$@")
    if [ "${results:-$found}" != "$found" ]; then
        echo "scalar results of '$*' are $found, not $results"
        exit 1
    fi
    results=$found
}
run "$host/compare"
if [ "$(uname -m)" = x86_64 ]; then
    run qemu-x86_64-static -cpu max,-avx512f "$host/compare" avx2
fi
run qemu-aarch64-static -cpu cortex-a57 "$arm/compare" neon
run qemu-aarch64-static -cpu cortex-a76 "$arm/compare" neon neon-dotprod
