"""What a window used, of processes that this test starts, and of a PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from perflab.errors import ServerError
from perflab.experiment.capacity import usage
from perflab.experiment.capacity.usage import Waits, tree_cpu_s, used, waits_of
from perflab.run.tables.capacity import CAPACITY_WINDOWS
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles
from tests.waiting import wait_until

# Uses 0.2 s of a processor in a child that ends, and says so; then in one that stays.
FAMILY = """
import subprocess, sys, time
BUSY = "import time\\nwhile time.process_time() < 0.2: pass\\nprint('done', flush=True)\\n"
subprocess.run([sys.executable, "-c", BUSY], check=True, stdout=subprocess.DEVNULL)
print("ended", flush=True)
sys.stdin.readline()
child = subprocess.Popen([sys.executable, "-c", BUSY + "time.sleep(60)"], stdout=subprocess.PIPE)
child.stdout.readline()
print("stays", flush=True)
sys.stdin.readline()
child.kill()
"""


@pytest.fixture
def family() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield process
        process.stdin.write("\n")
        process.stdin.flush()
        process.wait(10)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_children_count_while_they_are_there_and_when_they_have_ended(family: subprocess.Popen[str]) -> None:
    assert family.stdin is not None and family.stdout is not None
    assert family.stdout.readline() == "ended\n"
    ended = tree_cpu_s(family.pid)
    assert ended is not None and ended >= 0.18
    family.stdin.write("\n")
    family.stdin.flush()
    assert family.stdout.readline() == "stays\n"
    both = tree_cpu_s(family.pid)
    assert both is not None and both >= ended + 0.18


def test_what_nobody_can_tell_is_unknown() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    assert tree_cpu_s(None) is None
    assert tree_cpu_s(process.pid) is None


# -- clocks around a window ------------------------------------------------------------------------------------------


def test_a_row_gets_what_each_clock_showed_more_at_the_end() -> None:
    shown: dict[str, list[float | None]] = {
        "app_cpu_s": [1.0, 1.5], "db_cpu_s": [2.0, 2.0], "none_s": [None, 3.0], "lost_s": [1.0, None],
    }  # fmt: skip
    clocks = {name: iter(readings).__next__ for name, readings in shown.items()}
    row: dict[str, Any] = {"cell": "all_on"}
    with used(clocks, row):
        assert row == {"cell": "all_on"}
        threading.Event().wait(0.01)
    seconds = row.pop("seconds")
    assert row == {"cell": "all_on", "app_cpu_s": 0.5, "db_cpu_s": 0.0, "none_s": None, "lost_s": None}
    assert seconds >= 0.01


# -- what backends wait for ------------------------------------------------------------------------------------------


def test_a_look_counts_backends_by_what_they_wait_for_and_idle_ones_only_as_connected() -> None:
    waits = Waits()
    waits.add([("active", None, 1), ("active", "Lock", 2), ("idle", "Client", 5), ("active", "IO", 1)])
    waits.add([("active", "LWLock", 1), ("idle in transaction", "Lock", 1), ("idle", "IO", 3)])
    assert waits.as_row() == {"connections": 9, "on_locks": 2.0, "on_disk": 0.5}


def test_where_nobody_looked_all_is_unknown() -> None:
    assert Waits().as_row() == {"connections": None, "on_locks": None, "on_disk": None}


def test_a_look_that_sees_nothing_is_no_unknown() -> None:
    waits = Waits()
    waits.add([])
    assert waits.as_row() == {"connections": 0, "on_locks": 0.0, "on_disk": 0.0}


def test_its_columns_are_the_tables() -> None:
    assert set(Waits().as_row()) <= {column.name for column in CAPACITY_WINDOWS.columns}


def test_on_sqlite_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    with waits_of(SqliteFiles(tmp_path), "nowhere") as waits:
        pass
    assert waits.as_row() == Waits().as_row()


@pytest.mark.servers
def test_on_postgresql_a_backend_that_waits_for_a_lock_is_seen_and_another_database_is_not(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "LOOK_EVERY_S", 0.01)
    names = ("perflab_run_usage_0", "perflab_run_usage_1")
    for name in names:
        postgres.create_database(name)
    try:
        with postgres.connect(names[0]) as holder, postgres.connect(names[0]) as waiter, postgres.connect(names[1]):
            holder.execute("SELECT pg_advisory_lock(1)")
            thread = threading.Thread(target=waiter.execute, args=(cast(Any, "SELECT pg_advisory_lock(1)"),))
            with waits_of(postgres, names[0]) as waits:
                thread.start()
                wait_until(lambda: waits.counts["Lock"] > 2, 10)
                holder.execute("SELECT pg_advisory_unlock(1)")
                thread.join(10)
                looks = waits.looks
        row = waits.as_row()
        assert row["connections"] == 2, "the two, and not the one that looks or that of another database"
        assert 0 < row["on_locks"] <= 1
        assert looks > 2
    finally:
        for name in names:
            postgres.drop(name)


@pytest.mark.servers
def test_a_database_that_is_not_there_is_an_error(postgres: PostgresServer) -> None:
    with pytest.raises(ServerError), waits_of(postgres, "perflab_run_missing"):
        raise AssertionError("unreachable")
