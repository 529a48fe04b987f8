"""A failing input, shortened while it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable

MAX_TRIES = 400


def minimised(data: bytes, fails: Callable[[bytes], bool], tries: int = MAX_TRIES) -> bytes:
    """Return a shorter input that still fails: first without lines, then without bytes (Zeller's ddmin, greedily).

    Args:
        data: An input that fails.
        fails: Whether another one fails in the same way.
        tries: So many inputs are tried at most.
    """
    for separator in (b"\n", b""):
        parts = data.split(separator) if separator else [data[i : i + 1] for i in range(len(data))]
        size = len(parts) // 2
        while size and tries > 0:
            begin = 0
            while begin < len(parts) and tries > 0:
                shorter = parts[:begin] + parts[begin + size :]
                tries -= 1
                if fails(separator.join(shorter)):
                    parts = shorter
                else:
                    begin += size
            size //= 2
        data = separator.join(parts)
    return data
