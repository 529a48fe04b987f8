"""Key functions with a prefix before the project's own keys."""

from __future__ import annotations

import pickle

from perflab.worker.probes.cache.keys import OWN_PREFIX, Prefixed, Reversed, every

PREFIX = "perflab-0a1b2c-7-"


def bare(key: str, key_prefix: str, version: int) -> str:
    return f"catalogue:{key}"


def reverse(key: str) -> str:
    return key.removeprefix("catalogue:")


def test_the_prefix_stands_before_whatever_the_projects_function_makes() -> None:
    assert Prefixed(PREFIX)("a", "shop", 2) == f"{PREFIX}shop:2:a"
    assert Prefixed(PREFIX, bare)("a", "shop", 2) == f"{PREFIX}catalogue:a"
    assert Prefixed(PREFIX, f"{__name__}.bare")("a", "shop", 2) == f"{PREFIX}catalogue:a"


def test_the_way_back_leads_to_the_projects_own_name() -> None:
    assert Reversed(PREFIX)(Prefixed(PREFIX)("a:b", "shop", 2)) == "a:b"
    assert Reversed(PREFIX, reverse)(f"{PREFIX}catalogue:a:b") == "a:b"


def test_they_reach_a_worker() -> None:
    function = pickle.loads(pickle.dumps(Prefixed(PREFIX, f"{__name__}.bare")))
    assert function("a", "", 1) == f"{PREFIX}catalogue:a"


def test_a_prefix_is_recognised() -> None:
    assert OWN_PREFIX.sub("", Prefixed(PREFIX)("perflab-1-2-x", "", 1), count=1) == ":1:perflab-1-2-x"


def test_entries_behind_a_cache_that_is_off_are_entries_too() -> None:
    own = {"BACKEND": "x", "LOCATION": "y"}
    assert every({"a": own, "b": {"BACKEND": "off", "BEHIND": own}}) == [own, {"BACKEND": "off", "BEHIND": own}, own]
