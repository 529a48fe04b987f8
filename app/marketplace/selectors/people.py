"""Users with their profiles and ratings."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Sum

from marketplace.models import Profile, User
from marketplace.problems import NotFound, get_or_404
from marketplace.selectors import optimised


@dataclass(frozen=True, slots=True)
class Rating:
    """The sum and number of the reviews that a user received."""

    total: Decimal
    count: int

    @property
    def average(self) -> Decimal | None:
        """The average to two decimals, None without a review.

        Divided here in both ways of querying, because databases differ in the last digit of an average.
        """
        if not self.count:
            return None
        return (self.total / self.count).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def rating_of(user: User) -> Rating:
    """Return a user's rating in the plain way: load the reviews and add them up. One query."""
    total, count = Decimal(0), 0
    for review in user.reviews_received.all():
        total += review.rating
        count += 1
    return Rating(total, count)


def person(user_id: int) -> tuple[User, Rating]:
    """Return a user with profile and rating.

    Optimised, one query: user, profile and the aggregates of the reviews. Plain, three: the user, the reviews, and
    the profile when the response needs it.
    """
    if not optimised():
        user = get_or_404(User.objects.all(), user_id, "user")
        return user, rating_of(user)
    user_with_rating = (
        User.objects.select_related("profile")
        .annotate(rating_total=Sum("reviews_received__rating"), rating_count=Count("reviews_received"))
        .filter(pk=user_id)
        .first()
    )
    if user_with_rating is None:
        raise NotFound("user", user_id)
    return user_with_rating, Rating(user_with_rating.rating_total or Decimal(0), user_with_rating.rating_count)


def account(user_id: int) -> Profile:
    """Return the profile of a caller. Optimised, one query; plain, a second one when the response needs the user."""
    profiles = Profile.objects.all()
    if optimised():
        profiles = profiles.select_related("user")
    profile = profiles.filter(user_id=user_id).first()
    if profile is None:
        raise NotFound("profile of user", user_id)
    return profile
