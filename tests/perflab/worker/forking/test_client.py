"""Workers that are forked, on the smallest project there is."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from perflab.errors import WorkerDied
from perflab.servers.supervision.process import identify
from perflab.worker.forking.client import ForkServer, shared
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WorkerConfig
from tests.perflab.steps import step_of
from tests.waiting import wait_until

CONFIG = WorkerConfig("all_on", "tests.projects.tiny", {"ALLOWED_HOSTS": ["*"]})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForkServer]:
    server = ForkServer.start(CONFIG, tmp_path / "server.log", 7)
    yield server
    server.process.kill()
    server.stop(5)


@pytest.fixture
def start(server: ForkServer, tmp_path: Path) -> Iterator[Callable[..., WorkerHandle]]:
    handles: list[WorkerHandle] = []

    def started(name: str = "worker", **environment: str) -> WorkerHandle:
        config = replace(CONFIG, environment=environment)
        handles.append(WorkerHandle.start(config, tmp_path / f"{name}.log", server=server))
        return handles[-1]

    yield started
    for handle in handles:
        handle.stop()


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def test_each_worker_serves_its_own_experiment(start: Callable[..., WorkerHandle], server: ForkServer) -> None:
    first, second = start(), start()
    for handle in (first, second):
        handle.wait_ready()
        (sample,) = handle.block([step_of("/greet/", 3)]).samples
        assert (sample.step, sample.status) == (3, 200)
    assert len({first.pid, second.pid, server.process.pid}) == 3
    for handle in (first, second):
        assert os.getsid(handle.pid) == handle.pid, "Ctrl-C is the experiment's to handle"
        assert b"PYTHONHASHSEED=7\0" in environment_of(handle.pid)
        assert len(os.listdir(f"/proc/{handle.pid}/task")) == 2, "one works, one waits for the experiment's end"
        assert Path(f"/proc/{handle.pid}/comm").read_text() == "perflab worker\n"
        descriptors = [os.readlink(entry) for entry in Path(f"/proc/{handle.pid}/fd").iterdir()]
        assert sum(name.startswith("socket:") for name in descriptors) == 1, "none of another worker's"


def test_each_has_an_environment_and_an_output_of_its_own(start: Callable[..., WorkerHandle], tmp_path: Path) -> None:
    one, other = start("one", TINY_GREETING="hi"), start("other", TINY_GREETING="good day")
    digests = set()
    for handle in (one, other):
        handle.wait_ready()
        (sample,) = handle.block([step_of("/greet/")]).samples
        digests.add(sample.response_digest)
    assert len(digests) == 2, "the project is loaded after the fork"
    other.block([step_of("/fail/")])
    assert (tmp_path / "one.log").read_text() == ""
    assert "broken on purpose" in (tmp_path / "other.log").read_text()


def test_its_end_is_told_with_the_exit_code(start: Callable[..., WorkerHandle], server: ForkServer) -> None:
    ending, killed = start(), start()
    server.close()
    for handle in (ending, killed):
        handle.wait_ready()
    with pytest.raises(subprocess.TimeoutExpired):
        ending.process.wait(0.01)
    ending.stop()
    assert ending.process.returncode in (0, 1), "1 where it notices first that its experiment's end is closed"
    killed.process.send_signal(signal.SIGKILL)
    with pytest.raises(WorkerDied, match=r"the worker (died|is gone) \(signal 9\)"):
        killed.block([step_of("/greet/")])
    killed.process.kill()  # of one that has ended: without effect
    server.stop(5)
    assert server.process.returncode == 0, "it ends after its workers"


def test_a_worker_does_not_outlive_its_server(start: Callable[..., WorkerHandle], server: ForkServer) -> None:
    handle = start()
    handle.wait_ready()
    pid = handle.pid
    server.process.kill()
    server.process.wait()
    handle.process.wait()
    assert handle.process.returncode == -signal.SIGKILL
    wait_until(lambda: identify(pid) is None, 5)


def test_a_server_that_is_gone_forks_nothing(start: Callable[..., WorkerHandle], server: ForkServer) -> None:
    server.process.kill()
    server.process.wait()
    with pytest.raises(WorkerDied, match=r"the worker (died|is gone) \(signal 9\)"):
        start().wait_ready()


def test_a_server_that_hangs_is_killed_with_its_workers(start: Callable[..., WorkerHandle], server: ForkServer) -> None:
    forked = start()
    forked.wait_ready()
    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(WorkerDied, match="was not ready"):
        start().wait_ready(timeout_s=0.1)
    assert server.process.returncode == -signal.SIGKILL
    forked.stop()
    assert forked.process.returncode == -signal.SIGKILL


def test_an_environment_of_any_size_reaches_workers(tmp_path: Path) -> None:
    """What the server has is not sent: the kernel limits a message."""
    large = {"TINY_GREETING": "hi", **{f"LARGE_{number}": "x" * 100_000 for number in range(10)}}
    config = replace(CONFIG, environment=large)
    server = ForkServer.start(config, tmp_path / "server.log", 7)
    own = replace(CONFIG, environment={**large, "TMPDIR": str(tmp_path)})
    handle = WorkerHandle.start(own, tmp_path / "worker.log", server=server)
    handle.wait_ready()
    assert handle.block([step_of("/greet/")]).samples[0].status == 200
    handle.stop()
    server.stop(5)


def test_a_server_with_a_thread_starts_the_interpreter_of_its_workers_anew(tmp_path: Path) -> None:
    """An agent that an environment installs has a thread, and may hold a lock as the worker is forked."""
    (tmp_path / "sitecustomize.py").write_text(
        "import threading\n"
        "held = threading.Lock()\n"
        "def hold():\n"
        "    with held: threading.Event().wait()\n"
        "threading.Thread(target=hold, daemon=True).start()\n"
    )
    config = replace(CONFIG, environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"})
    server = ForkServer.start(config, tmp_path / "server.log", 7)
    handles = [
        WorkerHandle.start(replace(config, environment={**config.environment, "TINY_GREETING": name}),
                           tmp_path / f"{name}.log", server=server)
        for name in ("one", "other")
    ]  # fmt: skip
    for handle in handles:
        handle.wait_ready()
        assert handle.block([step_of("/greet/")]).samples[0].status == 200
        command = Path(f"/proc/{handle.pid}/cmdline").read_bytes().split(b"\0")
        assert b"perflab.worker" in command, "an interpreter of its own, which has a thread of its own"
        assert b"PYTHONHASHSEED=7\0" in environment_of(handle.pid)
        handle.stop()
        assert handle.process.returncode in (0, 1)
    server.stop(5)
    assert server.process.returncode == 0


def test_a_server_whose_interpreter_fails_is_named_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('broken on purpose')")
    broken = replace(CONFIG, environment={"PYTHONPATH": str(tmp_path)})
    server = ForkServer.start(broken, tmp_path / "server.log", 7)
    with pytest.raises(WorkerDied, match="the worker"):
        WorkerHandle.start(CONFIG, tmp_path / "worker.log", server=server).wait_ready()
    server.stop(5)
    assert server.process.returncode not in (0, None)
    assert "broken on purpose" in (tmp_path / "server.log").read_text()


def test_a_server_that_waits_for_workers_is_killed_after_the_time(
    start: Callable[..., WorkerHandle], server: ForkServer
) -> None:
    start().wait_ready()
    server.stop(0.01)
    assert server.process.returncode == -signal.SIGKILL


def test_what_decides_whether_workers_share_a_server() -> None:
    assert shared(CONFIG) == shared(replace(CONFIG, cell="all_off", environment={"TMPDIR": "/a"}))
    others = (
        replace(CONFIG, python="/venv/bin/python"),
        replace(CONFIG, path=["/a"]),
        replace(CONFIG, environment={"FAST": "1"}),
        replace(CONFIG, settings={"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}),
    )
    assert len({shared(CONFIG), *map(shared, others)}) == 5
    assert shared(replace(CONFIG, settings_module=None)) is None
