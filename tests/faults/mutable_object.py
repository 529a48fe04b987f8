"""Cards of applications are kept in a dict of the process, and a view that adds notes to them changes what others show."""

from marketplace import serializers
from marketplace.caching import backend
from tests.faults import Expected

EXPECTED = Expected("content", ("job", "client-job", "client-jobs", "applications", "best-applicants"), ("caching",))


def install() -> None:
    card, kept = serializers.application_card, {}

    def kept_card(application):
        if backend.cache() is None:
            return card(application)
        return kept.setdefault(application.pk, card(application))

    serializers.application_card = kept_card
