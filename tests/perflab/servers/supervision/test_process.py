"""A process is its pid and its start: neither a zombie nor a successor with the same pid is taken for it."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from perflab.servers.supervision.process import (
    boot_id,
    command_of,
    descendants,
    identify,
    is_alive,
    send_signal,
)
from tests.perflab.servers.helpers import sleeper
from tests.waiting import wait_until


def test_a_zombie_is_dead() -> None:
    with sleeper() as process:
        who = identify(process.pid)
        assert who is not None
        assert is_alive(who)
        process.kill()
        wait_until(lambda: not is_alive(who), 5)
        assert process.returncode is None  # nobody has asked for its code yet


def test_a_successor_with_the_same_pid_is_not_signalled() -> None:
    with sleeper() as process:
        who = identify(process.pid)
        assert who is not None
        assert not send_signal(replace(who, started=f"{who.started}0"), signal.SIGKILL)
        assert process.poll() is None
        assert send_signal(who, signal.SIGKILL)


def test_a_process_keeps_its_identity_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a live run's servers would be taken for leftovers."""
    before = identify(os.getpid())
    created, boot = psutil.Process.create_time, psutil.boot_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: created(process) + 3600)
    monkeypatch.setattr(psutil, "boot_time", lambda: boot() + 3600)
    assert identify(os.getpid()) == before
    assert before is not None
    assert before.started == Path(f"/proc/{os.getpid()}/stat").read_text().rpartition(")")[2].split()[19]


def test_descendants_are_children_and_theirs() -> None:
    script = "import subprocess\np = subprocess.Popen(['sleep', '600'])\nprint(p.pid, flush=True)\np.wait()"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        assert set(descendants(os.getpid())) >= {process.pid, grandchild}
        assert descendants(process.pid) == [grandchild]
        os.kill(grandchild, signal.SIGKILL)
    assert descendants(2**22 + 1) == []


def test_what_is_known_of_this_process() -> None:
    assert "py" in (command_of(os.getpid()) or "")
    assert command_of(2**22 + 1) is None
    assert boot_id() == boot_id()
    assert identify(2**22 + 1) is None
