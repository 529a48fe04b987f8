"""Two endpoints keep their responses under the same name: reviews received and reviews given."""

from marketplace.caching import responses
from tests.faults import Expected

EXPECTED = Expected("rows", ("reviews", "ratings"), ("caching",))


def install() -> None:
    key = responses._key
    responses._key = lambda endpoint, *rest: key("reviews" if endpoint == "ratings" else endpoint, *rest)
