"""The canonical document of a response: its status, headers and body, and its digest.

Whatever a project sends has a document: what is no JSON is text, what is no text is a hash, and what is long is a hash too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from perflab.run.response.difference import Document
from perflab.run.response.encoding import unpacked
from perflab.run.response.headers import compared_headers
from perflab.run.response.mask import REISSUED, Mask, masked

# A longer body is compared by its hash. A parsed one takes ten times its size, and all cells' are compared at once.
MAX_COMPARED = 2 << 20
# JSON that is nested deeper is compared as a text: functions that call themselves have a limit.
MAX_DEPTH = 100
BRACKETS = b"[]{}"
OPENING = b"[{"
NO_BRACKETS = bytes(set(range(256)) - set(BRACKETS))


def document(status: int, headers: Iterable[tuple[str, str]], body: bytes, reissued: Collection[str] = ()) -> Document:
    """Return the canonical document of a response: a body is unpacked; JSON is its value, a text itself, all else a hash.

    Args:
        status: The status code.
        headers: All headers; see headers.py for those that are compared.
        body: The body as it was sent.
        reissued: The cookies whose value another caller was given before, by their names.
    """
    headers = list(headers)
    compared = compared_headers(headers)
    encoding = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
    made: Document = {
        "status": status,
        "headers": compared,
        "body": _body(str(compared.get("content-type", "")), encoding, body),
    }
    return made | ({REISSUED: sorted(reissued)} if reissued else {})


def fallback(status: int, body: bytes) -> Document:
    """Return a document that any response has: its status and a hash of its body."""
    return {"status": status, "headers": {}, "body": _hashed((body,))}


def digest(response: Document, masks: Collection[Mask] = ()) -> str:
    """Return a hash of a document, its keys sorted, under these masks."""
    compared = masked(response, masks)
    text = json.dumps(compared, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _body(content_type: str, encoding: str, body: bytes) -> Any:
    pieces = unpacked(body, encoding) if body else iter((body,))
    if pieces is None:
        return f"compressed as {encoding}, which this interpreter cannot decompress: {_hashed((body,))}"
    kept: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            kept.append(piece)
            size += len(piece)
            if size > MAX_COMPARED:
                return _hashed(_after(kept, pieces))
    except ValueError:  # not packed as it says: compared as it was sent
        if len(body) > MAX_COMPARED:
            return _hashed((body,))
        kept = [body]
    return _parsed(content_type, b"".join(kept))


def _after(kept: list[bytes], pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces that were read already, and then the others."""
    while kept:
        yield kept.pop(0)
    yield from pieces


def _parsed(content_type: str, body: bytes) -> Any:
    if "json" in content_type and _depth(body) <= MAX_DEPTH:
        try:
            return json.loads(body, parse_constant=str)  # NaN is no JSON, and does not equal itself
        except ValueError:
            pass  # not JSON after all: compared as it is
    for charset in dict.fromkeys((_charset(content_type), "utf-8")):
        try:
            return body.decode(charset)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return _hashed((body,))


def _depth(body: bytes) -> int:
    """Return how deep JSON is nested, or more where brackets stand in its texts. Costs 40 ns a bracket."""
    brackets = body.translate(None, NO_BRACKETS)
    if len(brackets) <= MAX_DEPTH:
        return len(brackets)
    depth = deepest = 0
    for bracket in brackets:
        depth += 1 if bracket in OPENING else -1
        deepest = max(deepest, depth)
    return deepest


def _charset(content_type: str) -> str:
    return content_type.partition("charset=")[2].partition(";")[0].strip(" \"'") or "utf-8"


def _hashed(pieces: Iterable[bytes]) -> str:
    """Return the size and hash of a body, which is read once and not kept."""
    size, value = 0, hashlib.blake2b(digest_size=16)
    for piece in pieces:
        size += len(piece)
        value.update(piece)
    return f"{size} bytes, {value.hexdigest()}"
