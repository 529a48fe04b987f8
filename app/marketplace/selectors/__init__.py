"""What the endpoints read from the database, each in two ways that give the same answer.

Plain: querysets as they come, whose relations are followed one by one while the answer is written. Optimised:
`select_related`, `prefetch_related` and aggregates. MARKETPLACE_OPTIMISED_QUERIES chooses, at call time.
"""

from django.conf import settings


def optimised() -> bool:
    """Whether the optimised querysets are on."""
    return bool(settings.MARKETPLACE_OPTIMISED_QUERIES)
