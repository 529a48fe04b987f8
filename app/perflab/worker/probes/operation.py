"""One operation on a cache, as a check records it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Operation:
    """Record one operation on one key.

    Attributes:
        name: `get`, `set`, `delete`, or `incr` of a counter.
        key: The full key; without perflab's own prefix once the request has ended.
        hit: Whether a `get` was a hit; None for other operations.
        ttl_s: Time to live of a `set`; None if the entry never expires.
        bytes: Size that the server holds under the key after the request; None where it cannot be read.
        source: `path:line function` in the project, or None.
        in_transaction: Whether the database was in a transaction.
        raw_bytes: Size before compression; None where the backend does not compress.
        pack_s: Time to compress the entry; None as for `raw_bytes`.
        unpack_s: Time to decompress the entry; None as for `raw_bytes`.
        together: Whether one call was given several keys, as `get_many` is.
        taken_back: Whether a hit of this key in this request does not count: the project counts in the entry, or replaced it.
        counts: Whether a `set` stores what the request found there, counted on: another number, a longer list; None for other
            operations.
    """

    name: str
    key: str
    hit: bool | None = None
    ttl_s: float | None = None
    bytes: int | None = None
    source: str | None = None
    in_transaction: bool = False
    raw_bytes: int | None = None
    pack_s: float | None = None
    unpack_s: float | None = None
    together: bool = False
    taken_back: bool = False
    counts: bool | None = None
