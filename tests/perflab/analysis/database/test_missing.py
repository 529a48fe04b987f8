"""The index that a scan asks for."""

from __future__ import annotations

from perflab.analysis.database.missing import Suggestion, serves, suggestions
from perflab.analysis.database.scans import Scan
from perflab.run.indexes import Index


def index(name: str, *key: str) -> Index:
    return Index(name, "t", None, "meta", key, key)


def scan(*equal: str, rows: float | None = 10, removed: float | None = 9990, **more: object) -> Scan:
    return Scan("t", equal, rows=rows, removed=removed, **more)  # type: ignore[arg-type]  # whatever a test gives


def columns(*scans: Scan, indexes: tuple[Index, ...] = ()) -> list[tuple[str, ...]]:
    return [suggestion.names for suggestion in suggestions(scans, indexes)]


def test_equality_comes_first_then_the_order_or_a_range() -> None:
    assert columns(scan("a", "b")) == [("a", "b")]
    assert columns(scan("a", order=(("c", False), ("a", False)))) == [("a", "c")]
    assert columns(scan("a", ranges=("d", "e"))) == [("a", "d")]
    assert columns(scan(ranges=("d", "e"), order=(("c", False),))) == [("d",)]
    assert columns(scan()) == []


def test_an_index_is_read_backwards_as_well() -> None:
    down = scan("a", order=(("c", True), ("d", True)))
    assert suggestions([down], []) == [Suggestion("t", (("a", False), ("c", False), ("d", False)))]
    mixed = scan("a", order=(("c", True), ("d", False)))
    assert suggestions([mixed], []) == [Suggestion("t", (("a", False), ("c", True), ("d", False)))]


def test_a_small_table_or_a_scan_that_keeps_much_asks_for_none() -> None:
    assert columns(scan("a", rows=10, removed=100)) == []
    assert columns(scan("a", rows=5000, removed=5000)) == []
    assert columns(scan("a", rows=None, removed=None)) == [("a",)], "one that was not executed may show it"


def test_an_index_that_is_there_already_is_not_suggested() -> None:
    assert columns(scan("a", "b"), indexes=(index("ba", "b", "a"),)) == []
    assert columns(scan("a"), indexes=(index("ab", "a", "b"),)) == []
    assert columns(scan("a"), indexes=(index("ba", "b", "a"),)) == [("a",)]


def test_one_of_the_same_columns_the_wrong_way_round_is_named() -> None:
    by_time = scan("a", order=(("c", True),))
    longer, shorter = suggestions([by_time, scan("a")], [index("ca", "c", "a"), index("z", "z")])
    assert (longer.names, longer.instead_of) == (("a", "c"), "ca")
    assert (shorter.names, shorter.instead_of) == (("a",), None)
    assert serves(longer, shorter) and serves(longer, longer) and not serves(shorter, longer)
    (plain,) = suggestions([scan("a")], [index("xa", "x", "a")])
    assert plain.instead_of is None, "nobody asked for x"


def test_an_index_that_is_read_from_end_to_end_serves_nobody() -> None:
    turned = index("ca", "c", "a")
    by_second = scan("a", rows=None, removed=None, order=(("c", True),), index="ca", bound=("a",))
    (suggestion,) = suggestions([by_second], [turned])
    assert (suggestion.names, suggestion.instead_of) == (("a", "c"), "ca")
    asked_as_it_begins = scan("a", rows=None, removed=None, index="ab", bound=("a",))
    assert columns(asked_as_it_begins, indexes=(index("ab", "a", "b"),)) == []
    by_its_order = scan("a", index="ca", bound=())
    assert columns(by_its_order, indexes=(turned,)) == [("a",)], (
        "it was read for its order, and most rows were thrown away"
    )


def in_order(*equal: str, sorted_rows: float | None = 5000, **more: object) -> Scan:
    return scan(*equal, rows=5000, removed=0, order=(("b", False), ("c", True)), sorted_rows=sorted_rows, **more)


def test_many_rows_that_are_sorted_to_show_few_ask_for_an_index_in_that_order() -> None:
    (suggestion,) = suggestions([in_order()], [index("bc", "b", "c"), index("b", "b"), index("cd", "c", "d")])
    assert suggestion == Suggestion("t", (("b", False), ("c", True)), "bc") and suggestion.sorted_rows == 5000
    (suggestion,) = suggestions([in_order("a")], [index("a", "a")])
    assert suggestion == Suggestion("t", (("a", False), ("b", False), ("c", True)), None)


def test_a_small_sort_and_one_after_a_range_ask_for_none() -> None:
    assert suggestions([in_order(sorted_rows=999)], []) == []
    assert suggestions([in_order(sorted_rows=None)], []) == []
    assert suggestions([in_order(ranges=("d",))], []) == [], "an index has the order only within one value of the range"


def test_what_discards_rows_as_well_asks_once() -> None:
    (suggestion,) = suggestions([scan("a", order=(("b", False),), sorted_rows=2000)], [])
    assert suggestion.names == ("a", "b") and suggestion.sorted_rows is None
