"""Snapshots of pg_stat_statements: differences, resets, statements that come and go; and those of a real server."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario.production.statements import DatabaseDay, is_snapshot, read_snapshots
from perflab.servers.postgres import PostgresServer
from perflab.servers.settings import COUNTING

PROJECT = Path(__file__).resolve().parents[4]
HEADER = "at,userid,dbid,toplevel,queryid,calls,total_exec_time,stats_since"


def write(folder: Path, name: str, *rows: str, header: str = HEADER) -> Path:
    file = folder / name
    file.write_text("\n".join([header, *rows]) + "\n")
    return file


def row(day: int, query: int, calls: int, ms: float, since: str = "2026-10-01 00:00:00+00") -> str:
    return f"2026-11-{day:02} 03:00:00+00,10,5,t,{query},{calls},{ms},{since}"


def test_a_day_is_the_difference_of_two_snapshots(tmp_path: Path) -> None:
    files = [write(tmp_path, "b.csv", row(3, 1, 130, 900.5)), write(tmp_path, "a.csv", row(2, 1, 100, 600.5))]
    made = read_snapshots(files)
    assert list(made.days) == [date(2026, 11, 2)]
    assert astuple(made.days[date(2026, 11, 2)]) == pytest.approx((30, 0.3))
    assert (made.number, made.resets, made.dropped) == (2, 0, 0)


def test_resets_newcomers_and_what_was_dropped(tmp_path: Path) -> None:
    later = "2026-11-02 12:00:00+00"
    file = write(
        tmp_path, "all.csv",
        row(2, 1, 100, 500), row(2, 2, 10, 50), row(2, 3, 7, 70),
        row(3, 1, 5, 25), row(3, 2, 90, 450, since=later), row(3, 4, 2, 8),
    )  # fmt: skip
    made = read_snapshots([file])
    # 1 counts anew by its calls, 2 by its moment although it has more of them; 3 is gone, 4 is new
    assert astuple(made.days[date(2026, 11, 2)]) == pytest.approx((5 + 90 + 2, 0.483))
    assert (made.resets, made.dropped) == (2, 1)


def test_json_and_packed_files(tmp_path: Path) -> None:
    rows = [
        {"at": f"2026-11-0{day}T03:00:00+00:00", "queryid": -7, "calls": day, "total_exec_time": day} for day in (2, 3)
    ]
    (tmp_path / "x.json.gz").write_bytes(gzip.compress(json.dumps(rows).encode()))
    (tmp_path / "access.json").write_text('{"method": "GET"}\n')
    (tmp_path / "access.log").write_text("")
    assert [is_snapshot(tmp_path / name) for name in ("x.json.gz", "access.json", "access.log")] == [True, False, False]
    assert read_snapshots([tmp_path / "x.json.gz"]).days == {date(2026, 11, 2): DatabaseDay(1, 0.001)}


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([row(2, 1, 1, 1)], HEADER, "has one snapshot of pg_stat_statements; its counters only grow"),
        ([], HEADER, "has no snapshot"),
        ([], "at,queryid,calls", "has no column total_exec_time; docs/confirm.md has the query"),
        (["x,10,5,t,1,1,1,"], HEADER, "x.csv:2: a snapshot has something else than numbers"),
        (["2026-11-02,10,5,t,1,1,nan,"], HEADER, "x.csv:2: a snapshot has a number that no counter has"),
        (["2026-11-02,10,5,t,1," + "9" * 30 + ",1,"], HEADER, "x.csv:2: a snapshot has a number that no counter has"),
        (["0001-01-01T00:00:00+09:00,10,5,t,1,1,1,"], HEADER, "x.csv:2: a snapshot has something else than numbers"),
        (["2026-11-02,10,5,t,1,,1,"], HEADER, "x.csv:2: a snapshot lacks calls"),
        (["2026-11-02,10,5,t,,1,1,"], HEADER, "x.csv:2: .* grant it pg_read_all_stats"),
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_one_line(tmp_path: Path, rows: list[str], header: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_snapshots([write(tmp_path, "x.csv", *rows, header=header)])


def test_json_with_a_list_for_a_number_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        json.dumps([{"at": "2026-11-02", "queryid": 1, "calls": [1], "total_exec_time": 1}])
    )
    with pytest.raises(InputError, match="something else than numbers"):
        read_snapshots([tmp_path / "x.json"])


@pytest.mark.parametrize("content", ["[1, 2]", "[", "[[[" * 9000])
def test_json_that_is_none_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InputError, match=r"x\.json is no (JSON|array)"):
        read_snapshots([tmp_path / "x.json"])


@pytest.fixture
def counting(perflab_home: Path) -> Iterator[PostgresServer]:
    """A private PostgreSQL that counts statements as one in production does."""
    with PostgresServer(counting=True) as server:
        yield server


@pytest.mark.servers
def test_the_query_of_the_documents_on_a_real_server(counting: PostgresServer, tmp_path: Path) -> None:
    """What docs/confirm.md has people run is what is read, whatever version of PostgreSQL writes it."""
    statement = re.search(
        r"COPY \(.*?\) TO STDOUT CSV\s+HEADER", (PROJECT / "docs" / "confirm.md").read_text(), re.DOTALL
    )
    assert statement is not None
    counting.create_database("perflab_confirm")
    with counting.connect("perflab_confirm") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        for name, value in COUNTING[True].items():
            connection.execute(f"SET {name} = '{value}'")
        for number in (1, 2):
            for _ in range(5 * number):
                connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'a,\"b\nc'")
            with connection.cursor() as cursor, cursor.copy(statement[0]) as copy:
                (tmp_path / f"{number}.csv").write_bytes(b"".join(bytes(part) for part in copy))
    made = read_snapshots(sorted(tmp_path.iterdir()))
    (day,) = made.days.values()
    # the query ten times, and what writes a snapshot
    assert made.number == 2 and made.resets == 0 and 10 <= day.calls <= 15
    assert 0 < day.seconds < 10
