"""Reviews that a user received or gave."""

from django.db.models import QuerySet

from marketplace.caching.dependencies import depends_on
from marketplace.models import Review, User
from marketplace.pages import Page, page_of
from marketplace.problems import exists_or_404, get_or_404
from marketplace.selectors import optimised


def reviews_received(user_id: int, number: int) -> Page[Review]:
    """Return the reviews that a user received, newest first."""
    depends_on("reviews", user_id)
    return _page(Review.objects.filter(reviewed_id=user_id), user_id, number)


def reviews_given(user_id: int, number: int) -> Page[Review]:
    """Return the reviews that a user gave, newest first."""
    depends_on("ratings", user_id)
    return _page(Review.objects.filter(reviewer_id=user_id), user_id, number)


def _page(reviews: QuerySet[Review], user_id: int, number: int) -> Page[Review]:
    """Return one page of a user's reviews, newest first.

    Optimised, two queries: the count, and the page with both people, their profiles and the job; a third, for the user,
    only if there is no review. Plain, the user first, and five more for each review.
    """
    depends_on("user", user_id)  # an empty page shows nobody, but becomes a 404 when the user is gone
    reviews = reviews.order_by("-created_at", "-pk")
    if not optimised():
        get_or_404(User.objects.all(), user_id, "user")
        return page_of(reviews, number)
    page = page_of(reviews.select_related("reviewer__profile", "reviewed__profile", "job"), number)
    if not page.count:
        exists_or_404(User.objects.all(), user_id, "user")
    return page
