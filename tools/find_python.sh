#!/bin/sh
# Print a Python that can make the project's virtual environment, or say why there is none.
# usage: find_python.sh MINIMUM [CANDIDATE...]        MINIMUM like 3.11
# A name on PATH is not enough: pyenv leaves shims that only fail, and Debian splits venv off.
set -u
minimum=$1
shift
[ $# -gt 0 ] || set -- python3.13 python3.12 python3.11 python3 python
probe="import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < tuple(map(int, '$minimum'.split('.'))))"
for candidate in "$@"; do
    found=$(command -v "$candidate" 2>/dev/null) || continue
    if "$found" -c "$probe" >/dev/null 2>&1; then
        printf '%s\n' "$found"
        exit 0
    fi
done
echo "error: no Python $minimum or later with the venv module among: $*" >&2
echo "       install one (Debian: apt-get install python3-venv), or name it: make PYTHON=/path/to/python ..." >&2
exit 1
