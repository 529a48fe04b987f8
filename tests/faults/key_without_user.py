"""The key of an answer leaves out whose answer it is."""

from marketplace.caching import responses
from tests.faults import Expected

EXPECTED = Expected("cross_user_leak", ("account",), ("caching",))


def install() -> None:
    key = responses._key
    responses._key = lambda endpoint, params, viewed_by: key(endpoint, params, None)
