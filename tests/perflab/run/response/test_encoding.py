"""Packed bodies, in bounded memory."""

from __future__ import annotations

import gzip
import importlib.util
import zlib

import pytest

from perflab.run.response import encoding
from perflab.run.response.encoding import unpacked

TEXT = b"lorem ipsum " * 1000


def whole(body: bytes, name: str) -> bytes:
    pieces = unpacked(body, name)
    assert pieces is not None
    return b"".join(pieces)


def test_every_packing_of_the_standard_library_is_unpacked() -> None:
    assert whole(TEXT, "") == whole(TEXT, "identity") == TEXT
    assert whole(gzip.compress(TEXT), "gzip") == whole(gzip.compress(TEXT), " X-GZIP ") == TEXT
    assert whole(gzip.compress(b"a") + gzip.compress(b"b"), "gzip") == b"ab", "of several members"
    assert whole(zlib.compress(TEXT), "deflate") == TEXT
    assert whole(zlib.compress(TEXT, wbits=-15), "deflate") == TEXT, "without a header, as some send it"
    assert whole(gzip.compress(zlib.compress(TEXT)), "deflate, gzip") == TEXT, "the last one was applied last"


def test_a_packing_without_a_module_is_unknown() -> None:
    assert unpacked(TEXT, "rot13") is None
    assert unpacked(TEXT, "gzip, rot13") is None
    if importlib.util.find_spec("brotli") is None and importlib.util.find_spec("brotlicffi") is None:
        assert unpacked(TEXT, "br") is None


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(TEXT, mtime=0)[:-9], b""], ids=["no gzip", "cut", "empty"])
def test_a_body_that_is_not_what_it_says_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        whole(body, "gzip")


def test_a_small_body_may_not_unpack_to_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "MAX_UNPACKED", 1000)
    with pytest.raises(ValueError, match="the decompressed body is longer than"):
        whole(gzip.compress(bytes(2000)), "gzip")


def test_a_body_is_unpacked_piece_by_piece() -> None:
    pieces = unpacked(gzip.compress(bytes(10 * encoding.PIECE)), "gzip")
    assert pieces is not None
    assert max(map(len, pieces)) <= encoding.PIECE
