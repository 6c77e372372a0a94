#!/usr/bin/env bash
# Compares tokenizers and the template language with the reference implementations on random inputs, for a few minutes.
# usage: run.sh PATH_TO_MARTLET [SEED]
# Installs the references into a Python environment of its own. A seed of the day by default: failures name it.
set -euo pipefail
martlet=$(realpath "${1:?path of the martlet binary}")
seed="${2:-$(date +%Y%m%d)}"
cd "$(dirname "$0")"

folder=../../.build/differential
if ! cmp -s requirements.txt "$folder/requirements.txt"; then
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt
    cp requirements.txt "$folder/requirements.txt"
fi
python="$folder/bin/python"

echo "template language against jinja2, seed $seed"
"$python" -W ignore jinja.py --count "${DIFFERENTIAL_TEMPLATES:-10000}" --seed "$seed" "$martlet"
goldens=${MARTLET_FIXTURES:-../../../shared/fixtures}/template-goldens
if [ -d "$goldens" ]; then
    "$python" -W ignore jinja.py --count 2000 --seed "$seed" --templates "$goldens" "$martlet"
fi
echo "tokenizers against the package of that name, seed $seed"
# a panic of the reference is an answer too; its backtraces are not
"$python" tokenizer/compare.py --command "$martlet debug" --seed "$seed" --zoo "${DIFFERENTIAL_TOKENIZERS:-150}" \
    --patterns "${DIFFERENTIAL_PATTERNS:-1500}" 2> /dev/null
