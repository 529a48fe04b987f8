"""What a scenario calls: a login by a header, one that raises, and values for a param."""

from __future__ import annotations

import random
from typing import Any

from django.contrib.auth.models import User


def badge(user: Any) -> dict[str, str]:
    return {"X-Badge": User.objects.get(pk=user).get_username()}


def broken(user: Any) -> dict[str, str]:
    raise LookupError("no key for the users of the lab")


def codes(rng: random.Random, count: int) -> list[str]:
    return [f"c{rng.randrange(10_000):04}" for _ in range(count)]
