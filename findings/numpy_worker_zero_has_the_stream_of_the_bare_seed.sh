#!/usr/bin/env bash
# NumPy 2.4.6: default_rng([42, 0]) is default_rng(42). Worker 0 draws the very numbers of the main process.
#
# A list of integers is the usual way to give each worker a stream of its own: default_rng([seed, worker]), while the main
# process has default_rng(seed). One would expect that two different seeds give unrelated streams. But SeedSequence fills the
# entropy up to four words of 32 bits with zeros, so that zeros at the end change nothing; and with four of them the list is the
# first child of spawn(). The order of blocks and the noise in them, say, then go in step in worker 0 alone, while all others
# look right. A seed of 128 bits, the worker first ([0, 42]), spawn(), or counting from 1 keeps the streams apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6
"$folder/venv/bin/python" - > "$folder/seen" <<'PY'
import numpy as np


def same(one: object, other: object) -> bool:
    return bool((np.random.default_rng(one).random(1000) == np.random.default_rng(other).random(1000)).all())


child = np.random.SeedSequence(42).spawn(1)[0]
print("[42, 0] and 42:", same([42, 0], 42))
print("[42, 0, 0] and 42:", same([42, 0, 0], 42))
print("[42, 1] and 42:", same([42, 1], 42))
print("[0, 42] and 42:", same([0, 42], 42))
print("[2**127, 0] and 2**127:", same([2**127, 0], 2**127))
print("first child of spawn() and 42:", same(child, 42))
print("[42, 0, 0, 0, 0] and the first child of spawn():", same([42, 0, 0, 0, 0], child))
PY
cat "$folder/seen"
diff - "$folder/seen" <<'SEEN'
[42, 0] and 42: True
[42, 0, 0] and 42: True
[42, 1] and 42: False
[0, 42] and 42: False
[2**127, 0] and 2**127: False
first child of spawn() and 42: False
[42, 0, 0, 0, 0] and the first child of spawn(): True
SEEN
