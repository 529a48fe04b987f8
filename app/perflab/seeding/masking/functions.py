"""Masks as functions in SQLite, which has no hash of its own: an UPDATE of a whole table calls them for each of its values."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import itertools
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from perflab.seeding.masking import names, rules
from perflab.seeding.masking.expressions import ROOM, SHORT_SUFFIX, SUFFIX


class Masker:
    """Makes the masks of one copy, by a key that nobody keeps."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)

    def function(self, kind: str, taken: Iterable[Any] | None = None) -> Callable[[Any], Any]:
        """Return the function that masks a column's values.

        Args:
            kind: What its values are, see rules.py.
            taken: All values of a unique column: a mask is none of them, and none of the others; None where masks may repeat.
        """
        used = None if taken is None else set(taken)

        def masked(value: Any) -> Any:
            if value is None or value in ("", b""):
                return value
            for attempt in itertools.count():
                made = self.mask(value, kind, attempt)
                if used is None or made not in used:
                    break
            if used is not None:
                used.add(made)
            return made

        return masked

    def mask(self, value: Any, kind: str, attempt: int = 0) -> Any:
        """Return a value's mask, which is as long.

        Args:
            value: A text, number or bytes.
            kind: What it is.
            attempt: 0, or how many masks before this one were taken already.
        """
        if kind == rules.JSON:
            return "{}"
        if kind == names.DATE:
            return f"{str(value)[:4]}-01-01{' 00:00:00' if len(str(value)) > len('2000-01-01') else ''}"
        if kind == names.ADDRESS:
            number = int(self._hash(str(value).encode(), attempt, 6), 16)
            start: Any = ipaddress.ip_address("fd00::" if ":" in str(value) else "10.0.0.0")
            return str(start + number)
        if isinstance(value, bytes):
            return bytes.fromhex(self._hash(value, attempt, 2 * len(value)))
        if isinstance(value, int | float):
            low = 10 ** (len(str(abs(int(value)))) - 1)
            return low + int(self._hash(str(value).encode(), attempt, 24), 16) % (9 * low)
        text = str(value)
        if kind == names.PASSWORD:
            return "!" + self._text(text, attempt, len(text) - 1)
        if kind == names.EMAIL and "@" in text and len(text) > len(SHORT_SUFFIX):
            ending = SUFFIX if len(text) >= len(SUFFIX) + ROOM else SHORT_SUFFIX
            return self._text(text, attempt, len(text) - len(ending)) + ending
        return self._text(text, attempt, len(text))

    def _text(self, text: str, attempt: int, length: int) -> str:
        if attempt > 16**length:  # all texts of this length are taken
            length += 1
        return self._hash(text.encode("utf-8", "surrogatepass"), attempt, length)

    def _hash(self, value: bytes, attempt: int, length: int) -> str:
        salt = self._salt + attempt.to_bytes(8, "big") if attempt else self._salt
        digest = hmac.new(salt, value, hashlib.sha256).hexdigest()
        return (digest * (length // len(digest) + 1))[:length]
