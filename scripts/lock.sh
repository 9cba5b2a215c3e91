#!/usr/bin/env bash
# Writes requirements/*.txt: every package pinned and hashed, for all supported Pythons, no registry named.
# The test set is resolved first and constrains the others, so that what is tested is what is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
compile() {
    "$uv" pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-header --quiet "$@"
}
compile --extra dev -o requirements/dev.txt
compile --extra build --extra sim -c requirements/dev.txt -o requirements/demo.txt
compile -c requirements/dev.txt -o requirements/run.txt
