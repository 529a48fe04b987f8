"""Taking turns between processes."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import filelock
import pytest

from perflab.errors import ServerError
from perflab.servers.disk.home import Home
from perflab.servers.supervision import lock
from perflab.servers.supervision.lock import Holder, data_lock, holder, replay_lock, tickets
from perflab.servers.supervision.process import identify
from tests.perflab.servers.helpers import python
from tests.waiting import wait_until

# Says for whom it waits and that it has the lock, a line each; holds it until it is sent a line.
HOLD = (
    "import sys; from pathlib import Path; from perflab.servers.supervision.lock import replay_lock\n"
    "path, what = Path(sys.argv[1]), sys.argv[2]\n"
    "with replay_lock(what, path=path, waiting=lambda who: print('waits for', who, flush=True)):\n"
    "    print('held', flush=True); sys.stdin.readline()"
)


@contextmanager
def another(path: Path, what: str = "the first replay") -> Iterator[subprocess.Popen[str]]:
    with python(path.parent, "-c", HOLD, str(path), what) as process:
        yield process


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().rstrip("\n")


def let_go(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)


@contextmanager
def held_by_another(home: Home) -> Iterator[tuple[Path, int]]:
    path = home.path / "replay.lock"
    with another(path) as process:
        assert line_of(process) == "held"
        yield path, process.pid


def test_the_second_waits_and_says_for_whom(home: Home) -> None:
    holders: list[Holder] = []
    got = threading.Event()

    def second(path: Path) -> None:
        with replay_lock("the second", waiting=holders.append, path=path):
            got.set()

    with held_by_another(home) as (path, pid):
        thread = threading.Thread(target=second, args=[path])
        thread.start()
        wait_until(lambda: holders, 10)
        assert holders == [Holder(pid, "the first replay")]
        assert str(holders[0]) == f"pid {pid} (the first replay)"
        assert not got.is_set()
    # the holder has been killed
    wait_until(got.is_set, 10)
    thread.join()
    assert len(holders) == 1
    assert tickets(path) == [], "the killed holder's ticket is gone, too"


def test_a_long_wait_is_told_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "REPEAT_S", 0.0)
    holders: list[Holder] = []
    with held_by_another(home) as (path, _):
        thread = threading.Thread(target=lambda: replay_lock("x", waiting=holders.append, path=path).__enter__())
        thread.start()
        wait_until(lambda: len(holders) >= 3, 10)
    thread.join()
    assert len(set(holders)) == 1


def test_three_processes_get_it_in_the_order_in_which_they_came(home: Home) -> None:
    path = home.path / "replay.lock"
    with ExitStack() as stack:
        first = stack.enter_context(another(path, "first"))
        assert line_of(first) == "held"
        waiters = []
        for what in ("second", "third"):
            waiters.append(stack.enter_context(another(path, what)))
            assert line_of(waiters[-1]) == f"waits for pid {first.pid} (first)"
        second, third = waiters
        assert [ticket.holder for ticket in tickets(path)] == [
            Holder(process.pid, what) for process, what in ((first, "first"), (second, "second"), (third, "third"))
        ]
        # Who came second cannot move, the lock is free, and still neither the third nor we may have it.
        second.send_signal(signal.SIGSTOP)
        let_go(first)
        filelock.FileLock(path).acquire(blocking=False)  # or it raises Timeout
        with pytest.raises(ServerError, match=rf"in use by pid {second.pid} \(second\)"):
            replay_lock("fourth", timeout_s=0, path=path).__enter__()
        assert line_of(third) == f"waits for pid {second.pid} (second)"
        second.send_signal(signal.SIGCONT)
        assert line_of(second) == "held"
        assert holder(path) == Holder(second.pid, "second")
        let_go(second)
        assert line_of(third) == "held"
        let_go(third)
    assert list(home.path.glob("*replay.lock?*")) == [], "every ticket has been removed"


def test_who_is_killed_while_waiting_holds_nobody_up(home: Home) -> None:
    path = home.path / "replay.lock"
    with ExitStack() as stack:
        first = stack.enter_context(another(path, "first"))
        assert line_of(first) == "held"
        second = stack.enter_context(another(path, "second"))
        assert line_of(second).startswith("waits for")
        third = stack.enter_context(another(path, "third"))
        assert line_of(third).startswith("waits for")
        second.kill()
        second.wait()
        let_go(first)
        assert line_of(third) == "held"
        assert [ticket.holder for ticket in tickets(path)] == [Holder(third.pid, "third")]


def test_patience_ends_with_a_line_that_names_the_holder(home: Home) -> None:
    with held_by_another(home) as (path, pid):
        message = rf"in use by pid {pid} \(the first replay\)"
        with pytest.raises(ServerError, match=message), replay_lock("the second", timeout_s=0, path=path):
            pass
        assert [ticket.process for ticket in tickets(path)] == [identify(pid)], "who gave up left the queue"


def test_a_holder_without_a_ticket_is_another_process(home: Home) -> None:
    """An older version, or a process of another container, has the lock and no ticket that can be read."""
    path = home.path / "replay.lock"
    (home.path / "replay.lock.0-is-no-ticket").write_text("[]")
    with filelock.FileLock(path):
        assert holder(path) is None
        with pytest.raises(ServerError, match="in use by another process"), replay_lock("mine", timeout_s=0, path=path):
            pass


def test_a_free_lock_has_no_holder_and_is_writable_by_all(home: Home) -> None:
    path = home.path / "turns" / "replay.lock"
    before = os.umask(0o077)
    try:
        with replay_lock("mine", path=path):
            assert holder(path) == Holder(os.getpid(), "mine")
            assert [ticket.path.stat().st_mode & 0o777 for ticket in tickets(path)] == [0o644]
    finally:
        os.umask(before)
    assert holder(path) is None
    assert path.stat().st_mode & 0o777 == 0o666
    assert path.parent.stat().st_mode & 0o7777 == 0o777


def test_a_data_sets_lock_is_its_users_own(home: Home) -> None:
    folder = home.data_folder("abc")
    with data_lock(folder, "mine"):
        assert (folder / "lock").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_a_link_in_the_locks_place_is_not_followed(home: Home) -> None:
    victim = home.path / "victim"
    victim.write_text("precious")
    (home.path / "replay.lock").symlink_to(victim)
    with pytest.raises(ServerError, match="cannot open the lock"), replay_lock("mine", path=home.path / "replay.lock"):
        pass
    assert victim.read_text() == "precious"


def test_a_lock_whose_folder_is_gone_is_one_line(home: Home) -> None:
    with pytest.raises(ServerError, match="cannot open the lock: No such file"), data_lock(home.path / "gone", "mine"):
        pass


def test_a_lock_by_another_name_is_another_lock(home: Home) -> None:
    folder = home.data_folder("abc")
    with held_by_another(home) as (path, _):
        path.rename(folder / "lock")
        with pytest.raises(ServerError, match="in use"), data_lock(folder, "second", timeout_s=0):
            pass
        (folder / "lock").unlink()
        with data_lock(folder, "second", timeout_s=0):
            assert holder(folder / "lock") == Holder(os.getpid(), "second")
