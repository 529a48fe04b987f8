"""Two endpoints keep their answers under the same name: reviews received and reviews given."""

from marketplace.caching import answers
from tests.faults import Expected

EXPECTED = Expected("rows", ("reviews", "ratings"), ("caching",))


def install() -> None:
    key = answers._key
    answers._key = lambda endpoint, *rest: key("reviews" if endpoint == "ratings" else endpoint, *rest)
