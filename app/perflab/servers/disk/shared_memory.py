"""The small System V shared memory segment (56 bytes) that a killed PostgreSQL leaves behind.

The next start on the same data directory would remove it; if the directory itself is removed, nothing would.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

IPC_RMID = 0


def release(data_dir: Path) -> bool:
    """Remove the segment of a dead server on `data_dir`; return whether there was one. Reads two files."""
    try:
        # line 7 of postmaster.pid: the segment's key and id
        key, number = map(int, (data_dir / "postmaster.pid").read_text().splitlines()[6].split())
        table = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    except (OSError, ValueError, IndexError):
        return False
    owner = data_dir.stat().st_uid
    for line in table:  # key shmid perms size cpid lpid nattch uid ...
        words = [int(word) for word in line.split()[:8]]
        same = words[0] & 0xFFFFFFFF == key & 0xFFFFFFFF and words[1] == number and words[7] == owner
        if same and words[6] == 0:
            return bool(ctypes.CDLL(None).shmctl(number, IPC_RMID, None) == 0)
    return False
