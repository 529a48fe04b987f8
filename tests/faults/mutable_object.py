"""Cards that look alike are kept once for all answers, and a view that adds notes to its own changes what others show."""

import json
from typing import Any

from marketplace import serializers
from marketplace.caching import backend
from tests.faults import Expected

EXPECTED = Expected("content", ("job", "best-applicants"), ("caching",))


def install() -> None:
    card, kept = serializers.application_card, dict[str, Any]()

    def kept_card(application):
        made = card(application)
        return made if backend.cache() is None else kept.setdefault(json.dumps(made), made)

    serializers.application_card = kept_card
