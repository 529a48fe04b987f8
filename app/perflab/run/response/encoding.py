"""Packed bodies: what a response with a Content-Encoding says, in bounded memory.

Two packings of one text differ by bytes that say nothing: a time, a random name (Django's protection against BREACH).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

# An unpacked body that is longer is not compared unpacked: a small packed one may unpack to anything.
MAX_UNPACKED = 256 << 20
PIECE = 1 << 20


def unpacked(body: bytes, encoding: str) -> Iterator[bytes] | None:
    """Return the pieces of an unpacked body, as they come; None where this interpreter has no module for the encoding.

    Reading the pieces raises ValueError where the body is not what its encoding says, or is longer than MAX_UNPACKED.

    Args:
        body: The body as it was sent.
        encoding: The value of Content-Encoding: the encodings in the order in which they were applied, or empty.
    """
    pieces: Iterator[bytes] = iter((body,))
    names = [name.strip().lower() for name in encoding.split(",")]
    for name in reversed(names):
        if name in ("", "identity"):
            continue
        unpack = _UNPACKERS[name]() if name in _UNPACKERS else None
        if unpack is None:
            return None
        pieces = unpack(pieces)
    return _limited(pieces)


def _limited(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_UNPACKED:
            raise ValueError(f"the decompressed body is longer than {MAX_UNPACKED >> 20} MB")
        yield piece


def _inflate(pieces: Iterator[bytes], window: int) -> Iterator[bytes]:
    """Unpack one or more members of zlib's formats, at most PIECE bytes at a time."""
    unpacker = zlib.decompressobj(window)
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if unpacker.eof:  # a further member
                    unpacker = zlib.decompressobj(window)
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacker.eof:
        raise ValueError("the compressed body ends too early")


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return _inflate(pieces, zlib.MAX_WBITS | 16)


def _deflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack `deflate`, which servers send with and without zlib's header."""
    body = b"".join(pieces)
    has_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflate(iter((body,)), zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _whole(unpack: Callable[[bytes], bytes]) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    """Return an unpacker for a module that unpacks a body as a whole; whatever it raises becomes a ValueError."""

    def pieces_of(pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield unpack(b"".join(pieces))
        except Exception as error:
            raise ValueError(str(error)) from error

    return pieces_of


def _module(*names: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


Unpacker = Callable[[Iterator[bytes]], Iterator[bytes]]


def _brotli() -> Unpacker | None:
    module = _module("brotli", "brotlicffi")
    return None if module is None else _whole(module.decompress)


def _zstd() -> Unpacker | None:
    module = _module("compression.zstd")
    if module is not None:
        return _whole(module.decompress)
    module = _module("zstandard")
    return None if module is None else _whole(lambda body: module.ZstdDecompressor().decompressobj().decompress(body))


_UNPACKERS: dict[str, Callable[[], Unpacker | None]] = {
    "gzip": lambda: _gzip,
    "x-gzip": lambda: _gzip,
    "deflate": lambda: _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
