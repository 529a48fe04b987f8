"""What a write makes old is dropped at once, while its transaction is still open."""

from typing import Any

from marketplace.api import payments
from marketplace.caching import invalidation, signals
from tests.faults import Expected

EXPECTED = Expected(
    "invalidation_before_commit",
    ("apply", "withdraw", "change-payment", "settle", "review", "delete-review", "update-profile"),
    ("caching",),
)


def install() -> None:
    def at_once(tags, using="default"):
        invalidation.invalidate(tags)

    callers: tuple[Any, ...] = (payments, signals)
    for caller in callers:
        caller.invalidate_after_commit = at_once
