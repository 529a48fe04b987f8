"""The endpoints' reads from the database, each in two ways with the same result.

Plain: simple querysets, whose relations are followed one by one while the response is written. Optimised:
`select_related`, `prefetch_related` and aggregates. MARKETPLACE_OPTIMISED_QUERIES chooses, at call time.
"""

from django.conf import settings


def optimised() -> bool:
    """Return whether the optimised querysets are on."""
    return bool(settings.MARKETPLACE_OPTIMISED_QUERIES)
