"""Reviews: received, given, leaving one, and taking it back."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from marketplace import serializers
from marketplace.api.auth import caller
from marketplace.api.fields import Body, Id, Stars, Text
from marketplace.caching.responses import REVIEWS_TTL_S, cached
from marketplace.models import Job, Review, User
from marketplace.pages import PageNumber
from marketplace.problems import Conflict, Forbidden, Unusable, exists_or_404, get_or_404
from marketplace.rendering import CONTENT_TYPE, created
from marketplace.selectors import reviews

router = Router(tags=["reviews"])


class NewReview(Body):
    """A rating from 1.0 to 5.0 of somebody for a job."""

    reviewed_id: Id
    job_id: Id
    rating: Stars
    feedback: Text = ""


@router.get("/reviews/{int:user_id}")
@cached("reviews", REVIEWS_TTL_S)
def get_reviews(request: HttpRequest, user_id: int, page: PageNumber = 1) -> Any:
    """The reviews that a user received, newest first."""
    return reviews.reviews_received(user_id, page).as_dict(serializers.review)


@router.get("/ratings/reviewer_{int:user_id}/")
@cached("ratings", REVIEWS_TTL_S)
def get_ratings(request: HttpRequest, user_id: int, page: PageNumber = 1) -> Any:
    """The reviews that a user gave, newest first."""
    return reviews.reviews_given(user_id, page).as_dict(serializers.review)


@router.post("/reviews/")
def leave_review(request: HttpRequest, new: NewReview) -> Any:
    """Review somebody for a job, once. Three queries: job, user, and the insert, in a transaction of its own."""
    reviewer_id = caller(request).id
    if new.reviewed_id == reviewer_id:
        raise Unusable("nobody reviews themselves")
    exists_or_404(Job.objects.all(), new.job_id, "job")
    exists_or_404(User.objects.all(), new.reviewed_id, "user")
    try:
        with transaction.atomic():
            review = Review.objects.create(reviewer_id=reviewer_id, **new.model_dump())
    except IntegrityError as error:
        raise Conflict(f"there is a review of user {new.reviewed_id} for job {new.job_id} already") from error
    return created(serializers.review_receipt(review))


@router.delete("/review/{int:review_id}")
def delete_review(request: HttpRequest, review_id: int) -> Any:
    """Take one's review back. Two queries: the row, locked, and the delete."""
    with transaction.atomic():
        review = get_or_404(Review.objects.select_for_update(), review_id, "review")
        if review.reviewer_id != caller(request).id:
            raise Forbidden("this is somebody else's review")
        review.delete()
    return HttpResponse(status=204, content_type=CONTENT_TYPE)
