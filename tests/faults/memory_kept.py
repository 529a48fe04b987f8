"""Each request leaves a copy of what it did in a list for a debug page, and nobody ever shortens the list."""

from typing import Any

from django.core.signals import request_started

from tests.faults import Expected

EXPECTED = Expected("memory_growth", (None,), ())
KEPT: list[bytes] = []


def keep(**request: Any) -> None:
    KEPT.append(b"x" * 200_000)


def install() -> None:
    request_started.connect(keep)
