"""The integrity of a data directory, and the clean-shutdown marker that shows it.

fsync is off. A killed server does no harm: what it wrote is in the system's page cache, and recovery reads its WAL. A crash of
the machine does harm: pages that never reached the disk are lost without a trace. So each data directory has a marker beside it
(`pg.marker`): the boot in which its server last ran, and whether it was stopped in order and its file system synced after that.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from perflab.servers.disk.find import find_postgres
from perflab.servers.disk.home import open_home
from perflab.servers.supervision.process import boot_id

SYNC_TIMEOUT_S = 20


def marker_path(data_dir: Path) -> Path:
    """Return the marker of a data directory, a file beside it."""
    return data_dir.with_name(f"{data_dir.name}.marker")


def write_marker(data_dir: Path, *, durable: bool) -> None:
    """Record that the server runs, or has stopped, in this boot; `durable`: everything is on the disk."""
    marker_path(data_dir).write_text(json.dumps({"boot": boot_id(), "durable": durable}))


def sync(data_dir: Path) -> bool:
    """Flush the data to the disk. Return False if that took too long, or this system has no `sync -f`."""
    try:
        done = subprocess.run(["sync", "-f", str(data_dir)], capture_output=True, check=False, timeout=SYNC_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def is_intact(data_dir: Path) -> bool:
    """Return whether a data directory made by this lab may be used again.

    Not if its creation was interrupted, or if it was open (or not yet on the disk) when the machine went down. Costs a process
    (2 ms), only after a reboot.
    """
    try:
        marker = json.loads(marker_path(data_dir).read_text())
        boot, durable = marker["boot"], marker["durable"]
        if not (data_dir / "PG_VERSION").exists():
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if boot is not None and boot == boot_id():
        return True
    return bool(durable) and cluster_state(data_dir) == "shut down"


def cluster_state(data_dir: Path) -> str | None:
    """Return the cluster's state by pg_controldata ("shut down", "in production", ...), or None if that fails."""
    program = find_postgres(open_home(), None).bin / "pg_controldata"
    try:
        done = subprocess.run(
            [str(program), "-D", str(data_dir)],
            capture_output=True,
            text=True,
            check=False,
            env={"LC_ALL": "C"},
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    for line in done.stdout.splitlines():
        name, _, value = line.partition(":")
        if name == "Database cluster state":
            return value.strip()
    return None
