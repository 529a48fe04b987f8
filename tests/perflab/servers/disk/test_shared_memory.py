import os
import signal
from pathlib import Path

from perflab.servers.disk import shared_memory
from perflab.servers.disk.clean import clean
from perflab.servers.disk.home import Home
from tests.perflab.servers.helpers import alive, orchestrator
from tests.waiting import wait_until


def _segment(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().splitlines()[6].split()[1])


def _segments() -> set[int]:
    return {int(line.split()[1]) for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


def test_a_killed_servers_segment_goes_with_its_data(home: Home) -> None:
    data_dir = home.data_folder("abc") / "pg"
    with orchestrator(home.path, data_dir) as (process, facts):
        segment = _segment(data_dir)
        assert not shared_memory.release(data_dir)  # in use
        os.kill(facts["postgres"], signal.SIGKILL)
        process.kill()
        process.wait()
        wait_until(lambda: not alive(facts["pids"]), 5)
        assert segment in _segments()
        clean(data=True)
        assert segment not in _segments()
