"""What writes left behind, compared with the baseline's."""

from __future__ import annotations

from typing import Any

from perflab.experiment.observe.written import Written
from perflab.experiment.responses import MAX_VALUE_LENGTH, IgnoredFields
from perflab.experiment.table_diff import compare

CELLS = ("all_off", "caching", "all_on", "twin", "twin_off")


def table(count: int = 10, **rows: dict[str, Any]) -> Written:
    return Written(count, {f"[{key[1:]}]": row for key, row in rows.items()})


def compared(by_cell: dict[str, Written], ignored: IgnoredFields | None = None) -> dict[str, dict[str, Any]]:
    cells = {
        cell: {"jobs": by_cell.get(cell, by_cell["all_off"])} for cell in CELLS
    }  # what is not given is the baseline's
    return {row["cell"]: row for row in compare(3, cells, IgnoredFields() if ignored is None else ignored)}


def test_the_same_rows_differ_in_nothing() -> None:
    rows = compared({"all_off": table(12, r1={"id": 1})})
    assert rows["caching"] == {
        "round": 3, "cell": "caching", "table": "jobs", "rows": 12, "written": 1, "differing": 0, "pointer": None, "kind": None,
        "expected": None, "got": None,
    }  # fmt: skip


def test_another_count_is_what_is_reported_first() -> None:
    row = compared({"all_off": table(12, r1={"a": 1}), "caching": table(13, r1={"a": 2})})["caching"]
    assert (row["differing"], row["pointer"], row["kind"]) == (2, "/count", "rows")
    assert (row["expected"], row["got"]) == ("12", "13")


def test_a_row_that_is_missing_and_a_value_that_differs_are_distinguished() -> None:
    base = table(r1={"a": 1}, r2={"a": 1})
    missing = compared({"all_off": base, "caching": table(r1={"a": 1})})["caching"]
    assert (missing["pointer"], missing["kind"], missing["got"]) == ("/rows/[2]", "rows", '"(absent)"')
    changed = compared({"all_off": base, "caching": table(r1={"a": 1}, r2={"a": "é"})})["caching"]
    assert (changed["pointer"], changed["kind"], changed["got"]) == ("/rows/[2]/a", "value", '"é"')


def test_a_value_that_differs_between_the_two_runs_of_the_baseline_is_ignored_by_column() -> None:
    times = {cell: table(r1={"at": f"2025-10-20T10:00:0{n}Z"}) for n, cell in enumerate(CELLS)}
    ignored = IgnoredFields()
    assert all(row["differing"] == 0 for row in compared(times, ignored).values())
    assert ignored.as_list() == [
        {"endpoint": "jobs", "pointer": "/rows/*/at", "kind": "time", "example": "2025-10-20T10:00:04Z"}
    ]


def test_a_table_that_only_one_cell_wrote_to_is_compared_with_nothing() -> None:
    rows = compare(1, {"all_off": {}, "caching": {"log": table(3, r1={"a": 1})}}, IgnoredFields())
    assert [(row["cell"], row["differing"], row["kind"]) for row in rows] == [
        ("all_off", 0, None),
        ("caching", 2, "rows"),
    ]


def test_long_values_are_cut() -> None:
    row = compared({"all_off": table(r1={"a": "x"}), "caching": table(r1={"a": "y" * 9999})})["caching"]
    assert len(row["got"]) == MAX_VALUE_LENGTH


def uuids(seed: int, *names: str, **more: Any) -> Written:
    """Rows whose key is new in each cell."""
    return Written(10, {f'["{seed}{n}"]': {"id": f"{seed}{n}", "name": name, **more} for n, name in enumerate(names)})


def test_rows_whose_keys_are_new_in_each_cell_are_matched_by_what_else_they_hold() -> None:
    written = {cell: uuids(n, "a", "b") for n, cell in enumerate(CELLS)}
    ignored = IgnoredFields()
    assert all(row["differing"] == 0 for row in compared(written, ignored).values())
    assert [mask["pointer"] for mask in ignored.as_list()] == ["/rows/*/id"]
    other = compared(written | {"caching": uuids(7, "a", "c")})
    assert {cell for cell, row in other.items() if row["differing"]} == {"caching"}
    assert (other["caching"]["expected"], other["caching"]["got"]) == ('{"name": "b"}', '"(absent)"')


def test_sessions_with_keys_and_contents_of_their_own_differ_in_nothing() -> None:
    def sessions(n: int) -> Written:
        return Written(
            2,
            {
                f'["k{n}{i}"]': {"session_key": f"k{n}{i}", "session_data": f"s{n}{i}", "expire_date": "x"}
                for i in (1, 2)
            },
        )

    rows = compared({cell: sessions(n) for n, cell in enumerate(CELLS)})
    assert all(row["differing"] == 0 for row in rows.values())


def test_a_session_that_one_switch_does_not_make_is_missing() -> None:
    written = {cell: uuids(n, "a", "a") for n, cell in enumerate(CELLS)}
    written["caching"] = Written(9, uuids(8, "a").rows)
    rows = compared(written)
    assert {cell for cell, row in rows.items() if row["differing"]} == {"caching"}
    assert (rows["caching"]["pointer"], rows["caching"]["kind"]) == ("/count", "rows")


def test_columns_that_name_a_row_by_its_new_key_are_ignored_too() -> None:
    written = {
        cell: Written(2, {f"[{i}]": {"id": i, "of": f"{n}{i}", "file": f"photo_{n}{i}.jpg", "n": i} for i in (1, 2)})
        for n, cell in enumerate(CELLS)
    }
    ignored = IgnoredFields()
    assert all(row["differing"] == 0 for row in compared(written, ignored).values())
    assert sorted(mask["pointer"] for mask in ignored.as_list()) == ["/rows/*/file", "/rows/*/of"]


def test_what_one_run_of_the_baseline_lacks_leaves_columns_compared() -> None:
    written = {
        "all_off": table(r1={"a": 1}, r2={"a": 2}),
        "twin_off": table(r1={"a": 1}),
        "caching": table(r1={"a": 3}),
    }
    ignored = IgnoredFields()
    rows = compared(written, ignored)
    assert ignored.as_list() == []
    assert rows["twin_off"]["differing"] == 1 and rows["caching"]["differing"] == 2, "the analysis blames nobody"
