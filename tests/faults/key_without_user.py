"""The key of an answer leaves out whose answer it is."""

from marketplace.caching import answers
from tests.faults import Expected

EXPECTED = Expected("cross_user_leak", ("account",), ("caching",))


def install() -> None:
    key = answers._key
    answers._key = lambda endpoint, params, viewed_by: key(endpoint, params, None)
