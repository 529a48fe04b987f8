"""Users with their profiles and ratings."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Sum

from marketplace.models import Profile, User
from marketplace.problems import NotFound, get_or_404
from marketplace.selectors import optimised


@dataclass(frozen=True, slots=True)
class Rating:
    """The sum and number of the reviews that somebody received."""

    total: Decimal
    count: int

    @property
    def average(self) -> Decimal | None:
        """To two decimals, None without a review.

        Divided here, in both ways of querying: databases differ in the last digit of an average.
        """
        if not self.count:
            return None
        return (self.total / self.count).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def rating_of(user: User) -> Rating:
    """The plain way: load the reviews and add them up. One query."""
    total, count = Decimal(0), 0
    for review in user.reviews_received.all():
        total += review.rating
        count += 1
    return Rating(total, count)


def person(user_id: int) -> tuple[User, Rating]:
    """A user with profile and rating.

    Optimised, one query: user, profile and the aggregates of the reviews. Plain, three: the user, the reviews, and
    the profile once the answer asks for it.
    """
    if not optimised():
        user = get_or_404(User.objects.all(), user_id, "user")
        return user, rating_of(user)
    found = (
        User.objects.select_related("profile")
        .annotate(rating_total=Sum("reviews_received__rating"), rating_count=Count("reviews_received"))
        .filter(pk=user_id)
        .first()
    )
    if found is None:
        raise NotFound("user", user_id)
    return found, Rating(found.rating_total or Decimal(0), found.rating_count)


def account(user_id: int) -> Profile:
    """The profile of a caller. Optimised, one query; plain, a second one when the answer asks for the user."""
    profiles = Profile.objects.all()
    if optimised():
        profiles = profiles.select_related("user")
    found = profiles.filter(user_id=user_id).first()
    if found is None:
        raise NotFound("profile of user", user_id)
    return found
