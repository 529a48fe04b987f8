"""The reference request: the same work and the same answer, always."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from perflab.worker import calibration


def answer() -> tuple[str, list[tuple[str, str]], bytes]:
    started: dict[str, Any] = {}
    chunks = calibration.application({}, lambda status, headers: started.update(status=status, headers=headers))
    return started["status"], started["headers"], b"".join(chunks)


def test_it_responds_as_a_wsgi_application_does() -> None:
    status, headers, body = answer()
    assert status == "200 OK"
    assert ("Content-Type", "application/json") in headers
    assert json.loads(body)["rows"] == 400


def test_its_response_never_changes() -> None:
    """A change of the work would make runs of two versions incomparable: it needs another version of the files."""
    assert answer() == answer()
    assert json.loads(answer()[2])["digest"][:12] == "9ee3a1aa0927"


def test_it_imports_neither_django_nor_pandas() -> None:
    code = (
        "import sys, perflab.worker.calibration; print([m for m in ('django', 'pandas', 'numpy') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "[]"
