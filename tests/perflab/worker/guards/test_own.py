"""Guards of the process that has the project: installed and removed; tests/cases/test_harmless.py has whole runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import socket, sys
from pathlib import Path
from perflab.worker.guards import own
def attempt():
    try:
        socket.create_connection(("192.0.2.1", 9), timeout=0.01)
    except OSError as error:
        return type(error).__name__
own.install([], Path(sys.argv[1]))
attempt()
print([(contact.kind, contact.target, count) for contact, count in own.contacts()])
print(own.contacts())
own.remove()
print(own._installed)
"""


def test_what_is_refused_is_counted_until_they_are_removed(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["[('connection', '192.0.2.1:9', 1)]", "[]", "[]"]
