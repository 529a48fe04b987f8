"""A process is its pid and its start: neither a zombie nor a successor with the same pid is taken for it."""

import os
import signal
from dataclasses import replace

from perflab.servers.supervision.process import (
    boot_id,
    command_of,
    identify,
    is_alive,
    parent_of,
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


def test_what_is_known_of_this_process() -> None:
    assert parent_of(os.getpid()) in (os.getppid(), None)
    assert "py" in (command_of(os.getpid()) or "py")
    assert boot_id() == boot_id()
    assert identify(2**22 + 1) is None
