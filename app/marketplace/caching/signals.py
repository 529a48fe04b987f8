"""The responses that a saved or deleted object makes stale, and the signal receivers that drop them.

Only the object's own tags are needed here. The cache knows that a person's name appears in a hundred lists of payments: each of
these responses recorded `user:<id>` when it was computed.
"""

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_save

from marketplace.caching import backend
from marketplace.caching.dependencies import tag
from marketplace.caching.invalidation import invalidate_after_commit
from marketplace.models import Application, Industry, Job, Payment, Profile, Review, Subcategory, User

# Model -> (kind of tag, field that holds its number). A person's profile is part of the person.
TAGS: dict[type[Model], tuple[tuple[str, str], ...]] = {
    User: (("user", "pk"),),
    Profile: (("user", "user_id"),),
    Industry: (("industry", "pk"),),
    Subcategory: (("subcategory", "pk"),),
    Job: (("job", "pk"),),
    Application: (("applications", "job_id"),),
    Payment: (("payments", "payer_id"), ("payments", "recipient_id")),
    Review: (("reviews", "reviewed_id"), ("ratings", "reviewer_id")),
}

_BEFORE = "_tags_before_save"


def tags_of(instance: Model) -> set[str]:
    """Return the tags of one object as it is in memory."""
    return {tag(kind, getattr(instance, field)) for kind, field in TAGS[type(instance)]}


def connect() -> None:
    """Connect the receivers; called once, by the app's `ready`."""
    for model in TAGS:
        uid = f"marketplace.caching.{model.__name__}"
        pre_save.connect(_remember_owners, sender=model, dispatch_uid=f"{uid}.pre_save")
        post_save.connect(_changed, sender=model, dispatch_uid=f"{uid}.post_save")
        post_delete.connect(_changed, sender=model, dispatch_uid=f"{uid}.post_delete")


def _remember_owners(
    sender: type[Model], instance: Model, using: str, update_fields: frozenset[str] | None, **_: Any
) -> None:
    """Record who loses a payment, before it moves from one person to another.

    One query, only for a full save of an object that exists and could move; `save(update_fields=["status"])`, which
    is what the API does, costs none.
    """
    owners = [field for _kind, field in TAGS[sender] if field != "pk"]
    if not owners or instance._state.adding or backend.cache() is None:
        return
    moving = {name for field in owners for name in (field, field.removesuffix("_id"))}
    if update_fields is not None and not moving & set(update_fields):
        return
    before = sender._base_manager.using(using).filter(pk=instance.pk).values(*owners).first()
    if before is not None:
        setattr(instance, _BEFORE, {tag(kind, before[field]) for kind, field in TAGS[sender] if field in before})


def _changed(sender: type[Model], instance: Model, using: str, **_: Any) -> None:
    """After a save or a delete is committed, drop the responses that show the object."""
    invalidate_after_commit(tags_of(instance) | instance.__dict__.pop(_BEFORE, set()), using=using)
