"""A process is pinned with all of its threads."""

import os
import subprocess
import sys

from perflab.servers.supervision.pinning import pin

THREADS = (
    "import sys, threading\n"
    "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    "print('up', flush=True)\nsys.stdin.readline()"
)


def test_every_thread_is_pinned() -> None:
    cpu = max(os.sched_getaffinity(0))
    with subprocess.Popen(
        [sys.executable, "-c", THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        threads = [int(name) for name in os.listdir(f"/proc/{process.pid}/task")]
        assert len(threads) == 2
        assert pin(process.pid, [cpu])
        assert [os.sched_getaffinity(thread) for thread in threads] == [{cpu}, {cpu}]
        process.communicate("\n")


def test_what_cannot_be_pinned_is_false() -> None:
    assert not pin(2**22 + 1, [0])
    with subprocess.Popen(["sleep", "600"]) as process:
        assert not pin(process.pid, [2**15]), "no such CPU"
        process.kill()
