"""A process is pinned with all of its threads."""

import os
import subprocess
import sys
import threading

from perflab.servers.supervision.pinning import pin, pin_thread

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


def test_a_thread_is_pinned_alone_with_what_it_starts() -> None:
    before, cpu, seen = os.sched_getaffinity(0), max(os.sched_getaffinity(0)), list[str]()

    def run() -> None:
        assert pin_thread([cpu])
        program = "import os; print(os.sched_getaffinity(0))"
        seen.append(subprocess.check_output([sys.executable, "-c", program], text=True).strip())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [str({cpu})] and os.sched_getaffinity(0) == before
    assert not pin_thread([2**15]), "no such CPU"
