#!/bin/sh
# Renew requirements/*.txt from pyproject.toml: one version of each package for Python 3.11 to 3.13 on any system,
# with the hashes of the public index and no address of it. Versions already locked stay unless --upgrade is given.
# usage: lock.sh [--upgrade]
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}
command -v "$uv" >/dev/null || { echo "error: uv is not on PATH; install it (pip install uv) or name it: UV=/path/to/uv make lock" >&2; exit 1; }

compile() {
    target=$1
    shift
    "$uv" pip compile --quiet --no-config --universal --fork-strategy fewest --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --only-binary :all: --custom-compile-command "make lock" \
        --output-file "requirements/$target.txt" "$@" pyproject.toml
    echo "requirements/$target.txt: $(grep -c '==' "requirements/$target.txt") packages"
}

# test is resolved first and constrains report: .venv takes the test tools on top without changing a version.
compile test --python-version 3.11 --constraint requirements/lts.in --extra capacity --extra matrix --extra packages --extra test --extra dev "$@"
grep -oE '^[A-Za-z0-9._-]+(\[[^]]*\])?==[^ ;]+( ; [^\\]*)?' requirements/test.txt > requirements/.pins.txt
trap 'rm -f requirements/.pins.txt' EXIT
compile report --python-version 3.11 --constraint requirements/lts.in --constraint requirements/.pins.txt --extra capacity --extra packages --group build "$@"
compile next --python-version 3.13 --constraint requirements/next.in --extra capacity --extra matrix --extra packages --extra test --extra dev "$@"
# An environment of its own for a project under test: none of pyproject.toml's packages.
"$uv" pip compile --quiet --no-config --universal --fork-strategy fewest --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --only-binary :all: --custom-compile-command "make lock" \
    --python-version 3.11 --output-file requirements/subject.txt "$@" requirements/subject.in
echo "requirements/subject.txt: $(grep -c '==' requirements/subject.txt) packages"
