#!/usr/bin/env bash
# `import distributed` (Dask) changes how every exception pickles, for the whole process.
#
# A good engineer expects an import to leave the standard library's pickle alone. distributed calls tblib's
# `pickling_support.install()` while it is imported. That registers a reducer in copyreg.dispatch_table for each subclass of
# BaseException that exists at that moment. From then on pickle.dumps(KeyError("x")) names a function of tblib, so a process
# without tblib cannot read it, although nobody asked for tracebacks to be pickled. A class that is made later pickles as ever:
# so whether an exception can be read elsewhere depends on the order of imports.
#
# Seen with distributed 2026.8.0 and tblib 3.2.2 on Python 3.11:
#     before the import: 3 reducers, tblib in a pickled KeyError: False
#     after it: tblib in a pickled KeyError: True, in one of a class made later: False
#     a process without tblib: ModuleNotFoundError
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check distributed==2026.8.0 tblib==3.2.2

cat > "$folder/sender.py" <<'PYTHON'
import copyreg
import pickle
import sys

before = len(copyreg.dispatch_table)
assert b"tblib" not in pickle.dumps(KeyError("x"))

import distributed  # noqa: E402


class Later(Exception):
    pass


pickled = pickle.dumps(KeyError("x"))
print(f"distributed {distributed.__version__}")
print(f"more than 50 new reducers: {len(copyreg.dispatch_table) - before > 50}")
print(f"tblib in a pickled KeyError: {b'tblib' in pickled}")
print(f"tblib in one of a class made later: {b'tblib' in pickle.dumps(Later('x'))}")
with open(sys.argv[1], "wb") as file:
    file.write(pickled)
PYTHON

cat > "$folder/receiver.py" <<'PYTHON'
import pickle
import sys

try:
    print(repr(pickle.load(open(sys.argv[1], "rb"))))
except Exception as error:
    print(f"a process without tblib: {type(error).__name__}")
PYTHON

"$folder/venv/bin/python" "$folder/sender.py" "$folder/error.pickle" | tee "$folder/seen"
python3 -I "$folder/receiver.py" "$folder/error.pickle" | tee -a "$folder/seen"

diff "$folder/seen" - <<'EXPECTED'
distributed 2026.8.0
more than 50 new reducers: True
tblib in a pickled KeyError: True
tblib in one of a class made later: False
a process without tblib: ModuleNotFoundError
EXPECTED
echo "as expected"
