"""The responses of a worker's last block, as they are compared: their digests, and their documents as long as they may be needed.

All of it happens outside the clocks. Nothing that a project returns ends the worker: what has no document has a hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from perflab.run.response import Document, Mask, digest, document, fallback
from perflab.run.response.headers import COOKIES, cookies_of
from perflab.worker.protocol import IgnoreFields
from perflab.worker.request import Response
from perflab.workload.steps import Step

# Bodies up to this size are kept as documents, longer ones as they were sent, and of those so much in all.
SMALL, MAX_KEPT = 64 << 10, 64 << 20
# A cookie's value that is shorter may be the same for two callers by chance.
MIN_TOKEN = 16
MAX_ISSUED = 100_000


class _Raw(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    reissued: tuple[str, ...]


class Responses:
    """Hold the responses of one block: `digest` each, then send `documents` of some."""

    def __init__(self) -> None:
        self._kept: dict[int, Document | _Raw] = {}
        self._kept_bytes = 0
        self._masks: dict[str, tuple[Mask, ...]] = {}
        self._issued: dict[tuple[str, str], Any] = {}
        self.not_compared: dict[str, str] = {}

    def clear(self) -> None:
        """Forget the responses of the block before."""
        self._kept.clear()
        self._kept_bytes = 0

    def ignore(self, fields: IgnoreFields) -> None:
        """Leave exactly these places of an endpoint's responses out of digests from now on."""
        self._masks[fields.endpoint] = fields.masks

    def digest(self, step: Step, response: Response) -> str | None:
        """Return the digest by which a response is compared, and keep the response; None where it cannot be compared."""
        if response.status is None:
            return None
        if response.cut is not None:
            self.not_compared[step.endpoint] = response.cut
            return None
        raw = _Raw(response.status, response.headers, response.body, self._reissued(step, response.headers))
        try:
            made = _document(raw)
            value = digest(made, self._masks.get(step.endpoint, ()))
        except Exception:  # whatever the project sent, the run goes on
            made = fallback(raw.status, raw.body)
            value = digest(made)
        self._keep(step.step, made, raw)
        return value

    def documents(self, steps: Sequence[int]) -> list[Document | None]:
        """Return the responses to these Steps of the block, None for one that raised or was cut."""
        return [_document(kept) if isinstance(kept := self._kept.get(step), _Raw) else kept for step in steps]

    def _keep(self, step: int, made: Document, raw: _Raw) -> None:
        """Keep the smaller of a document and what it was made from; a parsed body takes ten times its size."""
        body = made["body"]
        is_small = len(raw.body) <= SMALL or (isinstance(body, str) and len(body) <= SMALL)
        if is_small or self._kept_bytes + len(raw.body) > MAX_KEPT:
            self._kept[step] = made if is_small else fallback(raw.status, raw.body)
        else:
            self._kept_bytes += len(raw.body)
            self._kept[step] = raw

    def _reissued(self, step: Step, headers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Return the cookies whose value another caller was given before; each anonymous request is a caller of its own."""
        values = [value for name, value in headers if name.lower() == COOKIES]
        if not values:
            return ()
        reissued = []
        for name, cookie in cookies_of(values).items():
            if len(value := str(cookie["value"])) < MIN_TOKEN:
                continue
            if len(self._issued) > MAX_ISSUED:
                self._issued.clear()
            first = self._issued.setdefault((name, value), (step.user, step.step))
            if first[1] != step.step and (step.user is None or first[0] != step.user):
                reissued.append(name)
        return tuple(reissued)


def _document(raw: _Raw) -> Document:
    return document(*raw)
