"""Whatever dies, nothing lives 5 s later."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from perflab.errors import ServerError
from perflab.servers.disk.clean import stop_leftovers
from perflab.servers.disk.home import Home
from perflab.servers.supervision.process import identify
from perflab.servers.supervision.supervised import SupervisedProcess
from perflab.servers.supervision.supervisor import children
from tests.perflab.servers.helpers import APP, SCRIPT, alive, orchestrator, python
from tests.waiting import wait_until

DEAF = "import signal, time\nfor s in (2, 3, 15): signal.signal(s, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
FAMILY = "import subprocess\np = subprocess.Popen(['sleep', '600'], start_new_session=True)\nprint(p.pid, flush=True)\np.wait()"


def test_a_killed_orchestrator_takes_everything_with_it(home: Home) -> None:
    with orchestrator(home.path) as (process, facts):
        assert alive(facts["pids"]) == facts["pids"]
        process.kill()
        wait_until(lambda: not alive(facts["pids"]), 5, f"{facts['pids']} gone")


def test_a_terminated_orchestrator_takes_everything_with_it(home: Home) -> None:
    with orchestrator(home.path) as (process, facts):
        process.terminate()
        wait_until(lambda: not alive(facts["pids"]), 5)


def test_killed_supervisors_take_their_servers_with_them(home: Home) -> None:
    with orchestrator(home.path) as (_, facts):
        for pid in facts["supervisors"]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(facts["pids"]), 5)


def test_orchestrator_and_supervisors_killed_at_once(home: Home) -> None:
    with orchestrator(home.path) as (process, facts):
        for pid in [*facts["supervisors"], process.pid]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(facts["pids"]), 5)


def test_a_killed_postmaster_leaves_no_backend_and_its_supervisor_ends(home: Home) -> None:
    with orchestrator(home.path) as (_, facts):
        os.kill(facts["postgres"], signal.SIGKILL)
        wait_until(lambda: alive(facts["pids"]) == [facts["supervisors"][1], facts["valkey"]], 5)


def test_an_orderly_end_leaves_nothing_on_disk(home: Home) -> None:
    with orchestrator(home.path) as (process, facts):
        process.communicate("\n", timeout=30)
        assert process.returncode == 0
        assert not alive(facts["pids"])
        assert list(home.run.iterdir()) == []


def test_the_supervisor_ends_with_its_server_and_has_its_code(home: Home) -> None:
    process = SupervisedProcess([sys.executable, "-c", "raise SystemExit(7)"], log=home.path / "log")
    assert process.wait(10) == 7
    assert not process.running()


def test_a_server_that_cannot_be_started_is_one_line(home: Home) -> None:
    with pytest.raises(ServerError, match="cannot start /nowhere/server") as caught:
        SupervisedProcess(["/nowhere/server"], log=home.path / "log")
    assert "\n" not in str(caught.value)


def test_a_server_deaf_to_signals_is_killed(home: Home) -> None:
    process = _started(home, DEAF)
    os.kill(process.supervisor_pid, signal.SIGTERM)
    wait_until(lambda: identify(process.pid) is None, 5)
    assert process.wait(5) == 128 + signal.SIGKILL


def test_children_of_a_deaf_server_go_with_it(home: Home) -> None:
    process = _started(home, FAMILY)
    child = int(process.log.read_text())
    assert alive([child]) == [child]
    process.stop_now()
    assert alive([process.pid, child]) == []


def test_the_supervisor_notices_its_orchestrator_although_a_fork_holds_the_pipe(home: Home) -> None:
    script = (
        "import os, signal, sys, time\nfrom pathlib import Path\n"
        "from perflab.servers.supervision.supervised import SupervisedProcess\n"
        "g = SupervisedProcess(['sleep', '600'], log=Path(sys.argv[1]))\n"
        "child = os.fork()\n"
        "if not child: time.sleep(600)\n"
        "print(g.pid, child, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    server, child = _fork_and_die(script, home.path / "log")
    try:
        wait_until(lambda: identify(server) is None, 5)
        assert identify(child) is not None  # it still holds the pipe
    finally:
        os.kill(child, signal.SIGKILL)


def _fork_and_die(script: str, log: Path) -> tuple[int, int]:
    """Run `script`, which prints two pids and dies; its output is read by the line, as its fork never closes it."""
    environment = {**os.environ, "PYTHONPATH": str(APP)}
    with subprocess.Popen(
        [sys.executable, "-c", script, str(log)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        server, child = map(int, process.stdout.readline().split())
        process.wait()
    return server, child


def _started(home: Home, script: str) -> SupervisedProcess:
    process = SupervisedProcess([sys.executable, "-u", "-c", script], log=home.path / "log")
    wait_until(lambda: process.log.read_text().strip(), 10)
    return process


def test_killed_while_the_servers_start(home: Home) -> None:
    """As soon as there is a supervisor: initdb runs, or the server has just begun."""
    with python(home.path, str(SCRIPT)) as process:
        wait_until(lambda: _below(process.pid), 30)
        process.kill()
        process.wait()
    wait_until(lambda: not _processes_that_name(home.path), 5)
    stop_leftovers(home)
    assert list(home.run.iterdir()) == []


def _below(pid: int) -> list[int]:
    return [grandchild for child in children(pid) for grandchild in children(child)]


def _processes_that_name(path: Path) -> list[str]:
    """Command lines that mention the state folder (everything there has it among its arguments)."""
    lines = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace") if entry.name.isdigit() else ""
        except OSError:
            continue
        if str(path) in line:
            lines.append(line)
    return lines
