"""Whether a data directory can be believed after what happened to it.

fsync is off. A killed server is no matter: what it wrote is in the system's page cache, and recovery reads its WAL. A crash of
the machine is: pages that the disk never got are gone without a trace. So each data directory has a stamp beside it
(`pg.stamp`): the boot in which its server last ran, and whether it was stopped in order and its file system synced after that.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from perflab.servers.disk.find import find_postgres
from perflab.servers.disk.home import open_home
from perflab.servers.supervision.process import boot_id

SYNC_TIMEOUT_S = 20


def stamp_path(data_dir: Path) -> Path:
    return data_dir.with_name(f"{data_dir.name}.stamp")


def write_stamp(data_dir: Path, *, durable: bool) -> None:
    """Note that the server runs (or has stopped) in this boot; `durable`: the disk has everything."""
    stamp_path(data_dir).write_text(json.dumps({"boot": boot_id(), "durable": durable}))


def sync(data_dir: Path) -> bool:
    """Bring the data to the disk. False if that took too long, or this system has no `sync -f`."""
    try:
        answer = subprocess.run(["sync", "-f", str(data_dir)], capture_output=True, check=False, timeout=SYNC_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def is_trustworthy(data_dir: Path) -> bool:
    """Whether a data directory made by this lab may be used again.

    False for one whose making was interrupted, and for one that was open (or not yet on the disk) when the machine went down.
    Costs a process (2 ms), only after a reboot.
    """
    try:
        stamp = json.loads(stamp_path(data_dir).read_text())
        boot, durable = stamp["boot"], stamp["durable"]
        if not (data_dir / "PG_VERSION").exists():
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if boot is not None and boot == boot_id():
        return True
    return bool(durable) and cluster_state(data_dir) == "shut down"


def cluster_state(data_dir: Path) -> str | None:
    """What pg_controldata says of the cluster ("shut down", "in production", ...), or None if it can't say."""
    program = find_postgres(open_home(), None).bin / "pg_controldata"
    try:
        answer = subprocess.run(
            [str(program), "-D", str(data_dir)],
            capture_output=True,
            text=True,
            check=False,
            env={"LC_ALL": "C"},
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    for line in answer.stdout.splitlines():
        name, _, value = line.partition(":")
        if name == "Database cluster state":
            return value.strip()
    return None
