"""Names of entries as another program expects them: without a prefix, whatever KEY_PREFIX is."""

from __future__ import annotations


def bare(key: str, key_prefix: str, version: int) -> str:
    return f"catalogue:{key}"
