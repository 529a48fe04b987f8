"""The supervisor: starts one server and makes sure that the server does not outlive the lab.

A script of its own (`python -I -S supervisor.py PLAN`, standard library only, about 10 MB and no wake-ups while nothing
happens), because it has to outlive the orchestrator by the few seconds that stopping the server takes.
PLAN is JSON: command, uid and gid (or null), parent (pid of the orchestrator), graceful and immediate (signal numbers), and
umask if files of the process are not only for its own user.

    standard input ends, or the parent is gone     immediate stop, after 3 s SIGKILL
    SIGTERM, SIGINT, SIGHUP                        graceful stop, after 3 s SIGKILL
    a line on standard input                       graceful stop, as long as it takes
    the server ends                                the supervisor ends with its code (128 + n for signal n)

If the supervisor itself is killed with -9, the kernel sends the server the immediate signal (PR_SET_PDEATHSIG, set after the
change of user, which would clear it). The supervisor is also the reaper of its server's orphans, so backends of a killed
postmaster go with it.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

GRACE_S = 3.0
ORPHANS_GRACE_S = 0.5
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def _prctl() -> Callable[[int, int], Any] | None:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None
    return lambda option, value: libc.prctl(option, value, 0, 0, 0)


def start(plan: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the server: no input, output to the supervisor's standard error (a log file), a session of its own."""
    prctl, supervisor = _prctl(), os.getpid()
    if prctl:
        prctl(PR_SET_CHILD_SUBREAPER, 1)

    def follow_the_supervisor() -> None:
        # In the child, after the change of user. The supervisor has one thread, so code between fork and exec is safe.
        if prctl:
            prctl(PR_SET_PDEATHSIG, plan["immediate"])
            if os.getppid() != supervisor:  # it died before the kernel knew of the request
                os._exit(1)

    return subprocess.Popen(
        plan["command"],
        stdin=subprocess.DEVNULL,
        stdout=2,
        stderr=2,
        start_new_session=True,
        user=plan["uid"],
        group=plan["gid"],
        extra_groups=None if plan["uid"] is None else [],
        umask=plan.get("umask", 0o077),
        preexec_fn=follow_the_supervisor,  # noqa: PLW1509 (one thread)
    )


def children(pid: int) -> list[int]:
    """Return the processes whose parent is `pid`. Reads every /proc/<pid>/stat: 1 ms per 100 processes."""
    pids = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    parent = int(stat.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            if parent == pid:
                pids.append(int(name))
    return pids


def kill(pid: int, number: int) -> None:
    """Signal a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def reap_orphans() -> None:
    """Wait a moment for the processes that the server left behind (they become the supervisor's children), then kill them.

    Processes that end by themselves in that time release their shared memory.
    """
    patience = time.monotonic() + ORPHANS_GRACE_S
    while left := children(os.getpid()):
        for pid in left:
            if time.monotonic() > patience:
                kill(pid, signal.SIGKILL)
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
        time.sleep(0.01)


def watch(server: subprocess.Popen[bytes], plan: dict[str, Any], wake: int) -> int:
    """Wait for one of the events in the module's table, and act on it; return the server's code.

    Args:
        server: The running server.
        plan: The PLAN of the module's docstring.
        wake: The file descriptor from which the numbers of received signals are read.
    """
    sources = [0, wake]
    try:
        # A pipe alone would not be enough: a process forked from the orchestrator holds its end of the pipe too.
        parent = os.pidfd_open(plan["parent"])
    except OSError:
        parent = -1
    if parent >= 0:
        sources.append(parent)
    gone = os.getppid() != plan["parent"]
    stopping = gone
    deadline: float | None = None
    if gone:
        server.send_signal(plan["immediate"])
        deadline = time.monotonic() + GRACE_S
        sources = [wake]
    while server.poll() is None:
        patience = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready = select.select(sources, [], [], patience)[0]
        if deadline is not None and time.monotonic() >= deadline:
            for pid in [server.pid, *children(server.pid)]:
                kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + GRACE_S
            continue
        stop, immediate = False, False
        if wake in ready:
            stop = immediate = any(number != signal.SIGCHLD for number in os.read(wake, 64))
        if 0 in ready:
            line = os.read(0, 64)
            gone, stop = gone or not line, True
        if parent in ready:
            gone = True
        if gone and sources != [wake]:
            server.send_signal(plan["immediate"])
            deadline = time.monotonic() + GRACE_S
            sources = [wake]
        elif stop and not gone:
            if not stopping:
                server.send_signal(plan["graceful"])
            stopping = True
            if immediate and deadline is None:
                deadline = time.monotonic() + GRACE_S
    reap_orphans()
    code = server.returncode
    return code if code >= 0 else 128 - code


def main() -> int:
    """Start the server of the plan in the arguments, watch it, and return its exit code."""
    plan = json.loads(sys.argv[1])
    wake, alarm = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    try:
        server = start(plan)
    except (OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"cannot start {plan['command'][0]}: {error}\n")
        return 127
    try:
        os.write(1, f"{server.pid}\n".encode())
        os.close(1)
    except OSError:
        pass  # nobody reads any more; standard input will have ended, too
    return watch(server, plan, wake)


if __name__ == "__main__":
    sys.exit(main())
