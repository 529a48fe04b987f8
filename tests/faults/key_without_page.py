"""The key of an answer leaves out the query string: page 2 is page 1 again."""

from typing import Any

from marketplace.caching import responses
from tests.faults import Expected

EXPECTED = Expected("rows", ("payments", "reviews", "ratings"), ("caching",))


def install() -> None:
    key = responses._key

    def without_page(endpoint: str, params: dict[str, Any], viewed_by: Any) -> str:
        return key(endpoint, {name: value for name, value in params.items() if name != "page"}, viewed_by)

    responses._key = without_page
