"""A process remembers where people live by their first name: whoever is shown first decides for all others of that name."""

from typing import Any

from marketplace import serializers
from tests.faults import Expected

# Which requests a process has served before differs with the cache; the cache has nothing to do with it.
EXPECTED = Expected(
    "depends_on_history",
    ("payments", "reviews", "ratings", "profile", "account", "job", "applications", "client-jobs", "client-job",
     "best-applicants"),
    (),
)  # fmt: skip


def install() -> None:
    card, places = serializers.person_card, dict[str, Any]()

    def remembered(user):
        made = card(user)
        return {**made, "location": places.setdefault(user.first_name, made["location"])}

    serializers.person_card = remembered
