#!/usr/bin/env bash
# Counts the instructions of single components on fixed inputs with valgrind: figures that no other load changes.
# usage: instructions.sh PATH_TO_MARTLET
# Prints a table: component, input, instructions per unit of input. The cost of starting is measured with no input and
# taken off. The committed table is instructions.md; nothing fails when a count changes.
set -euo pipefail
cd "$(dirname "$0")/.."
martlet=$(realpath "${1:?path of the martlet binary}")
model=Models/martlet-mini
# hash tables in one order in every run
export SWIFT_DETERMINISTIC_HASHING=1
command -v valgrind > /dev/null || { echo "valgrind is needed" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# valgrind gives up on debug information newer than itself; symbols stay
strip --strip-debug -o "$folder/martlet" "$martlet"
martlet=$folder/martlet

count() { # INPUT ARGUMENTS…: instructions of a run
    local input=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file="$folder/out" "$martlet" "$@" < "$input" > /dev/null 2> "$folder/log"
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$folder/log" | grep . || { cat "$folder/log" >&2; return 1; }
}

row() { # NAME UNIT UNITS INPUT ARGUMENTS…
    local name=$1 unit=$2 units=$3 input=$4 empty total
    shift 4
    : > "$folder/empty"
    empty=$(count "$folder/empty" "$@")
    total=$(count "$input" "$@")
    echo "| $name | $units ${unit}s | $(((total - empty) / units)) per $unit | $empty |"
}

# fixed inputs: a text of this repository's licence, a conversation, a prompt
python3 - "$folder" LICENSE <<'PYTHON'
import json, sys
folder, path = sys.argv[1:]
text = open(path, encoding="utf-8").read()[:8000]
with open(f"{folder}/text", "w") as file:
    file.write(json.dumps(text) + "\n")
message = [{"role": role, "content": f"{role} message {n}: " + text[n * 40:n * 40 + 200]}
           for n in range(16) for role in ("user", "assistant")]
with open(f"{folder}/chat", "w") as file:
    for _ in range(8):
        file.write(json.dumps({"messages": message, "add_generation_prompt": True}) + "\n")
with open(f"{folder}/ids", "w") as file:
    file.write(json.dumps([(7 * n) % 1000 for n in range(128)]) + "\n")
PYTHON
"$martlet" debug tokenize $model < "$folder/text" > "$folder/tokens"
tokens=$(python3 -c "import json, sys; print(len(json.load(sys.stdin)))" < "$folder/tokens")

echo "| component | input | instructions | to start |"
echo "|---|---|---|---|"
row "tokenize" "character" 8000 "$folder/text" debug tokenize $model
row "detokenize, token by token" "token" "$tokens" "$folder/tokens" debug detokenize $model --incremental
row "chat template" "conversation" 8 "$folder/chat" debug render $model
row "logits (prefill of 128 tokens, one thread)" "token" 128 "$folder/ids" debug logits $model --top 1 --threads 1
