"""The calibration request: a fixed request of perflab's own, whose time shows the current speed of the machine.

It does what an application's Python mostly does (build, sort, serialise, hash) and nothing else: no subject, no database,
no network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

PATH = "/perflab-reference"
# About 8 ms: a single repetition would end while the processor's caches still fill, and measure them rather than the machine.
TIMES = 12


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Return the one response of this WSGI application, always the same."""
    digest = hashlib.sha256()
    for _ in range(TIMES):
        rows = [{"id": n, "name": f"row {n * 7919 % 1000}", "value": n * 0.5} for n in range(400)]
        rows.sort(key=lambda row: (row["name"], row["id"]))
        digest.update(json.dumps(rows).encode())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"rows": len(rows), "digest": digest.hexdigest()}).encode()]
