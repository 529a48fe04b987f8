"""The size of an entry on a Redis-protocol server, and what its compression takes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns
from typing import Any

from perflab.worker.probes.operation import Operation

NO_COMPRESSOR = "IdentityCompressor"


def weigh(cache: Any, operation: Operation) -> bool:
    """Fill in the size of an operation's entry; False where the server has no such entry.

    Other backends do not report sizes. Where django-redis compresses, the entry is decompressed and compressed again with the
    project's own compressor. Costs a round trip, and three times what compression takes.

    Args:
        cache: The cache backend.
        operation: The operation, a `set`.
    """
    try:
        client = cache.client.get_client() if hasattr(cache, "client") else cache._cache.get_client(None)
        stored = client.get(operation.key)
    except Exception:  # a backend of another kind, or a server that is gone: only the size is unknown
        return False
    if not stored:
        return False
    operation.bytes = operation.raw_bytes = len(stored)
    compressor = getattr(getattr(cache, "client", None), "_compressor", None)
    if compressor is None or type(compressor).__name__ == NO_COMPRESSOR:
        operation.raw_bytes = None
        return True
    try:
        raw, operation.unpack_s = _timed(compressor.decompress, stored)
        _, operation.pack_s = _timed(compressor.compress, raw)
        operation.raw_bytes = len(raw)
    except Exception:  # too small to be compressed: it was stored as it is
        operation.unpack_s = None
    return True


def _timed(work: Callable[[Any], Any], value: Any) -> tuple[Any, float]:
    """Return a function's result and the seconds it takes, the minimum of three runs."""
    spans = []
    for _ in range(3):
        began = monotonic_ns()
        made = work(value)
        spans.append(monotonic_ns() - began)
    return made, min(spans) / 1e9
