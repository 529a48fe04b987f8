#!/usr/bin/env bash
# pytest-xdist 3.8.0 under pytest 9.2.0: `--dist loadgroup` runs without a word, and keeps no xdist_group together.
#
# Tests that must share one process (a lock, a port, a server) run in several at once; here two suites waited for each other's
# lock, and took as long as one process alone. The plugin marks groups by writing `item._nodeid`, which pytest 9.2 no longer
# reads: nodeid comes from another attribute. Under pytest 9.1.1 the same files stay with one process. One would expect an
# error, or the grouping. Look for `@group` behind the test ids of `-v`: without it nothing is grouped.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/test_group.py" <<'PY'
import os
import pathlib
import time

import pytest


@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(12))
def test_where_it_runs(number):
    time.sleep(0.1)
    pathlib.Path(os.environ["SEEN"], os.environ["PYTEST_XDIST_WORKER"]).touch()
PY
for pytest in 9.2.0 9.1.1; do
    python3 -m venv "$folder/venv-$pytest"
    "$folder/venv-$pytest/bin/pip" install --quiet --disable-pip-version-check "pytest==$pytest" pytest-xdist==3.8.0
    export SEEN="$folder/workers-$pytest"
    mkdir "$SEEN"
    (cd "$folder" && "venv-$pytest/bin/python" -m pytest -q -p no:cacheprovider -n 2 --dist loadgroup test_group.py) > /dev/null
    echo "pytest $pytest: processes that ran the group: $(ls "$SEEN" | wc -l)"
done > "$folder/seen"
cat "$folder/seen"
diff - "$folder/seen" <<'EXPECTED'
pytest 9.2.0: processes that ran the group: 2
pytest 9.1.1: processes that ran the group: 1
EXPECTED
