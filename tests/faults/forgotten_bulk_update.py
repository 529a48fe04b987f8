"""Nothing is invalidated when payments are settled in bulk: `update` sends no signals, and nobody thought of it."""

from marketplace.api import payments
from tests.faults import Expected

EXPECTED = Expected("stale", ("payments",), ("caching",))


def install() -> None:
    payments.invalidate_after_commit = lambda tags: None
