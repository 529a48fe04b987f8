"""What a server's processes write down, as the experiment reads it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from time import monotonic, thread_time
from types import CodeType, SimpleNamespace
from typing import Any

import pytest

from perflab.run.tables.capacity import THREAD_STATES
from perflab.run.tables.declaring import POOL
from perflab.worker.serving import records
from perflab.worker.serving.records import RECORD, Record, Records, read
from tests.waiting import wait_until


@pytest.fixture
def no_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Records, "_watch", lambda self: None)


def computed(seconds: float) -> None:
    """Use a processor for so long."""
    until = thread_time() + seconds
    while thread_time() < until:
        pass


@pytest.mark.usefixtures("no_samples")
def test_each_request_has_a_record_with_its_time_and_its_processor_time(tmp_path: Path) -> None:
    before = monotonic()
    own = Records(tmp_path, Path.cwd())
    for number in (7, 8):
        began = own.begin()
        computed(0.01)
        own.end(number, began)
    after = monotonic()
    assert [path.name for path in tmp_path.iterdir()] == [f"{os.getpid()}.records"]
    first, second = read(tmp_path)
    assert (first.number, second.number) == (7, 8)
    assert (
        before
        <= first.began_s
        <= first.began_s + first.wall_s
        <= second.began_s
        <= second.began_s + second.wall_s
        <= after
    )
    for record in (first, second):
        assert 0.01 <= record.cpu_s <= record.wall_s + 0.001


@pytest.mark.usefixtures("no_samples")
def test_a_request_that_waits_takes_time_and_no_processor(tmp_path: Path) -> None:
    own = Records(tmp_path, Path.cwd())
    began = own.begin()
    threading.Event().wait(0.02)
    own.end(1, began)
    (record,) = read(tmp_path)
    assert record.wall_s >= 0.02 > record.cpu_s


@pytest.mark.usefixtures("no_samples")
def test_threads_have_clocks_of_their_own(tmp_path: Path) -> None:
    own = Records(tmp_path, Path.cwd())
    began = own.begin()
    other = threading.Thread(target=computed, args=(0.03,))
    other.start()
    other.join()
    own.end(1, began)
    (record,) = read(tmp_path)
    assert record.cpu_s < 0.02 < record.wall_s


def test_half_a_record_at_the_end_of_a_file_is_left_out(tmp_path: Path) -> None:
    first, second = Record(1, 2.0, 3.0, 4.0), Record(5, 6.0, 7.0, 8.0)
    (tmp_path / "1.records").write_bytes(RECORD.pack(*first) + RECORD.pack(*second)[:-1])
    (tmp_path / "2.records").write_bytes(RECORD.pack(*second))
    (tmp_path / "3.records").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(RECORD.pack(*first))
    assert list(read(tmp_path)) == [first, second]
    assert list(read(tmp_path / "missing")) == []


def test_a_busy_thread_is_looked_at_again_and_again_and_an_idle_process_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def nap(seconds: float) -> None:
        looks.append(seconds)
        threading.Event().wait(0.001)

    monkeypatch.setattr(records, "sleep", nap)
    own = Records(tmp_path, Path.cwd())
    wait_until(lambda: len(looks) > 5, 5)
    assert list(read(tmp_path)) == [], "no thread is busy"
    began = own.begin()
    wait_until(lambda: len(list(read(tmp_path))) > 3, 5)
    own.end(0, began)
    samples = [record for record in read(tmp_path) if record.number < 0]
    assert {THREAD_STATES[-1 - sample.number] for sample in samples} == {"application"}, (
        "this file is the project's own"
    )
    assert all(sample.began_s >= began[0] and sample.wall_s == sample.cpu_s == 0.0 for sample in samples)


def framed(*paths: str) -> Any:
    """Frames of functions in these files, the innermost first."""
    frame: Any = None
    for path in reversed(paths):
        code: Any = SimpleNamespace(co_name="work", co_filename=path)
        frame = SimpleNamespace(f_code=code, f_lineno=1, f_back=frame)
    assert not isinstance(frame, CodeType)
    return frame


PACKAGES = "/venv/lib/python3.12/site-packages"


@pytest.mark.usefixtures("no_samples")
@pytest.mark.parametrize(
    ("paths", "state"),
    [
        ([f"{PACKAGES}/psycopg/connection.py", "/project/views.py"], "database"),
        ([f"{PACKAGES}/django/core/cache/backends/redis.py", "/project/views.py"], "cache"),
        ([f"{threading.__file__}", f"{PACKAGES}/psycopg_pool/pool.py", f"{PACKAGES}/django/db/utils.py"], POOL),
        # an outer frame of the pool's does not say that it is waited for
        (["/project/views.py"] * records.WAITING_DEPTH + [f"{PACKAGES}/psycopg_pool/pool.py"], "application"),
        ([f"{threading.__file__}"], "framework"),
    ],
)
def test_where_a_thread_is(tmp_path: Path, paths: list[str], state: str) -> None:
    assert Records(tmp_path, Path("/project"))._state(framed(*paths)) == state
