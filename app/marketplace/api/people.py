"""Profiles and accounts."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router

from marketplace import serializers
from marketplace.api.auth import caller
from marketplace.api.fields import Body, Line, Text
from marketplace.caching.responses import PROFILE_TTL_S, cached
from marketplace.models import Profile
from marketplace.problems import NotFound
from marketplace.selectors import people

router = Router(tags=["people"])


class ProfileChange(Body):
    """What to change; a field that is left out stays as it is."""

    headline: Line | None = None
    bio: Text | None = None
    location: Line | None = None


@router.get("/get-profile/{int:user_id}")
@cached("profile", PROFILE_TTL_S)
def get_profile(request: HttpRequest, user_id: int) -> Any:
    """A user's public profile with the average of the reviews received."""
    user, rating = people.person(user_id)
    return serializers.person(user, rating)


@router.get("/get-account-details")
@cached("account", PROFILE_TTL_S, per_viewer=True)
def get_account_details(request: HttpRequest) -> Any:
    """The caller's own account."""
    return serializers.account(people.account(caller(request).id))


@router.patch("/update-profile")
def update_profile(request: HttpRequest, change: ProfileChange) -> Any:
    """Change the caller's profile. Two queries: the profile, locked, and the update."""
    changes = change.model_dump(exclude_none=True)
    user_id = caller(request).id
    with transaction.atomic():
        profile = Profile.objects.select_for_update().filter(user_id=user_id).first()
        if profile is None:
            raise NotFound("profile of user", user_id)
        for name, value in changes.items():
            setattr(profile, name, value)
        if changes:
            profile.save(update_fields=list(changes))
    return {
        "user_id": user_id,
        "headline": profile.headline,
        "bio": profile.bio,
        "location": profile.location,
    }
