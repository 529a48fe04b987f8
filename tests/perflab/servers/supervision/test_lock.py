"""Taking turns between processes."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from perflab.errors import ServerError
from perflab.servers.disk.home import Home
from perflab.servers.supervision.lock import Holder, data_lock, holder, replay_lock
from tests.perflab.servers.helpers import python
from tests.waiting import wait_until

HOLD = (
    "import sys; from pathlib import Path; from perflab.servers.supervision.lock import replay_lock\n"
    "with replay_lock('the first replay', path=Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.readline()"
)


@contextmanager
def held_by_another(home: Home) -> Iterator[tuple[Path, int]]:
    path = home.path / "replay.lock"
    with python(home.path, "-c", HOLD, str(path)) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield path, process.pid


def test_the_second_waits_and_says_for_whom(home: Home) -> None:
    told: list[Holder] = []
    got = threading.Event()

    def second(path: Path) -> None:
        with replay_lock("the second", waiting=told.append, path=path):
            got.set()

    with held_by_another(home) as (path, pid):
        thread = threading.Thread(target=second, args=[path])
        thread.start()
        wait_until(lambda: told, 10)
        assert told == [Holder(pid, "the first replay")]
        assert str(told[0]) == f"pid {pid} (the first replay)"
        assert not got.is_set()
    # the holder has been killed
    wait_until(got.is_set, 10)
    thread.join()
    assert len(told) == 1


def test_patience_ends_with_a_line_that_names_the_holder(home: Home) -> None:
    with held_by_another(home) as (path, pid):
        said = rf"in use by pid {pid} \(the first replay\)"
        with pytest.raises(ServerError, match=said), replay_lock("the second", timeout_s=0, path=path):
            pass


def test_a_free_lock_has_no_holder_and_is_readable_by_all(home: Home) -> None:
    path = home.path / "replay.lock"
    before = os.umask(0o077)
    try:
        with replay_lock("mine", path=path):
            assert holder(path) == Holder(os.getpid(), "mine")
    finally:
        os.umask(before)
    assert holder(path) is None
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_link_in_the_locks_place_is_not_followed(home: Home) -> None:
    victim = home.path / "victim"
    victim.write_text("precious")
    (home.path / "replay.lock").symlink_to(victim)
    with pytest.raises(ServerError, match="cannot open the lock"), replay_lock("mine", path=home.path / "replay.lock"):
        pass
    assert victim.read_text() == "precious"


def test_a_lock_file_removed_between_opening_and_locking_is_not_taken(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise two could hold the lock: one the file that is gone, one the file that came after."""
    path, flock = home.path / "replay.lock", fcntl.flock
    path.touch()
    opened: list[int] = []

    def remove_first(descriptor: int, operation: int) -> None:
        opened.append(os.fstat(descriptor).st_ino)
        if len(opened) == 1:
            path.rename(home.path / "removed")
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with replay_lock("mine", path=path):
        assert path.stat().st_ino == opened[1]
        assert len(opened) == 2


def test_a_lock_by_another_name_is_another_lock(home: Home) -> None:
    folder = home.data_folder("abc")
    with held_by_another(home) as (path, _):
        path.rename(folder / "lock")
        with pytest.raises(ServerError, match="in use"), data_lock(folder, "second", timeout_s=0):
            pass
        (folder / "lock").unlink()
        with data_lock(folder, "second", timeout_s=0):
            assert holder(folder / "lock") == Holder(os.getpid(), "second")
