"""The reference: a fixed request of perflab's own, which says how fast the machine is just now.

It does what an application's Python mostly does - build, sort, serialise, hash - and nothing else: no subject, no
database, no network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

PATH = "/perflab-reference"
# About 8 ms: once would be over while the processor's caches still fill, and say more of them than of the machine's pace.
TIMES = 12


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application with one answer, always the same."""
    digest = hashlib.sha256()
    for _ in range(TIMES):
        rows = [{"id": n, "name": f"row {n * 7919 % 1000}", "value": n * 0.5} for n in range(400)]
        rows.sort(key=lambda row: (row["name"], row["id"]))
        digest.update(json.dumps(rows).encode())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"rows": len(rows), "digest": digest.hexdigest()}).encode()]
