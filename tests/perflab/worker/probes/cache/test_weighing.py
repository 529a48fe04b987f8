"""The size of an entry, on a server made up for it."""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache

from perflab.worker.probes.cache.weighing import weigh
from perflab.worker.probes.operation import Operation


class Compressor:
    """As django-redis has them: what is small is left as it is, and cannot be unpacked."""

    def compress(self, value: bytes) -> bytes:
        return zlib.compress(value)

    def decompress(self, value: bytes) -> bytes:
        return zlib.decompress(value)


class IdentityCompressor(Compressor):
    """What django-redis calls none."""


def weighed(stored: Any, compressor: Any = None) -> Operation:
    """A `set` of a key under which a server holds this; an exception is raised."""

    class Backend(LocMemCache):
        client = SimpleNamespace(get_client=lambda: SimpleNamespace(get=answer), _compressor=compressor)

    def answer(key: str) -> Any:
        assert key == "shop:1:a"
        if isinstance(stored, Exception):
            raise stored
        return stored

    operation = Operation("set", "shop:1:a")
    assert weigh(Backend("weighing", {}), operation) is (operation.bytes is not None)
    return operation


def test_an_entry_is_weighed_before_and_after_it_was_compressed() -> None:
    packed = zlib.compress(b"perflab " * 100)
    operation = weighed(packed, Compressor())
    assert (operation.bytes, operation.raw_bytes) == (len(packed), 800)
    assert operation.pack_s is not None and operation.unpack_s is not None
    assert operation.pack_s > 0 < operation.unpack_s


def test_what_is_not_compressed_takes_no_time() -> None:
    small = weighed(b"small", Compressor())
    assert (small.bytes, small.raw_bytes, small.pack_s, small.unpack_s) == (5, 5, None, None)
    for compressor in (None, IdentityCompressor()):
        plain = weighed(b"plain", compressor)
        assert (plain.bytes, plain.raw_bytes, plain.pack_s) == (5, None, None), "unknown, for nothing compresses"


@pytest.mark.parametrize("stored", [None, ConnectionError("gone"), TypeError("a set, not a string")])
def test_of_what_is_not_there_or_cannot_be_queried_the_weight_is_unknown(stored: Any) -> None:
    operation = weighed(stored, Compressor())
    assert (operation.bytes, operation.raw_bytes, operation.pack_s) == (None, None, None)
