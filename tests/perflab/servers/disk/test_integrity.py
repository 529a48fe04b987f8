"""A data directory is believed after a crash of its server, not after one of the machine."""

import os
import signal
from pathlib import Path

from perflab.servers.disk.home import Home
from perflab.servers.disk.integrity import cluster_state, is_intact, marker_path, write_marker
from perflab.servers.postgres import PostgresServer
from tests.perflab.servers.helpers import orchestrator
from tests.waiting import wait_until


def test_what_a_reboot_means(home: Home) -> None:
    data_dir = home.data_folder("abc") / "pg"
    assert not is_intact(data_dir)
    with PostgresServer(data_dir):
        assert is_intact(data_dir)
        _reboot(data_dir)
        assert not is_intact(data_dir)  # it was open
        write_marker(data_dir, durable=False)
    assert is_intact(data_dir)
    assert cluster_state(data_dir) == "shut down"
    _reboot(data_dir)
    assert is_intact(data_dir)  # stopped in order and synced
    write_marker(data_dir, durable=False)
    _reboot(data_dir)
    assert not is_intact(data_dir)  # stopped in order, but perhaps not on the disk
    marker_path(data_dir).unlink()
    assert not is_intact(data_dir)


def test_a_killed_server_is_believed_until_the_machine_restarts(home: Home) -> None:
    data_dir = home.data_folder("abc") / "pg"
    with orchestrator(home.path, data_dir) as (process, facts):
        os.kill(facts["postgres"], signal.SIGKILL)
        process.kill()
        process.wait()
        wait_until(lambda: cluster_state(data_dir) == "in production", 5)
        assert is_intact(data_dir)
        _reboot(data_dir)
        marker_path(data_dir).write_text(marker_path(data_dir).read_text().replace("false", "true"))
        assert not is_intact(data_dir)  # whatever the marker says


def _reboot(data_dir: Path) -> None:
    """Rewrite the marker as it looks after a reboot: of another boot than this one."""
    marker = marker_path(data_dir)
    text = marker.read_text()
    marker.write_text(text.replace('"boot": "', '"boot": "former-'))
