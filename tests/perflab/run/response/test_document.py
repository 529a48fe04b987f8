"""The documents of responses: what counts, and that whatever a project sends has one."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from perflab.run.response import digest, document, fallback
from perflab.run.response.document import MAX_COMPARED, MAX_DEPTH

JSON = [("Content-Type", "application/json; charset=utf-8")]


def of(body: bytes, headers: list[tuple[str, str]] = JSON, status: int = 200) -> str:
    return digest(document(status, headers, body))


def test_json_is_compared_by_what_it_says_and_anything_else_as_it_is() -> None:
    assert of(b'{"a": 1, "b": [1, 2]}') == of(b'{"b":[1,2],"a":1}')
    assert of(b'{"a": 1}') != of(b'{"a": 2}')
    assert of(b'{"a": [1, 2]}') != of(b'{"a": [2, 1]}'), "the order of a list is part of the answer"
    assert of(b'{"a": 1}') != of(b'{"a": "1"}')
    assert of(b"{}", status=200) != of(b"{}", status=201)
    plain = [("content-type", "text/html")]
    assert of(b'{"a": 1, "b": 2}', plain) != of(b'{"b": 2, "a": 1}', plain)
    assert of(b"not json") == of(b"not json") != of(b"not json ")
    assert of(b"\xff\x00", plain) == of(b"\xff\x00", plain) != of(b"\xff\x01", plain)


def test_numbers_are_compared_exactly() -> None:
    assert of(b'{"amount": 1.10}') == of(b'{"amount": 1.1}'), "the same number"
    assert of(b'{"id": %d}' % 2**64) != of(b'{"id": %d}' % (2**64 + 1))


@pytest.mark.parametrize("name", ["a", "a much longer name than the other one has"])
def test_a_packed_body_is_compared_unpacked(name: str) -> None:
    """Django writes a random name into the head of what it packs."""
    body = b'{"text": "lorem ipsum", "n": 1}'
    header = gzip.compress(body)[:3] + b"\x08" + bytes(6) + name.encode() + b"\x00"
    named = (
        header
        + zlib.compress(body, wbits=-15)
        + zlib.crc32(body).to_bytes(4, "little")
        + len(body).to_bytes(4, "little")
    )
    packed = [*JSON, ("Content-Encoding", "gzip")]
    assert of(named, packed) == of(body)
    assert of(gzip.compress(b'{"n": 2}'), packed) != of(body)


def test_what_cannot_be_unpacked_is_compared_as_it_was_sent() -> None:
    packed = [*JSON, ("Content-Encoding", "gzip")]
    assert of(b"no gzip", packed) == of(b"no gzip", packed) != of(b"not gzip", packed)
    assert of(gzip.compress(b"{}")[:-4], packed) != of(b"{}")
    assert of(b"", packed) == of(b"", packed)
    unknown = document(200, [("Content-Encoding", "rot13")], b"abc")
    assert "which this interpreter cannot decompress" in unknown["body"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"half a pair": "\\ud800"}',
        b'{"n": NaN, "m": 1e999}',
        b"[" * 100_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"n": ' + b"9" * 10_000 + b"}",
        b"\xff\xfe\x00",
        b"",
    ],
    ids=["surrogate", "NaN", "open", "deep", "deeper", "long number", "binary", "empty"],
)
def test_an_unexpected_body_has_a_digest(body: bytes) -> None:
    assert of(body) == of(body) != of(body + b" x")
    json.dumps(document(200, JSON, body))


def test_a_text_is_read_in_its_charset() -> None:
    latin = document(200, [("Content-Type", "text/html; charset=iso-8859-1")], "né".encode("latin-1"))
    assert latin["body"] == "né"
    assert document(200, [("Content-Type", "text/html; charset=nonsense")], "né".encode())["body"] == "né"


def test_a_long_body_is_compared_by_its_hash() -> None:
    body = b'{"n": "' + b"x" * MAX_COMPARED + b'"}'
    made = document(200, JSON, body)
    assert len(made["body"]) < 100
    assert of(body) == of(body) != of(body.replace(b"x", b"y", 1))
    packed = [*JSON, ("Content-Encoding", "gzip")]
    assert of(gzip.compress(body), packed) == of(body), "by the hash of what it says"


def test_every_response_has_a_document() -> None:
    assert digest(fallback(200, b"a")) != digest(fallback(200, b"b"))
