"""Nothing is invalidated when a review is deleted: the receiver listens to saves only."""

from django.db.models.signals import post_delete

from marketplace.models import Review
from tests.faults import Expected

EXPECTED = Expected("stale", ("reviews", "ratings", "profile"), ("caching",))


def install() -> None:
    post_delete.disconnect(sender=Review, dispatch_uid="marketplace.caching.Review.post_delete")
